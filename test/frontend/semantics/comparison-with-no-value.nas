// RUN: nasc --check %s 2>&1 | FileCheck %s
// RUN: sed "s,depth >= 1 and ,," %s > %t.nas
// RUN: bash -c 'nasc --check %t.nas; test $? -eq 3'
// RUN: not nasc --check %t.nas 2>&1 | FileCheck %s --check-prefix=NONE

space net(image: tensor[28, 28, 1]) -> classes(10) {
  choice stem in {8, 16, 24};
  choice depth in 1..3;
  choice rate in 0.1..0.9 points 9;
  var x = image |> conv2d(stem, 3) |> dropout(rate);
  repeat i in 1..depth {
    choice wide in {4, 8};
    x = x |> conv2d(wide, 3);
  }
  return x |> global_average_pool |> dense(units = 10);
}

// CHECK: [[@LINE+3]]:{{[0-9]+}}: warning[NAS1037]: 'stem' is never 20
// CHECK: note: its values are 8, 16, 24
// NONE: [[@LINE+1]]:{{[0-9]+}}: error[NAS3001]: no architecture meets the limit 'stem == 20'
limits { depth >= 1 and stem == 20; }
// CHECK: [[@LINE+1]]:{{[0-9]+}}: warning[NAS1037]: 'rate' is never 0.35
limits { rate != 0.35; }
// A choice that some architectures lack excludes only those that have it.
// CHECK: [[@LINE+1]]:{{[0-9]+}}: warning[NAS1037]: 'wide' is never 5
limits { wide[3] == 5; }
// CHECK-NOT: NAS1037
limits { rate <= 0.3; }
