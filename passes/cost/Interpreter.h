//===- Interpreter.h - Evaluates a cost program -----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plainest reader of a cost program: one architecture, one instruction
// after the other. It needs no set-up, and is what the others are tested
// against.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_INTERPRETER_H
#define NASC_PASSES_COST_INTERPRETER_H

#include "passes/cost/Architecture.h"

namespace nasc::cost {

/// What one layer of an architecture is and costs.
struct LayerCosts {
  bool active = false;
  std::vector<int64_t> inputShape;
  std::vector<int64_t> outputShape;
  /// In the order of the layer's metrics.
  std::vector<int64_t> values;
};

/// All outputs for one architecture, in the order of the program.
struct Evaluation {
  std::vector<int64_t> metrics;
  std::vector<bool> limits;
  std::vector<LayerCosts> layers;
  llvm::BitVector active;
  /// All limits hold.
  bool feasible = true;
};

/// Evaluates one program again and again. Not for several threads at once.
class Interpreter {
public:
  /// Evaluates all outputs.
  explicit Interpreter(const CostProgram &program);
  /// Evaluates `roots` and what they need, nothing else.
  Interpreter(const CostProgram &program, llvm::ArrayRef<Slot> roots);

  /// Evaluates for a position in the domain of each choice; inactive choices
  /// may be at any position.
  void run(llvm::ArrayRef<uint16_t> positions);

  /// The value of a root, or of a slot that one needs, in the last run.
  int64_t getValue(Slot slot) const { return values[slot]; }

  /// Whether all limits held in the last run; they must be among the roots.
  bool isFeasible() const;

private:
  const CostProgram &program;
  std::vector<Slot> slots;
  std::vector<int64_t> values;
};

/// All outputs for one architecture.
Evaluation evaluate(const CostProgram &program,
                    llvm::ArrayRef<uint16_t> positions);

} // namespace nasc::cost

#endif // NASC_PASSES_COST_INTERPRETER_H
