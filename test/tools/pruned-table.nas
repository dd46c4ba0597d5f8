// What pruning leaves, the share of the feasible architectures that each value
// has, and who removed the others.
// RUN: nasc %s --emit=pruned | FileCheck %s
// RUN: nasc %s --emit=pruned --json | %python %S/../examples/json_get.py feasible choices.2.after choices.2.values choices.2.inactive choices.2.removed | FileCheck %s --check-prefix=JSON

// CHECK: // architectures:   12
// CHECK-NEXT: // after pruning:   6
// CHECK-NEXT: // feasible:        5
// CHECK-NEXT: // depth: 1, 2
// CHECK-NEXT: {{^}}//     1  40 %  2{{$}}
// CHECK-NEXT: {{^}}//     2  60 %  3{{$}}
// CHECK-NEXT: // width[1]: 8, 16, 64 -> 8, 16
// CHECK-NEXT: {{^}}//     8      60 %  3{{$}}
// CHECK-NEXT: {{^}}//     16     40 %  2{{$}}
// CHECK-NEXT: {{^}}//     64  removed  weights <= 1700 (intervals){{$}}
// CHECK-NEXT: // width[2]: 8, 16, 64 -> 8, 16
// CHECK-NEXT: {{^}}//     8            40 %  2{{$}}
// CHECK-NEXT: {{^}}//     16           20 %  1{{$}}
// CHECK-NEXT: {{^}}//     64        removed  weights <= 1700 (counting){{$}}
// CHECK-NEXT: {{^}}//     inactive     40 %  2{{$}}
// CHECK-NEXT: module
// JSON: feasible = "5"
// JSON-NEXT: choices.2.after = [8, 16]
// JSON-NEXT: choices.2.values = [{"feasible": "2", "share": 0.4, "value": 8}, {"feasible": "1", "share": 0.2, "value": 16}]
// JSON-NEXT: choices.2.inactive = {"feasible": "2", "share": 0.4}
// JSON-NEXT: choices.2.removed = [{"by": "counting", "value": 64, "why": "weights <= 1700"}]

space s(image: tensor[8, 8, 3]) -> classes(4) {
  choice depth in 1..2;
  var x = image;
  repeat i in 1..depth {
    choice width in {8, 16, 64};
    x = x |> conv2d(width, 3) |> relu;
  }
  return x |> global_average_pool |> dense(units = 4);
}

limits {
  weights <= 1700;
}
