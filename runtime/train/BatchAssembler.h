//===- BatchAssembler.h - From stored samples to batches --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Picks samples, augments and normalises them into the float32 batches that a
// network is fed with.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_BATCHASSEMBLER_H
#define NASC_RUNTIME_TRAIN_BATCHASSEMBLER_H

#include "runtime/train/SeededRandom.h"
#include "runtime/train/Trainer.h"

namespace nasc::train {

class BatchAssembler {
public:
  /// `data` has passed checkData().
  explicit BatchAssembler(const TrainingData &data);

  /// Elements of one sample.
  int64_t sampleSize() const { return height * width * channels; }

  /// Writes `count` samples, channels-last and normalised, one after the
  /// other to `output`. With `augmentation`, each is changed at random.
  void assemble(const void *values, const int64_t *samples, int64_t count,
                float *output, const AugmentationSettings *augmentation,
                SeededRandom *random) const;

private:
  /// How a sample is moved: output pixel (y, x) is input pixel
  /// (y + down, x + right), x counted from the right when mirrored.
  struct Placement {
    int64_t down = 0, right = 0;
    bool mirrored = false;
  };

  Placement drawPlacement(const AugmentationSettings &augmentation,
                          SeededRandom &random) const;
  template <typename Element>
  void writeSample(const Element *sample, const Placement &placement,
                   float *output) const;
  void normalizePixels(const uint8_t *pixels, int64_t count,
                       float *output) const;
  void normalizePixels(const int8_t *pixels, int64_t count,
                       float *output) const;
  void normalizePixels(const float *pixels, int64_t count, float *output) const;
  float *fillPadding(int64_t pixels, float *output) const;

  ElementType element;
  int64_t height = 1, width = 1, channels = 1;
  /// For each channel.
  std::vector<float> scale, mean, deviation;
  /// For each channel, what a raw zero becomes.
  std::vector<float> padding;
  /// Elements of 8 bits: for each channel, what each bit pattern becomes.
  std::vector<float> table;
};

/// The samples of an epoch in their order: `limit` (0: all) of `indices`,
/// drawn at random without repetition.
std::vector<int64_t> drawEpoch(const std::vector<int64_t> &indices,
                               int64_t limit, uint64_t seed, int64_t epoch);

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_BATCHASSEMBLER_H
