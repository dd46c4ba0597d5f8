//===- ArchitectureSpace.cpp - Counts, draws, lists architectures ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/ArchitectureSpace.h"

#include "passes/cost/IntervalEvaluator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <map>

using namespace nasc;
using namespace nasc::cost;
using llvm::APInt;

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

namespace nasc::cost {

/// Splits a set of choices, some of whose controlling choices have values
/// already, into branches and independent components.
class ArchitectureSpaceBuilder {
public:
  ArchitectureSpaceBuilder(const CostProgram &program,
                           const ChoiceDomains &domains, size_t maximumNodes)
      : program(program), domains(domains), maximumNodes(maximumNodes),
        evaluator(program, activities(program)), supports(program.supports()) {
    // Every count is at most the product of the domains' sizes.
    unsigned bits = 1;
    for (const ProgramChoice &choice : program.choices)
      bits += llvm::Log2_64_Ceil(choice.values.size() + 1);
    countWidth = bits;
  }

  std::optional<ArchitectureSpace> run() {
    space.numChoices = program.choices.size();
    for (const llvm::BitVector &domain : domains) {
      space.allowed.emplace_back();
      for (unsigned position : domain.set_bits())
        space.allowed.back().push_back(position);
    }
    std::vector<uint32_t> all;
    for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
      all.push_back(choice);
    // Activities are bounded over all values: a restricted choice does not
    // make others inactive.
    std::optional<uint32_t> root =
        build(all, evaluator.evaluate(fullDomains(program)),
              llvm::BitVector(program.choices.size()),
              std::vector<uint16_t>(program.choices.size()));
    if (!root)
      return std::nullopt;
    space.root = *root;
    return std::move(space);
  }

private:
  static std::vector<Slot> activities(const CostProgram &program) {
    std::vector<Slot> result;
    for (const ProgramChoice &choice : program.choices)
      if (choice.activity)
        result.push_back(*choice.activity);
    return result;
  }

  APInt number(uint64_t value) const { return APInt(countWidth, value); }

  uint32_t add(ArchitectureSpace::Node node) {
    space.nodes.push_back(std::move(node));
    return space.nodes.size() - 1;
  }

  /// What is left of the choices that the activity of `choice` depends on.
  llvm::BitVector openSupport(uint32_t choice,
                              const llvm::BitVector &decided) const {
    llvm::BitVector support = supports[*program.choices[choice].activity];
    support.reset(decided);
    return support;
  }

  /// The diagram of the architectures over `remaining`, given the bounds of the
  /// activities after the `decided` choices have their values.
  std::optional<uint32_t> build(llvm::ArrayRef<uint32_t> remaining,
                                const Bounds &bounds,
                                const llvm::BitVector &decided,
                                const std::vector<uint16_t> &values) {
    if (space.nodes.size() >= maximumNodes)
      return std::nullopt;
    // Inactive choices drop out; what is neither certainly active nor
    // certainly inactive waits for others.
    std::vector<uint32_t> active, waiting;
    for (uint32_t choice : remaining) {
      std::optional<Slot> activity = program.choices[choice].activity;
      if (!activity || !bounds.canFail(*activity))
        active.push_back(choice);
      else if (bounds.canHold(*activity))
        waiting.push_back(choice);
    }
    ArchitectureSpace::Node product;
    product.count = number(1);
    // Components: choices that wait and those that they wait for.
    std::vector<uint32_t> leaders(program.choices.size());
    for (uint32_t choice = 0; choice < leaders.size(); ++choice)
      leaders[choice] = choice;
    auto leader = [&](uint32_t choice) {
      while (leaders[choice] != choice)
        choice = leaders[choice] = leaders[leaders[choice]];
      return choice;
    };
    llvm::BitVector controls(program.choices.size());
    for (uint32_t choice : waiting) {
      llvm::BitVector support = openSupport(choice, decided);
      controls |= support;
      for (unsigned other : support.set_bits())
        leaders[leader(other)] = leader(choice);
    }
    std::map<uint32_t, std::vector<uint32_t>> components;
    for (uint32_t choice : remaining) {
      bool waits = llvm::is_contained(waiting, choice);
      if (!waits && !llvm::is_contained(active, choice))
        continue;
      if (!waits && !controls.test(choice)) {
        product.freeChoices.push_back(choice);
        product.count *= number(space.allowed[choice].size());
        continue;
      }
      components[leader(choice)].push_back(choice);
    }
    for (auto &[unused, component] : components) {
      std::optional<uint32_t> child =
          buildComponent(component, active, waiting, bounds, decided, values);
      if (!child)
        return std::nullopt;
      product.children.push_back(*child);
      product.count *= space.nodes[*child].count;
    }
    if (product.freeChoices.empty() && product.children.size() == 1)
      return product.children.front();
    return add(std::move(product));
  }

  /// Branches on the choice that most of the component waits for.
  std::optional<uint32_t> buildComponent(llvm::ArrayRef<uint32_t> component,
                                         llvm::ArrayRef<uint32_t> active,
                                         llvm::ArrayRef<uint32_t> waiting,
                                         const Bounds &bounds,
                                         const llvm::BitVector &decided,
                                         const std::vector<uint16_t> &values) {
    // The same component under the same values of what it depends on.
    std::vector<uint32_t> key(component.begin(), component.end());
    llvm::BitVector relevant(program.choices.size());
    std::vector<unsigned> waitedFor(program.choices.size());
    for (uint32_t choice : component) {
      if (!llvm::is_contained(waiting, choice))
        continue;
      relevant |= supports[*program.choices[choice].activity];
      llvm::BitVector open = openSupport(choice, decided);
      for (unsigned other : open.set_bits())
        ++waitedFor[other];
    }
    // Which of them wait follows from the values too.
    relevant &= decided;
    for (unsigned choice : relevant.set_bits()) {
      key.push_back(~choice);
      key.push_back(values[choice]);
    }
    for (uint32_t choice : component)
      key.push_back(llvm::is_contained(waiting, choice));
    if (auto known = components.find(key); known != components.end())
      return known->second;

    std::optional<uint32_t> branch;
    for (uint32_t choice : component)
      if (llvm::is_contained(active, choice) && waitedFor[choice] > 0 &&
          (!branch || waitedFor[choice] > waitedFor[*branch]))
        branch = choice;
    // Choices that wait only for each other: no activity may depend on itself.
    if (!branch)
      return std::nullopt;
    ArchitectureSpace::Node node;
    node.branch = branch;
    node.count = number(0);
    llvm::BitVector nowDecided = decided;
    nowDecided.set(*branch);
    std::vector<uint32_t> rest;
    for (uint32_t choice : component)
      if (choice != *branch)
        rest.push_back(choice);
    for (uint16_t position : space.allowed[*branch]) {
      std::vector<uint16_t> nowValues = values;
      nowValues[*branch] = position;
      llvm::BitVector only(program.choices[*branch].values.size());
      only.set(position);
      std::optional<uint32_t> child =
          build(rest, evaluator.restrict(bounds, *branch, only), nowDecided,
                nowValues);
      if (!child)
        return std::nullopt;
      if (space.nodes[*child].count.isZero())
        continue;
      node.positions.push_back(position);
      node.children.push_back(*child);
      node.count += space.nodes[*child].count;
    }
    uint32_t result = add(std::move(node));
    components.emplace(std::move(key), result);
    return result;
  }

  const CostProgram &program;
  const ChoiceDomains &domains;
  size_t maximumNodes;
  IntervalEvaluator evaluator;
  std::vector<llvm::BitVector> supports;
  unsigned countWidth = 1;
  std::map<std::vector<uint32_t>, uint32_t> components;
  ArchitectureSpace space;
};

} // namespace nasc::cost

std::optional<ArchitectureSpace>
ArchitectureSpace::build(const CostProgram &program, size_t maximumNodes) {
  return build(program, fullDomains(program), maximumNodes);
}

std::optional<ArchitectureSpace>
ArchitectureSpace::build(const CostProgram &program,
                         const ChoiceDomains &domains, size_t maximumNodes) {
  return ArchitectureSpaceBuilder(program, domains, maximumNodes).run();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Splits `rank` into its remainder by `size`, which is returned, and the
/// quotient, which stays.
static APInt split(APInt &rank, const APInt &size) {
  if (rank.getActiveBits() <= 64 && size.getActiveBits() <= 64) {
    uint64_t number = rank.getZExtValue(), divisor = size.getZExtValue();
    rank = APInt(rank.getBitWidth(), number / divisor);
    return APInt(rank.getBitWidth(), number % divisor);
  }
  APInt quotient, remainder;
  APInt::udivrem(rank, size, quotient, remainder);
  rank = quotient;
  return remainder;
}

void ArchitectureSpace::place(uint32_t node, APInt rank,
                              Architecture &result) const {
  const Node &here = nodes[node];
  if (here.branch) {
    size_t index = 0;
    while (rank.uge(nodes[here.children[index]].count))
      rank -= nodes[here.children[index++]].count;
    result.positions[*here.branch] = here.positions[index];
    result.active.set(*here.branch);
    place(here.children[index], rank, result);
    return;
  }
  for (uint32_t choice : here.freeChoices) {
    APInt size(rank.getBitWidth(), allowed[choice].size());
    result.positions[choice] =
        allowed[choice][split(rank, size).getZExtValue()];
    result.active.set(choice);
  }
  for (uint32_t child : here.children)
    place(child, split(rank, nodes[child].count), result);
}

Architecture ArchitectureSpace::at(const APInt &rank) const {
  assert(rank.ult(getCount()) && "no architecture has that number");
  Architecture result;
  result.positions.resize(numChoices);
  result.active.resize(numChoices);
  place(root, rank, result);
  return result;
}

Architecture
ArchitectureSpace::sample(llvm::function_ref<uint64_t()> random) const {
  const APInt &count = getCount();
  assert(!count.isZero() && "an empty space has no samples");
  // Bits that cover the largest rank, drawn again until they are one.
  APInt largest = count - 1;
  unsigned bits = largest.getActiveBits();
  while (true) {
    APInt rank(count.getBitWidth(), 0);
    for (unsigned drawn = 0; drawn < bits; drawn += 64) {
      unsigned width = std::min(64u, bits - drawn);
      rank.insertBits(random() >> (64 - width), drawn, width);
    }
    if (rank.ule(largest))
      return at(rank);
  }
}

namespace {

/// What is still to be placed: a list that shares its tail with others.
struct Pending {
  uint32_t node;
  size_t freeChoice;
  const Pending *rest;
};

} // namespace

void ArchitectureSpace::enumerate(
    llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visit) const {
  std::vector<uint16_t> positions(numChoices, 0);
  // Recursive over what is pending; returns false to stop.
  auto walk = [&](auto &self, const Pending *pending) -> bool {
    if (!pending)
      return visit(positions);
    const Node &node = nodes[pending->node];
    if (node.branch) {
      for (auto [position, child] : llvm::zip(node.positions, node.children)) {
        positions[*node.branch] = position;
        Pending next = {child, 0, pending->rest};
        if (!self(self, &next))
          return false;
      }
      positions[*node.branch] = 0;
      return true;
    }
    if (pending->freeChoice < node.freeChoices.size()) {
      uint32_t choice = node.freeChoices[pending->freeChoice];
      Pending next = {pending->node, pending->freeChoice + 1, pending->rest};
      for (uint16_t position : allowed[choice]) {
        positions[choice] = position;
        if (!self(self, &next))
          return false;
      }
      positions[choice] = 0;
      return true;
    }
    llvm::SmallVector<Pending, 8> children(node.children.size());
    const Pending *rest = pending->rest;
    for (size_t index = node.children.size(); index-- > 0;) {
      children[index] = {node.children[index], 0, rest};
      rest = &children[index];
    }
    return self(self, rest);
  };
  Pending first = {root, 0, nullptr};
  walk(walk, &first);
}

std::optional<APInt> cost::countArchitectures(const CostProgram &program) {
  std::optional<ArchitectureSpace> space = ArchitectureSpace::build(program);
  if (!space)
    return std::nullopt;
  return space->getCount();
}

std::string cost::decimal(const APInt &count) {
  llvm::SmallString<64> digits;
  count.toString(digits, 10, /*Signed=*/false);
  return digits.str().str();
}
