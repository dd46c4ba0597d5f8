//===- WinnerReport.cpp - A chosen network --------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include <algorithm>
#include <cmath>

using namespace nasc::report;
using llvm::raw_ostream;

void nasc::report::writeLimitBar(raw_ostream &os, const LimitUse &use) {
  os << "<div class=\"use\"><span class=\"amount\">"
     << numberSpan(use.used, use.unit);
  const double needed = std::isnan(use.least) ? use.used : use.least;
  if (!std::isnan(use.least))
    os << " <small class=\"least\">modelled; the code needs at least "
       << numberSpan(use.least, use.unit) << "</small>";
  double ratio = needed / use.limit;
  if (!std::isfinite(ratio)) {
    os << "</span></div>";
    return;
  }
  os << " <small>of " << numberSpan(use.limit, use.unit) << "</small></span>";
  const char *state = ratio > 1 ? "over" : ratio > 0.9 ? "close" : "fine";
  std::string percent = jsonNumber(std::round(1000 * ratio) / 10);
  os << "<span class=\"meter " << state << "\" role=\"img\" aria-label=\""
     << percent << " % of the limit\"><span style=\"width:"
     << jsonNumber(std::clamp(std::round(1000 * ratio) / 10, 0.0, 100.0))
     << "%\"></span></span><small class=\"margin\">";
  if (ratio > 1)
    os << escape(humanNumber(needed - use.limit, use.unit)) << " over";
  else
    os << escape(humanNumber(use.limit - needed, use.unit)) << " ("
       << jsonNumber(std::round(1000 * (1 - ratio)) / 10) << "\u00a0%) left";
  os << "</small></div>";
}

static void writeAccuracies(raw_ostream &os, const WinnerReport &winner) {
  os << "<dl class=\"results\">\n";
  auto result = [&](const std::string &label, double value, Unit unit,
                    const char *style) {
    if (!std::isnan(value))
      os << "<div" << style << "><dt>" << escape(label) << "</dt><dd>"
         << numberSpan(value, unit) << "</dd></div>\n";
  };
  result("Test accuracy", winner.testAccuracy, Unit::Fraction,
         " class=\"main\"");
  result("Validation", winner.validationAccuracy, Unit::Fraction, "");
  result("Training", winner.trainAccuracy, Unit::Fraction, "");
  for (const TargetReport &target : winner.targets)
    result("On 8 bits, " + target.device, target.accuracy, Unit::Fraction, "");
  for (const auto &[label, value] : winner.results)
    result(label, value, Unit::Number, "");
  os << "</dl>\n";
}

static void writeTotals(raw_ostream &os, const WinnerReport &winner) {
  if (winner.totals.empty())
    return;
  os << "<div class=\"totals\">\n";
  for (const LimitUse &use : winner.totals) {
    os << "<div class=\"total\"><h4>" << escape(use.label)
       << (use.modelled ? " <small>modelled</small>" : "") << "</h4>";
    writeLimitBar(os, use);
    os << "</div>\n";
  }
  os << "</div>\n";
}

static void writeVerification(raw_ostream &os, const WinnerReport &winner) {
  for (const VerificationReport &check : winner.verification) {
    os << "<div class=\"check " << (check.passed ? "passed" : "failed")
       << "\"><p><span class=\"badge\">"
       << (check.passed ? "\u2713 verified" : "\u2717 failed") << "</span> "
       << "<strong>" << escape(check.target) << "</strong> "
       << escape(check.what) << "</p><dl class=\"facts\">\n";
    if (check.comparedSamples) {
      os << "<div><dt>Compared on the target, byte by byte</dt><dd>"
         << numberSpan(static_cast<double>(*check.comparedSamples), Unit::Count)
         << " <small>samples</small></dd></div>\n<div><dt>Differ</dt><dd>"
         << numberSpan(static_cast<double>(check.differentSamples), Unit::Count)
         << "</dd></div>\n";
      if (!std::isnan(check.maximalDifference))
        os << "<div><dt>Largest difference of a logit</dt><dd>"
           << numberSpan(check.maximalDifference, Unit::Number)
           << " <small>against the trained network</small></dd></div>\n";
    } else {
      os << "<div><dt>Largest difference of a logit</dt><dd>"
         << numberSpan(check.maximalDifference, Unit::Number)
         << " <small>(allowed "
         << escape(humanNumber(check.tolerance, Unit::Number))
         << ")</small></dd></div>\n";
    }
    os << "<div><dt>Same class"
       << (check.comparedSamples ? " as the trained network" : "")
       << "</dt><dd>"
       << numberSpan(static_cast<double>(check.sameClass), Unit::Count)
       << " <small>of "
       << escape(exactNumber(static_cast<double>(check.images), Unit::Count));
    if (check.ties)
      os << ", " << check.ties << (check.ties == 1 ? " tie" : " ties");
    os << "</small></dd></div>\n";
    if (!std::isnan(check.accuracy))
      os << "<div><dt>"
         << (check.comparedSamples ? "Accuracy on int8"
                                   : "Accuracy of the generated code")
         << "</dt><dd>" << numberSpan(check.accuracy, Unit::Fraction)
         << "</dd></div>\n";
    if (!check.checksum.empty())
      os << "<div><dt>CRC-32 of the outputs</dt><dd><code>"
         << escape(check.checksum) << "</code></dd></div>\n";
    os << "</dl></div>\n";
  }
}

static void writeFiles(raw_ostream &os, const WinnerReport &winner) {
  if (winner.files.empty())
    return;
  os << "<div class=\"scroll\"><table class=\"files\"><thead><tr><th>File</th>"
        "<th>What it is</th><th class=\"n\">Size</th></tr></thead><tbody>\n";
  for (const FileReport &file : winner.files) {
    std::string link = relativeLink(file.path);
    os << "<tr><td><code>";
    if (link.empty())
      os << escape(file.path);
    else
      os << "<a href=\"" << link << "\">" << escape(file.path) << "</a>";
    os << "</code></td><td>" << escape(file.description)
       << "</td><td class=\"n\">"
       << numberSpan(static_cast<double>(file.size), Unit::Bytes)
       << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

void nasc::report::writeWinner(raw_ostream &os, const WinnerReport &winner,
                               unsigned number) {
  os << "<section class=\"winner\" id=\"winner-" << number << "\">\n<h2>"
     << escape(winner.name) << "</h2>\n<p class=\"chips\">";
  for (const auto &[name, value] : choicesOf(winner.architecture))
    os << "<span class=\"chip\"><span>" << escape(name) << "</span><b>"
       << escape(value) << "</b></span> ";
  os << "</p>\n";
  if (!winner.training.empty())
    os << "<p class=\"lead\">" << escape(winner.training) << "</p>\n";
  writeAccuracies(os, winner);
  writeTotals(os, winner);
  // The first one is read; of the others, those that are asked for.
  const bool isFolded = number > 1;
  if (isFolded)
    os << "<details class=\"folded\"><summary>Training, classes, layers, "
          "memory, targets, files</summary>\n";
  writeLearningCurve(os, winner, number);
  writeClassifications(os, winner);
  writeCosts(os, winner);
  for (const MemoryReport &memory : winner.memory)
    writeMemoryMap(os, memory);
  writeTargets(os, winner);
  if (!winner.verification.empty() || !winner.files.empty()) {
    os << "<h3>Generated code</h3>\n";
    writeVerification(os, winner);
    writeFiles(os, winner);
  }
  if (isFolded)
    os << "</details>\n";
  os << "</section>\n";
}
