// RUN: not nasc --check %s 2>&1 | FileCheck %s

space p { choice a in 1..3; return a; }

// CHECK: error[NAS2112]: the space 'p' has no input and cannot return anything
