//===- Report.cpp - The page and its overview -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Report.h"
#include "runtime/report/Html.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace nasc::report;
using llvm::raw_ostream;
using llvm::StringRef;

// Chart.js asks for this notice in every copy; its file carries the short form
// alone.
static const char chartLicence[] = R"(
Chart.js v3.9.1, and @kurkle/color within it.
Copyright (c) 2014-2022 Chart.js Contributors
Copyright (c) 2018-2021 Jukka Kurkela

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
)";

//===----------------------------------------------------------------------===//
// Overview
//===----------------------------------------------------------------------===//

static void writeCard(raw_ostream &os, StringRef label, StringRef valueHtml,
                      StringRef note) {
  os << "<div class=\"card\"><dt>" << escape(label) << "</dt><dd>" << valueHtml
     << "</dd>";
  if (!note.empty())
    os << "<dd class=\"note\">" << escape(note) << "</dd>";
  os << "</div>\n";
}

/// The share that `part` is of `whole`, both decimal numbers of any length.
static std::string share(const std::string &part, const std::string &whole) {
  double ratio = countValue(part) / countValue(whole);
  if (!std::isfinite(ratio))
    return "";
  if (ratio > 0 && ratio < 1e-4)
    return "less than 0.01\u00a0% of the space";
  return humanNumber(ratio, Unit::Fraction) + " of the space";
}

static void writeFeasibleCard(raw_ostream &os, const SpaceReport &space) {
  if (!space.feasibleLower.empty() &&
      space.feasibleLower == space.feasibleUpper)
    writeCard(os, "Feasible", countSpan(space.feasibleLower),
              share(space.feasibleLower, space.architectures));
  else if (!space.feasibleEstimate.empty())
    writeCard(os, "Feasible (estimate)",
              "\u2248\u00a0" + countSpan(space.feasibleEstimate),
              share(space.feasibleEstimate, space.architectures));
  else if (!space.feasibleUpper.empty())
    writeCard(os, "Feasible (bound)",
              "\u2264\u00a0" + countSpan(space.feasibleUpper),
              share(space.feasibleUpper, space.architectures));
}

static void writeCards(raw_ostream &os, const ReportData &data) {
  os << "<dl class=\"cards\">\n";
  // The network of a file was not searched for.
  if (!data.space.choices.empty()) {
    writeCard(os, "Architectures", countSpan(data.space.architectures),
              "in the space");
    writeFeasibleCard(os, data.space);
  }
  if (!data.candidates.empty()) {
    size_t front = 0;
    for (const CandidateReport &candidate : data.candidates)
      front += candidate.front;
    writeCard(os, "Evaluated", numberSpan(data.candidates.size(), Unit::Count),
              std::to_string(front) + " on the front of their stage");
  }
  const WinnerReport *best = nullptr;
  auto testAccuracy = [](const WinnerReport &winner) {
    return std::isnan(winner.testAccuracy) ? -1 : winner.testAccuracy;
  };
  for (const WinnerReport &winner : data.winners)
    if (!best || testAccuracy(winner) > testAccuracy(*best))
      best = &winner;
  if (best && testAccuracy(*best) >= 0)
    writeCard(os, "Best test accuracy",
              numberSpan(best->testAccuracy, Unit::Fraction), best->name);
  if (!std::isnan(data.seconds))
    writeCard(os, "Time", numberSpan(data.seconds, Unit::Seconds),
              std::to_string(data.threads) +
                  (data.threads == 1 ? " thread" : " threads"));
  os << "</dl>\n";
}

/// The heading of a total's column: `latency`, and below it where.
static void writeColumnOf(raw_ostream &os, const LimitUse &use) {
  auto [metric, device] = StringRef(use.label).split(" on ");
  os << (std::isnan(use.limit) ? "<th class=\"n\">" : "<th>") << escape(metric);
  if (!device.empty() || use.modelled)
    os << " <small>" << (device.empty() ? "" : "on ") << escape(device)
       << (use.modelled ? (device.empty() ? "modelled" : ", modelled") : "")
       << "</small>";
  os << "</th>";
}

/// All winners side by side: what they reach and how much of each limit they
/// use.
static void writeComparison(raw_ostream &os, const ReportData &data) {
  if (data.winners.empty())
    return;
  const std::vector<LimitUse> &totals = data.winners.front().totals;
  // Accuracies on 8 bits, one column for each target.
  const std::vector<TargetReport> &targets = data.winners.front().targets;
  os << "<div class=\"scroll\"><table class=\"comparison\"><thead><tr>"
        "<th>Network</th><th class=\"n\">Validation</th>"
        "<th class=\"n\">Test</th>";
  for (const TargetReport &target : targets)
    os << "<th class=\"n\">int8 <small>" << escape(target.device)
       << "</small></th>";
  for (const LimitUse &use : totals)
    writeColumnOf(os, use);
  os << "</tr></thead><tbody>\n";
  unsigned number = 0;
  for (const WinnerReport &winner : data.winners) {
    os << "<tr><th scope=\"row\"><a href=\"#winner-" << ++number << "\">"
       << escape(winner.name) << "</a></th><td class=\"n\">"
       << numberSpan(winner.validationAccuracy, Unit::Fraction)
       << "</td><td class=\"n\">"
       << numberSpan(winner.testAccuracy, Unit::Fraction) << "</td>";
    for (const TargetReport &column : targets) {
      double accuracy = unknown;
      for (const TargetReport &target : winner.targets)
        if (target.device == column.device)
          accuracy = target.accuracy;
      os << "<td class=\"n\">" << numberSpan(accuracy, Unit::Fraction)
         << "</td>";
    }
    for (const LimitUse &column : totals) {
      // Without a limit there is no bar that needs the room.
      os << (std::isnan(column.limit) ? "<td class=\"n\">" : "<td>");
      for (const LimitUse &use : winner.totals)
        if (use.label == column.label)
          writeLimitBar(os, use);
      os << "</td>";
    }
    os << "</tr>\n";
  }
  os << "</tbody></table></div>\n";
}

static void writeStages(raw_ostream &os, const ReportData &data) {
  if (data.stages.empty())
    return;
  os << "<h3>Stages</h3>\n<div class=\"scroll\"><table><thead><tr>"
        "<th>Stage</th><th>What it did</th><th class=\"n\">Evaluations</th>"
        "<th class=\"n\">Time</th></tr></thead><tbody>\n";
  for (const StageReport &stage : data.stages) {
    os << "<tr><th scope=\"row\"><code>" << escape(stage.name)
       << "</code></th><td>" << escape(stage.description);
    if (!stage.remark.empty())
      os << " <span class=\"remark\">" << escape(stage.remark) << "</span>";
    os << "</td><td class=\"n\">"
       << (stage.evaluations
               ? numberSpan(static_cast<double>(stage.evaluations), Unit::Count)
               : std::string("<span class=\"unknown\">\u2013</span>"))
       << "</td><td class=\"n\">" << numberSpan(stage.seconds, Unit::Seconds)
       << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

static void writeOverview(raw_ostream &os, const ReportData &data) {
  os << "<section id=\"overview\">\n";
  writeCards(os, data);
  for (const std::string &remark : data.remarks)
    os << "<p class=\"callout\">" << escape(remark) << "</p>\n";
  if (!data.winners.empty()) {
    const bool wasChosen = !data.candidates.empty();
    const bool wasTested =
        llvm::any_of(data.winners, [](const WinnerReport &winner) {
          return !std::isnan(winner.testAccuracy);
        });
    os << (wasChosen ? "<h2>Chosen networks</h2>\n"
                     : "<h2>Deployed network</h2>\n")
       << "<p class=\"lead\">"
       << (wasChosen ? "Chosen by what they reach on the validation data. "
                     : "")
       << (wasTested ? "The test data were used once, at the end. " : "")
       << "Bars show how much of each limit is used.</p>\n";
    writeComparison(os, data);
  }
  writeStages(os, data);
  os << "</section>\n";
}

//===----------------------------------------------------------------------===//
// Spec, notes, page
//===----------------------------------------------------------------------===//

static void writeSpec(raw_ostream &os, const ReportData &data) {
  os << "<section id=\"spec\">\n<h2>Reproduce</h2>\n<dl class=\"facts\">\n";
  auto fact = [&](StringRef name, const std::string &value) {
    if (!value.empty())
      os << "<div><dt>" << escape(name) << "</dt><dd><code>" << escape(value)
         << "</code></dd></div>\n";
  };
  fact("Command", data.command);
  fact("nasc", data.nascVersion);
  fact("Seed", std::to_string(data.seed));
  fact("Threads", std::to_string(data.threads));
  fact("Host", data.host);
  fact("Date", data.date);
  fact("Hash of the spec", data.specHash);
  os << "</dl>\n<p class=\"lead\">The same spec, seed and number of threads "
        "give the same architectures in the same order on the same machine.</p>"
        "\n";
  bool first = true;
  for (const SourceReport &source : data.sources) {
    os << "<details" << (first ? " open" : "") << "><summary><code>"
       << escape(source.path) << "</code></summary><pre class=\"source\"><code>"
       << escape(source.text) << "</code></pre></details>\n";
    first = false;
  }
  os << "</section>\n";
}

static void writeNotes(raw_ostream &os) {
  os << R"(<section id="notes">
<h2>About the numbers</h2>
<ul class="notes">
<li><strong>Flash and RAM</strong> are promises: the device never needs more.
RAM is the arena of the memory plan, the stack, and static data.</li>
<li><strong>Latency and energy</strong> are computed by a model of the device
and of the generated code; they are not measurements.</li>
<li><strong>Instructions</strong> are counted by an emulator. They are no
cycles: a cycle can complete several of them, and one of them can take many
cycles.</li>
<li>Code on <strong>8-bit integers</strong> is compared byte by byte with what
the same network gives on this machine. Its accuracy is its own; how it differs
from the trained network is the loss of quantisation.</li>
<li><strong>Accuracies</strong> of candidates are on validation data after the
short training of their stage; those of chosen networks after their full
training.</li>
<li>1&#160;KiB is 1024 bytes. A number shows all its digits when the pointer
rests on it.</li>
</ul>
</section>
)";
}

static void writeNavigation(raw_ostream &os, const ReportData &data) {
  os << "<nav aria-label=\"Sections\"><div class=\"bar\">"
        "<a href=\"#overview\">Overview</a>";
  if (!data.candidates.empty() || !data.progress.empty())
    os << "<a href=\"#search\">Search</a>";
  unsigned number = 0;
  for (const WinnerReport &winner : data.winners)
    os << "<a href=\"#winner-" << ++number << "\">" << escape(winner.name)
       << "</a>";
  if (!data.candidates.empty())
    os << "<a href=\"#candidates\">Candidates</a>";
  if (hasSpace(data.space))
    os << "<a href=\"#space\">Space</a>";
  os << "<a href=\"#spec\">Reproduce</a>"
        "<button id=\"theme\" type=\"button\" hidden "
        "title=\"Light or dark\">\u25d0</button></div></nav>\n";
}

void nasc::report::writeReport(raw_ostream &os, const ReportData &data) {
  // The policy makes the browser enforce that nothing is fetched.
  os << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
        "'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        "img-src data:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"generator\" content=\"nasc "
     << escape(data.nascVersion) << "\">\n<title>" << escape(data.spec)
     << " \u00b7 nasc report</title>\n<style>\n"
     << reportStyle << "</style>\n</head>\n<body>\n<header><div class=\"bar\">"
     << "<p class=\"kind\">Architecture search report</p>\n<h1>"
     << escape(data.spec) << "</h1>\n<p class=\"meta\">";
  std::vector<std::string> facts;
  if (!data.nascVersion.empty())
    facts.push_back("nasc " + data.nascVersion);
  if (!data.date.empty())
    facts.push_back(data.date);
  if (!data.host.empty())
    facts.push_back(data.host);
  facts.push_back("seed " + std::to_string(data.seed));
  facts.push_back(std::to_string(data.threads) +
                  (data.threads == 1 ? " thread" : " threads"));
  for (const std::string &fact : facts)
    os << "<span>" << escape(fact) << "</span>";
  os << "</p></div></header>\n";
  writeNavigation(os, data);
  os << "<main>\n";
  writeOverview(os, data);
  writeSearch(os, data);
  unsigned number = 0;
  for (const WinnerReport &winner : data.winners)
    writeWinner(os, winner, ++number);
  writeCandidates(os, data);
  writeSpace(os, data);
  writeSpec(os, data);
  writeNotes(os);
  os << "</main>\n<footer><div class=\"bar\">Written by nasc "
     << escape(data.nascVersion)
     << ". Plots by Chart.js (MIT licence, its text is in this file)."
        "</div></footer>\n";
  const bool hasCurve =
      llvm::any_of(data.winners, [](const WinnerReport &winner) {
        return !winner.curve.empty();
      });
  if (!data.candidates.empty() || !data.progress.empty() || hasCurve) {
    writeScriptData(os, data);
    os << "<!--" << chartLicence << "-->\n<script>" << chartScript
       << "</script>\n";
  }
  os << "<script>" << reportScript << "</script>\n</body>\n</html>\n";
}
