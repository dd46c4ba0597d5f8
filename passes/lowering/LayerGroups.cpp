//===- LayerGroups.cpp - Operations computed in one loop nest -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/LayerGroups.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace nasc {
using namespace mlir;

static bool isStatic(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isIntOrFloat();
}

/// Whether the operand is read at single elements or at vectors along the
/// loop's last dimension.
static bool isReadByVectors(linalg::LinalgOp op, OpOperand &operand) {
  if (!isa<RankedTensorType>(operand.get().getType()))
    return operand.get().getType().isIntOrFloat();
  if (!isStatic(operand.get()))
    return false;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  const unsigned last = op.getNumLoops() - 1;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    AffineExpr expression = map.getResult(i);
    if (auto dimension = dyn_cast<AffineDimExpr>(expression)) {
      if (dimension.getPosition() == last && i + 1 != map.getNumResults())
        return false;
      continue;
    }
    auto constant = dyn_cast<AffineConstantExpr>(expression);
    if (!constant || constant.getValue() != 0)
      return false;
  }
  return true;
}

bool isVectorizableElementwise(linalg::LinalgOp op) {
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic || generic->getNumResults() != 1 || generic.getNumLoops() == 0 ||
      generic.getNumParallelLoops() != generic.getNumLoops())
    return false;
  OpOperand *output = generic.getDpsInitOperand(0);
  if (!isStatic(output->get()) ||
      !generic.getMatchingIndexingMap(output).isIdentity() ||
      generic.payloadUsesValueFromOperand(output))
    return false;
  for (OpOperand *input : generic.getDpsInputOperands())
    if (!isReadByVectors(generic, *input))
      return false;
  for (Operation &nested : generic.getBody()->without_terminator()) {
    if (isa<arith::ConstantOp>(nested) &&
        nested.getResult(0).getType().isIntOrFloat())
      continue;
    if (nested.getNumRegions() != 0 ||
        !OpTrait::hasElementwiseMappableTraits(&nested) ||
        !llvm::all_of(nested.getResultTypes(),
                      [](Type type) { return type.isIntOrFloat(); }))
      return false;
  }
  return true;
}

bool isVectorizableReduction(linalg::LinalgOp op) {
  if (!isa<linalg::Conv2DNhwcHwcfOp, linalg::DepthwiseConv2DNhwcHwcOp,
           linalg::MatmulOp, linalg::PoolingNhwcSumOp,
           linalg::PoolingNhwcMaxOp>(op.getOperation()) ||
      op->getNumResults() != 1)
    return false;
  for (Value operand : op->getOperands())
    if (!isStatic(operand) ||
        !cast<RankedTensorType>(operand.getType()).getElementType().isF32())
      return false;
  if (auto dilations = op->getAttrOfType<DenseIntElementsAttr>("dilations"))
    return llvm::all_of(dilations.getValues<int64_t>(),
                        [](int64_t dilation) { return dilation == 1; });
  return true;
}

bool isReadInPlace(linalg::GenericOp op, unsigned index) {
  OpOperand &operand = op->getOpOperand(index);
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getShape() != resultType.getShape())
    return false;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    auto dimension = dyn_cast<AffineDimExpr>(map.getResult(i));
    // MLIR writes 0 for a dimension of one element.
    if (dimension ? dimension.getPosition() != i
                  : resultType.getDimSize(i) != 1)
      return false;
  }
  return true;
}

/// What initialises a reduction, if that can be computed in registers.
static linalg::LinalgOp findInitializer(linalg::LinalgOp reduction) {
  Value init = reduction.getDpsInitOperand(0)->get();
  auto producer = init.getDefiningOp<linalg::LinalgOp>();
  if (!producer || producer->getBlock() != reduction->getBlock() ||
      !init.hasOneUse())
    return {};
  if (isa<linalg::FillOp>(producer.getOperation()) ||
      isVectorizableElementwise(producer))
    return producer;
  return {};
}

OpOperand *LayerGroup::destination() {
  if (!steps.empty())
    return last().getDpsInitOperand(0);
  linalg::LinalgOp first = initializer ? initializer : reduction;
  return first.getDpsInitOperand(0);
}

SmallVector<LayerGroup> findLayerGroups(Block &block, unsigned &left) {
  SmallVector<LayerGroup> groups;
  SmallPtrSet<Operation *, 16> claimed;
  for (Operation &operation : llvm::reverse(block)) {
    auto current = dyn_cast<linalg::LinalgOp>(operation);
    if (!current || claimed.contains(&operation))
      continue;
    LayerGroup group;
    while (isVectorizableElementwise(current)) {
      auto generic = cast<linalg::GenericOp>(current.getOperation());
      ElementwiseStep step{generic, -1};
      // Of several operands that could be computed on the way, the one that
      // is computed last: the others are ready by then.
      linalg::LinalgOp producer;
      for (OpOperand *input : generic.getDpsInputOperands()) {
        auto candidate = input->get().getDefiningOp<linalg::LinalgOp>();
        if (!candidate || candidate->getBlock() != &block ||
            !input->get().hasOneUse() || claimed.contains(candidate) ||
            !isReadInPlace(generic, input->getOperandNumber()) ||
            (!isVectorizableReduction(candidate) &&
             !isVectorizableElementwise(candidate)))
          continue;
        if (producer && candidate->isBeforeInBlock(producer))
          continue;
        producer = candidate;
        step.chainOperand = input->getOperandNumber();
      }
      group.steps.insert(group.steps.begin(), step);
      claimed.insert(generic);
      if (!producer) {
        current = {};
        break;
      }
      current = producer;
    }
    if (current && isVectorizableReduction(current)) {
      group.reduction = current;
      claimed.insert(current);
      group.initializer = findInitializer(current);
      if (group.initializer)
        claimed.insert(group.initializer);
    }
    if (group.reduction || !group.steps.empty())
      groups.insert(groups.begin(), group);
    else if (!isa<linalg::FillOp>(operation))
      ++left;
  }
  return groups;
}

} // namespace nasc
