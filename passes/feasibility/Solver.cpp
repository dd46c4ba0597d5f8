//===- Solver.cpp - One incremental solver with a time limit --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Solver.h"

#include <algorithm>
#include <limits>

using namespace nasc::feasibility;

LimitedSolver::LimitedSolver(uint64_t seed, double seconds)
    : solver(context, "QF_FD") {
  z3::params parameters(context);
  parameters.set("random_seed", static_cast<unsigned>(seed));
  // Interrupts are the driver's business.
  parameters.set("ctrl_c", false);
  solver.set(parameters);
  if (seconds > 0)
    deadline = std::chrono::steady_clock::now() +
               std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                   std::chrono::duration<double>(std::min(seconds, 1e9)));
}

bool LimitedSolver::isOver() const {
  return deadline && std::chrono::steady_clock::now() >= *deadline;
}

std::optional<double> LimitedSolver::secondsLeft() const {
  if (!deadline)
    return std::nullopt;
  return std::max(0.0, std::chrono::duration<double>(
                           *deadline - std::chrono::steady_clock::now())
                           .count());
}

z3::check_result LimitedSolver::check(const std::vector<z3::expr> &assumptions,
                                      double seconds) {
  ++queries;
  if (isOver()) {
    ++timeouts;
    return z3::unknown;
  }
  std::optional<double> left = secondsLeft();
  if (seconds > 0)
    left = std::min(left.value_or(seconds), seconds);
  // A limit stays with the solver until the next one; a solver that never had
  // one answers faster.
  if (left || isLimited) {
    z3::params parameters(context);
    parameters.set("timeout", static_cast<unsigned>(std::clamp<double>(
                                  1000 * left.value_or(1e9), 1,
                                  std::numeric_limits<int>::max())));
    solver.set(parameters);
    isLimited = left.has_value();
  }
  z3::expr_vector vector(context);
  for (const z3::expr &assumption : assumptions)
    vector.push_back(assumption);
  z3::check_result result = solver.check(vector);
  if (result == z3::unknown)
    ++timeouts;
  return result;
}

std::vector<uint32_t>
LimitedSolver::explain(const std::vector<z3::expr> &assumptions,
                       bool &isMinimal, size_t fixed,
                       const std::function<void(uint32_t)> &onKept) {
  isMinimal = true;
  auto numbersOf = [&](const z3::expr_vector &core) {
    std::vector<uint32_t> numbers;
    for (uint32_t number = fixed; number < assumptions.size(); ++number)
      for (unsigned index = 0; index < core.size(); ++index)
        if (z3::eq(core[index], assumptions[number])) {
          numbers.push_back(number);
          break;
        }
    return numbers;
  };
  std::vector<uint32_t> core = numbersOf(solver.unsat_core());
  // Leave out one after the other; what can be left out stays out.
  for (size_t index = 0; index < core.size();) {
    std::vector<z3::expr> others(assumptions.begin(),
                                 assumptions.begin() + fixed);
    for (size_t other = 0; other < core.size(); ++other)
      if (other != index)
        others.push_back(assumptions[core[other]]);
    z3::check_result result = check(others);
    if (result == z3::unsat) {
      core.erase(core.begin() + index);
      continue;
    }
    if (result == z3::unknown)
      isMinimal = false;
    else if (onKept)
      onKept(core[index]);
    ++index;
  }
  return core;
}
