//===- CostAgreementTest.cpp - All readers of a cost function agree -------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/CostCompiler.h"
#include "passes/cost/Interpreter.h"
#include "passes/cost/IntervalEvaluator.h"
#include "test/unit/cost/CostTestSupport.h"

#include "gtest/gtest.h"

using namespace nasc::cost;

namespace {

/// Compiles and compares with the interpreter on random architectures; the
/// count is no multiple of the lanes.
void expectCompiledEqual(const CostProgram &program, unsigned lanes,
                         std::mt19937_64 &random, bool optimize = false) {
  CostCompilerOptions options;
  options.emission.lanes = lanes;
  options.optimize = optimize;
  llvm::Expected<CompiledCosts> compiled =
      CompiledCosts::compile(program, options);
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  ArchitectureBatch batch(program, 101);
  while (batch.size() < batch.getCapacity())
    batch.append(randomPositions(program, random));
  CostBatch costs;
  compiled->evaluate(batch, costs);
  Interpreter interpreter(program);
  for (size_t index = 0; index < batch.size(); ++index) {
    std::vector<uint16_t> positions;
    for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
      positions.push_back(batch.get(index, choice));
    interpreter.run(positions);
    for (size_t metric = 0; metric < program.metrics.size(); ++metric)
      ASSERT_EQ(costs.metric(metric, index),
                interpreter.getValue(program.metrics[metric].value))
          << program.metrics[metric].name;
    for (size_t limit = 0; limit < program.limits.size(); ++limit)
      ASSERT_EQ(costs.limit(limit, index),
                interpreter.getValue(program.limits[limit].holds) != 0)
          << program.limits[limit].text;
    ASSERT_EQ(costs.isFeasible(index), interpreter.isFeasible());
  }
}

/// Bounds over random subsets of the domains hold every architecture in them.
void expectContained(const CostProgram &program, std::mt19937_64 &random,
                     size_t maximumTable) {
  std::vector<Slot> roots = program.allOutputs();
  IntervalEvaluator evaluator(program, roots, maximumTable);
  Bounds full = evaluator.evaluate(fullDomains(program));
  for (int repetition = 0; repetition < 10; ++repetition) {
    ChoiceDomains domains = fullDomains(program);
    for (llvm::BitVector &domain : domains)
      for (unsigned position = 0; position < domain.size(); ++position)
        if (domain.count() > 1 && random() % 2)
          domain.reset(position);
    Bounds bounds = evaluator.evaluate(domains);
    // One restriction after the other gives the same.
    Bounds stepwise = full;
    for (uint32_t choice = 0; choice < domains.size(); ++choice)
      stepwise = evaluator.restrict(stepwise, choice, domains[choice]);
    for (Slot root : roots) {
      ASSERT_EQ(bounds.slots[root], stepwise.slots[root]);
      ASSERT_TRUE(full.slots[root].contains(bounds.slots[root]));
    }
    Interpreter interpreter(program);
    for (int sample = 0; sample < 50; ++sample) {
      std::vector<uint16_t> positions = randomPositions(program, random);
      for (uint32_t choice = 0; choice < domains.size(); ++choice)
        while (!domains[choice].test(positions[choice]))
          positions[choice] = (positions[choice] + 1) % domains[choice].size();
      interpreter.run(positions);
      for (Slot root : roots)
        ASSERT_TRUE(bounds.slots[root].contains(interpreter.getValue(root)))
            << "slot " << root << " is " << interpreter.getValue(root)
            << ", bounded by " << bounds.slots[root].lower << " to "
            << bounds.slots[root].upper;
    }
  }
}

} // namespace

TEST(CostAgreementTest, CompiledCodeEqualsInterpreterOnRandomFunctions) {
  std::mt19937_64 random(7);
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    CostProgram program = randomProgram(seed, {});
    expectCompiledEqual(program, seed % 3 == 0 ? 1 : 8, random);
    if (HasFatalFailure())
      return;
  }
}

TEST(CostAgreementTest, CompiledCodeEqualsInterpreterOnLargeFunctions) {
  std::mt19937_64 random(8);
  RandomProgramOptions options;
  options.choices = 20;
  options.maximumDomain = 20;
  options.operations = 500;
  for (uint64_t seed = 100; seed < 105; ++seed) {
    SCOPED_TRACE(seed);
    expectCompiledEqual(randomProgram(seed, options), 8, random);
    if (HasFatalFailure())
      return;
  }
  expectCompiledEqual(convolutionalSpace(6), 16, random);
  expectCompiledEqual(convolutionalSpace(4), 8, random, /*optimize=*/true);
}

TEST(CostAgreementTest, DomainsOfMoreThan256ValuesUse16Bits) {
  CostTestFunction test;
  std::vector<int64_t> values;
  for (int64_t value = 0; value < 700; ++value)
    values.push_back(value * value);
  test.metric("square", test.choice("x", values));
  CostProgram program = test.program();
  EXPECT_EQ(positionBits(program), 16u);
  std::mt19937_64 random(9);
  expectCompiledEqual(program, 8, random);
  expectCompiledEqual(program, 1, random);
}

TEST(CostAgreementTest, DivisionsRoundDownAndUpAlsoBelowZero) {
  CostProgram program = parseProgram(R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [-7, -6, -1, 0, 1, 6, 7] : !cost.int<-7 to 7>
      %b = cost.choice "b" in [1, 2, 3] : !cost.int<1 to 3>
      %f = cost.floordiv %a, %b : !cost.int<-7 to 7>, !cost.int<1 to 3> -> !cost.int<-7 to 7>
      %c = cost.ceildiv %a, %b : !cost.int<-7 to 7>, !cost.int<1 to 3> -> !cost.int<-7 to 7>
      %m = cost.mod %a, %b : !cost.int<-7 to 7>, !cost.int<1 to 3> -> !cost.int<0 to 2>
      cost.metric "f" = %f : !cost.int<-7 to 7>
      cost.metric "c" = %c : !cost.int<-7 to 7>
      cost.metric "m" = %m : !cost.int<0 to 2>
    })mlir");
  // -7 by 3.
  Evaluation costs = evaluate(program, {0, 2});
  EXPECT_EQ(costs.metrics, (std::vector<int64_t>{-3, -2, 2}));
  std::mt19937_64 random(10);
  expectCompiledEqual(program, 8, random);
}

TEST(CostAgreementTest, DivisionThroughDoublesIsExactAtItsLimit) {
  // Dividends just below and at multiples, as large as doubles are used for.
  CostTestFunction test;
  std::vector<int64_t> dividends;
  int64_t largest = (int64_t(1) << 52) - 400000000;
  for (int64_t divisor : {3, 7, 99999989, 100000007})
    for (int64_t delta : {-1, 0, 1})
      dividends.push_back(largest / divisor * divisor + delta);
  mlir::Value a = test.choice("a", dividends);
  mlir::Value b = test.choice("b", {3, 7, 99999989, 100000007});
  auto loc = test.getBuilder().getUnknownLoc();
  test.metric("f", test.getBuilder().create<FloorDivOp>(loc, a, b));
  test.metric("c", test.getBuilder().create<CeilDivOp>(loc, a, b));
  CostProgram program = test.program();
  std::mt19937_64 random(11);
  for (int repetition = 0; repetition < 5; ++repetition)
    expectCompiledEqual(program, 8, random);
}

TEST(CostAgreementTest, BoundsContainEveryArchitecture) {
  std::mt19937_64 random(12);
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    CostProgram program = randomProgram(seed, {});
    // Small tables: intermediate values as variables, and plain intervals.
    expectContained(program, random, seed % 2 ? 4096 : 24);
    if (HasFatalFailure())
      return;
  }
  expectContained(convolutionalSpace(6), random, 4096);
}

TEST(CostAgreementTest, EvaluationReportsLayersAndActivity) {
  CostProgram program = parseProgram(R"mlir(
    cost.function @f {
      %d = cost.choice "depth" in [1, 2] : !cost.int<1 to 2>
      %two = cost.constant 2 : !cost.int<2>
      %deep = cost.cmp eq %d, %two : !cost.int<1 to 2>, !cost.int<2> -> !cost.int<0 to 1>
      %w = cost.choice "width" in [8, 16] : !cost.int<8 to 16>
      cost.activity "width" = %deep : !cost.int<0 to 1>
      cost.layer "dense" kind "dense" active %deep : !cost.int<0 to 1>
          shapes (%two) -> (%w) : (!cost.int<2>) -> (!cost.int<8 to 16>)
          metrics ["macs"] = (%w) : !cost.int<8 to 16>
      cost.limit "deep" %deep : !cost.int<0 to 1>
    })mlir");
  Evaluation deep = evaluate(program, {1, 1});
  EXPECT_TRUE(deep.feasible);
  EXPECT_TRUE(deep.active.test(1));
  ASSERT_EQ(deep.layers.size(), 1u);
  EXPECT_TRUE(deep.layers[0].active);
  EXPECT_EQ(deep.layers[0].inputShape, std::vector<int64_t>{2});
  EXPECT_EQ(deep.layers[0].outputShape, std::vector<int64_t>{16});
  EXPECT_EQ(deep.layers[0].values, std::vector<int64_t>{16});
  Evaluation shallow = evaluate(program, {0, 1});
  EXPECT_FALSE(shallow.feasible);
  EXPECT_FALSE(shallow.active.test(1));
  EXPECT_FALSE(shallow.layers[0].active);
}
