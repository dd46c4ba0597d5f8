//===- ParameterOptimizer.h - Update rules ----------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SGD, Adam and AdamW as loops over plain memory. LibTorch's own optimisers
// are a dozen operations for each parameter tensor, a large share of a step
// of the small networks that are searched here; and their state is a file
// format of its own, where a checkpoint only needs the numbers.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_PARAMETEROPTIMIZER_H
#define NASC_RUNTIME_TRAIN_PARAMETEROPTIMIZER_H

#include "runtime/train/Trainer.h"

namespace nasc::train {

class ParameterOptimizer {
public:
  /// What the update of one parameter tensor depends on besides gradients.
  struct Moments {
    /// Updates so far.
    int64_t steps = 0;
    /// Momentum (SGD) or mean of gradients (Adam); may be empty for SGD.
    std::vector<float> first;
    /// Mean of squared gradients (Adam); empty for SGD.
    std::vector<float> second;
  };

  ParameterOptimizer() = default;
  /// `sizes`: elements of each parameter tensor.
  ParameterOptimizer(const OptimizerSettings &settings,
                     const std::vector<int64_t> &sizes);

  /// Updates parameter tensor number `parameter` in place.
  void update(size_t parameter, float *values, const float *gradient,
              int64_t size, double learningRate);

  /// Everything that later updates depend on.
  std::vector<Moments> state;

private:
  OptimizerSettings settings;
};

/// The learning rate for batch number `batch` of `batches` in an epoch.
double scheduledLearningRate(const TrainingSettings &settings, int64_t epoch,
                             int64_t batch, int64_t batches);

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_PARAMETEROPTIMIZER_H
