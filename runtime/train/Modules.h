//===- Modules.h - Layers as modules of LibTorch ----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every kind of layer one module, in one registry. Only for the files of
// this folder that are compiled with LibTorch.
//
// Tensors of rank 2 and 3 are 4-dimensional inside, [batch, channels, height,
// width] with width 1 for rank 2, in LibTorch's channels-last memory format:
// its kernels are up to twice as fast with it, and the order in memory is that
// of the generated code. Tensors of rank 1 are [batch, channels].
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_MODULES_H
#define NASC_RUNTIME_TRAIN_MODULES_H

#include "runtime/network/NetworkDescription.h"
#include "runtime/train/FakeQuantization.h"

#include <torch/nn/module.h>
#include <torch/types.h>

namespace nasc::train {

/// What a pass over the network needs besides the tensors.
struct PassContext {
  /// Training or inference (batch_norm, dropout).
  bool training = false;
  /// Where dropout draws from; undefined in inference.
  at::Generator dropout;
  /// If not null, grows by the multiply-accumulates of each layer, counted
  /// for the whole batch from the tensors it really works on.
  int64_t *multiplyAccumulates = nullptr;
  /// If not null, the pass computes as the deployed network does, rounding in
  /// these ranges; in training, each batch is taken into them.
  RangeTracker *ranges = nullptr;
};

/// How a tensor of a module is laid out in NetworkWeights.
enum class WeightLayout {
  Vector,
  Convolution,
  Depthwise,
  Convolution1D,
  Dense
};

/// A tensor of a module that belongs to the network's weights.
struct ModuleWeight {
  /// `weight`, `bias`, `scale`, …
  std::string suffix;
  torch::Tensor tensor;
  WeightLayout layout;
};

/// A layer of the network.
class LayerModule : public torch::nn::Module {
public:
  /// The layer's output; shapes have been checked.
  virtual torch::Tensor run(const std::vector<torch::Tensor> &inputs,
                            PassContext &context) = 0;

  /// Layers with weights: the output as the deployed network computes it,
  /// with rounded weights that `scaling` (undefined: none), the batch_norm
  /// that runs with the layer, is multiplied into.
  virtual torch::Tensor runDeployed(const std::vector<torch::Tensor> &inputs,
                                    const ChannelScaling &scaling,
                                    PassContext &context);
  /// batch_norm: what it does to a channel by its running statistics.
  virtual ChannelScaling scaling() const { return {}; }

  /// Draws fresh weights.
  virtual void initialize(at::Generator &generator) {}

  std::vector<ModuleWeight> weights;
};

/// A network: one module for each layer, registered under its index.
class NetworkModule : public torch::nn::Module {
public:
  /// `network` is one that was extracted from verified IR.
  NetworkModule(const NetworkDescription &network, uint64_t seed);

  /// From a batch in the form described above to the output, in that form.
  torch::Tensor run(torch::Tensor input, PassContext &context);

  /// From rows of channels-last values to the form described above. The
  /// tensor refers to `values`.
  torch::Tensor fromRows(float *values, int64_t count) const;
  /// From an output to rows [batch, elements] of channels-last values.
  static torch::Tensor toRows(const torch::Tensor &output);

  NetworkWeights exportWeights() const;
  Status importWeights(const NetworkWeights &weights);

  /// All tensors of exportWeights(), in the same order, as the modules hold
  /// them.
  std::vector<torch::Tensor> allWeights() const;
  /// Elements of the weights called `weight`.
  int64_t weightCount() const;

  const NetworkDescription network;

private:
  /// The output of layer `index` as the deployed network computes it.
  torch::Tensor runDeployed(unsigned index,
                            const std::vector<torch::Tensor> &inputs,
                            PassContext &context);

  std::vector<std::shared_ptr<LayerModule>> layers;
  const StoragePlan storage;
  /// For each layer, the last layer that reads its output.
  std::vector<unsigned> lastReader;
};

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_MODULES_H
