//===- ReferenceNetwork.cpp - Networks by plain loops -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/support/ReferenceNetwork.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>

using namespace nasc;
using namespace nasc::test;

using Shape = std::vector<int64_t>;
using Values = std::vector<float>;

static int64_t elements(const Shape &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<>());
}

//===----------------------------------------------------------------------===//
// The meaning of layers
//===----------------------------------------------------------------------===//

namespace {

/// A shape as height, width and channels; axes that are absent are 1.
struct Extents {
  int64_t height = 1, width = 1, channels = 1;

  explicit Extents(const Shape &shape) : channels(shape.back()) {
    if (shape.size() >= 2)
      height = shape[0];
    if (shape.size() >= 3)
      width = shape[1];
  }
  bool contains(int64_t y, int64_t x) const {
    return y >= 0 && y < height && x >= 0 && x < width;
  }
  int64_t at(int64_t y, int64_t x, int64_t channel) const {
    return (y * width + x) * channels + channel;
  }
};

/// Runs one layer.
struct LayerRun {
  const NetworkLayer &layer;
  const NetworkWeights &weights;
  std::vector<const Values *> inputs;
  std::vector<Shape> inputShapes;

  const Values &weight(const char *suffix) const {
    return weights.find(layer.name + "." + suffix)->values;
  }

  Values map(const std::function<float(float)> &function) const {
    Values result = *inputs[0];
    std::transform(result.begin(), result.end(), result.begin(), function);
    return result;
  }

  /// Calls `visit(y, x, row, column)` for each element (y, x) of the input,
  /// or of its padding, that the window at an output position covers.
  template <typename Visit>
  void forWindow(int64_t outputY, int64_t outputX, Visit visit) const {
    for (int64_t row = 0; row < layer.kernelHeight; ++row)
      for (int64_t column = 0; column < layer.kernelWidth; ++column)
        visit(outputY * layer.strideHeight - layer.padding[0] + row,
              outputX * layer.strideWidth - layer.padding[2] + column, row,
              column);
  }

  Values convolution() const {
    Extents in(inputShapes[0]), out(layer.outputShape);
    bool depthwise = layer.kind == LayerKind::DepthwiseConv2D;
    int64_t groups = depthwise ? in.channels : layer.groups;
    int64_t groupInputs = in.channels / groups;
    int64_t groupOutputs = out.channels / groups;
    const Values &kernel = weight("weight");
    Values result(elements(layer.outputShape));
    for (int64_t y = 0; y < out.height; ++y)
      for (int64_t x = 0; x < out.width; ++x)
        for (int64_t filter = 0; filter < out.channels; ++filter) {
          double sum = layer.bias ? weight("bias")[filter] : 0.0;
          forWindow(
              y, x, [&](int64_t inY, int64_t inX, int64_t row, int64_t column) {
                if (!in.contains(inY, inX))
                  return;
                for (int64_t i = 0; i < groupInputs; ++i) {
                  int64_t channel = filter / groupOutputs * groupInputs + i;
                  // HWIO; depthwise [height, width, channels, 1].
                  int64_t tap = (row * layer.kernelWidth + column) *
                                    (groupInputs * out.channels) +
                                i * out.channels + filter;
                  sum += double(kernel[tap]) *
                         (*inputs[0])[in.at(inY, inX, channel)];
                }
              });
          result[out.at(y, x, filter)] = float(sum);
        }
    return result;
  }

  Values pool() const {
    Extents in(inputShapes[0]), out(layer.outputShape);
    bool maximum = layer.kind == LayerKind::MaxPool;
    Values result(elements(layer.outputShape));
    for (int64_t y = 0; y < out.height; ++y)
      for (int64_t x = 0; x < out.width; ++x)
        for (int64_t channel = 0; channel < out.channels; ++channel) {
          double sum = 0;
          float greatest = -std::numeric_limits<float>::infinity();
          int64_t count = 0;
          forWindow(y, x, [&](int64_t inY, int64_t inX, int64_t, int64_t) {
            bool inside = in.contains(inY, inX);
            if (inside || layer.countPadding)
              ++count;
            if (!inside)
              return;
            float value = (*inputs[0])[in.at(inY, inX, channel)];
            sum += value;
            greatest = std::max(greatest, value);
          });
          result[out.at(y, x, channel)] =
              maximum ? greatest : float(sum / double(count));
        }
    return result;
  }

  Values dense() const {
    int64_t units = layer.outputShape.back();
    const Values &matrix = weight("weight");
    Values result(units);
    for (int64_t unit = 0; unit < units; ++unit) {
      double sum = layer.bias ? weight("bias")[unit] : 0.0;
      for (size_t i = 0; i < inputs[0]->size(); ++i)
        sum += double(matrix[i * units + unit]) * (*inputs[0])[i];
      result[unit] = float(sum);
    }
    return result;
  }

  Values batchNorm() const {
    int64_t channels = layer.outputShape.back();
    Values result = *inputs[0];
    for (size_t i = 0; i < result.size(); ++i) {
      int64_t channel = int64_t(i) % channels;
      double deviation =
          std::sqrt(double(weight("variance")[channel]) + layer.epsilon);
      result[i] = float((result[i] - double(weight("mean")[channel])) /
                            deviation * weight("scale")[channel] +
                        weight("shift")[channel]);
    }
    return result;
  }

  Values globalAveragePool() const {
    Extents in(inputShapes[0]);
    Values result;
    for (int64_t channel = 0; channel < in.channels; ++channel) {
      double sum = 0;
      for (int64_t y = 0; y < in.height; ++y)
        for (int64_t x = 0; x < in.width; ++x)
          sum += (*inputs[0])[in.at(y, x, channel)];
      result.push_back(float(sum / double(in.height * in.width)));
    }
    return result;
  }

  Values add() const {
    Values result = *inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i)
      for (size_t j = 0; j < result.size(); ++j)
        result[j] += (*inputs[i])[j];
    return result;
  }

  Values multiply() const {
    Values result = *inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i)
      // A factor with one value for each channel repeats.
      for (size_t j = 0; j < result.size(); ++j)
        result[j] *= (*inputs[i])[j % inputs[i]->size()];
    return result;
  }

  Values concat() const {
    Values result;
    int64_t pixels = elements(layer.outputShape) / layer.outputShape.back();
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (size_t i = 0; i < inputs.size(); ++i) {
        int64_t channels = inputShapes[i].back();
        auto first = inputs[i]->begin() + pixel * channels;
        result.insert(result.end(), first, first + channels);
      }
    return result;
  }

  Values run(const Values &networkInput) const {
    auto hardSigmoid = [](float x) {
      return std::clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    };
    switch (layer.kind) {
    case LayerKind::Input:
      return networkInput;
    case LayerKind::Conv2D:
    case LayerKind::DepthwiseConv2D:
    case LayerKind::Conv1D:
      return convolution();
    case LayerKind::Dense:
      return dense();
    case LayerKind::BatchNorm:
      return batchNorm();
    case LayerKind::ReLU:
      return map([](float x) { return std::max(x, 0.0f); });
    case LayerKind::ReLU6:
      return map([](float x) { return std::clamp(x, 0.0f, 6.0f); });
    case LayerKind::Requantize:
      return map([&](float x) {
        return static_cast<float>(
            std::clamp<double>(x, layer.scale * (-128.0 - layer.zeroPoint),
                               layer.scale * (127.0 - layer.zeroPoint)));
      });
    case LayerKind::HardSwish:
      return map([&](float x) { return x * hardSigmoid(x); });
    case LayerKind::HardSigmoid:
      return map(hardSigmoid);
    case LayerKind::Sigmoid:
      return map([](float x) { return float(1 / (1 + std::exp(-double(x)))); });
    case LayerKind::Add:
      return add();
    case LayerKind::Multiply:
      return multiply();
    case LayerKind::Concat:
      return concat();
    case LayerKind::MaxPool:
    case LayerKind::AveragePool:
      return pool();
    case LayerKind::GlobalAveragePool:
      return globalAveragePool();
    case LayerKind::Flatten:
    case LayerKind::Dropout:
    case LayerKind::Identity:
      return *inputs[0];
    case LayerKind::Zero:
      return Values(elements(layer.outputShape), 0.0f);
    }
    return {};
  }
};

} // namespace

std::vector<Values>
nasc::test::runReferenceLayers(const NetworkDescription &network,
                               const NetworkWeights &weights,
                               const Values &input) {
  std::vector<Values> results;
  for (const NetworkLayer &layer : network.layers) {
    LayerRun run{layer, weights, {}, {}};
    for (unsigned producer : layer.inputs) {
      run.inputs.push_back(&results[producer]);
      run.inputShapes.push_back(network.layers[producer].outputShape);
    }
    results.push_back(run.run(input));
  }
  return results;
}

Values nasc::test::runReference(const NetworkDescription &network,
                                const NetworkWeights &weights,
                                const Values &input) {
  return runReferenceLayers(network, weights, input)[network.output];
}

//===----------------------------------------------------------------------===//
// Random values
//===----------------------------------------------------------------------===//

Values nasc::test::randomValues(int64_t count, uint64_t seed) {
  std::mt19937_64 engine(seed);
  Values values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(float(engine() >> 40) / float(1 << 23) - 1.0f);
  return values;
}

void nasc::test::setStorage(NetworkDescription &network) {
  enum class Role { Weights, Join, Normalization, Activation, Alias, Other };
  auto roleOf = [&](unsigned layer) {
    switch (network.layers[layer].kind) {
    case LayerKind::Conv2D:
    case LayerKind::DepthwiseConv2D:
    case LayerKind::Conv1D:
    case LayerKind::Dense:
      return Role::Weights;
    case LayerKind::Add:
    case LayerKind::Multiply:
      return Role::Join;
    case LayerKind::BatchNorm:
      return Role::Normalization;
    case LayerKind::ReLU:
    case LayerKind::ReLU6:
    case LayerKind::Requantize:
    case LayerKind::HardSwish:
    case LayerKind::HardSigmoid:
    case LayerKind::Sigmoid:
      return Role::Activation;
    case LayerKind::Flatten:
    case LayerKind::Dropout:
    case LayerKind::Identity:
      return Role::Alias;
    default:
      return Role::Other;
    }
  };
  std::vector<unsigned> readers(network.layers.size(), 0);
  ++readers[network.output];
  for (const NetworkLayer &layer : network.layers)
    for (unsigned input : layer.inputs)
      ++readers[input];
  for (unsigned i = 0; i < network.layers.size(); ++i) {
    NetworkLayer &layer = network.layers[i];
    layer.isFused = false;
    layer.storage =
        roleOf(i) == Role::Alias ? nas::ResultStorage::Alias
        : layer.kind == LayerKind::MaxPool || layer.kind == LayerKind::Zero
            ? nas::ResultStorage::ScaleOfInput
            : nas::ResultStorage::Own;
    const Role role = roleOf(i);
    if (role != Role::Activation && role != Role::Normalization)
      continue;
    // Dropout and identity do nothing.
    unsigned producer = layer.inputs[0];
    bool isAlone = readers[producer] == 1;
    while (network.layers[producer].kind == LayerKind::Dropout ||
           network.layers[producer].kind == LayerKind::Identity) {
      producer = network.layers[producer].inputs[0];
      isAlone = isAlone && readers[producer] == 1;
    }
    const Role before = roleOf(producer);
    layer.isFused =
        isAlone && (before == Role::Weights ||
                    (role == Role::Activation &&
                     (before == Role::Join || before == Role::Normalization)));
    if (layer.isFused)
      network.layers[producer].storage = nas::ResultStorage::Fused;
  }
}

NetworkWeights nasc::test::randomWeights(const NetworkDescription &network,
                                         uint64_t seed) {
  NetworkWeights weights;
  auto add = [&](const NetworkLayer &layer, const char *suffix, Shape shape,
                 float scale, float offset) {
    Values values = randomValues(elements(shape), ++seed * 7919);
    for (float &value : values)
      value = value * scale + offset;
    weights.tensors.push_back({layer.name + "." + suffix, shape, values});
  };
  for (const NetworkLayer &layer : network.layers) {
    int64_t channels = layer.outputShape.back();
    int64_t inputs = layer.inputs.empty()
                         ? 0
                         : network.layers[layer.inputs[0]].outputShape.back();
    switch (layer.kind) {
    case LayerKind::Conv2D:
      add(layer, "weight",
          {layer.kernelHeight, layer.kernelWidth, inputs / layer.groups,
           channels},
          0.5f, 0.0f);
      break;
    case LayerKind::DepthwiseConv2D:
      add(layer, "weight", {layer.kernelHeight, layer.kernelWidth, channels, 1},
          0.5f, 0.0f);
      break;
    case LayerKind::Conv1D:
      add(layer, "weight",
          {layer.kernelHeight, inputs / layer.groups, channels}, 0.5f, 0.0f);
      break;
    case LayerKind::Dense:
      add(layer, "weight", {inputs, channels}, 0.5f, 0.0f);
      break;
    case LayerKind::BatchNorm:
      add(layer, "scale", {channels}, 0.5f, 1.0f);
      add(layer, "shift", {channels}, 0.5f, 0.0f);
      add(layer, "mean", {channels}, 0.5f, 0.0f);
      add(layer, "variance", {channels}, 0.5f, 1.0f);
      break;
    default:
      break;
    }
    if (layer.bias)
      add(layer, "bias", {channels}, 0.5f, 0.0f);
  }
  return weights;
}

//===----------------------------------------------------------------------===//
// Building networks
//===----------------------------------------------------------------------===//

NetworkBuilder::NetworkBuilder(Shape inputShape) {
  NetworkLayer layer;
  layer.name = "input";
  layer.outputShape = std::move(inputShape);
  network.name = "test";
  network.layers.push_back(layer);
}

NetworkBuilder &NetworkBuilder::from(unsigned layer) {
  network.output = layer;
  return *this;
}

NetworkBuilder &NetworkBuilder::append(NetworkLayer layer) {
  if (layer.inputs.empty())
    layer.inputs = {network.output};
  layer.name = std::string(layerKindName(layer.kind)) + "_" +
               std::to_string(network.layers.size());
  network.output = unsigned(network.layers.size());
  network.layers.push_back(std::move(layer));
  return *this;
}

/// Before and after, for an output of ⌈extent / stride⌉; the odd one after.
static std::array<int64_t, 2> samePadding(int64_t extent, int64_t kernel,
                                          int64_t stride) {
  int64_t steps = (extent + stride - 1) / stride;
  int64_t total = std::max<int64_t>((steps - 1) * stride + kernel - extent, 0);
  return {total / 2, total - total / 2};
}

NetworkBuilder &NetworkBuilder::window(LayerKind kind, int64_t filters,
                                       std::array<int64_t, 2> kernel,
                                       std::array<int64_t, 2> stride,
                                       std::array<int64_t, 4> padding,
                                       int64_t groups, bool bias,
                                       bool countPadding) {
  const Shape &input = shape(last());
  NetworkLayer layer;
  layer.kind = kind;
  layer.kernelHeight = kernel[0];
  layer.kernelWidth = kernel[1];
  layer.strideHeight = stride[0];
  layer.strideWidth = stride[1];
  layer.padding = padding;
  layer.groups = groups;
  layer.bias = bias;
  layer.countPadding = countPadding;
  for (size_t axis = 0; axis + 1 < input.size(); ++axis)
    layer.outputShape.push_back((input[axis] + padding[2 * axis] +
                                 padding[2 * axis + 1] - kernel[axis]) /
                                    stride[axis] +
                                1);
  layer.outputShape.push_back(filters);
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::convolution(LayerKind kind, int64_t filters,
                                            int64_t kernel, int64_t stride,
                                            int64_t groups, bool bias) {
  const Shape &input = shape(last());
  std::array<int64_t, 2> rows = samePadding(input[0], kernel, stride);
  if (input.size() == 2)
    return window(kind, filters, {kernel, 1}, {stride, 1},
                  {rows[0], rows[1], 0, 0}, groups, bias);
  std::array<int64_t, 2> columns = samePadding(input[1], kernel, stride);
  return window(kind, filters, {kernel, kernel}, {stride, stride},
                {rows[0], rows[1], columns[0], columns[1]}, groups, bias);
}

NetworkBuilder &NetworkBuilder::pool(LayerKind kind, int64_t kernel,
                                     int64_t stride, bool countPadding) {
  convolution(kind, shape(last()).back(), kernel, stride);
  network.layers.back().countPadding = countPadding;
  return *this;
}

NetworkBuilder &NetworkBuilder::dense(int64_t units, bool bias) {
  NetworkLayer layer;
  layer.kind = LayerKind::Dense;
  layer.outputShape = {units};
  layer.bias = bias;
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::batchNorm(double epsilon) {
  NetworkLayer layer;
  layer.kind = LayerKind::BatchNorm;
  layer.outputShape = shape(last());
  layer.epsilon = epsilon;
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::dropout(double rate) {
  NetworkLayer layer;
  layer.kind = LayerKind::Dropout;
  layer.outputShape = shape(last());
  layer.rate = rate;
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::requantize(double scale, int64_t zeroPoint) {
  NetworkLayer layer;
  layer.kind = LayerKind::Requantize;
  layer.outputShape = shape(last());
  layer.scale = scale;
  layer.zeroPoint = zeroPoint;
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::elementary(LayerKind kind) {
  NetworkLayer layer;
  layer.kind = kind;
  layer.outputShape = shape(last());
  if (kind == LayerKind::Flatten)
    layer.outputShape = {elements(layer.outputShape)};
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::globalAveragePool(bool keepAxes) {
  NetworkLayer layer;
  layer.kind = LayerKind::GlobalAveragePool;
  const Shape &input = shape(last());
  if (keepAxes)
    layer.outputShape.assign(input.size() - 1, 1);
  layer.outputShape.push_back(input.back());
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::combine(LayerKind kind,
                                        const std::vector<unsigned> &inputs) {
  NetworkLayer layer;
  layer.kind = kind;
  layer.inputs = inputs;
  layer.outputShape = shape(inputs[0]);
  if (kind == LayerKind::Concat)
    for (size_t i = 1; i < inputs.size(); ++i)
      layer.outputShape.back() += shape(inputs[i]).back();
  return append(std::move(layer));
}

NetworkBuilder &NetworkBuilder::zero(Shape shape) {
  NetworkLayer layer;
  layer.kind = LayerKind::Zero;
  layer.outputShape = std::move(shape);
  return append(std::move(layer));
}
