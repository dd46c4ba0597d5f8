// RUN: not nasc --check %s 2>&1 | FileCheck %s

space p { choice depth in 2..6; repeat i in 1..depth { choice width in {8, 16, 24}; } choice rate in {0.1, 0.2}; }
device d {
  clock = 100 MHz;
  ram = 64 KiB;
  precision int8 { elementwise { cycles_per_output = 1; } }
}
limits {
  forall i in 1..depth: width[i] >= width[i - 1];
}

// CHECK: error[NAS3106]: there is no choice 'width[0]' in the space
// CHECK: note: for i = 1
// CHECK: note: its names are 'width[1]' to 'width[6]'
