// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> conv2d(16, 3, strid = 2) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1012]: 'conv2d' has no parameter 'strid'
// CHECK: did you mean 'stride'?
