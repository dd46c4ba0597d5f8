//===- Z3EncodingTest.cpp - Formulas agree with the interpreter -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Z3Encoding.h"
#include "passes/cost/Interpreter.h"
#include "passes/feasibility/FindWitness.h"
#include "passes/feasibility/Solver.h"
#include "test/unit/cost/CostTestSupport.h"

#include "gtest/gtest.h"

using namespace nasc::cost;
using namespace nasc::feasibility;

namespace {

std::vector<Slot> rootsOf(const CostProgram &program) {
  std::vector<Slot> roots = program.feasibilityOutputs();
  for (const ProgramMetric &metric : program.metrics)
    roots.push_back(metric.value);
  return roots;
}

/// Fixes random architectures in the solver: the model has the interpreter's
/// metrics and limits.
void expectAgreement(const CostProgram &program, size_t maximumTable,
                     unsigned samples, std::mt19937_64 &random) {
  LimitedSolver solver(1, 0);
  std::vector<Slot> roots = rootsOf(program);
  Z3Encoding encoding(program, roots, fullDomains(program), solver.get(),
                      maximumTable);
  std::vector<z3::expr> limits, metrics;
  for (const ProgramLimit &limit : program.limits)
    limits.push_back(encoding.name(encoding.truth(limit.holds), "limit"));
  for (const ProgramMetric &metric : program.metrics) {
    z3::expr bits = encoding.number(metric.value);
    z3::expr named = solver.getContext().bv_const(
        (metric.name + "@" + metric.device).c_str(), bits.get_sort().bv_size());
    solver.get().add(named == bits);
    metrics.push_back(named);
  }
  Interpreter interpreter(program);
  Canonicalizer canonicalizer(program);
  for (unsigned sample = 0; sample < samples; ++sample) {
    Architecture architecture =
        canonicalizer.canonicalize(randomPositions(program, random));
    interpreter.run(architecture.positions);
    std::vector<z3::expr> assumptions;
    for (unsigned choice : architecture.active.set_bits())
      assumptions.push_back(
          encoding.isAt(choice, architecture.positions[choice]));
    ASSERT_EQ(solver.check(assumptions), z3::sat);
    z3::model model = solver.get().get_model();
    ASSERT_EQ(encoding.architectureOf(model), architecture);
    for (size_t limit = 0; limit < limits.size(); ++limit)
      ASSERT_EQ(model.eval(limits[limit], true).is_true(),
                interpreter.getValue(program.limits[limit].holds) != 0)
          << program.limits[limit].text;
    for (size_t metric = 0; metric < metrics.size(); ++metric) {
      int64_t expected = interpreter.getValue(program.metrics[metric].value);
      unsigned width = metrics[metric].get_sort().bv_size();
      z3::expr equal =
          metrics[metric] == solver.getContext().bv_val(expected, width);
      ASSERT_TRUE(model.eval(equal, true).is_true())
          << program.metrics[metric].name << " is " << expected << ", not "
          << model.eval(metrics[metric], true).to_string();
    }
  }
}

} // namespace

TEST(Z3EncodingTest, AgreesOnRandomFunctions) {
  std::mt19937_64 random(21);
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    // Small tables, so that also divisions and products are bit-vectors.
    expectAgreement(randomProgram(seed, {}), seed % 2 ? 2048 : 12, 20, random);
    if (HasFatalFailure())
      return;
  }
}

TEST(Z3EncodingTest, AgreesOnASpaceOfConvolutions) {
  std::mt19937_64 random(22);
  expectAgreement(convolutionalSpace(4), 2048, 50, random);
}

TEST(FindWitnessTest, NamesTheChoicesThatBreakACondition) {
  CostProgram program = parseProgram(R"mlir(
    cost.function @f {
      %other = cost.choice "other" in [1, 2, 3] : !cost.int<1 to 3>
      %s = cost.choice "stride" in [1, 2] : !cost.int<1 to 2>
      %k = cost.choice "kernel" in [3, 5] : !cost.int<3 to 5>
      %h = cost.constant 7 : !cost.int<7>
      %a = cost.ceildiv %h, %s : !cost.int<7>, !cost.int<1 to 2> -> !cost.int<4 to 7>
      %ok = cost.cmp ge %a, %k : !cost.int<4 to 7>, !cost.int<3 to 5> -> !cost.int<0 to 1>
      %o = cost.cmp ge %other, %s : !cost.int<1 to 3>, !cost.int<1 to 2> -> !cost.int<0 to 1>
      %any = cost.max %ok, %o : !cost.int<0 to 1>, !cost.int<0 to 1> -> !cost.int<0 to 1>
      %fits = cost.cmp ge %h, %k : !cost.int<7>, !cost.int<3 to 5> -> !cost.int<1>
      cost.limit "kernel fits" %ok : !cost.int<0 to 1>
      cost.limit "always" %fits : !cost.int<1>
    })mlir");
  WitnessResult result = findWitness(program, program.limits[0].holds);
  ASSERT_EQ(result.status, WitnessStatus::Found);
  EXPECT_FALSE(evaluate(program, result.architecture.positions).limits[0]);
  EXPECT_TRUE(result.causeIsMinimal);
  std::vector<std::pair<uint32_t, uint16_t>> expected = {{1, 1}, {2, 1}};
  EXPECT_EQ(result.cause, expected);
  EXPECT_EQ(findWitness(program, program.limits[1].holds).status,
            WitnessStatus::None);
}

TEST(FindWitnessTest, CausesForceTheConditionOnRandomFunctions) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    CostProgram program = randomProgram(seed, {});
    for (const ProgramLimit &limit : program.limits) {
      WitnessResult result = findWitness(program, limit.holds);
      Interpreter interpreter(program);
      Canonicalizer canonicalizer(program);
      bool fails = false, forced = true;
      forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
        interpreter.run(positions);
        bool holds = interpreter.getValue(limit.holds) != 0;
        fails |= !holds;
        // With the cause, an inactive choice is at position zero.
        Architecture architecture = canonicalizer.canonicalize(positions);
        bool matches = true;
        for (auto [choice, position] : result.cause)
          matches &= architecture.positions[choice] == position;
        forced &= !(matches && holds);
      });
      ASSERT_NE(result.status, WitnessStatus::Undecided);
      ASSERT_EQ(result.status == WitnessStatus::Found, fails);
      ASSERT_TRUE(forced || !fails);
    }
  }
}
