// RUN: not nasc --check %s 2>&1 | FileCheck %s

block f(x, n: int = 3, m: int) { return x |> conv2d(n, m); }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1032]: the parameter 'm' needs a default, because 'n' before it has one
