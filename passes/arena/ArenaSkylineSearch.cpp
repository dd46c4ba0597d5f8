//===- ArenaSkylineSearch.cpp - Tree search over skylines -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/arena/ArenaSkyline.h"
#include <algorithm>
#include <cassert>

namespace nasc {
namespace {

/// The number of intervals of sections looked up in each state.
constexpr size_t intervalLimit = 32;
/// The number of failed states that are remembered.
constexpr size_t failedLimit = 4000000;

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

} // namespace

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
      memory.weights[s] += 0.1;
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
    memory.saved[piece] = at[piece];
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
      return strategy.repeat && memory.saved[piece] == choice.floor &&
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

bool SkylineSearch::isOverfull() const {
  for (int s = 0; s < sections; ++s)
    if (load[s] > capacity[s])
      return true;
  return false;
}

SkylineMemory SkylineSearch::freshMemory() const {
  SkylineMemory fresh;
  fresh.weights.assign(size_t(sections), 1.0);
  fresh.pieceWeights.assign(pieces.size(), 1.0);
  fresh.saved.assign(pieces.size(), -1);
  return fresh;
}

ArenaFit SkylineSearch::attempt(const SkylineStrategy &wanted,
                                SkylineMemory &known, SplitMix64 &random,
                                uint64_t limit, ArenaBudget &budget) {
  std::swap(memory, known);
  prepare(wanted, random);
  limits = &budget;
  steps = 0;
  stepLimit = std::min(limit, budget.stepsLeft);
  const Result result = solve(0, sections - 1);
  budget.stepsLeft -= std::min(steps, budget.stepsLeft);
  // Old failures count less.
  for (double &weight : memory.weights)
    weight = 1.0 + (weight - 1.0) * 0.7;
  std::swap(memory, known);
  if (result == Result::Solved)
    return ArenaFit::Fits;
  undo(0);
  if (failed.size() > failedLimit)
    failed.clear();
  return result == Result::Failed ? ArenaFit::DoesNotFit : ArenaFit::Unknown;
}

} // namespace nasc
