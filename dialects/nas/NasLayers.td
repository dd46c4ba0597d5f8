//===- NasLayers.td - Layers -------------------------------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_NASLAYERS_TD
#define NASC_DIALECTS_NAS_NASLAYERS_TD

include "dialects/nas/NasBase.td"
include "dialects/nas/NasInterfaces.td"

//===----------------------------------------------------------------------===//
// Layers in the language and in descriptions of networks
//===----------------------------------------------------------------------===//

// A parameter of a layer in the language. `kind` is one of LayerParameter's
// (LayerTable.h); `arguments` are those of the operation that it gives, two for
// a window. Without a `preset` it has to be given.
class Nas_Parameter<string parameterName, string parameterKind,
                    list<string> opArguments, string parameterPreset = "",
                    int parameterLeast = 0> {
  string name = parameterName;
  string kind = parameterKind;
  list<string> arguments = opArguments;
  string preset = parameterPreset;
  int least = parameterLeast;
}

def Nas_InputParameter : Nas_Parameter<"input", "Tensor", ["input"]>;
def Nas_InputsParameter : Nas_Parameter<"inputs", "Tensors", ["inputs"]>;
def Nas_FiltersParameter : Nas_Parameter<"filters", "Integer", ["filters"], "", 1>;
def Nas_UnitsParameter : Nas_Parameter<"units", "Integer", ["units"], "", 1>;
def Nas_GroupsParameter : Nas_Parameter<"groups", "Integer", ["groups"], "1", 1>;
def Nas_KernelParameter : Nas_Parameter<"kernel", "Window", ["kernelHeight", "kernelWidth"], "", 1>;
def Nas_StrideParameter : Nas_Parameter<"stride", "Window", ["strideHeight", "strideWidth"], "1", 1>;
def Nas_LengthParameter : Nas_Parameter<"kernel", "Integer", ["kernel"], "", 1>;
def Nas_StepParameter : Nas_Parameter<"stride", "Integer", ["stride"], "1", 1>;
def Nas_SizeParameter : Nas_Parameter<"size", "Window", ["kernelHeight", "kernelWidth"], "", 1>;
def Nas_PoolStrideParameter : Nas_Parameter<"stride", "Window", ["strideHeight", "strideWidth"], "size", 1>;
def Nas_SamePaddingParameter : Nas_Parameter<"padding", "Padding", ["padding"], "same">;
def Nas_ValidPaddingParameter : Nas_Parameter<"padding", "Padding", ["padding"], "valid">;
def Nas_CountPaddingParameter : Nas_Parameter<"count_padding", "Boolean", ["countPadding"], "false">;
def Nas_BiasParameter : Nas_Parameter<"bias", "Boolean", ["bias"], "true">;

// An argument that the description of a network keeps in a field of another
// name (LayerField).
class Nas_Field<string opArgument, string networkField> {
  string argument = opArgument;
  string member = networkField;
}
def Nas_FiltersField : Nas_Field<"filters", "OutputChannels">;
def Nas_UnitsField : Nas_Field<"units", "OutputChannels">;
def Nas_LengthField : Nas_Field<"kernel", "KernelHeight">;
def Nas_StepField : Nas_Field<"stride", "StrideHeight">;

// A layer. `overrides` names the interface methods that it defines itself
// beside inferShape, which every layer defines.
class Nas_Layer<string mnemonic, list<string> overrides = [],
                list<Trait> traits = []>
    : Nas_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<Nas_LayerOpInterface,
            !listconcat(["inferShape"], overrides)>], traits)> {
  let results = (outs Nas_Tensor:$result);
  // In the order in which the language takes them by position; empty for a
  // layer that the language does not have.
  list<Nas_Parameter> parameters = [Nas_InputParameter];
  list<Nas_Field> fields = [];
}

// One tensor in, the same shape out, nothing to configure.
class Nas_Elementwise<string mnemonic, list<string> overrides = []>
    : Nas_Layer<mnemonic, overrides> {
  let arguments = (ins Nas_Tensor:$input, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = "$input (`name` $name^)? attr-dict `:` type($input) `->` type($result)";
}

class Nas_Activation<string mnemonic, bit isLookedUp = 0>
    : Nas_Elementwise<mnemonic, ["getRole", "isTable"]> {
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferShape(
        ::nasc::cost::ExpressionBuilder &builder,
        ::llvm::ArrayRef<::nasc::nas::Shape> inputs, ::nasc::nas::Shape &result,
        ::llvm::SmallVectorImpl<::nasc::nas::ShapeRequirement> &) {
      result = inputs.front();
      return ::llvm::success();
    }
    ::nasc::nas::LayerRole $cppClass::getRole() {
      return ::nasc::nas::LayerRole::Activation;
    }
    bool $cppClass::isTable() { return }] # !if(isLookedUp, "true", "false") # [{; }
  }];
}

// Layers that a deployed network does not contain: the result is the input.
class Nas_Transparent<string mnemonic> : Nas_Elementwise<mnemonic, ["getRole"]> {
  let extraClassDefinition = [{
    ::nasc::nas::LayerRole $cppClass::getRole() {
      return ::nasc::nas::LayerRole::Alias;
    }
  }];
}

//===----------------------------------------------------------------------===//
// Convolutions and dense layers
//===----------------------------------------------------------------------===//

// A layer with trained weights that multiply its input.
class Nas_Weighted<string mnemonic>
    : Nas_Layer<mnemonic, ["computeQuantities", "costKinds", "getRole"]> {
  let extraClassDefinition = [{
    ::nasc::nas::LayerRole $cppClass::getRole() {
      return ::nasc::nas::LayerRole::Weighted;
    }
  }];
}

def Nas_Conv2DOp : Nas_Weighted<"conv2d"> {
  let summary = "A two-dimensional convolution";
  let description = [{
    Weights are `kernel × kernel × channels / groups × filters`. `groups`
    divides the channels of the input and the filters. With `bias`, each filter
    has one.

    ```mlir
    %y = nas.conv2d %x filters %f kernel(%three, %three) stride(%one, %one) groups %one
        padding <same> bias name "stem"
        : (!nas.tensor<28x28x1>, !cost.int<8 to 32>, !cost.int<3>, !cost.int<3>,
           !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<28x28x?>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_FiltersParameter, Nas_KernelParameter,
      Nas_StrideParameter, Nas_SamePaddingParameter, Nas_GroupsParameter, Nas_BiasParameter];
  let fields = [Nas_FiltersField];
  let arguments = (ins Nas_Tensor:$input, Cost_Integer:$filters,
      Cost_Integer:$kernelHeight, Cost_Integer:$kernelWidth,
      Cost_Integer:$strideHeight, Cost_Integer:$strideWidth,
      Cost_Integer:$groups, Nas_Padding:$padding, UnitAttr:$bias,
      OptionalAttr<StrAttr>:$name);
  let assemblyFormat = [{
    $input `filters` $filters `kernel` `(` $kernelHeight `,` $kernelWidth `)`
    `stride` `(` $strideHeight `,` $strideWidth `)` `groups` $groups
    `padding` $padding (`bias` $bias^)? (`name` $name^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Nas_DepthwiseConv2DOp : Nas_Weighted<"depthwise_conv2d"> {
  let summary = "A convolution of each channel with a kernel of its own";
  let description = [{
    ```mlir
    %y = nas.depthwise_conv2d %x kernel(%three, %three) stride(%two, %two) padding <same>
        : (!nas.tensor<28x28x16>, !cost.int<3>, !cost.int<3>, !cost.int<2>, !cost.int<2>)
          -> !nas.tensor<14x14x16>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_KernelParameter, Nas_StrideParameter,
      Nas_SamePaddingParameter, Nas_BiasParameter];
  let arguments = (ins Nas_Tensor:$input,
      Cost_Integer:$kernelHeight, Cost_Integer:$kernelWidth,
      Cost_Integer:$strideHeight, Cost_Integer:$strideWidth,
      Nas_Padding:$padding, UnitAttr:$bias, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = [{
    $input `kernel` `(` $kernelHeight `,` $kernelWidth `)`
    `stride` `(` $strideHeight `,` $strideWidth `)`
    `padding` $padding (`bias` $bias^)? (`name` $name^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Nas_Conv1DOp : Nas_Weighted<"conv1d"> {
  let summary = "A one-dimensional convolution";
  let description = [{
    The input is length × channels. Explicit padding uses its first two
    amounts: before and after.

    ```mlir
    %y = nas.conv1d %x filters %f kernel %five stride %two groups %one padding <valid> bias
        : (!nas.tensor<128x6>, !cost.int<16>, !cost.int<5>, !cost.int<2>, !cost.int<1>)
          -> !nas.tensor<62x16>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_FiltersParameter, Nas_LengthParameter,
      Nas_StepParameter, Nas_SamePaddingParameter, Nas_GroupsParameter, Nas_BiasParameter];
  let fields = [Nas_FiltersField, Nas_LengthField, Nas_StepField];
  let arguments = (ins Nas_Tensor:$input, Cost_Integer:$filters,
      Cost_Integer:$kernel, Cost_Integer:$stride, Cost_Integer:$groups,
      Nas_Padding:$padding, UnitAttr:$bias, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = [{
    $input `filters` $filters `kernel` $kernel `stride` $stride `groups` $groups
    `padding` $padding (`bias` $bias^)? (`name` $name^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Nas_DenseOp : Nas_Weighted<"dense"> {
  let summary = "A fully connected layer";
  let description = [{
    An input of more than one dimension is read as a vector in its
    channels-last order.

    ```mlir
    %y = nas.dense %x units %ten bias : (!nas.tensor<64>, !cost.int<10>) -> !nas.tensor<10>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_UnitsParameter, Nas_BiasParameter];
  let fields = [Nas_UnitsField];
  let arguments = (ins Nas_Tensor:$input, Cost_Integer:$units, UnitAttr:$bias,
                       OptionalAttr<StrAttr>:$name);
  let assemblyFormat = [{
    $input `units` $units (`bias` $bias^)? (`name` $name^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Normalisation and activations
//===----------------------------------------------------------------------===//

def Nas_BatchNormOp : Nas_Layer<"batch_norm", ["computeQuantities", "getRole"]> {
  let summary = "Normalises each channel by its mean and variance";
  let description = [{
    In training by those of the batch, afterwards by running averages. Deployed,
    it is folded into the convolution or dense layer that it follows directly,
    and else is one multiplication and addition for each element.

    ```mlir
    %y = nas.batch_norm %x epsilon 1.000000e-05 : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_Parameter<"epsilon", "Real", ["epsilon"], "1e-5">];
  let arguments = (ins Nas_Tensor:$input, DefaultValuedAttr<F64Attr, "1e-5">:$epsilon,
                       OptionalAttr<StrAttr>:$name);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `epsilon` $epsilon (`name` $name^)? attr-dict `:` type($input) `->` type($result)
  }];
}

def Nas_ReLUOp : Nas_Activation<"relu"> {
  let summary = "The larger of the element and zero";
  let description = [{
    ```mlir
    %y = nas.relu %x : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
    ```
  }];
}

def Nas_ReLU6Op : Nas_Activation<"relu6"> {
  let summary = "The element, not below zero and not above six";
  let description = [{
    ```mlir
    %y = nas.relu6 %x : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
    ```
  }];
}

def Nas_HardSwishOp : Nas_Activation<"hard_swish", /*isLookedUp=*/1> {
  let summary = "x · relu6(x + 3) / 6";
  let description = [{
    ```mlir
    %y = nas.hard_swish %x : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
    ```
  }];
}

def Nas_HardSigmoidOp : Nas_Activation<"hard_sigmoid", /*isLookedUp=*/1> {
  let summary = "relu6(x + 3) / 6";
  let description = [{
    ```mlir
    %y = nas.hard_sigmoid %x : !nas.tensor<1x1x8> -> !nas.tensor<1x1x8>
    ```
  }];
}

def Nas_SigmoidOp : Nas_Activation<"sigmoid", /*isLookedUp=*/1> {
  let summary = "1 / (1 + exp(-x))";
  let description = [{
    ```mlir
    %y = nas.sigmoid %x : !nas.tensor<1x1x8> -> !nas.tensor<1x1x8>
    ```
  }];
}

def Nas_RequantizeOp : Nas_Layer<"requantize", ["getRole"]> {
  let summary = "Stores the input in 8-bit integers of a scale of its own";
  let description = [{
    An integer `q` of -128 to 127 stands for `scale` · (q - `zero_point`). On
    8-bit integers the result is the nearest such number; in floating point it
    is the input, bounded to what the integers can stand for. Quantised files
    say so where a tensor is quantised again, or between layers that would
    otherwise be computed as one.

    ```mlir
    %y = nas.requantize %x scale 5.000000e-02 zero_point -128
        : !nas.tensor<28x28x8> -> !nas.tensor<28x28x8>
    ```
  }];
  let parameters = [];
  let arguments = (ins Nas_Tensor:$input, F64Attr:$scale, I64Attr:$zero_point,
                       OptionalAttr<StrAttr>:$name);
  let assemblyFormat = [{
    $input `scale` $scale `zero_point` $zero_point (`name` $name^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The least and the greatest number that the integers stand for.
    double getLeast() {
      return getScale().convertToDouble() *
             (-128 - static_cast<int64_t>(getZeroPoint()));
    }
    double getGreatest() {
      return getScale().convertToDouble() *
             (127 - static_cast<int64_t>(getZeroPoint()));
    }
  }];
}

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

def Nas_AddOp : Nas_Layer<"add", ["getTensorInputs", "costKinds", "getRole"]> {
  let summary = "The sum of tensors of one shape";
  let description = [{
    ```mlir
    %y = nas.add %a, %b : (!nas.tensor<8x8x16>, !nas.tensor<8x8x16>) -> !nas.tensor<8x8x16>
    ```
  }];
  let parameters = [Nas_InputsParameter];
  let arguments = (ins Variadic<Nas_Tensor>:$inputs, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = "$inputs (`name` $name^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Nas_MultiplyOp : Nas_Layer<"multiply", ["getTensorInputs", "getRole"]> {
  let summary = "The product of two tensors, element by element";
  let description = [{
    The second tensor has the shape of the first, or the same channels and one
    element in every other dimension, or is a vector of the channels: it then
    scales each channel (squeeze and excite).

    ```mlir
    %y = nas.multiply %x, %s : (!nas.tensor<8x8x16>, !nas.tensor<1x1x16>) -> !nas.tensor<8x8x16>
    ```
  }];
  let parameters = [Nas_Parameter<"input", "Tensor", ["lhs"]>, Nas_Parameter<"scale", "Tensor", ["rhs"]>];
  let arguments = (ins Nas_Tensor:$lhs, Nas_Tensor:$rhs, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = "$lhs `,` $rhs (`name` $name^)? attr-dict `:` functional-type(operands, results)";
}

def Nas_ConcatOp : Nas_Layer<"concat", ["getTensorInputs"]> {
  let summary = "The channels of several tensors, one after the other";
  let description = [{
    ```mlir
    %y = nas.concat %a, %b : (!nas.tensor<8x8x16>, !nas.tensor<8x8x4>) -> !nas.tensor<8x8x20>
    ```
  }];
  let parameters = [Nas_InputsParameter];
  let arguments = (ins Variadic<Nas_Tensor>:$inputs, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = "$inputs (`name` $name^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

def Nas_MaxPoolOp : Nas_Layer<"max_pool", ["costKinds", "keepsScale"]> {
  let summary = "The largest element of each window";
  let description = [{
    Padding never wins.

    ```mlir
    %y = nas.max_pool %x size(%two, %two) stride(%two, %two) padding <valid>
        : (!nas.tensor<8x8x16>, !cost.int<2>, !cost.int<2>, !cost.int<2>, !cost.int<2>)
          -> !nas.tensor<4x4x16>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_SizeParameter, Nas_PoolStrideParameter,
      Nas_ValidPaddingParameter];
  let arguments = (ins Nas_Tensor:$input,
      Cost_Integer:$kernelHeight, Cost_Integer:$kernelWidth,
      Cost_Integer:$strideHeight, Cost_Integer:$strideWidth,
      Nas_Padding:$padding, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = [{
    $input `size` `(` $kernelHeight `,` $kernelWidth `)`
    `stride` `(` $strideHeight `,` $strideWidth `)` `padding` $padding
    (`name` $name^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Nas_AveragePoolOp : Nas_Layer<"average_pool", ["costKinds"]> {
  let summary = "The mean of each window";
  let description = [{
    With `count_padding` the divisor is the size of the window, padded elements
    counting as zeros; without, the number of elements inside the input.

    ```mlir
    %y = nas.average_pool %x size(%three, %three) stride(%one, %one) padding <same>
        : (!nas.tensor<8x8x16>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>)
          -> !nas.tensor<8x8x16>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_SizeParameter, Nas_PoolStrideParameter,
      Nas_ValidPaddingParameter, Nas_CountPaddingParameter];
  let arguments = (ins Nas_Tensor:$input,
      Cost_Integer:$kernelHeight, Cost_Integer:$kernelWidth,
      Cost_Integer:$strideHeight, Cost_Integer:$strideWidth,
      Nas_Padding:$padding, UnitAttr:$countPadding, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = [{
    $input `size` `(` $kernelHeight `,` $kernelWidth `)`
    `stride` `(` $strideHeight `,` $strideWidth `)` `padding` $padding
    (`count_padding` $countPadding^)? (`name` $name^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// Whether the window is the whole image, without padding; asked of
    /// specialised networks.
    bool coversImage();
  }];
}

def Nas_GlobalAveragePoolOp : Nas_Layer<"global_average_pool", ["costKinds"]> {
  let summary = "The mean of each channel";
  let description = [{
    The result is the vector of the channels.

    ```mlir
    %y = nas.global_average_pool %x : !nas.tensor<8x8x16> -> !nas.tensor<16>
    ```
  }];
  let arguments = (ins Nas_Tensor:$input, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = "$input (`name` $name^)? attr-dict `:` type($input) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// Layers without arithmetic
//===----------------------------------------------------------------------===//

def Nas_FlattenOp : Nas_Transparent<"flatten"> {
  let summary = "The elements as a vector, in channels-last order";
  let description = [{
    ```mlir
    %y = nas.flatten %x : !nas.tensor<4x4x16> -> !nas.tensor<256>
    ```
  }];
}

def Nas_IdentityOp : Nas_Transparent<"identity"> {
  let summary = "The input";
  let description = [{
    ```mlir
    %y = nas.identity %x : !nas.tensor<4x4x16> -> !nas.tensor<4x4x16>
    ```
  }];
}

def Nas_DropoutOp : Nas_Layer<"dropout", ["getRole"]> {
  let summary = "In training, sets elements to zero at random";
  let description = [{
    Each element is dropped with probability `rate`, and the others are scaled
    by `1 / (1 - rate)`. Outside training it is the input.

    ```mlir
    %y = nas.dropout %x rate %r : !nas.tensor<256>, f64 -> !nas.tensor<256>
    ```
  }];
  let parameters = [Nas_InputParameter, Nas_Parameter<"rate", "Real", ["rate"]>];
  let arguments = (ins Nas_Tensor:$input, F64:$rate, OptionalAttr<StrAttr>:$name);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `rate` $rate (`name` $name^)? attr-dict `:` type($input) `,` type($rate) `->` type($result)
  }];
  let extraClassDefinition = [{
    ::nasc::nas::LayerRole $cppClass::getRole() {
      return ::nasc::nas::LayerRole::Alias;
    }
  }];
}

def Nas_ZeroOp : Nas_Elementwise<"zero", ["keepsScale"]> {
  let summary = "Zeros of the input's shape";
  let description = [{
    ```mlir
    %y = nas.zero %x : !nas.tensor<4x4x16> -> !nas.tensor<4x4x16>
    ```
  }];
}

#endif // NASC_DIALECTS_NAS_NASLAYERS_TD
