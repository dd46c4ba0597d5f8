//===- Report.h - report.html and pareto.json -------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_REPORT_REPORT_H
#define NASC_RUNTIME_REPORT_REPORT_H

#include "runtime/report/ReportData.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace nasc::report {

/// Writes the report: one HTML file without any reference to the net. Its
/// tables, bars and memory maps are plain HTML; the scatter plot, the progress
/// plot, sorting and filtering need JavaScript. The same data give the same
/// bytes.
void writeReport(llvm::raw_ostream &os, const ReportData &data);

/// Writes `pareto.json`. The format is stable: members may be added, those
/// that are there keep their meaning as long as "schema" is 1.
///
///   {
///     "schema": 1,
///     "nasc": "0.1.0", "spec": "fashion", "hash": "9f…",
///     "seed": 1, "threads": 2, "date": "2025-11-21T08:10:00Z",
///     "architectures": "N" or null,
///     "feasible": "N" or {"lower": "N", "upper": "N"} or null,
///     "objectives": [{"metric": "accuracy", "goal": "maximize"},
///                    {"metric": "latency", "device": "h743",
///                     "goal": "minimize"}],
///     "metrics": [{"metric", "device"?, "unit", "modelled"}],
///     "limits": [{"text", "metric"?, "device"?, "bound"?}],
///     "evaluated": 96,
///     "front": [CANDIDATE…],
///     "winners": [{"name", "architecture": {name: value}, "text",
///                  "accuracy": {"train", "validation", "test"},
///                  "files": [path], "targets": [TARGET…]}]
///   }
///
/// A TARGET is what was measured of the 8-bit network on a device: {"device",
/// "target": "cortex-m7" or null, "precision": "int8", "accuracy", "arena",
/// "stack", "flash": of the network alone, "firmware": of all that was linked,
/// "instructions": of one inference, "crc32": of the check sample's scores on
/// the target, eight hexadecimal digits}; sizes are bytes.
///
/// A CANDIDATE is {"architecture": {name: value}, "text": canonical text,
/// "stage", "ordinal", "metrics": {"accuracy": 0.9, "latency": {"h743": 0.009},
/// …}}; metrics of a device are under its name. Units: "B", "s", "J", "1" (a
/// fraction), "" (a count or a plain number). What was not measured is null.
/// "front" has the front of each stage, as accuracies after trainings of
/// different length do not compare. Values of choices are numbers, true, false,
/// or names. "architectures" and "feasible" are decimal strings, as they exceed
/// 64 bits.
void writePareto(llvm::raw_ostream &os, const ReportData &data);

} // namespace nasc::report

#endif // NASC_RUNTIME_REPORT_REPORT_H
