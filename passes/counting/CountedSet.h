//===- CountedSet.h - What every kind of counted set offers -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_COUNTEDSET_H
#define NASC_PASSES_COUNTING_COUNTEDSET_H

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace nasc::counting {

/// `[choice][position]`: in how many architectures the choice is active and at
/// that position.
using Marginals = std::vector<std::vector<llvm::APInt>>;

/// The paths of a state diagram that meet its long sums, counted.
class CountedSet {
public:
  virtual ~CountedSet() = default;

  virtual llvm::APInt getCount() const = 0;
  /// Adds to the numbers, one for each value of each choice.
  virtual void addMarginals(Marginals &marginals) const = 0;
  virtual void prepareSampling() const = 0;
  /// Draws `count` times. `positions` has a row for each, with a place for each
  /// choice; those of choices that are not decided are left alone.
  virtual void sample(llvm::function_ref<uint64_t()> random, size_t count,
                      llvm::MutableArrayRef<uint16_t> positions) const = 0;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_COUNTEDSET_H
