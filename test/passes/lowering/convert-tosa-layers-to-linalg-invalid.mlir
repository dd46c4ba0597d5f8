// RUN: nas-opt %s -verify-diagnostics -pass-pipeline='builtin.module(func.func(convert-tosa-layers-to-linalg))'

func.func @empty_window(%x: tensor<1x1x3x2xf32>) -> tensor<1x1x5x2xf32> {
  // expected-error @below {{has windows without any element of the input [NAS6002]}}
  %y = tosa.avg_pool2d %x {acc_type = f32, kernel = array<i64: 1, 1>, pad = array<i64: 0, 0, 1, 1>, stride = array<i64: 1, 1>}
      : (tensor<1x1x3x2xf32>) -> tensor<1x1x5x2xf32>
  return %y : tensor<1x1x5x2xf32>
}
