// RUN: not nasc --check %s 2>&1 | FileCheck %s

block stage(x) { choice kernel in {3, 5}; return x |> conv2d(4, kernel); }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> stage |> stage |> global_average_pool |> dense(units = 2);
}
limits { stage2.kernel == 3; kernel == 3; }

// CHECK: error[NAS3104]: there is no choice 'kernel' in the space
// CHECK: help: name the call, too: 'stage1.kernel'
