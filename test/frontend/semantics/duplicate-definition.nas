// RUN: not nasc --check %s 2>&1 | FileCheck %s

block b(x) { return relu(x); }
block b(x) { return relu6(x); }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  let a = 1;
  let a = 2;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1001]: 'b' is defined twice
// CHECK: note: the first definition is here
// CHECK: error[NAS1001]: 'a' is defined twice
