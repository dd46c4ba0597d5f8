//===- ActivationPlan.cpp - The arena of one network ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/ActivationPlan.h"

#include "passes/transforms/ArenaExpression.h"
#include "passes/transforms/Fusion.h"
#include "passes/transforms/LayerCosts.h"
#include "passes/transforms/ScalarZone.h"

#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace nasc;
using nas::Shape;

FailureOr<ActivationPlan> nasc::planActivations(nas::SpaceOp original,
                                                nas::DeviceOp device) {
  DeviceCostModel model(device);
  if (failed(model.verify()))
    return failure();
  // The expression of a network without choices is a number; it is built in a
  // copy.
  nas::SpaceOp space = original.clone();
  auto eraseCopy = llvm::make_scope_exit([&] { space->erase(); });
  OpBuilder builder(space.getContext());
  builder.setInsertionPoint(&space.getBody().front(), endOfScalars(space));
  cost::ExpressionBuilder expressions(builder, space.getLoc());

  auto shapeOf = [&](Value tensor) {
    Shape shape;
    for (int64_t size : cast<nas::TensorType>(tensor.getType()).getShape())
      shape.push_back(expressions.constant(size));
    return shape;
  };
  auto activityOf = [&](Operation *) { return expressions.constant(1); };
  DenseMap<Operation *, LayerDeviceCosts> costs;
  DenseMap<Operation *, unsigned> stepOf;
  ActivationPlan plan;
  for (Operation &op : space.getBody().front()) {
    auto layer = dyn_cast<nas::LayerOpInterface>(op);
    if (!layer)
      continue;
    if (!cast<nas::TensorType>(op.getResult(0).getType()).hasStaticShape())
      return original.emitError("expected a specialised network "
                                "(nas-specialize)");
    if (layer.getRole() == nas::LayerRole::Alias || isFused(layer))
      continue;
    SmallVector<Shape> inputs;
    for (Value input : layer.getTensorInputs())
      inputs.push_back(shapeOf(input));
    Shape result = shapeOf(op.getResult(0));
    FailureOr<LayerDeviceCosts> layerCosts =
        model.costsOf(layer, expressions, inputs, result,
                      layer.computeQuantities(expressions, inputs, result));
    if (failed(layerCosts))
      return failure();
    costs[&op] = *layerCosts;
    stepOf[&op] = plan.steps.size();
    plan.steps.push_back(layer.getLayerName().str());
  }
  auto memoryOf = [&](nas::LayerOpInterface layer) {
    return costs.lookup(layer).memory;
  };
  ArenaProblem problem{shapeOf, activityOf, memoryOf, model.elementBytes(),
                       static_cast<int64_t>(device.getAlignment())};
  ArenaExpression arena(space, expressions, problem);
  plan.size = *cost::constantOf(arena.size());
  for (const auto &[tensor, placement] : arena.getPlacements()) {
    PlannedTensor entry;
    Operation *producer = tensor.getDefiningOp();
    entry.name =
        producer ? cast<nas::LayerOpInterface>(producer).getLayerName().str()
                 : "input";
    entry.size = *cost::constantOf(placement.size);
    entry.offset = *cost::constantOf(placement.offset);
    if (placement.opposite)
      entry.offset = plan.size - entry.offset - entry.size;
    entry.firstStep = producer ? stepOf.lookup(producer) : 0;
    entry.lastStep = entry.firstStep;
    for (Operation *reader : arena.readersOf(tensor))
      entry.lastStep = std::max<unsigned>(
          entry.lastStep, isa<nas::ReturnOp>(reader)
                              ? std::max<size_t>(plan.steps.size(), 1) - 1
                              : stepOf.lookup(reader));
    plan.tensors.push_back(entry);
  }
  return plan;
}

bool nasc::isValid(const ActivationPlan &plan, std::string *reason) {
  auto fail = [&](const std::string &text) {
    if (reason)
      *reason = text;
    return false;
  };
  for (const PlannedTensor &a : plan.tensors) {
    if (a.offset < 0 || a.offset + a.size > plan.size)
      return fail(a.name + " is not inside the arena");
    for (const PlannedTensor &b : plan.tensors) {
      if (&a == &b || b.firstStep < a.firstStep || b.firstStep > a.lastStep)
        continue;
      bool overlap =
          a.offset < b.offset + b.size && b.offset < a.offset + a.size;
      bool writtenOver =
          a.lastStep == b.firstStep && a.offset == b.offset && a.size == b.size;
      if (overlap && !writtenOver)
        return fail(a.name + " and " + b.name + " overlap");
    }
  }
  return true;
}
