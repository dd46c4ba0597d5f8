// RUN: nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  var x = image;
  repeat i in 3..1 { x = relu(x); }
  return x |> global_average_pool |> dense(units = 2);
}

// CHECK: warning[NAS2110]: this repeat has no round: 3 is greater than 1
