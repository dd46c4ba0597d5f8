//===- Passes.h - Passes over cost functions --------------------*- C++ -*-===//
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

#ifndef NASC_PASSES_COST_PASSES_H
#define NASC_PASSES_COST_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace nasc::cost {

#define GEN_PASS_DECL
#include "passes/cost/Passes.h.inc"

/// Generates registerCostPasses() and one function for each pass.
#define GEN_PASS_REGISTRATION
#include "passes/cost/Passes.h.inc"

} // namespace nasc::cost

#endif // NASC_PASSES_COST_PASSES_H
