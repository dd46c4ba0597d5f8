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
  return op.getTask() == nas::Task::Regression;
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

/// Shows how far the trainings are.
class NetworkProgress : public TrainingObserver {
public:
  NetworkProgress(llvm::ArrayRef<Candidate> candidates, int64_t epochs,
                  bool regression, Progress &progress)
      : candidates(candidates), epochs(static_cast<double>(epochs)),
        regression(regression), progress(progress),
        shares(candidates.size(), 0.0) {
    progress.begin("train", candidates.size() * epochs, "epoch");
  }

  void trained(size_t index, double share, double accuracy) override {
    shares[index] = share;
    progress.update(
        epochs * std::accumulate(shares.begin(), shares.end(), 0.0),
        regression ? std::string()
                   : llvm::formatv("training accuracy {0:P2}", accuracy).str());
  }

  void finished(size_t index, bool answered) override {
    shares[index] = 1;
    if (answered)
      progress.skip(epochs);
    const Candidate &candidate = candidates[index];
    progress.note(
        llvm::formatv(
            "train: network {0} of {1}: {2}", index + 1, candidates.size(),
            regression ? "validation loss " + Progress::number(candidate.loss)
                       : llvm::formatv("validation accuracy {0:P2}",
                                       candidate.accuracy)
                             .str())
            .str());
  }

private:
  llvm::ArrayRef<Candidate> candidates;
  double epochs;
  bool regression;
  Progress &progress;
  /// Of the training of each candidate that is done.
  std::vector<double> shares;
};

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
      return noneFeasible(*input.space, context);
  } else {
    chosen = choose(std::move(input.population), op.getKeep(),
                    context.objectives.size(), regression);
  }

  CandidateTraining::Settings settings;
  settings.stage = "train";
  settings.training = op.getTraining();
  settings.width = op.getKeep();
  settings.checkpointEpochs = op.getCheckpoint();
  settings.keepWeights = true;
  CandidateTraining training(settings, context);
  NetworkProgress observer(chosen, op.getTraining().getEpochs(), regression,
                           context.progress);
  if (auto trained = training.evaluate(chosen, *input.space,
                                       /*firstOrdinal=*/0, observer);
      !trained)
    return trained.takeError();
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](const Candidate &a, const Candidate &b) {
                     return isBetter(a, b, regression);
                   });
  context.progress.finish(
      llvm::formatv("{0} network{1} trained{2}", chosen.size(),
                    chosen.size() == 1 ? "" : "s", takenOver("train", context))
          .str());
  StageValue result;
  result.space = input.space;
  result.population = std::move(chosen);
  return result;
}
