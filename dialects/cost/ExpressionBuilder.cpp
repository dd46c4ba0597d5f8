//===- ExpressionBuilder.cpp - Builds shared cost expressions -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/ExpressionBuilder.h"

#include "mlir/IR/Operation.h"

using namespace mlir;
using namespace nasc::cost;

/// What tells two operations of the same name on the same operands apart.
static Attribute distinguishingAttribute(Operation *op) {
  if (auto comparison = dyn_cast<CmpOp>(op))
    return comparison.getPredicateAttr();
  DictionaryAttr attributes = op->getAttrDictionary();
  return attributes.empty() ? Attribute() : Attribute(attributes);
}

ExpressionBuilder::Key ExpressionBuilder::keyOf(OperationName name,
                                                ValueRange operands,
                                                Attribute attribute) {
  std::vector<const void *> pointers;
  for (Value operand : operands)
    pointers.push_back(operand.getAsOpaquePointer());
  if (name.hasTrait<OpTrait::IsCommutative>())
    llvm::sort(pointers);
  return {name.getAsOpaquePointer(), std::move(pointers),
          attribute ? attribute.getAsOpaquePointer() : nullptr};
}

Value ExpressionBuilder::finish(Operation *op, Key key) {
  refineResultRanges(op);
  SmallVector<OpFoldResult, 1> folded;
  Value result = op->getResult(0);
  if (!isa<ConstantOp>(op) && succeeded(op->fold(folded)) && !folded.empty()) {
    if (auto value = dyn_cast<Value>(folded.front()))
      result = value;
    else
      result = constant(
          cast<mlir::IntegerAttr>(cast<Attribute>(folded.front())).getInt());
    op->erase();
  }
  known.emplace(std::move(key), result);
  return result;
}

template <typename OpTy>
Value ExpressionBuilder::build(ValueRange operands, Attribute attribute) {
  OperationName name(OpTy::getOperationName(), builder.getContext());
  Key key = keyOf(name, operands, attribute);
  auto found = known.find(key);
  if (found != known.end())
    return found->second;
  OpTy op;
  if constexpr (std::is_same_v<OpTy, CmpOp>)
    op = builder.create<CmpOp>(loc, cast<PredicateAttr>(attribute).getValue(),
                               operands[0], operands[1]);
  else if constexpr (std::is_same_v<OpTy, SelectOp>)
    op = builder.create<SelectOp>(loc, operands[0], operands[1], operands[2]);
  else
    op = builder.create<OpTy>(loc, operands[0], operands[1]);
  return finish(op, std::move(key));
}

Value ExpressionBuilder::constant(int64_t value) {
  OperationName name(ConstantOp::getOperationName(), builder.getContext());
  Key key = keyOf(name, {}, builder.getI64IntegerAttr(value));
  auto found = known.find(key);
  if (found != known.end())
    return found->second;
  Value result = builder.create<ConstantOp>(loc, value);
  known.emplace(std::move(key), result);
  return result;
}

Value ExpressionBuilder::add(Value a, Value b) { return build<AddOp>({a, b}); }
Value ExpressionBuilder::sub(Value a, Value b) { return build<SubOp>({a, b}); }
Value ExpressionBuilder::mul(Value a, Value b) { return build<MulOp>({a, b}); }
Value ExpressionBuilder::floorDiv(Value a, Value b) {
  return build<FloorDivOp>({a, b});
}
Value ExpressionBuilder::ceilDiv(Value a, Value b) {
  return build<CeilDivOp>({a, b});
}
Value ExpressionBuilder::mod(Value a, Value b) { return build<ModOp>({a, b}); }
Value ExpressionBuilder::min(Value a, Value b) { return build<MinOp>({a, b}); }
Value ExpressionBuilder::max(Value a, Value b) { return build<MaxOp>({a, b}); }

Value ExpressionBuilder::compare(Predicate predicate, Value a, Value b) {
  return build<CmpOp>({a, b},
                      PredicateAttr::get(builder.getContext(), predicate));
}

Value ExpressionBuilder::select(Value condition, Value a, Value b) {
  return build<SelectOp>({condition, a, b});
}

Value ExpressionBuilder::product(ArrayRef<Value> factors) {
  Value result = constant(1);
  for (Value factor : factors)
    result = mul(result, factor);
  return result;
}

Value ExpressionBuilder::sum(ArrayRef<Value> terms) {
  Value result = constant(0);
  for (Value term : terms)
    result = add(result, term);
  return result;
}

Value ExpressionBuilder::copy(Operation *op, ValueRange operands) {
  if (auto number = dyn_cast<ConstantOp>(op))
    return constant(number.getValue());
  Key key = keyOf(op->getName(), operands, distinguishingAttribute(op));
  auto found = known.find(key);
  if (found != known.end())
    return found->second;
  Operation *clone = builder.insert(op->cloneWithoutRegions());
  clone->setOperands(operands);
  return finish(clone, std::move(key));
}

void ExpressionBuilder::remember(Operation *op) {
  if (auto number = dyn_cast<ConstantOp>(op))
    known.emplace(
        keyOf(op->getName(), {}, builder.getI64IntegerAttr(number.getValue())),
        number.getResult());
  else
    known.emplace(
        keyOf(op->getName(), op->getOperands(), distinguishingAttribute(op)),
        op->getResult(0));
}
