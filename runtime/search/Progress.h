//===- Progress.h - What a long stage tells its user ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_PROGRESS_H
#define NASC_RUNTIME_SEARCH_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <string>

namespace nasc::search {

/// Shows how far a stage is. On a terminal one line is written over and over;
/// elsewhere a plain line appears when something was reached, at most every
/// few seconds. Silent where the output is for machines.
class Progress {
public:
  enum class Style {
    /// One line that is written over.
    Terminal,
    /// A line every few seconds.
    Plain,
    /// The same as JSON: {"progress": stage, "done", "total", "unit", "best",
    /// "seconds_left"} or {"note": text} on each line.
    Json,
    Silent
  };

  Progress(llvm::raw_ostream &stream, Style style)
      : stream(stream), style(style) {}
  ~Progress() { clearLine(); }

  /// The style for a stream that is meant for a person.
  static Style detectStyle(const llvm::raw_fd_ostream &stream);

  /// Begins a stage of so many units; `unit` is the name of one. What was
  /// answered by an earlier run does not count for the time left.
  void begin(llvm::StringRef stage, uint64_t total, llvm::StringRef unit);
  /// `done` of the stage's units are done. `best` says what was found.
  void update(double done, llvm::StringRef best);
  /// Units that took no time, from an earlier run.
  void skip(double units) { skipped += units; }
  void finish(llvm::StringRef summary);

  /// A line that stays.
  void note(llvm::StringRef text);

  /// `1 min 20 s`.
  static std::string duration(double seconds);
  /// Four significant digits: `0.0123`, `4.2e+20`.
  static std::string number(double value);

private:
  using Clock = std::chrono::steady_clock;

  void clearLine();
  double secondsSince(Clock::time_point begin) const;

  llvm::raw_ostream &stream;
  Style style;
  std::string stage, unit;
  uint64_t total = 0;
  double skipped = 0;
  Clock::time_point started, lastShown;
  bool lineShown = false;
};

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_PROGRESS_H
