// Pairs of values that exclude each other: in the table, in the document and in
// the IR.
// RUN: nasc %s --emit=pruned | FileCheck %s
// RUN: nasc %s --emit=pruned --json | %python %S/../examples/json_get.py exclusions | FileCheck %s --check-prefix=JSON

// CHECK: // feasible:        8
// CHECK: {{^}}// never together:
// CHECK-NEXT: {{^}}//     a=3 and b=3{{$}}
// CHECK-NEXT: {{^}}module
// CHECK: cost.exclusion "a" = 3, "b" = 3
// JSON: exclusions = {{\[\[}}{"choice": "a", "value": 3}, {"choice": "b", "value": 3}]]

space pairs {
  choice a in 1..3;
  choice b in 1..3;
}

limits {
  a * b <= 8;
}
