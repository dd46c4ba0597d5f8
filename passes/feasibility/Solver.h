//===- Solver.h - One incremental solver with a time limit ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the users of Z3Encoding.h share: a seeded solver for finite domains,
// questions under assumptions against one deadline, and minimal subsets of
// assumptions that exclude each other. May throw z3::exception.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_SOLVER_H
#define NASC_PASSES_FEASIBILITY_SOLVER_H

#include <z3++.h>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace nasc::feasibility {

class LimitedSolver {
public:
  /// `seconds` zero: no limit.
  LimitedSolver(uint64_t seed, double seconds);

  z3::context &getContext() { return context; }
  z3::solver &get() { return solver; }

  /// Whether the time is over.
  bool isOver() const;
  /// The seconds that are left; none without a limit.
  std::optional<double> secondsLeft() const;
  /// Asks under assumptions (Boolean constants or their negations). Unknown if
  /// the time is over, or after `seconds` if that is not zero.
  z3::check_result check(const std::vector<z3::expr> &assumptions,
                         double seconds = 0);

  /// After an answer "unsatisfiable": the numbers, in `assumptions`, of a
  /// subset that excludes each other. Minimal unless the time is over, which
  /// `isMinimal` says. The first `fixed` assumptions are always made and never
  /// named. `onKept` is called after each answer "satisfiable" without one of
  /// the others, with its number: the model meets all that are named but it.
  std::vector<uint32_t>
  explain(const std::vector<z3::expr> &assumptions, bool &isMinimal,
          size_t fixed = 0,
          const std::function<void(uint32_t)> &onKept = nullptr);

  unsigned getQueries() const { return queries; }
  unsigned getTimeouts() const { return timeouts; }

private:
  z3::context context;
  z3::solver solver;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  /// The solver has a time limit from an earlier question.
  bool isLimited = false;
  unsigned queries = 0;
  unsigned timeouts = 0;
};

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_SOLVER_H
