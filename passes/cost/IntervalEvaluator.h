//===- IntervalEvaluator.h - Bounds of costs on partial choices -*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds the values of a cost program when each choice is restricted to some
// of its values.
//
// Values that depend on few variables are bounded exactly, over the
// combinations of their table that the restriction leaves (ValueTables.h); the
// rest, sums over layers for the most part, by interval arithmetic on these.
//
// Sound: the value of a slot in every architecture whose active choices are at
// allowed positions lies in the slot's bounds. Inactive choices need no care:
// nothing that an architecture costs depends on them.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_INTERVALEVALUATOR_H
#define NASC_PASSES_COST_INTERVALEVALUATOR_H

#include "passes/cost/ValueTables.h"

#include <memory>

namespace nasc::cost {

/// The result of one evaluation; also what a restriction of it starts from.
struct Bounds {
  /// For every slot; meaningful for those that were asked for.
  std::vector<Range> slots;
  /// For every variable of the tables, which of its values remain.
  std::vector<std::vector<uint32_t>> variables;

  /// A slot that is a truth value can be one, can be zero.
  bool canHold(Slot slot) const { return slots[slot].upper != 0; }
  bool canFail(Slot slot) const { return slots[slot].lower == 0; }
};

/// Evaluates bounds of some slots of one program, for many restrictions.
/// Const and without hidden state: may be used by several threads.
class IntervalEvaluator {
public:
  /// Bounds `roots`. Cost: as of ValueTables.
  IntervalEvaluator(const CostProgram &program, llvm::ArrayRef<Slot> roots,
                    size_t maximumTable = 4096);

  /// Bounds where each choice is at one of the positions in `domains`. An empty
  /// set is taken as position zero alone: the choice is never active. Cost:
  /// linear in the remaining entries of the tables and the instructions.
  Bounds evaluate(const ChoiceDomains &domains) const;

  /// The bounds after `choice` is restricted to `positions` as well, from those
  /// without; only what depends on the choice is computed again.
  Bounds restrict(const Bounds &bounds, uint32_t choice,
                  const llvm::BitVector &positions) const;

  const ValueTables &getTables() const { return *tables; }

private:
  void compute(Bounds &bounds, const ChoiceDomains *domains,
               std::optional<uint32_t> changed,
               const llvm::BitVector *positions) const;
  Range boundTable(const ValueTable &table, const Bounds &bounds) const;
  void restrictVariable(uint32_t variable, Bounds &bounds) const;

  const CostProgram &program;
  std::unique_ptr<ValueTables> tables;
  std::vector<llvm::BitVector> supports;
  /// Variables that the tables below need, ascending.
  std::vector<uint32_t> neededVariables;
  /// Slots to bound, ascending: from their table, or from their operands.
  std::vector<Slot> neededSlots;
};

} // namespace nasc::cost

#endif // NASC_PASSES_COST_INTERVALEVALUATOR_H
