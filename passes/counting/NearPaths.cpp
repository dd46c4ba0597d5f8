//===- NearPaths.cpp - The paths of a diagram near an architecture --------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/NearPaths.h"

#include "passes/counting/Numbers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace nasc;
using namespace nasc::counting;

NearPaths::NearPaths(const StateDiagram &diagram, const SumScale &scale)
    : diagram(diagram), scale(scale), numFields(scale.fields.size()),
      levels(diagram.levels.size() + 1) {
  assert(!diagram.isEmpty && "nothing is near an empty set");
  for (auto [index, level] : llvm::enumerate(diagram.levels))
    levels[index].places.resize(level.numNodes());
  levels.back().places.resize(1);
}

/// Where the node is among those that were reached, now with these changes too.
uint32_t NearPaths::placeOf(Level &level, uint32_t node, uint32_t fewest,
                            uint32_t most) {
  // Places are not cleared: one that is left over points to another node.
  uint32_t place = level.places[node];
  if (place < level.nodes.size() && level.nodes[place] == node) {
    level.fewest[place] = std::min(level.fewest[place], fewest);
    level.most[place] = std::max(level.most[place], most);
    return place;
  }
  level.places[node] = level.nodes.size();
  level.nodes.push_back(node);
  level.fewest.push_back(fewest);
  level.most.push_back(most);
  return level.nodes.size() - 1;
}

NearPaths::Result NearPaths::restrict(const NearQuery &query, unsigned within,
                                      size_t maximumEdges) {
  radius = within;
  for (Level &level : levels) {
    level.nodes.clear();
    level.fewest.clear();
    level.most.clear();
    level.firstEdge.clear();
    level.edges.clear();
  }
  placeOf(levels.front(), 0, 0, 0);
  // Whether there are paths with more changes.
  bool isCut = false;
  size_t numEdges = 0;
  for (auto [index, of] : llvm::enumerate(diagram.levels)) {
    Level &level = levels[index];
    Level &next = levels[index + 1];
    bool isWanted =
        of.choice < query.isWanted.size() && query.isWanted.test(of.choice);
    const llvm::BitVector *allowed =
        query.allowed.empty() ? nullptr : &query.allowed[of.choice];
    for (size_t place = 0; place < level.nodes.size(); ++place) {
      level.firstEdge.push_back(level.edges.size());
      uint32_t node = level.nodes[place];
      numEdges += of.firstEdge[node + 1] - of.firstEdge[node];
      if (numEdges > maximumEdges)
        return Result::TooMuch;
      for (uint32_t edge = of.firstEdge[node]; edge < of.firstEdge[node + 1];
           ++edge) {
        uint32_t change = 0;
        if (of.active[edge]) {
          if (allowed && !allowed->test(of.positions[edge]))
            continue;
          change = isWanted && of.positions[edge] != query.wanted[of.choice];
        }
        bool isExcluded = false;
        for (size_t field = 0; field < numFields; ++field)
          isExcluded |= scale.costs[index][edge * numFields + field] ==
                        SumScale::excluded;
        if (isExcluded)
          continue;
        isCut |= level.most[place] + change > radius;
        uint32_t fewest = level.fewest[place] + change;
        if (fewest > radius)
          continue;
        uint32_t most = std::min(level.most[place] + change, radius);
        level.edges.push_back(
            {placeOf(next, of.targets[edge], fewest, most), edge, change});
      }
    }
    level.firstEdge.push_back(level.edges.size());
  }
  countBackward();
  if (levels.front().paths[radius] > 0) {
    bool fits = true;
    for (size_t field = 0; field < numFields; ++field) {
      size_t at = radius * numFields + field;
      fits &= levels.front().least[at] <= scale.fields[field].upper &&
              levels.front().greatest[at] >= scale.fields[field].lower;
    }
    if (fits)
      return Result::Found;
  }
  return isCut ? Result::NotWithinRadius : Result::NotAtAll;
}

/// Fills in what each node that was reached has behind it.
void NearPaths::countBackward() {
  size_t width = radius + 1;
  Level &leaf = levels.back();
  // No node is reached where nothing leads through.
  leaf.paths.assign(leaf.nodes.size() * width, 1);
  leaf.least.assign(leaf.nodes.size() * width * numFields, 0);
  leaf.greatest.assign(leaf.nodes.size() * width * numFields, 0);
  for (size_t index = diagram.levels.size(); index-- > 0;) {
    Level &level = levels[index];
    const Level &next = levels[index + 1];
    level.paths.assign(level.nodes.size() * width, 0);
    level.least.assign(level.nodes.size() * width * numFields, ~uint64_t(0));
    level.greatest.assign(level.nodes.size() * width * numFields, 0);
    for (size_t place = 0; place < level.nodes.size(); ++place)
      for (uint32_t number = level.firstEdge[place];
           number < level.firstEdge[place + 1]; ++number) {
        const Edge &edge = level.edges[number];
        for (uint32_t left = edge.change; left < width; ++left) {
          size_t at = place * width + left;
          size_t behind = edge.target * width + left - edge.change;
          if (next.paths[behind] == 0)
            continue;
          level.paths[at] += next.paths[behind];
          for (size_t field = 0; field < numFields; ++field) {
            uint64_t cost = scale.costs[index][edge.edge * numFields + field];
            uint64_t &least = level.least[at * numFields + field];
            uint64_t &greatest = level.greatest[at * numFields + field];
            least = std::min(least,
                             llvm::SaturatingAdd(
                                 cost, next.least[behind * numFields + field]));
            greatest = std::max(
                greatest, llvm::SaturatingAdd(
                              cost, next.greatest[behind * numFields + field]));
          }
        }
      }
  }
}

double NearPaths::pathsBehind(size_t depth, const Edge &edge,
                              uint32_t left) const {
  if (edge.change > left)
    return 0;
  return levels[depth + 1]
      .paths[size_t(edge.target) * (radius + 1) + left - edge.change];
}

bool NearPaths::canFollow(size_t depth, const Edge &edge, uint32_t left,
                          llvm::ArrayRef<uint64_t> sums) const {
  if (pathsBehind(depth, edge, left) == 0)
    return false;
  const Level &next = levels[depth + 1];
  size_t behind = size_t(edge.target) * (radius + 1) + left - edge.change;
  for (size_t field = 0; field < numFields; ++field) {
    uint64_t sum =
        sums[field] + scale.costs[depth][edge.edge * numFields + field];
    size_t at = behind * numFields + field;
    if (llvm::SaturatingAdd(sum, next.least[at]) > scale.fields[field].upper ||
        llvm::SaturatingAdd(sum, next.greatest[at]) < scale.fields[field].lower)
      return false;
  }
  return true;
}

void NearPaths::addCosts(size_t depth, const Edge &edge,
                         llvm::MutableArrayRef<uint64_t> sums) const {
  for (size_t field = 0; field < numFields; ++field)
    sums[field] = llvm::SaturatingAdd(
        sums[field], scale.costs[depth][edge.edge * numFields + field]);
}

/// Draws a path as if there were no sums. False where it breaks one.
bool NearPaths::drawOnce(llvm::function_ref<uint64_t()> random,
                         llvm::MutableArrayRef<uint16_t> positions) {
  llvm::SmallVector<uint64_t, 4> sums(numFields, 0);
  uint32_t place = 0, left = radius;
  for (size_t depth = 0; depth < diagram.levels.size(); ++depth) {
    const Level &level = levels[depth];
    double rank =
        unit(random) * level.paths[size_t(place) * (radius + 1) + left];
    // Rounding may leave a rank beyond the last edge: that one is meant.
    const Edge *chosen = nullptr;
    for (uint32_t number = level.firstEdge[place];
         number < level.firstEdge[place + 1]; ++number) {
      double behind = pathsBehind(depth, level.edges[number], left);
      if (behind == 0)
        continue;
      chosen = &level.edges[number];
      if (rank < behind)
        break;
      rank -= behind;
    }
    addCosts(depth, *chosen, sums);
    positions[diagram.levels[depth].choice] =
        diagram.levels[depth].positions[chosen->edge];
    place = chosen->target;
    left -= chosen->change;
  }
  for (auto [sum, field] : llvm::zip(sums, scale.fields))
    if (sum < field.lower || sum > field.upper)
      return false;
  return true;
}

/// Goes through the paths, depth first. `order(depth, edges, left)` brings the
/// numbers of a node's edges into the order in which they are tried;
/// `visitor(positions)` returns whether to go on. Stops when `steps` are used
/// up. Returns false where it was stopped.
template <typename Order, typename Visitor>
bool NearPaths::search(Order order, Visitor visitor, size_t &steps) {
  size_t depths = diagram.levels.size();
  std::vector<uint16_t> positions(depths, 0);
  if (depths == 0)
    return visitor(llvm::ArrayRef<uint16_t>(positions));
  struct Frame {
    std::vector<uint32_t> edges;
    size_t next = 0;
    uint32_t left = 0;
    llvm::SmallVector<uint64_t, 4> sums;
  };
  std::vector<Frame> frames(depths);
  auto enter = [&](size_t depth, uint32_t place, uint32_t left,
                   llvm::ArrayRef<uint64_t> sums) {
    Frame &frame = frames[depth];
    const Level &level = levels[depth];
    frame.next = 0;
    frame.left = left;
    frame.sums.assign(sums.begin(), sums.end());
    frame.edges.clear();
    for (uint32_t number = level.firstEdge[place];
         number < level.firstEdge[place + 1]; ++number)
      if (canFollow(depth, level.edges[number], left, sums))
        frame.edges.push_back(number);
    order(depth, frame.edges, left);
  };
  size_t depth = 0;
  enter(0, 0, radius, llvm::SmallVector<uint64_t, 4>(numFields, 0));
  while (true) {
    Frame &frame = frames[depth];
    if (frame.next == frame.edges.size()) {
      if (depth == 0)
        return true;
      --depth;
      continue;
    }
    if (steps == 0)
      return false;
    --steps;
    const Edge &edge = levels[depth].edges[frame.edges[frame.next++]];
    const DiagramLevel &level = diagram.levels[depth];
    positions[level.choice] = level.positions[edge.edge];
    if (depth + 1 == depths) {
      // What can follow the last edge is the leaf: all sums are met.
      if (!visitor(llvm::ArrayRef<uint16_t>(positions)))
        return false;
      continue;
    }
    llvm::SmallVector<uint64_t, 4> sums(frame.sums);
    addCosts(depth, edge, sums);
    enter(depth + 1, edge.target, frame.left - edge.change, sums);
    ++depth;
  }
}

NearPaths::Result NearPaths::draw(llvm::function_ref<uint64_t()> random,
                                  llvm::MutableArrayRef<uint16_t> positions,
                                  unsigned maximumDraws, size_t maximumSteps) {
  for (unsigned i = 0; i < maximumDraws; ++i)
    if (drawOnce(random, positions))
      return Result::Found;
  bool isFound = false;
  size_t steps = maximumSteps;
  // The next edge is drawn in proportion to what is behind it. (No logarithms,
  // as would be faster: results are to be the same on every machine.)
  auto order = [&](size_t depth, std::vector<uint32_t> &edges, uint32_t left) {
    auto behind = [&](uint32_t number) {
      return pathsBehind(depth, levels[depth].edges[number], left);
    };
    double sum = 0;
    for (uint32_t number : edges)
      sum += behind(number);
    for (size_t first = 0; first + 1 < edges.size(); ++first) {
      double rank = unit(random) * sum;
      size_t chosen = first;
      while (chosen + 1 < edges.size() && rank >= behind(edges[chosen]))
        rank -= behind(edges[chosen++]);
      sum -= behind(edges[chosen]);
      std::swap(edges[first], edges[chosen]);
    }
  };
  bool isComplete = search(
      order,
      [&](llvm::ArrayRef<uint16_t> found) {
        llvm::copy(found, positions.begin());
        isFound = true;
        return false;
      },
      steps);
  if (isFound)
    return Result::Found;
  return isComplete ? Result::NotWithinRadius : Result::TooMuch;
}

void NearPaths::visit(
    llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visitor) {
  size_t steps = ~size_t(0);
  search([](size_t, std::vector<uint32_t> &, uint32_t) {}, visitor, steps);
}
