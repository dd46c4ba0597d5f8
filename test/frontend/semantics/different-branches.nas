// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice b in {true, false};
  let v = if b then 16 else image;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1028]: the values of a conditional have different types: this one is a tensor
// CHECK: note: this one is an integer
