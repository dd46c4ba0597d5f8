//===- LimitCases.cpp - Limits as disjoint cases --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/LimitCases.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::counting;

/// A choice makes cases where at least this share of a sum's terms depends on
/// it, and the sum has at least as many terms.
static constexpr double scalingShare = 0.75;
static constexpr size_t scalingTerms = 8;

namespace {

class CaseSplitter {
public:
  CaseSplitter(const CostProgram &program, const LimitCaseOptions &options)
      : program(program), options(options) {}

  void split(ChoiceDomains domains, std::vector<Requirement> requirements,
             std::vector<Requirement> settled);

  std::vector<LimitCase> cases;

private:
  bool narrow(ChoiceDomains &domains, llvm::ArrayRef<Condition> conditions);
  std::optional<uint32_t> findScalingChoice(const ChoiceDomains &domains,
                                            const ValueSets &values,
                                            const LimitForm &form) const;
  std::vector<uint32_t> choicesOf(Slot slot) const;

  const CostProgram &program;
  const LimitCaseOptions &options;
  /// Parts that have been opened and not split yet; each is a case at least,
  /// or a contradiction.
  size_t numOpen = 0;
};

} // namespace

/// The choices that the value in the slot depends on.
std::vector<uint32_t> CaseSplitter::choicesOf(Slot slot) const {
  std::vector<uint32_t> choices;
  for (Slot needed : program.neededBy({slot}))
    if (program.instructions[needed].opcode == Opcode::Choice &&
        !llvm::is_contained(choices, program.instructions[needed].index))
      choices.push_back(program.instructions[needed].index);
  return choices;
}

/// Takes away the values that a condition on one choice excludes. An inactive
/// choice reads as its first value, whatever its domain; the condition, which
/// stays, decides about it. Returns whether something was taken away.
bool CaseSplitter::narrow(ChoiceDomains &domains,
                          llvm::ArrayRef<Condition> conditions) {
  bool isNarrowed = false;
  std::vector<int64_t> values(program.instructions.size());
  for (const Condition &condition : conditions) {
    std::vector<uint32_t> choices = choicesOf(condition.slot);
    if (choices.size() != 1)
      continue;
    std::vector<Slot> needed = program.neededBy({condition.slot});
    const ProgramChoice &choice = program.choices[choices.front()];
    llvm::BitVector &domain = domains[choices.front()];
    const llvm::BitVector before = domain;
    for (unsigned position : before.set_bits()) {
      for (Slot slot : needed) {
        const Instruction &instruction = program.instructions[slot];
        values[slot] =
            instruction.opcode == Opcode::Choice
                ? choice.values[position]
                : evaluateInstruction(program, instruction, [&](Slot operand) {
                    return values[operand];
                  });
      }
      if (condition.bounds.contains(values[condition.slot]))
        continue;
      domain.reset(position);
      isNarrowed = true;
    }
  }
  return isNarrowed;
}

/// The choice with the largest domain that scales a long sum, in a space that
/// is large enough.
std::optional<uint32_t>
CaseSplitter::findScalingChoice(const ChoiceDomains &domains,
                                const ValueSets &values,
                                const LimitForm &form) const {
  double bits = 0;
  for (const llvm::BitVector &domain : domains)
    bits += std::log2(std::max(1u, domain.count()));
  if (bits < options.scalingSpaceBits)
    return std::nullopt;
  std::optional<uint32_t> found;
  for (const SumLimit &sum : form.sums) {
    if (sum.terms.size() < scalingTerms ||
        numValues(sum, values) <= maximumShortSum)
      continue;
    std::vector<size_t> numTerms(program.choices.size(), 0);
    for (auto [slot, factor] : sum.terms)
      for (uint32_t choice : choicesOf(slot))
        ++numTerms[choice];
    for (auto [choice, terms] : llvm::enumerate(numTerms))
      if (!program.choices[choice].activity && domains[choice].count() > 1 &&
          terms >= scalingShare * sum.terms.size() &&
          (!found || domains[choice].count() > domains[*found].count()))
        found = choice;
  }
  return found;
}

void CaseSplitter::split(ChoiceDomains domains,
                         std::vector<Requirement> requirements,
                         std::vector<Requirement> settled) {
  LimitForm form;
  std::optional<ValueSets> values;
  do {
    for (auto [choice, domain] : llvm::zip(program.choices, domains))
      if (domain.none() && !choice.activity)
        return;
    values.emplace(program, domains);
    form = takeApart(program, *values, requirements, settled);
    if (form.isContradiction)
      return;
  } while ((!form.disjunctions.empty() || !settled.empty()) &&
           narrow(domains, form.conditions));

  auto open = [&](size_t parts, llvm::function_ref<void(size_t)> part) {
    numOpen += parts;
    for (size_t number = 0; number < parts; ++number) {
      --numOpen;
      part(number);
    }
  };
  if (!form.disjunctions.empty()) {
    Requirement disjunction = form.disjunctions.front();
    auto ways = alternatives(program, *values, disjunction);
    if (cases.size() + numOpen + ways.size() <= options.maximumCases) {
      settled.push_back(disjunction);
      return open(ways.size(), [&](size_t way) {
        std::vector<Requirement> all = requirements;
        llvm::append_range(all, ways[way]);
        split(domains, std::move(all), settled);
      });
    }
    for (const Requirement &rest : form.disjunctions)
      form.conditions.push_back({rest.slot, Range::constant(rest.truth)});
    form.disjunctions.clear();
  }
  if (auto choice = findScalingChoice(domains, *values, form)) {
    llvm::SmallVector<unsigned> positions(domains[*choice].set_bits());
    if (cases.size() + numOpen + positions.size() <= options.maximumCases)
      return open(positions.size(), [&](size_t number) {
        ChoiceDomains part = domains;
        part[*choice].reset();
        part[*choice].set(positions[number]);
        split(std::move(part), requirements, settled);
      });
  }
  cases.push_back({std::move(domains), std::move(form)});
}

/// Makes the limit a truth value.
static void makeTruthValue(CostProgram &program, ProgramLimit &limit) {
  if (program.instructions[limit.holds].range.isBoolean())
    return;
  Instruction zero;
  Instruction compare;
  compare.opcode = Opcode::Compare;
  compare.comparison = Comparison::NotEqual;
  compare.operands[0] = limit.holds;
  compare.operands[1] = program.append(zero);
  limit.holds = program.append(compare);
}

std::vector<LimitCase>
counting::splitIntoCases(CostProgram &program, const ChoiceDomains &domains,
                         const LimitCaseOptions &options) {
  std::vector<Requirement> requirements;
  for (ProgramLimit &limit : program.limits) {
    makeTruthValue(program, limit);
    requirements.push_back({limit.holds, true});
  }
  CaseSplitter splitter(program, options);
  splitter.split(domains, std::move(requirements), {});
  return std::move(splitter.cases);
}
