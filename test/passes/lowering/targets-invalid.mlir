// RUN: not nas-opt %s -nas-linalg-to-llvm='cpu=z80' 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not nas-opt %s -nas-linalg-to-llvm='features=avx2' 2>&1 | FileCheck %s --check-prefix=FEATURE
// RUN: not nas-opt %s -nas-linalg-to-llvm='triple=abacus' 2>&1 | FileCheck %s --check-prefix=TRIPLE

// CPU: 'z80' is no processor of the target
// FEATURE: 'avx2' is no feature of the target {{.*}} write '+name' or '-name'
// TRIPLE: cannot generate code for 'abacus
module {}
