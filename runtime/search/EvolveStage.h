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
/// first generation is drawn uniformly; children come from two parents chosen
/// by tournament, by uniform crossover and by drawing choices anew. A child
/// that breaks a limit or was evaluated before is bred again, so every
/// evaluation is of a new feasible architecture. Returns the Pareto front of
/// all evaluations.
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
