//===- Expand.cpp - Inlines blocks, unrolls rounds, names choices ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/Passes.h"

#include "dialects/cost/ExpressionBuilder.h"
#include "dialects/diagnostics/CodedDiagnostic.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace nasc;
using cost::Predicate;

namespace nasc {
#define GEN_PASS_DEF_NASEXPAND
#include "passes/transforms/Passes.h.inc"
} // namespace nasc

namespace {

/// Where in the program an operation stands: the calls and rounds on the way to
/// it, and the condition under which control comes there.
struct Place {
  /// The path of calls, with a final dot unless empty.
  std::string prefix;
  /// The numbers of the rounds since the last call: `[2][1]`.
  std::string rounds;
  Value active;

  std::string name(StringRef local) const {
    return prefix + local.str() + rounds;
  }
};

/// What a choice of the expanded space is.
struct ExpandedChoice {
  Value value;
  Value active;
  Location location;
};

class Expander {
public:
  Expander(nas::SpaceOp space, SymbolTable &symbols, unsigned maxOperations)
      : space(space), symbols(symbols), maxOperations(maxOperations),
        scalarBuilder(space.getContext()), layerBuilder(space.getContext()),
        expressions(scalarBuilder, space.getLoc()) {}

  LogicalResult run();

  unsigned inlinedCalls = 0, unrolledRounds = 0;
  size_t numChoices() const { return choices.size(); }

private:
  LogicalResult expandBlock(Block &block, IRMapping &mapping,
                            const Place &place);
  LogicalResult expandOperation(Operation *op, IRMapping &mapping,
                                const Place &place);
  LogicalResult expandChoice(nas::ChoiceOp op, IRMapping &mapping,
                             const Place &place);
  LogicalResult expandReference(Operation *op, StringRef name,
                                IRMapping &mapping, bool activity);
  LogicalResult expandCall(nas::CallOp op, IRMapping &mapping,
                           const Place &place);
  LogicalResult expandRepeat(nas::RepeatOp op, IRMapping &mapping,
                             const Place &place);
  LogicalResult expandIf(nas::IfOp op, IRMapping &mapping, const Place &place);
  LogicalResult expandSwitch(nas::SwitchOp op, IRMapping &mapping,
                             const Place &place);
  LogicalResult expandLayer(Operation *op, IRMapping &mapping,
                            const Place &place);

  /// Expands alternatives of which one takes part, and merges their results:
  /// scalars by selection, tensors by the operation that `create` builds on
  /// the result types. `conditions[i]` tells when alternative i takes part.
  using Alternative =
      llvm::function_ref<LogicalResult(unsigned, SmallVectorImpl<Value> &)>;
  LogicalResult
  expandAlternatives(Location loc, ArrayRef<Value> conditions,
                     Alternative expand,
                     llvm::function_ref<Operation *(TypeRange)> create,
                     SmallVectorImpl<Value> &results);

  LogicalResult checkSize(Operation *op) {
    if (++createdOperations <= maxOperations)
      return success();
    return op->emitError("the space expands to more than ")
           << maxOperations << " operations" << Diag::NAS2012;
  }

  static SmallVector<Value> lookup(IRMapping &mapping, ValueRange values) {
    return llvm::map_to_vector(values,
                               [&](Value v) { return mapping.lookup(v); });
  }

  nas::SpaceOp space;
  SymbolTable &symbols;
  unsigned maxOperations;
  unsigned createdOperations = 0;
  OpBuilder scalarBuilder, layerBuilder;
  cost::ExpressionBuilder expressions;
  llvm::StringMap<ExpandedChoice> choices;
  llvm::StringMap<unsigned> layerNames;
  SmallVector<StringRef> callStack;
};

LogicalResult Expander::run() {
  Block &oldBody = space.getBody().front();
  auto *newBody = new Block;
  IRMapping mapping;
  for (BlockArgument argument : oldBody.getArguments())
    mapping.map(argument,
                newBody->addArgument(argument.getType(), argument.getLoc()));
  // Scalars are inserted before this operation, layers after it.
  layerBuilder.setInsertionPointToEnd(newBody);
  Operation *separator =
      layerBuilder.create<cost::ConstantOp>(space.getLoc(), int64_t{0});
  scalarBuilder.setInsertionPoint(separator);
  space.getBody().push_back(newBody);

  Place place;
  place.active = expressions.constant(1);
  LogicalResult result = expandBlock(oldBody, mapping, place);
  if (succeeded(result)) {
    auto terminator = cast<nas::ReturnOp>(oldBody.getTerminator());
    layerBuilder.create<nas::ReturnOp>(terminator.getLoc(),
                                       lookup(mapping, terminator.getValues()));
    separator->erase();
    oldBody.dropAllReferences();
    oldBody.erase();
  } else {
    newBody->dropAllReferences();
    newBody->erase();
  }
  return result;
}

LogicalResult Expander::expandBlock(Block &block, IRMapping &mapping,
                                    const Place &place) {
  for (Operation &op : block.without_terminator())
    if (failed(checkSize(&op)) || failed(expandOperation(&op, mapping, place)))
      return failure();
  return success();
}

LogicalResult Expander::expandOperation(Operation *op, IRMapping &mapping,
                                        const Place &place) {
  expressions.setLocation(op->getLoc());
  if (auto choice = dyn_cast<nas::ChoiceOp>(op))
    return expandChoice(choice, mapping, place);
  if (auto reference = dyn_cast<nas::ChoiceReferenceOp>(op))
    return expandReference(op, reference.getName(), mapping, false);
  if (auto activity = dyn_cast<nas::IsActiveOp>(op))
    return expandReference(op, activity.getName(), mapping, true);
  if (auto call = dyn_cast<nas::CallOp>(op))
    return expandCall(call, mapping, place);
  if (auto repeat = dyn_cast<nas::RepeatOp>(op))
    return expandRepeat(repeat, mapping, place);
  if (auto conditional = dyn_cast<nas::IfOp>(op))
    return expandIf(conditional, mapping, place);
  if (auto alternatives = dyn_cast<nas::SwitchOp>(op))
    return expandSwitch(alternatives, mapping, place);
  if (isa<nas::LayerOpInterface>(op))
    return expandLayer(op, mapping, place);
  // Shapes and their conditions are inferred again.
  if (isa<nas::ShapeOp, nas::RequireShapeOp>(op))
    return success();
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    mapping.map(constant.getResult(), scalarBuilder.clone(*op)->getResult(0));
    return success();
  }
  if (isa<cost::CostDialect>(op->getDialect()) && op->getNumResults() == 1) {
    for (Value operand : op->getOperands()) {
      cost::Range range = cost::rangeOf(mapping.lookup(operand));
      bool divisor = isa<cost::FloorDivOp, cost::CeilDivOp, cost::ModOp>(op) &&
                     operand == op->getOperand(1);
      if (divisor && range.lower < 1)
        return op->emitError("expected a positive divisor, found one between ")
               << range.lower << " and " << range.upper << Diag::NAS2013;
    }
    mapping.map(op->getResult(0),
                expressions.copy(op, lookup(mapping, op->getOperands())));
    return success();
  }
  return op->emitOpError("cannot be part of a space");
}

LogicalResult Expander::expandChoice(nas::ChoiceOp op, IRMapping &mapping,
                                     const Place &place) {
  Value active = place.active;
  if (op.getWhen())
    active = expressions.conjunction(active, mapping.lookup(op.getWhen()));
  std::string name = place.name(op.getName());
  auto [entry, inserted] =
      choices.try_emplace(name, ExpandedChoice{Value(), active, op.getLoc()});
  if (!inserted) {
    InFlightDiagnostic error = op.emitError("two choices have the name '")
                               << name << "'" << Diag::NAS2002;
    error.attachNote(entry->second.location) << "the other is here";
    return error;
  }
  auto choice = cast<nas::ChoiceOp>(scalarBuilder.cloneWithoutRegions(*op));
  choice.setName(name);
  choice.getWhenMutable().clear();
  if (cost::constantOf(active) != 1)
    choice.getWhenMutable().assign(active);
  entry->second.value = choice.getResult();
  mapping.map(op.getResult(), choice.getResult());
  return success();
}

LogicalResult Expander::expandReference(Operation *op, StringRef name,
                                        IRMapping &mapping, bool activity) {
  auto found = choices.find(name);
  if (found == choices.end())
    return op->emitError("no choice has the name '")
           << name << "' here" << Diag::NAS2003;
  const ExpandedChoice &choice = found->second;
  mapping.map(op->getResult(0), activity ? choice.active : choice.value);
  return success();
}

LogicalResult Expander::expandCall(nas::CallOp op, IRMapping &mapping,
                                   const Place &place) {
  auto block = symbols.lookup<nas::BlockOp>(op.getCallee());
  if (llvm::is_contained(callStack, op.getCallee()))
    return op.emitError("block '")
           << op.getCallee() << "' calls itself" << Diag::NAS2014;
  callStack.push_back(op.getCallee());
  IRMapping inner;
  Block &body = block.getBody().front();
  for (auto [parameter, argument] :
       llvm::zip(body.getArguments(), op.getArguments()))
    inner.map(parameter, mapping.lookup(argument));
  Place innerPlace;
  innerPlace.prefix = place.name(op.getPlace()) + ".";
  innerPlace.active = place.active;
  if (failed(expandBlock(body, inner, innerPlace)))
    return failure();
  callStack.pop_back();
  ++inlinedCalls;
  auto terminator = cast<nas::ReturnOp>(body.getTerminator());
  for (auto [result, value] :
       llvm::zip(op.getResults(), terminator.getValues()))
    mapping.map(result, inner.lookup(value));
  return success();
}

LogicalResult
Expander::expandAlternatives(Location loc, ArrayRef<Value> conditions,
                             Alternative expand,
                             llvm::function_ref<Operation *(TypeRange)> create,
                             SmallVectorImpl<Value> &results) {
  // Each alternative's layers go into a region of their own, which the
  // operation takes over once the results are known.
  OpBuilder::InsertPoint outside = layerBuilder.saveInsertionPoint();
  SmallVector<SmallVector<Value>> values(conditions.size());
  SmallVector<std::unique_ptr<Region>> regions;
  bool hasLayers = false;
  for (unsigned i = 0; i < conditions.size(); ++i) {
    Region &region = *regions.emplace_back(std::make_unique<Region>());
    layerBuilder.createBlock(&region);
    if (failed(expand(i, values[i]))) {
      region.dropAllReferences();
      return failure();
    }
    hasLayers |= !region.front().empty();
  }
  layerBuilder.restoreInsertionPoint(outside);
  SmallVector<unsigned> tensors;
  for (unsigned r = 0; r < values.front().size(); ++r) {
    Type type = values.front()[r].getType();
    Value merged = values.back()[r];
    bool equal = llvm::all_of(
        values, [&](const auto &list) { return list[r] == merged; });
    if (!equal && isa<nas::TensorType>(type)) {
      tensors.push_back(r);
      merged = Value();
    } else if (!equal && isa<cost::IntegerType>(type)) {
      for (unsigned i = conditions.size() - 1; i-- > 0;)
        merged = expressions.select(conditions[i], values[i][r], merged);
    } else if (!equal) {
      return emitError(loc, "a real number cannot be rebound under a choice; "
                            "choose it with a choice of its own")
             << Diag::NAS2006;
    }
    results.push_back(merged);
  }
  if (tensors.empty() && !hasLayers)
    return success();
  for (auto [region, list] : llvm::zip(regions, values)) {
    layerBuilder.setInsertionPointToEnd(&region->front());
    SmallVector<Value> yielded =
        llvm::map_to_vector(tensors, [&](unsigned r) { return list[r]; });
    layerBuilder.create<nas::YieldOp>(loc, yielded);
  }
  SmallVector<Type> types(tensors.size(),
                          nas::TensorType::get(space.getContext()));
  layerBuilder.restoreInsertionPoint(outside);
  Operation *merged = create(types);
  for (auto [target, region] : llvm::zip(merged->getRegions(), regions))
    target.takeBody(*region);
  for (auto [index, r] : llvm::enumerate(tensors))
    results[r] = merged->getResult(index);
  return success();
}

LogicalResult Expander::expandRepeat(nas::RepeatOp op, IRMapping &mapping,
                                     const Place &place) {
  Value lower = mapping.lookup(op.getLower());
  Value upper = mapping.lookup(op.getUpper());
  cost::Range first = cost::rangeOf(lower), last = cost::rangeOf(upper);
  if (!first.isBounded() || !last.isBounded())
    return op.emitError("expected bounds whose range is known")
           << Diag::NAS2015;
  SmallVector<Value> carried = lookup(mapping, op.getInitial());
  Block &body = op.getBody().front();
  for (int64_t round = first.lower; round <= last.upper; ++round) {
    if (failed(checkSize(op)))
      return failure();
    expressions.setLocation(op.getLoc());
    Value number = expressions.constant(round);
    Value takesPart = expressions.conjunction(
        expressions.compare(Predicate::le, lower, number),
        expressions.compare(Predicate::le, number, upper));
    if (cost::constantOf(takesPart) == 0)
      continue;
    ++unrolledRounds;
    auto expandRound = [&](SmallVectorImpl<Value> &results) -> LogicalResult {
      IRMapping inner = mapping;
      inner.map(body.getArgument(0), number);
      for (auto [argument, value] :
           llvm::zip(body.getArguments().drop_front(), carried))
        inner.map(argument, value);
      Place innerPlace = place;
      innerPlace.rounds += "[" + std::to_string(round) + "]";
      innerPlace.active = expressions.conjunction(place.active, takesPart);
      if (failed(expandBlock(body, inner, innerPlace)))
        return failure();
      results = lookup(inner, body.getTerminator()->getOperands());
      return success();
    };
    SmallVector<Value> results;
    if (cost::constantOf(takesPart) == 1) {
      if (failed(expandRound(results)))
        return failure();
    } else {
      Value conditions[] = {takesPart, expressions.negation(takesPart)};
      if (failed(expandAlternatives(
              op.getLoc(), conditions,
              [&](unsigned i, SmallVectorImpl<Value> &values) {
                if (i == 0)
                  return expandRound(values);
                values = carried;
                return success();
              },
              [&](TypeRange types) -> Operation * {
                return layerBuilder.create<nas::IfOp>(op.getLoc(), types,
                                                      takesPart);
              },
              results)))
        return failure();
    }
    carried = results;
  }
  mapping.map(op.getResults(), carried);
  return success();
}

LogicalResult Expander::expandIf(nas::IfOp op, IRMapping &mapping,
                                 const Place &place) {
  Value condition = mapping.lookup(op.getCondition());
  auto expandRegion = [&](Region &region, Value takesPart,
                          SmallVectorImpl<Value> &results) -> LogicalResult {
    IRMapping inner = mapping;
    Place innerPlace = place;
    innerPlace.active = expressions.conjunction(place.active, takesPart);
    if (failed(expandBlock(region.front(), inner, innerPlace)))
      return failure();
    results = lookup(inner, region.front().getTerminator()->getOperands());
    return success();
  };
  SmallVector<Value> results;
  if (std::optional<int64_t> known = cost::constantOf(condition)) {
    if (failed(expandRegion(*known ? op.getThenRegion() : op.getElseRegion(),
                            expressions.constant(1), results)))
      return failure();
  } else {
    Value conditions[] = {condition, expressions.negation(condition)};
    if (failed(expandAlternatives(
            op.getLoc(), conditions,
            [&](unsigned i, SmallVectorImpl<Value> &values) {
              return expandRegion(i == 0 ? op.getThenRegion()
                                         : op.getElseRegion(),
                                  conditions[i], values);
            },
            [&](TypeRange types) -> Operation * {
              return layerBuilder.create<nas::IfOp>(op.getLoc(), types,
                                                    condition);
            },
            results)))
      return failure();
  }
  mapping.map(op.getResults(), results);
  return success();
}

LogicalResult Expander::expandSwitch(nas::SwitchOp op, IRMapping &mapping,
                                     const Place &place) {
  Value selector = mapping.lookup(op.getSelector());
  auto expandCase = [&](unsigned index, Value takesPart,
                        SmallVectorImpl<Value> &results) -> LogicalResult {
    IRMapping inner = mapping;
    Place innerPlace = place;
    innerPlace.active = expressions.conjunction(place.active, takesPart);
    Block &block = op.getCases()[index].front();
    if (failed(expandBlock(block, inner, innerPlace)))
      return failure();
    results = lookup(inner, block.getTerminator()->getOperands());
    return success();
  };
  SmallVector<Value> results;
  if (std::optional<int64_t> known = cost::constantOf(selector)) {
    if (failed(expandCase(*known, expressions.constant(1), results)))
      return failure();
  } else {
    SmallVector<Value> conditions;
    for (unsigned i = 0; i < op.getCases().size(); ++i)
      conditions.push_back(expressions.compare(Predicate::eq, selector,
                                               expressions.constant(i)));
    if (failed(expandAlternatives(
            op.getLoc(), conditions,
            [&](unsigned i, SmallVectorImpl<Value> &values) {
              return expandCase(i, conditions[i], values);
            },
            [&](TypeRange types) -> Operation * {
              return layerBuilder.create<nas::SwitchOp>(
                  op.getLoc(), types, selector, op.getCases().size());
            },
            results)))
      return failure();
  }
  mapping.map(op.getResults(), results);
  return success();
}

/// A dropout's rate is checked by the front end unless it is a choice.
static LogicalResult checkRate(Operation *op, IRMapping &mapping) {
  auto dropout = dyn_cast<nas::DropoutOp>(op);
  if (!dropout)
    return success();
  auto choice =
      mapping.lookup(dropout.getRate()).getDefiningOp<nas::ChoiceOp>();
  if (!choice)
    return success();
  nas::Domain domain = choice.getDomain();
  for (size_t i = 0; i < domain.size(); ++i)
    if (!(domain.getReal(i) >= 0 && domain.getReal(i) < 1))
      return op->emitError("a rate is at least 0 and less than 1, and the "
                           "choice '")
             << choice.getName() << "' can be " << domain.text(i)
             << Diag::NAS1025;
  return success();
}

LogicalResult Expander::expandLayer(Operation *op, IRMapping &mapping,
                                    const Place &place) {
  if (failed(checkRate(op, mapping)))
    return failure();
  Operation *layer = layerBuilder.insert(op->cloneWithoutRegions());
  layer->setOperands(lookup(mapping, op->getOperands()));
  layer->getResult(0).setType(nas::TensorType::get(space.getContext()));
  // A layer of a space that was expanded before has its name.
  auto named = op->getAttrOfType<StringAttr>("name");
  std::string local = named ? named.str() : op->getName().stripDialect().str();
  unsigned number = ++layerNames[place.name(local)];
  if (number > 1)
    local += "_" + std::to_string(number);
  layer->setAttr("name", layerBuilder.getStringAttr(place.name(local)));
  mapping.map(op->getResult(0), layer->getResult(0));
  return success();
}

struct NasExpandPass : nasc::impl::NasExpandBase<NasExpandPass> {
  using NasExpandBase::NasExpandBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    for (auto space : module.getOps<nas::SpaceOp>()) {
      Expander expander(space, symbols, maxOperations);
      if (failed(expander.run()))
        return signalPassFailure();
      inlinedCalls += expander.inlinedCalls;
      unrolledRounds += expander.unrolledRounds;
      choices += expander.numChoices();
    }
    for (auto block : llvm::make_early_inc_range(module.getOps<nas::BlockOp>()))
      block.erase();
  }
};

} // namespace
