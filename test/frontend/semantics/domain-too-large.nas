// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in 1..100_000_000;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2108]: the range has more than 1000000 values
