// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice n in 0..3;
  return image |> conv2d(div(8, n), 3) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1017]: the divisor must be positive, but can be 0
