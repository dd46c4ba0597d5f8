//===- LimitCasesTest.cpp - Cases are disjoint and leave nothing out ------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random spaces, the limits of which are joined by disjunctions, conditions and
// equivalences: the cases together count what the interpreter finds feasible.
//
//===----------------------------------------------------------------------===//

#include "passes/counting/LimitCases.h"
#include "passes/cost/Interpreter.h"
#include "passes/counting/FeasiblePart.h"
#include "passes/counting/SumGrid.h"
#include "test/unit/cost/CostTestSupport.h"

#include "gtest/gtest.h"

#include <map>
#include <random>

using namespace nasc::cost;
using namespace nasc::counting;

namespace {

/// Feasible architectures, by trying all assignments.
uint64_t countByTrying(const CostProgram &program) {
  uint64_t count = 0;
  Interpreter interpreter(program, program.feasibilityOutputs());
  forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
    interpreter.run(positions);
    bool isCanonical = true;
    for (auto [choice, position] : llvm::zip(program.choices, positions))
      isCanonical &= position == 0 || !choice.activity ||
                     interpreter.getValue(*choice.activity) != 0;
    count += isCanonical && interpreter.isFeasible();
  });
  return count;
}

/// Joins the first limits to one: `a or b`, `if c then a else b`, `a == b`,
/// `a != b`, `not (a and b)`, and the like.
void joinLimits(CostProgram &program, uint64_t kind) {
  auto apply = [&](Opcode opcode, Slot a, Slot b, Slot c = 0,
                   Comparison comparison = Comparison::Equal) {
    Instruction instruction;
    instruction.opcode = opcode;
    instruction.comparison = comparison;
    instruction.operands[0] = a;
    instruction.operands[1] = b;
    instruction.operands[2] = c;
    return program.append(instruction);
  };
  Instruction one;
  one.constant = 1;
  Slot a = program.limits[0].holds, b = program.limits[1].holds;
  Slot last = program.limits.back().holds;
  Slot joined = 0;
  switch (kind % 6) {
  case 0:
    joined = apply(Opcode::Max, a, b);
    break;
  case 1:
    joined = apply(Opcode::Select, last, a, b);
    break;
  case 2:
    joined = apply(Opcode::Compare, a, b);
    break;
  case 3:
    joined = apply(Opcode::Compare, a, b, 0, Comparison::NotEqual);
    break;
  case 4:
    joined = apply(Opcode::Sub, program.append(one), apply(Opcode::Min, a, b));
    break;
  default:
    joined = apply(Opcode::Max, apply(Opcode::Min, a, b),
                   apply(Opcode::Sub, program.append(one), last));
    break;
  }
  program.limits[0].holds = joined;
  program.limits.erase(program.limits.begin() + 1);
}

/// The architectures of all cases together.
uint64_t countCases(CostProgram &program, const LimitCaseOptions &options,
                    size_t &numCases) {
  uint64_t count = 0;
  numCases = 0;
  for (LimitCase &limits :
       splitIntoCases(program, fullDomains(program), options)) {
    FeasiblePart part(program, std::move(limits));
    EXPECT_TRUE(part.count(Budget()));
    ++numCases;
    if (!part.isEmpty())
      count += part.getCounted().getCount().getZExtValue();
  }
  return count;
}

TEST(LimitCasesTest, DisjunctionsOfLongSumsAreCountedCaseByCase) {
  unsigned numSplit = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    CostProgram program = randomSpace(seed, RandomSpaceOptions{3000});
    if (program.limits.size() < 2)
      continue;
    joinLimits(program, seed);
    uint64_t expected = countByTrying(program);
    size_t numCases = 0;
    ASSERT_EQ(countCases(program, {}, numCases), expected) << seed;
    numSplit += numCases > 1;
    // What is too much stays a condition.
    LimitCaseOptions few;
    few.maximumCases = 1;
    ASSERT_EQ(countCases(program, few, numCases), expected) << seed;
    ASSERT_LE(numCases, 1u) << seed;
  }
  EXPECT_GT(numSplit, 20u);
}

/// The width of all layers is one choice: `Σ width · cost of the layer`.
CostProgram scaledSpace(uint64_t seed) {
  std::mt19937_64 random(seed);
  CostProgram program;
  auto choiceOf = [&](std::vector<int64_t> values) {
    Instruction instruction;
    instruction.opcode = Opcode::Choice;
    instruction.index = program.choices.size();
    program.choices.push_back(
        {"c" + std::to_string(instruction.index), std::move(values), {}});
    return program.append(instruction);
  };
  auto combine = [&](Opcode opcode, Slot a, Slot b) {
    Instruction instruction;
    instruction.opcode = opcode;
    instruction.comparison = Comparison::LessOrEqual;
    instruction.operands[0] = a;
    instruction.operands[1] = b;
    return program.append(instruction);
  };
  Slot width = choiceOf({1, 2, 3, 5});
  Instruction bound;
  Slot sum = program.append(bound);
  int64_t typical = 0;
  for (unsigned layer = 0; layer < 8; ++layer) {
    std::vector<int64_t> values;
    for (unsigned value = 0; value < 2 + layer % 2; ++value)
      values.push_back(random() % 100000);
    typical += values.front();
    sum = combine(Opcode::Add, sum,
                  combine(Opcode::Mul, width, choiceOf(std::move(values))));
  }
  bound.constant = typical * (1 + random() % 4);
  program.limits.push_back({});
  program.limits.back().holds =
      combine(Opcode::Compare, sum, program.append(bound));
  return program;
}

TEST(LimitCasesTest, AChoiceThatScalesASumMakesCases) {
  LimitCaseOptions options;
  options.scalingSpaceBits = 0;
  // Some bounds leave one width only.
  unsigned numSplit = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    CostProgram program = scaledSpace(seed);
    uint64_t expected = countByTrying(program);
    size_t numCases = 0;
    ASSERT_EQ(countCases(program, options, numCases), expected) << seed;
    numSplit += numCases > 1;
    ASSERT_EQ(countCases(program, {}, numCases), expected) << seed;
    EXPECT_EQ(numCases, 1u) << seed;
  }
  EXPECT_GT(numSplit, 25u);
}

TEST(LimitCasesTest, TenLimitsForTenValuesAreTenCases) {
  // Of one choice each value has a limit of its own on a long sum.
  CostProgram program = scaledSpace(1);
  Slot compared = program.limits.front().holds;
  Slot sum = program.instructions[compared].operands[0];
  program.limits.clear();
  program.choices.push_back({"d", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {}});
  Instruction instruction;
  instruction.opcode = Opcode::Choice;
  instruction.index = program.choices.size() - 1;
  Slot choice = program.append(instruction);
  for (int64_t value = 0; value < 10; ++value) {
    Instruction number, compare;
    number.constant = value;
    compare.opcode = Opcode::Compare;
    compare.comparison = Comparison::NotEqual;
    compare.operands[0] = choice;
    compare.operands[1] = program.append(number);
    Slot isOther = program.append(compare);
    number.constant = 100000 * (value + 1);
    compare.comparison = Comparison::LessOrEqual;
    compare.operands[0] = sum;
    compare.operands[1] = program.append(number);
    Instruction either;
    either.opcode = Opcode::Max;
    either.operands[0] = isOther;
    either.operands[1] = program.append(compare);
    program.limits.push_back({});
    program.limits.back().holds = program.append(either);
  }
  uint64_t expected = countByTrying(program);
  size_t numCases = 0;
  EXPECT_EQ(countCases(program, {}, numCases), expected);
  EXPECT_LE(numCases, 10u);
  EXPECT_GE(numCases, 2u);
}

/// One long sum counted by value and by lists: the same numbers.
TEST(LimitCasesTest, AGridOfSumsEqualsListsOfSums) {
  unsigned found = 0;
  for (uint64_t seed = 0; found < 60; ++seed) {
    ASSERT_LT(seed, 3000u) << "the generator makes no long sums";
    CostProgram program = randomSpace(seed, RandomSpaceOptions{3000});
    std::vector<LimitCase> cases =
        splitIntoCases(program, fullDomains(program));
    if (cases.size() != 1)
      continue;
    FeasiblePart part(program, std::move(cases.front()));
    ASSERT_TRUE(part.count(Budget()));
    if (part.isEmpty() || part.getScale().fields.size() != 1)
      continue;
    std::unique_ptr<CountedSet> grid =
        gridSums(part.getDiagram(), part.getScale(), Budget());
    if (!grid)
      continue;
    ++found;
    const uint64_t count = part.getCounted().getCount().getZExtValue();
    ASSERT_EQ(grid->getCount().getZExtValue(), count) << seed;
    Marginals ours, theirs;
    for (const ProgramChoice &choice : program.choices)
      ours.emplace_back(choice.values.size(), llvm::APInt(1, 0));
    theirs = ours;
    grid->addMarginals(ours);
    part.getCounted().addMarginals(theirs);
    for (auto [a, b] : llvm::zip(ours, theirs))
      for (auto [x, y] : llvm::zip(a, b))
        ASSERT_EQ(x.getZExtValue(), y.getZExtValue()) << seed;
    if (count > 200)
      continue;
    std::map<std::vector<uint16_t>, unsigned> drawn;
    part.enumerate([&](llvm::ArrayRef<uint16_t> positions) {
      drawn[positions.vec()] = 0;
      return true;
    });
    ASSERT_EQ(drawn.size(), count);
    std::mt19937_64 random(seed);
    std::vector<uint16_t> positions(program.choices.size());
    for (unsigned draw = 0; draw < 100 * count; ++draw) {
      grid->sample([&] { return random(); }, 1, positions);
      auto place = drawn.find(positions);
      ASSERT_NE(place, drawn.end()) << seed;
      ++place->second;
    }
    // Seven standard deviations from the mean of 100.
    for (auto &[architecture, times] : drawn)
      ASSERT_NEAR(times, 100, 70) << seed;
  }
}

} // namespace
