// RUN: not nasc --check %s 2>&1 | FileCheck %s

dataset data = idx("Inputs/nothing_here");
space net(image: data.image) -> data.label { return image |> flatten |> dense(units = 10); }

// CHECK: error[NAS4001]: 
