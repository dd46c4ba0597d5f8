//===- Stage.h - The stages of a search -------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A stage runs one operation of a `search.pipeline`: it takes a space or a
// population and returns one. A new method is a new operation, a class with
// this interface, and its line in createStage.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_STAGE_H
#define NASC_RUNTIME_SEARCH_STAGE_H

#include "dialects/search/Search.h"
#include "runtime/search/CompiledSpace.h"
#include "runtime/search/LearningCurve.h"
#include "runtime/search/Progress.h"
#include "runtime/study/Study.h"
#include "runtime/train/Trainer.h"

#include <chrono>
#include <functional>

namespace nasc::search {

/// An evaluated architecture.
struct Candidate {
  cost::Architecture architecture;
  /// Its canonical text.
  std::string text;
  /// On the validation samples, after the training of the stage.
  double accuracy = 0, loss = 0;
  /// One for each objective of the pipeline; all are to be small.
  std::vector<double> objectives;
  /// The weights and how the training went, of stages that keep them.
  std::shared_ptr<NetworkWeights> weights;
  LearningCurve curve;
};

/// The loss of a training that diverged, beyond any real one: JSON and SQL have
/// no NaN.
constexpr double divergedLoss = 1e30;

/// What stages pass on: a space, and from the first stage that evaluates on the
/// candidates that it found, the best first where they are ranked.
struct StageValue {
  std::shared_ptr<CompiledSpace> space;
  std::vector<Candidate> population;
};

/// What one objective asks for.
struct Objective {
  /// `accuracy`, `loss` or a metric of the cost function.
  std::string metric;
  /// Of the metric; empty for those that have none.
  std::string device;
  bool maximize = false;

  std::string text() const {
    return device.empty() ? metric : metric + " on " + device;
  }
};

/// What candidates are trained on.
struct TrainingSource {
  train::TrainingData data;
  /// Of the samples, labels and splits (data::Dataset::fingerprint).
  std::string fingerprint;
  train::AugmentationSettings augmentation;
};

/// What a stage of this run found of an architecture, by training it or in the
/// study.
struct FinishedEvaluation {
  std::string stage;
  /// The place among the evaluations of the stage.
  int64_t ordinal = 0;
  /// The canonical text of the architecture.
  std::string architecture;
  double accuracy = 0, loss = 0;
  /// The metrics of the cost function; `ram on h743`.
  std::vector<study::Metric> costs;
  /// What the training took, whenever it was.
  double seconds = 0;
  /// Whether it was in the study.
  bool answered = false;
};

/// What all stages of a run share.
struct SearchContext {
  /// The compiled program; stages may change it (pruning narrows domains).
  mlir::ModuleOp module;
  study::Study &study;
  Progress &progress;
  std::vector<Objective> objectives;
  uint64_t seed = 1;
  unsigned threads = 1;
  /// When no further evaluation begins; none: no limit.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  /// Whether the user asked to stop.
  std::function<bool()> isInterrupted;
  /// Whether candidates that the study does not know may be trained; not when
  /// a study is deployed again.
  bool mayTrain = true;
  /// Loads the trainer and the data when a stage first trains.
  std::function<llvm::Expected<train::Trainer *>()> trainer;
  std::function<llvm::Expected<const TrainingSource *>()> data;

  /// What the stages of this run have evaluated, in their order.
  std::vector<FinishedEvaluation> evaluated;

  /// Told what pruning made of a space.
  std::function<void(const CompiledSpace &before, const CompiledSpace &after)>
      onPruned = [](const CompiledSpace &, const CompiledSpace &) {};

  bool isLate() const {
    return deadline && std::chrono::steady_clock::now() >= *deadline;
  }
};

/// The user asked to stop; everything that was finished is in the study.
class InterruptedError : public llvm::ErrorInfo<InterruptedError> {
public:
  static char ID;
  void log(llvm::raw_ostream &stream) const override {
    stream << "interrupted";
  }
  std::error_code convertToErrorCode() const override {
    return std::make_error_code(std::errc::interrupted);
  }
};

/// A stage reported its errors as diagnostics already.
class ReportedError : public llvm::ErrorInfo<ReportedError> {
public:
  static char ID;
  void log(llvm::raw_ostream &stream) const override {
    stream << "an error was reported";
  }
  std::error_code convertToErrorCode() const override {
    return std::make_error_code(std::errc::invalid_argument);
  }
};

class Stage {
public:
  virtual ~Stage() = default;
  virtual llvm::Expected<StageValue> run(StageValue input,
                                         SearchContext &context) = 0;
};

/// The stage that runs the operation, or null where the operation is none.
std::unique_ptr<Stage> createStage(mlir::Operation *op);

/// Runs the stages of a pipeline up to `search.deploy`, and returns the last
/// one's value.
llvm::Expected<StageValue> runPipeline(PipelineOp pipeline,
                                       SearchContext &context);

/// The error of a stage that found nothing to evaluate. Where there is nothing,
/// the solver says why (NAS3001); else drawing has found nothing (NAS4017).
llvm::Error noneFeasible(const CompiledSpace &space, SearchContext &context);

/// `, 4 of them from the study`; empty where a stage has trained all itself.
std::string takenOver(llvm::StringRef stage, const SearchContext &context);

/// The objectives of a pipeline, in order.
std::vector<Objective> objectivesOf(PipelineOp pipeline);

/// The objectives of a candidate whose accuracy and loss are set.
std::vector<double> objectivesOf(const Candidate &candidate,
                                 const CompiledSpace &space,
                                 llvm::ArrayRef<Objective> objectives);

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_STAGE_H
