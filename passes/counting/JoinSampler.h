//===- JoinSampler.h - Draws feasible paths of a join -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws uniformly from the feasible paths of a diagram with long sums
// (SumJoin.h). A start is a beginning and an edge of the first part of the
// middle after it; every start knows the number of its completions, so one
// random number below the number of all feasible paths is decoded into one of
// them, and nothing is drawn that is not feasible.
//
// Decoding a completion of a start means to go through the edges of the second
// part of the middle and to ask for the ends that fit behind each. For one and
// two sums with upper bounds, starts with similar sums are put into boxes:
// what completes the worst corner of a box completes every start in it. For
// that part, nearly all, a start and a completion are independent of each
// other and drawn from tables; only the small rest has to go through the edges.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_JOINSAMPLER_H
#define NASC_PASSES_COUNTING_JOINSAMPLER_H

#include "passes/counting/PlaneIndex.h"
#include "passes/counting/SortedSearch.h"
#include "passes/counting/SumLists.h"

#include <array>

namespace nasc::counting {

template <typename Key, typename Natural> class JoinSampler {
public:
  /// Keeps a reference to the lists. Cost: two sweeps.
  explicit JoinSampler(const SumLists<Key, Natural> &lists);

  /// Draws `count` paths, each with one number below `total`, the number of
  /// feasible paths; `positions` has a row for each.
  void sample(const Natural &total, llvm::function_ref<uint64_t()> random,
              size_t count, llvm::MutableArrayRef<uint16_t> positions) const;

private:
  using Block = Relation<Key>;
  using List = SumList<Key, Natural>;

  /// Starts that are kept.
  static constexpr size_t maximumStarts = size_t(24) << 20;
  /// Entries of all tables of boxes.
  static constexpr size_t maximumEntries = size_t(1) << 26;
  static constexpr size_t smallestBox = 32;

  struct Box {
    /// Elements of the list, in the order of boxes.
    uint32_t begin, end;
    /// The largest of their sums.
    Key corner;
    /// Their paths.
    Natural paths;
  };

  const List &from() const { return lists.getBeginnings().back(); }
  const List &to() const { return lists.getEnds().back(); }

  void chooseStarts();
  void countWays();
  void startSingly();
  bool canBox() const;
  void cutBoxes(size_t size);
  void cutBox(uint32_t begin, uint32_t end, size_t size);
  void fillTables();
  void startInBoxes();
  void sampleSingly(Natural rank,
                    llvm::MutableArrayRef<uint16_t> positions) const;
  /// What is known of a draw, step by step.
  struct Draw {
    Natural rank = 0;
    uint32_t edge = 0;
    const Box *box = nullptr;
    const uint64_t *table = nullptr;
    uint32_t numRest = 0;
    /// It completes the corner of its box.
    bool isCommon = false;
    uint64_t completion = 0;
    /// Which paths of the edge, of the element, of the edge after the start.
    uint32_t firstPath = 0;
    Natural path = 0;
    uint32_t restPath = 0;
    uint32_t element = 0, rest = 0, end = 0;
    PlaneIndex::Selection selection;
  };
  void findBox(Draw &draw) const;
  void divide(Draw &draw) const;
  void chooseStart(Draw &draw) const;
  void chooseEnd(Draw &draw) const;
  void place(const Draw &draw, llvm::MutableArrayRef<uint16_t> positions) const;
  void sampleRest(const Draw &draw,
                  llvm::MutableArrayRef<uint16_t> positions) const;
  uint32_t startOf(const typename Block::Edge &edge, uint32_t number,
                   uint32_t element) const;

  size_t find(const Natural &rank) const;
  void buildGuide();
  KeyBox<Key> boxBeside(Key key) const;
  void placePath(const Block &block, uint32_t path,
                 llvm::MutableArrayRef<uint16_t> positions) const;
  void placeElement(const std::vector<List> &side, uint32_t element,
                    Natural rank,
                    llvm::MutableArrayRef<uint16_t> positions) const;
  void placeEnd(const typename Block::Edge &edge, uint32_t end,
                const Natural &rank,
                llvm::MutableArrayRef<uint16_t> positions) const {
    placeElement(lists.getEnds(), to().firstElement[edge.to] + end, rank,
                 positions);
  }
  int32_t xOf(Key key) const { return fields.value(key, fields.size() - 1); }
  int32_t yOf(Key key) const {
    return fields.size() == 1 ? 0 : fields.value(key, 0);
  }

  const SumLists<Key, Natural> &lists;
  const KeyFields<Key> &fields;
  /// The middle, divided so that the first part can be listed with the
  /// beginnings.
  Block first, second;
  /// Of each node between the parts, its first edge in `second`.
  std::vector<uint32_t> firstSecond;
  /// Of each edge of `first`, its first start; of each start, the number of its
  /// completions.
  std::vector<size_t> firstStart;
  std::vector<Natural> ways;
  /// Running sums of the feasible paths of starts, or of boxes of starts, and
  /// for equal parts of their total the place where each begins.
  std::vector<Natural> running;
  std::vector<uint32_t> guide;
  unsigned guideShift = 0;

  /// Without boxes: for each node of the second cut, its ends.
  std::vector<PointIndex<Key, Natural>> endBoxes;

  /// With boxes: elements box by box, and the paths before each in its box.
  bool haveBoxes = false;
  std::vector<uint32_t> order;
  std::vector<Natural> pathsBefore;
  std::vector<Box> boxes;
  /// Of each node of the first cut, its first box.
  std::vector<uint32_t> firstBox;
  /// Of each edge of `first`, the place of its first box among those of all
  /// edges, and that box's first entry in `tables`.
  std::vector<size_t> firstPlace, firstEntry;
  /// For each box of an edge and each edge of `second` behind it, the
  /// completions of the corner by edges up to that one.
  std::vector<uint64_t> tables;
  std::vector<PlaneIndex> endPlanes;
};

template <typename Key, typename Natural>
JoinSampler<Key, Natural>::JoinSampler(const SumLists<Key, Natural> &lists)
    : lists(lists), fields(lists.getFields()) {
  chooseStarts();
  countWays();
  if (canBox()) {
    fillTables();
    startInBoxes();
  } else {
    startSingly();
  }
  buildGuide();
}

/// The farther the starts reach, the shorter is the rest that has to be looked
/// through.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::chooseStarts() {
  size_t split = from().level;
  first = *lists.between(split, split);
  for (size_t level = split + 1; level <= lists.getFirstHalf().lastLevel;
       ++level) {
    auto longer = lists.between(from().level, level);
    if (!longer || lists.numEvents(from(), *longer, true) > maximumStarts)
      break;
    split = level;
    first = std::move(*longer);
  }
  second = *lists.between(split, to().level);
  for (auto [number, edge] : llvm::enumerate(second.edges))
    while (firstSecond.size() <= edge.from)
      firstSecond.push_back(number);
  firstSecond.resize(lists.numNodes(split) + 1, second.edges.size());
  size_t numStarts = 0;
  for (const auto &edge : first.edges) {
    firstStart.push_back(numStarts);
    numStarts += from().sizeAt(edge.from);
  }
  firstStart.push_back(numStarts);
}

/// By a sweep at the cheapest level: an edge of the sweep's first half is an
/// edge of the starts and a rest.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::countWays() {
  ways.assign(firstStart.back(), Natural(0));
  size_t split = lists.getFirstHalf().lastLevel;
  Block rest = *lists.between(first.lastLevel, split);
  std::vector<std::vector<uint32_t>> restFrom(lists.numNodes(first.lastLevel));
  for (auto [number, edge] : llvm::enumerate(rest.edges))
    restFrom[edge.from].push_back(number);
  Block through;
  through.firstLevel = from().level;
  through.lastLevel = split;
  std::vector<uint32_t> edgeOf;
  for (auto [number, edge] : llvm::enumerate(first.edges))
    for (uint32_t next : restFrom[edge.to]) {
      const auto &tail = rest.edges[next];
      if (!fields.fits(edge.cost + tail.cost))
        continue;
      through.edges.push_back(
          {edge.from, tail.to, edge.cost + tail.cost, 0, tail.numPaths});
      edgeOf.push_back(number);
    }
  lists.sweep(through, lists.getSecondHalf(), Budget(), /*forward=*/true,
              [&](uint32_t edge, uint32_t element, const Natural &count) {
                uint32_t number = edgeOf[edge];
                ways[startOf(first.edges[number], number, element)] +=
                    count * through.edges[edge].numPaths;
              });
}

template <typename Key, typename Natural>
uint32_t JoinSampler<Key, Natural>::startOf(const typename Block::Edge &edge,
                                            uint32_t number,
                                            uint32_t element) const {
  return firstStart[number] + element - from().firstElement[edge.from];
}

//===----------------------------------------------------------------------===//
// Starts one by one
//===----------------------------------------------------------------------===//

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::startSingly() {
  running.reserve(ways.size() + 1);
  running.push_back(Natural(0));
  for (const auto &edge : first.edges)
    for (size_t element = from().firstElement[edge.from];
         element < from().firstElement[edge.from + 1]; ++element)
      running.push_back(
          Natural(running.back() + ways[running.size() - 1] * edge.numPaths *
                                       from().counts[element]));
  for (uint32_t node = 0; node < lists.numNodes(to().level); ++node)
    endBoxes.emplace_back(fields, to().keysAt(node), to().countsAt(node));
}

template <typename Key, typename Natural>
KeyBox<Key> JoinSampler<Key, Natural>::boxBeside(Key key) const {
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
void JoinSampler<Key, Natural>::sampleSingly(
    Natural rank, llvm::MutableArrayRef<uint16_t> positions) const {
  size_t start = find(rank);
  rank -= running[start];
  size_t number = llvm::upper_bound(firstStart, start) - firstStart.begin() - 1;
  const auto &edge = first.edges[number];
  size_t element = from().firstElement[edge.from] + start - firstStart[number];
  // Which of the paths with that sum, and which of the ways to complete it.
  uint32_t path = static_cast<uint32_t>(Natural(rank % edge.numPaths));
  rank /= edge.numPaths;
  placePath(first, edge.firstPath + path, positions);
  placeElement(lists.getBeginnings(), element,
               Natural(rank % from().counts[element]), positions);
  rank /= from().counts[element];
  Key key = from().keys[element] + edge.cost;
  for (uint32_t next = firstSecond[edge.to]; next < firstSecond[edge.to + 1];
       ++next) {
    const auto &rest = second.edges[next];
    if (!fields.fits(key + rest.cost))
      continue;
    KeyBox<Key> box = boxBeside(key + rest.cost);
    Natural weight = endBoxes[rest.to].weightIn(box) * rest.numPaths;
    if (!(rank < weight)) {
      rank -= weight;
      continue;
    }
    uint32_t middle = static_cast<uint32_t>(Natural(rank % rest.numPaths));
    rank /= rest.numPaths;
    placePath(second, rest.firstPath + middle, positions);
    uint32_t end = endBoxes[rest.to].select(box, rank);
    return placeEnd(rest, end, rank, positions);
  }
  assert(false && "a start has fewer completions than were counted");
}

//===----------------------------------------------------------------------===//
// Starts in boxes
//===----------------------------------------------------------------------===//

template <typename Key, typename Natural>
bool JoinSampler<Key, Natural>::canBox() const {
  if (fields.size() > 2 || fields.haveLowerBounds() || second.length() == 0 ||
      std::is_same_v<Natural, NaturalAny>)
    return false;
  for (size_t field = 0; field < fields.size(); ++field)
    if (fields.at(field).upper >= PlaneIndex::limit)
      return false;
  double sum = 0, completions = 0;
  for (uint32_t node = 0; node < lists.numNodes(to().level); ++node) {
    double ends = 0;
    for (const Natural &count : to().countsAt(node))
      ends += static_cast<double>(count);
    sum = std::max(sum, ends);
  }
  for (const auto &edge : second.edges)
    completions += sum * edge.numPaths;
  return sum < static_cast<double>(PlaneIndex::limit) && completions < 1e18;
}

/// Halves the elements along the sum in which they differ most until boxes are
/// small.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::cutBox(uint32_t begin, uint32_t end,
                                       size_t size) {
  Box box = {begin, end, Key(0), Natural(0)};
  size_t widest = 0;
  double widestRange = -1;
  for (size_t field = 0; field < fields.size(); ++field) {
    uint64_t low = ~uint64_t(0), high = 0;
    for (uint32_t i = begin; i < end; ++i) {
      uint64_t value = fields.value(from().keys[order[i]], field);
      low = std::min(low, value);
      high = std::max(high, value);
    }
    box.corner |= fields.packed(field, high);
    double range = static_cast<double>(high - low) /
                   (static_cast<double>(fields.at(field).upper) + 1);
    if (range > widestRange) {
      widest = field;
      widestRange = range;
    }
  }
  if (end - begin > size) {
    uint32_t middle = begin + (end - begin) / 2;
    std::nth_element(order.begin() + begin, order.begin() + middle,
                     order.begin() + end, [&](uint32_t a, uint32_t b) {
                       uint64_t left = fields.value(from().keys[a], widest);
                       uint64_t right = fields.value(from().keys[b], widest);
                       return left != right ? left < right : a < b;
                     });
    cutBox(begin, middle, size);
    cutBox(middle, end, size);
    return;
  }
  for (uint32_t i = begin; i < end; ++i) {
    pathsBefore[i] = box.paths;
    box.paths += from().counts[order[i]];
  }
  boxes.push_back(std::move(box));
}

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::cutBoxes(size_t size) {
  order.resize(from().keys.size());
  for (uint32_t element = 0; element < order.size(); ++element)
    order[element] = element;
  pathsBefore.assign(order.size(), Natural(0));
  boxes.clear();
  firstBox.clear();
  for (uint32_t node = 0; node < lists.numNodes(from().level); ++node) {
    firstBox.push_back(boxes.size());
    if (from().sizeAt(node) > 0)
      cutBox(from().firstElement[node], from().firstElement[node + 1], size);
  }
  firstBox.push_back(boxes.size());
}

/// The completions of the corners of all boxes, by another sweep: the corners
/// of one node are a list like that of its elements.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::fillTables() {
  haveBoxes = true;
  size_t numEntries = 0;
  auto numRest = [&](const typename Block::Edge &edge) -> size_t {
    return firstSecond[edge.to + 1] - firstSecond[edge.to];
  };
  for (size_t size = smallestBox;; size *= 2) {
    cutBoxes(size);
    firstPlace.assign(1, 0);
    firstEntry.assign(1, 0);
    for (const auto &edge : first.edges) {
      size_t number = firstBox[edge.from + 1] - firstBox[edge.from];
      firstPlace.push_back(firstPlace.back() + number);
      firstEntry.push_back(firstEntry.back() + number * numRest(edge));
    }
    numEntries = firstEntry.back();
    if (numEntries <= maximumEntries || size >= order.size())
      break;
  }
  tables.assign(numEntries, 0);

  std::vector<std::vector<Key>> corners;
  std::vector<std::vector<uint32_t>> cornerBoxes;
  for (uint32_t node = 0; node + 1 < firstBox.size(); ++node) {
    std::vector<uint32_t> &numbers = cornerBoxes.emplace_back();
    for (uint32_t box = firstBox[node]; box < firstBox[node + 1]; ++box)
      numbers.push_back(box);
    llvm::sort(numbers, [&](uint32_t a, uint32_t b) {
      return boxes[a].corner < boxes[b].corner;
    });
    std::vector<Key> &keys = corners.emplace_back();
    for (uint32_t box : numbers)
      keys.push_back(boxes[box].corner);
  }
  using Stream = KeyStream<Key, Natural>;
  for (uint32_t node = 0; node < lists.numNodes(to().level); ++node) {
    std::vector<Stream> queries;
    std::vector<std::pair<uint32_t, uint32_t>> edges;
    for (auto [number, edge] : llvm::enumerate(first.edges))
      for (uint32_t next = firstSecond[edge.to];
           next < firstSecond[edge.to + 1]; ++next)
        if (second.edges[next].to == node &&
            fields.fits(edge.cost + second.edges[next].cost)) {
          queries.push_back({corners[edge.from],
                             {},
                             edge.cost + second.edges[next].cost,
                             Natural(1)});
          edges.emplace_back(number, next);
        }
    Stream points = {to().keysAt(node), to().countsAt(node), Key(0),
                     Natural(1)};
    if (!queries.empty() && !points.keys.empty())
      PairSweep<Key, Natural, uint64_t>(fields, Budget())
          .run(queries, points,
               [&](uint32_t stream, uint32_t element, uint64_t weight, bool) {
                 auto [number, next] = edges[stream];
                 const auto &edge = first.edges[number];
                 size_t box =
                     cornerBoxes[edge.from][element] - firstBox[edge.from];
                 tables[firstEntry[number] + box * numRest(edge) + next -
                        firstSecond[edge.to]] +=
                     weight * second.edges[next].numPaths;
               });
    std::vector<PlaneIndex::Point> plane;
    for (auto [key, count] : llvm::zip(to().keysAt(node), to().countsAt(node)))
      plane.push_back({xOf(key), yOf(key), static_cast<uint32_t>(count)});
    endPlanes.emplace_back(plane);
  }
  for (auto [number, edge] : llvm::enumerate(first.edges))
    for (size_t entry = firstEntry[number], rest = numRest(edge);
         entry < firstEntry[number + 1]; ++entry)
      if ((entry - firstEntry[number]) % rest != 0)
        tables[entry] += tables[entry - 1];
}

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::startInBoxes() {
  running.push_back(Natural(0));
  for (auto [number, edge] : llvm::enumerate(first.edges))
    for (uint32_t box = firstBox[edge.from]; box < firstBox[edge.from + 1];
         ++box) {
      Natural sum = running.back();
      for (uint32_t i = boxes[box].begin; i < boxes[box].end; ++i)
        sum += ways[startOf(edge, number, order[i])] * edge.numPaths *
               from().counts[order[i]];
      running.push_back(std::move(sum));
    }
}

/// Which box, and what is known of it.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::findBox(Draw &draw) const {
  size_t place = find(draw.rank);
  draw.rank -= running[place];
  draw.edge = llvm::upper_bound(firstPlace, place) - firstPlace.begin() - 1;
  const auto &edge = first.edges[draw.edge];
  size_t offset = place - firstPlace[draw.edge];
  draw.box = &boxes[firstBox[edge.from] + offset];
  draw.numRest = firstSecond[edge.to + 1] - firstSecond[edge.to];
  draw.table = tables.data() + firstEntry[draw.edge] + offset * draw.numRest;
  __builtin_prefetch(draw.box);
  for (uint32_t next = 0; next < draw.numRest; next += 8)
    __builtin_prefetch(draw.table + next);
}

/// Whether a completion of the corner is drawn; then which path to the box, and
/// which completion.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::divide(Draw &draw) const {
  uint32_t numPaths = first.edges[draw.edge].numPaths;
  Natural units = draw.box->paths * numPaths;
  uint64_t common = draw.numRest == 0 ? 0 : draw.table[draw.numRest - 1];
  draw.isCommon = draw.rank < units * common;
  if (!draw.isCommon)
    return;
  Natural unit = draw.rank % units;
  draw.completion = static_cast<uint64_t>(Natural(draw.rank / units));
  draw.path = unit / numPaths;
  draw.firstPath = static_cast<uint32_t>(Natural(unit % numPaths));
  for (uint32_t i = draw.box->begin; i < draw.box->end; i += 8)
    __builtin_prefetch(&pathsBefore[i]);
  for (uint32_t i = draw.box->begin; i < draw.box->end; i += 16)
    __builtin_prefetch(&order[i]);
}

/// Which start, and which edge after it.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::chooseStart(Draw &draw) const {
  size_t i = draw.box->begin +
             countUpTo(&pathsBefore[draw.box->begin],
                       draw.box->end - draw.box->begin, draw.path) -
             1;
  draw.path -= pathsBefore[i];
  draw.element = order[i];
  from().prefetchPlace(draw.element);
  size_t next = countUpTo(draw.table, draw.numRest, draw.completion);
  if (next > 0)
    draw.completion -= draw.table[next - 1];
  const auto &edge = first.edges[draw.edge];
  draw.rest = firstSecond[edge.to] + next;
  const auto &rest = second.edges[draw.rest];
  Key slack = fields.slack(draw.box->corner + edge.cost + rest.cost);
  draw.restPath = draw.completion % rest.numPaths;
  draw.selection.x = xOf(slack);
  draw.selection.y = yOf(slack);
  draw.selection.rank = draw.completion / rest.numPaths;
  endPlanes[rest.to].beginSelection(draw.selection);
}

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::chooseEnd(Draw &draw) const {
  const auto &rest = second.edges[draw.rest];
  draw.end = to().firstElement[rest.to] +
             endPlanes[rest.to].endSelection(draw.selection);
  to().prefetchPlace(draw.end);
}

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::place(
    const Draw &draw, llvm::MutableArrayRef<uint16_t> positions) const {
  placePath(first, first.edges[draw.edge].firstPath + draw.firstPath,
            positions);
  placeElement(lists.getBeginnings(), draw.element, draw.path, positions);
  placePath(second, second.edges[draw.rest].firstPath + draw.restPath,
            positions);
  placeElement(lists.getEnds(), draw.end, Natural(draw.selection.rank),
               positions);
}

/// A completion of one start that does not complete the corner of its box.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::sampleRest(
    const Draw &draw, llvm::MutableArrayRef<uint16_t> positions) const {
  const auto &edge = first.edges[draw.edge];
  const Box &box = *draw.box;
  uint64_t common = draw.numRest == 0 ? 0 : draw.table[draw.numRest - 1];
  Natural rank = draw.rank - box.paths * edge.numPaths * common;
  uint32_t i = box.begin;
  Natural paths(0);
  for (;; ++i) {
    assert(i < box.end && "a box has fewer completions than were counted");
    paths = from().counts[order[i]] * edge.numPaths;
    Natural extra = ways[startOf(edge, draw.edge, order[i])] - common;
    if (rank < paths * extra)
      break;
    rank -= paths * extra;
  }
  Natural unit = rank % paths;
  rank /= paths;
  placePath(first,
            edge.firstPath +
                static_cast<uint32_t>(Natural(unit % edge.numPaths)),
            positions);
  placeElement(lists.getBeginnings(), order[i], Natural(unit / edge.numPaths),
               positions);
  Key key = from().keys[order[i]] + edge.cost;
  Key corner = box.corner + edge.cost;
  for (size_t next = 0; next < draw.numRest; ++next) {
    const auto &rest = second.edges[firstSecond[edge.to] + next];
    if (!fields.fits(key + rest.cost))
      continue;
    Key slack = fields.slack(key + rest.cost);
    Natural ends(endPlanes[rest.to].weightBelow(xOf(slack), yOf(slack)));
    Natural known(draw.table[next] - (next == 0 ? 0 : draw.table[next - 1]));
    Natural weight = ends * rest.numPaths - known;
    if (!(rank < weight)) {
      rank -= weight;
      continue;
    }
    placePath(second,
              rest.firstPath +
                  static_cast<uint32_t>(Natural(rank % rest.numPaths)),
              positions);
    uint32_t unitOfEnds = static_cast<uint32_t>(Natural(rank / rest.numPaths));
    int32_t innerX = -1, innerY = -1;
    if (fields.fits(corner + rest.cost)) {
      Key inner = fields.slack(corner + rest.cost);
      innerX = xOf(inner);
      innerY = yOf(inner);
    }
    uint32_t end = endPlanes[rest.to].selectBetween(innerX, innerY, xOf(slack),
                                                    yOf(slack), unitOfEnds);
    return placeEnd(rest, end, Natural(unitOfEnds), positions);
  }
  assert(false && "a start has fewer completions than were counted");
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::buildGuide() {
  // About as many parts as places.
  while ((running.back() >> guideShift) > running.size())
    ++guideShift;
  size_t parts = static_cast<size_t>(Natural(running.back() >> guideShift)) + 2;
  size_t place = 0;
  for (size_t part = 0; part < parts; ++part) {
    Natural begin = Natural(part) << guideShift;
    while (place + 1 < running.size() && !(begin < running[place + 1]))
      ++place;
    guide.push_back(place);
  }
}

/// The last running sum that is not above the number; sums may be equal.
template <typename Key, typename Natural>
size_t JoinSampler<Key, Natural>::find(const Natural &rank) const {
  size_t part = static_cast<size_t>(Natural(rank >> guideShift));
  auto begin = running.begin() + guide[part];
  auto end = running.begin() +
             std::min<size_t>(running.size(), size_t(guide[part + 1]) + 2);
  return std::upper_bound(begin, end, rank) - running.begin() - 1;
}

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::placePath(
    const Block &block, uint32_t path,
    llvm::MutableArrayRef<uint16_t> positions) const {
  for (auto [offset, edge] : llvm::enumerate(block.path(path))) {
    const DiagramLevel &level =
        lists.getDiagram().levels[block.firstLevel + offset];
    positions[level.choice] = level.positions[edge];
  }
}

/// Which of the paths with the sum of an entry it is.
template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::placeElement(
    const std::vector<List> &side, uint32_t element, Natural rank,
    llvm::MutableArrayRef<uint16_t> positions) const {
  for (size_t index = side.size(); index-- > 1;) {
    const List &list = side[index];
    for (uint32_t number = list.firstOrigin[element];; ++number) {
      auto origin = list.origins[number];
      const auto &edge = list.relation->edges[origin.edge];
      Natural paths = side[index - 1].counts[origin.element] * edge.numPaths;
      if (!(rank < paths)) {
        rank -= paths;
        continue;
      }
      placePath(*list.relation,
                edge.firstPath +
                    static_cast<uint32_t>(Natural(rank % edge.numPaths)),
                positions);
      rank /= edge.numPaths;
      element = origin.element;
      break;
    }
  }
}

template <typename Key, typename Natural>
void JoinSampler<Key, Natural>::sample(
    const Natural &total, llvm::function_ref<uint64_t()> random, size_t count,
    llvm::MutableArrayRef<uint16_t> positions) const {
  size_t width = count == 0 ? 0 : positions.size() / count;
  auto rowOf = [&](size_t number) {
    return positions.slice(number * width, width);
  };
  if (!haveBoxes) {
    for (size_t number = 0; number < count; ++number)
      sampleSingly(below(total, random), rowOf(number));
    return;
  }
  // A draw mostly waits for memory, in one place after the other. Many draws
  // take each step together, and wait together.
  std::array<Draw, 64> draws;
  for (size_t begin = 0; begin < count; begin += draws.size()) {
    auto batch = llvm::MutableArrayRef(draws).take_front(count - begin);
    for (Draw &draw : batch) {
      draw.rank = below(total, random);
      __builtin_prefetch(
          &guide[static_cast<size_t>(Natural(draw.rank >> guideShift))]);
    }
    for (Draw &draw : batch)
      __builtin_prefetch(&running[guide[static_cast<size_t>(
          Natural(draw.rank >> guideShift))]]);
    for (Draw &draw : batch)
      findBox(draw);
    for (Draw &draw : batch)
      divide(draw);
    for (Draw &draw : batch)
      if (draw.isCommon)
        chooseStart(draw);
    for (Draw &draw : batch)
      if (draw.isCommon) {
        endPlanes[second.edges[draw.rest].to].findRow(draw.selection);
        from().prefetchOrigins(draw.element);
      }
    for (Draw &draw : batch)
      if (draw.isCommon)
        chooseEnd(draw);
    for (Draw &draw : batch)
      if (draw.isCommon)
        to().prefetchOrigins(draw.end);
    for (auto [number, draw] : llvm::enumerate(batch))
      if (draw.isCommon)
        place(draw, rowOf(begin + number));
      else
        sampleRest(draw, rowOf(begin + number));
  }
}

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_JOINSAMPLER_H
