// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in {};
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2101]: a choice needs at least one value
