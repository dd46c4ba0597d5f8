//===- LayerNodes.cpp - Nodes that are layers -----------------------------===//
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

/// The bound of kernels, strides and padding: beyond it no file means what it
/// says, and sums of them would overflow.
static constexpr int64_t longestWindow = 1 << 20;

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

FailureOr<WindowShape> GraphConverter::window(const GraphValue &value,
                                              unsigned spatial,
                                              ArrayRef<int64_t> weightKernel) {
  WindowShape result;
  const bool isPool = weightKernel.empty();
  std::vector<int64_t> kernel =
      integers("kernel_shape").value_or(weightKernel.vec());
  std::vector<int64_t> strides =
      integers("strides").value_or(std::vector<int64_t>(spatial, 1));
  std::vector<int64_t> dilations =
      integers("dilations").value_or(std::vector<int64_t>(spatial, 1));
  std::vector<int64_t> pads =
      integers("pads").value_or(std::vector<int64_t>(2 * spatial, 0));
  if (kernel.size() != spatial || strides.size() != spatial ||
      dilations.size() != spatial || pads.size() != 2 * spatial ||
      (!isPool && kernel != weightKernel.vec()))
    return fail("expected a kernel, strides, dilations and padding for " +
                    Twine(spatial) +
                    " dimensions, found others; the file is damaged",
                Diag::NAS7005);
  if (any_of(dilations, [](int64_t dilation) { return dilation != 1; }))
    return fail("expected dilations of 1, found " + describeShape(dilations) +
                    "; layers here are not dilated: train the network "
                    "without dilation",
                Diag::NAS7005);
  for (const std::vector<int64_t> *list : {&kernel, &strides})
    for (int64_t size : *list)
      if (size < 1 || size > longestWindow)
        return fail("expected kernels and strides of at least 1, found " +
                        Twine(size),
                    Diag::NAS7005);
  for (int64_t amount : pads)
    if (amount < 0 || amount > longestWindow)
      return fail("expected padding of at least 0, found " + Twine(amount) +
                      "; crop the input of the layer before",
                  Diag::NAS7005);
  const std::string mode = text("auto_pad", "NOTSET");
  const bool ceil = isPool && integer("ceil_mode", 0) != 0;
  for (unsigned i = 0; i < spatial; ++i) {
    const int64_t size = value.shape[i + 2], stride = strides[i];
    int64_t before = pads[i], after = pads[i + spatial];
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      const int64_t steps = (size + stride - 1) / stride;
      const int64_t total =
          std::max<int64_t>((steps - 1) * stride + kernel[i] - size, 0);
      before = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      after = total - before;
    } else if (mode == "VALID") {
      before = after = 0;
    } else if (mode != "NOTSET" && !mode.empty()) {
      return fail("expected auto_pad NOTSET, SAME_UPPER, SAME_LOWER or VALID, "
                  "found '" +
                      mode + "'",
                  Diag::NAS7005);
    }
    const int64_t room = size + before + after - kernel[i];
    if (room < 0)
      return fail("expected an input of at least the kernel's size, found " +
                      describeShape(value.shape) + " and a kernel of " +
                      describeShape(kernel),
                  Diag::NAS7007);
    int64_t steps = room / stride;
    if (ceil && room % stride != 0) {
      const int64_t missing = stride - room % stride;
      // A last window that lies in the padding alone does not count.
      if ((steps + 1) * stride < size + before) {
        if (integer("count_include_pad", 0) != 0 &&
            node->op_type() == "AveragePool")
          return fail("expected ceil_mode 0 where padding counts, found 1; pad "
                      "the input instead",
                      Diag::NAS7005);
        after += missing;
        ++steps;
      }
    }
    result.kernel[i] = kernel[i];
    result.stride[i] = stride;
    result.output[i] = steps + 1;
    if (!value.pads.empty()) {
      before += value.pads[i + 2][0];
      after += value.pads[i + 2][1];
    }
    result.pads[2 * i] = before;
    result.pads[2 * i + 1] = after;
    if (isPool && std::max(before, after) >= kernel[i])
      return fail("expected padding that is less than the window, found " +
                      Twine(std::max(before, after)) + " beside a window of " +
                      Twine(kernel[i]),
                  Diag::NAS7005);
  }
  if (!value.pads.empty())
    for (size_t i = 0; i < 2; ++i)
      if (value.pads[i] != std::array<int64_t, 2>{0, 0})
        return fail("expected a Pad of height and width alone, found one of "
                    "the batch or the channels",
                    Diag::NAS7013);
  return result;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Normalisation and arithmetic with constants
//===----------------------------------------------------------------------===//

LogicalResult GraphConverter::readBatchNormalization() {
  Result value = activation(0);
  if (failed(value))
    return failure();
  if (integer("training_mode", 0) != 0 || integer("spatial", 1) != 1)
    return fail("expected a normalisation of channels for inference, found one "
                "for training or for each element; export the model for "
                "inference",
                Diag::NAS7005);
  if (value->shape.size() < 2)
    return fail("expected an operand with a batch and channels, found " +
                    describeShape(value->shape),
                Diag::NAS7007);
  if (!layers[value->layer].isFixed)
    fixInput(*value, /*channels=*/1);
  const int64_t channels = value->shape[1];
  static const char *const names[] = {"scale", "shift", "mean", "variance"};
  std::vector<NamedTensor> tensors;
  for (int i = 0; i < 4; ++i) {
    auto numbers = constant(i + 1, names[i]);
    if (failed(numbers))
      return failure();
    if ((*numbers)->count() != channels || (*numbers)->dims.size() != 1)
      return fail("expected " + Twine(channels) + " numbers as " + names[i] +
                      ", found " + describeShape((*numbers)->dims),
                  Diag::NAS7007);
    // As a constant beside the operand, which is aligned at the end.
    Constant aligned = **numbers;
    aligned.dims.assign(value->shape.size() - 1, 1);
    aligned.dims[0] = channels;
    auto ordered = perChannel(*value, aligned);
    if (failed(ordered))
      return failure();
    tensors.push_back({names[i], {channels}, std::move(*ordered)});
  }
  const double epsilon = real("epsilon", 1e-5);
  // Behind another one, both are one.
  if (layers[value->layer].layer.kind == LayerKind::BatchNorm &&
      mayFold(*value)) {
    std::vector<float> factor, offset;
    for (int64_t i = 0; i < channels; ++i) {
      const double each =
          tensors[0].values[i] /
          std::sqrt(static_cast<double>(tensors[3].values[i]) + epsilon);
      factor.push_back(static_cast<float>(each));
      offset.push_back(static_cast<float>(tensors[1].values[i] -
                                          tensors[2].values[i] * each));
    }
    return define(
        affine(std::move(*value), std::move(factor), std::move(offset)));
  }
  GraphValue result =
      appendElementwise(LayerKind::BatchNorm, {value->layer}, *value);
  layers[result.layer].layer.epsilon = epsilon;
  layers[result.layer].weights = std::move(tensors);
  return define(std::move(result));
}

bool GraphConverter::mayFold(const GraphValue &value) const {
  const GraphLayer &layer = layers[value.layer];
  switch (layer.layer.kind) {
  case LayerKind::Conv2D:
  case LayerKind::DepthwiseConv2D:
  case LayerKind::Conv1D:
  case LayerKind::Dense:
  case LayerKind::BatchNorm:
    break;
  default:
    return false;
  }
  if (layer.quantization)
    return false;
  // Only this node reads the result.
  auto found = readers.find(layer.resultName);
  return found != readers.end() && found->second == 1 &&
         is_contained(node->input(), layer.resultName);
}

static NamedTensor *findTensor(GraphLayer &layer, StringRef name) {
  for (NamedTensor &tensor : layer.weights)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

FailureOr<GraphValue> GraphConverter::affine(GraphValue value,
                                             std::vector<float> factor,
                                             std::vector<float> offset) {
  GraphLayer &before = layers[value.layer];
  const int64_t channels = before.layer.outputShape.back();
  const bool isZero =
      !factor.empty() && all_of(factor, [](float each) { return each == 0; });
  if (isZero && offset.empty())
    return appendElementwise(LayerKind::Zero, {value.layer}, value);
  const bool isNorm = before.layer.kind == LayerKind::BatchNorm;
  // Steps of integers are positive: with other factors, the integers would
  // change as well.
  NamedTensor *known = findTensor(before, isNorm ? "scale" : "weight");
  const bool keepsIntegers =
      !known || known->scales.empty() ||
      all_of(factor, [](float each) { return each > 0; });
  if (mayFold(value) && keepsIntegers) {
    NamedTensor &weight = *known;
    NamedTensor *bias = findTensor(before, isNorm ? "shift" : "bias");
    if (!factor.empty()) {
      // Channels are the fastest dimension of every kind of weight.
      for (size_t i = 0; i < weight.values.size(); ++i)
        weight.values[i] *= factor[i % channels];
      if (bias)
        for (int64_t i = 0; i < channels; ++i)
          bias->values[i] *= factor[i];
      for (size_t i = 0; i < weight.scales.size(); ++i)
        weight.scales[i] *= factor[i];
    }
    if (!offset.empty()) {
      if (!bias) {
        before.weights.push_back(
            {"bias", {channels}, std::vector<float>(channels, 0.0f)});
        bias = &before.weights.back();
        before.layer.bias = true;
      }
      for (int64_t i = 0; i < channels; ++i)
        bias->values[i] += offset[i];
    }
    before.resultName = node->output(0);
    return value;
  }
  // A normalisation by mean 0 and variance 1.
  if (factor.empty())
    factor.assign(channels, 1.0f);
  if (offset.empty())
    offset.assign(channels, 0.0f);
  GraphValue result =
      appendElementwise(LayerKind::BatchNorm, {value.layer}, value);
  GraphLayer &layer = layers[result.layer];
  layer.layer.epsilon = 0.0;
  layer.weights = {
      {"scale", {channels}, std::move(factor)},
      {"shift", {channels}, std::move(offset)},
      {"mean", {channels}, std::vector<float>(channels, 0.0f)},
      {"variance", {channels}, std::vector<float>(channels, 1.0f)}};
  return result;
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

template <LayerKind kind> LogicalResult GraphConverter::readActivation() {
  Result value = input(0);
  if (failed(value))
    return failure();
  // On integers, a Relu clamps at the integer 0.
  if (kind == LayerKind::ReLU && value->isInteger && value->quantization &&
      value->quantization->zeroPoint == 0 && value->scores.empty()) {
    GraphValue result = appendElementwise(kind, {value->layer}, *value);
    result.isInteger = true;
    result.isUnsigned = value->isUnsigned;
    result.quantization = value->quantization;
    layers[result.layer].quantization = value->quantization;
    return define(std::move(result));
  }
  if (failed(checkActivation(*value)))
    return failure();
  return define(appendElementwise(kind, {value->layer}, *value));
}
// Used by the table of handlers in another file.
template LogicalResult GraphConverter::readActivation<LayerKind::ReLU>();
template LogicalResult GraphConverter::readActivation<LayerKind::ReLU6>();
template LogicalResult GraphConverter::readActivation<LayerKind::HardSwish>();
template LogicalResult GraphConverter::readActivation<LayerKind::HardSigmoid>();
template LogicalResult GraphConverter::readActivation<LayerKind::Sigmoid>();

LogicalResult GraphConverter::readHardSigmoid() {
  const double alpha = real("alpha", 0.2), beta = real("beta", 0.5);
  constexpr double tolerance = 1e-4;
  if (std::abs(alpha - 1.0 / 6) > tolerance || std::abs(beta - 0.5) > tolerance)
    return fail("expected alpha 1/6 and beta 1/2, found " +
                    Twine(std::to_string(alpha)) + " and " +
                    std::to_string(beta) +
                    "; train the network with relu6(x + 3) / 6",
                Diag::NAS7005);
  return readActivation<LayerKind::HardSigmoid>();
}

LogicalResult GraphConverter::readClip() {
  constexpr double greatest = std::numeric_limits<float>::max();
  double low = -greatest, high = greatest;
  if (opset < 11) {
    low = real("min", low);
    high = real("max", high);
  } else {
    for (int i = 1; i <= 2; ++i) {
      if (!hasInput(i))
        continue;
      auto bound = constant(i, "a bound");
      if (failed(bound))
        return failure();
      if ((*bound)->count() != 1)
        return fail("expected one number as a bound, found " +
                        describeShape((*bound)->dims),
                    Diag::NAS7005);
      (i == 1 ? low : high) = (*bound)->values.front();
    }
  }
  if (low == 0.0 && high == 6.0)
    return readActivation<LayerKind::ReLU6>();
  if (low == 0.0 && high >= greatest)
    return readActivation<LayerKind::ReLU>();
  return fail("expected a Clip from 0 to 6 (relu6) or from 0 without an upper "
              "bound (relu), found " +
                  Twine(std::to_string(low)) + " to " + std::to_string(high) +
                  "; train the network with one of those",
              Diag::NAS7005);
}

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

FailureOr<GraphValue> GraphConverter::add(ArrayRef<GraphValue> values) {
  std::vector<unsigned> inputs;
  for (const GraphValue &value : values) {
    if (failed(requireSameLayout(values.front(), value)))
      return failure();
    inputs.push_back(value.layer);
  }
  return appendElementwise(LayerKind::Add, std::move(inputs), values.front());
}

FailureOr<GraphValue> GraphConverter::sum(GraphValue a, GraphValue b) {
  if (a.constant)
    std::swap(a, b);
  if (failed(checkActivation(a)))
    return failure();
  if (!b.constant) {
    if (failed(checkActivation(b)))
      return failure();
    return add({a, b});
  }
  auto offset = perChannel(a, *b.constant);
  if (failed(offset))
    return failure();
  return affine(std::move(a), {}, std::move(*offset));
}

FailureOr<GraphValue> GraphConverter::product(GraphValue a, GraphValue b) {
  if (a.constant)
    std::swap(a, b);
  if (failed(checkActivation(a)))
    return failure();
  if (!b.constant) {
    if (failed(checkActivation(b)))
      return failure();
    return multiply(std::move(a), std::move(b));
  }
  auto factor = perChannel(a, *b.constant);
  if (failed(factor))
    return failure();
  return affine(std::move(a), std::move(*factor), {});
}

LogicalResult GraphConverter::readAdd() {
  Result a = input(0), b = input(1);
  if (failed(a) || failed(b))
    return failure();
  return define(sum(std::move(*a), std::move(*b)));
}

LogicalResult GraphConverter::readSub() {
  Result a = input(0), b = input(1);
  if (failed(a) || failed(b))
    return failure();
  // x - c or c - x.
  const bool isNegated = a->constant != nullptr;
  if (isNegated)
    std::swap(*a, *b);
  if (failed(checkActivation(*a)))
    return failure();
  if (!b->constant)
    return fail("expected a constant tensor as one operand, found two that are "
                "computed; layers here subtract constants alone",
                Diag::NAS7005);
  auto offset = perChannel(*a, *b->constant);
  if (failed(offset))
    return failure();
  std::vector<float> factor;
  if (isNegated)
    factor.assign(offset->size(), -1.0f);
  else
    for (float &each : *offset)
      each = -each;
  return define(affine(std::move(*a), std::move(factor), std::move(*offset)));
}

LogicalResult GraphConverter::readDiv() {
  Result value = activation(0);
  if (failed(value))
    return failure();
  auto divisor = constant(1, "the divisor");
  if (failed(divisor))
    return failure();
  auto factor = perChannel(*value, **divisor);
  if (failed(factor))
    return failure();
  for (float &each : *factor) {
    if (each == 0)
      return fail("expected divisors other than zero, found zero",
                  Diag::NAS7005);
    each = 1 / each;
  }
  return define(affine(std::move(*value), std::move(*factor), {}));
}

FailureOr<GraphValue> GraphConverter::multiply(GraphValue a, GraphValue b) {
  // x · relu6(x + 3) / 6 in two nodes.
  for (auto [x, gate] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    GraphLayer &layer = layers[gate->layer];
    auto found = readers.find(layer.resultName);
    if (layer.layer.kind != LayerKind::HardSigmoid || layer.quantization ||
        layer.layer.inputs.front() != x->layer || found == readers.end() ||
        found->second != 1 || !is_contained(node->input(), layer.resultName) ||
        failed(requireSameLayout(a, b)))
      continue;
    layer.layer.kind = LayerKind::HardSwish;
    layer.nodeName = node->name();
    layer.resultName = node->output(0);
    return *gate;
  }
  if (countElements(a.shape) < countElements(b.shape))
    std::swap(a, b);
  const GraphLayer &gated = layers[a.layer], &gate = layers[b.layer];
  if (countElements(a.shape) == countElements(b.shape)) {
    if (failed(requireSameLayout(a, b)))
      return failure();
    return appendElementwise(LayerKind::Multiply, {a.layer, b.layer}, a);
  }
  // One number a channel: everything else of the gate is one.
  bool fits = b.shape.size() <= a.shape.size() &&
              gate.layer.outputShape.back() == gated.layer.outputShape.back() &&
              countElements(b.shape) == gate.layer.outputShape.back() &&
              (gate.dims.size() == 1 || gate.dims.size() == gated.dims.size());
  const size_t skipped = fits ? a.shape.size() - b.shape.size() : 0;
  for (size_t i = 0; fits && i < b.shape.size(); ++i)
    if (!b.axes[i].empty())
      fits = runs(gate, b.axes[i]) == runs(gate, gate.dims.back()) &&
             runs(gated, a.axes[i + skipped]) == runs(gated, gated.dims.back());
  if (!fits)
    return fail("expected tensors of one shape, or one number for each "
                "channel, found " +
                    describeShape(a.shape) + " and " + describeShape(b.shape) +
                    "; layers here multiply no others",
                Diag::NAS7007);
  return appendElementwise(LayerKind::Multiply, {a.layer, b.layer}, a);
}

LogicalResult GraphConverter::readMul() {
  Result a = input(0), b = input(1);
  if (failed(a) || failed(b))
    return failure();
  return define(product(std::move(*a), std::move(*b)));
}

LogicalResult GraphConverter::readSum() {
  Result total = input(0);
  std::vector<GraphValue> operands;
  for (int i = 0; i < node->input_size(); ++i) {
    Result value = input(i);
    if (failed(value))
      return failure();
    operands.push_back(std::move(*value));
  }
  if (operands.size() < 2)
    return define(std::move(total));
  // Constants are added one by one to the sum of the others.
  std::vector<GraphValue> computed, constants;
  for (GraphValue &operand : operands)
    (operand.constant ? constants : computed).push_back(std::move(operand));
  if (computed.empty())
    return fail("expected the result of a layer as operand, found constants "
                "alone; simplify the model so that constants are folded",
                Diag::NAS7008);
  for (const GraphValue &operand : computed)
    if (failed(checkActivation(operand)))
      return failure();
  total = computed.size() > 1 ? add(computed) : Result(computed.front());
  for (GraphValue &operand : constants)
    if (succeeded(total))
      total = sum(std::move(*total), std::move(operand));
  return define(std::move(total));
}

FailureOr<GraphValue> GraphConverter::concat(ArrayRef<GraphValue> values,
                                             int64_t where) {
  const GraphValue &first = values.front();
  auto axis = axisOf(where, first.shape.size());
  if (failed(axis))
    return failure();
  if (!layers[first.layer].isFixed) {
    if (*axis > 0)
      fixInput(first, *axis);
    return failure();
  }
  std::vector<int64_t> shape = layers[first.layer].layer.outputShape;
  shape.back() = 0;
  std::vector<unsigned> inputs;
  for (const GraphValue &value : values) {
    const GraphLayer &layer = layers[value.layer];
    bool fits = value.shape.size() == first.shape.size() &&
                layer.dims.size() == shape.size() &&
                value.shape[*axis] == layer.layer.outputShape.back() &&
                matches(layer, value.axes[*axis], layer.dims.back());
    for (size_t i = 0; fits && i < value.shape.size(); ++i)
      fits = i == *axis || (value.shape[i] == first.shape[i] &&
                            runs(layer, value.axes[i]).size() <= 1);
    for (size_t i = 0; fits && i + 1 < shape.size(); ++i)
      fits = layer.layer.outputShape[i] == shape[i];
    if (!fits)
      return fail("expected tensors that are joined along their channels and "
                  "equal elsewhere, found " +
                      describeShape(first.shape) + " and " +
                      describeShape(value.shape) + " along axis " +
                      Twine(*axis) + "; layers here join channels alone",
                  Diag::NAS7007);
    shape.back() += layer.layer.outputShape.back();
    inputs.push_back(value.layer);
  }
  if (!countElements(shape))
    return fail("expected a result of at most 2^31 elements, found " +
                    describeShape(shape),
                Diag::NAS7007);
  const unsigned index =
      appendLayer(LayerKind::Concat, std::move(inputs), std::move(shape));
  // The other axes lie as those of the first operand do.
  GraphValue result;
  result.layer = index;
  result.shape = first.shape;
  result.shape[*axis] = layers[index].layer.outputShape.back();
  result.axes.assign(first.shape.size(), {});
  result.axes[*axis] = layers[index].dims.back();
  const GraphLayer &source = layers[first.layer];
  for (size_t i = 0; i < first.shape.size(); ++i) {
    if (i == *axis || first.axes[i].empty())
      continue;
    bool found = false;
    for (size_t dim = 0; dim + 1 < source.dims.size() && !found; ++dim)
      if (matches(source, first.axes[i], source.dims[dim])) {
        result.axes[i] = layers[index].dims[dim];
        found = true;
      }
    if (!found)
      return fail("expected tensors with the dimensions of their layers, found "
                  "reshaped ones; remove the Reshape before the node",
                  Diag::NAS7010);
  }
  return result;
}

LogicalResult GraphConverter::readConcat() {
  std::vector<GraphValue> operands;
  unsigned constants = 0, integersSeen = 0;
  for (int i = 0; i < node->input_size(); ++i) {
    Result value = input(i);
    if (failed(value))
      return failure();
    constants += value->constant != nullptr;
    integersSeen += value->isInteger;
    operands.push_back(std::move(*value));
  }
  if (operands.empty())
    return fail("expected operands, found none; the file is damaged",
                Diag::NAS7012);
  const int64_t axis = integer("axis", 1);
  if (constants == operands.size()) {
    Constant result;
    result.type = operands.front().constant->type;
    for (const GraphValue &value : operands) {
      if (value.shape.size() != 1)
        return fail("expected vectors, found " + describeShape(value.shape) +
                        "; constants are joined for shapes alone",
                    Diag::NAS7004);
      result.values.insert(result.values.end(), value.constant->values.begin(),
                           value.constant->values.end());
    }
    result.dims = {result.count()};
    return define(std::move(result));
  }
  // Integers of one scale and zero point are joined as they are.
  std::optional<StoredQuantization> common;
  if (integersSeen == operands.size())
    common = operands.front().quantization;
  for (int i = 0; i < node->input_size(); ++i) {
    if (common && operands[i].quantization == common)
      operands[i].isInteger = false;
    if (failed(checkActivation(operands[i])))
      return failure();
  }
  if (operands.size() == 1)
    return define(input(0));
  Result result = concat(operands, axis);
  if (failed(result))
    return failure();
  if (common) {
    layers[result->layer].quantization = common;
    result->isInteger = true;
    result->quantization = common;
  }
  return define(std::move(result));
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// Whether no element of the layer's result is below zero.
static bool isNonNegative(const GraphLayer &layer) {
  switch (layer.layer.kind) {
  case LayerKind::ReLU:
  case LayerKind::ReLU6:
  case LayerKind::Sigmoid:
  case LayerKind::HardSigmoid:
    return true;
  default:
    return layer.quantization && layer.quantization->zeroPoint == -128;
  }
}

FailureOr<GraphValue> GraphConverter::pool(LayerKind kind, GraphValue value) {
  const bool isMaximum = kind == LayerKind::MaxPool;
  const bool isGlobalMaximum = node->op_type() == "GlobalMaxPool";
  if (!layers[value.layer].isFixed && value.shape.size() >= 3 &&
      failed(requireImage(value, value.shape.size() - 2)))
    return failure();
  if (value.shape.size() != 4) {
    // The mean of a whole series is a layer, other pooling of series is none.
    std::optional<std::vector<int64_t>> kernel = integers("kernel_shape");
    std::vector<int64_t> pads =
        integers("pads").value_or(std::vector<int64_t>());
    if (!isMaximum && value.shape.size() == 3 && kernel &&
        kernel->size() == 1 && kernel->front() == value.shape[2] &&
        value.pads.empty() &&
        all_of(pads, [](int64_t amount) { return amount == 0; }))
      return mean(std::move(value), {2}, /*keep=*/true);
    return fail("expected an operand of 4 dimensions (batch, channels, height, "
                "width), found " +
                    describeShape(value.shape) +
                    "; layers here pool images alone",
                Diag::NAS7007);
  }
  if (isMaximum && integer("storage_order", 0) != 0)
    return fail("expected storage_order 0, found 1", Diag::NAS7005);
  WindowShape shape;
  if (isGlobalMaximum) {
    shape.kernel = {value.shape[2], value.shape[3]};
  } else {
    if (!integers("kernel_shape"))
      return fail("expected a kernel_shape, found none; the file is damaged",
                  Diag::NAS7005);
    auto found = window(value, 2, {});
    if (failed(found))
      return failure();
    shape = *found;
  }
  bool countsPadding = !isMaximum && integer("count_include_pad", 0) != 0;
  if (!value.pads.empty()) {
    std::array<int64_t, 4> added = {value.pads[2][0], value.pads[2][1],
                                    value.pads[3][0], value.pads[3][1]};
    if (isGlobalMaximum)
      return fail("expected a window with a size behind a Pad, found this node",
                  Diag::NAS7013);
    if (isMaximum && !value.padsAreLowest &&
        !isNonNegative(layers[value.layer]))
      return fail("expected a MaxPool behind a Pad to see numbers of at least "
                  "0, as behind Relu, found others: the zeros of the Pad could "
                  "win; pad in the MaxPool itself",
                  Diag::NAS7013);
    if (!isMaximum &&
        (value.padsAreLowest || (!countsPadding && shape.pads != added)))
      return fail("expected all padding of an AveragePool to count, or none, "
                  "found both; pad in the AveragePool itself",
                  Diag::NAS7013);
    countsPadding = !isMaximum;
  }
  if (failed(requireImage(value, 2)))
    return failure();
  const std::vector<int64_t> &size = layers[value.layer].layer.outputShape;
  const unsigned index = appendLayer(
      kind, {value.layer}, {shape.output[0], shape.output[1], size[2]});
  NetworkLayer &layer = layers[index].layer;
  layer.kernelHeight = shape.kernel[0];
  layer.kernelWidth = shape.kernel[1];
  layer.strideHeight = shape.stride[0];
  layer.strideWidth = shape.stride[1];
  layer.padding = shape.pads;
  // Without padding both countings are the same.
  layer.countPadding =
      countsPadding && shape.pads != std::array<int64_t, 4>{0, 0, 0, 0};
  return channelsFirst(index);
}

template <LayerKind kind> LogicalResult GraphConverter::readPool() {
  Result value = input(0);
  if (failed(value))
    return failure();
  // The greatest integer stands for the greatest number.
  const bool keeps = kind == LayerKind::MaxPool && value->isInteger &&
                     value->quantization.has_value();
  const std::optional<StoredQuantization> quantization = value->quantization;
  const bool isUnsigned = value->isUnsigned;
  if (keeps)
    value->isInteger = false;
  if (failed(checkActivation(*value, /*mayBePadded=*/true)))
    return failure();
  Result result = pool(kind, std::move(*value));
  if (failed(result))
    return failure();
  if (keeps) {
    layers[result->layer].quantization = quantization;
    result->isInteger = true;
    result->isUnsigned = isUnsigned;
    result->quantization = quantization;
  }
  return define(std::move(result));
}
template LogicalResult GraphConverter::readPool<LayerKind::MaxPool>();
template LogicalResult GraphConverter::readPool<LayerKind::AveragePool>();

FailureOr<GraphValue> GraphConverter::mean(GraphValue value,
                                           ArrayRef<unsigned> axes, bool keep) {
  auto isReduced = [&](size_t axis) {
    return is_contained(axes, static_cast<unsigned>(axis));
  };
  Axis kept;
  std::vector<Axis> dims;
  for (size_t i = 0; i < value.shape.size(); ++i) {
    if (!isReduced(i))
      kept.insert(kept.end(), value.axes[i].begin(), value.axes[i].end());
    else if (i > 0)
      dims.push_back(value.axes[i]);
  }
  if (!layers[value.layer].isFixed) {
    dims.push_back(kept);
    fixInput(std::move(dims));
  }
  const GraphLayer &layer = layers[value.layer];
  if (!matches(layer, kept, layer.dims.back()))
    return fail("expected the mean over height and width, all others staying, "
                "found " +
                    Twine(axes.size()) + " axes of " +
                    describeShape(value.shape) +
                    "; layers here have the mean of each channel alone",
                Diag::NAS7005);
  GraphValue result;
  // The mean of one number is that number.
  const bool isMean = layer.dims.size() > 1;
  result.layer = value.layer;
  result.isRounded = value.isRounded && !isMean;
  if (isMean)
    result.layer = appendLayer(LayerKind::GlobalAveragePool, {value.layer},
                               {layer.layer.outputShape.back()});
  for (size_t i = 0; i < value.shape.size(); ++i) {
    if (isReduced(i)) {
      if (keep) {
        result.shape.push_back(1);
        result.axes.emplace_back();
      }
      continue;
    }
    result.shape.push_back(value.shape[i]);
    result.axes.push_back(value.axes[i].empty() || !isMean
                              ? value.axes[i]
                              : layers[result.layer].dims.front());
  }
  return result;
}

LogicalResult GraphConverter::readGlobalAveragePool() {
  Result value = activation(0);
  if (failed(value))
    return failure();
  std::vector<unsigned> axes;
  for (size_t i = 2; i < value->shape.size(); ++i)
    axes.push_back(i);
  if (axes.empty())
    return fail("expected an operand of 3 or 4 dimensions, found " +
                    describeShape(value->shape),
                Diag::NAS7007);
  return define(mean(std::move(*value), axes, /*keep=*/true));
}

LogicalResult GraphConverter::readGlobalMaxPool() {
  return readPool<LayerKind::MaxPool>();
}

FailureOr<GraphValue> GraphConverter::reduceMean(GraphValue value) {
  // For the quantised operator, axes are always an attribute.
  auto axes =
      node->op_type() == "ReduceMean"
          ? axesOf(18)
          : FailureOr<std::optional<std::vector<int64_t>>>(integers("axes"));
  if (failed(axes))
    return failure();
  if (!*axes || (*axes)->empty())
    return fail("expected axes, found none; layers here have the mean of each "
                "channel alone",
                Diag::NAS7005);
  std::vector<unsigned> places;
  for (int64_t each : **axes) {
    auto axis = axisOf(each, value.shape.size());
    if (failed(axis))
      return failure();
    places.push_back(*axis);
  }
  return mean(std::move(value), places, integer("keepdims", 1) != 0);
}

LogicalResult GraphConverter::readReduceMean() {
  Result value = activation(0);
  if (failed(value))
    return failure();
  return define(reduceMean(std::move(*value)));
}

//===----------------------------------------------------------------------===//
// The end of the network
//===----------------------------------------------------------------------===//

FailureOr<GraphValue> GraphConverter::leaveOut(GraphValue value,
                                               int64_t where) {
  if (value.layer == 0)
    return fail("expected the result of a layer, found the input",
                Diag::NAS7012);
  auto axis = axisOf(where, value.shape.size());
  if (failed(axis))
    return failure();
  // Until opset 13, everything from the axis on was one dimension.
  Axis classes = value.axes[*axis];
  if (opset < 13 && node->op_type() != "ArgMax")
    classes = joined(ArrayRef<Axis>(value.axes).drop_front(*axis));
  Axis wanted = layers[value.layer].dims.back();
  sort(classes);
  sort(wanted);
  if (classes != wanted)
    return fail("expected scores along the channels, found axis " +
                    Twine(*axis) + " of " + describeShape(value.shape) +
                    "; cut the model before the node",
                Diag::NAS7014);
  value.scores = node->op_type();
  return value;
}

LogicalResult GraphConverter::readSoftmax() {
  Result value = activation(0);
  if (failed(value))
    return failure();
  const bool isArgMax = node->op_type() == "ArgMax";
  return define(
      leaveOut(std::move(*value), integer("axis", isArgMax     ? 0
                                                  : opset < 13 ? 1
                                                               : -1)));
}
