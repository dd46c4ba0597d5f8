//===- Quantization.h - 8-bit integers for training -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What quantisation-aware training needs besides LibTorch: which tensors the
// deployed network stores, the ranges that they were seen in, and the loops
// that round to what 8-bit integers can stand for.
//
// The scheme is TFLite's. Activations: an integer q of -128 … 127 stands for
// scale * (q - zeroPoint), one pair for each stored tensor. Weights: an
// integer q of -127 … 127 stands for scale * q, one scale for each output
// channel. Biases are 32-bit integers in deployment; their steps are those of
// the sums they are added to, far finer than those of the result, so training
// leaves them as they are.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_QUANTIZATION_H
#define NASC_RUNTIME_TRAIN_QUANTIZATION_H

#include "runtime/train/Trainer.h"

namespace nasc::train {

//===----------------------------------------------------------------------===//
// Stored tensors
//===----------------------------------------------------------------------===//

/// What the network says of its layers in deployment, where several run as one,
/// by index.
struct StoragePlan {
  /// `network` is one that was extracted from verified IR.
  explicit StoragePlan(const NetworkDescription &network);

  /// For each layer, the layer that runs with it and reads its result; 0 where
  /// there is none (layer 0 is the input, which reads nothing).
  std::vector<unsigned> fusedReader;
  /// For each layer that is stored, the one whose range its integers cover: its
  /// own, or that of the tensor whose scale it keeps.
  std::vector<unsigned> rangeOf;
};

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// The ranges of a network's stored tensors over the batches of training: of
/// the first batches the mean of each batch's least and greatest value, later
/// their exponential moving average, where each batch counts for 1/100. A mean
/// over batches, not the extremes of all, so that a rare outlier does not
/// coarsen every other value; and the first batches count alike, so that short
/// trainings do not keep the ranges of their first one.
class RangeTracker {
public:
  /// What an old mean is multiplied by for a new batch, once 99 batches have
  /// been seen; with n < 99 of them, n / (n + 1).
  static constexpr float decay = 0.99f;

  /// `network` is one that was extracted from verified IR.
  explicit RangeTracker(const NetworkDescription &network);

  /// Takes in the least and greatest value of a stored tensor in this batch.
  void observe(unsigned layer, float minimum, float maximum);
  /// The batch is over.
  void endBatch() { ++batches; }

  /// The mean range of a stored tensor, widened to contain 0 (the padding of
  /// convolutions must be an integer).
  std::pair<float, float> range(unsigned layer) const {
    return {minima[layer], maxima[layer]};
  }
  /// Whether there was a batch.
  bool hasRanges() const { return batches > 0; }
  /// False once a tensor had a value that was infinite or no number. Such
  /// values do not change ranges.
  bool isFinite() const { return finite; }

  /// Goes on from what another tracker of the same network has seen.
  void restore(int64_t batches, std::vector<float> minima,
               std::vector<float> maxima);

  /// The ranges by name, in the order of the layers.
  std::vector<ActivationRange> ranges() const;

  // All that later batches depend on.

  /// How many there were.
  int64_t batchCount() const { return batches; }
  /// For each layer the means of its least and of its greatest values; 0 for
  /// layers whose results are not stored.
  const std::vector<float> &leastValues() const { return minima; }
  const std::vector<float> &greatestValues() const { return maxima; }

private:
  int64_t batches = 0;
  std::vector<float> minima, maxima;
  /// Layers whose results have ranges of their own and are reached, and their
  /// names.
  std::vector<std::pair<unsigned, std::string>> tensors;
  bool finite = true;
};

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

/// The integers of a tensor of activations.
struct ActivationEncoding {
  /// Positive. The loops below work with its nearest float.
  double scale = 1.0;
  /// -128 … 127.
  int32_t zeroPoint = 0;
};

/// The encoding of a range, widened to contain 0, that is finite: 256 integers
/// from end to end, moved by less than a step so that one of them is 0. A
/// range that is a single point, or so narrow that its steps would not be
/// normal floats, gets steps of 1: all its values become 0.
ActivationEncoding encodingOf(float minimum, float maximum);

/// Writes each value as the nearest number that an integer stands for (of two
/// equally near ones, an even number of steps from 0). NaN stays NaN. `output`
/// may be `input`.
void fakeQuantize(const float *input, float *output, int64_t count,
                  const ActivationEncoding &encoding);

/// The gradient that passes straight through fakeQuantize(): `gradient` where
/// `input` rounds to one of the 256 integers, 0 where it was beyond the first
/// or last of them. `output` may be `gradient`.
void fakeQuantizeGradient(const float *input, const float *gradient,
                          float *output, int64_t count,
                          const ActivationEncoding &encoding);

/// The same as fakeQuantize() for the weights of one output channel: the
/// scale is their greatest magnitude / 127, so none is out of range, and the
/// straight-through gradient is the gradient. With a NaN or an infinity among
/// them, all become NaN.
void fakeQuantizeWeights(const float *input, float *output, int64_t count);

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_QUANTIZATION_H
