//===- Trainer.h - What training offers to the rest of nasc -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface between nasc and the shared library that trains networks. It
// is made of the standard library alone: neither LibTorch nor LLVM shows, so
// that each side can be loaded without the other. Nothing here throws; what
// can fail returns a Result. Obtain a Trainer with loadTrainer()
// (TrainerLibrary.h).
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_TRAINER_H
#define NASC_RUNTIME_TRAIN_TRAINER_H

#include "dialects/diagnostics/Code.h"
#include "runtime/network/NetworkDescription.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nasc::train {

/// A value, or the message of an error. (llvm::Expected cannot cross the
/// border: the training library does not link LLVM.)
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value(std::move(value)) {}
  static Result failure(std::string message) {
    Result result;
    result.message = std::move(message);
    return result;
  }
  /// A failure that users can cause.
  static Result failure(Diag code, std::string message) {
    Result result = failure(std::move(message));
    result.failureCode = code;
    return result;
  }
  /// The same failure of another operation.
  template <typename U> static Result failureOf(const Result<U> &other) {
    Result result = failure(other.error());
    result.failureCode = other.code();
    return result;
  }

  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }
  /// The message; empty when there is a value.
  const std::string &error() const { return message; }
  /// The code of a failure that users can cause.
  std::optional<Diag> code() const { return failureCode; }

private:
  Result() = default;
  std::optional<T> value;
  std::string message;
  std::optional<Diag> failureCode;
};

/// The value of operations that only succeed or fail.
struct Success {};
using Status = Result<Success>;

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

enum class OptimizerKind { SGD, Adam, AdamW };

/// The update rules are PyTorch's.
struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::Adam;
  /// Positive. The schedule multiplies it.
  double learningRate = 1e-3;
  /// SGD only: heavy-ball momentum in [0, 1), without dampening.
  double momentum = 0.0;
  /// Not negative. SGD and Adam add it to the gradient, AdamW shrinks the
  /// parameters by it.
  double weightDecay = 0.0;
  /// Adam and AdamW only: decay of the two moments, in [0, 1).
  double firstMomentDecay = 0.9, secondMomentDecay = 0.999;
  /// Adam and AdamW only: added to the denominator.
  double epsilon = 1e-8;
};

enum class ScheduleKind { Constant, Cosine, Step };

/// How the learning rate changes.
struct ScheduleSettings {
  /// Cosine falls from the full rate to zero over TrainingSettings::epochs,
  /// batch by batch; Step multiplies by `factor` after every `every` epochs.
  ScheduleKind kind = ScheduleKind::Constant;
  /// Step only: epochs, at least 1.
  int64_t every = 1;
  /// Step only: positive.
  double factor = 0.1;
};

enum class LossKind { CrossEntropy, MeanSquaredError };

/// Random changes to each training image. Pixels from outside are raw zeros.
struct AugmentationSettings {
  /// Each axis but the channels is shifted by a whole number of pixels drawn
  /// from [-shift, shift] of the axis. One for each of them, not negative;
  /// empty: no shifts.
  std::vector<int64_t> shift;
  /// Mirrors half of the images left to right. Rank 3 only.
  bool flipHorizontal = false;

  bool isNone() const {
    for (int64_t most : shift)
      if (most != 0)
        return false;
    return !flipHorizontal;
  }
};

struct TrainingSettings {
  OptimizerSettings optimizer;
  ScheduleSettings schedule;
  /// Images in a batch, at least 1; the last batch of an epoch may be smaller.
  int64_t batchSize = 128;
  /// The length of the schedule. More epochs may be run; a cosine stays at
  /// zero then.
  int64_t epochs = 1;
  /// An epoch sees this many images, drawn anew for each epoch; 0: all.
  int64_t imagesPerEpoch = 0;
  LossKind loss = LossKind::CrossEntropy;
  /// Cross-entropy only, in [0, 1): the share of the target that is spread
  /// evenly over all classes. Evaluation does not smooth.
  double labelSmoothing = 0.0;
  AugmentationSettings augmentation;
  /// Decides initial weights, order of images, augmentation and dropout.
  uint64_t seed = 1;
  /// Threads of LibTorch, at least 1. The last bits of results depend on it.
  unsigned threads = 1;
  /// Trains the network as it computes once its tensors are 8-bit integers, by
  /// TFLite's scheme: weights, with the batch_norm behind them, are rounded
  /// for each output channel, every tensor that the deployed network stores
  /// for itself, in the range that was seen in training; gradients pass
  /// through the rounding. Statistics of batch_norm are fixed meanwhile. It is
  /// for fine-tuning: weights should come from a training in floats, by
  /// `floatEpochs` or TrainingSession::setWeights().
  bool quantizationAware = false;
  /// quantizationAware only: the session's first epochs that are trained in
  /// floats all the same; not negative, and fewer than `epochs`.
  int64_t floatEpochs = 0;
};

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

enum class ElementType { Int8, UInt8, Float32 };

/// Stored samples and a selection of them. Nothing is owned except the
/// selection; values and labels must outlive the sessions that use them.
struct SampleView {
  /// `count` samples one after the other, each row-major in
  /// TrainingData::shape and of TrainingData::element.
  const void *values = nullptr;
  /// One class for each sample, 0 … classes - 1; may be null when the target
  /// is the input.
  const int32_t *labels = nullptr;
  /// How many samples `values` holds.
  int64_t count = 0;
  /// The samples that belong to the split, each in [0, count). A sample that
  /// is listed twice counts twice.
  std::vector<int64_t> indices;
};

enum class TargetKind {
  /// The class of the sample. With a mean squared error: the one-hot vector.
  Label,
  /// The normalised input (autoencoders).
  Input,
};

/// What a network is trained and judged on.
struct TrainingData {
  /// Channels-last: [height, width, channels], [length, channels] or
  /// [channels].
  std::vector<int64_t> shape;
  ElementType element = ElementType::UInt8;
  /// The network sees (raw * scale - mean) / deviation. Each has one value
  /// for all channels, or one for each channel.
  std::vector<float> scale = {1.0f}, mean = {0.0f}, deviation = {1.0f};
  TargetKind target = TargetKind::Label;
  /// Number of classes; unused when the target is the input.
  int64_t classes = 0;
  /// Train and validation usually select from the same samples.
  SampleView train, validation, test;
};

enum class Split { Train, Validation, Test };

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Where an epoch or an evaluation stands.
struct BatchProgress {
  /// 0 for the first epoch; for evaluations, the number of epochs done.
  int64_t epoch = 0;
  int64_t images = 0, totalImages = 0;
  /// Means over the images so far. Accuracy is 0 for targets without classes.
  double loss = 0.0, accuracy = 0.0;
};

/// Both may be empty. They are called from the thread that called in.
struct TrainingCallbacks {
  /// Asked before each batch; true stops.
  std::function<bool()> isCancelled;
  /// Told after each batch.
  std::function<void(const BatchProgress &)> onProgress;
};

struct EpochResult {
  /// Means over the images of the epoch, in training mode. When the training
  /// diverged: NaN, and the accuracy of guessing.
  double loss = 0.0, accuracy = 0.0;
  int64_t images = 0;
  double seconds = 0.0;
  /// The loss was no longer finite. Further epochs change nothing.
  bool diverged = false;
  /// Stopped by the callback. The session is as it was before the epoch, and
  /// loss and accuracy cover the images until then.
  bool cancelled = false;
};

struct EvaluationResult {
  /// Means over the images, in inference mode; the loss may be NaN or
  /// infinite for a network that diverged. Accuracy is the share of images
  /// whose greatest logit (the first of equals) is their class; that of
  /// guessing when logits are NaN; 0 for targets without classes.
  double loss = 0.0, accuracy = 0.0;
  int64_t images = 0;
  double seconds = 0.0;
  bool cancelled = false;
};

/// Between which values a stored tensor of the network lies.
struct ActivationRange {
  /// The layer whose result is stored: of layers that run as one, the last.
  std::string layer;
  /// Finite; minimum <= 0 <= maximum. Both are 0 for tensors of zeros.
  float minimum = 0.0f, maximum = 0.0f;
};

//===----------------------------------------------------------------------===//
// Networks and sessions
//===----------------------------------------------------------------------===//

/// A network as modules of LibTorch.
class NetworkInstance {
public:
  virtual ~NetworkInstance() = default;

  /// The output for `count` inputs, given row-major one after the other and
  /// already normalised. Returns `count` rows of the output's elements.
  virtual Result<std::vector<float>> forward(const std::vector<float> &inputs,
                                             int64_t count) = 0;

  /// Every weight, in the layouts of NetworkWeights.
  virtual Result<NetworkWeights> weights() = 0;

  /// Replaces every weight; all names and shapes must be those of weights().
  /// Optimiser and epoch of a session stay as they are.
  virtual Status setWeights(const NetworkWeights &weights) = 0;

  // Counts of the network that was built, not of a formula over its
  // description: an independent check of the compiler's cost functions.

  /// Trainable parameters, including scale and shift of batch_norm.
  virtual int64_t parameterCount() = 0;
  /// Elements of the weight tensors of convolutions and dense layers.
  virtual int64_t weightCount() = 0;
  /// Multiply-accumulates of convolutions and dense layers for one input, by
  /// the shapes seen while the network runs.
  virtual Result<int64_t> multiplyAccumulates() = 0;
};

/// A network in training. Same network, data, settings and machine: same
/// results, bit for bit. One thread at a time may use a session, but several
/// sessions may train at once in as many threads: of small networks, two with
/// one thread each get as far as one after the other with two threads, and
/// suffer less when other programs need the processors. Data must outlive the
/// session.
class TrainingSession : public NetworkInstance {
public:
  /// Trains for one epoch.
  virtual Result<EpochResult>
  runEpoch(const TrainingCallbacks &callbacks = {}) = 0;

  /// Judges the network on all images of a split, without augmentation.
  virtual Result<EvaluationResult>
  evaluate(Split split, const TrainingCallbacks &callbacks = {}) = 0;

  /// The network's output for all images of a split, in the order of its
  /// indices: images × output elements.
  virtual Result<std::vector<float>> logits(Split split) = 0;
  /// The same for single images of a split, by their positions in its list.
  virtual Result<std::vector<float>>
  logits(Split split, const std::vector<int64_t> &positions) = 0;

  /// Epochs done so far.
  virtual int64_t epoch() const = 0;

  /// Quantisation-aware training: the range of each tensor that the deployed
  /// network stores, in the order of the layers, the input first. evaluate(),
  /// logits() and forward() round in exactly these. An error while no
  /// quantised batch has been trained on [NAS4019] (those functions compute in
  /// floats then), and for other trainings [NAS4020].
  virtual Result<std::vector<ActivationRange>> activationRanges() const = 0;

  /// Everything that later epochs depend on: weights, optimiser, epoch, and
  /// the ranges of quantisation-aware training. A session created in the same
  /// way, in any process, goes on from it bit for bit as this one would.
  virtual Result<std::vector<uint8_t>> saveState() = 0;
  /// Takes a state over. A state that is damaged, of another network or of
  /// another kind of training is an error and changes nothing.
  virtual Status restoreState(const std::vector<uint8_t> &state) = 0;
};

/// The training library.
class Trainer {
public:
  virtual ~Trainer() = default;

  /// Name and version of the library behind (`LibTorch 1.13.1`).
  virtual std::string description() const = 0;

  /// Builds a network with fresh weights. The network is one that was extracted
  /// from IR, whose verifier has checked its shapes.
  virtual Result<std::unique_ptr<NetworkInstance>>
  instantiate(const NetworkDescription &network, uint64_t seed = 1) = 0;

  /// Starts a training. Settings out of range and data that do not fit the
  /// network are errors.
  virtual Result<std::unique_ptr<TrainingSession>>
  createSession(const NetworkDescription &network, const TrainingData &data,
                const TrainingSettings &settings) = 0;
};

/// Changes whenever this interface does; a library of another version is
/// refused instead of called wrongly.
constexpr unsigned trainerInterfaceVersion = 4;

/// The one symbol of the shared library: returns its Trainer, which lives as
/// long as the process, or null when the versions differ.
using TrainerEntryPoint = Trainer *(*)(unsigned interfaceVersion);
constexpr const char *trainerEntryPointName = "nascTrainerEntryPoint";

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_TRAINER_H
