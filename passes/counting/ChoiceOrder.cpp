//===- ChoiceOrder.cpp - The order in which choices are decided -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/ChoiceOrder.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <functional>
#include <numeric>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

std::vector<uint32_t> counting::knownAfter(const CostProgram &program,
                                           llvm::ArrayRef<uint32_t> order) {
  std::vector<uint32_t> decided(program.choices.size());
  for (auto [index, choice] : llvm::enumerate(order))
    decided[choice] = index + 1;
  std::vector<uint32_t> result(program.instructions.size(), 0);
  for (Slot slot = 0; slot < result.size(); ++slot) {
    const Instruction &instruction = program.instructions[slot];
    if (instruction.opcode == Opcode::Choice)
      result[slot] = decided[instruction.index];
    for (Slot operand : program.operandsOf(slot))
      result[slot] = std::max(result[slot], result[operand]);
  }
  return result;
}

namespace {

/// Slots whose value is needed together: a term of a sum, a condition, the
/// activity of a choice.
struct Atoms {
  std::vector<Slot> roots;
  /// Whether the slot is needed by a root.
  llvm::BitVector needed;

  explicit Atoms(const FeasibilityProblem &problem)
      : needed(problem.program.instructions.size()) {
    for (const Condition &condition : problem.conditions)
      roots.push_back(condition.slot);
    for (const auto *sums : {&problem.shortSums, &problem.longSums})
      for (const SumLimit &sum : *sums)
        for (auto [slot, factor] : sum.terms)
          roots.push_back(slot);
    for (const ProgramChoice &choice : problem.program.choices)
      if (choice.activity)
        roots.push_back(*choice.activity);
    for (Slot slot : problem.program.neededBy(roots))
      needed.set(slot);
  }
};

class OrderSearch {
public:
  OrderSearch(const FeasibilityProblem &problem, const ValueSets &values)
      : problem(problem), program(problem.program), values(values),
        atoms(problem), supports(program.supports()) {
    users.resize(program.instructions.size());
    for (Slot slot : atoms.needed.set_bits())
      for (Slot operand : program.operandsOf(slot))
        users[operand].push_back(slot);
    for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
      logSizes.push_back(
          std::log2(std::max(1u, problem.domains[choice].count())));
  }

  std::vector<uint32_t> run() {
    std::vector<std::vector<uint32_t>> candidates = {programOrder(),
                                                     meetingOrder()};
    if (program.choices.size() <= 64)
      candidates.push_back(growingOrder());
    size_t best = 0;
    double bestCost = 0;
    for (auto [index, candidate] : llvm::enumerate(candidates)) {
      double cost = estimate(candidate);
      if (index == 0 || cost < bestCost) {
        best = index;
        bestCost = cost;
      }
    }
    return candidates[best];
  }

private:
  /// Choices after those that their activities mention, otherwise as in
  /// `wanted`.
  std::vector<uint32_t> respectActivities(llvm::ArrayRef<uint32_t> wanted) {
    std::vector<uint32_t> order;
    llvm::BitVector placed(program.choices.size());
    std::function<void(uint32_t)> place = [&](uint32_t choice) {
      if (placed.test(choice))
        return;
      placed.set(choice);
      if (auto activity = program.choices[choice].activity)
        for (unsigned other : supports[*activity].set_bits())
          place(other);
      order.push_back(choice);
    };
    for (uint32_t choice : wanted)
      place(choice);
    return order;
  }

  std::vector<uint32_t> programOrder() {
    std::vector<uint32_t> order(program.choices.size());
    for (uint32_t choice = 0; choice < order.size(); ++choice)
      order[choice] = choice;
    return respectActivities(order);
  }

  /// Each choice just before the first later one that it meets in an atom.
  std::vector<uint32_t> meetingOrder() {
    size_t size = program.choices.size();
    std::vector<uint32_t> firstMet(size, size);
    auto meet = [&](const llvm::BitVector &support) {
      for (unsigned choice : support.set_bits()) {
        int next = support.find_next(choice);
        if (next >= 0)
          firstMet[choice] = std::min<uint32_t>(firstMet[choice], next);
      }
    };
    for (Slot root : atoms.roots)
      meet(supports[root]);
    for (uint32_t choice = 0; choice < size; ++choice)
      if (auto activity = program.choices[choice].activity) {
        llvm::BitVector support = supports[*activity];
        support.set(choice);
        meet(support);
      }
    // Keys between the numbers of choices: just before the one that it meets.
    std::vector<std::pair<uint32_t, uint32_t>> keys;
    for (uint32_t choice = 0; choice < size; ++choice)
      keys.emplace_back(firstMet[choice] == size ? 2 * choice
                                                 : 2 * firstMet[choice] - 1,
                        choice);
    llvm::stable_sort(keys);
    std::vector<uint32_t> order;
    for (auto [key, choice] : keys)
      order.push_back(choice);
    return respectActivities(order);
  }

  /// Log2 of an estimate of the states after the decisions in `decided`.
  double frontier(const llvm::BitVector &decided) {
    double byValues = 0;
    llvm::BitVector remembered(program.choices.size());
    auto isKnown = [&](Slot slot) { return !supports[slot].test(decided); };
    for (Slot slot : atoms.needed.set_bits()) {
      if (values.ranges[slot].isConstant() || supports[slot].none() ||
          !isKnown(slot))
        continue;
      bool isNeeded =
          llvm::any_of(users[slot], [&](Slot user) { return !isKnown(user); });
      if (!isNeeded && isActivityOfOpen(slot, decided))
        isNeeded = true;
      if (!isNeeded)
        continue;
      byValues += std::log2(std::max(1.0, values.numValues(slot)));
      remembered |= supports[slot];
    }
    for (const SumLimit &sum : problem.shortSums) {
      double known = 0, all = 0;
      llvm::BitVector support(program.choices.size());
      bool isOpen = false;
      uint64_t step = 0;
      double width = 0;
      for (auto [slot, factor] : sum.terms) {
        all += 1;
        if (!isKnown(slot)) {
          isOpen = true;
          continue;
        }
        known += std::log2(std::max(1.0, values.numValues(slot)));
        width += std::abs(static_cast<double>(factor)) *
                 (static_cast<double>(values.ranges[slot].upper) -
                  static_cast<double>(values.ranges[slot].lower));
        step = std::gcd(step, values.stepOf(slot) *
                                  static_cast<uint64_t>(std::abs(factor)));
        support |= supports[slot];
      }
      if (!isOpen || step == 0)
        continue;
      byValues += std::min(known, std::log2(width / step + 1));
      remembered |= support;
    }
    double byChoices = 0;
    for (unsigned choice : remembered.set_bits())
      byChoices += logSizes[choice];
    return std::min(byValues, byChoices);
  }

  bool isActivityOfOpen(Slot slot, const llvm::BitVector &decided) const {
    for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
      if (!decided.test(choice) && program.choices[choice].activity == slot)
        return true;
    return false;
  }

  double estimate(llvm::ArrayRef<uint32_t> order) {
    llvm::BitVector decided(program.choices.size());
    double states = 0;
    for (uint32_t choice : order) {
      decided.set(choice);
      states += std::exp2(frontier(decided));
    }
    return states;
  }

  std::vector<uint32_t> growingOrder() {
    size_t size = program.choices.size();
    std::vector<uint32_t> order;
    llvm::BitVector decided(size);
    while (order.size() < size) {
      std::optional<uint32_t> best;
      double bestCost = 0;
      for (uint32_t choice = 0; choice < size; ++choice) {
        if (decided.test(choice))
          continue;
        auto activity = program.choices[choice].activity;
        if (activity && supports[*activity].test(decided))
          continue;
        decided.set(choice);
        double cost = frontier(decided);
        decided.reset(choice);
        if (!best || cost < bestCost) {
          best = choice;
          bestCost = cost;
        }
      }
      order.push_back(*best);
      decided.set(*best);
    }
    return order;
  }

  const FeasibilityProblem &problem;
  const CostProgram &program;
  const ValueSets &values;
  Atoms atoms;
  std::vector<llvm::BitVector> supports;
  std::vector<std::vector<Slot>> users;
  std::vector<double> logSizes;
};

} // namespace

std::vector<uint32_t> counting::orderChoices(const FeasibilityProblem &problem,
                                             const ValueSets &values) {
  return OrderSearch(problem, values).run();
}
