//===- NasData.td - Datasets -------------------------------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_NASDATA_TD
#define NASC_DIALECTS_NAS_NASDATA_TD

include "dialects/nas/NasBase.td"

def Nas_DatasetKind : I32EnumAttr<"DatasetKind", "the format of a dataset", [
    I32EnumAttrCase<"Idx", 0, "idx">, I32EnumAttrCase<"Cifar", 1, "cifar">,
    I32EnumAttrCase<"Raw", 2, "raw">]> {
  let cppNamespace = "::nasc::nas";
}

def Nas_ElementType : I32EnumAttr<"ElementType", "the type of a stored number of a sample", [
    I32EnumAttrCase<"UInt8", 0, "uint8">, I32EnumAttrCase<"Int8", 1, "int8">,
    I32EnumAttrCase<"Float32", 2, "float32">]> {
  let cppNamespace = "::nasc::nas";
}

def Nas_Flip : I32EnumAttr<"Flip", "how training samples are mirrored at random", [
    I32EnumAttrCase<"Horizontal", 0, "horizontal">]> {
  let cppNamespace = "::nasc::nas";
}

def Nas_Target : I32EnumAttr<"Target", "what a network learns to compute from a sample", [
    I32EnumAttrCase<"Label", 0, "label">, I32EnumAttrCase<"Input", 1, "input">]> {
  let cppNamespace = "::nasc::nas";
}

def Nas_Unlisted : I32EnumAttr<"Unlisted", "what becomes of records that the index does not list", [
    I32EnumAttrCase<"Ignore", 0, "ignore">]> {
  let cppNamespace = "::nasc::nas";
}

def Nas_Task : I32EnumAttr<"Task", "what the results of a network stand for", [
    I32EnumAttrCase<"Classification", 0, "classification">,
    I32EnumAttrCase<"Regression", 1, "regression">]> {
  let cppNamespace = "::nasc::nas";
}

def Nas_DatasetSettings : AttrDef<Nas_Dialect, "DatasetSettings"> {
  let mnemonic = "dataset_settings";
  let summary = "how the files of a dataset are read, and what training makes of the samples";
  let description = [{
    Every setting may be absent. A network sees `(stored * scale - mean) /
    deviation`, with one number for all channels or one for each; without them
    `scale` is 1/255 for 8-bit unsigned numbers and 1 for others, `mean` 0 and
    `deviation` 1.

    | setting | meaning |
    |---|---|
    | `validation` | how many training samples are held out to compare candidates |
    | `shift` | the largest random shift of a training sample, in elements: one number for all axes, or one for each |
    | `flip` | `horizontal`: half of the training samples are mirrored |
    | `target` | `label` (the default), or `input` for networks that learn to reproduce their input |
    | `shape` | the shape of a sample, channels last; needed where only the files know it |
    | `class_count`, `classes` | the number of classes, and their names |
    | `element` | the type of a stored number: needed for `raw`, `uint8` for other formats |
    | `train`, `test` | the files of each part, where they are named (`cifar`) |
    | `index`, `record`, `label`, `split` | `raw`: the CSV file, and its columns |
    | `records_are_lines` | `raw`: line i of the index is record i |
    | `unlisted` | `ignore`: the index need not list all records, nor `classes` all labels |
  }];
  let parameters = (ins
      Nas_OptionalParameter<"int64_t">:$validation,
      OptionalParameter<"::mlir::DenseF64ArrayAttr">:$scale,
      OptionalParameter<"::mlir::DenseF64ArrayAttr">:$mean,
      OptionalParameter<"::mlir::DenseF64ArrayAttr">:$deviation,
      OptionalParameter<"::mlir::DenseI64ArrayAttr">:$shift,
      Nas_OptionalKeyword<Nas_Flip>:$flip,
      Nas_OptionalKeyword<Nas_Target>:$target,
      OptionalParameter<"::mlir::DenseI64ArrayAttr">:$shape,
      Nas_OptionalParameter<"int64_t">:$class_count,
      OptionalParameter<"::mlir::ArrayAttr">:$classes,
      Nas_OptionalKeyword<Nas_ElementType>:$element,
      OptionalParameter<"::mlir::ArrayAttr">:$train,
      OptionalParameter<"::mlir::ArrayAttr">:$test,
      OptionalParameter<"::mlir::StringAttr">:$index,
      OptionalParameter<"::mlir::StringAttr">:$record,
      OptionalParameter<"::mlir::UnitAttr">:$records_are_lines,
      Nas_OptionalKeyword<Nas_Unlisted>:$unlisted,
      OptionalParameter<"::mlir::StringAttr">:$label,
      OptionalParameter<"::mlir::StringAttr">:$split);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Nas_DatasetOp : Nas_Op<"dataset", [Symbol]> {
  let summary = "Samples with their targets";
  let description = [{
    `sources` are the files or folders as written, relative to the folder of the
    specification. The location of the operation has those of its settings, so
    that what contradicts the files is reported where it is written.

    ```mlir
    nas.dataset @fashion idx sources ["/data/fashion"] settings <validation = 10000>
    nas.dataset @keywords raw sources ["speech.bin"] settings <element = int8, index = "speech.csv", label = "word">
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Nas_DatasetKind:$kind,
                       StrArrayAttr:$sources,
                       OptionalAttr<Nas_DatasetSettings>:$settings);
  let assemblyFormat = "$sym_name $kind `sources` $sources (`settings` $settings^)? attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The settings; without any, the empty ones.
    ::nasc::nas::DatasetSettingsAttr settings();
    /// How a number of a sample is stored.
    ::nasc::nas::ElementType getElementType();
    /// The dataset of that name in the module of the operation; null without a
    /// name, a module or such a dataset.
    static DatasetOp find(::mlir::Operation *from, ::mlir::FlatSymbolRefAttr name);
  }];
}

#endif // NASC_DIALECTS_NAS_NASDATA_TD
