// RUN: not nasc --check %s 2>&1 | FileCheck %s

block f(x, n: int) { var y = x; let m = 9_000_000_000_000_000_000; repeat i in 1..n * m { y = relu(y); } return y; }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice n in 1..3;
  return f(image, n) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2015]: the number of rounds has no bound
