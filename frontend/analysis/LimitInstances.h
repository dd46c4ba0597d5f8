//===- LimitInstances.h - Names and ranges of limits ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the analysis and the translation of limits share: how a name is read,
// and over which values a bound variable runs.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_LIMITINSTANCES_H
#define NASC_FRONTEND_ANALYSIS_LIMITINSTANCES_H

#include "dialects/cost/Range.h"
#include "frontend/analysis/SemanticAnalysis.h"

namespace nasc {

/// The name of a choice as it is written: `stage[i].kernel[j + 1]`.
struct LimitPath {
  struct Part {
    std::string name;
    std::vector<const ast::Expr *> indices;
  };
  std::vector<Part> parts;

  /// The name without its numbers: `stage[].kernel[]`.
  std::string pattern() const;
  /// The name with numbers for the indices, in order.
  std::string name(llvm::ArrayRef<int64_t> indices) const;
};

/// Reads an expression as a name; nothing where it is none.
std::optional<LimitPath> limitPath(const ast::Expr &expr);

/// The values of bound variables.
using LimitBindings = llvm::DenseMap<const Symbol *, int64_t>;

/// The most instances that one limit may have.
constexpr int64_t maxLimitInstances = 100'000;

/// The interval of an integer expression of a limit over all architectures;
/// unbounded where it depends on metrics.
cost::Range limitRange(const ast::Expr &expr, const CheckedProgram &program,
                       const LimitBindings &bindings);

/// All tuples of indices that a path can have, each with the position of its
/// choice. One tuple where all indices are fixed by the bindings. Tuples
/// without a choice are left out.
struct LimitReference {
  std::vector<int64_t> indices;
  const ExpandedChoice *choice;
};
std::vector<LimitReference> limitReferences(const LimitPath &path,
                                            const CheckedProgram &program,
                                            const LimitBindings &bindings);

/// Runs through all instances and reports names that no architecture has, and
/// ranges that are empty or too large.
void checkLimitInstances(const CheckedProgram &program,
                         DiagnosticEngine &diagnostics);

/// Reports limits that no architecture meets by the values of their choices
/// alone. Pruning finds all that exclude everything, and says what would do
/// instead; this needs no solver.
void checkLimitsCanHold(const CheckedProgram &program,
                        const SourceManager &sources,
                        DiagnosticEngine &diagnostics);

} // namespace nasc

#endif // NASC_FRONTEND_ANALYSIS_LIMITINSTANCES_H
