// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice k in {3, 5};
  let v = match k { 3 => 1 };
  return image |> conv2d(v, 3) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1031]: the match has no arm for 5
