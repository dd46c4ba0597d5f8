//===- ArenaSkyline.h - Search that builds a skyline ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tree search that ArenaSearch.h describes, for pieces that hang together.
// Internal to it: the portfolio of strategies in ArenaSearch.cpp drives it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_ARENA_ARENASKYLINE_H
#define NASC_PASSES_ARENA_ARENASKYLINE_H

#include "dialects/support/SplitMix64.h"
#include "passes/arena/ArenaSections.h"
#include <cstdint>
#include <limits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace nasc {

/// How an attempt of the search orders its answers.
struct SkylineStrategy {
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

/// What a strategy learns from one attempt to the next.
struct SkylineMemory {
  /// How often sections failed.
  std::vector<double> weights;
  /// How often pieces were in the way, and where they were placed last.
  std::vector<double> pieceWeights;
  std::vector<int64_t> saved;
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

/// A hash that is taken for what it stands for.
struct Hash128 {
  uint64_t low = 0, high = 0;
  bool operator==(const Hash128 &other) const {
    return low == other.low && high == other.high;
  }
};

struct HashOfHash128 {
  size_t operator()(const Hash128 &hash) const { return hash.low; }
};

/// The search in one set of pieces that hang together. What it refuted is
/// remembered over all attempts, whatever their strategies.
class SkylineSearch {
public:
  /// The pieces are connected: one spans any two neighbouring sections.
  SkylineSearch(std::vector<ArenaPiece> pieces, int sections);

  /// Whether the pieces alive in some section are too much together.
  bool isOverfull() const;
  /// What a strategy knows before its first attempt.
  SkylineMemory freshMemory() const;
  /// Searches from the start for at most `stepLimit` steps and within the
  /// budget, which is reduced by what was spent. `random` is drawn from only
  /// if the strategy has noise. After `Fits`, `offset` gives the solution, and
  /// no further attempt may be made.
  ArenaFit attempt(const SkylineStrategy &strategy, SkylineMemory &memory,
                   SplitMix64 &random, uint64_t stepLimit, ArenaBudget &budget);

  int64_t offset(size_t piece) const { return at[piece]; }
  const std::vector<ArenaPiece> &all() const { return pieces; }

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
  void prepare(const SkylineStrategy &strategy, SplitMix64 &random);

  std::vector<ArenaPiece> pieces;
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
  SkylineMemory memory;
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
  /// Of a valley: the lowest end above a section; what a piece may lie on.
  std::vector<int64_t> sectionTops, restHeights;
  SkylineStrategy strategy;
  uint64_t steps = 0, stepLimit = 0;
  const ArenaBudget *limits = nullptr;
};

} // namespace nasc

#endif // NASC_PASSES_ARENA_ARENASKYLINE_H
