// RUN: nas-opt -split-input-file %s | nas-opt -split-input-file | FileCheck %s

// The examples of the operations' descriptions, each with the values that it
// uses (test/docs/op_examples.test compares the two).

// CHECK: nas.dataset @fashion idx sources ["/data/fashion"] settings <validation = 10000>
// CHECK-NEXT: nas.dataset @keywords raw sources ["speech.bin"] settings <element = int8, index = "speech.csv", label = "word">
nas.dataset @fashion idx sources ["/data/fashion"] settings <validation = 10000>
nas.dataset @keywords raw sources ["speech.bin"] settings <element = int8, index = "speech.csv", label = "word">

// Every setting.
// CHECK: nas.dataset @all cifar sources []
// CHECK-SAME: settings <validation = 1, scale = [5.000000e-01], mean = [0.000000e+00, 1.000000e+00], deviation = [2.000000e+00], shift = [1, 2], flip = horizontal, target = input, shape = [8, 8, 1], class_count = 2, classes = ["a", "b"], element = uint8, train = ["1"], test = ["2"], index = "i", record = "r", records_are_lines = unit, unlisted = ignore, label = "l", split = "s">
nas.dataset @all cifar sources [] settings <validation = 1, scale = [0.5], mean = [0.0, 1.0], deviation = [2.0], shift = [1, 2], flip = horizontal, target = input, shape = [8, 8, 1], class_count = 2, classes = ["a", "b"], element = uint8, train = ["1"], test = ["2"], index = "i", record = "r", records_are_lines = unit, unlisted = ignore, label = "l", split = "s">

// CHECK: nas.device @h743 clock 480000000 ram 524288 flash 2097152 stack 2048 target "cortex-m7" {
// CHECK-NEXT: nas.cost_model int8 element_bytes 1 bias_bytes 8 {
// CHECK-NEXT: nas.layer_cost "conv2d" cycles_per_mac 1030 overhead 900000 code 1400
nas.device @h743 clock 480000000 ram 524288 flash 2097152 alignment 16 stack 2048 target "cortex-m7" {
  nas.cost_model int8 element_bytes 1 bias_bytes 8 {
    nas.layer_cost "conv2d" cycles_per_mac 1030 overhead 900000 code 1400
  }
}

// CHECK: nas.device @model description "a board" clock 1000
// CHECK-SAME: alignment 8 stack 1 static_ram 2 runtime_flash 3 precision int8
nas.device @model description "a board" clock 1000 alignment 8 stack 1 static_ram 2 runtime_flash 3 precision int8 {
  // CHECK: nas.cost_model int8 element_bytes 1 bias_bytes 8 cycles_per_byte 100 energy_per_byte 2000
  // CHECK: nas.cost_model int8 element_bytes 1 bias_bytes 8 kernel_code {convolve = 480 : i64}
  nas.cost_model int8 element_bytes 1 bias_bytes 8 cycles_per_byte 100 energy_per_byte 2000 {
  }
}
nas.device @kernels clock 1000 {
  nas.cost_model int8 element_bytes 1 bias_bytes 8 kernel_code {convolve = 480 : i64} {
  }
}

// -----

// CHECK: nas.layer_cost "dense" cycles_per_mac 1060 overhead 400000 code 600
nas.device @d clock 1000 {
  nas.cost_model int8 element_bytes 1 {
    nas.layer_cost "dense" cycles_per_mac 1060 cycles_per_output 0 overhead 400000 code 600
  }
}

// -----

// CHECK: nas.latency_table "dense" keys ["input_channels", "output_channels"] rows [array<i64: 64, 10>] values [1200000]
nas.device @d clock 1000 {
  nas.cost_model int8 element_bytes 1 {
    nas.latency_table "dense" keys ["input_channels", "output_channels"] rows [array<i64: 64, 10>] values [1200000]
  }
}

// -----

nas.device @h743 clock 480000000 {
}

// CHECK-LABEL: nas.block @conv_relu
// CHECK-SAME: (%{{.*}}: !nas.tensor<*>, %{{.*}}: !cost.int)
nas.block @conv_relu(%x: !nas.tensor<*>, %filters: !cost.int) {
  %three = cost.constant 3 : !cost.int<3>
  %one = cost.constant 1 : !cost.int<1>
  %0 = nas.conv2d %x filters %filters kernel(%three, %three) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<*>, !cost.int, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  %1 = nas.relu %0 : !nas.tensor<*> -> !nas.tensor<*>
  nas.return %1 : !nas.tensor<*>
}

// CHECK-LABEL: @call
func.func @call(%x: !nas.tensor<*>, %f: !cost.int<8 to 32>) {
  // CHECK: nas.call @conv_relu(%{{.*}}, %{{.*}}) place "conv_relu" : (!nas.tensor<*>, !cost.int<8 to 32>) -> !nas.tensor<*>
  %y = nas.call @conv_relu(%x, %f) place "conv_relu" : (!nas.tensor<*>, !cost.int<8 to 32>) -> !nas.tensor<*>
  return
}

// CHECK-LABEL: nas.space @tiny
// CHECK-SAME: (%{{.*}}: !nas.tensor<28x28x1>) -> !nas.tensor<10> dataset @fashion {
nas.space @tiny(%image: !nas.tensor<28x28x1>) -> !nas.tensor<10> dataset @fashion {
  %units = cost.constant 10 : !cost.int<10>
  %0 = nas.global_average_pool %image : !nas.tensor<28x28x1> -> !nas.tensor<*>
  %1 = nas.dense %0 units %units bias : (!nas.tensor<*>, !cost.int<10>) -> !nas.tensor<*>
  nas.return %1 : !nas.tensor<*>
}

// CHECK-LABEL: nas.space @returned
// CHECK-SAME: (%{{.*}}: !nas.tensor<10>) -> !nas.tensor<10> task regression {
// CHECK-NEXT: nas.return %{{.*}} : !nas.tensor<10>
nas.space @returned(%y: !nas.tensor<10>) -> !nas.tensor<10> task regression {
  nas.return %y : !nas.tensor<10>
}

// CHECK-LABEL: nas.space @choices
// CHECK-SAME: () {
nas.space @choices() {
  %deep = nas.choice "deep" integers [0, 1] : !cost.int<0 to 1>
  // CHECK: nas.choice "width" integers [16, 24, 32] : !cost.int<16 to 32>
  // CHECK: nas.choice "body" labels ["separable", "conv"] : !cost.int<0 to 1>
  // CHECK: nas.choice "rate" reals [1.000000e-01, 2.000000e-01] when %{{.*}} : f64, !cost.int<0 to 1>
  %width = nas.choice "width" integers [16, 24, 32] : !cost.int<16 to 32>
  %body = nas.choice "body" labels ["separable", "conv"] : !cost.int<0 to 1>
  %rate = nas.choice "rate" reals [0.1, 0.2] when %deep : f64, !cost.int<0 to 1>
  // CHECK: nas.choice_ref "op[3]" : !cost.int<0 to 4>
  %op = nas.choice_ref "op[3]" : !cost.int<0 to 4>
  // CHECK: nas.is_active "width[3]" : <0 to 1>
  %a = nas.is_active "width[3]" : !cost.int<0 to 1>
  nas.return
}

// CHECK-LABEL: @repeat
func.func @repeat(%x: !nas.tensor<*>, %one: !cost.int<1>, %depth: !cost.int<2 to 6>) {
  // CHECK: nas.repeat %{{.*}} = %{{.*}} to %{{.*}} carry(%[[C:.*]] = %{{.*}}) : (!cost.int<1>, !cost.int<2 to 6>, !nas.tensor<*>) -> !nas.tensor<*> {
  // CHECK-NEXT: nas.relu %[[C]]
  // CHECK-NEXT: nas.yield
  %y = nas.repeat %i = %one to %depth carry(%c = %x) : (!cost.int<1>, !cost.int<2 to 6>, !nas.tensor<*>) -> !nas.tensor<*> {
    %0 = nas.relu %c : !nas.tensor<*> -> !nas.tensor<*>
    nas.yield %0 : !nas.tensor<*>
  }
  return
}

// CHECK-LABEL: @if
func.func @if(%x: !nas.tensor<*>, %deep: !cost.int<0 to 1>) {
  // CHECK: nas.if %{{.*}} : <0 to 1> -> !nas.tensor<*> {
  // CHECK: } else {
  %y = nas.if %deep : !cost.int<0 to 1> -> !nas.tensor<*> {
    %0 = nas.relu %x : !nas.tensor<*> -> !nas.tensor<*>
    nas.yield %0 : !nas.tensor<*>
  } else {
    nas.yield %x : !nas.tensor<*>
  }
  return
}

// CHECK-LABEL: @switch
func.func @switch(%x: !nas.tensor<*>, %body: !cost.int<0 to 1>) {
  // CHECK: nas.switch %{{.*}} : <0 to 1> -> !nas.tensor<*> {
  // CHECK: }, {
  %y = nas.switch %body : !cost.int<0 to 1> -> !nas.tensor<*> {
    nas.yield %x : !nas.tensor<*>
  }, {
    %0 = nas.relu %x : !nas.tensor<*> -> !nas.tensor<*>
    nas.yield %0 : !nas.tensor<*>
  }
  return
}

// CHECK-LABEL: @yield
func.func @yield(%x: !nas.tensor<*>, %deep: !cost.int<0 to 1>) {
  %z = nas.if %deep : !cost.int<0 to 1> -> !nas.tensor<*> {
    %y = nas.relu %x : !nas.tensor<*> -> !nas.tensor<*>
    // CHECK: nas.yield %{{.*}} : !nas.tensor<*>
    nas.yield %y : !nas.tensor<*>
  } else {
    nas.yield %x : !nas.tensor<*>
  }
  return
}

// CHECK-LABEL: @shape
func.func @shape(%x: !nas.tensor<?x?x?>, %h: !cost.int<7 to 14>, %w: !cost.int<7 to 14>, %c: !cost.int<16 to 96>,
                 %equal: !cost.int<0 to 1>, %a: !cost.int<8 to 16>, %b: !cost.int<8>) {
  // CHECK: nas.shape %{{.*}}(%{{.*}}, %{{.*}}, %{{.*}}) : <?x?x?>, !cost.int<7 to 14>, !cost.int<7 to 14>, !cost.int<16 to 96>
  nas.shape %x(%h, %w, %c) : !nas.tensor<?x?x?>, !cost.int<7 to 14>, !cost.int<7 to 14>, !cost.int<16 to 96>
  // CHECK: nas.require_shape %{{.*}} "add: expected tensors of one shape, found {} and {}"(%{{.*}}, %{{.*}}) layer "add" code "NAS2004" : <0 to 1>, !cost.int<8 to 16>, !cost.int<8>
  nas.require_shape %equal "add: expected tensors of one shape, found {} and {}" (%a, %b) layer "add" code "NAS2004" : !cost.int<0 to 1>, !cost.int<8 to 16>, !cost.int<8>
  return
}

// CHECK: nas.weights @dense.bias = dense<0.000000e+00> : tensor<10xf32>
// CHECK: nas.weights @dense.weight = dense<{{.*}}> : tensor<1x2xf32> scales [1.250000e-01, 2.500000e-01]
nas.weights @"dense.bias" = dense<0.0> : tensor<10xf32>
nas.weights @"dense.weight" = dense<[[0.5, 0.25]]> : tensor<1x2xf32> scales [0.125, 0.25]

// CHECK-LABEL: nas.limits @tiny {
// CHECK-NEXT: nas.metric "ram" on @h743 : !cost.int{{$}}
nas.limits @tiny {
  %ram = nas.metric "ram" on @h743 : !cost.int
  %max = cost.constant 32768 : !cost.int<32768>
  %ok = cost.cmp le %ram, %max : !cost.int, !cost.int<32768> -> !cost.int<0 to 1>
  nas.limit "ram on h743 <= 32 KiB" %ok : !cost.int<0 to 1>
}

// CHECK-LABEL: nas.limits @tiny {
nas.limits @tiny {
  %two = cost.constant 2 : !cost.int<2>
  %ok = cost.cmp le %two, %two : !cost.int<2>, !cost.int<2> -> !cost.int<0 to 1>
  // CHECK: nas.limit "count(i in 1..depth: stride[i] == 2) <= 2" %{{.*}} : <0 to 1>
  nas.limit "count(i in 1..depth: stride[i] == 2) <= 2" %ok : !cost.int<0 to 1>
}

// -----

// Layers.

// CHECK-LABEL: @conv2d
func.func @conv2d(%x: !nas.tensor<28x28x1>, %f: !cost.int<8 to 32>, %three: !cost.int<3>, %one: !cost.int<1>) {
  // CHECK: nas.conv2d %{{.*}} filters %{{.*}} kernel(%{{.*}}, %{{.*}}) stride(%{{.*}}, %{{.*}}) groups %{{.*}} padding <same> bias name "stem"
  %y = nas.conv2d %x filters %f kernel(%three, %three) stride(%one, %one) groups %one
      padding <same> bias name "stem"
      : (!nas.tensor<28x28x1>, !cost.int<8 to 32>, !cost.int<3>, !cost.int<3>,
         !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<28x28x?>
  return
}

// CHECK-LABEL: @depthwise_conv2d
func.func @depthwise_conv2d(%x: !nas.tensor<28x28x16>, %three: !cost.int<3>, %two: !cost.int<2>) {
  // CHECK: nas.depthwise_conv2d %{{.*}} kernel(%{{.*}}, %{{.*}}) stride(%{{.*}}, %{{.*}}) padding <same>
  %y = nas.depthwise_conv2d %x kernel(%three, %three) stride(%two, %two) padding <same>
      : (!nas.tensor<28x28x16>, !cost.int<3>, !cost.int<3>, !cost.int<2>, !cost.int<2>)
        -> !nas.tensor<14x14x16>
  return
}

// CHECK-LABEL: @conv1d
func.func @conv1d(%x: !nas.tensor<128x6>, %f: !cost.int<16>, %five: !cost.int<5>, %two: !cost.int<2>, %one: !cost.int<1>) {
  // CHECK: nas.conv1d %{{.*}} filters %{{.*}} kernel %{{.*}} stride %{{.*}} groups %{{.*}} padding <valid> bias
  %y = nas.conv1d %x filters %f kernel %five stride %two groups %one padding <valid> bias
      : (!nas.tensor<128x6>, !cost.int<16>, !cost.int<5>, !cost.int<2>, !cost.int<1>)
        -> !nas.tensor<62x16>
  return
}

// CHECK-LABEL: @dense
func.func @dense(%x: !nas.tensor<64>, %ten: !cost.int<10>) {
  // CHECK: nas.dense %{{.*}} units %{{.*}} bias : (!nas.tensor<64>, !cost.int<10>) -> !nas.tensor<10>
  %y = nas.dense %x units %ten bias : (!nas.tensor<64>, !cost.int<10>) -> !nas.tensor<10>
  return
}

// CHECK-LABEL: @batch_norm
func.func @batch_norm(%x: !nas.tensor<28x28x8>) {
  // CHECK: nas.batch_norm %{{.*}} epsilon {{.*}} : <28x28x8> -> <28x28x8>
  %y = nas.batch_norm %x epsilon 1.000000e-05 : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
  return
}

// CHECK-LABEL: @relu
func.func @relu(%x: !nas.tensor<28x28x8>) {
  // CHECK: nas.relu %{{.*}} : <28x28x8> -> <28x28x8>
  %y = nas.relu %x : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
  return
}

// CHECK-LABEL: @relu6
func.func @relu6(%x: !nas.tensor<28x28x8>) {
  // CHECK: nas.relu6 %{{.*}} : <28x28x8> -> <28x28x8>
  %y = nas.relu6 %x : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
  return
}

// CHECK-LABEL: @hard_swish
func.func @hard_swish(%x: !nas.tensor<28x28x8>) {
  // CHECK: nas.hard_swish %{{.*}} : <28x28x8> -> <28x28x8>
  %y = nas.hard_swish %x : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
  return
}

// CHECK-LABEL: @hard_sigmoid
func.func @hard_sigmoid(%x: !nas.tensor<1x1x8>) {
  // CHECK: nas.hard_sigmoid %{{.*}} : <1x1x8> -> <1x1x8>
  %y = nas.hard_sigmoid %x : !nas.tensor<1x1x8> -> !nas.tensor<1x1x8>
  return
}

// CHECK-LABEL: @sigmoid
func.func @sigmoid(%x: !nas.tensor<1x1x8>) {
  // CHECK: nas.sigmoid %{{.*}} : <1x1x8> -> <1x1x8>
  %y = nas.sigmoid %x : !nas.tensor<1x1x8> -> !nas.tensor<1x1x8>
  return
}

// CHECK-LABEL: @add
func.func @add(%a: !nas.tensor<8x8x16>, %b: !nas.tensor<8x8x16>) {
  // CHECK: nas.add %{{.*}}, %{{.*}} : (!nas.tensor<8x8x16>, !nas.tensor<8x8x16>) -> !nas.tensor<8x8x16>
  %y = nas.add %a, %b : (!nas.tensor<8x8x16>, !nas.tensor<8x8x16>) -> !nas.tensor<8x8x16>
  return
}

// CHECK-LABEL: @multiply
func.func @multiply(%x: !nas.tensor<8x8x16>, %s: !nas.tensor<1x1x16>) {
  // CHECK: nas.multiply %{{.*}}, %{{.*}} : (!nas.tensor<8x8x16>, !nas.tensor<1x1x16>) -> !nas.tensor<8x8x16>
  %y = nas.multiply %x, %s : (!nas.tensor<8x8x16>, !nas.tensor<1x1x16>) -> !nas.tensor<8x8x16>
  return
}

// CHECK-LABEL: @concat
func.func @concat(%a: !nas.tensor<8x8x16>, %b: !nas.tensor<8x8x4>) {
  // CHECK: nas.concat %{{.*}}, %{{.*}} : (!nas.tensor<8x8x16>, !nas.tensor<8x8x4>) -> !nas.tensor<8x8x20>
  %y = nas.concat %a, %b : (!nas.tensor<8x8x16>, !nas.tensor<8x8x4>) -> !nas.tensor<8x8x20>
  return
}

// CHECK-LABEL: @max_pool
func.func @max_pool(%x: !nas.tensor<8x8x16>, %two: !cost.int<2>) {
  // CHECK: nas.max_pool %{{.*}} size(%{{.*}}, %{{.*}}) stride(%{{.*}}, %{{.*}}) padding <valid>
  %y = nas.max_pool %x size(%two, %two) stride(%two, %two) padding <valid>
      : (!nas.tensor<8x8x16>, !cost.int<2>, !cost.int<2>, !cost.int<2>, !cost.int<2>)
        -> !nas.tensor<4x4x16>
  return
}

// CHECK-LABEL: @average_pool
func.func @average_pool(%x: !nas.tensor<8x8x16>, %three: !cost.int<3>, %one: !cost.int<1>) {
  // CHECK: nas.average_pool %{{.*}} size(%{{.*}}, %{{.*}}) stride(%{{.*}}, %{{.*}}) padding <same>
  // CHECK-NOT: count_padding
  %y = nas.average_pool %x size(%three, %three) stride(%one, %one) padding <same>
      : (!nas.tensor<8x8x16>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>)
        -> !nas.tensor<8x8x16>
  // CHECK: padding <explicit 1, 1, 1, 1> count_padding
  %z = nas.average_pool %x size(%three, %three) stride(%one, %one) padding <explicit 1, 1, 1, 1> count_padding
      : (!nas.tensor<8x8x16>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>)
        -> !nas.tensor<8x8x16>
  return
}

// CHECK-LABEL: @global_average_pool
func.func @global_average_pool(%x: !nas.tensor<8x8x16>) {
  // CHECK: nas.global_average_pool %{{.*}} : <8x8x16> -> <16>
  %y = nas.global_average_pool %x : !nas.tensor<8x8x16> -> !nas.tensor<16>
  return
}

// CHECK-LABEL: @flatten
func.func @flatten(%x: !nas.tensor<4x4x16>) {
  // CHECK: nas.flatten %{{.*}} : <4x4x16> -> <256>
  %y = nas.flatten %x : !nas.tensor<4x4x16> -> !nas.tensor<256>
  return
}

// CHECK-LABEL: @identity
func.func @identity(%x: !nas.tensor<4x4x16>) {
  // CHECK: nas.identity %{{.*}} : <4x4x16> -> <4x4x16>
  %y = nas.identity %x : !nas.tensor<4x4x16> -> !nas.tensor<4x4x16>
  return
}

// CHECK-LABEL: @dropout
func.func @dropout(%x: !nas.tensor<256>, %r: f64) {
  // CHECK: nas.dropout %{{.*}} rate %{{.*}} : <256>, f64 -> <256>
  %y = nas.dropout %x rate %r : !nas.tensor<256>, f64 -> !nas.tensor<256>
  return
}

// CHECK-LABEL: @requantize
func.func @requantize(%x: !nas.tensor<28x28x8>) {
  // CHECK: nas.requantize %{{.*}} scale 5.000000e-02 zero_point -128 : <28x28x8> -> <28x28x8>
  %y = nas.requantize %x scale 5.000000e-02 zero_point -128
      : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
  return
}

// CHECK-LABEL: @zero
func.func @zero(%x: !nas.tensor<4x4x16>) {
  // CHECK: nas.zero %{{.*}} name "none" : <4x4x16> -> <4x4x16>
  %y = nas.zero %x : !nas.tensor<4x4x16> -> !nas.tensor<4x4x16>
  %z = nas.zero %x name "none" : !nas.tensor<4x4x16> -> !nas.tensor<4x4x16>
  return
}

// CHECK: nas.quantization "relu_1" scale 2.350000e-02 zero_point -128
nas.quantization "relu_1" scale 0.0235 zero_point -128

nas.dataset @cifar cifar sources ["/data/cifar"]

// CHECK: nas.network @resnet kind "onnx" source "resnet8.onnx" dataset @cifar
// CHECK: nas.network @mlp kind "onnx" source "mlp.onnx" layout channels_first
nas.network @resnet kind "onnx" source "resnet8.onnx" dataset @cifar
nas.network @mlp kind "onnx" source "mlp.onnx" layout channels_first
// CHECK: nas.network @mobilenet kind "onnx" source "m.onnx"
nas.network @mobilenet kind "onnx" source "m.onnx"
