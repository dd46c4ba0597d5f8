// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice r in {0.1, 0.2};
  return image |> dropout(rate = r * 2.0) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1034]: real numbers that depend on choices cannot be calculated with
