// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  let n = 9_223_372_036_854_775_807 + 1;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1016]: the integer 9223372036854775807 + 1 does not fit 64 bits
