// RUN: nasc --check %s 2>&1 | FileCheck %s
// RUN: sed 's/when b == 1;/when a == 8 and b == 1;/' %s > %t.nas
// RUN: nasc --check %t.nas 2>&1 | count 0

space s {
  choice a in {4, 8};
  choice b in {1, 2} when a == 8;
  // CHECK: [[@LINE+1]]:27: remark[NAS2115]: where 'a == 8' does not hold there is no 'b', and this reads its first value, 1
  choice c in {3, 4} when b == 1;
}
limits { b <= 2 or c <= 4; }
