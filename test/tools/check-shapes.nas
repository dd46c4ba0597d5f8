// --check finds what is wrong with shapes, rates and windows.
// RUN: not nasc %s --check 2>&1 | FileCheck %s
// RUN: sed 's/padding = 5/padding = 0/; s/1\.5/0.25/' %s > %t.nas
// RUN: nasc %t.nas --check
// RUN: sed 's/padding = 5/padding = 0/' %s > %t.rate.nas
// RUN: not nasc %t.rate.nas --check 2>&1 | FileCheck %s --check-prefix=RATE

// CHECK: check-shapes.nas:[[#@LINE+6]]:{{[0-9]+}}: error[NAS
// RATE: error[NAS1025]: a rate is at least 0 and less than 1, and the choice 'r' can be 1.5

space s(x: tensor[8, 8, 6]) -> classes(4) {
  choice r in {0.5, 1.5};
  return x
    |> max_pool(2, stride = 1, padding = 5) |> global_average_pool |> dropout(rate = r) |> dense(units = 4);
}
