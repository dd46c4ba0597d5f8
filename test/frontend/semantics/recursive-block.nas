// RUN: not nasc --check %s 2>&1 | FileCheck %s

block f(x) { return g(relu(x)); }
block g(x) { return f(x); }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return f(image) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1022]: the block 'f' calls itself, by way of others
// CHECK: note: it calls 'g' here
