//===- ArithEmission.h - Emits a cost program as arith ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Turns a cost program into a function of `func`, `scf`, `arith` and `vector`
// that computes all metrics and limits of many architectures. Used by the pass
// `convert-cost-to-arith` and by the compiler of cost functions.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_ARITHEMISSION_H
#define NASC_PASSES_COST_ARITHEMISSION_H

#include "passes/cost/CostProgram.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace nasc::cost {

/// Which rows the emitted function writes.
enum class EmittedOutputs {
  /// The metrics, then the limits, in the order of the program, then whether
  /// all limits hold.
  All,
  /// Whether all limits hold.
  Feasibility
};

struct ArithEmissionOptions {
  /// Architectures computed at once: the length of the vectors; one emits
  /// scalars.
  unsigned lanes = 8;
  EmittedOutputs outputs = EmittedOutputs::All;
};

/// The number of rows that the function writes.
size_t countOutputs(const CostProgram &program, EmittedOutputs outputs);

/// The bits of a position in the choices' array: 8 if every domain has at most
/// 256 values, else 16.
unsigned positionBits(const CostProgram &program);

/// Emits, at the insertion point,
///
///   func.func @name(%choices: memref<C×?×iB>, %outputs: memref<O×?×i64>)
///
/// `choices[c, a]` is the position of architecture `a` in the domain of choice
/// `c` (B is positionBits); `outputs[o, a]` receives output `o` of it. The
/// number of architectures is the second size of `%outputs` and must be a
/// multiple of `lanes`. Inactive choices may be at any position. The dialects
/// arith, func, math, memref, scf and vector must be loaded.
mlir::func::FuncOp emitArith(mlir::OpBuilder &builder, mlir::Location loc,
                             llvm::StringRef name, const CostProgram &program,
                             const ArithEmissionOptions &options);

} // namespace nasc::cost

#endif // NASC_PASSES_COST_ARITHEMISSION_H
