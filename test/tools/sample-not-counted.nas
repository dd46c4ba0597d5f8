// A space whose limits hold everything together: what is known are bounds.
// REQUIRES: long
// RUN: not nasc %s --sample 3 2>&1 | FileCheck %s
// RUN: nasc %s --emit=pruned | FileCheck %s --check-prefix=TABLE
// RUN: nasc %s --emit=pruned --json | %python %S/../examples/json_get.py feasible choices.0.values | FileCheck %s --check-prefix=JSON

// CHECK: error[NAS9010]: the feasible architectures are not counted exactly, but known to be between 0 and 64,000,000,000,000,000,000
// TABLE: // feasible:        between 0 and 64,000,000,000,000,000,000
// JSON: feasible = {"lower": "0", "upper": "64000000000000000000"}
// JSON-NEXT: choices.0.values = []

space hard {
  choice a in 1..2000;
  choice b in 1..2000;
  choice c in 1..2000;
  choice d in 1..2000;
  choice e in 1..2000;
  choice f in 1..2000;
}

limits {
  (a * b + c * d) % 100_003 <= (c * e + b * d * f) % 100_033;
  (a * c + b * d) % 100_003 <= (a * e + c * d * f) % 100_033;
}
