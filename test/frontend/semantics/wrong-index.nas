// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  repeat i in 1..3 { choice k in {3, 5}; }
  return image |> conv2d(16, k[4]) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1026]: there is no choice 'k[4]'
