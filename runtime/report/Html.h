//===- Html.h - Text, numbers and tags --------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the parts of the report share: escaping, numbers as people read them,
// and the functions that write each part. Private to this folder.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_REPORT_HTML_H
#define NASC_RUNTIME_REPORT_HTML_H

#include "runtime/report/ReportData.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <utility>
#include <vector>

namespace nasc::report {

/// Text for HTML content and for attributes in double quotes. Bytes that are
/// no UTF-8 become U+FFFD, control characters are dropped.
std::string escape(llvm::StringRef text);

/// A path as a relative link, every unusual byte escaped; "" for one that
/// could lead elsewhere (a scheme, an absolute path).
std::string relativeLink(llvm::StringRef path);

/// JSON that may stand within a script element.
std::string escapeScript(llvm::StringRef json);

/// A number as short as it can be without losing a bit; `null` for NaN and the
/// infinities, which JSON lacks.
std::string jsonNumber(double value);

/// `31.2 KiB`, `9.84 ms`; an en dash for an unknown value.
std::string humanNumber(double value, Unit unit);
/// The same number to the last digit, with its plain unit: `31949 bytes`.
std::string exactNumber(double value, Unit unit);
/// A share in per cent with three digits, `12.5`, `1.3e-07`; never `100` where
/// it is not all.
std::string percentDigits(double share);
/// A span with the human number, and the exact one as its title.
std::string numberSpan(double value, Unit unit);

/// `12 min 31 s`.
std::string duration(double seconds);

/// A decimal number of any length with separators, or in powers of ten from 16
/// digits on.
std::string humanCount(llvm::StringRef decimal);
/// A span with it, and all its digits as its title.
std::string countSpan(llvm::StringRef decimal);
/// The value of a decimal number of any length, for ratios.
double countValue(llvm::StringRef decimal);

/// `RAM`, `latency`: how a metric is called at the start of a label.
std::string metricName(llvm::StringRef name);
/// The text with its first letter in upper case.
std::string capitalised(std::string text);
/// `RAM on h743`; modelled metrics say so.
std::string metricLabel(const MetricColumn &column);

/// The architecture's choices as name and value.
std::vector<std::pair<std::string, std::string>>
choicesOf(llvm::StringRef architecture);

/// The class of a kind of layer, which sets its colour: `k-conv2d`, …; kinds
/// without a colour of their own share one.
std::string kindClass(llvm::StringRef kind);

//===----------------------------------------------------------------------===//
// The parts of the report
//===----------------------------------------------------------------------===//

/// Whether there is something to say of the space: the network of a file
/// without limits has none.
bool hasSpace(const SpaceReport &space);
void writeSpace(llvm::raw_ostream &os, const ReportData &data);
void writeSearch(llvm::raw_ostream &os, const ReportData &data);
void writeCandidates(llvm::raw_ostream &os, const ReportData &data);
/// The data that the scripts need, as a script element of type JSON.
void writeScriptData(llvm::raw_ostream &os, const ReportData &data);
void writeWinner(llvm::raw_ostream &os, const WinnerReport &winner,
                 unsigned number);
/// The learning curve of the winner of that number, from 1.
void writeLearningCurve(llvm::raw_ostream &os, const WinnerReport &winner,
                        unsigned number);
void writeClassifications(llvm::raw_ostream &os, const WinnerReport &winner);
void writeLimitBar(llvm::raw_ostream &os, const LimitUse &use);
void writeCosts(llvm::raw_ostream &os, const WinnerReport &winner);
/// `heading` is the tag of the heading: `h3`.
void writeMemoryMap(llvm::raw_ostream &os, const MemoryReport &memory,
                    const char *heading = "h3");
void writeTargets(llvm::raw_ostream &os, const WinnerReport &winner);

// The embedded files.
extern const char chartScript[];
extern const char reportStyle[];
extern const char reportScript[];

} // namespace nasc::report

#endif // NASC_RUNTIME_REPORT_HTML_H
