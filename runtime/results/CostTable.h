//===- CostTable.h - What an architecture costs, for people -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_RESULTS_COSTTABLE_H
#define NASC_RUNTIME_RESULTS_COSTTABLE_H

#include "dialects/support/Text.h"
#include "runtime/search/CompiledSpace.h"

#include "llvm/Support/JSON.h"

namespace nasc {

/// The active choices of an architecture with their values as JSON.
llvm::json::Object architectureDocument(const search::CompiledSpace &space,
                                        const cost::Architecture &architecture);

/// The costs of an architecture as the JSON document of `--emit=cost --json`:
/// architecture, totals, layers, limits. Latencies are in seconds, energies in
/// joules, sizes in bytes.
llvm::json::Object costDocument(const search::CompiledSpace &space,
                                const cost::Architecture &architecture);

/// The same as a table, layer by layer.
void printCostTable(llvm::raw_ostream &stream,
                    const search::CompiledSpace &space,
                    const cost::Architecture &architecture);

/// `14×14×16`.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// A metric's integer as people read it: `31.2 KiB`, `9.84 ms`, `12,501,632`.
std::string metricText(llvm::StringRef metric, int64_t value);

/// A metric's integer in its JSON unit: bytes, seconds, joules, a count.
llvm::json::Value metricValue(llvm::StringRef metric, int64_t value);

/// A value of a choice as JSON: a number, or the label.
llvm::json::Value choiceValue(const nas::Domain &domain, size_t position);

/// `1 architecture`, `49,963,262,976 architectures`.
std::string counted(llvm::StringRef digits, llvm::StringRef noun);

} // namespace nasc

#endif // NASC_RUNTIME_RESULTS_COSTTABLE_H
