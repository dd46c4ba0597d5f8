//===- ScalarZone.cpp - The scalars of an expanded space ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/ScalarZone.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace nasc;

bool nasc::isScalar(Operation *op) {
  return isa<cost::CostDialect>(op->getDialect()) ||
         isa<nas::ChoiceOp, arith::ConstantOp>(op);
}

Block::iterator nasc::endOfScalars(nas::SpaceOp space) {
  Block &body = space.getBody().front();
  return llvm::find_if(body, [](Operation &op) { return !isScalar(&op); });
}

bool nasc::isExpanded(nas::SpaceOp space) {
  Block &body = space.getBody().front();
  for (Operation &op : llvm::make_range(endOfScalars(space), body.end())) {
    WalkResult result = op.walk([](Operation *inner) {
      bool unexpanded = isScalar(inner) ||
                        isa<nas::CallOp, nas::RepeatOp, nas::ChoiceReferenceOp,
                            nas::IsActiveOp>(inner);
      return unexpanded ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (result.wasInterrupted())
      return false;
  }
  return true;
}

void nasc::refineScalarRanges(nas::SpaceOp space) {
  for (Operation &op :
       llvm::make_range(space.getBody().front().begin(), endOfScalars(space)))
    cost::refineResultRanges(&op);
}

SmallVector<nas::ChoiceOp> nasc::choicesOf(nas::SpaceOp space) {
  return llvm::to_vector(space.getBody().front().getOps<nas::ChoiceOp>());
}

void nasc::moveScalars(nas::SpaceOp space, cost::FunctionOp function) {
  Block &target = function.getBody().emplaceBlock();
  Block &body = space.getBody().front();
  llvm::StringMap<cost::ChoiceOp> made;
  for (auto choice : body.getOps<cost::ChoiceOp>())
    made[choice.getChoice()] = choice;
  // The list, since a choice that is made already moves ahead of its place.
  SmallVector<Operation *> scalars;
  for (Operation &op : llvm::make_range(body.begin(), endOfScalars(space)))
    if (!isa<cost::ChoiceOp>(op))
      scalars.push_back(&op);
  for (Operation *scalar : scalars) {
    Operation &op = *scalar;
    if (auto choice = dyn_cast<nas::ChoiceOp>(op)) {
      std::vector<int64_t> values = choice.getDomain().costValues();
      cost::Range range = {*llvm::min_element(values),
                           *llvm::max_element(values)};
      auto inside = OpBuilder::atBlockEnd(&target);
      cost::ChoiceOp value = made.lookup(choice.getName());
      if (value)
        value->moveBefore(&target, target.end());
      else
        value = inside.create<cost::ChoiceOp>(
            op.getLoc(), cost::integerType(op.getContext(), range),
            choice.getNameAttr(), inside.getDenseI64ArrayAttr(values));
      if (choice.getWhen())
        inside.create<cost::ActivityOp>(op.getLoc(), choice.getNameAttr(),
                                        choice.getWhen());
      if (isa<cost::IntegerType>(choice.getResult().getType()))
        choice.getResult().replaceUsesWithIf(
            value.getResult(), [&](OpOperand &use) {
              return isa<cost::CostDialect>(use.getOwner()->getDialect()) ||
                     isa<nas::ChoiceOp>(use.getOwner());
            });
      continue;
    }
    if (isa<cost::CostDialect>(op.getDialect()))
      op.moveBefore(&target, target.end());
  }
  // What nothing states is not needed; the layers no longer count as readers.
  space.getBody().dropAllReferences();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(target)))
    if (!isa<cost::ChoiceOp>(op) && isOpTriviallyDead(&op))
      op.erase();
}
