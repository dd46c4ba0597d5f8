//===- ArenaSearch.cpp - Exact search for offsets in an arena -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/ArenaSearch.h"
#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

namespace nasc {
namespace {

/// The number of intervals of sections looked up in each state.
constexpr size_t intervalLimit = 32;
constexpr int64_t wall = std::numeric_limits<int64_t>::max() / 2;

/// A generator with the same numbers everywhere (SplitMix64).
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double unit() { return double(next() >> 11) * 0x1p-53; }

private:
  uint64_t state;
};

struct Hash128 {
  uint64_t low = 0, high = 0;
  bool operator==(const Hash128 &other) const {
    return low == other.low && high == other.high;
  }
};
struct HashOfHash128 {
  size_t operator()(const Hash128 &hash) const { return hash.low; }
};

uint64_t mix(uint64_t a, uint64_t b) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15) *
      (b ^ 0xe7037ed1a0b428db);
  return uint64_t(product) ^ uint64_t(product >> 64);
}

/// The hash of an interval of sections from the sums up to its ends.
Hash128 difference(const Hash128 &end, const Hash128 &start, int from, int to) {
  return {mix(end.low - start.low, uint64_t(from) << 32 | uint64_t(to)),
          end.high - start.high};
}

/// An item in terms of sections, both inclusive.
struct Piece {
  int first, last;
  int64_t size, limit;
  /// The items it stands for: one, or several that lie at the same offset.
  std::vector<uint32_t> items;
};

/// How one run of the search orders its answers.
struct Strategy {
  enum Key { Area, Width, Size, Contention, AreaPerLoad } key = Area;
  /// Leave a floor empty first where the best piece waits higher.
  bool waitForBest = false;
  /// Take the lowest valley instead of the most constrained section.
  bool lowestFirst = false;
  /// Draw conclusions at borders: dear, and of use where little may be empty.
  bool borders = false;
  /// Prefer sections where pieces were placed last.
  bool nearby = false;
  /// Put pieces first that lay at the same place before.
  bool repeat = false;
  /// Multiplies the ranks by random factors between 1 - noise / 2 and
  /// 1 + noise / 2.
  double noise = 0;
};

/// A set of sections.
class SectionSet {
public:
  explicit SectionSet(int sections = 0)
      : words((size_t(sections) + 63) / 64, 0) {}
  void clear() { std::fill(words.begin(), words.end(), 0); }
  void add(int s) { words[size_t(s) >> 6] |= uint64_t(1) << (s & 63); }
  void add(int first, int last) {
    for (int s = first; s <= last; ++s)
      add(s);
  }
  /// As in SkylineSearch::Change.
  void addSource(int source) {
    if (source >= 0)
      return add(source);
    add(~source);
    add(~source + 1);
  }
  void add(const SectionSet &other) {
    for (size_t i = 0; i < words.size(); ++i)
      words[i] |= other.words[i];
  }
  bool meets(int first, int last) const {
    const size_t low = size_t(first) >> 6, high = size_t(last) >> 6;
    const uint64_t head = ~uint64_t(0) << (first & 63);
    const uint64_t tail = ~uint64_t(0) >> (63 - (last & 63));
    if (low == high)
      return words[low] & head & tail;
    if ((words[low] & head) || (words[high] & tail))
      return true;
    for (size_t i = low + 1; i < high; ++i)
      if (words[i])
        return true;
    return false;
  }
  int first() const {
    size_t i = 0;
    while (!words[i])
      ++i;
    return int(i * 64) + __builtin_ctzll(words[i]);
  }
  int last() const {
    size_t i = words.size() - 1;
    while (!words[i])
      --i;
    return int(i * 64) + 63 - __builtin_clzll(words[i]);
  }

private:
  std::vector<uint64_t> words;
};

/// The search in one set of pieces that hang together.
class SkylineSearch {
public:
  SkylineSearch(std::vector<Piece> pieces, int sections);

  ArenaFit run(ArenaBudget &budget);
  int64_t offset(size_t piece) const { return at[piece]; }
  const std::vector<Piece> &all() const { return pieces; }

private:
  enum class Result { Solved, Failed, OutOfSteps };
  struct Change {
    int64_t *where;
    int64_t old;
    /// For lowest offsets: the piece, and the section whose floor raised it;
    /// ~s if it was the border of s and s + 1.
    int piece;
    int source;
  };
  struct Choice {
    int section = -1;
    int64_t floor = 0, next = 0;
    bool canClose = false;
    bool closeFirst = false;
  };

  void set(int64_t &where, int64_t value, int piece = -1, int source = 0) {
    trail.push_back({&where, where, piece, source});
    where = value;
  }
  void undo(size_t mark) {
    while (trail.size() > mark) {
      *trail.back().where = trail.back().old;
      trail.pop_back();
    }
  }
  bool place(int piece);
  bool close(int section, int64_t next);
  bool raise(int piece, int64_t offset, int source);
  bool settle();
  bool settleSection(int section);
  bool settleBorder(int section);
  bool stackHeights(const std::vector<int> &list, int64_t floor,
                    std::vector<int64_t> &heights);
  bool fillsAGap(int section);
  bool isLocked(int piece) const;
  bool isCandidate(int piece, int64_t floor) const;
  Choice choose(int from, int to);
  Result solve(int from, int to);
  Result solveConnected(int from, int to);
  void prepareHashes(int from, int to);
  Hash128 hashOf(int from, int to) const;
  bool isRefuted(int from, int to);
  void explainChoice(const Choice &choice);
  void learn(int from, int to);
  void explain(size_t mark);
  void prepare(const Strategy &strategy, Random &random);

  std::vector<Piece> pieces;
  int sections;
  /// For each section, the pieces alive in it, best first.
  std::vector<std::vector<int>> alive;
  std::vector<std::vector<int>> starting, ending;
  std::vector<int64_t> left, right, merged;
  /// The same, about in the order of the offsets.
  std::vector<std::vector<int>> byOffset;
  std::vector<double> rank;
  /// For each piece, an equal one that has to be placed before, or -1.
  std::vector<int> before;
  std::vector<uint64_t> names;

  // The state; changes are on the trail.
  std::vector<int64_t> floors;
  /// The height up to which pieces lie, without what was left empty above.
  std::vector<int64_t> tops;
  std::vector<int64_t> topPiece;
  /// Sizes and number of the pieces left.
  std::vector<int64_t> load, count;
  /// The number of pieces left in a section and in the next one.
  std::vector<int64_t> crossing;
  /// Lowest offset of a piece; its offset once it is placed.
  std::vector<int64_t> at;
  std::vector<int64_t> placed;
  /// The number of pieces placed, and what it was when a section changed last.
  int64_t now = 0;
  std::vector<int64_t> changed;
  /// The greatest limit of the pieces in a section.
  std::vector<int64_t> capacity;
  std::vector<Change> trail;

  std::vector<int> dirty;
  std::vector<char> isDirty;
  std::vector<double> weights;
  std::unordered_set<Hash128, HashOfHash128> failed;
  /// Intervals of sections that were refuted on their own, those of late first.
  std::vector<std::pair<int, int>> refuted;
  /// Sums over the pieces left that begin up to, or end before, a section.
  std::vector<Hash128> startHash, endHash;
  /// The sections whose state suffices to refute the last state that failed.
  SectionSet conflict;
  /// For each depth, the sections that the failures so far depend on, and the
  /// sums of hashes.
  std::vector<SectionSet> reasons;
  std::vector<std::vector<Hash128>> hashes;
  size_t depth = 0;
  /// How often a piece was in the way, and where it was placed last.
  std::vector<double> pieceWeights;
  std::vector<int64_t> saved;
  /// Of a valley: the lowest end above a section; what a piece may lie on.
  std::vector<int64_t> sectionTops, restHeights;
  Strategy strategy;
  uint64_t steps = 0, stepLimit = 0;
  const ArenaBudget *limits = nullptr;
};

SkylineSearch::SkylineSearch(std::vector<Piece> given, int sectionCount)
    : pieces(std::move(given)), sections(sectionCount), alive(sectionCount),
      starting(sectionCount), ending(sectionCount), byOffset(sectionCount),
      rank(pieces.size()), before(pieces.size(), -1), names(pieces.size()),
      floors(sectionCount, 0), tops(sectionCount, 0),
      topPiece(sectionCount, -1), load(sectionCount, 0), count(sectionCount, 0),
      crossing(sectionCount, 0), at(pieces.size(), 0), placed(pieces.size(), 0),
      changed(sectionCount, 0), capacity(sectionCount, 0),
      isDirty(sectionCount, 0), weights(sectionCount, 1.0),
      startHash(sectionCount + 1), endHash(sectionCount + 1),
      conflict(sectionCount), pieceWeights(pieces.size(), 1),
      saved(pieces.size(), -1), sectionTops(sectionCount),
      restHeights(pieces.size()) {
  Random random(7);
  for (uint64_t &name : names)
    name = random.next();
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece &piece = pieces[i];
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
      const Piece &other = pieces[j];
      if (other.first == piece.first && other.last == piece.last &&
          other.size == piece.size && other.limit == piece.limit) {
        before[i] = int(j);
        break;
      }
    }
  }
}

void SkylineSearch::prepare(const Strategy &wanted, Random &random) {
  strategy = wanted;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece &piece = pieces[i];
    const double width = piece.last - piece.first + 1;
    double contention = 0, sum = 0;
    for (int s = piece.first; s <= piece.last; ++s) {
      contention = std::max(contention, double(load[s]) / double(capacity[s]));
      sum += double(load[s]) / double(capacity[s]);
    }
    const double size = double(piece.size);
    switch (strategy.key) {
    case Strategy::Area:
      rank[i] = size * width;
      break;
    case Strategy::Width:
      rank[i] = width + size / double(wall);
      break;
    case Strategy::Size:
      rank[i] = size;
      break;
    case Strategy::Contention:
      rank[i] = contention * contention * size * width;
      break;
    case Strategy::AreaPerLoad:
      rank[i] = sum * size * size;
      break;
    }
    // Those that were in the way come earlier from now on. Old failures count
    // less.
    rank[i] *= 1.0 + 3.0 * std::log(pieceWeights[i]);
    pieceWeights[i] = 1.0 + (pieceWeights[i] - 1.0) * 0.9;
    if (strategy.noise > 0)
      rank[i] *= 1.0 + strategy.noise * (random.unit() - 0.5);
  }
  for (std::vector<int> &list : alive)
    std::stable_sort(list.begin(), list.end(),
                     [&](int a, int b) { return rank[a] > rank[b]; });
}

/// Raises the lowest offset of a piece that is left.
bool SkylineSearch::raise(int piece, int64_t offset, int source) {
  const Piece &it = pieces[piece];
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
      weights[s] += 1;
  conflict.clear();
  conflict.addSource(source);
  pieceWeights[piece] += 1;
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
  weights[s] += 1;
  conflict.clear();
  conflict.add(s);
  for (int piece : order)
    if (!placed[piece] && at[piece] > floors[s])
      pieceWeights[piece] += 1;
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
    weights[s] += 1;
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
  const Piece &piece = pieces[index];
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
    const Piece &piece = pieces[index];
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

/// Whether a piece at its lowest offset lies on a greater one with the same
/// interval: they could change places.
bool SkylineSearch::isLocked(int index) const {
  const Piece &piece = pieces[index];
  const int64_t below = topPiece[piece.first];
  if (below < 0 || tops[piece.first] != at[index])
    return false;
  const Piece &other = pieces[below];
  return other.first == piece.first && other.last == piece.last &&
         other.size > piece.size && other.limit >= piece.limit;
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
          weights[s] += 1;
          best.section = s;
          best.floor = floor;
          best.canClose = false;
          return best;
        }
        double score = double(branches - 1) / weights[s];
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

/// Sums of hashes, so that any interval's hash is a difference.
void SkylineSearch::prepareHashes(int from, int to) {
  Hash128 starts{0, 0}, ends{0, 0};
  endHash[from] = ends;
  for (int s = from; s <= to; ++s) {
    // What is cut as not canonical depends on gaps and on what may be swapped.
    if (tops[s] < floors[s]) {
      const Hash128 gap{mix(uint64_t(s) * 3 + 1, uint64_t(tops[s]) + 0x7777),
                        mix(uint64_t(tops[s]) + 0x5555, uint64_t(s))};
      starts.low += gap.low;
      starts.high += gap.high;
      ends.low += gap.low;
      ends.high += gap.high;
    }
    for (int piece : starting[s])
      if (!placed[piece]) {
        starts.low += mix(names[piece], uint64_t(at[piece]));
        starts.high += mix(uint64_t(at[piece]) + 0x1234567,
                           names[piece] + isLocked(piece));
      }
    startHash[s] = starts;
    for (int piece : ending[s])
      if (!placed[piece]) {
        ends.low += mix(names[piece], uint64_t(at[piece]));
        ends.high += mix(uint64_t(at[piece]) + 0x1234567,
                         names[piece] + isLocked(piece));
      }
    endHash[s + 1] = ends;
  }
}

/// The state of an interval: the floors follow from the lowest offsets of the
/// pieces left.
Hash128 SkylineSearch::hashOf(int from, int to) const {
  return difference(startHash[to], endHash[from], from, to);
}

/// Whether the state of an interval within this one is known to fail; then, the
/// interval is the conflict.
bool SkylineSearch::isRefuted(int from, int to) {
  if (failed.count(hashOf(from, to))) {
    conflict.clear();
    conflict.add(from, to);
    return true;
  }
  for (size_t i = 0; i < refuted.size(); ++i) {
    const auto [first, last] = refuted[i];
    if (first < from || last > to || !failed.count(hashOf(first, last)))
      continue;
    conflict.clear();
    conflict.add(first, last);
    if (i > 0)
      std::swap(refuted[i], refuted[i / 2]);
    return true;
  }
  return false;
}

/// Turns the conflict from one in the present state into one in the state at
/// the mark: where the lowest offset of a piece in it was raised since then,
/// the reason is added.
void SkylineSearch::explain(size_t mark) {
  for (size_t i = trail.size(); i-- > mark;) {
    const Change &change = trail[i];
    if (change.piece >= 0 &&
        conflict.meets(pieces[change.piece].first, pieces[change.piece].last))
      conflict.addSource(change.source);
  }
}

/// What the alternatives at a section depend on: its pieces and their lowest
/// offsets, and, unless it is full, what else they might lie on.
void SkylineSearch::explainChoice(const Choice &choice) {
  SectionSet &reason = reasons[depth];
  reason.clear();
  reason.add(choice.section);
  if (choice.floor + 1 + load[choice.section] > capacity[choice.section])
    return;
  for (int piece : alive[choice.section])
    if (!placed[piece] && at[piece] == choice.floor)
      reason.add(pieces[piece].first, pieces[piece].last);
}

/// Remembers that the sections of the conflict, taken as an interval, fail in
/// the state in which this depth began.
void SkylineSearch::learn(int from, int to) {
  for (int s = from; s <= to; ++s)
    if (conflict.meets(s, s))
      weights[s] += 0.1;
  const int first = conflict.first(), last = conflict.last();
  assert(from <= first && last <= to && "nothing connects them to others");
  const std::vector<Hash128> &known = hashes[depth];
  failed.insert(difference(known[last - from],
                           known[to - from + 1 + first - from], first, last));
  if (first == from && last == to)
    return;
  const std::pair<int, int> interval{first, last};
  auto it = std::find(refuted.begin(), refuted.end(), interval);
  if (it == refuted.end()) {
    if (refuted.size() < intervalLimit)
      refuted.push_back(interval);
    else
      refuted.back() = interval;
    it = std::prev(refuted.end());
  }
  // Those that are met often move to the front.
  std::swap(*it, refuted[size_t(it - refuted.begin()) * 3 / 4]);
}

SkylineSearch::Result SkylineSearch::solve(int from, int to) {
  // Parts that no piece left connects.
  for (int first = from; first <= to;) {
    if (count[first] == 0) {
      ++first;
      continue;
    }
    int last = first;
    while (crossing[last] > 0)
      ++last;
    const Result result = solveConnected(first, last);
    if (result != Result::Solved)
      return result;
    first = last + 1;
  }
  return Result::Solved;
}

SkylineSearch::Result SkylineSearch::solveConnected(int from, int to) {
  if (++steps > stepLimit ||
      ((steps & 255) == 0 && limits->deadline &&
       std::chrono::steady_clock::now() >= *limits->deadline))
    return Result::OutOfSteps;
  prepareHashes(from, to);
  if (isRefuted(from, to))
    return Result::Failed;
  const Choice choice = choose(from, to);
  const size_t mark = trail.size();
  if (reasons.size() <= depth) {
    reasons.resize(depth + 1, SectionSet(sections));
    hashes.resize(depth + 1);
  }
  explainChoice(choice);
  hashes[depth].assign(startHash.begin() + from, startHash.begin() + to + 1);
  hashes[depth].insert(hashes[depth].end(), endHash.begin() + from,
                       endHash.begin() + to + 1);
  Result result = Result::Failed;
  bool jump = false;
  // After an alternative that changed an interval of sections: whether it is
  // the last one to try.
  auto endsHere = [&](int first, int last) {
    if (result != Result::Failed)
      return true;
    explain(mark);
    undo(mark);
    // A failure that has nothing to do with the decision comes with any.
    jump = !conflict.meets(first, last);
    if (!jump)
      reasons[depth].add(conflict);
    return jump;
  };
  auto tryClose = [&] {
    ++depth;
    result =
        close(choice.section, choice.next) ? solve(from, to) : Result::Failed;
    --depth;
    return endsHere(choice.section, choice.section);
  };
  auto tryPlace = [&](int piece) {
    saved[piece] = at[piece];
    ++depth;
    result = place(piece) ? solve(from, to) : Result::Failed;
    --depth;
    return endsHere(pieces[piece].first, pieces[piece].last);
  };
  auto tryAll = [&] {
    if (choice.canClose && choice.closeFirst && tryClose())
      return;
    // First what lay here when the search was last at this point: most of what
    // a restart takes back was right.
    const std::vector<int> &list = alive[choice.section];
    const auto again = std::find_if(list.begin(), list.end(), [&](int piece) {
      return strategy.repeat && saved[piece] == choice.floor &&
             isCandidate(piece, choice.floor);
    });
    const int first = again == list.end() ? -1 : *again;
    if (first >= 0 && tryPlace(first))
      return;
    for (int piece : list)
      if (piece != first && isCandidate(piece, choice.floor) && tryPlace(piece))
        return;
    if (choice.canClose && !choice.closeFirst)
      tryClose();
  };
  tryAll();
  if (result != Result::Failed)
    return result;
  if (!jump)
    conflict = reasons[depth];
  learn(from, to);
  return Result::Failed;
}

/// 1, 1, 2, 1, 1, 2, 4, 1, 1, 2, …: for i >= 1, the i-th of Luby's sequence.
uint64_t luby(uint64_t i) {
  uint64_t power = 1;
  while (power * 2 - 1 < i)
    power *= 2;
  while (i != power * 2 - 1) {
    i -= power - 1;
    for (power = 1; power * 2 - 1 < i;)
      power *= 2;
  }
  return power;
}

ArenaFit SkylineSearch::run(ArenaBudget &budget) {
  limits = &budget;
  for (int s = 0; s < sections; ++s)
    if (load[s] > capacity[s])
      return ArenaFit::DoesNotFit;
  if (budget.exhausted())
    return ArenaFit::Unknown;
  Random random(1);
  const Strategy::Key keys[] = {Strategy::Area, Strategy::Width,
                                Strategy::Contention, Strategy::Size,
                                Strategy::AreaPerLoad};
  for (unsigned round = 0;; ++round) {
    Strategy next;
    next.key = keys[round % 5];
    next.waitForBest = round / 5 % 2 == 1;
    next.lowestFirst = round % 7 == 6;
    next.borders = round % 2 == 0;
    next.nearby = round / 2 % 2 == 1;
    next.repeat = round % 2 == 1;
    next.noise = round < 30 ? 0 : 0.5;
    prepare(next, random);
    steps = 0;
    stepLimit = std::min(500 * luby(round + 1), budget.stepsLeft);
    const Result result = solve(0, sections - 1);
    budget.stepsLeft -= std::min(steps, budget.stepsLeft);
    if (result == Result::Solved)
      return ArenaFit::Fits;
    if (result == Result::Failed)
      return ArenaFit::DoesNotFit;
    undo(0);
    if (budget.exhausted())
      return ArenaFit::Unknown;
    // Old failures count less.
    for (double &weight : weights)
      weight = 1.0 + (weight - 1.0) * 0.7;
    if (failed.size() > 4000000)
      failed.clear();
  }
}

/// The maximal sets of items alive together, as intervals of section numbers.
int findSections(const std::vector<ArenaItem> &items,
                 const std::vector<uint32_t> &which,
                 std::vector<Piece> &pieces) {
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

/// Makes one piece of two where one follows the other at the same offset in
/// every solution: in both of two neighbouring sections, what is alive fills
/// the arena, and only one piece ends and one begins between them. Then the
/// sections are the same, and one is left.
void joinPieces(std::vector<Piece> &pieces, int &sections) {
  for (bool joined = true; joined;) {
    joined = false;
    std::vector<int64_t> load(sections, 0), capacity(sections, 0);
    std::vector<int> begins(sections, 0), ends(sections, 0);
    std::vector<size_t> first(sections, 0), last(sections, 0);
    for (size_t i = 0; i < pieces.size(); ++i) {
      const Piece &piece = pieces[i];
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
      Piece &one = pieces[last[s]];
      Piece &two = pieces[first[s + 1]];
      assert(one.size == two.size && "what is alive fills the arena");
      one.last = two.last;
      one.limit = std::min(one.limit, two.limit);
      one.items.insert(one.items.end(), two.items.begin(), two.items.end());
      pieces.erase(pieces.begin() + ptrdiff_t(first[s + 1]));
      for (Piece &piece : pieces) {
        piece.first -= piece.first > s;
        piece.last -= piece.last > s;
      }
      --sections;
      joined = true;
    }
  }
}

} // namespace

ArenaFit fitArena(const std::vector<ArenaItem> &items, ArenaBudget &budget,
                  std::vector<int64_t> &offsets) {
  for (const ArenaItem &item : items)
    if (item.size > item.limit)
      return ArenaFit::DoesNotFit;

  // Items that find a place wherever their neighbours lie are left out, last
  // out first in: a neighbour takes at most its size and ours, less one, of
  // the possible offsets.
  const size_t n = items.size();
  auto meet = [&](size_t a, size_t b) {
    return items[a].lower < items[b].upper && items[b].lower < items[a].upper;
  };
  std::vector<char> out(n, 0);
  std::vector<uint32_t> late;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < n; ++i) {
      if (out[i])
        continue;
      int64_t free = items[i].limit - items[i].size + 1;
      for (size_t j = 0; j < n && free > 0; ++j)
        if (j != i && !out[j] && meet(i, j))
          free -= items[i].size + items[j].size - 1;
      if (free > 0) {
        out[i] = 1;
        late.push_back(uint32_t(i));
        changed = true;
      }
    }
  }

  // Parts that no item connects.
  std::vector<uint32_t> order;
  for (size_t i = 0; i < n; ++i)
    if (!out[i])
      order.push_back(uint32_t(i));
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return items[a].lower < items[b].lower;
  });
  std::vector<std::vector<uint32_t>> parts;
  int64_t end = std::numeric_limits<int64_t>::min();
  for (uint32_t i : order) {
    if (parts.empty() || items[i].lower >= end)
      parts.emplace_back();
    parts.back().push_back(i);
    end = std::max(end, items[i].upper);
  }

  std::vector<int64_t> found(n, 0);
  bool complete = true;
  for (const std::vector<uint32_t> &part : parts) {
    std::vector<Piece> pieces;
    int sections = findSections(items, part, pieces);
    joinPieces(pieces, sections);
    SkylineSearch search(std::move(pieces), sections);
    switch (search.run(budget)) {
    case ArenaFit::DoesNotFit:
      return ArenaFit::DoesNotFit;
    case ArenaFit::Unknown:
      complete = false;
      break;
    case ArenaFit::Fits:
      for (size_t i = 0; i < search.all().size(); ++i)
        for (uint32_t item : search.all()[i].items)
          found[item] = search.offset(i);
      break;
    }
  }
  if (!complete)
    return ArenaFit::Unknown;

  for (; !late.empty(); late.pop_back()) {
    const size_t i = late.back();
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (size_t j = 0; j < n; ++j)
      if (!out[j] && meet(i, j))
        taken.emplace_back(found[j], found[j] + items[j].size);
    std::sort(taken.begin(), taken.end());
    int64_t from = 0;
    for (const auto &[begin, top] : taken) {
      if (begin - from >= items[i].size)
        break;
      from = std::max(from, top);
    }
    assert(from + items[i].size <= items[i].limit && "always finds a place");
    found[i] = from;
    out[i] = 0;
  }
  offsets = std::move(found);
  return ArenaFit::Fits;
}

} // namespace nasc
