//===- CostTable.cpp - What an architecture costs, for people -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/results/CostTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace nasc;
namespace json = llvm::json;

namespace {

/// `latency on h743` as `latency` and `h743`.
std::pair<llvm::StringRef, llvm::StringRef> splitMetric(llvm::StringRef name) {
  return name.split(" on ");
}

std::string significant(double value) {
  const char *format = value >= 100  ? "{0:F0}"
                       : value >= 10 ? "{0:F1}"
                                     : "{0:F2}";
  return llvm::formatv(format, value).str();
}

std::string scaled(double value, llvm::ArrayRef<const char *> units,
                   double step) {
  size_t unit = 0;
  while (value >= step && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  return significant(value) + " " + units[unit];
}

/// Columns of text, padded so that they line up.
class Table {
public:
  explicit Table(std::vector<std::string> header) { add(std::move(header)); }
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }

  /// The first `left` columns are aligned to the left, the others to the right.
  void print(llvm::raw_ostream &stream, size_t left) const {
    std::vector<size_t> widths(rows.front().size(), 0);
    for (const auto &row : rows)
      for (size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], length(row[i]));
    for (const auto &row : rows) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) {
        std::string blanks(widths[i] - length(row[i]), ' ');
        line +=
            (i ? "  " : "") + (i < left ? row[i] + blanks : blanks + row[i]);
      }
      stream << llvm::StringRef(line).rtrim() << '\n';
    }
  }

private:
  /// Characters, not bytes of UTF-8.
  static size_t length(llvm::StringRef text) {
    return llvm::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
  }
  std::vector<std::vector<std::string>> rows;
};

} // namespace

std::string nasc::shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "×") + std::to_string(size);
  return text;
}

std::string nasc::counted(llvm::StringRef digits, llvm::StringRef noun) {
  return groupDigits(digits) + " " + noun.str() + (digits == "1" ? "" : "s");
}

std::string nasc::metricText(llvm::StringRef metric, int64_t value) {
  if (metric == "flash" || metric == "ram")
    return scaled(static_cast<double>(value), {"B", "KiB", "MiB", "GiB"}, 1024);
  if (metric == "latency")
    return scaled(static_cast<double>(value), {"ps", "ns", "µs", "ms", "s"},
                  1000);
  if (metric == "energy")
    return scaled(static_cast<double>(value), {"pJ", "nJ", "µJ", "mJ", "J"},
                  1000);
  return groupDigits(std::to_string(value));
}

json::Value nasc::metricValue(llvm::StringRef metric, int64_t value) {
  if (metric == "latency" || metric == "energy")
    return static_cast<double>(value) * 1e-12;
  return value;
}

json::Value nasc::choiceValue(const nas::Domain &domain, size_t position) {
  switch (domain.getKind()) {
  case nas::Domain::Kind::Integers:
    return domain.getInteger(position);
  case nas::Domain::Kind::Reals:
    return domain.getReal(position);
  case nas::Domain::Kind::Labels:
    break;
  }
  const std::string text = domain.text(position);
  // No block or layer has such a name.
  if (text == "true" || text == "false")
    return text == "true";
  return text;
}

json::Object
nasc::architectureDocument(const search::CompiledSpace &space,
                           const cost::Architecture &architecture) {
  json::Object values;
  for (size_t i = 0; i < space.numChoices(); ++i) {
    if (!architecture.active[i])
      continue;
    values[space.choiceName(i)] =
        choiceValue(space.getDomain(i), architecture.positions[i]);
  }
  return values;
}

json::Object nasc::costDocument(const search::CompiledSpace &space,
                                const cost::Architecture &architecture) {
  const cost::CostProgram &program = space.getProgram();
  cost::Evaluation costs = space.costsOf(architecture);

  auto place = [](json::Object &object, llvm::StringRef metric,
                  llvm::StringRef device, json::Value value) {
    if (device.empty()) {
      object[metric] = std::move(value);
      return;
    }
    if (!object.getObject(metric))
      object[metric] = json::Object();
    (*object.getObject(metric))[device] = std::move(value);
  };
  json::Object totals;
  for (auto [metric, value] : llvm::zip(program.metrics, costs.metrics))
    place(totals, metric.name, metric.device, metricValue(metric.name, value));

  json::Array layers;
  for (auto [layer, layerCosts] : llvm::zip(program.layers, costs.layers)) {
    if (!layerCosts.active)
      continue;
    json::Object entry{{"name", layer.name},
                       {"kind", layer.kind},
                       {"input", json::Array(layerCosts.inputShape)},
                       {"output", json::Array(layerCosts.outputShape)}};
    for (auto [name, value] : llvm::zip(layer.metrics, layerCosts.values)) {
      auto [metric, device] = splitMetric(name);
      place(entry, metric, device, metricValue(metric, value));
    }
    layers.push_back(std::move(entry));
  }
  json::Array limits;
  for (size_t i = 0; i < program.limits.size(); ++i)
    limits.push_back(
        json::Object{{"text", program.limits[i].text},
                     {"holds", static_cast<bool>(costs.limits[i])}});
  return json::Object{
      {"architecture", architectureDocument(space, architecture)},
      {"totals", std::move(totals)},
      {"layers", std::move(layers)},
      {"limits", std::move(limits)},
      {"feasible", costs.feasible}};
}

void nasc::printCostTable(llvm::raw_ostream &stream,
                          const search::CompiledSpace &space,
                          const cost::Architecture &architecture) {
  const cost::CostProgram &program = space.getProgram();
  cost::Evaluation costs = space.costsOf(architecture);
  if (space.numChoices())
    stream << "architecture: " << space.textOf(architecture) << "\n\n";

  if (!program.layers.empty()) {
    std::vector<std::string> header = {"layer", "kind", "input", "output"};
    llvm::append_range(header, program.layers.front().metrics);
    Table table(std::move(header));
    for (auto [layer, layerCosts] : llvm::zip(program.layers, costs.layers)) {
      if (!layerCosts.active)
        continue;
      std::vector<std::string> row = {layer.name, layer.kind,
                                      shapeText(layerCosts.inputShape),
                                      shapeText(layerCosts.outputShape)};
      for (auto [name, value] : llvm::zip(layer.metrics, layerCosts.values))
        row.push_back(value == 0 ? "-"
                                 : metricText(splitMetric(name).first, value));
      table.add(std::move(row));
    }
    table.print(stream, 4);
    stream << '\n';
  }

  Table totals({"total", "", "exact"});
  for (auto [metric, value] : llvm::zip(program.metrics, costs.metrics)) {
    std::string name = metric.name;
    if (!metric.device.empty())
      name += " on " + metric.device;
    const char *unit = llvm::StringSwitch<const char *>(metric.name)
                           .Cases("flash", "ram", " bytes")
                           .Case("latency", " ps (modelled)")
                           .Case("energy", " pJ (modelled)")
                           .Default("");
    // A device without a model of energy says nothing of it.
    if (metric.name == "energy" && value == 0) {
      totals.add({name, "-", "not modelled"});
      continue;
    }
    totals.add({name, metricText(metric.name, value),
                groupDigits(std::to_string(value)) + unit});
  }
  totals.print(stream, 1);

  bool header = false;
  for (size_t i = 0; i < program.limits.size(); ++i) {
    const cost::ProgramLimit &limit = program.limits[i];
    if (limit.implied && costs.limits[i])
      continue;
    if (!header)
      stream << "\nlimits\n";
    header = true;
    const bool isModelled =
        limit.metric == "latency" || limit.metric == "energy";
    stream << (costs.limits[i] ? "  met     " : "  broken  ") << limit.text
           << (isModelled ? "  (as modelled)" : "") << '\n';
  }
}
