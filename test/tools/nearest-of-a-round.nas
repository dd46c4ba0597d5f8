// A limit on a choice that is not always active has a nearest number as well.
//
// RUN: not nasc %s --emit=pruned 2>&1 | FileCheck %s
// RUN: sed 's/w\[3\] <= 4/w[3] == 4/' %s > %t.equal.nas
// RUN: not nasc %t.equal.nas --emit=pruned 2>&1 | FileCheck %s --check-prefix=EQUAL
// RUN: sed 's/w\[3\] <= 4;/if d > 1 { w[3] > 40; }/' %s > %t.if.nas
// RUN: not nasc %t.if.nas --emit=pruned 2>&1 | FileCheck %s --check-prefix=IF

// CHECK: help: 'w[3] <= 4': at least 8 would be needed, attained by d=3,w[1]=8,w[2]=8,w[3]=8
// CHECK: help: 'd >= 3': at most 2 would be possible
// EQUAL: help: 'w[3] == 4': {{.*}}8
// IF: w[3] > 40': at most 31 would be possible

space s {
  choice d in 1..4;
  repeat i in 1..d { choice w in {8, 16, 32}; }
}

limits {
  w[3] <= 4;
  d >= 3;
}
