//===- NetworkDescription.h - A network as plain data -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A network with static shapes, as data without any reference to MLIR. It is
// how a specialised `nas.space` reaches code that must not see MLIR (the
// trainer, which alone sees LibTorch) or needs no IR (the report).
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_NETWORK_NETWORKDESCRIPTION_H
#define NASC_RUNTIME_NETWORK_NETWORKDESCRIPTION_H

#include "dialects/nas/LayerKind.h"
#include "dialects/nas/ResultStorage.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace nasc {

/// A layer and the tensor it produces. Fields that a kind does not use keep
/// their defaults. Tensors are channels-last: [height, width, channels],
/// [length, channels] or [channels], always without the batch.
struct NetworkLayer {
  LayerKind kind = LayerKind::Input;
  /// Unique within the network and stable for an architecture; names the
  /// layer's weights (`<name>.weight`, `<name>.bias`, …).
  std::string name;
  /// Indices of the producing layers, smaller than this layer's own index.
  std::vector<unsigned> inputs;
  std::vector<int64_t> outputShape;
  /// Window of convolutions and pooling; 1 where a dimension is absent
  /// (a series has a height alone).
  int64_t kernelHeight = 1, kernelWidth = 1;
  int64_t strideHeight = 1, strideWidth = 1;
  /// Explicit padding: top, bottom, left, right; already resolved for `same`.
  std::array<int64_t, 4> padding = {0, 0, 0, 0};
  int64_t groups = 1;
  bool bias = false;
  /// Average pooling: whether padded elements count in the divisor.
  bool countPadding = false;
  /// batch_norm.
  double epsilon = 1e-5;
  /// dropout: probability of an element being dropped in training.
  double rate = 0.0;
  /// requantize: the integer q stands for scale · (q - zeroPoint).
  double scale = 1.0;
  int64_t zeroPoint = 0;
  /// How deployment stores the result, and whether the layer runs there as a
  /// part of the layer before it (passes/transforms/Fusion.h).
  nas::ResultStorage storage = nas::ResultStorage::Own;
  bool isFused = false;
};

/// A network: layers in execution order. Layer 0 is the input.
struct NetworkDescription {
  std::string name;
  std::vector<NetworkLayer> layers;
  /// Index of the layer whose result is the network's result.
  unsigned output = 0;

  const std::vector<int64_t> &inputShape() const {
    return layers.front().outputShape;
  }
  const std::vector<int64_t> &outputShape() const {
    return layers[output].outputShape;
  }
};

/// A named weight of a trained network, float32, row-major.
///
/// Names and shapes: convolutions `<layer>.weight` [height, width,
/// input channels / groups, output channels] (HWIO; depthwise
/// [height, width, channels, 1]); of a series [length, input channels / groups,
/// output channels]; dense [inputs, units]; `<layer>.bias` [channels];
/// batch_norm `<layer>.scale`, `.shift`, `.mean`, `.variance` [channels].
struct NamedTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
  /// One for each output channel, where the values are 8-bit integers times
  /// these, as in networks that were quantised elsewhere; else empty.
  std::vector<double> scales = {};
};

/// The numbers that the stored tensor of a layer (`input`: the network's input)
/// takes, as a quantisation-aware training has learnt them.
struct StoredRange {
  std::string layer;
  float minimum = 0.0f, maximum = 0.0f;
};

/// The weights of a network, in the order of its layers.
struct NetworkWeights {
  std::vector<NamedTensor> tensors;
  /// Of a training that was aware of quantisation; empty otherwise.
  std::vector<StoredRange> ranges;

  /// The tensor of that name, or null.
  const NamedTensor *find(const std::string &name) const {
    for (const NamedTensor &tensor : tensors)
      if (tensor.name == name)
        return &tensor;
    return nullptr;
  }
};

} // namespace nasc

#endif // NASC_RUNTIME_NETWORK_NETWORKDESCRIPTION_H
