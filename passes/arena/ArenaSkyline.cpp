//===- ArenaSkyline.cpp - State of the search that builds a skyline -------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/arena/ArenaSkyline.h"
#include <algorithm>
#include <cmath>

namespace nasc {
namespace {

/// Above all offsets.
constexpr int64_t wall = std::numeric_limits<int64_t>::max() / 2;

} // namespace

SkylineSearch::SkylineSearch(std::vector<ArenaPiece> given, int sectionCount)
    : pieces(std::move(given)), sections(sectionCount), alive(sectionCount),
      starting(sectionCount), ending(sectionCount), byOffset(sectionCount),
      rank(pieces.size()), before(pieces.size(), -1), names(pieces.size()),
      floors(sectionCount, 0), tops(sectionCount, 0),
      topPiece(sectionCount, -1), load(sectionCount, 0), count(sectionCount, 0),
      crossing(sectionCount, 0), at(pieces.size(), 0), placed(pieces.size(), 0),
      changed(sectionCount, 0), capacity(sectionCount, 0),
      isDirty(sectionCount, 0), startHash(sectionCount + 1),
      endHash(sectionCount + 1), conflict(sectionCount),
      sectionTops(sectionCount), restHeights(pieces.size()) {
  SplitMix64 random(7);
  for (uint64_t &name : names)
    name = random.next();
  for (size_t i = 0; i < pieces.size(); ++i) {
    const ArenaPiece &piece = pieces[i];
    starting[piece.first].push_back(int(i));
    ending[piece.last].push_back(int(i));
    for (int s = piece.first; s <= piece.last; ++s) {
      alive[s].push_back(int(i));
      byOffset[s].push_back(int(i));
      load[s] += piece.size;
      ++count[s];
      crossing[s] += s < piece.last;
      capacity[s] = std::max(capacity[s], piece.limit);
    }
    for (size_t j = i; j-- > 0;) {
      const ArenaPiece &other = pieces[j];
      if (other.first == piece.first && other.last == piece.last &&
          other.size == piece.size && other.limit == piece.limit) {
        before[i] = int(j);
        break;
      }
    }
  }
}

void SkylineSearch::prepare(const SkylineStrategy &wanted, SplitMix64 &random) {
  strategy = wanted;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const ArenaPiece &piece = pieces[i];
    const double width = piece.last - piece.first + 1;
    double contention = 0, sum = 0;
    for (int s = piece.first; s <= piece.last; ++s) {
      contention = std::max(contention, double(load[s]) / double(capacity[s]));
      sum += double(load[s]) / double(capacity[s]);
    }
    const double size = double(piece.size);
    switch (strategy.key) {
    case SkylineStrategy::Area:
      rank[i] = size * width;
      break;
    case SkylineStrategy::Width:
      rank[i] = width + size / double(capacity[piece.first]);
      break;
    case SkylineStrategy::Size:
      rank[i] = size;
      break;
    case SkylineStrategy::Contention:
      rank[i] = contention * contention * size * width;
      break;
    case SkylineStrategy::AreaPerLoad:
      rank[i] = sum * size * size;
      break;
    }
    // Those that were in the way come earlier from now on. Old failures count
    // less.
    rank[i] *= 1.0 + 3.0 * std::log(memory.pieceWeights[i]);
    memory.pieceWeights[i] = 1.0 + (memory.pieceWeights[i] - 1.0) * 0.9;
    if (strategy.noise > 0)
      rank[i] *= 1.0 + strategy.noise * (random.unit() - 0.5);
  }
  for (std::vector<int> &list : alive)
    std::stable_sort(list.begin(), list.end(),
                     [&](int a, int b) { return rank[a] > rank[b]; });
}

/// Raises the lowest offset of a piece that is left.
bool SkylineSearch::raise(int piece, int64_t offset, int source) {
  const ArenaPiece &it = pieces[piece];
  set(at[piece], offset, piece, source);
  for (int s = it.first; s <= it.last; ++s)
    if (!isDirty[s]) {
      isDirty[s] = 1;
      dirty.push_back(s);
    }
  if (offset + it.size <= it.limit)
    return true;
  for (int s = it.first; s <= it.last; ++s)
    if (floors[s] == offset)
      memory.weights[s] += 1;
  conflict.clear();
  conflict.addSource(source);
  memory.pieceWeights[piece] += 1;
  return false;
}

/// Lets the floor of a section rise to the lowest offset of what is left above
/// it, and refutes the state if not all of that fits.
bool SkylineSearch::settleSection(int s) {
  if (count[s] == 0) {
    if (floors[s] != wall)
      set(floors[s], wall);
    return true;
  }
  // What is left, in the order of the lowest offsets, each as low as possible:
  // no order ends below. The list is nearly sorted from the last time.
  std::vector<int> &order = byOffset[s];
  for (size_t i = 1; i < order.size(); ++i) {
    const int piece = order[i];
    const int64_t offset = at[piece];
    size_t j = i;
    for (; j > 0 && at[order[j - 1]] > offset; --j)
      order[j] = order[j - 1];
    order[j] = piece;
  }
  int64_t end = 0;
  bool any = false;
  for (int piece : order) {
    if (placed[piece])
      continue;
    if (!any && at[piece] > floors[s])
      set(floors[s], at[piece]);
    any = true;
    end = std::max(end, at[piece]) + pieces[piece].size;
  }
  if (end <= capacity[s])
    return true;
  memory.weights[s] += 1;
  conflict.clear();
  conflict.add(s);
  for (int piece : order)
    if (!placed[piece] && at[piece] > floors[s])
      memory.pieceWeights[piece] += 1;
  return false;
}

/// The heights that stacks of some of the pieces reach on a floor, ascending.
/// False if there are too many.
bool SkylineSearch::stackHeights(const std::vector<int> &list, int64_t floor,
                                 std::vector<int64_t> &heights) {
  heights.assign(1, floor);
  for (int piece : list) {
    if (placed[piece])
      continue;
    if (heights.size() > 128)
      return false;
    const int64_t size = pieces[piece].size;
    merged.clear();
    size_t i = 0, j = 0;
    while (j < heights.size()) {
      const int64_t with = heights[j] + size;
      if (i < heights.size() && heights[i] <= with) {
        j += heights[i] == with;
        merged.push_back(heights[i++]);
      } else {
        merged.push_back(with);
        ++j;
      }
    }
    heights.swap(merged);
  }
  return true;
}

/// Below the lowest piece left that is alive in both sections s and s + 1 lie
/// only pieces that end, and beside them only pieces that begin, between the
/// two, and gaps within the slack. So that piece lies at one of few heights.
bool SkylineSearch::settleBorder(int s) {
  if (!strategy.borders || crossing[s] == 0)
    return true;
  const int64_t leftSlack = capacity[s] - floors[s] - load[s];
  const int64_t rightSlack = capacity[s + 1] - floors[s + 1] - load[s + 1];
  // Where much may be left empty, nothing follows.
  if (leftSlack >= capacity[s] / 8 && rightSlack >= capacity[s] / 8)
    return true;
  if (!stackHeights(ending[s], floors[s], left) ||
      !stackHeights(starting[s + 1], floors[s + 1], right))
    return true;
  int64_t lowest = wall;
  for (size_t i = 0, j = 0; i < left.size() && j < right.size();) {
    const int64_t height = std::max(left[i], right[j]);
    if (height - left[i] > leftSlack)
      ++i;
    else if (height - right[j] > rightSlack)
      ++j;
    else {
      lowest = height;
      break;
    }
  }
  if (lowest >= wall) {
    memory.weights[s] += 1;
    conflict.clear();
    conflict.addSource(~s);
    return false;
  }
  for (int piece : alive[s])
    if (!placed[piece] && pieces[piece].last > s && at[piece] < lowest &&
        !raise(piece, lowest, ~s))
      return false;
  return true;
}

/// Draws all conclusions from what changed. Clears the list of sections to
/// look at in any case.
bool SkylineSearch::settle() {
  bool good = true;
  while (!dirty.empty()) {
    const int s = dirty.back();
    dirty.pop_back();
    isDirty[s] = 0;
    if (!good)
      continue;
    good = settleSection(s) && (s == 0 || settleBorder(s - 1)) &&
           (s + 1 == sections || settleBorder(s));
  }
  return good;
}

bool SkylineSearch::place(int index) {
  const ArenaPiece &piece = pieces[index];
  const int64_t top = at[index] + piece.size;
  set(placed[index], 1);
  set(now, now + 1);
  for (int s = piece.first; s <= piece.last; ++s) {
    set(floors[s], top);
    set(changed[s], now);
    set(tops[s], top);
    set(topPiece[s], index);
    set(load[s], load[s] - piece.size);
    set(count[s], count[s] - 1);
    if (s < piece.last)
      set(crossing[s], crossing[s] - 1);
    isDirty[s] = 1;
    dirty.push_back(s);
  }
  bool good = true;
  for (int s = piece.first; s <= piece.last && good; ++s)
    for (int other : alive[s])
      if (!placed[other] && at[other] < top && !raise(other, top, s)) {
        good = false;
        break;
      }
  return settle() && good;
}

/// Whether some piece left would fit entirely below the floors, around a
/// section whose floor just rose.
bool SkylineSearch::fillsAGap(int section) {
  for (int index : alive[section]) {
    if (placed[index])
      continue;
    const ArenaPiece &piece = pieces[index];
    int64_t bottom = 0, ceiling = wall;
    for (int s = piece.first; s <= piece.last; ++s) {
      bottom = std::max(bottom, tops[s]);
      ceiling = std::min(ceiling, floors[s]);
      if (bottom + piece.size > ceiling)
        break;
    }
    if (bottom + piece.size <= ceiling) {
      conflict.clear();
      conflict.add(piece.first, piece.last);
      return true;
    }
  }
  return false;
}

bool SkylineSearch::close(int section, int64_t next) {
  set(floors[section], next);
  isDirty[section] = 1;
  dirty.push_back(section);
  bool good = true;
  for (int other : alive[section])
    if (!placed[other] && at[other] < next && !raise(other, next, section)) {
      good = false;
      break;
    }
  return settle() && good && !fillsAGap(section);
}

/// Whether a piece at its lowest offset lies on a smaller one with the same
/// interval: they could change places.
bool SkylineSearch::isLocked(int index) const {
  const ArenaPiece &piece = pieces[index];
  const int64_t below = topPiece[piece.first];
  if (below < 0 || tops[piece.first] != at[index])
    return false;
  const ArenaPiece &other = pieces[below];
  return other.first == piece.first && other.last == piece.last &&
         other.size < piece.size && other.limit >= piece.limit;
}

/// Whether a piece may lie on the floor of its valley: not if an equal one has
/// to come first, or if it could change places with the one it would lie on.
bool SkylineSearch::isCandidate(int index, int64_t floor) const {
  return !placed[index] && at[index] == floor &&
         (before[index] < 0 || placed[before[index]]) && !isLocked(index);
}

SkylineSearch::Choice SkylineSearch::choose(int from, int to) {
  Choice best;
  double bestScore = std::numeric_limits<double>::infinity();
  for (int first = from; first <= to;) {
    const int64_t floor = floors[first];
    int last = first;
    while (last < to && floors[last + 1] == floor)
      ++last;
    const bool valley = (first == from || floors[first - 1] > floor) &&
                        (last == to || floors[last + 1] > floor);
    if (valley) {
      // What does not lie on the floor lies on something that does not end
      // below these heights.
      for (int s = first; s <= last; ++s) {
        sectionTops[s] = wall;
        for (int piece : alive[s])
          if (!placed[piece])
            sectionTops[s] =
                std::min(sectionTops[s], at[piece] + pieces[piece].size);
      }
      for (int s = first; s <= last; ++s)
        for (int piece : starting[s])
          if (!placed[piece] && at[piece] == floor) {
            int64_t height = wall;
            for (int x = s; x <= pieces[piece].last; ++x)
              height = std::min(height, sectionTops[x]);
            restHeights[piece] = height;
          }
      for (int s = first; s <= last; ++s) {
        int64_t next = wall;
        int candidates = 0;
        bool bestWaits = false, any = false;
        for (int piece : alive[s]) {
          if (placed[piece])
            continue;
          if (at[piece] > floor) {
            next = std::min(next, at[piece]);
            bestWaits |= !any;
          } else {
            next = std::min(next, restHeights[piece]);
            candidates += isCandidate(piece, floor);
          }
          any = true;
        }
        const bool canClose = next + load[s] <= capacity[s];
        const int branches = candidates + canClose;
        if (branches == 0) {
          memory.weights[s] += 1;
          best.section = s;
          best.floor = floor;
          best.canClose = false;
          return best;
        }
        double score = double(branches - 1) / memory.weights[s];
        // Where the last pieces were put first, so that a failure comes soon
        // after what caused it.
        if (strategy.nearby)
          score *= 1.0 + double(now - changed[s]) / double(1 + now);
        if (branches > 1 && strategy.lowestFirst)
          score = double(floor) + score / (1.0 + score);
        if (score < bestScore) {
          bestScore = score;
          best = {s, floor, next, canClose, strategy.waitForBest && bestWaits};
        }
      }
    }
    first = last + 1;
  }
  return best;
}

} // namespace nasc
