// RUN: not nasc --check %s 2>&1 | FileCheck %s

// CHECK: error[NAS1002]: unknown name 'y'
// CHECK: help: 'var y = …;' defines a name that can be rebound
// One mistake is said once.
// CHECK-NOT: error
space net(image: tensor[8, 8, 1]) -> classes(2) {
  y = image |> conv2d(4, 3);
  y = y |> relu;
  return y |> global_average_pool |> dense(units = 2);
}
