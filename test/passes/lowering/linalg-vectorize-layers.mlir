// RUN: nas-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(linalg-vectorize-layers))' | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: nas-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(linalg-vectorize-layers{vector-bits=256 vector-registers=16 broadcast-operand=false}))' | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: nas-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(linalg-vectorize-layers{vector-bits=128 vector-registers=16 fused-multiply-add=false}))' | FileCheck %s --check-prefixes=CHECK,SSE

#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d3)>

// Convolution, bias and ReLU are one nest. The accumulators begin with the
// bias, live in registers through both loops over the kernel, and are written
// once, after the comparison.
// CHECK-LABEL: func.func @convolution(
// CHECK-SAME: %[[X:.*]]: tensor<1x10x10x4xf32>, %[[W:.*]]: tensor<3x3x4x16xf32>, %[[B:.*]]: tensor<16xf32>)
// CHECK-NOT: linalg.
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0], [1], [2, 3]] : tensor<1x10x10x4xf32> into tensor<1x10x40xf32>
// CHECK: scf.for
// AVX512: vector.transfer_read %[[B]]{{.*}} vector<16xf32>
// AVX2: vector.transfer_read %[[B]]{{.*}} vector<8xf32>
// SSE: vector.transfer_read %[[B]]{{.*}} vector<4xf32>
// CHECK: scf.for
// CHECK: scf.for
// CHECK: tensor.extract %[[ROWS]]
// AVX512: vector.fma {{.*}} : vector<16xf32>
// AVX2: vector.fma {{.*}} : vector<8xf32>
// SSE: arith.mulf {{.*}} : vector<4xf32>
// CHECK-NOT: vector.transfer_write
// CHECK: arith.maximumf
// AVX512: vector.transfer_write
// CHECK-NOT: linalg.
func.func @convolution(%x: tensor<1x10x10x4xf32>, %w: tensor<3x3x4x16xf32>, %b: tensor<16xf32>) -> tensor<1x8x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x8x16xf32>
  %0 = linalg.generic {indexing_maps = [#channel, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%b : tensor<16xf32>) outs(%e : tensor<1x8x8x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8x8x16xf32>
  %1 = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x10x10x4xf32>, tensor<3x3x4x16xf32>) outs(%0 : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%1 : tensor<1x8x8x16xf32>) outs(%e : tensor<1x8x8x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %zero : f32
    linalg.yield %m : f32
  } -> tensor<1x8x8x16xf32>
  return %2 : tensor<1x8x8x16xf32>
}

// -----

// 24 channels are a vector of 16 and one of 8, never one of 24; 31 columns are
// cut into pieces of two sizes.
// CHECK-LABEL: func.func @odd(
// CHECK-NOT: vector<24x
// AVX512-DAG: vector.fma {{.*}} : vector<16xf32>
// AVX512-DAG: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: linalg.
func.func @odd(%x: tensor<1x1x31x4xf32>, %w: tensor<1x1x4x24xf32>) -> tensor<1x1x31x24xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1x31x24xf32>
  %0 = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x31x24xf32>) -> tensor<1x1x31x24xf32>
  %1 = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x1x31x4xf32>, tensor<1x1x4x24xf32>) outs(%0 : tensor<1x1x31x24xf32>) -> tensor<1x1x31x24xf32>
  return %1 : tensor<1x1x31x24xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// The sum is written over the operand that nothing else reads.
// CHECK-LABEL: func.func @in_place(
// CHECK: %[[A:.*]] = math.absf
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[A]]) -> (tensor<8x64xf32>)
// CHECK-NOT: tensor.empty
func.func @in_place(%x: tensor<8x64xf32>, %y: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %a = math.absf %x : tensor<8x64xf32>
  %e = tensor.empty() : tensor<8x64xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %a : tensor<8x64xf32>, tensor<8x64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%in: f32, %in2: f32, %out: f32):
    %s = arith.addf %in, %in2 : f32
    linalg.yield %s : f32
  } -> tensor<8x64xf32>
  return %0 : tensor<8x64xf32>
}

// -----

// Few channels: the dimensions become one, so that vectors are full.
// CHECK-LABEL: func.func @collapse(
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1]] : tensor<8x3xf32> into tensor<24xf32>
// AVX512: vector.transfer_read {{.*}} vector<16xf32>
// AVX512: vector.transfer_read {{.*}} vector<8xf32>
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @collapse(%x: tensor<8x3xf32>) -> tensor<8x3xf32> {
  %e = tensor.empty() : tensor<8x3xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x3xf32>) outs(%e : tensor<8x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.negf %in : f32
    linalg.yield %s : f32
  } -> tensor<8x3xf32>
  return %0 : tensor<8x3xf32>
}

// -----

// What does not fit stays for plain loops: here an index and a dilation.
// CHECK-LABEL: func.func @left(
// CHECK: linalg.generic
// CHECK: linalg.conv_2d_nhwc_hwcf
#id = affine_map<(d0) -> (d0)>
func.func @left(%x: tensor<1x5x5x1xf32>, %w: tensor<2x2x1x8xf32>) -> (tensor<8xi64>, tensor<1x3x3x8xf32>) {
  %e = tensor.empty() : tensor<8xi64>
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e : tensor<8xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %c = arith.index_cast %i : index to i64
    linalg.yield %c : i64
  } -> tensor<8xi64>
  %zero = arith.constant 0.0 : f32
  %d = tensor.empty() : tensor<1x3x3x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%d : tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  %1 = linalg.conv_2d_nhwc_hwcf {dilations = dense<2> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x5x5x1xf32>, tensor<2x2x1x8xf32>) outs(%f : tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  return %0, %1 : tensor<8xi64>, tensor<1x3x3x8xf32>
}
