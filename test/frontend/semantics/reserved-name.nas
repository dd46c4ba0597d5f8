// RUN: not nasc --check %s 2>&1 | FileCheck %s

block relu(x) { return x; }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice latency in {1, 2};
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1005]: 'relu' is the name of a built-in layer
// CHECK: error[NAS1005]: a choice cannot be called 'latency'
