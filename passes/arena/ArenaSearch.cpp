//===- ArenaSearch.cpp - Exact search for offsets in an arena -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/arena/ArenaSearch.h"
#include "passes/arena/ArenaSkyline.h"
#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace nasc {
namespace {

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

/// One that takes part in the search: attempts that learn from each other.
/// Which order of answers leads to a solution differs from problem to problem,
/// and bad luck can last for very long, so no member gets all the time.
struct Member {
  /// A strategy that stays, or one that changes with every attempt.
  enum Kind { Steady, Changing } kind = Steady;
  SkylineStrategy strategy;
  /// The steps of its shortest attempts.
  uint64_t unit = 3000;
  /// Its part of the steps, compared with those of the others.
  uint64_t share = 1;

  uint64_t attempts = 0, spent = 0;
  SkylineMemory memory;
  SplitMix64 random{1};
};

/// The strategy of an attempt of the member that changes it each time.
SkylineStrategy changingStrategy(uint64_t attempt) {
  const SkylineStrategy::Key keys[] = {
      SkylineStrategy::Area, SkylineStrategy::Width,
      SkylineStrategy::Contention, SkylineStrategy::Size,
      SkylineStrategy::AreaPerLoad};
  SkylineStrategy strategy;
  strategy.key = keys[attempt % 5];
  strategy.waitForBest = attempt / 5 % 2 == 1;
  strategy.lowestFirst = attempt % 7 == 6;
  strategy.borders = attempt % 2 == 0;
  strategy.nearby = attempt / 2 % 2 == 1;
  strategy.repeat = attempt % 2 == 1;
  strategy.noise = attempt < 30 ? 0 : 0.5;
  return strategy;
}

std::vector<Member> makeMembers(const SkylineSearch &search) {
  std::vector<Member> members;
  auto add = [&](Member::Kind kind, uint64_t unit, uint64_t share) -> Member & {
    Member member;
    member.kind = kind;
    member.unit = unit;
    member.share = share;
    member.memory = search.freshMemory();
    member.random = SplitMix64(1 + 1000 * members.size());
    members.push_back(std::move(member));
    return members.back();
  };
  // Long lives first, from the bottom: good where many pieces live as long as
  // others and a few percent may be left empty. Much noise does harm here.
  Member &wide = add(Member::Steady, 3000, 4);
  wide.strategy.key = SkylineStrategy::Width;
  wide.strategy.lowestFirst = wide.strategy.borders = true;
  wide.strategy.noise = 0.1;
  // Short attempts of all kinds: good where little may be left empty.
  add(Member::Changing, 500, 4);

  auto addOther = [&](SkylineStrategy::Key key, uint64_t share, double noise,
                      bool lowestFirst, bool repeat) {
    Member &member = add(Member::Steady, 3000, share);
    member.strategy.key = key;
    member.strategy.lowestFirst = lowestFirst;
    member.strategy.borders = true;
    member.strategy.repeat = repeat;
    member.strategy.noise = noise;
  };
  addOther(SkylineStrategy::Area, 2, 0.1, true, false);
  addOther(SkylineStrategy::AreaPerLoad, 2, 0.1, true, false);
  addOther(SkylineStrategy::Width, 1, 0.1, false, false);
  addOther(SkylineStrategy::Size, 1, 0.3, true, false);
  addOther(SkylineStrategy::Area, 1, 0.3, false, true);
  return members;
}

/// Lets the members search in turns, so that the steps of each, divided by its
/// share, stay about the same.
ArenaFit searchPortfolio(SkylineSearch &search, ArenaBudget &budget) {
  if (search.isOverfull())
    return ArenaFit::DoesNotFit;
  std::vector<Member> members = makeMembers(search);
  while (!budget.exhausted()) {
    Member &member = *std::min_element(
        members.begin(), members.end(), [](const Member &a, const Member &b) {
          return a.spent / a.share < b.spent / b.share;
        });
    SkylineStrategy strategy = member.strategy;
    if (member.kind == Member::Changing)
      strategy = changingStrategy(member.attempts);
    else if (member.attempts == 0)
      strategy.noise = 0;
    ++member.attempts;
    const uint64_t before = budget.stepsLeft;
    const ArenaFit fit =
        search.attempt(strategy, member.memory, member.random,
                       member.unit * luby(member.attempts), budget);
    if (fit != ArenaFit::Unknown)
      return fit;
    member.spent += before - budget.stepsLeft;
  }
  return ArenaFit::Unknown;
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
    std::vector<ArenaPiece> pieces;
    int sections = findSections(items, part, pieces);
    joinPieces(pieces, sections);
    SkylineSearch search(std::move(pieces), sections);
    switch (searchPortfolio(search, budget)) {
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
