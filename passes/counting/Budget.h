//===- Budget.h - How much a count may cost ---------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_BUDGET_H
#define NASC_PASSES_COUNTING_BUDGET_H

#include <chrono>
#include <cstddef>
#include <optional>

namespace nasc::counting {

/// A moment at which to give up, and sizes that are not to be exceeded.
struct Budget {
  std::optional<std::chrono::steady_clock::time_point> deadline;
  size_t memory = size_t(3) << 30;
  /// Entries (a sum, and an edge that leads to it) of one extension of the
  /// lists of a join.
  size_t listEntries = size_t(1) << 24;

  /// `seconds` zero: no limit.
  static Budget of(double seconds, size_t memory) {
    Budget budget;
    budget.memory = memory;
    if (seconds > 0)
      budget.deadline =
          std::chrono::steady_clock::now() +
          std::chrono::duration_cast<std::chrono::steady_clock::duration>(
              std::chrono::duration<double>(seconds));
    return budget;
  }

  /// Whether that many seconds are left.
  bool allows(double seconds) const {
    return !deadline || std::chrono::duration<double>(
                            *deadline - std::chrono::steady_clock::now())
                                .count() > seconds;
  }
  bool isOver() const {
    return deadline && std::chrono::steady_clock::now() >= *deadline;
  }
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_BUDGET_H
