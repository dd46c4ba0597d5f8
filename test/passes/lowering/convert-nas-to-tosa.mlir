// RUN: nas-opt %s -split-input-file -convert-nas-to-tosa | FileCheck %s

// A batch_norm that alone reads a convolution becomes part of its weights:
// scale 2 / sqrt(3 + 1) = 1, so the weights stay and the bias is
// (0.5 - 0.25) * 1 + 1.5.
// CHECK-LABEL: func.func @folded(
// CHECK-SAME: %[[X:.*]]: tensor<4x4x1xf32>) -> tensor<4x4x2xf32>
// CHECK-DAG: %[[W:.*]] = "tosa.const"() <{value = dense<{{\[}}{{\[}}{{\[}}{{\[}}1.000000e+00]]], {{\[}}{{\[}}{{\[}}2.000000e+00]]]]> : tensor<2x1x1x1xf32>}>
// CHECK-DAG: %[[B:.*]] = "tosa.const"() <{value = dense<1.750000e+00> : tensor<2xf32>}>
// CHECK: %[[Y:.*]] = tosa.conv2d %{{.*}}, %[[W]], %[[B]]
// CHECK-SAME: pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>
// CHECK-NOT: tosa.mul
// CHECK: tosa.clamp %[[Y]] {max_fp = 6.000000e+00 : f32
// CHECK-NOT: nas.
nas.space @folded(%x: !nas.tensor<4x4x1>) -> !nas.tensor<4x4x2> {
  %1 = cost.constant 1 : !cost.int<1>
  %2 = cost.constant 2 : !cost.int<2>
  %c = nas.conv2d %x filters %2 kernel(%1, %1) stride(%1, %1) groups %1 padding <explicit 0, 0, 0, 0> bias name "conv"
      : (!nas.tensor<4x4x1>, !cost.int<2>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<4x4x2>
  %b = nas.batch_norm %c epsilon 1.0 name "norm" : !nas.tensor<4x4x2> -> !nas.tensor<4x4x2>
  %r = nas.relu6 %b : !nas.tensor<4x4x2> -> !nas.tensor<4x4x2>
  nas.return %r : !nas.tensor<4x4x2>
}
nas.weights @"conv.weight" = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
nas.weights @"conv.bias" = dense<0.5> : tensor<2xf32>
nas.weights @"norm.scale" = dense<2.0> : tensor<2xf32>
nas.weights @"norm.shift" = dense<1.5> : tensor<2xf32>
nas.weights @"norm.mean" = dense<0.25> : tensor<2xf32>
nas.weights @"norm.variance" = dense<3.0> : tensor<2xf32>

// -----

// A result with another reader keeps its own values.
// CHECK-LABEL: func.func @not_folded(
// CHECK: %[[Y:.*]] = tosa.fully_connected
// CHECK: %[[Z:.*]] = tosa.reshape %[[Y]]
// CHECK: %[[M:.*]] = tosa.mul %[[Z]]
// CHECK: %[[N:.*]] = tosa.add %[[M]]
// CHECK: tosa.add %[[Z]], %[[N]]
nas.space @not_folded(%x: !nas.tensor<3>) -> !nas.tensor<2> {
  %2 = cost.constant 2 : !cost.int<2>
  %d = nas.dense %x units %2 name "dense" : (!nas.tensor<3>, !cost.int<2>) -> !nas.tensor<2>
  %b = nas.batch_norm %d epsilon 1.0 name "norm" : !nas.tensor<2> -> !nas.tensor<2>
  %s = nas.add %d, %b : (!nas.tensor<2>, !nas.tensor<2>) -> !nas.tensor<2>
  nas.return %s : !nas.tensor<2>
}
nas.weights @"dense.weight" = dense<1.0> : tensor<3x2xf32>
nas.weights @"norm.scale" = dense<2.0> : tensor<2xf32>
nas.weights @"norm.shift" = dense<1.5> : tensor<2xf32>
nas.weights @"norm.mean" = dense<0.25> : tensor<2xf32>
nas.weights @"norm.variance" = dense<3.0> : tensor<2xf32>

// -----

// Raw pixels: (p / 255 - mean) / deviation, where p is 128 more than the signed
// byte with its top bit flipped.
// CHECK-LABEL: func.func @raw(
// CHECK-SAME: %[[X:.*]]: tensor<2x3x1xi8> {nasc.unsigned}) -> tensor<1xf32>
// CHECK: %[[ROWS:.*]] = tosa.reshape %[[X]] {new_shape = array<i64: 1, 2, 3>}
// CHECK: %[[BIT:.*]] = "tosa.const"() <{value = dense<-128> : tensor<1x1x1xi8>}>
// CHECK: tosa.bitwise_xor %[[ROWS]], %[[BIT]]
// CHECK: tosa.cast
// CHECK: dense<0.00784313772>
// CHECK: tosa.mul
// CHECK: dense<0.503921568>
// CHECK: tosa.add
// CHECK: tosa.avg_pool2d %{{.*}} {acc_type = f32, kernel = array<i64: 2, 3>
nas.dataset @data idx sources ["images"] settings <mean = [0.25], deviation = [0.5]>
nas.space @raw(%x: !nas.tensor<2x3x1>) -> !nas.tensor<1> dataset @data {
  %p = nas.global_average_pool %x : !nas.tensor<2x3x1> -> !nas.tensor<1>
  nas.return %p : !nas.tensor<1>
}

// -----

// Groups are convolutions of slices; padding that counts becomes input.
// CHECK-LABEL: func.func @grouped(
// CHECK: tosa.slice %{{.*}} {size = array<i64: 1, 4, 4, 2>, start = array<i64: 0, 0, 0, 0>}
// CHECK: tosa.conv2d
// CHECK: tosa.slice %{{.*}} {size = array<i64: 1, 4, 4, 2>, start = array<i64: 0, 0, 0, 2>}
// CHECK: tosa.conv2d
// CHECK: tosa.concat {{.*}}axis = 3
// CHECK: tosa.pad
// CHECK: tosa.avg_pool2d {{.*}}pad = array<i64: 0, 0, 0, 0>
nas.space @grouped(%x: !nas.tensor<4x4x4>) -> !nas.tensor<4x4x6> {
  %1 = cost.constant 1 : !cost.int<1>
  %2 = cost.constant 2 : !cost.int<2>
  %3 = cost.constant 3 : !cost.int<3>
  %6 = cost.constant 6 : !cost.int<6>
  %c = nas.conv2d %x filters %6 kernel(%1, %1) stride(%1, %1) groups %2 padding <explicit 0, 0, 0, 0> name "conv"
      : (!nas.tensor<4x4x4>, !cost.int<6>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<2>) -> !nas.tensor<4x4x6>
  %p = nas.average_pool %c size(%3, %3) stride(%1, %1) padding <explicit 1, 1, 1, 1> count_padding
      : (!nas.tensor<4x4x6>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<4x4x6>
  nas.return %p : !nas.tensor<4x4x6>
}
nas.weights @"conv.weight" = dense<1.0> : tensor<1x1x2x6xf32>
