//===- SearchPrune.cpp - The pass search-prune ----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/NarrowChoices.h"
#include "passes/feasibility/Passes.h"

#include "llvm/ADT/STLExtras.h"

namespace nasc::feasibility {
#define GEN_PASS_DEF_SEARCHPRUNE
#include "passes/feasibility/Passes.h.inc"
} // namespace nasc::feasibility

using namespace mlir;
using namespace nasc;
using namespace nasc::feasibility;

void feasibility::applyPruning(cost::FunctionOp function,
                               const PruneResult &result) {
  if (result.status == PruneStatus::Empty)
    return;
  KeptPositions kept;
  for (const PrunedChoice &choice : result.choices) {
    llvm::BitVector positions = choice.kept();
    if (positions.none())
      positions.set(0);
    kept[choice.name] = positions;
  }
  narrowFunction(function, kept);
  if (auto module = function->getParentOfType<ModuleOp>())
    for (nas::SpaceOp space : module.getOps<nas::SpaceOp>())
      narrowSpace(space, kept);
}

static void reportConflict(ArrayRef<cost::LimitOp> limits,
                           const PruneResult &result) {
  cost::LimitOp first = limits[result.conflict.front()];
  if (result.conflict.size() == 1) {
    first.emitError("no architecture meets the limit '")
        << first.getText() << "' [NAS3001]";
    return;
  }
  // One diagnostic has one code, which ends its message.
  InFlightDiagnostic error =
      first.emitError("no architecture meets the limit '")
      << first.getText() << "' together with "
      << (result.conflict.size() == 2 ? "another" : "others") << " [NAS3001]";
  for (uint32_t number : ArrayRef<uint32_t>(result.conflict).drop_front()) {
    cost::LimitOp limit = limits[number];
    error.attachNote(limit.getLoc())
        << "with the limit '" << limit.getText() << "'";
  }
  if (!result.conflictIsMinimal)
    error.attachNote(first.getLoc())
        << "some of these limits may have no part in it";
}

/// The removed values as the cost function writes them.
static void reportValues(cost::FunctionOp function, const PruneResult &result) {
  for (cost::ChoiceOp choice : function.getBody().getOps<cost::ChoiceOp>())
    for (const PrunedChoice &pruned : result.choices) {
      if (pruned.name != choice.getChoice())
        continue;
      llvm::BitVector kept = pruned.kept();
      if (kept.all())
        continue;
      std::string removed;
      for (unsigned position = 0; position < kept.size(); ++position)
        if (!kept.test(position))
          removed += (removed.empty() ? "" : ", ") +
                     std::to_string(choice.getValues()[position]);
      if (kept.none())
        choice.emitRemark("choice '")
            << choice.getChoice()
            << "' is active in no feasible architecture [NAS3005]";
      else
        choice.emitRemark("choice '")
            << choice.getChoice()
            << "' has in no feasible architecture the value " << removed
            << " [NAS3005]";
    }
}

LogicalResult feasibility::reportPruning(cost::FunctionOp function,
                                         const PruneResult &result,
                                         bool reportRemoved) {
  auto limits = llvm::to_vector(function.getBody().getOps<cost::LimitOp>());
  for (auto [limit, effect] : llvm::zip(limits, result.limits))
    if (effect == LimitEffect::ExcludesNothing && !limit.getImplied())
      limit.emitRemark("the limit '")
          << limit.getText() << "' excludes no architecture [NAS3002]";
  if (result.status == PruneStatus::Empty) {
    reportConflict(limits, result);
    return failure();
  }
  unsigned undecided = 0;
  for (const PrunedChoice &choice : result.choices)
    undecided += llvm::count(choice.values, ValueFate::Undecided);
  if (undecided > 0)
    function.emitWarning("the solver ran out of time; ")
        << undecided
        << " values of choices that may occur in no feasible architecture are "
           "kept [NAS3004]";
  else if (result.status == PruneStatus::Undecided)
    function.emitWarning("the solver ran out of time before it found a "
                         "feasible architecture [NAS3004]");
  if (reportRemoved)
    reportValues(function, result);
  return success();
}

namespace {

class SearchPrune : public feasibility::impl::SearchPruneBase<SearchPrune> {
public:
  using SearchPruneBase::SearchPruneBase;

  void runOnOperation() override {
    PruneOptions options;
    options.solverSeconds = timeout;
    options.samples = samples;
    options.seed = seed;
    for (cost::FunctionOp function :
         getOperation().getOps<cost::FunctionOp>()) {
      FailureOr<cost::CostProgram> program =
          cost::CostProgram::fromFunction(function);
      if (failed(program)) {
        signalPassFailure();
        continue;
      }
      PruneResult result = pruneSpace(*program, options);
      numByIntervals += result.statistics.removedByIntervals;
      numBySolver += result.statistics.removedBySolver;
      numQueries += result.statistics.queries;
      numTimeouts += result.statistics.timeouts;
      if (failed(reportPruning(function, result, report))) {
        signalPassFailure();
        continue;
      }
      applyPruning(function, result);
    }
  }
};

} // namespace
