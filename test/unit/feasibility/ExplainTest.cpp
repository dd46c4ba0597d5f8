//===- ExplainTest.cpp - Explanations are exactly what is the case --------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Explain.h"
#include "passes/cost/Interpreter.h"
#include "test/unit/cost/CostTestSupport.h"

#include "gtest/gtest.h"

#include <map>

using namespace nasc::cost;
using namespace nasc::feasibility;

namespace {

/// Time never runs out.
ExplainOptions unlimited() {
  ExplainOptions options;
  options.seconds = 1000;
  return options;
}

/// What going through all assignments finds.
class BruteForce {
public:
  BruteForce(const CostProgram &program, std::optional<ValueOfChoice> value)
      : program(program) {
    Interpreter interpreter(program);
    forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
      interpreter.run(positions);
      if (value) {
        std::optional<Slot> activity = program.choices[value->choice].activity;
        if ((activity && interpreter.getValue(*activity) == 0) ||
            positions[value->choice] != value->position)
          return;
      }
      Entry entry;
      for (uint32_t limit = 0; limit < program.limits.size(); ++limit) {
        entry.holds.push_back(
            interpreter.getValue(program.limits[limit].holds) != 0);
        std::optional<LimitComparison> comparison =
            comparisonOf(program, limit);
        entry.values.push_back(
            comparison ? interpreter.getValue(comparison->subject) : 0);
      }
      entries.insert(entry);
    });
  }

  /// Whether the limits of a set can be met at once.
  bool canMeet(const std::vector<uint32_t> &chosen) const {
    return llvm::any_of(entries, [&](const Entry &entry) {
      return llvm::all_of(chosen,
                          [&](uint32_t limit) { return entry.holds[limit]; });
    });
  }
  std::vector<uint32_t> allBut(std::optional<uint32_t> left) const {
    std::vector<uint32_t> result;
    for (uint32_t limit = 0; limit < program.limits.size(); ++limit)
      if (limit != left)
        result.push_back(limit);
    return result;
  }
  /// The values of a limit's expression that the other limits allow.
  std::set<int64_t> valuesWithOthers(uint32_t limit) const {
    std::set<int64_t> result;
    for (const Entry &entry : entries)
      if (llvm::all_of(allBut(limit),
                       [&](uint32_t other) { return entry.holds[other]; }))
        result.insert(entry.values[limit]);
    return result;
  }

private:
  struct Entry {
    std::vector<bool> holds;
    std::vector<int64_t> values;
    bool operator<(const Entry &other) const {
      return std::tie(holds, values) < std::tie(other.holds, other.values);
    }
  };
  const CostProgram &program;
  std::set<Entry> entries;
};

/// The bounds of an infeasible comparison that would do, nearest first to each
/// side, from the values that are possible.
std::vector<int64_t> nearestBounds(const LimitComparison &comparison,
                                   const std::set<int64_t> &values) {
  int64_t bound = comparison.bound;
  std::vector<int64_t> result;
  switch (comparison.comparison) {
  case Comparison::LessOrEqual:
    return {*values.begin()};
  case Comparison::Less:
    return {*values.begin() + 1};
  case Comparison::GreaterOrEqual:
    return {*values.rbegin()};
  case Comparison::Greater:
    return {*values.rbegin() - 1};
  case Comparison::NotEqual:
    return {bound - 1, bound + 1};
  case Comparison::Equal:
    break;
  }
  auto above = values.upper_bound(bound);
  if (above != values.begin())
    result.push_back(*std::prev(above));
  if (above != values.end())
    result.push_back(*above);
  return result;
}

void expectMeets(const CostProgram &program, std::optional<ValueOfChoice> value,
                 const Architecture &architecture) {
  Evaluation costs = evaluate(program, architecture.positions);
  EXPECT_TRUE(costs.feasible);
  EXPECT_EQ(costs.active, architecture.active);
  if (value) {
    EXPECT_TRUE(architecture.active.test(value->choice));
    EXPECT_EQ(architecture.positions[value->choice], value->position);
  }
}

/// Compares an explanation with all that going through the assignments finds.
/// Counts in `seen` what was tested.
void expectExact(const CostProgram &program, std::optional<ValueOfChoice> value,
                 std::map<std::string, unsigned> &seen) {
  BruteForce expected(program, value);
  ConflictExplanation result =
      explainConflict(program, fullDomains(program), value, unlimited());
  if (expected.canMeet(expected.allBut(std::nullopt))) {
    ASSERT_EQ(result.status, ConflictStatus::Feasible);
    expectMeets(program, value, result.example);
    ++seen["feasible"];
    return;
  }
  ASSERT_EQ(result.status, ConflictStatus::Conflict);
  EXPECT_TRUE(result.isMinimal);
  EXPECT_TRUE(result.checkedTwice);
  if (value) {
    BruteForce whole(program, std::nullopt);
    EXPECT_EQ(result.spaceIsEmpty, !whole.canMeet(whole.allBut(std::nullopt)));
  }
  std::vector<uint32_t> conflict;
  for (const LimitExplanation &limit : result.limits)
    conflict.push_back(limit.limit);
  EXPECT_FALSE(expected.canMeet(conflict));
  ++seen["conflict of " + std::to_string(conflict.size())];
  for (const LimitExplanation &limit : result.limits) {
    std::vector<uint32_t> others = conflict;
    others.erase(llvm::find(others, limit.limit));
    EXPECT_TRUE(expected.canMeet(others));

    if (!expected.canMeet(expected.allBut(limit.limit))) {
      EXPECT_EQ(limit.remedy, Remedy::None);
      EXPECT_TRUE(limit.checkedTwice);
      ++seen["none"];
      continue;
    }
    std::optional<LimitComparison> comparison =
        comparisonOf(program, limit.limit);
    std::vector<int64_t> bounds;
    if (comparison)
      bounds =
          nearestBounds(*comparison, expected.valuesWithOthers(limit.limit));
    if (bounds.empty()) {
      ASSERT_EQ(limit.remedy, Remedy::LeavingOut);
      CostProgram without = program;
      without.limits.erase(without.limits.begin() + limit.limit);
      expectMeets(without, value, limit.architecture);
      ++seen["leaving out"];
      continue;
    }
    ASSERT_EQ(limit.remedy, Remedy::OtherBound);
    ASSERT_EQ(limit.bounds.size(), bounds.size());
    for (auto [found, bound] : llvm::zip(limit.bounds, bounds)) {
      EXPECT_EQ(found.bound, bound);
      EXPECT_TRUE(found.isNearest);
      EXPECT_EQ(std::abs(found.bound - found.excluded), 1);
      EXPECT_TRUE(found.checkedTwice);
      expectMeets(withBound(program, limit.limit, *comparison, bound), value,
                  found.architecture);
      ++seen["bound of " +
             std::to_string(static_cast<int>(comparison->comparison))];
    }
  }
}

/// A random program with limits that compare values with numbers, hard to meet.
CostProgram programWithBounds(uint64_t seed) {
  RandomProgramOptions options;
  options.limits = seed % 3;
  CostProgram program = randomProgram(seed, options);
  std::mt19937_64 random(seed + 1000);
  std::vector<Slot> candidates;
  for (Slot slot = 0; slot < program.instructions.size(); ++slot) {
    Range range = program.instructions[slot].range;
    if (!range.isConstant() && !range.isBoolean())
      candidates.push_back(slot);
  }
  // Inactive choices do not touch what outputs compute.
  std::vector<Slot> outputs;
  for (const ProgramMetric &metric : program.metrics)
    outputs.push_back(metric.value);
  if (outputs.empty())
    return program;
  unsigned count = 2 + seed % 4;
  for (unsigned number = 0; number < count; ++number) {
    Slot subject = outputs[random() % outputs.size()];
    std::vector<int64_t> values;
    Interpreter interpreter(program, subject);
    for (unsigned sample = 0; sample < 20; ++sample) {
      interpreter.run(randomPositions(program, random));
      values.push_back(interpreter.getValue(subject));
    }
    llvm::sort(values);
    auto comparison = static_cast<Comparison>(random() % 6);
    bool isUpper =
        comparison == Comparison::Less || comparison == Comparison::LessOrEqual;
    Instruction constant;
    constant.constant = values[isUpper ? 2 : 17] + (random() % 3) - 1;
    Instruction compare;
    compare.opcode = Opcode::Compare;
    compare.comparison = comparison;
    compare.operands[0] = subject;
    compare.operands[1] = program.append(constant);
    if (random() % 4 == 0) {
      std::swap(compare.operands[0], compare.operands[1]);
      compare.comparison = exchanged(comparison);
    }
    ProgramLimit limit;
    limit.text = "limit " + std::to_string(number);
    limit.holds = program.append(compare);
    program.limits.push_back(limit);
  }
  return program;
}

} // namespace

TEST(ExplainTest, EqualsBruteForceOnRandomSpaces) {
  std::map<std::string, unsigned> seen;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    expectExact(programWithBounds(seed), std::nullopt, seen);
    if (HasFailure())
      return;
  }
  // The test means something only if everything occurs.
  for (const char *what :
       {"feasible", "conflict of 1", "conflict of 2", "none", "leaving out",
        "bound of 0", "bound of 1", "bound of 2", "bound of 3", "bound of 4",
        "bound of 5"})
    EXPECT_GT(seen[what], 0u) << what;
}

TEST(ExplainTest, EqualsBruteForceForSingleValues) {
  std::map<std::string, unsigned> seen;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    CostProgram program = programWithBounds(seed);
    uint32_t choice = seed % program.choices.size();
    for (uint16_t position = 0;
         position < program.choices[choice].values.size(); ++position) {
      SCOPED_TRACE(position);
      expectExact(program, ValueOfChoice{choice, position}, seen);
      if (HasFailure())
        return;
    }
  }
  for (const char *what : {"feasible", "conflict of 0", "conflict of 1"})
    EXPECT_GT(seen[what], 0u) << what;
}

TEST(ExplainTest, EqualsBruteForceOnASpaceOfConvolutions) {
  std::map<std::string, unsigned> seen;
  for (unsigned percent : {0u, 1u, 3u, 60u}) {
    SCOPED_TRACE(percent);
    expectExact(convolutionalSpace(2, percent), std::nullopt, seen);
    if (HasFailure())
      return;
  }
  EXPECT_GT(seen["bound of 3"], 0u);
}

TEST(ExplainTest, SaysOnlyWhatIsProvedInTheTime) {
  CostProgram program = convolutionalSpace(5, 2);
  for (double seconds : {1e-6, 0.02, 0.1, 0.5}) {
    SCOPED_TRACE(seconds);
    ExplainOptions options;
    options.seconds = seconds;
    ConflictExplanation limited =
        explainConflict(program, fullDomains(program), std::nullopt, options);
    for (const LimitExplanation &limit : limited.limits)
      for (const NearestBound &bound : limit.bounds) {
        LimitComparison comparison = *comparisonOf(program, limit.limit);
        EXPECT_LE(comparison.bound, bound.excluded);
        EXPECT_LT(bound.excluded, bound.bound);
        expectMeets(withBound(program, limit.limit, comparison, bound.bound),
                    std::nullopt, bound.architecture);
      }
  }
}

TEST(ExplainTest, RemovalsAreMinimalAndSuffice) {
  unsigned explained = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    CostProgram program = programWithBounds(seed);
    std::vector<ValueOfChoice> removed;
    for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
      for (uint16_t position = 0;
           position < program.choices[choice].values.size(); ++position)
        removed.push_back({choice, position});
    auto conflicts = explainRemovals(program, removed, 1000);
    ASSERT_EQ(conflicts.size(), removed.size());
    for (auto [value, conflict] : llvm::zip(removed, conflicts)) {
      if (conflict.empty())
        continue;
      ++explained;
      BruteForce expected(program, value);
      EXPECT_FALSE(expected.canMeet(conflict));
      for (uint32_t left : conflict) {
        std::vector<uint32_t> others = conflict;
        others.erase(llvm::find(others, left));
        EXPECT_TRUE(expected.canMeet(others));
      }
    }
  }
  EXPECT_GT(explained, 100u);
}

TEST(ExplainTest, CountsFeasibleArchitecturesWithAValue) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    CostProgram program = programWithBounds(seed);
    std::set<Architecture> feasible;
    Interpreter interpreter(program, program.feasibilityOutputs());
    Canonicalizer canonicalizer(program);
    forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
      interpreter.run(positions);
      if (interpreter.isFeasible())
        feasible.insert(canonicalizer.canonicalize(positions));
    });
    ValueExplanation result = explainValue(program, {0, 0}, unlimited());
    if (result.conflict.status != ConflictStatus::Feasible)
      continue;
    ASSERT_TRUE(result.feasible && result.feasible->isExact());
    ASSERT_TRUE(result.withValue && result.withValue->isExact());
    EXPECT_EQ(result.feasible->lower.getZExtValue(), feasible.size());
    EXPECT_EQ(result.withValue->lower.getZExtValue(),
              static_cast<uint64_t>(
                  llvm::count_if(feasible, [](const Architecture &one) {
                    return one.active.test(0) && one.positions[0] == 0;
                  })));
  }
}

TEST(WrittenBoundTest, TextsSufficeWhereTheBoundDoes) {
  WrittenBound size;
  size.unit = "KiB";
  size.unitSize = 1024;
  size.baseUnit = "B";
  EXPECT_EQ(size.write(24064, Rounding::Up), "23.5 KiB");
  EXPECT_EQ(size.write(24001, Rounding::Up), "24_001 B (23.439 KiB)");
  EXPECT_EQ(size.write(24001, Rounding::Down), "24_001 B (23.438 KiB)");
  EXPECT_EQ(size.write(24001, Rounding::None), "24_001 B");
  EXPECT_EQ(size.write(17, Rounding::Up), "17 B");
  WrittenBound time;
  time.unit = "ms";
  time.unitSize = 1000000000;
  time.baseUnit = "ps";
  EXPECT_EQ(time.write(9841234567, Rounding::Up),
            "9_841_234_567 ps (9.842 ms)");
  EXPECT_EQ(time.write(9841000000, Rounding::Up), "9.841 ms");
  WrittenBound number;
  EXPECT_EQ(number.write(-5, Rounding::Up), "-5");
  EXPECT_EQ(number.write(1234567, Rounding::Up), "1_234_567");
  // x / 3 <= 2 is x <= 6 with a scale of 3.
  number.scale = 3;
  EXPECT_EQ(number.write(7, Rounding::Up), "2.334");
  EXPECT_EQ(number.write(7, Rounding::Down), "2.333");
  EXPECT_EQ(number.write(-7, Rounding::Up), "-2.333");
  EXPECT_EQ(number.write(-7, Rounding::Down), "-2.334");
  EXPECT_EQ(number.write(9, Rounding::None), "3");
  EXPECT_EQ(number.write(7, Rounding::None), std::nullopt);
}
