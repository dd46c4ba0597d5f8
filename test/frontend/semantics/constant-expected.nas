// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice n in 1..3;
  choice m in 1..n;
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1019]: the values of a choice must be known before the search
// CHECK: note: 'n' is not constant
