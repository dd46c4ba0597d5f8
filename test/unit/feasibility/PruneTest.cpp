//===- PruneTest.cpp - Pruning removes what is infeasible and only that ---===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Prune.h"
#include "passes/cost/ArchitectureSpace.h"
#include "passes/cost/Interpreter.h"
#include "passes/counting/FeasibleSet.h"
#include "test/unit/cost/CostTestSupport.h"

#include "gtest/gtest.h"

#include <set>

using namespace nasc::cost;
using namespace nasc::feasibility;

namespace {

/// What going through all assignments finds.
struct BruteForce {
  std::set<Architecture> feasible;
  ChoiceDomains values;
  std::vector<bool> excludes;

  explicit BruteForce(const CostProgram &program)
      : excludes(program.limits.size(), false) {
    for (const ProgramChoice &choice : program.choices)
      values.emplace_back(choice.values.size());
    Interpreter interpreter(program);
    Canonicalizer canonicalizer(program);
    forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
      interpreter.run(positions);
      for (size_t limit = 0; limit < excludes.size(); ++limit)
        if (interpreter.getValue(program.limits[limit].holds) == 0)
          excludes[limit] = true;
      if (interpreter.isFeasible())
        feasible.insert(canonicalizer.canonicalize(positions));
    });
    for (const Architecture &architecture : feasible)
      for (unsigned choice : architecture.active.set_bits())
        values[choice].set(architecture.positions[choice]);
  }
};

/// Whether all limits of `chosen` can be met at once.
bool canMeet(const CostProgram &program, const std::vector<uint32_t> &chosen) {
  bool met = false;
  Interpreter interpreter(program);
  forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
    interpreter.run(positions);
    bool all = true;
    for (uint32_t limit : chosen)
      all &= interpreter.getValue(program.limits[limit].holds) != 0;
    met |= all;
  });
  return met;
}

void expectExact(const CostProgram &program, const PruneOptions &options) {
  BruteForce expected(program);
  PruneResult result = pruneSpace(program, options);
  ASSERT_EQ(result.statistics.timeouts, 0u);
  for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
    ASSERT_EQ(result.choices[choice].kept(), expected.values[choice])
        << program.choices[choice].name;
  for (uint32_t limit = 0; limit < program.limits.size(); ++limit)
    ASSERT_EQ(result.limits[limit], expected.excludes[limit]
                                        ? LimitEffect::ExcludesSome
                                        : LimitEffect::ExcludesNothing);
  if (expected.feasible.empty()) {
    ASSERT_EQ(result.status, PruneStatus::Empty);
    ASSERT_FALSE(result.witness);
    ASSERT_FALSE(result.conflict.empty());
    ASSERT_TRUE(result.conflictIsMinimal);
    ASSERT_FALSE(canMeet(program, result.conflict));
    for (size_t left = 0; left < result.conflict.size(); ++left) {
      std::vector<uint32_t> others = result.conflict;
      others.erase(others.begin() + left);
      ASSERT_TRUE(canMeet(program, others));
    }
  } else {
    ASSERT_EQ(result.status, PruneStatus::Feasible);
    ASSERT_TRUE(result.witness);
    ASSERT_TRUE(expected.feasible.count(*result.witness));
  }
  // What is left has the feasible architectures of the whole.
  const auto left =
      nasc::counting::FeasibleSet::build(program, result.domains());
  ASSERT_TRUE(left->isExact());
  ASSERT_EQ(left->getCount().lower.getZExtValue(), expected.feasible.size());
}

} // namespace

TEST(PruneTest, EqualsBruteForceOnRandomSpaces) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    RandomProgramOptions random;
    random.limits = 1 + seed % 6;
    PruneOptions options;
    // Without samples, the solver has everything to decide.
    options.samples = seed % 2 ? 100 : 0;
    // By turns, what decides is counting or the solver.
    if (seed / 2 % 2)
      options.countingSeconds = 0;
    expectExact(randomProgram(seed, random), options);
    if (HasFatalFailure())
      return;
  }
}

TEST(PruneTest, EqualsBruteForceOnASpaceOfConvolutions) {
  for (unsigned percent : {0u, 1u, 3u, 10u, 60u}) {
    SCOPED_TRACE(percent);
    PruneOptions options;
    options.samples = 0;
    options.countingSeconds = 0;
    expectExact(convolutionalSpace(2, percent), options);
    if (HasFatalFailure())
      return;
  }
}

TEST(PruneTest, TellsWhoRemovedWhat) {
  // Values above the bound fall to intervals; the last limit needs a proof:
  // 6·x + 10·y = 2·z + 1 has no solution, which no interval sees.
  CostProgram program = parseProgram(R"mlir(
    cost.function @f {
      %x = cost.choice "x" in [1, 2, 3, 90] : !cost.int<1 to 90>
      %y = cost.choice "y" in [1, 2, 3] : !cost.int<1 to 3>
      %q = cost.choice "q" in [0, 1] : !cost.int<0 to 1>
      %c = cost.constant 50 : !cost.int<50>
      %l = cost.cmp le %x, %c : !cost.int<1 to 90>, !cost.int<50> -> !cost.int<0 to 1>
      %s = cost.add %x, %y : !cost.int<1 to 90>, !cost.int<1 to 3> -> !cost.int<2 to 93>
      %two = cost.constant 2 : !cost.int<2>
      %m = cost.mod %s, %two : !cost.int<2 to 93>, !cost.int<2> -> !cost.int<0 to 1>
      %one = cost.constant 1 : !cost.int<1>
      %even = cost.sub %one, %m : !cost.int<1>, !cost.int<0 to 1> -> !cost.int<0 to 1>
      %o = cost.cmp eq %m, %q : !cost.int<0 to 1>, !cost.int<0 to 1> -> !cost.int<0 to 1>
      cost.limit "x <= 50" %l : !cost.int<0 to 1>
      cost.limit "even" %even : !cost.int<0 to 1>
      cost.limit "q is the parity" %o : !cost.int<0 to 1>
    })mlir");
  for (bool counts : {true, false}) {
    PruneOptions options;
    if (!counts)
      options.countingSeconds = 0;
    PruneResult result = pruneSpace(program, options);
    EXPECT_EQ(result.choices[0].values[3], ValueFate::RemovedByIntervals);
    EXPECT_EQ(result.choices[0].values[0], ValueFate::Feasible);
    EXPECT_EQ(result.choices[2].values[1], counts ? ValueFate::RemovedByCounting
                                                  : ValueFate::RemovedBySolver);
    EXPECT_EQ(result.statistics.removedByIntervals, 1u);
    EXPECT_EQ(result.statistics.removedByCounting, counts ? 1u : 0u);
    EXPECT_EQ(result.statistics.removedBySolver, counts ? 0u : 1u);
    EXPECT_EQ(result.statistics.queries > 0, !counts);
  }
}

TEST(PruneTest, NamesLimitsThatContradictEachOther) {
  CostProgram program = parseProgram(R"mlir(
    cost.function @f {
      %x = cost.choice "x" in [1, 2, 3, 4] : !cost.int<1 to 4>
      %y = cost.choice "y" in [1, 2, 3, 4] : !cost.int<1 to 4>
      %s = cost.add %x, %y : !cost.int<1 to 4>, !cost.int<1 to 4> -> !cost.int<2 to 8>
      %six = cost.constant 6 : !cost.int<6>
      %two = cost.constant 2 : !cost.int<2>
      %a = cost.cmp ge %s, %six : !cost.int<2 to 8>, !cost.int<6> -> !cost.int<0 to 1>
      %b = cost.cmp ge %x, %two : !cost.int<1 to 4>, !cost.int<2> -> !cost.int<0 to 1>
      %c = cost.cmp le %x, %two : !cost.int<1 to 4>, !cost.int<2> -> !cost.int<0 to 1>
      %d = cost.cmp lt %y, %x : !cost.int<1 to 4>, !cost.int<1 to 4> -> !cost.int<0 to 1>
      cost.limit "x + y >= 6" %a : !cost.int<0 to 1>
      cost.limit "x >= 2" %b : !cost.int<0 to 1>
      cost.limit "x <= 2" %c : !cost.int<0 to 1>
      cost.limit "y < x" %d : !cost.int<0 to 1>
    })mlir");
  PruneResult result = pruneSpace(program);
  EXPECT_EQ(result.status, PruneStatus::Empty);
  EXPECT_EQ(result.conflict, (std::vector<uint32_t>{0, 2, 3}));
  EXPECT_TRUE(result.conflictIsMinimal);
}

TEST(PruneTest, TimeLimitsLeaveASoundResult) {
  CostProgram program = convolutionalSpace(6, 3);
  PruneOptions options;
  options.samples = 0;
  options.seconds = 1e-6;
  PruneResult limited = pruneSpace(program, options);
  EXPECT_GT(limited.statistics.timeouts, 0u);
  PruneResult full = pruneSpace(program);
  for (uint32_t choice = 0; choice < program.choices.size(); ++choice) {
    llvm::BitVector lost = full.choices[choice].kept();
    lost.reset(limited.choices[choice].kept());
    EXPECT_TRUE(lost.none()) << program.choices[choice].name;
  }
}

TEST(PruneTest, ResultsRepeat) {
  CostProgram program = convolutionalSpace(5, 4);
  PruneResult first = pruneSpace(program), second = pruneSpace(program);
  ASSERT_EQ(first.status, second.status);
  EXPECT_EQ(first.witness, second.witness);
  EXPECT_EQ(first.statistics.queries, second.statistics.queries);
  for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
    EXPECT_EQ(first.choices[choice].values, second.choices[choice].values);
}

TEST(PruneTest, ASpaceWithoutChoicesIsFeasibleOrNot) {
  for (bool fits : {true, false}) {
    CostTestFunction test;
    mlir::Value value = test.getBuilder().create<ConstantOp>(
        test.getBuilder().getUnknownLoc(), int64_t(fits));
    test.limit("fits", value);
    PruneResult result = pruneSpace(test.program());
    EXPECT_EQ(result.status, fits ? PruneStatus::Feasible : PruneStatus::Empty);
  }
}
