//===- InferShapes.cpp - Shapes of the tensors of a space -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "dialects/diagnostics/DiagnosticCatalog.h"
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
  /// The result of the space, where a requirement names a layer.
  static constexpr StringLiteral resultName = "result";

  enum class Outcome {
    Known,
    /// There is a layer that fits in no architecture that has it, which a
    /// requirement says. The shapes behind it are not known.
    Unfit,
    /// An error was emitted.
    Error,
  };
  Outcome visitBlock(Block &block, Value active);
  Outcome visitLayer(nas::LayerOpInterface layer, Value active);
  Outcome visitAlternatives(Operation *op, ArrayRef<Value> conditions,
                            Value active);
  LogicalResult setShape(Value tensor, const Shape &shape);
  LogicalResult require(Location loc, const nas::ShapeRequirement &requirement,
                        StringRef layer, Value active);
  LogicalResult checkResult();
  std::string adviceOnClasses();

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
  switch (visitBlock(body, expressions.constant(1))) {
  case Outcome::Known:
    return checkResult();
  case Outcome::Unfit:
    // What was required of it is left to the check that follows.
    return success();
  case Outcome::Error:
    return failure();
  }
  llvm_unreachable("all outcomes are covered");
}

ShapeInference::Outcome ShapeInference::visitBlock(Block &block, Value active) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isScalar(&op) || isa<nas::RequireShapeOp>(op) ||
        op.hasTrait<OpTrait::IsTerminator>())
      continue;
    expressions.setLocation(op.getLoc());
    Outcome outcome = Outcome::Known;
    if (auto layer = dyn_cast<nas::LayerOpInterface>(op)) {
      outcome = visitLayer(layer, active);
    } else if (auto conditional = dyn_cast<nas::IfOp>(op)) {
      Value condition = conditional.getCondition();
      outcome = visitAlternatives(
          &op, {condition, expressions.negation(condition)}, active);
    } else if (auto alternatives = dyn_cast<nas::SwitchOp>(op)) {
      SmallVector<Value> conditions;
      for (unsigned i = 0; i < alternatives.getCases().size(); ++i)
        conditions.push_back(expressions.compare(Predicate::eq,
                                                 alternatives.getSelector(),
                                                 expressions.constant(i)));
      outcome = visitAlternatives(&op, conditions, active);
    } else {
      op.emitOpError("expected an expanded space (nas-expand)");
      outcome = Outcome::Error;
    }
    if (outcome != Outcome::Known)
      return outcome;
  }
  return Outcome::Known;
}

ShapeInference::Outcome ShapeInference::visitLayer(nas::LayerOpInterface layer,
                                                   Value active) {
  SmallVector<Shape> inputs;
  for (Value input : layer.getTensorInputs())
    inputs.push_back(shapes.lookup(input));
  Shape result;
  SmallVector<nas::ShapeRequirement> requirements;
  const bool fits =
      succeeded(layer.inferShape(expressions, inputs, result, requirements));
  for (const nas::ShapeRequirement &requirement : requirements)
    if (failed(
            require(layer.getLoc(), requirement, layer.getLayerName(), active)))
      return Outcome::Error;
  if (!fits)
    return Outcome::Unfit;
  return succeeded(setShape(layer->getResult(0), result)) ? Outcome::Known
                                                          : Outcome::Error;
}

ShapeInference::Outcome
ShapeInference::visitAlternatives(Operation *op, ArrayRef<Value> conditions,
                                  Value active) {
  // Alternatives that do not fit have no shapes to choose from.
  SmallVector<unsigned> fitting;
  for (auto [index, region, condition] :
       llvm::enumerate(op->getRegions(), conditions)) {
    Outcome outcome =
        region.empty() ? Outcome::Known
                       : visitBlock(region.front(),
                                    expressions.conjunction(active, condition));
    if (outcome == Outcome::Error)
      return outcome;
    if (outcome == Outcome::Known)
      fitting.push_back(index);
  }
  if (fitting.empty())
    return Outcome::Unfit;
  expressions.setLocation(op->getLoc());
  for (OpResult result : op->getResults()) {
    auto yielded = [&](unsigned index) {
      return shapes.lookup(
          op->getRegion(index).front().getTerminator()->getOperand(
              result.getResultNumber()));
    };
    Shape merged = yielded(fitting.back());
    for (unsigned index : llvm::reverse(ArrayRef(fitting).drop_back())) {
      Shape shape = yielded(index);
      if (shape.size() != merged.size()) {
        op->emitError("the alternatives have tensors of ")
            << shape.size() << " and of " << merged.size() << " dimensions"
            << Diag::NAS2007;
        return Outcome::Error;
      }
      for (auto [size, other] : llvm::zip(merged, shape))
        size = expressions.select(conditions[index], other, size);
    }
    if (failed(setShape(result, merged)))
      return Outcome::Error;
  }
  return Outcome::Known;
}

LogicalResult ShapeInference::setShape(Value tensor, const Shape &shape) {
  SmallVector<int64_t> sizes;
  for (Value size : shape) {
    std::optional<int64_t> number = cost::constantOf(size);
    sizes.push_back(number.value_or(nas::TensorType::kOpen));
    openSizes += !number;
    if (number && *number < 1)
      return emitError(tensor.getLoc())
             << "the layer's result has no elements" << Diag::NAS2004;
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

/// Fails, after an error, where every architecture breaks the condition.
LogicalResult ShapeInference::require(Location loc,
                                      const nas::ShapeRequirement &requirement,
                                      StringRef layer, Value active) {
  const nas::ShapeMessage &message = requirement.message;
  Value weakened =
      expressions.disjunction(requirement.holds, expressions.negation(active));
  if (cost::constantOf(weakened) == 1)
    return success();
  if (cost::constantOf(weakened) == 0) {
    InFlightDiagnostic report = emitError(loc);
    report << nas::renderShapeMessage(message.text, message.sizes)
           << message.code;
    if (layer == resultName)
      if (std::string advice = adviceOnClasses(); !advice.empty())
        report.attachNote() << "help: " << advice;
    return report;
  }
  ++openRequirements;
  OpBuilder end(space.getBody().front().getTerminator());
  end.create<nas::RequireShapeOp>(
      loc, weakened, end.getStringAttr(message.text), message.sizes,
      end.getStringAttr(layer), end.getStringAttr(codeName(message.code)),
      cost::constantOf(requirement.holds) == 0 ? end.getUnitAttr()
                                               : UnitAttr());
  return success();
}

/// How a network gets as many results as its data have classes.
std::string ShapeInference::adviceOnClasses() {
  ArrayRef<int64_t> expected =
      cast<nas::TensorType>(*space.getResult()).getShape();
  if (space.getTask() != nas::Task::Classification || expected.size() != 1)
    return "";
  const std::string count = std::to_string(expected.front());
  auto dataset = nas::DatasetOp::find(space, space.getDatasetAttr());
  auto column = dataset ? dataset.settings().getLabel() : StringAttr();
  const bool isListed = dataset && dataset.settings().getClasses();
  if (!column || isListed)
    return "dense(units = " + count + ") gives a number for each class";
  return "the label has " + count + " classes because the column '" +
         column.str() +
         "' has as many words: list those that are meant with 'classes', or "
         "end with dense(units = " +
         count + ")";
}

LogicalResult ShapeInference::checkResult() {
  auto terminator =
      cast<nas::ReturnOp>(space.getBody().front().getTerminator());
  if (terminator.getValues().empty())
    return success();
  // The layer is to blame, not the statement that returns its result.
  Operation *last = terminator.getValues().front().getDefiningOp();
  Location loc = isa_and_nonnull<nas::LayerOpInterface>(last)
                     ? last->getLoc()
                     : terminator.getLoc();
  expressions.setLocation(loc);
  const Shape found = shapes.lookup(terminator.getValues().front());
  Shape expected;
  for (int64_t size : cast<nas::TensorType>(*space.getResult()).getShape())
    expected.push_back(expressions.constant(size));
  nas::ShapeRequirement requirement;
  requirement.message << "expected a result of shape " << expected << ", found "
                      << found;
  requirement.message.code = Diag::NAS2016;
  requirement.holds = expressions.constant(found.size() == expected.size());
  if (found.size() == expected.size())
    for (auto [size, number] : llvm::zip(found, expected))
      requirement.holds = expressions.conjunction(
          requirement.holds, expressions.compare(Predicate::eq, size, number));
  return require(loc, requirement, resultName, expressions.constant(1));
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
