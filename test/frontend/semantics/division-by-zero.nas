// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice n in 0..3;
  let a = div(8, 0);
  let b = div(8, n);
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1017]: the divisor of 'div' must be positive, but is 0
