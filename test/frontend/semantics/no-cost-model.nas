// RUN: not nasc --check %s 2>&1 | FileCheck %s

device d {
  clock = 100 MHz;
  ram = 64 KiB;
  precision int8 { elementwise { cycles_per_output = 1; } }
}
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
deploy { d { precision = float32; } }

// CHECK: error[NAS6102]: the device 'd' has no cost model for the precision 'float32'
// CHECK: note: it describes int8
