// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> conv2d(16, 3, filters = 8) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1014]: 'filters' of 'conv2d' is given twice
