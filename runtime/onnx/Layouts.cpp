//===- Layouts.cpp - Channels-first tensors as channels-last ones ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/GraphConverter.h"

#include <numeric>

using namespace llvm;
using namespace nasc;
using namespace nasc::onnxio;

Axis GraphConverter::joined(ArrayRef<Axis> axes) {
  Axis result;
  for (const Axis &axis : axes)
    result.insert(result.end(), axis.begin(), axis.end());
  return result;
}

GraphConverter::Runs GraphConverter::runs(const GraphLayer &layer,
                                          ArrayRef<unsigned> axis) const {
  std::vector<int64_t> strides(layer.atoms.size(), 0);
  int64_t stride = 1;
  const Axis all = joined(layer.dims);
  for (unsigned atom : reverse(all)) {
    strides[atom] = stride;
    stride *= layer.atoms[atom];
  }
  Runs result;
  for (unsigned atom : axis) {
    std::array<int64_t, 2> run = {layer.atoms[atom], strides[atom]};
    if (!result.empty() && result.back()[1] == run[0] * run[1])
      result.back() = {result.back()[0] * run[0], run[1]};
    else
      result.push_back(run);
  }
  return result;
}

bool GraphConverter::matches(const GraphLayer &layer, const Axis &a,
                             const Axis &b) const {
  return runs(layer, a) == runs(layer, b);
}

std::vector<int64_t> GraphConverter::order(const GraphLayer &layer,
                                           const Axis &axis) const {
  // Distances among these atoms alone, in our order.
  std::vector<int64_t> strides(layer.atoms.size(), 0);
  int64_t count = 1;
  const Axis all = joined(layer.dims);
  for (unsigned atom : reverse(all))
    if (is_contained(axis, atom)) {
      strides[atom] = count;
      count *= layer.atoms[atom];
    }
  std::vector<int64_t> result(count);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    for (unsigned atom : reverse(axis)) {
      result[i] += rest % layer.atoms[atom] * strides[atom];
      rest /= layer.atoms[atom];
    }
  }
  return result;
}

void GraphConverter::fixInput(std::vector<Axis> dims) {
  GraphLayer &layer = layers.front();
  layer.dims = std::move(dims);
  layer.isFixed = true;
  layer.layer.outputShape.clear();
  for (const Axis &dim : layer.dims) {
    int64_t size = 1;
    for (unsigned atom : dim)
      size *= layer.atoms[atom];
    layer.layer.outputShape.push_back(size);
  }
}

void GraphConverter::fixInput(const GraphValue &value, size_t channels) {
  // What is flattened already tells nothing.
  if (value.axes.size() <= 2)
    return fixInputAsDeclared();
  std::vector<Axis> dims;
  for (size_t i = 1; i < value.axes.size(); ++i)
    if (i != channels)
      dims.push_back(value.axes[i]);
  dims.push_back(value.axes[channels]);
  fixInput(std::move(dims));
}

void GraphConverter::fixInputAsDeclared() {
  const std::vector<Axis> &axes = values[inputName].axes;
  fixInput(std::vector<Axis>(axes.begin() + 1, axes.end()));
}

void GraphConverter::splitAtom(unsigned atom, int64_t outer, int64_t inner,
                               GraphValue &also) {
  GraphLayer &layer = layers.front();
  layer.atoms[atom] = outer;
  const unsigned added = layer.atoms.size();
  layer.atoms.push_back(inner);
  auto split = [&](GraphValue &value) {
    for (Axis &axis : value.axes)
      if (auto found = find(axis, atom); found != axis.end())
        axis.insert(found + 1, added);
  };
  for (auto &entry : values)
    if (!entry.second.constant && entry.second.layer == 0)
      split(entry.second);
  split(also);
}

unsigned GraphConverter::appendLayer(LayerKind kind,
                                     std::vector<unsigned> inputs,
                                     std::vector<int64_t> shape) {
  GraphLayer layer;
  layer.layer.kind = kind;
  layer.layer.inputs = std::move(inputs);
  layer.layer.outputShape = std::move(shape);
  layer.resultName = node->output(0);
  layer.nodeName = node->name();
  for (int64_t size : layer.layer.outputShape) {
    layer.dims.emplace_back();
    if (size > 1) {
      layer.dims.back().push_back(layer.atoms.size());
      layer.atoms.push_back(size);
    }
  }
  layers.push_back(std::move(layer));
  return layers.size() - 1;
}

GraphValue GraphConverter::appendElementwise(LayerKind kind,
                                             std::vector<unsigned> inputs,
                                             const GraphValue &value) {
  const unsigned layer = appendLayer(kind, std::move(inputs),
                                     layers[value.layer].layer.outputShape);
  layers[layer].atoms = layers[value.layer].atoms;
  layers[layer].dims = layers[value.layer].dims;
  GraphValue result;
  result.layer = layer;
  result.shape = value.shape;
  result.axes = value.axes;
  return result;
}

GraphValue GraphConverter::channelsFirst(unsigned index) const {
  const GraphLayer &layer = layers[index];
  GraphValue value;
  value.layer = index;
  value.shape = {1, layer.layer.outputShape.back()};
  value.axes = {{}, layer.dims.back()};
  for (size_t i = 0; i + 1 < layer.dims.size(); ++i) {
    value.shape.push_back(layer.layer.outputShape[i]);
    value.axes.push_back(layer.dims[i]);
  }
  return value;
}

LogicalResult GraphConverter::requireImage(const GraphValue &value,
                                           unsigned spatial) {
  if (value.shape.size() != spatial + 2)
    return fail(Twine("expected an operand of ") + Twine(spatial + 2) +
                    " dimensions (batch, channels" +
                    (spatial == 2 ? ", height, width" : ", length") +
                    "), found " + describeShape(value.shape),
                Diag::NAS7007);
  std::vector<Axis> wanted(value.axes.begin() + 2, value.axes.end());
  wanted.push_back(value.axes[1]);
  if (!layers[value.layer].isFixed)
    fixInput(wanted);
  const GraphLayer &layer = layers[value.layer];
  bool fits = layer.dims.size() == wanted.size();
  for (size_t i = 0; fits && i < wanted.size(); ++i)
    fits = matches(layer, wanted[i], layer.dims[i]);
  if (fits)
    return success();
  if (isVector(value))
    return fail("expected an image, found the vector of " +
                    Twine(layer.layer.outputShape.front()) +
                    " channels that the layer before leaves; layers here have "
                    "windows over images alone",
                Diag::NAS7007);
  return fail("expected the dimensions of the layer before in the order batch, "
              "channels" +
                  Twine(spatial == 2 ? ", height, width" : ", length") +
                  ", found them transposed or reshaped to " +
                  describeShape(value.shape) +
                  "; remove the Transpose or Reshape before the node",
              Diag::NAS7010);
}

bool GraphConverter::isVector(const GraphValue &value) const {
  const GraphLayer &layer = layers[value.layer];
  return layer.isFixed && layer.dims.size() == 1;
}

/// The axis along which the scales of a reshaped constant lie, or nothing.
static std::optional<int64_t> reshapedAxis(const Constant &constant,
                                           ArrayRef<int64_t> dims) {
  const int64_t size = constant.scales.size();
  int64_t outer = 1;
  for (int64_t i = 0; i < constant.axis; ++i)
    outer *= constant.dims[i];
  int64_t before = 1;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (before == outer && dims[i] == size)
      return i;
    before *= dims[i];
  }
  return std::nullopt;
}

FailureOr<GraphValue> GraphConverter::reshaped(GraphValue value,
                                               std::vector<int64_t> shape) {
  if (value.shape == shape)
    return value;
  if (countElements(shape) != countElements(value.shape))
    return fail("expected a shape of as many elements as " +
                    describeShape(value.shape) + ", found " +
                    describeShape(shape),
                Diag::NAS7007);
  if (value.constant) {
    auto constant = std::make_shared<Constant>(*value.constant);
    if (constant->scales.size() > 1) {
      auto axis = reshapedAxis(*constant, shape);
      if (!axis)
        return fail("expected the channels of quantised weights to stay a "
                    "dimension, found a reshape from " +
                        describeShape(value.shape) + " to " +
                        describeShape(shape) +
                        "; quantise the reshaped weights",
                    Diag::NAS7011);
      constant->axis = *axis;
    }
    constant->dims = shape;
    value.shape = std::move(shape);
    value.constant = std::move(constant);
    return value;
  }
  if (!value.pads.empty())
    return fail("expected a convolution or pooling directly behind a Pad, "
                "found this node; put the padding into a window",
                Diag::NAS7013);
  // Whether everything becomes one dimension.
  const unsigned long dimensions =
      count_if(shape, [](int64_t size) { return size > 1; });
  const bool flattens = shape.size() <= 2 && dimensions <= 1;
  std::vector<Axis> axes;
  Axis atoms = joined(value.axes);
  size_t next = 0;
  for (int64_t size : shape) {
    Axis axis;
    int64_t product = 1;
    while (product < size && next < atoms.size()) {
      const int64_t atom = layers[value.layer].atoms[atoms[next]];
      if (size % (product * atom) == 0) {
        product *= atom;
        axis.push_back(atoms[next++]);
        continue;
      }
      const int64_t part = size % product == 0 ? size / product : 0;
      if (part < 2 || atom % part != 0 || layers[value.layer].isFixed)
        break;
      splitAtom(atoms[next], part, atom / part, value);
      atoms = joined(value.axes);
    }
    if (product != size)
      return fail("expected a reshape that joins dimensions or drops ones, "
                  "found one from " +
                      describeShape(value.shape) + " to " +
                      describeShape(shape) +
                      "; layers here cannot divide a dimension",
                  Diag::NAS7010);
    axes.push_back(std::move(axis));
  }
  value.shape = std::move(shape);
  value.axes = std::move(axes);
  if (flattens && layers[value.layer].isFixed &&
      layers[value.layer].dims.size() > 1 && value.scores.empty()) {
    const unsigned source = value.layer;
    const int64_t count = *countElements(value.shape);
    value.layer = appendLayer(LayerKind::Flatten, {source}, {count});
    layers[value.layer].atoms = layers[source].atoms;
    layers[value.layer].dims = {joined(layers[source].dims)};
  }
  return value;
}

FailureOr<GraphValue>
GraphConverter::transposed(GraphValue value, ArrayRef<int64_t> permutation) {
  const size_t rank = value.shape.size();
  std::vector<bool> seen(rank, false);
  bool isPermutation = permutation.size() == rank;
  for (int64_t axis : permutation) {
    isPermutation = isPermutation && axis >= 0 &&
                    axis < static_cast<int64_t>(rank) && !seen[axis];
    if (!isPermutation)
      return fail("expected a permutation of " + Twine(rank) +
                      " dimensions as 'perm', found another list",
                  Diag::NAS7005);
    seen[axis] = true;
  }
  if (!isPermutation)
    return fail("expected a permutation of " + Twine(rank) +
                    " dimensions as 'perm', found " +
                    Twine(permutation.size()) + " numbers",
                Diag::NAS7005);
  GraphValue result = value;
  for (size_t i = 0; i < rank; ++i)
    result.shape[i] = value.shape[permutation[i]];
  if (!value.constant) {
    for (size_t i = 0; i < rank; ++i) {
      result.axes[i] = value.axes[permutation[i]];
      if (!value.pads.empty())
        result.pads[i] = value.pads[permutation[i]];
    }
    return result;
  }
  auto constant = std::make_shared<Constant>(*value.constant);
  constant->dims = result.shape;
  std::vector<int64_t> strides(rank, 1);
  for (size_t i = rank; i-- > 1;)
    strides[i - 1] = strides[i] * value.shape[i];
  for (int64_t i = 0; i < constant->count(); ++i) {
    int64_t rest = i, source = 0;
    for (size_t axis = rank; axis-- > 0;) {
      source += rest % result.shape[axis] * strides[permutation[axis]];
      rest /= result.shape[axis];
    }
    constant->values[i] = value.constant->values[source];
  }
  if (constant->scales.size() > 1)
    constant->axis = find(permutation, constant->axis) - permutation.begin();
  result.constant = std::move(constant);
  return result;
}

std::optional<size_t> GraphConverter::axisOfConstant(const GraphValue &value,
                                                     const Constant &constant) {
  const size_t rank = value.shape.size();
  if (constant.dims.size() > rank)
    return std::nullopt;
  if (constant.count() == 1)
    return rank;
  // Aligned at the end, as ONNX broadcasts.
  const size_t skipped = rank - constant.dims.size();
  std::optional<size_t> axis;
  for (size_t i = 0; i < constant.dims.size(); ++i) {
    if (constant.dims[i] == 1)
      continue;
    if (axis || constant.dims[i] != value.shape[i + skipped])
      return std::nullopt;
    axis = i + skipped;
  }
  return axis;
}

FailureOr<std::vector<float>>
GraphConverter::perChannel(const GraphValue &value, const Constant &constant) {
  const GraphLayer &layer = layers[value.layer];
  const int64_t channels = layer.layer.outputShape.back();
  std::optional<size_t> axis = axisOfConstant(value, constant);
  if (axis == value.shape.size())
    return std::vector<float>(channels,
                              static_cast<float>(constant.values.front()));
  Axis sorted, wanted = layer.dims.back();
  if (axis)
    sorted = value.axes[*axis];
  sort(sorted);
  sort(wanted);
  if (!axis || constant.count() != channels || sorted != wanted)
    return fail("expected a constant of one number, or one for each channel, "
                "beside a tensor of " +
                    describeShape(value.shape) + ", found " +
                    describeShape(constant.dims) +
                    "; layers here cannot add or multiply other constants",
                Diag::NAS7005);
  std::vector<int64_t> places = order(layer, value.axes[*axis]);
  std::vector<float> result(channels);
  for (int64_t i = 0; i < channels; ++i)
    result[places[i]] = static_cast<float>(constant.values[i]);
  return result;
}

LogicalResult GraphConverter::requireSameLayout(const GraphValue &a,
                                                const GraphValue &b) {
  const GraphLayer &layerOfA = layers[a.layer], &layerOfB = layers[b.layer];
  // Aligned at the end, as ONNX broadcasts; what is missing in front is one.
  const GraphValue &longer = a.shape.size() >= b.shape.size() ? a : b;
  const GraphValue &shorter = &longer == &a ? b : a;
  const size_t skipped = longer.shape.size() - shorter.shape.size();
  bool fits = layerOfA.layer.outputShape == layerOfB.layer.outputShape;
  for (size_t i = 0; fits && i < longer.shape.size(); ++i) {
    const int64_t size = i < skipped ? 1 : shorter.shape[i - skipped];
    const Axis axis = i < skipped ? Axis() : shorter.axes[i - skipped];
    fits = size == longer.shape[i] &&
           runs(layers[shorter.layer], axis) ==
               runs(layers[longer.layer], longer.axes[i]);
  }
  if (fits)
    return success();
  return fail("expected tensors of one shape, found " + describeShape(a.shape) +
                  " and " + describeShape(b.shape) +
                  (a.shape == b.shape
                       ? ", transposed or reshaped in different ways"
                       : "") +
                  "; layers here add and multiply tensors of equal shape",
              Diag::NAS7007);
}
