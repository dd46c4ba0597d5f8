//===- Passes.h - Passes that lower networks to machine code ----*- C++ -*-===//
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

#ifndef NASC_PASSES_LOWERING_PASSES_H
#define NASC_PASSES_LOWERING_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/Pass.h"
#include <memory>
#include <string>

namespace nasc {

#define GEN_PASS_DECL
#include "passes/lowering/Passes.h.inc"

/// Generates registerNascLoweringPasses() and one function for each pass.
#define GEN_PASS_REGISTRATION
#include "passes/lowering/Passes.h.inc"

/// Registers the passes, and the pipelines `nas-tosa-to-linalg` and
/// `nas-linalg-to-llvm` (which takes `cpu=`, `features=`), with MLIR's
/// pass registry.
void registerLoweringPassesAndPipelines();

/// Registers all dialects and interface implementations that the lowering
/// needs in a context: call it on the registry of every context in which a
/// network is lowered.
void registerLoweringDialects(mlir::DialectRegistry &registry);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_PASSES_H
