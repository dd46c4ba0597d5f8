//===- SumScale.h - Long sums as small packed numbers -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The costs on a diagram's edges, changed so that they are small and never
// negative without changing which paths meet the bounds:
//
// - The least that can still come behind a node is charged when the node is
//   reached, so the rest can cost nothing (potentials, as in shortest paths).
// - A sum of which only the lower bound excludes paths is negated: its bound
//   is an upper one then.
// - All costs are divided by their common divisor.
// - A sum that no path exceeds is left out.
// - The sums of an edge are packed into one number, a field each with one bit
//   to spare, so that adding costs and comparing them with the bounds are one
//   operation for all sums.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_SUMSCALE_H
#define NASC_PASSES_COUNTING_SUMSCALE_H

#include "passes/counting/StateDiagram.h"

namespace nasc::counting {

/// Where the field of one sum is in a packed number, and its bounds.
struct SumField {
  unsigned shift = 0;
  /// Without the bit to spare.
  unsigned bits = 0;
  uint64_t lower = 0;
  uint64_t upper = 0;
};

/// Costs in coarser units, rounded for each relation (Relation.h): fewer sums
/// are different, and what is counted is a bound of the exact count.
struct Coarseness {
  /// For each field, the unit; empty for exact costs.
  std::vector<uint64_t> units;
  /// Rounded up, what stays within the bounds does so exactly: a lower bound.
  /// Rounded down, what exceeds them does so exactly: an upper bound.
  bool up = false;

  bool isExact() const { return units.empty(); }
  uint64_t rounded(uint64_t cost, size_t field) const {
    return up ? (cost + units[field] - 1) / units[field] : cost / units[field];
  }
};

/// The costs of a diagram's edges on the scale of the counting.
struct SumScale {
  /// The sums that can exceed their bounds; the one with the widest field last,
  /// in the highest bits.
  std::vector<SumField> fields;
  /// `costs[level][edge * fields.size() + field]`; edges that no path within
  /// the bounds has are `excluded`.
  std::vector<std::vector<uint64_t>> costs;
  /// The least cost of a path from the root: `reached[level][node * …]`.
  std::vector<std::vector<uint64_t>> reached;
  /// No path meets the bounds of one sum.
  bool isEmpty = false;

  static constexpr uint64_t excluded = ~uint64_t(0);

  explicit SumScale(const StateDiagram &diagram);

  /// Bits of a packed number.
  unsigned numBits() const;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_SUMSCALE_H
