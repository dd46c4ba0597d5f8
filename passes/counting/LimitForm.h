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
// Every step is an equivalence over the integers, so an architecture meets the
// limits exactly if it meets the form.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_LIMITFORM_H
#define NASC_PASSES_COUNTING_LIMITFORM_H

#include "passes/cost/CostProgram.h"

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

struct LimitForm {
  std::vector<SumLimit> sums;
  std::vector<Condition> conditions;
  /// No architecture meets the limits: found while taking them apart.
  bool isContradiction = false;
};

/// Takes the limits of the program apart. `ranges` holds a range of every slot
/// over the architectures in question; conditions that always hold are left
/// out. Adds instructions, and their ranges, where a limit is not a truth
/// value.
LimitForm takeApart(cost::CostProgram &program,
                    std::vector<cost::Range> &ranges);

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_LIMITFORM_H
