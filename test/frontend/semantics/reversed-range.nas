// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in 64..8 step 8;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2104]: the range is empty: 64 is greater than 8
// CHECK: help: write 8..64
