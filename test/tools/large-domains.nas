// Parameters of 4096 values that divide each other, as auto-tuners have them:
// counted and pruned in seconds.
// RUN: nasc %s --emit=pruned --json | %python %S/../examples/json_get.py feasible | FileCheck %s
// RUN: sed 's/^limits {/limits { L + G == 11;/' %s > %t.nas
// RUN: not nasc %t.nas --emit=pruned 2>&1 | FileCheck %s --check-prefix=NONE

space divisors {
  choice L in 1..4096;
  choice G in 1..4096;
  choice P in 1..4096;
  choice Q in 1..4096;
}

// The exponents of four powers of two that add up to at most 12: C(16, 4).
// CHECK: feasible = "1820"
// 11 is no sum of two powers of two.
// NONE: error[NAS3001]: no architecture meets the limit 'L + G == 11'
limits {
  4096 % L == 0;
  div(4096, L) % G == 0;
  div(div(4096, L), G) % P == 0;
  div(div(div(4096, L), G), P) % Q == 0;
}
