// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(tensor-expand-padding))' | FileCheck %s

// The border: a row above, a row below, and beside the source one column
// before and two after. It is filled before the source is computed.
// CHECK-LABEL: func.func @pad(
// CHECK: %[[E:.*]] = tensor.empty() : tensor<6x7xf32>
// CHECK: %[[S0:.*]] = tensor.extract_slice %[[E]][0, 0] [1, 7] [1, 1]
// CHECK: %[[F0:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%[[S0]]
// CHECK: %[[P0:.*]] = tensor.insert_slice %[[F0]] into %[[E]][0, 0] [1, 7] [1, 1]
// CHECK: tensor.insert_slice %{{.*}} into %[[P0]][5, 0] [1, 7] [1, 1]
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[1, 0] [4, 1] [1, 1]
// CHECK: %[[P3:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[1, 5] [4, 2] [1, 1]
// CHECK: %[[X:.*]] = math.absf
// CHECK: %[[R:.*]] = tensor.insert_slice %[[X]] into %[[P3]][1, 1] [4, 4] [1, 1]
// CHECK: return %[[R]]
func.func @pad(%x: tensor<4x4xf32>) -> tensor<6x7xf32> {
  %zero = arith.constant 0.0 : f32
  %a = math.absf %x : tensor<4x4xf32>
  %p = tensor.pad %a low[1, 1] high[1, 2] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x4xf32> to tensor<6x7xf32>
  return %p : tensor<6x7xf32>
}

// CHECK-LABEL: func.func @not_constant(
// CHECK: tensor.pad
func.func @not_constant(%x: tensor<4x4xf32>, %v: f32) -> tensor<6x4xf32> {
  %p = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %v : f32
  } : tensor<4x4xf32> to tensor<6x4xf32>
  return %p : tensor<6x4xf32>
}
