//===- SearchEnums.td - Keywords of the search dialect -----*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Apart from SearchOps.td, which includes the enumerations of nas: those must
// not be generated twice.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_SEARCH_SEARCHENUMS_TD
#define NASC_DIALECTS_SEARCH_SEARCHENUMS_TD

include "mlir/IR/EnumAttr.td"

class Search_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::nasc::search";
}

def Search_Direction : Search_Enum<"Direction", "whether an objective is to be large or small", [
    I32EnumAttrCase<"Minimize", 0, "minimize">, I32EnumAttrCase<"Maximize", 1, "maximize">]>;

def Search_Algorithm : Search_Enum<"Algorithm", "how a population is bred", [
    I32EnumAttrCase<"NSGA2", 0, "nsga2">]>;

def Search_Optimizer : Search_Enum<"Optimizer", "how weights follow gradients", [
    I32EnumAttrCase<"SGD", 0, "sgd">, I32EnumAttrCase<"Adam", 1, "adam">,
    I32EnumAttrCase<"AdamW", 2, "adamw">]>;

def Search_Schedule : Search_Enum<"Schedule", "how the learning rate changes with the epochs", [
    I32EnumAttrCase<"Constant", 0, "constant">, I32EnumAttrCase<"Cosine", 1, "cosine">,
    I32EnumAttrCase<"Step", 2, "step">]>;

def Search_Loss : Search_Enum<"Loss", "what training makes small", [
    I32EnumAttrCase<"CrossEntropy", 0, "cross_entropy">,
    I32EnumAttrCase<"MeanSquaredError", 1, "mean_squared_error">]>;

def Search_Rounding : Search_Enum<"Rounding", "how 8-bit code rounds when it scales sums", [
    I32EnumAttrCase<"Single", 0, "single">, I32EnumAttrCase<"Double", 1, "double">]>;

def Search_Emission : Search_Enum<"Emission", "what is made for a target", [
    I32EnumAttrCase<"Cost", 0, "cost">, I32EnumAttrCase<"Object", 1, "object">,
    I32EnumAttrCase<"C", 2, "c">, I32EnumAttrCase<"Onnx", 3, "onnx">]>;

#endif // NASC_DIALECTS_SEARCH_SEARCHENUMS_TD
