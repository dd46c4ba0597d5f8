// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice n in {8, 16};
  return image |> conv2d(n / 2, 3) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1018]: 
// CHECK: help: to round down write div(n, 2), to round up ceildiv(n, 2)
