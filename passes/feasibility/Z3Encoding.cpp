//===- Z3Encoding.cpp - Cost programs as formulas of Z3 -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Z3Encoding.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <functional>
#include <numeric>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::feasibility;

/// Bits of a signed bit-vector that holds the range.
static unsigned signedWidth(Range range) {
  unsigned width = 1;
  auto fits = [&](int64_t value) {
    return width >= 64 || (value >= -(int64_t(1) << (width - 1)) &&
                           value < (int64_t(1) << (width - 1)));
  };
  while (!fits(range.lower) || !fits(range.upper))
    ++width;
  return width;
}

static unsigned unsignedWidth(uint64_t maximum) {
  return std::max(1u, 64 - unsigned(llvm::countl_zero(maximum)));
}

static std::vector<Slot> withActivities(const CostProgram &program,
                                        llvm::ArrayRef<Slot> roots) {
  std::vector<Slot> all = roots.vec();
  for (const ProgramChoice &choice : program.choices)
    if (choice.activity)
      all.push_back(*choice.activity);
  return all;
}

/// Inactive choices are at position zero, whatever their domain.
static ChoiceDomains withPinned(const CostProgram &program,
                                const ChoiceDomains &domains) {
  ChoiceDomains result = domains;
  for (auto [choice, domain] : llvm::zip(program.choices, result))
    if (choice.activity || domain.none())
      domain.set(0);
  return result;
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

Z3Encoding::Z3Encoding(const CostProgram &program, llvm::ArrayRef<Slot> roots,
                       const ChoiceDomains &domains, z3::solver &solver,
                       size_t maximumTable)
    : program(program), solver(solver), context(solver.ctx()),
      evaluator(program, withActivities(program, roots), maximumTable),
      tables(evaluator.getTables()),
      bounds(evaluator.evaluate(withPinned(program, domains))),
      pinned(withPinned(program, domains)), positions(program.choices.size()) {
  // Ranges of values that only have tables, for the terms made of them.
  for (Slot slot : tables.getSlots())
    if (bounds.slots[slot] == Range())
      bounds.slots[slot] = program.instructions[slot].range;
  for (auto [index, choice] : llvm::enumerate(program.choices)) {
    if (!choice.activity) {
      actives.push_back(name(boolean(true), "active"));
      continue;
    }
    z3::expr active = name(truth(*choice.activity), "active");
    actives.push_back(active);
    solver.add(active || isAt(index, 0));
    if (!domains[index].test(0))
      solver.add(!active || !isAt(index, 0));
  }
}

const std::vector<z3::expr> &Z3Encoding::termsOf(uint32_t choice) const {
  std::vector<z3::expr> &terms = positions[choice];
  if (!terms.empty())
    return terms;
  const llvm::BitVector &domain = pinned[choice];
  size_t size = program.choices[choice].values.size();
  std::string prefix = "at" + std::to_string(choice) + "_";
  if (size == 2) {
    z3::expr second = context.bool_const((prefix + "1").c_str());
    terms = {!second, second};
  } else {
    z3::expr_vector all(context);
    for (size_t position = 0; position < size; ++position) {
      terms.push_back(
          context.bool_const((prefix + std::to_string(position)).c_str()));
      all.push_back(terms.back());
    }
    solver.add(z3::mk_or(all));
    if (size <= 16) {
      for (size_t a = 0; a < size; ++a)
        for (size_t b = a + 1; b < size; ++b)
          solver.add(!terms[a] || !terms[b]);
    } else {
      solver.add(z3::atmost(all, 1));
    }
  }
  for (size_t position = 0; position < size; ++position)
    if (!domain.test(position))
      solver.add(!terms[position]);
  return terms;
}

z3::expr Z3Encoding::isAt(uint32_t choice, uint32_t position) const {
  return termsOf(choice)[position];
}

z3::expr Z3Encoding::fresh(const std::string &prefix, unsigned width) {
  std::string name = prefix + "!" + std::to_string(numFresh++);
  return width == 0 ? context.bool_const(name.c_str())
                    : context.bv_const(name.c_str(), width);
}

z3::expr Z3Encoding::name(const z3::expr &term, const std::string &prefix) {
  z3::expr constant = fresh(prefix, 0);
  solver.add(constant == term);
  return constant;
}

Architecture Z3Encoding::architectureOf(const z3::model &model) const {
  Architecture result;
  result.positions.resize(program.choices.size());
  result.active.resize(program.choices.size());
  for (uint32_t choice = 0; choice < program.choices.size(); ++choice) {
    if (!model.eval(actives[choice], true).is_true())
      continue;
    result.active.set(choice);
    // Without terms, any position does.
    if (positions[choice].empty())
      result.positions[choice] = std::max(0, pinned[choice].find_first());
    for (size_t position = 0; position < positions[choice].size(); ++position)
      if (model.eval(positions[choice][position], true).is_true())
        result.positions[choice] = position;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

z3::expr Z3Encoding::variableIs(uint32_t variable, uint32_t position) {
  const TableVariable &described = tables.getVariables()[variable];
  if (described.isChoice)
    return isAt(described.index, position);
  auto key = std::make_pair(variable, position);
  auto known = variableTerms.find(key);
  if (known != variableTerms.end())
    return known->second;
  int64_t wanted = described.values[position];
  z3::expr term =
      name(diagram(*tables.getTable(described.index),
                   [&](int64_t value) { return boolean(value == wanted); }),
           "value");
  variableTerms.emplace(key, term);
  return term;
}

z3::expr Z3Encoding::variableIsOneOf(uint32_t variable,
                                     llvm::ArrayRef<uint32_t> wanted) {
  z3::expr_vector terms(context);
  for (uint32_t position : wanted)
    terms.push_back(variableIs(variable, position));
  return terms.size() == 1 ? terms[0] : z3::mk_or(terms);
}

/// The term of the group that holds. The choice is halved again and again: a
/// chain of thousands of terms takes Z3 minutes to free.
z3::expr Z3Encoding::selection(
    llvm::ArrayRef<Group> groups,
    llvm::function_ref<z3::expr(llvm::ArrayRef<uint32_t>)> isOneOf) {
  if (groups.size() == 1)
    return groups.front().term;
  const size_t half = groups.size() / 2;
  std::vector<uint32_t> wanted;
  for (const Group &group : groups.take_front(half))
    llvm::append_range(wanted, group.positions);
  return z3::ite(isOneOf(wanted), selection(groups.take_front(half), isOneOf),
                 selection(groups.drop_front(half), isOneOf));
}

/// The term of a table: nested if-then-else over its variables, `leaf` making
/// the terms of its entries. Equal parts are one term.
template <typename Leaf>
z3::expr Z3Encoding::diagram(const ValueTable &table, Leaf leaf) {
  std::map<int64_t, z3::expr> leaves;
  // Parts of the table at one depth, by their entries.
  std::vector<std::map<std::vector<int64_t>, z3::expr>> parts(
      table.variables.size());
  std::function<z3::expr(size_t, size_t, size_t)> build =
      [&](size_t depth, size_t first, size_t size) -> z3::expr {
    if (depth == table.variables.size()) {
      int64_t value = table.values[first];
      auto known = leaves.find(value);
      if (known == leaves.end())
        known = leaves.emplace(value, leaf(value)).first;
      return known->second;
    }
    std::vector<int64_t> entries(table.values.begin() + first,
                                 table.values.begin() + first + size);
    auto known = parts[depth].find(entries);
    if (known != parts[depth].end())
      return known->second;
    uint32_t variable = table.variables[depth];
    size_t count = tables.getVariables()[variable].values.size();
    size_t childSize = size / count;
    // Positions with the same part.
    std::vector<Group> groups;
    std::map<unsigned, size_t> groupOf;
    for (uint32_t position = 0; position < count; ++position) {
      z3::expr child =
          build(depth + 1, first + position * childSize, childSize);
      auto [known, isNew] = groupOf.try_emplace(child.id(), groups.size());
      if (isNew)
        groups.push_back({child, {}});
      groups[known->second].positions.push_back(position);
    }
    // The largest group needs no condition.
    auto largest = std::max_element(
        groups.begin(), groups.end(), [](const Group &a, const Group &b) {
          return a.positions.size() < b.positions.size();
        });
    std::iter_swap(largest, std::prev(groups.end()));
    z3::expr result =
        selection(groups, [&](llvm::ArrayRef<uint32_t> positions) {
          return variableIsOneOf(variable, positions);
        });
    parts[depth].emplace(std::move(entries), result);
    return result;
  };
  return build(0, 0, table.values.size());
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

z3::expr Z3Encoding::constant(__int128 value, unsigned width) const {
  return context.bv_val(static_cast<int64_t>(value), width);
}

z3::expr Z3Encoding::widened(const z3::expr &bits, unsigned width) const {
  unsigned present = bits.get_sort().bv_size();
  if (present < width)
    return z3::sext(bits, width - present);
  return present > width ? bits.extract(width - 1, 0) : bits;
}

z3::expr Z3Encoding::number(Slot slot) {
  auto known = numbers.find(slot);
  if (known != numbers.end())
    return known->second;
  z3::expr result = computeNumber(slot);
  numbers.emplace(slot, result);
  return result;
}

z3::expr Z3Encoding::computeNumber(Slot slot) {
  const Instruction &instruction = program.instructions[slot];
  Range range = rangeOf(slot);
  unsigned width = signedWidth(range);
  if (range.isConstant())
    return constant(range.lower, width);
  if (const ValueTable *table = tables.getTable(slot)) {
    // Entries that no architecture has may be beyond the bounds; any number
    // does for them.
    return diagram(*table, [&](int64_t value) {
      return constant(std::clamp(value, range.lower, range.upper), width);
    });
  }
  auto operand = [&](unsigned index) {
    return number(instruction.operands[index]);
  };
  auto operandRange = [&](unsigned index) {
    return rangeOf(instruction.operands[index]);
  };
  // Modulo 2^width is enough for sums, differences and products.
  auto arithmetic = [&](auto function) {
    return function(widened(operand(0), width), widened(operand(1), width));
  };
  auto common = [&](auto function) {
    unsigned both = std::max(
        {width, signedWidth(operandRange(0)), signedWidth(operandRange(1))});
    return widened(
        function(widened(operand(0), both), widened(operand(1), both)), width);
  };
  switch (instruction.opcode) {
  case Opcode::Constant:
    return constant(instruction.constant, width);
  case Opcode::Choice: {
    // A domain too large for a table.
    const std::vector<int64_t> &values =
        program.choices[instruction.index].values;
    std::vector<Group> groups;
    for (uint32_t position = 0; position < values.size(); ++position)
      if (position == 0 || range.contains(values[position]))
        groups.push_back({constant(values[position], width), {position}});
    // The first value stands for those that are out of range as well.
    std::iter_swap(groups.begin(), std::prev(groups.end()));
    return selection(groups, [&](llvm::ArrayRef<uint32_t> positions) {
      z3::expr_vector terms(context);
      for (uint32_t position : positions)
        terms.push_back(isAt(instruction.index, position));
      return z3::mk_or(terms);
    });
  }
  case Opcode::Add:
    return arithmetic([](z3::expr a, z3::expr b) { return a + b; });
  case Opcode::Sub:
    return arithmetic([](z3::expr a, z3::expr b) { return a - b; });
  case Opcode::Mul:
    return arithmetic([](z3::expr a, z3::expr b) { return a * b; });
  case Opcode::FloorDiv:
    return quotient(instruction.operands[0], instruction.operands[1],
                    /*up=*/false, range);
  case Opcode::CeilDiv:
    return quotient(instruction.operands[0], instruction.operands[1],
                    /*up=*/true, range);
  case Opcode::Mod: {
    z3::expr whole =
        quotient(instruction.operands[0], instruction.operands[1],
                 /*up=*/false, floorDivide(operandRange(0), operandRange(1)));
    return widened(operand(0), width) -
           widened(whole, width) * widened(operand(1), width);
  }
  case Opcode::Min:
    return common(
        [](z3::expr a, z3::expr b) { return z3::ite(z3::sle(a, b), a, b); });
  case Opcode::Max:
    return common(
        [](z3::expr a, z3::expr b) { return z3::ite(z3::sle(a, b), b, a); });
  case Opcode::Compare:
    return z3::ite(truth(slot), constant(1, width), constant(0, width));
  case Opcode::Select:
    return z3::ite(truth(instruction.operands[0]), widened(operand(1), width),
                   widened(operand(2), width));
  case Opcode::Lookup: {
    const ProgramLookup &lookup = program.lookups[instruction.index];
    const ProgramTable &table = program.tables[lookup.table];
    z3::expr result = widened(number(lookup.otherwise), width);
    for (auto [row, value] : llvm::zip(table.rows, table.values)) {
      z3::expr_vector equal(context);
      bool reachable = range.contains(value);
      for (auto [key, wanted] : llvm::zip(lookup.keys, row)) {
        reachable &= rangeOf(key).contains(wanted);
        if (reachable)
          equal.push_back(number(key) ==
                          constant(wanted, signedWidth(rangeOf(key))));
      }
      if (reachable)
        result = z3::ite(z3::mk_and(equal), constant(value, width), result);
    }
    return result;
  }
  }
  llvm_unreachable("unknown opcode");
}

z3::expr Z3Encoding::quotient(Slot a, Slot b, bool up, Range range) {
  Range product = multiply(range, rangeOf(b));
  // Wide enough for the product, and the product plus or minus the divisor.
  unsigned width = 2 + std::max({signedWidth(product), signedWidth(rangeOf(a)),
                                 signedWidth(rangeOf(b))});
  z3::expr result = fresh("quotient", signedWidth(range));
  z3::expr dividend = z3::sext(number(a), width - signedWidth(rangeOf(a)));
  z3::expr divisor = z3::sext(number(b), width - signedWidth(rangeOf(b)));
  z3::expr whole = widened(result, width) * divisor;
  if (up)
    solver.add(z3::sle(dividend, whole) && z3::slt(whole - divisor, dividend));
  else
    solver.add(z3::sle(whole, dividend) && z3::slt(dividend, whole + divisor));
  return result;
}

//===----------------------------------------------------------------------===//
// Truth values and comparisons
//===----------------------------------------------------------------------===//

z3::expr Z3Encoding::truth(Slot slot) {
  auto known = truths.find(slot);
  if (known != truths.end())
    return known->second;
  z3::expr result = computeTruth(slot);
  truths.emplace(slot, result);
  return result;
}

z3::expr Z3Encoding::computeTruth(Slot slot) {
  const Instruction &instruction = program.instructions[slot];
  Range range = rangeOf(slot);
  if (range.isConstant())
    return boolean(range.lower != 0);
  if (const ValueTable *table = tables.getTable(slot))
    return diagram(*table, [&](int64_t value) { return boolean(value != 0); });
  auto isTruth = [&](unsigned index) {
    return rangeOf(instruction.operands[index]).isBoolean();
  };
  auto operand = [&](unsigned index) {
    return truth(instruction.operands[index]);
  };
  switch (instruction.opcode) {
  case Opcode::Compare:
    return compare(instruction);
  case Opcode::Min:
  case Opcode::Mul:
    if (isTruth(0) && isTruth(1))
      return operand(0) && operand(1);
    break;
  case Opcode::Max:
    if (isTruth(0) && isTruth(1))
      return operand(0) || operand(1);
    break;
  case Opcode::Sub:
    if (rangeOf(instruction.operands[0]) == Range::constant(1) && isTruth(1))
      return !operand(1);
    break;
  case Opcode::Select:
    if (isTruth(1) && isTruth(2))
      return z3::ite(operand(0), operand(1), operand(2));
    break;
  default:
    break;
  }
  return number(slot) != constant(0, signedWidth(range));
}

z3::expr Z3Encoding::compare(const Instruction &instruction) {
  Slot a = instruction.operands[0], b = instruction.operands[1];
  Comparison comparison = instruction.comparison;
  if (rangeOf(a).isConstant()) {
    std::swap(a, b);
    comparison = exchanged(comparison);
  }
  // `difference <= shift`, or against a number directly.
  auto lessOrEqual = [&](Slot left, Slot right, int64_t shift) -> z3::expr {
    if (rangeOf(right).isConstant())
      return atMost(left, static_cast<__int128>(rangeOf(right).lower) + shift);
    Factors factors;
    __int128 constantPart = 0;
    if (collect(left, 1, factors, constantPart) &&
        collect(right, -1, factors, constantPart))
      if (auto sum = sumAtMost(factors, shift - constantPart))
        return *sum;
    unsigned width =
        1 + std::max(signedWidth(rangeOf(left)), signedWidth(rangeOf(right)));
    z3::expr leftBits = widened(number(left), width);
    z3::expr rightBits = widened(number(right), width);
    return shift == 0 ? z3::sle(leftBits, rightBits)
                      : z3::slt(leftBits, rightBits);
  };
  switch (comparison) {
  case Comparison::LessOrEqual:
    return lessOrEqual(a, b, 0);
  case Comparison::Less:
    return lessOrEqual(a, b, -1);
  case Comparison::Greater:
    return !lessOrEqual(a, b, 0);
  case Comparison::GreaterOrEqual:
    return !lessOrEqual(a, b, -1);
  case Comparison::Equal:
    return lessOrEqual(a, b, 0) && !lessOrEqual(a, b, -1);
  case Comparison::NotEqual:
    return !lessOrEqual(a, b, 0) || lessOrEqual(a, b, -1);
  }
  llvm_unreachable("unknown comparison");
}

z3::expr Z3Encoding::atMost(Slot slot, __int128 bound) {
  Range range = rangeOf(slot);
  if (bound >= range.upper)
    return boolean(true);
  if (bound < range.lower)
    return boolean(false);
  auto key = std::make_pair(slot, static_cast<int64_t>(bound));
  auto known = comparisons.find(key);
  if (known != comparisons.end())
    return known->second;
  z3::expr result = computeAtMost(slot, static_cast<int64_t>(bound));
  comparisons.emplace(key, result);
  return result;
}

/// Divisions of wide numbers by a positive one.
static __int128 floorOf(__int128 a, __int128 b) { return a / b - (a % b < 0); }

z3::expr Z3Encoding::computeAtMost(Slot slot, int64_t bound) {
  const Instruction &instruction = program.instructions[slot];
  if (const ValueTable *table = tables.getTable(slot))
    return diagram(*table,
                   [&](int64_t value) { return boolean(value <= bound); });
  Slot a = instruction.operands[0], b = instruction.operands[1];
  __int128 wide = bound;
  switch (instruction.opcode) {
  case Opcode::Max:
    return atMost(a, bound) && atMost(b, bound);
  case Opcode::Min:
    return atMost(a, bound) || atMost(b, bound);
  case Opcode::Select:
    return z3::ite(truth(a), atMost(b, bound),
                   atMost(instruction.operands[2], bound));
  case Opcode::Compare:
    return !truth(slot);
  case Opcode::FloorDiv:
    if (rangeOf(b).isConstant())
      return atMost(a, (wide + 1) * rangeOf(b).lower - 1);
    break;
  case Opcode::CeilDiv:
    if (rangeOf(b).isConstant())
      return atMost(a, wide * rangeOf(b).lower);
    break;
  case Opcode::Mul: {
    if (rangeOf(a).isConstant())
      std::swap(a, b);
    if (!rangeOf(b).isConstant())
      break;
    int64_t factor = rangeOf(b).lower;
    if (factor > 0)
      return atMost(a, floorOf(wide, factor));
    if (factor < 0) // -k·a <= K where a >= ceil(-K / k)
      return !atMost(a, -floorOf(wide, -static_cast<__int128>(factor)) - 1);
    break;
  }
  case Opcode::Add:
  case Opcode::Sub: {
    Factors factors;
    __int128 constantPart = 0;
    if (collect(slot, 1, factors, constantPart))
      if (auto sum = sumAtMost(factors, wide - constantPart))
        return *sum;
    break;
  }
  default:
    break;
  }
  return z3::sle(number(slot), constant(bound, signedWidth(rangeOf(slot))));
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

static constexpr __int128 kLargestFactor = __int128(1) << 62;

/// Takes `factor · slot` apart into multiples of values that are not sums.
/// False if a factor becomes too large.
bool Z3Encoding::collect(Slot slot, __int128 factor, Factors &factors,
                         __int128 &constantPart) {
  if (factor > kLargestFactor || factor < -kLargestFactor)
    return false;
  Range range = rangeOf(slot);
  if (range.isConstant()) {
    constantPart += factor * range.lower;
    return constantPart < kLargestFactor && constantPart > -kLargestFactor;
  }
  const Instruction &instruction = program.instructions[slot];
  if (!tables.getTable(slot)) {
    Slot a = instruction.operands[0], b = instruction.operands[1];
    if (instruction.opcode == Opcode::Add)
      return collect(a, factor, factors, constantPart) &&
             collect(b, factor, factors, constantPart);
    if (instruction.opcode == Opcode::Sub)
      return collect(a, factor, factors, constantPart) &&
             collect(b, -factor, factors, constantPart);
    if (instruction.opcode == Opcode::Mul) {
      if (rangeOf(b).isConstant())
        return collect(a, factor * rangeOf(b).lower, factors, constantPart);
      if (rangeOf(a).isConstant())
        return collect(b, factor * rangeOf(a).lower, factors, constantPart);
    }
  }
  __int128 &sum = factors[slot];
  sum += factor;
  return sum < kLargestFactor && sum > -kLargestFactor;
}

std::optional<z3::expr> Z3Encoding::sumAtMost(const Factors &factors,
                                              __int128 bound) {
  // Add up tables over the same things; keep the others apart.
  std::vector<ValueTable> merged;
  std::vector<std::pair<Slot, int64_t>> opaque;
  ValueTable nothing;
  nothing.values = {0};
  for (auto [slot, factor] : factors) {
    if (factor == 0)
      continue;
    const ValueTable *table = tables.getTable(slot);
    std::optional<ValueTable> scaled;
    if (table)
      scaled = tables.sum(*table, static_cast<int64_t>(factor), nothing, 0);
    if (!scaled) {
      opaque.push_back({slot, static_cast<int64_t>(factor)});
      continue;
    }
    size_t best = merged.size();
    std::optional<ValueTable> bestSum;
    for (size_t index = 0; index < merged.size(); ++index) {
      std::optional<ValueTable> sum = tables.sum(merged[index], 1, *scaled, 1);
      size_t larger =
          std::max(merged[index].values.size(), scaled->values.size());
      if (sum && sum->values.size() <= 4 * larger &&
          (!bestSum || sum->values.size() < bestSum->values.size())) {
        best = index;
        bestSum = std::move(sum);
      }
    }
    if (bestSum)
      merged[best] = std::move(*bestSum);
    else
      merged.push_back(std::move(*scaled));
  }
  // Shift every part to start at zero and divide by what they share.
  __int128 rest = bound;
  uint64_t divisor = 0;
  auto countDifference = [&](__int128 difference) {
    divisor = std::gcd(divisor, static_cast<uint64_t>(difference));
  };
  std::vector<int64_t> lowest;
  for (const ValueTable &table : merged) {
    lowest.push_back(*llvm::min_element(table.values));
    rest -= lowest.back();
    for (int64_t value : table.values)
      countDifference(static_cast<__int128>(value) - lowest.back());
  }
  for (auto [slot, factor] : opaque) {
    Range range = rangeOf(slot);
    rest -= static_cast<__int128>(factor) *
            (factor > 0 ? range.lower : range.upper);
    countDifference(factor > 0 ? static_cast<__int128>(factor)
                               : -static_cast<__int128>(factor));
  }
  if (rest < 0)
    return boolean(false);
  if (divisor == 0)
    return boolean(true);
  __int128 wideLimit = rest / divisor;
  __int128 largestSum = 0;
  for (auto [table, low] : llvm::zip(merged, lowest))
    largestSum +=
        (static_cast<__int128>(*llvm::max_element(table.values)) - low) /
        divisor;
  for (auto [slot, factor] : opaque) {
    __int128 distance =
        static_cast<__int128>(rangeOf(slot).upper) - rangeOf(slot).lower;
    largestSum += (factor > 0 ? factor : -static_cast<__int128>(factor)) /
                  static_cast<__int128>(divisor) * distance;
  }
  if (largestSum <= wideLimit)
    return boolean(true);
  // Sums of parts that are cut just above the limit have to fit 64 bits.
  if (wideLimit >= (__int128(1) << 55) || merged.size() + opaque.size() > 128)
    return std::nullopt;
  uint64_t limit = static_cast<uint64_t>(wideLimit);
  std::vector<Natural> parts;
  for (auto [table, low] : llvm::zip(merged, lowest)) {
    auto scaled = [&, low = low](int64_t value) -> uint64_t {
      return std::min<uint64_t>(
          static_cast<uint64_t>(static_cast<__int128>(value) - low) / divisor,
          limit + 1);
    };
    uint64_t largest = scaled(*llvm::max_element(table.values));
    if (largest == 0)
      continue;
    unsigned width = unsignedWidth(largest);
    parts.push_back({diagram(table,
                             [&](int64_t value) {
                               return context.bv_val(scaled(value), width);
                             }),
                     largest});
  }
  for (auto [slot, factor] : opaque) {
    // Factor times the distance from the end where the part is smallest.
    Range range = rangeOf(slot);
    uint64_t factorLeft = (factor > 0 ? static_cast<uint64_t>(factor)
                                      : -static_cast<uint64_t>(factor)) /
                          divisor;
    unsigned __int128 largest =
        static_cast<unsigned __int128>(factorLeft) *
        static_cast<uint64_t>(static_cast<__int128>(range.upper) - range.lower);
    unsigned numberWidth = signedWidth(range) + 1;
    z3::expr value = widened(number(slot), numberWidth);
    z3::expr distance = factor > 0 ? value - constant(range.lower, numberWidth)
                                   : constant(range.upper, numberWidth) - value;
    uint64_t kept =
        largest > limit + 1 ? limit + 1 : static_cast<uint64_t>(largest);
    // Beyond this distance the whole sum is beyond the limit.
    uint64_t farthest =
        std::min(limit / factorLeft,
                 static_cast<uint64_t>(static_cast<__int128>(range.upper) -
                                       range.lower));
    unsigned width = unsignedWidth(kept);
    unsigned both = std::max(width, numberWidth) + 1;
    z3::expr wide = z3::zext(distance, both - numberWidth);
    z3::expr scaled =
        (wide * context.bv_val(factorLeft, both)).extract(width - 1, 0);
    parts.push_back({z3::ite(z3::ule(wide, context.bv_val(farthest, both)),
                             scaled, context.bv_val(kept, width)),
                     kept});
  }
  // A balanced tree of additions, each just wide enough.
  while (parts.size() > 1) {
    std::vector<Natural> next;
    for (size_t index = 0; index + 1 < parts.size(); index += 2) {
      const Natural &a = parts[index], &b = parts[index + 1];
      uint64_t maximum = a.maximum + b.maximum;
      unsigned width = unsignedWidth(maximum);
      next.push_back({z3::zext(a.bits, width - a.bits.get_sort().bv_size()) +
                          z3::zext(b.bits, width - b.bits.get_sort().bv_size()),
                      maximum});
    }
    if (parts.size() % 2 == 1)
      next.push_back(parts.back());
    parts = std::move(next);
  }
  unsigned width = parts.front().bits.get_sort().bv_size();
  return z3::ule(parts.front().bits, context.bv_val(limit, width));
}
