// `rules` is reserved; its text is not looked at.
// RUN: not nasc --check %s 2>&1 | FileCheck %s

rules {
  high_latency :- cost(latency, h743, V), V > 0.9 * T, \+ other.
  t(0.70) :: action(increase(width)) :- problem(underfitting).
}

space s { choice a in 1..2; }

// CHECK: rules.nas:4:1: error[NAS0025]: 'rules' is reserved
// CHECK-NOT: error[
