//===- Architecture.cpp - One architecture of a space ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/Architecture.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"

#include <cassert>

using namespace nasc;
using namespace nasc::cost;

ChoiceDomains cost::fullDomains(const CostProgram &program) {
  ChoiceDomains domains;
  for (const ProgramChoice &choice : program.choices)
    domains.emplace_back(choice.values.size(), true);
  return domains;
}

bool Architecture::operator<(const Architecture &other) const {
  if (positions != other.positions)
    return positions < other.positions;
  for (unsigned choice = 0; choice < active.size(); ++choice)
    if (active.test(choice) != other.active.test(choice))
      return other.active.test(choice);
  return false;
}

uint64_t Architecture::hash() const {
  llvm::SmallVector<uint8_t, 256> bytes;
  for (auto [choice, position] : llvm::enumerate(positions)) {
    bytes.push_back(position & 0xff);
    bytes.push_back(position >> 8);
    bytes.push_back(active.test(choice));
  }
  return llvm::xxh3_64bits(bytes);
}

static std::vector<Slot> activitySlots(const CostProgram &program) {
  std::vector<Slot> roots;
  for (const ProgramChoice &choice : program.choices)
    if (choice.activity)
      roots.push_back(*choice.activity);
  return program.neededBy(roots);
}

Canonicalizer::Canonicalizer(const CostProgram &program)
    : program(program), slots(activitySlots(program)),
      values(program.instructions.size()) {}

Architecture Canonicalizer::canonicalize(llvm::ArrayRef<uint16_t> positions) {
  assert(positions.size() == program.choices.size() &&
         "one position for each choice");
  for (Slot slot : slots) {
    const Instruction &instruction = program.instructions[slot];
    if (instruction.opcode == Opcode::Choice)
      values[slot] = program.choices[instruction.index]
                         .values[positions[instruction.index]];
    else
      values[slot] = evaluateInstruction(
          program, instruction, [&](Slot operand) { return values[operand]; });
  }
  Architecture result;
  result.positions = positions.vec();
  result.active.resize(program.choices.size(), true);
  for (auto [index, choice] : llvm::enumerate(program.choices))
    if (choice.activity && values[*choice.activity] == 0) {
      result.active.reset(index);
      result.positions[index] = 0;
    }
  return result;
}
