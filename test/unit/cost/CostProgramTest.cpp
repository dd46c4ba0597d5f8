//===- CostProgramTest.cpp - Programs of cost functions -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/Interpreter.h"
#include "test/unit/cost/CostTestSupport.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace nasc::cost;

namespace {

/// The message with which a function is refused.
std::string refusal(llvm::StringRef text) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<CostDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          message = diagnostic.str();
                                          return mlir::success();
                                        });
  EXPECT_TRUE(mlir::failed(
      CostProgram::fromFunction(*module->getOps<FunctionOp>().begin())));
  return message;
}

} // namespace

TEST(CostProgramTest, KeepsWhatTheFunctionStates) {
  CostProgram program = parseProgram(R"mlir(
    cost.table @t keys ["a", "b"] rows [[2, 1], [1, 2]] values [20, 10]
    cost.function @f {
      %a = cost.choice "a" in [1, 2] : !cost.int<1 to 2>
      %b = cost.choice "b" in [2, 1] : !cost.int<1 to 2>
      %z = cost.constant 7 : !cost.int<7>
      %l = cost.lookup @t[%a, %b] else %z : (!cost.int<1 to 2>, !cost.int<1 to 2>), !cost.int<7> -> !cost.int<7 to 20>
      %h = cost.cmp le %l, %z : !cost.int<7 to 20>, !cost.int<7> -> !cost.int<0 to 1>
      cost.activity "b" = %h : !cost.int<0 to 1>
      cost.metric "latency" on "h743" = %l : !cost.int<7 to 20>
      cost.limit "latency on h743 <= 7" %h metric "latency" on "h743" bound 7 implied : !cost.int<0 to 1>
    })mlir");
  EXPECT_EQ(program.name, "f");
  ASSERT_EQ(program.choices.size(), 2u);
  EXPECT_EQ(program.choices[1].name, "b");
  EXPECT_EQ(program.choices[1].values, (std::vector<int64_t>{2, 1}));
  EXPECT_FALSE(program.choices[0].activity);
  EXPECT_TRUE(program.choices[1].activity);
  ASSERT_EQ(program.limits.size(), 1u);
  EXPECT_EQ(program.limits[0].bound, 7);
  EXPECT_EQ(program.limits[0].device, "h743");
  EXPECT_TRUE(program.limits[0].implied);
  EXPECT_EQ(program.findMetric("latency", "h743"), 0u);
  EXPECT_FALSE(program.findMetric("latency"));
  EXPECT_EQ(evaluate(program, {0, 0}).metrics[0], 10);
  EXPECT_EQ(evaluate(program, {1, 1}).metrics[0], 20);
  EXPECT_EQ(evaluate(program, {0, 1}).metrics[0], 7);
}

TEST(CostProgramTest, RefusesValuesBeyond64Bits) {
  std::string message = refusal(R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [1, 4294967296] : !cost.int<1 to 4294967296>
      %s = cost.mul %a, %a : !cost.int<1 to 4294967296>, !cost.int<1 to 4294967296> -> !cost.int
      cost.metric "m" = %s : !cost.int
    })mlir");
  EXPECT_NE(message.find("cost.mul"), std::string::npos) << message;
  EXPECT_NE(message.find("[NAS2010]"), std::string::npos) << message;
}

TEST(CostProgramTest, DoesNotBelieveStatedRangesInThatProof) {
  std::string message = refusal(R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [1, 4294967296] : !cost.int<1 to 4294967296>
      %s = cost.mul %a, %a : !cost.int<1 to 4294967296>, !cost.int<1 to 4294967296> -> !cost.int<1 to 5>
      cost.metric "m" = %s : !cost.int<1 to 5>
    })mlir");
  EXPECT_NE(message.find("[NAS2010]"), std::string::npos) << message;
}

TEST(CostProgramTest, MakesDivisorsPositive) {
  // The stated range of the divisor excludes zero; the domain does not.
  CostProgram program = parseProgram(R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [0, 1] : !cost.int<0 to 1>
      %one = cost.constant 1 : !cost.int<1>
      %b = cost.min %a, %one : !cost.int<0 to 1>, !cost.int<1> -> !cost.int<1>
      %q = cost.floordiv %one, %b : !cost.int<1>, !cost.int<1> -> !cost.int<1>
      cost.metric "m" = %q : !cost.int<1>
    })mlir");
  EXPECT_EQ(evaluate(program, {0}).metrics[0], 1);
}
