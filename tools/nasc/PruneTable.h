//===- PruneTable.h - What pruning left of a space --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_PRUNETABLE_H
#define NASC_TOOLS_NASC_PRUNETABLE_H

#include "runtime/search/CompiledSpace.h"

#include "llvm/Support/JSON.h"

namespace nasc {

/// A space before and after pruning.
struct PruneSummary {
  struct Removal {
    std::string value;
    /// What showed it: `intervals` or `Z3`.
    std::string by;
    /// The limit that the value cannot meet, or that only all limits together
    /// exclude it.
    std::string why;
  };
  struct Choice {
    std::string name;
    std::vector<std::string> before, after;
    /// The same as JSON.
    llvm::json::Array beforeValues, afterValues;
    std::vector<Removal> removed;
  };
  /// Decimal numbers; empty where they are not known.
  std::string architectures, remaining, feasible;
  std::vector<Choice> choices;
};

/// Compares the space before and after. The feasible architectures are counted
/// one by one where what is left is small enough.
PruneSummary summarizePruning(const search::CompiledSpace &before,
                              const search::CompiledSpace &after);

/// The JSON document of `--emit=pruned --json`.
llvm::json::Object pruneDocument(const PruneSummary &summary);

/// The same as lines, each after `prefix`.
void printPruneTable(llvm::raw_ostream &stream, const PruneSummary &summary,
                     llvm::StringRef prefix);

} // namespace nasc

#endif // NASC_TOOLS_NASC_PRUNETABLE_H
