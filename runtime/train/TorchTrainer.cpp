//===- TorchTrainer.cpp - Training with LibTorch ----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The implementation of Trainer.h, and the entry point of the shared library.
// LibTorch reports errors by exceptions; none leaves this file.
//
//===----------------------------------------------------------------------===//

#include "runtime/train/BatchAssembler.h"
#include "runtime/train/Checks.h"
#include "runtime/train/Modules.h"
#include "runtime/train/ParameterOptimizer.h"
#include "runtime/train/SessionState.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <torch/version.h>

using namespace nasc;
using namespace nasc::train;
using torch::Tensor;

/// Images that an evaluation looks at together: enough to keep the threads
/// busy, and independent of the settings, so that results are too.
static constexpr int64_t evaluationBatch = 256;

/// Runs `function`, which returns a Result, and turns exceptions into errors.
template <typename Function>
static auto guarded(Function function) -> decltype(function()) {
  using ResultType = decltype(function());
  try {
    return function();
  } catch (const c10::Error &error) {
    return ResultType::failure(std::string("LibTorch: ") +
                               error.what_without_backtrace());
  } catch (const std::bad_alloc &) {
    return ResultType::failure("not enough memory");
  } catch (const std::exception &error) {
    return ResultType::failure(error.what());
  }
}

/// LibTorch keeps the number of threads for each thread that calls it.
static void useThreads(unsigned threads) {
  if (at::get_num_threads() != static_cast<int>(threads))
    at::set_num_threads(static_cast<int>(threads));
}

static double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

namespace {

/// What instances and sessions share.
template <typename Interface> class TorchNetwork : public Interface {
public:
  TorchNetwork(const NetworkDescription &network, uint64_t seed,
               unsigned threads)
      : threads(threads), module(network, seed) {}

  Result<std::vector<float>> forward(const std::vector<float> &inputs,
                                     int64_t count) override {
    using Rows = Result<std::vector<float>>;
    return guarded([&]() -> Rows {
      int64_t size = 1;
      for (int64_t extent : module.network.inputShape())
        size *= extent;
      if (count < 1 || static_cast<int64_t>(inputs.size()) != count * size)
        return Rows::failure("the input has " + std::to_string(inputs.size()) +
                             " values instead of " + std::to_string(count) +
                             " times " + std::to_string(size));
      Tensor rows = infer(const_cast<float *>(inputs.data()), count);
      const float *values = rows.data_ptr<float>();
      return std::vector<float>(values, values + rows.numel());
    });
  }

  Result<NetworkWeights> weights() override {
    return guarded(
        [&]() -> Result<NetworkWeights> { return module.exportWeights(); });
  }

  Status setWeights(const NetworkWeights &weights) override {
    return guarded([&] { return module.importWeights(weights); });
  }

  int64_t parameterCount() override {
    int64_t count = 0;
    for (const Tensor &parameter : module.parameters())
      count += parameter.numel();
    return count;
  }

  int64_t weightCount() override { return module.weightCount(); }

  Result<int64_t> multiplyAccumulates() override {
    return guarded([&]() -> Result<int64_t> {
      torch::NoGradGuard noGradient;
      useThreads(threads);
      int64_t size = 1, count = 0;
      for (int64_t extent : module.network.inputShape())
        size *= extent;
      std::vector<float> input(size, 0.0f);
      PassContext context;
      context.multiplyAccumulates = &count;
      module.run(module.fromRows(input.data(), 1), context);
      return count;
    });
  }

protected:
  /// Output rows for normalised input rows, in inference mode.
  Tensor infer(float *rows, int64_t count) {
    torch::NoGradGuard noGradient;
    useThreads(threads);
    PassContext context;
    // Before the first quantised batch there is nothing to round by.
    if (ranges && ranges->hasRanges())
      context.ranges = &*ranges;
    return NetworkModule::toRows(
               module.run(module.fromRows(rows, count), context))
        .contiguous();
  }

  unsigned threads;
  NetworkModule module;
  /// Only in quantisation-aware training.
  std::optional<RangeTracker> ranges;
};

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

/// Loss and right answers, summed over images.
struct Tally {
  double loss = 0.0, correct = 0.0;
  int64_t images = 0;

  double meanLoss() const { return images ? loss / images : 0.0; }
  double accuracy() const { return images ? correct / images : 0.0; }
};

class TorchSession : public TorchNetwork<TrainingSession> {
public:
  TorchSession(const NetworkDescription &network, const TrainingData &data,
               const TrainingSettings &settings)
      : TorchNetwork(network, settings.seed, settings.threads), data(data),
        settings(settings), assembler(data), parameters(module.parameters()) {
    std::vector<int64_t> sizes;
    for (const Tensor &parameter : parameters)
      sizes.push_back(parameter.numel());
    optimizer = ParameterOptimizer(settings.optimizer, sizes);
    if (settings.quantizationAware)
      ranges.emplace(network);
  }

  Result<EpochResult> runEpoch(const TrainingCallbacks &callbacks) override;
  Result<EvaluationResult>
  evaluate(Split split, const TrainingCallbacks &callbacks) override;
  Result<std::vector<float>> logits(Split split) override;
  Result<std::vector<float>>
  logits(Split split, const std::vector<int64_t> &positions) override;

  int64_t epoch() const override { return epochsDone; }

  Result<std::vector<ActivationRange>> activationRanges() const override;

  Result<std::vector<uint8_t>> saveState() override {
    return guarded([&]() -> Result<std::vector<uint8_t>> {
      return serializeState(capture());
    });
  }
  Status restoreState(const std::vector<uint8_t> &bytes) override {
    return guarded([&]() -> Status {
      SessionState state = capture();
      if (!parseState(bytes, state))
        return Status::failure(
            "the saved state of the training is damaged, or belongs to "
            "another network or optimiser, or to a training that is " +
            std::string(ranges ? "not quantisation-aware"
                               : "quantisation-aware"));
      apply(state);
      return Success();
    });
  }

private:
  const SampleView &samplesOf(Split split) const {
    switch (split) {
    case Split::Train:
      return data.train;
    case Split::Validation:
      return data.validation;
    case Split::Test:
      return data.test;
    }
    return data.train;
  }

  /// The accuracy of guessing.
  double chance() const {
    return data.target == TargetKind::Label ? 1.0 / data.classes : 0.0;
  }

  SessionState capture() const;
  void apply(const SessionState &state);

  Result<EpochResult> trainEpoch(const TrainingCallbacks &callbacks);
  /// The mean loss of a batch. `input` are its normalised rows.
  Tensor lossOf(const Tensor &output, const Tensor &input, const Tensor &labels,
                double smoothing) const;
  /// How many of the rows name the right class.
  double countCorrect(const Tensor &output, const Tensor &labels) const;
  void updateParameters(double learningRate);
  /// The labels of samples; undefined for targets without classes.
  Tensor labelsOf(const SampleView &samples, const int64_t *indices,
                  int64_t count) const;
  Result<std::vector<float>> logitsOf(const SampleView &samples,
                                      const std::vector<int64_t> &indices);

  /// Data are referred to, the lists of samples are copied.
  const TrainingData data;
  const TrainingSettings settings;
  BatchAssembler assembler;
  std::vector<Tensor> parameters;
  ParameterOptimizer optimizer;
  int64_t epochsDone = 0;
  bool diverged = false;
};

} // namespace

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

SessionState TorchSession::capture() const {
  SessionState state;
  state.epoch = epochsDone;
  state.diverged = diverged;
  for (const NetworkLayer &layer : module.network.layers)
    state.description += layer.name + ";";
  // The tensors are dense, so their memory is their values in some order that
  // is the same whenever this network is built.
  for (const Tensor &tensor : module.allWeights()) {
    const float *values = tensor.data_ptr<float>();
    state.weights.emplace_back(values, values + tensor.numel());
  }
  state.moments = optimizer.state;
  if (ranges) {
    state.observedBatches = ranges->batchCount();
    state.minima = ranges->leastValues();
    state.maxima = ranges->greatestValues();
  }
  return state;
}

void TorchSession::apply(const SessionState &state) {
  epochsDone = state.epoch;
  diverged = state.diverged;
  std::vector<Tensor> tensors = module.allWeights();
  for (size_t i = 0; i < tensors.size(); ++i)
    std::memcpy(tensors[i].data_ptr<float>(), state.weights[i].data(),
                state.weights[i].size() * sizeof(float));
  optimizer.state = state.moments;
  if (ranges)
    ranges->restore(state.observedBatches, state.minima, state.maxima);
}

Result<std::vector<ActivationRange>> TorchSession::activationRanges() const {
  return guarded([&]() -> Result<std::vector<ActivationRange>> {
    using Ranges = Result<std::vector<ActivationRange>>;
    if (!ranges)
      return Ranges::failure(
          Diag::NAS4020,
          "the ranges of tensors come from quantisation-aware training, found "
          "a training in floats; set quantizationAware");
    if (!ranges->hasRanges())
      return Ranges::failure(
          Diag::NAS4019,
          "the ranges of tensors need a quantised epoch, found " +
              std::to_string(epochsDone) + " epochs done, of which " +
              std::to_string(std::min(epochsDone, settings.floatEpochs)) +
              " in floats; train for " +
              std::to_string(
                  std::max<int64_t>(settings.floatEpochs - epochsDone, 0) + 1) +
              " more");
    return ranges->ranges();
  });
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

Tensor TorchSession::labelsOf(const SampleView &samples, const int64_t *indices,
                              int64_t count) const {
  if (data.target != TargetKind::Label)
    return Tensor();
  Tensor labels = at::empty({count}, at::kLong);
  int64_t *values = labels.data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i)
    values[i] = samples.labels[indices[i]];
  return labels;
}

Tensor TorchSession::lossOf(const Tensor &output, const Tensor &input,
                            const Tensor &labels, double smoothing) const {
  if (settings.loss == LossKind::CrossEntropy)
    return at::cross_entropy_loss(output, labels, /*weight=*/{},
                                  at::Reduction::Mean, /*ignore_index=*/-100,
                                  smoothing);
  if (data.target == TargetKind::Input)
    return at::mse_loss(output, input);
  return at::mse_loss(output, at::one_hot(labels, data.classes).to(at::kFloat));
}

double TorchSession::countCorrect(const Tensor &output,
                                  const Tensor &labels) const {
  if (!labels.defined())
    return 0.0;
  Tensor rows = output.detach().contiguous();
  const float *row = rows.data_ptr<float>();
  const int64_t *label = labels.data_ptr<int64_t>();
  int64_t classes = rows.size(1);
  double correct = 0.0;
  for (int64_t i = 0; i < rows.size(0); ++i, row += classes) {
    int64_t best = 0;
    bool isNumber = !std::isnan(row[0]);
    for (int64_t j = 1; j < classes; ++j) {
      isNumber = isNumber && !std::isnan(row[j]);
      if (row[j] > row[best])
        best = j;
    }
    if (!isNumber)
      correct += chance();
    else if (best == label[i])
      correct += 1.0;
  }
  return correct;
}

void TorchSession::updateParameters(double learningRate) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    Tensor &parameter = parameters[i];
    Tensor gradient = parameter.grad();
    // Layers behind a `zero` have none.
    if (!gradient.defined())
      continue;
    if (gradient.strides() != parameter.strides())
      gradient = at::empty_like(parameter).copy_(gradient);
    optimizer.update(i, parameter.data_ptr<float>(), gradient.data_ptr<float>(),
                     parameter.numel(), learningRate);
    parameter.mutable_grad() = Tensor();
  }
}

Result<EpochResult> TorchSession::runEpoch(const TrainingCallbacks &callbacks) {
  return guarded([&]() -> Result<EpochResult> {
    // An epoch happens as a whole or not at all.
    SessionState before = capture();
    try {
      Result<EpochResult> result = trainEpoch(callbacks);
      if (!result || result->cancelled)
        apply(before);
      return result;
    } catch (...) {
      apply(before);
      throw;
    }
  });
}

Result<EpochResult>
TorchSession::trainEpoch(const TrainingCallbacks &callbacks) {
  auto start = std::chrono::steady_clock::now();
  if (data.train.indices.empty())
    return Result<EpochResult>::failure("there are no training images");
  useThreads(threads);

  std::vector<int64_t> order = drawEpoch(
      data.train.indices, settings.imagesPerEpoch, settings.seed, epochsDone);
  SeededRandom augmentationRandom(settings.seed, epochsDone,
                                  RandomPurpose::Augmentation);
  const AugmentationSettings &augmentation = settings.augmentation;
  bool augments = !augmentation.isNone();
  PassContext context;
  context.training = true;
  if (ranges && epochsDone >= settings.floatEpochs)
    context.ranges = &*ranges;
  context.dropout = at::make_generator<at::CPUGeneratorImpl>(
      SeededRandom(settings.seed, epochsDone, RandomPurpose::Dropout).next());

  int64_t images = order.size();
  int64_t batchSize = std::min(settings.batchSize, images);
  int64_t batches = (images + batchSize - 1) / batchSize;
  std::vector<float> buffer(batchSize * assembler.sampleSize());
  Tally tally;
  EpochResult result;
  for (int64_t batch = 0; batch < batches && !diverged; ++batch) {
    if (callbacks.isCancelled && callbacks.isCancelled()) {
      result.cancelled = true;
      break;
    }
    int64_t first = batch * batchSize;
    int64_t count = std::min(batchSize, images - first);
    assembler.assemble(data.train.values, &order[first], count, buffer.data(),
                       augments ? &augmentation : nullptr, &augmentationRandom);
    Tensor labels = labelsOf(data.train, &order[first], count);
    Tensor input = module.fromRows(buffer.data(), count);
    Tensor output = NetworkModule::toRows(module.run(input, context));
    Tensor loss = lossOf(output, NetworkModule::toRows(input), labels,
                         settings.labelSmoothing);
    double value = loss.item<float>();
    // Rounding into a range makes infinities finite again.
    bool isFinite = std::isfinite(value);
    if (context.ranges) {
      context.ranges->endBatch();
      isFinite = isFinite && context.ranges->isFinite();
    }
    if (!isFinite) {
      diverged = true;
      break;
    }
    // A network of nothing but zeros has nothing to learn.
    if (loss.requires_grad()) {
      loss.backward();
      updateParameters(
          scheduledLearningRate(settings, epochsDone, batch, batches));
    }

    tally.loss += value * count;
    tally.correct += countCorrect(output, labels);
    tally.images += count;
    if (callbacks.onProgress)
      callbacks.onProgress({epochsDone, tally.images, images, tally.meanLoss(),
                            tally.accuracy()});
  }

  result.images = tally.images;
  result.loss = tally.meanLoss();
  result.accuracy = tally.accuracy();
  if (diverged) {
    result.diverged = true;
    result.loss = std::numeric_limits<double>::quiet_NaN();
    result.accuracy = chance();
  }
  ++epochsDone;
  result.seconds = secondsSince(start);
  return result;
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

Result<EvaluationResult>
TorchSession::evaluate(Split split, const TrainingCallbacks &callbacks) {
  return guarded([&]() -> Result<EvaluationResult> {
    auto start = std::chrono::steady_clock::now();
    const SampleView &samples = samplesOf(split);
    int64_t images = samples.indices.size();
    if (images == 0)
      return Result<EvaluationResult>::failure(
          "there are no images to evaluate on");
    torch::NoGradGuard noGradient;
    std::vector<float> buffer(std::min(images, evaluationBatch) *
                              assembler.sampleSize());
    Tally tally;
    EvaluationResult result;
    for (int64_t first = 0; first < images; first += evaluationBatch) {
      if (callbacks.isCancelled && callbacks.isCancelled()) {
        result.cancelled = true;
        break;
      }
      int64_t count = std::min(evaluationBatch, images - first);
      const int64_t *indices = &samples.indices[first];
      assembler.assemble(samples.values, indices, count, buffer.data(), nullptr,
                         nullptr);
      Tensor output = infer(buffer.data(), count);
      Tensor labels = labelsOf(samples, indices, count);
      Tensor input =
          at::from_blob(buffer.data(), {count, assembler.sampleSize()});
      tally.loss += lossOf(output, input, labels, 0.0).item<float>() * count;
      tally.correct += countCorrect(output, labels);
      tally.images += count;
      if (callbacks.onProgress)
        callbacks.onProgress({epochsDone, tally.images, images,
                              tally.meanLoss(), tally.accuracy()});
    }
    result.images = tally.images;
    result.loss = tally.meanLoss();
    result.accuracy = tally.accuracy();
    result.seconds = secondsSince(start);
    return result;
  });
}

Result<std::vector<float>>
TorchSession::logitsOf(const SampleView &samples,
                       const std::vector<int64_t> &indices) {
  int64_t images = indices.size();
  std::vector<float> buffer(std::min(images, evaluationBatch) *
                            assembler.sampleSize());
  std::vector<float> result;
  for (int64_t first = 0; first < images; first += evaluationBatch) {
    int64_t count = std::min(evaluationBatch, images - first);
    assembler.assemble(samples.values, &indices[first], count, buffer.data(),
                       nullptr, nullptr);
    Tensor rows = infer(buffer.data(), count);
    const float *values = rows.data_ptr<float>();
    result.insert(result.end(), values, values + rows.numel());
  }
  return result;
}

Result<std::vector<float>> TorchSession::logits(Split split) {
  return guarded([&] {
    const SampleView &samples = samplesOf(split);
    return logitsOf(samples, samples.indices);
  });
}

Result<std::vector<float>>
TorchSession::logits(Split split, const std::vector<int64_t> &positions) {
  return guarded([&]() -> Result<std::vector<float>> {
    const SampleView &samples = samplesOf(split);
    std::vector<int64_t> indices;
    for (int64_t position : positions) {
      int64_t size = samples.indices.size();
      if (position < 0 || position >= size)
        return Result<std::vector<float>>::failure(
            "there is no image number " + std::to_string(position) + " among " +
            std::to_string(size));
      indices.push_back(samples.indices[position]);
    }
    return logitsOf(samples, indices);
  });
}

//===----------------------------------------------------------------------===//
// The library
//===----------------------------------------------------------------------===//

namespace {

class TorchInstance : public TorchNetwork<NetworkInstance> {
public:
  TorchInstance(const NetworkDescription &network, uint64_t seed)
      : TorchNetwork(network, seed, /*threads=*/1) {}
};

class TorchTrainer : public Trainer {
public:
  std::string description() const override {
    return std::string("LibTorch ") + TORCH_VERSION;
  }

  Result<std::unique_ptr<NetworkInstance>>
  instantiate(const NetworkDescription &network, uint64_t seed) override {
    using Instance = Result<std::unique_ptr<NetworkInstance>>;
    return guarded([&]() -> Instance {
      return Instance(std::make_unique<TorchInstance>(network, seed));
    });
  }

  Result<std::unique_ptr<TrainingSession>>
  createSession(const NetworkDescription &network, const TrainingData &data,
                const TrainingSettings &settings) override {
    using Session = Result<std::unique_ptr<TrainingSession>>;
    return guarded([&]() -> Session {
      Status status = checkSettings(settings);
      if (status)
        status = checkData(network, data, settings);
      if (!status)
        return Session::failureOf(status);
      return Session(std::make_unique<TorchSession>(network, data, settings));
    });
  }
};

} // namespace

extern "C" __attribute__((visibility("default"))) Trainer *
nascTrainerEntryPoint(unsigned interfaceVersion) {
  if (interfaceVersion != trainerInterfaceVersion)
    return nullptr;
  try {
    at::globalContext().setDeterministicAlgorithms(/*b=*/true,
                                                   /*warn_only=*/false);
    static TorchTrainer trainer;
    return &trainer;
  } catch (const std::exception &) {
    return nullptr;
  }
}
