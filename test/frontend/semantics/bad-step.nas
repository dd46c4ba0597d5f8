// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in 8..64 step 0;
  choice b in 0.0..1.0 step 2;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2105]: a step must be at least 1, but is 0
// CHECK: error[NAS2105]: 'step' is for ranges of integers
