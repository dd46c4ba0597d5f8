// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(func-network-interface))' | FileCheck %s

// CHECK-LABEL: func.func @net(
// CHECK-SAME: %[[X:.*]]: memref<4xi8> {nasc.unsigned}, %[[Y:.*]]: memref<4xf32>) {
// CHECK: %[[T:.*]] = bufferization.to_tensor %[[X]] restrict : memref<4xi8>
// CHECK: %[[F:.*]] = arith.sitofp %[[T]]
// CHECK: bufferization.materialize_in_destination %[[F]] in restrict writable %[[Y]]
// CHECK: return
// CHECK-NOT: tensor
func.func @net(%x: tensor<4xi8> {nasc.unsigned}) -> tensor<4xf32> {
  %0 = arith.sitofp %x : tensor<4xi8> to tensor<4xf32>
  return %0 : tensor<4xf32>
}
