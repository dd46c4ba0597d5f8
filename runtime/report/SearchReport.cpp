//===- SearchReport.cpp - How the search went, and its candidates ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include "llvm/Support/JSON.h"

#include <cmath>

using namespace nasc::report;
using llvm::raw_ostream;
using llvm::StringRef;

/// What a hypervolume is measured against; without it the number says nothing.
static void writeReferencePoint(raw_ostream &os, const ReportData &data) {
  const size_t size = data.referencePoint.size();
  if (size == 0 || size > data.metrics.size() || data.idealPoint.size() != size)
    return;
  auto point = [&](const std::vector<double> &values) {
    for (size_t i = 0; i < size; ++i)
      os << (i ? ", " : "") << escape(metricLabel(data.metrics[i])) << " "
         << numberSpan(values[i], data.metrics[i].unit);
  };
  os << "<p class=\"lead\">The hypervolume is the part between the reference "
        "point (";
  point(data.referencePoint);
  os << ") and the best values of the first generation (";
  point(data.idealPoint);
  os << ") that the front dominates: 1 is all of it; what is better than these "
        "values adds to it.</p>\n";
}

void nasc::report::writeSearch(raw_ostream &os, const ReportData &data) {
  if (data.candidates.empty() && data.progress.empty())
    return;
  os << R"(<section id="search">
<h2>The search</h2>
<noscript><p class="callout">The plots need JavaScript; the tables hold the same
numbers.</p></noscript>
<div class="plots">
)";
  if (!data.candidates.empty())
    os << R"(<figure class="plot" hidden>
<figcaption><h3>Candidates</h3>
<label>Vertical <select id="plot-y"></select></label>
<label>Horizontal <select id="plot-x"></select></label>
<label>Stage <select id="plot-stage"><option value="">all</option></select></label>
<label><input type="checkbox" id="plot-log"> logarithmic</label>
</figcaption>
<div class="canvas tall"><canvas id="pareto" role="img"
aria-label="Scatter plot of the candidates; their numbers are in the table"></canvas></div>
<p class="legend" id="plot-legend"></p>
</figure>
)";
  if (data.progress.size() > 1)
    os << R"(<figure class="plot" hidden>
<figcaption><h3>Progress</h3></figcaption>
<div class="canvas"><canvas id="progress" role="img"
aria-label="Hypervolume and best value over the evaluations; their numbers are in the table below"></canvas></div>
</figure>
)";
  os << "</div>\n";
  writeReferencePoint(os, data);
  if (!data.progress.empty()) {
    Unit bestUnit =
        data.metrics.empty() ? Unit::Number : data.metrics.front().unit;
    os << "<details><summary>Progress as a table</summary>"
          "<div class=\"scroll\"><table><thead><tr><th>Stage</th>"
          "<th class=\"n\">Generation</th><th class=\"n\">Evaluations</th>"
          "<th class=\"n\">Hypervolume</th><th class=\"n\">Best "
       << (data.metrics.empty() ? std::string()
                                : escape(metricName(data.metrics.front().name)))
       << "</th><th class=\"n\">On the front</th></tr></thead><tbody>\n";
    for (const ProgressPoint &point : data.progress)
      os << "<tr><td><code>" << escape(point.stage)
         << "</code></td><td class=\"n\">" << point.generation
         << "</td><td class=\"n\">" << point.evaluations
         << "</td><td class=\"n\">"
         << numberSpan(point.hypervolume, Unit::Number)
         << "</td><td class=\"n\">" << numberSpan(point.best, bestUnit)
         << "</td><td class=\"n\">" << point.frontSize << "</td></tr>\n";
    os << "</tbody></table></div></details>\n";
  }
  os << "</section>\n";
}

//===----------------------------------------------------------------------===//
// Table of candidates
//===----------------------------------------------------------------------===//

/// An architecture that may be broken after each choice.
static std::string breakable(StringRef architecture) {
  std::string text;
  while (!architecture.empty()) {
    auto [choice, rest] = architecture.split(',');
    text += escape(choice);
    if (!rest.empty())
      text += ",<wbr>";
    architecture = rest;
  }
  return text;
}

void nasc::report::writeCandidates(raw_ostream &os, const ReportData &data) {
  if (data.candidates.empty())
    return;
  os << R"(<section id="candidates">
<h2>Candidates</h2>
<form class="controls" id="candidate-controls" hidden onsubmit="return false">
<label class="grow">Filter <input type="search" id="candidate-filter"
placeholder="width[1]=24  depth&gt;2  accuracy&gt;0.85" autocomplete="off"
spellcheck="false"></label>
<label><input type="checkbox" id="candidate-front"> on the front</label>
<label>Rows <select id="candidate-page-size"><option>25</option>
<option>100</option><option value="0">all</option></select></label>
</form>
<div class="scroll"><table id="candidate-table" class="candidates"><thead><tr>
<th data-key="stage">Stage</th><th data-key="ordinal" class="n">#</th>
<th data-key="front">Front</th>)";
  for (const MetricColumn &column : data.metrics) {
    os << "<th class=\"n\" data-key=\"" << escape(column.key()) << "\">"
       << escape(capitalised(metricName(column.name)));
    if (!column.device.empty())
      os << " <small>on " << escape(column.device) << "</small>";
    if (column.modelled)
      os << " <small>modelled</small>";
    os << "</th>";
  }
  os << "<th data-key=\"architecture\">Architecture</th></tr></thead>\n"
        "<tbody>\n";
  for (const CandidateReport &candidate : data.candidates) {
    os << (candidate.front ? "<tr class=\"front\">" : "<tr>") << "<td>"
       << escape(candidate.stage) << "</td><td class=\"n\">"
       << candidate.ordinal << "</td><td>" << (candidate.front ? "\u25cf" : "")
       << "</td>";
    for (size_t i = 0; i != data.metrics.size(); ++i) {
      double value =
          i < candidate.values.size() ? candidate.values[i] : unknown;
      os << "<td class=\"n\"";
      if (!std::isnan(value))
        os << " title=\"" << exactNumber(value, data.metrics[i].unit) << "\"";
      os << ">" << humanNumber(value, data.metrics[i].unit) << "</td>";
    }
    os << "<td class=\"architecture\">";
    if (!candidate.failure.empty())
      os << "<span class=\"remark\">" << escape(candidate.failure) << "</span>";
    os << "<div>" << breakable(candidate.architecture) << "</div></td></tr>\n";
  }
  os << R"(</tbody></table></div>
<p class="pager" id="candidate-pager" hidden></p>
</section>
)";
}

//===----------------------------------------------------------------------===//
// Data for the scripts
//===----------------------------------------------------------------------===//

static const char *goalName(Goal goal) {
  switch (goal) {
  case Goal::Minimize:
    return "minimize";
  case Goal::Maximize:
    return "maximize";
  case Goal::None:
    break;
  }
  return "";
}

static const char *unitName(Unit unit) {
  switch (unit) {
  case Unit::Count:
    return "count";
  case Unit::Bytes:
    return "bytes";
  case Unit::Seconds:
    return "seconds";
  case Unit::Joules:
    return "joules";
  case Unit::Fraction:
    return "fraction";
  case Unit::Number:
    return "number";
  }
  return "";
}

void nasc::report::writeScriptData(raw_ostream &os, const ReportData &data) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream);
  auto valid = [](StringRef string) { return llvm::json::fixUTF8(string); };
  auto number = [&](double value) { json.rawValue(jsonNumber(value)); };
  json.object([&] {
    json.attributeArray("metrics", [&] {
      for (const MetricColumn &column : data.metrics)
        json.object([&] {
          json.attribute("key", valid(column.key()));
          json.attribute("label", valid(metricLabel(column)));
          json.attribute("unit", unitName(column.unit));
          json.attribute("goal", goalName(column.goal));
        });
    });
    json.attributeArray("limits", [&] {
      for (const LimitReport &limit : data.space.limits)
        if (!limit.metric.empty() && std::isfinite(limit.bound))
          json.object([&] {
            json.attribute("metric", valid(limit.metric));
            json.attribute("text", valid(limit.text));
            json.attributeBegin("bound");
            number(limit.bound);
            json.attributeEnd();
          });
    });
    json.attributeArray("winners", [&] {
      for (const WinnerReport &winner : data.winners)
        json.object([&] {
          json.attribute("name", valid(winner.name));
          json.attribute("architecture", valid(winner.architecture));
          json.attributeArray("curve", [&] {
            for (const EpochReport &epoch : winner.curve)
              json.array([&] {
                number(epoch.trainLoss);
                number(epoch.validationLoss);
                number(epoch.trainAccuracy);
                number(epoch.validationAccuracy);
              });
          });
        });
    });
    // A row is ordinal, stage, architecture, front, values. Arrays and not
    // objects, as there may be thousands.
    json.attributeArray("candidates", [&] {
      for (const CandidateReport &candidate : data.candidates)
        json.array([&] {
          json.value(candidate.ordinal);
          json.value(valid(candidate.stage));
          json.value(valid(candidate.architecture));
          json.value(candidate.front ? 1 : 0);
          for (size_t i = 0; i != data.metrics.size(); ++i)
            number(i < candidate.values.size() ? candidate.values[i] : unknown);
        });
    });
    json.attributeArray("progress", [&] {
      for (const ProgressPoint &point : data.progress)
        json.array([&] {
          json.value(point.evaluations);
          number(point.hypervolume);
          number(point.best);
          json.value(point.generation);
          json.value(valid(point.stage));
        });
    });
  });
  os << "<script type=\"application/json\" id=\"report-data\">"
     << escapeScript(text) << "</script>\n";
}
