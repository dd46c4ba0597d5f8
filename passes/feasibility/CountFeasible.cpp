//===- CountFeasible.cpp - Counts feasible architectures ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/CountFeasible.h"

#include "passes/cost/ArchitectureSpace.h"
#include "passes/cost/CostCompiler.h"
#include "passes/cost/Interpreter.h"

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::feasibility;

/// Below this, compiling takes longer than interpreting.
static constexpr uint64_t kWorthCompiling = 10000;

llvm::Expected<std::optional<uint64_t>>
feasibility::countFeasible(const CostProgram &program,
                           const ChoiceDomains &domains,
                           const CountOptions &options) {
  std::optional<ArchitectureSpace> space =
      ArchitectureSpace::build(program, domains);
  if (!space || space->getCount().ugt(options.maximumArchitectures))
    return std::nullopt;
  if (program.limits.empty())
    return space->getCount().getZExtValue();
  uint64_t feasible = 0;
  if (space->getCount().ult(kWorthCompiling)) {
    Interpreter interpreter(program, program.feasibilityOutputs());
    space->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
      interpreter.run(positions);
      feasible += interpreter.isFeasible();
      return true;
    });
    return feasible;
  }
  CostCompilerOptions compilerOptions;
  compilerOptions.emission.outputs = EmittedOutputs::Feasibility;
  llvm::Expected<CompiledCosts> compiled =
      CompiledCosts::compile(program, compilerOptions);
  if (!compiled)
    return compiled.takeError();
  ArchitectureBatch batch(program, 2048);
  CostBatch costs;
  auto flush = [&] {
    compiled->evaluate(batch, costs);
    for (size_t index = 0; index < batch.size(); ++index)
      feasible += costs.isFeasible(index);
    batch.resize(0);
  };
  space->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
    batch.append(positions);
    if (batch.size() == batch.getCapacity())
      flush();
    return true;
  });
  flush();
  return feasible;
}
