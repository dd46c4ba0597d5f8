// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(linalg-forward-destinations))' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// The operation gets the slice as its destination, through the reshape.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf32>, %[[D:.*]]: tensor<6x4x2xf32>)
// CHECK: %[[S:.*]] = tensor.extract_slice %[[D]][1, 0, 0] [4, 4, 2] [1, 1, 1]
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[S]] {{\[}}[0], [1, 2]]
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<4x8xf32>) outs(%[[C]] : tensor<4x8xf32>)
func.func @forward(%x: tensor<4x8xf32>, %d: tensor<6x4x2xf32>) -> tensor<6x4x2xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = math.absf %in : f32
    linalg.yield %a : f32
  } -> tensor<4x8xf32>
  %1 = tensor.expand_shape %0 [[0], [1, 2]] output_shape [4, 4, 2] : tensor<4x8xf32> into tensor<4x4x2xf32>
  %2 = tensor.insert_slice %1 into %d[1, 0, 0] [4, 4, 2] [1, 1, 1] : tensor<4x4x2xf32> into tensor<6x4x2xf32>
  return %2 : tensor<6x4x2xf32>
}

// A destination that does not exist yet cannot be used.
// CHECK-LABEL: func.func @too_late(
// CHECK: %[[E:.*]] = tensor.empty
// CHECK: linalg.generic {{.*}} outs(%[[E]]
// CHECK: tensor.from_elements
func.func @too_late(%x: tensor<1x2xf32>, %v: f32) -> tensor<2x2xf32> {
  %e = tensor.empty() : tensor<1x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = math.absf %in : f32
    linalg.yield %a : f32
  } -> tensor<1x2xf32>
  %d = tensor.from_elements %v, %v, %v, %v : tensor<2x2xf32>
  %1 = tensor.insert_slice %0 into %d[0, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}
