//===- FakeQuantization.h - Rounding with gradients -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rounding of Quantization.h as differentiable operations of LibTorch,
// whose own fake_quantize operations round value by value, twenty times as
// slow. Only for the files of this folder that are compiled with LibTorch.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_FAKEQUANTIZATION_H
#define NASC_RUNTIME_TRAIN_FAKEQUANTIZATION_H

#include "runtime/train/Quantization.h"

#include <torch/types.h>

namespace nasc::train {

/// What a batch_norm with fixed statistics does to each channel: multiply by
/// `factor`, add `offset`. Both of shape [channels].
struct ChannelScaling {
  torch::Tensor factor, offset;
};

/// Weights as they are deployed: [output channels, …] of float32, multiplied by
/// `factor` (not if undefined) and rounded to 8 bits for each channel. The
/// gradient passes straight through the rounding.
torch::Tensor deployedWeights(const torch::Tensor &weights,
                              const torch::Tensor &factor);

/// A stored tensor of float32 as it is deployed: rounded to the 256 integers
/// of the range of `layer` in `ranges`, which with `observes` first takes in
/// this batch's values. The gradient passes straight through inside of the
/// range and is zero outside.
torch::Tensor deployedActivations(const torch::Tensor &values, unsigned layer,
                                  RangeTracker &ranges, bool observes);

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_FAKEQUANTIZATION_H
