//===- ValueSets.cpp - Which values a slot can take -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/ValueSets.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

/// Combinations of operands that are tried for one set.
static constexpr size_t maximumCombinations = 4096;

static std::vector<int64_t> sortedUnique(std::vector<int64_t> values) {
  llvm::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.size() > ValueSets::maximumSet)
    values.clear();
  return values;
}

static std::vector<int64_t> valuesOfChoice(const CostProgram &program,
                                           uint32_t number,
                                           const llvm::BitVector &domain) {
  const ProgramChoice &choice = program.choices[number];
  std::vector<int64_t> values;
  for (unsigned position : domain.set_bits())
    values.push_back(choice.values[position]);
  // An inactive choice is at its first value.
  if (choice.activity || values.empty())
    values.push_back(choice.values.front());
  return sortedUnique(std::move(values));
}

ValueSets::ValueSets(const CostProgram &program, const ChoiceDomains &domains)
    : ranges(program.instructions.size()), values(program.instructions.size()) {
  for (Slot slot = 0; slot < program.instructions.size(); ++slot) {
    const Instruction &instruction = program.instructions[slot];
    if (instruction.opcode == Opcode::Choice) {
      values[slot] = valuesOfChoice(program, instruction.index,
                                    domains[instruction.index]);
      ranges[slot] = instruction.range;
      if (!values[slot].empty())
        ranges[slot] = {values[slot].front(), values[slot].back()};
      continue;
    }
    Range inferred = inferRange(program, instruction,
                                [&](Slot operand) { return ranges[operand]; });
    ranges[slot] = {std::max(inferred.lower, instruction.range.lower),
                    std::min(inferred.upper, instruction.range.upper)};
    if (ranges[slot].lower > ranges[slot].upper)
      ranges[slot] = inferred;
    if (ranges[slot].isConstant()) {
      values[slot] = {ranges[slot].lower};
      continue;
    }
    llvm::SmallVector<Slot, 4> operands = program.operandsOf(slot);
    size_t combinations = 1;
    for (Slot operand : operands) {
      size_t size = values[operand].size();
      combinations =
          size == 0 ? maximumCombinations + 1
                    : std::min(combinations * size, maximumCombinations + 1);
    }
    std::vector<int64_t> found;
    if (combinations <= maximumCombinations) {
      llvm::SmallVector<size_t, 4> at(operands.size(), 0);
      while (true) {
        auto valueOf = [&](Slot wanted) {
          size_t index = llvm::find(operands, wanted) - operands.begin();
          return values[wanted][at[index]];
        };
        // Combinations that do not occur may leave 64 bits; inferRange
        // saturates where evaluation would overflow.
        int64_t value =
            instruction.opcode == Opcode::Lookup
                ? evaluateInstruction(program, instruction, valueOf)
                : inferRange(program, instruction, [&](Slot wanted) {
                    return Range::constant(valueOf(wanted));
                  }).lower;
        if (ranges[slot].contains(value))
          found.push_back(value);
        size_t index = operands.size();
        while (index-- > 0 && ++at[index] == values[operands[index]].size())
          at[index] = 0;
        if (index == static_cast<size_t>(-1))
          break;
      }
    } else if (static_cast<uint64_t>(ranges[slot].upper) -
                   static_cast<uint64_t>(ranges[slot].lower) <
               maximumSet) {
      for (int64_t value = ranges[slot].lower; value <= ranges[slot].upper;
           ++value)
        found.push_back(value);
    }
    values[slot] = sortedUnique(std::move(found));
    if (!values[slot].empty())
      ranges[slot] = {values[slot].front(), values[slot].back()};
  }
}

double ValueSets::numValues(Slot slot) const {
  if (!values[slot].empty())
    return values[slot].size();
  return static_cast<double>(ranges[slot].upper) -
         static_cast<double>(ranges[slot].lower) + 1;
}

uint64_t ValueSets::stepOf(Slot slot) const {
  if (ranges[slot].isConstant())
    return 0;
  if (values[slot].empty())
    return 1;
  uint64_t step = 0;
  for (int64_t value : values[slot])
    step = std::gcd(step, static_cast<uint64_t>(value) -
                              static_cast<uint64_t>(values[slot].front()));
  return step;
}
