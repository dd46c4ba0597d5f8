// RUN: not nasc --check %s 2>&1 | FileCheck %s

dataset data = mnist("x");
dataset other = idx();
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS4104]: unknown format of data 'mnist'
// CHECK: error[NAS4104]: the dataset 'other' names no file
