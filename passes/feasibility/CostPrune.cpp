//===- CostPrune.cpp - The pass cost-prune ----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/feasibility/NarrowChoices.h"
#include "passes/feasibility/Passes.h"
#include "passes/transforms/ArchitectureText.h"
#include "passes/transforms/ScalarZone.h"

#include "llvm/ADT/STLExtras.h"

namespace nasc::feasibility {
#define GEN_PASS_DEF_COSTPRUNE
#include "passes/feasibility/Passes.h.inc"
} // namespace nasc::feasibility

using namespace mlir;
using namespace nasc;
using namespace nasc::feasibility;

/// Takes the place of what an earlier pruning recorded.
static void recordExclusions(cost::FunctionOp function,
                             const cost::CostProgram &program,
                             const PruneResult &result) {
  for (cost::ExclusionOp known : llvm::make_early_inc_range(
           function.getBody().getOps<cost::ExclusionOp>()))
    known.erase();
  auto builder = OpBuilder::atBlockEnd(&function.getBody().front());
  for (const cost::ProgramExclusion &exclusion : result.exclusions) {
    const cost::ProgramChoice &first = program.choices[exclusion.firstChoice];
    const cost::ProgramChoice &second = program.choices[exclusion.secondChoice];
    builder.create<cost::ExclusionOp>(
        function.getLoc(), first.name, first.values[exclusion.firstPosition],
        second.name, second.values[exclusion.secondPosition]);
  }
}

void feasibility::applyPruning(cost::FunctionOp function,
                               const cost::CostProgram &program,
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
  recordExclusions(function, program, result);
  if (auto module = function->getParentOfType<ModuleOp>())
    for (nas::SpaceOp space : module.getOps<nas::SpaceOp>())
      narrowSpace(space, kept);
}

/// The texts of architectures: with the values as the space of the module has
/// them; without a space, with the numbers of the cost function.
static std::string textOf(cost::FunctionOp function,
                          const cost::CostProgram &program,
                          const cost::Architecture &architecture) {
  llvm::StringMap<nas::Domain> domains;
  if (auto module = function->getParentOfType<ModuleOp>())
    for (nas::SpaceOp space : module.getOps<nas::SpaceOp>())
      for (nas::ChoiceOp choice : choicesOf(space))
        domains.try_emplace(choice.getName(), choice.getDomain());
  ArchitectureAssignments assignments;
  for (unsigned index : architecture.active.set_bits()) {
    const cost::ProgramChoice &choice = program.choices[index];
    uint16_t position = architecture.positions[index];
    auto domain = domains.find(choice.name);
    bool isKnown = domain != domains.end() &&
                   domain->second.size() == choice.values.size();
    assignments.emplace_back(choice.name,
                             isKnown ? domain->second.text(position)
                                     : std::to_string(choice.values[position]));
  }
  return formatArchitecture(assignments);
}

/// Reports which limits exclude each other, and what would do instead.
static void reportConflict(cost::FunctionOp function,
                           const cost::CostProgram &program,
                           ArrayRef<cost::LimitOp> limits,
                           const PruneResult &result,
                           const ExplainOptions &options) {
  ConflictExplanation explanation = explainConflict(
      program, cost::fullDomains(program), std::nullopt, options);
  if (explanation.status != ConflictStatus::Conflict) {
    // No time: what pruning itself has found.
    explanation = ConflictExplanation();
    explanation.isMinimal = result.conflictIsMinimal;
    for (uint32_t number : result.conflict)
      explanation.limits.emplace_back().limit = number;
  }
  // What the user wrote comes first.
  std::vector<LimitExplanation> &conflict = explanation.limits;
  std::stable_partition(conflict.begin(), conflict.end(),
                        [&](const LimitExplanation &limit) {
                          return !program.limits[limit.limit].implied;
                        });
  cost::LimitOp first = limits[conflict.front().limit];
  // One diagnostic has one code, which ends its message.
  InFlightDiagnostic error =
      first.emitError("no architecture meets the limit '")
      << first.getText() << "'"
      << (conflict.size() == 1   ? ""
          : conflict.size() == 2 ? " together with another"
                                 : " together with others")
      << Diag::NAS3001;
  for (const LimitExplanation &other : ArrayRef(conflict).drop_front()) {
    cost::LimitOp limit = limits[other.limit];
    error.attachNote(limit.getLoc())
        << "with the limit '" << limit.getText() << "'";
  }
  Location nowhere = UnknownLoc::get(function.getContext());
  if (!explanation.isMinimal)
    error.attachNote(nowhere) << "some of these limits may have no part in it";
  if (explanation.status != ConflictStatus::Conflict)
    return;
  if (!explanation.checkedTwice)
    error.attachNote(nowhere)
        << "this was proved in one way only: there was no time for the second";
  for (const LimitExplanation &limit : conflict)
    error.attachNote(limits[limit.limit]->getLoc())
        << "help: '" << program.limits[limit.limit].text << "': "
        << remedyText(program, limit,
                      [&](const cost::Architecture &architecture) {
                        return textOf(function, program, architecture);
                      });
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
            << choice.getChoice() << "' is active in no feasible architecture"
            << Diag::NAS3005;
      else
        choice.emitRemark("choice '")
            << choice.getChoice()
            << "' has in no feasible architecture the value " << removed
            << Diag::NAS3005;
    }
}

LogicalResult feasibility::reportPruning(cost::FunctionOp function,
                                         const cost::CostProgram &program,
                                         const PruneResult &result,
                                         const ExplainOptions &explaining,
                                         bool reportRemoved) {
  auto limits = llvm::to_vector(function.getBody().getOps<cost::LimitOp>());
  for (auto [limit, effect] : llvm::zip(limits, result.limits))
    if (effect == LimitEffect::ExcludesNothing && !limit.getImplied())
      limit.emitRemark("the limit '")
          << limit.getText() << "' excludes no architecture" << Diag::NAS3002;
  if (result.status == PruneStatus::Empty) {
    reportConflict(function, program, limits, result, explaining);
    return failure();
  }
  unsigned undecided = 0;
  for (const PrunedChoice &choice : result.choices)
    undecided += llvm::count(choice.values, ValueFate::Undecided);
  if (undecided > 0)
    function.emitWarning("the solver ran out of time; ")
        << undecided
        << " values of choices that may occur in no feasible architecture are "
           "kept"
        << Diag::NAS3004;
  else if (result.status == PruneStatus::Undecided)
    function.emitWarning("the solver ran out of time before it found a "
                         "feasible architecture")
        << Diag::NAS3004;
  if (reportRemoved)
    reportValues(function, result);
  return success();
}

namespace {

class CostPrune : public feasibility::impl::CostPruneBase<CostPrune> {
public:
  using CostPruneBase::CostPruneBase;

  void runOnOperation() override {
    PruneOptions options;
    options.seconds = timeout;
    options.samples = samples;
    options.seed = seed;
    options.pairs = pairs;
    ExplainOptions explaining;
    explaining.seconds = explanation;
    explaining.seed = seed;
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
      numByCounting += result.statistics.removedByCounting;
      numBySolver += result.statistics.removedBySolver;
      numQueries += result.statistics.queries;
      numTimeouts += result.statistics.timeouts;
      numExclusions += result.exclusions.size();
      if (failed(
              reportPruning(function, *program, result, explaining, report))) {
        signalPassFailure();
        continue;
      }
      applyPruning(function, *program, result);
      if (result.statistics.removedByCounting > 0)
        function->setAttr(removedByCountingName, UnitAttr::get(&getContext()));
    }
  }
};

} // namespace
