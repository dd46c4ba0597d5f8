//===- EvolveStage.h - search.evolve ----------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_EVOLVESTAGE_H
#define NASC_RUNTIME_SEARCH_EVOLVESTAGE_H

#include "runtime/search/Stage.h"

namespace nasc::search {

/// NSGA-II (Deb et al. 2002) over the feasible architectures of a space. The
/// first generation is drawn uniformly from them. Children come from two
/// parents chosen by tournament: crossover draws from the feasible mixtures of
/// their values, and mutation draws choices anew and changes as few others as
/// it takes to stay feasible. A child that was evaluated before is bred again,
/// so every evaluation is of a new feasible architecture, until none is left.
/// Returns the Pareto front of all evaluations.
class EvolveStage : public Stage {
public:
  explicit EvolveStage(EvolveOp op) : op(op) {}
  llvm::Expected<StageValue> run(StageValue input,
                                 SearchContext &context) override;

private:
  EvolveOp op;
};

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_EVOLVESTAGE_H
