// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { train { } prune; }

// CHECK: error[NAS4113]: 'prune' cannot come after 'train'
// CHECK: help: the order is prune, evolve, train
