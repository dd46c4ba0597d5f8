//===- StateDiagram.cpp - Decisions, and what must be remembered ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/StateDiagram.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

namespace {

/// Rows of equally many numbers, each stored once and numbered.
class RowTable {
public:
  explicit RowTable(size_t width) : width(width), slots(64, none) {}

  size_t size() const { return count; }
  const int64_t *row(uint32_t number) const {
    return storage.data() + number * width;
  }
  size_t bytes() const {
    return storage.capacity() * sizeof(int64_t) +
           slots.capacity() * sizeof(uint32_t);
  }

  /// The number of the row, which is added if it is new.
  uint32_t insert(const int64_t *values) {
    if (2 * (count + 1) > slots.size())
      grow();
    size_t at = hash(values) & (slots.size() - 1);
    while (slots[at] != none) {
      if (std::memcmp(row(slots[at]), values, width * sizeof(int64_t)) == 0)
        return slots[at];
      at = (at + 1) & (slots.size() - 1);
    }
    slots[at] = count;
    storage.insert(storage.end(), values, values + width);
    return count++;
  }

private:
  static constexpr uint32_t none = ~0u;

  size_t hash(const int64_t *values) const {
    uint64_t result = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < width; ++i) {
      result ^= static_cast<uint64_t>(values[i]);
      result *= 0xff51afd7ed558ccd;
      result ^= result >> 32;
    }
    return result;
  }

  void grow() {
    slots.assign(slots.size() * 2, none);
    for (uint32_t number = 0; number < count; ++number) {
      size_t at = hash(row(number)) & (slots.size() - 1);
      while (slots[at] != none)
        at = (at + 1) & (slots.size() - 1);
      slots[at] = number;
    }
  }

  size_t width;
  uint32_t count = 0;
  std::vector<int64_t> storage;
  std::vector<uint32_t> slots;
};

/// What becomes known when one choice is decided.
struct Step {
  uint32_t choice = 0;
  std::optional<Slot> activity;
  std::vector<Slot> choiceSlots;
  std::vector<Slot> slots;
  std::vector<Condition> conditions;
  struct Term {
    unsigned sum;
    Slot slot;
    int64_t factor;
  };
  std::vector<Term> shortTerms, longTerms;
  /// Known slots that later steps read.
  std::vector<Slot> remembered;
  /// Short sums that still have terms to come, and what those can add.
  std::vector<unsigned> openSums;
  std::vector<Range> rest;
};

/// A short sum that holds whatever comes.
constexpr int64_t satisfied = Range::kMinimum;

class Builder {
public:
  Builder(const FeasibilityProblem &problem, const ValueSets &values,
          llvm::ArrayRef<uint32_t> order, const Budget &budget)
      : problem(problem), program(problem.program), valueSets(values),
        budget(budget) {
    plan(order);
  }

  std::optional<StateDiagram> run();

private:
  void plan(llvm::ArrayRef<uint32_t> order);
  void addBases(StateDiagram &diagram);

  const FeasibilityProblem &problem;
  const CostProgram &program;
  const ValueSets &valueSets;
  const Budget &budget;
  std::vector<Step> steps;
  /// Values of slots that are known without any choice.
  std::vector<int64_t> fixed;
  /// Constant parts of sums.
  std::vector<int64_t> shortBase, longBase;
  bool isContradiction = false;
};

void Builder::plan(llvm::ArrayRef<uint32_t> order) {
  std::vector<uint32_t> known = knownAfter(program, order);
  std::vector<Slot> roots;
  for (const Condition &condition : problem.conditions)
    roots.push_back(condition.slot);
  for (const auto *sums : {&problem.shortSums, &problem.longSums})
    for (const SumLimit &sum : *sums)
      for (auto [slot, factor] : sum.terms)
        roots.push_back(slot);
  for (uint32_t choice : order)
    if (program.choices[choice].activity)
      roots.push_back(*program.choices[choice].activity);
  std::vector<Slot> needed = program.neededBy(roots);

  steps.resize(order.size());
  for (auto [index, choice] : llvm::enumerate(order)) {
    steps[index].choice = choice;
    steps[index].activity = program.choices[choice].activity;
  }
  fixed.assign(program.instructions.size(), 0);
  auto fixedValue = [&](Slot slot) { return fixed[slot]; };
  // The last step before which a slot is read: later than it becomes known, it
  // has to be remembered.
  std::vector<uint32_t> lastRead(program.instructions.size(), 0);
  for (Slot slot : needed) {
    const Instruction &instruction = program.instructions[slot];
    if (known[slot] == 0)
      fixed[slot] = evaluateInstruction(program, instruction, fixedValue);
    else if (instruction.opcode == Opcode::Choice)
      steps[known[slot] - 1].choiceSlots.push_back(slot);
    else
      steps[known[slot] - 1].slots.push_back(slot);
    for (Slot operand : program.operandsOf(slot))
      lastRead[operand] = std::max(lastRead[operand], known[slot]);
  }
  for (auto [index, step] : llvm::enumerate(steps))
    if (step.activity)
      lastRead[*step.activity] =
          std::max<uint32_t>(lastRead[*step.activity], index + 1);
  for (Slot slot : needed)
    for (uint32_t after = known[slot];
         known[slot] > 0 && after < lastRead[slot]; ++after)
      steps[after - 1].remembered.push_back(slot);

  for (const Condition &condition : problem.conditions) {
    if (known[condition.slot] > 0)
      steps[known[condition.slot] - 1].conditions.push_back(condition);
    else if (!condition.bounds.contains(fixed[condition.slot]))
      isContradiction = true;
  }
  auto planSums = [&](const std::vector<SumLimit> &sums,
                      std::vector<int64_t> &base,
                      std::vector<Step::Term> Step::*terms) {
    base.assign(sums.size(), 0);
    for (auto [number, sum] : llvm::enumerate(sums))
      for (auto [slot, factor] : sum.terms) {
        if (known[slot] == 0)
          base[number] += factor * fixed[slot];
        else
          (steps[known[slot] - 1].*terms)
              .push_back({static_cast<unsigned>(number), slot, factor});
      }
  };
  planSums(problem.shortSums, shortBase, &Step::shortTerms);
  planSums(problem.longSums, longBase, &Step::longTerms);

  // From the last step to the first: what is still to come of each short sum.
  std::vector<Range> rest(problem.shortSums.size(), Range::constant(0));
  std::vector<bool> isOpen(problem.shortSums.size(), false);
  for (Step &step : llvm::reverse(steps)) {
    for (unsigned sum = 0; sum < rest.size(); ++sum)
      if (isOpen[sum])
        step.openSums.push_back(sum);
    step.rest = rest;
    for (const Step::Term &term : step.shortTerms) {
      isOpen[term.sum] = true;
      rest[term.sum] =
          add(rest[term.sum], multiply(Range::constant(term.factor),
                                       valueSets.ranges[term.slot]));
    }
  }
}

std::optional<StateDiagram> Builder::run() {
  StateDiagram diagram;
  diagram.numSums = problem.longSums.size();
  for (auto [sum, base] : llvm::zip(problem.longSums, longBase)) {
    Range bounds = sum.bounds;
    if (bounds.lower != Range::kMinimum)
      bounds.lower -= base;
    if (bounds.upper != Range::kMaximum)
      bounds.upper -= base;
    diagram.sumBounds.push_back(bounds);
  }
  if (isContradiction) {
    diagram.isEmpty = true;
    return diagram;
  }

  std::vector<int64_t> values = fixed;
  auto valueOf = [&](Slot slot) { return values[slot]; };
  // A row is the remembered slots of the step before and its open sums; the
  // root's row is its sums, all of them.
  std::vector<Slot> remembered;
  std::vector<unsigned> openSums(problem.shortSums.size());
  for (unsigned sum = 0; sum < openSums.size(); ++sum)
    openSums[sum] = sum;
  RowTable present(std::max<size_t>(1, openSums.size()));
  std::vector<int64_t> row = shortBase;
  row.resize(std::max<size_t>(1, row.size()));
  present.insert(row.data());
  std::vector<int64_t> sums(problem.shortSums.size());
  std::vector<int64_t> newSums(sums.size());
  std::vector<int64_t> costs(diagram.numSums);
  size_t bytes = 0;

  for (const Step &step : steps) {
    DiagramLevel level;
    level.choice = step.choice;
    const ProgramChoice &choice = program.choices[step.choice];
    const llvm::BitVector &domain = problem.domains[step.choice];
    size_t width = step.remembered.size() + step.openSums.size();
    RowTable next(std::max<size_t>(1, width));
    row.assign(std::max<size_t>(1, width), 0);

    auto tryPosition = [&](uint16_t position, bool active) {
      for (Slot slot : step.choiceSlots)
        values[slot] = choice.values[position];
      for (Slot slot : step.slots)
        values[slot] =
            evaluateInstruction(program, program.instructions[slot], valueOf);
      for (const Condition &condition : step.conditions)
        if (!condition.bounds.contains(values[condition.slot]))
          return;
      newSums = sums;
      for (const Step::Term &term : step.shortTerms)
        if (newSums[term.sum] != satisfied)
          newSums[term.sum] += term.factor * values[term.slot];
      for (unsigned sum = 0; sum < newSums.size(); ++sum) {
        if (newSums[sum] == satisfied)
          continue;
        Range bounds = problem.shortSums[sum].bounds;
        Range total = add(Range::constant(newSums[sum]), step.rest[sum]);
        if (total.upper < bounds.lower || bounds.upper < total.lower)
          return;
        if (bounds.contains(total))
          newSums[sum] = satisfied;
      }
      size_t index = 0;
      for (Slot slot : step.remembered)
        row[index++] = values[slot];
      for (unsigned sum : step.openSums)
        row[index++] = newSums[sum];
      std::fill(costs.begin(), costs.end(), 0);
      for (const Step::Term &term : step.longTerms)
        costs[term.sum] += term.factor * values[term.slot];
      level.targets.push_back(next.insert(row.data()));
      level.positions.push_back(position);
      level.active.push_back(active);
      llvm::append_range(level.costs, costs);
    };

    for (uint32_t node = 0; node < present.size(); ++node) {
      if ((node & 1023) == 0 &&
          (budget.isOver() || bytes + next.bytes() + level.costs.size() * 8 +
                                      level.targets.size() * 7 >
                                  budget.memory))
        return std::nullopt;
      level.firstEdge.push_back(level.targets.size());
      const int64_t *state = present.row(node);
      for (Slot slot : remembered)
        values[slot] = *state++;
      std::fill(sums.begin(), sums.end(), satisfied);
      for (unsigned sum : openSums)
        sums[sum] = *state++;
      if (step.activity && values[*step.activity] == 0) {
        tryPosition(0, /*active=*/false);
        continue;
      }
      for (unsigned position : domain.set_bits())
        tryPosition(position, /*active=*/true);
    }
    level.firstEdge.push_back(level.targets.size());
    bytes += level.costs.size() * 8 + level.targets.size() * 7 +
             level.firstEdge.size() * 4;
    diagram.levels.push_back(std::move(level));
    present = std::move(next);
    remembered = step.remembered;
    openSums = step.openSums;
  }
  return diagram;
}

} // namespace

/// From the leaf up: drops edges to nodes without a path to the leaf, and
/// merges nodes of one level whose edges agree. Every node was reached from the
/// root when it was made, and what leads to a node that stays, stays.
void StateDiagram::reduce() {
  // Of each node of the next level, its number after the reduction.
  constexpr uint32_t dead = ~0u;
  std::vector<uint32_t> numbers = {0};
  for (DiagramLevel &level : llvm::reverse(levels)) {
    DiagramLevel reduced;
    reduced.choice = level.choice;
    reduced.firstEdge.push_back(0);
    std::vector<uint32_t> newNumbers(level.numNodes(), dead);
    // Chains of nodes with equal hash.
    llvm::DenseMap<uint64_t, llvm::SmallVector<uint32_t, 1>> known;
    for (uint32_t node = 0; node < level.numNodes(); ++node) {
      uint32_t begin = reduced.targets.size();
      for (uint32_t edge = level.firstEdge[node];
           edge < level.firstEdge[node + 1]; ++edge) {
        uint32_t target = numbers[level.targets[edge]];
        if (target == dead)
          continue;
        reduced.targets.push_back(target);
        reduced.positions.push_back(level.positions[edge]);
        reduced.active.push_back(level.active[edge]);
        for (unsigned sum = 0; sum < numSums; ++sum)
          reduced.costs.push_back(level.costs[edge * numSums + sum]);
      }
      uint32_t end = reduced.targets.size();
      if (begin == end)
        continue;
      uint64_t hash = llvm::hash_combine(
          llvm::hash_combine_range(reduced.targets.begin() + begin,
                                   reduced.targets.end()),
          llvm::hash_combine_range(reduced.positions.begin() + begin,
                                   reduced.positions.end()),
          llvm::hash_combine_range(reduced.costs.begin() + begin * numSums,
                                   reduced.costs.end()));
      // The two largest numbers are the map's own.
      auto &candidates = known[hash >> 2];
      auto isSame = [&](uint32_t other) {
        uint32_t first = reduced.firstEdge[other];
        uint32_t last = reduced.firstEdge[other + 1];
        auto same = [&](auto &column, size_t times) {
          return std::equal(
              column.begin() + first * times, column.begin() + last * times,
              column.begin() + begin * times, column.begin() + end * times);
        };
        return same(reduced.targets, 1) && same(reduced.positions, 1) &&
               same(reduced.active, 1) && same(reduced.costs, numSums);
      };
      const uint32_t *found = llvm::find_if(candidates, isSame);
      if (found != candidates.end()) {
        newNumbers[node] = *found;
        reduced.targets.resize(begin);
        reduced.positions.resize(begin);
        reduced.active.resize(begin);
        reduced.costs.resize(begin * numSums);
        continue;
      }
      newNumbers[node] = reduced.numNodes();
      candidates.push_back(newNumbers[node]);
      reduced.firstEdge.push_back(end);
    }
    level = std::move(reduced);
    numbers = std::move(newNumbers);
  }
  isEmpty = isEmpty || numbers.empty() || numbers[0] == dead;
}

std::optional<StateDiagram>
StateDiagram::build(const FeasibilityProblem &problem, const ValueSets &values,
                    llvm::ArrayRef<uint32_t> order, const Budget &budget) {
  std::optional<StateDiagram> diagram =
      Builder(problem, values, order, budget).run();
  if (diagram)
    diagram->reduce();
  return diagram;
}
