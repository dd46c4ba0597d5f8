// A limit means by the name of a 'let' its value, whatever that is made of. The
// numbers are of going through all 84 architectures.
//
// RUN: nasc %s --emit=pruned | FileCheck %s
// CHECK: architectures: 84
// CHECK: feasible: 24

space s(x: tensor[8, 8, 1]) -> classes(4) {
  choice w in {8, 16, 32};
  choice d in 1..3;
  choice big in {true, false};
  let isWide = w > 8 and not big;
  let three = 3;
  let k = match w { 8 => 1, else => 2 } + (if big then 1 else 0);
  repeat i in 1..d { choice z in {1, 2}; }
  return x |> conv2d(filters = w * k, kernel = 3) |> global_average_pool |> dense(units = 4);
}

limits {
  isWide implies d == three;
  k + d <= 4;
  if isWide { d >= 2; }
}
