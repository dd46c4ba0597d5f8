//===- PairSweep.h - Counts pairs of points within bounds -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Given weighted points and queries, each in streams that are sorted lists
// shifted by a constant, finds for each query the weight of the points whose
// sum with it is within the bounds of every field.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_PAIRSWEEP_H
#define NASC_PASSES_COUNTING_PAIRSWEEP_H

#include "passes/counting/Budget.h"
#include "passes/counting/PointIndex.h"

namespace nasc::counting {

/// A sorted list of packed numbers to each of which `shift` is added. What then
/// exceeds an upper bound takes no part.
template <typename Key, typename Natural> struct KeyStream {
  llvm::ArrayRef<Key> keys;
  llvm::ArrayRef<Natural> weights;
  Key shift = 0;
  /// Multiplies all weights.
  Natural times = 1;
};

/// Sweeps along the last field. One field of not too many values takes a bin
/// for each value; otherwise one or two fields take n log n, and a Fenwick tree
/// holds the weights of the second field. Each further field is divided and
/// conquered and costs another logarithm.
template <typename Key, typename Natural, typename Weight> class PairSweep {
public:
  using Stream = KeyStream<Key, Natural>;
  /// Receives, for a query, a part of its weight; parts of one query are added
  /// up, those with `negative` subtracted.
  using Sink = llvm::function_ref<void(uint32_t stream, uint32_t element,
                                       const Weight &weight, bool negative)>;

  PairSweep(const KeyFields<Key> &fields, const Budget &budget)
      : fields(fields), budget(budget) {}

  /// False if the budget does not suffice; the sink has then received a part.
  bool run(llvm::ArrayRef<Stream> queries, llvm::ArrayRef<Stream> points,
           Sink sink) {
    if (fields.size() > 2)
      return conquerAll(queries, points, sink);
    const SumField &x = fields.at(fields.size() - 1);
    auto sweepTo = [&](uint64_t bound, bool negative) {
      return canBin(queries, points, bound)
                 ? sweepBins(queries, points, sink, bound, negative)
                 : sweep(queries, points, sink, bound, negative);
    };
    return sweepTo(x.upper, false) &&
           (x.lower == 0 || sweepTo(x.lower - 1, true));
  }

private:
  /// Events that are sorted at once; they fit a cache.
  static constexpr size_t windowEvents = 1 << 15;
  static constexpr size_t smallWindow = 1 << 9;
  /// Fields up to this size index the Fenwick tree directly.
  static constexpr uint64_t directValues = uint64_t(1) << 23;
  static constexpr size_t maximumItems = size_t(1) << 24;
  /// Values of one field that have a bin each at a time.
  static constexpr uint64_t numBins = uint64_t(1) << 16;

  class Fenwick {
  public:
    void reset(size_t size) { sums.assign(size + 1, Weight(0)); }
    void add(size_t index, const Weight &weight) {
      for (++index; index < sums.size(); index += index & -index)
        sums[index] += weight;
    }
    /// The weight at indices below `end`.
    Weight below(size_t end) const {
      Weight sum(0);
      for (; end > 0; end &= end - 1)
        sum += sums[end];
      return sum;
    }

  private:
    std::vector<Weight> sums;
  };

  struct Point {
    uint64_t x;
    uint32_t y;
    Weight weight;
  };
  struct Query {
    uint64_t x;
    /// The tree's indices from `low` to below `high`.
    uint32_t low, high;
    uint32_t stream, element;
  };

  static Weight weightOf(const Stream &stream, size_t element) {
    return static_cast<Weight>(stream.weights[element]) *
           static_cast<Weight>(stream.times);
  }

  uint64_t xOf(Key key) const { return fields.value(key, fields.size() - 1); }
  uint64_t yOf(Key key) const {
    return fields.size() == 1 ? 0 : fields.value(key, 0);
  }

  /// The distinct second fields of the points, where they are too large to be
  /// indices.
  bool rankSecondField(llvm::ArrayRef<Stream> points) {
    ranks.clear();
    isRanked = fields.size() == 2 && fields.at(0).upper >= directValues;
    if (!isRanked)
      return true;
    size_t size = 0;
    for (const Stream &stream : points)
      size += stream.keys.size();
    if (size > maximumItems)
      return false;
    for (const Stream &stream : points)
      for (Key key : stream.keys)
        if (fields.fits(key + stream.shift))
          ranks.push_back(yOf(key + stream.shift));
    llvm::sort(ranks);
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    return true;
  }
  uint32_t indexOf(uint64_t y) const {
    return !isRanked ? y : llvm::lower_bound(ranks, y) - ranks.begin();
  }
  uint32_t indexAfter(uint64_t y) const {
    return !isRanked ? y + 1 : llvm::upper_bound(ranks, y) - ranks.begin();
  }

  /// Whether there is one field, with so many events that bins for its values
  /// are cheaper than sorting.
  bool canBin(llvm::ArrayRef<Stream> queries, llvm::ArrayRef<Stream> points,
              uint64_t bound) const {
    if (fields.size() != 1)
      return false;
    size_t events = 0;
    for (auto streams : {queries, points})
      for (const Stream &stream : streams)
        events += stream.keys.size();
    const uint64_t windows = bound / numBins + 1;
    return bound < 16 * events &&
           windows * (queries.size() + points.size()) < 2 * events;
  }

  /// The sweep of one field: the weights of points up to each value are sums
  /// over bins.
  bool sweepBins(llvm::ArrayRef<Stream> queries, llvm::ArrayRef<Stream> points,
                 Sink sink, uint64_t bound, bool negative) {
    std::vector<size_t> nextQuery, nextPoint(points.size(), 0);
    for (const Stream &stream : queries)
      nextQuery.push_back(stream.keys.size());
    std::vector<Weight> bins;
    Weight before(0);
    for (uint64_t begin = 0; begin <= bound; begin += numBins) {
      if (budget.isOver())
        return false;
      const uint64_t end = std::min(begin + numBins, bound + 1);
      bins.assign(end - begin, Weight(0));
      for (auto [number, stream] : llvm::enumerate(points)) {
        size_t &next = nextPoint[number];
        for (; next < stream.keys.size(); ++next) {
          const Key key = stream.keys[next] + stream.shift;
          if (xOf(key) >= end)
            break;
          bins[xOf(key) - begin] += weightOf(stream, next);
        }
      }
      for (Weight &bin : bins) {
        before += bin;
        bin = before;
      }
      for (auto [number, stream] : llvm::enumerate(queries)) {
        size_t &next = nextQuery[number];
        for (; next > 0; --next) {
          const uint64_t x = xOf(stream.keys[next - 1] + stream.shift);
          if (x > bound)
            continue;
          if (bound - x >= end)
            break;
          const Weight &weight = bins[bound - x - begin];
          if (weight != 0)
            sink(static_cast<uint32_t>(number), static_cast<uint32_t>(next - 1),
                 weight, negative);
        }
      }
    }
    return true;
  }

  bool sweep(llvm::ArrayRef<Stream> queries, llvm::ArrayRef<Stream> points,
             Sink sink, uint64_t bound, bool negative) {
    if (!rankSecondField(points))
      return false;
    tree.reset(fields.size() == 1 ? 1
               : !isRanked        ? fields.at(0).upper + 1
                                  : ranks.size());
    size_t events = 0;
    std::vector<size_t> nextQuery, nextPoint(points.size(), 0);
    for (const Stream &stream : queries) {
      events += stream.keys.size();
      nextQuery.push_back(stream.keys.size());
    }
    for (const Stream &stream : points)
      events += stream.keys.size();
    uint64_t windows =
        std::clamp<uint64_t>(events / windowEvents, 1, bound + 1);
    // Windows of one value need no sorting.
    if (events / smallWindow > bound)
      windows = bound + 1;
    uint64_t width = (bound + windows) / windows;
    std::vector<Point> windowPoints;
    std::vector<Query> windowQueries;
    for (uint64_t begin = 0; begin <= bound; begin += width) {
      if (budget.isOver())
        return false;
      uint64_t end = std::min(begin + width, bound + 1);
      windowPoints.clear();
      windowQueries.clear();
      for (auto [number, stream] : llvm::enumerate(points)) {
        size_t &next = nextPoint[number];
        for (; next < stream.keys.size(); ++next) {
          Key key = stream.keys[next] + stream.shift;
          if (xOf(key) >= end)
            break;
          if (fields.fits(key))
            windowPoints.push_back(
                {xOf(key), indexOf(yOf(key)), weightOf(stream, next)});
        }
      }
      // A query comes when all points up to `bound` less its own field have.
      for (auto [number, stream] : llvm::enumerate(queries)) {
        size_t &next = nextQuery[number];
        for (; next > 0; --next) {
          Key key = stream.keys[next - 1] + stream.shift;
          if (xOf(key) <= bound && bound - xOf(key) >= end)
            break;
          if (xOf(key) > bound || !fields.fits(key))
            continue;
          uint32_t low = 0, high = 1;
          if (fields.size() == 2) {
            const SumField &y = fields.at(0);
            high = indexAfter(y.upper - yOf(key));
            low = yOf(key) < y.lower ? indexOf(y.lower - yOf(key)) : 0;
          }
          windowQueries.push_back({bound - xOf(key), low, high,
                                   static_cast<uint32_t>(number),
                                   static_cast<uint32_t>(next - 1)});
        }
      }
      if (width > 1) {
        llvm::sort(windowPoints,
                   [](const Point &a, const Point &b) { return a.x < b.x; });
        llvm::sort(windowQueries,
                   [](const Query &a, const Query &b) { return a.x < b.x; });
      }
      auto point = windowPoints.begin();
      for (const Query &query : windowQueries) {
        for (; point != windowPoints.end() && point->x <= query.x; ++point)
          tree.add(point->y, point->weight);
        Weight weight = tree.below(query.high);
        if (query.low > 0)
          weight -= tree.below(query.low);
        if (weight != 0)
          sink(query.stream, query.element, weight, negative);
      }
      for (; point != windowPoints.end(); ++point)
        tree.add(point->y, point->weight);
    }
    return true;
  }

  /// A point, or a query that asks for points with no field above its own.
  struct Item {
    Key key;
    Weight weight;
    uint32_t stream, element;
    bool isQuery, negative;
  };

  bool conquerAll(llvm::ArrayRef<Stream> queries, llvm::ArrayRef<Stream> points,
                  Sink sink) {
    std::vector<Item> items;
    size_t size = 0;
    for (auto streams : {queries, points})
      for (const Stream &stream : streams)
        size += stream.keys.size();
    if (size > maximumItems)
      return false;
    for (const Stream &stream : points)
      for (size_t i = 0; i < stream.keys.size(); ++i)
        if (fields.fits(stream.keys[i] + stream.shift))
          items.push_back({stream.keys[i] + stream.shift, weightOf(stream, i),
                           0, 0, false, false});
    for (auto [number, stream] : llvm::enumerate(queries))
      for (size_t i = 0; i < stream.keys.size(); ++i) {
        Key key = stream.keys[i] + stream.shift;
        if (!fields.fits(key))
          continue;
        // Weight between bounds is weight up to the upper one less that below
        // the lower one, for each field that has a lower one.
        for (unsigned corner = 0; corner < (1u << fields.size()); ++corner) {
          Key upper = 0;
          bool isPossible = true, negative = false;
          for (size_t field = 0; field < fields.size(); ++field) {
            uint64_t value = fields.value(key, field);
            uint64_t bound = fields.at(field).upper;
            if (corner >> field & 1) {
              if (fields.at(field).lower <= value) {
                isPossible = false;
                break;
              }
              bound = fields.at(field).lower - 1;
              negative = !negative;
            }
            upper |= fields.packed(field, bound - value);
          }
          if (isPossible)
            items.push_back({upper, Weight(0), static_cast<uint32_t>(number),
                             static_cast<uint32_t>(i), true, negative});
        }
      }
    if (!conquer(items, fields.size() - 1))
      return false;
    for (const Item &item : items)
      if (item.isQuery && item.weight != 0)
        sink(item.stream, item.element, item.weight, item.negative);
    return true;
  }

  /// Adds to each query the weight of the points that no field up to `field`
  /// of it is below.
  bool conquer(std::vector<Item> &items, size_t field) {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < items.size(); ++i)
      order.push_back(i);
    return conquer(items, order, field);
  }

  bool conquer(std::vector<Item> &items, std::vector<uint32_t> &order,
               size_t field) {
    if (budget.isOver())
      return false;
    llvm::sort(order, [&](uint32_t a, uint32_t b) {
      uint64_t left = fields.value(items[a].key, field);
      uint64_t right = fields.value(items[b].key, field);
      return std::make_tuple(left, items[a].isQuery, a) <
             std::make_tuple(right, items[b].isQuery, b);
    });
    if (field == 1) {
      sweepSorted(items, order);
      return true;
    }
    return split(items, order, 0, order.size(), field);
  }

  bool split(std::vector<Item> &items, const std::vector<uint32_t> &order,
             size_t begin, size_t end, size_t field) {
    if (end - begin < 2)
      return true;
    size_t middle = begin + (end - begin) / 2;
    // Points of the first half are not above queries of the second.
    std::vector<uint32_t> across;
    for (size_t i = begin; i < middle; ++i)
      if (!items[order[i]].isQuery)
        across.push_back(order[i]);
    size_t numPoints = across.size();
    for (size_t i = middle; i < end; ++i)
      if (items[order[i]].isQuery)
        across.push_back(order[i]);
    if (numPoints > 0 && numPoints < across.size() &&
        !conquer(items, across, field - 1))
      return false;
    return split(items, order, begin, middle, field) &&
           split(items, order, middle, end, field);
  }

  /// `order` is sorted by field 1.
  void sweepSorted(std::vector<Item> &items,
                   const std::vector<uint32_t> &order) {
    ranks.clear();
    for (uint32_t number : order)
      if (!items[number].isQuery)
        ranks.push_back(fields.value(items[number].key, 0));
    llvm::sort(ranks);
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    tree.reset(ranks.size());
    for (uint32_t number : order) {
      Item &item = items[number];
      uint64_t y = fields.value(item.key, 0);
      if (item.isQuery)
        item.weight += tree.below(llvm::upper_bound(ranks, y) - ranks.begin());
      else
        tree.add(llvm::lower_bound(ranks, y) - ranks.begin(), item.weight);
    }
  }

  const KeyFields<Key> &fields;
  const Budget &budget;
  Fenwick tree;
  /// Distinct values of the second field, if they are not indices themselves.
  std::vector<uint64_t> ranks;
  bool isRanked = false;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_PAIRSWEEP_H
