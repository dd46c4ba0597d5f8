//===- ArenaExpression.cpp - The size of an arena, as an expression -------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/ArenaExpression.h"

#include "passes/transforms/Fusion.h"
#include "passes/transforms/ScalarZone.h"

using namespace mlir;
using namespace nasc;
using nas::LayerRole;

ArenaExpression::ArenaExpression(nas::SpaceOp space,
                                 cost::ExpressionBuilder &expressions,
                                 const ArenaProblem &problem)
    : expressions(expressions), problem(problem) {
  Block &body = space.getBody().front();
  total = expressions.constant(0);
  collectReaders(body);
  for (BlockArgument input : body.getArguments()) {
    placements[input] = {0, false, expressions.constant(0), sizeOf(input)};
    total = expressions.max(total, sizeOf(input));
    visible.push_back(input);
    order.emplace_back(input, placements[input]);
  }
  visitBlock(body);
}

/// Numbers the operations in program order and notes who reads each stored
/// tensor.
void ArenaExpression::collectReaders(Block &block) {
  for (Operation &op : block) {
    if (isScalar(&op) || isa<nas::ShapeOp, nas::RequireShapeOp>(op))
      continue;
    for (Region &region : op.getRegions())
      collectReaders(region.front());
    positions[&op] = positions.size();
    auto layer = dyn_cast<nas::LayerOpInterface>(op);
    if (layer && (layer.getRole() == LayerRole::Alias || isFused(layer)))
      continue;
    for (Value operand : op.getOperands())
      if (isa<nas::TensorType>(operand.getType()))
        readers[storedTensor(operand)].push_back(&op);
  }
}

Value ArenaExpression::sizeOf(Value tensor) {
  Value bytes = expressions.mul(expressions.product(problem.shapeOf(tensor)),
                                problem.elementBytes);
  return expressions.mul(expressions.ceilDiv(bytes, problem.alignment),
                         problem.alignment);
}

Value ArenaExpression::endOf(const Placement &placement) {
  return expressions.add(placement.offset, placement.size);
}

ArenaExpression::Side ArenaExpression::sideOf(const Placement &a,
                                              const Placement &b) {
  if (a.base != b.base)
    return Side::Unknown;
  return a.opposite == b.opposite ? Side::Same : Side::Opposite;
}

/// Whether the two operations are in alternatives of which one takes part.
static bool areExclusive(Operation *a, Operation *b) {
  for (Region *region = a->getParentRegion(); region;
       region = region->getParentRegion()) {
    Operation *parent = region->getParentOp();
    if (!isa<nas::IfOp, nas::SwitchOp>(parent))
      return false;
    if (parent->isProperAncestor(b))
      return !region->findAncestorOpInRegion(*b);
  }
  return false;
}

bool ArenaExpression::isLiveAfter(Value tensor, Operation *op) const {
  auto found = readers.find(tensor);
  if (found == readers.end())
    return false;
  return llvm::any_of(found->second, [&](Operation *reader) {
    return positions.lookup(reader) > positions.lookup(op) &&
           !areExclusive(reader, op);
  });
}

bool ArenaExpression::canBeOverwritten(Value tensor, Operation *op) const {
  if (isLiveAfter(tensor, op))
    return false;
  auto found = aliases.find(tensor);
  if (found != aliases.end())
    for (Value other : found->second)
      if (isLiveAfter(other, op))
        return false;
  return llvm::none_of(visible, [&](Value other) {
    auto sharing = aliases.find(other);
    return sharing != aliases.end() && sharing->second.contains(tensor) &&
           isLiveAfter(other, op);
  });
}

void ArenaExpression::visitBlock(Block &block) {
  size_t outside = visible.size();
  for (Operation &op : block) {
    if (auto layer = dyn_cast<nas::LayerOpInterface>(op))
      visitLayer(layer);
    else if (isa<nas::IfOp, nas::SwitchOp>(op))
      visitAlternatives(&op);
  }
  visible.truncate(outside);
}

void ArenaExpression::visitLayer(nas::LayerOpInterface layer) {
  perLayer[layer] = expressions.constant(0);
  if (layer.getRole() == LayerRole::Alias || isFused(layer))
    return;
  Operation *op = layer;
  expressions.setLocation(op->getLoc());
  Value result = op->getResult(0);

  SmallVector<Value> operands;
  for (Value input : layer.getTensorInputs())
    operands.push_back(storedTensor(input));
  SmallVector<Value> live;
  for (Value tensor : visible)
    if (isLiveAfter(tensor, op) || llvm::is_contained(operands, tensor))
      live.push_back(tensor);

  // All operands of a sum can be overwritten, the first one of others.
  const LayerMemory memory = problem.memoryOf(layer);
  std::optional<Value> overwritten;
  if (memory.overwrites && cost::constantOf(memory.overwrites) != 0) {
    ArrayRef<Value> candidates = operands;
    if (!isa<nas::AddOp>(op))
      candidates = candidates.take_front(1);
    for (Value operand : candidates)
      if (!overwritten && llvm::count(operands, operand) == 1 &&
          canBeOverwritten(operand, op))
        overwritten = operand;
  }

  // A place of its own.
  auto placeApart = [&] {
    Placement placement;
    const Placement &source = placements[operands.front()];
    placement.base = source.base;
    placement.opposite = !source.opposite;
    placement.size = sizeOf(result);
    // The gap below what is alive at this end, if the tensor fits there, or
    // else above it. A tensor at an unknown end may be at this one.
    Value lowest, end = expressions.constant(0);
    for (Value tensor : live) {
      const Placement &other = placements[tensor];
      if (sideOf(other, placement) == Side::Opposite)
        continue;
      end = expressions.max(end, endOf(other));
      lowest = lowest ? expressions.min(lowest, other.offset) : other.offset;
    }
    placement.offset = end;
    if (lowest)
      placement.offset = expressions.select(
          expressions.compare(cost::Predicate::le, placement.size, lowest),
          expressions.constant(0), end);
    return placement;
  };
  // The bytes in use with the result in a place.
  auto useOf = [&](const Placement &placement, bool overwrites) {
    Value here = endOf(placement);
    Value there = expressions.constant(0);
    for (Value tensor : live) {
      if (overwrites && tensor == *overwritten)
        continue;
      const Placement &other = placements[tensor];
      Side side = sideOf(other, placement);
      if (side != Side::Opposite)
        here = expressions.max(here, endOf(other));
      if (side != Side::Same)
        there = expressions.max(there, endOf(other));
    }
    // A tensor at an unknown end is above the result or opposite to it: the
    // result's own end counts against what is opposite, not the other's.
    Value used = expressions.add(endOf(placement), there);
    used = expressions.max(used, here);
    // Behind it the other end begins, at an aligned address.
    Value scratch = overwrites ? memory.overwritingScratch : memory.scratch;
    return expressions.add(
        used, expressions.mul(expressions.ceilDiv(scratch, problem.alignment),
                              problem.alignment));
  };
  Placement placement;
  Value used;
  if (!overwritten) {
    placement = placeApart();
    used = useOf(placement, false);
  } else if (cost::constantOf(memory.overwrites) == 1) {
    placement = placements.lookup(*overwritten);
    used = useOf(placement, true);
  } else {
    // Over the operand in some architectures: the end is not known then, which
    // matters only for tensors that are alive beside it.
    const Placement apart = placeApart();
    const Placement over = placements.lookup(*overwritten);
    used = expressions.select(memory.overwrites, useOf(over, true),
                              useOf(apart, false));
    placement.base = nextBase++;
    placement.offset =
        expressions.select(memory.overwrites, over.offset, apart.offset);
    placement.size =
        expressions.select(memory.overwrites, over.size, apart.size);
  }
  used =
      expressions.select(problem.activityOf(op), used, expressions.constant(0));
  perLayer[layer] = used;
  total = expressions.max(total, used);
  placements[result] = placement;
  order.emplace_back(result, placement);
  if (overwritten)
    if (auto found = aliases.find(*overwritten); found != aliases.end()) {
      auto shared = found->second;
      aliases[result] = shared;
    }
  visible.push_back(result);
}

void ArenaExpression::visitAlternatives(Operation *op) {
  for (Region &region : op->getRegions())
    visitBlock(region.front());
  expressions.setLocation(op->getLoc());
  for (OpResult result : op->getResults()) {
    auto yielded = [&](Region &region) {
      return storedTensor(
          region.front().getTerminator()->getOperand(result.getResultNumber()));
    };
    auto conditionOf = [&](unsigned index) -> Value {
      if (auto conditional = dyn_cast<nas::IfOp>(op))
        return conditional.getCondition();
      return expressions.compare(cost::Predicate::eq,
                                 cast<nas::SwitchOp>(op).getSelector(),
                                 expressions.constant(index));
    };
    unsigned last = op->getNumRegions() - 1;
    Placement merged = placements.lookup(yielded(op->getRegion(last)));
    bool known = true;
    for (unsigned i = last; i-- > 0;) {
      const Placement &other = placements[yielded(op->getRegion(i))];
      known &= sideOf(merged, other) == Side::Same;
      merged.offset =
          expressions.select(conditionOf(i), other.offset, merged.offset);
    }
    if (!known) {
      merged.base = nextBase++;
      merged.opposite = false;
    }
    merged.size = sizeOf(result);
    placements[result] = merged;
    auto &shared = aliases[result];
    for (Region &region : op->getRegions()) {
      Value value = yielded(region);
      if (!region.isAncestor(value.getParentRegion()))
        shared.insert(value);
      auto inner = aliases.find(value);
      if (inner != aliases.end()) {
        llvm::SmallSetVector<Value, 2> copy = inner->second;
        aliases[result].insert(copy.begin(), copy.end());
      }
    }
    visible.push_back(result);
  }
}
