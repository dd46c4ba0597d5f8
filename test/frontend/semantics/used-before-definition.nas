// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  let a = b;
  let b = 3;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1021]: 'b' is used before it is defined
// CHECK: note: it is defined here
