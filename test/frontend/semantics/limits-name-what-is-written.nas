// What a limit names does not depend on what is known beforehand: 'w' is named
// in each of these, which therefore do not apply where it is inactive.
// RUN: nasc --emit=pruned --json %s | %python %S/../../examples/json_get.py feasible | FileCheck %s
// RUN: sed 's/1 < 3/depth < 30/' %s > %t.condition.nas
// RUN: nasc --emit=pruned --json %t.condition.nas | %python %S/../../examples/json_get.py feasible | FileCheck %s
// RUN: sed 's/if 1 < 3 then 2 <= 3 else w != 8/match 3 { 3 => 2 <= 3, else => w != 8 }/' %s > %t.match.nas
// RUN: nasc --emit=pruned --json %t.match.nas | %python %S/../../examples/json_get.py feasible | FileCheck %s

space s {
  choice depth in {7, 8};
  choice w in {8, 9} when depth == 8;
}

// CHECK: feasible = "3"
limits { (depth == 8) == (if 1 < 3 then 2 <= 3 else w != 8); }
