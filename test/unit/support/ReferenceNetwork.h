//===- ReferenceNetwork.h - Networks by plain loops -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a network computes, written as directly as possible from the meaning of
// its layers: the measure for LibTorch's modules and for generated code. It
// shares nothing with either.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_SUPPORT_REFERENCENETWORK_H
#define NASC_TEST_UNIT_SUPPORT_REFERENCENETWORK_H

#include "runtime/network/NetworkDescription.h"

#include <cstdint>
#include <vector>

namespace nasc::test {

/// The network's output for one normalised, channels-last input, in inference
/// mode. Sums are in double precision, results of layers in single.
std::vector<float> runReference(const NetworkDescription &network,
                                const NetworkWeights &weights,
                                const std::vector<float> &input);

/// The results of all layers; the one above is that of `network.output`.
std::vector<std::vector<float>>
runReferenceLayers(const NetworkDescription &network,
                   const NetworkWeights &weights,
                   const std::vector<float> &input);

/// Weights of the right names and shapes with values drawn at random: small,
/// of both signs; variances positive.
NetworkWeights randomWeights(const NetworkDescription &network, uint64_t seed);

/// Says of each layer how deployment stores its result, and whether it runs
/// with the layer before it: the rule of passes/transforms/Fusion.h, written
/// again for plain data.
void setStorage(NetworkDescription &network);

/// `count` values in [-1, 1) drawn at random.
std::vector<float> randomValues(int64_t count, uint64_t seed);

/// Builds networks for tests: each function appends a layer that reads the
/// layer appended last (or those given) and infers its shape.
class NetworkBuilder {
public:
  explicit NetworkBuilder(std::vector<int64_t> inputShape);

  /// Index of the layer appended last, and the shape of a layer.
  unsigned last() const { return network.output; }
  const std::vector<int64_t> &shape(unsigned layer) const {
    return network.layers[layer].outputShape;
  }
  /// Goes on from another layer.
  NetworkBuilder &from(unsigned layer);

  /// Convolutions and pooling; padding is TensorFlow's `same`.
  NetworkBuilder &convolution(LayerKind kind, int64_t filters, int64_t kernel,
                              int64_t stride = 1, int64_t groups = 1,
                              bool bias = false);
  NetworkBuilder &pool(LayerKind kind, int64_t kernel, int64_t stride,
                       bool countPadding = false);
  /// The same with explicit padding.
  NetworkBuilder &window(LayerKind kind, int64_t filters,
                         std::array<int64_t, 2> kernel,
                         std::array<int64_t, 2> stride,
                         std::array<int64_t, 4> padding, int64_t groups = 1,
                         bool bias = false, bool countPadding = false);
  NetworkBuilder &dense(int64_t units, bool bias = true);
  NetworkBuilder &batchNorm(double epsilon = 1e-5);
  NetworkBuilder &dropout(double rate);
  NetworkBuilder &requantize(double scale, int64_t zeroPoint);
  /// Layers of one input that keep its shape (and flatten, which does not).
  NetworkBuilder &elementary(LayerKind kind);
  NetworkBuilder &globalAveragePool(bool keepAxes = false);
  /// Add, multiply, concat.
  NetworkBuilder &combine(LayerKind kind, const std::vector<unsigned> &inputs);
  /// A zero of that shape.
  NetworkBuilder &zero(std::vector<int64_t> shape);

  /// The network so far; its output is the layer appended last.
  NetworkDescription network;

private:
  NetworkBuilder &append(NetworkLayer layer);
};

} // namespace nasc::test

#endif // NASC_TEST_UNIT_SUPPORT_REFERENCENETWORK_H
