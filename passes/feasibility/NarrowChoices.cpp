//===- NarrowChoices.cpp - Takes values out of domains in IR --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/NarrowChoices.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace nasc;
using namespace nasc::feasibility;

template <typename T>
static SmallVector<T> keptOf(ArrayRef<T> values, const llvm::BitVector &kept) {
  SmallVector<T> result;
  for (unsigned position : kept.set_bits())
    result.push_back(values[position]);
  return result;
}

static cost::IntegerType rangeType(MLIRContext *context,
                                   ArrayRef<int64_t> values) {
  return cost::integerType(
      context, {*llvm::min_element(values), *llvm::max_element(values)});
}

/// Infers ranges again after operands got narrower; what was stated more
/// tightly stays.
static void refineRanges(Operation *op) {
  SmallVector<cost::Range> stated;
  for (Value result : op->getResults()) {
    if (!isa<cost::IntegerType>(result.getType()))
      return;
    stated.push_back(cost::rangeOf(result));
  }
  cost::refineResultRanges(op);
  for (auto [result, old] : llvm::zip(op->getResults(), stated)) {
    cost::Range now = cost::rangeOf(result);
    cost::Range both = {std::max(now.lower, old.lower),
                        std::min(now.upper, old.upper)};
    result.setType(cost::integerType(op->getContext(),
                                     both.lower <= both.upper ? both : old));
  }
}

unsigned feasibility::narrowFunction(cost::FunctionOp function,
                                     const KeptPositions &kept) {
  unsigned narrowed = 0;
  for (Operation &op : function.getBody().front()) {
    auto choice = dyn_cast<cost::ChoiceOp>(op);
    if (!choice) {
      refineRanges(&op);
      continue;
    }
    auto found = kept.find(choice.getChoice());
    if (found == kept.end() ||
        found->second.size() != choice.getValues().size() ||
        found->second.all())
      continue;
    SmallVector<int64_t> values = keptOf(choice.getValues(), found->second);
    choice.setValues(values);
    choice.getResult().setType(rangeType(op.getContext(), values));
    ++narrowed;
  }
  return narrowed;
}

/// The position that the choice's value had before, from the one it has now.
static void restorePositions(Operation *op, const llvm::BitVector &kept) {
  Value now = op->getResult(0);
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  Location loc = op->getLoc();
  SmallPtrSet<Operation *, 8> restoring;
  auto number = [&](int64_t value) -> Value {
    return builder.create<cost::ConstantOp>(loc, value);
  };
  Value old;
  for (auto [position, oldPosition] : llvm::enumerate(kept.set_bits())) {
    if (!old) {
      old = number(oldPosition);
      continue;
    }
    auto isHere = builder.create<cost::CmpOp>(loc, cost::Predicate::eq, now,
                                              number(position));
    restoring.insert(isHere);
    old = builder.create<cost::SelectOp>(loc, isHere, number(oldPosition), old);
  }
  now.replaceAllUsesExcept(old, restoring);
}

unsigned feasibility::narrowSpace(nas::SpaceOp space,
                                  const KeptPositions &kept) {
  unsigned narrowed = 0;
  // Choices whose users are to see old positions.
  SmallVector<std::pair<Operation *, const llvm::BitVector *>> symbolic;
  llvm::StringMap<Type> types;
  auto isPrefix = [](const llvm::BitVector &positions) {
    return positions.find_last() + 1 == static_cast<int>(positions.count());
  };
  space.walk([&](nas::ChoiceOp choice) {
    auto found = kept.find(choice.getName());
    nas::Domain domain = choice.getDomain();
    if (found == kept.end() || found->second.size() != domain.size() ||
        found->second.all())
      return;
    const llvm::BitVector &positions = found->second;
    ++narrowed;
    Builder builder(space.getContext());
    switch (domain.getKind()) {
    case nas::Domain::Kind::Integers: {
      SmallVector<int64_t> values = keptOf(*choice.getIntegers(), positions);
      choice.setIntegersAttr(builder.getDenseI64ArrayAttr(values));
      types[choice.getName()] = rangeType(space.getContext(), values);
      break;
    }
    case nas::Domain::Kind::Reals:
      choice.setRealsAttr(
          builder.getDenseF64ArrayAttr(keptOf(*choice.getReals(), positions)));
      return;
    case nas::Domain::Kind::Labels: {
      choice.setLabelsAttr(builder.getArrayAttr(
          keptOf(choice.getLabels()->getValue(), positions)));
      types[choice.getName()] = cost::integerType(
          space.getContext(), {0, int64_t(positions.count()) - 1});
      if (!isPrefix(positions))
        symbolic.push_back({choice, &positions});
      break;
    }
    }
    choice.getResult().setType(types[choice.getName()]);
  });
  space.walk([&](nas::ChoiceReferenceOp reference) {
    auto type = types.find(reference.getName());
    if (type == types.end())
      return;
    reference.getResult().setType(type->second);
    const llvm::BitVector &positions = kept.find(reference.getName())->second;
    if (llvm::any_of(symbolic,
                     [&](auto &entry) { return entry.second == &positions; }))
      symbolic.push_back({reference, &positions});
  });
  for (auto [op, positions] : symbolic)
    restorePositions(op, *positions);
  return narrowed;
}
