//===- ArenaSections.h - Items in terms of sections -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Time cut into sections: the maximal sets of items that are alive together.
// Internal to the search of ArenaSearch.h.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_ARENA_ARENASECTIONS_H
#define NASC_PASSES_ARENA_ARENASECTIONS_H

#include "passes/arena/ArenaSearch.h"
#include <cstdint>
#include <vector>

namespace nasc {

/// An item in terms of sections, both inclusive.
struct ArenaPiece {
  int first, last;
  int64_t size, limit;
  /// The items it stands for: one, or several that lie at the same offset.
  std::vector<uint32_t> items;
};

/// The maximal sets of items alive together, in the order of time: sets
/// `pieces` to the intervals of them in which the items `which` are alive, in
/// their order, and returns their number.
int findSections(const std::vector<ArenaItem> &items,
                 const std::vector<uint32_t> &which,
                 std::vector<ArenaPiece> &pieces);

/// Makes one piece of two where one follows the other at the same offset in
/// every solution: in both of two neighbouring sections, what is alive fills
/// the arena, and only one piece ends and one begins between them. Then the
/// sections are the same, and one is left.
void joinPieces(std::vector<ArenaPiece> &pieces, int &sections);

} // namespace nasc

#endif // NASC_PASSES_ARENA_ARENASECTIONS_H
