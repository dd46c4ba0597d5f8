//===- FeasiblePart.h - The architectures of one case -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_FEASIBLEPART_H
#define NASC_PASSES_COUNTING_FEASIBLEPART_H

#include "passes/counting/Budget.h"
#include "passes/counting/CountedSet.h"
#include "passes/counting/LimitCases.h"
#include "passes/counting/SumScale.h"

#include <memory>

namespace nasc::counting {

/// The architectures of one case of the limits (LimitCases.h): a diagram, its
/// long sums, and the paths that meet them, counted.
class FeasiblePart {
public:
  /// `program` is the one that the case was made of.
  FeasiblePart(const cost::CostProgram &program, LimitCase limits);
  FeasiblePart(const FeasiblePart &) = delete;

  /// Counts exactly; false if the budget does not suffice.
  bool count(const Budget &budget);
  /// Where count() did not suffice: holds all sums in the states of a diagram,
  /// which some sums that look long allow.
  bool countByStates(const Budget &budget);

  /// Of a part that was counted: whether it has no architecture.
  bool isEmpty() const { return !counted; }
  /// Of a part that was counted and is not empty.
  const CountedSet &getCounted() const { return *counted; }
  const StateDiagram &getDiagram() const { return diagram; }
  const SumScale &getScale() const { return *scale; }

  /// Of the domains of the case, an upper bound in rare spaces.
  llvm::APInt countWithoutLimits() const;
  /// Proven bounds of the number of architectures, for a part that could not be
  /// counted.
  std::pair<llvm::APInt, llvm::APInt> bounds(const Budget &budget) const;

  /// Calls `visit` with the positions of every architecture of a part that is
  /// not empty, in an order that is always the same, until it returns false.
  /// Returns whether it never did.
  bool
  enumerate(llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visit) const;

private:
  bool count(size_t numLong, const Budget &budget);

  FeasibilityProblem problem;
  ValueSets values;
  /// The longest first.
  std::vector<SumLimit> sums;
  /// How many of them are not part of the states.
  size_t numLong = 0;
  /// Bits that suffice for the number of all paths.
  unsigned naturalBits = 0;
  StateDiagram diagram;
  std::unique_ptr<SumScale> scale;
  std::unique_ptr<CountedSet> counted;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_FEASIBLEPART_H
