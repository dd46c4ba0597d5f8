// RUN: nas-opt %s -split-input-file -verify-diagnostics -convert-nas-to-quantized-tosa

nas.space @not_calibrated(%x: !nas.tensor<4>) -> !nas.tensor<4> {
  // expected-error @below {{no nas.quantization of the layer 'act' in the module: the numbers that it takes are not known; calibrate the network with samples [NAS6020]}}
  %s = nas.sigmoid %x name "act" : !nas.tensor<4> -> !nas.tensor<4>
  nas.return %s : !nas.tensor<4>
}
nas.quantization "input" scale 0.5 zero_point 0

// -----

// expected-error @below {{no nas.quantization of 'input' in the module: the numbers that it takes are not known; calibrate the network with samples [NAS6020]}}
nas.space @no_input(%x: !nas.tensor<4>) -> !nas.tensor<4> {
  %s = nas.sigmoid %x name "act" : !nas.tensor<4> -> !nas.tensor<4>
  nas.return %s : !nas.tensor<4>
}
nas.quantization "act" scale 0.5 zero_point 0

// -----

// What no 8-bit integer stands for is not cut off.
nas.space @not_integers(%x: !nas.tensor<2>) -> !nas.tensor<1> {
  %1 = cost.constant 1 : !cost.int<1>
  // expected-error @below {{expected weights that are -128 to 127 times their scale, found 6.400000e+01 with a scale of 5.000000e-01 [NAS6020]}}
  %d = nas.dense %x units %1 name "dense" : (!nas.tensor<2>, !cost.int<1>) -> !nas.tensor<1>
  nas.return %d : !nas.tensor<1>
}
nas.weights @"dense.weight" = dense<[[-64.0], [64.0]]> : tensor<2x1xf32> scales [0.5]
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "dense" scale 1.0 zero_point 0

// -----

nas.space @not_a_number(%x: !nas.tensor<2>) -> !nas.tensor<1> {
  %1 = cost.constant 1 : !cost.int<1>
  // expected-error @below {{a weight is not a finite number [NAS6021]}}
  %d = nas.dense %x units %1 name "dense" : (!nas.tensor<2>, !cost.int<1>) -> !nas.tensor<1>
  nas.return %d : !nas.tensor<1>
}
nas.weights @"dense.weight" = dense<[[1.0], [0x7FC00000]]> : tensor<2x1xf32>
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "dense" scale 1.0 zero_point 0

// -----

// A bias that is not finite is not the fault of the sums.
nas.space @infinite_bias(%x: !nas.tensor<2>) -> !nas.tensor<1> {
  %1 = cost.constant 1 : !cost.int<1>
  // expected-error @below {{the bias of channel 0 is not a finite number [NAS6021]}}
  %d = nas.dense %x units %1 bias name "dense" : (!nas.tensor<2>, !cost.int<1>) -> !nas.tensor<1>
  nas.return %d : !nas.tensor<1>
}
nas.weights @"dense.weight" = dense<1.0> : tensor<2x1xf32>
nas.weights @"dense.bias" = dense<0x7F800000> : tensor<1xf32>
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "dense" scale 1.0 zero_point 0

// -----

// The normalisation that is a part of the weights can spoil them: 1 / sqrt(0).
nas.space @infinite_factor(%x: !nas.tensor<2>) -> !nas.tensor<1> {
  %1 = cost.constant 1 : !cost.int<1>
  // expected-error @below {{a weight is not a finite number [NAS6021]}}
  %d = nas.dense %x units %1 name "dense" : (!nas.tensor<2>, !cost.int<1>) -> !nas.tensor<1>
  %b = nas.batch_norm %d epsilon 1.0e-30 name "norm" : !nas.tensor<1> -> !nas.tensor<1>
  nas.return %b : !nas.tensor<1>
}
nas.weights @"dense.weight" = dense<1.0e30> : tensor<2x1xf32>
nas.weights @"norm.scale" = dense<1.0> : tensor<1xf32>
nas.weights @"norm.shift" = dense<0.0> : tensor<1xf32>
nas.weights @"norm.mean" = dense<0.0> : tensor<1xf32>
nas.weights @"norm.variance" = dense<0.0> : tensor<1xf32>
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "norm" scale 1.0 zero_point 0

// -----

// 70,000 products of 127 and 255 steps of the input.
nas.space @overflow(%x: !nas.tensor<70000>) -> !nas.tensor<1> {
  %1 = cost.constant 1 : !cost.int<1>
  // expected-error @below {{the sums of channel 0 can exceed 32 bits (bias 0.000000e+00, products from 0 to 2266950000); fewer inputs or smaller weights are needed [NAS6022]}}
  %d = nas.dense %x units %1 name "dense" : (!nas.tensor<70000>, !cost.int<1>) -> !nas.tensor<1>
  nas.return %d : !nas.tensor<1>
}
nas.weights @"dense.weight" = dense<1.0> : tensor<70000x1xf32>
nas.quantization "input" scale 1.0 zero_point -128
nas.quantization "dense" scale 1.0 zero_point 0

// -----

// A result whose step is far smaller than the sums': (128 · 127 + 0) · 10^6.
nas.space @scaled_overflow(%x: !nas.tensor<1>) -> !nas.tensor<1> {
  %1 = cost.constant 1 : !cost.int<1>
  // expected-error @below {{the scaled sums of channel 0 can exceed 32 bits: its weights are much larger than its results; is the calibration representative? [NAS6022]}}
  %d = nas.dense %x units %1 name "dense" : (!nas.tensor<1>, !cost.int<1>) -> !nas.tensor<1>
  nas.return %d : !nas.tensor<1>
}
nas.weights @"dense.weight" = dense<127.0> : tensor<1x1xf32>
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "dense" scale 1.0e-6 zero_point 0

// -----

nas.space @far_apart(%x: !nas.tensor<4>) -> !nas.tensor<4> {
  // expected-error @below {{the scales of the layer's input and result differ too much: a factor of 1.000000e+12 has no fixed-point form; is the calibration representative? [NAS6023]}}
  %r = nas.relu %x name "act" : !nas.tensor<4> -> !nas.tensor<4>
  nas.return %r : !nas.tensor<4>
}
nas.quantization "input" scale 1.0e6 zero_point 0
nas.quantization "act" scale 1.0e-6 zero_point 0

// -----

// 4096 × 4096 elements of up to 128 steps are 2^31.
nas.space @mean(%x: !nas.tensor<4096x4096x1>) -> !nas.tensor<1> {
  // expected-error @below {{the sum of 16777216 elements can exceed 32 bits; pool the image to at most 16777215 elements first [NAS6022]}}
  %p = nas.global_average_pool %x name "mean" : !nas.tensor<4096x4096x1> -> !nas.tensor<1>
  nas.return %p : !nas.tensor<1>
}
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "mean" scale 1.0 zero_point 0

// -----

nas.space @open(%x: !nas.tensor<3>) -> !nas.tensor<2> {
  // expected-error @below {{cannot be lowered; specialise the space first [NAS6001]}}
  %units = nas.choice "units" integers [2, 4] : !cost.int<2 to 4>
  %d = nas.dense %x units %units name "dense" : (!nas.tensor<3>, !cost.int<2 to 4>) -> !nas.tensor<*>
  nas.return %d : !nas.tensor<*>
}
nas.quantization "input" scale 1.0 zero_point 0

// -----

// expected-error @below {{expected one space to lower, found 0 [NAS6001]}}
module {}
