// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { maximize accuracy; evolve { population = 24; evaluations = 10; } }

// CHECK: error[NAS4112]: a population of 24 needs at least as many evaluations, not 10
