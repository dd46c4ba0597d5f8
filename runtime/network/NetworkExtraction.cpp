//===- NetworkExtraction.cpp - A specialised space as plain data ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/network/NetworkExtraction.h"

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/transforms/Fusion.h"
#include "runtime/network/LayerArguments.h"

#include "llvm/ADT/DenseMap.h"

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

  nas::SpaceOp space;
  NetworkDescription network;
  DenseMap<Value, unsigned> indices;
};

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
  if (failed(readArguments(op, layer)))
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
    return space.emitError("a space without layers has no network")
           << Diag::NAS2019;
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
