//===- TrainStage.h - search.train ------------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_TRAINSTAGE_H
#define NASC_RUNTIME_SEARCH_TRAINSTAGE_H

#include "runtime/search/Stage.h"

namespace nasc::search {

/// Trains the best of a population from the beginning and keeps the weights.
/// The best are the most accurate of the front and those that spread along it
/// most. Of a space without a population it trains feasible architectures drawn
/// at random, each once, or all where there are not more. Returns them by
/// validation accuracy (by loss for regression), the best first.
class TrainStage : public Stage {
public:
  explicit TrainStage(TrainOp op) : op(op) {}
  llvm::Expected<StageValue> run(StageValue input,
                                 SearchContext &context) override;

private:
  TrainOp op;
};

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_TRAINSTAGE_H
