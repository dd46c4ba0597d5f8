// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in {8, 16, 8};
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2102]: the value 8 occurs twice
// CHECK: note: it occurs here first
