//===- CostTestSupport.h - Cost functions for tests -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cost functions to test their readers with: parsed from text, drawn at
// random, and one that resembles the space of a small convolutional network.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_COST_COSTTESTSUPPORT_H
#define NASC_TEST_UNIT_COST_COSTTESTSUPPORT_H

#include "dialects/cost/Cost.h"
#include "passes/cost/CostProgram.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace nasc::cost {

/// Builds one cost function and the program of it.
class CostTestFunction {
public:
  CostTestFunction();
  ~CostTestFunction();

  mlir::MLIRContext &getContext() { return context; }
  mlir::ModuleOp getModule() { return *module; }
  FunctionOp getFunction() { return function; }
  mlir::OpBuilder &getBuilder() { return builder; }

  mlir::Value choice(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
  mlir::Value lookup(llvm::StringRef table, mlir::ValueRange keys,
                     mlir::Value otherwise, Range range);
  void table(llvm::StringRef name, llvm::ArrayRef<std::vector<int64_t>> rows,
             llvm::ArrayRef<int64_t> values);
  void activity(llvm::StringRef choice, mlir::Value active);
  void metric(llvm::StringRef name, mlir::Value value,
              llvm::StringRef device = "");
  void limit(llvm::StringRef text, mlir::Value holds);

  /// Verifies the module and builds the program; fails the test otherwise.
  CostProgram program();

private:
  mlir::MLIRContext context;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  FunctionOp function;
};

/// The program of the function in a module written as text.
CostProgram parseProgram(llvm::StringRef text);

struct RandomProgramOptions {
  unsigned choices = 6;
  unsigned maximumDomain = 4;
  unsigned operations = 60;
  unsigned limits = 3;
  /// Some choices depend on others.
  bool activities = true;
  bool lookups = true;
};

/// A function of every kind of operation. Inactive choices do not touch what
/// it computes.
CostProgram randomProgram(uint64_t seed, const RandomProgramOptions &options);

struct RandomSpaceOptions {
  /// At most so many assignments of values to the choices.
  uint64_t assignments = 10000;
};

/// A space like those that the language makes, with limits of every kind:
/// parameters, depths with rounds, nested branches, choices of one value and
/// choices that are never active; costs that are sums, largest and smallest
/// elements, rounded, looked up; numbers that are negative or near 2^62. The
/// bounds are taken from random architectures, so that limits are tight and
/// loose.
CostProgram randomSpace(uint64_t seed, const RandomSpaceOptions &options);

/// The program as text that parseProgram() reads; layers are left out.
std::string printProgram(const CostProgram &program);

/// A space as of DESIGN.md: `rounds` rounds of width, kernel, stride and body
/// under a depth. Metrics macs, weights, and flash, ram, latency of one device;
/// limits on the last three with bounds given in per cent of their largest
/// value, widths that do not fall, and at most two strides of 2.
CostProgram convolutionalSpace(unsigned rounds, unsigned limitPercent = 30);

/// Random positions for every choice.
std::vector<uint16_t> randomPositions(const CostProgram &program,
                                      std::mt19937_64 &random);

/// Calls `visit` with every assignment of positions to the choices.
void forEachAssignment(
    const CostProgram &program,
    const std::function<void(llvm::ArrayRef<uint16_t>)> &visit);

} // namespace nasc::cost

#endif // NASC_TEST_UNIT_COST_COSTTESTSUPPORT_H
