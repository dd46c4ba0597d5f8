//===- Builtins.h - Layers, functions and metrics of the language -*- C++ -*-=//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a specification can use without defining it. Layers are those of the nas
// dialect, whose parameters stand in ODS.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_BUILTINS_H
#define NASC_FRONTEND_ANALYSIS_BUILTINS_H

#include "dialects/nas/LayerTable.h"
#include "frontend/analysis/Symbols.h"

namespace nasc {

/// A layer of the language: one of the table of layers (LayerTable.h) with what
/// a caller has to know.
struct LayerDescription {
  const LayerInfo *layer;
  Signature signature;
};

/// All layers of the language, in the order of their definitions.
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
