//===- IntervalEvaluator.cpp - Bounds of costs on partial choices ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/IntervalEvaluator.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace nasc;
using namespace nasc::cost;

IntervalEvaluator::IntervalEvaluator(const CostProgram &program,
                                     llvm::ArrayRef<Slot> roots,
                                     size_t maximumTable)
    : program(program),
      tables(std::make_unique<ValueTables>(program, roots, maximumTable)),
      supports(program.supports()) {
  llvm::BitVector wantedSlots(program.instructions.size());
  for (Slot root : roots)
    wantedSlots.set(root);
  // A value without a table is bounded from its operands.
  for (Slot slot : llvm::reverse(tables->getSlots()))
    if (wantedSlots.test(slot) && !tables->getTable(slot))
      for (Slot operand : program.operandsOf(slot))
        wantedSlots.set(operand);
  llvm::ArrayRef<TableVariable> variables = tables->getVariables();
  llvm::BitVector wantedVariables(variables.size());
  for (unsigned slot : wantedSlots.set_bits()) {
    neededSlots.push_back(slot);
    if (const ValueTable *table = tables->getTable(slot))
      for (uint32_t variable : table->variables)
        wantedVariables.set(variable);
  }
  for (size_t variable = variables.size(); variable-- > 0;)
    if (wantedVariables.test(variable) && !variables[variable].isChoice)
      for (uint32_t inner :
           tables->getTable(variables[variable].index)->variables)
        wantedVariables.set(inner);
  for (unsigned variable : wantedVariables.set_bits())
    neededVariables.push_back(variable);
}

/// Calls `visit` with the number of each entry of `table` that remains.
template <typename Visitor>
static void visitEntries(const ValueTable &table, const Bounds &bounds,
                         llvm::ArrayRef<TableVariable> variables,
                         Visitor visit) {
  size_t count = table.variables.size();
  llvm::SmallVector<size_t, 6> strides(count), positions(count, 0);
  size_t stride = 1, offset = 0;
  for (size_t index = count; index-- > 0;) {
    strides[index] = stride;
    stride *= variables[table.variables[index]].values.size();
    offset += strides[index] * bounds.variables[table.variables[index]][0];
  }
  while (true) {
    visit(offset);
    size_t index = count;
    while (index-- > 0) {
      const std::vector<uint32_t> &left =
          bounds.variables[table.variables[index]];
      size_t position = positions[index]++;
      if (positions[index] < left.size()) {
        offset += strides[index] * (left[position + 1] - left[position]);
        break;
      }
      offset -= strides[index] * (left[position] - left[0]);
      positions[index] = 0;
    }
    if (index == static_cast<size_t>(-1))
      return;
  }
}

Range IntervalEvaluator::boundTable(const ValueTable &table,
                                    const Bounds &bounds) const {
  Range result = {Range::kMaximum, Range::kMinimum};
  visitEntries(table, bounds, tables->getVariables(), [&](size_t entry) {
    result.lower = std::min(result.lower, table.values[entry]);
    result.upper = std::max(result.upper, table.values[entry]);
  });
  return result;
}

void IntervalEvaluator::restrictVariable(uint32_t variable,
                                         Bounds &bounds) const {
  const TableVariable &described = tables->getVariables()[variable];
  const ValueTable &table = *tables->getTable(described.index);
  llvm::BitVector left(described.values.size());
  visitEntries(table, bounds, tables->getVariables(), [&](size_t entry) {
    left.set(llvm::lower_bound(described.values, table.values[entry]) -
             described.values.begin());
  });
  std::vector<uint32_t> &result = bounds.variables[variable];
  result.clear();
  for (unsigned position : left.set_bits())
    result.push_back(position);
}

void IntervalEvaluator::compute(Bounds &bounds, const ChoiceDomains *domains,
                                std::optional<uint32_t> changed,
                                const llvm::BitVector *positions) const {
  auto isUnaffected = [&](Slot slot) {
    return changed && !supports[slot].test(*changed);
  };
  for (uint32_t variable : neededVariables) {
    const TableVariable &described = tables->getVariables()[variable];
    if (!described.isChoice) {
      if (!isUnaffected(described.index))
        restrictVariable(variable, bounds);
      continue;
    }
    if (changed && described.index != *changed)
      continue;
    const llvm::BitVector &allowed =
        positions ? *positions : (*domains)[described.index];
    std::vector<uint32_t> &result = bounds.variables[variable];
    if (changed)
      llvm::erase_if(
          result, [&](uint32_t position) { return !allowed.test(position); });
    else
      for (unsigned position : allowed.set_bits())
        result.push_back(position);
    if (result.empty())
      result.push_back(0);
  }
  for (Slot slot : neededSlots) {
    if (isUnaffected(slot))
      continue;
    const Instruction &instruction = program.instructions[slot];
    if (const ValueTable *table = tables->getTable(slot)) {
      bounds.slots[slot] = boundTable(*table, bounds);
      continue;
    }
    Range range;
    if (instruction.opcode == Opcode::Choice) {
      // A domain that is too large for a table.
      const std::vector<int64_t> &values =
          program.choices[instruction.index].values;
      const llvm::BitVector &allowed =
          positions ? *positions : (*domains)[instruction.index];
      range = {Range::kMaximum, Range::kMinimum};
      for (unsigned position : allowed.set_bits())
        range = {std::min(range.lower, values[position]),
                 std::max(range.upper, values[position])};
      if (allowed.none())
        range = Range::constant(values[0]);
      if (changed) {
        range.lower = std::max(range.lower, bounds.slots[slot].lower);
        range.upper = std::min(range.upper, bounds.slots[slot].upper);
      }
    } else {
      range = inferRange(program, instruction, [&](Slot operand) -> Range {
        return bounds.slots[operand];
      });
      Range both = {std::max(range.lower, instruction.range.lower),
                    std::min(range.upper, instruction.range.upper)};
      if (both.lower <= both.upper)
        range = both;
    }
    bounds.slots[slot] = range;
  }
}

Bounds IntervalEvaluator::evaluate(const ChoiceDomains &domains) const {
  Bounds bounds;
  bounds.slots.resize(program.instructions.size());
  bounds.variables.resize(tables->getVariables().size());
  compute(bounds, &domains, std::nullopt, nullptr);
  return bounds;
}

Bounds IntervalEvaluator::restrict(const Bounds &bounds, uint32_t choice,
                                   const llvm::BitVector &positions) const {
  Bounds result = bounds;
  compute(result, nullptr, choice, &positions);
  return result;
}
