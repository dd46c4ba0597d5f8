// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> conv2d(true, kernel = 3) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1006]: 'filters' of 'conv2d' must be an integer, not a truth value
