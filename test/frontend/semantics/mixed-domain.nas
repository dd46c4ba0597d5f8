// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in {relu, 3};
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2103]: the values of a choice must be of one kind: this one is an integer
