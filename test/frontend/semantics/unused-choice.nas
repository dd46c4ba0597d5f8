// RUN: nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in {8, 16};
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: warning[NAS2114]: the choice 'a' decides nothing
