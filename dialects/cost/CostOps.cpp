//===- CostOps.cpp - Inference, folding, verification of cost operations --===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Cost.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

#include <set>

using namespace mlir;
using namespace nasc;
using namespace nasc::cost;

namespace {

using IntType = nasc::cost::IntegerType;

IntType typeOf(Value value) { return cast<IntType>(value.getType()); }

mlir::IntegerAttr numberAttribute(MLIRContext *context, int64_t value) {
  return mlir::IntegerAttr::get(mlir::IntegerType::get(context, 64), value);
}

std::optional<int64_t> numberOf(Attribute attribute) {
  if (auto number = dyn_cast_or_null<mlir::IntegerAttr>(attribute))
    return number.getInt();
  return std::nullopt;
}

/// An operation whose range is a single number is that number, whatever its
/// operands are.
OpFoldResult foldByRange(Operation *op) {
  Range range = rangeOf(op->getResult(0));
  if (range.isConstant() && range.isBounded())
    return numberAttribute(op->getContext(), range.lower);
  return {};
}

/// Ranges that are stated may be wider than what is inferred (after a
/// replacement of operands) or narrower (an analysis knows more), but they have
/// to have a number in common.
bool rangesAgree(TypeRange inferred, TypeRange stated) {
  if (inferred.size() != stated.size())
    return false;
  for (auto [inferredType, statedType] : llvm::zip(inferred, stated)) {
    auto a = dyn_cast<IntType>(inferredType);
    auto b = dyn_cast<IntType>(statedType);
    if (!a || !b || a.getLower() > b.getUpper() || b.getLower() > a.getUpper())
      return false;
  }
  return true;
}

using BinaryRangeFunction = Range (*)(Range, Range);

LogicalResult inferBinary(MLIRContext *context, ValueRange operands,
                          SmallVectorImpl<Type> &types,
                          BinaryRangeFunction function) {
  types.push_back(integerType(
      context, function(rangeOf(operands[0]), rangeOf(operands[1]))));
  return success();
}

/// Folds two constants unless the result leaves 64 bits.
template <typename Function>
OpFoldResult foldConstants(MLIRContext *context, Attribute lhs, Attribute rhs,
                           Function function) {
  std::optional<int64_t> a = numberOf(lhs), b = numberOf(rhs);
  if (!a || !b)
    return {};
  Range result = function(Range::constant(*a), Range::constant(*b));
  if (!result.isConstant() || !result.isBounded())
    return {};
  return numberAttribute(context, result.lower);
}

LogicalResult verifyDivisor(Operation *op, Value divisor) {
  Range range = rangeOf(divisor);
  // Nothing is known of a block's parameter until the block is expanded.
  if (range == Range() || range.lower >= 1)
    return success();
  return op->emitOpError("expected a positive divisor, found one in ")
         << range.lower << " to " << range.upper;
}

std::optional<bool> compareRanges(Predicate predicate, Range a, Range b) {
  switch (predicate) {
  case Predicate::eq:
    if (a.isConstant() && a == b)
      return true;
    if (a.upper < b.lower || b.upper < a.lower)
      return false;
    return std::nullopt;
  case Predicate::ne:
    if (std::optional<bool> equal = compareRanges(Predicate::eq, a, b))
      return !*equal;
    return std::nullopt;
  case Predicate::lt:
    if (a.upper < b.lower)
      return true;
    if (a.lower >= b.upper)
      return false;
    return std::nullopt;
  case Predicate::le:
    if (a.upper <= b.lower)
      return true;
    if (a.lower > b.upper)
      return false;
    return std::nullopt;
  case Predicate::gt:
    return compareRanges(Predicate::lt, b, a);
  case Predicate::ge:
    return compareRanges(Predicate::le, b, a);
  }
  llvm_unreachable("unknown predicate");
}

bool isReflexive(Predicate predicate) {
  return predicate == Predicate::eq || predicate == Predicate::le ||
         predicate == Predicate::ge;
}

} // namespace

Range cost::rangeOf(Value value) { return typeOf(value).getRange(); }

std::optional<int64_t> cost::constantOf(Value value) {
  if (!isa<IntType>(value.getType()))
    return std::nullopt;
  Range range = rangeOf(value);
  if (range.isConstant() && range.isBounded())
    return range.lower;
  if (auto constant = value.getDefiningOp<ConstantOp>())
    return constant.getValue();
  return std::nullopt;
}

IntType cost::integerType(MLIRContext *context, Range range) {
  return IntType::get(context, range);
}

void cost::refineResultRanges(Operation *op) {
  auto inference = dyn_cast<InferTypeOpInterface>(op);
  if (!inference || !isa<CostDialect>(op->getDialect()))
    return;
  SmallVector<Type> types;
  if (failed(inference.inferReturnTypes(
          op->getContext(), op->getLoc(), op->getOperands(),
          op->getRawDictionaryAttrs(), op->getPropertiesStorage(),
          op->getRegions(), types)))
    return;
  for (auto [result, type] : llvm::zip(op->getResults(), types))
    result.setType(type);
}

//===----------------------------------------------------------------------===//
// Constants and choices
//===----------------------------------------------------------------------===//

void ConstantOp::build(OpBuilder &builder, OperationState &state,
                       int64_t value) {
  build(builder, state,
        integerType(builder.getContext(), Range::constant(value)), value);
}

LogicalResult
ConstantOp::inferReturnTypes(MLIRContext *context, std::optional<Location>,
                             ValueRange operands, DictionaryAttr attributes,
                             OpaqueProperties properties, RegionRange regions,
                             SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  types.push_back(integerType(context, Range::constant(adaptor.getValue())));
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

LogicalResult ChoiceOp::verify() {
  if (getValues().empty())
    return emitOpError("expected at least one value");
  int64_t lower = *llvm::min_element(getValues());
  int64_t upper = *llvm::max_element(getValues());
  if (rangeOf(getResult()) != Range{lower, upper})
    return emitOpError("expected the result range ")
           << lower << " to " << upper << " of the values, found "
           << typeOf(getResult());
  return success();
}

OpFoldResult ChoiceOp::fold(FoldAdaptor) { return foldByRange(*this); }

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

#define NASC_COST_BINARY(OP, FUNCTION)                                         \
  LogicalResult OP::inferReturnTypes(                                          \
      MLIRContext *context, std::optional<Location>, ValueRange operands,      \
      DictionaryAttr, OpaqueProperties, RegionRange,                           \
      SmallVectorImpl<Type> &types) {                                          \
    return inferBinary(context, operands, types, FUNCTION);                    \
  }                                                                            \
  bool OP::isCompatibleReturnTypes(TypeRange inferred, TypeRange stated) {     \
    return rangesAgree(inferred, stated);                                      \
  }

NASC_COST_BINARY(AddOp, cost::add)
NASC_COST_BINARY(SubOp, cost::subtract)
NASC_COST_BINARY(MulOp, cost::multiply)
NASC_COST_BINARY(FloorDivOp,
                 static_cast<BinaryRangeFunction>(cost::floorDivide))
NASC_COST_BINARY(CeilDivOp, static_cast<BinaryRangeFunction>(cost::ceilDivide))
NASC_COST_BINARY(ModOp, static_cast<BinaryRangeFunction>(cost::modulo))
NASC_COST_BINARY(MinOp, cost::minimum)
NASC_COST_BINARY(MaxOp, cost::maximum)
#undef NASC_COST_BINARY

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (constantOf(getRhs()) == 0)
    return getLhs();
  if (constantOf(getLhs()) == 0)
    return getRhs();
  if (OpFoldResult folded = foldConstants(getContext(), adaptor.getLhs(),
                                          adaptor.getRhs(), cost::add))
    return folded;
  return foldByRange(*this);
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs())
    return numberAttribute(getContext(), 0);
  if (constantOf(getRhs()) == 0)
    return getLhs();
  // 1 - (1 - x) is x: the double negation of a truth value.
  if (auto inner = getRhs().getDefiningOp<SubOp>())
    if (constantOf(getLhs()) &&
        constantOf(getLhs()) == constantOf(inner.getLhs()))
      return inner.getRhs();
  if (OpFoldResult folded = foldConstants(getContext(), adaptor.getLhs(),
                                          adaptor.getRhs(), cost::subtract))
    return folded;
  return foldByRange(*this);
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (constantOf(getRhs()) == 0 || constantOf(getLhs()) == 0)
    return numberAttribute(getContext(), 0);
  if (constantOf(getRhs()) == 1)
    return getLhs();
  if (constantOf(getLhs()) == 1)
    return getRhs();
  if (OpFoldResult folded = foldConstants(getContext(), adaptor.getLhs(),
                                          adaptor.getRhs(), cost::multiply))
    return folded;
  return foldByRange(*this);
}

OpFoldResult FloorDivOp::fold(FoldAdaptor adaptor) {
  if (constantOf(getRhs()) == 1)
    return getLhs();
  return foldByRange(*this);
}

OpFoldResult CeilDivOp::fold(FoldAdaptor adaptor) {
  if (constantOf(getRhs()) == 1)
    return getLhs();
  return foldByRange(*this);
}

OpFoldResult ModOp::fold(FoldAdaptor adaptor) {
  if (constantOf(getRhs()) == 1)
    return numberAttribute(getContext(), 0);
  return foldByRange(*this);
}

LogicalResult FloorDivOp::verify() { return verifyDivisor(*this, getRhs()); }
LogicalResult CeilDivOp::verify() { return verifyDivisor(*this, getRhs()); }
LogicalResult ModOp::verify() { return verifyDivisor(*this, getRhs()); }

OpFoldResult MinOp::fold(FoldAdaptor) {
  if (getLhs() == getRhs())
    return getLhs();
  Range a = rangeOf(getLhs()), b = rangeOf(getRhs());
  if (a.upper <= b.lower)
    return getLhs();
  if (b.upper <= a.lower)
    return getRhs();
  return foldByRange(*this);
}

OpFoldResult MaxOp::fold(FoldAdaptor) {
  if (getLhs() == getRhs())
    return getLhs();
  Range a = rangeOf(getLhs()), b = rangeOf(getRhs());
  if (a.lower >= b.upper)
    return getLhs();
  if (b.lower >= a.upper)
    return getRhs();
  return foldByRange(*this);
}

//===----------------------------------------------------------------------===//
// Comparison and selection
//===----------------------------------------------------------------------===//

LogicalResult
CmpOp::inferReturnTypes(MLIRContext *context, std::optional<Location>,
                        ValueRange operands, DictionaryAttr attributes,
                        OpaqueProperties properties, RegionRange regions,
                        SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  Range result = Range::boolean();
  if (operands[0] == operands[1])
    result = Range::constant(isReflexive(adaptor.getPredicate()));
  else if (std::optional<bool> known =
               compareRanges(adaptor.getPredicate(), rangeOf(operands[0]),
                             rangeOf(operands[1])))
    result = Range::constant(*known);
  types.push_back(integerType(context, result));
  return success();
}

bool CmpOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange stated) {
  return rangesAgree(inferred, stated);
}

OpFoldResult CmpOp::fold(FoldAdaptor) {
  if (getLhs() == getRhs())
    return numberAttribute(getContext(), isReflexive(getPredicate()));
  if (std::optional<bool> known =
          compareRanges(getPredicate(), rangeOf(getLhs()), rangeOf(getRhs())))
    return numberAttribute(getContext(), *known);
  return foldByRange(*this);
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location>,
                                         ValueRange operands, DictionaryAttr,
                                         OpaqueProperties, RegionRange,
                                         SmallVectorImpl<Type> &types) {
  Range result = unite(rangeOf(operands[1]), rangeOf(operands[2]));
  if (std::optional<int64_t> condition = constantOf(operands[0]))
    result = rangeOf(operands[*condition ? 1 : 2]);
  types.push_back(integerType(context, result));
  return success();
}

bool SelectOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange stated) {
  return rangesAgree(inferred, stated);
}

OpFoldResult SelectOp::fold(FoldAdaptor) {
  if (getTrueValue() == getFalseValue())
    return getTrueValue();
  if (std::optional<int64_t> condition = constantOf(getCondition()))
    return *condition ? getTrueValue() : getFalseValue();
  if (constantOf(getTrueValue()) == 1 && constantOf(getFalseValue()) == 0)
    return getCondition();
  return foldByRange(*this);
}

LogicalResult SelectOp::verify() {
  Range range = rangeOf(getCondition());
  if (range == Range() || range.isBoolean())
    return success();
  return emitOpError("expected a condition in 0 to 1, found one in ")
         << range.lower << " to " << range.upper;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

LogicalResult TableOp::verify() {
  if (getRows().size() != getValues().size())
    return emitOpError("expected as many values as rows, found ")
           << getValues().size() << " values and " << getRows().size()
           << " rows";
  std::set<std::vector<int64_t>> seen;
  for (auto [index, row] :
       llvm::enumerate(getRows().getAsRange<DenseI64ArrayAttr>())) {
    if (row.size() != static_cast<int64_t>(getKeys().size()))
      return emitOpError("expected ") << getKeys().size() << " keys in row "
                                      << index << ", found " << row.size();
    if (!seen.insert(row.asArrayRef().vec()).second)
      return emitOpError("expected rows of different keys, found those of row ")
             << index << " twice";
  }
  return success();
}

ParseResult TableOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  ArrayAttr keys;
  if (parser.parseSymbolName(name, "sym_name", state.attributes) ||
      parser.parseKeyword("keys") ||
      parser.parseAttribute(keys, "keys", state.attributes) ||
      parser.parseKeyword("rows"))
    return failure();
  SmallVector<Attribute> rows;
  auto parseRow = [&]() -> ParseResult {
    SmallVector<int64_t> row;
    if (parser.parseCommaSeparatedList(
            AsmParser::Delimiter::Square, [&]() -> ParseResult {
              return parser.parseInteger(row.emplace_back());
            }))
      return failure();
    rows.push_back(DenseI64ArrayAttr::get(parser.getContext(), row));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseRow))
    return failure();
  state.addAttribute("rows", ArrayAttr::get(parser.getContext(), rows));
  SmallVector<int64_t> values;
  if (parser.parseKeyword("values") ||
      parser.parseCommaSeparatedList(
          AsmParser::Delimiter::Square, [&]() -> ParseResult {
            return parser.parseInteger(values.emplace_back());
          }))
    return failure();
  state.addAttribute("values",
                     DenseI64ArrayAttr::get(parser.getContext(), values));
  return parser.parseOptionalAttrDict(state.attributes);
}

void TableOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " keys " << getKeys() << " rows [";
  llvm::interleaveComma(getRows().getAsRange<DenseI64ArrayAttr>(), printer,
                        [&](DenseI64ArrayAttr row) {
                          printer << '[';
                          llvm::interleaveComma(row.asArrayRef(), printer);
                          printer << ']';
                        });
  printer << "] values [";
  llvm::interleaveComma(getValues(), printer);
  printer << ']';
  printer.printOptionalAttrDict((*this)->getAttrs(),
                                {"sym_name", "keys", "rows", "values"});
}

LogicalResult LookupOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto table = symbols.lookupNearestSymbolFrom<TableOp>(*this, getTableAttr());
  if (!table)
    return emitOpError("expected the symbol of a cost.table, found ")
           << getTableAttr();
  if (table.getKeys().size() != getKeys().size())
    return emitOpError("expected ")
           << table.getKeys().size() << " keys for table " << getTableAttr()
           << ", found " << getKeys().size();
  Range range = rangeOf(getResult());
  for (auto [rowAttribute, value] :
       llvm::zip(table.getRows(), table.getValues())) {
    ArrayRef<int64_t> row = cast<DenseI64ArrayAttr>(rowAttribute).asArrayRef();
    bool reachable = llvm::all_of(llvm::zip(getKeys(), row), [](auto pair) {
      return rangeOf(std::get<0>(pair)).contains(std::get<1>(pair));
    });
    if (reachable && !range.contains(value))
      return emitOpError("expected a result range that holds the entry ")
             << value << ", found " << range.lower << " to " << range.upper;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

LogicalResult FunctionOp::verifyRegions() {
  llvm::StringMap<ChoiceOp> choices;
  for (ChoiceOp choice : getBody().getOps<ChoiceOp>())
    if (!choices.try_emplace(choice.getChoice(), choice).second)
      return choice.emitOpError("expected choices of different names, found '")
             << choice.getChoice() << "' twice";
  llvm::StringSet<> activities;
  for (ActivityOp activity : getBody().getOps<ActivityOp>()) {
    if (!choices.contains(activity.getChoice()))
      return activity.emitOpError("expected the name of a choice of the "
                                  "function, found '")
             << activity.getChoice() << "'";
    if (!activities.insert(activity.getChoice()).second)
      return activity.emitOpError("expected one activity for each choice, "
                                  "found two of '")
             << activity.getChoice() << "'";
  }
  for (ExclusionOp exclusion : getBody().getOps<ExclusionOp>()) {
    if (exclusion.getFirstChoice() == exclusion.getSecondChoice())
      return exclusion.emitOpError("expected two choices, found '")
             << exclusion.getFirstChoice() << "' twice";
    for (auto [name, value] :
         {std::pair(exclusion.getFirstChoice(), exclusion.getFirstValue()),
          std::pair(exclusion.getSecondChoice(), exclusion.getSecondValue())}) {
      auto choice = choices.find(name);
      if (choice == choices.end())
        return exclusion.emitOpError("expected the name of a choice of the "
                                     "function, found '")
               << name << "'";
      if (!llvm::is_contained(choice->second.getValues(), value))
        return exclusion.emitOpError("expected a value of '")
               << name << "', found " << value;
    }
  }
  return success();
}

LogicalResult LayerOp::verify() {
  if (getMetrics().size() != getValues().size())
    return emitOpError("expected a value for each of the ")
           << getMetrics().size() << " metrics, found " << getValues().size();
  return success();
}

#define GET_OP_CLASSES
#include "dialects/cost/CostOps.cpp.inc"
