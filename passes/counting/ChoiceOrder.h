//===- ChoiceOrder.h - The order in which choices are decided ---*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A diagram that decides choices one after the other has, at each moment, to
// remember what the rest still needs to know of what was decided. A good order
// keeps that little: choices that meet in one layer are next to each other, and
// a depth is decided when the first layer that depends on it is reached.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_CHOICEORDER_H
#define NASC_PASSES_COUNTING_CHOICEORDER_H

#include "passes/counting/LimitForm.h"
#include "passes/counting/ValueSets.h"

namespace nasc::counting {

/// The parts of a program that decide whether an architecture is feasible, as
/// the diagram sees them.
struct FeasibilityProblem {
  cost::CostProgram program;
  cost::ChoiceDomains domains;
  std::vector<Condition> conditions;
  /// Sums of which the diagram remembers the value.
  std::vector<SumLimit> shortSums;
  /// Sums with too many values for that.
  std::vector<SumLimit> longSums;
};

/// For each slot, the number of decisions after which its value is known.
std::vector<uint32_t> knownAfter(const cost::CostProgram &program,
                                 llvm::ArrayRef<uint32_t> order);

/// An order of all choices, in which a choice comes after those that decide
/// whether it is active. Takes the best of several by an estimate of the number
/// of states; the orders are the program's own, the program's with choices
/// moved to the first one that they meet, and one that grows by the choice that
/// adds least to what has to be remembered.
std::vector<uint32_t> orderChoices(const FeasibilityProblem &problem,
                                   const ValueSets &values);

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_CHOICEORDER_H
