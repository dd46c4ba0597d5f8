//===- LimitForm.cpp - Limits as sums and conditions ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/LimitForm.h"

#include "passes/counting/Numbers.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <map>
#include <numeric>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

namespace {

using Wide = __int128;

/// An open side of a bound; factors and constants stay far below.
constexpr Wide unbounded = static_cast<Wide>(1) << 120;
constexpr Wide largestFactor = static_cast<Wide>(1) << 50;

/// Maxima inside sums are multiplied out this often for one limit. Each sum
/// more is dearer to count than a maximum that stays a term.
constexpr unsigned maximumSplits = 3;

/// `Σ factor · slot + constant`.
struct LinearForm {
  std::map<Slot, Wide> factors;
  Wide constant = 0;
};

Wide floorQuotient(Wide a, Wide b) {
  Wide quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t narrowed(Wide bound) {
  return static_cast<int64_t>(
      std::clamp<Wide>(bound, Range::kMinimum, Range::kMaximum));
}

class Decomposer {
public:
  Decomposer(const CostProgram &program, const ValueSets &values,
             llvm::ArrayRef<Requirement> settled)
      : program(program), values(values), ranges(values.ranges),
        settled(settled) {}

  LimitForm run(llvm::ArrayRef<Requirement> requirements) {
    for (const Requirement &requirement : requirements) {
      splitsLeft = maximumSplits;
      if (requirement.comparison)
        requireComparison(requirement.slot, *requirement.comparison);
      else
        require(requirement.slot, requirement.truth);
    }
    return std::move(form);
  }

  /// Whether a comparison of a long sum is a part of the truth value.
  bool hasLongSum(Slot slot) {
    if (auto known = longSums.find(slot); known != longSums.end())
      return known->second;
    const Instruction &instruction = at(slot);
    bool isLong = false;
    if (isOfTruthValues(slot)) {
      for (Slot operand : program.operandsOf(slot))
        isLong |= hasLongSum(operand);
    } else if (instruction.opcode == Opcode::Compare) {
      LinearForm linear = differenceOf(slot);
      SumLimit sum;
      for (auto [term, factor] : linear.factors)
        sum.terms.emplace_back(term, static_cast<int64_t>(factor));
      isLong = sum.terms.size() > 1 && numValues(sum, values) > maximumShortSum;
    }
    return longSums[slot] = isLong;
  }

  /// Whether the slot combines truth values alone.
  bool isOfTruthValues(Slot slot) const {
    switch (at(slot).opcode) {
    case Opcode::Min:
    case Opcode::Max:
    case Opcode::Mul:
    case Opcode::Sub:
    case Opcode::Select:
    case Opcode::Compare:
      return ranges[slot].isBoolean() &&
             llvm::all_of(program.operandsOf(slot), [&](Slot operand) {
               return ranges[operand].isBoolean();
             });
    default:
      return false;
    }
  }

private:
  const Instruction &at(Slot slot) const { return program.instructions[slot]; }

  void addCondition(Slot slot, Range bounds) {
    Range range = ranges[slot];
    if (bounds.contains(range))
      return;
    auto known = llvm::find_if(form.conditions, [&](const Condition &other) {
      return other.slot == slot;
    });
    if (known == form.conditions.end())
      known = form.conditions.insert(known, {slot, range});
    known->bounds.lower = std::max(known->bounds.lower, bounds.lower);
    known->bounds.upper = std::min(known->bounds.upper, bounds.upper);
    if (known->bounds.lower > known->bounds.upper)
      form.isContradiction = true;
  }

  /// The truth value in the slot is `truth`.
  void require(Slot slot, bool truth) {
    const Instruction instruction = at(slot);
    const Slot *operands = instruction.operands;
    auto areTruthValues = [&] {
      return ranges[operands[0]].isBoolean() && ranges[operands[1]].isBoolean();
    };
    switch (instruction.opcode) {
    case Opcode::Min:
    case Opcode::Mul:
      if (!truth || !areTruthValues())
        break;
      require(operands[0], true);
      require(operands[1], true);
      return;
    case Opcode::Max:
      if (truth || !areTruthValues())
        break;
      require(operands[0], false);
      require(operands[1], false);
      return;
    case Opcode::Sub:
      if (ranges[operands[0]] != Range::constant(1))
        break;
      require(operands[1], !truth);
      return;
    case Opcode::Compare:
      if (isOfTruthValues(slot) && hasLongSum(slot))
        break;
      requireComparison(slot, truth ? instruction.comparison
                                    : negated(instruction.comparison));
      return;
    default:
      break;
    }
    if (isOfTruthValues(slot) && hasLongSum(slot))
      addDisjunction({slot, truth});
    else
      addCondition(slot, Range::constant(truth));
  }

  void addDisjunction(Requirement disjunction) {
    if (llvm::none_of(settled, [&](const Requirement &other) {
          return other.slot == disjunction.slot &&
                 other.truth == disjunction.truth;
        }))
      form.disjunctions.push_back(disjunction);
  }

  /// Adds a multiple of the slot, with sums and multiples opened.
  void addLinear(LinearForm &linear, Slot slot, Wide factor) const {
    // Operands come before their users, so taking the last slot first opens
    // each of them once, with all its uses added up.
    std::map<Slot, Wide, std::greater<Slot>> open = {{slot, factor}};
    while (!open.empty()) {
      auto [present, times] = *open.begin();
      open.erase(open.begin());
      if (times == 0)
        continue;
      if (ranges[present].isConstant()) {
        linear.constant += times * ranges[present].lower;
        continue;
      }
      const Instruction &instruction = at(present);
      Slot a = instruction.operands[0], b = instruction.operands[1];
      auto canScale = [&](Slot constant) {
        return ranges[constant].isConstant() &&
               std::max(times, -times) <= largestFactor &&
               ranges[constant].lower <= largestFactor &&
               ranges[constant].lower >= -largestFactor &&
               std::max(times, -times) * std::abs(ranges[constant].lower) <=
                   largestFactor;
      };
      if (instruction.opcode == Opcode::Add) {
        open[a] += times;
        open[b] += times;
      } else if (instruction.opcode == Opcode::Sub) {
        open[a] += times;
        open[b] -= times;
      } else if (instruction.opcode == Opcode::Mul && canScale(a)) {
        open[b] += times * ranges[a].lower;
      } else if (instruction.opcode == Opcode::Mul && canScale(b)) {
        open[a] += times * ranges[b].lower;
      } else if ((linear.factors[present] += times) == 0) {
        linear.factors.erase(present);
      }
    }
  }

  /// The first operand of a comparison without the second.
  LinearForm differenceOf(Slot slot) const {
    LinearForm linear;
    addLinear(linear, at(slot).operands[0], 1);
    addLinear(linear, at(slot).operands[1], -1);
    return linear;
  }

  void requireComparison(Slot slot, Comparison comparison) {
    if (comparison == Comparison::NotEqual) {
      bool truth = at(slot).comparison == Comparison::NotEqual;
      if (hasLongSum(slot))
        return addDisjunction({slot, truth});
      return addCondition(slot, Range::constant(truth));
    }
    LinearForm linear = differenceOf(slot);
    Wide lower = -unbounded, upper = unbounded;
    if (comparison == Comparison::Equal ||
        comparison == Comparison::GreaterOrEqual)
      lower = 0;
    if (comparison == Comparison::Equal ||
        comparison == Comparison::LessOrEqual)
      upper = 0;
    if (comparison == Comparison::Greater)
      lower = 1;
    if (comparison == Comparison::Less)
      upper = -1;
    requireBounds(std::move(linear), lower, upper);
  }

  /// `lower <= linear <= upper`.
  void requireBounds(LinearForm linear, Wide lower, Wide upper) {
    if (lower > -unbounded)
      lower -= linear.constant;
    if (upper < unbounded)
      upper -= linear.constant;
    linear.constant = 0;
    if (linear.factors.empty()) {
      if (lower > 0 || upper < 0)
        form.isContradiction = true;
      return;
    }
    Wide divisor = 0;
    for (auto &[slot, factor] : linear.factors)
      divisor = commonDivisor(divisor, std::max(factor, -factor));
    // The sides are treated apart where a term can be opened for one of them.
    if (upper < unbounded && lower > -unbounded && canOpen(linear)) {
      requireBounds(linear, lower, unbounded);
      return requireBounds(std::move(linear), -unbounded, upper);
    }
    for (auto &[slot, factor] : linear.factors)
      factor /= divisor;
    if (lower > -unbounded)
      lower = -floorQuotient(-lower, divisor);
    if (upper < unbounded)
      upper = floorQuotient(upper, divisor);
    if (open(linear, lower, upper))
      return;
    if (linear.factors.size() == 1) {
      auto [slot, factor] = *linear.factors.begin();
      if (factor < 0) {
        std::swap(lower, upper);
        lower = -lower;
        upper = -upper;
      }
      return addCondition(slot, {narrowed(lower), narrowed(upper)});
    }
    addSum(linear, lower, upper);
  }

  /// Whether the term is bounded by bounds on its operands.
  bool canOpen(const LinearForm &linear) const {
    return llvm::any_of(linear.factors, [&](auto &term) {
      Opcode opcode = at(term.first).opcode;
      if (opcode == Opcode::Min || opcode == Opcode::Max)
        return true;
      return linear.factors.size() == 1 &&
             (opcode == Opcode::FloorDiv || opcode == Opcode::CeilDiv) &&
             ranges[at(term.first).operands[1]].isConstant();
    });
  }

  /// Replaces a term by its operands, where that says the same. Exactly one
  /// side is bounded if there is such a term.
  bool open(const LinearForm &linear, Wide lower, Wide upper) {
    bool fromAbove = upper < unbounded;
    if (fromAbove == (lower > -unbounded))
      return false;
    for (auto [slot, factor] : linear.factors) {
      const Instruction instruction = at(slot);
      // The term counts with its sign: a maximum is bounded from above where
      // both operands are.
      bool termFromAbove = fromAbove == (factor > 0);
      LinearForm others = linear;
      others.factors.erase(slot);
      Wide times = factor;
      if ((instruction.opcode == Opcode::Max && termFromAbove) ||
          (instruction.opcode == Opcode::Min && !termFromAbove)) {
        if (!others.factors.empty()) {
          if (splitsLeft == 0)
            continue;
          --splitsLeft;
        }
        for (unsigned index : {0, 1}) {
          LinearForm part = others;
          addLinear(part, instruction.operands[index], times);
          requireBounds(std::move(part), lower, upper);
        }
        return true;
      }
      bool isDivision = instruction.opcode == Opcode::FloorDiv ||
                        instruction.opcode == Opcode::CeilDiv;
      if (!isDivision || !others.factors.empty() ||
          !ranges[instruction.operands[1]].isConstant())
        continue;
      // The factor of a single term is 1 or -1.
      Wide bound = fromAbove ? upper : lower;
      if (factor < 0)
        bound = -bound;
      Wide divisor = ranges[instruction.operands[1]].lower;
      bool up = instruction.opcode == Opcode::CeilDiv;
      // floor(a / d) <= K  is  a <= d·K + d - 1;  ceil(a / d) <= K  is
      // a <= d·K;  floor(a / d) >= K  is  a >= d·K;  ceil(a / d) >= K  is
      // a >= d·K - d + 1.
      Wide dividend = bound * divisor;
      if (termFromAbove && !up)
        dividend += divisor - 1;
      if (!termFromAbove && up)
        dividend -= divisor - 1;
      LinearForm part;
      addLinear(part, instruction.operands[0], 1);
      if (termFromAbove)
        requireBounds(std::move(part), -unbounded, dividend);
      else
        requireBounds(std::move(part), dividend, unbounded);
      return true;
    }
    return false;
  }

  void addSum(const LinearForm &linear, Wide lower, Wide upper) {
    // The first factor is made positive, so that two limits on one sum (from
    // above and from below) are recognised as such.
    Wide sign = linear.factors.begin()->second < 0 ? -1 : 1;
    if (sign < 0) {
      std::swap(lower, upper);
      lower = -lower;
      upper = -upper;
    }
    SumLimit sum;
    Wide least = 0, most = 0;
    for (auto [slot, factor] : linear.factors) {
      Wide times = sign * factor;
      sum.terms.emplace_back(slot, static_cast<int64_t>(times));
      Range range = ranges[slot];
      least += times * (times > 0 ? range.lower : range.upper);
      most += times * (times > 0 ? range.upper : range.lower);
    }
    if (least >= lower && most <= upper)
      return;
    if (least > upper || most < lower) {
      form.isContradiction = true;
      return;
    }
    sum.bounds = {lower <= least ? Range::kMinimum : narrowed(lower),
                  upper >= most ? Range::kMaximum : narrowed(upper)};
    for (SumLimit &known : form.sums)
      if (known.terms == sum.terms) {
        known.bounds.lower = std::max(known.bounds.lower, sum.bounds.lower);
        known.bounds.upper = std::min(known.bounds.upper, sum.bounds.upper);
        if (known.bounds.lower > known.bounds.upper)
          form.isContradiction = true;
        return;
      }
    form.sums.push_back(std::move(sum));
  }

  const CostProgram &program;
  const ValueSets &values;
  const std::vector<Range> &ranges;
  llvm::ArrayRef<Requirement> settled;
  LimitForm form;
  unsigned splitsLeft = 0;
  std::map<Slot, bool> longSums;
};

} // namespace

double counting::numValues(const SumLimit &sum, const ValueSets &values) {
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

LimitForm counting::takeApart(const CostProgram &program,
                              const ValueSets &values,
                              llvm::ArrayRef<Requirement> requirements,
                              llvm::ArrayRef<Requirement> settled) {
  return Decomposer(program, values, settled).run(requirements);
}

std::vector<std::vector<Requirement>>
counting::alternatives(const CostProgram &program, const ValueSets &values,
                       Requirement disjunction) {
  auto [slot, truth, comparison] = disjunction;
  assert(!comparison && "comparisons are no disjunctions");
  const Instruction &instruction = program.instructions[slot];
  Decomposer decomposer(program, values, {});
  Slot a = instruction.operands[0], b = instruction.operands[1];
  if (!decomposer.isOfTruthValues(slot))
    // A sum that has not one value is below or above it.
    return {{{slot, true, Comparison::Less}},
            {{slot, true, Comparison::Greater}}};
  if (instruction.opcode == Opcode::Select)
    return {{{a, true}, {b, truth}},
            {{a, false}, {instruction.operands[2], truth}}};
  if (instruction.opcode == Opcode::Compare ||
      instruction.opcode == Opcode::Sub) {
    std::vector<std::vector<Requirement>> found;
    for (bool first : {false, true})
      for (bool second : {false, true}) {
        bool value = instruction.opcode == Opcode::Sub
                         ? first && !second
                         : holds(instruction.comparison, first, second);
        if (value == truth)
          found.push_back({{a, first}, {b, second}});
      }
    return found;
  }
  // One of the two is `truth`: the first, or the second alone. What has no long
  // sum comes first, as it decides the rest more often.
  if (decomposer.hasLongSum(a) && !decomposer.hasLongSum(b))
    std::swap(a, b);
  return {{{a, truth}}, {{a, !truth}, {b, truth}}};
}
