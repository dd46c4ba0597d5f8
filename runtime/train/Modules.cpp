//===- Modules.cpp - Layers as modules of LibTorch --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/Modules.h"

#include "runtime/train/SeededRandom.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <cmath>
#include <limits>

using namespace nasc;
using namespace nasc::train;
using torch::Tensor;

using Shape = std::vector<int64_t>;
using Tensors = std::vector<Tensor>;

//===----------------------------------------------------------------------===//
// Padding
//===----------------------------------------------------------------------===//

namespace {

/// LibTorch's own padding is the same on both sides of an axis; TensorFlow's
/// `same` is not at stride 2. What LibTorch cannot say is done by a padding
/// operation before.
class Padding {
public:
  /// `limitHeight` and `limitWidth`: the most that the operation itself pads.
  Padding(const NetworkLayer &layer, int64_t limitHeight, int64_t limitWidth)
      : padding(layer.padding),
        isBuiltIn(padding[0] == padding[1] && padding[2] == padding[3] &&
                  padding[0] <= limitHeight && padding[2] <= limitWidth) {}
  explicit Padding(const NetworkLayer &layer)
      : Padding(layer, std::numeric_limits<int64_t>::max(),
                std::numeric_limits<int64_t>::max()) {}

  /// Whether the operation can do all of the padding.
  bool builtIn() const { return isBuiltIn; }
  /// What to tell the operation.
  std::array<int64_t, 2> operation() const {
    if (isBuiltIn)
      return {padding[0], padding[2]};
    return {0, 0};
  }
  /// The operation's input.
  Tensor apply(const Tensor &input, double value) const {
    if (isBuiltIn)
      return input;
    return at::constant_pad_nd(
        input, {padding[2], padding[3], padding[0], padding[1]}, value);
  }

private:
  std::array<int64_t, 4> padding;
  bool isBuiltIn;
};

} // namespace

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

/// PyTorch's initialisation of convolutions and dense layers: uniform within
/// the inverse root of the number of inputs of one output element. Drawn in
/// the order of the logical indices, whatever the memory format.
static void drawUniform(Tensor &tensor, int64_t inputs,
                        at::Generator &generator) {
  double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
  torch::NoGradGuard noGradient;
  tensor.copy_(
      at::empty(tensor.sizes(), at::kFloat).uniform_(-bound, bound, generator));
}

Tensor LayerModule::runDeployed(const Tensors &inputs, const ChannelScaling &,
                                PassContext &context) {
  return run(inputs, context);
}

/// The bias of a layer that a batch_norm was multiplied into; undefined where
/// there is nothing to add.
static Tensor deployedBias(const Tensor &bias, const ChannelScaling &scaling) {
  if (!scaling.factor.defined())
    return bias;
  return bias.defined() ? bias * scaling.factor + scaling.offset
                        : scaling.offset;
}

namespace {

/// conv2d, depthwise_conv2d and conv1d.
class Convolution : public LayerModule {
public:
  Convolution(const NetworkLayer &layer, const std::vector<Shape> &inputs)
      : padding(layer), stride{layer.strideHeight, layer.strideWidth},
        groups(layer.groups) {
    int64_t channels = inputs[0].back();
    WeightLayout layout = WeightLayout::Convolution;
    if (layer.kind == LayerKind::DepthwiseConv2D) {
      groups = channels;
      layout = WeightLayout::Depthwise;
    } else if (layer.kind == LayerKind::Conv1D) {
      layout = WeightLayout::Convolution1D;
    }
    int64_t filters = layer.outputShape.back();
    weight = register_parameter(
        "weight",
        at::empty(
            {filters, channels / groups, layer.kernelHeight, layer.kernelWidth},
            at::TensorOptions(at::kFloat)
                .memory_format(at::MemoryFormat::ChannelsLast)));
    weights.push_back({"weight", weight, layout});
    if (layer.bias) {
      bias = register_parameter("bias", at::empty({filters}));
      weights.push_back({"bias", bias, WeightLayout::Vector});
    }
  }

  void initialize(at::Generator &generator) override {
    int64_t inputs = weight.numel() / weight.size(0);
    drawUniform(weight, inputs, generator);
    if (bias.defined())
      drawUniform(bias, inputs, generator);
  }

  Tensor run(const Tensors &inputs, PassContext &context) override {
    return convolve(inputs[0], weight, bias, context);
  }

  Tensor runDeployed(const Tensors &inputs, const ChannelScaling &scaling,
                     PassContext &context) override {
    return convolve(inputs[0], deployedWeights(weight, scaling.factor),
                    deployedBias(bias, scaling), context);
  }

private:
  Tensor convolve(const Tensor &values, const Tensor &kernel,
                  const Tensor &shift, PassContext &context) const {
    Tensor input = padding.apply(values, 0.0);
    Tensor output = at::conv2d(input, kernel, shift, stride,
                               padding.operation(), {1, 1}, groups);
    if (context.multiplyAccumulates)
      *context.multiplyAccumulates +=
          output.numel() * (weight.numel() / weight.size(0));
    return output;
  }

  Padding padding;
  std::array<int64_t, 2> stride;
  int64_t groups;
  Tensor weight, bias;
};

class Dense : public LayerModule {
public:
  Dense(const NetworkLayer &layer, const std::vector<Shape> &inputs) {
    int64_t units = layer.outputShape.back();
    weight = register_parameter("weight", at::empty({units, inputs[0].back()}));
    weights.push_back({"weight", weight, WeightLayout::Dense});
    if (layer.bias) {
      bias = register_parameter("bias", at::empty({units}));
      weights.push_back({"bias", bias, WeightLayout::Vector});
    }
  }

  void initialize(at::Generator &generator) override {
    drawUniform(weight, weight.size(1), generator);
    if (bias.defined())
      drawUniform(bias, weight.size(1), generator);
  }

  Tensor run(const Tensors &inputs, PassContext &context) override {
    return multiply(inputs[0], weight, bias, context);
  }

  Tensor runDeployed(const Tensors &inputs, const ChannelScaling &scaling,
                     PassContext &context) override {
    return multiply(inputs[0], deployedWeights(weight, scaling.factor),
                    deployedBias(bias, scaling), context);
  }

private:
  Tensor multiply(const Tensor &input, const Tensor &matrix,
                  const Tensor &shift, PassContext &context) const {
    Tensor output = at::linear(input, matrix, shift);
    if (context.multiplyAccumulates)
      *context.multiplyAccumulates += output.size(0) * weight.numel();
    return output;
  }

  Tensor weight, bias;
};

class BatchNorm : public LayerModule {
public:
  BatchNorm(const NetworkLayer &layer, const std::vector<Shape> &inputs)
      : epsilon(layer.epsilon) {
    int64_t channels = inputs[0].back();
    scale = register_parameter("scale", at::empty({channels}));
    shift = register_parameter("shift", at::empty({channels}));
    mean = register_buffer("mean", at::empty({channels}));
    variance = register_buffer("variance", at::empty({channels}));
    weights = {{"scale", scale, WeightLayout::Vector},
               {"shift", shift, WeightLayout::Vector},
               {"mean", mean, WeightLayout::Vector},
               {"variance", variance, WeightLayout::Vector}};
  }

  void initialize(at::Generator &) override {
    torch::NoGradGuard noGradient;
    scale.fill_(1.0);
    shift.zero_();
    mean.zero_();
    variance.fill_(1.0);
  }

  Tensor run(const Tensors &inputs, PassContext &context) override {
    const Tensor &input = inputs[0];
    // One value has no variance; PyTorch would leave NaN in the buffer. It
    // happens with a last batch of one image.
    bool hasStatistics = input.numel() > input.size(1);
    // Deployment multiplies the running statistics into the weights before it
    // rounds them. With those of each batch, training would round other
    // weights than deployment; and statistics that move on would move the
    // rounded weights without any gradient.
    bool usesBatch = context.training && hasStatistics && !context.ranges;
    return at::batch_norm(input, scale, shift, mean, variance, usesBatch,
                          /*momentum=*/0.1, epsilon, /*cudnn_enabled=*/false);
  }

  ChannelScaling scaling() const override {
    Tensor factor = scale * at::rsqrt(variance + epsilon);
    return {factor, shift - mean * factor};
  }

private:
  double epsilon;
  Tensor scale, shift, mean, variance;
};

//===----------------------------------------------------------------------===//
// Layers without weights
//===----------------------------------------------------------------------===//

/// A layer that is one function of its inputs.
using LayerFunction = Tensor (*)(const Tensors &);

template <LayerFunction function> class Elementary : public LayerModule {
public:
  Elementary(const NetworkLayer &, const std::vector<Shape> &) {}
  Tensor run(const Tensors &inputs, PassContext &) override {
    return function(inputs);
  }
};

Tensor passOn(const Tensors &inputs) { return inputs[0]; }
Tensor relu(const Tensors &inputs) { return at::relu(inputs[0]); }
Tensor relu6(const Tensors &inputs) { return at::hardtanh(inputs[0], 0, 6); }
Tensor hardSwish(const Tensors &inputs) { return at::hardswish(inputs[0]); }
Tensor hardSigmoid(const Tensors &inputs) { return at::hardsigmoid(inputs[0]); }
Tensor sigmoid(const Tensors &inputs) { return at::sigmoid(inputs[0]); }

Tensor add(const Tensors &inputs) {
  Tensor sum = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i)
    sum = sum + inputs[i];
  return sum;
}

Tensor multiply(const Tensors &inputs) {
  Tensor product = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) {
    Tensor factor = inputs[i];
    // A factor of rank 1 has one value for each channel.
    if (factor.dim() < product.dim())
      factor = factor.unsqueeze(2).unsqueeze(3);
    product = product * factor;
  }
  return product;
}

Tensor concat(const Tensors &inputs) { return at::cat(inputs, 1); }

Tensor flatten(const Tensors &inputs) {
  return NetworkModule::toRows(inputs[0]);
}

class Requantize : public LayerModule {
public:
  Requantize(const NetworkLayer &layer, const std::vector<Shape> &)
      : least(layer.scale * (-128.0 - layer.zeroPoint)),
        greatest(layer.scale * (127.0 - layer.zeroPoint)) {}
  Tensor run(const Tensors &inputs, PassContext &) override {
    return at::clamp(inputs[0], least, greatest);
  }

private:
  double least, greatest;
};

class MaxPool : public LayerModule {
public:
  MaxPool(const NetworkLayer &layer, const std::vector<Shape> &)
      : padding(layer, layer.kernelHeight / 2, layer.kernelWidth / 2),
        kernel{layer.kernelHeight, layer.kernelWidth},
        stride{layer.strideHeight, layer.strideWidth} {}

  Tensor run(const Tensors &inputs, PassContext &) override {
    Tensor input =
        padding.apply(inputs[0], -std::numeric_limits<double>::infinity());
    return at::max_pool2d(input, kernel, stride, padding.operation());
  }

private:
  Padding padding;
  std::array<int64_t, 2> kernel, stride;
};

class AveragePool : public LayerModule {
public:
  AveragePool(const NetworkLayer &layer, const std::vector<Shape> &inputs)
      : padding(layer, layer.kernelHeight / 2, layer.kernelWidth / 2),
        kernel{layer.kernelHeight, layer.kernelWidth},
        stride{layer.strideHeight, layer.strideWidth},
        countPadding(layer.countPadding) {
    if (padding.builtIn() || countPadding)
      return;
    // LibTorch counts what a padding operation added; so sum, and divide by
    // the number of real elements of each window.
    const Shape &shape = inputs[0];
    Tensor ones = at::ones({1, 1, shape[0], shape.size() == 3 ? shape[1] : 1});
    counts = sum(padding.apply(ones, 0.0));
  }

  Tensor run(const Tensors &inputs, PassContext &) override {
    Tensor input = padding.apply(inputs[0], 0.0);
    if (counts.defined())
      return sum(input) / counts;
    return at::avg_pool2d(input, kernel, stride, padding.operation(),
                          /*ceil_mode=*/false,
                          /*count_include_pad=*/countPadding);
  }

private:
  Tensor sum(const Tensor &input) const {
    return at::avg_pool2d(input, kernel, stride, 0, false, true,
                          /*divisor_override=*/1);
  }

  Padding padding;
  std::array<int64_t, 2> kernel, stride;
  bool countPadding;
  Tensor counts;
};

class GlobalAveragePool : public LayerModule {
public:
  GlobalAveragePool(const NetworkLayer &layer, const std::vector<Shape> &)
      : keepAxes(layer.outputShape.size() > 1) {}
  Tensor run(const Tensors &inputs, PassContext &) override {
    return at::mean(inputs[0], {2, 3}, keepAxes);
  }

private:
  bool keepAxes;
};

class Dropout : public LayerModule {
public:
  Dropout(const NetworkLayer &layer, const std::vector<Shape> &)
      : rate(layer.rate) {}
  Tensor run(const Tensors &inputs, PassContext &context) override {
    if (!context.training || rate == 0)
      return inputs[0];
    Tensor kept = at::empty_like(inputs[0]);
    kept.bernoulli_(1 - rate, context.dropout);
    return inputs[0] * kept.div_(1 - rate);
  }

private:
  double rate;
};

class Zero : public LayerModule {
public:
  Zero(const NetworkLayer &layer, const std::vector<Shape> &)
      : shape(layer.outputShape) {}
  Tensor run(const Tensors &inputs, PassContext &) override {
    int64_t batch = inputs[0].size(0);
    if (shape.size() == 1)
      return at::zeros({batch, shape[0]});
    return at::zeros(
        {batch, shape.back(), shape[0], shape.size() == 3 ? shape[1] : 1},
        at::TensorOptions(at::kFloat)
            .memory_format(at::MemoryFormat::ChannelsLast));
  }

private:
  Shape shape;
};

} // namespace

//===----------------------------------------------------------------------===//
// The registry
//===----------------------------------------------------------------------===//

using LayerBuilder = std::shared_ptr<LayerModule> (*)(
    const NetworkLayer &, const std::vector<Shape> &);

template <typename Module>
static std::shared_ptr<LayerModule> build(const NetworkLayer &layer,
                                          const std::vector<Shape> &inputs) {
  return std::make_shared<Module>(layer, inputs);
}

/// The one place that says which module a kind of layer is. A switch without
/// a default: the compiler points out a kind that is missing.
static LayerBuilder layerBuilder(LayerKind kind) {
  switch (kind) {
  case LayerKind::Input:
  case LayerKind::Identity:
    return build<Elementary<passOn>>;
  case LayerKind::Conv2D:
  case LayerKind::DepthwiseConv2D:
  case LayerKind::Conv1D:
    return build<Convolution>;
  case LayerKind::Dense:
    return build<Dense>;
  case LayerKind::BatchNorm:
    return build<BatchNorm>;
  case LayerKind::ReLU:
    return build<Elementary<relu>>;
  case LayerKind::ReLU6:
    return build<Elementary<relu6>>;
  case LayerKind::Requantize:
    return build<Requantize>;
  case LayerKind::HardSwish:
    return build<Elementary<hardSwish>>;
  case LayerKind::HardSigmoid:
    return build<Elementary<hardSigmoid>>;
  case LayerKind::Sigmoid:
    return build<Elementary<sigmoid>>;
  case LayerKind::Add:
    return build<Elementary<add>>;
  case LayerKind::Multiply:
    return build<Elementary<multiply>>;
  case LayerKind::Concat:
    return build<Elementary<concat>>;
  case LayerKind::MaxPool:
    return build<MaxPool>;
  case LayerKind::AveragePool:
    return build<AveragePool>;
  case LayerKind::GlobalAveragePool:
    return build<GlobalAveragePool>;
  case LayerKind::Flatten:
    return build<Elementary<flatten>>;
  case LayerKind::Dropout:
    return build<Dropout>;
  case LayerKind::Zero:
    return build<Zero>;
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

NetworkModule::NetworkModule(const NetworkDescription &network, uint64_t seed)
    : network(network), storage(network), lastReader(network.layers.size(), 0) {
  SeededRandom random(seed, 0, RandomPurpose::Weights);
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>();
  for (unsigned index = 0; index < network.layers.size(); ++index) {
    const NetworkLayer &layer = network.layers[index];
    std::vector<Shape> inputs;
    for (unsigned input : layer.inputs) {
      inputs.push_back(network.layers[input].outputShape);
      lastReader[input] = index;
    }
    std::shared_ptr<LayerModule> module =
        layerBuilder(layer.kind)(layer, inputs);
    // A seed for each layer: its weights do not depend on how many numbers
    // the layers before it took.
    generator.set_current_seed(random.next());
    module->initialize(generator);
    layers.push_back(register_module(std::to_string(index), module));
  }
  lastReader[network.output] = network.layers.size();
}

Tensor NetworkModule::run(Tensor input, PassContext &context) {
  Tensors results(layers.size());
  Tensors inputs;
  for (unsigned index = 0; index <= network.output; ++index) {
    const NetworkLayer &layer = network.layers[index];
    inputs.clear();
    if (layer.kind == LayerKind::Input)
      inputs.push_back(input);
    for (unsigned producer : layer.inputs)
      inputs.push_back(results[producer]);
    results[index] = context.ranges ? runDeployed(index, inputs, context)
                                    : layers[index]->run(inputs, context);
    for (unsigned producer : layer.inputs)
      if (lastReader[producer] == index)
        results[producer] = Tensor();
  }
  return results[network.output];
}

Tensor NetworkModule::runDeployed(unsigned index, const Tensors &inputs,
                                  PassContext &context) {
  unsigned reader = storage.fusedReader[index];
  bool isNormalization = network.layers[index].kind == LayerKind::BatchNorm;
  Tensor result;
  if (isNormalization && network.layers[index].isFused) {
    // It is in the weights of the layer before.
    result = inputs[0];
  } else {
    ChannelScaling scaling;
    if (network.layers[reader].kind == LayerKind::BatchNorm)
      scaling = layers[reader]->scaling();
    result = layers[index]->runDeployed(inputs, scaling, context);
  }
  const unsigned range = storage.rangeOf[index];
  switch (network.layers[index].storage) {
  case nas::ResultStorage::Own:
    return deployedActivations(result, range, *context.ranges,
                               /*observes=*/context.training);
  case nas::ResultStorage::ScaleOfInput:
    return deployedActivations(result, range, *context.ranges,
                               /*observes=*/false);
  case nas::ResultStorage::Fused:
  case nas::ResultStorage::Alias:
    return result;
  }
  return result;
}

Tensor NetworkModule::fromRows(float *values, int64_t count) const {
  const Shape &shape = network.inputShape();
  if (shape.size() == 1)
    return at::from_blob(values, {count, shape[0]}, at::kFloat);
  int64_t width = shape.size() == 3 ? shape[1] : 1;
  return at::from_blob(values, {count, shape[0], width, shape.back()},
                       at::kFloat)
      .permute({0, 3, 1, 2});
}

Tensor NetworkModule::toRows(const Tensor &output) {
  if (output.dim() == 2)
    return output;
  return output.permute({0, 2, 3, 1}).reshape({output.size(0), -1});
}

/// The axes of a module's tensor in the order of NetworkWeights.
static Tensor toExternal(const ModuleWeight &weight) {
  const Tensor &tensor = weight.tensor;
  switch (weight.layout) {
  case WeightLayout::Vector:
    return tensor;
  case WeightLayout::Convolution:
    return tensor.permute({2, 3, 1, 0});
  case WeightLayout::Depthwise:
    return tensor.permute({2, 3, 0, 1});
  case WeightLayout::Convolution1D:
    return tensor.squeeze(3).permute({2, 1, 0});
  case WeightLayout::Dense:
    return tensor.t();
  }
  return tensor;
}

NetworkWeights NetworkModule::exportWeights() const {
  torch::NoGradGuard noGradient;
  NetworkWeights result;
  for (size_t index = 0; index < layers.size(); ++index)
    for (const ModuleWeight &weight : layers[index]->weights) {
      Tensor external = toExternal(weight).contiguous();
      const float *values = external.data_ptr<float>();
      result.tensors.push_back(
          {network.layers[index].name + "." + weight.suffix,
           external.sizes().vec(),
           std::vector<float>(values, values + external.numel())});
    }
  return result;
}

Status NetworkModule::importWeights(const NetworkWeights &weights) {
  torch::NoGradGuard noGradient;
  std::vector<std::pair<Tensor, const NamedTensor *>> copies;
  for (size_t index = 0; index < layers.size(); ++index)
    for (const ModuleWeight &weight : layers[index]->weights) {
      std::string name = network.layers[index].name + "." + weight.suffix;
      const NamedTensor *source = weights.find(name);
      if (!source)
        return Status::failure("the weights lack '" + name + "'");
      Tensor external = toExternal(weight);
      if (external.sizes() != at::IntArrayRef(source->shape) ||
          external.numel() != static_cast<int64_t>(source->values.size()))
        return Status::failure("the weights '" + name +
                               "' have another shape than the network's");
      copies.emplace_back(external, source);
    }
  if (copies.size() != weights.tensors.size())
    return Status::failure("there are weights for layers that the network "
                           "does not have");
  // All fit: only now is anything changed.
  for (auto &[external, source] : copies)
    external.copy_(at::from_blob(const_cast<float *>(source->values.data()),
                                 external.sizes(), at::kFloat));
  return Success();
}

std::vector<Tensor> NetworkModule::allWeights() const {
  std::vector<Tensor> tensors;
  for (const std::shared_ptr<LayerModule> &layer : layers)
    for (const ModuleWeight &weight : layer->weights)
      tensors.push_back(weight.tensor);
  return tensors;
}

int64_t NetworkModule::weightCount() const {
  int64_t count = 0;
  for (const std::shared_ptr<LayerModule> &layer : layers)
    for (const ModuleWeight &weight : layer->weights)
      if (weight.layout != WeightLayout::Vector)
        count += weight.tensor.numel();
  return count;
}
