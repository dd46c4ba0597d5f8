//===- Passes.h - Passes that quantise networks -----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Creation and registration of the passes of Passes.td, where each is
// described.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_QUANTIZATION_PASSES_H
#define NASC_PASSES_QUANTIZATION_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>
#include <string>

namespace nasc {

#define GEN_PASS_DECL
#include "passes/quantization/Passes.h.inc"

/// Generates registerNascQuantizationPasses() and one function for each pass.
#define GEN_PASS_REGISTRATION
#include "passes/quantization/Passes.h.inc"

/// The names of the operations (`nas.conv2d`, …) that
/// convert-nas-to-quantized-tosa has a lowering for: all that implement
/// LayerOpInterface, which a test checks.
llvm::SmallVector<llvm::StringRef> getQuantizedLayerNames();

} // namespace nasc

#endif // NASC_PASSES_QUANTIZATION_PASSES_H
