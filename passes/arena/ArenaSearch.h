//===- ArenaSearch.h - Exact search for offsets in an arena -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decides whether rectangles with fixed positions in time fit below a given
// height. Plain numbers in and out; ArenaPlanning.h has what callers want.
//
// Time is cut into sections: the maximal sets of items that are alive
// together, in the order of time. An item takes an interval of sections. The
// search builds a skyline from the bottom:
//
//  * The floor of a section is a height below which nothing more is put. An
//    item that is not placed yet rests at the earliest on the highest floor of
//    its interval; a floor is raised to the lowest such offset of its section.
//  * A valley is an interval of sections with one floor and higher floors on
//    both sides. At one of its sections, either one of the items that fit the
//    valley lies on the floor, or none does; then the floor rises to the next
//    height at which anything can lie. The search branches on that question,
//    at the section with the fewest answers, weighted by how often it failed.
//  * Sections between which no item is left to cross are solved apart, so a
//    failure in one part does not enumerate the other.
//  * A failure is explained by the sections whose state suffices for it: where
//    the lowest offset of a piece in them was raised, the section that raised
//    it is added. A decision outside of them is skipped, as all its other
//    answers would fail alike.
//  * The interval of these sections and its state (what is left, lowest
//    offsets) are remembered for the whole search, over restarts (Luby's
//    sequence).
//  * The restarts belong to a portfolio of strategies that differ in the order
//    of the answers and in what they remember of earlier restarts: how often
//    sections and items failed, and where an item lay. Each strategy has its
//    share of the steps.
//
// Soundness: if there is a solution, there is one with the least sum of
// offsets, each multiplied by the square of the item's size. In it, every item
// lies on the ground or on another one, no item could be moved into a gap below
// it, and of two items with the same interval, one on the other, the greater
// one is below: of sizes s < t at an offset o, s s (o + t) + t t o is less than
// s s o + t t (o + s). Branches that contradict this are cut, so an exhausted
// search proves that there is no solution. (The greater one, as most orders try
// it first: were it cut above, such an order would lock out its own next
// choice.) Failed states are compared by a hash of 128 bits.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_ARENA_ARENASEARCH_H
#define NASC_PASSES_ARENA_ARENASEARCH_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace nasc {

/// What a search may spend. Steps are counted alike on every machine, so a
/// search with a limit of steps alone is deterministic.
struct ArenaBudget {
  uint64_t stepsLeft = 0;
  std::optional<std::chrono::steady_clock::time_point> deadline;

  bool exhausted() const {
    return stepsLeft == 0 ||
           (deadline && std::chrono::steady_clock::now() >= *deadline);
  }
};

/// An item to place: alive at the times `lower` to `upper` - 1. It takes `size`
/// units, at least 1, and ends at `limit` or below.
struct ArenaItem {
  int64_t lower;
  int64_t upper;
  int64_t size;
  int64_t limit;
};

enum class ArenaFit { Fits, DoesNotFit, Unknown };

/// Whether the items can be placed below their limits without overlaps. If they
/// can, `offsets` are set. `Unknown` if the budget ends first; the budget is
/// reduced by what was spent. The sum of all sizes and the limits must be below
/// 2^62. Exponential in the worst case; a step is linear in the sizes of the
/// sections that change.
ArenaFit fitArena(const std::vector<ArenaItem> &items, ArenaBudget &budget,
                  std::vector<int64_t> &offsets);

} // namespace nasc

#endif // NASC_PASSES_ARENA_ARENASEARCH_H
