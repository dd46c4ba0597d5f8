// RUN: not nasc --check %s 2>&1 | FileCheck %s

device d {
  clock = 100 MHz;
  ram = 64 KiB;
  precision int8 { elementwise { cycles_per_output = 1; } }
}
block f(x, n: int) { return x |> conv2d(n, kernal = 3); }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice a in {1, 1};
  return image |> f(a, 3) |> flaten |> dense(units = 2);
}
limits { latency on d <= 20; ram on e <= 1 KiB; }

// CHECK: NAS1012
// CHECK: NAS1011
// CHECK: NAS2102
// CHECK: NAS1002
// CHECK: NAS1013
// CHECK: NAS1008
// CHECK: NAS3111
