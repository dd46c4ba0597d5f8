//===- Checks.cpp - Is a training possible? ---------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/Checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

using namespace nasc;
using namespace nasc::train;

using Shape = std::vector<int64_t>;

/// Of a shape or layer; far above any network, far below overflow.
static constexpr int64_t largestExtent = 1 << 28;

static std::string toString(const Shape &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

static bool isValidShape(const Shape &shape) {
  if (shape.empty() || shape.size() > 3)
    return false;
  int64_t elements = 1;
  for (int64_t extent : shape) {
    if (extent < 1 || extent > largestExtent)
      return false;
    elements *= extent;
    if (elements > largestExtent)
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

namespace {

/// Checks one layer; every function returns what is wrong, or nothing.
class LayerCheck {
public:
  LayerCheck(const NetworkDescription &network, const NetworkLayer &layer)
      : network(network), layer(layer) {}

  std::string run() const;

private:
  const Shape &input(size_t index = 0) const {
    return network.layers[layer.inputs[index]].outputShape;
  }

  std::string expectInputs(size_t least, size_t most) const {
    size_t count = layer.inputs.size();
    if (count >= least && count <= most)
      return "";
    return "has " + std::to_string(count) + " inputs";
  }
  std::string expectRank(size_t rank) const {
    if (input().size() == rank)
      return "";
    return "needs an input of rank " + std::to_string(rank) + ", not " +
           toString(input());
  }
  std::string expectOutput(const Shape &shape) const {
    if (layer.outputShape == shape)
      return "";
    return "has the shape " + toString(layer.outputShape) +
           " where its inputs give " + toString(shape);
  }

  std::string window() const;
  std::string convolution() const;
  std::string pool() const;
  std::string multiply() const;
  std::string concat() const;
  /// How often the window fits along an axis; less than one when it does not.
  int64_t steps(int64_t extent, int64_t before, int64_t after, int64_t kernel,
                int64_t stride) const {
    int64_t slack = extent + before + after - kernel;
    return slack < 0 ? 0 : slack / stride + 1;
  }
  /// The extents that remain of the input's first two axes.
  Shape windowed() const {
    bool flat = input().size() == 2;
    Shape shape = {steps(input()[0], layer.padding[0], layer.padding[1],
                         layer.kernelHeight, layer.strideHeight)};
    if (!flat)
      shape.push_back(steps(input()[1], layer.padding[2], layer.padding[3],
                            layer.kernelWidth, layer.strideWidth));
    return shape;
  }

  const NetworkDescription &network;
  const NetworkLayer &layer;
};

} // namespace

std::string LayerCheck::window() const {
  for (int64_t value : {layer.kernelHeight, layer.kernelWidth,
                        layer.strideHeight, layer.strideWidth})
    if (value < 1 || value > largestExtent)
      return "has a window or stride of " + std::to_string(value);
  for (int64_t value : layer.padding)
    if (value < 0 || value > largestExtent)
      return "has a padding of " + std::to_string(value);
  if (input().size() == 2 &&
      (layer.kernelWidth != 1 || layer.strideWidth != 1 ||
       layer.padding[2] != 0 || layer.padding[3] != 0))
    return "has a window with a width over an input without one";
  for (int64_t extent : windowed())
    if (extent < 1)
      return "has a window larger than its padded input " + toString(input());
  return "";
}

std::string LayerCheck::convolution() const {
  std::string problem = expectRank(layer.kind == LayerKind::Conv1D ? 2 : 3);
  if (problem.empty())
    problem = window();
  if (!problem.empty())
    return problem;
  int64_t channels = input().back();
  int64_t filters = layer.outputShape.back();
  if (layer.kind == LayerKind::DepthwiseConv2D) {
    if (filters != channels)
      return "has " + std::to_string(filters) + " channels, its input " +
             std::to_string(channels);
  } else if (layer.groups < 1 || channels % layer.groups != 0 ||
             filters % layer.groups != 0) {
    return "has " + std::to_string(layer.groups) +
           " groups, which do not divide " + std::to_string(channels) +
           " input and " + std::to_string(filters) + " output channels";
  }
  Shape shape = windowed();
  shape.push_back(filters);
  return expectOutput(shape);
}

std::string LayerCheck::pool() const {
  if (input().size() < 2)
    return "needs an input of rank 2 or 3, not " + toString(input());
  std::string problem = window();
  if (!problem.empty())
    return problem;
  // A window of nothing but padding has no maximum and no mean.
  if (std::max(layer.padding[0], layer.padding[1]) >= layer.kernelHeight ||
      std::max(layer.padding[2], layer.padding[3]) >= layer.kernelWidth)
    return "has a padding that is not smaller than its window";
  Shape shape = windowed();
  shape.push_back(input().back());
  return expectOutput(shape);
}

std::string LayerCheck::multiply() const {
  for (size_t i = 1; i < layer.inputs.size(); ++i) {
    const Shape &factor = input(i);
    bool perChannel = factor.back() == input().back() &&
                      std::all_of(factor.begin(), factor.end() - 1,
                                  [](int64_t extent) { return extent == 1; });
    if (factor != input() && !perChannel)
      return "cannot multiply " + toString(input()) + " by " + toString(factor);
  }
  return expectOutput(input());
}

std::string LayerCheck::concat() const {
  Shape shape = input();
  for (size_t i = 1; i < layer.inputs.size(); ++i) {
    const Shape &other = input(i);
    if (other.size() != shape.size() ||
        !std::equal(other.begin(), other.end() - 1, shape.begin()))
      return "cannot join " + toString(input()) + " and " + toString(other);
    shape.back() += other.back();
  }
  return expectOutput(shape);
}

std::string LayerCheck::run() const {
  if (!isValidShape(layer.outputShape))
    return "has the shape " + toString(layer.outputShape) +
           ", which is empty, too large or of a rank above 3";
  size_t position = &layer - network.layers.data();
  for (unsigned index : layer.inputs)
    if (index >= position)
      return "takes its input from layer " + std::to_string(index) +
             ", which is not before it";

  std::string problem;
  switch (layer.kind) {
  case LayerKind::Input:
    problem = expectInputs(0, 0);
    break;
  case LayerKind::Add:
  case LayerKind::Multiply:
  case LayerKind::Concat:
    problem = expectInputs(1, network.layers.size());
    break;
  default:
    problem = expectInputs(1, 1);
    break;
  }
  if (!problem.empty())
    return problem;

  switch (layer.kind) {
  case LayerKind::Input:
    return position == 0 ? "" : "is an input, but not the first layer";
  case LayerKind::Conv2D:
  case LayerKind::DepthwiseConv2D:
  case LayerKind::Conv1D:
    return convolution();
  case LayerKind::Dense:
    problem = expectRank(1);
    return problem.empty() ? expectOutput({layer.outputShape.back()}) : problem;
  case LayerKind::BatchNorm:
    // Networks that were trained elsewhere may have 0: their variances are
    // not.
    if (!(layer.epsilon >= 0) || !std::isfinite(layer.epsilon))
      return "has an epsilon that is below zero";
    return expectOutput(input());
  case LayerKind::Dropout:
    if (!(layer.rate >= 0 && layer.rate < 1))
      return "has a rate outside of [0, 1)";
    return expectOutput(input());
  case LayerKind::ReLU:
  case LayerKind::ReLU6:
  case LayerKind::Requantize:
  case LayerKind::HardSwish:
  case LayerKind::HardSigmoid:
  case LayerKind::Sigmoid:
  case LayerKind::Identity:
    return expectOutput(input());
  case LayerKind::Add:
    for (size_t i = 1; i < layer.inputs.size(); ++i)
      if (input(i) != input())
        return "cannot add " + toString(input()) + " and " + toString(input(i));
    return expectOutput(input());
  case LayerKind::Multiply:
    return multiply();
  case LayerKind::Concat:
    return concat();
  case LayerKind::MaxPool:
  case LayerKind::AveragePool:
    return pool();
  case LayerKind::GlobalAveragePool: {
    if (input().size() < 2)
      return "needs an input of rank 2 or 3, not " + toString(input());
    // Squeeze-and-excitation keeps the axes, with extent 1.
    Shape kept(input().size(), 1);
    kept.back() = input().back();
    return layer.outputShape == kept ? "" : expectOutput({input().back()});
  }
  case LayerKind::Flatten:
    return expectOutput({std::accumulate(input().begin(), input().end(),
                                         int64_t(1), std::multiplies<>())});
  case LayerKind::Zero:
    if (layer.outputShape.size() != input().size())
      return expectOutput(input());
    return "";
  }
  return "is of an unknown kind";
}

Status nasc::train::checkNetwork(const NetworkDescription &network) {
  if (network.layers.empty())
    return Status::failure("the network has no layers");
  if (network.layers.front().kind != LayerKind::Input)
    return Status::failure("the network's first layer is not its input");
  if (network.output >= network.layers.size())
    return Status::failure("the network's output is not one of its layers");
  std::set<std::string> names;
  for (const NetworkLayer &layer : network.layers) {
    std::string described =
        std::string(layerKindName(layer.kind)) + " '" + layer.name + "'";
    if (!names.insert(layer.name).second)
      return Status::failure(described + " has the name of another layer");
    std::string problem = LayerCheck(network, layer).run();
    if (!problem.empty())
      return Status::failure(described + " " + problem);
  }
  return Success();
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
        "the epochs in floats before quantisation-aware training must be in "
        "0 … " +
        std::to_string(settings.epochs - 1) + ", so that at least one of the " +
        std::to_string(settings.epochs) + " epochs is quantised, found " +
        std::to_string(settings.floatEpochs) +
        "; train for more epochs, or for fewer in floats [NAS4021]");
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
