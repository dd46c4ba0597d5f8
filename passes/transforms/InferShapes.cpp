//===- InferShapes.cpp - Shapes of the tensors of a space -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/Passes.h"
#include "passes/transforms/ScalarZone.h"

#include "dialects/cost/ExpressionBuilder.h"

using namespace mlir;
using namespace nasc;
using cost::Predicate;
using nas::Shape;

namespace nasc {
#define GEN_PASS_DEF_NASINFERSHAPES
#include "passes/transforms/Passes.h.inc"
} // namespace nasc

namespace {

class ShapeInference {
public:
  explicit ShapeInference(nas::SpaceOp space)
      : space(space), builder(space.getContext()),
        expressions(builder, space.getLoc()) {}

  LogicalResult run();

  unsigned openSizes = 0, openRequirements = 0;

private:
  LogicalResult visitBlock(Block &block, Value active);
  LogicalResult visitLayer(nas::LayerOpInterface layer, Value active);
  LogicalResult visitAlternatives(Operation *op, ArrayRef<Value> conditions,
                                  Value active);
  LogicalResult setShape(Value tensor, const Shape &shape);
  void require(Location loc, Value holds, const Twine &message, StringRef layer,
               Value active);
  LogicalResult checkResult();

  nas::SpaceOp space;
  OpBuilder builder;
  cost::ExpressionBuilder expressions;
  DenseMap<Value, Shape> shapes;
};

LogicalResult ShapeInference::run() {
  Block &body = space.getBody().front();
  space.walk([](Operation *op) {
    if (isa<nas::ShapeOp, nas::RequireShapeOp>(op))
      op->erase();
  });
  builder.setInsertionPoint(&body, endOfScalars(space));
  for (Operation &op : llvm::make_range(body.begin(), endOfScalars(space)))
    if (isa<cost::CostDialect>(op.getDialect()))
      expressions.remember(&op);
  for (BlockArgument argument : body.getArguments()) {
    Shape shape;
    for (int64_t size : cast<nas::TensorType>(argument.getType()).getShape())
      shape.push_back(expressions.constant(size));
    shapes[argument] = shape;
  }
  if (failed(visitBlock(body, expressions.constant(1))))
    return failure();
  return checkResult();
}

LogicalResult ShapeInference::visitBlock(Block &block, Value active) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isScalar(&op) || isa<nas::RequireShapeOp>(op) ||
        op.hasTrait<OpTrait::IsTerminator>())
      continue;
    expressions.setLocation(op.getLoc());
    if (auto layer = dyn_cast<nas::LayerOpInterface>(op)) {
      if (failed(visitLayer(layer, active)))
        return failure();
    } else if (auto conditional = dyn_cast<nas::IfOp>(op)) {
      Value condition = conditional.getCondition();
      if (failed(visitAlternatives(
              &op, {condition, expressions.negation(condition)}, active)))
        return failure();
    } else if (auto alternatives = dyn_cast<nas::SwitchOp>(op)) {
      SmallVector<Value> conditions;
      for (unsigned i = 0; i < alternatives.getCases().size(); ++i)
        conditions.push_back(expressions.compare(Predicate::eq,
                                                 alternatives.getSelector(),
                                                 expressions.constant(i)));
      if (failed(visitAlternatives(&op, conditions, active)))
        return failure();
    } else {
      return op.emitOpError("expected an expanded space (nas-expand)");
    }
  }
  return success();
}

LogicalResult ShapeInference::visitLayer(nas::LayerOpInterface layer,
                                         Value active) {
  SmallVector<Shape> inputs;
  for (Value input : layer.getTensorInputs())
    inputs.push_back(shapes.lookup(input));
  Shape result;
  SmallVector<nas::ShapeRequirement> requirements;
  if (failed(layer.inferShape(expressions, inputs, result, requirements)))
    return failure();
  for (const nas::ShapeRequirement &requirement : requirements)
    require(layer.getLoc(), requirement.holds, requirement.message,
            layer.getLayerName(), active);
  return setShape(layer->getResult(0), result);
}

LogicalResult ShapeInference::visitAlternatives(Operation *op,
                                                ArrayRef<Value> conditions,
                                                Value active) {
  for (auto [region, condition] : llvm::zip(op->getRegions(), conditions))
    if (failed(visitBlock(region.front(),
                          expressions.conjunction(active, condition))))
      return failure();
  expressions.setLocation(op->getLoc());
  for (OpResult result : op->getResults()) {
    auto yielded = [&](Region &region) {
      return shapes.lookup(
          region.front().getTerminator()->getOperand(result.getResultNumber()));
    };
    Shape merged = yielded(op->getRegions().back());
    for (int i = op->getNumRegions() - 2; i >= 0; --i) {
      Shape shape = yielded(op->getRegion(i));
      if (shape.size() != merged.size())
        return op->emitError("the alternatives have tensors of ")
               << shape.size() << " and of " << merged.size()
               << " dimensions [NAS2007]";
      for (auto [size, other] : llvm::zip(merged, shape))
        size = expressions.select(conditions[i], other, size);
    }
    if (failed(setShape(result, merged)))
      return failure();
  }
  return success();
}

LogicalResult ShapeInference::setShape(Value tensor, const Shape &shape) {
  SmallVector<int64_t> sizes;
  for (Value size : shape) {
    std::optional<int64_t> number = cost::constantOf(size);
    sizes.push_back(number.value_or(nas::TensorType::kOpen));
    openSizes += !number;
    if (number && *number < 1)
      return emitError(tensor.getLoc())
             << "the layer's result has no elements [NAS2004]";
  }
  shapes[tensor] = shape;
  auto type = nas::TensorType::get(space.getContext(), sizes);
  tensor.setType(type);
  if (type.hasStaticShape())
    return success();
  OpBuilder after(space.getContext());
  after.setInsertionPointAfterValue(tensor);
  after.create<nas::ShapeOp>(tensor.getLoc(), tensor, shape);
  return success();
}

void ShapeInference::require(Location loc, Value holds, const Twine &message,
                             StringRef layer, Value active) {
  Value weakened = expressions.disjunction(holds, expressions.negation(active));
  if (cost::constantOf(weakened) == 1)
    return;
  ++openRequirements;
  OpBuilder end(space.getBody().front().getTerminator());
  end.create<nas::RequireShapeOp>(loc, weakened, end.getStringAttr(message),
                                  end.getStringAttr(layer));
}

LogicalResult ShapeInference::checkResult() {
  auto terminator =
      cast<nas::ReturnOp>(space.getBody().front().getTerminator());
  if (terminator.getValues().empty())
    return success();
  Shape found = shapes.lookup(terminator.getValues().front());
  ArrayRef<int64_t> expected =
      cast<nas::TensorType>(*space.getResult()).getShape();
  std::string expectedText, foundText;
  llvm::raw_string_ostream expectedStream(expectedText), foundStream(foundText);
  llvm::interleave(expected, expectedStream, "×");
  llvm::interleave(
      found, foundStream,
      [&](Value size) {
        cost::Range range = cost::rangeOf(size);
        foundStream << range.lower;
        if (!range.isConstant())
          foundStream << ".." << range.upper;
      },
      "×");
  std::string message =
      "expected a result of shape " + expectedText + ", found " + foundText;
  Location loc = terminator.getLoc();
  if (found.size() != expected.size())
    return emitError(loc) << message << " [NAS2016]";
  expressions.setLocation(loc);
  Value equal = expressions.constant(1);
  for (auto [size, number] : llvm::zip(found, expected))
    equal = expressions.conjunction(
        equal,
        expressions.compare(Predicate::eq, size, expressions.constant(number)));
  if (cost::constantOf(equal) == 0)
    return emitError(loc) << message << " [NAS2016]";
  require(loc, equal, message, "result", expressions.constant(1));
  return success();
}

struct NasInferShapesPass : nasc::impl::NasInferShapesBase<NasInferShapesPass> {
  void runOnOperation() override {
    for (auto space : getOperation().getOps<nas::SpaceOp>()) {
      ShapeInference inference(space);
      if (failed(inference.run()))
        return signalPassFailure();
      openSizes += inference.openSizes;
      openRequirements += inference.openRequirements;
    }
  }
};

} // namespace
