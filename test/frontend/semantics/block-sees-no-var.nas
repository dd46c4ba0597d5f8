// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  var x = image;
  block b(y) { return add(x, y); }
  return b(x) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1020]: a block cannot see 'x'
