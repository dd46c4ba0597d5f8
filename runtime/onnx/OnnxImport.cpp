//===- OnnxImport.cpp - Trained networks from ONNX files ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/OnnxImport.h"

#include "dialects/cost/ExpressionBuilder.h"
#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/quantization/QuantizedLayers.h"
#include "passes/transforms/Fusion.h"
#include "runtime/network/LayerArguments.h"
#include "runtime/onnx/GraphReader.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace nasc;
using namespace nasc::onnxio;

namespace {

/// Builds the space of a network.
class SpaceBuilder {
public:
  SpaceBuilder(OpBuilder &builder, Location loc)
      : builder(builder), loc(loc), scalars(builder, loc) {}

  nas::SpaceOp build(nas::NetworkOp declaration,
                     const ImportedNetwork &network);
  /// The operations of the layers, the input without one.
  ArrayRef<Operation *> operations() const { return layers; }

private:
  Value create(const NetworkLayer &layer);
  nas::TensorType type(ArrayRef<int64_t> shape) {
    return nas::TensorType::get(builder.getContext(), shape);
  }
  OpBuilder &builder;
  Location loc;
  cost::ExpressionBuilder scalars;
  std::vector<Value> tensors;
  std::vector<Operation *> layers;
};

} // namespace

Value SpaceBuilder::create(const NetworkLayer &layer) {
  SmallVector<Value> inputs;
  for (unsigned input : layer.inputs)
    inputs.push_back(tensors[input]);
  return buildLayer(scalars, loc, layer, inputs)->getResult(0);
}

nas::SpaceOp SpaceBuilder::build(nas::NetworkOp declaration,
                                 const ImportedNetwork &network) {
  OperationState state(loc, nas::SpaceOp::getOperationName());
  state.addAttribute("sym_name", declaration.getSymNameAttr());
  state.addAttribute(
      "result",
      TypeAttr::get(type(network.layers[network.output].layer.outputShape)));
  if (FlatSymbolRefAttr dataset = declaration.getDatasetAttr())
    state.addAttribute("dataset", dataset);
  Region *body = state.addRegion();
  Block &block = body->emplaceBlock();
  tensors = {block.addArgument(type(network.layers[0].layer.outputShape), loc)};
  layers = {nullptr};
  auto space = cast<nas::SpaceOp>(builder.create(state));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  for (const ImportedLayer &each : ArrayRef(network.layers).drop_front()) {
    tensors.push_back(create(each.layer));
    layers.push_back(tensors.back().getDefiningOp());
  }
  builder.create<nas::ReturnOp>(loc, tensors[network.output]);
  return space;
}

//===----------------------------------------------------------------------===//
// Quantisation
//===----------------------------------------------------------------------===//

/// Quantised files leave a Relu (or a Relu6) out where saturation does the
/// same: a result with the zero point -128 has no integers below zero. The
/// layer is put back, so that the network means the same in float32. A max_pool
/// is told by a requantize what its integers stand for, which bounds them.
static void addImpliedActivations(ImportedNetwork &network) {
  std::vector<ImportedLayer> layers;
  std::vector<unsigned> renamed(network.layers.size());
  // Of the new layers: whether no element is below zero.
  std::vector<bool> isNonNegative;
  auto append = [&](ImportedLayer layer, bool nonNegative) {
    layers.push_back(std::move(layer));
    isNonNegative.push_back(nonNegative);
    return static_cast<unsigned>(layers.size() - 1);
  };
  for (unsigned index = 0; index < network.layers.size(); ++index) {
    ImportedLayer &layer = network.layers[index];
    for (unsigned &input : layer.layer.inputs)
      input = renamed[input];
    const bool isSaturated =
        layer.quantization && layer.quantization->zeroPoint == -128;
    bool keepsSign = false, isStoredOtherwise = false;
    switch (layer.layer.kind) {
    case LayerKind::Requantize:
    case LayerKind::MaxPool:
      isStoredOtherwise = isSaturated;
      keepsSign = true;
      break;
    case LayerKind::Add:
    case LayerKind::Multiply:
    case LayerKind::Concat:
    case LayerKind::AveragePool:
    case LayerKind::GlobalAveragePool:
    case LayerKind::Flatten:
      keepsSign = true;
      break;
    default:
      break;
    }
    const bool isActivation = layer.layer.kind == LayerKind::ReLU ||
                              layer.layer.kind == LayerKind::ReLU6 ||
                              layer.layer.kind == LayerKind::Sigmoid ||
                              layer.layer.kind == LayerKind::HardSigmoid ||
                              layer.layer.kind == LayerKind::Zero;
    const bool isKnown =
        isActivation || isStoredOtherwise ||
        (keepsSign && llvm::all_of(layer.layer.inputs, [&](unsigned input) {
           return isNonNegative[input];
         }));
    bool isActivated = false;
    for (unsigned reader = index + 1; reader < network.layers.size(); ++reader)
      if (llvm::is_contained(network.layers[reader].layer.inputs, index))
        isActivated |= network.layers[reader].layer.kind == LayerKind::ReLU ||
                       network.layers[reader].layer.kind == LayerKind::ReLU6;
    const bool isImplied = index > 0 && isSaturated && !isKnown && !isActivated;
    renamed[index] = append(std::move(layer), isKnown);
    if (!isImplied)
      continue;
    const ImportedLayer &bounded = layers.back();
    ImportedLayer activation;
    // 255 steps that end at six.
    const double greatest = 255 * bounded.quantization->scale;
    activation.layer.kind = std::abs(greatest - 6.0) < 6.0 / 510
                                ? LayerKind::ReLU6
                                : LayerKind::ReLU;
    activation.layer.name =
        bounded.layer.name + "_" + layerKindName(activation.layer.kind);
    activation.layer.inputs = {renamed[index]};
    activation.layer.outputShape = bounded.layer.outputShape;
    activation.quantization = bounded.quantization;
    renamed[index] = append(std::move(activation), true);
  }
  network.output = renamed[network.output];
  network.layers = std::move(layers);
}

namespace {

/// Says in IR what the integers of each tensor stand for.
class QuantizationWriter {
public:
  QuantizationWriter(OpBuilder &builder, nas::SpaceOp space)
      : builder(builder), space(space) {}

  void run(const ImportedNetwork &network, ArrayRef<Operation *> ops);
  /// Layers whose integers the file does not say.
  std::vector<std::string> missing;

private:
  /// What the integers of a tensor stand for, if that is known.
  std::optional<StoredQuantization> quantizationOf(Value tensor) const;
  void store(nas::LayerOpInterface layer, Operation *behind,
             const StoredQuantization &quantization);
  /// Finds the integers of a tensor whose quantisation the file leaves out.
  void complete(nas::LayerOpInterface layer);
  void separate(nas::LayerOpInterface layer);

  OpBuilder &builder;
  nas::SpaceOp space;
  llvm::MapVector<Operation *, StoredQuantization> known;
  std::optional<StoredQuantization> input;
};

} // namespace

std::optional<StoredQuantization>
QuantizationWriter::quantizationOf(Value tensor) const {
  while (auto layer = tensor.getDefiningOp<nas::LayerOpInterface>()) {
    auto found = known.find(layer);
    if (found != known.end())
      return found->second;
    if (auto stored = dyn_cast<nas::RequantizeOp>(layer.getOperation()))
      return StoredQuantization{stored.getScale().convertToDouble(),
                                static_cast<int64_t>(stored.getZeroPoint())};
    if (!layer.keepsScale())
      return std::nullopt;
    tensor = layer.getTensorInputs().front();
  }
  return input;
}

/// Puts a requantize behind the layer.
void QuantizationWriter::store(nas::LayerOpInterface layer, Operation *behind,
                               const StoredQuantization &quantization) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(behind);
  Value result = layer->getResult(0);
  auto stored = builder.create<nas::RequantizeOp>(
      layer.getLoc(), result.getType(), result,
      builder.getF64FloatAttr(quantization.scale),
      builder.getI64IntegerAttr(quantization.zeroPoint),
      builder.getStringAttr(layer.getLayerName() + ".stored"));
  result.replaceAllUsesExcept(stored, stored);
  known.erase(layer);
}

void QuantizationWriter::complete(nas::LayerOpInterface layer) {
  if (known.count(layer))
    return;
  // What is only bounded can be stored as the bound is: rounding first or
  // bounding first is the same.
  if (Value result = layer->getResult(0);
      result.hasOneUse() && !layer.keepsScale()) {
    auto bound = known.find(*result.user_begin());
    if (bound != known.end() && isa<nas::ReLUOp, nas::ReLU6Op>(bound->first)) {
      const StoredQuantization same = bound->second;
      known[layer] = same;
      return;
    }
  }
  // A relu, or a concatenation of integers of one kind, has numbers of its
  // operands, so that the same integers stand for them.
  if (!isa<nas::ReLUOp, nas::ConcatOp>(layer))
    return;
  std::optional<StoredQuantization> common =
      quantizationOf(layer.getTensorInputs().front());
  for (Value operand : layer.getTensorInputs())
    if (!(quantizationOf(operand) == common))
      return;
  if (common)
    known[layer] = *common;
}

/// Lets the file's integers of a tensor have their effect where deployment
/// would compute the layers before and behind it as one, or would keep the
/// integers of the layer's operand.
void QuantizationWriter::separate(nas::LayerOpInterface layer) {
  auto found = known.find(layer);
  if (found == known.end())
    return;
  const StoredQuantization own = found->second;
  if (isa<nas::MaxPoolOp>(layer)) {
    if (quantizationOf(layer.getTensorInputs().front()) == own)
      known.erase(layer);
    else
      store(layer, layer, own);
    return;
  }
  nas::LayerOpInterface reader = fusedReaderOf(layer);
  if (!reader)
    return;
  auto next = known.find(reader);
  const bool isRelu = isa<nas::ReLUOp, nas::ReLU6Op>(reader);
  // Rounding first or bounding first is the same where both have the same
  // integers.
  if (isRelu && next != known.end() && next->second == own) {
    known.erase(layer);
    return;
  }
  // A table reads the integers of the tensor before it.
  if (reader.getRole() == nas::LayerRole::Activation && !isBound(reader))
    return;
  store(layer, layer, own);
}

void QuantizationWriter::run(const ImportedNetwork &network,
                             ArrayRef<Operation *> ops) {
  input = network.layers.front().quantization;
  bool isQuantized = input.has_value();
  for (auto [layer, op] : llvm::drop_begin(llvm::zip(network.layers, ops)))
    if (layer.quantization) {
      isQuantized = true;
      // A flattened tensor is the one before it, and a requantize says itself.
      if (!isa<nas::FlattenOp, nas::RequantizeOp>(op))
        known[op] = *layer.quantization;
    }
  if (!isQuantized)
    return;
  for (Operation *op : ops.drop_front())
    complete(cast<nas::LayerOpInterface>(op));
  for (Operation *op : ops.drop_front())
    separate(cast<nas::LayerOpInterface>(op));

  const Location loc = space.getLoc();
  auto write = [&](StringRef name, const StoredQuantization &quantization) {
    builder.create<nas::QuantizationOp>(
        loc, builder.getStringAttr(name),
        builder.getF64FloatAttr(quantization.scale),
        builder.getI64IntegerAttr(quantization.zeroPoint));
  };
  if (input)
    write("input", *input);
  else
    missing.push_back("input");
  for (auto layer : space.getBody().getOps<nas::LayerOpInterface>()) {
    auto found = known.find(layer);
    if (found != known.end())
      write(layer.getLayerName(), found->second);
    else if (needsRange(layer))
      missing.push_back(layer.getLayerName().str());
  }
}

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

LogicalResult nasc::importNetworkFromBytes(nas::NetworkOp declaration,
                                           llvm::StringRef bytes,
                                           llvm::StringRef name) {
  auto fail = [&](llvm::Error error) {
    return emitError(declaration.getLoc(), std::move(error),
                     "'" + name + "': ");
  };
  auto module = declaration->getParentOfType<ModuleOp>();
  assert(module && "a network is declared in a module");
  if (!module.getOps<nas::WeightsOp>().empty() ||
      !module.getOps<nas::QuantizationOp>().empty())
    return fail(makeError("expected a module without trained weights, found "
                          "some; read each network into a module of its own",
                          Diag::NAS7015));
  llvm::Expected<onnx::ModelProto> model = readModel(bytes);
  if (!model)
    return fail(model.takeError());
  llvm::Expected<ImportedNetwork> network =
      readNetwork(*model, declaration.getLayout());
  if (!network)
    return fail(network.takeError());

  addImpliedActivations(*network);
  declaration.getContext()->loadDialect<nas::NasDialect>();
  OpBuilder builder(declaration);
  const Location loc = declaration.getLoc();
  SpaceBuilder space(builder, loc);
  nas::SpaceOp built = space.build(declaration, *network);
  for (const ImportedLayer &layer : network->layers)
    for (const NamedTensor &tensor : layer.weights) {
      auto type = RankedTensorType::get(tensor.shape, builder.getF32Type());
      builder.create<nas::WeightsOp>(
          loc, builder.getStringAttr(layer.layer.name + "." + tensor.name),
          DenseElementsAttr::get(type, ArrayRef<float>(tensor.values)),
          tensor.scales.empty() ? DenseF64ArrayAttr()
                                : builder.getDenseF64ArrayAttr(tensor.scales));
    }
  QuantizationWriter quantization(builder, built);
  quantization.run(*network, space.operations());
  assert(succeeded(verify(built)) && "the import makes valid spaces");
  for (const std::string &remark : network->remarks)
    declaration.emitRemark("'") << name << "': " << remark;
  const std::vector<std::string> &missing = quantization.missing;
  if (!missing.empty())
    declaration.emitRemark("'")
        << name << "': the file is quantised, but has no scale of '"
        << missing.front() << "'"
        << (missing.size() > 1
                ? " and " + std::to_string(missing.size() - 1) + " more"
                : "")
        << "; calibration will find them";
  declaration.erase();
  return success();
}

LogicalResult nasc::importNetwork(nas::NetworkOp declaration,
                                  llvm::StringRef folder) {
  const llvm::StringRef source = declaration.getSource();
  if (declaration.getKind() != "onnx")
    return declaration.emitError("expected a network of kind 'onnx', found '")
           << declaration.getKind() << "'" << Diag::NAS7001;
  llvm::SmallString<256> path(source);
  if (!llvm::sys::path::is_absolute(path)) {
    path = folder;
    llvm::sys::path::append(path, source);
  }
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return declaration.emitError("cannot read '")
           << path << "': " << file.getError().message()
           << "; name an ONNX file relative to the folder of the "
              "specification"
           << Diag::NAS7001;
  return importNetworkFromBytes(declaration, (*file)->getBuffer(), source);
}
