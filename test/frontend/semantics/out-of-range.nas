// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> conv2d(16, kernel = 0) |> dropout(1.5) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1025]: 'kernel' must be at least 1, but is 0
// CHECK: error[NAS1025]: 'rate' must be at least 0 and less than 1, but is 1.5
