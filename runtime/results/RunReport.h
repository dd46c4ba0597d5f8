//===- RunReport.h - The report of a run ------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_RESULTS_RUNREPORT_H
#define NASC_RUNTIME_RESULTS_RUNREPORT_H

#include "runtime/deploy/Deployment.h"
#include "runtime/report/ReportData.h"
#include "runtime/results/PruneTable.h"
#include "runtime/search/Stage.h"

namespace nasc {

/// A network of the result with what became of it.
struct Winner {
  std::string name;
  search::Candidate candidate;
  deploy::DeployedNetwork deployed;
  std::optional<double> testAccuracy;
  /// Of the trained network itself, where no generated code has seen the test
  /// samples.
  train::ConfusionMatrix testConfusion;
};

/// What the report is made of.
struct RunResult {
  /// The name of the specification, its hash, and its files with their texts.
  std::string spec, specHash;
  std::vector<std::pair<std::string, std::string>> sources;
  /// What the user typed, and which nasc ran it.
  std::string command, version;
  std::shared_ptr<search::CompiledSpace> before;
  std::shared_ptr<search::CompiledSpace> after;
  PruneSummary pruning;
  std::vector<Winner> winners;
  /// Of the data; empty where nothing is classified.
  std::vector<std::string> classNames;
  double seconds = 0;
};

/// A limit on the latency that the instructions of the code prove broken.
struct BrokenLatency {
  std::string winner, device;
  uint64_t instructions = 0;
  /// In picoseconds: the least that so many instructions take, the limit, and
  /// what the cost model says.
  int64_t least = 0, limit = 0, modelled = 0;
};

/// Writes report.html and pareto.json, and for each 8-bit network analysis.txt
/// and analysis.json in the folder of its device. Returns the limits that the
/// code breaks.
llvm::Expected<std::vector<BrokenLatency>>
writeReportFiles(const RunResult &result, const search::SearchContext &context,
                 study::OutputDirectory &output);

} // namespace nasc

#endif // NASC_RUNTIME_RESULTS_RUNREPORT_H
