//===- Progress.cpp - What a long stage tells its user --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Process.h"

#include <optional>

using namespace nasc::search;

Progress::Style Progress::detectStyle(const llvm::raw_fd_ostream &stream) {
  return const_cast<llvm::raw_fd_ostream &>(stream).is_displayed()
             ? Style::Terminal
             : Style::Plain;
}

std::string Progress::duration(double seconds) {
  auto whole = static_cast<uint64_t>(seconds + 0.5);
  if (whole < 60)
    return llvm::formatv("{0} s", whole).str();
  if (whole < 3600)
    return llvm::formatv("{0} min {1} s", whole / 60, whole % 60).str();
  return llvm::formatv("{0} h {1} min", whole / 3600, whole / 60 % 60).str();
}

std::string Progress::number(double value) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << llvm::format("%.4g", value);
  return text;
}

double Progress::secondsSince(Clock::time_point begin) const {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void Progress::clearLine() {
  if (!lineShown)
    return;
  stream << "\r\033[K";
  stream.flush();
  lineShown = false;
}

void Progress::begin(llvm::StringRef name, uint64_t units,
                     llvm::StringRef unitName) {
  stage = name.str();
  unit = unitName.str() + (units == 1 ? "" : "s");
  total = units;
  skipped = 0;
  started = lastShown = Clock::now();
  if (style == Style::Plain || style == Style::Json)
    note(stage + ": " + std::to_string(total) + " " + unit);
}

void Progress::update(double done, llvm::StringRef best) {
  if (style == Style::Silent)
    return;
  double interval = style == Style::Terminal ? 0.1 : 5.0;
  if (secondsSince(lastShown) < interval)
    return;
  lastShown = Clock::now();
  std::optional<double> secondsLeft;
  if (done > skipped && done < total)
    secondsLeft = secondsSince(started) / (done - skipped) * (total - done);
  if (style == Style::Json) {
    llvm::json::Object line{{"progress", stage},
                            {"done", static_cast<int64_t>(done)},
                            {"total", static_cast<int64_t>(total)},
                            {"unit", unit}};
    if (!best.empty())
      line["best"] = best;
    if (secondsLeft)
      line["seconds_left"] = *secondsLeft;
    stream << llvm::json::Value(std::move(line)) << '\n';
    stream.flush();
    return;
  }
  const std::string left =
      secondsLeft ? ", about " + duration(*secondsLeft) + " left" : "";
  std::string line = llvm::formatv("{0}: {1} of {2} {3}{4}{5}{6}", stage,
                                   static_cast<uint64_t>(done), total, unit,
                                   best.empty() ? "" : ", ", best, left)
                         .str();
  if (style == Style::Terminal) {
    unsigned columns = llvm::sys::Process::StandardErrColumns();
    if (columns > 4 && line.size() >= columns)
      line.resize(columns - 1);
    stream << '\r' << line << "\033[K";
    stream.flush();
    lineShown = true;
  } else {
    note(line);
  }
}

void Progress::finish(llvm::StringRef summary) {
  note(llvm::formatv("{0}: {1} ({2})", stage, summary,
                     duration(secondsSince(started)))
           .str());
}

void Progress::note(llvm::StringRef text) {
  if (style == Style::Silent)
    return;
  clearLine();
  if (style == Style::Json)
    stream << llvm::json::Value(
        llvm::json::Object{{"note", llvm::json::fixUTF8(text)}});
  else
    stream << text;
  stream << '\n';
  stream.flush();
}
