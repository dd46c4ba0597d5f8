//===- NasOps.td - Spaces, datasets, devices, limits -------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_NASOPS_TD
#define NASC_DIALECTS_NAS_NASOPS_TD

include "dialects/nas/NasData.td"
include "dialects/nas/NasLayers.td"
include "mlir/IR/RegionKindInterface.td"

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

def Nas_DeviceOp : Nas_Op<"device", [Symbol, NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "A device: its memories, its clock, its cost models";
  let description = [{
    `clock` is in hertz; `ram`, `flash`, `stack`, `static_ram` and
    `runtime_flash` in bytes. `ram` and `flash` are what the device has and
    limit every architecture that is deployed on it; a missing one is unlimited.
    The stack and the static data are part of every network's `ram`,
    `runtime_flash` of its `flash`. Each precision has a `nas.cost_model`;
    `precision` names the one that is deployed, the first where it is absent.
    `target` names the machine that code is generated for (`cortex-m7`).

    ```mlir
    nas.device @h743 clock 480000000 ram 524288 flash 2097152 alignment 16 stack 2048 target "cortex-m7" {
      nas.cost_model int8 element_bytes 1 bias_bytes 8 {
        nas.layer_cost "conv2d" cycles_per_mac 1030 overhead 900000 code 1400
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<StrAttr>:$board,
      I64Attr:$clock, OptionalAttr<I64Attr>:$ram, OptionalAttr<I64Attr>:$flash,
      DefaultValuedAttr<I64Attr, "16">:$alignment,
      DefaultValuedAttr<I64Attr, "0">:$stack,
      DefaultValuedAttr<I64Attr, "0">:$static_ram,
      DefaultValuedAttr<I64Attr, "0">:$runtime_flash,
      OptionalAttr<Nas_Precision>:$precision, OptionalAttr<StrAttr>:$target);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name (`description` $board^)? `clock` $clock (`ram` $ram^)? (`flash` $flash^)?
    (`alignment` $alignment^)? (`stack` $stack^)? (`static_ram` $static_ram^)?
    (`runtime_flash` $runtime_flash^)? (`precision` $precision^)? (`target` $target^)?
    attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
}

def Nas_CostModelOp : Nas_Op<"cost_model", [HasParent<"DeviceOp">, NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "What layers cost on the device at a precision";
  let description = [{
    An element of an activation or weight takes `element_bytes`, and a channel
    with a bias `bias_bytes` of flash (bias and requantisation constants). Every
    byte that a layer reads or writes costs `cycles_per_byte` thousandths of a
    cycle and `energy_per_byte` femtojoules.

    With `kernel_code`, layers share the 8-bit kernels that code is generated
    with: it has the bytes of each kernel, which count once where any layer of
    the space may need it, and the `code` of a kind of layer is that of one
    call. Scratch memory, and what is written over, is then that of the kernels.

    ```mlir
    nas.cost_model int8 element_bytes 1 bias_bytes 8 kernel_code {convolve = 480 : i64} {
    }
    ```
  }];
  let arguments = (ins Nas_Precision:$precision, I64Attr:$element_bytes,
      DefaultValuedAttr<I64Attr, "4">:$bias_bytes,
      DefaultValuedAttr<I64Attr, "0">:$cycles_per_byte,
      DefaultValuedAttr<I64Attr, "0">:$energy_per_byte,
      OptionalAttr<DictionaryAttr>:$kernel_code);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $precision `element_bytes` $element_bytes (`bias_bytes` $bias_bytes^)?
    (`cycles_per_byte` $cycles_per_byte^)? (`energy_per_byte` $energy_per_byte^)?
    (`kernel_code` $kernel_code^)? attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
}

def Nas_LayerCostOp : Nas_Op<"layer_cost", [HasParent<"CostModelOp">]> {
  let summary = "What one kind of layer costs";
  let description = [{
    Kinds are `conv2d`, `pointwise_conv2d` (1×1), `grouped_conv2d`,
    `depthwise_conv2d`, `conv1d`, `dense`, `pool`, `add` and `elementwise`.
    Cycles are in thousandths, energy in femtojoules: a layer takes `overhead` +
    `cycles_per_mac` · MACs + `cycles_per_output` · elements of the result. Its
    code takes `code` bytes of flash, and `scratch` bytes of RAM while it runs.

    ```mlir
    nas.device @d clock 1000 {
      nas.cost_model int8 element_bytes 1 {
        nas.layer_cost "dense" cycles_per_mac 1060 cycles_per_output 0 overhead 400000 code 600
      }
    }
    ```
  }];
  let arguments = (ins StrAttr:$kind,
      DefaultValuedAttr<I64Attr, "0">:$cycles_per_mac,
      DefaultValuedAttr<I64Attr, "0">:$cycles_per_output,
      DefaultValuedAttr<I64Attr, "0">:$overhead,
      DefaultValuedAttr<I64Attr, "0">:$energy_per_mac,
      DefaultValuedAttr<I64Attr, "0">:$code,
      DefaultValuedAttr<I64Attr, "0">:$scratch);
  let assemblyFormat = [{
    $kind (`cycles_per_mac` $cycles_per_mac^)? (`cycles_per_output` $cycles_per_output^)?
    (`overhead` $overhead^)? (`energy_per_mac` $energy_per_mac^)?
    (`code` $code^)? (`scratch` $scratch^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Nas_LatencyTableOp : Nas_Op<"latency_table", [HasParent<"CostModelOp">]> {
  let summary = "Measured latencies of layers of one kind, by shape";
  let description = [{
    Replaces the model for the layers that it has. `keys` are among
    `input_height`, `input_width`, `input_channels`, `output_channels`,
    `kernel_height`, `kernel_width`, `stride`; `values` are cycles in thousandths.

    ```mlir
    nas.device @d clock 1000 {
      nas.cost_model int8 element_bytes 1 {
        nas.latency_table "dense" keys ["input_channels", "output_channels"] rows [array<i64: 64, 10>] values [1200000]
      }
    }
    ```
  }];
  let arguments = (ins StrAttr:$kind, StrArrayAttr:$keys,
      TypedArrayAttrBase<DenseI64ArrayAttr, "an array of rows of integers">:$rows,
      DenseI64ArrayAttr:$values);
  let assemblyFormat = "$kind `keys` $keys `rows` $rows `values` $values attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Blocks and spaces
//===----------------------------------------------------------------------===//

def Nas_BlockOp : Nas_Op<"block", [Symbol, IsolatedFromAbove, SingleBlock]> {
  let summary = "A part of a network that spaces call";
  let description = [{
    Parameters are tensors, integers of unknown range, and reals. Choices inside
    are drawn once for each call.

    ```mlir
    nas.block @conv_relu(%x: !nas.tensor<*>, %filters: !cost.int) {
      %three = cost.constant 3 : !cost.int<3>
      %one = cost.constant 1 : !cost.int<1>
      %0 = nas.conv2d %x filters %filters kernel(%three, %three) stride(%one, %one) groups %one padding <same>
          : (!nas.tensor<*>, !cost.int, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
      %1 = nas.relu %0 : !nas.tensor<*> -> !nas.tensor<*>
      nas.return %1 : !nas.tensor<*>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Nas_SpaceOp : Nas_Op<"space", [Symbol, IsolatedFromAbove, SingleBlock]> {
  let summary = "A search space";
  let description = [{
    The body computes the result from the input; a space without layers has no
    input and returns nothing. `result` is the shape that every architecture's
    result has. `dataset` names the data that the space is trained on, `task`
    is `classification` or `regression`.

    ```mlir
    nas.space @tiny(%image: !nas.tensor<28x28x1>) -> !nas.tensor<10> dataset @fashion {
      %units = cost.constant 10 : !cost.int<10>
      %0 = nas.global_average_pool %image : !nas.tensor<28x28x1> -> !nas.tensor<*>
      %1 = nas.dense %0 units %units bias : (!nas.tensor<*>, !cost.int<10>) -> !nas.tensor<*>
      nas.return %1 : !nas.tensor<*>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<TypeAttr>:$result,
      OptionalAttr<FlatSymbolRefAttr>:$dataset,
      DefaultValuedAttr<Nas_Task, "::nasc::nas::Task::Classification">:$task);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Nas_ReturnOp : Nas_Op<"return", [Pure, Terminator, ParentOneOf<["BlockOp", "SpaceOp"]>]> {
  let summary = "The results of a block or a space";
  let description = [{
    ```mlir
    nas.return %y : !nas.tensor<10>
    ```
  }];
  let arguments = (ins Variadic<Nas_Value>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

def Nas_CallOp : Nas_Op<"call", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A call of a block";
  let description = [{
    `place` is the name of the call among the calls of its scope; it prefixes
    the names of the choices and layers of the block (`stage2.kernel`).

    ```mlir
    %y = nas.call @conv_relu(%x, %f) place "conv_relu" : (!nas.tensor<*>, !cost.int<8 to 32>) -> !nas.tensor<*>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<Nas_Value>:$arguments, StrAttr:$place);
  let results = (outs Variadic<Nas_Value>:$results);
  let assemblyFormat = [{
    $callee `(` $arguments `)` `place` $place attr-dict `:` functional-type($arguments, $results)
  }];
}

//===----------------------------------------------------------------------===//
// Choices and control
//===----------------------------------------------------------------------===//

// Without memory effects stated: a choice that no layer depends on stays.
def Nas_ChoiceOp : Nas_Op<"choice"> {
  let summary = "A decision that the search makes";
  let description = [{
    The domain is a list of integers, of labels (the names of blocks or
    operations) or of real numbers. The result is the chosen integer, the
    position of the chosen label, or the chosen real number. `when` tells when
    the choice is active; without it, it is where control reaches it (before
    expansion) or always (after).

    ```mlir
    %width = nas.choice "width" integers [16, 24, 32] : !cost.int<16 to 32>
    %body = nas.choice "body" labels ["separable", "conv"] : !cost.int<0 to 1>
    %rate = nas.choice "rate" reals [0.1, 0.2] when %deep : f64, !cost.int<0 to 1>
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<DenseI64ArrayAttr>:$integers,
      OptionalAttr<StrArrayAttr>:$labels, OptionalAttr<DenseF64ArrayAttr>:$reals,
      Optional<Cost_Integer>:$when);
  let results = (outs Nas_Scalar:$result);
  let assemblyFormat = [{
    $name (`integers` $integers^)? (`labels` $labels^)? (`reals` $reals^)?
    (`when` $when^)? attr-dict `:` type($result) (`,` type($when)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::nasc::nas::Domain getDomain();
  }];
}

def Nas_ChoiceReferenceOp : Nas_Op<"choice_ref", [Pure]> {
  let summary = "The value of a choice, by its full name";
  let description = [{
    Where a choice of a repetition or of a block is meant from outside:
    `op[3]` in a cell that all copies share, or any choice in a limit. The type
    is that of the choice.

    ```mlir
    %op = nas.choice_ref "op[3]" : !cost.int<0 to 4>
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Nas_Scalar:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Nas_IsActiveOp : Nas_Op<"is_active", [Pure]> {
  let summary = "Whether a choice is active";
  let description = [{
    ```mlir
    %a = nas.is_active "width[3]" : !cost.int<0 to 1>
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Cost_TruthValue:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Nas_RepeatOp : Nas_Op<"repeat", [SingleBlock]> {
  let summary = "Rounds that each rebind values";
  let description = [{
    Runs the body for each integer from `lower` to `upper`, both included. The
    body's first argument is that integer, the others are the carried values,
    which `nas.yield` rebinds. Choices inside are drawn once for each round; a
    round beyond `upper` has none.

    ```mlir
    %y = nas.repeat %i = %one to %depth carry(%c = %x) : (!cost.int<1>, !cost.int<2 to 6>, !nas.tensor<*>) -> !nas.tensor<*> {
      %0 = nas.relu %c : !nas.tensor<*> -> !nas.tensor<*>
      nas.yield %0 : !nas.tensor<*>
    }
    ```
  }];
  let arguments = (ins Cost_Integer:$lower, Cost_Integer:$upper, Variadic<Nas_Value>:$initial);
  let results = (outs Variadic<Nas_Value>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Nas_IfOp : Nas_Op<"if", [NoRegionArguments]> {
  let summary = "One of two parts of a network";
  let description = [{
    ```mlir
    %y = nas.if %deep : !cost.int<0 to 1> -> !nas.tensor<*> {
      %0 = nas.relu %x : !nas.tensor<*> -> !nas.tensor<*>
      nas.yield %0 : !nas.tensor<*>
    } else {
      nas.yield %x : !nas.tensor<*>
    }
    ```
  }];
  let arguments = (ins Cost_Integer:$condition);
  let results = (outs Variadic<Nas_Value>:$results);
  let regions = (region SizedRegion<1>:$thenRegion, SizedRegion<1>:$elseRegion);
  let assemblyFormat = [{
    $condition attr-dict `:` type($condition) (`->` type($results)^)? $thenRegion `else` $elseRegion
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Nas_SwitchOp : Nas_Op<"switch", [NoRegionArguments]> {
  let summary = "One of several parts of a network, by number";
  let description = [{
    `selector` is the number of the region that takes part, counted from zero;
    its range is exactly the regions.

    ```mlir
    %y = nas.switch %body : !cost.int<0 to 1> -> !nas.tensor<*> {
      nas.yield %x : !nas.tensor<*>
    }, {
      %0 = nas.relu %x : !nas.tensor<*> -> !nas.tensor<*>
      nas.yield %0 : !nas.tensor<*>
    }
    ```
  }];
  let arguments = (ins Cost_Integer:$selector);
  let results = (outs Variadic<Nas_Value>:$results);
  let regions = (region VariadicRegion<SizedRegion<1>>:$cases);
  let assemblyFormat = [{
    $selector attr-dict `:` type($selector) (`->` type($results)^)? $cases
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Nas_YieldOp : Nas_Op<"yield", [Pure, Terminator, ParentOneOf<["RepeatOp", "IfOp", "SwitchOp"]>]> {
  let summary = "The values of a part of a network";
  let description = [{
    ```mlir
    nas.yield %y : !nas.tensor<*>
    ```
  }];
  let arguments = (ins Variadic<Nas_Value>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

def Nas_ShapeOp : Nas_Op<"shape"> {
  let summary = "The sizes of a tensor as expressions";
  let description = [{
    States the sizes of a tensor that are open in its type. Shape inference
    writes it; once all sizes are constants, folding moves them into the type.

    ```mlir
    nas.shape %x(%h, %w, %c) : !nas.tensor<?x?x?>, !cost.int<7 to 14>, !cost.int<7 to 14>, !cost.int<16 to 96>
    ```
  }];
  let arguments = (ins Nas_Tensor:$tensor, Variadic<Cost_Integer>:$sizes);
  let assemblyFormat = "$tensor `(` $sizes `)` attr-dict `:` type($tensor) (`,` type($sizes)^)?";
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Nas_RequireShapeOp : Nas_Op<"require_shape"> {
  let summary = "A condition without which a layer's shapes do not fit";
  let description = [{
    Shape inference writes it where it cannot decide by itself whether all
    architectures meet the condition; the check that follows proves it or says
    which architectures do not. `{}` in the message stands for one of `sizes`,
    in their order. `unfit` marks a layer that fits in no architecture that has
    it; what depends on it has no shapes.

    ```mlir
    nas.require_shape %equal "add: expected tensors of one shape, found {} and {}" (%a, %b) layer "add" code "NAS2004" : !cost.int<0 to 1>, !cost.int<8 to 16>, !cost.int<8>
    ```
  }];
  let arguments = (ins Cost_TruthValue:$holds, StrAttr:$message,
                       Variadic<Cost_Integer>:$sizes, StrAttr:$layer,
                       StrAttr:$code, UnitAttr:$unfit);
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The code as the catalogue has it.
    ::nasc::Diag getDiag();
  }];
  let assemblyFormat = [{
    $holds $message `(` $sizes `)` `layer` $layer `code` $code
    (`unfit` $unfit^)? attr-dict `:` type($holds) (`,` type($sizes)^)?
  }];
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

def Nas_WeightsOp : Nas_Op<"weights", [Symbol]> {
  let summary = "A trained tensor of a layer";
  let description = [{
    The symbol is the layer's name, a dot, and the name of the tensor: `weight`
    and `bias`, and for `batch_norm` `scale`, `shift`, `mean` and `variance`.
    Convolution weights are height × width × input channels in a group ×
    filters (depthwise: × channels × 1), dense weights inputs × units.

    With `scales`, one for each output channel, the numbers are 8-bit integers
    times the scale of their channel: `round(number / scale)` are the integers
    of a file that is quantised. What changes the numbers changes the scales.

    ```mlir
    nas.weights @"dense.bias" = dense<0.0> : tensor<10xf32>
    nas.weights @"dense.weight" = dense<[[0.5, 0.25]]> : tensor<1x2xf32> scales [0.125, 0.25]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, ElementsAttr:$value,
                       OptionalAttr<DenseF64ArrayAttr>:$scales);
  let assemblyFormat = "$sym_name `=` $value (`scales` $scales^)? attr-dict";
  let hasVerifier = 1;
}

def Nas_QuantizationOp : Nas_Op<"quantization"> {
  let summary = "How the 8-bit integers of a tensor stand for its numbers";
  let description = [{
    An integer `q` of -128 to 127 stands for `scale` · (q - `zero_point`). The
    tensor is the result of the layer of that name, as it is stored: after the
    normalisation and the activation that are fused with the layer, whose last
    one is named. `input` is the network's input, after normalisation.

    Without it a layer's tensor has no integers yet; calibration and
    quantisation-aware training write it, and so does the import of a network
    that is quantised.

    ```mlir
    nas.quantization "relu_1" scale 0.0235 zero_point -128
    ```
  }];
  let arguments = (ins StrAttr:$layer, F64Attr:$scale, I64Attr:$zero_point);
  let assemblyFormat = "$layer `scale` $scale `zero_point` $zero_point attr-dict";
  let hasVerifier = 1;
}

def Nas_NetworkOp : Nas_Op<"network", [Symbol,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A trained network that is in a file";
  let description = [{
    `kind` is the format (`onnx`), `source` the file as written, relative to the
    folder of the spec. Reading it replaces this operation by a `nas.space`
    without choices of the same name, its `nas.weights`, and, where the network
    is quantised, `nas.quantization`. `dataset` names the samples that it is
    calibrated and tested with.

    `layout` says where the file's input has its channels. Without it, the
    operators that read the input do.

    ```mlir
    nas.network @resnet kind "onnx" source "resnet8.onnx" dataset @cifar
    nas.network @mlp kind "onnx" source "mlp.onnx" layout channels_first
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$kind, StrAttr:$source,
      OptionalAttr<FlatSymbolRefAttr>:$dataset,
      DefaultValuedAttr<Nas_InputLayout, "::nasc::nas::InputLayout::inferred">:$layout);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $sym_name `kind` $kind `source` $source (`dataset` $dataset^)?
    (`layout` $layout^)? attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

def Nas_LimitsOp : Nas_Op<"limits", [DeclareOpInterfaceMethods<SymbolUserOpInterface>, NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "The conditions that feasible architectures of a space meet";
  let description = [{
    ```mlir
    nas.limits @tiny {
      %ram = nas.metric "ram" on @h743 : !cost.int
      %max = cost.constant 32768 : !cost.int<32768>
      %ok = cost.cmp le %ram, %max : !cost.int, !cost.int<32768> -> !cost.int<0 to 1>
      nas.limit "ram on h743 <= 32 KiB" %ok : !cost.int<0 to 1>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$space);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$space attr-dict-with-keyword $body";
}

def Nas_MetricOp : Nas_Op<"metric", [Pure, HasParent<"LimitsOp">,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A metric of the architecture, in a limit";
  let description = [{
    In the metric's integer unit: bytes, picoseconds, picojoules, or a count.

    ```mlir
    %ram = nas.metric "ram" on @h743 : !cost.int
    ```
  }];
  let arguments = (ins StrAttr:$metric, OptionalAttr<FlatSymbolRefAttr>:$device);
  let results = (outs Cost_Integer:$result);
  let assemblyFormat = "$metric (`on` $device^)? attr-dict `:` type($result)";
}

def Nas_LimitOp : Nas_Op<"limit", [HasParent<"LimitsOp">]> {
  let summary = "One condition";
  let description = [{
    ```mlir
    nas.limit "count(i in 1..depth: stride[i] == 2) <= 2" %ok : !cost.int<0 to 1>
    ```
  }];
  let arguments = (ins StrAttr:$text, Cost_TruthValue:$holds);
  let assemblyFormat = "$text $holds attr-dict `:` type($holds)";
}

#endif // NASC_DIALECTS_NAS_NASOPS_TD
