//===- Interpreter.cpp - Evaluates a cost program -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/Interpreter.h"

#include "llvm/ADT/STLExtras.h"

#include <cassert>

using namespace nasc;
using namespace nasc::cost;

Interpreter::Interpreter(const CostProgram &program)
    : Interpreter(program, program.allOutputs()) {}

Interpreter::Interpreter(const CostProgram &program, llvm::ArrayRef<Slot> roots)
    : program(program), slots(program.neededBy(roots)),
      values(program.instructions.size()) {}

void Interpreter::run(llvm::ArrayRef<uint16_t> positions) {
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
}

bool Interpreter::isFeasible() const {
  return llvm::all_of(program.limits, [&](const ProgramLimit &limit) {
    return values[limit.holds] != 0;
  });
}

Evaluation cost::evaluate(const CostProgram &program,
                          llvm::ArrayRef<uint16_t> positions) {
  Interpreter interpreter(program);
  interpreter.run(positions);
  auto valuesOf = [&](const std::vector<Slot> &slots) {
    std::vector<int64_t> result;
    for (Slot slot : slots)
      result.push_back(interpreter.getValue(slot));
    return result;
  };
  Evaluation result;
  for (const ProgramMetric &metric : program.metrics)
    result.metrics.push_back(interpreter.getValue(metric.value));
  for (const ProgramLimit &limit : program.limits)
    result.limits.push_back(interpreter.getValue(limit.holds) != 0);
  for (const ProgramLayer &layer : program.layers)
    result.layers.push_back(
        {interpreter.getValue(layer.active) != 0, valuesOf(layer.inputShape),
         valuesOf(layer.outputShape), valuesOf(layer.values)});
  for (const ProgramChoice &choice : program.choices) {
    result.active.push_back(!choice.activity ||
                            interpreter.getValue(*choice.activity) != 0);
  }
  result.feasible = interpreter.isFeasible();
  return result;
}
