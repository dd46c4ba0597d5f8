//===- ValueSets.h - Which values a slot can take ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The values that each slot of a program can take, as a set where it is small
// and as a range otherwise: a resolution after five strides is one of five
// numbers, whatever the strides are. Sets may hold values that no architecture
// has (operands are combined as if they were independent).
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_VALUESETS_H
#define NASC_PASSES_COUNTING_VALUESETS_H

#include "passes/cost/Architecture.h"

namespace nasc::counting {

struct ValueSets {
  /// Of each slot, over the architectures with choices in the domains.
  std::vector<cost::Range> ranges;
  /// Sorted; empty where a set would have more than `maximumSet` values.
  std::vector<std::vector<int64_t>> values;

  static constexpr size_t maximumSet = 512;

  ValueSets(const cost::CostProgram &program,
            const cost::ChoiceDomains &domains);

  /// How many values the slot takes at most.
  double numValues(cost::Slot slot) const;
  /// A number that divides all differences of values of the slot; zero where
  /// it is constant.
  uint64_t stepOf(cost::Slot slot) const;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_VALUESETS_H
