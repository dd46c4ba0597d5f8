// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> relu(3) |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1013]: too many arguments for 'relu', which takes 1
