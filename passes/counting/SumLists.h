//===- SumLists.h - The sums of beginnings and ends -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A diagram with long sums, cut in three (SumJoin.h): lists of the sums of
// beginnings and ends, and the middle between them.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_SUMLISTS_H
#define NASC_PASSES_COUNTING_SUMLISTS_H

#include "passes/counting/PairSweep.h"
#include "passes/counting/Relation.h"

#include <array>
#include <utility>

namespace nasc::counting {

/// Paths from one node that one relation may have, about.
constexpr size_t blockPaths = 8192;
/// Paths of all relations that are kept.
constexpr size_t maximumPaths = 2000000;
/// Pairs of a sum and a path through the middle that a sweep may take.
constexpr size_t maximumEvents = size_t(3) << 30;

/// Sorts by keys of so many bits, keeping the order of equal ones. Digit by
/// digit where that is faster than comparing.
template <typename Entry>
void sortByKey(std::vector<Entry> &entries, std::vector<Entry> &spare,
               unsigned bits) {
  constexpr unsigned digitBits = 11;
  if (entries.size() < size_t(1) << (digitBits + 2) || bits > 64) {
    llvm::stable_sort(
        entries, [](const Entry &a, const Entry &b) { return a.key < b.key; });
    return;
  }
  spare.resize(entries.size());
  for (unsigned shift = 0; shift < bits; shift += digitBits) {
    auto digitOf = [&](const Entry &entry) {
      return static_cast<size_t>(entry.key >> shift) &
             ((size_t(1) << digitBits) - 1);
    };
    std::array<size_t, size_t(1) << digitBits> places = {};
    for (const Entry &entry : entries)
      ++places[digitOf(entry)];
    size_t begin = 0;
    for (size_t &place : places)
      begin += std::exchange(place, begin);
    for (const Entry &entry : entries)
      spare[places[digitOf(entry)]++] = entry;
    std::swap(entries, spare);
  }
}

/// For each node of a level, the sums of its paths from the root (or to the
/// leaf), sorted, and how many paths have each.
template <typename Key, typename Natural> struct SumList {
  /// How an entry came about: an edge of the relation after an entry of the
  /// list before.
  struct Origin {
    uint32_t edge;
    uint32_t element;
  };

  size_t level = 0;
  std::vector<size_t> firstElement;
  std::vector<Key> keys;
  std::vector<Natural> counts;
  /// The relation to the list before this one, and the origins of each entry.
  std::optional<Relation<Key>> relation;
  std::vector<uint32_t> firstOrigin;
  std::vector<Origin> origins;

  /// Ask the memory for what decoding an entry reads: first where its origins
  /// are, then those.
  void prefetchPlace(uint32_t element) const {
    if (relation)
      __builtin_prefetch(&firstOrigin[element]);
  }
  void prefetchOrigins(uint32_t element) const {
    if (relation)
      __builtin_prefetch(&origins[firstOrigin[element]]);
  }

  SumList() = default;
  /// A list with counts of another type, which they fit.
  template <typename Other>
  explicit SumList(const SumList<Key, Other> &other)
      : level(other.level), firstElement(other.firstElement), keys(other.keys),
        relation(other.relation), firstOrigin(other.firstOrigin) {
    for (const Other &count : other.counts)
      counts.push_back(static_cast<Natural>(count));
    for (auto origin : other.origins)
      origins.push_back({origin.edge, origin.element});
  }

  size_t sizeAt(uint32_t node) const {
    return firstElement[node + 1] - firstElement[node];
  }
  llvm::ArrayRef<Key> keysAt(uint32_t node) const {
    return llvm::ArrayRef(keys).slice(firstElement[node], sizeAt(node));
  }
  llvm::ArrayRef<Natural> countsAt(uint32_t node) const {
    return llvm::ArrayRef(counts).slice(firstElement[node], sizeAt(node));
  }
};

template <typename Key, typename Natural> class SumLists {
public:
  using List = SumList<Key, Natural>;
  using Block = Relation<Key>;

  /// Keeps references to the diagram and its scale.
  SumLists(const StateDiagram &diagram, const SumScale &scale,
           Coarseness coarse = {})
      : diagram(diagram), scale(scale), coarseness(std::move(coarse)),
        boundFields(scale.fields), fields(boundFields) {}
  SumLists(const SumLists &) = delete;

  /// The same lists with smaller numbers, which all counts fit.
  template <typename Wider>
  explicit SumLists(const SumLists<Key, Wider> &other)
      : diagram(other.diagram), scale(other.scale),
        coarseness(other.coarseness), boundFields(other.boundFields),
        fields(boundFields), firstHalf(other.firstHalf),
        secondHalf(other.secondHalf) {
    for (const auto &list : other.beginnings)
      beginnings.emplace_back(list);
    for (const auto &list : other.ends)
      ends.emplace_back(list);
  }

  /// Extends both lists towards each other and chooses where a sweep divides
  /// the middle. False if the budget does not suffice.
  bool build(const Budget &budget) {
    return cutIntoBlocks(budget) &&
           (isEmpty() || (grow(budget) && chooseSplit(budget)));
  }

  /// In coarse units no sum is within its bounds.
  bool isEmpty() const {
    return llvm::any_of(boundFields, [](const SumField &field) {
      return field.lower > field.upper;
    });
  }

  const StateDiagram &getDiagram() const { return diagram; }
  const KeyFields<Key> &getFields() const { return fields; }
  /// The lists of beginnings from the root on; the last is at the first cut.
  const std::vector<List> &getBeginnings() const { return beginnings; }
  /// The lists of ends from the leaf on; the last is at the second cut.
  const std::vector<List> &getEnds() const { return ends; }
  /// The middle, divided where the sweep is cheapest.
  const Block &getFirstHalf() const { return firstHalf; }
  const Block &getSecondHalf() const { return secondHalf; }

  uint32_t numNodes(size_t level) const {
    return level < diagram.levels.size() ? diagram.levels[level].numNodes() : 1;
  }
  std::optional<Block> between(size_t firstLevel, size_t lastLevel,
                               size_t most = maximumPaths) const {
    return Block::between(diagram, scale, fields, coarseness, firstLevel,
                          lastLevel, most);
  }
  /// The pairs of an edge of `block` and an entry of the list beside it.
  static size_t numEvents(const List &list, const Block &block, bool forward) {
    size_t events = 0;
    for (const auto &edge : block.edges)
      events += list.sizeAt(forward ? edge.from : edge.to);
    return events;
  }

  /// For each pair of an edge of `first` and a beginning before it (of an edge
  /// of `second` and an end behind it if not `forward`): calls `visit` with the
  /// edge, the entry and the number of ways to complete it. A pair may be
  /// visited several times, with parts of the number that add up modulo the
  /// type's size.
  bool sweep(const Block &first, const Block &second, const Budget &budget,
             bool forward,
             llvm::function_ref<void(uint32_t, uint32_t, const Natural &)>
                 visit) const;

private:
  template <typename OtherKey, typename Other> friend class SumLists;

  bool cutIntoBlocks(const Budget &budget);
  bool grow(const Budget &budget);
  bool extend(std::vector<List> &lists, const Block &block, bool forward,
              const Budget &budget);
  void coarsenBounds();
  bool chooseSplit(const Budget &budget);

  const StateDiagram &diagram;
  const SumScale &scale;
  Coarseness coarseness;
  /// The fields with bounds in coarse units.
  std::vector<SumField> boundFields;
  KeyFields<Key> fields;
  /// Levels between which relations are, and those relations.
  std::vector<size_t> cuts;
  std::vector<std::optional<Block>> blocks;
  std::vector<List> beginnings, ends;
  Block firstHalf, secondHalf;
};

/// Cuts where few nodes are, not farther apart than what one relation may have.
template <typename Key, typename Natural>
bool SumLists<Key, Natural>::cutIntoBlocks(const Budget &budget) {
  size_t numLevels = diagram.levels.size();
  cuts = {0};
  while (cuts.back() < numLevels) {
    size_t begin = cuts.back();
    // Paths from all nodes of the last cut to each node.
    std::vector<double> paths(numNodes(begin), 1.0);
    double most =
        std::min<double>(blockPaths, budget.listEntries) * numNodes(begin);
    most = std::min<double>(most, maximumPaths);
    size_t best = begin + 1;
    uint32_t fewest = ~0u;
    for (size_t level = begin; level < numLevels; ++level) {
      std::vector<double> next(numNodes(level + 1), 0.0);
      double all = 0;
      for (uint32_t node = 0; node < numNodes(level); ++node)
        for (uint32_t edge = diagram.levels[level].firstEdge[node];
             edge < diagram.levels[level].firstEdge[node + 1]; ++edge) {
          next[diagram.levels[level].targets[edge]] += paths[node];
          all += paths[node];
        }
      if (all > most)
        break;
      if (numNodes(level + 1) <= fewest) {
        fewest = numNodes(level + 1);
        best = level + 1;
      }
      paths = std::move(next);
    }
    cuts.push_back(best);
  }
  if (!coarseness.isExact())
    coarsenBounds();
  size_t left = maximumPaths;
  for (size_t block = 0; block + 1 < cuts.size(); ++block) {
    blocks.push_back(between(cuts[block], cuts[block + 1], left));
    if (!blocks.back() || budget.isOver())
      return false;
    left -= blocks.back()->paths.size() / blocks.back()->length();
  }
  return true;
}

/// A path is rounded once in each block and once in each half of the middle.
template <typename Key, typename Natural>
void SumLists<Key, Natural>::coarsenBounds() {
  uint64_t parts = cuts.size() + 1;
  for (auto [field, unit] : llvm::zip(boundFields, coarseness.units)) {
    field.upper /= unit;
    if (field.lower == 0)
      continue;
    // Rounded up, a sum may be this much too large; rounded down, too small.
    uint64_t lower = (field.lower + unit - 1) / unit;
    field.lower =
        coarseness.up ? lower + parts : lower - std::min(lower, parts);
  }
  fields = KeyFields<Key>(boundFields);
}

template <typename Key, typename Natural>
bool SumLists<Key, Natural>::extend(std::vector<List> &lists,
                                    const Block &block, bool forward,
                                    const Budget &budget) {
  const List &last = lists.back();
  List next;
  next.level = forward ? block.lastLevel : block.firstLevel;
  next.relation = block;
  next.firstElement.push_back(0);
  next.firstOrigin.push_back(0);
  uint32_t numTargets = numNodes(next.level);
  std::vector<std::vector<uint32_t>> edgesOf(numTargets);
  for (auto [number, edge] : llvm::enumerate(block.edges))
    edgesOf[forward ? edge.to : edge.from].push_back(number);
  struct Entry {
    Key key;
    typename List::Origin origin;
  };
  std::vector<Entry> entries, spare;
  unsigned scaleBits = scale.numBits();
  size_t width = fields.size();
  for (uint32_t node = 0; node < numTargets; ++node) {
    // Ends have to fit behind the cheapest beginning.
    Key before = 0;
    bool isReached = true;
    for (size_t field = 0; field < width; ++field) {
      uint64_t least = scale.reached[next.level][node * width + field];
      isReached &= least != SumScale::excluded;
      if (!isReached || forward)
        continue;
      // In coarse units, each rounded part may have lost one.
      if (!coarseness.isExact()) {
        uint64_t lost = blocks.size() + 2;
        least /= coarseness.units[field];
        least -= std::min(least, lost);
      }
      before |= fields.packed(field, least);
    }
    entries.clear();
    for (uint32_t number : edgesOf[node]) {
      if (!isReached)
        break;
      const auto &edge = block.edges[number];
      uint32_t source = forward ? edge.from : edge.to;
      for (size_t element = last.firstElement[source];
           element < last.firstElement[source + 1]; ++element) {
        Key key = last.keys[element] + edge.cost;
        if (fields.fits(key) && fields.fits(key + before))
          entries.push_back({key, {number, static_cast<uint32_t>(element)}});
      }
    }
    if (budget.isOver())
      return false;
    sortByKey(entries, spare, scaleBits);
    for (const Entry &entry : entries) {
      if (next.keys.size() == next.firstElement.back() ||
          next.keys.back() != entry.key) {
        if (!next.keys.empty())
          next.firstOrigin.push_back(next.origins.size());
        next.keys.push_back(entry.key);
        next.counts.push_back(Natural(0));
      }
      next.counts.back() += last.counts[entry.origin.element] *
                            block.edges[entry.origin.edge].numPaths;
      next.origins.push_back(entry.origin);
    }
    next.firstElement.push_back(next.keys.size());
  }
  next.firstOrigin.push_back(next.origins.size());
  lists.push_back(std::move(next));
  return true;
}

/// Extends both lists towards each other.
template <typename Key, typename Natural>
bool SumLists<Key, Natural>::grow(const Budget &budget) {
  for (auto *lists : {&beginnings, &ends}) {
    List start;
    start.level = lists == &beginnings ? 0 : diagram.levels.size();
    start.firstElement = {0, 1};
    start.keys = {Key(0)};
    start.counts = {Natural(1)};
    lists->push_back(std::move(start));
  }
  size_t left = 0, right = blocks.size();
  while (left < right) {
    size_t fromLeft = numEvents(beginnings.back(), *blocks[left], true);
    size_t fromRight = numEvents(ends.back(), *blocks[right - 1], false);
    if (std::min(fromLeft, fromRight) > budget.listEntries)
      break;
    bool forward = fromLeft <= fromRight;
    if (!extend(forward ? beginnings : ends,
                *blocks[forward ? left : right - 1], forward, budget))
      return false;
    if (forward)
      blocks[left++].reset();
    else
      blocks[--right].reset();
  }
  return true;
}

template <typename Key, typename Natural>
bool SumLists<Key, Natural>::chooseSplit(const Budget &budget) {
  size_t begin = beginnings.back().level, end = ends.back().level;
  size_t fewest = ~size_t(0);
  for (size_t level = begin; level <= end; ++level) {
    auto first = between(begin, level);
    if (!first)
      break;
    auto second = between(level, end);
    if (!second)
      continue;
    size_t events = numEvents(beginnings.back(), *first, true) +
                    numEvents(ends.back(), *second, false);
    if (events >= fewest)
      continue;
    fewest = events;
    firstHalf = std::move(*first);
    secondHalf = std::move(*second);
  }
  // A sweep takes some 40 ns for each.
  return fewest <= maximumEvents && budget.allows(4e-8 * fewest);
}

template <typename Key, typename Natural>
bool SumLists<Key, Natural>::sweep(
    const Block &first, const Block &second, const Budget &budget, bool forward,
    llvm::function_ref<void(uint32_t, uint32_t, const Natural &)> visit) const {
  using Stream = KeyStream<Key, Natural>;
  const List &queryList = forward ? beginnings.back() : ends.back();
  const List &pointList = forward ? ends.back() : beginnings.back();
  const Block &queryBlock = forward ? first : second;
  const Block &pointBlock = forward ? second : first;
  // The edges at each node where the halves meet.
  auto edgesAtNodes = [&](const Block &block, bool isFirst) {
    std::vector<std::vector<uint32_t>> edges(numNodes(first.lastLevel));
    for (auto [number, edge] : llvm::enumerate(block.edges))
      edges[isFirst ? edge.to : edge.from].push_back(number);
    return edges;
  };
  auto queryEdges = edgesAtNodes(queryBlock, forward);
  auto pointEdges = edgesAtNodes(pointBlock, !forward);
  auto streamOf = [](const List &list, const typename Block::Edge &edge,
                     bool isFirst) {
    uint32_t source = isFirst ? edge.from : edge.to;
    return Stream{list.keysAt(source), list.countsAt(source), edge.cost,
                  Natural(edge.numPaths)};
  };
  for (uint32_t node = 0; node < queryEdges.size(); ++node) {
    std::vector<Stream> queries, points;
    for (uint32_t number : queryEdges[node])
      queries.push_back(streamOf(queryList, queryBlock.edges[number], forward));
    double weight = 0;
    for (uint32_t number : pointEdges[node]) {
      points.push_back(streamOf(pointList, pointBlock.edges[number], !forward));
      for (const Natural &count : points.back().weights)
        weight += static_cast<double>(count) *
                  static_cast<double>(points.back().times);
    }
    if (queries.empty() || points.empty())
      continue;
    auto run = [&](auto zero) {
      using Weight = decltype(zero);
      PairSweep<Key, Natural, Weight> sweep(fields, budget);
      return sweep.run(
          queries, points,
          [&](uint32_t stream, uint32_t element, const Weight &weight,
              bool negative) {
            uint32_t number = queryEdges[node][stream];
            const auto &edge = queryBlock.edges[number];
            size_t base = queryList.firstElement[forward ? edge.from : edge.to];
            Natural ways(weight);
            visit(number, base + element,
                  negative ? Natural(Natural(0) - ways) : ways);
          });
    };
    bool done = weight < 1e18 ? run(uint64_t(0)) : run(Natural(0));
    if (!done)
      return false;
  }
  return true;
}

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_SUMLISTS_H
