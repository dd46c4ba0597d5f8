// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> conv2d(16) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1011]: 'kernel' of 'conv2d' is missing
