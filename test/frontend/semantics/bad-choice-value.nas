// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in {"same", "valid"};
  choice b in {1 ms, 2 ms};
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2107]: a string cannot be a value of a choice
// CHECK: error[NAS2107]: a time cannot be a value of a choice
