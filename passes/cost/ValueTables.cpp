//===- ValueTables.cpp - Cost values as tables over few variables ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/ValueTables.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>

using namespace nasc;
using namespace nasc::cost;

CombinationWalker::CombinationWalker(
    llvm::ArrayRef<size_t> sizes,
    std::vector<llvm::SmallVector<size_t, 6>> strides)
    : sizes(sizes.begin(), sizes.end()), positions(sizes.size(), 0),
      strides(std::move(strides)), offsets(this->strides.size(), 0) {}

bool CombinationWalker::next() {
  for (size_t variable = sizes.size(); variable-- > 0;) {
    if (++positions[variable] < sizes[variable]) {
      for (size_t table = 0; table < strides.size(); ++table)
        offsets[table] += strides[table][variable];
      return true;
    }
    for (size_t table = 0; table < strides.size(); ++table)
      offsets[table] -= strides[table][variable] * (sizes[variable] - 1);
    positions[variable] = 0;
  }
  return false;
}

/// How far one step of each variable of `over` moves in a table over
/// `variables` of these sizes.
static llvm::SmallVector<size_t, 6>
stridesIn(llvm::ArrayRef<uint32_t> variables, llvm::ArrayRef<uint32_t> over,
          llvm::ArrayRef<TableVariable> all) {
  llvm::SmallVector<size_t, 6> result(over.size(), 0);
  size_t stride = 1;
  for (uint32_t variable : llvm::reverse(variables)) {
    const auto *found = llvm::find(over, variable);
    if (found != over.end())
      result[found - over.begin()] = stride;
    stride *= all[variable].values.size();
  }
  return result;
}

ValueTables::ValueTables(const CostProgram &program, llvm::ArrayRef<Slot> roots,
                         size_t maximumSize, size_t maximumValues)
    : program(program), maximumSize(maximumSize), maximumValues(maximumValues),
      slots(program.neededBy(roots)), variableOfChoice(program.choices.size()),
      variableOfSlot(program.instructions.size()),
      tables(program.instructions.size()),
      hasTable(program.instructions.size()) {
  for (Slot slot : slots)
    if (build(slot))
      hasTable.set(slot);
}

size_t ValueTables::sizeOver(llvm::ArrayRef<uint32_t> over) const {
  size_t size = 1;
  for (uint32_t variable : over) {
    size *= variables[variable].values.size();
    if (size > maximumSize)
      return std::numeric_limits<size_t>::max();
  }
  return size;
}

llvm::SmallVector<uint32_t, 6>
ValueTables::variablesOf(const Operand &operand) const {
  if (operand.asVariable)
    return {*operand.asVariable};
  return tables[operand.slot].variables;
}

llvm::SmallVector<uint32_t, 6>
ValueTables::unitedVariables(llvm::ArrayRef<Operand> operands) const {
  llvm::SmallVector<uint32_t, 6> united;
  for (const Operand &operand : operands)
    llvm::append_range(united, variablesOf(operand));
  llvm::sort(united);
  united.erase(llvm::unique(united), united.end());
  return united;
}

bool ValueTables::fitsVariable(Slot slot) {
  return program.instructions[slot].opcode != Opcode::Choice &&
         tables[slot].variables.size() > 1 && variableFor(slot).has_value();
}

std::optional<uint32_t> ValueTables::variableFor(Slot slot) {
  if (variableOfSlot[slot])
    return variableOfSlot[slot];
  std::vector<int64_t> distinct = tables[slot].values;
  llvm::sort(distinct);
  distinct.erase(llvm::unique(distinct), distinct.end());
  if (distinct.size() > maximumValues ||
      distinct.size() >= tables[slot].values.size())
    return std::nullopt;
  variables.push_back({/*isChoice=*/false, slot, std::move(distinct)});
  variableOfSlot[slot] = variables.size() - 1;
  return variableOfSlot[slot];
}

bool ValueTables::build(Slot slot) {
  const Instruction &instruction = program.instructions[slot];
  ValueTable &table = tables[slot];
  if (instruction.opcode == Opcode::Constant) {
    table.values = {instruction.constant};
    return true;
  }
  if (instruction.opcode == Opcode::Choice) {
    const ProgramChoice &choice = program.choices[instruction.index];
    if (choice.values.size() > maximumSize)
      return false;
    std::optional<uint32_t> &variable = variableOfChoice[instruction.index];
    if (!variable) {
      variables.push_back(
          {/*isChoice=*/true, instruction.index, choice.values});
      variable = variables.size() - 1;
    }
    table.variables = {*variable};
    table.values = choice.values;
    return true;
  }
  llvm::SmallVector<Operand, 4> operands;
  for (Slot operand : program.operandsOf(slot)) {
    if (!hasTable.test(operand))
      return false;
    operands.push_back({operand, std::nullopt});
  }
  // While the table would be too large, let the operand that depends on most
  // stand for itself.
  while (true) {
    llvm::SmallVector<uint32_t, 6> over = unitedVariables(operands);
    if (sizeOver(over) <= maximumSize) {
      compute(slot, operands, over);
      return true;
    }
    Operand *largest = nullptr;
    for (Operand &operand : operands)
      if (!operand.asVariable && fitsVariable(operand.slot) &&
          (!largest || tables[operand.slot].values.size() >
                           tables[largest->slot].values.size()))
        largest = &operand;
    if (!largest)
      return false;
    largest->asVariable = variableFor(largest->slot);
  }
}

void ValueTables::compute(Slot slot, llvm::ArrayRef<Operand> operands,
                          llvm::ArrayRef<uint32_t> over) {
  llvm::SmallVector<size_t, 6> sizes;
  for (uint32_t variable : over)
    sizes.push_back(variables[variable].values.size());
  std::vector<llvm::SmallVector<size_t, 6>> strides;
  for (const Operand &operand : operands)
    strides.push_back(stridesIn(variablesOf(operand), over, variables));
  CombinationWalker walker(sizes, std::move(strides));
  const Instruction &instruction = program.instructions[slot];
  ValueTable &table = tables[slot];
  table.variables.assign(over.begin(), over.end());
  do {
    auto valueOf = [&](Slot wanted) -> int64_t {
      for (auto [index, operand] : llvm::enumerate(operands))
        if (operand.slot == wanted)
          return operand.asVariable
                     ? variables[*operand.asVariable]
                           .values[walker.offset(index)]
                     : tables[wanted].values[walker.offset(index)];
      llvm_unreachable("not an operand");
    };
    // Combinations that do not occur may leave the ranges that were proved;
    // what they compute is not used, but has to be computed without overflow.
    int64_t value = instruction.opcode == Opcode::Lookup
                        ? evaluateInstruction(program, instruction, valueOf)
                        : inferRange(program, instruction, [&](Slot wanted) {
                            return Range::constant(valueOf(wanted));
                          }).lower;
    table.values.push_back(
        std::clamp(value, instruction.range.lower, instruction.range.upper));
  } while (walker.next());
  dropUnused(table);
}

void ValueTables::dropUnused(ValueTable &table) const {
  for (size_t index = table.variables.size(); index-- > 0;) {
    size_t inner = 1;
    for (size_t later = index + 1; later < table.variables.size(); ++later)
      inner *= variables[table.variables[later]].values.size();
    size_t size = variables[table.variables[index]].values.size();
    auto isRedundant = [&]() {
      for (size_t outer = 0; outer < table.values.size(); outer += inner * size)
        for (size_t offset = inner; offset < inner * size; ++offset)
          if (table.values[outer + offset] !=
              table.values[outer + offset % inner])
            return false;
      return true;
    };
    if (!isRedundant())
      continue;
    std::vector<int64_t> reduced;
    for (size_t outer = 0; outer < table.values.size(); outer += inner * size)
      reduced.insert(reduced.end(), table.values.begin() + outer,
                     table.values.begin() + outer + inner);
    table.values = std::move(reduced);
    table.variables.erase(table.variables.begin() + index);
  }
}

std::optional<ValueTable> ValueTables::sum(const ValueTable &a, int64_t factorA,
                                           const ValueTable &b,
                                           int64_t factorB) const {
  ValueTable result;
  llvm::append_range(result.variables, a.variables);
  llvm::append_range(result.variables, b.variables);
  llvm::sort(result.variables);
  result.variables.erase(llvm::unique(result.variables),
                         result.variables.end());
  if (sizeOver(result.variables) > maximumSize)
    return std::nullopt;
  llvm::SmallVector<size_t, 6> sizes;
  for (uint32_t variable : result.variables)
    sizes.push_back(variables[variable].values.size());
  CombinationWalker walker(
      sizes, {stridesIn(a.variables, result.variables, variables),
              stridesIn(b.variables, result.variables, variables)});
  do {
    __int128 value =
        static_cast<__int128>(factorA) * a.values[walker.offset(0)] +
        static_cast<__int128>(factorB) * b.values[walker.offset(1)];
    if (value > Range::kMaximum || value < Range::kMinimum)
      return std::nullopt;
    result.values.push_back(static_cast<int64_t>(value));
  } while (walker.next());
  dropUnused(result);
  return result;
}
