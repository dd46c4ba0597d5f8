// RUN: not nasc --check %s 2>&1 | FileCheck %s

block f(x, n: integer) { return x; }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1024]: unknown type 'integer'
// CHECK: help: the types are int, real, bool, tensor and operation
