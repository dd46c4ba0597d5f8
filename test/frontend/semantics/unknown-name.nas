// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> gobal_average_pool |> dense(units = widht);
}

// CHECK: error[NAS1002]: unknown name 'gobal_average_pool'
// CHECK: did you mean 'global_average_pool'?
// CHECK: error[NAS1002]: unknown name 'widht'
