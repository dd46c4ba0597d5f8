// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  repeat i in 1..3 { choice k in {3, 5}; }
  return image |> conv2d(16, k) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1026]: the choice 'k' is drawn once for each round of a repeat
// CHECK: help: name one round: 'k[1]'
