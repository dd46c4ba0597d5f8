// RUN: not nasc --check %s 2>&1 | FileCheck %s

space p { choice depth in 2..6; repeat i in 1..depth { choice width in {8, 16, 24}; } choice rate in {0.1, 0.2}; }
device d {
  clock = 100 MHz;
  ram = 64 KiB;
  precision int8 { elementwise { cycles_per_output = 1; } }
}
limits {
  memory on d <= 32 KiB;
}

// CHECK: error[NAS3102]: unknown metric 'memory'
