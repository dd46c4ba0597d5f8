// RUN: not nasc --check %s 2>&1 | FileCheck %s

block f(x) { let _y = relu(x); }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1035]: the block 'f' returns nothing
