//===- PoolingNodes.cpp - Pooling, and the end of a network ---------------===//
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
