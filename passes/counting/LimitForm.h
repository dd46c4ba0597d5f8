//===- LimitForm.h - Limits as sums and conditions --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The conjunction of all limits of a program, taken apart as far as integers
// allow: a comparison of a maximum with its upper bound is one comparison for
// each operand, a bound on a rounded quotient is a bound on the dividend, and a
// comparison of two expressions is a bound on a sum of terms. What is left are
// sums (macs, params: one term for each layer) and conditions on few choices
// (each moment of the arena, each pair of widths).
//
// A disjunction of which a part is a long sum is neither; it is handed back as
// it is, with the ways to meet it.
//
// Every step is an equivalence over the integers, so an architecture meets the
// requirements exactly if it meets the form.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_LIMITFORM_H
#define NASC_PASSES_COUNTING_LIMITFORM_H

#include "passes/counting/ValueSets.h"

#include <optional>

namespace nasc::counting {

/// `lower <= Σ factor · value of slot <= upper`; a side at the end of 64 bits
/// is open.
struct SumLimit {
  std::vector<std::pair<cost::Slot, int64_t>> terms;
  cost::Range bounds;
};

/// The value of the slot is in `bounds`.
struct Condition {
  cost::Slot slot = 0;
  cost::Range bounds;
};

/// The truth value in the slot is `truth`; if `comparison` is given, the two
/// operands of the slot, which is a comparison, compare that way instead.
struct Requirement {
  cost::Slot slot = 0;
  bool truth = true;
  std::optional<cost::Comparison> comparison = std::nullopt;
};

struct LimitForm {
  std::vector<SumLimit> sums;
  std::vector<Condition> conditions;
  /// Requirements that are no conjunction and of which a part is a long sum:
  /// `macs <= A or params <= B`. LimitCases takes them apart.
  std::vector<Requirement> disjunctions;
  /// No architecture meets the limits: found while taking them apart.
  bool isContradiction = false;
};

/// Sums with more values than this are long: no state of a diagram holds them.
constexpr double maximumShortSum = 512;

/// An estimate from above of how many values the sum takes.
double numValues(const SumLimit &sum, const ValueSets &values);

/// Takes the conjunction of the requirements apart. `values` are of the program
/// over the architectures in question; conditions that always hold are left
/// out. Disjunctions in `settled` are met by other requirements and left out.
LimitForm takeApart(const cost::CostProgram &program, const ValueSets &values,
                    llvm::ArrayRef<Requirement> requirements,
                    llvm::ArrayRef<Requirement> settled = {});

/// The ways to meet a disjunction, each a conjunction. They exclude each other:
/// every architecture that meets the disjunction meets exactly one.
std::vector<std::vector<Requirement>>
alternatives(const cost::CostProgram &program, const ValueSets &values,
             Requirement disjunction);

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_LIMITFORM_H
