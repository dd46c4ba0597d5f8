//===- FeasibleSet.cpp - The feasible architectures of a space ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/FeasibleSet.h"

#include "passes/counting/FeasiblePart.h"
#include "passes/counting/Numbers.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

struct FeasibleSet::Implementation {
  std::vector<size_t> domainSizes;
  /// Those that are not empty, all counted, where the set is exact.
  std::vector<std::unique_ptr<FeasiblePart>> parts;
  /// The architectures of each part and those before it.
  std::vector<NaturalAny> running;
  mutable std::once_flag haveMarginals;
  mutable Marginals marginals;
};

/// So many parts may have lists of full length at once.
static constexpr size_t fullLists = 4;

FeasibleSet::FeasibleSet() = default;
FeasibleSet::~FeasibleSet() = default;

/// Counts parts, as many at once as there are processors; which of them could
/// be counted. Without `goesOn`, nothing begins after one that could not.
static std::vector<char>
countAll(llvm::ArrayRef<std::unique_ptr<FeasiblePart>> parts,
         const Budget &budget, bool goesOn) {
  std::vector<char> isCounted(parts.size(), false);
  std::atomic<size_t> next = 0;
  std::atomic<bool> hasFailed = false;
  auto work = [&] {
    for (size_t number; (number = next++) < parts.size();) {
      if (hasFailed && !goesOn)
        return;
      isCounted[number] = parts[number]->count(budget);
      if (!isCounted[number])
        hasFailed = true;
    }
  };
  std::vector<std::thread> others(
      std::min<size_t>(std::max(1u, std::thread::hardware_concurrency()),
                       std::max<size_t>(parts.size(), 1)) -
      1);
  for (std::thread &other : others)
    other = std::thread(work);
  work();
  for (std::thread &other : others)
    other.join();
  return isCounted;
}

std::unique_ptr<FeasibleSet>
FeasibleSet::build(const CostProgram &program, const ChoiceDomains &domains,
                   const FeasibleSetOptions &options) {
  std::unique_ptr<FeasibleSet> result(new FeasibleSet);
  result->implementation = std::make_unique<Implementation>();
  Implementation &made = *result->implementation;
  for (const ProgramChoice &choice : program.choices)
    made.domainSizes.push_back(choice.values.size());

  Budget exact = Budget::of(options.seconds, options.memory);
  CostProgram own = program;
  std::vector<std::unique_ptr<FeasiblePart>> parts;
  for (LimitCase &limits : splitIntoCases(own, domains))
    parts.push_back(std::make_unique<FeasiblePart>(own, std::move(limits)));
  // All parts are kept, so they share the memory; a few may have long lists.
  auto share = [&](Budget budget) {
    const size_t number = std::max<size_t>(parts.size(), 1);
    budget.memory = options.memory / number;
    budget.listEntries =
        std::min(options.listEntries,
                 std::max<size_t>(fullLists * options.listEntries / number, 1));
    return budget;
  };
  auto budgetOf = [&](double seconds) {
    return share(Budget::of(seconds, options.memory));
  };
  std::vector<char> isCounted = countAll(parts, share(exact), options.bounds);
  CountBounds sum = {llvm::APInt(1, 0), llvm::APInt(1, 0)};
  auto addCounted = [&](std::unique_ptr<FeasiblePart> part) {
    if (part->isEmpty())
      return;
    llvm::APInt count = part->getCounted().getCount();
    sum = {sumOf(sum.lower, count), sumOf(sum.upper, count)};
    made.running.push_back(naturalOf(sum.lower));
    made.parts.push_back(std::move(part));
  };
  std::vector<std::unique_ptr<FeasiblePart>> open;
  for (auto [part, done] : llvm::zip(parts, isCounted)) {
    if (done)
      addCounted(std::move(part));
    else
      open.push_back(std::move(part));
  }
  // The parts that are left share the time for a second try and for bounds.
  for (std::unique_ptr<FeasiblePart> &part : open) {
    double seconds = options.seconds / open.size();
    if (options.bounds && part->countByStates(budgetOf(0.25 * seconds))) {
      addCounted(std::move(part));
      continue;
    }
    auto [lower, upper] =
        options.bounds
            ? part->bounds(budgetOf(0.5 * seconds))
            : std::make_pair(llvm::APInt(1, 0), part->countWithoutLimits());
    result->exact &= upper.isZero();
    sum = {sumOf(sum.lower, lower), sumOf(sum.upper, upper)};
  }
  unsigned width =
      std::max({sum.lower.getActiveBits(), sum.upper.getActiveBits(), 1u});
  result->count = {sum.lower.zextOrTrunc(width), sum.upper.zextOrTrunc(width)};
  return result;
}

const Marginals &FeasibleSet::marginals() const {
  assert(isExact() && "the set is known by bounds alone");
  std::call_once(implementation->haveMarginals, [&] {
    for (size_t size : implementation->domainSizes)
      implementation->marginals.emplace_back(size, llvm::APInt(1, 0));
    for (const auto &part : implementation->parts)
      part->getCounted().addMarginals(implementation->marginals);
  });
  return implementation->marginals;
}

size_t FeasibleSet::getNumParts() const {
  assert(isExact() && "the set is known by bounds alone");
  return implementation->parts.size();
}

const FeasiblePart &FeasibleSet::getPart(size_t number) const {
  return *implementation->parts[number];
}

void FeasibleSet::prepareSampling() const {
  for (const auto &part : implementation->parts)
    part->getCounted().prepareSampling();
}

void FeasibleSet::sample(llvm::function_ref<uint64_t()> random,
                         llvm::MutableArrayRef<uint16_t> positions) const {
  sampleMany(random, 1, positions);
}

void FeasibleSet::sampleMany(llvm::function_ref<uint64_t()> random,
                             size_t count,
                             llvm::MutableArrayRef<uint16_t> positions) const {
  assert(isExact() && !isEmpty() && "nothing to draw from");
  size_t width = implementation->domainSizes.size();
  assert(positions.size() == count * width && "a row for each architecture");
  const auto &parts = implementation->parts;
  if (parts.size() == 1)
    return parts.front()->getCounted().sample(random, count, positions);
  for (size_t row = 0; row < count; ++row) {
    NaturalAny rank = below(implementation->running.back(), random);
    size_t part = llvm::upper_bound(implementation->running, rank) -
                  implementation->running.begin();
    parts[part]->getCounted().sample(random, 1,
                                     positions.slice(row * width, width));
  }
}

void FeasibleSet::enumerate(
    llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visit) const {
  assert(isExact() && "the set is known by bounds alone");
  for (const auto &part : implementation->parts)
    if (!part->enumerate(visit))
      return;
}
