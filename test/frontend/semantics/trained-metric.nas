// RUN: not nasc --check %s 2>&1 | FileCheck %s

space p { choice depth in 2..6; repeat i in 1..depth { choice width in {8, 16, 24}; } choice rate in {0.1, 0.2}; }
device d {
  clock = 100 MHz;
  ram = 64 KiB;
  precision int8 { elementwise { cycles_per_output = 1; } }
}
limits {
  accuracy >= 0.9;
}

// CHECK: error[NAS3108]: 'accuracy' is known only after training and cannot be limited
// CHECK: help: make it an objective
