// RUN: nas-opt %s -verify-diagnostics -split-input-file
//
// Each constraint of the layers, by its label.

func.func @relu_result(%x: !nas.tensor<28x28x8>) {
  // expected-error@+1 {{relu_result: expected a result of 28x28x8, found 5}}
  %0 = nas.relu %x : !nas.tensor<28x28x8> -> !nas.tensor<5>
  return
}

// -----

func.func @conv2d_rank(%x: !nas.tensor<28>) {
  %one = cost.constant 1 : <1>
  // expected-error@+1 {{conv2d_rank: expected an input of 3 dimensions (height, width, channels), found 1}}
  %0 = nas.conv2d %x filters %one kernel(%one, %one) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<28>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<28x28x1>
  return
}

// -----

func.func @conv2d_filters(%x: !nas.tensor<8x8x4>) {
  %one = cost.constant 1 : <1>
  %zero = cost.constant 0 : <0>
  // expected-error@+1 {{conv2d_filters: expected filters of at least 1, found 0}}
  %0 = nas.conv2d %x filters %zero kernel(%one, %one) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<8x8x4>, !cost.int<0>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<8x8x1>
  return
}

// -----

func.func @conv2d_groups(%x: !nas.tensor<8x8x4>) {
  %one = cost.constant 1 : <1>
  %three = cost.constant 3 : <3>
  // expected-error@+1 {{conv2d_groups: expected groups (3) that divide the channels (4) and the filters (3)}}
  %0 = nas.conv2d %x filters %three kernel(%one, %one) stride(%one, %one) groups %three padding <same>
      : (!nas.tensor<8x8x4>, !cost.int<3>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<3>) -> !nas.tensor<8x8x3>
  return
}

// -----

func.func @conv2d_kernel(%x: !nas.tensor<8x8x4>) {
  %one = cost.constant 1 : <1>
  %zero = cost.constant 0 : <0>
  // expected-error@+1 {{conv2d_kernel: expected a kernel of at least 1, found 0}}
  %0 = nas.conv2d %x filters %one kernel(%zero, %one) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<8x8x4>, !cost.int<1>, !cost.int<0>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<8x8x1>
  return
}

// -----

func.func @depthwise_conv2d_stride(%x: !nas.tensor<8x8x4>) {
  %one = cost.constant 1 : <1>
  %zero = cost.constant 0 : <0>
  // expected-error@+1 {{depthwise_conv2d_stride: expected a stride of at least 1, found 0}}
  %0 = nas.depthwise_conv2d %x kernel(%one, %one) stride(%zero, %one) padding <same>
      : (!nas.tensor<8x8x4>, !cost.int<1>, !cost.int<1>, !cost.int<0>, !cost.int<1>) -> !nas.tensor<8x8x4>
  return
}

// -----

func.func @conv2d_window(%x: !nas.tensor<4x4x1>) {
  %one = cost.constant 1 : <1>
  %five = cost.constant 5 : <5>
  // expected-error@+1 {{conv2d_window: expected an input of at least the kernel's size (kernel 5, padded input 4)}}
  %0 = nas.conv2d %x filters %one kernel(%five, %one) stride(%one, %one) groups %one padding <valid>
      : (!nas.tensor<4x4x1>, !cost.int<1>, !cost.int<5>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<1x4x1>
  return
}

// -----

func.func @conv2d_result(%x: !nas.tensor<8x8x4>, %filters: !cost.int<8 to 16>) {
  %three = cost.constant 3 : <3>
  %one = cost.constant 1 : <1>
  // A size that the filters can have.
  %0 = nas.conv2d %x filters %filters kernel(%three, %three) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<8x8x4>, !cost.int<8 to 16>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<8x8x12>
  // One that they cannot have.
  // expected-error@+1 {{conv2d_result: expected a result of 8x8x?, found 8x8x32}}
  %1 = nas.conv2d %x filters %filters kernel(%three, %three) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<8x8x4>, !cost.int<8 to 16>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<8x8x32>
  return
}

// -----

func.func @dense_units(%x: !nas.tensor<16>) {
  %zero = cost.constant 0 : <0>
  // expected-error@+1 {{dense_units: expected units of at least 1, found 0}}
  %0 = nas.dense %x units %zero : (!nas.tensor<16>, !cost.int<0>) -> !nas.tensor<1>
  return
}

// -----

func.func @add_inputs(%x: !nas.tensor<8x8x4>, %y: !nas.tensor<4x4x4>) {
  // expected-error@+1 {{add_inputs: expected tensors of one shape, found 8×8×4 and 4×4×4}}
  %0 = nas.add %x, %y : (!nas.tensor<8x8x4>, !nas.tensor<4x4x4>) -> !nas.tensor<8x8x4>
  return
}

// -----

func.func @concat_result(%x: !nas.tensor<8x8x4>, %y: !nas.tensor<8x8x?>) {
  %0 = nas.concat %x, %y : (!nas.tensor<8x8x4>, !nas.tensor<8x8x?>) -> !nas.tensor<8x8x9>
  // expected-error@+1 {{concat_result: expected a result of 8x8x?, found 8x8x4}}
  %1 = nas.concat %x, %y : (!nas.tensor<8x8x4>, !nas.tensor<8x8x?>) -> !nas.tensor<8x8x4>
  return
}

// -----

func.func @flatten_result(%x: !nas.tensor<2x3x4>) {
  // expected-error@+1 {{flatten_result: expected a result of 24, found 20}}
  %0 = nas.flatten %x : !nas.tensor<2x3x4> -> !nas.tensor<20>
  return
}

// -----

func.func @batch_norm_epsilon(%x: !nas.tensor<8x8x4>) {
  %0 = nas.batch_norm %x epsilon 0.0 : !nas.tensor<8x8x4> -> !nas.tensor<8x8x4>
  // expected-error@+1 {{batch_norm_epsilon: expected an epsilon of at least 0, found}}
  %1 = nas.batch_norm %x epsilon -1.0 : !nas.tensor<8x8x4> -> !nas.tensor<8x8x4>
  return
}

// -----

func.func @dropout_rate(%x: !nas.tensor<16>) {
  %rate = arith.constant 1.0 : f64
  // expected-error@+1 {{dropout_rate: expected a rate of at least 0 and less than 1, found}}
  %0 = nas.dropout %x rate %rate : !nas.tensor<16>, f64 -> !nas.tensor<16>
  return
}

// -----

// Before shapes are inferred, there is nothing to compare.
func.func @unranked(%x: !nas.tensor<*>) {
  %0 = nas.relu %x : !nas.tensor<*> -> !nas.tensor<5>
  %1 = nas.flatten %0 : !nas.tensor<5> -> !nas.tensor<*>
  return
}
