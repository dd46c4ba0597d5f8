//===- host_inference_benchmark_torch.cpp - LibTorch as a peer ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/benchmarks/host_inference_benchmark_torch.h"
#include <stdexcept>
#include <torch/torch.h>

namespace nasc::benchmark {

namespace F = torch::nn::functional;

namespace {

/// A layer with its weights in LibTorch's layout.
struct TorchLayer {
  const NetworkLayer *layer = nullptr;
  torch::Tensor weight, bias, scale, shift, mean, variance;
  /// A batch normalisation that has become part of the layer before.
  bool folded = false;
};

} // namespace

struct TorchNetwork::Implementation {
  NetworkDescription network;
  std::vector<TorchLayer> layers;
  TorchForm form;
  torch::Tensor input;
  std::vector<torch::Tensor> values;

  /// Channels-last data of a tensor as LibTorch has it: channels first.
  torch::Tensor arrange(torch::Tensor tensor) const {
    if (tensor.dim() == 4) {
      if (form == TorchForm::ChannelsLast)
        return tensor.contiguous(torch::MemoryFormat::ChannelsLast);
      if (form == TorchForm::OneDnn)
        return tensor.contiguous().to_mkldnn();
    }
    return tensor.contiguous();
  }

  torch::Tensor run(const TorchLayer &entry) {
    const NetworkLayer &layer = *entry.layer;
    auto in = [&](size_t i) { return values[layer.inputs[i]]; };
    torch::Tensor x = layer.inputs.empty() ? input : in(0);
    auto pad = [&](double value) {
      const auto &p = layer.padding;
      if (p[0] == p[1] && p[2] == p[3])
        return std::vector<int64_t>{p[0], p[2]};
      x = F::pad(x, F::PadFuncOptions({p[2], p[3], p[0], p[1]}).value(value));
      return std::vector<int64_t>{0, 0};
    };
    switch (layer.kind) {
    case LayerKind::Input:
      return input;
    case LayerKind::Conv2D:
    case LayerKind::DepthwiseConv2D: {
      auto padding = pad(0);
      return torch::conv2d(
          x, entry.weight, entry.bias, {layer.strideHeight, layer.strideWidth},
          padding, {1, 1},
          layer.kind == LayerKind::DepthwiseConv2D ? layer.outputShape.back()
                                                   : layer.groups);
    }
    case LayerKind::Dense:
      return torch::linear(x.reshape({1, -1}), entry.weight, entry.bias);
    case LayerKind::BatchNorm:
      if (entry.folded)
        return x;
      return torch::batch_norm(x, entry.scale, entry.shift, entry.mean,
                               entry.variance, false, 0.0, layer.epsilon,
                               false);
    case LayerKind::ReLU:
      return form == TorchForm::OneDnn ? torch::relu(x) : torch::relu_(x);
    case LayerKind::ReLU6:
      return torch::clamp(x, 0, 6);
    case LayerKind::HardSwish:
      return torch::hardswish(x);
    case LayerKind::Add:
      for (size_t i = 1; i < layer.inputs.size(); ++i)
        x = x + in(i);
      return x;
    case LayerKind::MaxPool: {
      auto padding = pad(-std::numeric_limits<double>::infinity());
      return torch::max_pool2d(x, {layer.kernelHeight, layer.kernelWidth},
                               {layer.strideHeight, layer.strideWidth},
                               padding);
    }
    case LayerKind::GlobalAveragePool:
      return torch::adaptive_avg_pool2d(x, {1, 1});
    case LayerKind::Flatten:
    case LayerKind::Dropout:
    case LayerKind::Identity:
      return x;
    default:
      throw std::runtime_error("the peer does not know this kind of layer");
    }
  }
};

TorchNetwork::TorchNetwork(const NetworkDescription &network,
                           const NetworkWeights &weights, TorchForm form)
    : implementation(std::make_unique<Implementation>()) {
  torch::InferenceMode guard;
  at::set_num_threads(1);
  Implementation &self = *implementation;
  self.network = network;
  self.form = form;
  std::vector<unsigned> readers(network.layers.size());
  for (const NetworkLayer &layer : network.layers)
    for (unsigned input : layer.inputs)
      ++readers[input];
  for (const NetworkLayer &layer : self.network.layers) {
    TorchLayer entry;
    entry.layer = &layer;
    auto tensor = [&](const std::string &name) {
      const NamedTensor *found = weights.find(layer.name + "." + name);
      if (!found)
        return torch::Tensor();
      return torch::from_blob(const_cast<float *>(found->values.data()),
                              found->shape, torch::kFloat32)
          .clone();
    };
    entry.weight = tensor("weight");
    entry.bias = tensor("bias");
    if (layer.kind == LayerKind::Conv2D)
      entry.weight = entry.weight.permute({3, 2, 0, 1}).contiguous();
    if (layer.kind == LayerKind::DepthwiseConv2D)
      entry.weight = entry.weight.permute({2, 3, 0, 1}).contiguous();
    if (layer.kind == LayerKind::Dense)
      entry.weight = entry.weight.t().contiguous();
    if (layer.kind == LayerKind::BatchNorm) {
      entry.scale = tensor("scale");
      entry.shift = tensor("shift");
      entry.mean = tensor("mean");
      entry.variance = tensor("variance");
      TorchLayer &before = self.layers[layer.inputs.front()];
      if ((before.layer->kind == LayerKind::Conv2D ||
           before.layer->kind == LayerKind::DepthwiseConv2D) &&
          readers[layer.inputs.front()] == 1) {
        auto factor = entry.scale / torch::sqrt(entry.variance + layer.epsilon);
        before.weight = before.weight * factor.reshape({-1, 1, 1, 1});
        auto bias =
            before.bias.defined() ? before.bias : torch::zeros_like(factor);
        before.bias = (bias - entry.mean) * factor + entry.shift;
        entry.folded = true;
      }
    }
    self.layers.push_back(entry);
  }
  if (form == TorchForm::ChannelsLast)
    for (TorchLayer &entry : self.layers)
      if (entry.weight.defined() && entry.weight.dim() == 4)
        entry.weight =
            entry.weight.contiguous(torch::MemoryFormat::ChannelsLast);
}

TorchNetwork::~TorchNetwork() = default;

void TorchNetwork::setInput(const std::vector<float> &input) {
  torch::InferenceMode guard;
  std::vector<int64_t> shape = {1};
  const auto &sizes = implementation->network.inputShape();
  shape.insert(shape.end(), sizes.begin(), sizes.end());
  torch::Tensor tensor = torch::from_blob(const_cast<float *>(input.data()),
                                          shape, torch::kFloat32)
                             .clone();
  if (sizes.size() == 3)
    tensor = tensor.permute({0, 3, 1, 2});
  implementation->input = implementation->arrange(tensor);
}

void TorchNetwork::run() {
  torch::InferenceMode guard;
  Implementation &self = *implementation;
  self.values.assign(self.layers.size(), torch::Tensor());
  for (size_t i = 0; i < self.layers.size(); ++i)
    self.values[i] = self.run(self.layers[i]);
}

std::vector<float> TorchNetwork::getOutput() const {
  torch::InferenceMode guard;
  torch::Tensor output = implementation->values[implementation->network.output];
  if (output.is_mkldnn())
    output = output.to_dense();
  if (output.dim() == 4)
    output = output.permute({0, 2, 3, 1});
  output = output.contiguous().reshape({-1});
  return std::vector<float>(output.data_ptr<float>(),
                            output.data_ptr<float>() + output.numel());
}

} // namespace nasc::benchmark
