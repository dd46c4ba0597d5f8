//===- OnnxImport.cpp - Trained networks from ONNX files ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/OnnxImport.h"

#include "dialects/cost/ExpressionBuilder.h"
#include "passes/transforms/Fusion.h"
#include "runtime/onnx/GraphReader.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
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
  Value number(int64_t value) { return scalars.constant(value); }
  nas::TensorType type(ArrayRef<int64_t> shape) {
    return nas::TensorType::get(builder.getContext(), shape);
  }
  template <typename Op, typename... Arguments>
  Value make(const NetworkLayer &layer, Arguments &&...arguments) {
    return builder
        .create<Op>(loc, type(layer.outputShape),
                    std::forward<Arguments>(arguments)...,
                    builder.getStringAttr(layer.name))
        ->getResult(0);
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
  const ArrayRef<int64_t> pads = layer.padding;
  // A series has two amounts that count.
  auto padding = nas::PaddingAttr::get(builder.getContext(), pads);
  auto flag = [&](bool value) {
    return value ? builder.getUnitAttr() : UnitAttr();
  };
  const int64_t channels = layer.outputShape.back();
  auto window = [&](auto make) {
    return make(number(layer.kernelHeight), number(layer.kernelWidth),
                number(layer.strideHeight), number(layer.strideWidth));
  };
  switch (layer.kind) {
  case LayerKind::Conv2D:
    return window([&](Value kh, Value kw, Value sh, Value sw) {
      return make<nas::Conv2DOp>(layer, inputs[0], number(channels), kh, kw, sh,
                                 sw, number(layer.groups), padding,
                                 flag(layer.bias));
    });
  case LayerKind::DepthwiseConv2D:
    return window([&](Value kh, Value kw, Value sh, Value sw) {
      return make<nas::DepthwiseConv2DOp>(layer, inputs[0], kh, kw, sh, sw,
                                          padding, flag(layer.bias));
    });
  case LayerKind::Conv1D:
    return make<nas::Conv1DOp>(layer, inputs[0], number(channels),
                               number(layer.kernelHeight),
                               number(layer.strideHeight), number(layer.groups),
                               padding, flag(layer.bias));
  case LayerKind::Dense:
    return make<nas::DenseOp>(layer, inputs[0], number(channels),
                              flag(layer.bias));
  case LayerKind::BatchNorm:
    return make<nas::BatchNormOp>(layer, inputs[0],
                                  builder.getF64FloatAttr(layer.epsilon));
  case LayerKind::ReLU:
    return make<nas::ReLUOp>(layer, inputs[0]);
  case LayerKind::ReLU6:
    return make<nas::ReLU6Op>(layer, inputs[0]);
  case LayerKind::HardSwish:
    return make<nas::HardSwishOp>(layer, inputs[0]);
  case LayerKind::HardSigmoid:
    return make<nas::HardSigmoidOp>(layer, inputs[0]);
  case LayerKind::Sigmoid:
    return make<nas::SigmoidOp>(layer, inputs[0]);
  case LayerKind::Add:
    return make<nas::AddOp>(layer, inputs);
  case LayerKind::Multiply:
    return make<nas::MultiplyOp>(layer, inputs[0], inputs[1]);
  case LayerKind::Concat:
    return make<nas::ConcatOp>(layer, inputs);
  case LayerKind::MaxPool:
    return window([&](Value kh, Value kw, Value sh, Value sw) {
      return make<nas::MaxPoolOp>(layer, inputs[0], kh, kw, sh, sw, padding);
    });
  case LayerKind::AveragePool:
    return window([&](Value kh, Value kw, Value sh, Value sw) {
      return make<nas::AveragePoolOp>(layer, inputs[0], kh, kw, sh, sw, padding,
                                      flag(layer.countPadding));
    });
  case LayerKind::GlobalAveragePool:
    return make<nas::GlobalAveragePoolOp>(layer, inputs[0]);
  case LayerKind::Flatten:
    return make<nas::FlattenOp>(layer, inputs[0]);
  case LayerKind::Zero:
    return make<nas::ZeroOp>(layer, inputs[0]);
  case LayerKind::Input:
  case LayerKind::Dropout:
  case LayerKind::Identity:
    break;
  }
  llvm_unreachable("the import makes no such layer");
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
  if (auto task = declaration->getAttrOfType<StringAttr>("task"))
    state.addAttribute("task", task);
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

/// The layer that runs as a part of this one, or null.
static Operation *fusedReader(Operation *op) {
  if (!op->getResult(0).hasOneUse())
    return nullptr;
  auto reader = dyn_cast<nas::LayerOpInterface>(*op->getResult(0).user_begin());
  return reader && isFused(reader) ? reader.getOperation() : nullptr;
}

/// Whether the numbers of the result are among the numbers of the operands, so
/// that the same integers stand for them.
static bool keepsNumbers(LayerKind kind) {
  switch (kind) {
  case LayerKind::MaxPool:
  case LayerKind::ReLU:
  case LayerKind::ReLU6:
  case LayerKind::Flatten:
  case LayerKind::Concat:
    return true;
  default:
    return false;
  }
}

/// Gives quantisation to what has none of its own and keeps its operand's
/// numbers, and moves the scales of weights to where a quantisation is.
static void completeQuantization(ImportedNetwork &network,
                                 ArrayRef<Operation *> ops,
                                 std::vector<std::string> &missing) {
  std::vector<ImportedLayer> &layers = network.layers;
  llvm::DenseMap<Operation *, size_t> indices;
  for (size_t i = 1; i < ops.size(); ++i)
    indices[ops[i]] = i;
  for (size_t i = 1; i < layers.size(); ++i) {
    ImportedLayer &layer = layers[i];
    if (layer.quantization || !keepsNumbers(layer.layer.kind))
      continue;
    std::optional<StoredQuantization> common =
        layers[layer.layer.inputs.front()].quantization;
    for (unsigned input : layer.layer.inputs)
      if (!(layers[input].quantization == common))
        common.reset();
    layer.quantization = common;
  }
  bool isQuantized = llvm::any_of(
      layers, [](const ImportedLayer &layer) { return layer.quantization; });
  if (!isQuantized)
    return;
  if (!layers.front().quantization)
    missing.push_back("input");
  for (size_t i = 1; i < layers.size(); ++i) {
    // The layer with all that runs as a part of it.
    size_t last = i;
    while (Operation *reader = fusedReader(ops[last])) {
      const size_t next = indices.lookup(reader);
      // The scale before an activation that is looked up in a table stays.
      last = next;
    }
    auto op = cast<nas::LayerOpInterface>(ops[i]);
    if (!layers[last].quantization && op.getRole() != nas::LayerRole::Alias &&
        !isFused(op))
      missing.push_back(layers[last].layer.name);
    if (layers[i].weightScales.empty() || layers[i].quantization || last == i ||
        !layers[last].quantization)
      continue;
    layers[last].weightScales = std::move(layers[i].weightScales);
    layers[i].weightScales.clear();
  }
}

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

/// Quantised files leave a Relu out where saturation does the same: a result
/// with the zero point -128 has no integers below zero. The layer is put back,
/// so that the network means the same in float32.
static void addImpliedActivations(ImportedNetwork &network) {
  std::vector<ImportedLayer> layers;
  std::vector<unsigned> renamed(network.layers.size());
  for (unsigned index = 0; index < network.layers.size(); ++index) {
    ImportedLayer &layer = network.layers[index];
    for (unsigned &input : layer.layer.inputs)
      input = renamed[input];
    const LayerKind kind = layer.layer.kind;
    const bool sums = kind == LayerKind::Conv2D ||
                      kind == LayerKind::DepthwiseConv2D ||
                      kind == LayerKind::Conv1D || kind == LayerKind::Dense ||
                      kind == LayerKind::Add || kind == LayerKind::BatchNorm;
    bool isActivated = false;
    for (unsigned reader = index + 1; reader < network.layers.size(); ++reader)
      if (llvm::is_contained(network.layers[reader].layer.inputs, index))
        isActivated |= network.layers[reader].layer.kind == LayerKind::ReLU ||
                       network.layers[reader].layer.kind == LayerKind::ReLU6;
    const bool isImplied = sums && !isActivated && layer.quantization &&
                           layer.quantization->zeroPoint == -128;
    layers.push_back(std::move(layer));
    renamed[index] = layers.size() - 1;
    if (!isImplied)
      continue;
    ImportedLayer activation;
    activation.layer.kind = LayerKind::ReLU;
    activation.layer.name = layers.back().layer.name + "_relu";
    activation.layer.inputs = {renamed[index]};
    activation.layer.outputShape = layers.back().layer.outputShape;
    activation.quantization = layers.back().quantization;
    layers.push_back(std::move(activation));
    renamed[index] = layers.size() - 1;
  }
  network.output = renamed[network.output];
  network.layers = std::move(layers);
}

LogicalResult nasc::importNetworkFromBytes(nas::NetworkOp declaration,
                                           llvm::StringRef bytes,
                                           llvm::StringRef name) {
  auto fail = [&](llvm::Error error) {
    return declaration.emitError("'")
           << name << "': " << llvm::toString(std::move(error));
  };
  auto module = declaration->getParentOfType<ModuleOp>();
  assert(module && "a network is declared in a module");
  if (!module.getOps<nas::WeightsOp>().empty() ||
      !module.getOps<nas::QuantizationOp>().empty())
    return fail(makeError("expected a module without trained weights, found "
                          "some; read each network into a module of its own",
                          7015));
  llvm::Expected<onnx::ModelProto> model = readModel(bytes);
  if (!model)
    return fail(model.takeError());
  llvm::Expected<ImportedNetwork> network = readNetwork(*model);
  if (!network)
    return fail(network.takeError());

  addImpliedActivations(*network);
  declaration.getContext()->loadDialect<nas::NasDialect>();
  OpBuilder builder(declaration);
  const Location loc = declaration.getLoc();
  SpaceBuilder space(builder, loc);
  nas::SpaceOp built = space.build(declaration, *network);
  assert(succeeded(verify(built)) && "the import makes valid spaces");
  (void)built;
  std::vector<std::string> missing;
  completeQuantization(*network, space.operations(), missing);
  for (const ImportedLayer &layer : network->layers)
    for (const NamedTensor &tensor : layer.weights) {
      auto type = RankedTensorType::get(tensor.shape, builder.getF32Type());
      builder.create<nas::WeightsOp>(
          loc, builder.getStringAttr(layer.layer.name + "." + tensor.name),
          DenseElementsAttr::get(type, ArrayRef<float>(tensor.values)));
    }
  for (const ImportedLayer &layer : network->layers) {
    // A flattened tensor is the one before it.
    if (!layer.quantization || layer.layer.kind == LayerKind::Flatten)
      continue;
    builder.create<nas::QuantizationOp>(
        loc, builder.getStringAttr(layer.layer.name),
        builder.getF64FloatAttr(layer.quantization->scale),
        builder.getI64IntegerAttr(layer.quantization->zeroPoint),
        layer.weightScales.empty()
            ? DenseF64ArrayAttr()
            : builder.getDenseF64ArrayAttr(layer.weightScales));
  }
  for (const std::string &remark : network->remarks)
    declaration.emitRemark("'") << name << "': " << remark;
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
           << declaration.getKind() << "' [NAS7001]";
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
              "specification [NAS7001]";
  return importNetworkFromBytes(declaration, (*file)->getBuffer(), source);
}
