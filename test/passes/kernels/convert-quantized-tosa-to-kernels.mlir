// RUN: nas-opt %s -split-input-file -convert-quantized-tosa-to-kernels | FileCheck %s
// RUN: nas-opt %s -split-input-file -convert-quantized-tosa-to-kernels='profile=true alignment=64' | FileCheck %s --check-prefix=OPTIONS

// A convolution with its rescale and its bounds is one step. Each channel's bias
// and factor lie together; the zero point 1 of the input is a part of the bias:
// 10 - (1 + 2 + 3 + 4) and 20 - (5 + 6 + 7 + 8). What is said of the sample and
// the scores is kept.
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<8xi8> = dense<[1, 2, 3, 4, 5, 6, 7, 8]>
// CHECK-DAG: memref.global "private" constant @{{.*}} : memref<4xi32> = dense<[0, 1073741824, -6, 1073741824]>
// CHECK-LABEL: func.func @net(
// CHECK-SAME: memref<64xi8> {nasc.c_type = "const uint8_t", nasc.name = "sample", nasc.unsigned}
// CHECK-SAME: memref<32xi8> {nasc.c_type = "int8_t", nasc.name = "scores", nasc.scale = 5.000000e-01 : f64, nasc.zero_point = 3 : i64}
// CHECK-SAME: {nasc.c_type = "void", nasc.name = "arena"}
// CHECK-SAME: nasc.arena_alignment = 16 : i64, nasc.arena_bytes = {{[0-9]+}} : i64, nasc.input_offset = 0 : i64, nasc.output_offset = {{[0-9]+}} : i64
// CHECK-NOT: profile
// CHECK: call @{{.*}} {nasc.comment = "layer: flip sign, 4 x 4 x 4"}
// CHECK: call @{{.*}} {nasc.comment = "layer: pointwise convolution, 4 x 4 x 2"}
// CHECK-NOT: call
// CHECK-NOT: tosa.
// CHECK: return
// OPTIONS: func.func private @net_profile(i32)
// OPTIONS-LABEL: func.func @net(
// OPTIONS-SAME: nasc.arena_alignment = 64 : i64
// OPTIONS: %[[FIRST:.*]] = arith.constant 0 : i32
// OPTIONS-NEXT: call @net_profile(%[[FIRST]])
// OPTIONS: call @{{.*}}flip sign
// OPTIONS: %[[SECOND:.*]] = arith.constant 1 : i32
// OPTIONS-NEXT: call @net_profile(%[[SECOND]])
// OPTIONS: call @{{.*}}pointwise convolution
// OPTIONS: %[[END:.*]] = arith.constant 2 : i32
// OPTIONS-NEXT: call @net_profile(%[[END]])
// OPTIONS-NEXT: return
func.func @net(%arg0: tensor<4x4x4xi8> {nasc.unsigned}) -> (tensor<4x4x2xi8> {nasc.scale = 0.5 : f64, nasc.zero_point = 3 : i64}) {
  %0 = tosa.reshape %arg0 {new_shape = array<i64: 1, 4, 4, 4>} : (tensor<4x4x4xi8>) -> tensor<1x4x4x4xi8>
  %1 = "tosa.const"() <{value = dense<-128> : tensor<1x1x1x1xi8>}> : () -> tensor<1x1x1x1xi8>
  %2 = tosa.bitwise_xor %0, %1 : (tensor<1x4x4x4xi8>, tensor<1x1x1x1xi8>) -> tensor<1x4x4x4xi8>
  %3 = "tosa.const"() <{value = dense<[10, 20]> : tensor<2xi32>}> : () -> tensor<2xi32>
  %4 = "tosa.const"() <{value = dense<[[[[1, 2, 3, 4]]], [[[5, 6, 7, 8]]]]> : tensor<2x1x1x4xi8>}> : () -> tensor<2x1x1x4xi8>
  %5 = tosa.conv2d %2, %4, %3 {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, quantization_info = #tosa.conv_quant<input_zp = 1, weight_zp = 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x4xi8>, tensor<2x1x1x4xi8>, tensor<2xi32>) -> tensor<1x4x4x2xi32>
  %6 = tosa.rescale %5 {double_round = false, input_zp = 0 : i32, multiplier = array<i32: 1073741824, 1073741824>, output_zp = 3 : i32, per_channel = true, scale32 = true, shift = array<i8: 36, 36>} : (tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi8>
  %7 = tosa.clamp %6 {max_fp = 9.0 : f32, max_int = 9 : i64, min_fp = 3.0 : f32, min_int = 3 : i64} : (tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xi8>
  %8 = tosa.reshape %7 {new_shape = array<i64: 4, 4, 2>} : (tensor<1x4x4x2xi8>) -> tensor<4x4x2xi8>
  return %8 : tensor<4x4x2xi8>
}

// -----

// Steps of one element at a time write over their input: the arena has the size
// of one tensor. Two steps of a kind share a kernel, whose bounds are arguments.
// CHECK-COUNT-1: func.func private @clamp
// CHECK-NOT: func.func private @clamp
// CHECK-LABEL: func.func @in_place(
// CHECK-SAME: nasc.arena_bytes = 32 : i64, nasc.input_offset = 0 : i64, nasc.output_offset = 0 : i64
// CHECK: call @[[KERNEL:clamp[^(]*]](%{{.*}}) {nasc.comment = "layer: clamp, 2 x 2 x 8"}
// CHECK: call @[[KERNEL]](%{{.*}}) {nasc.comment = "layer: clamp, 2 x 2 x 8"}
// CHECK: call @{{.*}} {nasc.comment = "layer: rescale, 2 x 2 x 8"}
// CHECK: return
// OPTIONS-LABEL: func.func @in_place(
func.func @in_place(%arg0: tensor<2x2x8xi8>) -> tensor<2x2x8xi8> {
  %0 = tosa.reshape %arg0 {new_shape = array<i64: 1, 2, 2, 8>} : (tensor<2x2x8xi8>) -> tensor<1x2x2x8xi8>
  %1 = tosa.clamp %0 {max_fp = 9.0 : f32, max_int = 9 : i64, min_fp = 3.0 : f32, min_int = 3 : i64} : (tensor<1x2x2x8xi8>) -> tensor<1x2x2x8xi8>
  %2 = tosa.clamp %1 {max_fp = 7.0 : f32, max_int = 7 : i64, min_fp = -3.0 : f32, min_int = -3 : i64} : (tensor<1x2x2x8xi8>) -> tensor<1x2x2x8xi8>
  %3 = tosa.rescale %2 {double_round = true, input_zp = 1 : i32, multiplier = array<i32: 1073741824>, output_zp = 0 : i32, per_channel = false, scale32 = true, shift = array<i8: 31>} : (tensor<1x2x2x8xi8>) -> tensor<1x2x2x8xi8>
  %4 = tosa.reshape %3 {new_shape = array<i64: 2, 2, 8>} : (tensor<1x2x2x8xi8>) -> tensor<2x2x8xi8>
  return %4 : tensor<2x2x8xi8>
}

// -----

// The groups of a convolution become one step, whose weights follow each other,
// and padding that is counted a part of the pooling.
// CHECK-DAG: memref<4xi8> = dense<[1, 2, 3, 4]>
// CHECK-DAG: memref<4xi32> = dense<[5, 1073741824, 5, 1073741824]>
// CHECK-LABEL: func.func @joined(
// CHECK: call @{{.*}} {nasc.comment = "layer: convolution, 4 x 4 x 2"}
// CHECK: call @{{.*}} {nasc.comment = "layer: average pool, 2 x 2 x 2"}
// CHECK-NOT: call
// CHECK: return
// OPTIONS-LABEL: func.func @joined(
func.func @joined(%arg0: tensor<4x4x4xi8>) -> tensor<2x2x2xi8> {
  %0 = tosa.reshape %arg0 {new_shape = array<i64: 1, 4, 4, 4>} : (tensor<4x4x4xi8>) -> tensor<1x4x4x4xi8>
  %1 = tosa.slice %0 {size = array<i64: 1, 4, 4, 2>, start = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x4xi8>) -> tensor<1x4x4x2xi8>
  %b = "tosa.const"() <{value = dense<5> : tensor<1xi32>}> : () -> tensor<1xi32>
  %w1 = "tosa.const"() <{value = dense<[[[[1, 2]]]]> : tensor<1x1x1x2xi8>}> : () -> tensor<1x1x1x2xi8>
  %4 = tosa.conv2d %1, %w1, %b {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, quantization_info = #tosa.conv_quant<input_zp = 0, weight_zp = 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x2xi8>, tensor<1x1x1x2xi8>, tensor<1xi32>) -> tensor<1x4x4x1xi32>
  %5 = tosa.rescale %4 {double_round = false, input_zp = 0 : i32, multiplier = array<i32: 1073741824>, output_zp = 0 : i32, per_channel = false, scale32 = true, shift = array<i8: 36>} : (tensor<1x4x4x1xi32>) -> tensor<1x4x4x1xi8>
  %6 = tosa.slice %0 {size = array<i64: 1, 4, 4, 2>, start = array<i64: 0, 0, 0, 2>} : (tensor<1x4x4x4xi8>) -> tensor<1x4x4x2xi8>
  %w2 = "tosa.const"() <{value = dense<[[[[3, 4]]]]> : tensor<1x1x1x2xi8>}> : () -> tensor<1x1x1x2xi8>
  %9 = tosa.conv2d %6, %w2, %b {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, quantization_info = #tosa.conv_quant<input_zp = 0, weight_zp = 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x2xi8>, tensor<1x1x1x2xi8>, tensor<1xi32>) -> tensor<1x4x4x1xi32>
  %10 = tosa.rescale %9 {double_round = false, input_zp = 0 : i32, multiplier = array<i32: 1073741824>, output_zp = 0 : i32, per_channel = false, scale32 = true, shift = array<i8: 36>} : (tensor<1x4x4x1xi32>) -> tensor<1x4x4x1xi8>
  %11 = tosa.concat %5, %10 {axis = 3 : i32} : (tensor<1x4x4x1xi8>, tensor<1x4x4x1xi8>) -> tensor<1x4x4x2xi8>
  %16 = "tosa.const"() <{value = dense<[[0, 0], [1, 1], [1, 1], [0, 0]]> : tensor<4x2xi64>}> : () -> tensor<4x2xi64>
  %17 = "tosa.const"() <{value = dense<0> : tensor<i8>}> : () -> tensor<i8>
  %18 = tosa.pad %11, %16, %17 : (tensor<1x4x4x2xi8>, tensor<4x2xi64>, tensor<i8>) -> tensor<1x6x6x2xi8>
  %19 = tosa.avg_pool2d %18 {acc_type = i32, kernel = array<i64: 3, 3>, pad = array<i64: 0, 0, 0, 0>, quantization_info = #tosa.unary_quant<input_zp = 0, output_zp = 0>, stride = array<i64: 2, 2>} : (tensor<1x6x6x2xi8>) -> tensor<1x2x2x2xi8>
  %20 = tosa.reshape %19 {new_shape = array<i64: 2, 2, 2>} : (tensor<1x2x2x2xi8>) -> tensor<2x2x2xi8>
  return %20 : tensor<2x2x2xi8>
}
