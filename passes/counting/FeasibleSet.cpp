//===- FeasibleSet.cpp - The feasible architectures of a space ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/FeasibleSet.h"

#include "passes/cost/ArchitectureSpace.h"
#include "passes/counting/PathCounts.h"
#include "passes/counting/SumJoin.h"

#include <cmath>
#include <mutex>
#include <numeric>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

/// Sums with at most this many values are part of the diagram's states.
static constexpr double maximumShortSum = 512;
/// A join of more sums is dearer than states that hold them.
static constexpr size_t maximumLongSums = 3;

struct FeasibleSet::Implementation {
  std::vector<size_t> domainSizes;
  StateDiagram diagram;
  std::unique_ptr<SumScale> scale;
  std::unique_ptr<CountedSet> counted;
  mutable std::once_flag haveMarginals;
  mutable Marginals marginals;
};

FeasibleSet::FeasibleSet() = default;
FeasibleSet::~FeasibleSet() = default;

/// An estimate from above of how many values the sum takes.
static double numValues(const SumLimit &sum, const ValueSets &values) {
  double combinations = 1, width = 0;
  uint64_t step = 0;
  for (auto [slot, factor] : sum.terms) {
    combinations *= values.numValues(slot);
    width += std::abs(static_cast<double>(factor)) *
             (static_cast<double>(values.ranges[slot].upper) -
              static_cast<double>(values.ranges[slot].lower));
    step = std::gcd(step, values.stepOf(slot) *
                              static_cast<uint64_t>(std::abs(factor)));
  }
  return std::min(combinations, step == 0 ? 1 : width / step + 1);
}

static std::unique_ptr<CountedSet> countPaths(const StateDiagram &diagram,
                                              const SumScale &scale,
                                              unsigned naturalBits,
                                              const Budget &budget) {
  if (!scale.fields.empty())
    return joinSums(diagram, scale, naturalBits, budget);
  if (naturalBits <= 64)
    return std::make_unique<PathCounts<Natural64>>(diagram);
  if (naturalBits <= 128)
    return std::make_unique<PathCounts<Natural128>>(diagram);
  return std::make_unique<PathCounts<NaturalAny>>(diagram);
}

/// A number of architectures that is not too small, limits aside.
static llvm::APInt countAll(const CostProgram &program,
                            const ChoiceDomains &domains) {
  if (auto space = ArchitectureSpace::build(program, domains))
    return space->getCount();
  llvm::APInt all(1, 1);
  for (const llvm::BitVector &domain : domains) {
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

/// Tightens the bounds by counts with rounded sums, in finer and finer units
/// until the time is over.
static void boundCount(CountBounds &bounds, const StateDiagram &diagram,
                       const SumScale &scale, unsigned naturalBits,
                       const Budget &budget) {
  for (uint64_t resolution = 64; resolution <= uint64_t(1) << 20;
       resolution *= 4)
    for (bool lower : {true, false}) {
      std::optional<llvm::APInt> bound =
          boundPaths(diagram, scale, resolution, lower, naturalBits, budget);
      if (!bound)
        return;
      if (lower && isLess(bounds.lower, *bound))
        bounds.lower = *bound;
      if (!lower && isLess(*bound, bounds.upper))
        bounds.upper = *bound;
    }
}

std::unique_ptr<FeasibleSet>
FeasibleSet::build(const CostProgram &program, const ChoiceDomains &domains,
                   const FeasibleSetOptions &options) {
  auto budgetOf = [&](double part) {
    Budget budget = Budget::of(part * options.seconds, options.memory);
    budget.listEntries = options.listEntries;
    return budget;
  };
  std::unique_ptr<FeasibleSet> result(new FeasibleSet);
  result->implementation = std::make_unique<Implementation>();
  Implementation &made = *result->implementation;
  for (const ProgramChoice &choice : program.choices)
    made.domainSizes.push_back(choice.values.size());
  auto setCount = [&](llvm::APInt lower, llvm::APInt upper) {
    unsigned width =
        std::max({lower.getActiveBits(), upper.getActiveBits(), 1u});
    result->count = {lower.zextOrTrunc(width), upper.zextOrTrunc(width)};
  };
  auto setEmpty = [&] {
    made.diagram = StateDiagram();
    setCount(llvm::APInt(1, 0), llvm::APInt(1, 0));
  };

  FeasibilityProblem problem;
  problem.program = program;
  problem.domains = domains;
  ValueSets values(program, domains);
  LimitForm form = takeApart(problem.program, values.ranges);
  values.values.resize(problem.program.instructions.size());
  problem.conditions = std::move(form.conditions);
  bool isContradiction = form.isContradiction;
  double logPaths = 0;
  for (auto [choice, domain] : llvm::zip(program.choices, domains)) {
    logPaths += std::log2(std::max(1u, domain.count()));
    if (domain.any())
      continue;
    if (choice.activity)
      problem.conditions.push_back({*choice.activity, Range::constant(0)});
    else
      isContradiction = true;
  }
  if (isContradiction) {
    setEmpty();
    return result;
  }
  // Sums with few values are part of the states, and so are those that are too
  // many for a join.
  llvm::stable_sort(form.sums, [&](const SumLimit &a, const SumLimit &b) {
    return numValues(a, values) > numValues(b, values);
  });
  size_t numLong = 0;
  while (numLong < std::min(form.sums.size(), maximumLongSums) &&
         numValues(form.sums[numLong], values) > maximumShortSum)
    ++numLong;
  // The number of paths is at most the product of the domains.
  unsigned naturalBits = static_cast<unsigned>(logPaths) + 2;
  // With the first `first` sums long, the rest short. True if that decided.
  auto count = [&](size_t first, const Budget &budget) {
    problem.longSums.assign(form.sums.begin(), form.sums.begin() + first);
    problem.shortSums.assign(form.sums.begin() + first, form.sums.end());
    made.scale.reset();
    made.diagram = StateDiagram();
    std::optional<StateDiagram> diagram = StateDiagram::build(
        problem, values, orderChoices(problem, values), budget);
    if (!diagram)
      return false;
    made.diagram = std::move(*diagram);
    made.scale = std::make_unique<SumScale>(made.diagram);
    if (made.diagram.isEmpty || made.scale->isEmpty) {
      setEmpty();
      return true;
    }
    made.counted = countPaths(made.diagram, *made.scale, naturalBits, budget);
    if (made.counted)
      setCount(made.counted->getCount(), made.counted->getCount());
    return made.counted != nullptr;
  };
  if (count(numLong, budgetOf(1)))
    return result;
  if (!options.bounds) {
    setCount(llvm::APInt(1, 0), countAll(program, domains));
    return result;
  }
  StateDiagram diagram = std::move(made.diagram);
  std::unique_ptr<SumScale> scale = std::move(made.scale);
  if (numLong > 0 && count(0, budgetOf(0.25)))
    return result;
  CountBounds bounds = {llvm::APInt(1, 0), countAll(program, domains)};
  if (scale) {
    // The scale refers to fields alone, not to the diagram that has moved.
    made.diagram = std::move(diagram);
    boundCount(bounds, made.diagram, *scale, naturalBits, budgetOf(0.5));
  }
  setCount(bounds.lower, bounds.upper);
  return result;
}

const Marginals &FeasibleSet::marginals() const {
  assert(isExact() && "the set is known by bounds alone");
  std::call_once(implementation->haveMarginals, [&] {
    for (size_t size : implementation->domainSizes)
      implementation->marginals.emplace_back(size, llvm::APInt(1, 0));
    if (!isEmpty())
      implementation->counted->addMarginals(implementation->marginals);
  });
  return implementation->marginals;
}

const StateDiagram &FeasibleSet::getDiagram() const {
  assert(isExact() && !isEmpty() && "there is no diagram");
  return implementation->diagram;
}

const SumScale &FeasibleSet::getScale() const {
  assert(isExact() && !isEmpty() && "there is no diagram");
  return *implementation->scale;
}

void FeasibleSet::prepareSampling() const {
  implementation->counted->prepareSampling();
}

void FeasibleSet::sample(llvm::function_ref<uint64_t()> random,
                         llvm::MutableArrayRef<uint16_t> positions) const {
  assert(isExact() && !isEmpty() && "nothing to draw from");
  implementation->counted->sample(random, 1, positions);
}

void FeasibleSet::sampleMany(llvm::function_ref<uint64_t()> random,
                             size_t count,
                             llvm::MutableArrayRef<uint16_t> positions) const {
  assert(isExact() && !isEmpty() && "nothing to draw from");
  assert(positions.size() == count * implementation->domainSizes.size() &&
         "a row for each architecture");
  implementation->counted->sample(random, count, positions);
}

void FeasibleSet::enumerate(
    llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visit) const {
  assert(isExact() && "the set is known by bounds alone");
  if (isEmpty())
    return;
  const StateDiagram &diagram = implementation->diagram;
  const SumScale &scale = *implementation->scale;
  size_t numLevels = diagram.levels.size();
  size_t width = scale.fields.size();
  std::vector<uint16_t> positions(implementation->domainSizes.size(), 0);
  std::vector<uint32_t> edges(numLevels), nodes(numLevels + 1, 0);
  // The sums on the way to each level; what a path still costs at least is
  // zero, so a beginning within the upper bounds may have an end.
  std::vector<uint64_t> sums((numLevels + 1) * width, 0);
  size_t depth = 0;
  if (numLevels == 0) {
    visit(positions);
    return;
  }
  edges[0] = 0;
  while (true) {
    const DiagramLevel &level = diagram.levels[depth];
    uint32_t edge = edges[depth];
    if (edge == level.firstEdge[nodes[depth] + 1]) {
      if (depth == 0)
        return;
      ++edges[--depth];
      continue;
    }
    bool fits = true;
    for (size_t field = 0; field < width; ++field) {
      uint64_t cost = scale.costs[depth][edge * width + field];
      uint64_t &sum = sums[(depth + 1) * width + field];
      sum = sums[depth * width + field] + cost;
      fits &= cost != SumScale::excluded && sum <= scale.fields[field].upper;
      if (depth + 1 == numLevels)
        fits &= sum >= scale.fields[field].lower;
    }
    if (!fits) {
      ++edges[depth];
      continue;
    }
    positions[level.choice] = level.positions[edge];
    if (depth + 1 == numLevels) {
      if (!visit(positions))
        return;
      ++edges[depth];
      continue;
    }
    ++depth;
    nodes[depth] = level.targets[edge];
    edges[depth] = diagram.levels[depth].firstEdge[nodes[depth]];
  }
}
