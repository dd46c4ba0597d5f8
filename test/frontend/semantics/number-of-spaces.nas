// RUN: not nasc --check %s 2>&1 | FileCheck %s

limits { 1 <= 2; }

// CHECK: error[NAS2111]: the specification has no space
