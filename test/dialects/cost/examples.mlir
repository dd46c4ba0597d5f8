// RUN: nas-opt -split-input-file %s | nas-opt -split-input-file | FileCheck %s

// The examples of the operations' descriptions, each with the values that it
// uses (test/docs/op_examples.test compares the two).

// CHECK-LABEL: @constant
func.func @constant() {
  // CHECK: cost.constant 5 : <5>
  %five = cost.constant 5 : !cost.int<5>
  return
}

// CHECK-LABEL: cost.function @choice
cost.function @choice {
  // CHECK: cost.choice "width[3]" in [16, 24, 32] : <16 to 32>
  %width = cost.choice "width[3]" in [16, 24, 32] : !cost.int<16 to 32>
}

// CHECK-LABEL: @add
func.func @add(%a: !cost.int<1 to 4>, %b: !cost.int<2 to 3>) {
  // CHECK: cost.add %{{.*}}, %{{.*}} : <1 to 4>, <2 to 3> -> <3 to 7>
  %sum = cost.add %a, %b : !cost.int<1 to 4>, !cost.int<2 to 3> -> !cost.int<3 to 7>
  return
}

// CHECK-LABEL: @sub
func.func @sub(%a: !cost.int<1 to 4>, %b: !cost.int<2 to 3>) {
  // CHECK: cost.sub %{{.*}}, %{{.*}} : <1 to 4>, <2 to 3> -> <-2 to 2>
  %d = cost.sub %a, %b : !cost.int<1 to 4>, !cost.int<2 to 3> -> !cost.int<-2 to 2>
  return
}

// CHECK-LABEL: @mul
func.func @mul(%a: !cost.int<1 to 4>, %b: !cost.int<2 to 3>) {
  // CHECK: cost.mul %{{.*}}, %{{.*}} : <1 to 4>, <2 to 3> -> <2 to 12>
  %p = cost.mul %a, %b : !cost.int<1 to 4>, !cost.int<2 to 3> -> !cost.int<2 to 12>
  return
}

// CHECK-LABEL: @floordiv
func.func @floordiv(%a: !cost.int<1 to 9>, %b: !cost.int<2 to 3>) {
  // CHECK: cost.floordiv %{{.*}}, %{{.*}} : <1 to 9>, <2 to 3> -> <0 to 4>
  %q = cost.floordiv %a, %b : !cost.int<1 to 9>, !cost.int<2 to 3> -> !cost.int<0 to 4>
  return
}

// CHECK-LABEL: @ceildiv
func.func @ceildiv(%a: !cost.int<1 to 9>, %b: !cost.int<2 to 3>) {
  // CHECK: cost.ceildiv %{{.*}}, %{{.*}} : <1 to 9>, <2 to 3> -> <1 to 5>
  %q = cost.ceildiv %a, %b : !cost.int<1 to 9>, !cost.int<2 to 3> -> !cost.int<1 to 5>
  return
}

// CHECK-LABEL: @mod
func.func @mod(%a: !cost.int<0 to 9>, %b: !cost.int<4>) {
  // CHECK: cost.mod %{{.*}}, %{{.*}} : <0 to 9>, <4> -> <0 to 3>
  %r = cost.mod %a, %b : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<0 to 3>
  return
}

// CHECK-LABEL: @min
func.func @min(%a: !cost.int<0 to 9>, %b: !cost.int<4>) {
  // CHECK: cost.min %{{.*}}, %{{.*}} : <0 to 9>, <4> -> <0 to 4>
  %m = cost.min %a, %b : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<0 to 4>
  return
}

// CHECK-LABEL: @max
func.func @max(%a: !cost.int<0 to 9>, %b: !cost.int<4>) {
  // CHECK: cost.max %{{.*}}, %{{.*}} : <0 to 9>, <4> -> <4 to 9>
  %m = cost.max %a, %b : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<4 to 9>
  return
}

// CHECK-LABEL: @cmp
func.func @cmp(%a: !cost.int<0 to 9>, %limit: !cost.int<4>) {
  // CHECK: cost.cmp le %{{.*}}, %{{.*}} : <0 to 9>, <4> -> <0 to 1>
  %b = cost.cmp le %a, %limit : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<0 to 1>
  return
}

// CHECK-LABEL: @select
func.func @select(%c: !cost.int<0 to 1>, %a: !cost.int<3>, %b: !cost.int<5>) {
  // CHECK: cost.select %{{.*}}, %{{.*}}, %{{.*}} : <0 to 1>, <3>, <5> -> <3 to 5>
  %r = cost.select %c, %a, %b : !cost.int<0 to 1>, !cost.int<3>, !cost.int<5> -> !cost.int<3 to 5>
  return
}

// CHECK-LABEL: cost.table @conv2d_latency keys ["height", "channels"]
// CHECK-SAME: rows {{\[\[}}32, 16], [16, 32]] values [1500, 900]
cost.table @conv2d_latency keys ["height", "channels"]
    rows [[32, 16], [16, 32]] values [1500, 900]

// CHECK-LABEL: @lookup
func.func @lookup(%h: !cost.int<16 to 32>, %c: !cost.int<16 to 32>, %d: !cost.int<0>) {
  // CHECK: cost.lookup @conv2d_latency[%{{.*}}, %{{.*}}] else %{{.*}} : (!cost.int<16 to 32>, !cost.int<16 to 32>), <0> -> <0 to 1500>
  %r = cost.lookup @conv2d_latency[%h, %c] else %d
      : (!cost.int<16 to 32>, !cost.int<16 to 32>), !cost.int<0> -> !cost.int<0 to 1500>
  return
}

// CHECK-LABEL: cost.function @tiny
// CHECK: cost.metric "weights" = %{{.*}} : <72 to 144>
cost.function @tiny {
  %width = cost.choice "width" in [8, 16] : !cost.int<8 to 16>
  %nine = cost.constant 9 : !cost.int<9>
  %weights = cost.mul %width, %nine : !cost.int<8 to 16>, !cost.int<9> -> !cost.int<72 to 144>
  cost.metric "weights" = %weights : !cost.int<72 to 144>
}

// CHECK-LABEL: cost.function @statements
cost.function @statements {
  %width = cost.choice "width[3]" in [16, 24] : !cost.int<16 to 24>
  %deep = cost.choice "deep" in [0, 1] : !cost.int<0 to 1>
  %bytes = cost.choice "bytes" in [4096, 65536] : !cost.int<4096 to 65536>
  // CHECK: cost.activity "width[3]" = %{{.*}} : <0 to 1>
  cost.activity "width[3]" = %deep : !cost.int<0 to 1>
  // CHECK: cost.metric "ram" on "h743" = %{{.*}} : <4096 to 65536>
  cost.metric "ram" on "h743" = %bytes : !cost.int<4096 to 65536>
  %holds = cost.choice "holds" in [0, 1] : !cost.int<0 to 1>
  // CHECK: cost.limit "ram on h743 <= 32 KiB" %{{.*}} : <0 to 1>
  cost.limit "ram on h743 <= 32 KiB" %holds : !cost.int<0 to 1>
  // CHECK: cost.limit "macs <= 100" %{{.*}} metric "macs" on "h743" bound 100 implied : <0 to 1>
  cost.limit "macs <= 100" %holds metric "macs" on "h743" bound 100 implied : !cost.int<0 to 1>

  %width1 = cost.choice "width[1]" in [48, 96] : !cost.int<48 to 96>
  %width2 = cost.choice "width[2]" in [16, 96] : !cost.int<16 to 96>
  // CHECK: cost.exclusion "width[1]" = 96, "width[2]" = 16
  cost.exclusion "width[1]" = 96, "width[2]" = 16

  %on = cost.constant 1 : !cost.int<1>
  %h = cost.constant 28 : !cost.int<28>
  %w = cost.constant 28 : !cost.int<28>
  %c = cost.constant 1 : !cost.int<1>
  %oh = cost.constant 14 : !cost.int<14>
  %ow = cost.constant 14 : !cost.int<14>
  %oc = cost.choice "stem" in [8, 32] : !cost.int<8 to 32>
  %macs = cost.choice "macs" in [14112, 56448] : !cost.int<14112 to 56448>
  // CHECK: cost.layer "conv2d" kind "conv2d" active %{{.*}} : <1> shapes
  // CHECK-SAME: metrics ["macs"] = (%{{.*}}) : !cost.int<14112 to 56448>
  cost.layer "conv2d" kind "conv2d" active %on : !cost.int<1>
      shapes (%h, %w, %c) -> (%oh, %ow, %oc) : (!cost.int<28>, !cost.int<28>, !cost.int<1>)
             -> (!cost.int<14>, !cost.int<14>, !cost.int<8 to 32>)
      metrics ["macs"] = (%macs) : !cost.int<14112 to 56448>
}
