// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { minimize macs; minimize macs; }

// CHECK: error[NAS4109]: 'macs' is an objective already
