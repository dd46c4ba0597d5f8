//===- ArithmeticNodes.cpp - Normalisation, sums and products -------------===//
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
