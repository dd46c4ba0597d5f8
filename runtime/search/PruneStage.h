//===- PruneStage.h - search.prune ------------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_PRUNESTAGE_H
#define NASC_RUNTIME_SEARCH_PRUNESTAGE_H

#include "passes/feasibility/Passes.h"
#include "runtime/search/Stage.h"

namespace nasc::search {

/// Runs the pass cost-prune over the program and returns the space that is
/// left.
class PruneStage : public Stage {
public:
  explicit PruneStage(PruneOp op) : op(op) {}
  llvm::Expected<StageValue> run(StageValue input,
                                 SearchContext &context) override;

  /// How the pass is to run, as the stage says it.
  static feasibility::CostPruneOptions optionsOf(PruneOp op);

private:
  PruneOp op;
};

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_PRUNESTAGE_H
