//===- SumGrid.h - Counts paths by every value of one sum -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One long sum of many layers, each with many different costs (a latency table
// in nanoseconds), has more beginnings than lists can hold (SumJoin.h), but not
// more values than an array can: the sums of a part of the levels are counted
// value by value, from the root and from the leaf, until both meet at a level.
//
//   root ── stage ── stage ──┤ m ├── stage ── stage ── leaf
//
// The table of a node says for each sum how many paths have it. A stage makes
// the tables of one level from those of its neighbour: each edge adds a table,
// moved by its cost. Few sums are a sorted list, many an array.
//
// A path within the bounds is a beginning of some sum and an end with one of
// the sums that fit beside it, which running totals at the meeting level count.
// To draw, one random number says which beginning sum, which path that has it,
// and which end; the paths are found backwards, by the tables of each stage.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_SUMGRID_H
#define NASC_PASSES_COUNTING_SUMGRID_H

#include "passes/counting/Budget.h"
#include "passes/counting/CountedSet.h"
#include "passes/counting/SumScale.h"

#include <memory>

namespace nasc::counting {

/// Builds the tables of a diagram whose scale has one field. Null if that would
/// take more than the budget, if there are more than 2^32 sums, or if more than
/// 2^63 paths lead from the root or from the leaf to the level where both meet.
/// The result keeps references to the diagram and the scale.
///
/// Cost: for each edge of the diagram the sums of the node that it comes from,
/// about a nanosecond each; eight bytes for each sum of each node.
std::unique_ptr<CountedSet> gridSums(const StateDiagram &diagram,
                                     const SumScale &scale,
                                     const Budget &budget);

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_SUMGRID_H
