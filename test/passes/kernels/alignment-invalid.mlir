// RUN: nas-opt %s -verify-diagnostics -convert-quantized-tosa-to-kernels=alignment=24

// expected-error @below {{expected an alignment that is a power of two and at least 4, found 24 [NAS6025]}}
module {
  func.func @net(%a: tensor<4xi8>) -> tensor<4xi8> {
    %0 = tosa.clamp %a {max_fp = 1.0 : f32, max_int = 1 : i64, min_fp = 0.0 : f32, min_int = 0 : i64} : (tensor<4xi8>) -> tensor<4xi8>
    return %0 : tensor<4xi8>
  }
}
