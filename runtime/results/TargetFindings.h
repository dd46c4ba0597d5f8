//===- TargetFindings.h - What is known of a target -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_RESULTS_TARGETFINDINGS_H
#define NASC_RUNTIME_RESULTS_TARGETFINDINGS_H

#include "runtime/deploy/CostAnalysis.h"
#include "runtime/report/ReportData.h"

namespace nasc {

/// Picoseconds in seconds, picojoules in joules.
inline double fromPico(std::optional<int64_t> value) {
  return value ? static_cast<double>(*value) * 1e-12 : report::unknown;
}

/// The analysis of a target as the report shows it.
report::TargetReport targetReportOf(const deploy::TargetAnalysis &analysis);

} // namespace nasc

#endif // NASC_RUNTIME_RESULTS_TARGETFINDINGS_H
