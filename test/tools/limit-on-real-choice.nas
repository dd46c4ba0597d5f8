// A limit on a real choice is about its value, not its position.
// RUN: nasc %s --emit=pruned --json | FileCheck %s

// CHECK: "architectures": "22"
// CHECK: "after": [
// CHECK-NEXT: 0,
// CHECK-NEXT: 0.05{{.*}},
// CHECK-NEXT: 0.1{{.*}},
// CHECK-NEXT: {{0\.1[45].*}}
// CHECK-NEXT: ]
// CHECK: "feasible": "8"

space s(image: tensor[8, 8, 3]) -> classes(4) {
  choice rate in 0.0..0.5 points 11;
  choice width in {8, 16};
  return image |> conv2d(width, 3) |> global_average_pool |> dropout(rate) |> dense(units = 4);
}

limits {
  rate <= 0.17;
}
