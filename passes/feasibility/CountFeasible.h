//===- CountFeasible.h - Counts feasible architectures ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counts by listing all architectures and costing each with compiled code.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_COUNTFEASIBLE_H
#define NASC_PASSES_FEASIBILITY_COUNTFEASIBLE_H

#include "passes/cost/Architecture.h"

#include "llvm/Support/Error.h"

namespace nasc::feasibility {

struct CountOptions {
  /// Larger spaces are not counted.
  uint64_t maximumArchitectures = 20000000;
};

/// The exact number of architectures with choices in `domains` (what pruning
/// left, or all) that meet all limits; none if there are too many to list.
/// Fails where this machine cannot be compiled for. Cost: some tens of
/// milliseconds, and a second for some ten million architectures.
llvm::Expected<std::optional<uint64_t>>
countFeasible(const cost::CostProgram &program,
              const cost::ChoiceDomains &domains,
              const CountOptions &options = {});

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_COUNTFEASIBLE_H
