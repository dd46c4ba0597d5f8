// RUN: not nasc --check %s 2>&1 | FileCheck %s

device d { clock = 1 MHz; precision int8 { table latency "missing.csv"; } }

// CHECK: error[NAS4107]: cannot read the table
