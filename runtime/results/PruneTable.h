//===- PruneTable.h - What pruning left of a space --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_RESULTS_PRUNETABLE_H
#define NASC_RUNTIME_RESULTS_PRUNETABLE_H

#include "runtime/search/CompiledSpace.h"

#include "llvm/Support/JSON.h"

namespace nasc {

/// A space before and after pruning.
struct PruneSummary {
  struct Removal {
    std::string value;
    /// What showed it: `intervals` or `Z3`.
    std::string by;
    /// The limit that the value cannot meet, or a minimal set of limits that
    /// together exclude it.
    std::string why;
  };
  /// A part of the feasible set.
  struct Part {
    /// A decimal number.
    std::string count;
    double share = 0;
  };
  struct Choice {
    std::string name;
    std::vector<std::string> before, after;
    /// The same as JSON.
    llvm::json::Array beforeValues, afterValues;
    std::vector<Removal> removed;
    /// The feasible architectures with each value of `after`, and those in
    /// which the choice is inactive; empty and none where the feasible set is
    /// not counted exactly, or is empty.
    std::vector<Part> parts;
    std::optional<Part> inactive;
  };
  /// Decimal numbers; empty where they are not known.
  std::string architectures, remaining;
  /// Proven bounds of the number of feasible architectures, equal where it is
  /// counted exactly.
  std::string feasibleLower, feasibleUpper;
  std::vector<Choice> choices;
  /// A value of a choice.
  struct NamedValue {
    std::string choice;
    std::string text;
    llvm::json::Value json;
  };
  /// Pairs of values that no feasible architecture has together, where that is
  /// cheap to see.
  std::vector<std::pair<NamedValue, NamedValue>> exclusions;

  bool isExact() const { return feasibleLower == feasibleUpper; }
};

/// Compares the space before and after, and counts what is feasible.
PruneSummary summarizePruning(const search::CompiledSpace &before,
                              const search::CompiledSpace &after);

/// The JSON document of `--emit=pruned --json`. Counts are decimal strings, as
/// they may be beyond the integers of JSON's readers.
llvm::json::Object pruneDocument(const PruneSummary &summary);

/// The same for a space of which nothing is left.
llvm::json::Object infeasibleDocument(const search::CompiledSpace &space);

/// The same as lines, each after `prefix`.
void printPruneTable(llvm::raw_ostream &stream, const PruneSummary &summary,
                     llvm::StringRef prefix);

} // namespace nasc

#endif // NASC_RUNTIME_RESULTS_PRUNETABLE_H
