//===- CostProgram.cpp - A cost function without IR -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/CostProgram.h"

#include "dialects/cost/Cost.h"
#include "dialects/diagnostics/CodedDiagnostic.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cassert>
#include <numeric>

using namespace nasc;
using namespace nasc::cost;

bool cost::holds(Comparison comparison, int64_t lhs, int64_t rhs) {
  switch (comparison) {
  case Comparison::Equal:
    return lhs == rhs;
  case Comparison::NotEqual:
    return lhs != rhs;
  case Comparison::Less:
    return lhs < rhs;
  case Comparison::LessOrEqual:
    return lhs <= rhs;
  case Comparison::Greater:
    return lhs > rhs;
  case Comparison::GreaterOrEqual:
    return lhs >= rhs;
  }
  llvm_unreachable("unknown comparison");
}

Comparison cost::negated(Comparison comparison) {
  switch (comparison) {
  case Comparison::Equal:
    return Comparison::NotEqual;
  case Comparison::NotEqual:
    return Comparison::Equal;
  case Comparison::Less:
    return Comparison::GreaterOrEqual;
  case Comparison::LessOrEqual:
    return Comparison::Greater;
  case Comparison::Greater:
    return Comparison::LessOrEqual;
  case Comparison::GreaterOrEqual:
    return Comparison::Less;
  }
  llvm_unreachable("unknown comparison");
}

Comparison cost::exchanged(Comparison comparison) {
  switch (comparison) {
  case Comparison::Equal:
  case Comparison::NotEqual:
    return comparison;
  case Comparison::Less:
    return Comparison::Greater;
  case Comparison::LessOrEqual:
    return Comparison::GreaterOrEqual;
  case Comparison::Greater:
    return Comparison::Less;
  case Comparison::GreaterOrEqual:
    return Comparison::LessOrEqual;
  }
  llvm_unreachable("unknown comparison");
}

std::optional<int64_t>
ProgramTable::find(llvm::ArrayRef<int64_t> rowKeys) const {
  auto found = std::lower_bound(
      rows.begin(), rows.end(), rowKeys,
      [](const std::vector<int64_t> &row, llvm::ArrayRef<int64_t> wanted) {
        return std::lexicographical_compare(row.begin(), row.end(),
                                            wanted.begin(), wanted.end());
      });
  if (found == rows.end() || llvm::ArrayRef<int64_t>(*found) != rowKeys)
    return std::nullopt;
  return values[found - rows.begin()];
}

//===----------------------------------------------------------------------===//
// One instruction
//===----------------------------------------------------------------------===//

static Range compareRanges(Comparison comparison, Range a, Range b) {
  auto sometimes = [&](Comparison asked) {
    switch (asked) {
    case Comparison::Equal:
      return a.lower <= b.upper && b.lower <= a.upper;
    case Comparison::NotEqual:
      return !(a.isConstant() && a == b);
    case Comparison::Less:
      return a.lower < b.upper;
    case Comparison::LessOrEqual:
      return a.lower <= b.upper;
    case Comparison::Greater:
      return a.upper > b.lower;
    case Comparison::GreaterOrEqual:
      return a.upper >= b.lower;
    }
    llvm_unreachable("unknown comparison");
  };
  return {!sometimes(negated(comparison)), sometimes(comparison)};
}

static Range lookupRange(const CostProgram &program,
                         const ProgramLookup &lookup,
                         llvm::function_ref<Range(Slot)> rangeOf) {
  const ProgramTable &table = program.tables[lookup.table];
  std::optional<Range> result;
  uint64_t reachable = 0;
  for (auto [row, value] : llvm::zip(table.rows, table.values)) {
    if (!llvm::all_of(llvm::zip(lookup.keys, row), [&](auto pair) {
          return rangeOf(std::get<0>(pair)).contains(std::get<1>(pair));
        }))
      continue;
    ++reachable;
    Range entry = Range::constant(value);
    result = result ? unite(*result, entry) : entry;
  }
  // The default cannot be taken where every combination of keys has a row.
  __int128 combinations = 1;
  for (Slot key : lookup.keys) {
    Range range = rangeOf(key);
    combinations *= static_cast<__int128>(range.upper) - range.lower + 1;
    if (combinations > static_cast<__int128>(reachable))
      break;
  }
  if (result && combinations == static_cast<__int128>(reachable))
    return *result;
  Range otherwise = rangeOf(lookup.otherwise);
  return result ? unite(*result, otherwise) : otherwise;
}

Range cost::inferRange(const CostProgram &program,
                       const Instruction &instruction,
                       llvm::function_ref<Range(Slot)> rangeOf) {
  auto operand = [&](unsigned index) {
    return rangeOf(instruction.operands[index]);
  };
  switch (instruction.opcode) {
  case Opcode::Constant:
    return Range::constant(instruction.constant);
  case Opcode::Choice: {
    const std::vector<int64_t> &values =
        program.choices[instruction.index].values;
    auto [lower, upper] = std::minmax_element(values.begin(), values.end());
    return {*lower, *upper};
  }
  case Opcode::Add:
    return add(operand(0), operand(1));
  case Opcode::Sub:
    return subtract(operand(0), operand(1));
  case Opcode::Mul:
    return multiply(operand(0), operand(1));
  case Opcode::FloorDiv:
    return floorDivide(operand(0), operand(1));
  case Opcode::CeilDiv:
    return ceilDivide(operand(0), operand(1));
  case Opcode::Mod:
    return modulo(operand(0), operand(1));
  case Opcode::Min:
    return minimum(operand(0), operand(1));
  case Opcode::Max:
    return maximum(operand(0), operand(1));
  case Opcode::Compare:
    if (instruction.operands[0] == instruction.operands[1])
      return Range::constant(holds(instruction.comparison, 0, 0));
    return compareRanges(instruction.comparison, operand(0), operand(1));
  case Opcode::Select: {
    Range condition = operand(0);
    if (condition.upper == 0)
      return operand(2);
    if (condition.lower == 1)
      return operand(1);
    return unite(operand(1), operand(2));
  }
  case Opcode::Lookup:
    return lookupRange(program, program.lookups[instruction.index], rangeOf);
  }
  llvm_unreachable("unknown opcode");
}

int64_t cost::evaluateInstruction(const CostProgram &program,
                                  const Instruction &instruction,
                                  llvm::function_ref<int64_t(Slot)> valueOf) {
  auto operand = [&](unsigned index) {
    return valueOf(instruction.operands[index]);
  };
  int64_t result = 0;
  bool overflows = false;
  switch (instruction.opcode) {
  case Opcode::Constant:
    return instruction.constant;
  case Opcode::Choice:
    llvm_unreachable("the value of a choice is given, not computed");
  case Opcode::Add:
    overflows = __builtin_add_overflow(operand(0), operand(1), &result);
    break;
  case Opcode::Sub:
    overflows = __builtin_sub_overflow(operand(0), operand(1), &result);
    break;
  case Opcode::Mul:
    overflows = __builtin_mul_overflow(operand(0), operand(1), &result);
    break;
  case Opcode::FloorDiv:
    return floorDivide(operand(0), operand(1));
  case Opcode::CeilDiv:
    return ceilDivide(operand(0), operand(1));
  case Opcode::Mod:
    return modulo(operand(0), operand(1));
  case Opcode::Min:
    return std::min(operand(0), operand(1));
  case Opcode::Max:
    return std::max(operand(0), operand(1));
  case Opcode::Compare:
    return holds(instruction.comparison, operand(0), operand(1));
  case Opcode::Select:
    return operand(0) ? operand(1) : operand(2);
  case Opcode::Lookup: {
    const ProgramLookup &lookup = program.lookups[instruction.index];
    llvm::SmallVector<int64_t, 8> keys;
    for (Slot key : lookup.keys)
      keys.push_back(valueOf(key));
    if (std::optional<int64_t> entry = program.tables[lookup.table].find(keys))
      return *entry;
    return valueOf(lookup.otherwise);
  }
  }
  assert(!overflows && "a cost left the 64 bits that its range was proved for");
  (void)overflows;
  return result;
}

//===----------------------------------------------------------------------===//
// The whole program
//===----------------------------------------------------------------------===//

Slot CostProgram::append(Instruction instruction, Range stated) {
  Range inferred = inferRange(*this, instruction, [&](Slot slot) -> Range {
    return instructions[slot].range;
  });
  Range both = {std::max(inferred.lower, stated.lower),
                std::min(inferred.upper, stated.upper)};
  instruction.range = both.lower <= both.upper ? both : inferred;
  instructions.push_back(instruction);
  return instructions.size() - 1;
}

llvm::SmallVector<Slot, 4> CostProgram::operandsOf(Slot slot) const {
  const Instruction &instruction = instructions[slot];
  switch (instruction.opcode) {
  case Opcode::Constant:
  case Opcode::Choice:
    return {};
  case Opcode::Select:
    return {instruction.operands[0], instruction.operands[1],
            instruction.operands[2]};
  case Opcode::Lookup: {
    const ProgramLookup &lookup = lookups[instruction.index];
    llvm::SmallVector<Slot, 4> operands(lookup.keys.begin(), lookup.keys.end());
    operands.push_back(lookup.otherwise);
    return operands;
  }
  default:
    return {instruction.operands[0], instruction.operands[1]};
  }
}

std::optional<uint32_t>
CostProgram::findChoice(llvm::StringRef choiceName) const {
  for (auto [index, choice] : llvm::enumerate(choices))
    if (choice.name == choiceName)
      return index;
  return std::nullopt;
}

std::optional<uint32_t> CostProgram::findMetric(llvm::StringRef metricName,
                                                llvm::StringRef device) const {
  for (auto [index, metric] : llvm::enumerate(metrics))
    if (metric.name == metricName && metric.device == device)
      return index;
  return std::nullopt;
}

std::vector<Slot> CostProgram::neededBy(llvm::ArrayRef<Slot> roots) const {
  llvm::BitVector needed(instructions.size());
  for (Slot root : roots)
    needed.set(root);
  for (Slot slot = instructions.size(); slot-- > 0;)
    if (needed.test(slot))
      for (Slot operand : operandsOf(slot))
        needed.set(operand);
  std::vector<Slot> result;
  for (unsigned slot : needed.set_bits())
    result.push_back(slot);
  return result;
}

std::vector<Slot> CostProgram::feasibilityOutputs() const {
  std::vector<Slot> result;
  for (const ProgramChoice &choice : choices)
    if (choice.activity)
      result.push_back(*choice.activity);
  for (const ProgramLimit &limit : limits)
    result.push_back(limit.holds);
  return result;
}

std::vector<Slot> CostProgram::allOutputs() const {
  std::vector<Slot> result = feasibilityOutputs();
  for (const ProgramMetric &metric : metrics)
    result.push_back(metric.value);
  for (const ProgramLayer &layer : layers) {
    result.push_back(layer.active);
    llvm::append_range(result, layer.inputShape);
    llvm::append_range(result, layer.outputShape);
    llvm::append_range(result, layer.values);
  }
  return result;
}

std::vector<llvm::BitVector> CostProgram::supports() const {
  std::vector<llvm::BitVector> result(instructions.size(),
                                      llvm::BitVector(choices.size()));
  for (Slot slot = 0; slot < instructions.size(); ++slot) {
    if (instructions[slot].opcode == Opcode::Choice)
      result[slot].set(instructions[slot].index);
    for (Slot operand : operandsOf(slot))
      result[slot] |= result[operand];
  }
  return result;
}

//===----------------------------------------------------------------------===//
// From the operation
//===----------------------------------------------------------------------===//

namespace {

Comparison comparisonOf(Predicate predicate) {
  switch (predicate) {
  case Predicate::eq:
    return Comparison::Equal;
  case Predicate::ne:
    return Comparison::NotEqual;
  case Predicate::lt:
    return Comparison::Less;
  case Predicate::le:
    return Comparison::LessOrEqual;
  case Predicate::gt:
    return Comparison::Greater;
  case Predicate::ge:
    return Comparison::GreaterOrEqual;
  }
  llvm_unreachable("unknown predicate");
}

std::string stringOf(std::optional<llvm::StringRef> text) {
  return text ? text->str() : std::string();
}

/// Translates the operations of one function.
class Translator {
public:
  Translator(FunctionOp function, CostProgram &program,
             std::vector<mlir::Operation *> *slots)
      : function(function), program(program), slots(slots) {}

  llvm::LogicalResult run() {
    program.name = function.getSymName().str();
    for (mlir::Operation &op : function.getBody().front())
      if (llvm::failed(translate(&op)))
        return llvm::failure();
    for (ActivityOp activity : activities) {
      std::optional<uint32_t> choice = program.findChoice(activity.getChoice());
      if (!choice)
        return activity.emitOpError("names no choice of the function");
      program.choices[*choice].activity = slotOf(activity.getActive());
    }
    for (ExclusionOp exclusion : exclusions) {
      auto [firstChoice, firstPosition] =
          placeOf(exclusion.getFirstChoice(), exclusion.getFirstValue());
      auto [secondChoice, secondPosition] =
          placeOf(exclusion.getSecondChoice(), exclusion.getSecondValue());
      program.exclusions.push_back(
          {firstChoice, firstPosition, secondChoice, secondPosition});
    }
    return llvm::success();
  }

private:
  Slot slotOf(mlir::Value value) const { return slotOfValue.lookup(value); }

  /// A choice and a position in its domain; the verifier has seen to both.
  std::pair<uint32_t, uint32_t> placeOf(llvm::StringRef name,
                                        int64_t value) const {
    uint32_t choice = *program.findChoice(name);
    const std::vector<int64_t> &values = program.choices[choice].values;
    return {choice, llvm::find(values, value) - values.begin()};
  }

  std::vector<Slot> slotsOf(mlir::ValueRange values) const {
    std::vector<Slot> result;
    for (mlir::Value value : values)
      result.push_back(slotOf(value));
    return result;
  }

  Slot append(const Instruction &instruction, Range stated,
              mlir::Operation *op) {
    Range inferred = inferRange(program, instruction, [&](Slot slot) -> Range {
      return provedRanges[slot];
    });
    provedRanges.push_back(inferred);
    if (slots)
      slots->push_back(op);
    return program.append(instruction, stated);
  }

  /// Adds the instruction of `op` and checks that its value fits.
  llvm::LogicalResult define(mlir::Operation *op,
                             const Instruction &instruction) {
    Slot slot = append(instruction, rangeOf(op->getResult(0)), op);
    slotOfValue[op->getResult(0)] = slot;
    if (provedRanges[slot].isBounded())
      return llvm::success();
    return op->emitError("the value of this ")
           << op->getName() << " may not fit 64 bits" << Diag::NAS2010;
  }

  /// Readers divide by the divisor as it is, so it is made positive where that
  /// is stated but does not follow from the domains.
  Slot positive(Slot divisor) {
    if (provedRanges[divisor].lower >= 1)
      return divisor;
    Instruction one;
    one.constant = 1;
    Instruction maximum;
    maximum.opcode = Opcode::Max;
    maximum.operands[0] = divisor;
    maximum.operands[1] = append(one, Range(), nullptr);
    return append(maximum, Range(), nullptr);
  }

  /// Likewise for conditions: anything but zero is one.
  Slot truth(Slot condition) {
    if (provedRanges[condition].isBoolean())
      return condition;
    Instruction zero;
    Instruction comparison;
    comparison.opcode = Opcode::Compare;
    comparison.comparison = Comparison::NotEqual;
    comparison.operands[0] = condition;
    comparison.operands[1] = append(zero, Range(), nullptr);
    return append(comparison, Range(), nullptr);
  }

  llvm::LogicalResult binary(mlir::Operation *op, Opcode opcode) {
    Instruction instruction;
    instruction.opcode = opcode;
    instruction.operands[0] = slotOf(op->getOperand(0));
    instruction.operands[1] = slotOf(op->getOperand(1));
    if (opcode == Opcode::FloorDiv || opcode == Opcode::CeilDiv ||
        opcode == Opcode::Mod)
      instruction.operands[1] = positive(instruction.operands[1]);
    return define(op, instruction);
  }

  uint32_t tableOf(TableOp table) {
    auto [entry, inserted] =
        tables.try_emplace(table.getSymName(), program.tables.size());
    if (!inserted)
      return entry->second;
    std::vector<std::pair<std::vector<int64_t>, int64_t>> rows;
    for (auto [row, value] :
         llvm::zip(table.getRows().getAsRange<mlir::DenseI64ArrayAttr>(),
                   table.getValues()))
      rows.emplace_back(row.asArrayRef().vec(), value);
    llvm::sort(rows);
    ProgramTable &result = program.tables.emplace_back();
    result.name = table.getSymName().str();
    for (llvm::StringRef key :
         table.getKeys().getAsValueRange<mlir::StringAttr>())
      result.keys.push_back(key.str());
    for (auto &[row, value] : rows) {
      result.rows.push_back(std::move(row));
      result.values.push_back(value);
    }
    return entry->second;
  }

  llvm::LogicalResult translateLookup(LookupOp lookup) {
    auto table =
        symbols.lookupNearestSymbolFrom<TableOp>(lookup, lookup.getTableAttr());
    if (!table)
      return lookup.emitOpError("expected the symbol of a cost.table, found ")
             << lookup.getTableAttr();
    Instruction instruction;
    instruction.opcode = Opcode::Lookup;
    instruction.index = program.lookups.size();
    ProgramLookup &result = program.lookups.emplace_back();
    result.table = tableOf(table);
    result.keys = slotsOf(lookup.getKeys());
    result.otherwise = slotOf(lookup.getOtherwise());
    return define(lookup, instruction);
  }

  llvm::LogicalResult translateChoice(ChoiceOp choice) {
    // Positions in a domain are 16-bit everywhere.
    if (choice.getValues().size() > 65535)
      return choice.emitError("the domain of choice '")
             << choice.getChoice() << "' has " << choice.getValues().size()
             << " values; at most 65535 are possible" << Diag::NAS2010;
    Instruction instruction;
    instruction.opcode = Opcode::Choice;
    instruction.index = program.choices.size();
    program.choices.push_back(
        {choice.getChoice().str(), choice.getValues().vec(), std::nullopt});
    return define(choice, instruction);
  }

  llvm::LogicalResult translateLayer(LayerOp layer) {
    ProgramLayer &result = program.layers.emplace_back();
    result.name = layer.getName().str();
    result.kind = layer.getKind().str();
    result.active = slotOf(layer.getActive());
    result.inputShape = slotsOf(layer.getInputShape());
    result.outputShape = slotsOf(layer.getOutputShape());
    for (llvm::StringRef metric :
         layer.getMetrics().getAsValueRange<mlir::StringAttr>())
      result.metrics.push_back(metric.str());
    result.values = slotsOf(layer.getValues());
    return llvm::success();
  }

  llvm::LogicalResult translate(mlir::Operation *op) {
    return llvm::TypeSwitch<mlir::Operation *, llvm::LogicalResult>(op)
        .Case([&](ConstantOp constant) {
          Instruction instruction;
          instruction.constant = constant.getValue();
          return define(op, instruction);
        })
        .Case([&](ChoiceOp choice) { return translateChoice(choice); })
        .Case([&](AddOp) { return binary(op, Opcode::Add); })
        .Case([&](SubOp) { return binary(op, Opcode::Sub); })
        .Case([&](MulOp) { return binary(op, Opcode::Mul); })
        .Case([&](FloorDivOp) { return binary(op, Opcode::FloorDiv); })
        .Case([&](CeilDivOp) { return binary(op, Opcode::CeilDiv); })
        .Case([&](ModOp) { return binary(op, Opcode::Mod); })
        .Case([&](MinOp) { return binary(op, Opcode::Min); })
        .Case([&](MaxOp) { return binary(op, Opcode::Max); })
        .Case([&](CmpOp comparison) {
          Instruction instruction;
          instruction.opcode = Opcode::Compare;
          instruction.comparison = comparisonOf(comparison.getPredicate());
          instruction.operands[0] = slotOf(comparison.getLhs());
          instruction.operands[1] = slotOf(comparison.getRhs());
          return define(op, instruction);
        })
        .Case([&](SelectOp select) {
          Instruction instruction;
          instruction.opcode = Opcode::Select;
          instruction.operands[0] = truth(slotOf(select.getCondition()));
          instruction.operands[1] = slotOf(select.getTrueValue());
          instruction.operands[2] = slotOf(select.getFalseValue());
          return define(op, instruction);
        })
        .Case([&](LookupOp lookup) { return translateLookup(lookup); })
        .Case([&](ActivityOp activity) {
          activities.push_back(activity);
          return llvm::success();
        })
        .Case([&](MetricOp metric) {
          program.metrics.push_back({metric.getMetric().str(),
                                     stringOf(metric.getDevice()),
                                     slotOf(metric.getValue())});
          return llvm::success();
        })
        .Case([&](LimitOp limit) {
          program.limits.push_back(
              {limit.getText().str(), slotOf(limit.getHolds()),
               stringOf(limit.getMetric()), stringOf(limit.getDevice()),
               limit.getBound(), limit.getImplied(),
               WrittenBound::fromAttribute(
                   limit->getAttr(WrittenBound::attributeName))});
          return llvm::success();
        })
        .Case([&](ExclusionOp exclusion) {
          exclusions.push_back(exclusion);
          return llvm::success();
        })
        .Case([&](LayerOp layer) { return translateLayer(layer); })
        .Default([](mlir::Operation *other) {
          return other->emitError("a cost function has operations of the cost "
                                  "dialect alone, found '")
                 << other->getName() << "'";
        });
  }

  FunctionOp function;
  CostProgram &program;
  std::vector<mlir::Operation *> *slots;
  mlir::SymbolTableCollection symbols;
  llvm::DenseMap<mlir::Value, Slot> slotOfValue;
  llvm::StringMap<uint32_t> tables;
  std::vector<ActivityOp> activities;
  std::vector<ExclusionOp> exclusions;
  /// Ranges that follow from the domains alone.
  std::vector<Range> provedRanges;
};

} // namespace

llvm::FailureOr<CostProgram>
CostProgram::fromFunction(FunctionOp function,
                          std::vector<mlir::Operation *> *slots) {
  CostProgram program;
  if (slots)
    slots->clear();
  if (llvm::failed(Translator(function, program, slots).run()))
    return llvm::failure();
  return program;
}
