// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in 0.0..1.0 points 0;
  choice b in 0.0..1.0 log points 5;
  choice c in 1..8 points 3;
  choice d in 0.0..1.0 points 1;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2106]: a range needs at least one point, not 0
// CHECK: error[NAS2106]: a logarithmic range must begin above 0
// CHECK: error[NAS2106]: 'points', 'linear' and 'log' are for ranges of real numbers
// CHECK: error[NAS2106]: a range from 0.0 to 1.0 needs at least two points
