//===- FeasiblePart.cpp - The architectures of one case -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/FeasiblePart.h"

#include "passes/cost/ArchitectureSpace.h"
#include "passes/counting/PathCounts.h"
#include "passes/counting/SumGrid.h"
#include "passes/counting/SumJoin.h"

#include <cmath>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

/// A join of more sums is dearer than states that hold them.
static constexpr size_t maximumLongSums = 3;

FeasiblePart::FeasiblePart(const CostProgram &program, LimitCase limits)
    : values(program, limits.domains) {
  problem.program = program;
  problem.domains = std::move(limits.domains);
  problem.conditions = std::move(limits.form.conditions);
  sums = std::move(limits.form.sums);
  double logPaths = 0;
  for (auto [choice, domain] : llvm::zip(program.choices, problem.domains)) {
    logPaths += std::log2(std::max(1u, domain.count()));
    // A choice without values is active nowhere.
    if (domain.none())
      problem.conditions.push_back({*choice.activity, Range::constant(0)});
  }
  // The number of paths is at most the product of the domains.
  naturalBits = static_cast<unsigned>(logPaths) + 2;
  llvm::stable_sort(sums, [&](const SumLimit &a, const SumLimit &b) {
    return numValues(a, values) > numValues(b, values);
  });
  // Sums with few values are part of the states, and so are those that are too
  // many for a join.
  while (numLong < std::min(sums.size(), maximumLongSums) &&
         numValues(sums[numLong], values) > maximumShortSum)
    ++numLong;
}

static std::unique_ptr<CountedSet> countPaths(const StateDiagram &diagram,
                                              const SumScale &scale,
                                              unsigned naturalBits,
                                              const Budget &budget) {
  if (scale.fields.size() == 1) {
    // A sweep over one sum costs less than the lists that would shorten it.
    Budget shorter = budget;
    shorter.listEntries = std::max<size_t>(budget.listEntries / 4, 1);
    if (auto joined = joinSums(diagram, scale, naturalBits, shorter))
      return joined;
    return gridSums(diagram, scale, budget);
  }
  if (!scale.fields.empty())
    return joinSums(diagram, scale, naturalBits, budget);
  if (naturalBits <= 64)
    return std::make_unique<PathCounts<Natural64>>(diagram);
  if (naturalBits <= 128)
    return std::make_unique<PathCounts<Natural128>>(diagram);
  return std::make_unique<PathCounts<NaturalAny>>(diagram);
}

/// With the first sums long, the rest short.
bool FeasiblePart::count(size_t first, const Budget &budget) {
  problem.longSums.assign(sums.begin(), sums.begin() + first);
  problem.shortSums.assign(sums.begin() + first, sums.end());
  scale.reset();
  diagram = StateDiagram();
  std::optional<StateDiagram> built = StateDiagram::build(
      problem, values, orderChoices(problem, values), budget);
  if (!built)
    return false;
  diagram = std::move(*built);
  scale = std::make_unique<SumScale>(diagram);
  if (diagram.isEmpty || scale->isEmpty)
    return true;
  counted = countPaths(diagram, *scale, naturalBits, budget);
  return counted != nullptr;
}

bool FeasiblePart::count(const Budget &budget) {
  return count(numLong, budget);
}

bool FeasiblePart::countByStates(const Budget &budget) {
  if (numLong == 0)
    return false;
  // The diagram with long sums is what bounds are computed from.
  StateDiagram withLongSums = std::move(diagram);
  std::unique_ptr<SumScale> itsScale = std::move(scale);
  if (count(0, budget))
    return true;
  // The scale refers to fields alone, not to the diagram that has moved.
  diagram = std::move(withLongSums);
  scale = std::move(itsScale);
  return false;
}

llvm::APInt FeasiblePart::countWithoutLimits() const {
  if (auto space = ArchitectureSpace::build(problem.program, problem.domains))
    return space->getCount();
  llvm::APInt all(1, 1);
  for (const llvm::BitVector &domain : problem.domains) {
    unsigned width = all.getActiveBits() + 33;
    all = all.zextOrTrunc(width) *
          llvm::APInt(width, std::max(1u, domain.count()));
  }
  return all;
}

static bool isLess(const llvm::APInt &a, const llvm::APInt &b) {
  unsigned width = std::max(a.getBitWidth(), b.getBitWidth());
  return a.zext(width).ult(b.zext(width));
}

/// Counts with rounded sums, in finer and finer units until the time is over.
std::pair<llvm::APInt, llvm::APInt>
FeasiblePart::bounds(const Budget &budget) const {
  std::pair<llvm::APInt, llvm::APInt> found = {llvm::APInt(1, 0),
                                               countWithoutLimits()};
  if (!scale)
    return found;
  for (uint64_t resolution = 64; resolution <= uint64_t(1) << 20;
       resolution *= 4)
    for (bool lower : {true, false}) {
      std::optional<llvm::APInt> bound =
          boundPaths(diagram, *scale, resolution, lower, naturalBits, budget);
      if (!bound)
        return found;
      if (lower && isLess(found.first, *bound))
        found.first = *bound;
      if (!lower && isLess(*bound, found.second))
        found.second = *bound;
    }
  return found;
}

bool FeasiblePart::enumerate(
    llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visit) const {
  size_t numLevels = diagram.levels.size();
  size_t width = scale->fields.size();
  std::vector<uint16_t> positions(problem.domains.size(), 0);
  std::vector<uint32_t> edges(numLevels), nodes(numLevels + 1, 0);
  // The sums on the way to each level; what a path still costs at least is
  // zero, so a beginning within the upper bounds may have an end.
  std::vector<uint64_t> spent((numLevels + 1) * width, 0);
  size_t depth = 0;
  if (numLevels == 0)
    return visit(positions);
  edges[0] = 0;
  while (true) {
    const DiagramLevel &level = diagram.levels[depth];
    uint32_t edge = edges[depth];
    if (edge == level.firstEdge[nodes[depth] + 1]) {
      if (depth == 0)
        return true;
      ++edges[--depth];
      continue;
    }
    bool fits = true;
    for (size_t field = 0; field < width; ++field) {
      uint64_t cost = scale->costs[depth][edge * width + field];
      uint64_t &sum = spent[(depth + 1) * width + field];
      sum = spent[depth * width + field] + cost;
      fits &= cost != SumScale::excluded && sum <= scale->fields[field].upper;
      if (depth + 1 == numLevels)
        fits &= sum >= scale->fields[field].lower;
    }
    if (!fits) {
      ++edges[depth];
      continue;
    }
    positions[level.choice] = level.positions[edge];
    if (depth + 1 == numLevels) {
      if (!visit(positions))
        return false;
      ++edges[depth];
      continue;
    }
    ++depth;
    nodes[depth] = level.targets[edge];
    edges[depth] = diagram.levels[depth].firstEdge[nodes[depth]];
  }
}
