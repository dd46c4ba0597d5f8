//===- SumJoin.h - Counts paths within the bounds of long sums --*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where limits are on long sums (macs and params of a whole network), a diagram
// that remembered the sums would be too large. Here the diagram is cut:
//
//   root ── beginnings ──┤ u ├── middle ──┤ w ├── ends ── leaf
//
// For each node of the first cut, all sums of paths from the root are listed
// with the number of paths that have them, and for each node of the second cut
// all sums of paths to the leaf. Lists grow from both sides, always the side
// where it is cheaper, until they meet or would become too long; equal sums are
// one entry, and what exceeds a bound already is left out.
//
// To count, the middle is divided at one level. Beginnings with the first part
// and ends with the second part become streams of points; a pair is feasible if
// its sums stay within the bounds. One sweep over the first sum, with a Fenwick
// tree over the second, counts all pairs in n log n; a third and further sums
// are divided and conquered, each at the price of another logarithm.
//
// To draw, every beginning (with the first part of the middle) gets the number
// of ways to complete it, from the same sweep. A single random number is then
// decoded: which beginning, which of the paths that have its sum, which middle,
// and which end, found by weight in a box of sums.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_SUMJOIN_H
#define NASC_PASSES_COUNTING_SUMJOIN_H

#include "passes/counting/Budget.h"
#include "passes/counting/CountedSet.h"
#include "passes/counting/SumScale.h"

#include <memory>
#include <optional>

namespace nasc::counting {

/// Builds the join of a diagram whose sums are `scale`; `naturalBits` suffice
/// for the number of all paths. Null if that would take more than the budget.
/// The result keeps references to the diagram and the scale.
std::unique_ptr<CountedSet> joinSums(const StateDiagram &diagram,
                                     const SumScale &scale,
                                     unsigned naturalBits,
                                     const Budget &budget);

/// A proven bound of the number of paths within the bounds: from below if
/// `lower`, from above otherwise. Sums are counted in about `resolution` units,
/// rounded for each block of levels so that the result errs to the safe side.
/// None if the budget does not suffice.
std::optional<llvm::APInt> boundPaths(const StateDiagram &diagram,
                                      const SumScale &scale,
                                      uint64_t resolution, bool lower,
                                      unsigned naturalBits,
                                      const Budget &budget);

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_SUMJOIN_H
