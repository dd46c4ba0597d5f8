//===- LimitForm.cpp - Limits as sums and conditions ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/LimitForm.h"

#include "passes/counting/Numbers.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

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
  Decomposer(CostProgram &program, std::vector<Range> &ranges)
      : program(program), ranges(ranges) {}

  LimitForm run() {
    for (ProgramLimit &limit : program.limits) {
      if (!ranges[limit.holds].isBoolean())
        limit.holds = nonzero(limit.holds);
      splitsLeft = maximumSplits;
      require(limit.holds, true);
    }
    return std::move(form);
  }

private:
  const Instruction &at(Slot slot) const { return program.instructions[slot]; }

  Slot append(Instruction instruction) {
    Slot slot = program.append(instruction);
    ranges.push_back(program.instructions[slot].range);
    return slot;
  }

  Slot nonzero(Slot slot) {
    Instruction zero;
    Instruction compare;
    compare.opcode = Opcode::Compare;
    compare.comparison = Comparison::NotEqual;
    compare.operands[0] = slot;
    compare.operands[1] = append(zero);
    return append(compare);
  }

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
      requireComparison(slot, truth ? instruction.comparison
                                    : negated(instruction.comparison));
      return;
    default:
      break;
    }
    addCondition(slot, Range::constant(truth));
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

  void requireComparison(Slot slot, Comparison comparison) {
    if (comparison == Comparison::NotEqual)
      return addCondition(
          slot, Range::constant(at(slot).comparison == Comparison::NotEqual));
    LinearForm linear;
    addLinear(linear, at(slot).operands[0], 1);
    addLinear(linear, at(slot).operands[1], -1);
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

  CostProgram &program;
  std::vector<Range> &ranges;
  LimitForm form;
  unsigned splitsLeft = 0;
};

} // namespace

LimitForm counting::takeApart(CostProgram &program,
                              std::vector<Range> &ranges) {
  return Decomposer(program, ranges).run();
}
