//===- Passes.h - Passes that prove and prune -------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Creation and registration of the passes of Passes.td, where each is
// described, and what the pass does to a module for callers that have a result
// of pruneSpace.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_PASSES_H
#define NASC_PASSES_FEASIBILITY_PASSES_H

#include "dialects/cost/Cost.h"
#include "passes/feasibility/Explain.h"
#include "passes/feasibility/Prune.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace nasc::feasibility {

#define GEN_PASS_DECL
#include "passes/feasibility/Passes.h.inc"

/// Generates registerFeasibilityPasses() and one function for each pass.
#define GEN_PASS_REGISTRATION
#include "passes/feasibility/Passes.h.inc"

/// A unit attribute of a cost function of which counting, not the solver,
/// removed what intervals did not.
constexpr llvm::StringLiteral removedByCountingName =
    "nasc.removed_by_counting";

/// Removes from the choices of `function`, and of the spaces of its module,
/// the values that `result` (of the function's program) removed. Nothing is
/// removed if the space is empty.
void applyPruning(cost::FunctionOp function, const cost::CostProgram &program,
                  const PruneResult &result);

/// Reports a result as the pass does, at the limits of `function`: an empty
/// space with its explanation, limits that exclude nothing, a solver out of
/// time, and, if `reportValues`, the removed values. `program` is that of the
/// function. Fails if the space is empty.
llvm::LogicalResult reportPruning(cost::FunctionOp function,
                                  const cost::CostProgram &program,
                                  const PruneResult &result,
                                  const ExplainOptions &explaining,
                                  bool reportValues = false);

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_PASSES_H
