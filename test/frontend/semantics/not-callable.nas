// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  let w = 3;
  return image |> w |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1010]: 'w' cannot be called: it is an integer
