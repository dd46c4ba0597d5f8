// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { seed = 1; seed = 2; }

// CHECK: error[NAS4102]: 'seed' is set twice in 'search'
// CHECK: note: it is set here first
