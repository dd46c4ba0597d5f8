//===- TrainingReport.cpp - How a network learned, and what it confuses ---===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace nasc::report;
using llvm::raw_ostream;

/// A matrix of more classes than this is not legible.
static constexpr size_t maximumMatrix = 60;

void nasc::report::writeLearningCurve(raw_ostream &os,
                                      const WinnerReport &winner,
                                      unsigned number) {
  if (winner.curve.empty())
    return;
  const bool hasClasses =
      llvm::any_of(winner.curve, [](const EpochReport &epoch) {
        return epoch.trainAccuracy > 0 || epoch.validationAccuracy > 0;
      });
  os << "<h3>Training</h3>\n";
  if (winner.curve.size() > 1)
    os << "<figure class=\"plot\" hidden><figcaption></figcaption>"
          "<div class=\"canvas\"><canvas class=\"curve\" data-winner=\""
       << number - 1
       << "\" role=\"img\" aria-label=\"Losses and accuracies over the epochs; "
          "their numbers are in the table below\"></canvas></div></figure>\n";
  os << "<details><summary>Epochs as a table</summary><div class=\"scroll\">"
        "<table><thead><tr><th class=\"n\">Epoch</th>"
        "<th class=\"n\">Loss <small>training</small></th>"
        "<th class=\"n\">Loss <small>validation</small></th>";
  if (hasClasses)
    os << "<th class=\"n\">Accuracy <small>training</small></th>"
          "<th class=\"n\">Accuracy <small>validation</small></th>";
  os << "</tr></thead><tbody>\n";
  for (auto [index, epoch] : llvm::enumerate(winner.curve)) {
    os << "<tr><td class=\"n\">" << index + 1 << "</td><td class=\"n\">"
       << numberSpan(epoch.trainLoss, Unit::Number) << "</td><td class=\"n\">"
       << numberSpan(epoch.validationLoss, Unit::Number) << "</td>";
    if (hasClasses)
      os << "<td class=\"n\">"
         << numberSpan(epoch.trainAccuracy, Unit::Fraction)
         << "</td><td class=\"n\">"
         << numberSpan(epoch.validationAccuracy, Unit::Fraction) << "</td>";
    os << "</tr>\n";
  }
  os << "</tbody></table></div></details>\n";
}

namespace {

/// The figures of one class.
struct ClassFigures {
  int64_t samples = 0, predicted = 0, correct = 0;
  /// The class that it is taken for most often, and how often.
  size_t rival = 0;
  int64_t confused = 0;

  double recall() const { return static_cast<double>(correct) / samples; }
  double precision() const { return static_cast<double>(correct) / predicted; }
  double f1() const {
    return 2.0 * static_cast<double>(correct) /
           static_cast<double>(samples + predicted);
  }
};

} // namespace

static std::vector<ClassFigures>
figuresOf(const ClassificationReport &classification) {
  const size_t size = classification.classes.size();
  std::vector<ClassFigures> figures(size);
  for (size_t actual = 0; actual < size; ++actual)
    for (size_t predicted = 0; predicted < size; ++predicted) {
      const int64_t count = classification.counts[actual * size + predicted];
      figures[actual].samples += count;
      figures[predicted].predicted += count;
      if (actual == predicted)
        figures[actual].correct = count;
      else if (count > figures[actual].confused) {
        figures[actual].confused = count;
        figures[actual].rival = predicted;
      }
    }
  return figures;
}

static void writeClasses(raw_ostream &os,
                         const ClassificationReport &classification) {
  const std::vector<ClassFigures> figures = figuresOf(classification);
  os << "<div class=\"scroll\"><table class=\"classes\"><thead><tr>"
        "<th>Class</th><th class=\"n\">Samples</th>"
        "<th class=\"n\">Recall <small>of the class, found</small></th>"
        "<th class=\"n\">Precision <small>of the answers, right</small></th>"
        "<th class=\"n\">F1</th><th>Most often taken for</th></tr></thead>"
        "<tbody>\n";
  auto share = [&](double value) {
    os << "<td class=\"n";
    if (!std::isnan(value))
      os << " share\" style=\"--share:" << jsonNumber(std::round(100 * value))
         << "%";
    os << "\">" << numberSpan(value, Unit::Fraction) << "</td>";
  };
  for (auto [name, one] : llvm::zip(classification.classes, figures)) {
    os << "<tr><th scope=\"row\">" << escape(name) << "</th><td class=\"n\">"
       << numberSpan(static_cast<double>(one.samples), Unit::Count) << "</td>";
    share(one.recall());
    share(one.precision());
    share(one.f1());
    os << "<td>";
    if (one.confused > 0)
      os << escape(classification.classes[one.rival]) << " <small>"
         << one.confused << "\u00d7</small>";
    os << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

static void writeMatrix(raw_ostream &os,
                        const ClassificationReport &classification) {
  const size_t size = classification.classes.size();
  if (size > maximumMatrix)
    return;
  os << "<details><summary>Confusion matrix</summary>\n<p class=\"lead\">Rows "
        "are the classes of the samples, columns what they were taken for."
        "</p>\n<div class=\"scroll\"><table class=\"confusion\"><thead><tr>"
        "<th></th>";
  for (const std::string &name : classification.classes)
    os << "<th scope=\"col\"><span>" << escape(name) << "</span></th>";
  os << "</tr></thead><tbody>\n";
  for (size_t actual = 0; actual < size; ++actual) {
    const auto row =
        llvm::ArrayRef(classification.counts).slice(actual * size, size);
    const double samples = static_cast<double>(
        std::accumulate(row.begin(), row.end(), int64_t(0)));
    os << "<tr><th scope=\"row\">" << escape(classification.classes[actual])
       << "</th>";
    for (auto [predicted, count] : llvm::enumerate(row)) {
      os << "<td class=\"" << (predicted == actual ? "right" : "wrong") << "\"";
      if (count > 0)
        os << " style=\"--share:"
           << jsonNumber(std::round(100 * count / samples)) << "%\" title=\""
           << escape(classification.classes[actual] + " taken for " +
                     classification.classes[predicted])
           << "\"";
      os << ">" << (count > 0 ? std::to_string(count) : "") << "</td>";
    }
    os << "</tr>\n";
  }
  os << "</tbody></table></div></details>\n";
}

void nasc::report::writeClassifications(raw_ostream &os,
                                        const WinnerReport &winner) {
  if (winner.classifications.empty())
    return;
  os << "<h3>By class</h3>\n";
  bool isFirst = true;
  for (const ClassificationReport &classification : winner.classifications) {
    if (isFirst)
      os << "<p class=\"lead\">" << escape(capitalised(classification.what))
         << ".</p>\n";
    else
      os << "<details><summary>" << escape(capitalised(classification.what))
         << "</summary>\n";
    writeClasses(os, classification);
    writeMatrix(os, classification);
    if (!isFirst)
      os << "</details>\n";
    isFirst = false;
  }
}
