//===- QuantizedNetwork.h - An 8-bit network as steps -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A network of TOSA operations on 8-bit integers, as the list of steps that its
// code takes: each step is one kernel with its requantisation and bounds. Plain
// data: planning the memory and counting costs need no IR.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_QUANTIZEDNETWORK_H
#define NASC_PASSES_KERNELS_QUANTIZEDNETWORK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasc {

/// What a step computes.
enum class StepKind {
  /// Each byte with its top bit flipped: unsigned to signed.
  FlipSign,
  /// Each byte replaced by the entry of a table, one for all channels or one
  /// for each.
  Table,
  /// Each number rescaled.
  Rescale,
  /// Each number bounded.
  Clamp,
  Convolution,
  /// A convolution of 1×1 with stride 1 and without padding.
  PointwiseConvolution,
  DepthwiseConvolution,
  Dense,
  /// Each channel times a factor, plus a summand.
  Affine,
  Add,
  Multiply,
  MaxPool,
  AveragePool,
  /// The mean of each channel over the image.
  Mean,
  /// The channels of all inputs, one after the other.
  Concat,
  /// Some of the channels.
  Slice,
  /// The image with a border.
  Pad,
  /// One number everywhere.
  Fill,
};

/// The name of a kind, as reports have it: `convolution`, `pointwise
/// convolution`.
llvm::StringRef getStepName(StepKind kind);

/// One activation tensor of 8-bit integers, channels last.
struct NetworkTensor {
  /// Of the layer that computes it, or `input`.
  std::string name;
  int64_t height = 1, width = 1, channels = 1;

  int64_t bytes() const { return height * width * channels; }
};

/// How a 32-bit sum becomes 8 bits: (sum · multiplier + rounding) >> shift,
/// plus the zero point, bounded.
struct Requantization {
  /// One, or one for each channel; negative ones negate.
  llvm::SmallVector<int32_t> multipliers;
  /// As many; equal ones unless rounding is double.
  llvm::SmallVector<int32_t> shifts;
  bool doubleRounding = false;
  /// By how many bits the number is shifted to the left before it is
  /// multiplied: TFLite's sums of 8-bit tensors.
  int32_t leftShift = 0;
  int32_t zeroPoint = 0;
  int32_t minimum = -128, maximum = 127;
};

/// One step. Fields that a kind does not use keep their defaults.
struct NetworkStep {
  StepKind kind = StepKind::Fill;
  /// The name of the layer that the step belongs to.
  std::string layer;
  /// Tensors.
  llvm::SmallVector<unsigned> inputs;
  unsigned output = 0;

  int64_t kernelHeight = 1, kernelWidth = 1;
  int64_t strideHeight = 1, strideWidth = 1;
  int64_t padTop = 0, padLeft = 0;
  /// Of a convolution: parts of the input's channels and of the filters.
  int64_t groups = 1;
  /// Average pooling: whether the divisor counts padding.
  bool countPadding = false;
  /// Average pooling whose result has a scale of its own: what the sums are
  /// multiplied by, so that their mean is not rounded, or hardly, before it is
  /// requantised. `result` has factors then, and none otherwise.
  int32_t sumFactor = 1;
  /// Of the first input, and of all others.
  int32_t inputZeroPoint = 0;
  llvm::SmallVector<int32_t> zeroPoints;
  /// Of the result (not of the inputs of sums).
  Requantization result;
  /// Of each input of a sum, and of a concatenation, where those that are
  /// copied as they are have no factors; empty if all are.
  llvm::SmallVector<Requantization> inputScales;
  /// Convolution and dense: filter, height, width, channel. Depthwise: channel,
  /// height, width. Tables: 256 entries each, beginning with that of -128.
  std::vector<int8_t> weights;
  /// The sums' first values, for each output channel, without what the input's
  /// zero point contributes.
  std::vector<int32_t> bias;
  /// Where the sums are rescaled twice: what is added between, for each
  /// channel, in steps that are finer than the sums and the result.
  /// `channelScale` comes before, `result` after. Empty where there is only
  /// `result`.
  std::vector<int32_t> summands;
  Requantization channelScale;
  /// Slice: the first channel. Fill: the number.
  int64_t first = 0;

  /// Multiplications of inputs and weights.
  int64_t macs = 0;
};

/// A network in the order in which its steps can run.
struct QuantizedNetwork {
  std::string name;
  std::vector<NetworkTensor> tensors;
  std::vector<NetworkStep> steps;
  unsigned input = 0, output = 0;

  /// The last step that reads each tensor (the number of steps for the
  /// output), and the step that writes it (-1 for the input).
  llvm::SmallVector<int> writers() const;
  llvm::SmallVector<int> lastReaders() const;
  /// Bytes of weights, tables, biases and factors.
  int64_t constantBytes() const;
};

/// Bytes of the step's weights, tables, biases and factors.
int64_t constantBytesOf(const NetworkStep &step);

/// Reads the function that convert-nas-to-quantized-tosa makes. Fails, after an
/// error at the operation, at TOSA operations that have no kernel.
llvm::FailureOr<QuantizedNetwork>
readQuantizedNetwork(mlir::func::FuncOp function);

} // namespace nasc

#endif // NASC_PASSES_KERNELS_QUANTIZEDNETWORK_H
