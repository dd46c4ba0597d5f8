// RUN: nas-opt %s -split-input-file -convert-nas-to-quantized-tosa | FileCheck %s --check-prefixes=CHECK,SINGLE
// RUN: nas-opt %s -split-input-file -convert-nas-to-quantized-tosa=rounding=double | FileCheck %s --check-prefixes=CHECK,DOUBLE

// The batch_norm is a part of the weights (scale 2 / sqrt(3 + 1) = 1, bias
// (0.5 - 0.25) * 1 + 1.5 = 1.75), each filter has a scale of its own: 1/127 and
// 2/127. Bias 1.75 / (0.5 / 127) = 444.5, half of it for the second. The factor
// is 0.5 / 127 / 0.03125 = 0.12598, twice that for the second; one shift for
// both, or with double rounding one shift each; a scale is a number of float32,
// whose last bits are zeros in the multipliers. relu6 is the saturation of the
// rescale at -128 and a clamp at 6 / 0.03125 - 128 = 64.
// CHECK-LABEL: func.func @folded(
// CHECK-SAME: %[[X:.*]]: tensor<4x4x1xi8> {nasc.factors = array<f32: 2.000000e+00>, nasc.offsets = array<f32: -3.000000e+00>, nasc.scale = 5.000000e-01 : f64, nasc.zero_point = -3 : i64})
// CHECK-SAME: -> (tensor<4x4x2xi8> {nasc.scale = 3.125000e-02 : f64, nasc.zero_point = -128 : i64})
// CHECK-DAG: %[[B:.*]] = "tosa.const"() <{value = dense<[445, 222]> : tensor<2xi32>}>
// CHECK-DAG: %[[W:.*]] = "tosa.const"() <{value = dense<127> : tensor<2x1x1x1xi8>}>
// CHECK: %[[S:.*]] = tosa.conv2d %{{.*}}, %[[W]], %[[B]] {{.*}}quantization_info = #tosa.conv_quant<input_zp = -3, weight_zp = 0>
// SINGLE: %[[R:.*]] = tosa.rescale %[[S]] {double_round = false, input_zp = 0 : i32, multiplier = array<i32: 541098240, 1082196480>, output_zp = -128 : i32, per_channel = true, scale32 = true, shift = array<i8: 32, 32>}
// DOUBLE: %[[R:.*]] = tosa.rescale %[[S]] {double_round = true, input_zp = 0 : i32, multiplier = array<i32: 1082196480, 1082196480>, output_zp = -128 : i32, per_channel = true, scale32 = true, shift = array<i8: 33, 32>}
// CHECK: tosa.clamp %[[R]] {{{.*}}max_int = 64 : i64, {{.*}}min_int = -128 : i64}
// CHECK-NOT: nas.
// CHECK: return
nas.space @folded(%x: !nas.tensor<4x4x1>) -> !nas.tensor<4x4x2> {
  %1 = cost.constant 1 : !cost.int<1>
  %2 = cost.constant 2 : !cost.int<2>
  %c = nas.conv2d %x filters %2 kernel(%1, %1) stride(%1, %1) groups %1 padding <explicit 0, 0, 0, 0> bias name "conv"
      : (!nas.tensor<4x4x1>, !cost.int<2>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<4x4x2>
  %b = nas.batch_norm %c epsilon 1.0 name "norm" : !nas.tensor<4x4x2> -> !nas.tensor<4x4x2>
  %r = nas.relu6 %b name "act" : !nas.tensor<4x4x2> -> !nas.tensor<4x4x2>
  nas.return %r : !nas.tensor<4x4x2>
}
nas.weights @"conv.weight" = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
nas.weights @"conv.bias" = dense<0.5> : tensor<2xf32>
nas.weights @"norm.scale" = dense<2.0> : tensor<2xf32>
nas.weights @"norm.shift" = dense<1.5> : tensor<2xf32>
nas.weights @"norm.mean" = dense<0.25> : tensor<2xf32>
nas.weights @"norm.variance" = dense<3.0> : tensor<2xf32>
nas.quantization "input" scale 0.5 zero_point -3
nas.quantization "act" scale 0.03125 zero_point -128

// -----

// Unsigned bytes with one normalisation are quantised by their top bit: the
// step is 1 / 255 / 0.5, and 0.25 lies at 64 of 255, -64 when signed. The relu
// has another scale, and a zero point that the saturation does not bound.
// CHECK-LABEL: func.func @free(
// CHECK-SAME: tensor<2x3x2xi8> {nasc.unsigned})
// CHECK: %[[BIT:.*]] = "tosa.const"() <{value = dense<-128> : tensor<1x1x1x1xi8>}>
// CHECK: %[[X:.*]] = tosa.bitwise_xor %{{.*}}, %[[BIT]]
// CHECK-NOT: tosa.table
// CHECK: %[[R:.*]] = tosa.rescale %[[X]] {{{.*}}input_zp = -64 : i32, multiplier = array<i32: 1077952640>, output_zp = -100 : i32, {{.*}}shift = array<i8: 30>}
// CHECK: tosa.clamp %[[R]] {{{.*}}max_int = 127 : i64, {{.*}}min_int = -100 : i64}
nas.dataset @data idx sources ["images"] settings <mean = [0.25], deviation = [0.5]>
nas.space @free(%x: !nas.tensor<2x3x2>) -> !nas.tensor<2x3x2> dataset @data {
  %r = nas.relu %x name "act" : !nas.tensor<2x3x2> -> !nas.tensor<2x3x2>
  nas.return %r : !nas.tensor<2x3x2>
}
nas.quantization "act" scale 0.0078125 zero_point -100

// -----

// With a normalisation for each channel, a table for each: entry 0 is of the
// byte 128 (signed -128): (128 / 255 - 0.25) / 0.5 / 0.015625 = 32.25, and
// (128 / 255 - 0.5) / 0.25 / 0.015625 = 0.5. A mean is a sum in 32 bits and one
// rescale by 0.015625 / 6 / 0.0078125 = 1/3.
// CHECK-LABEL: func.func @channels(
// CHECK: tosa.slice %{{.*}} {size = array<i64: 1, 2, 3, 1>, start = array<i64: 0, 0, 0, 0>}
// CHECK: dense<"0x202121222223
// CHECK: tosa.table
// CHECK: tosa.slice %{{.*}} {size = array<i64: 1, 2, 3, 1>, start = array<i64: 0, 0, 0, 1>}
// CHECK: dense<"0x010203040506
// CHECK: tosa.table
// CHECK: %[[X:.*]] = tosa.concat
// CHECK: %[[WIDE:.*]] = tosa.rescale %[[X]] {{.*}} -> tensor<1x2x3x2xi32>
// CHECK: %[[ROW:.*]] = tosa.reduce_sum %[[WIDE]] {axis = 1 : i32}
// CHECK: %[[SUM:.*]] = tosa.reduce_sum %[[ROW]] {axis = 2 : i32}
// CHECK: tosa.rescale %[[SUM]] {{{.*}}multiplier = array<i32: 1431655765>, output_zp = 5 : i32, {{.*}}shift = array<i8: 32>}
nas.dataset @data idx sources ["images"] settings <mean = [0.25, 0.5], deviation = [0.5, 0.25]>
nas.space @channels(%x: !nas.tensor<2x3x2>) -> !nas.tensor<2> dataset @data {
  %p = nas.global_average_pool %x name "mean" : !nas.tensor<2x3x2> -> !nas.tensor<2>
  nas.return %p : !nas.tensor<2>
}
nas.quantization "input" scale 0.015625 zero_point 0
nas.quantization "mean" scale 0.0078125 zero_point 5

// -----

// Activations that are not piecewise linear are tables. hard_swish is zero up
// to -3 (0x8C is the zero point -116); sigmoid of -128 - -116 = -12 steps of
// 1/32 is 0.407, 104 steps above -128 (0xE8); hard_sigmoid of 0 is a half.
// CHECK-LABEL: func.func @tables(
// CHECK: dense<"0x8C8C8C8C
// CHECK: tosa.table
// CHECK: dense<"0xE8EAECEE
// CHECK: tosa.table
// CHECK: dense<"0x00000001
// CHECK: tosa.table
// CHECK-NOT: tosa.rescale
nas.space @tables(%x: !nas.tensor<4>) -> !nas.tensor<4> {
  %a = nas.hard_swish %x name "swish" : !nas.tensor<4> -> !nas.tensor<4>
  %b = nas.sigmoid %a name "sigmoid" : !nas.tensor<4> -> !nas.tensor<4>
  %c = nas.hard_sigmoid %b name "hard" : !nas.tensor<4> -> !nas.tensor<4>
  nas.return %c : !nas.tensor<4>
}
nas.quantization "input" scale 0.0625 zero_point 0
nas.quantization "swish" scale 0.03125 zero_point -116
nas.quantization "sigmoid" scale 0.00390625 zero_point -128
nas.quantization "hard" scale 0.00390625 zero_point -128

// -----

// Operands of a sum become 32-bit numbers of one unit, a quarter of the larger
// scale's 2^-22 as there are three; TFLite's are 2^-20, and are shifted to the
// left first.
// A product's operands only lose their zero points, and the relu behind it is
// the saturation.
// CHECK-LABEL: func.func @sums(
// CHECK: %[[T:.*]] = tosa.table
// SINGLE: %[[A:.*]] = tosa.rescale %[[X:.*]] {{{.*}}input_zp = 3 : i32, multiplier = array<i32: 1073741824>, {{.*}}shift = array<i8: 10>}
// SINGLE: %[[B:.*]] = tosa.rescale %[[T]] {{{.*}}input_zp = -128 : i32, multiplier = array<i32: 1073741824>, {{.*}}shift = array<i8: 11>}
// DOUBLE: %[[A20:.*]] = tosa.rescale %[[X:.*]] {double_round = false, input_zp = 3 : i32, {{.*}}shift = array<i8: 10>}
// DOUBLE: %[[A:.*]] = tosa.rescale %[[A20]] {double_round = true, {{.*}}shift = array<i8: 32>}
// DOUBLE: %[[B20:.*]] = tosa.rescale %[[T]] {double_round = false, input_zp = -128 : i32, {{.*}}shift = array<i8: 10>}
// DOUBLE: %[[B:.*]] = tosa.rescale %[[B20]] {double_round = true, {{.*}}shift = array<i8: 33>}
// CHECK: %[[AB:.*]] = tosa.add %[[A]], %[[B]]
// CHECK: %[[SUM:.*]] = tosa.add %[[AB]], %{{.*}}
// SINGLE: %[[STORED:.*]] = tosa.rescale %[[SUM]] {{{.*}}output_zp = 7 : i32, {{.*}}shift = array<i8: 51>}
// DOUBLE: %[[STORED:.*]] = tosa.rescale %[[SUM]] {{{.*}}output_zp = 7 : i32, {{.*}}shift = array<i8: 49>}
// CHECK-DAG: %[[L:.*]] = tosa.rescale %[[STORED]] {{{.*}}input_zp = 7 : i32,
// CHECK-DAG: %[[R:.*]] = tosa.rescale %[[T]] {double_round = false, input_zp = -128 : i32, multiplier = array<i32: 1073741824>, {{.*}}shift = array<i8: 30>}
// CHECK: %[[P:.*]] = tosa.mul %[[L]], %[[R]] {shift = 0 : i8}
// CHECK: tosa.rescale %[[P]] {{{.*}}output_zp = -128 : i32, {{.*}}shift = array<i8: 31>}
// CHECK-NOT: tosa.clamp
nas.space @sums(%x: !nas.tensor<2x2x4>) -> !nas.tensor<2x2x4> {
  %s = nas.sigmoid %x name "sigmoid" : !nas.tensor<2x2x4> -> !nas.tensor<2x2x4>
  %a = nas.add %x, %s, %x name "sum" : (!nas.tensor<2x2x4>, !nas.tensor<2x2x4>, !nas.tensor<2x2x4>) -> !nas.tensor<2x2x4>
  %m = nas.multiply %a, %s name "product" : (!nas.tensor<2x2x4>, !nas.tensor<2x2x4>) -> !nas.tensor<2x2x4>
  %r = nas.relu %m name "act" : !nas.tensor<2x2x4> -> !nas.tensor<2x2x4>
  nas.return %r : !nas.tensor<2x2x4>
}
nas.quantization "input" scale 0.5 zero_point 3
nas.quantization "sigmoid" scale 0.25 zero_point -128
nas.quantization "sum" scale 1.0 zero_point 7
nas.quantization "act" scale 0.5 zero_point -128

// -----

// The largest element and zeros keep the scale of the input; a concatenation
// rescales the one part that has another.
// CHECK-LABEL: func.func @joined(
// CHECK-DAG: %[[M:.*]] = tosa.max_pool2d %{{.*}} {kernel = array<i64: 2, 2>, pad = array<i64: 0, 1, 0, 1>
// CHECK-DAG: %[[Z:.*]] = "tosa.const"() <{value = dense<3> : tensor<1x2x2x2xi8>}>
// CHECK: %[[T:.*]] = tosa.table %[[M]]
// CHECK: %[[S:.*]] = tosa.rescale %[[T]] {{{.*}}input_zp = -128 : i32, multiplier = array<i32: 1073741824>, output_zp = 3 : i32, {{.*}}shift = array<i8: 31>}
// CHECK-NOT: tosa.rescale
// CHECK: tosa.concat %[[M]], %[[S]], %[[Z]] {axis = 3 : i32}
nas.space @joined(%x: !nas.tensor<2x2x2>) -> !nas.tensor<2x2x6> {
  %1 = cost.constant 1 : !cost.int<1>
  %2 = cost.constant 2 : !cost.int<2>
  %m = nas.max_pool %x size(%2, %2) stride(%1, %1) padding <same> name "max"
      : (!nas.tensor<2x2x2>, !cost.int<2>, !cost.int<2>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<2x2x2>
  %z = nas.zero %x : !nas.tensor<2x2x2> -> !nas.tensor<2x2x2>
  %s = nas.sigmoid %m name "sigmoid" : !nas.tensor<2x2x2> -> !nas.tensor<2x2x2>
  %c = nas.concat %m, %s, %z name "concat" : (!nas.tensor<2x2x2>, !nas.tensor<2x2x2>, !nas.tensor<2x2x2>) -> !nas.tensor<2x2x6>
  nas.return %c : !nas.tensor<2x2x6>
}
nas.quantization "input" scale 0.5 zero_point 3
nas.quantization "sigmoid" scale 0.25 zero_point -128
nas.quantization "concat" scale 0.5 zero_point 3

// -----

// Weights that are integers times scales keep their integers, -128 among them.
// With single rounding the groups share a shift, although the factors are 2^-7
// and 2^-6. Padding that is counted becomes input.
// CHECK-LABEL: func.func @grouped(
// CHECK: tosa.slice %{{.*}} {size = array<i64: 1, 4, 4, 2>, start = array<i64: 0, 0, 0, 0>}
// CHECK: dense<{{\[}}{{\[}}{{\[}}{{\[}}127, -128]]]]> : tensor<1x1x1x2xi8>
// CHECK: tosa.conv2d
// SINGLE: tosa.rescale {{.*}}multiplier = array<i32: 536870912>, {{.*}}shift = array<i8: 36>}
// DOUBLE: tosa.rescale {{.*}}multiplier = array<i32: 1073741824>, {{.*}}shift = array<i8: 37>}
// CHECK: tosa.slice %{{.*}} {size = array<i64: 1, 4, 4, 2>, start = array<i64: 0, 0, 0, 2>}
// CHECK: dense<{{\[}}{{\[}}{{\[}}{{\[}}32, 16]]]]> : tensor<1x1x1x2xi8>
// CHECK: tosa.conv2d
// CHECK: tosa.rescale {{.*}}multiplier = array<i32: 1073741824>, {{.*}}shift = array<i8: 36>}
// CHECK: tosa.concat {{.*}} {axis = 3 : i32}
// CHECK: dense<[0, 762]> : tensor<2xi32>
// CHECK: tosa.depthwise_conv2d
// CHECK: dense<{{\[}}[0, 0], [1, 1], [1, 1], [0, 0]]>
// CHECK: dense<9> : tensor<i8>
// CHECK: tosa.pad
// CHECK: tosa.avg_pool2d {{.*}}pad = array<i64: 0, 0, 0, 0>, quantization_info = #tosa.unary_quant<input_zp = 9, output_zp = 9>
nas.space @grouped(%x: !nas.tensor<4x4x4>) -> !nas.tensor<2x2x2> {
  %1 = cost.constant 1 : !cost.int<1>
  %2 = cost.constant 2 : !cost.int<2>
  %3 = cost.constant 3 : !cost.int<3>
  %c = nas.conv2d %x filters %2 kernel(%1, %1) stride(%1, %1) groups %2 padding <explicit 0, 0, 0, 0> name "conv"
      : (!nas.tensor<4x4x4>, !cost.int<2>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<2>) -> !nas.tensor<4x4x2>
  %d = nas.depthwise_conv2d %c kernel(%1, %1) stride(%1, %1) padding <same> bias name "deep"
      : (!nas.tensor<4x4x2>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<4x4x2>
  %p = nas.average_pool %d size(%3, %3) stride(%2, %2) padding <explicit 1, 1, 1, 1> count_padding name "pool"
      : (!nas.tensor<4x4x2>, !cost.int<3>, !cost.int<3>, !cost.int<2>, !cost.int<2>) -> !nas.tensor<2x2x2>
  nas.return %p : !nas.tensor<2x2x2>
}
nas.weights @"conv.weight" = dense<[[[[0.49609375, 0.25], [-0.5, 0.125]]]]> : tensor<1x1x2x2xf32> scales [0.00390625, 0.0078125]
nas.weights @"deep.weight" = dense<[[[[1.0], [-2.0]]]]> : tensor<1x1x2x1xf32>
nas.weights @"deep.bias" = dense<[0.0, 3.0]> : tensor<2xf32>
nas.quantization "input" scale 0.5 zero_point 0
nas.quantization "conv" scale 0.25 zero_point 0
nas.quantization "deep" scale 0.5 zero_point 9
nas.quantization "pool" scale 0.5 zero_point 9

// -----

// A channel of tiny weights gets the 65536th part of the largest scale, and one
// of a large bias a scale in which the bias has 30 bits: both multipliers keep
// their meaning beside the first one's.
// CHECK-LABEL: func.func @small(
// CHECK-DAG: dense<[0, 0, 1073741824]> : tensor<3xi32>
// CHECK-DAG: dense<{{\[}}[127, -127], [0, 0], [0, 0]]> : tensor<3x2xi8>
// CHECK: tosa.fully_connected
// SINGLE: multiplier = array<i32: 1073741824, 16384, 1000000>, {{.*}}shift = array<i8: 30, 30, 30>}
// DOUBLE: multiplier = array<i32: 1073741824, 1073741824, 2048000000>, {{.*}}shift = array<i8: 30, 46, 41>}
nas.space @small(%x: !nas.tensor<2>) -> !nas.tensor<3> {
  %3 = cost.constant 3 : !cost.int<3>
  %d = nas.dense %x units %3 bias name "dense" : (!nas.tensor<2>, !cost.int<3>) -> !nas.tensor<3>
  nas.return %d : !nas.tensor<3>
}
nas.weights @"dense.weight" = dense<[[127.0, 1.0e-9, 0.0], [-127.0, 1.0e-9, 0.0]]> : tensor<2x3xf32>
nas.weights @"dense.bias" = dense<[0.0, 0.0, 1.0e6]> : tensor<3xf32>
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "dense" scale 1.0 zero_point 0

// -----

// Behind integers of a file, a negative factor negates those that have a
// negative, and the sums of a channel with -128. What is added lies between the
// steps of the sums: it is added to the rescaled ones.
// CHECK-LABEL: func.func @factors(
// CHECK-DAG: dense<0> : tensor<2xi32>
// CHECK-DAG: dense<{{\[}}[-128, 64], [-5, -2]]> : tensor<2x2xi8>
// CHECK: %[[SUMS:.*]] = tosa.fully_connected
// CHECK: %[[FLAT:.*]] = tosa.reshape %[[SUMS]]
// CHECK: dense<{{\[}}{{\[}}{{\[}}{{\[}}-1, 1]]]]> : tensor<1x1x1x2xi32>
// CHECK: %[[SIGNED:.*]] = tosa.mul %[[FLAT]]
// CHECK: %[[SCALED:.*]] = tosa.rescale %[[SIGNED]] {{.*}}per_channel = true{{.*}} -> tensor<1x1x1x2xi32>
// CHECK: %[[ADDED:.*]] = tosa.add %[[SCALED]]
// CHECK: tosa.rescale %[[ADDED]] {{.*}}output_zp = 3 : i32{{.*}} -> tensor<1x1x1x2xi8>
nas.space @factors(%x: !nas.tensor<2>) -> !nas.tensor<2> {
  %2 = cost.constant 2 : !cost.int<2>
  %d = nas.dense %x units %2 name "dense" : (!nas.tensor<2>, !cost.int<2>) -> !nas.tensor<2>
  %b = nas.batch_norm %d epsilon 0.0 name "norm" : !nas.tensor<2> -> !nas.tensor<2>
  nas.return %b : !nas.tensor<2>
}
nas.weights @"dense.weight" = dense<[[-64.0, 5.0], [32.0, 2.0]]> : tensor<2x2xf32> scales [0.5, 1.0]
nas.weights @"norm.scale" = dense<[-2.0, -0.5]> : tensor<2xf32>
nas.weights @"norm.shift" = dense<[0.3, 0.0]> : tensor<2xf32>
nas.weights @"norm.mean" = dense<0.0> : tensor<2xf32>
nas.weights @"norm.variance" = dense<1.0> : tensor<2xf32>
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "norm" scale 1.0 zero_point 3

// -----

// What the network says of a tensor between keeps its effect: the convolution
// is stored before it is normalised, the max_pool in another scale than its
// operand, and the mean in its own, of sums times 108, a multiple of all counts.
// CHECK-LABEL: func.func @between(
// CHECK: tosa.fully_connected
// CHECK: tosa.rescale {{.*}}output_zp = -128 : i32{{.*}}-> tensor<1x1x1x2xi8>
// CHECK: tosa.rescale {{.*}}input_zp = -128 : i32{{.*}}-> tensor<1x1x1x2xi32>
// CHECK: tosa.add
// CHECK: tosa.rescale {{.*}}output_zp = 5 : i32{{.*}}-> tensor<1x1x1x2xi8>
nas.space @between(%x: !nas.tensor<2>) -> !nas.tensor<2> {
  %2 = cost.constant 2 : !cost.int<2>
  %d = nas.dense %x units %2 name "dense" : (!nas.tensor<2>, !cost.int<2>) -> !nas.tensor<2>
  %b = nas.batch_norm %d epsilon 0.0 name "norm" : !nas.tensor<2> -> !nas.tensor<2>
  nas.return %b : !nas.tensor<2>
}
nas.weights @"dense.weight" = dense<[[-64.0, 5.0], [32.0, 2.0]]> : tensor<2x2xf32>
nas.weights @"norm.scale" = dense<[2.0, 0.5]> : tensor<2xf32>
nas.weights @"norm.shift" = dense<[0.3, 0.0]> : tensor<2xf32>
nas.weights @"norm.mean" = dense<0.0> : tensor<2xf32>
nas.weights @"norm.variance" = dense<1.0> : tensor<2xf32>
nas.quantization "input" scale 1.0 zero_point 0
nas.quantization "dense" scale 0.5 zero_point -128
nas.quantization "norm" scale 1.0 zero_point 5

// -----

// CHECK-LABEL: func.func @pools(
// CHECK: tosa.max_pool2d
// CHECK: tosa.rescale {{.*}}input_zp = 1 : i32{{.*}}output_zp = -128 : i32{{.*}}-> tensor<1x6x6x2xi8>
// CHECK: tosa.rescale {{.*}}multiplier = array<i32: 905969664>{{.*}}shift = array<i8: 23>}{{.*}}-> tensor<1x6x6x2xi16>
// CHECK: tosa.avg_pool2d {{.*}} -> tensor<1x6x6x2xi16>
// CHECK: tosa.rescale {{.*}}output_zp = 4 : i32{{.*}}-> tensor<1x6x6x2xi8>
// CHECK: tosa.rescale {{.*}}output_zp = -9 : i32{{.*}}-> tensor<1x6x6x2xi8>
nas.space @pools(%x: !nas.tensor<6x6x2>) -> !nas.tensor<6x6x2> {
  %1 = cost.constant 1 : !cost.int<1>
  %3 = cost.constant 3 : !cost.int<3>
  %m = nas.max_pool %x size(%3, %3) stride(%1, %1) padding <explicit 1, 1, 1, 1> name "max"
      : (!nas.tensor<6x6x2>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<6x6x2>
  %r = nas.requantize %m scale 0.25 zero_point -128 name "stored" : !nas.tensor<6x6x2> -> !nas.tensor<6x6x2>
  %a = nas.average_pool %r size(%3, %3) stride(%1, %1) padding <explicit 1, 1, 1, 1> name "mean"
      : (!nas.tensor<6x6x2>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<6x6x2>
  %s = nas.requantize %a scale 0.125 zero_point -9 name "again" : !nas.tensor<6x6x2> -> !nas.tensor<6x6x2>
  nas.return %s : !nas.tensor<6x6x2>
}
nas.quantization "input" scale 0.5 zero_point 1
nas.quantization "mean" scale 0.375 zero_point 4
