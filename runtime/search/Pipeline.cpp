//===- Pipeline.cpp - Runs the stages of a search -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedError.h"
#include "runtime/search/EvolveStage.h"
#include "runtime/search/PruneStage.h"
#include "runtime/search/TrainStage.h"

#include "passes/feasibility/Passes.h"

#include "mlir/Pass/PassManager.h"

using namespace nasc;
using namespace nasc::search;

char InterruptedError::ID = 0;
char ReportedError::ID = 0;

std::unique_ptr<Stage> search::createStage(mlir::Operation *op) {
  if (auto prune = mlir::dyn_cast<PruneOp>(op))
    return std::make_unique<PruneStage>(prune);
  if (auto evolve = mlir::dyn_cast<EvolveOp>(op))
    return std::make_unique<EvolveStage>(evolve);
  if (auto train = mlir::dyn_cast<TrainOp>(op))
    return std::make_unique<TrainStage>(train);
  return nullptr;
}

std::vector<Objective> search::objectivesOf(PipelineOp pipeline) {
  std::vector<Objective> objectives;
  for (auto attribute : pipeline.getObjectives().getAsRange<ObjectiveAttr>())
    objectives.push_back(
        {attribute.getMetric().str(),
         attribute.getDevice() ? attribute.getDevice().getValue().str() : "",
         attribute.getDirection() == Direction::Maximize});
  return objectives;
}

std::vector<double> search::objectivesOf(const Candidate &candidate,
                                         const CompiledSpace &space,
                                         llvm::ArrayRef<Objective> objectives) {
  cost::Evaluation costs = space.costsOf(candidate.architecture);
  std::vector<double> values;
  for (const Objective &objective : objectives) {
    double value = 0;
    if (objective.metric == "accuracy")
      value = candidate.accuracy;
    else if (objective.metric == "loss")
      value = candidate.loss;
    else if (auto metric = space.getProgram().findMetric(objective.metric,
                                                         objective.device))
      value = static_cast<double>(costs.metrics[*metric]);
    values.push_back(objective.maximize ? -value : value);
  }
  return values;
}

std::string search::takenOver(llvm::StringRef stage,
                              const SearchContext &context) {
  const size_t answered =
      llvm::count_if(context.evaluated, [&](const FinishedEvaluation &one) {
        return one.stage == stage && one.answered;
      });
  return answered == 0
             ? ""
             : ", " + std::to_string(answered) + " of them from the study";
}

llvm::Error search::noneFeasible(const CompiledSpace &space,
                                 SearchContext &context) {
  if (space.getFeasibleSet().isEmpty()) {
    mlir::PassManager manager(context.module.getContext());
    manager.addPass(feasibility::createCostPrune());
    if (mlir::failed(manager.run(context.module)))
      return llvm::make_error<ReportedError>();
  }
  return codedError(
      Diag::NAS4017,
      "no architecture that meets all limits was found by drawing; loosen the "
      "limits, or say in the space what fits");
}

llvm::Expected<StageValue> search::runPipeline(PipelineOp pipeline,
                                               SearchContext &context) {
  auto space = CompiledSpace::create(context.module, pipeline.getSpace());
  if (mlir::failed(space))
    return llvm::make_error<ReportedError>();
  for (const Objective &objective : context.objectives)
    if (objective.metric != "accuracy" && objective.metric != "loss" &&
        !(*space)->getProgram().findMetric(objective.metric, objective.device))
      return llvm::createStringError("the space has no metric '" +
                                     objective.text() + "' to search by");
  StageValue value;
  value.space = std::move(*space);
  for (mlir::Operation &op : pipeline.getBody().front()) {
    std::unique_ptr<Stage> stage = createStage(&op);
    if (!stage)
      continue;
    llvm::Expected<StageValue> result = stage->run(std::move(value), context);
    if (!result)
      return result.takeError();
    value = std::move(*result);
  }
  return value;
}
