//===- NetworkExtraction.cpp - A specialised space as plain data ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/network/NetworkExtraction.h"

#include "passes/transforms/Fusion.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nasc;

namespace {

/// Reads the layers of one space.
class Extraction {
public:
  explicit Extraction(nas::SpaceOp space) : space(space) {}

  FailureOr<NetworkDescription> run();

private:
  LogicalResult visit(nas::LayerOpInterface op);
  LogicalResult setKind(nas::LayerOpInterface op, NetworkLayer &layer);
  FailureOr<int64_t> numberOf(Operation *op, Value value);

  template <typename OpTy>
  LogicalResult setWindow(OpTy op, NetworkLayer &layer);

  nas::SpaceOp space;
  NetworkDescription network;
  DenseMap<Value, unsigned> indices;
};

FailureOr<int64_t> Extraction::numberOf(Operation *op, Value value) {
  if (std::optional<int64_t> number = cost::constantOf(value))
    return *number;
  return op->emitError("expected a specialised network (nas-specialize), "
                       "found a number that depends on a choice");
}

template <typename OpTy>
LogicalResult Extraction::setWindow(OpTy op, NetworkLayer &layer) {
  if constexpr (std::is_same_v<OpTy, nas::Conv1DOp>) {
    FailureOr<int64_t> kernel = numberOf(op, op.getKernel());
    FailureOr<int64_t> stride = numberOf(op, op.getStride());
    if (failed(kernel) || failed(stride))
      return failure();
    layer.kernelHeight = *kernel;
    layer.strideHeight = *stride;
  } else {
    FailureOr<int64_t> numbers[] = {
        numberOf(op, op.getKernelHeight()), numberOf(op, op.getKernelWidth()),
        numberOf(op, op.getStrideHeight()), numberOf(op, op.getStrideWidth())};
    for (FailureOr<int64_t> &number : numbers)
      if (failed(number))
        return failure();
    layer.kernelHeight = *numbers[0];
    layer.kernelWidth = *numbers[1];
    layer.strideHeight = *numbers[2];
    layer.strideWidth = *numbers[3];
  }
  nas::PaddingAttr padding = op.getPadding();
  if (padding.getMode() != nas::PaddingMode::explicit_)
    return op.emitError("expected explicit padding (nas-specialize)");
  llvm::copy(padding.getAmounts(), layer.padding.begin());
  return success();
}

LogicalResult Extraction::setKind(nas::LayerOpInterface op,
                                  NetworkLayer &layer) {
  auto simple = [&](LayerKind kind) {
    layer.kind = kind;
    return success();
  };
  auto groups = [&](auto convolution) -> LogicalResult {
    FailureOr<int64_t> number = numberOf(convolution, convolution.getGroups());
    if (failed(number))
      return failure();
    layer.groups = *number;
    return success();
  };
  return TypeSwitch<Operation *, LogicalResult>(op.getOperation())
      .Case<nas::Conv2DOp>([&](nas::Conv2DOp conv) {
        layer.kind = LayerKind::Conv2D;
        layer.bias = conv.getBias();
        return failed(groups(conv)) ? failure() : setWindow(conv, layer);
      })
      .Case<nas::DepthwiseConv2DOp>([&](nas::DepthwiseConv2DOp conv) {
        layer.kind = LayerKind::DepthwiseConv2D;
        layer.bias = conv.getBias();
        return setWindow(conv, layer);
      })
      .Case<nas::Conv1DOp>([&](nas::Conv1DOp conv) {
        layer.kind = LayerKind::Conv1D;
        layer.bias = conv.getBias();
        return failed(groups(conv)) ? failure() : setWindow(conv, layer);
      })
      .Case<nas::DenseOp>([&](nas::DenseOp dense) {
        layer.bias = dense.getBias();
        return simple(LayerKind::Dense);
      })
      .Case<nas::BatchNormOp>([&](nas::BatchNormOp norm) {
        layer.epsilon = norm.getEpsilon().convertToDouble();
        return simple(LayerKind::BatchNorm);
      })
      .Case<nas::ReLUOp>([&](auto) { return simple(LayerKind::ReLU); })
      .Case<nas::ReLU6Op>([&](auto) { return simple(LayerKind::ReLU6); })
      .Case<nas::RequantizeOp>([&](nas::RequantizeOp stored) {
        layer.scale = stored.getScale().convertToDouble();
        layer.zeroPoint = stored.getZeroPoint();
        return simple(LayerKind::Requantize);
      })
      .Case<nas::HardSwishOp>(
          [&](auto) { return simple(LayerKind::HardSwish); })
      .Case<nas::HardSigmoidOp>(
          [&](auto) { return simple(LayerKind::HardSigmoid); })
      .Case<nas::SigmoidOp>([&](auto) { return simple(LayerKind::Sigmoid); })
      .Case<nas::AddOp>([&](auto) { return simple(LayerKind::Add); })
      .Case<nas::MultiplyOp>([&](auto) { return simple(LayerKind::Multiply); })
      .Case<nas::ConcatOp>([&](auto) { return simple(LayerKind::Concat); })
      .Case<nas::MaxPoolOp>([&](nas::MaxPoolOp pool) {
        layer.kind = LayerKind::MaxPool;
        return setWindow(pool, layer);
      })
      .Case<nas::AveragePoolOp>([&](nas::AveragePoolOp pool) {
        layer.kind = LayerKind::AveragePool;
        layer.countPadding = pool.getCountPadding();
        return setWindow(pool, layer);
      })
      .Case<nas::GlobalAveragePoolOp>(
          [&](auto) { return simple(LayerKind::GlobalAveragePool); })
      .Case<nas::FlattenOp>([&](auto) { return simple(LayerKind::Flatten); })
      .Case<nas::IdentityOp>([&](auto) { return simple(LayerKind::Identity); })
      .Case<nas::ZeroOp>([&](auto) { return simple(LayerKind::Zero); })
      .Case<nas::DropoutOp>([&](nas::DropoutOp dropout) -> LogicalResult {
        FloatAttr rate;
        if (!matchPattern(dropout.getRate(), m_Constant(&rate)))
          return dropout.emitError(
              "expected a specialised network (nas-specialize), found a rate "
              "that depends on a choice");
        layer.rate = rate.getValueAsDouble();
        return simple(LayerKind::Dropout);
      })
      .Default([](Operation *unknown) {
        return unknown->emitOpError("has no description as a network layer");
      });
}

LogicalResult Extraction::visit(nas::LayerOpInterface op) {
  NetworkLayer layer;
  layer.name = op.getLayerName().str();
  auto type = dyn_cast<nas::TensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape())
    return op.emitError("expected a specialised network (nas-specialize), "
                        "found an open shape");
  layer.outputShape = type.getShape().vec();
  for (Value input : op.getTensorInputs())
    layer.inputs.push_back(indices.lookup(input));
  if (failed(setKind(op, layer)))
    return failure();
  layer.storage = storageOf(op);
  layer.isFused = isFused(op);
  // A dense layer reads its input as a vector.
  const NetworkLayer &source = network.layers[layer.inputs.front()];
  if (layer.kind == LayerKind::Dense && source.outputShape.size() > 1) {
    NetworkLayer flatten;
    flatten.kind = LayerKind::Flatten;
    flatten.name = layer.name + ".flatten";
    flatten.inputs = layer.inputs;
    int64_t elements = 1;
    for (int64_t size : source.outputShape)
      elements *= size;
    flatten.outputShape = {elements};
    flatten.storage = nas::ResultStorage::Alias;
    layer.inputs = {static_cast<unsigned>(network.layers.size())};
    network.layers.push_back(std::move(flatten));
  }
  indices[op->getResult(0)] = network.layers.size();
  network.layers.push_back(std::move(layer));
  return success();
}

FailureOr<NetworkDescription> Extraction::run() {
  Block &body = space.getBody().front();
  if (body.getNumArguments() != 1)
    return space.emitError("a space without layers has no network [NAS2019]");
  network.name = space.getSymName().str();
  NetworkLayer input;
  input.name = "input";
  input.outputShape =
      cast<nas::TensorType>(body.getArgument(0).getType()).getShape().vec();
  network.layers.push_back(std::move(input));
  indices[body.getArgument(0)] = 0;
  for (Operation &op : body) {
    if (auto layer = dyn_cast<nas::LayerOpInterface>(op)) {
      if (failed(visit(layer)))
        return failure();
    } else if (isa<nas::IfOp, nas::SwitchOp, nas::ChoiceOp, nas::RepeatOp,
                   nas::CallOp>(op)) {
      return op.emitError("expected a specialised network (nas-specialize)");
    }
  }
  network.output = indices.lookup(body.getTerminator()->getOperand(0));
  return network;
}

} // namespace

FailureOr<NetworkDescription> nasc::extractNetwork(nas::SpaceOp space) {
  return Extraction(space).run();
}

void nasc::attachWeights(ModuleOp module, const NetworkWeights &weights) {
  for (auto old : llvm::make_early_inc_range(module.getOps<nas::WeightsOp>()))
    old.erase();
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  for (const NamedTensor &tensor : weights.tensors) {
    auto type = RankedTensorType::get(tensor.shape, builder.getF32Type());
    builder.create<nas::WeightsOp>(
        module.getLoc(), builder.getStringAttr(tensor.name),
        DenseElementsAttr::get(type, ArrayRef<float>(tensor.values)),
        tensor.scales.empty() ? DenseF64ArrayAttr()
                              : builder.getDenseF64ArrayAttr(tensor.scales));
  }
}

FailureOr<NetworkWeights> nasc::detachWeights(ModuleOp module) {
  NetworkWeights weights;
  for (auto op : module.getOps<nas::WeightsOp>()) {
    auto values = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!values || !values.getElementType().isF32())
      return op.emitError("expected dense float32 elements, found ")
             << op.getValue().getShapedType();
    NamedTensor tensor;
    tensor.name = op.getSymName().str();
    tensor.shape = values.getType().getShape().vec();
    auto elements = values.getValues<float>();
    tensor.values.assign(elements.begin(), elements.end());
    if (op.getScales())
      tensor.scales = op.getScales()->vec();
    weights.tensors.push_back(std::move(tensor));
  }
  return weights;
}
