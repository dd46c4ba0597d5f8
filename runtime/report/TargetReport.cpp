//===- TargetReport.cpp - An 8-bit network on its targets -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All targets side by side, and for each its steps, its memory, its flash, and
// what was predicted against what was measured.
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <functional>

using namespace nasc::report;
using llvm::raw_ostream;

static std::string countOf(int64_t number, Unit unit = Unit::Count) {
  return numberSpan(static_cast<double>(number), unit);
}

static bool hasFirmware(const TargetReport &target) {
  return !std::isnan(target.linkedFlash());
}

static void writeCrc(raw_ostream &os, const TargetReport &target) {
  if (target.crc32.empty()) {
    os << "<span class=\"unknown\">not run</span>";
    return;
  }
  os << "<code>" << escape(target.crc32) << "</code>";
  if (!target.expectedCrc32.empty())
    os << (target.crc32 == target.expectedCrc32
               ? " <span class=\"verdict good\">\u2713 as expected</span>"
               : " <span class=\"verdict bad\">\u2717 expected " +
                     escape(target.expectedCrc32) + "</span>");
}

//===----------------------------------------------------------------------===//
// All targets
//===----------------------------------------------------------------------===//

static void writeOverview(raw_ostream &os, const WinnerReport &winner) {
  os << "<div class=\"scroll\"><table class=\"targets\"><thead><tr>"
        "<th>Device</th><th class=\"n\">Accuracy</th>"
        "<th class=\"n\">Arena</th><th class=\"n\">Stack</th>"
        "<th class=\"n\">Flash <small>of the network</small></th>"
        "<th class=\"n\">Flash <small>linked</small></th>"
        "<th class=\"n\">Instructions</th>"
        "<th>CRC-32 <small>of the check sample</small></th>"
        "<th class=\"n\">Samples <small>compared, different</small></th>"
        "</tr></thead><tbody>\n";
  for (const TargetReport &target : winner.targets) {
    os << "<tr><th scope=\"row\">" << escape(target.device);
    if (!target.machine.empty())
      os << " <small>" << escape(target.machine) << "</small>";
    os << "</th><td class=\"n\">" << numberSpan(target.accuracy, Unit::Fraction)
       << "</td><td class=\"n\">" << countOf(target.memory.arena, Unit::Bytes)
       << "</td><td class=\"n\">" << numberSpan(target.stack, Unit::Bytes)
       << "</td><td class=\"n\">" << countOf(target.networkFlash(), Unit::Bytes)
       << "</td><td class=\"n\">"
       << numberSpan(target.linkedFlash(), Unit::Bytes)
       << "</td><td class=\"n\">"
       << numberSpan(target.instructions, Unit::Count) << "</td><td>";
    writeCrc(os, target);
    os << "</td><td class=\"n\">" << countOf(target.comparedSamples) << ", "
       << countOf(target.differentSamples) << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

namespace {

/// A column of the table of steps that has a bar as well.
struct StepColumn {
  const char *name;
  /// What stands under the name, or empty.
  const char *note;
  Unit unit;
  std::function<double(const StepReport &)> of;
  bool bar = true;
  /// The total of the network, where it is known otherwise.
  double total = unknown;
  double largest = 0;
};

} // namespace

static std::vector<StepColumn> columnsOf(const TargetReport &target) {
  std::vector<StepColumn> columns;
  auto whole = [](int64_t StepReport::*member) {
    return [member](const StepReport &step) {
      return static_cast<double>(step.*member);
    };
  };
  auto number = [](double StepReport::*member) {
    return [member](const StepReport &step) { return step.*member; };
  };
  columns.push_back({"MACs", "", Unit::Count, whole(&StepReport::macs)});
  columns.push_back(
      {"Read", "", Unit::Bytes, whole(&StepReport::bytesRead), false});
  columns.push_back(
      {"Written", "", Unit::Bytes, whole(&StepReport::bytesWritten), false});
  columns.push_back(
      {"Constants", "", Unit::Bytes, whole(&StepReport::constantBytes)});
  columns.push_back({"Instructions", "counted", Unit::Count,
                     number(&StepReport::instructions)});
  columns.push_back({"Latency", "modelled", Unit::Seconds,
                     number(&StepReport::latency), true, target.latency});
  columns.push_back({"Energy", "modelled", Unit::Joules,
                     number(&StepReport::energy), true, target.energy});
  for (StepColumn &column : columns) {
    double sum = 0;
    for (const std::vector<StepReport> *steps :
         {&target.steps, &target.layersWithoutStep})
      for (const StepReport &step : *steps) {
        double value = column.of(step);
        if (std::isnan(value))
          continue;
        sum += value;
        column.largest = std::max(column.largest, value);
      }
    if (std::isnan(column.total))
      column.total = sum;
  }
  // A column without any number is left out.
  llvm::erase_if(columns,
                 [](const StepColumn &column) { return column.largest == 0; });
  return columns;
}

static void writeStepBars(raw_ostream &os, const TargetReport &target,
                          const std::vector<StepColumn> &columns) {
  os << "<div class=\"bars\">\n";
  for (const StepColumn &column : columns) {
    if (!column.bar || !(column.total > 0))
      continue;
    os << "<div class=\"label\">" << column.name;
    if (*column.note)
      os << " <small>" << column.note << "</small>";
    os << "</div><div class=\"stack\">";
    for (const StepReport &step : target.steps) {
      double value = column.of(step), ratio = value / column.total;
      if (!(ratio > 0))
        continue;
      os << "<span class=\"" << kindClass(step.kind)
         << "\" style=\"flex-grow:" << jsonNumber(std::round(10000 * ratio))
         << "\" title=\""
         << escape(step.layer + " (" + step.kind +
                   "): " + humanNumber(value, column.unit) + ", " +
                   percentDigits(ratio))
         << " %\">";
      if (ratio > 0.09)
        os << escape(step.layer);
      os << "</span>";
    }
    os << "</div><div class=\"sum\">" << numberSpan(column.total, column.unit)
       << "</div>\n";
  }
  os << "</div>\n";
}

/// Instructions that were counted for each cycle of the model. A core that
/// completes two at most has a model that is too hopeful above that.
static std::string perModelledCycle(double instructions, double latency,
                                    double cyclesPerSecond) {
  const double ratio = instructions / (latency * cyclesPerSecond);
  if (!std::isfinite(ratio))
    return numberSpan(unknown, Unit::Number);
  if (ratio <= 2)
    return numberSpan(ratio, Unit::Number);
  return "<span class=\"verdict bad\">" + numberSpan(ratio, Unit::Number) +
         "</span>";
}

static void writeStepRow(raw_ostream &os, const std::string &number,
                         const StepReport &step,
                         const std::vector<StepColumn> &columns,
                         bool hasInstructions, double cyclesPerSecond,
                         bool hasShare) {
  os << "<tr><td class=\"n\">" << number << "</td><th scope=\"row\"><i class=\""
     << kindClass(step.kind) << "\"></i>" << escape(step.layer) << "</th><td>"
     << escape(step.kind) << "</td><td class=\"shape\">" << escape(step.output)
     << "</td>";
  for (const StepColumn &column : columns) {
    double value = column.of(step);
    if (std::isnan(value) || value == 0)
      os << "<td class=\"n\"><span class=\"unknown\">"
         << (value == 0 ? "0" : "\u2013") << "</span></td>";
    else
      os << "<td class=\"n share\" style=\"--share:"
         << jsonNumber(std::round(1000 * value / column.largest) / 10)
         << "%\" title=\"" << escape(exactNumber(value, column.unit)) << "\">"
         << escape(humanNumber(value, column.unit)) << "</td>";
  }
  if (hasInstructions)
    os << "<td class=\"n\">"
       << numberSpan(step.macs ? step.instructions / step.macs : unknown,
                     Unit::Number)
       << "</td>";
  if (!std::isnan(cyclesPerSecond))
    os << "<td class=\"n\">"
       << perModelledCycle(step.instructions, step.latency, cyclesPerSecond)
       << "</td>";
  if (hasShare)
    os << "<td class=\"n\">"
       << (std::isnan(step.share)
               ? numberSpan(unknown, Unit::Number)
               : escape(percentDigits(step.share)) + "\u00a0%")
       << "</td>";
  os << "</tr>\n";
}

static void writeSteps(raw_ostream &os, const TargetReport &target) {
  if (target.steps.empty())
    return;
  std::vector<StepColumn> columns = columnsOf(target);
  const bool hasInstructions =
      llvm::all_of(target.steps, [](const StepReport &step) {
        return !std::isnan(step.instructions);
      });
  const bool hasShare = llvm::any_of(target.steps, [](const StepReport &step) {
    return !std::isnan(step.share);
  });
  const double cyclesPerSecond =
      hasInstructions ? target.cycles / target.latency : unknown;
  os << "<h4>Steps <small>in the order in which they run</small></h4>\n";
  writeStepBars(os, target, columns);
  os << "<div class=\"scroll\"><table class=\"layers\"><thead><tr>"
        "<th class=\"n\">#</th><th>Layer</th><th>Kind</th><th>Result</th>";
  for (const StepColumn &column : columns) {
    os << "<th class=\"n\">" << column.name;
    if (*column.note)
      os << " <small>" << column.note << "</small>";
    os << "</th>";
  }
  if (hasInstructions)
    os << "<th class=\"n\" title=\"instructions per MAC\">Per MAC</th>";
  if (!std::isnan(cyclesPerSecond))
    os << "<th class=\"n\" title=\"instructions counted, per cycle of the "
          "model\">Per cycle <small>counted, modelled</small></th>";
  if (hasShare)
    os << "<th class=\"n\" title=\"of the "
       << (hasInstructions ? "instructions" : "modelled latency")
       << "\">Share</th>";
  os << "</tr></thead><tbody>\n";
  unsigned number = 0;
  for (const StepReport &step : target.steps)
    writeStepRow(os, std::to_string(number++), step, columns, hasInstructions,
                 cyclesPerSecond, hasShare);
  for (const StepReport &layer : target.layersWithoutStep)
    writeStepRow(os, "", layer, columns, hasInstructions, cyclesPerSecond,
                 hasShare);
  os << "</tbody><tfoot><tr><td></td><th scope=\"row\" colspan=\"3\">Sum</th>";
  for (const StepColumn &column : columns)
    os << "<td class=\"n\">" << numberSpan(column.total, column.unit)
       << "</td>";
  double macs = 0, instructions = 0;
  for (const StepReport &step : target.steps) {
    macs += static_cast<double>(step.macs);
    instructions += step.instructions;
  }
  if (hasInstructions)
    os << "<td class=\"n\">"
       << numberSpan(macs > 0 ? instructions / macs : unknown, Unit::Number)
       << "</td>";
  if (!std::isnan(cyclesPerSecond))
    os << "<td class=\"n\">"
       << perModelledCycle(instructions, target.latency, cyclesPerSecond)
       << "</td>";
  if (hasShare)
    os << "<td></td>";
  os << "</tr></tfoot></table></div>\n";
  if (!target.layersWithoutStep.empty())
    os << "<p class=\"lead\">Layers without a number cost something in the "
          "model, but are no step of the generated code.</p>\n";
}

//===----------------------------------------------------------------------===//
// Flash and predictions
//===----------------------------------------------------------------------===//

static void writeFlash(raw_ostream &os, const TargetReport &target) {
  if (target.flash.empty())
    return;
  struct Part {
    std::string name;
    const char *style;
    double bytes;
  };
  static const char *const networkStyles[] = {"k-conv", "k-dense", "k-pool"};
  std::vector<Part> parts;
  double project = 0;
  for (auto [index, section] : llvm::enumerate(target.flash)) {
    parts.push_back({section.section, networkStyles[std::min<size_t>(index, 2)],
                     static_cast<double>(section.network)});
    project += section.project;
  }
  if (hasFirmware(target))
    parts.push_back({"example project", "k-other", project});
  double total = 0;
  for (const Part &part : parts)
    total += part.bytes;

  os << "<h4>Flash</h4>\n<div class=\"bars\"><div class=\"label\">"
     << (hasFirmware(target) ? "Linked" : "Network")
     << "</div><div class=\"stack\">";
  for (const Part &part : parts) {
    double ratio = part.bytes / total;
    if (!(ratio > 0))
      continue;
    os << "<span class=\"" << part.style
       << "\" style=\"flex-grow:" << jsonNumber(std::round(10000 * ratio))
       << "\" title=\""
       << escape(part.name + ": " + exactNumber(part.bytes, Unit::Bytes) +
                 ", " + percentDigits(ratio))
       << " %\">";
    if (ratio > 0.12)
      os << escape(part.name);
    os << "</span>";
  }
  os << "</div><div class=\"sum\">" << numberSpan(total, Unit::Bytes)
     << "</div></div>\n<div class=\"scroll\"><table class=\"layers\"><thead>"
        "<tr><th>Section</th><th class=\"n\">Network</th>";
  if (hasFirmware(target))
    os << "<th class=\"n\">Example project adds</th><th class=\"n\">Linked"
          "</th>";
  os << "</tr></thead><tbody>\n";
  for (const FlashReport &section : target.flash) {
    os << "<tr><th scope=\"row\">" << escape(section.section)
       << "</th><td class=\"n\">" << countOf(section.network, Unit::Bytes)
       << "</td>";
    if (hasFirmware(target))
      os << "<td class=\"n\">" << numberSpan(section.project, Unit::Bytes)
         << "</td><td class=\"n\">"
         << numberSpan(static_cast<double>(section.network) + section.project,
                       Unit::Bytes)
         << "</td>";
    os << "</tr>\n";
  }
  os << "</tbody><tfoot><tr><th scope=\"row\">Sum</th><td class=\"n\">"
     << countOf(target.networkFlash(), Unit::Bytes) << "</td>";
  if (hasFirmware(target))
    os << "<td class=\"n\">" << numberSpan(project, Unit::Bytes)
       << "</td><td class=\"n\">"
       << numberSpan(target.linkedFlash(), Unit::Bytes) << "</td>";
  os << "</tr></tfoot></table></div>\n";
}

/// `+12.3 %`.
static std::string gapText(double predicted, double measured) {
  double gap = 100 * (predicted - measured) / measured;
  if (!std::isfinite(gap))
    return "<span class=\"unknown\">\u2013</span>";
  std::string digits = jsonNumber(std::round(10 * gap) / 10);
  return (gap > 0 ? "+" : "") + digits + "\u00a0%";
}

static void writePredictionRow(raw_ostream &os,
                               const PredictionReport &prediction,
                               bool isPart) {
  os << "<tr" << (isPart ? " class=\"part\"" : "") << "><th scope=\"row\">"
     << escape(prediction.label) << "</th><td class=\"n\">"
     << numberSpan(prediction.predicted, Unit::Bytes) << "</td><td class=\"n\">"
     << numberSpan(prediction.measured, Unit::Bytes) << "</td><td class=\"n\">"
     << gapText(prediction.predicted, prediction.measured) << "</td>";
  if (isPart) {
    // What is promised is the sum: a part may exceed its share.
    os << "<td></td><td></td></tr>\n";
    return;
  }
  os << "<td class=\"n\">" << numberSpan(prediction.limit, Unit::Bytes)
     << "</td><td>";
  if (std::isnan(prediction.measured))
    os << "<span class=\"unknown\">not measured</span>";
  else if (std::isnan(prediction.predicted))
    os << "<span class=\"unknown\">not predicted</span>";
  else if (prediction.predicted >= prediction.measured)
    os << "<span class=\"verdict good\">\u2713 predicted is above</span>";
  else
    os << "<span class=\"verdict bad\">\u2717 predicted is below</span>";
  os << "</td></tr>\n";
}

static void writePredictions(raw_ostream &os, const TargetReport &target) {
  const bool hasLatency = !std::isnan(target.latency);
  if (target.predictions.empty() && !hasLatency)
    return;
  os << "<h4>Predicted and measured</h4>\n<div class=\"scroll\">"
        "<table class=\"layers predictions\"><thead><tr><th></th>"
        "<th class=\"n\">Predicted</th><th class=\"n\">Measured</th>"
        "<th class=\"n\">Gap</th><th class=\"n\">Limit</th><th></th></tr>"
        "</thead><tbody>\n";
  for (const PredictionReport &prediction : target.predictions) {
    writePredictionRow(os, prediction, /*isPart=*/false);
    for (const PredictionReport &part : prediction.parts)
      writePredictionRow(os, part, /*isPart=*/true);
  }
  if (hasLatency) {
    os << "<tr><th scope=\"row\">Latency <small>modelled</small></th>"
          "<td class=\"n\">"
       << numberSpan(target.latency, Unit::Seconds);
    if (!std::isnan(target.cycles))
      os << " <small>" << escape(humanNumber(target.cycles, Unit::Count))
         << " cycles</small>";
    os << "</td><td class=\"n\">";
    if (std::isnan(target.instructions))
      os << "<span class=\"unknown\">\u2013</span>";
    else
      os << numberSpan(target.instructions, Unit::Count)
         << " <small>instructions</small>";
    os << "</td><td></td><td class=\"n\">"
       << numberSpan(target.latencyLimit, Unit::Seconds) << "</td><td>";
    if (target.leastLatency > target.latencyLimit)
      os << "<span class=\"verdict bad\">\u2717 broken</span> ";
    if (std::isnan(target.leastLatency))
      os << "<small>Instructions are no cycles, and no time.</small>";
    else
      os << "<small>The instructions take at least "
         << numberSpan(target.leastLatency, Unit::Seconds)
         << ", at two in a cycle.</small>";
    os << "</td></tr>\n";
  }
  if (!std::isnan(target.energy))
    os << "<tr><th scope=\"row\">Energy <small>modelled</small></th>"
          "<td class=\"n\">"
       << numberSpan(target.energy, Unit::Joules)
       << "</td><td class=\"n\"><span class=\"unknown\">\u2013</span></td>"
          "<td></td><td class=\"n\">"
       << numberSpan(target.energyLimit, Unit::Joules)
       << "</td><td></td></tr>\n";
  os << "</tbody></table></div>\n";
}

//===----------------------------------------------------------------------===//
// A target
//===----------------------------------------------------------------------===//

static void writeTarget(raw_ostream &os, const TargetReport &target,
                        bool isOpen) {
  os << "<details class=\"target\"" << (isOpen ? " open" : "") << "><summary>"
     << "<strong>" << escape(target.device) << "</strong>";
  if (!target.machine.empty())
    os << " " << escape(target.machine);
  os << ": steps, memory, flash, predictions</summary>\n";
  if (!target.description.empty() || !target.emulator.empty()) {
    os << "<p class=\"lead\">" << escape(target.description);
    if (!target.emulator.empty())
      os << (target.description.empty() ? "Run by " : "; run by ") << "<code>"
         << escape(target.emulator) << "</code>";
    os << ".</p>\n";
  }
  for (const std::string &remark : target.remarks)
    os << "<p class=\"callout\">" << escape(remark) << "</p>\n";
  writeSteps(os, target);
  writeMemoryMap(os, target.memory, "h4");
  writeFlash(os, target);
  writePredictions(os, target);
  os << "<dl class=\"facts\"><div><dt>CRC-32 of the check sample</dt><dd>";
  writeCrc(os, target);
  os << "</dd></div>\n";
  if (!std::isnan(target.instructions))
    os << "<div><dt>Instructions of one inference</dt><dd>"
       << numberSpan(target.instructions, Unit::Count) << "</dd></div>\n";
  if (!std::isnan(target.stack))
    os << "<div><dt>Stack, measured</dt><dd>"
       << numberSpan(target.stack, Unit::Bytes) << "</dd></div>\n";
  os << "</dl></details>\n";
}

void nasc::report::writeTargets(raw_ostream &os, const WinnerReport &winner) {
  if (winner.targets.empty())
    return;
  os << "<h3>On 8-bit integers</h3>\n<p class=\"lead\">The network as it was "
        "deployed. Arena, stack, flash, and instructions are measured.</p>\n";
  writeOverview(os, winner);
  bool isFirst = true;
  for (const TargetReport &target : winner.targets) {
    writeTarget(os, target, isFirst);
    isFirst = false;
  }
}
