// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(linalg-fold-constant-transposes))' | FileCheck %s

// CHECK-LABEL: func.func @fold(
// CHECK-NOT: linalg.transpose
// CHECK: %[[C:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], [3.000000e+00, 6.000000e+00]]> : tensor<3x2xf32>
// CHECK-NEXT: return %[[C]]
func.func @fold() -> tensor<3x2xf32> {
  %c = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %t = linalg.transpose ins(%c : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  return %t : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @fold_tosa(
// CHECK: arith.constant dense<{{\[}}{{\[}}[1, 3]], {{\[}}[2, 4]]]> : tensor<2x1x2xi8>
// CHECK-NOT: tosa.transpose
func.func @fold_tosa() -> tensor<2x1x2xi8> {
  %c = "tosa.const"() {value = dense<[[[1, 2]], [[3, 4]]]> : tensor<2x1x2xi8>} : () -> tensor<2x1x2xi8>
  %p = "tosa.const"() {value = dense<[2, 1, 0]> : tensor<3xi32>} : () -> tensor<3xi32>
  %t = tosa.transpose %c, %p : (tensor<2x1x2xi8>, tensor<3xi32>) -> tensor<2x1x2xi8>
  return %t : tensor<2x1x2xi8>
}

// CHECK-LABEL: func.func @keep(
// CHECK: linalg.transpose
func.func @keep(%c: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %e = tensor.empty() : tensor<3x2xf32>
  %t = linalg.transpose ins(%c : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  return %t : tensor<3x2xf32>
}
