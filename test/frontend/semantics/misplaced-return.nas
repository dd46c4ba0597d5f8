// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice b in {true, false};
  if b { return image; }
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1036]: 'return' can only be the last statement
