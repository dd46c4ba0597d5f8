//===- Quantization.cpp - 8-bit integers for training -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/Quantization.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace nasc;
using namespace nasc::train;

//===----------------------------------------------------------------------===//
// Stored tensors
//===----------------------------------------------------------------------===//

StoragePlan::StoragePlan(const NetworkDescription &network)
    : fusedReader(network.layers.size(), 0), rangeOf(network.layers.size(), 0) {
  for (unsigned index = 0; index < network.layers.size(); ++index) {
    const NetworkLayer &layer = network.layers[index];
    rangeOf[index] = index;
    if (layer.inputs.empty())
      continue;
    unsigned producer = layer.inputs.front();
    if (layer.storage == nas::ResultStorage::ScaleOfInput ||
        layer.storage == nas::ResultStorage::Alias)
      rangeOf[index] = rangeOf[producer];
    if (!layer.isFused)
      continue;
    // Layers that do nothing may stand between.
    while (network.layers[producer].storage == nas::ResultStorage::Alias)
      producer = network.layers[producer].inputs.front();
    fusedReader[producer] = index;
  }
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

RangeTracker::RangeTracker(const NetworkDescription &network)
    : minima(network.layers.size(), 0.0f), maxima(network.layers.size(), 0.0f) {
  for (unsigned index = 0; index <= network.output; ++index)
    if (network.layers[index].storage == nas::ResultStorage::Own)
      tensors.emplace_back(index, network.layers[index].name);
}

void RangeTracker::observe(unsigned layer, float minimum, float maximum) {
  if (!std::isfinite(minimum) || !std::isfinite(maximum)) {
    finite = false;
    return;
  }
  minimum = std::min(minimum, 0.0f);
  maximum = std::max(maximum, 0.0f);
  float seen = static_cast<float>(batches);
  float keep = std::min(decay, seen / (seen + 1));
  minima[layer] = keep * minima[layer] + (1 - keep) * minimum;
  maxima[layer] = keep * maxima[layer] + (1 - keep) * maximum;
}

void RangeTracker::restore(int64_t batches, std::vector<float> minima,
                           std::vector<float> maxima) {
  this->batches = batches;
  this->minima = std::move(minima);
  this->maxima = std::move(maxima);
  finite = true;
}

std::vector<ActivationRange> RangeTracker::ranges() const {
  std::vector<ActivationRange> result;
  for (const auto &[layer, name] : tensors)
    result.push_back({name, minima[layer], maxima[layer]});
  return result;
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

/// Adding and subtracting it rounds a float of less than 2^22 to an integer,
/// in the processor's rounding mode (to nearest, ties to even). Unlike the
/// functions of <cmath>, that becomes vector instructions on every processor.
static constexpr float roundingConstant = 12582912.0f; // 1.5 * 2^23

static float roundSmall(float value) {
  return (value + roundingConstant) - roundingConstant;
}

/// Steps that are no normal floats would lose the precision of their values,
/// and their inverses would be infinite.
static constexpr double leastScale = std::numeric_limits<float>::min();

ActivationEncoding nasc::train::encodingOf(float minimum, float maximum) {
  double low = std::min(minimum, 0.0f), high = std::max(maximum, 0.0f);
  ActivationEncoding encoding;
  // In float32, as deployment and files of networks have it.
  double scale = static_cast<float>((high - low) / 255);
  if (!(scale >= leastScale))
    return encoding;
  encoding.scale = scale;
  encoding.zeroPoint = static_cast<int32_t>(
      std::clamp(std::round(-128 - low / scale), -128.0, 127.0));
  return encoding;
}

void nasc::train::fakeQuantize(const float *input, float *output, int64_t count,
                               const ActivationEncoding &encoding) {
  const float scale = static_cast<float>(encoding.scale);
  const float inverse = static_cast<float>(1 / encoding.scale);
  const float least = static_cast<float>(-128 - encoding.zeroPoint);
  const float greatest = static_cast<float>(127 - encoding.zeroPoint);
  for (int64_t i = 0; i < count; ++i) {
    float steps = input[i] * inverse;
    // Comparisons that are false for NaN, which so passes.
    steps = steps < least ? least : steps;
    steps = steps > greatest ? greatest : steps;
    output[i] = roundSmall(steps) * scale;
  }
}

void nasc::train::fakeQuantizeGradient(const float *input,
                                       const float *gradient, float *output,
                                       int64_t count,
                                       const ActivationEncoding &encoding) {
  const float inverse = static_cast<float>(1 / encoding.scale);
  // Half a step beyond the ends still rounds to them. A border at the ends
  // themselves would cut off, by rounding errors alone, the very value that
  // the range was taken from.
  const float least = static_cast<float>(-128.5 - encoding.zeroPoint);
  const float greatest = static_cast<float>(127.5 - encoding.zeroPoint);
  for (int64_t i = 0; i < count; ++i) {
    float steps = input[i] * inverse;
    // Read in any case: a load under a condition is no vector instruction.
    float passed = gradient[i];
    passed = steps >= least ? passed : 0.0f;
    output[i] = steps <= greatest ? passed : 0.0f;
  }
}

void nasc::train::fakeQuantizeWeights(const float *input, float *output,
                                      int64_t count) {
  float greatest = 0.0f;
  bool isFinite = true;
  for (int64_t i = 0; i < count; ++i) {
    isFinite = isFinite && std::isfinite(input[i]);
    greatest = std::max(greatest, std::abs(input[i]));
  }
  double exact = static_cast<double>(greatest) / 127;
  // Nothing but zeros has no scale.
  if (isFinite && exact < leastScale) {
    std::fill(output, output + count, 0.0f);
    return;
  }
  const float scale = isFinite ? static_cast<float>(exact)
                               : std::numeric_limits<float>::quiet_NaN();
  const float inverse = static_cast<float>(1 / exact);
  for (int64_t i = 0; i < count; ++i)
    output[i] = roundSmall(input[i] * inverse) * scale;
}
