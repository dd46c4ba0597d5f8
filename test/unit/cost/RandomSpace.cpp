//===- RandomSpace.cpp - Spaces with limits of every kind, at random ------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/Interpreter.h"
#include "test/unit/cost/CostTestSupport.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>
#include <set>

using namespace nasc;
using namespace nasc::cost;

namespace {

constexpr int64_t largest = int64_t(1) << 62;
constexpr int64_t largestNegative = 9'000'000'000'000'000;

/// What a round of a network, a parameter or a branch brings: choices that are
/// active together.
struct Item {
  /// One where it exists; none where it always does.
  std::optional<Slot> active;
  /// The choices, as one sees them also where they are inactive.
  std::vector<Slot> values;
};

class SpaceGenerator {
public:
  SpaceGenerator(uint64_t seed, const RandomSpaceOptions &options)
      : random(seed), left(std::max<uint64_t>(options.assignments, 1)) {}

  CostProgram generate();

private:
  uint64_t below(uint64_t bound) { return random() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <typename T> const T &anyOf(const std::vector<T> &from) {
    return from[below(from.size())];
  }

  // Instructions. What could exceed 2^62, or fall below -9·10^15, is left out:
  // twice that still fits, and MLIR does not read all that are smaller.
  Slot constant(int64_t value);
  std::optional<Slot> tryBinary(Opcode opcode, Slot a, Slot b);
  /// `a` itself where the result could be too large.
  Slot binary(Opcode opcode, Slot a, Slot b) {
    return tryBinary(opcode, a, b).value_or(a);
  }
  Slot compare(Comparison comparison, Slot a, Slot b);
  Slot select(Slot condition, Slot a, Slot b);
  Slot lookup(Slot a, Slot b);
  Range rangeOf(Slot slot) const { return program.instructions[slot].range; }

  // Each of these is written in one of several ways that mean the same.
  Slot conjunction(Slot a, Slot b);
  Slot disjunction(Slot a, Slot b);
  Slot negation(Slot a);
  Slot implication(Slot a, Slot b);
  Slot whereActive(std::optional<Slot> active, Slot value);

  Comparison anyComparison() { return static_cast<Comparison>(below(6)); }
  Slot anyValue() { return anyOf(anyOf(items).values); }
  Slot anyTruth();

  std::vector<int64_t> drawDomain(unsigned size);
  Slot addChoice(std::optional<Slot> active);
  void addParameters();
  void addRounds(std::optional<Slot> under);
  void addBranches(std::optional<Slot> under, unsigned depth);
  void addTable();

  Slot costOf(const Item &item, unsigned shape, Slot previous);
  void addQuantities();
  void addDerived();
  void addLimits();
  Slot drawLimit();
  Slot bounded(unsigned quantity);
  int64_t sampled(unsigned quantity);
  void shuffleChoices();

  std::mt19937_64 random;
  /// How many times more assignments there may be.
  uint64_t left;
  CostProgram program;
  std::map<int64_t, Slot> constants;
  std::vector<Item> items;
  std::vector<Slot> truths;
  /// What limits speak of, and for each some of the values that it has.
  std::vector<Slot> quantities;
  std::vector<std::vector<int64_t>> samples;
  /// Numbers near the ends of 64 bits; two values at most.
  bool big = false, narrow = false;
};

} // namespace

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

Slot SpaceGenerator::constant(int64_t value) {
  auto [entry, inserted] = constants.try_emplace(value, 0);
  if (inserted) {
    Instruction instruction;
    instruction.constant = value;
    entry->second = program.append(instruction);
  }
  return entry->second;
}

std::optional<Slot> SpaceGenerator::tryBinary(Opcode opcode, Slot a, Slot b) {
  Instruction instruction;
  instruction.opcode = opcode;
  instruction.operands[0] = a;
  instruction.operands[1] = b;
  cost::Range range = inferRange(program, instruction,
                                 [&](Slot slot) { return rangeOf(slot); });
  if (range.lower < -largestNegative || range.upper > largest)
    return std::nullopt;
  return program.append(instruction);
}

Slot SpaceGenerator::compare(Comparison comparison, Slot a, Slot b) {
  Instruction instruction;
  instruction.opcode = Opcode::Compare;
  instruction.comparison = comparison;
  instruction.operands[0] = a;
  instruction.operands[1] = b;
  return program.append(instruction);
}

Slot SpaceGenerator::select(Slot condition, Slot a, Slot b) {
  Instruction instruction;
  instruction.opcode = Opcode::Select;
  instruction.operands[0] = condition;
  instruction.operands[1] = a;
  instruction.operands[2] = b;
  return program.append(instruction);
}

Slot SpaceGenerator::lookup(Slot a, Slot b) {
  Instruction instruction;
  instruction.opcode = Opcode::Lookup;
  instruction.index = program.lookups.size();
  program.lookups.push_back({0, {a, b}, constant(below(500))});
  return program.append(instruction);
}

Slot SpaceGenerator::conjunction(Slot a, Slot b) {
  switch (below(3)) {
  case 0:
    return binary(Opcode::Min, a, b);
  case 1:
    return binary(Opcode::Mul, a, b);
  default:
    return select(a, b, constant(0));
  }
}

Slot SpaceGenerator::disjunction(Slot a, Slot b) {
  switch (below(3)) {
  case 0:
    return binary(Opcode::Max, a, b);
  case 1:
    return compare(Comparison::GreaterOrEqual, binary(Opcode::Add, a, b),
                   constant(1));
  default:
    return select(a, constant(1), b);
  }
}

Slot SpaceGenerator::negation(Slot a) {
  return chance(50) ? binary(Opcode::Sub, constant(1), a)
                    : compare(Comparison::Equal, a, constant(0));
}

Slot SpaceGenerator::implication(Slot a, Slot b) {
  return chance(50) ? compare(Comparison::LessOrEqual, a, b)
                    : disjunction(negation(a), b);
}

Slot SpaceGenerator::whereActive(std::optional<Slot> active, Slot value) {
  if (!active)
    return value;
  if (chance(30))
    return binary(Opcode::Mul, value, *active);
  return select(*active, value, constant(0));
}

Slot SpaceGenerator::anyTruth() {
  if (truths.empty() || chance(30)) {
    Slot value = anyValue();
    Slot other =
        chance(70)
            ? constant(rangeOf(value).lower +
                       static_cast<int64_t>(below(
                           1 + static_cast<uint64_t>(rangeOf(value).upper -
                                                     rangeOf(value).lower))))
            : anyValue();
    truths.push_back(compare(anyComparison(), value, other));
    return truths.back();
  }
  if (chance(25)) {
    Slot a = anyOf(truths), b = anyOf(truths);
    switch (below(4)) {
    case 0:
      truths.push_back(conjunction(a, b));
      break;
    case 1:
      truths.push_back(disjunction(a, b));
      break;
    case 2:
      truths.push_back(negation(a));
      break;
    case 3:
      truths.push_back(implication(a, b));
      break;
    }
    return truths.back();
  }
  return anyOf(truths);
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

std::vector<int64_t> SpaceGenerator::drawDomain(unsigned size) {
  std::set<int64_t> domain;
  unsigned kind = big && chance(60) ? 5 + below(2) : below(5);
  int64_t first = below(4), step = 1 + below(9);
  while (domain.size() < size) {
    int64_t index = domain.size();
    switch (kind) {
    case 0:
      domain.insert(first + index);
      break;
    case 1:
      domain.insert(first + index * step);
      break;
    case 2:
      domain.insert(static_cast<int64_t>(below(24)) - 8);
      break;
    case 3:
      domain.insert(below(1000));
      break;
    case 4:
      domain.insert(8 * (index + 1));
      break;
    case 5:
      domain.insert((1 + below(9)) * 1'000'000'000'000 + below(3));
      break;
    case 6:
      domain.insert(chance(50)
                        ? largest - static_cast<int64_t>(below(100))
                        : static_cast<int64_t>(below(100)) - largestNegative);
      break;
    }
  }
  std::vector<int64_t> values(domain.begin(), domain.end());
  if (chance(25))
    std::shuffle(values.begin(), values.end(), random);
  return values;
}

Slot SpaceGenerator::addChoice(std::optional<Slot> active) {
  unsigned size = chance(10) ? 1 : narrow ? 2 : 2 + below(chance(15) ? 9 : 3);
  size = std::min<uint64_t>(size, left);
  left /= size;
  ProgramChoice choice;
  choice.name = "c" + std::to_string(program.choices.size());
  choice.values = drawDomain(size);
  choice.activity = active;
  int64_t first = choice.values.front();
  program.choices.push_back(std::move(choice));
  Instruction instruction;
  instruction.opcode = Opcode::Choice;
  instruction.index = program.choices.size() - 1;
  Slot value = program.append(instruction);
  if (!active)
    return value;
  // As the language has it: the first value where the choice is inactive. Any
  // other number is as good.
  switch (below(4)) {
  case 0:
    return binary(Opcode::Mul, value, *active);
  case 1:
    return select(*active, value, constant(-1));
  default:
    return select(*active, value, constant(first));
  }
}

void SpaceGenerator::addParameters() {
  for (unsigned count = 1 + below(5); count && left > 1; --count)
    items.push_back({std::nullopt, {addChoice(std::nullopt)}});
}

/// A depth and rounds up to it.
void SpaceGenerator::addRounds(std::optional<Slot> under) {
  if (left < 4)
    return;
  unsigned least = below(3), range = 1 + below(3);
  uint64_t size = std::min<uint64_t>(range + 1, left);
  left /= size;
  ProgramChoice choice;
  choice.name = "depth" + std::to_string(program.choices.size());
  for (unsigned value = 0; value < size; ++value)
    choice.values.push_back(least + value);
  choice.activity = under;
  program.choices.push_back(choice);
  Instruction instruction;
  instruction.opcode = Opcode::Choice;
  instruction.index = program.choices.size() - 1;
  Slot depth = program.append(instruction);
  Slot seen = under ? select(*under, depth, constant(least)) : depth;
  items.push_back({under, {seen}});
  unsigned perRound = 1 + below(2);
  for (unsigned round = 1; round < least + size; ++round) {
    std::optional<Slot> active = under;
    // The rounds that every depth has may know that, or not.
    if (round > least || chance(30)) {
      Slot reached =
          compare(Comparison::GreaterOrEqual, depth, constant(round));
      active = under ? conjunction(*under, reached) : reached;
    }
    Item item = {active, {}};
    for (unsigned count = 0; count < perRound; ++count)
      item.values.push_back(addChoice(active));
    items.push_back(item);
    if (active)
      truths.push_back(*active);
  }
}

/// A choice, and others that exist under some of its values, and so on.
void SpaceGenerator::addBranches(std::optional<Slot> under, unsigned depth) {
  if (left < 2)
    return;
  Slot value = addChoice(under);
  std::vector<int64_t> domain = program.choices.back().values;
  items.push_back({under, {value}});
  if (depth == 0)
    return;
  for (unsigned count = 1 + below(2); count; --count) {
    Slot holds = compare(anyComparison(), value, constant(anyOf(domain)));
    if (chance(10))
      holds = compare(Comparison::Greater, value,
                      constant(*llvm::max_element(domain)));
    else if (chance(15))
      holds = anyTruth();
    Slot active = under ? conjunction(*under, holds) : holds;
    truths.push_back(active);
    if (chance(25))
      addRounds(active);
    else
      addBranches(active, depth - 1);
  }
}

void SpaceGenerator::addTable() {
  ProgramTable table;
  table.name = "measured";
  table.keys = {"a", "b"};
  std::set<std::vector<int64_t>> rows;
  while (rows.size() < 40)
    rows.insert(
        {static_cast<int64_t>(below(12)), static_cast<int64_t>(below(12))});
  table.rows.assign(rows.begin(), rows.end());
  for (size_t row = 0; row < table.rows.size(); ++row)
    table.values.push_back(below(1000));
  program.tables.push_back(std::move(table));
}

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

/// What an item costs by a metric of that shape; `previous` is the last value
/// of an item before it.
Slot SpaceGenerator::costOf(const Item &item, unsigned shape, Slot previous) {
  Slot first = item.values.front(), last = item.values.back();
  switch (shape) {
  case 0:
    return first;
  case 1:
    return binary(Opcode::Mul, first, last);
  case 2:
    return binary(Opcode::Mul, binary(Opcode::Mul, last, previous),
                  constant(1 + below(40)));
  case 3:
    return binary(Opcode::Mul,
                  binary(Opcode::CeilDiv,
                         binary(Opcode::Add, binary(Opcode::Mul, first, last),
                                constant(below(30))),
                         constant(16)),
                  constant(16));
  case 4:
    return lookup(first, last);
  case 5:
    return binary(Opcode::Mul, last, constant(100000 + below(1000000)));
  case 6:
    return constant(1 + below(100));
  case 7:
    return select(compare(anyComparison(), first, previous),
                  binary(Opcode::Add, first, last), constant(below(50)));
  case 8:
    return binary(Opcode::Mod, last, constant(2 + below(9)));
  default:
    return binary(Opcode::Max, first, previous);
  }
}

void SpaceGenerator::addQuantities() {
  for (unsigned count = 1 + below(4); count; --count) {
    unsigned shape = below(10);
    Opcode combine = chance(65)   ? Opcode::Add
                     : chance(70) ? Opcode::Max
                                  : Opcode::Min;
    std::optional<Slot> total;
    Slot previous = constant(3 + below(14));
    for (const Item &item : items) {
      if (chance(10))
        continue;
      unsigned itsShape = chance(80) ? shape : below(10);
      Slot cost = costOf(item, itsShape, previous);
      if (combine == Opcode::Min && item.active)
        cost = select(*item.active, cost, constant(100000));
      else
        cost = whereActive(item.active, cost);
      total = total ? binary(combine, *total, cost) : cost;
      // What the next item reads: the last one that exists.
      if (chance(60))
        previous = item.active
                       ? select(*item.active, item.values.back(), previous)
                       : item.values.back();
    }
    if (total)
      quantities.push_back(*total);
  }
  // How often something holds, as `count` has it.
  Slot howOften = constant(0);
  for (const Item &item : items) {
    Slot is = compare(anyComparison(), item.values.back(), anyValue());
    howOften = binary(Opcode::Add, howOften,
                      item.active ? conjunction(*item.active, is) : is);
  }
  quantities.push_back(howOften);
  Slot product = binary(Opcode::Mul, anyValue(), anyValue());
  quantities.push_back(chance(50) ? product
                                  : binary(Opcode::Mul, product, anyValue()));
  quantities.push_back(binary(Opcode::Add, product,
                              binary(Opcode::Mul, anyValue(), anyValue())));
}

/// Quantities of quantities: rounded, compared, chosen between, looked up.
void SpaceGenerator::addDerived() {
  for (unsigned count = below(6); count; --count) {
    Slot a = anyOf(quantities), b = anyOf(quantities), result = a;
    Slot positive = binary(Opcode::Max, anyValue(), constant(1));
    switch (below(13)) {
    case 0:
      result = binary(Opcode::CeilDiv, a, constant(1 + below(64)));
      break;
    case 1:
      result = binary(Opcode::FloorDiv, a, constant(1 + below(64)));
      break;
    case 2:
      result = binary(Opcode::Mod, a, constant(2 + below(9)));
      break;
    case 3:
      result = binary(Opcode::Sub, a, b);
      break;
    case 4:
      result = binary(Opcode::Max, binary(Opcode::Sub, a, b),
                      binary(Opcode::Sub, b, a));
      break;
    case 5:
      result = binary(Opcode::FloorDiv, binary(Opcode::Max, a, b),
                      constant(1 + below(8)));
      break;
    case 6:
      result = binary(Opcode::Min, a, b);
      break;
    case 7:
      result = select(anyTruth(), a, b);
      break;
    case 8:
      result = binary(Opcode::FloorDiv, a, positive);
      break;
    case 9:
      result = binary(Opcode::Mod, a, positive);
      break;
    case 10:
      result = binary(Opcode::Mul, a, b);
      break;
    case 11:
      result = lookup(binary(Opcode::FloorDiv, a, constant(1 + below(64))),
                      anyValue());
      break;
    case 12:
      result = binary(Opcode::Add, a, binary(Opcode::Mul, b, constant(3)));
      break;
    }
    quantities.push_back(result);
  }
}

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

/// A value of the quantity: of all, about `percent` are smaller.
int64_t SpaceGenerator::sampled(unsigned quantity) {
  static const unsigned percents[] = {0, 2, 10, 25, 40, 50, 60, 75, 90, 100};
  const std::vector<int64_t> &sorted = samples[quantity];
  return sorted[percents[below(10)] * (sorted.size() - 1) / 100];
}

Slot SpaceGenerator::bounded(unsigned quantity) {
  Slot value = quantities[quantity];
  int64_t bound = sampled(quantity);
  switch (below(12)) {
  case 0:
    return compare(Comparison::GreaterOrEqual, value, constant(bound));
  case 1:
    return compare(Comparison::Equal, value, constant(bound));
  case 2:
    return compare(Comparison::NotEqual, value, constant(bound));
  case 3:
    return compare(Comparison::Less, value, constant(bound));
  case 4:
    return compare(Comparison::Greater, constant(bound), value);
  case 5: {
    int64_t other = sampled(quantity);
    return conjunction(compare(Comparison::LessOrEqual, value,
                               constant(std::max(bound, other))),
                       compare(Comparison::GreaterOrEqual, value,
                               constant(std::min(bound, other))));
  }
  default:
    return compare(Comparison::LessOrEqual, value, constant(bound));
  }
}

Slot SpaceGenerator::drawLimit() {
  unsigned any = below(quantities.size());
  switch (below(16)) {
  case 0:
    return disjunction(bounded(any), anyTruth());
  case 1:
    return implication(anyTruth(), bounded(any));
  case 2:
    return disjunction(bounded(any), bounded(below(quantities.size())));
  case 3:
    return compare(anyComparison(), quantities[any], anyOf(quantities));
  case 4:
    return compare(Comparison::NotEqual, bounded(any), anyTruth());
  case 5:
    return anyTruth();
  case 6: {
    // Neighbours, where both exist.
    Slot all = constant(1);
    Comparison comparison =
        chance(50) ? Comparison::LessOrEqual : Comparison::NotEqual;
    for (size_t index = 1; index < items.size(); ++index) {
      const Item &before = items[index - 1], &item = items[index];
      if (before.values.size() != item.values.size())
        continue;
      Slot holds =
          compare(comparison, before.values.back(), item.values.back());
      for (std::optional<Slot> active : {before.active, item.active})
        if (active)
          holds = implication(*active, holds);
      all = conjunction(all, holds);
    }
    return all;
  }
  case 7: {
    Slot exists = constant(0);
    for (const Item &item : items) {
      Slot is = compare(anyComparison(), item.values.front(), anyValue());
      exists =
          disjunction(exists, item.active ? conjunction(*item.active, is) : is);
    }
    return exists;
  }
  case 8:
    return compare(Comparison::Equal,
                   binary(Opcode::Mod, quantities[any], constant(2 + below(4))),
                   constant(below(2)));
  default:
    return bounded(any);
  }
}

void SpaceGenerator::addLimits() {
  samples.resize(quantities.size());
  Interpreter interpreter(program, quantities);
  for (unsigned sample = 0; sample < 200; ++sample) {
    interpreter.run(randomPositions(program, random));
    for (size_t quantity = 0; quantity < quantities.size(); ++quantity)
      samples[quantity].push_back(interpreter.getValue(quantities[quantity]));
  }
  for (std::vector<int64_t> &values : samples)
    llvm::sort(values);
  auto add = [&](Slot holds) {
    ProgramLimit limit;
    limit.text = "limit " + std::to_string(program.limits.size());
    limit.holds = holds;
    limit.implied = chance(10);
    program.limits.push_back(limit);
  };
  // One, two or three sums at once are what limits mostly are.
  if (chance(60))
    for (unsigned count = 1 + below(3); count; --count) {
      unsigned quantity =
          below(chance(60) ? std::min<size_t>(quantities.size(), 3)
                           : quantities.size());
      add(compare(Comparison::LessOrEqual, quantities[quantity],
                  constant(sampled(quantity))));
    }
  for (unsigned count = below(4); count; --count)
    add(drawLimit());
}

/// The order of choices means nothing.
void SpaceGenerator::shuffleChoices() {
  std::vector<uint32_t> order(program.choices.size()), place(order.size());
  for (uint32_t index = 0; index < order.size(); ++index)
    order[index] = index;
  std::shuffle(order.begin(), order.end(), random);
  std::vector<ProgramChoice> shuffled;
  for (uint32_t index = 0; index < order.size(); ++index) {
    place[order[index]] = index;
    shuffled.push_back(program.choices[order[index]]);
  }
  program.choices = std::move(shuffled);
  for (Instruction &instruction : program.instructions)
    if (instruction.opcode == Opcode::Choice)
      instruction.index = place[instruction.index];
}

CostProgram SpaceGenerator::generate() {
  program.name = "random";
  big = chance(12);
  narrow = chance(30);
  addTable();
  for (unsigned parts = 1 + below(narrow ? 7 : 4); parts; --parts)
    switch (below(4)) {
    case 0:
      addParameters();
      break;
    case 1:
      addBranches(std::nullopt, 1 + below(3));
      break;
    default:
      addRounds(std::nullopt);
      break;
    }
  // A space of a single architecture is one, too.
  if (items.empty())
    items.push_back({std::nullopt, {addChoice(std::nullopt)}});
  addQuantities();
  addDerived();
  for (auto [index, quantity] : llvm::enumerate(quantities))
    program.metrics.push_back({"m" + std::to_string(index), "", quantity});
  addLimits();
  if (chance(30))
    shuffleChoices();
  return std::move(program);
}

CostProgram cost::randomSpace(uint64_t seed,
                              const RandomSpaceOptions &options) {
  return SpaceGenerator(seed, options).generate();
}
