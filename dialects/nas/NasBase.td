//===- NasBase.td - Dialect, types and attributes of nas ---*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_NASBASE_TD
#define NASC_DIALECTS_NAS_NASBASE_TD

include "dialects/cost/CostBase.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Nas_Dialect : Dialect {
  let name = "nas";
  let cppNamespace = "::nasc::nas";
  let summary = "Search spaces: choices, layers, datasets, devices, limits";
  let description = [{
    A `nas.space` is a neural network some of whose parts are left open by
    choices. Scalars (filters, kernels, conditions) are `cost` expressions over
    the choices, tensors are values of `!nas.tensor`.

    A space passes through three forms:

    * **As written.** Blocks (`nas.block`) are called, `nas.repeat` repeats,
      choices stand where they were declared. Tensor types may be unranked.
    * **Expanded** (`nas-expand`). Calls are inlined and rounds unrolled; all
      scalars stand at the beginning of the space; a choice has its full name
      and states when it is active. `nas-infer-shapes` then gives every tensor
      its rank and, by `nas.shape`, the expressions of its open sizes.
    * **Specialised** (`nas-specialize`). Every choice is bound, and folding
      leaves a network with static shapes.

    Tensors are channels-last without a batch: height × width × channels,
    length × channels, or channels. Element types are no part of the space: the
    precision is chosen by deployment.
  }];
  let dependentDialects = ["::nasc::cost::CostDialect", "::mlir::arith::ArithDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

def Nas_Tensor : TypeDef<Nas_Dialect, "Tensor"> {
  let mnemonic = "tensor";
  let summary = "an activation";
  let description = [{
    `!nas.tensor<28x28x1>` has height 28, width 28 and one channel;
    `!nas.tensor<?x?x16>` has open sizes; of `!nas.tensor<*>` not even the rank
    is known, which is the case before shape inference.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "bool":$ranked);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilder<(ins "::llvm::ArrayRef<int64_t>":$shape), [{
      return $_get($_ctxt, shape, /*ranked=*/true);
    }]>,
    TypeBuilder<(ins), [{
      return $_get($_ctxt, ::llvm::ArrayRef<int64_t>(), /*ranked=*/false);
    }]>
  ];
  let extraClassDeclaration = [{
    static constexpr int64_t kOpen = ::mlir::ShapedType::kDynamic;
    bool hasStaticShape() const {
      return getRanked() && !::llvm::is_contained(getShape(), kOpen);
    }
    size_t getRank() const { return getShape().size(); }
  }];
}

def Nas_InferredLayout : I32EnumAttrCase<"inferred", 0>;
def Nas_ChannelsFirst : I32EnumAttrCase<"channels_first", 1>;
def Nas_ChannelsLast : I32EnumAttrCase<"channels_last", 2>;
def Nas_InputLayout : I32EnumAttr<"InputLayout",
    "where the input of a network in a file has its channels",
    [Nas_InferredLayout, Nas_ChannelsFirst, Nas_ChannelsLast]> {
  let cppNamespace = "::nasc::nas";
}

def Nas_Same : I32EnumAttrCase<"same", 0>;
def Nas_Valid : I32EnumAttrCase<"valid", 1>;
def Nas_Explicit : I32EnumAttrCase<"explicit_", 2, "explicit">;
def Nas_PaddingMode : I32EnumAttr<"PaddingMode", "how a window is padded",
    [Nas_Same, Nas_Valid, Nas_Explicit]> {
  let cppNamespace = "::nasc::nas";
  let genSpecializedAttr = 0;
}

def Nas_Padding : AttrDef<Nas_Dialect, "Padding"> {
  let mnemonic = "padding";
  let summary = "the padding of a window";
  let description = [{
    `#nas.padding<same>` is TensorFlow's: the output has the input's size
    divided by the stride, rounded up, and where the padding is odd the larger
    part is at the end. `#nas.padding<valid>` is none.
    `#nas.padding<explicit 0, 1, 0, 1>` adds so many elements at the top,
    bottom, left and right. A specialised network has explicit padding alone.
  }];
  let parameters = (ins "PaddingMode":$mode, ArrayRefParameter<"int64_t">:$amounts);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    AttrBuilder<(ins "PaddingMode":$mode), [{
      return $_get($_ctxt, mode, ::llvm::ArrayRef<int64_t>());
    }]>,
    AttrBuilder<(ins "::llvm::ArrayRef<int64_t>":$amounts), [{
      return $_get($_ctxt, PaddingMode::explicit_, amounts);
    }]>
  ];
}

//===----------------------------------------------------------------------===//
// Precisions
//===----------------------------------------------------------------------===//

def Nas_Precision : I32EnumAttr<"Precision", "a precision that code is generated in", [
    I32EnumAttrCase<"Int8", 0, "int8">, I32EnumAttrCase<"Float32", 1, "float32">]> {
  let cppNamespace = "::nasc::nas";
}

//===----------------------------------------------------------------------===//
// Parameters of attributes that may be absent
//===----------------------------------------------------------------------===//

/// A parameter `name = VALUE` of a list of settings, printed where it is given.
class Nas_OptionalParameter<string type, string description = "">
    : OptionalParameter<"std::optional<" # type # ">", description> {
  let parser = "::mlir::FieldParser<" # type # ">::parse($_parser)";
  let printer = "$_printer << *$_self";
}
/// The same for a keyword of an enumeration.
class Nas_OptionalKeyword<EnumAttrInfo enumeration, string description = "">
    : OptionalParameter<"std::optional<" # enumeration.cppNamespace # "::" # enumeration.className # ">", description> {
  let parser = enumeration.parameterParser;
  let printer = "$_printer << " # enumeration.cppNamespace # "::stringify" # enumeration.className # "(*$_self)";
}

class Nas_Op<string mnemonic, list<Trait> traits = []>
    : Op<Nas_Dialect, mnemonic, traits>;

def Nas_Scalar : AnyTypeOf<[Cost_Integer, F64], "an integer or a real number">;
def Nas_Value : AnyTypeOf<[Cost_Integer, F64, Nas_Tensor], "a tensor or a scalar">;

#endif // NASC_DIALECTS_NAS_NASBASE_TD
