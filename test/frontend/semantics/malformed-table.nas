// RUN: not nasc --check %s 2>&1 | FileCheck %s

device d { clock = 1 MHz; precision int8 {
  table latency "Inputs/latency.csv";
  table latency "Inputs/no_columns.csv";
} }

// CHECK: error[NAS4108]: the table '{{.*}}latency.csv' is malformed: line 3: an earlier line has the same layer
// CHECK: error[NAS4108]: the table '{{.*}}no_columns.csv' is malformed: line 1: expected the columns kind, latency_us
