//===- Builtins.h - Layers, functions and metrics of the language -*- C++ -*-=//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one table of what a specification can use without defining it. A new
// layer is registered here, and built in TranslationLayers.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_BUILTINS_H
#define NASC_FRONTEND_ANALYSIS_BUILTINS_H

#include "frontend/analysis/Symbols.h"

namespace nasc {

/// The built-in layers; the name of each is the mnemonic of its operation in
/// the `nas` dialect.
enum class BuiltinLayer {
  Conv2D,
  DepthwiseConv2D,
  Conv1D,
  Dense,
  BatchNorm,
  ReLU,
  ReLU6,
  HardSwish,
  HardSigmoid,
  Sigmoid,
  Add,
  Multiply,
  Concat,
  MaxPool,
  AveragePool,
  GlobalAveragePool,
  Flatten,
  Dropout,
  Identity,
  Zero,
};

struct LayerDescription {
  BuiltinLayer layer;
  llvm::StringRef name;
  Signature signature;
};

/// All layers, in the order of BuiltinLayer.
llvm::ArrayRef<LayerDescription> builtinLayers();

/// The functions on numbers.
enum class BuiltinFunction { Min, Max, Abs, Div, CeilDiv };

struct FunctionDescription {
  BuiltinFunction function;
  llvm::StringRef name;
  Signature signature;
};

/// All functions, in the order of BuiltinFunction.
llvm::ArrayRef<FunctionDescription> builtinFunctions();

/// What a metric is measured in, and of what.
struct MetricDescription {
  llvm::StringRef name;
  /// The dimension of its value; None for counts and shares.
  Dimension dimension;
  /// Whether it is of a device (`ram on h743`).
  bool onDevice;
  /// Whether it is known only after training: an objective, never a limit.
  bool trained;
};

llvm::ArrayRef<MetricDescription> builtinMetrics();
/// The metric of that name, or null.
const MetricDescription *findMetric(llvm::StringRef name);

} // namespace nasc

#endif // NASC_FRONTEND_ANALYSIS_BUILTINS_H
