// RUN: nas-opt %s -split-input-file -verify-diagnostics -convert-quantized-tosa-to-kernels

// expected-error @below {{expected one function, found 0 [NAS6025]}}
module {}

// -----

// expected-error @below {{expected one tensor in and one out [NAS6025]}}
func.func @two(%a: tensor<4xi8>, %b: tensor<4xi8>) -> tensor<4xi8> {
  return %a : tensor<4xi8>
}

// -----

// expected-error @below {{the network computes nothing [NAS6025]}}
func.func @nothing(%a: tensor<4xi8>) -> tensor<4xi8> {
  return %a : tensor<4xi8>
}

// -----

// expected-error @below {{expected a tensor of i8 of one image, found 'tensor<4xf32>' [NAS6025]}}
func.func @not_quantized(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tosa.sigmoid %a : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @below {{expected a tensor of i8 of one image, found 'tensor<2x1x1x4xi8>' [NAS6025]}}
func.func @two_images(%a: tensor<2x1x1x4xi8>) -> tensor<2x1x1x4xi8> {
  %0 = tosa.clamp %a {max_fp = 1.0 : f32, max_int = 1 : i64, min_fp = 0.0 : f32, min_int = 0 : i64} : (tensor<2x1x1x4xi8>) -> tensor<2x1x1x4xi8>
  return %0 : tensor<2x1x1x4xi8>
}

// -----

func.func @unknown(%a: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error @below {{an operation without a kernel for 8-bit integers [NAS6025]}}
  %0 = tosa.abs %a : (tensor<4xi8>) -> tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @other_mask(%a: tensor<4xi8>) -> tensor<4xi8> {
  %m = "tosa.const"() <{value = dense<1> : tensor<4xi8>}> : () -> tensor<4xi8>
  // expected-error @below {{only flipping the top bit has a kernel [NAS6025]}}
  %0 = tosa.bitwise_xor %a, %m : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @rows(%a: tensor<1x2x2x4xi8>) -> tensor<1x4x2x4xi8> {
  // expected-error @below {{only channels can be joined by a kernel [NAS6025]}}
  %0 = tosa.concat %a, %a {axis = 1 : i32} : (tensor<1x2x2x4xi8>, tensor<1x2x2x4xi8>) -> tensor<1x4x2x4xi8>
  return %0 : tensor<1x4x2x4xi8>
}

// -----

func.func @row(%a: tensor<1x2x2x4xi8>) -> tensor<1x1x2x4xi8> {
  // expected-error @below {{only channels can be taken by a kernel [NAS6025]}}
  %0 = tosa.slice %a {size = array<i64: 1, 1, 2, 4>, start = array<i64: 0, 0, 0, 0>} : (tensor<1x2x2x4xi8>) -> tensor<1x1x2x4xi8>
  return %0 : tensor<1x1x2x4xi8>
}

// -----

func.func @weights_of_another_zero(%a: tensor<1x4xi8>) -> tensor<1x2xi8> {
  %w = "tosa.const"() <{value = dense<1> : tensor<2x4xi8>}> : () -> tensor<2x4xi8>
  %b = "tosa.const"() <{value = dense<0> : tensor<2xi32>}> : () -> tensor<2xi32>
  // expected-error @below {{expected symmetric weights (a zero point of 0), found 3 [NAS6025]}}
  %0 = tosa.fully_connected %a, %w, %b {quantization_info = #tosa.conv_quant<input_zp = 0, weight_zp = 3>} : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi32>
  %1 = tosa.rescale %0 {double_round = false, input_zp = 0 : i32, multiplier = array<i32: 1073741824>, output_zp = 0 : i32, per_channel = false, scale32 = true, shift = array<i8: 36>} : (tensor<1x2xi32>) -> tensor<1x2xi8>
  return %1 : tensor<1x2xi8>
}

// -----

func.func @dilation(%a: tensor<1x4x4x1xi8>) -> tensor<1x2x2x1xi8> {
  %w = "tosa.const"() <{value = dense<1> : tensor<1x2x2x1xi8>}> : () -> tensor<1x2x2x1xi8>
  %b = "tosa.const"() <{value = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  // expected-error @below {{a convolution with dilation has no kernel [NAS6025]}}
  %0 = tosa.conv2d %a, %w, %b {dilation = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, quantization_info = #tosa.conv_quant<input_zp = 0, weight_zp = 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, tensor<1x2x2x1xi8>, tensor<1xi32>) -> tensor<1x2x2x1xi32>
  %1 = tosa.rescale %0 {double_round = false, input_zp = 0 : i32, multiplier = array<i32: 1073741824>, output_zp = 0 : i32, per_channel = false, scale32 = true, shift = array<i8: 36>} : (tensor<1x2x2x1xi32>) -> tensor<1x2x2x1xi8>
  return %1 : tensor<1x2x2x1xi8>
}

// -----

// Products of up to 127 · 128 for each of 70,000 weights, and 127 · 127 that
// the input's zero point takes away.
func.func @overflow(%a: tensor<1x70000xi8>) -> tensor<1x1xi8> {
  %w = "tosa.const"() <{value = dense<127> : tensor<1x70000xi8>}> : () -> tensor<1x70000xi8>
  %b = "tosa.const"() <{value = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  // expected-error @below {{the sums of channel 0 can exceed 32 bits (bias -1129030000 with the zero point, products up to 1137920000); fewer inputs or smaller weights are needed [NAS6022]}}
  %0 = tosa.fully_connected %a, %w, %b {quantization_info = #tosa.conv_quant<input_zp = 127, weight_zp = 0>} : (tensor<1x70000xi8>, tensor<1x70000xi8>, tensor<1xi32>) -> tensor<1x1xi32>
  %1 = tosa.rescale %0 {double_round = false, input_zp = 0 : i32, multiplier = array<i32: 1073741824>, output_zp = 0 : i32, per_channel = false, scale32 = true, shift = array<i8: 36>} : (tensor<1x1xi32>) -> tensor<1x1xi8>
  return %1 : tensor<1x1xi8>
}

// -----

func.func @bytes(%a: tensor<1x4xi8>) -> tensor<1x4xi8> {
  // expected-error @below {{an 8-bit sum or product has no kernel [NAS6025]}}
  %0 = tosa.add %a, %a : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  return %0 : tensor<1x4xi8>
}
