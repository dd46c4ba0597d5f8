//===- TrainStage.cpp - search.train: the chosen networks -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/TrainStage.h"

#include "runtime/search/CandidateTraining.h"
#include "runtime/search/NSGA2.h"

#include "llvm/Support/FormatVariadic.h"

#include <numeric>

using namespace nasc;
using namespace nasc::search;

namespace {

bool isRegression(const CompiledSpace &space) {
  nas::SpaceOp op = space.getSpace();
  return op.getTask() == "regression";
}

bool isBetter(const Candidate &a, const Candidate &b, bool regression) {
  if (regression)
    return a.loss < b.loss;
  return a.accuracy > b.accuracy ||
         (a.accuracy == b.accuracy && a.loss < b.loss);
}

/// Chooses `keep` of the front: half of them, rounded up, by quality, the rest
/// by their distance to their neighbours on the front.
std::vector<Candidate> choose(std::vector<Candidate> front, size_t keep,
                              unsigned objectives, bool regression) {
  std::stable_sort(front.begin(), front.end(),
                   [&](const Candidate &a, const Candidate &b) {
                     return isBetter(a, b, regression);
                   });
  if (front.size() <= keep)
    return front;
  std::vector<double> values;
  for (const Candidate &candidate : front)
    values.insert(values.end(), candidate.objectives.begin(),
                  candidate.objectives.end());
  ObjectiveView view(values, objectives);
  std::vector<double> crowding =
      crowdingDistances(view, sortNonDominated(view));
  size_t byQuality = (keep + 1) / 2;
  std::vector<size_t> rest(front.size() - byQuality);
  std::iota(rest.begin(), rest.end(), byQuality);
  std::stable_sort(rest.begin(), rest.end(), [&](size_t a, size_t b) {
    return crowding[a] > crowding[b];
  });
  rest.resize(keep - byQuality);
  llvm::sort(rest);
  std::vector<Candidate> chosen(front.begin(), front.begin() + byQuality);
  for (size_t index : rest)
    chosen.push_back(front[index]);
  return chosen;
}

} // namespace

llvm::Expected<StageValue> TrainStage::run(StageValue input,
                                           SearchContext &context) {
  bool regression = isRegression(*input.space);
  std::vector<Candidate> chosen;
  if (input.population.empty()) {
    RandomNumbers random(context.seed, /*stream=*/2);
    if (std::string remark = input.space->samplingRemark(); !remark.empty())
      context.progress.note("train: " + remark);
    ArchitectureHashSet drawn;
    while (chosen.size() < op.getKeep()) {
      std::optional<cost::Architecture> next =
          input.space->sampleUnknown([&] { return random.next(); }, drawn);
      if (!next)
        break;
      drawn.insert(*next);
      Candidate candidate;
      candidate.text = input.space->textOf(*next);
      candidate.architecture = std::move(*next);
      chosen.push_back(std::move(candidate));
    }
    if (chosen.empty())
      return llvm::createStringError("no feasible architecture was found");
  } else {
    chosen = choose(std::move(input.population), op.getKeep(),
                    context.objectives.size(), regression);
  }

  CandidateTraining training("train", op.getTraining(), op.getCheckpoint(),
                             /*keepWeights=*/true, context);
  auto epochsSetting = op.getTraining().getAs<mlir::IntegerAttr>("epochs");
  double epochs = epochsSetting ? epochsSetting.getInt() : 1;
  context.progress.begin("train", chosen.size() * epochs, "epochs");
  for (auto [index, candidate] : llvm::enumerate(chosen)) {
    unsigned answered = training.numAnswered();
    double before = index;
    auto onEpoch = [&](double share, double accuracy) {
      context.progress.update(
          epochs * (before + share),
          regression
              ? std::string()
              : llvm::formatv("training accuracy {0:P2}", accuracy).str());
    };
    if (llvm::Error error =
            training.evaluate(candidate, *input.space, index, onEpoch))
      return error;
    if (training.numAnswered() > answered)
      context.progress.skip(epochs);
    context.progress.note(
        llvm::formatv(
            "train: network {0} of {1}: {2}", index + 1, chosen.size(),
            regression ? "validation loss " + Progress::number(candidate.loss)
                       : llvm::formatv("validation accuracy {0:P2}",
                                       candidate.accuracy)
                             .str())
            .str());
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](const Candidate &a, const Candidate &b) {
                     return isBetter(a, b, regression);
                   });
  context.progress.finish(
      llvm::formatv("{0} networks trained", chosen.size()).str());
  StageValue result;
  result.space = input.space;
  result.population = std::move(chosen);
  return result;
}
