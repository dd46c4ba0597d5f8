//===- FeasibleWalk.cpp - From one feasible architecture to others --------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/FeasibleWalk.h"

#include "passes/counting/FeasiblePart.h"
#include "passes/counting/Numbers.h"

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

unsigned counting::distance(const Architecture &a, const Architecture &b) {
  unsigned different = 0;
  for (unsigned choice : a.active.set_bits())
    different +=
        b.active.test(choice) && a.positions[choice] != b.positions[choice];
  return different;
}

FeasibleWalk::FeasibleWalk(const CostProgram &program,
                           const ChoiceDomains &domains, const FeasibleSet *set,
                           const FeasibleWalkOptions &options)
    : program(program), domains(domains),
      set(set && set->isExact() ? set : nullptr), options(options),
      canonicalizer(program),
      interpreter(program, program.feasibilityOutputs()) {
  for (size_t part = 0; this->set && part < set->getNumParts(); ++part)
    paths.emplace_back(set->getPart(part).getDiagram(),
                       set->getPart(part).getScale());
}

FeasibleWalk::~FeasibleWalk() = default;

bool FeasibleWalk::isFeasible(const Architecture &architecture) {
  for (unsigned choice : architecture.active.set_bits())
    if (!domains[choice].test(architecture.positions[choice]))
      return false;
  interpreter.run(architecture.positions);
  return interpreter.isFeasible();
}

/// Restricts all parts. `Found` if there is something in one of them.
NearPaths::Result FeasibleWalk::restrict(const NearQuery &query,
                                         unsigned radius, size_t maximumEdges) {
  found.clear();
  bool isCut = false;
  for (size_t part = 0; part < paths.size(); ++part) {
    NearPaths::Result result =
        paths[part].restrict(query, radius, maximumEdges);
    if (result == NearPaths::Result::TooMuch)
      return result;
    isCut |= result == NearPaths::Result::NotWithinRadius;
    if (result == NearPaths::Result::Found)
      found.push_back(part);
  }
  if (!found.empty())
    return NearPaths::Result::Found;
  return isCut ? NearPaths::Result::NotWithinRadius
               : NearPaths::Result::NotAtAll;
}

/// Draws from the parts in which something was found, each in proportion to its
/// paths. `NotWithinRadius` where long sums leave nothing.
NearPaths::Result FeasibleWalk::draw(llvm::function_ref<uint64_t()> random,
                                     Architecture &architecture) {
  std::vector<uint16_t> positions(program.choices.size());
  std::vector<size_t> left = found;
  while (!left.empty()) {
    size_t chosen = 0;
    if (left.size() > 1) {
      double all = 0;
      for (size_t part : left)
        all += paths[part].numPaths();
      double rank = unit(random) * all;
      while (chosen + 1 < left.size() && rank >= paths[left[chosen]].numPaths())
        rank -= paths[left[chosen++]].numPaths();
    }
    NearPaths::Result result = paths[left[chosen]].draw(random, positions);
    if (result == NearPaths::Result::Found)
      architecture = canonicalizer.canonicalize(positions);
    if (result != NearPaths::Result::NotWithinRadius)
      return result;
    left.erase(left.begin() + chosen);
  }
  return NearPaths::Result::NotWithinRadius;
}

/// Asks for the choices of an architecture.
static NearQuery near(const Architecture &architecture) {
  NearQuery query;
  query.wanted = architecture.positions;
  query.isWanted = architecture.active;
  return query;
}

static llvm::BitVector only(size_t size, unsigned position) {
  llvm::BitVector bits(size);
  bits.set(position);
  return bits;
}

bool FeasibleWalk::forEachNeighbour(
    const Architecture &architecture,
    llvm::function_ref<bool(const Architecture &)> visit) {
  if (set) {
    restrict(near(architecture), 1, ~size_t(0));
    for (size_t part : found) {
      bool goesOn = true;
      paths[part].visit([&](llvm::ArrayRef<uint16_t> positions) {
        Architecture other = canonicalizer.canonicalize(positions);
        goesOn = other == architecture || visit(other);
        return goesOn;
      });
      if (!goesOn)
        break;
    }
    return true;
  }
  bool isComplete = true, isStopped = false;
  for (unsigned choice : architecture.active.set_bits()) {
    // Values that activate other choices, which need values as well.
    llvm::BitVector activating(domains[choice].size());
    for (unsigned position : domains[choice].set_bits()) {
      if (position == architecture.positions[choice])
        continue;
      std::vector<uint16_t> positions = architecture.positions;
      positions[choice] = position;
      Architecture changed = canonicalizer.canonicalize(positions);
      llvm::BitVector added = changed.active;
      if (added.reset(architecture.active).any())
        activating.set(position);
      else if (isFeasible(changed) && !visit(changed))
        return true;
    }
    if (activating.any())
      isComplete &= completeNeighbours(architecture, choice, activating, visit,
                                       isStopped);
    if (isStopped)
      return true;
  }
  return isComplete;
}

/// Visits the neighbours in which the choice has one of these values, and the
/// others of the architecture are as they are. False if that is too much.
bool FeasibleWalk::completeNeighbours(
    const Architecture &architecture, uint32_t choice,
    const llvm::BitVector &values,
    llvm::function_ref<bool(const Architecture &)> visit, bool &isStopped) {
  ChoiceDomains around = domains;
  for (unsigned other : architecture.active.set_bits())
    around[other] = only(around[other].size(), architecture.positions[other]);
  around[choice] = values;
  FeasibleSetOptions setOptions;
  setOptions.seconds = options.completionSeconds;
  std::unique_ptr<FeasibleSet> completions =
      FeasibleSet::build(program, around, setOptions);
  if (!completions->isExact())
    return false;
  completions->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
    isStopped = !visit(canonicalizer.canonicalize(positions));
    return !isStopped;
  });
  return true;
}

/// Looks further and further away; none where that is too much.
std::optional<Architecture>
FeasibleWalk::repairInDiagram(const Architecture &architecture,
                              llvm::function_ref<uint64_t()> random,
                              const llvm::BitVector *kept) {
  NearQuery query = near(architecture);
  if (kept) {
    query.allowed = domains;
    for (unsigned choice : kept->set_bits())
      if (architecture.active.test(choice))
        query.allowed[choice] =
            only(domains[choice].size(), architecture.positions[choice]);
  }
  // With as many changes as there are choices, nothing is further away.
  for (unsigned radius = 0; radius <= architecture.active.count(); ++radius) {
    NearPaths::Result result =
        restrict(query, radius, options.maximumEdges / (radius + 1));
    Architecture nearest;
    if (result == NearPaths::Result::Found)
      result = draw(random, nearest);
    if (result == NearPaths::Result::Found)
      return nearest;
    if (result != NearPaths::Result::NotWithinRadius)
      return std::nullopt;
  }
  return std::nullopt;
}

/// One of the changes of one choice that suffice, uniformly; none where there
/// is none. Choices that become active are drawn once.
std::optional<Architecture>
FeasibleWalk::repairByOne(const Architecture &architecture,
                          llvm::function_ref<uint64_t()> random,
                          const llvm::BitVector *kept) {
  std::optional<Architecture> chosen;
  uint64_t found = 0;
  for (unsigned choice : architecture.active.set_bits()) {
    if (kept && kept->test(choice))
      continue;
    for (unsigned position : domains[choice].set_bits()) {
      if (position == architecture.positions[choice])
        continue;
      std::vector<uint16_t> positions = architecture.positions;
      positions[choice] = position;
      for (unsigned other = 0; other < positions.size(); ++other)
        if (!architecture.active.test(other))
          positions[other] = below(Natural64(domains[other].size()), random);
      Architecture changed = canonicalizer.canonicalize(positions);
      // The n-th is taken with probability 1/n: all are equally likely.
      if (isFeasible(changed) && below(Natural64(++found), random) == 0)
        chosen = std::move(changed);
    }
  }
  return chosen;
}

/// Gives a feasible architecture the values of another one, choice by choice in
/// random order, as long as it stays feasible, until none can be taken over.
Architecture FeasibleWalk::relink(Architecture from,
                                  const Architecture &towards,
                                  llvm::function_ref<uint64_t()> random) {
  std::vector<uint32_t> order;
  for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
    order.push_back(choice);
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[below(Natural64(i), random)]);
  // Each change brings one more choice to its value, and those that it
  // activates have theirs, so this ends.
  bool isChanged = true;
  while (isChanged) {
    isChanged = false;
    for (uint32_t choice : order) {
      if (!from.active.test(choice) || !towards.active.test(choice) ||
          from.positions[choice] == towards.positions[choice])
        continue;
      std::vector<uint16_t> positions = from.positions;
      positions[choice] = towards.positions[choice];
      for (uint32_t other = 0; other < positions.size(); ++other)
        if (!from.active.test(other))
          positions[other] =
              towards.active.test(other)
                  ? towards.positions[other]
                  : below(Natural64(domains[other].size()), random);
      Architecture changed = canonicalizer.canonicalize(positions);
      if (!isFeasible(changed))
        continue;
      from = std::move(changed);
      isChanged = true;
    }
  }
  return from;
}

std::optional<Architecture> FeasibleWalk::repair(
    const Architecture &architecture, llvm::function_ref<uint64_t()> random,
    const llvm::BitVector *kept, llvm::ArrayRef<Architecture> starts) {
  if (isFeasible(architecture))
    return architecture;
  if (set && set->isEmpty())
    return std::nullopt;
  for (const llvm::BitVector *these :
       {kept, (const llvm::BitVector *)nullptr}) {
    if (kept && !these && kept->none())
      continue;
    std::optional<Architecture> found =
        set ? repairInDiagram(architecture, random, these)
            : repairByOne(architecture, random, these);
    if (found)
      return found;
    if (!kept)
      break;
  }
  if (set) {
    std::vector<uint16_t> positions(program.choices.size());
    set->sample(random, positions);
    return relink(canonicalizer.canonicalize(positions), architecture, random);
  }
  if (starts.empty())
    return std::nullopt;
  const Architecture *nearest = &starts.front();
  for (const Architecture &start : starts)
    if (distance(start, architecture) < distance(*nearest, architecture))
      nearest = &start;
  return relink(*nearest, architecture, random);
}

Architecture FeasibleWalk::cross(const Architecture &a, const Architecture &b,
                                 llvm::function_ref<uint64_t()> random) {
  if (a == b)
    return a;
  if (!paths.empty()) {
    NearQuery query;
    query.allowed = domains;
    for (size_t choice = 0; choice < domains.size(); ++choice) {
      bool inA = a.active.test(choice), inB = b.active.test(choice);
      if (inA || inB)
        query.allowed[choice].reset();
      if (inA)
        query.allowed[choice].set(a.positions[choice]);
      if (inB)
        query.allowed[choice].set(b.positions[choice]);
    }
    Architecture child;
    if (restrict(query, 0, options.maximumEdges) == NearPaths::Result::Found &&
        draw(random, child) == NearPaths::Result::Found)
      return child;
  }
  // What no parent has is not wanted; the rest is mixed.
  Architecture mixture = a;
  mixture.active |= b.active;
  for (unsigned choice : b.active.set_bits())
    if (!a.active.test(choice) || below(Natural64(2), random))
      mixture.positions[choice] = b.positions[choice];
  return relink(below(Natural64(2), random) ? b : a, mixture, random);
}
