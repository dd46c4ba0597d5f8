//===- SpaceReport.cpp - The space, its limits, and what pruning removed --===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <optional>

using namespace nasc::report;
using llvm::raw_ostream;
using llvm::StringRef;

/// How many architectures there are and how many of them are feasible.
static void writeCounts(raw_ostream &os, const SpaceReport &space) {
  if (space.architectures.empty() || space.choices.empty())
    return;
  os << "<p class=\"lead\">The space has <strong>"
     << countSpan(space.architectures) << "</strong> architectures";
  if (!space.feasibleLower.empty() &&
      space.feasibleLower == space.feasibleUpper)
    os << ", of which <strong>" << countSpan(space.feasibleLower)
       << "</strong> are within all limits";
  else if (!space.feasibleUpper.empty())
    os << "; between "
       << countSpan(space.feasibleLower.empty() ? "0" : space.feasibleLower)
       << " and " << countSpan(space.feasibleUpper)
       << " of them are within all limits";
  if (!space.feasibleEstimate.empty())
    os << " (estimated: " << countSpan(space.feasibleEstimate) << ")";
  os << ".";
  if (!space.countRemark.empty())
    os << " " << escape(space.countRemark);
  os << "</p>\n";
}

static void writeLimits(raw_ostream &os, const SpaceReport &space) {
  if (space.limits.empty())
    return;
  os << "<h3>Limits</h3>\n<div class=\"scroll\"><table><thead><tr>"
        "<th>Limit</th><th class=\"n\">Architectures that it alone excludes"
        "</th><th>Remark</th></tr></thead><tbody>\n";
  for (const LimitReport &limit : space.limits) {
    os << "<tr><td><code>" << escape(limit.text) << "</code></td>"
       << "<td class=\"n\">";
    if (limit.excluded.empty())
      os << "<span class=\"unknown\">\u2013</span>";
    else
      os << countSpan(limit.excluded);
    os << "</td><td>";
    if (!limit.remark.empty())
      os << "<span class=\"remark\">" << escape(limit.remark) << "</span>";
    os << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

static std::optional<int64_t> wholeNumber(StringRef text) {
  int64_t value;
  if (text.getAsInteger(10, value))
    return std::nullopt;
  return value;
}

/// The values of a choice in their order, those that are removed struck out,
/// the others with their share of the feasible architectures. Long ranges of
/// whole numbers are drawn together: 1-12, 13-64.
static void writeValues(raw_ostream &os, const ChoiceReport &choice) {
  llvm::StringMap<const RemovedValue *> reasons;
  llvm::StringMap<bool> kept;
  llvm::StringMap<double> shares;
  for (const RemovedValue &removed : choice.removed)
    reasons[removed.value] = &removed;
  for (auto [value, share] : llvm::zip(choice.after, choice.shares))
    shares[value] = share;
  for (const std::string &value : choice.after)
    kept[value] = true;

  bool drawTogether = choice.before.size() > 12;
  for (size_t i = 0; i != choice.before.size();) {
    const std::string &value = choice.before[i];
    bool removed = !kept.count(value);
    const RemovedValue *reason = reasons.lookup(value);
    size_t end = i + 1;
    if (drawTogether && wholeNumber(value))
      while (
          end != choice.before.size() && wholeNumber(choice.before[end]) &&
          !kept.count(choice.before[end]) == removed &&
          (reasons.lookup(choice.before[end]) == nullptr) ==
              (reason == nullptr) &&
          (!reason || reasons.lookup(choice.before[end])->why == reason->why))
        ++end;
    // Two neighbours are clearer side by side.
    if (end - i < 3)
      end = i + 1;
    os << (removed ? "<del class=\"value\"" : "<span class=\"value\"");
    if (reason)
      os << " title=\""
         << escape("removed" + (reason->by.empty() ? "" : " by " + reason->by) +
                   ": " + reason->why)
         << "\"";
    os << ">" << escape(value);
    if (end - i >= 3)
      os << "\u2026" << escape(choice.before[end - 1]);
    if (!removed && !choice.shares.empty()) {
      double share = 0;
      for (size_t number = i; number != end; ++number)
        share += shares.lookup(choice.before[number]);
      os << " <small>" << escape(percentDigits(share)) << "\u00a0%</small>";
    }
    os << (removed ? "</del> " : "</span> ");
    i = end;
  }
}

/// Each reason once, with how many values it removed.
static void writeReasons(raw_ostream &os, const ChoiceReport &choice) {
  std::vector<std::pair<std::pair<StringRef, StringRef>, unsigned>> reasons;
  for (const RemovedValue &removed : choice.removed) {
    std::pair<StringRef, StringRef> reason(removed.by, removed.why);
    bool found = false;
    for (auto &[known, count] : reasons)
      if (known == reason) {
        ++count;
        found = true;
      }
    if (!found)
      reasons.push_back({reason, 1});
  }
  for (const auto &[reason, count] : reasons) {
    os << "<div class=\"reason\">";
    if (!reason.first.empty())
      os << "<span class=\"badge\">" << escape(reason.first) << "</span> ";
    if (reasons.size() > 1)
      os << count << (count == 1 ? " value: " : " values: ");
    os << escape(reason.second) << "</div>";
  }
}

static void writeChoices(raw_ostream &os, const SpaceReport &space) {
  if (space.choices.empty())
    return;
  size_t pruned = 0;
  bool hasShares = false;
  for (const ChoiceReport &choice : space.choices) {
    pruned += choice.after.size() != choice.before.size();
    hasShares |= !choice.shares.empty();
  }
  os << "<h3>Choices</h3>\n<p class=\"lead\">Pruning has removed values from "
     << pruned << " of " << space.choices.size()
     << " choices: no architecture with such a value is within all limits."
     << (hasShares ? " A percentage is the share of the feasible architectures "
                     "that have the value."
                   : "")
     << "</p>\n"
        "<div class=\"scroll\"><table class=\"choices\"><thead><tr>"
        "<th>Choice</th><th class=\"n\">Before</th><th class=\"n\">After</th>"
        "<th>Values</th><th>Why</th></tr></thead><tbody>\n";
  for (const ChoiceReport &choice : space.choices) {
    bool same = choice.after.size() == choice.before.size();
    os << "<tr" << (same ? "" : " class=\"pruned\"")
       << "><th scope=\"row\"><code>" << escape(choice.name)
       << "</code></th><td class=\"n\">" << choice.before.size()
       << "</td><td class=\"n\">" << choice.after.size() << "</td><td>";
    writeValues(os, choice);
    os << "</td><td>";
    writeReasons(os, choice);
    os << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

bool nasc::report::hasSpace(const SpaceReport &space) {
  return !space.choices.empty() || !space.limits.empty();
}

void nasc::report::writeSpace(raw_ostream &os, const ReportData &data) {
  if (!hasSpace(data.space))
    return;
  os << "<section id=\"space\">\n<h2>The space</h2>\n";
  writeCounts(os, data.space);
  writeLimits(os, data.space);
  writeChoices(os, data.space);
  os << "</section>\n";
}
