//===- OnnxExport.cpp - Trained networks as ONNX files --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/OnnxExport.h"

#include "passes/quantization/QuantizedLayers.h"
#include "runtime/network/NetworkExtraction.h"
#include "runtime/onnx/GraphReader.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;
using namespace nasc;
using namespace nasc::onnxio;
using onnx::AttributeProto;
using onnx::TensorProto;

// Debian's <onnx/checker.h> includes headers that its package does not have.
namespace onnx::checker {
void check_model(const ModelProto &model);
} // namespace onnx::checker

namespace {

constexpr int64_t exportedOpset = 13, exportedFormat = 7;

/// Writes one network.
class GraphWriter {
public:
  GraphWriter(nas::SpaceOp space, OnnxForm form)
      : space(space), module(space->getParentOfType<ModuleOp>()),
        quantized(form == OnnxForm::QDQ) {}

  llvm::Error write(llvm::raw_ostream &out);

private:
  llvm::Error prepare();
  llvm::Error findGroups();
  llvm::Error emitLayer(unsigned index);
  llvm::Error emitWeighted(unsigned index);
  llvm::Error emitBatchNorm(unsigned index);
  void emitFlatten(unsigned index);
  void emitMultiply(unsigned index);
  void finishLayer(unsigned index);
  void describe();

  llvm::Expected<std::vector<float>>
  weights(const NetworkLayer &layer, StringRef name, ArrayRef<int64_t> shape);
  /// The layers that are computed with this one, on 8-bit integers.
  const LayerGroup &groupOf(unsigned index) const { return *groups[index]; }
  /// Whether the layer is the last of its group that does something, and not
  /// only another name of its input.
  bool isStored(unsigned index) const;
  /// Adds weights and bias to the operands; the channels whose sums have to be
  /// negated.
  SmallVector<bool> emitIntegerWeights(unsigned index, ArrayRef<int64_t> shape,
                                       std::vector<std::string> &operands);
  /// Weights in our layout as filters × inputs × kernel, with the rows of a
  /// dense layer in the order in which the file flattens its input.
  template <typename Number>
  std::vector<Number> orderedWeights(unsigned index,
                                     ArrayRef<Number> values) const;

  // Parts of the file.
  onnx::NodeProto &node(StringRef type, const std::string &name,
                        ArrayRef<std::string> inputs, std::string result);
  static void set(onnx::NodeProto &node, const char *name, int64_t value);
  static void set(onnx::NodeProto &node, const char *name, float value);
  static void set(onnx::NodeProto &node, const char *name,
                  ArrayRef<int64_t> values);
  template <typename Element>
  std::string tensor(std::string name, ArrayRef<int64_t> dims,
                     ArrayRef<Element> values);
  /// Quantises a tensor and back; the name of the result.
  std::string roundTrip(const std::string &name, const std::string &from,
                        TensorQuantization quantization);

  const NetworkLayer &layer(unsigned index) const {
    return network.layers[index];
  }
  /// The layer whose result a dropout or an identity is.
  unsigned resolve(unsigned index) const {
    while (layer(index).kind == LayerKind::Dropout ||
           layer(index).kind == LayerKind::Identity)
      index = layer(index).inputs.front();
    return index;
  }
  unsigned source(unsigned index, unsigned input = 0) const {
    return resolve(layer(index).inputs[input]);
  }

  nas::SpaceOp space;
  ModuleOp module;
  bool quantized;
  NetworkDescription network;
  onnx::ModelProto model;
  onnx::GraphProto *graph = nullptr;
  /// On 8-bit integers: what each layer is computed with, by index.
  std::optional<QuantizedLayers> integers;
  std::vector<const LayerGroup *> groups;
  std::vector<unsigned> leaders;
  /// Flattened images that are in channels-first order.
  std::vector<bool> isChannelsFirst;
  /// The tensor that is a layer's result, for its readers.
  std::vector<std::string> results;
};

/// The shape of an activation in the file.
std::vector<int64_t> channelsFirst(ArrayRef<int64_t> shape) {
  std::vector<int64_t> result = {1, shape.back()};
  result.insert(result.end(), shape.begin(), shape.end() - 1);
  return result;
}

template <typename Element> constexpr int32_t elementType() {
  if constexpr (std::is_same_v<Element, float>)
    return TensorProto::FLOAT;
  else if constexpr (std::is_same_v<Element, int8_t>)
    return TensorProto::INT8;
  else if constexpr (std::is_same_v<Element, int32_t>)
    return TensorProto::INT32;
  else
    return TensorProto::INT64;
}

} // namespace

//===----------------------------------------------------------------------===//
// Parts of the file
//===----------------------------------------------------------------------===//

onnx::NodeProto &GraphWriter::node(StringRef type, const std::string &name,
                                   ArrayRef<std::string> inputs,
                                   std::string result) {
  onnx::NodeProto &proto = *graph->add_node();
  proto.set_op_type(type.str());
  proto.set_name(name);
  for (const std::string &input : inputs)
    proto.add_input(input);
  proto.add_output(std::move(result));
  return proto;
}

void GraphWriter::set(onnx::NodeProto &node, const char *name, int64_t value) {
  AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(AttributeProto::INT);
  attribute.set_i(value);
}

void GraphWriter::set(onnx::NodeProto &node, const char *name, float value) {
  AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(AttributeProto::FLOAT);
  attribute.set_f(value);
}

void GraphWriter::set(onnx::NodeProto &node, const char *name,
                      ArrayRef<int64_t> values) {
  AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
}

template <typename Element>
std::string GraphWriter::tensor(std::string name, ArrayRef<int64_t> dims,
                                ArrayRef<Element> values) {
  TensorProto &proto = *graph->add_initializer();
  proto.set_name(name);
  proto.set_data_type(elementType<Element>());
  for (int64_t size : dims)
    proto.add_dims(size);
  std::string &raw = *proto.mutable_raw_data();
  raw.resize(values.size() * sizeof(Element));
  for (size_t i = 0; i < values.size(); ++i)
    llvm::support::endian::write(raw.data() + i * sizeof(Element), values[i],
                                 llvm::endianness::little);
  return name;
}

std::string GraphWriter::roundTrip(const std::string &name,
                                   const std::string &from,
                                   TensorQuantization quantization) {
  const std::string scale = tensor<float>(
      name + "/scale", {}, {static_cast<float>(quantization.scale)});
  const std::string zeroPoint = tensor<int8_t>(
      name + "/zero_point", {}, {static_cast<int8_t>(quantization.zeroPoint)});
  node("QuantizeLinear", name + "/quantize", {from, scale, zeroPoint},
       name + "/integers");
  node("DequantizeLinear", name + "/dequantize",
       {name + "/integers", scale, zeroPoint}, name + "/numbers");
  return name + "/numbers";
}

//===----------------------------------------------------------------------===//
// What is written
//===----------------------------------------------------------------------===//

llvm::Expected<std::vector<float>>
GraphWriter::weights(const NetworkLayer &layer, StringRef name,
                     ArrayRef<int64_t> shape) {
  const std::string symbol = layer.name + "." + name.str();
  auto found = module.lookupSymbol<nas::WeightsOp>(symbol);
  if (!found)
    return makeError("expected weights '" + symbol +
                         "' in the module, found none; train the network first",
                     Diag::NAS7021);
  ElementsAttr value = found.getValue();
  if (value.getShapedType().getShape() != shape ||
      !value.getElementType().isF32())
    return makeError("expected weights '" + symbol + "' of float32 and shape " +
                         describeShape(shape) + ", found shape " +
                         describeShape(value.getShapedType().getShape()),
                     Diag::NAS7021);
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    auto numbers = dense.getValues<float>();
    return std::vector<float>(numbers.begin(), numbers.end());
  }
  if (auto resource = dyn_cast<DenseF32ResourceElementsAttr>(value))
    if (std::optional<ArrayRef<float>> numbers = resource.tryGetAsArrayRef();
        numbers && static_cast<int64_t>(numbers->size()) ==
                       ShapedType::getNumElements(shape))
      return numbers->vec();
  return makeError("expected dense weights '" + symbol +
                       "', found elements of another form",
                   Diag::NAS7021);
}

llvm::Error GraphWriter::findGroups() {
  std::string problem;
  mlir::ScopedDiagnosticHandler handler(
      space.getContext(), [&](mlir::Diagnostic &diagnostic) {
        if (problem.empty())
          problem = textWithoutCode(diagnostic);
        return success();
      });
  auto samples = readRawSamples(space, "");
  auto layers = succeeded(samples)
                    ? QuantizedLayers::create(space, *samples,
                                              /*placeholders=*/false)
                    : FailureOr<QuantizedLayers>();
  if (failed(layers))
    return makeError(problem, Diag::NAS7022);
  integers.emplace(std::move(*layers));
  // The network has the layers of the space under their names.
  llvm::StringMap<unsigned> indices;
  for (unsigned i = 0; i < network.layers.size(); ++i)
    indices[layer(i).name] = i;
  groups.assign(network.layers.size(), nullptr);
  leaders.assign(network.layers.size(), 0);
  space.walk([&](nas::LayerOpInterface op) {
    const LayerGroup *group = integers->groupLedBy(op);
    if (!group)
      return;
    const unsigned leader = indices.lookup(op.getLayerName());
    for (nas::LayerOpInterface member : group->members) {
      const unsigned index = indices.lookup(member.getLayerName());
      groups[index] = group;
      leaders[index] = leader;
    }
  });
  return llvm::Error::success();
}

bool GraphWriter::isStored(unsigned index) const {
  // A dense layer's input is flattened without a layer that says so.
  if (!groups[index])
    return false;
  const LayerGroup &group = groupOf(index);
  for (nas::LayerOpInterface member : llvm::reverse(group.members))
    if (member.getRole() != nas::LayerRole::Alias)
      return member.getLayerName() == layer(index).name;
  return false;
}

llvm::Error GraphWriter::prepare() {
  auto extracted = extractNetwork(space);
  if (failed(extracted))
    return makeError("expected a specialised network, found a space that is "
                     "none; choose an architecture first",
                     Diag::NAS7020);
  network = std::move(*extracted);
  const size_t count = network.layers.size();
  isChannelsFirst.assign(count, false);
  results.resize(count);
  if (quantized)
    if (llvm::Error error = findGroups())
      return error;

  // Where only dense layers read a flattened image, their weights are permuted
  // instead of the image.
  std::vector<bool> hasOtherReader(count, false);
  hasOtherReader[resolve(network.output)] = true;
  for (unsigned i = 1; i < count; ++i)
    for (unsigned input = 0; input < layer(i).inputs.size(); ++input)
      if (layer(i).kind != LayerKind::Dense &&
          layer(i).kind != LayerKind::Dropout &&
          layer(i).kind != LayerKind::Identity)
        hasOtherReader[source(i, input)] = true;
  for (unsigned i = 1; i < count; ++i)
    isChannelsFirst[i] =
        layer(i).kind == LayerKind::Flatten && !hasOtherReader[i];
  return llvm::Error::success();
}

template <typename Number>
std::vector<Number> GraphWriter::orderedWeights(unsigned index,
                                                ArrayRef<Number> values) const {
  const NetworkLayer &self = layer(index);
  const unsigned from = source(index);
  const int64_t filters = self.outputShape.back();
  const int64_t taps =
      self.kind == LayerKind::Dense ? 1 : self.kernelHeight * self.kernelWidth;
  const int64_t inputs = values.size() / filters / taps;
  // From taps × inputs × filters.
  std::vector<Number> result(values.size());
  int64_t to = 0;
  for (int64_t filter = 0; filter < filters; ++filter)
    for (int64_t input = 0; input < inputs; ++input)
      for (int64_t tap = 0; tap < taps; ++tap)
        result[to++] = values[(tap * inputs + input) * filters + filter];
  if (self.kind != LayerKind::Dense || !isChannelsFirst[from])
    return result;
  // Rows from height × width × channels to channels × height × width.
  const std::vector<int64_t> &image = layer(source(from)).outputShape;
  const int64_t channels = image.back(), pixels = inputs / channels;
  for (int64_t filter = 0; filter < filters; ++filter) {
    Number *row = result.data() + filter * inputs;
    std::vector<Number> copy(row, row + inputs);
    for (int64_t i = 0; i < inputs; ++i)
      row[i % channels * pixels + i / channels] = copy[i];
  }
  return result;
}

SmallVector<bool>
GraphWriter::emitIntegerWeights(unsigned index, ArrayRef<int64_t> shape,
                                std::vector<std::string> &operands) {
  const NetworkLayer &self = layer(index);
  const int64_t filters = self.outputShape.back();
  const LayerGroup &group = groupOf(index);
  const IntegerWeights &weights = *group.weights;
  auto dequantize = [&](const std::string &name, const std::string &data,
                        ArrayRef<float> steps, const std::string &zeros) {
    tensor<float>(name + "/scale", {filters}, steps);
    onnx::NodeProto &proto =
        node("DequantizeLinear", name + "/dequantize",
             {data, name + "/scale", zeros}, name + "/numbers");
    set(proto, "axis", int64_t(0));
    return name + "/numbers";
  };
  const double inputScale =
      integers->quantizationOf(group.leader().getTensorInputs().front()).scale;
  std::vector<float> steps(weights.scales.begin(), weights.scales.end());
  const std::string name = self.name + "/weight";
  operands.push_back(
      dequantize(name,
                 tensor<int8_t>(name, shape,
                                orderedWeights<int8_t>(index, weights.values)),
                 steps,
                 tensor<int8_t>(name + "/zero_point", {filters},
                                std::vector<int8_t>(filters, 0))));
  if (!self.bias && !group.normalization)
    return weights.negated;
  // Numbers between the steps of the sums are added as they are.
  if (!weights.summands.empty()) {
    std::vector<float> numbers;
    for (int64_t i = 0; i < filters; ++i)
      numbers.push_back(
          static_cast<float>(weights.sign(i) * weights.summands[i]));
    operands.push_back(tensor<float>(self.name + "/bias", {filters}, numbers));
    return weights.negated;
  }
  for (int64_t i = 0; i < filters; ++i)
    steps[i] = static_cast<float>(inputScale * weights.scales[i]);
  const std::string biasName = self.name + "/bias";
  operands.push_back(dequantize(
      biasName, tensor<int32_t>(biasName, {filters}, weights.bias), steps,
      tensor<int32_t>(biasName + "/zero_point", {filters},
                      std::vector<int32_t>(filters, 0))));
  return weights.negated;
}

llvm::Error GraphWriter::emitWeighted(unsigned index) {
  const NetworkLayer &self = layer(index);
  const unsigned from = source(index);
  const int64_t filters = self.outputShape.back();
  const bool isDense = self.kind == LayerKind::Dense;
  const bool isDepthwise = self.kind == LayerKind::DepthwiseConv2D;
  const bool isSeries = self.kind == LayerKind::Conv1D;
  const int64_t groups = isDepthwise ? filters : self.groups;
  const int64_t inputs =
      isDense ? ShapedType::getNumElements(layer(from).outputShape)
              : layer(from).outputShape.back() / groups;
  SmallVector<int64_t, 2> kernel;
  if (!isDense)
    kernel.push_back(self.kernelHeight);
  if (!isDense && !isSeries)
    kernel.push_back(self.kernelWidth);
  SmallVector<int64_t> ownShape(kernel.begin(), kernel.end());
  ownShape.push_back(isDepthwise ? filters : inputs);
  ownShape.push_back(isDepthwise ? 1 : filters);
  SmallVector<int64_t> shape = {filters, inputs};
  shape.append(kernel);
  std::vector<std::string> operands = {results[from]};
  SmallVector<bool> negated;
  if (quantized) {
    negated = emitIntegerWeights(index, shape, operands);
  } else {
    auto weight = weights(self, "weight", ownShape);
    if (!weight)
      return weight.takeError();
    operands.push_back(
        tensor<float>(self.name + "/weight", shape,
                      orderedWeights<float>(index, ArrayRef<float>(*weight))));
    if (self.bias) {
      auto bias = weights(self, "bias", {filters});
      if (!bias)
        return bias.takeError();
      operands.push_back(tensor<float>(self.name + "/bias", {filters}, *bias));
    }
  }
  const bool isNegated = llvm::is_contained(negated, true);
  results[index] = self.name + (isNegated ? "/sums" : "/result");
  onnx::NodeProto &proto =
      node(isDense ? "Gemm" : "Conv", self.name, operands, results[index]);
  if (isDense) {
    set(proto, "transB", int64_t(1));
  } else {
    SmallVector<int64_t> strides = {self.strideHeight},
                         pads = {self.padding[0], self.padding[1]};
    if (!isSeries) {
      strides.push_back(self.strideWidth);
      pads = {self.padding[0], self.padding[2], self.padding[1],
              self.padding[3]};
    }
    set(proto, "kernel_shape", kernel);
    set(proto, "group", groups);
    set(proto, "strides", strides);
    set(proto, "pads", pads);
  }
  if (!isNegated)
    return llvm::Error::success();
  std::vector<float> signs;
  for (bool isNegative : negated)
    signs.push_back(isNegative ? -1.0f : 1.0f);
  SmallVector<int64_t> signShape(kernel.size() + 2, 1);
  signShape[1] = filters;
  const std::string factor =
      tensor<float>(self.name + "/signs", signShape, signs);
  node("Mul", self.name + "/negate", {results[index], factor},
       self.name + "/result");
  results[index] = self.name + "/result";
  return llvm::Error::success();
}

llvm::Error GraphWriter::emitBatchNorm(unsigned index) {
  const NetworkLayer &self = layer(index);
  // On 8-bit integers it is in the weights before it.
  if (quantized && leaders[index] != index) {
    results[index] = results[source(index)];
    return llvm::Error::success();
  }
  std::vector<std::string> operands = {results[source(index)]};
  for (const char *name : {"scale", "shift", "mean", "variance"}) {
    auto numbers = weights(self, name, {self.outputShape.back()});
    if (!numbers)
      return numbers.takeError();
    operands.push_back(tensor<float>(self.name + "/batch_" + name,
                                     {self.outputShape.back()}, *numbers));
  }
  results[index] = self.name + "/result";
  set(node("BatchNormalization", self.name, operands, results[index]),
      "epsilon", static_cast<float>(self.epsilon));
  return llvm::Error::success();
}

void GraphWriter::emitFlatten(unsigned index) {
  const NetworkLayer &self = layer(index);
  const std::vector<int64_t> &shape = layer(source(index)).outputShape;
  std::string from = results[source(index)];
  const int64_t channels = shape.back();
  const bool isOrdered = channels == 1 || self.outputShape[0] == channels;
  if (!isChannelsFirst[index] && !isOrdered) {
    std::vector<int64_t> permutation = {0, 2, 3, 1};
    if (shape.size() == 2)
      permutation = {0, 2, 1};
    std::string transposed = self.name + "/channels_last";
    set(node("Transpose", self.name + "/transpose", {from}, transposed), "perm",
        permutation);
    from = transposed;
  }
  results[index] = self.name + "/result";
  set(node("Flatten", self.name, {from}, results[index]), "axis", int64_t(1));
}

void GraphWriter::emitMultiply(unsigned index) {
  const NetworkLayer &self = layer(index);
  const unsigned gate = source(index, 1);
  std::string factor = results[gate];
  if (layer(gate).outputShape.size() < self.outputShape.size()) {
    std::vector<int64_t> shape(self.outputShape.size() + 1, 1);
    shape[1] = self.outputShape.back();
    const std::string sizes = tensor<int64_t>(
        self.name + "/gate_shape", {static_cast<int64_t>(shape.size())}, shape);
    node("Reshape", self.name + "/reshape", {factor, sizes},
         self.name + "/gate");
    factor = self.name + "/gate";
  }
  results[index] = self.name + "/result";
  node("Mul", self.name, {results[source(index)], factor}, results[index]);
}

llvm::Error GraphWriter::emitLayer(unsigned index) {
  const NetworkLayer &self = layer(index);
  if (self.kind == LayerKind::Dropout || self.kind == LayerKind::Identity) {
    results[index] = results[source(index)];
    return llvm::Error::success();
  }
  std::vector<std::string> operands;
  for (unsigned i = 0; i < self.inputs.size(); ++i)
    operands.push_back(results[source(index, i)]);
  const std::string result = self.name + "/result";
  auto plain = [&](StringRef type) -> onnx::NodeProto & {
    results[index] = result;
    return node(type, self.name, operands, result);
  };
  auto gate = [&](std::string name) {
    onnx::NodeProto &proto =
        node("HardSigmoid", self.name + (name == result ? "" : "/gate"),
             {operands[0]}, name);
    set(proto, "alpha", 1.0f / 6.0f);
    set(proto, "beta", 0.5f);
    return name;
  };
  switch (self.kind) {
  case LayerKind::Conv2D:
  case LayerKind::DepthwiseConv2D:
  case LayerKind::Conv1D:
  case LayerKind::Dense:
    if (auto error = emitWeighted(index))
      return error;
    break;
  case LayerKind::BatchNorm:
    if (auto error = emitBatchNorm(index))
      return error;
    break;
  case LayerKind::ReLU:
    plain("Relu");
    break;
  case LayerKind::ReLU6:
    operands.push_back(tensor<float>(self.name + "/min", {}, {0.0f}));
    operands.push_back(tensor<float>(self.name + "/max", {}, {6.0f}));
    plain("Clip");
    break;
  case LayerKind::Requantize: {
    // On 8-bit integers, how the result is stored does it.
    if (quantized) {
      results[index] = operands[0];
      break;
    }
    const double zeroPoint = self.zeroPoint;
    operands.push_back(
        tensor<float>(self.name + "/min", {},
                      {static_cast<float>(self.scale * (-128.0 - zeroPoint))}));
    operands.push_back(
        tensor<float>(self.name + "/max", {},
                      {static_cast<float>(self.scale * (127.0 - zeroPoint))}));
    plain("Clip");
    break;
  }
  case LayerKind::HardSwish:
    // The operator of this name is of version 14.
    operands.push_back(gate(self.name + "/gate"));
    plain("Mul");
    break;
  case LayerKind::HardSigmoid:
    results[index] = gate(result);
    break;
  case LayerKind::Sigmoid:
    plain("Sigmoid");
    break;
  case LayerKind::Add:
    plain(operands.size() == 2 ? "Add" : "Sum");
    break;
  case LayerKind::Multiply:
    emitMultiply(index);
    break;
  case LayerKind::Concat:
    set(plain("Concat"), "axis", int64_t(1));
    break;
  case LayerKind::MaxPool:
  case LayerKind::AveragePool: {
    const bool isMaximum = self.kind == LayerKind::MaxPool;
    onnx::NodeProto &proto = plain(isMaximum ? "MaxPool" : "AveragePool");
    set(proto, "kernel_shape", {self.kernelHeight, self.kernelWidth});
    set(proto, "strides", {self.strideHeight, self.strideWidth});
    set(proto, "pads",
        {self.padding[0], self.padding[2], self.padding[1], self.padding[3]});
    if (!isMaximum)
      set(proto, "count_include_pad", int64_t(self.countPadding));
    break;
  }
  case LayerKind::GlobalAveragePool:
    if (layer(source(index)).outputShape.size() == 1) {
      results[index] = operands[0];
      break;
    }
    node("GlobalAveragePool", self.name, operands, self.name + "/means");
    set(node("Flatten", self.name + "/flatten", {self.name + "/means"}, result),
        "axis", int64_t(1));
    results[index] = result;
    break;
  case LayerKind::Flatten:
    if (layer(source(index)).outputShape.size() == 1)
      results[index] = operands[0];
    else
      emitFlatten(index);
    break;
  case LayerKind::Zero:
    operands.push_back(tensor<float>(self.name + "/zero", {}, {0.0f}));
    plain("Mul");
    break;
  case LayerKind::Input:
  case LayerKind::Dropout:
  case LayerKind::Identity:
    llvm_unreachable("not an operation of its own");
  }
  finishLayer(index);
  return llvm::Error::success();
}

void GraphWriter::finishLayer(unsigned index) {
  // The result of a group is stored once, and names of it are not.
  if (quantized && isStored(index))
    results[index] = roundTrip(layer(index).name, results[index],
                               groupOf(index).quantization);
}

/// A setting of a data set as numbers for people and programs: `0.5,0.25`.
static std::string settingText(DenseF64ArrayAttr numbers) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (numbers)
    llvm::interleave(
        numbers.asArrayRef(), out,
        [&](double each) { out << llvm::format("%.9g", each); }, ",");
  return text;
}

void GraphWriter::describe() {
  const size_t rank = network.inputShape().size();
  const StringRef layout = rank == 3 ? "NCHW" : rank == 2 ? "NCL" : "NC";
  auto add = [&](const std::string &key, const std::string &value) {
    onnx::StringStringEntryProto &entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  };
  add("nasc.layout", layout.str());
  std::string text = "The input is one normalised sample in float32, layout " +
                     layout.str() + ".";
  auto dataset = nas::DatasetOp::find(space, space.getDatasetAttr());
  if (!dataset)
    dataset = nas::DatasetOp::find(module, space.getDatasetAttr());
  std::string normalisation;
  auto addSetting = [&](const std::string &name, const std::string &value) {
    if (value.empty())
      return;
    add("nasc." + name, value);
    normalisation += (normalisation.empty() ? "" : ", ") + name + " " + value;
  };
  if (dataset) {
    nas::DatasetSettingsAttr settings = dataset.settings();
    if (settings.getElement())
      addSetting("element",
                 nas::stringifyElementType(*settings.getElement()).str());
    addSetting("scale", settingText(settings.getScale()));
    addSetting("mean", settingText(settings.getMean()));
    addSetting("deviation", settingText(settings.getDeviation()));
  }
  if (dataset)
    text += " Raw samples x of the data set '" + dataset.getSymName().str() +
            "' are normalised by (x * scale - mean) / deviation" +
            (normalisation.empty() ? std::string() : ": " + normalisation) +
            " (missing: scale 1, or 1/255 for uint8; mean 0; deviation 1).";
  text += " The output is the result of the last layer, without softmax.";
  model.set_doc_string(text);
  graph->set_doc_string(text);
}

llvm::Error GraphWriter::write(llvm::raw_ostream &out) {
  if (auto error = prepare())
    return error;
  if (resolve(network.output) == 0)
    return makeError("expected a network with layers, found none",
                     Diag::NAS7020);
  model.set_ir_version(exportedFormat);
  model.set_producer_name("nasc");
  onnx::OperatorSetIdProto &opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(exportedOpset);
  graph = model.mutable_graph();
  graph->set_name(network.name);
  auto declare = [](onnx::ValueInfoProto &info, StringRef name,
                    ArrayRef<int64_t> shape) {
    info.set_name(name.str());
    auto &type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(TensorProto::FLOAT);
    for (int64_t size : channelsFirst(shape))
      type.mutable_shape()->add_dim()->set_dim_value(size);
  };
  declare(*graph->add_input(), "input", network.inputShape());
  declare(*graph->add_output(), "output", network.outputShape());
  results[0] = "input";
  if (quantized)
    results[0] =
        roundTrip("input", "input",
                  integers->quantizationOf(space.getBody().getArgument(0)));
  for (unsigned i = 1; i < network.layers.size(); ++i)
    if (auto error = emitLayer(i))
      return error;
  // The result by its name: the last node that made it is renamed, with all
  // that reads it.
  const std::string last = results[resolve(network.output)];
  for (onnx::NodeProto &proto : *graph->mutable_node()) {
    for (std::string &name : *proto.mutable_input())
      if (name == last)
        name = "output";
    for (std::string &name : *proto.mutable_output())
      if (name == last)
        name = "output";
  }
  describe();
  constexpr size_t limit = size_t(1) << 31;
  if (model.ByteSizeLong() >= limit)
    return makeError("expected a file of at most 2 GiB, found a larger "
                     "network; ONNX cannot hold it in one file",
                     Diag::NAS7024);
  std::string bytes;
  try {
    google::protobuf::LogSilencer silencer;
    onnx::checker::check_model(model);
    bytes = model.SerializeAsString();
  } catch (const std::exception &exception) {
    return makeError(std::string("the network cannot be said in ONNX: ") +
                         exception.what(),
                     Diag::NAS7023);
  }
  out << bytes;
  return llvm::Error::success();
}

llvm::Error nasc::writeOnnx(nas::SpaceOp space, OnnxForm form,
                            llvm::raw_ostream &out) {
  return GraphWriter(space, form).write(out);
}
