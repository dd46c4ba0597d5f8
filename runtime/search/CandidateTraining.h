//===- CandidateTraining.h - Trains candidates, once ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_CANDIDATETRAINING_H
#define NASC_RUNTIME_SEARCH_CANDIDATETRAINING_H

#include "runtime/search/Stage.h"

namespace nasc::search {

/// The settings that a stage trains an architecture with: `settings` is the
/// `training` dictionary of the stage's operation, in which
/// `#search.choice<"rate">` stands for the architecture's value.
llvm::Expected<train::TrainingSettings>
trainingSettingsOf(mlir::DictionaryAttr settings, const CompiledSpace &space,
                   const cost::Architecture &architecture);

/// Trains candidates of one stage. What the study has finished is read from
/// there, and a training that was cut off goes on from its checkpoint, so that
/// a run that is resumed ends as one that was not interrupted.
class CandidateTraining {
public:
  /// `checkpointEpochs`: after so many epochs the state of a training is kept;
  /// 0: never. `keepWeights`: the trained weights are kept in the study.
  CandidateTraining(llvm::StringRef stage, mlir::DictionaryAttr settings,
                    int64_t checkpointEpochs, bool keepWeights,
                    SearchContext &context)
      : stage(stage.str()), settings(settings),
        checkpointEpochs(checkpointEpochs), keepWeights(keepWeights),
        context(context) {}

  /// Fills accuracy, loss, objectives and, if they are kept, weights of a
  /// candidate whose architecture and text are set. `ordinal` is its place
  /// among the stage's evaluations; `onEpoch` is told the share of the training
  /// that is done and the accuracy so far.
  llvm::Error evaluate(
      Candidate &candidate, const CompiledSpace &space, int64_t ordinal,
      llvm::function_ref<void(double, double)> onEpoch = [](double, double) {});

  /// How many evaluations came from the study.
  unsigned numAnswered() const { return answered; }

private:
  llvm::Expected<bool> answerFromStudy(Candidate &candidate,
                                       const study::EvaluationKey &key);
  llvm::Error train(Candidate &candidate, const CompiledSpace &space,
                    const study::EvaluationKey &key, int64_t ordinal,
                    llvm::function_ref<void(double, double)> onEpoch);

  std::string stage;
  mlir::DictionaryAttr settings;
  int64_t checkpointEpochs;
  bool keepWeights;
  SearchContext &context;
  unsigned answered = 0;
};

/// Weights as bytes and back; the bytes are the same on every machine.
std::string serializeWeights(const NetworkWeights &weights);
llvm::Expected<NetworkWeights> deserializeWeights(llvm::StringRef bytes);

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_CANDIDATETRAINING_H
