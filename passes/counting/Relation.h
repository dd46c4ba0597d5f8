//===- Relation.h - Several levels of a diagram as one ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_RELATION_H
#define NASC_PASSES_COUNTING_RELATION_H

#include "passes/counting/PointIndex.h"
#include "passes/counting/StateDiagram.h"

#include <optional>

namespace nasc::counting {

/// The paths from one level of a diagram to another, those with the same ends
/// and the same costs as one edge.
template <typename Key> struct Relation {
  struct Edge {
    uint32_t from = 0;
    uint32_t to = 0;
    Key cost = 0;
    uint32_t firstPath = 0;
    uint32_t numPaths = 0;
  };

  size_t firstLevel = 0;
  size_t lastLevel = 0;
  /// Ordered by `from`, `to` and `cost`.
  std::vector<Edge> edges;
  /// The edges of the diagram on each path, one for each level.
  std::vector<uint32_t> paths;

  size_t length() const { return lastLevel - firstLevel; }
  llvm::ArrayRef<uint32_t> path(uint32_t number) const {
    return llvm::ArrayRef(paths).slice(number * length(), length());
  }

  /// None if there are more than `maximumPaths`. The relation of a level with
  /// itself has an edge from each node to itself.
  static std::optional<Relation>
  between(const StateDiagram &diagram, const SumScale &scale,
          const KeyFields<Key> &fields, const Coarseness &coarseness,
          size_t firstLevel, size_t lastLevel, size_t maximumPaths);
};

template <typename Key>
std::optional<Relation<Key>>
Relation<Key>::between(const StateDiagram &diagram, const SumScale &scale,
                       const KeyFields<Key> &fields,
                       const Coarseness &coarseness, size_t firstLevel,
                       size_t lastLevel, size_t maximumPaths) {
  Relation result;
  result.firstLevel = firstLevel;
  result.lastLevel = lastLevel;
  size_t length = result.length();
  uint32_t numNodes = firstLevel < diagram.levels.size()
                          ? diagram.levels[firstLevel].numNodes()
                          : 1;
  if (length == 0) {
    for (uint32_t node = 0; node < numNodes; ++node)
      result.edges.push_back({node, node, Key(0), node, 1});
    return result;
  }
  struct Found {
    uint32_t from, to;
    Key cost;
    uint32_t path;
  };
  std::vector<Found> found;
  std::vector<uint32_t> foundPaths;
  std::vector<uint32_t> edges(length), nodes(length);
  std::vector<Key> costs(length + 1);
  size_t width = fields.size();
  // Paths are followed by their exact costs, and rounded at their ends.
  KeyFields<Key> exactFields(scale.fields);
  for (uint32_t start = 0; start < numNodes; ++start) {
    // Depth first: `edges[depth]` is the edge to take next from `nodes[depth]`.
    size_t depth = 0;
    nodes[0] = start;
    edges[0] = diagram.levels[firstLevel].firstEdge[start];
    costs[0] = 0;
    while (true) {
      const DiagramLevel &level = diagram.levels[firstLevel + depth];
      if (edges[depth] == level.firstEdge[nodes[depth] + 1]) {
        if (depth == 0)
          break;
        --depth;
        ++edges[depth];
        continue;
      }
      uint32_t edge = edges[depth];
      Key cost = costs[depth];
      bool fits = true;
      for (size_t field = 0; field < width; ++field) {
        uint64_t part = scale.costs[firstLevel + depth][edge * width + field];
        fits &= part != SumScale::excluded;
        if (fits)
          cost += exactFields.packed(field, part);
      }
      if (!fits || !exactFields.fits(cost)) {
        ++edges[depth];
        continue;
      }
      costs[depth + 1] = cost;
      if (depth + 1 < length) {
        ++depth;
        nodes[depth] = level.targets[edge];
        edges[depth] =
            diagram.levels[firstLevel + depth].firstEdge[nodes[depth]];
        continue;
      }
      if (found.size() == maximumPaths)
        return std::nullopt;
      if (!coarseness.isExact()) {
        Key exact = cost;
        cost = 0;
        for (size_t field = 0; field < width; ++field)
          cost |= fields.packed(
              field,
              coarseness.rounded(exactFields.value(exact, field), field));
        if (!fields.fits(cost)) {
          ++edges[depth];
          continue;
        }
      }
      found.push_back({start, level.targets[edge], cost,
                       static_cast<uint32_t>(found.size())});
      foundPaths.insert(foundPaths.end(), edges.begin(), edges.end());
      ++edges[depth];
    }
  }
  llvm::sort(found, [](const Found &a, const Found &b) {
    return std::tie(a.from, a.to, a.cost, a.path) <
           std::tie(b.from, b.to, b.cost, b.path);
  });
  result.paths.reserve(foundPaths.size());
  for (auto [number, one] : llvm::enumerate(found)) {
    if (result.edges.empty() || result.edges.back().from != one.from ||
        result.edges.back().to != one.to ||
        result.edges.back().cost != one.cost)
      result.edges.push_back(
          {one.from, one.to, one.cost, static_cast<uint32_t>(number), 0});
    ++result.edges.back().numPaths;
    result.paths.insert(result.paths.end(),
                        foundPaths.begin() + one.path * length,
                        foundPaths.begin() + (one.path + 1) * length);
  }
  return result;
}

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_RELATION_H
