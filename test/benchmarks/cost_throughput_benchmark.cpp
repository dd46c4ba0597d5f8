//===- cost_throughput_benchmark.cpp - Speed of compiled cost functions ---===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures, for specifications (all metrics of all their devices, and limits)
// and for spaces like that of the example: the time from a cost function
// in IR to the first costs (at least five times in one process; the first is
// the one that a user sees), and how many architectures a second one core
// costs.
//
//   cost_throughput_benchmark [SPEC.nas...]
//
//===----------------------------------------------------------------------===//

#include "passes/cost/ArchitectureSpace.h"
#include "passes/cost/CostCompiler.h"
#include "passes/cost/Interpreter.h"
#include "test/unit/cost/CostTestSupport.h"
#include "tools/nasc/Session.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>

using namespace nasc::cost;

namespace {

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

int measure(const CostProgram &program, llvm::StringRef name, bool optimize) {
  ArchitectureBatch batch(program, 4096);
  std::mt19937_64 random(1);
  while (batch.size() < batch.getCapacity())
    batch.append(randomPositions(program, random));
  CostBatch costs;
  CostCompilerOptions options;
  options.optimize = optimize;

  std::vector<double> latencies;
  std::optional<CompiledCosts> compiled;
  for (int repetition = 0; repetition < 6; ++repetition) {
    auto start = std::chrono::steady_clock::now();
    llvm::Expected<CompiledCosts> result =
        CompiledCosts::compile(program, options);
    if (!result) {
      llvm::errs() << llvm::toString(result.takeError()) << '\n';
      return 1;
    }
    result->evaluate(batch, costs);
    latencies.push_back(secondsSince(start));
    compiled = std::move(*result);
  }
  double first = latencies.front();
  std::sort(latencies.begin(), latencies.end());

  std::vector<double> rates;
  for (int repetition = 0; repetition < 9; ++repetition) {
    auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < 100; ++round)
      compiled->evaluate(batch, costs);
    rates.push_back(100.0 * batch.size() / secondsSince(start));
  }
  std::sort(rates.begin(), rates.end());
  llvm::outs() << llvm::format(
      "%s, %zu choices, %zu instructions%s: first result after %.1f ms "
      "(again: %.1f ms), %.1f million architectures a second\n",
      name.str().c_str(), program.choices.size(), program.instructions.size(),
      optimize ? ", optimised" : "", 1e3 * first,
      1e3 * latencies[latencies.size() / 2], 1e-6 * rates[rates.size() / 2]);
  return 0;
}

int measureSpecification(const char *path) {
  nasc::Options options;
  options.input = path;
  options.action = nasc::Options::Action::Emit;
  nasc::Session session(options);
  if (!session.deriveCosts())
    return 1;
  for (auto function : session.getModule().getOps<FunctionOp>()) {
    mlir::FailureOr<CostProgram> program = CostProgram::fromFunction(function);
    if (mlir::failed(program) || measure(*program, path, /*optimize=*/false))
      return 1;
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i)
    if (measureSpecification(argv[i]))
      return 1;
  for (unsigned rounds : {6u, 3u, 12u, 20u})
    if (measure(convolutionalSpace(rounds), std::to_string(rounds) + " rounds",
                /*optimize=*/false))
      return 1;
  return measure(convolutionalSpace(6), "6 rounds", /*optimize=*/true);
}
