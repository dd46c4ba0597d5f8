//===- PruneStage.cpp - search.prune: the space that can be met -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/PruneStage.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace nasc;
using namespace nasc::search;

static size_t countValues(const CompiledSpace &space) {
  size_t values = 0;
  for (size_t i = 0; i < space.numChoices(); ++i)
    values += space.getDomain(i).size();
  return values;
}

feasibility::CostPruneOptions PruneStage::optionsOf(PruneOp op) {
  feasibility::CostPruneOptions options;
  if (op.getTimeout())
    options.timeout = static_cast<double>(*op.getTimeout()) / 1000;
  return options;
}

llvm::Expected<StageValue> PruneStage::run(StageValue input,
                                           SearchContext &context) {
  std::string name = input.space->getSpace().getSymName().str();
  size_t before = countValues(*input.space);
  context.progress.begin("prune", before, "value");
  mlir::PassManager manager(context.module.getContext());
  manager.addPass(feasibility::createCostPrune(optionsOf(op)));
  if (mlir::failed(manager.run(context.module)))
    return llvm::make_error<ReportedError>();
  auto pruned = CompiledSpace::create(context.module, name);
  if (mlir::failed(pruned))
    return llvm::make_error<ReportedError>();
  StageValue result;
  result.space = std::move(*pruned);
  size_t after = countValues(*result.space);
  auto count = [](const CompiledSpace &space) {
    return space.getArchitectures()
               ? cost::decimal(space.getArchitectures()->getCount())
               : std::string("an unknown number of");
  };
  const counting::CountBounds &feasible =
      result.space->getFeasibleSet().getCount();
  std::string range = cost::decimal(feasible.lower);
  if (!feasible.isExact())
    range = "between " + range + " and " + cost::decimal(feasible.upper);
  context.progress.finish(
      llvm::formatv("{0} of {1} values removed, {2} of {3} architectures left, "
                    "{4} of them feasible",
                    before - after, before, count(*result.space),
                    count(*input.space), range)
          .str());
  context.onPruned(*input.space, *result.space);
  return result;
}
