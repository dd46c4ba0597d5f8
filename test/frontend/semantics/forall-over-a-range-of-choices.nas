// A limit that names choices in the bounds of its range alone is about them.
// RUN: nasc --check %s 2>&1 | count 0
// RUN: nasc --emit=pruned --json %s | %python %S/../../examples/json_get.py feasible | FileCheck %s

space s {
  choice a in 1..3;
  choice b in 1..3;
}

// The range holds 2 for a of 1 and 2 with b of 2 and 3.
// CHECK: feasible = "5"
limits { forall i in a..b: i != 2; }
