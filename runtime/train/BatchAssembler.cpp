//===- BatchAssembler.cpp - From stored samples to batches ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/BatchAssembler.h"

#include <algorithm>

using namespace nasc::train;

/// One value for each channel from one for all or one for each.
static std::vector<float> spread(const std::vector<float> &values,
                                 int64_t channels) {
  return values.size() == 1 ? std::vector<float>(channels, values.front())
                            : values;
}

BatchAssembler::BatchAssembler(const TrainingData &data)
    : element(data.element) {
  const std::vector<int64_t> &shape = data.shape;
  channels = shape.back();
  if (shape.size() >= 2)
    height = shape[0];
  if (shape.size() == 3)
    width = shape[1];
  scale = spread(data.scale, channels);
  mean = spread(data.mean, channels);
  deviation = spread(data.deviation, channels);

  for (int64_t channel = 0; channel < channels; ++channel)
    padding.push_back(-mean[channel] / deviation[channel]);
  if (element == ElementType::Float32)
    return;
  table.reserve(channels * 256);
  for (int64_t channel = 0; channel < channels; ++channel)
    for (int pattern = 0; pattern < 256; ++pattern) {
      float raw = element == ElementType::Int8
                      ? static_cast<float>(static_cast<int8_t>(pattern))
                      : static_cast<float>(pattern);
      table.push_back((raw * scale[channel] - mean[channel]) /
                      deviation[channel]);
    }
}

void BatchAssembler::normalizePixels(const uint8_t *pixels, int64_t count,
                                     float *output) const {
  const float *values = table.data();
  if (channels == 1) {
    for (int64_t i = 0; i < count; ++i)
      output[i] = values[pixels[i]];
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    for (int64_t channel = 0; channel < channels; ++channel)
      *output++ = values[channel * 256 + *pixels++];
}

void BatchAssembler::normalizePixels(const int8_t *pixels, int64_t count,
                                     float *output) const {
  // The table is indexed by the bit pattern, so both signs share the loop.
  normalizePixels(reinterpret_cast<const uint8_t *>(pixels), count, output);
}

void BatchAssembler::normalizePixels(const float *pixels, int64_t count,
                                     float *output) const {
  for (int64_t i = 0; i < count; ++i)
    for (int64_t channel = 0; channel < channels; ++channel)
      *output++ =
          (*pixels++ * scale[channel] - mean[channel]) / deviation[channel];
}

float *BatchAssembler::fillPadding(int64_t pixels, float *output) const {
  for (int64_t i = 0; i < pixels; ++i)
    output = std::copy(padding.begin(), padding.end(), output);
  return output;
}

BatchAssembler::Placement
BatchAssembler::drawPlacement(const AugmentationSettings &augmentation,
                              SeededRandom &random) const {
  Placement placement;
  int64_t *const axes[] = {&placement.down, &placement.right};
  for (size_t axis = 0; axis < augmentation.shift.size(); ++axis) {
    int64_t most = augmentation.shift[axis];
    *axes[axis] = static_cast<int64_t>(random.below(2 * most + 1)) - most;
  }
  if (augmentation.flipHorizontal)
    placement.mirrored = random.below(2) == 1;
  return placement;
}

template <typename Element>
void BatchAssembler::writeSample(const Element *sample,
                                 const Placement &placement,
                                 float *output) const {
  if (placement.down == 0 && placement.right == 0 && !placement.mirrored)
    return normalizePixels(sample, height * width, output);

  // Output pixels [first, last) of a row come from inside the image.
  int64_t first = std::clamp<int64_t>(-placement.right, 0, width);
  int64_t last = std::clamp<int64_t>(width - placement.right, first, width);
  for (int64_t y = 0; y < height; ++y) {
    int64_t sourceRow = y + placement.down;
    if (sourceRow < 0 || sourceRow >= height || first == last) {
      output = fillPadding(width, output);
      continue;
    }
    const Element *row = sample + sourceRow * width * channels;
    output = fillPadding(first, output);
    if (!placement.mirrored) {
      normalizePixels(row + (first + placement.right) * channels, last - first,
                      output);
      output += (last - first) * channels;
    } else {
      for (int64_t x = first; x < last; ++x) {
        int64_t source = width - 1 - (x + placement.right);
        normalizePixels(row + source * channels, 1, output);
        output += channels;
      }
    }
    output = fillPadding(width - last, output);
  }
}

void BatchAssembler::assemble(const void *values, const int64_t *samples,
                              int64_t count, float *output,
                              const AugmentationSettings *augmentation,
                              SeededRandom *random) const {
  for (int64_t i = 0; i < count; ++i, output += sampleSize()) {
    Placement placement;
    if (augmentation)
      placement = drawPlacement(*augmentation, *random);
    int64_t offset = samples[i] * sampleSize();
    switch (element) {
    case ElementType::UInt8:
      writeSample(static_cast<const uint8_t *>(values) + offset, placement,
                  output);
      break;
    case ElementType::Int8:
      writeSample(static_cast<const int8_t *>(values) + offset, placement,
                  output);
      break;
    case ElementType::Float32:
      writeSample(static_cast<const float *>(values) + offset, placement,
                  output);
      break;
    }
  }
}

std::vector<int64_t> nasc::train::drawEpoch(const std::vector<int64_t> &indices,
                                            int64_t limit, uint64_t seed,
                                            int64_t epoch) {
  std::vector<int64_t> order = indices;
  int64_t size = order.size();
  int64_t count = limit > 0 ? std::min(limit, size) : size;
  SeededRandom random(seed, epoch, RandomPurpose::Order);
  // Fisher–Yates from the front: only the part that is used is shuffled.
  for (int64_t i = 0; i < count; ++i)
    std::swap(order[i], order[i + random.below(size - i)]);
  order.resize(count);
  return order;
}
