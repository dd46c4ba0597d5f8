//===- ValueTables.h - Cost values as tables over few variables -*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most values of a cost program depend on few things: what a layer costs, on
// its kernel, its two widths and its resolution. This writes such values as
// tables, which intervals bound without losing correlation and solvers take
// without multiplication.
//
// The variables of a table are choices, and values of the program that are
// tables themselves and take few values: a resolution after six strides
// depends on six choices, but is one of five numbers.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_VALUETABLES_H
#define NASC_PASSES_COST_VALUETABLES_H

#include "passes/cost/Architecture.h"

namespace nasc::cost {

/// Something that takes one of a few values.
struct TableVariable {
  /// A choice of the program; otherwise a slot.
  bool isChoice = false;
  /// The number of the choice, or of the slot.
  uint32_t index = 0;
  /// For a choice, its values in the order of its domain; for a slot, all
  /// numbers that it can be (and perhaps others), ascending.
  std::vector<int64_t> values;
};

/// A function of variables: `values[i]` where `i` is the position of each
/// variable's value, the last variable counting fastest.
struct ValueTable {
  /// Numbers of variables, ascending.
  llvm::SmallVector<uint32_t, 6> variables;
  std::vector<int64_t> values;
};

/// The tables of the slots that some roots need.
class ValueTables {
public:
  /// `maximumSize` bounds the entries of one table, `maximumValues` the values
  /// of a slot that may be a variable. Cost: at most `maximumSize` evaluations
  /// for each slot.
  ValueTables(const CostProgram &program, llvm::ArrayRef<Slot> roots,
              size_t maximumSize = 4096, size_t maximumValues = 48);

  const CostProgram &getProgram() const { return program; }

  /// The needed slots, ascending.
  llvm::ArrayRef<Slot> getSlots() const { return slots; }

  /// Variables are numbered so that the table of a slot has variables of
  /// smaller numbers than the variable that stands for the slot.
  llvm::ArrayRef<TableVariable> getVariables() const { return variables; }

  /// The table of a needed slot, or null if it depends on too much.
  const ValueTable *getTable(Slot slot) const {
    return hasTable.test(slot) ? &tables[slot] : nullptr;
  }

  /// The sum of two tables, or none if that would be too large.
  std::optional<ValueTable> sum(const ValueTable &a, int64_t factorA,
                                const ValueTable &b, int64_t factorB) const;

private:
  /// An operand, as its own table or as the variable that stands for it.
  struct Operand {
    Slot slot = 0;
    std::optional<uint32_t> asVariable;
  };

  size_t sizeOver(llvm::ArrayRef<uint32_t> over) const;
  llvm::SmallVector<uint32_t, 6> variablesOf(const Operand &operand) const;
  llvm::SmallVector<uint32_t, 6>
  unitedVariables(llvm::ArrayRef<Operand> operands) const;
  bool fitsVariable(Slot slot);
  std::optional<uint32_t> variableFor(Slot slot);
  bool build(Slot slot);
  void compute(Slot slot, llvm::ArrayRef<Operand> operands,
               llvm::ArrayRef<uint32_t> over);
  void dropUnused(ValueTable &table) const;

  const CostProgram &program;
  size_t maximumSize;
  size_t maximumValues;
  std::vector<Slot> slots;
  std::vector<TableVariable> variables;
  std::vector<std::optional<uint32_t>> variableOfChoice;
  std::vector<std::optional<uint32_t>> variableOfSlot;
  std::vector<ValueTable> tables;
  llvm::BitVector hasTable;
};

/// Steps through the combinations of the positions of some variables, the last
/// counting fastest, and keeps the number of the combination in tables over
/// subsets of them.
class CombinationWalker {
public:
  /// `sizes[i]` positions for the i-th variable; `strides[t][i]` is how far one
  /// step of it moves in the t-th table.
  CombinationWalker(llvm::ArrayRef<size_t> sizes,
                    std::vector<llvm::SmallVector<size_t, 6>> strides);

  size_t offset(size_t table) const { return offsets[table]; }
  size_t position(size_t variable) const { return positions[variable]; }
  /// False after the last combination.
  bool next();

private:
  llvm::SmallVector<size_t, 6> sizes;
  llvm::SmallVector<size_t, 6> positions;
  std::vector<llvm::SmallVector<size_t, 6>> strides;
  llvm::SmallVector<size_t, 6> offsets;
};

} // namespace nasc::cost

#endif // NASC_PASSES_COST_VALUETABLES_H
