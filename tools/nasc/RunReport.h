//===- RunReport.h - The report of a run ------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_RUNREPORT_H
#define NASC_TOOLS_NASC_RUNREPORT_H

#include "runtime/deploy/Deployment.h"
#include "runtime/report/ReportData.h"
#include "runtime/search/Stage.h"
#include "tools/nasc/PruneTable.h"
#include "tools/nasc/Session.h"

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
  /// Of the sources of the specification.
  std::string specHash;
  std::shared_ptr<search::CompiledSpace> before;
  std::shared_ptr<search::CompiledSpace> after;
  PruneSummary pruning;
  std::vector<Winner> winners;
  /// Of the data; empty where nothing is classified.
  std::vector<std::string> classNames;
  double seconds = 0;
};

/// Writes report.html and pareto.json, and for each 8-bit network analysis.txt
/// and analysis.json in the folder of its device.
llvm::Error writeReportFiles(Session &session, const RunResult &result,
                             const search::SearchContext &context,
                             study::OutputDirectory &output);

} // namespace nasc

#endif // NASC_TOOLS_NASC_RUNREPORT_H
