// RUN: nas-opt -allow-unregistered-dialect %s -verify-diagnostics -split-input-file

// expected-error@+1 {{expected one to three dimensions, found 4}}
func.func private @rank(!nas.tensor<1x2x3x4>)

// -----

// expected-error@+1 {{expected positive sizes, found 0}}
func.func private @size(!nas.tensor<0>)

// -----

// expected-error@+1 {{expected same, valid or explicit}}
"test.op"() {padding = #nas.padding<full>} : () -> ()

// -----

// expected-error@+1 {{expected four amounts (top, bottom, left, right), found 2}}
"test.op"() {padding = #nas.padding<explicit 1, 1>} : () -> ()

// -----

// expected-error@+1 {{expected amounts of zero or more, found -1}}
"test.op"() {padding = #nas.padding<explicit 1, 1, -1, 1>} : () -> ()

// -----

// expected-error@+1 {{expected a clock of at least 1 Hz}}
nas.device @d clock 0 {
}

// -----

// expected-error@+1 {{expected an alignment of at least 1 byte}}
nas.device @d clock 1 alignment 0 {
}

// -----

// expected-error@+1 {{expected a cost model for the deployed precision 'int8'}}
nas.device @d clock 1 precision int8 {
}

// -----

nas.device @d clock 1 {
  nas.cost_model int8 element_bytes 1 {
  }
  // expected-error@+1 {{expected one cost model for each precision, found two for 'int8'}}
  nas.cost_model int8 element_bytes 1 {
  }
}

// -----

nas.device @d clock 1 {
  // expected-error@+1 {{expected elements of at least 1 byte}}
  nas.cost_model int8 element_bytes 0 {
  }
}

// -----

nas.device @d clock 1 {
  nas.cost_model int8 element_bytes 1 {
    nas.layer_cost "dense" code 1
    // expected-error@+1 {{expected one cost for each kind, found two for 'dense'}}
    nas.layer_cost "dense" code 2
  }
}

// -----

nas.device @d clock 1 {
  nas.cost_model int8 element_bytes 1 {
    // expected-error@+1 {{expected a kind of layer (one of}}
    nas.layer_cost "conv3d" code 1
  }
}

// -----

// expected-error@+1 {{expects parent op 'nas.device'}}
nas.cost_model int8 element_bytes 1 {
}

// -----

nas.device @d clock 1 {
  nas.cost_model int8 element_bytes 1 {
    // expected-error@+1 {{expected keys among input_height, input_width, input_channels, output_channels, kernel_height, kernel_width, stride; found 'depth'}}
    nas.latency_table "dense" keys ["depth"] rows [array<i64: 1>] values [1]
  }
}

// -----

nas.device @d clock 1 {
  nas.cost_model int8 element_bytes 1 {
    // expected-error@+1 {{expected as many values as rows, found 2 and 1}}
    nas.latency_table "dense" keys ["stride"] rows [array<i64: 1>] values [1, 2]
  }
}

// -----

nas.device @d clock 1 {
  nas.cost_model int8 element_bytes 1 {
    // expected-error@+1 {{expected 1 numbers in a row, found 2}}
    nas.latency_table "dense" keys ["stride"] rows [array<i64: 1, 2>] values [1]
  }
}

// -----

nas.device @d clock 1 {
  nas.cost_model int8 element_bytes 1 {
    // expected-error@+1 {{expected rows of different keys}}
    nas.latency_table "dense" keys ["stride"] rows [array<i64: 1>, array<i64: 1>] values [1, 2]
  }
}

// -----

nas.space @s() {
  // expected-error@+1 {{expected one of integers, labels and reals, found 0}}
  %0 = nas.choice "a" : !cost.int
  nas.return
}

// -----

nas.space @s() {
  // expected-error@+1 {{expected one of integers, labels and reals, found 2}}
  %0 = nas.choice "a" integers [1] labels ["b"] : !cost.int<1>
  nas.return
}

// -----

nas.space @s() {
  // expected-error@+1 {{expected a domain of at least one value}}
  %0 = nas.choice "a" integers [] : !cost.int
  nas.return
}

// -----

nas.space @s() {
  // expected-error@+1 {{expected the result type '!cost.int<8 to 16>', found '!cost.int<8 to 24>'}}
  %0 = nas.choice "a" integers [8, 16] : !cost.int<8 to 24>
  nas.return
}

// -----

nas.space @s() {
  // expected-error@+1 {{expected a result of type f64, found '!cost.int<0>'}}
  %0 = nas.choice "a" reals [0.5] : !cost.int<0>
  nas.return
}

// -----

func.func @condition(%c: !cost.int<0 to 2>) {
  // expected-error@+1 {{expected a condition in 0 to 1, found '!cost.int<0 to 2>'}}
  nas.if %c : !cost.int<0 to 2> {
    nas.yield
  } else {
    nas.yield
  }
  return
}

// -----

func.func @yield(%c: !cost.int<0 to 1>, %x: !nas.tensor<8>) {
  // expected-error@+1 {{expected regions that yield 1 values, found 0}}
  %0 = nas.if %c : !cost.int<0 to 1> -> !nas.tensor<8> {
    nas.yield %x : !nas.tensor<8>
  } else {
    nas.yield
  }
  return
}

// -----

func.func @selector(%c: !cost.int<0 to 2>) {
  // expected-error@+1 {{expected a selector in 0 to 1, found '!cost.int<0 to 2>'}}
  nas.switch %c : !cost.int<0 to 2> {
    nas.yield
  }, {
    nas.yield
  }
  return
}

// -----

func.func @shape_rank(%x: !nas.tensor<*>, %a: !cost.int<1>) {
  // expected-error@+1 {{expected a tensor of known rank}}
  nas.shape %x(%a) : !nas.tensor<*>, !cost.int<1>
  return
}

// -----

func.func @shape_sizes(%x: !nas.tensor<?x?>, %a: !cost.int<1>) {
  // expected-error@+1 {{expected 2 sizes, found 1}}
  nas.shape %x(%a) : !nas.tensor<?x?>, !cost.int<1>
  return
}

// -----

// expected-error@+1 {{expected no result of a space without an input}}
nas.space @s() -> !nas.tensor<8> {
  nas.return
}

// -----

// expected-error@+1 {{expected one input, found 2}}
nas.space @s(%a: !nas.tensor<8>, %b: !nas.tensor<8>) -> !nas.tensor<8> {
  nas.return %a : !nas.tensor<8>
}

// -----

// expected-error@+1 {{expected an input of static shape, found '!nas.tensor<*>'}}
nas.space @s(%a: !nas.tensor<*>) -> !nas.tensor<8> {
  nas.return %a : !nas.tensor<*>
}

// -----

// expected-error@+1 {{expected a result type of static shape}}
nas.space @s(%a: !nas.tensor<8>) {
  nas.return %a : !nas.tensor<8>
}

// -----

// expected-error@+1 {{expected to return one tensor}}
nas.space @s(%a: !nas.tensor<8>) -> !nas.tensor<8> {
  nas.return
}

// -----

// expected-error@+1 {{invalid what the results of a network stand for specification: ranking}}
nas.space @s(%a: !nas.tensor<8>) -> !nas.tensor<8> task ranking {
  nas.return %a : !nas.tensor<8>
}

// -----

func.func @missing(%x: !nas.tensor<*>) {
  // expected-error@+1 {{expected the symbol of a nas.block, found @missing_block}}
  %y = nas.call @missing_block(%x) place "a" : (!nas.tensor<*>) -> !nas.tensor<*>
  return
}

// -----

nas.block @b(%x: !nas.tensor<*>) {
  nas.return %x : !nas.tensor<*>
}
func.func @arguments(%x: !nas.tensor<*>) {
  // expected-error@+1 {{expected 1 arguments, found 2}}
  %y = nas.call @b(%x, %x) place "b" : (!nas.tensor<*>, !nas.tensor<*>) -> !nas.tensor<*>
  return
}

// -----

nas.block @b(%x: !nas.tensor<*>) {
  nas.return %x : !nas.tensor<*>
}
func.func @argument_type(%x: !cost.int<1>) {
  // expected-error@+1 {{expected argument 0 to be like '!nas.tensor<*>', found '!cost.int<1>'}}
  %y = nas.call @b(%x) place "b" : (!cost.int<1>) -> !nas.tensor<*>
  return
}

// -----

nas.block @b(%x: !nas.tensor<*>) {
  nas.return %x : !nas.tensor<*>
}
func.func @results(%x: !nas.tensor<*>) {
  // expected-error@+1 {{expected 1 results, found 0}}
  nas.call @b(%x) place "b" : (!nas.tensor<*>) -> ()
  return
}

// -----

func.func @repeat(%one: !cost.int<1>, %x: !nas.tensor<*>) {
  // expected-error@+1 {{expected as many yielded values and results as carried values (1), found 0 and 1}}
  %y = nas.repeat %i = %one to %one carry(%c = %x) : (!cost.int<1>, !cost.int<1>, !nas.tensor<*>) -> !nas.tensor<*> {
    nas.yield
  }
  return
}

// -----

func.func @add(%x: !nas.tensor<8>) {
  // expected-error@+1 {{expected at least two}}
  %y = nas.add %x : (!nas.tensor<8>) -> !nas.tensor<8>
  return
}

// -----

func.func @metric() {
  // expected-error@+1 {{expects parent op 'nas.limits'}}
  %0 = nas.metric "macs" : !cost.int
  return
}

// -----

// expected-error@+1 {{expected a scale above zero, found 0.0}}
nas.quantization "conv" scale 0.0 zero_point 0

// -----

// expected-error@+1 {{expected a zero point of -128 to 127, found 128}}
nas.quantization "conv" scale 0.5 zero_point 128

// -----

// expected-error@+1 {{expected scales above zero, found -1.0}}
nas.weights @"dense.weight" = dense<1.0> : tensor<3x2xf32> scales [0.5, -1.0]

// -----

// expected-error@+1 {{expected 2 scales, one for each output channel of 'tensor<3x2xf32>', found 3}}
nas.weights @"dense.weight" = dense<1.0> : tensor<3x2xf32> scales [0.5, 1.0, 0.25]

// -----

func.func @requantize(%x: !nas.tensor<4>) {
  // expected-error@+1 {{expected a scale above zero, found -5.000000e-01}}
  %y = nas.requantize %x scale -0.5 zero_point 0 : !nas.tensor<4> -> !nas.tensor<4>
  return
}

// -----

func.func @requantize(%x: !nas.tensor<4>) {
  // expected-error@+1 {{expected a zero point of -128 to 127, found -129}}
  %y = nas.requantize %x scale 0.5 zero_point -129 : !nas.tensor<4> -> !nas.tensor<4>
  return
}

// -----

nas.device @d clock 1000 {
  // expected-error@+1 {{expected the name of a kernel (one of convolve,}}
  nas.cost_model int8 element_bytes 1 kernel_code {convolution = 480 : i64} {
  }
}

// -----

// expected-error@+1 {{expected the setting 'element' of raw data}}
nas.dataset @d raw sources ["records.bin"]

// -----

// expected-error@+1 {{duplicate or unknown struct parameter name: validations}}
nas.dataset @d idx sources ["images"] settings <validations = 10>

// -----

// expected-error@+1 {{expected 'deviation' other than 0}}
nas.dataset @d idx sources ["images"] settings <deviation = [0.0]>

// -----

// expected-error@+1 {{expected 'shape' of at least 1, found 0}}
nas.dataset @d idx sources ["images"] settings <shape = [8, 0, 1]>

// -----

// expected-error@+1 {{expected 'validation' of at least 0, found -1}}
nas.dataset @d idx sources ["images"] settings <validation = -1>

// -----

// expected-error@+1 {{expected 'classes' to be strings, found}}
nas.dataset @d idx sources ["images"] settings <classes = [1, 2]>

// -----

// expected-error@+1 {{expected the name of a target (host, x86-64, aarch64, riscv64, cortex-m7, cortex-m4, riscv32), found 'cortex-m3'}}
nas.device @d clock 1000 target "cortex-m3" {
}

// -----

func.func @require_shape_code(%holds: !cost.int<0 to 1>) {
  // expected-error@+1 {{expected the code of a diagnostic, found 'NAS2'}}
  nas.require_shape %holds "sizes differ" () layer "add" code "NAS2" : !cost.int<0 to 1>
  return
}

// -----

// expected-error@+1 {{expected the kind onnx, found 'tflite'}}
nas.network @n kind "tflite" source "n.tflite"

// -----

// expected-error@+1 {{expected the symbol of a nas.dataset, found @data}}
nas.network @n kind "onnx" source "n.onnx" dataset @data

// -----

// expected-error@+1 {{expected the symbol of a nas.space or a nas.network, found @missing}}
nas.limits @missing {
}

// -----

nas.space @s() {
  nas.return
}
nas.limits @s {
  // expected-error@+1 {{expected the symbol of a nas.device, found @h743}}
  %0 = nas.metric "ram" on @h743 : !cost.int
}

// -----

nas.space @s() {
  nas.return
}
nas.limits @s {
  %0 = nas.metric "macs" : !cost.int
  // expected-error@+1 {{operand #0 must be a truth value, !cost.int<0 to 1>, but got '!cost.int'}}
  nas.limit "macs" %0 : !cost.int
}
