//===- QuantizedNodes.cpp - Nodes of quantised networks -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both forms say the same: QuantizeLinear and DequantizeLinear around layers
// of real numbers, or layers that have the scales among their operands. A
// layer of the second form is read as its operands dequantised, the layer, and
// its result quantised. Unsigned integers are shifted to signed ones by 128.
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/GraphConverter.h"

#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace nasc;
using namespace nasc::onnxio;
using onnx::TensorProto;

FailureOr<GraphConverter::Encoding>
GraphConverter::encoding(int scale, int zeroPoint, int32_t preset) {
  Encoding result;
  auto scales = constant(scale, "the scale");
  if (failed(scales))
    return failure();
  result.scales = (*scales)->values;
  for (double each : result.scales)
    if (!(each > 0) || !std::isfinite(static_cast<float>(each)))
      return fail("expected scales above zero, found " +
                      Twine(std::to_string(each)),
                  Diag::NAS7011);
  result.type = preset;
  result.zeroPoints.assign(result.scales.size(), 0.0);
  if (hasInput(zeroPoint)) {
    auto zeros = constant(zeroPoint, "the zero point");
    if (failed(zeros))
      return failure();
    result.zeroPoints = (*zeros)->values;
    result.type = (*zeros)->type;
  }
  if (result.scales.empty() || result.zeroPoints.size() != result.scales.size())
    return fail("expected as many zero points as scales, found " +
                    Twine(result.zeroPoints.size()) + " and " +
                    Twine(result.scales.size()),
                Diag::NAS7011);
  if (result.type != TensorProto::INT8 && result.type != TensorProto::UINT8 &&
      result.type != TensorProto::INT32)
    return fail(
        "expected integers of int8 or uint8 (int32 for biases), found " +
            describeType(result.type) + "; quantise the network to 8 bits",
        Diag::NAS7011);
  if (result.type == TensorProto::UINT8)
    for (double &each : result.zeroPoints)
      each -= 128;
  return result;
}

FailureOr<StoredQuantization>
GraphConverter::storedQuantization(const Encoding &encoding) {
  if (encoding.scales.size() != 1)
    return fail("expected one scale for the result of a layer, found " +
                    Twine(encoding.scales.size()) +
                    "; quantise activations by tensors, not by channels",
                Diag::NAS7011);
  const double zeroPoint = encoding.zeroPoints.front();
  if (encoding.type == TensorProto::INT32 || zeroPoint < -128 ||
      zeroPoint > 127)
    return fail("expected 8-bit integers as the result of a layer, found " +
                    describeType(encoding.type) +
                    "; quantise the network to 8 bits",
                Diag::NAS7011);
  return StoredQuantization{encoding.scales.front(),
                            static_cast<int64_t>(zeroPoint)};
}

std::optional<StoredQuantization> &
GraphConverter::quantizationOf(unsigned index) {
  // A flattened tensor is the tensor that is flattened.
  while (layers[index].layer.kind == LayerKind::Flatten)
    index = layers[index].layer.inputs.front();
  return layers[index].quantization;
}

static bool isSame(const StoredQuantization &a, const StoredQuantization &b) {
  constexpr double tolerance = 1e-6;
  return a.zeroPoint == b.zeroPoint &&
         std::abs(a.scale - b.scale) <= tolerance * a.scale;
}

static std::string textOf(const StoredQuantization &quantization) {
  return "(" + std::to_string(quantization.scale) + ", " +
         std::to_string(quantization.zeroPoint) + ")";
}

FailureOr<GraphValue>
GraphConverter::stored(GraphValue value,
                       const StoredQuantization &quantization) {
  std::optional<StoredQuantization> &known = quantizationOf(value.layer);
  if (!known)
    known = quantization;
  if (isSame(*known, quantization))
    return value;
  if (!value.isRounded)
    return fail("expected one scale and zero point for a tensor, found two: " +
                    textOf(*known) + " and " + textOf(quantization) +
                    "; quantise the tensor once for all its readers",
                Diag::NAS7011);
  // Integers that are rounded to other ones.
  value = appendElementwise(LayerKind::Requantize, {value.layer}, value);
  layers[value.layer].layer.scale = quantization.scale;
  layers[value.layer].layer.zeroPoint = quantization.zeroPoint;
  layers[value.layer].quantization = quantization;
  return value;
}

LogicalResult
GraphConverter::describeIntegers(unsigned layer,
                                 const StoredQuantization &quantization) {
  std::optional<StoredQuantization> &known = quantizationOf(layer);
  if (!known)
    known = quantization;
  // While the layout is inferred, operators that keep it are passed over.
  if (isProbe || isSame(*known, quantization))
    return success();
  return fail("expected the scale and the zero point that the tensor was "
              "quantised with, " +
                  textOf(*known) + ", found " + textOf(quantization),
              Diag::NAS7011);
}

FailureOr<GraphValue> GraphConverter::quantize(GraphValue value,
                                               const Encoding &encoding,
                                               int64_t where) {
  if (!value.constant) {
    if (value.isInteger)
      return fail("expected real numbers, found integers; remove the second "
                  "QuantizeLinear",
                  Diag::NAS7011);
    auto quantization = storedQuantization(encoding);
    if (failed(quantization))
      return failure();
    // Probabilities are not stored by any layer that stays.
    if (value.scores.empty()) {
      Result integers = stored(std::move(value), *quantization);
      if (failed(integers))
        return failure();
      value = std::move(*integers);
    }
    value.isInteger = true;
    value.isRounded = false;
    value.isUnsigned = encoding.type == TensorProto::UINT8;
    value.quantization = *quantization;
    return value;
  }
  // Weights that are rounded when the network runs.
  Constant result = *value.constant;
  int64_t inner = 1;
  if (encoding.scales.size() > 1) {
    auto axis = axisOf(where, result.dims.size());
    if (failed(axis))
      return failure();
    if (result.dims[*axis] != static_cast<int64_t>(encoding.scales.size()))
      return fail("expected a scale for each of " + Twine(result.dims[*axis]) +
                      " channels, found " + Twine(encoding.scales.size()),
                  Diag::NAS7011);
    for (size_t i = *axis + 1; i < result.dims.size(); ++i)
      inner *= result.dims[i];
  }
  const double shift = encoding.type == TensorProto::UINT8 ? 128.0 : 0.0;
  for (int64_t i = 0; i < result.count(); ++i) {
    const size_t channel = i / inner % encoding.scales.size();
    // Ties to even, which is the mode that rounding is in.
    const double rounded =
        std::nearbyint(result.values[i] / encoding.scales[channel]) +
        encoding.zeroPoints[channel];
    result.values[i] =
        (std::isnan(rounded) ? 0.0 : std::clamp(rounded, -128.0, 127.0)) +
        shift;
  }
  result.type = encoding.type;
  value.constant = std::make_shared<const Constant>(std::move(result));
  return value;
}

FailureOr<GraphValue> GraphConverter::dequantize(GraphValue value,
                                                 const Encoding &encoding,
                                                 int64_t where) {
  if (!value.constant) {
    if (!value.isInteger)
      return fail("expected integers, found real numbers; put a QuantizeLinear "
                  "before the node",
                  Diag::NAS7011);
    auto quantization = storedQuantization(encoding);
    if (failed(quantization))
      return failure();
    if (!value.scores.empty()) {
      value.isInteger = false;
      return value;
    }
    if (failed(describeIntegers(value.layer, *quantization)))
      return failure();
    value.isInteger = false;
    value.isRounded = true;
    value.quantization.reset();
    return value;
  }
  Constant result = *value.constant;
  if (result.isReal())
    return fail("expected integers, found real numbers (" +
                    describeType(result.type) + ")",
                Diag::NAS7011);
  int64_t inner = 1;
  result.axis = 0;
  if (encoding.scales.size() > 1) {
    auto axis = axisOf(where, result.dims.size());
    if (failed(axis))
      return failure();
    if (result.dims[*axis] != static_cast<int64_t>(encoding.scales.size()))
      return fail("expected a scale for each of " + Twine(result.dims[*axis]) +
                      " channels, found " + Twine(encoding.scales.size()),
                  Diag::NAS7011);
    result.axis = *axis;
    for (size_t i = *axis + 1; i < result.dims.size(); ++i)
      inner *= result.dims[i];
  }
  const double shift = result.type == TensorProto::UINT8 ? 128.0 : 0.0;
  bool isSymmetric = true;
  for (double zeroPoint : encoding.zeroPoints)
    isSymmetric = isSymmetric && zeroPoint == 0.0;
  for (int64_t i = 0; i < result.count(); ++i) {
    const size_t channel = i / inner % encoding.scales.size();
    result.values[i] = static_cast<float>(
        (result.values[i] - shift - encoding.zeroPoints[channel]) *
        encoding.scales[channel]);
  }
  // The scales tell that the numbers are weights of 8 bits.
  if (result.type == TensorProto::INT8 || result.type == TensorProto::UINT8)
    result.scales = encoding.scales;
  result.isSymmetric = isSymmetric;
  result.type = TensorProto::FLOAT;
  value.constant = std::make_shared<const Constant>(std::move(result));
  return value;
}

LogicalResult GraphConverter::readQuantizeLinear() {
  Result value = input(0);
  auto code = encoding(1, 2,
                       integer("output_dtype", 0) == TensorProto::INT8
                           ? TensorProto::INT8
                           : TensorProto::UINT8);
  if (failed(value) || failed(code))
    return failure();
  // Without a zero point, unsigned integers begin at 0.
  if (!hasInput(2) && code->type == TensorProto::UINT8)
    code->zeroPoints.assign(code->scales.size(), -128.0);
  return define(quantize(std::move(*value), *code, integer("axis", 1)));
}

LogicalResult GraphConverter::readDequantizeLinear() {
  return define(dequantizedOperand(0, 1, 2, integer("axis", 1)));
}

FailureOr<GraphValue> GraphConverter::dequantizedOperand(int index, int scale,
                                                         int zeroPoint,
                                                         int64_t axis) {
  Result value = input(index);
  if (failed(value))
    return failure();
  const int32_t type = value->constant     ? value->constant->type
                       : value->isUnsigned ? TensorProto::UINT8
                                           : TensorProto::INT8;
  auto code = encoding(scale, zeroPoint, type);
  if (failed(code))
    return failure();
  if (!hasInput(zeroPoint) && type == TensorProto::UINT8)
    code->zeroPoints.assign(code->scales.size(), -128.0);
  return dequantize(std::move(*value), *code, axis);
}

LogicalResult GraphConverter::defineQuantized(Result value, int scale,
                                              int zeroPoint) {
  if (failed(value))
    return failure();
  auto code = encoding(scale, zeroPoint, TensorProto::UINT8);
  if (failed(code))
    return failure();
  if (!hasInput(zeroPoint))
    code->zeroPoints.assign(code->scales.size(), -128.0);
  return define(quantize(std::move(*value), *code, 1));
}

/// A bias of 32-bit integers in steps of the products.
static Constant realBias(const Constant &bias, const Constant &weights,
                         double inputScale) {
  Constant result = bias;
  result.type = TensorProto::FLOAT;
  for (int64_t i = 0; i < result.count(); ++i) {
    const double scale =
        weights
            .scales[weights.scales.size() > 1 ? i % weights.scales.size() : 0];
    result.values[i] =
        static_cast<float>(result.values[i] * (inputScale * scale));
  }
  return result;
}

FailureOr<GraphValue> GraphConverter::fromChannelsLast(Result value) {
  if (failed(value) || integer("channels_last", 0) == 0)
    return value;
  const int64_t rank = value->shape.size();
  std::vector<int64_t> permutation = {0, rank - 1};
  for (int64_t i = 1; i + 1 < rank; ++i)
    permutation.push_back(i);
  if (rank < 2)
    return fail("expected an operand with a batch and channels, found " +
                    describeShape(value->shape),
                Diag::NAS7007);
  return transposed(std::move(*value), permutation);
}

FailureOr<GraphValue> GraphConverter::toChannelsLast(Result value) {
  if (failed(value) || integer("channels_last", 0) == 0)
    return value;
  const int64_t rank = value->shape.size();
  std::vector<int64_t> permutation = {0};
  for (int64_t i = 2; i < rank; ++i)
    permutation.push_back(i);
  permutation.push_back(1);
  return transposed(std::move(*value), permutation);
}

LogicalResult GraphConverter::readQLinearConv() {
  Result value = fromChannelsLast(dequantizedOperand(0, 1, 2));
  if (failed(value))
    return failure();
  Result weights = dequantizedOperand(3, 4, 5, /*axis=*/0);
  if (failed(weights))
    return failure();
  if (!weights->constant || weights->constant->scales.empty())
    return fail("expected constant weights of 8 bits, found others",
                Diag::NAS7008);
  if (failed(checkActivation(*value, /*mayBePadded=*/true)))
    return failure();
  std::optional<Constant> bias;
  if (hasInput(8)) {
    auto numbers = constant(8, "the bias");
    auto code = encoding(1, 2, TensorProto::INT8);
    if (failed(numbers) || failed(code))
      return failure();
    bias = realBias(**numbers, *weights->constant, code->scales.front());
  }
  return defineQuantized(
      toChannelsLast(convolution(std::move(*value), *weights->constant,
                                 bias ? &*bias : nullptr)),
      6, 7);
}

LogicalResult GraphConverter::readQLinearMatMul() {
  Result value = dequantizedOperand(0, 1, 2);
  if (failed(value) || failed(checkActivation(*value)))
    return failure();
  Result weights = dequantizedOperand(3, 4, 5, /*axis=*/-1);
  if (failed(weights))
    return failure();
  if (!weights->constant || weights->constant->scales.empty())
    return fail("expected constant weights of 8 bits, found others",
                Diag::NAS7008);
  return defineQuantized(dense(std::move(*value), *weights->constant,
                               /*transposedWeights=*/false, 1.0, nullptr, 1.0),
                         6, 7);
}

LogicalResult GraphConverter::readQGemm() {
  const bool transposedWeights = integer("transB", 0) != 0;
  Result value = dequantizedOperand(0, 1, 2);
  if (failed(value) || failed(checkActivation(*value)))
    return failure();
  Result weights = dequantizedOperand(3, 4, 5, transposedWeights ? 0 : 1);
  if (failed(weights))
    return failure();
  if (!weights->constant || weights->constant->scales.empty())
    return fail("expected constant weights of 8 bits, found others",
                Diag::NAS7008);
  if (integer("transA", 0) != 0 && value->shape.size() == 2) {
    value = transposed(std::move(*value), {1, 0});
    if (failed(value))
      return failure();
  }
  const double alpha = real("alpha", 1.0);
  std::optional<Constant> bias;
  if (hasInput(6)) {
    auto numbers = constant(6, "the bias");
    auto code = encoding(1, 2, TensorProto::INT8);
    if (failed(numbers) || failed(code))
      return failure();
    bias =
        realBias(**numbers, *weights->constant, code->scales.front() * alpha);
  }
  Result result = dense(std::move(*value), *weights->constant,
                        transposedWeights, alpha, bias ? &*bias : nullptr, 1.0);
  return hasInput(7) ? defineQuantized(std::move(result), 7, 8)
                     : define(std::move(result));
}

LogicalResult GraphConverter::readQLinearAdd() {
  Result a = dequantizedOperand(0, 1, 2);
  if (failed(a))
    return failure();
  Result b = dequantizedOperand(3, 4, 5);
  if (failed(b))
    return failure();
  return defineQuantized(sum(std::move(*a), std::move(*b)), 6, 7);
}

LogicalResult GraphConverter::readQLinearMul() {
  Result a = dequantizedOperand(0, 1, 2);
  if (failed(a))
    return failure();
  Result b = dequantizedOperand(3, 4, 5);
  if (failed(b))
    return failure();
  return defineQuantized(product(std::move(*a), std::move(*b)), 6, 7);
}

LogicalResult GraphConverter::readQLinearConcat() {
  std::vector<GraphValue> operands;
  for (int i = 2; i + 1 < node->input_size(); i += 3) {
    Result value = dequantizedOperand(i, i + 1, i + 2);
    if (failed(value) || failed(checkActivation(*value)))
      return failure();
    operands.push_back(std::move(*value));
  }
  if (operands.empty())
    return fail("expected operands, found none; the file is damaged",
                Diag::NAS7012);
  return defineQuantized(concat(operands, integer("axis", 1)), 0, 1);
}

LogicalResult GraphConverter::readQLinearAveragePool() {
  Result value = fromChannelsLast(dequantizedOperand(0, 1, 2));
  if (failed(value) || failed(checkActivation(*value, /*mayBePadded=*/true)))
    return failure();
  return defineQuantized(
      toChannelsLast(pool(LayerKind::AveragePool, std::move(*value))), 3, 4);
}

LogicalResult GraphConverter::readQLinearGlobalAveragePool() {
  Result value = dequantizedOperand(0, 1, 2);
  if (failed(value) || failed(checkActivation(*value)))
    return failure();
  const bool isChannelsLast = integer("channels_last", 0) != 0;
  const size_t rank = value->shape.size();
  std::vector<unsigned> axes;
  for (size_t i = isChannelsLast ? 1 : 2; i < rank - isChannelsLast; ++i)
    axes.push_back(i);
  if (rank < 3)
    return fail("expected an operand of 3 or 4 dimensions, found " +
                    describeShape(value->shape),
                Diag::NAS7007);
  return defineQuantized(mean(std::move(*value), axes, /*keep=*/true), 3, 4);
}

LogicalResult GraphConverter::readQLinearReduceMean() {
  Result value = dequantizedOperand(0, 1, 2);
  if (failed(value) || failed(checkActivation(*value)))
    return failure();
  return defineQuantized(reduceMean(std::move(*value)), 3, 4);
}

LogicalResult GraphConverter::readQLinearSigmoid() {
  Result value = dequantizedOperand(0, 1, 2);
  if (failed(value) || failed(checkActivation(*value)))
    return failure();
  return defineQuantized(
      appendElementwise(LayerKind::Sigmoid, {value->layer}, *value), 3, 4);
}

LogicalResult GraphConverter::readQLinearSoftmax() {
  Result value = dequantizedOperand(0, 1, 2);
  if (failed(value) || failed(checkActivation(*value)))
    return failure();
  return defineQuantized(
      leaveOut(std::move(*value), integer("axis", opset < 13 ? 1 : -1)), 3, 4);
}

LogicalResult GraphConverter::readDynamicallyQuantized() {
  return fail("expected scales that are known before the network runs, found "
              "the operator of a dynamically quantised network, whose scales "
              "are computed for each sample; quantise the model statically, or "
              "give the float model and let nasc quantise it",
              Diag::NAS7011);
}
