//===- LayerReading.h - What lowerings read of a network --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the lowerings of a specialised network to TOSA, in float32 and in int8,
// read of its layers: sizes, padding, trained weights with the normalisations
// folded in, and the samples that it is given.
//
// Every tensor is one of four dimensions here: batch, height, width, channels,
// with ones in front of what a tensor lacks. A one-dimensional convolution has
// its length as the width.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_LAYERREADING_H
#define NASC_PASSES_LOWERING_LAYERREADING_H

#include "dialects/nas/Nas.h"
#include <array>
#include <string>
#include <vector>

namespace nasc {

/// A weight tensor as numbers.
struct Weights {
  llvm::SmallVector<int64_t> shape;
  std::vector<float> values;
  /// Of each output channel, where the numbers are integers times these.
  llvm::SmallVector<double> scales = {};
};

/// What a normalisation does to each channel: x · factor + summand.
struct ChannelFactors {
  std::vector<double> factor, summand;
};

/// The shape of a layer's weights, as nas.weights has them.
struct WeightShape {
  llvm::SmallVector<int64_t> sizes;
  /// Output channels, the fastest dimension of the weights.
  int64_t channels = 0;
  bool hasBias = false;
};

/// The weights of layers, which are in the module of their space.
class LayerWeights {
public:
  /// With `placeholders`, weights that the module does not have are some
  /// numbers that are not alike; without, they are errors.
  explicit LayerWeights(bool placeholders) : placeholders(placeholders) {}

  /// A weight tensor of the layer; fails, after an error, if it is missing or
  /// has another shape.
  llvm::FailureOr<Weights> weights(mlir::Operation *op, llvm::StringRef name,
                                   llvm::ArrayRef<int64_t> shape) const;
  /// Weights and bias of a layer, with the batch_norm that follows folded in.
  llvm::FailureOr<std::pair<Weights, Weights>>
  foldedWeights(mlir::Operation *op);
  /// Factor and summand of each channel of a batch_norm. Fails, after an error,
  /// where one is not finite.
  llvm::FailureOr<ChannelFactors> factors(nas::BatchNormOp op) const;
  /// Whether the batch_norm has become part of the layer before it.
  bool isFolded(mlir::Operation *op) const { return folded.contains(op); }
  unsigned numFolded() const { return folded.size(); }

private:
  bool placeholders;
  llvm::DenseSet<mlir::Operation *> folded;
};

/// The weights of the filters from `begin` on, `count` of them, in TOSA's
/// order: filter, height, width, channel.
Weights filterMajor(const Weights &weights, int64_t begin, int64_t count);

/// The four sizes of a tensor.
llvm::SmallVector<int64_t, 4> imageShape(mlir::Value tensor);

/// The shape of the weights of a layer that has some; fails, after an error,
/// where the space is not specialised.
llvm::FailureOr<WeightShape> weightShape(mlir::Operation *op);

/// The number that a size of a layer is; fails, after an error, where the space
/// is not specialised.
llvm::FailureOr<int64_t> staticSize(mlir::Operation *op, mlir::Value value);

/// The padding of a window at the top, the bottom, the left and the right.
llvm::FailureOr<std::array<int64_t, 4>>
resolvePadding(mlir::Operation *op, nas::PaddingAttr pad, mlir::Value input,
               std::array<int64_t, 2> kernel, std::array<int64_t, 2> stride);

/// The window of a layer: its kernel and its stride, vertical first.
struct LayerWindow {
  std::array<int64_t, 2> kernel = {1, 1}, stride = {1, 1};
};

template <typename Op> llvm::FailureOr<LayerWindow> layerWindow(Op op) {
  auto height = staticSize(op, op.getKernelHeight());
  auto width = staticSize(op, op.getKernelWidth());
  auto vertical = staticSize(op, op.getStrideHeight());
  auto horizontal = staticSize(op, op.getStrideWidth());
  if (failed(height) || failed(width) || failed(vertical) || failed(horizontal))
    return llvm::failure();
  return LayerWindow{{*height, *width}, {*vertical, *horizontal}};
}

/// The raw samples that a network is given, and what they stand for: a raw
/// element p of channel c is the number factors[c] · p + offsets[c].
struct RawSamples {
  /// `uint8`, `int8` or `float32`.
  std::string element;
  std::vector<double> factors, offsets;

  /// Whether all channels are alike.
  bool isUniform() const {
    return llvm::all_equal(factors) && llvm::all_equal(offsets);
  }
};

/// The samples of the space's data set, or of float32 numbers without one.
/// `element` is their type instead of the data set's if it is not empty. Fails,
/// after an error, where the settings of the data set make no sense.
llvm::FailureOr<RawSamples> readRawSamples(nas::SpaceOp space,
                                           llvm::StringRef element);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_LAYERREADING_H
