// RUN: not nasc --check %s 2>&1 | FileCheck %s

dataset d = cifar("x.bin");
space net(image: d.img) -> d.label { return image |> flatten |> dense(units = 10); }

// CHECK: error[NAS1003]: a dataset has no 'img'
// CHECK: did you mean 'image'?
