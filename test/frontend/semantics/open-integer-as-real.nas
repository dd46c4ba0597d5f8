// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice n in 1..3;
  return image |> dropout(rate = n) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1033]: 'rate' of 'dropout' must be a real number, and an integer that depends on choices cannot be made one
