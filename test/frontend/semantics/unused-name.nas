// RUN: nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  let unused = 3;
  let _fine = 4;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: warning[NAS1023]: 'unused' is never used
