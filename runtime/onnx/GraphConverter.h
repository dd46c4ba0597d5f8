//===- GraphConverter.h - Nodes of a graph to layers ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The state of reading one graph. ONNX's tensors are channels-first, with a
// batch, and may be transposed and reshaped between layers; ours are
// channels-last. How the two lie to each other is kept for each tensor, so
// that nodes that only move numbers cost nothing: the elements of a layer's
// result are divided into *atoms*, factors of its sizes, and each axis of an
// ONNX tensor is a list of atoms. Transpose permutes axes, Reshape joins and
// separates them. What reads a tensor then either finds the layout it needs,
// or permutes weights, or reports that the layout cannot be had.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_ONNX_GRAPHCONVERTER_H
#define NASC_RUNTIME_ONNX_GRAPHCONVERTER_H

#include "runtime/onnx/GraphReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/LogicalResult.h"

#include <array>
#include <memory>

namespace nasc::onnxio {

/// Atoms of one layer's result, slowest first.
using Axis = std::vector<unsigned>;

/// A layer, and how its result is divided.
struct GraphLayer : ImportedLayer {
  /// Their sizes, all above one.
  std::vector<int64_t> atoms;
  /// The atoms of each dimension.
  std::vector<Axis> dims;
  /// Whether `dims` is known. Those of the input are not while its layout is
  /// being inferred.
  bool isFixed = true;
  /// The name of the ONNX tensor that is the result as it is.
  std::string resultName;
  /// The name of the node.
  std::string nodeName;
};

/// A tensor of the graph: a constant, or the result of a layer.
struct GraphValue {
  std::shared_ptr<const Constant> constant;
  unsigned layer = 0;
  std::vector<int64_t> shape;
  std::vector<Axis> axes;
  /// What a Pad before the next window adds at the beginning and the end of
  /// each axis, included in `shape`; empty where there is none.
  std::vector<std::array<int64_t, 2>> pads;
  /// Whether the padding is less than every number instead of zero.
  bool padsAreLowest = false;
  /// Whether the elements are integers, and what they stand for.
  bool isInteger = false;
  /// Whether the file has those as unsigned ones, 128 more than ours.
  bool isUnsigned = false;
  std::optional<StoredQuantization> quantization;
  /// Whether the elements are real numbers that the layer's integers stand for,
  /// and not what the layer computes.
  bool isRounded = false;
  /// The operator that made probabilities or a class of it, which is left out.
  std::string scores;
};

/// The window of a convolution or a pooling: vertical first.
struct WindowShape {
  std::array<int64_t, 2> kernel = {1, 1}, stride = {1, 1}, output = {1, 1};
  /// Top, bottom, left, right.
  std::array<int64_t, 4> pads = {0, 0, 0, 0};
};

class GraphConverter {
public:
  GraphConverter(const onnx::ModelProto &model, nas::InputLayout layout)
      : model(model), layout(layout) {}
  llvm::Expected<ImportedNetwork> read();

private:
  using LogicalResult = llvm::LogicalResult;
  using Result = llvm::FailureOr<GraphValue>;
  using Handler = LogicalResult (GraphConverter::*)();

  static const llvm::StringMap<Handler> &handlers();

  // The graph (GraphReader.cpp).
  LogicalResult readInput();
  LogicalResult readNodes();
  /// Fixes the dimensions of the input; false if they are only as declared,
  /// because nothing tells their order.
  bool findInputLayout();
  /// While the layout of the input is inferred: makes the input, if the node
  /// reads it, the node's result, as the layout of both is the same; or fixes
  /// the input if one of the node's constants does. Whether it did so.
  bool passInputOn();
  LogicalResult readOutput();
  LogicalResult readNode(const onnx::NodeProto &proto);
  void nameLayers();
  /// Records what is wrong, at the node that is being read.
  LogicalResult fail(const llvm::Twine &text, Diag code);

  // What a node says (GraphReader.cpp).
  const onnx::AttributeProto *
  attribute(llvm::StringRef name, onnx::AttributeProto::AttributeType type);
  int64_t integer(llvm::StringRef name, int64_t preset);
  double real(llvm::StringRef name, double preset);
  std::string text(llvm::StringRef name, llvm::StringRef preset);
  std::optional<std::vector<int64_t>> integers(llvm::StringRef name);
  bool hasInput(int index) const {
    return index < node->input_size() && !node->input(index).empty();
  }
  /// Any operand.
  Result input(int index);
  /// An operand that is a constant; `meaning` is for the message.
  llvm::FailureOr<std::shared_ptr<const Constant>>
  constant(int index, llvm::StringRef meaning);
  /// The same, as integers.
  llvm::FailureOr<std::vector<int64_t>> integerList(int index,
                                                    llvm::StringRef meaning);
  /// An operand that is the result of a layer, as real numbers.
  Result activation(int index, bool mayBePadded = false);
  LogicalResult checkActivation(const GraphValue &value,
                                bool mayBePadded = false);
  /// Makes the node's result known.
  LogicalResult define(Result value);
  LogicalResult define(Constant value);
  /// An axis counted from the front.
  llvm::FailureOr<unsigned> axisOf(int64_t axis, size_t rank);
  /// Those of the attribute or, from `version` on, of the second operand.
  llvm::FailureOr<std::optional<std::vector<int64_t>>> axesOf(int64_t version);

  // Layouts (Layouts.cpp).
  /// Size and distance of neighbours, of runs of elements that lie in order.
  using Runs = std::vector<std::array<int64_t, 2>>;
  Runs runs(const GraphLayer &layer, llvm::ArrayRef<unsigned> axis) const;
  bool matches(const GraphLayer &layer, const Axis &a, const Axis &b) const;
  static Axis joined(llvm::ArrayRef<Axis> axes);
  /// Where, among the elements of the atoms in our order, each of the elements
  /// in the order of `axis` is.
  std::vector<int64_t> order(const GraphLayer &layer, const Axis &axis) const;
  void fixInput(std::vector<Axis> dims);
  /// Fixes the dimensions of an input that `value` is, of which all but the
  /// batch and the channels, at `channels`, stay in their order.
  void fixInput(const GraphValue &value, size_t channels);
  /// Fixes the dimensions of an input without channels: as they are declared.
  void fixInputAsDeclared();
  void splitAtom(unsigned atom, int64_t outer, int64_t inner, GraphValue &also);
  unsigned appendLayer(LayerKind kind, std::vector<unsigned> inputs,
                       std::vector<int64_t> shape);
  /// A layer whose result has the layout of its input's.
  GraphValue appendElementwise(LayerKind kind, std::vector<unsigned> inputs,
                               const GraphValue &value);
  /// The result of a layer as ONNX has it: batch, channels, height, width.
  GraphValue channelsFirst(unsigned layer) const;
  /// Checks that the value is an image (or, with one spatial dimension, a
  /// series) as our layers read it.
  LogicalResult requireImage(const GraphValue &value, unsigned spatial);
  bool isVector(const GraphValue &value) const;
  Result reshaped(GraphValue value, std::vector<int64_t> shape);
  Result transposed(GraphValue value, llvm::ArrayRef<int64_t> permutation);
  /// A constant that is one number, or one for each channel of `value`.
  llvm::FailureOr<std::vector<float>> perChannel(const GraphValue &value,
                                                 const Constant &constant);
  /// The axis of `value` along which the constant has different numbers; one
  /// past the last if it is one number. Nothing for other constants.
  static std::optional<size_t> axisOfConstant(const GraphValue &value,
                                              const Constant &constant);
  LogicalResult requireSameLayout(const GraphValue &a, const GraphValue &b);

  // Layers (LayerNodes.cpp).
  llvm::FailureOr<WindowShape> window(const GraphValue &value, unsigned spatial,
                                      llvm::ArrayRef<int64_t> weightKernel);
  Result convolution(GraphValue value, const Constant &weights,
                     const Constant *bias);
  Result dense(GraphValue value, const Constant &weights,
               bool transposedWeights, double alpha, const Constant *bias,
               double beta);
  llvm::FailureOr<std::vector<double>>
  channelScales(const Constant &weights, unsigned axis, int64_t channels);
  LogicalResult requireWeights(const Constant &weights);
  Result pool(LayerKind kind, GraphValue value);
  Result mean(GraphValue value, llvm::ArrayRef<unsigned> axes, bool keep);
  Result add(llvm::ArrayRef<GraphValue> values);
  Result multiply(GraphValue a, GraphValue b);
  /// factor · value + offset, one of each for every channel or none.
  Result affine(GraphValue value, std::vector<float> factor,
                std::vector<float> offset);
  /// The sum, and the product, of two operands of which one can be a constant.
  Result sum(GraphValue a, GraphValue b);
  Result product(GraphValue a, GraphValue b);
  Result concat(llvm::ArrayRef<GraphValue> values, int64_t axis);
  Result leaveOut(GraphValue value, int64_t axis);
  bool mayFold(const GraphValue &value) const;
  Result reduceMean(GraphValue value);

  LogicalResult readConv();
  LogicalResult readGemm();
  LogicalResult readMatMul();
  LogicalResult readBatchNormalization();
  template <LayerKind kind> LogicalResult readActivation();
  LogicalResult readHardSigmoid();
  LogicalResult readClip();
  LogicalResult readAdd();
  LogicalResult readSub();
  LogicalResult readMul();
  LogicalResult readDiv();
  LogicalResult readSum();
  LogicalResult readConcat();
  template <LayerKind kind> LogicalResult readPool();
  LogicalResult readGlobalAveragePool();
  LogicalResult readGlobalMaxPool();
  LogicalResult readReduceMean();
  LogicalResult readSoftmax();

  // Nodes that move numbers (DataNodes.cpp).
  LogicalResult readIdentity();
  LogicalResult readFlatten();
  LogicalResult readReshape();
  LogicalResult readSqueeze();
  LogicalResult readUnsqueeze();
  LogicalResult readTranspose();
  LogicalResult readPad();
  LogicalResult readConstant();
  LogicalResult readShape();
  LogicalResult readGather();
  LogicalResult readSlice();
  LogicalResult readCast();

  // Integers (QuantizedNodes.cpp).
  /// The constants of a quantisation at these operands.
  struct Encoding {
    std::vector<double> scales, zeroPoints;
    int32_t type;
  };
  llvm::FailureOr<Encoding> encoding(int scale, int zeroPoint, int32_t preset);
  llvm::FailureOr<StoredQuantization> storedQuantization(const Encoding &code);
  /// The tensor in integers of this quantisation.
  Result stored(GraphValue value, const StoredQuantization &quantization);
  /// Says that integers without a quantisation yet have this one.
  LogicalResult describeIntegers(unsigned layer,
                                 const StoredQuantization &quantization);
  std::optional<StoredQuantization> &quantizationOf(unsigned layer);
  Result quantize(GraphValue value, const Encoding &code, int64_t axis);
  Result dequantize(GraphValue value, const Encoding &code, int64_t axis);
  Result dequantizedOperand(int value, int scale, int zeroPoint,
                            int64_t axis = 0);
  LogicalResult defineQuantized(Result value, int scale, int zeroPoint);

  LogicalResult readQuantizeLinear();
  LogicalResult readDequantizeLinear();
  LogicalResult readQLinearConv();
  LogicalResult readQLinearMatMul();
  LogicalResult readQGemm();
  LogicalResult readQLinearAdd();
  LogicalResult readQLinearMul();
  LogicalResult readQLinearConcat();
  LogicalResult readQLinearAveragePool();
  LogicalResult readQLinearGlobalAveragePool();
  LogicalResult readQLinearReduceMean();
  LogicalResult readQLinearSigmoid();
  LogicalResult readQLinearSoftmax();
  LogicalResult readDynamicallyQuantized();
  /// A value that the operator has channels-last, as ONNX has it otherwise, and
  /// back, if the attribute `channels_last` says so.
  Result fromChannelsLast(Result value);
  Result toChannelsLast(Result value);

  const onnx::ModelProto &model;
  nas::InputLayout layout;
  /// Whether only the layout of the input is wanted.
  bool isProbe = false;
  const onnx::NodeProto *node = nullptr;
  int64_t opset = 0;
  std::vector<GraphLayer> layers;
  llvm::StringMap<GraphValue> values;
  llvm::StringMap<const onnx::TensorProto *> initializers;
  /// How many nodes and results read a tensor.
  llvm::StringMap<unsigned> readers;
  std::string inputName, outputName;
  std::vector<std::string> remarks;
  unsigned output = 0;
  /// The first error.
  std::string message;
  Diag code = Diag::NAS9001;
};

} // namespace nasc::onnxio

#endif // NASC_RUNTIME_ONNX_GRAPHCONVERTER_H
