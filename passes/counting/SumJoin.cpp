//===- SumJoin.cpp - Counts paths within the bounds of long sums ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/SumJoin.h"

#include "passes/counting/PairSweep.h"
#include "passes/counting/Relation.h"

#include <mutex>

using namespace nasc;
using namespace nasc::counting;

namespace {

/// Paths from one node that one relation may have, about.
constexpr size_t blockPaths = 8192;
/// Paths of all relations that are kept.
constexpr size_t maximumPaths = 2000000;
/// Entries (a sum and an edge that leads to it) of one extension of a list.
constexpr size_t maximumEntries = size_t(1) << 24;
/// Pairs of a sum and a path through the middle that a sweep may take.
constexpr size_t maximumEvents = size_t(3) << 30;
/// Beginnings that drawing keeps.
constexpr size_t maximumStarts = size_t(24) << 20;

template <typename Key, typename Natural> class SumJoin : public CountedSet {
public:
  SumJoin(const StateDiagram &diagram, const SumScale &scale,
          const Budget &budget)
      : diagram(diagram), scale(scale), fields(scale.fields), budget(budget) {}

  /// False if the budget does not suffice.
  bool build() {
    if (!cutIntoBlocks() || !grow())
      return false;
    if (!chooseSplit())
      return false;
    total = Natural(0);
    return sweepSplit(
        beginnings.back(), firstHalf, secondHalf, ends.back(), budget,
        /*forward=*/true, [&](uint32_t edge, uint32_t element, Natural ways) {
          total += ways * beginnings.back().counts[element] *
                   firstHalf.edges[edge].numPaths;
        });
  }

  llvm::APInt getCount() const override { return toAPInt(total); }
  void addMarginals(Marginals &marginals) const override;
  void prepareSampling() const override;
  void sample(llvm::function_ref<uint64_t()> random,
              llvm::MutableArrayRef<uint16_t> positions) const override;

private:
  using Block = Relation<Key>;
  using Stream = KeyStream<Key, Natural>;

  /// How an entry came about: an edge of the relation after an entry of the
  /// list before.
  struct Origin {
    uint32_t edge;
    uint32_t element;
  };

  /// For each node of a level, the sums of its paths from the root (or to the
  /// leaf), sorted, and how many paths have each.
  struct SumList {
    size_t level = 0;
    std::vector<size_t> firstElement;
    std::vector<Key> keys;
    std::vector<Natural> counts;
    /// The relation to the list before this one, and the origins of each entry.
    std::optional<Block> relation;
    std::vector<uint32_t> firstOrigin;
    std::vector<Origin> origins;

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

  uint32_t numNodes(size_t level) const {
    return level < diagram.levels.size() ? diagram.levels[level].numNodes() : 1;
  }

  bool cutIntoBlocks();
  bool grow();
  bool extend(std::vector<SumList> &lists, const Block &block, bool forward);
  bool chooseSplit();
  static size_t numEvents(const SumList &list, const Block &block,
                          bool forward) {
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
  bool
  sweepSplit(const SumList &from, const Block &first, const Block &second,
             const SumList &to, const Budget &budget, bool forward,
             llvm::function_ref<void(uint32_t, uint32_t, Natural)> visit) const;

  void addPath(const Block &block, uint32_t path, const Natural &count,
               std::vector<std::vector<Natural>> &counts) const;
  void addListMarginals(const std::vector<SumList> &lists,
                        std::vector<Natural> ways,
                        std::vector<std::vector<Natural>> &counts) const;
  void placePath(const Block &block, uint32_t path,
                 llvm::MutableArrayRef<uint16_t> positions) const;
  void placeElement(const std::vector<SumList> &lists, uint32_t element,
                    Natural rank,
                    llvm::MutableArrayRef<uint16_t> positions) const;
  KeyBox<Key> boxBeside(Key key) const;

  const StateDiagram &diagram;
  const SumScale &scale;
  KeyFields<Key> fields;
  Budget budget;
  /// Levels between which relations are, and those relations.
  std::vector<size_t> cuts;
  std::vector<std::optional<Block>> blocks;
  std::vector<SumList> beginnings, ends;
  /// The middle, divided where the sweep is cheapest.
  Block firstHalf, secondHalf;
  Natural total = 0;

  /// What drawing needs: the middle, divided so that the first part can be
  /// listed with the beginnings.
  struct Drawing {
    Block first, second;
    /// Of each node of the level between, its first edge in `second`.
    std::vector<uint32_t> firstEdge;
    /// Of each edge of `first`, its first start; running sums of the feasible
    /// paths of all starts.
    std::vector<size_t> firstStart;
    std::vector<Natural> running;
    /// For each node of the second cut, its ends.
    std::vector<PointIndex<Key, Natural>> ends;
  };
  mutable std::once_flag isPrepared;
  mutable std::unique_ptr<Drawing> drawing;
};

/// Cuts where few nodes are, not farther apart than what one relation may have.
template <typename Key, typename Natural>
bool SumJoin<Key, Natural>::cutIntoBlocks() {
  size_t numLevels = diagram.levels.size();
  cuts = {0};
  while (cuts.back() < numLevels) {
    size_t begin = cuts.back();
    // Paths from all nodes of the last cut to each node.
    std::vector<double> paths(numNodes(begin), 1.0);
    double most = static_cast<double>(blockPaths) * numNodes(begin);
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
  size_t left = maximumPaths;
  for (size_t block = 0; block + 1 < cuts.size(); ++block) {
    blocks.push_back(Block::between(diagram, scale, fields, cuts[block],
                                    cuts[block + 1], left));
    if (!blocks.back() || budget.isOver())
      return false;
    left -= blocks.back()->paths.size() / blocks.back()->length();
  }
  return true;
}

template <typename Key, typename Natural>
bool SumJoin<Key, Natural>::extend(std::vector<SumList> &lists,
                                   const Block &block, bool forward) {
  const SumList &last = lists.back();
  SumList next;
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
    Origin origin;
  };
  std::vector<Entry> entries;
  size_t width = fields.size();
  for (uint32_t node = 0; node < numTargets; ++node) {
    // Ends have to fit behind the cheapest beginning.
    Key before = 0;
    bool isReached = true;
    for (size_t field = 0; field < width; ++field) {
      uint64_t least = scale.reached[next.level][node * width + field];
      isReached &= least != SumScale::excluded;
      if (isReached && !forward)
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
    llvm::sort(entries, [](const Entry &a, const Entry &b) {
      return std::tie(a.key, a.origin.edge, a.origin.element) <
             std::tie(b.key, b.origin.edge, b.origin.element);
    });
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
template <typename Key, typename Natural> bool SumJoin<Key, Natural>::grow() {
  for (auto *lists : {&beginnings, &ends}) {
    SumList start;
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
    if (std::min(fromLeft, fromRight) > maximumEntries)
      break;
    bool forward = fromLeft <= fromRight;
    if (!extend(forward ? beginnings : ends,
                *blocks[forward ? left : right - 1], forward))
      return false;
    if (forward)
      blocks[left++].reset();
    else
      blocks[--right].reset();
  }
  return true;
}

template <typename Key, typename Natural>
bool SumJoin<Key, Natural>::chooseSplit() {
  size_t begin = beginnings.back().level, end = ends.back().level;
  size_t fewest = ~size_t(0);
  for (size_t level = begin; level <= end; ++level) {
    auto first =
        Block::between(diagram, scale, fields, begin, level, maximumPaths);
    if (!first)
      break;
    auto second =
        Block::between(diagram, scale, fields, level, end, maximumPaths);
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
  return fewest <= maximumEvents;
}

template <typename Key, typename Natural>
bool SumJoin<Key, Natural>::sweepSplit(
    const SumList &from, const Block &first, const Block &second,
    const SumList &to, const Budget &budget, bool forward,
    llvm::function_ref<void(uint32_t, uint32_t, Natural)> visit) const {
  const SumList &queryList = forward ? from : to;
  const SumList &pointList = forward ? to : from;
  const Block &queryBlock = forward ? first : second;
  const Block &pointBlock = forward ? second : first;
  for (uint32_t node = 0; node < numNodes(first.lastLevel); ++node) {
    std::vector<Stream> queries, points;
    std::vector<uint32_t> edges;
    std::vector<size_t> bases;
    auto addStream = [&](std::vector<Stream> &streams, const SumList &list,
                         const typename Block::Edge &edge, bool isFirst) {
      if ((isFirst ? edge.to : edge.from) != node)
        return false;
      uint32_t source = isFirst ? edge.from : edge.to;
      if (list.sizeAt(source) == 0)
        return false;
      streams.push_back({list.keysAt(source), list.countsAt(source), edge.cost,
                         Natural(edge.numPaths)});
      return true;
    };
    for (auto [number, edge] : llvm::enumerate(queryBlock.edges))
      if (addStream(queries, queryList, edge, forward)) {
        edges.push_back(number);
        bases.push_back(queryList.firstElement[forward ? edge.from : edge.to]);
      }
    double weight = 0;
    for (const auto &edge : pointBlock.edges)
      if (addStream(points, pointList, edge, !forward))
        for (const Natural &count : points.back().weights)
          weight += static_cast<double>(count) * edge.numPaths;
    if (queries.empty() || points.empty())
      continue;
    auto run = [&](auto zero) {
      using Weight = decltype(zero);
      PairSweep<Key, Natural, Weight> sweep(fields, budget);
      return sweep.run(queries, points,
                       [&](uint32_t stream, uint32_t element,
                           const Weight &weight, bool negative) {
                         Natural ways(weight);
                         visit(edges[stream], bases[stream] + element,
                               negative ? Natural(Natural(0) - ways) : ways);
                       });
    };
    bool done = weight < 1e18 ? run(uint64_t(0)) : run(Natural(0));
    if (!done)
      return false;
  }
  return true;
}

template <typename Key, typename Natural>
void SumJoin<Key, Natural>::addPath(
    const Block &block, uint32_t path, const Natural &count,
    std::vector<std::vector<Natural>> &counts) const {
  for (auto [offset, edge] : llvm::enumerate(block.path(path))) {
    const DiagramLevel &level = diagram.levels[block.firstLevel + offset];
    if (level.active[edge])
      counts[level.choice][level.positions[edge]] += count;
  }
}

/// `ways` are the ways to complete each entry of the last list.
template <typename Key, typename Natural>
void SumJoin<Key, Natural>::addListMarginals(
    const std::vector<SumList> &lists, std::vector<Natural> ways,
    std::vector<std::vector<Natural>> &counts) const {
  for (size_t index = lists.size(); index-- > 1;) {
    const SumList &list = lists[index];
    const SumList &before = lists[index - 1];
    std::vector<Natural> waysBefore(before.keys.size(), Natural(0));
    std::vector<Natural> edgeWays(list.relation->edges.size(), Natural(0));
    for (size_t element = 0; element < list.keys.size(); ++element)
      for (uint32_t number = list.firstOrigin[element];
           number < list.firstOrigin[element + 1]; ++number) {
        Origin origin = list.origins[number];
        waysBefore[origin.element] +=
            ways[element] * list.relation->edges[origin.edge].numPaths;
        edgeWays[origin.edge] += ways[element] * before.counts[origin.element];
      }
    for (auto [edge, count] : llvm::zip(list.relation->edges, edgeWays))
      for (uint32_t path = 0; path < edge.numPaths; ++path)
        addPath(*list.relation, edge.firstPath + path, count, counts);
    ways = std::move(waysBefore);
  }
}

template <typename Key, typename Natural>
void SumJoin<Key, Natural>::addMarginals(Marginals &marginals) const {
  std::vector<std::vector<Natural>> counts;
  for (const auto &values : marginals)
    counts.emplace_back(values.size(), Natural(0));
  Budget unlimited;
  unlimited.memory = budget.memory;
  for (bool forward : {true, false}) {
    const auto &lists = forward ? beginnings : ends;
    const Block &half = forward ? firstHalf : secondHalf;
    std::vector<Natural> ways(lists.back().keys.size(), Natural(0));
    std::vector<Natural> edgeWays(half.edges.size(), Natural(0));
    sweepSplit(beginnings.back(), firstHalf, secondHalf, ends.back(), unlimited,
               forward, [&](uint32_t edge, uint32_t element, Natural count) {
                 ways[element] += count * half.edges[edge].numPaths;
                 edgeWays[edge] += count * lists.back().counts[element];
               });
    for (auto [edge, count] : llvm::zip(half.edges, edgeWays))
      for (uint32_t path = 0; path < edge.numPaths; ++path)
        addPath(half, edge.firstPath + path, count, counts);
    addListMarginals(lists, std::move(ways), counts);
  }
  for (auto [values, found] : llvm::zip(marginals, counts))
    for (auto [value, count] : llvm::zip(values, found))
      value = sumOf(value, toAPInt(count));
}

template <typename Key, typename Natural>
KeyBox<Key> SumJoin<Key, Natural>::boxBeside(Key key) const {
  KeyBox<Key> box;
  box.upper = fields.slack(key);
  for (size_t field = 0; field < fields.size(); ++field) {
    uint64_t lower = fields.at(field).lower, value = fields.value(key, field);
    if (value < lower)
      box.lower |= fields.packed(field, lower - value);
  }
  return box;
}

template <typename Key, typename Natural>
void SumJoin<Key, Natural>::prepareSampling() const {
  std::call_once(isPrepared, [&] {
    auto made = std::make_unique<Drawing>();
    const SumList &from = beginnings.back();
    const SumList &to = ends.back();
    // The farther the starts reach, the shorter is the rest that each draw has
    // to look through.
    size_t split = from.level;
    made->first =
        *Block::between(diagram, scale, fields, split, split, maximumPaths);
    for (size_t level = from.level + 1; level <= firstHalf.lastLevel; ++level) {
      auto first = Block::between(diagram, scale, fields, from.level, level,
                                  maximumPaths);
      if (!first || numEvents(from, *first, true) > maximumStarts)
        break;
      split = level;
      made->first = std::move(*first);
    }
    made->second =
        *Block::between(diagram, scale, fields, split, to.level, maximumPaths);
    size_t numStarts = 0;
    for (const auto &edge : made->first.edges) {
      made->firstStart.push_back(numStarts);
      numStarts += from.sizeAt(edge.from);
    }
    made->firstStart.push_back(numStarts);
    // Ways of each start, from a sweep at the cheapest level: an edge of the
    // sweep's first half is an edge of the starts' and a rest.
    std::vector<Natural> ways(numStarts, Natural(0));
    Block rest = *Block::between(diagram, scale, fields, split,
                                 firstHalf.lastLevel, maximumPaths);
    std::vector<std::vector<uint32_t>> restFrom(numNodes(split));
    for (auto [number, edge] : llvm::enumerate(rest.edges))
      restFrom[edge.from].push_back(number);
    Block through;
    through.firstLevel = from.level;
    through.lastLevel = firstHalf.lastLevel;
    std::vector<uint32_t> startEdge;
    for (auto [number, edge] : llvm::enumerate(made->first.edges))
      for (uint32_t next : restFrom[edge.to]) {
        const auto &tail = rest.edges[next];
        Key cost = edge.cost + tail.cost;
        if (!fields.fits(cost))
          continue;
        through.edges.push_back({edge.from, tail.to, cost, 0, tail.numPaths});
        startEdge.push_back(number);
      }
    Budget unlimited;
    unlimited.memory = budget.memory;
    sweepSplit(from, through, secondHalf, to, unlimited, /*forward=*/true,
               [&](uint32_t edge, uint32_t element, Natural count) {
                 uint32_t start = startEdge[edge];
                 size_t base = from.firstElement[made->first.edges[start].from];
                 ways[made->firstStart[start] + element - base] +=
                     count * through.edges[edge].numPaths;
               });
    made->running.reserve(numStarts + 1);
    made->running.push_back(Natural(0));
    for (auto [number, edge] : llvm::enumerate(made->first.edges)) {
      size_t base = from.firstElement[edge.from];
      for (size_t start = made->firstStart[number];
           start < made->firstStart[number + 1]; ++start)
        made->running.push_back(
            Natural(made->running.back() +
                    ways[start] * edge.numPaths *
                        from.counts[base + start - made->firstStart[number]]));
    }
    for (auto [number, edge] : llvm::enumerate(made->second.edges))
      while (made->firstEdge.size() <= edge.from)
        made->firstEdge.push_back(number);
    made->firstEdge.resize(numNodes(split) + 1, made->second.edges.size());
    for (uint32_t node = 0; node < numNodes(to.level); ++node)
      made->ends.emplace_back(fields, to.keysAt(node), to.countsAt(node));
    drawing = std::move(made);
  });
}

template <typename Key, typename Natural>
void SumJoin<Key, Natural>::placePath(
    const Block &block, uint32_t path,
    llvm::MutableArrayRef<uint16_t> positions) const {
  for (auto [offset, edge] : llvm::enumerate(block.path(path))) {
    const DiagramLevel &level = diagram.levels[block.firstLevel + offset];
    positions[level.choice] = level.positions[edge];
  }
}

/// Decodes which of the paths with the sum of an entry it is.
template <typename Key, typename Natural>
void SumJoin<Key, Natural>::placeElement(
    const std::vector<SumList> &lists, uint32_t element, Natural rank,
    llvm::MutableArrayRef<uint16_t> positions) const {
  for (size_t index = lists.size(); index-- > 1;) {
    const SumList &list = lists[index];
    uint32_t number = list.firstOrigin[element];
    while (true) {
      Origin origin = list.origins[number];
      uint32_t numPaths = list.relation->edges[origin.edge].numPaths;
      Natural paths = lists[index - 1].counts[origin.element] * numPaths;
      if (rank < paths) {
        uint32_t path = static_cast<uint32_t>(Natural(rank % numPaths));
        rank /= numPaths;
        placePath(*list.relation,
                  list.relation->edges[origin.edge].firstPath + path,
                  positions);
        element = origin.element;
        break;
      }
      rank -= paths;
      ++number;
    }
  }
}

template <typename Key, typename Natural>
void SumJoin<Key, Natural>::sample(
    llvm::function_ref<uint64_t()> random,
    llvm::MutableArrayRef<uint16_t> positions) const {
  prepareSampling();
  const SumList &from = beginnings.back();
  Natural rank = below(total, random);
  // Which start: the last running sum that is not above the number.
  size_t start =
      std::upper_bound(drawing->running.begin(), drawing->running.end(), rank) -
      drawing->running.begin() - 1;
  rank -= drawing->running[start];
  size_t number = llvm::upper_bound(drawing->firstStart, start) -
                  drawing->firstStart.begin() - 1;
  const auto &edge = drawing->first.edges[number];
  size_t element =
      from.firstElement[edge.from] + start - drawing->firstStart[number];
  // Which of the paths with that sum, and which of the ways to complete it.
  uint32_t path = static_cast<uint32_t>(Natural(rank % edge.numPaths));
  rank /= edge.numPaths;
  placePath(drawing->first, edge.firstPath + path, positions);
  Natural beginning = rank % from.counts[element];
  rank /= from.counts[element];
  placeElement(beginnings, element, beginning, positions);
  Key key = from.keys[element] + edge.cost;
  for (uint32_t next = drawing->firstEdge[edge.to];
       next < drawing->firstEdge[edge.to + 1]; ++next) {
    const auto &rest = drawing->second.edges[next];
    if (!fields.fits(key + rest.cost))
      continue;
    KeyBox<Key> box = boxBeside(key + rest.cost);
    Natural ends = drawing->ends[rest.to].weightIn(box);
    Natural weight = ends * rest.numPaths;
    if (!(rank < weight)) {
      rank -= weight;
      continue;
    }
    uint32_t middle = static_cast<uint32_t>(Natural(rank % rest.numPaths));
    rank /= rest.numPaths;
    placePath(drawing->second, rest.firstPath + middle, positions);
    uint32_t end = drawing->ends[rest.to].select(box, rank);
    placeElement(this->ends, this->ends.back().firstElement[rest.to] + end,
                 rank, positions);
    return;
  }
  assert(false && "a start has fewer completions than were counted");
}

template <typename Key, typename Natural>
std::unique_ptr<CountedSet> make(const StateDiagram &diagram,
                                 const SumScale &scale, const Budget &budget) {
  auto join = std::make_unique<SumJoin<Key, Natural>>(diagram, scale, budget);
  if (!join->build())
    return nullptr;
  return join;
}

template <typename Key>
std::unique_ptr<CountedSet>
makeWithKey(const StateDiagram &diagram, const SumScale &scale,
            unsigned naturalBits, const Budget &budget) {
  if (naturalBits <= 64)
    return make<Key, Natural64>(diagram, scale, budget);
  if (naturalBits <= 128)
    return make<Key, Natural128>(diagram, scale, budget);
  return make<Key, NaturalAny>(diagram, scale, budget);
}

} // namespace

std::unique_ptr<CountedSet> counting::joinSums(const StateDiagram &diagram,
                                               const SumScale &scale,
                                               unsigned naturalBits,
                                               const Budget &budget) {
  if (scale.numBits() <= 64)
    return makeWithKey<uint64_t>(diagram, scale, naturalBits, budget);
  if (scale.numBits() <= 128)
    return makeWithKey<unsigned __int128>(diagram, scale, naturalBits, budget);
  return nullptr;
}
