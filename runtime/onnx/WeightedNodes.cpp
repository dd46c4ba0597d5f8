//===- WeightedNodes.cpp - Nodes with weights -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/GraphConverter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace llvm;
using namespace nasc;
using namespace nasc::onnxio;
using onnx::TensorProto;

LogicalResult GraphConverter::requireWeights(const Constant &weights) {
  if (!weights.isReal())
    return fail("expected weights of real numbers, found " +
                    describeType(weights.type) +
                    "; put a DequantizeLinear before them",
                Diag::NAS7008);
  if (!weights.isSymmetric)
    return fail("expected weights with the zero point 0 (128 where they are "
                "unsigned), found others; quantise the weights symmetrically",
                Diag::NAS7011);
  return success();
}

FailureOr<std::vector<double>>
GraphConverter::channelScales(const Constant &weights, unsigned axis,
                              int64_t channels) {
  if (weights.scales.empty())
    return std::vector<double>();
  if (weights.scales.size() == 1)
    return std::vector<double>(channels, weights.scales.front());
  if (weights.axis != axis ||
      static_cast<int64_t>(weights.scales.size()) != channels)
    return fail("expected one scale of the weights for each output channel "
                "(axis " +
                    Twine(axis) + "), found " + Twine(weights.scales.size()) +
                    " along axis " + Twine(weights.axis) +
                    "; quantise the weights by output channels",
                Diag::NAS7011);
  return weights.scales;
}

FailureOr<GraphValue> GraphConverter::convolution(GraphValue value,
                                                  const Constant &weights,
                                                  const Constant *bias) {
  if (failed(requireWeights(weights)))
    return failure();
  const size_t rank = weights.dims.size();
  if (rank != 3 && rank != 4)
    return fail("expected weights of 3 or 4 dimensions (filters, channels, "
                "kernel), found " +
                    describeShape(weights.dims) +
                    "; layers here convolve over one or two dimensions",
                Diag::NAS7007);
  const unsigned spatial = rank - 2;
  if (value.shape.size() != rank)
    return fail("expected an operand of " + Twine(rank) +
                    " dimensions as the weights have, found " +
                    describeShape(value.shape),
                Diag::NAS7007);
  if (weights.count() == 0)
    return fail("expected weights, found none (" + describeShape(weights.dims) +
                    ")",
                Diag::NAS7008);
  const int64_t filters = weights.dims[0], inputs = weights.dims[1];
  const int64_t channels = value.shape[1];
  const int64_t groups = integer("group", 1);
  if (groups < 1 || groups > channels || channels % groups != 0 ||
      filters % groups != 0 || inputs != channels / groups)
    return fail("expected weights for " + Twine(channels) + " channels in " +
                    Twine(groups) + " groups, found " +
                    describeShape(weights.dims),
                Diag::NAS7007);
  ArrayRef<int64_t> kernel = ArrayRef<int64_t>(weights.dims).drop_front(2);
  auto shape = window(value, spatial, kernel);
  if (failed(shape))
    return failure();
  if (bias && (bias->dims.size() != 1 || bias->count() != filters))
    return fail("expected a bias of " + Twine(filters) + " numbers, found " +
                    describeShape(bias->dims),
                Diag::NAS7007);
  auto scales = channelScales(weights, 0, filters);
  if (failed(scales))
    return failure();
  const int64_t taps = std::accumulate(kernel.begin(), kernel.end(), int64_t(1),
                                       std::multiplies<>());

  // A pointwise convolution of a vector, as behind global pooling.
  if (isVector(value) && groups == 1 && taps == 1 &&
      shape->pads == std::array<int64_t, 4>{0, 0, 0, 0} &&
      value.shape[1] == layers[value.layer].layer.outputShape[0] &&
      all_of(ArrayRef<int64_t>(value.shape).drop_front(2),
             [](int64_t size) { return size == 1; })) {
    Constant matrix = weights;
    matrix.dims = {filters, inputs};
    std::vector<int64_t> flat = value.shape;
    value.shape = {1, channels};
    value.axes = {{}, value.axes[1]};
    Result result = dense(std::move(value), matrix, /*transposedWeights=*/true,
                          1.0, bias, 1.0);
    if (failed(result))
      return failure();
    flat[1] = filters;
    result->shape = std::move(flat);
    result->axes.resize(result->shape.size());
    return result;
  }

  // What a Pad before this node added is known to the window by now.
  if (failed(requireImage(value, spatial)))
    return failure();
  const unsigned source = value.layer;
  std::vector<int64_t> outputShape = {shape->output[0]};
  if (spatial == 2)
    outputShape.push_back(shape->output[1]);
  outputShape.push_back(filters);
  if (!countElements(outputShape))
    return fail("expected a result of at most 2^31 elements, found " +
                    describeShape(outputShape),
                Diag::NAS7007);
  const bool isDepthwise =
      spatial == 2 && groups > 1 && groups == channels && filters == channels;
  const LayerKind kind = isDepthwise    ? LayerKind::DepthwiseConv2D
                         : spatial == 2 ? LayerKind::Conv2D
                                        : LayerKind::Conv1D;
  const unsigned index = appendLayer(kind, {source}, std::move(outputShape));
  GraphLayer &layer = layers[index];
  layer.layer.kernelHeight = shape->kernel[0];
  layer.layer.kernelWidth = shape->kernel[1];
  layer.layer.strideHeight = shape->stride[0];
  layer.layer.strideWidth = shape->stride[1];
  layer.layer.padding = shape->pads;
  layer.layer.groups = isDepthwise ? 1 : groups;

  NamedTensor tensor{
      "weight", {}, std::vector<float>(weights.values.size()), *scales};
  tensor.shape.assign(kernel.begin(), kernel.end());
  tensor.shape.push_back(isDepthwise ? filters : inputs);
  tensor.shape.push_back(isDepthwise ? 1 : filters);
  for (int64_t filter = 0, from = 0; filter < filters; ++filter)
    for (int64_t channel = 0; channel < inputs; ++channel)
      for (int64_t tap = 0; tap < taps; ++tap, ++from)
        tensor.values[(tap * inputs + channel) * filters + filter] =
            static_cast<float>(weights.values[from]);
  layer.weights.push_back(std::move(tensor));
  if (bias) {
    layer.layer.bias = true;
    NamedTensor numbers{"bias", {filters}, {}};
    numbers.values.assign(bias->values.begin(), bias->values.end());
    layer.weights.push_back(std::move(numbers));
  }
  return channelsFirst(index);
}

LogicalResult GraphConverter::readConv() {
  Result value = activation(0, /*mayBePadded=*/true);
  auto weights = constant(1, "the weights");
  if (failed(value) || failed(weights))
    return failure();
  std::shared_ptr<const Constant> bias;
  if (hasInput(2)) {
    auto numbers = constant(2, "the bias");
    if (failed(numbers))
      return failure();
    bias = *numbers;
  }
  if (value->padsAreLowest)
    return fail("expected a padding with zeros before a convolution, found one "
                "with the least number",
                Diag::NAS7013);
  return define(convolution(std::move(*value), **weights, bias.get()));
}

FailureOr<GraphValue> GraphConverter::dense(GraphValue value,
                                            const Constant &weights,
                                            bool transposedWeights,
                                            double alpha, const Constant *bias,
                                            double beta) {
  if (failed(requireWeights(weights)))
    return failure();
  if (weights.dims.size() != 2 || weights.count() == 0)
    return fail("expected weights of two dimensions, found " +
                    describeShape(weights.dims),
                Diag::NAS7007);
  const int64_t inputs = weights.dims[transposedWeights ? 1 : 0];
  const int64_t units = weights.dims[transposedWeights ? 0 : 1];
  if (value.shape.empty() || value.shape.back() != inputs ||
      countElements(value.shape) != inputs)
    return fail("expected a vector of " + Twine(inputs) +
                    " numbers as the weights say, found " +
                    describeShape(value.shape) +
                    "; layers here multiply one vector by a matrix",
                Diag::NAS7007);
  auto scales = channelScales(weights, transposedWeights ? 0 : 1, units);
  if (failed(scales))
    return failure();
  if (!scales->empty() && alpha != 1.0) {
    if (!(alpha > 0))
      return fail("expected alpha above zero beside quantised weights, found " +
                      Twine(std::to_string(alpha)),
                  Diag::NAS7011);
    for (double &scale : *scales)
      scale *= alpha;
  }
  std::vector<float> offsets;
  if (bias) {
    const bool isEach = bias->count() == units && !bias->dims.empty() &&
                        bias->dims.back() == units;
    if (bias->count() != 1 && !isEach)
      return fail("expected a bias of " + Twine(units) + " numbers, found " +
                      describeShape(bias->dims),
                  Diag::NAS7007);
    for (int64_t i = 0; i < units; ++i)
      offsets.push_back(
          static_cast<float>(bias->values[isEach ? i : 0] * beta));
  }
  if (!layers[value.layer].isFixed)
    fixInputAsDeclared();
  std::vector<int64_t> places = order(layers[value.layer], joined(value.axes));
  NamedTensor tensor{
      "weight", {inputs, units}, std::vector<float>(inputs * units), *scales};
  for (int64_t row = 0; row < inputs; ++row)
    for (int64_t unit = 0; unit < units; ++unit) {
      const int64_t from =
          transposedWeights ? unit * inputs + row : row * units + unit;
      tensor.values[places[row] * units + unit] =
          static_cast<float>(weights.values[from] * alpha);
    }
  const unsigned index = appendLayer(LayerKind::Dense, {value.layer}, {units});
  GraphLayer &layer = layers[index];
  layer.weights.push_back(std::move(tensor));
  if (bias) {
    layer.layer.bias = true;
    layer.weights.push_back({"bias", {units}, std::move(offsets)});
  }
  GraphValue result;
  result.layer = index;
  result.shape = std::move(value.shape);
  result.shape.back() = units;
  result.axes.assign(result.shape.size(), {});
  result.axes.back() = layer.dims.front();
  return result;
}

LogicalResult GraphConverter::readGemm() {
  Result value = activation(0);
  auto weights = constant(1, "the weights");
  if (failed(value) || failed(weights))
    return failure();
  std::shared_ptr<const Constant> bias;
  const double beta = real("beta", 1.0);
  if (hasInput(2) && beta != 0.0) {
    auto numbers = constant(2, "the bias");
    if (failed(numbers))
      return failure();
    bias = *numbers;
  }
  if (value->shape.size() != 2)
    return fail("expected an operand of two dimensions, found " +
                    describeShape(value->shape) +
                    "; put a Flatten before the node",
                Diag::NAS7007);
  if (integer("transA", 0) != 0) {
    value = transposed(std::move(*value), {1, 0});
    if (failed(value))
      return failure();
  }
  return define(dense(std::move(*value), **weights, integer("transB", 0) != 0,
                      real("alpha", 1.0), bias.get(), beta));
}

LogicalResult GraphConverter::readMatMul() {
  Result value = activation(0);
  auto weights = constant(1, "the weights (the second matrix)");
  if (failed(value) || failed(weights))
    return failure();
  return define(dense(std::move(*value), **weights, /*transposedWeights=*/false,
                      1.0, nullptr, 1.0));
}
