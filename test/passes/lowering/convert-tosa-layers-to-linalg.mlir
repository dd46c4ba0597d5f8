// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(convert-tosa-layers-to-linalg))' | FileCheck %s

// CHECK-LABEL: func.func @depthwise(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x2xf32>, %[[B:.*]]: tensor<2xf32>)
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<1x2x2xf32>
// CHECK-DAG: %[[P:.*]] = tensor.pad %[[X]] low[0, 0, 1, 0] high[0, 0, 0, 0]
// CHECK-DAG: %[[I:.*]] = linalg.generic {{.*}} ins(%[[B]] : tensor<2xf32>)
// CHECK: linalg.depthwise_conv_2d_nhwc_hwc {{.*}} ins(%[[P]], %[[W]] : {{.*}}) outs(%[[I]] :
func.func @depthwise(%x: tensor<1x4x4x2xf32>, %b: tensor<2xf32>) -> tensor<1x4x4x2xf32> {
  %w = "tosa.const"() {value = dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>} : () -> tensor<1x2x2x1xf32>
  %y = tosa.depthwise_conv2d %x, %w, %b {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 1, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x2xf32>, tensor<1x2x2x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}

// Where all windows have as many elements, one factor.
// CHECK-LABEL: func.func @mean(
// CHECK: %[[F:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: linalg.pooling_nhwc_sum
// CHECK: arith.mulf %{{.*}}, %[[F]]
func.func @mean(%x: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> {
  %y = tosa.avg_pool2d %x {acc_type = f32, kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
      : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// Else a table: padding does not count.
// CHECK-LABEL: func.func @mean_padded(
// CHECK: arith.constant dense<{{\[}}[5.000000e-01, 5.000000e-01, 1.000000e+00]]> : tensor<1x3xf32>
// CHECK: linalg.pooling_nhwc_sum
func.func @mean_padded(%x: tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32> {
  %y = tosa.avg_pool2d %x {acc_type = f32, kernel = array<i64: 1, 2>, pad = array<i64: 0, 0, 0, 1>, stride = array<i64: 1, 1>}
      : (tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
  return %y : tensor<1x1x3x2xf32>
}

// The part that is computed first is inserted first.
// CHECK-LABEL: func.func @concat(
// CHECK: %[[A:.*]] = tosa.exp
// CHECK: %[[B:.*]] = tosa.tanh
// CHECK: %[[E:.*]] = tensor.empty
// CHECK: %[[S:.*]] = tensor.insert_slice %[[A]] into %[[E]][0, 0, 0, 4]
// CHECK: tensor.insert_slice %[[B]] into %[[S]][0, 0, 0, 0]
func.func @concat(%x: tensor<1x2x2x4xf32>) -> tensor<1x2x2x8xf32> {
  %a = tosa.exp %x : (tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  %b = tosa.tanh %x : (tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  %c = tosa.concat %b, %a {axis = 3 : i32} : (tensor<1x2x2x4xf32>, tensor<1x2x2x4xf32>) -> tensor<1x2x2x8xf32>
  return %c : tensor<1x2x2x8xf32>
}
