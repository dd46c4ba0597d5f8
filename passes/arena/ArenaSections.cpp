//===- ArenaSections.cpp - Items in terms of sections ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/arena/ArenaSections.h"
#include <algorithm>
#include <cassert>

namespace nasc {

int findSections(const std::vector<ArenaItem> &items,
                 const std::vector<uint32_t> &which,
                 std::vector<ArenaPiece> &pieces) {
  // A maximal set ends where an item ends that is the first to end after
  // another one began.
  std::vector<std::pair<int64_t, int>> events;
  for (uint32_t i : which) {
    events.emplace_back(items[i].lower, 1);
    events.emplace_back(items[i].upper, 0);
  }
  std::sort(events.begin(), events.end());
  // Section k is represented by the last time at which it is complete.
  std::vector<int64_t> times;
  bool grew = false;
  int64_t lastBegin = 0;
  for (const auto &[time, begins] : events) {
    if (begins) {
      grew = true;
      lastBegin = time;
    } else if (grew) {
      times.push_back(lastBegin);
      grew = false;
    }
  }
  pieces.clear();
  for (uint32_t i : which) {
    const auto first =
        std::lower_bound(times.begin(), times.end(), items[i].lower);
    const auto last =
        std::lower_bound(times.begin(), times.end(), items[i].upper);
    assert(first < last && "every item is in a maximal set");
    pieces.push_back({int(first - times.begin()),
                      int(last - times.begin()) - 1,
                      items[i].size,
                      items[i].limit,
                      {i}});
  }
  return int(times.size());
}

void joinPieces(std::vector<ArenaPiece> &pieces, int &sections) {
  for (bool joined = true; joined;) {
    joined = false;
    std::vector<int64_t> load(sections, 0), capacity(sections, 0);
    std::vector<int> begins(sections, 0), ends(sections, 0);
    std::vector<size_t> first(sections, 0), last(sections, 0);
    for (size_t i = 0; i < pieces.size(); ++i) {
      const ArenaPiece &piece = pieces[i];
      for (int s = piece.first; s <= piece.last; ++s) {
        load[s] += piece.size;
        capacity[s] = std::max(capacity[s], piece.limit);
      }
      ++begins[piece.first];
      first[piece.first] = i;
      ++ends[piece.last];
      last[piece.last] = i;
    }
    for (int s = 0; s + 1 < sections && !joined; ++s) {
      if (load[s] != capacity[s] || load[s + 1] != capacity[s + 1] ||
          capacity[s] != capacity[s + 1] || ends[s] != 1 || begins[s + 1] != 1)
        continue;
      ArenaPiece &one = pieces[last[s]];
      ArenaPiece &two = pieces[first[s + 1]];
      assert(one.size == two.size && "what is alive fills the arena");
      one.last = two.last;
      one.limit = std::min(one.limit, two.limit);
      one.items.insert(one.items.end(), two.items.begin(), two.items.end());
      pieces.erase(pieces.begin() + ptrdiff_t(first[s + 1]));
      for (ArenaPiece &piece : pieces) {
        piece.first -= piece.first > s;
        piece.last -= piece.last > s;
      }
      --sections;
      joined = true;
    }
  }
}

} // namespace nasc
