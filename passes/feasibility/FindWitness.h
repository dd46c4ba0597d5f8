//===- FindWitness.h - Which choices break a condition ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds an architecture in which a condition (that two shapes agree, say) does
// not hold, and which of its choices are to blame.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_FINDWITNESS_H
#define NASC_PASSES_FEASIBILITY_FINDWITNESS_H

#include "passes/cost/Architecture.h"

#include <utility>

namespace nasc::feasibility {

enum class WitnessStatus {
  Found,
  /// The condition holds in every architecture: proved.
  None,
  /// No time.
  Undecided
};

struct WitnessResult {
  WitnessStatus status = WitnessStatus::Undecided;
  /// The condition does not hold here.
  cost::Architecture architecture;
  /// Choices and positions of it that alone force the condition not to hold,
  /// in the order of the program; minimal if `causeIsMinimal`. Empty: it never
  /// holds.
  std::vector<std::pair<uint32_t, uint16_t>> cause;
  bool causeIsMinimal = false;
};

/// Looks over all architectures of a program, limits aside, for one in which
/// the truth value `slot` is zero. `seconds` limits the time; zero does not.
WitnessResult findWitness(const cost::CostProgram &program, cost::Slot slot,
                          double seconds = 0);

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_FINDWITNESS_H
