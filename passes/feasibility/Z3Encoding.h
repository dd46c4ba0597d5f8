//===- Z3Encoding.h - Cost programs as formulas of Z3 -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a cost program becomes a formula.
//
// Choices. A choice of n values is n Booleans of which exactly one is true
// (one Boolean for two values). An inactive choice is pinned to its first
// value, by one implication from its activity: the models are exactly the
// architectures, each once, and no model differs from another in something
// that does not exist.
//
// Layers. What a layer costs depends on few things: it is a table
// (ValueTables.h) over choices and over values that take few numbers, such as
// a resolution after several strides. The latter get one Boolean for each of
// their numbers, defined by their own table. So there is no multiplication of
// variables in the formula: a table is a decision diagram (nested
// if-then-else over the Booleans, equal parts shared).
//
// Sums. `a1·T1 + … + ak·Tk <= K` over tables: tables that depend on the same
// things are added up first; each is shifted to start at zero and divided by
// the common divisor of all differences; entries beyond the bound are cut to
// the bound plus one, which changes no comparison. What is left is added in
// bit-vectors just wide enough, in a balanced tree. The ranges of the program
// prove that nothing wraps.
//
// Maximum, minimum, division. They rarely have to be numbers: `max(a, b) <= K`
// is `a <= K` and `b <= K`; `ceil(a / d) <= K` is `a <= d·K`; selection is
// if-then-else of comparisons. The arena in `ram`, a maximum over layers, is so
// a conjunction of small tables. Where a number is needed after all, it is a
// bit-vector: min and max by if-then-else, a quotient q of a by b as a new
// variable with `q·b <= a < q·b + b`.
//
// Everything is finite: Booleans and bit-vectors, which Z3 translates to SAT.
//
// Sound and complete: every rule above is an equivalence over the integers
// within the ranges, so a model is an architecture with the stated properties
// (and is checked again by the interpreter before it is believed), and
// "unsatisfiable" means that there is none.
//
// Only this folder sees Z3. Functions here may throw z3::exception; their
// callers in this folder catch it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_Z3ENCODING_H
#define NASC_PASSES_FEASIBILITY_Z3ENCODING_H

#include "passes/cost/Architecture.h"
#include "passes/cost/IntervalEvaluator.h"

#include <z3++.h>

#include <map>

namespace nasc::feasibility {

/// The terms of one program in one Z3 context. Terms are made on demand; what
/// they need to be defined is added to the solver given here, at its current
/// level, so terms are to be made at the lowest level.
class Z3Encoding {
public:
  /// Adds the choices of the program and the pinning of inactive ones to
  /// `solver`. `roots` are the truth values that will be asked for (activities
  /// need not be named). Each choice is restricted to `domains`, position zero
  /// of inactive choices aside.
  Z3Encoding(const cost::CostProgram &program, llvm::ArrayRef<cost::Slot> roots,
             const cost::ChoiceDomains &domains, z3::solver &solver,
             size_t maximumTable = 2048);

  /// A Boolean constant or its negation: the choice is at that position.
  z3::expr isAt(uint32_t choice, uint32_t position) const;
  /// A Boolean constant or its negation: the choice is active.
  z3::expr isActive(uint32_t choice) const { return actives[choice]; }
  /// The truth of a root.
  z3::expr truth(cost::Slot slot);
  /// Whether the value of a slot that a root needs is at most `bound`.
  z3::expr isAtMost(cost::Slot slot, __int128 bound) {
    return atMost(slot, bound);
  }
  /// The range of such a slot, by intervals.
  cost::Range getRange(cost::Slot slot) const { return rangeOf(slot); }
  /// A new Boolean constant that is defined as `term`, for assumptions.
  z3::expr name(const z3::expr &term, const std::string &prefix);
  /// The value of a slot that a root needs, as a signed bit-vector.
  z3::expr number(cost::Slot slot);

  /// The architecture of a model.
  cost::Architecture architectureOf(const z3::model &model) const;

private:
  struct Term {
    cost::ValueTable table;
    int64_t factor = 1;
  };
  /// A number of at least zero and at most `maximum`.
  struct Natural {
    z3::expr bits;
    uint64_t maximum;
  };
  using Factors = std::map<cost::Slot, __int128>;

  cost::Range rangeOf(cost::Slot slot) const { return bounds.slots[slot]; }
  z3::expr boolean(bool value) const { return context.bool_val(value); }
  z3::expr fresh(const std::string &prefix, unsigned width);
  z3::expr variableIs(uint32_t variable, uint32_t position);
  z3::expr variableIsOneOf(uint32_t variable,
                           llvm::ArrayRef<uint32_t> positions);
  /// Positions of a variable that have the same term.
  struct Group {
    z3::expr term;
    std::vector<uint32_t> positions;
  };
  z3::expr
  selection(llvm::ArrayRef<Group> groups,
            llvm::function_ref<z3::expr(llvm::ArrayRef<uint32_t>)> isOneOf);
  template <typename Leaf>
  z3::expr diagram(const cost::ValueTable &table, Leaf leaf);
  z3::expr constant(__int128 value, unsigned width) const;
  z3::expr widened(const z3::expr &bits, unsigned width) const;
  z3::expr computeNumber(cost::Slot slot);
  z3::expr computeTruth(cost::Slot slot);
  z3::expr quotient(cost::Slot a, cost::Slot b, bool up, cost::Range range);
  z3::expr compare(const cost::Instruction &instruction);
  z3::expr atMost(cost::Slot slot, __int128 bound);
  z3::expr computeAtMost(cost::Slot slot, int64_t bound);
  bool collect(cost::Slot slot, __int128 factor, Factors &factors,
               __int128 &constantPart);
  std::optional<z3::expr> sumAtMost(const Factors &factors, __int128 bound);
  /// The constants of a choice, which exist once they are asked for: what no
  /// root depends on stays out of the formula.
  const std::vector<z3::expr> &termsOf(uint32_t choice) const;

  const cost::CostProgram &program;
  z3::solver &solver;
  z3::context &context;
  cost::IntervalEvaluator evaluator;
  const cost::ValueTables &tables;
  cost::Bounds bounds;
  /// The domains, with the first position of choices that can be inactive.
  cost::ChoiceDomains pinned;
  mutable std::vector<std::vector<z3::expr>> positions;
  std::vector<z3::expr> actives;
  std::map<std::pair<uint32_t, uint32_t>, z3::expr> variableTerms;
  std::map<cost::Slot, z3::expr> truths;
  std::map<cost::Slot, z3::expr> numbers;
  std::map<std::pair<cost::Slot, int64_t>, z3::expr> comparisons;
  unsigned numFresh = 0;
};

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_Z3ENCODING_H
