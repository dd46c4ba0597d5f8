//===- LayerTable.h - What all layers have in common ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arguments of each layer's operation, and its parameters in the language,
// generated from ODS (NasLayers.td). Code that treats all layers alike goes
// through this table: the language, the translation into IR, and the way
// between IR and the description of a network that training and ONNX use.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_LAYERTABLE_H
#define NASC_DIALECTS_NAS_LAYERTABLE_H

#include "dialects/nas/LayerKind.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace nasc {

/// The member of a NetworkLayer that holds an argument.
enum class LayerField {
  /// Tensors are not members but inputs.
  None,
  /// The last size of the result: the number of filters or units.
  OutputChannels,
  KernelHeight,
  KernelWidth,
  StrideHeight,
  StrideWidth,
  Groups,
  Padding,
  Bias,
  CountPadding,
  Epsilon,
  Rate,
  Scale,
  ZeroPoint,
};

/// An argument of a layer's operation, other than its name.
struct LayerArgument {
  enum class Kind {
    /// Operands: a tensor, all of the tensors, an integer, a real number.
    Tensor,
    Tensors,
    Integer,
    Real,
    /// Attributes.
    Padding,
    Flag,
    RealAttribute,
    IntegerAttribute,
  };

  llvm::StringLiteral name;
  Kind kind;
  LayerField field;
};

/// A parameter of a layer in the language.
struct LayerParameter {
  enum class Kind { Tensor, Tensors, Window, Integer, Real, Padding, Boolean };

  llvm::StringLiteral name;
  Kind kind;
  /// The arguments that it gives: two for a window, one for others.
  llvm::ArrayRef<llvm::StringLiteral> arguments;
  /// What stands for it where it is absent: a number, a word, or the name of
  /// another parameter. Empty: it has to be given.
  llvm::StringLiteral preset;
  /// The least number, for windows and integers; 0: no bound.
  int64_t least;
};

struct LayerInfo {
  LayerKind kind;
  /// The mnemonic.
  llvm::StringLiteral name;
  /// In the order of the operation.
  llvm::ArrayRef<LayerArgument> arguments;
  /// In the order in which they are given by position; empty for a layer that
  /// the language does not have.
  llvm::ArrayRef<LayerParameter> parameters;
};

/// All layers, in the order of LayerKind.
llvm::ArrayRef<LayerInfo> layerTable();

/// The entry of a kind other than the input.
const LayerInfo &layerInfo(LayerKind kind);

} // namespace nasc

#endif // NASC_DIALECTS_NAS_LAYERTABLE_H
