// RUN: nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in 8..60 step 8;
  return image |> conv2d(a, 3) |> global_average_pool |> dense(units = 2);
}

// CHECK: warning[NAS2109]: the range ends at 56: steps of 8 from 8 do not reach 60
