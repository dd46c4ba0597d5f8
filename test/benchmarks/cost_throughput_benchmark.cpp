//===- cost_throughput_benchmark.cpp - Speed of compiled cost functions ---===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures, for spaces like that of the example: the time from a cost function
// in IR to the first costs (at least five times in one process; the first is
// the one that a user sees), and how many architectures a second one core
// costs.
//
//===----------------------------------------------------------------------===//

#include "passes/cost/ArchitectureSpace.h"
#include "passes/cost/CostCompiler.h"
#include "passes/cost/Interpreter.h"
#include "test/unit/cost/CostTestSupport.h"

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

int measure(unsigned rounds, bool optimize) {
  CostProgram program = convolutionalSpace(rounds);
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
      "%u rounds, %zu choices, %zu instructions%s: first result after %.1f ms "
      "(again: %.1f ms), %.1f million architectures a second\n",
      rounds, program.choices.size(), program.instructions.size(),
      optimize ? ", optimised" : "", 1e3 * first,
      1e3 * latencies[latencies.size() / 2], 1e-6 * rates[rates.size() / 2]);
  return 0;
}

} // namespace

int main() {
  for (unsigned rounds : {6u, 3u, 12u, 20u})
    if (measure(rounds, /*optimize=*/false))
      return 1;
  return measure(6, /*optimize=*/true);
}
