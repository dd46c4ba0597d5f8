//===- Checks.cpp - Is a training possible? ---------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/Checks.h"

#include <algorithm>
#include <cmath>

using namespace nasc;
using namespace nasc::train;

using Shape = std::vector<int64_t>;

static std::string toString(const Shape &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

static bool isPositive(double value) {
  return std::isfinite(value) && value > 0;
}
static bool isInUnitInterval(double value) { return value >= 0 && value < 1; }

Status nasc::train::checkSettings(const TrainingSettings &settings) {
  const OptimizerSettings &optimizer = settings.optimizer;
  if (!isPositive(optimizer.learningRate))
    return Status::failure("the learning rate must be positive");
  if (!isInUnitInterval(optimizer.momentum))
    return Status::failure("the momentum must be in [0, 1)");
  if (!(std::isfinite(optimizer.weightDecay) && optimizer.weightDecay >= 0))
    return Status::failure("the weight decay must not be negative");
  if (!isInUnitInterval(optimizer.firstMomentDecay) ||
      !isInUnitInterval(optimizer.secondMomentDecay))
    return Status::failure("the decays of the moments must be in [0, 1)");
  if (!isPositive(optimizer.epsilon))
    return Status::failure("the optimiser's epsilon must be positive");
  if (settings.schedule.kind == ScheduleKind::Step &&
      (settings.schedule.every < 1 || !isPositive(settings.schedule.factor)))
    return Status::failure("a step schedule needs a positive number of epochs "
                           "and a positive factor");
  if (settings.batchSize < 1 || settings.batchSize > (1 << 20))
    return Status::failure("the batch size must be in 1 … 1048576");
  if (settings.epochs < 1)
    return Status::failure("the number of epochs must be positive");
  if (settings.imagesPerEpoch < 0)
    return Status::failure("the images of an epoch must not be negative");
  if (!isInUnitInterval(settings.labelSmoothing))
    return Status::failure("the label smoothing must be in [0, 1)");
  for (int64_t shift : settings.augmentation.shift)
    if (shift < 0 || shift > (1 << 20))
      return Status::failure("the shift must be in 0 … 1048576 pixels");
  if (settings.threads < 1 || settings.threads > 1024)
    return Status::failure("the number of threads must be in 1 … 1024");
  if (settings.quantizationAware &&
      (settings.floatEpochs < 0 || settings.floatEpochs >= settings.epochs))
    return Status::failure(
        Diag::NAS4021,
        "the epochs in floats before quantisation-aware training must be in "
        "0 … " +
            std::to_string(settings.epochs - 1) +
            ", so that at least one of the " + std::to_string(settings.epochs) +
            " epochs is quantised, found " +
            std::to_string(settings.floatEpochs) +
            "; train for more epochs, or for fewer in floats");
  return Success();
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

static Status checkSamples(const char *split, const SampleView &samples,
                           const TrainingData &data) {
  if (samples.indices.empty())
    return Success();
  std::string of = std::string("the ") + split + " images";
  if (!samples.values)
    return Status::failure(of + " have no values");
  bool needsLabels = data.target == TargetKind::Label;
  if (needsLabels && !samples.labels)
    return Status::failure(of + " have no labels");
  for (int64_t index : samples.indices) {
    if (index < 0 || index >= samples.count)
      return Status::failure(of + " include number " + std::to_string(index) +
                             " of " + std::to_string(samples.count));
    if (!needsLabels)
      continue;
    int64_t label = samples.labels[index];
    if (label < 0 || label >= data.classes)
      return Status::failure("number " + std::to_string(index) + " of " + of +
                             " has the label " + std::to_string(label) +
                             "; there are " + std::to_string(data.classes) +
                             " classes");
  }
  return Success();
}

Status nasc::train::checkData(const NetworkDescription &network,
                              const TrainingData &data,
                              const TrainingSettings &settings) {
  if (data.shape != network.inputShape())
    return Status::failure("the images have the shape " + toString(data.shape) +
                           ", the network's input has " +
                           toString(network.inputShape()));
  size_t channels = data.shape.back();
  for (const std::vector<float> *values :
       {&data.scale, &data.mean, &data.deviation}) {
    if (values->size() != 1 && values->size() != channels)
      return Status::failure(
          "the normalisation has " + std::to_string(values->size()) +
          " values, the images have " + std::to_string(channels) + " channels");
    for (float value : *values)
      if (!std::isfinite(value) || (values != &data.mean && !(value > 0)))
        return Status::failure("scale and deviation of the normalisation must "
                               "be positive and its mean finite");
  }

  const Shape &output = network.outputShape();
  if (data.target == TargetKind::Input) {
    if (settings.loss == LossKind::CrossEntropy)
      return Status::failure("cross-entropy needs classes as targets; use the "
                             "mean squared error where the target is the "
                             "input");
    if (output != data.shape)
      return Status::failure(
          "the target is the input, of shape " + toString(data.shape) +
          ", but the network's output has " + toString(output));
  } else if (output.size() != 1 || output[0] != data.classes) {
    return Status::failure("the network's output has the shape " +
                           toString(output) + " for " +
                           std::to_string(data.classes) + " classes");
  }

  const std::vector<int64_t> &shift = settings.augmentation.shift;
  if (!shift.empty() && shift.size() + 1 != data.shape.size())
    return Status::failure("there are " + std::to_string(shift.size()) +
                           " shifts for samples of shape " +
                           toString(data.shape));
  if (settings.augmentation.flipHorizontal && data.shape.size() != 3)
    return Status::failure("only images of rank 3 can be flipped");

  Status status = checkSamples("training", data.train, data);
  if (status)
    status = checkSamples("validation", data.validation, data);
  if (status)
    status = checkSamples("test", data.test, data);
  return status;
}
