//===- CostProgram.h - A cost function without IR ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The flat form of a `cost.function` that its readers use: interpreter,
// compiler, interval evaluation, solver, counting. It is built once from the
// operation and does not need the IR (or its context) afterwards.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_COSTPROGRAM_H
#define NASC_PASSES_COST_COSTPROGRAM_H

#include "dialects/cost/Range.h"
#include "dialects/cost/WrittenBound.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class Operation;
} // namespace mlir

namespace nasc::cost {

class FunctionOp;

/// The number of an instruction, and of the value that it computes.
using Slot = uint32_t;

enum class Opcode : uint8_t {
  Constant,
  Choice,
  Add,
  Sub,
  Mul,
  FloorDiv,
  CeilDiv,
  Mod,
  Min,
  Max,
  Compare,
  Select,
  Lookup
};

enum class Comparison : uint8_t {
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual
};

/// Whether the comparison holds between two numbers.
bool holds(Comparison comparison, int64_t lhs, int64_t rhs);

/// The comparison that holds exactly where `comparison` does not.
Comparison negated(Comparison comparison);

/// The comparison with its two sides exchanged.
Comparison exchanged(Comparison comparison);

/// One value. Operands are earlier slots. No instruction leaves 64 bits for any
/// assignment of domain values to the choices, and every divisor is positive.
struct Instruction {
  Opcode opcode = Opcode::Constant;
  Comparison comparison = Comparison::Equal;
  /// The operands; Select: condition, value if one, value if zero. Those of a
  /// Lookup are in the lookup.
  Slot operands[3] = {0, 0, 0};
  /// Choice: the number of the choice. Lookup: of the lookup.
  uint32_t index = 0;
  /// Constant: the number.
  int64_t constant = 0;
  /// Holds the value in every architecture.
  Range range;
};

/// A choice of the space. `values[i]` is the number that stands for the i-th
/// value of its domain.
struct ProgramChoice {
  std::string name;
  std::vector<int64_t> values;
  /// One where the choice is active; a choice without is always active.
  std::optional<Slot> activity;
};

/// Measured costs; rows are sorted by keys.
struct ProgramTable {
  std::string name;
  std::vector<std::string> keys;
  std::vector<std::vector<int64_t>> rows;
  std::vector<int64_t> values;

  /// The value of the row with these keys. Cost: logarithmic in the rows.
  std::optional<int64_t> find(llvm::ArrayRef<int64_t> rowKeys) const;
};

/// Operands of a table lookup.
struct ProgramLookup {
  uint32_t table = 0;
  std::vector<Slot> keys;
  Slot otherwise = 0;
};

/// A metric, of a device or (`device` empty) of the network alone, in the
/// metric's integer unit.
struct ProgramMetric {
  std::string name;
  std::string device;
  Slot value = 0;
};

/// A limit: `holds` is one in every feasible architecture.
struct ProgramLimit {
  std::string text;
  Slot holds = 0;
  /// Where the limit compares one metric with one number; else empty.
  std::string metric;
  std::string device;
  std::optional<int64_t> bound;
  /// Not written by the user (a device's own memory).
  bool implied = false;
  /// Where the limit is one comparison with a number, in the architectures that
  /// it applies to: how that was written.
  std::optional<WrittenBound> written;
};

/// Two values, by their positions, that no feasible architecture has together.
struct ProgramExclusion {
  uint32_t firstChoice = 0;
  uint32_t firstPosition = 0;
  uint32_t secondChoice = 0;
  uint32_t secondPosition = 0;
};

/// What one layer contributes where `active` is one.
struct ProgramLayer {
  std::string name;
  std::string kind;
  Slot active = 0;
  std::vector<Slot> inputShape;
  std::vector<Slot> outputShape;
  /// `metrics[i]` (`latency on h743`) gets `values[i]`.
  std::vector<std::string> metrics;
  std::vector<Slot> values;
};

/// A cost function: instructions in an order in which each follows its
/// operands, and what their values mean.
struct CostProgram {
  std::string name;
  std::vector<ProgramChoice> choices;
  std::vector<Instruction> instructions;
  std::vector<ProgramTable> tables;
  std::vector<ProgramLookup> lookups;
  /// In the order of the function, as are the limits and the layers.
  std::vector<ProgramMetric> metrics;
  std::vector<ProgramLimit> limits;
  std::vector<ProgramLayer> layers;
  std::vector<ProgramExclusion> exclusions;

  /// Builds the program of a verified function. Ranges are computed again from
  /// the domains of the choices; a range that the function states more tightly
  /// is believed, but the proof that nothing leaves 64 bits does not use it.
  ///
  /// Fails, with a diagnostic at the operation, if a value may leave 64 bits
  /// ([NAS2010]) or the function has an operation that is not of the `cost`
  /// dialect. If `slots` is given, it receives for every slot the operation
  /// whose value it is (null for what was added).
  static llvm::FailureOr<CostProgram>
  fromFunction(FunctionOp function,
               std::vector<mlir::Operation *> *slots = nullptr);

  /// The operands of an instruction, a lookup's default last.
  llvm::SmallVector<Slot, 4> operandsOf(Slot slot) const;

  std::optional<uint32_t> findChoice(llvm::StringRef choiceName) const;
  /// The metric of that name and device; `device` empty for none.
  std::optional<uint32_t> findMetric(llvm::StringRef metricName,
                                     llvm::StringRef device = "") const;

  /// The slots that `roots` need, themselves included, in order.
  std::vector<Slot> neededBy(llvm::ArrayRef<Slot> roots) const;
  /// Every slot that is an output: metrics, limits, layers and activities.
  std::vector<Slot> allOutputs() const;
  /// The outputs that decide feasibility: limits and activities.
  std::vector<Slot> feasibilityOutputs() const;
  /// For every slot, the choices that occur in it.
  std::vector<llvm::BitVector> supports() const;

  /// Adds an instruction and returns its slot; its range is inferred, and cut
  /// to `stated` where they overlap.
  Slot append(Instruction instruction, Range stated = Range());
};

/// The range of an instruction from the ranges of its operands.
Range inferRange(const CostProgram &program, const Instruction &instruction,
                 llvm::function_ref<Range(Slot)> rangeOf);

/// The value of an instruction from the values of its operands.
int64_t evaluateInstruction(const CostProgram &program,
                            const Instruction &instruction,
                            llvm::function_ref<int64_t(Slot)> valueOf);

} // namespace nasc::cost

#endif // NASC_PASSES_COST_COSTPROGRAM_H
