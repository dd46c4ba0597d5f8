// Limits may begin with 'match' and 'if … then', as any expression.
// RUN: nasc --emit=pruned --json %s | %python %S/../../examples/json_get.py feasible | FileCheck %s

space s {
  choice k in {3, 5};
  choice w in 1..8;
}

// k=3: w from 1 to 4 without 2; k=5: w from 2 to 8 without 2.
// CHECK: feasible = "9"
limits {
  match k { 3 => w <= 4, else => w >= 2 };
  if k == 3 then w <= 6 else w >= 1;
  if k == 3 {
    w >= 1;
  }
  w != 2;
}
