//===- PointIndex.h - Weighted points, by the boxes they are in -*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Points with one to a few coordinates packed into one number (SumScale.h),
// each with a weight. Answers how much weight a box holds, and which point a
// given part of that weight falls on.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_POINTINDEX_H
#define NASC_PASSES_COUNTING_POINTINDEX_H

#include "passes/counting/Numbers.h"
#include "passes/counting/SumScale.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <array>
#include <vector>

namespace nasc::counting {

/// The fields of packed numbers.
template <typename Key> class KeyFields {
public:
  explicit KeyFields(llvm::ArrayRef<SumField> fields = {}) : fields(fields) {
    for (const SumField &field : fields) {
      guards |= Key(1) << (field.shift + field.bits);
      limits |= Key(field.upper) << field.shift;
    }
    limits |= guards;
  }

  size_t size() const { return fields.size(); }
  const SumField &at(size_t field) const { return fields[field]; }
  uint64_t value(Key key, size_t field) const {
    return static_cast<uint64_t>(key >> fields[field].shift) &
           ((uint64_t(2) << fields[field].bits) - 1);
  }
  Key packed(size_t field, uint64_t value) const {
    return Key(value) << fields[field].shift;
  }
  /// Whether no sum is above its upper bound. A key is the sum of at most two
  /// that are not.
  bool fits(Key key) const { return ((limits - key) & guards) == guards; }
  /// What is left up to the upper bounds; `fits(key)`.
  Key slack(Key key) const { return (limits - guards) - key; }
  /// Whether no field of `key` is above that of `bound`, both within bounds.
  bool isWithin(Key key, Key bound) const {
    return (((bound | guards) - key) & guards) == guards;
  }
  bool haveLowerBounds() const {
    return llvm::any_of(fields,
                        [](const SumField &field) { return field.lower > 0; });
  }

private:
  llvm::ArrayRef<SumField> fields;
  Key guards = 0;
  Key limits = 0;
};

/// A box: the fields of a point are between those of two packed numbers.
template <typename Key> struct KeyBox {
  Key lower = 0;
  Key upper = 0;
};

/// A tree of boxes over points that are sorted along the coordinates in turn.
/// Built in n log² n; a question visits about n^(1 - 1/d) nodes for d
/// coordinates (logarithmically many for one).
template <typename Key, typename Natural> class PointIndex {
public:
  PointIndex() = default;

  PointIndex(const KeyFields<Key> &keyFields, llvm::ArrayRef<Key> keys,
             llvm::ArrayRef<Natural> weights)
      : fields(&keyFields) {
    order.resize(keys.size());
    for (uint32_t i = 0; i < order.size(); ++i)
      order[i] = i;
    if (!order.empty())
      build(keys, weights, 0, order.size(), 0);
    points.reserve(order.size());
    sums.reserve(order.size() + 1);
    sums.push_back(Natural(0));
    for (uint32_t point : order) {
      points.push_back(keys[point]);
      sums.push_back(Natural(sums.back() + weights[point]));
    }
  }

  bool empty() const { return order.empty(); }

  Natural weightIn(const KeyBox<Key> &box) const {
    return order.empty() ? Natural(0) : weightIn(box, 0, 0, order.size());
  }

  /// The point that holds the `rank`-th unit of weight in the box; `rank`,
  /// below weightIn(box), becomes the unit within the point.
  uint32_t select(const KeyBox<Key> &box, Natural &rank) const {
    std::optional<uint32_t> found = select(box, rank, 0, 0, order.size());
    assert(found && "the box holds less weight");
    return *found;
  }

private:
  static constexpr size_t leafSize = 12;

  struct Node {
    KeyBox<Key> bounds;
    /// The second child; the first follows its parent. Zero for leaves.
    uint32_t second = 0;
  };

  void build(llvm::ArrayRef<Key> keys, llvm::ArrayRef<Natural> weights,
             size_t begin, size_t end, unsigned depth) {
    uint32_t number = nodes.size();
    nodes.emplace_back();
    KeyBox<Key> bounds;
    size_t widest = 0;
    double widestRange = -1;
    for (size_t field = 0; field < fields->size(); ++field) {
      uint64_t low = ~uint64_t(0), high = 0;
      for (size_t i = begin; i < end; ++i) {
        uint64_t value = fields->value(keys[order[i]], field);
        low = std::min(low, value);
        high = std::max(high, value);
      }
      bounds.lower |= fields->packed(field, low);
      bounds.upper |= fields->packed(field, high);
      double range = static_cast<double>(high - low) /
                     (static_cast<double>(fields->at(field).upper) + 1);
      if (range > widestRange) {
        widest = field;
        widestRange = range;
      }
    }
    nodes[number].bounds = bounds;
    if (end - begin <= leafSize)
      return;
    size_t middle = begin + (end - begin) / 2;
    std::nth_element(order.begin() + begin, order.begin() + middle,
                     order.begin() + end, [&](uint32_t a, uint32_t b) {
                       return fields->value(keys[a], widest) <
                              fields->value(keys[b], widest);
                     });
    build(keys, weights, begin, middle, depth + 1);
    nodes[number].second = nodes.size();
    build(keys, weights, middle, end, depth + 1);
  }

  enum class Overlap { None, Some, All };
  Overlap overlap(const KeyBox<Key> &box, const KeyBox<Key> &bounds) const {
    if (fields->isWithin(box.lower, bounds.lower) &&
        fields->isWithin(bounds.upper, box.upper))
      return Overlap::All;
    if (fields->isWithin(bounds.lower, box.upper) &&
        fields->isWithin(box.lower, bounds.upper))
      return Overlap::Some;
    return Overlap::None;
  }
  bool contains(const KeyBox<Key> &box, Key key) const {
    return fields->isWithin(box.lower, key) && fields->isWithin(key, box.upper);
  }

  Natural weightIn(const KeyBox<Key> &box, uint32_t node, size_t begin,
                   size_t end) const {
    switch (overlap(box, nodes[node].bounds)) {
    case Overlap::None:
      return Natural(0);
    case Overlap::All:
      return sums[end] - sums[begin];
    case Overlap::Some:
      break;
    }
    if (nodes[node].second == 0) {
      Natural weight(0);
      for (size_t i = begin; i < end; ++i)
        if (contains(box, points[i]))
          weight += sums[i + 1] - sums[i];
      return weight;
    }
    size_t middle = begin + (end - begin) / 2;
    return weightIn(box, node + 1, begin, middle) +
           weightIn(box, nodes[node].second, middle, end);
  }

  std::optional<uint32_t> select(const KeyBox<Key> &box, Natural &rank,
                                 uint32_t node, size_t begin,
                                 size_t end) const {
    Overlap how = overlap(box, nodes[node].bounds);
    if (how == Overlap::None)
      return std::nullopt;
    if (how == Overlap::All) {
      Natural weight = sums[end] - sums[begin];
      if (!(rank < weight)) {
        rank -= weight;
        return std::nullopt;
      }
      Natural target = sums[begin] + rank;
      size_t i =
          std::upper_bound(sums.begin() + begin, sums.begin() + end, target) -
          sums.begin() - 1;
      rank = target - sums[i];
      return order[i];
    }
    if (nodes[node].second == 0) {
      for (size_t i = begin; i < end; ++i) {
        if (!contains(box, points[i]))
          continue;
        Natural weight = sums[i + 1] - sums[i];
        if (rank < weight)
          return order[i];
        rank -= weight;
      }
      return std::nullopt;
    }
    size_t middle = begin + (end - begin) / 2;
    if (auto found = select(box, rank, node + 1, begin, middle))
      return found;
    return select(box, rank, nodes[node].second, middle, end);
  }

  const KeyFields<Key> *fields = nullptr;
  /// The points in the order of the tree, and running sums of their weights.
  std::vector<uint32_t> order;
  std::vector<Key> points;
  std::vector<Natural> sums;
  std::vector<Node> nodes;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_POINTINDEX_H
