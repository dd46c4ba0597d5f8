// RUN: not nasc --check %s 2>&1 | FileCheck %s

device d {
  clock = 100 MHz;
  ram = 64 KiB;
  precision int8 { elementwise { cycles_per_output = 1; } }
}
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
limits { latency on d <= 20; }

// CHECK: error[NAS1008]: a limit on latency must be a time, but '20' has no unit
// CHECK: help: write a time, for example '20 ms'
