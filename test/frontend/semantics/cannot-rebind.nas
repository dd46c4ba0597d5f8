// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  let x = image;
  x = relu(x);
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1020]: 'x' cannot be rebound: it is a let
// CHECK: help: define it with 'var' instead of 'let'
