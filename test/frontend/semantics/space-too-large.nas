// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  var x = image;
  repeat i in 1..100_000 { x = relu(x); }
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2012]: a repeat can have at most 4096 rounds
