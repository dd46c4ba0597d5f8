//===- GraphReader.cpp - The layers of an ONNX graph ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The graph's input, the order of its nodes, its output, and the names of
// layers.
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/GraphConverter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace llvm;
using namespace nasc;
using namespace nasc::onnxio;
using onnx::AttributeProto;
using onnx::TensorProto;

Expected<ImportedNetwork> onnxio::readNetwork(const onnx::ModelProto &model,
                                              nas::InputLayout layout) {
  return GraphConverter(model, layout).read();
}

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

LogicalResult GraphConverter::fail(const Twine &text, Diag number) {
  if (!message.empty())
    return failure();
  if (node) {
    message = "node '";
    message += node->name().empty() && node->output_size() > 0 ? node->output(0)
                                                               : node->name();
    message += "' (";
    if (!node->domain().empty() && node->domain() != "ai.onnx")
      message += node->domain() + ".";
    message += node->op_type() + "): ";
  }
  message += text.str();
  code = number;
  return failure();
}

Expected<ImportedNetwork> GraphConverter::read() {
  for (const onnx::OperatorSetIdProto &import : model.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx")
      opset = import.version();
  if (failed(readInput()))
    return makeError(message, code);
  const bool isKnown = findInputLayout();
  if (failed(readNodes()) || failed(readOutput()))
    return makeError(message, code);
  if (!isKnown) {
    (void)fail("input '" + inputName +
                   "': expected an operator that tells channels from other "
                   "dimensions, found none that reads an input of " +
                   describeShape(values[inputName].shape) +
                   "; write layout = channels_first or channels_last beside "
                   "the network's data",
               Diag::NAS7016);
    return makeError(message, code);
  }
  nameLayers();
  ImportedNetwork network;
  network.output = output;
  network.remarks = std::move(remarks);
  for (GraphLayer &layer : layers)
    network.layers.push_back(std::move(layer));
  return network;
}

LogicalResult GraphConverter::readInput() {
  const onnx::GraphProto &graph = model.graph();
  if (graph.sparse_initializer_size() != 0)
    return fail("expected dense tensors, found sparse ones; export the model "
                "with dense weights",
                Diag::NAS7009);
  for (const TensorProto &tensor : graph.initializer())
    initializers[tensor.name()] = &tensor;
  // Until version 3 of the format, weights were among the inputs.
  std::vector<const onnx::ValueInfoProto *> inputs;
  for (const onnx::ValueInfoProto &info : graph.input())
    if (!initializers.count(info.name()))
      inputs.push_back(&info);
  if (inputs.size() != 1) {
    std::string names;
    for (const onnx::ValueInfoProto *info : inputs)
      names += (names.empty() ? "'" : ", '") + info->name() + "'";
    return fail("expected a network of one input, found " +
                    Twine(inputs.size()) +
                    (names.empty() ? "" : " (" + names + ")") +
                    "; cut the model to one input (or save its weights with "
                    "it)",
                Diag::NAS7012);
  }
  if (graph.output_size() != 1) {
    std::string names;
    for (const onnx::ValueInfoProto &info : graph.output())
      names += (names.empty() ? "'" : ", '") + info.name() + "'";
    return fail("expected a network of one output, found " +
                    Twine(graph.output_size()) +
                    (names.empty() ? "" : " (" + names + ")") +
                    "; cut the model to one output",
                Diag::NAS7012);
  }
  const onnx::ValueInfoProto &info = *inputs.front();
  inputName = info.name();
  outputName = graph.output(0).name();
  const std::string where = "input '" + inputName + "': ";
  if (!info.type().has_tensor_type() || !info.type().tensor_type().has_shape())
    return fail(where + "expected a tensor of known shape, found none; export "
                        "the model with static shapes",
                Diag::NAS7006);
  const onnx::TypeProto::Tensor &type = info.type().tensor_type();
  GraphValue value;
  switch (type.elem_type()) {
  case TensorProto::FLOAT:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
  case TensorProto::DOUBLE:
    break;
  case TensorProto::INT8:
  case TensorProto::UINT8:
    value.isInteger = true;
    value.isUnsigned = type.elem_type() == TensorProto::UINT8;
    break;
  default:
    return fail(where + "expected elements of float, int8 or uint8, found " +
                    describeType(type.elem_type()) +
                    "; export the model with an input of float",
                Diag::NAS7007);
  }
  const int rank = type.shape().dim_size();
  if (rank < 2 || rank > 4)
    return fail(where +
                    "expected 2 to 4 dimensions (a batch, and a vector, a "
                    "series or an image), found " +
                    Twine(rank),
                Diag::NAS7007);
  GraphLayer layer;
  layer.layer.name = "input";
  layer.isFixed = false;
  layer.resultName = inputName;
  for (int i = 0; i < rank; ++i) {
    const auto &dim = type.shape().dim(i);
    int64_t size = dim.has_dim_value() ? dim.dim_value() : 0;
    if (i == 0) {
      // An open batch, which some write as 0 or -1.
      if (size > 1)
        return fail(where + "expected a batch of 1, found " + Twine(size) +
                        "; export the model for one sample",
                    Diag::NAS7007);
      size = 1;
    } else if (size < 1) {
      return fail(where + "expected static sizes, found an open size" +
                      (dim.dim_param().empty()
                           ? Twine()
                           : " '" + Twine(dim.dim_param()) + "'") +
                      " as dimension " + Twine(i) +
                      "; export the model with static shapes",
                  Diag::NAS7006);
    }
    value.shape.push_back(size);
    value.axes.emplace_back();
    if (size > 1) {
      value.axes.back().push_back(layer.atoms.size());
      layer.atoms.push_back(size);
    }
  }
  if (!countElements(value.shape))
    return fail(where + "expected at most 2^31 elements, found " +
                    describeShape(value.shape),
                Diag::NAS7007);
  layers.push_back(std::move(layer));
  values[inputName] = std::move(value);
  return success();
}

bool GraphConverter::findInputLayout() {
  const GraphValue input = values[inputName];
  const size_t rank = input.shape.size();
  if (rank > 2 && layout != nas::InputLayout::inferred) {
    fixInput(input, layout == nas::InputLayout::channels_first ? 1 : rank - 1);
    return true;
  }
  GraphConverter probe(model, layout);
  probe.isProbe = true;
  probe.opset = opset;
  if (succeeded(probe.readInput()))
    (void)probe.readNodes();
  GraphLayer &probed = probe.layers.front();
  if (!probed.isFixed) {
    fixInputAsDeclared();
    // There are not several orders of one dimension.
    return rank == 2 || layers.front().atoms.size() <= 1;
  }
  // A reader may have divided a dimension.
  layers.front().atoms = probed.atoms;
  values[inputName] = probe.values[inputName];
  fixInput(probed.dims);
  return true;
}

/// Operators whose result has the layout of their operand whatever that is.
static bool passesLayoutOn(StringRef name) {
  static const StringSet<> names = {"Relu",
                                    "HardSwish",
                                    "Sigmoid",
                                    "HardSigmoid",
                                    "Clip",
                                    "Identity",
                                    "Dropout",
                                    "Cast",
                                    "QuantizeLinear",
                                    "DequantizeLinear",
                                    "Add",
                                    "Sub",
                                    "Mul",
                                    "Div",
                                    "Sum",
                                    "com.microsoft.QuantizeLinear",
                                    "com.microsoft.DequantizeLinear",
                                    "com.microsoft.QLinearAdd",
                                    "com.microsoft.QLinearMul",
                                    "com.microsoft.QLinearSigmoid"};
  return names.contains(name);
}

bool GraphConverter::passInputOn() {
  std::optional<GraphValue> passed;
  std::vector<GraphValue> constants;
  for (int i = 0; i < node->input_size(); ++i) {
    if (!hasInput(i))
      continue;
    Result value = input(i);
    if (failed(value))
      return true;
    if (value->constant)
      constants.push_back(std::move(*value));
    else if (!passed)
      passed = std::move(*value);
  }
  if (!passed)
    return false;
  // A constant with a number for each channel tells which they are. Scales and
  // zero points of activations are single numbers.
  for (const GraphValue &value : constants) {
    std::optional<size_t> axis = axisOfConstant(*passed, *value.constant);
    if (axis && *axis > 0 && *axis < passed->shape.size()) {
      fixInput(*passed, *axis);
      return true;
    }
  }
  StringRef type = node->op_type();
  if (type == "QuantizeLinear" || type == "DequantizeLinear")
    passed->isInteger = type == "QuantizeLinear";
  passed->isRounded = false;
  passed->quantization.reset();
  (void)define(std::move(*passed));
  return true;
}

LogicalResult GraphConverter::readNodes() {
  const onnx::GraphProto &graph = model.graph();
  StringMap<int> producers;
  for (int i = 0; i < graph.node_size(); ++i)
    for (const std::string &name : graph.node(i).output())
      if (!name.empty() && !producers.try_emplace(name, i).second) {
        node = &graph.node(i);
        return fail("expected a result of a name of its own, found '" + name +
                        "', which another node has; the file is damaged",
                    Diag::NAS7012);
      }
  // Nodes that the result does not depend on may be anything.
  std::vector<bool> needed(graph.node_size(), false);
  std::vector<StringRef> pending = {outputName};
  ++readers[outputName];
  while (!pending.empty()) {
    StringRef name = pending.back();
    pending.pop_back();
    auto producer = producers.find(name);
    if (producer == producers.end() || needed[producer->second])
      continue;
    needed[producer->second] = true;
    for (const std::string &operand : graph.node(producer->second).input()) {
      ++readers[operand];
      pending.push_back(operand);
    }
  }
  for (int i = 0; i < graph.node_size(); ++i)
    if (needed[i] && failed(readNode(graph.node(i))))
      return failure();
  node = nullptr;
  return success();
}

const StringMap<GraphConverter::Handler> &GraphConverter::handlers() {
  using C = GraphConverter;
  static const StringMap<Handler> table = {
      {"Conv", &C::readConv},
      {"Gemm", &C::readGemm},
      {"MatMul", &C::readMatMul},
      {"BatchNormalization", &C::readBatchNormalization},
      {"Relu", &C::readActivation<LayerKind::ReLU>},
      {"HardSwish", &C::readActivation<LayerKind::HardSwish>},
      {"Sigmoid", &C::readActivation<LayerKind::Sigmoid>},
      {"HardSigmoid", &C::readHardSigmoid},
      {"Clip", &C::readClip},
      {"Add", &C::readAdd},
      {"Sub", &C::readSub},
      {"Mul", &C::readMul},
      {"Div", &C::readDiv},
      {"Sum", &C::readSum},
      {"Concat", &C::readConcat},
      {"MaxPool", &C::readPool<LayerKind::MaxPool>},
      {"AveragePool", &C::readPool<LayerKind::AveragePool>},
      {"GlobalAveragePool", &C::readGlobalAveragePool},
      {"GlobalMaxPool", &C::readGlobalMaxPool},
      {"ReduceMean", &C::readReduceMean},
      {"Softmax", &C::readSoftmax},
      {"LogSoftmax", &C::readSoftmax},
      {"ArgMax", &C::readSoftmax},
      {"Identity", &C::readIdentity},
      {"Dropout", &C::readIdentity},
      {"Flatten", &C::readFlatten},
      {"Reshape", &C::readReshape},
      {"Squeeze", &C::readSqueeze},
      {"Unsqueeze", &C::readUnsqueeze},
      {"Transpose", &C::readTranspose},
      {"Pad", &C::readPad},
      {"Constant", &C::readConstant},
      {"Shape", &C::readShape},
      {"Gather", &C::readGather},
      {"Slice", &C::readSlice},
      {"Cast", &C::readCast},
      {"QuantizeLinear", &C::readQuantizeLinear},
      {"DequantizeLinear", &C::readDequantizeLinear},
      {"QLinearConv", &C::readQLinearConv},
      {"QLinearMatMul", &C::readQLinearMatMul},
      {"ConvInteger", &C::readDynamicallyQuantized},
      {"MatMulInteger", &C::readDynamicallyQuantized},
      {"DynamicQuantizeLinear", &C::readDynamicallyQuantized},
      {"com.microsoft.QuantizeLinear", &C::readQuantizeLinear},
      {"com.microsoft.DequantizeLinear", &C::readDequantizeLinear},
      {"com.microsoft.QLinearConv", &C::readQLinearConv},
      {"com.microsoft.QGemm", &C::readQGemm},
      {"com.microsoft.QLinearAdd", &C::readQLinearAdd},
      {"com.microsoft.QLinearMul", &C::readQLinearMul},
      {"com.microsoft.QLinearConcat", &C::readQLinearConcat},
      {"com.microsoft.QLinearAveragePool", &C::readQLinearAveragePool},
      {"com.microsoft.QLinearGlobalAveragePool",
       &C::readQLinearGlobalAveragePool},
      {"com.microsoft.QLinearReduceMean", &C::readQLinearReduceMean},
      {"com.microsoft.QLinearSigmoid", &C::readQLinearSigmoid},
      {"com.microsoft.QLinearSoftmax", &C::readQLinearSoftmax},
      {"com.microsoft.DynamicQuantizeMatMul", &C::readDynamicallyQuantized},
  };
  return table;
}

LogicalResult GraphConverter::readNode(const onnx::NodeProto &proto) {
  node = &proto;
  std::string name = proto.op_type();
  if (!proto.domain().empty() && proto.domain() != "ai.onnx")
    name = proto.domain() + "." + name;
  if (isProbe && passesLayoutOn(name) && passInputOn())
    return success(message.empty() && !layers.front().isFixed);
  auto handler = handlers().find(name);
  if (handler == handlers().end())
    return fail("the operator has no layer here; simplify the model (for "
                "example with onnx-simplifier), or build the network of "
                "convolutions, Gemm, pooling, Add, Mul, Concat and the "
                "activations Relu, Clip(0, 6), HardSwish, HardSigmoid and "
                "Sigmoid",
                Diag::NAS7004);
  if (proto.output_size() == 0 || proto.output(0).empty())
    return fail("expected a result, found none; the file is damaged",
                Diag::NAS7012);
  if (failed((this->*handler->second)()))
    return failure();
  // Statistics, masks, indices: what only training needs.
  for (int i = 1; i < proto.output_size(); ++i)
    if (!proto.output(i).empty() && readers.count(proto.output(i)))
      return fail(
          "expected only the first result to be used, found a use of '" +
              proto.output(i) + "'; export the model for inference",
          Diag::NAS7005);
  if (isProbe && layers.front().isFixed)
    return failure();
  // An attribute of a wrong type is noticed while it is read.
  return success(message.empty());
}

LogicalResult GraphConverter::readOutput() {
  auto found = values.find(outputName);
  const std::string where = "output '" + outputName + "': ";
  if (found == values.end())
    return fail(where + "expected a result of one of the nodes, found none; "
                        "the file is damaged",
                Diag::NAS7012);
  const GraphValue &value = found->second;
  if (value.constant || layers.size() < 2)
    return fail(where + "expected a result of layers, found one that does not "
                        "depend on the input through any",
                Diag::NAS7012);
  if (!value.pads.empty())
    return fail(where + "expected a window behind the Pad, found the end of "
                        "the network",
                Diag::NAS7013);
  // Of an image, every transposition is the same image; of a vector, the order
  // is what users rely on.
  const GraphLayer &layer = layers[value.layer];
  if (layer.dims.size() == 1 &&
      !matches(layer, joined(value.axes), joined(layer.dims)))
    return fail(where + "expected a vector in channels-last order, found a "
                        "flattened channels-first image; transpose it to "
                        "channels-last before it is flattened",
                Diag::NAS7010);
  if (!value.scores.empty())
    remarks.push_back(value.scores +
                      " at the end is left out: the network's results are "
                      "scores (logits), in the same order of the classes");
  output = value.layer;
  return success();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// The node's name as a layer's, or nothing where it is long or made of
/// several, as converters name what they fuse.
static std::string layerName(StringRef name) {
  constexpr size_t longest = 64;
  name = name.ltrim('/');
  if (name.size() > longest || name.contains(';'))
    return "";
  std::string result;
  for (char c : name) {
    if (isAlnum(c) || c == '_' || c == '[' || c == ']' || c == '.')
      result += c;
    else if (c == '/')
      result += '.';
    else if (c == ':' || c == '-' || c == ' ')
      result += '_';
    else
      return "";
  }
  if (result.empty() || (!isAlpha(result[0]) && result[0] != '_'))
    return "";
  return result;
}

void GraphConverter::nameLayers() {
  StringSet<> taken;
  taken.insert("input");
  for (GraphLayer &layer : MutableArrayRef<GraphLayer>(layers).drop_front()) {
    std::string name = layerName(layer.nodeName);
    if (name.empty())
      name = layerKindName(layer.layer.kind);
    std::string unique = name;
    for (unsigned i = 1; !taken.insert(unique).second; ++i)
      unique = name + "_" + std::to_string(i);
    layer.layer.name = unique;
  }
}

//===----------------------------------------------------------------------===//
// What a node says
//===----------------------------------------------------------------------===//

const AttributeProto *
GraphConverter::attribute(StringRef name, AttributeProto::AttributeType type) {
  for (const AttributeProto &candidate : node->attribute()) {
    if (candidate.name() != name)
      continue;
    if (candidate.type() == type)
      return &candidate;
    (void)fail("expected the attribute '" + name + "' to be of type " +
                   AttributeProto::AttributeType_Name(type) + ", found " +
                   AttributeProto::AttributeType_Name(candidate.type()) +
                   "; the file is damaged",
               Diag::NAS7005);
  }
  return nullptr;
}

int64_t GraphConverter::integer(StringRef name, int64_t preset) {
  const AttributeProto *found = attribute(name, AttributeProto::INT);
  return found ? found->i() : preset;
}

/// The number that has the same shortest decimal form: 1e-5 and not
/// 9.9999997e-06, where a file has it in single precision.
static double asWritten(float value) {
  if (!std::isfinite(value))
    return value;
  for (int digits = 6; digits < 9; ++digits) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.*e", digits - 1,
                  static_cast<double>(value));
    double parsed;
    if (!StringRef(buffer).getAsDouble(parsed) &&
        static_cast<float>(parsed) == value)
      return parsed;
  }
  return value;
}

double GraphConverter::real(StringRef name, double preset) {
  const AttributeProto *found = attribute(name, AttributeProto::FLOAT);
  return found ? asWritten(found->f()) : preset;
}

std::string GraphConverter::text(StringRef name, StringRef preset) {
  const AttributeProto *found = attribute(name, AttributeProto::STRING);
  return found ? found->s() : preset.str();
}

std::optional<std::vector<int64_t>> GraphConverter::integers(StringRef name) {
  const AttributeProto *found = attribute(name, AttributeProto::INTS);
  if (!found)
    return std::nullopt;
  return std::vector<int64_t>(found->ints().begin(), found->ints().end());
}

FailureOr<GraphValue> GraphConverter::input(int index) {
  if (!hasInput(index))
    return fail("expected at least " + Twine(index + 1) + " operands, found " +
                    Twine(node->input_size()) + "; the file is damaged",
                Diag::NAS7012);
  const std::string &name = node->input(index);
  if (auto found = values.find(name); found != values.end())
    return found->second;
  auto initializer = initializers.find(name);
  if (initializer == initializers.end())
    return fail("expected a tensor '" + name +
                    "' from an earlier node or among the weights, found none; "
                    "save the model with its weights and with sorted nodes",
                Diag::NAS7008);
  Expected<Constant> tensor = readTensor(*initializer->second);
  if (!tensor)
    return fail(toString(tensor.takeError()), Diag::NAS7009);
  GraphValue value;
  value.shape = tensor->dims;
  value.constant = std::make_shared<const Constant>(std::move(*tensor));
  values[name] = value;
  return value;
}

FailureOr<std::shared_ptr<const Constant>>
GraphConverter::constant(int index, StringRef meaning) {
  Result value = input(index);
  if (failed(value))
    return failure();
  if (!value->constant)
    return fail("expected a constant tensor as " + meaning + ", found '" +
                    node->input(index) +
                    "', which is computed; simplify the model (for example "
                    "with onnx-simplifier), so that constants are folded",
                Diag::NAS7008);
  return value->constant;
}

FailureOr<std::vector<int64_t>> GraphConverter::integerList(int index,
                                                            StringRef meaning) {
  auto tensor = constant(index, meaning);
  if (failed(tensor))
    return failure();
  std::vector<int64_t> result;
  for (double value : (*tensor)->values) {
    // Beyond what any size is; slices end at the greatest integer there is.
    constexpr double limit = 1e15;
    if (std::isnan(value))
      return fail("expected integers as " + meaning + ", found no number",
                  Diag::NAS7005);
    result.push_back(static_cast<int64_t>(std::clamp(value, -limit, limit)));
  }
  return result;
}

LogicalResult GraphConverter::checkActivation(const GraphValue &value,
                                              bool mayBePadded) {
  if (value.constant)
    return fail("expected the result of a layer as operand, found a constant; "
                "simplify the model so that constants are folded",
                Diag::NAS7008);
  if (!value.scores.empty())
    return fail("expected " + value.scores +
                    " only at the end of the network, found this node behind "
                    "it; cut the model after the scores",
                Diag::NAS7014);
  if (!mayBePadded && !value.pads.empty())
    return fail("expected a convolution or pooling directly behind a Pad, "
                "found this node; put the padding into a window",
                Diag::NAS7013);
  if (value.isInteger)
    return fail("expected real numbers, found integers; put a DequantizeLinear "
                "before the node",
                Diag::NAS7011);
  return success();
}

FailureOr<GraphValue> GraphConverter::activation(int index, bool mayBePadded) {
  Result value = input(index);
  if (failed(value) || failed(checkActivation(*value, mayBePadded)))
    return failure();
  return value;
}

LogicalResult GraphConverter::define(Result value) {
  if (failed(value))
    return failure();
  values[node->output(0)] = std::move(*value);
  return success();
}

LogicalResult GraphConverter::define(Constant constant) {
  GraphValue value;
  value.shape = constant.dims;
  value.constant = std::make_shared<const Constant>(std::move(constant));
  return define(Result(std::move(value)));
}

FailureOr<unsigned> GraphConverter::axisOf(int64_t axis, size_t rank) {
  const int64_t count = static_cast<int64_t>(rank);
  if (axis < -count || axis >= count)
    return fail("expected an axis of a tensor of " + Twine(rank) +
                    " dimensions, found " + Twine(axis),
                Diag::NAS7007);
  return static_cast<unsigned>(axis < 0 ? axis + count : axis);
}

FailureOr<std::optional<std::vector<int64_t>>>
GraphConverter::axesOf(int64_t version) {
  if (opset < version)
    return integers("axes");
  if (!hasInput(1))
    return std::optional<std::vector<int64_t>>();
  auto list = integerList(1, "axes");
  if (failed(list))
    return failure();
  return std::optional<std::vector<int64_t>>(std::move(*list));
}
