//===- DataNodes.cpp - Nodes that move numbers ----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nodes that change the layout of tensors, which costs nothing here, and the
// little arithmetic on shapes that exporters leave in the graph.
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
using onnx::AttributeProto;
using onnx::TensorProto;

LogicalResult GraphConverter::readIdentity() {
  if (node->op_type() == "Dropout" && hasInput(2)) {
    auto training = constant(2, "the mode of training");
    if (failed(training))
      return failure();
    if (is_contained((*training)->values, 1.0))
      return fail("expected a network for inference, found training_mode 1; "
                  "export the model for inference",
                  Diag::NAS7005);
  }
  return define(input(0));
}

LogicalResult GraphConverter::readFlatten() {
  Result value = input(0);
  if (failed(value))
    return failure();
  const int64_t rank = value->shape.size();
  int64_t axis = integer("axis", 1);
  if (axis < 0)
    axis += rank;
  if (axis < 0 || axis > rank)
    return fail("expected an axis of a tensor of " + Twine(rank) +
                    " dimensions, found " + Twine(axis),
                Diag::NAS7007);
  auto product = [](ArrayRef<int64_t> sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), int64_t(1),
                           std::multiplies<>());
  };
  ArrayRef<int64_t> sizes = value->shape;
  std::vector<int64_t> shape = {product(sizes.take_front(axis)),
                                product(sizes.drop_front(axis))};
  return define(reshaped(std::move(*value), std::move(shape)));
}

LogicalResult GraphConverter::readReshape() {
  Result value = input(0);
  auto shape = integerList(1, "the shape");
  if (failed(value) || failed(shape))
    return failure();
  const bool allowsZero = integer("allowzero", 0) != 0;
  std::optional<size_t> open;
  int64_t known = 1;
  for (size_t i = 0; i < shape->size(); ++i) {
    int64_t &size = (*shape)[i];
    if (size == 0 && !allowsZero && i < value->shape.size())
      size = value->shape[i];
    if (size == -1 && !open) {
      open = i;
      continue;
    }
    if (size < 1 || size > maximumElements || known > maximumElements)
      return fail("expected sizes above zero and at most one -1 as the shape, "
                  "found " +
                      describeShape(*shape),
                  Diag::NAS7007);
    known *= size;
  }
  if (open) {
    auto count = countElements(value->shape);
    if (!count || known == 0 || *count % known != 0)
      return fail("expected a shape of as many elements as " +
                      describeShape(value->shape) + ", found " +
                      describeShape(*shape),
                  Diag::NAS7007);
    (*shape)[*open] = *count / known;
  }
  return define(reshaped(std::move(*value), std::move(*shape)));
}

LogicalResult GraphConverter::readSqueeze() {
  Result value = input(0);
  auto axes = axesOf(13);
  if (failed(value) || failed(axes))
    return failure();
  std::vector<bool> dropped(value->shape.size(), false);
  if (*axes) {
    for (int64_t each : **axes) {
      auto axis = axisOf(each, value->shape.size());
      if (failed(axis))
        return failure();
      if (value->shape[*axis] != 1)
        return fail("expected dimensions of one element to drop, found " +
                        describeShape(value->shape),
                    Diag::NAS7007);
      dropped[*axis] = true;
    }
  } else {
    for (size_t i = 0; i < dropped.size(); ++i)
      dropped[i] = value->shape[i] == 1;
  }
  std::vector<int64_t> shape;
  for (size_t i = 0; i < dropped.size(); ++i)
    if (!dropped[i])
      shape.push_back(value->shape[i]);
  return define(reshaped(std::move(*value), std::move(shape)));
}

LogicalResult GraphConverter::readUnsqueeze() {
  Result value = input(0);
  auto axes = axesOf(13);
  if (failed(value) || failed(axes))
    return failure();
  if (!*axes)
    return fail("expected axes, found none; the file is damaged",
                Diag::NAS7005);
  const size_t rank = value->shape.size() + (*axes)->size();
  if (rank > 8)
    return fail("expected at most 8 dimensions, found " + Twine(rank),
                Diag::NAS7007);
  std::vector<bool> added(rank, false);
  for (int64_t each : **axes) {
    auto axis = axisOf(each, rank);
    if (failed(axis))
      return failure();
    if (added[*axis])
      return fail("expected axes that differ, found one twice", Diag::NAS7005);
    added[*axis] = true;
  }
  std::vector<int64_t> shape;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i)
    shape.push_back(added[i] ? 1 : value->shape[next++]);
  return define(reshaped(std::move(*value), std::move(shape)));
}

LogicalResult GraphConverter::readTranspose() {
  Result value = input(0);
  if (failed(value))
    return failure();
  auto permutation = integers("perm");
  if (!permutation) {
    permutation.emplace(value->shape.size());
    std::iota(permutation->rbegin(), permutation->rend(), 0);
  }
  return define(transposed(std::move(*value), *permutation));
}

LogicalResult GraphConverter::readPad() {
  Result value = input(0);
  if (failed(value))
    return failure();
  if (value->constant || !value->scores.empty() || !value->pads.empty())
    return fail("expected a Pad only between a layer and a window, found "
                "another; simplify the model",
                Diag::NAS7013);
  if (text("mode", "constant") != "constant")
    return fail("expected a padding by a constant, found mode '" +
                    text("mode", "") + "'; layers here pad with zeros",
                Diag::NAS7013);
  std::vector<int64_t> pads;
  double constantValue = 0.0;
  if (opset < 11) {
    pads = integers("pads").value_or(std::vector<int64_t>());
    constantValue = real("value", 0.0);
  } else {
    auto list = integerList(1, "the padding");
    if (failed(list))
      return failure();
    pads = std::move(*list);
    if (hasInput(2)) {
      auto number = constant(2, "the padding's value");
      if (failed(number))
        return failure();
      if ((*number)->count() != 1)
        return fail("expected one number as the padding's value, found " +
                        Twine((*number)->count()),
                    Diag::NAS7005);
      constantValue = (*number)->values.front();
      // Unsigned integers are shifted to signed ones.
      if (value->isInteger && (*number)->type == TensorProto::UINT8)
        constantValue -= 128;
    }
  }
  const size_t rank = value->shape.size();
  std::vector<unsigned> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (hasInput(3)) {
    auto list = integerList(3, "axes");
    if (failed(list))
      return failure();
    axes.clear();
    for (int64_t each : *list) {
      auto axis = axisOf(each, rank);
      if (failed(axis))
        return failure();
      axes.push_back(*axis);
    }
  }
  if (pads.size() != 2 * axes.size())
    return fail("expected " + Twine(2 * axes.size()) +
                    " amounts of padding, found " + Twine(pads.size()),
                Diag::NAS7005);
  if (all_of(pads, [](int64_t amount) { return amount == 0; }))
    return define(std::move(*value));
  const bool isLowest = constantValue <= -std::numeric_limits<float>::max();
  const double zero = value->isInteger && value->quantization
                          ? value->quantization->zeroPoint
                          : 0.0;
  if (constantValue != zero && !isLowest)
    return fail("expected a padding with zeros, found one with " +
                    Twine(std::to_string(constantValue)) +
                    "; layers here pad with zeros",
                Diag::NAS7013);
  value->pads.assign(rank, {0, 0});
  value->padsAreLowest = isLowest;
  for (size_t i = 0; i < axes.size(); ++i) {
    std::array<int64_t, 2> amounts = {pads[i], pads[i + axes.size()]};
    constexpr int64_t limit = 1 << 20;
    for (int64_t amount : amounts)
      if (amount < 0 || amount > limit)
        return fail("expected amounts of padding of at least 0, found " +
                        Twine(amount),
                    Diag::NAS7013);
    value->pads[axes[i]] = amounts;
    value->shape[axes[i]] += amounts[0] + amounts[1];
  }
  return define(std::move(*value));
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

LogicalResult GraphConverter::readConstant() {
  Constant result;
  for (const AttributeProto &each : node->attribute()) {
    const std::string &name = each.name();
    if (name == "value" && each.type() == AttributeProto::TENSOR) {
      Expected<Constant> tensor = readTensor(each.t());
      if (!tensor)
        return fail(
            StringRef(toString(tensor.takeError())).rsplit(" [NAS").first,
            Diag::NAS7009);
      return define(std::move(*tensor));
    }
    if (name == "value_float" || name == "value_floats") {
      result.type = TensorProto::FLOAT;
      if (name == "value_float") {
        result.values = {each.f()};
      } else {
        result.values.assign(each.floats().begin(), each.floats().end());
        result.dims = {result.count()};
      }
      return define(std::move(result));
    }
    if (name == "value_int" || name == "value_ints") {
      result.type = TensorProto::INT64;
      if (name == "value_int") {
        result.values = {static_cast<double>(each.i())};
      } else {
        result.values.assign(each.ints().begin(), each.ints().end());
        result.dims = {result.count()};
      }
      return define(std::move(result));
    }
  }
  return fail("expected a dense tensor of numbers, found none; export the "
              "model with dense weights",
              Diag::NAS7009);
}

LogicalResult GraphConverter::readShape() {
  Result value = input(0);
  if (failed(value))
    return failure();
  const int64_t rank = value->shape.size();
  auto bound = [&](int64_t index) {
    return std::clamp<int64_t>(index < 0 ? index + rank : index, 0, rank);
  };
  const int64_t begin = bound(integer("start", 0));
  const int64_t end = bound(integer("end", rank));
  Constant result;
  result.type = TensorProto::INT64;
  for (int64_t i = begin; i < end; ++i)
    result.values.push_back(static_cast<double>(value->shape[i]));
  result.dims = {result.count()};
  return define(std::move(result));
}

LogicalResult GraphConverter::readGather() {
  auto data = constant(0, "the data of Gather, which is supported for shapes");
  auto indices = integerList(1, "indices");
  if (failed(data) || failed(indices))
    return failure();
  auto positions = constant(1, "indices");
  if ((*data)->dims.size() != 1 || (*positions)->dims.size() > 1)
    return fail("expected a vector of data and of indices, found " +
                    describeShape((*data)->dims) + " and " +
                    describeShape((*positions)->dims) +
                    "; Gather is supported for shapes alone",
                Diag::NAS7004);
  Constant result;
  result.type = (*data)->type;
  result.dims = (*positions)->dims;
  for (int64_t index : *indices) {
    auto place = axisOf(index, (*data)->values.size());
    if (failed(place))
      return failure();
    result.values.push_back((*data)->values[*place]);
  }
  return define(std::move(result));
}

LogicalResult GraphConverter::readSlice() {
  auto data = constant(0, "the data of Slice, which is supported for shapes");
  if (failed(data))
    return failure();
  int64_t begin = 0, end = 0;
  if (opset < 10) {
    auto starts = integers("starts"), ends = integers("ends");
    if (!starts || !ends || starts->size() != 1 || ends->size() != 1)
      return fail("expected one start and one end; Slice is supported for "
                  "shapes alone",
                  Diag::NAS7004);
    begin = starts->front();
    end = ends->front();
  } else {
    auto starts = integerList(1, "the start"), ends = integerList(2, "the end");
    if (failed(starts) || failed(ends))
      return failure();
    if (hasInput(4)) {
      auto steps = integerList(4, "the step");
      if (failed(steps))
        return failure();
      if (*steps != std::vector<int64_t>{1})
        return fail("expected a step of 1; Slice is supported for shapes alone",
                    Diag::NAS7004);
    }
    if (starts->size() != 1 || ends->size() != 1)
      return fail("expected one start and one end; Slice is supported for "
                  "shapes alone",
                  Diag::NAS7004);
    begin = starts->front();
    end = ends->front();
  }
  if ((*data)->dims.size() != 1)
    return fail("expected a vector, found " + describeShape((*data)->dims) +
                    "; Slice is supported for shapes alone",
                Diag::NAS7004);
  const int64_t count = (*data)->count();
  auto bound = [&](int64_t index) {
    return std::clamp<int64_t>(index < 0 ? index + count : index, 0, count);
  };
  Constant result;
  result.type = (*data)->type;
  for (int64_t i = bound(begin); i < bound(end); ++i)
    result.values.push_back((*data)->values[i]);
  result.dims = {result.count()};
  return define(std::move(result));
}

LogicalResult GraphConverter::readCast() {
  Result value = input(0);
  if (failed(value))
    return failure();
  const int64_t to = integer("to", 0);
  const bool isReal = to == TensorProto::FLOAT || to == TensorProto::DOUBLE ||
                      to == TensorProto::FLOAT16 || to == TensorProto::BFLOAT16;
  if (!value->constant) {
    if (isReal && !value->isInteger)
      return define(std::move(*value));
    return fail("expected a cast between types of real numbers, found one to " +
                    describeType(static_cast<int32_t>(to)) +
                    "; remove the Cast",
                Diag::NAS7005);
  }
  auto constant = std::make_shared<Constant>(*value->constant);
  if (!isReal && to != TensorProto::INT64 && to != TensorProto::INT32)
    return fail("expected a cast to float, int32 or int64, found " +
                    describeType(static_cast<int32_t>(to)) +
                    "; fold the constant",
                Diag::NAS7005);
  if (!isReal)
    for (double &number : constant->values)
      number = std::trunc(number);
  constant->type = static_cast<int32_t>(to);
  value->constant = std::move(constant);
  return define(std::move(*value));
}
