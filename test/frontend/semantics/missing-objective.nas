// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { evolve { population = 4; evaluations = 8; } }

// CHECK: error[NAS4114]: 'evolve' needs an objective
