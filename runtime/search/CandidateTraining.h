//===- CandidateTraining.h - Trains candidates, once ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_CANDIDATETRAINING_H
#define NASC_RUNTIME_SEARCH_CANDIDATETRAINING_H

#include "runtime/search/Stage.h"

#include <algorithm>

namespace nasc::search {

/// The settings that a stage trains an architecture with: `settings` are those
/// of the stage's operation, in which `#search.choice<"rate">` stands for the
/// architecture's value.
llvm::Expected<train::TrainingSettings>
trainingSettingsOf(TrainingAttr settings, const CompiledSpace &space,
                   const cost::Architecture &architecture);

/// Told what the trainings of a stage do. The calls come one at a time, from
/// the threads of the trainings.
class TrainingObserver {
public:
  virtual ~TrainingObserver() = default;
  /// `share` of the training of a candidate is done, with the accuracy so far.
  virtual void trained(size_t /*index*/, double /*share*/,
                       double /*accuracy*/) {}
  /// Accuracy and loss of a candidate are known. In the order of the
  /// candidates; `answered` tells that the study had them already.
  virtual void finished(size_t index, bool answered) = 0;
};

/// Trains candidates of one stage, as many at once as there are threads to
/// spare. What the study has finished is read from there, and a training that
/// was cut off goes on from its checkpoint, so that a run that is resumed ends
/// as one that was not interrupted.
///
/// Neither the order in which trainings end nor the number of those that run at
/// once changes a result: each has its own seed (EvaluationKey.h), and as a
/// rule one thread. Only large networks of a stage with fewer candidates than
/// threads are given several.
class CandidateTraining {
public:
  struct Settings {
    std::string stage;
    /// The `training` dictionary of the stage's operation.
    TrainingAttr training;
    /// How many candidates the stage has to train at a time; at least 1.
    size_t width = 1;
    /// After so many epochs the state of a training is kept; 0: never.
    int64_t checkpointEpochs = 0;
    /// Whether the trained weights are kept in the study, with the learning
    /// curve; the network is judged after each epoch then.
    bool keepWeights = false;
    /// Whether no further training begins once the time limit has passed.
    bool stopsWhenLate = false;
  };

  CandidateTraining(Settings settings, SearchContext &context)
      : stage(std::move(settings.stage)), settings(settings.training),
        width(settings.width), checkpointEpochs(settings.checkpointEpochs),
        keepWeights(settings.keepWeights),
        stopsWhenLate(settings.stopsWhenLate), context(context) {}

  /// Fills accuracy, loss, objectives and, if they are kept, weights of
  /// candidates whose architecture and text are set. `firstOrdinal` is the
  /// place of the first one among the stage's evaluations. Returns how many
  /// were evaluated: all, or the first ones where the time limit passed.
  llvm::Expected<size_t> evaluate(llvm::MutableArrayRef<Candidate> candidates,
                                  const CompiledSpace &space,
                                  int64_t firstOrdinal,
                                  TrainingObserver &observer);

private:
  struct Job;
  class InOrder;

  unsigned jobsAtOnce() const {
    return static_cast<unsigned>(std::clamp<size_t>(width, 1, context.threads));
  }
  unsigned threadsOf(const CompiledSpace &space, const cost::Evaluation &costs,
                     int64_t batch) const;
  llvm::Error prepare(Job &job, const CompiledSpace &space);
  llvm::Error answerFromStudy(Job &job);
  llvm::Error train(Job &job, train::Trainer &trainer, InOrder &order);
  llvm::Error restore(train::TrainingSession &session, const Job &job);
  llvm::Expected<LearningCurve> keptCurve(const Job &job);

  std::string stage;
  TrainingAttr settings;
  size_t width;
  int64_t checkpointEpochs;
  bool keepWeights, stopsWhenLate;
  SearchContext &context;
};

/// Weights as bytes and back; the bytes are the same on every machine.
std::string serializeWeights(const NetworkWeights &weights);
llvm::Expected<NetworkWeights> deserializeWeights(llvm::StringRef bytes);

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_CANDIDATETRAINING_H
