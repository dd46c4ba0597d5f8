//===- CostReport.cpp - The costs of a network, layer by layer ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace nasc::report;
using llvm::raw_ostream;
using llvm::StringRef;

namespace {

/// A column of costs.
struct Cost {
  std::string name;
  std::string device;
  bool modelled = false;
  Unit unit = Unit::Count;
  std::function<double(const LayerReport &)> of;
  /// Over all layers; layers without a value do not count.
  double total = 0;
  double largest = 0;
  /// Whether it has a bar; parameters have almost the same as weights.
  bool bar = true;
  /// Whether the layers add up to the total of the network. RAM does not: the
  /// arena is as large as the neediest moment.
  bool adds = true;
};

} // namespace

/// The columns in which any layer has a cost.
static std::vector<Cost> costsOf(const WinnerReport &winner) {
  std::vector<Cost> costs;
  auto add = [&](Cost cost) {
    bool any = false;
    for (const LayerReport &layer : winner.layers) {
      double value = cost.of(layer);
      if (std::isnan(value))
        continue;
      any |= value != 0;
      cost.total += value;
      cost.largest = std::max(cost.largest, value);
    }
    if (any)
      costs.push_back(std::move(cost));
  };
  auto whole = [](int64_t LayerReport::*member) {
    return [member](const LayerReport &layer) {
      return static_cast<double>(layer.*member);
    };
  };
  add({"MACs", "", false, Unit::Count, whole(&LayerReport::macs)});
  add({"Weights", "", false, Unit::Count, whole(&LayerReport::weights)});
  Cost params = {"Params", "", false, Unit::Count, whole(&LayerReport::params)};
  params.bar = false;
  add(std::move(params));

  std::vector<std::string> devices;
  for (const LayerReport &layer : winner.layers)
    for (const DeviceCost &cost : layer.devices)
      if (!llvm::is_contained(devices, cost.device))
        devices.push_back(cost.device);
  // The machine that this ran on is the least of interest.
  std::stable_partition(
      devices.begin(), devices.end(),
      [](const std::string &device) { return device != "host"; });
  for (const std::string &device : devices) {
    auto onDevice = [device](double DeviceCost::*member) {
      return [device, member](const LayerReport &layer) {
        for (const DeviceCost &cost : layer.devices)
          if (cost.device == device)
            return cost.*member;
        return unknown;
      };
    };
    add({"Latency", device, true, Unit::Seconds,
         onDevice(&DeviceCost::latency)});
    add({"Energy", device, true, Unit::Joules, onDevice(&DeviceCost::energy)});
    add({"Flash", device, false, Unit::Bytes, onDevice(&DeviceCost::flash)});
    Cost ram = {"RAM", device, false, Unit::Bytes, onDevice(&DeviceCost::ram)};
    ram.adds = ram.bar = false;
    add(std::move(ram));
  }
  return costs;
}

/// A percentage with one digit, for styles and titles.
static std::string percent(double ratio) {
  return jsonNumber(std::round(1000 * ratio) / 10);
}

/// One bar for each cost, a segment for each layer.
static void writeBars(raw_ostream &os, const WinnerReport &winner,
                      const std::vector<Cost> &costs) {
  os << "<div class=\"bars\">\n";
  for (const Cost &cost : costs) {
    if (!cost.bar || cost.total <= 0)
      continue;
    os << "<div class=\"label\">" << escape(cost.name);
    if (!cost.device.empty())
      os << " <small>on " << escape(cost.device)
         << (cost.modelled ? ", modelled" : "") << "</small>";
    os << "</div><div class=\"stack\">";
    for (const LayerReport &layer : winner.layers) {
      double value = cost.of(layer), ratio = value / cost.total;
      if (!(ratio > 0))
        continue;
      os << "<span class=\"" << kindClass(layer.kind)
         << "\" style=\"flex-grow:" << jsonNumber(std::round(10000 * ratio))
         << "\" title=\""
         << escape(layer.name + " (" + layer.kind +
                   "): " + humanNumber(value, cost.unit) + ", ")
         << percent(ratio) << " %\">";
      if (ratio > 0.09)
        os << escape(layer.name);
      os << "</span>";
    }
    os << "</div><div class=\"sum\">" << numberSpan(cost.total, cost.unit)
       << "</div>\n";
  }
  os << "</div>\n";

  // The legend has those kinds that a bar shows; some share a colour.
  std::vector<std::pair<std::string, std::vector<StringRef>>> colours;
  for (const LayerReport &layer : winner.layers) {
    if (llvm::none_of(costs, [&](const Cost &cost) {
          return cost.bar && cost.of(layer) > 0;
        }))
      continue;
    std::string style = kindClass(layer.kind);
    auto known = llvm::find_if(
        colours, [&](const auto &colour) { return colour.first == style; });
    if (known == colours.end())
      known = colours.insert(known, {style, {}});
    if (!llvm::is_contained(known->second, layer.kind))
      known->second.push_back(layer.kind);
  }
  os << "<p class=\"legend\">";
  for (const auto &[style, kinds] : colours)
    os << "<span><i class=\"" << style << "\"></i>"
       << escape(llvm::join(kinds, ", ")) << "</span> ";
  os << "</p>\n";
}

/// Whether the layer costs nothing of its own, as one that is folded into
/// another.
static bool isFree(const LayerReport &layer, const std::vector<Cost> &costs) {
  return llvm::all_of(costs, [&](const Cost &cost) {
    const double value = cost.of(layer);
    return std::isnan(value) || value == 0;
  });
}

static void writeTableHead(raw_ostream &os, const std::vector<Cost> &costs) {
  // The costs on one device stand under its name.
  os << "<div class=\"scroll\"><table class=\"layers\"><thead>";
  if (llvm::any_of(costs,
                   [](const Cost &cost) { return !cost.device.empty(); })) {
    os << "<tr class=\"groups\"><th colspan=\"5\"></th>";
    for (size_t i = 0, end; i != costs.size(); i = end) {
      for (end = i;
           end != costs.size() && costs[end].device == costs[i].device;)
        ++end;
      os << "<th colspan=\"" << end - i << "\">";
      if (!costs[i].device.empty())
        os << "<span>on " << escape(costs[i].device) << "</span>";
      os << "</th>";
    }
    os << "</tr>";
  }
  os << "<tr><th class=\"n\">#</th><th>Layer</th><th>Kind</th><th>Input</th>"
        "<th>Output</th>";
  for (const Cost &cost : costs)
    os << "<th class=\"n\">" << escape(cost.name)
       << (cost.modelled ? " <small>modelled</small>" : "") << "</th>";
  os << "</tr></thead><tbody>\n";
}

static void writeLayer(raw_ostream &os, const LayerReport &layer, size_t number,
                       const std::vector<Cost> &costs) {
  os << "<tr><td class=\"n\">" << number << "</td><th scope=\"row\">"
     << "<i class=\"" << kindClass(layer.kind) << "\"></i>"
     << escape(layer.name) << "</th><td>" << escape(layer.kind)
     << "</td><td class=\"shape\">" << escape(layer.input)
     << "</td><td class=\"shape\">" << escape(layer.output) << "</td>";
  for (const Cost &cost : costs) {
    double value = cost.of(layer);
    if (std::isnan(value) || value == 0) {
      os << "<td class=\"n\"><span class=\"unknown\">"
         << (value == 0 ? "0" : "\u2013") << "</span></td>";
      continue;
    }
    os << "<td class=\"n share\" style=\"--share:"
       << percent(value / cost.largest) << "%\" title=\""
       << escape(exactNumber(value, cost.unit));
    if (cost.adds)
      os << ", " << percent(value / cost.total) << " %";
    os << "\">" << escape(humanNumber(value, cost.unit)) << "</td>";
  }
  os << "</tr>\n";
}

static void writeTable(raw_ostream &os, const WinnerReport &winner,
                       const std::vector<Cost> &costs) {
  writeTableHead(os, costs);
  size_t numFree = 0;
  for (auto [number, layer] : llvm::enumerate(winner.layers)) {
    if (isFree(layer, costs))
      ++numFree;
    else
      writeLayer(os, layer, number, costs);
  }
  os << "</tbody><tfoot><tr><td></td><th scope=\"row\" colspan=\"4\">Sum"
        "</th>";
  for (const Cost &cost : costs)
    os << "<td class=\"n\">"
       << (cost.adds ? numberSpan(cost.total, cost.unit)
                     : "<small>largest </small>" +
                           numberSpan(cost.largest, cost.unit))
       << "</td>";
  os << "</tr></tfoot></table></div>\n";
  if (numFree == 0)
    return;
  os << "<details><summary>" << numFree
     << (numFree == 1 ? " layer that costs" : " layers that cost")
     << " nothing, folded into others</summary><div class=\"scroll\">"
        "<table class=\"layers\"><thead><tr><th class=\"n\">#</th><th>Layer"
        "</th><th>Kind</th><th>Input</th><th>Output</th></tr></thead><tbody>\n";
  for (auto [number, layer] : llvm::enumerate(winner.layers))
    if (isFree(layer, costs))
      writeLayer(os, layer, number, {});
  os << "</tbody></table></div></details>\n";
}

void nasc::report::writeCosts(raw_ostream &os, const WinnerReport &winner) {
  if (winner.layers.empty())
    return;
  std::vector<Cost> costs = costsOf(winner);
  os << "<h3>Where the costs go</h3>\n";
  writeBars(os, winner, costs);
  writeTable(os, winner, costs);
}
