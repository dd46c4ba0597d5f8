//===- PruneTable.cpp - What pruning left of a space ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/results/PruneTable.h"

#include "passes/cost/IntervalEvaluator.h"
#include "passes/feasibility/Explain.h"
#include "passes/feasibility/Passes.h"
#include "runtime/report/Html.h"
#include "runtime/results/CostTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace nasc;
namespace json = llvm::json;

/// For all removed values that need the solver; what is not known by then is
/// said to be excluded by the limits together.
static constexpr double explanationSeconds = 2;

static std::vector<std::string> textsOf(const nas::Domain &domain) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < domain.size(); ++i)
    texts.push_back(domain.text(i));
  return texts;
}

namespace {

/// Says for single values which limit excludes them, as far as bounds see it.
class RemovalReasons {
public:
  /// `prover` is what removed the values that bounds do not.
  RemovalReasons(const cost::CostProgram &program, llvm::StringRef prover)
      : program(program), prover(prover), evaluator(program, rootsOf(program)),
        whole(evaluator.evaluate(cost::fullDomains(program))) {}

  PruneSummary::Removal explain(uint32_t choice, uint16_t position,
                                std::string value) const {
    llvm::BitVector only(program.choices[choice].values.size());
    only.set(position);
    cost::Bounds bounds = evaluator.restrict(whole, choice, only);
    for (const cost::ProgramLimit &limit : program.limits)
      if (!bounds.canHold(limit.holds))
        return {std::move(value), "intervals", limit.text};
    std::optional<cost::Slot> activity = program.choices[choice].activity;
    if (activity && !bounds.canHold(*activity))
      return {std::move(value), "intervals", "the choice is never active"};
    return {std::move(value), prover.str(), ""};
  }

private:
  static std::vector<cost::Slot> rootsOf(const cost::CostProgram &program) {
    return program.feasibilityOutputs();
  }

  const cost::CostProgram &program;
  llvm::StringRef prover;
  cost::IntervalEvaluator evaluator;
  cost::Bounds whole;
};

} // namespace

static json::Array valuesOf(const nas::Domain &domain) {
  json::Array values;
  for (size_t i = 0; i < domain.size(); ++i)
    values.push_back(choiceValue(domain, i));
  return values;
}

/// `part` of `whole`, which is not zero.
static PruneSummary::Part partOf(llvm::APInt part, llvm::APInt whole) {
  PruneSummary::Part result;
  result.count = cost::decimal(part);
  // Beyond 1000 bits, floating-point numbers end; the share has 53.
  unsigned bits = whole.getActiveBits();
  unsigned shift = bits > 1000 ? bits - 1000 : 0;
  result.share = part.lshr(std::min(shift, part.getBitWidth()))
                     .roundToDouble(/*isSigned=*/false) /
                 whole.lshr(shift).roundToDouble(/*isSigned=*/false);
  return result;
}

/// Fills in which part of the feasible set each value has.
static void addParts(PruneSummary::Choice &choice,
                     llvm::ArrayRef<llvm::APInt> marginals,
                     const llvm::APInt &count) {
  unsigned width = count.getBitWidth() + 1;
  llvm::APInt inactive = count.zext(width);
  for (const llvm::APInt &marginal : marginals) {
    choice.parts.push_back(partOf(marginal, count));
    inactive -= marginal.zextOrTrunc(width);
  }
  if (!inactive.isZero())
    choice.inactive = partOf(inactive, count);
}

static PruneSummary::NamedValue namedValue(const search::CompiledSpace &space,
                                           uint32_t choice, uint32_t position) {
  const nas::Domain &domain = space.getDomain(choice);
  return {space.choiceName(choice).str(), domain.text(position),
          choiceValue(domain, position)};
}

/// Which limits together exclude what bounds do not explain.
static void explainTogether(PruneSummary &summary,
                            const cost::CostProgram &program) {
  std::vector<feasibility::ValueOfChoice> values;
  std::vector<PruneSummary::Removal *> removals;
  for (auto [number, choice] : llvm::enumerate(summary.choices))
    for (PruneSummary::Removal &removal : choice.removed)
      if (removal.why.empty()) {
        uint16_t position =
            llvm::find(choice.before, removal.value) - choice.before.begin();
        values.push_back({static_cast<uint32_t>(number), position});
        removals.push_back(&removal);
      }
  if (values.empty())
    return;
  auto conflicts =
      feasibility::explainRemovals(program, values, explanationSeconds);
  for (auto [removal, conflict] : llvm::zip(removals, conflicts)) {
    std::vector<std::string> texts;
    for (uint32_t limit : conflict)
      texts.push_back(program.limits[limit].text);
    removal->why =
        texts.empty() ? "the limits together" : llvm::join(texts, "; ");
  }
}

PruneSummary nasc::summarizePruning(const search::CompiledSpace &before,
                                    const search::CompiledSpace &after) {
  PruneSummary summary;
  if (before.getArchitectures())
    summary.architectures =
        cost::decimal(before.getArchitectures()->getCount());
  if (after.getArchitectures())
    summary.remaining = cost::decimal(after.getArchitectures()->getCount());
  const counting::FeasibleSet &feasible = after.getFeasibleSet();
  const counting::CountBounds &count = feasible.getCount();
  summary.feasibleLower = cost::decimal(count.lower);
  summary.feasibleUpper = cost::decimal(count.upper);
  auto function = after.getSpace()
                      ->getParentOfType<mlir::ModuleOp>()
                      .lookupSymbol<cost::FunctionOp>(
                          after.getSpace().getSymName().str() + ".costs");
  const bool isCounted =
      function && function->hasAttr(feasibility::removedByCountingName);
  RemovalReasons reasons(before.getProgram(), isCounted ? "counting" : "Z3");
  for (size_t i = 0; i < before.numChoices(); ++i) {
    PruneSummary::Choice choice;
    choice.name = before.choiceName(i).str();
    choice.before = textsOf(before.getDomain(i));
    choice.beforeValues = valuesOf(before.getDomain(i));
    // A choice that no feasible architecture has is gone.
    if (auto left = after.getProgram().findChoice(choice.name)) {
      choice.after = textsOf(after.getDomain(*left));
      choice.afterValues = valuesOf(after.getDomain(*left));
      if (feasible.isExact() && !feasible.isEmpty()) {
        const auto &marginals = feasible.marginals()[*left];
        // In IR, a choice that is never active keeps a value.
        if (llvm::all_of(marginals, [](const llvm::APInt &marginal) {
              return marginal.isZero();
            })) {
          choice.after.clear();
          choice.afterValues = json::Array();
        }
        addParts(choice,
                 llvm::ArrayRef(marginals).take_front(choice.after.size()),
                 count.lower);
      }
    }
    for (size_t v = 0; v < choice.before.size(); ++v)
      if (!llvm::is_contained(choice.after, choice.before[v]))
        choice.removed.push_back(reasons.explain(i, v, choice.before[v]));
    summary.choices.push_back(std::move(choice));
  }
  explainTogether(summary, before.getProgram());
  for (const cost::ProgramExclusion &exclusion : after.getProgram().exclusions)
    summary.exclusions.emplace_back(
        namedValue(after, exclusion.firstChoice, exclusion.firstPosition),
        namedValue(after, exclusion.secondChoice, exclusion.secondPosition));
  return summary;
}

static json::Object partDocument(const PruneSummary::Part &part) {
  return json::Object{{"feasible", part.count}, {"share", part.share}};
}

json::Object nasc::infeasibleDocument(const search::CompiledSpace &space) {
  PruneSummary summary;
  if (space.getArchitectures())
    summary.architectures = cost::decimal(space.getArchitectures()->getCount());
  summary.remaining = summary.feasibleLower = summary.feasibleUpper = "0";
  return pruneDocument(summary);
}

json::Object nasc::pruneDocument(const PruneSummary &summary) {
  auto number = [](const std::string &text) {
    return text.empty() ? json::Value(nullptr) : json::Value(text);
  };
  json::Array choices;
  for (const PruneSummary::Choice &choice : summary.choices) {
    json::Array removed, values;
    for (const PruneSummary::Removal &removal : choice.removed) {
      const size_t position =
          llvm::find(choice.before, removal.value) - choice.before.begin();
      removed.push_back(json::Object{{"value", choice.beforeValues[position]},
                                     {"by", removal.by},
                                     {"why", removal.why}});
    }
    for (auto [value, part] : llvm::zip(choice.afterValues, choice.parts)) {
      json::Object document = partDocument(part);
      document["value"] = value;
      values.push_back(std::move(document));
    }
    json::Object document{{"name", choice.name},
                          {"before", json::Array(choice.beforeValues)},
                          {"after", json::Array(choice.afterValues)},
                          {"values", std::move(values)},
                          {"removed", std::move(removed)}};
    if (choice.inactive)
      document["inactive"] = partDocument(*choice.inactive);
    choices.push_back(std::move(document));
  }
  json::Value feasible = summary.feasibleLower;
  if (!summary.isExact())
    feasible = json::Object{{"lower", summary.feasibleLower},
                            {"upper", summary.feasibleUpper}};
  json::Array exclusions;
  for (const auto &[first, second] : summary.exclusions) {
    json::Array pair;
    for (const PruneSummary::NamedValue &value : {first, second})
      pair.push_back(
          json::Object{{"choice", value.choice}, {"value", value.json}});
    exclusions.push_back(std::move(pair));
  }
  return json::Object{{"architectures", number(summary.architectures)},
                      {"remaining", number(summary.remaining)},
                      {"feasible", std::move(feasible)},
                      {"choices", std::move(choices)},
                      {"exclusions", std::move(exclusions)}};
}

static std::string percentText(double share) {
  return report::percentDigits(share) + " %";
}

void nasc::printPruneTable(llvm::raw_ostream &stream,
                           const PruneSummary &summary,
                           llvm::StringRef prefix) {
  auto number = [](const std::string &text) {
    return text.empty() ? std::string("not counted") : groupDigits(text);
  };
  stream << prefix << "architectures:   " << number(summary.architectures)
         << '\n'
         << prefix << "after pruning:   " << number(summary.remaining) << '\n'
         << prefix << "feasible:        ";
  if (summary.isExact())
    stream << number(summary.feasibleLower) << '\n';
  else
    stream << "between " << number(summary.feasibleLower) << " and "
           << number(summary.feasibleUpper) << '\n';
  for (const PruneSummary::Choice &choice : summary.choices) {
    stream << prefix << choice.name << ": " << llvm::join(choice.before, ", ");
    if (choice.before != choice.after)
      stream << " -> "
             << (choice.after.empty() ? std::string("never active")
                                      : llvm::join(choice.after, ", "));
    stream << '\n';
    // A value a line: its share of the feasible set, or who removed it.
    std::vector<std::array<std::string, 3>> rows;
    size_t kept = 0, removed = 0;
    for (const std::string &value : choice.before) {
      if (removed < choice.removed.size() &&
          choice.removed[removed].value == value) {
        const PruneSummary::Removal &removal = choice.removed[removed++];
        rows.push_back(
            {value, "removed", removal.why + " (" + removal.by + ")"});
      } else if (kept < choice.parts.size()) {
        const PruneSummary::Part &part = choice.parts[kept++];
        rows.push_back(
            {value, percentText(part.share), groupDigits(part.count)});
      }
    }
    if (choice.inactive)
      rows.push_back({"inactive", percentText(choice.inactive->share),
                      groupDigits(choice.inactive->count)});
    size_t valueWidth = 0, shareWidth = 0;
    for (const auto &row : rows) {
      valueWidth = std::max(valueWidth, row[0].size());
      shareWidth = std::max(shareWidth, row[1].size());
    }
    for (const auto &row : rows)
      stream << prefix << "    " << llvm::left_justify(row[0], valueWidth)
             << "  " << llvm::right_justify(row[1], shareWidth) << "  "
             << row[2] << '\n';
  }
  // A page of them; the document has all.
  size_t shown = std::min<size_t>(summary.exclusions.size(), 20);
  if (shown > 0)
    stream << prefix << "never together:\n";
  for (const auto &[first, second] :
       llvm::ArrayRef(summary.exclusions).take_front(shown))
    stream << prefix << "    " << first.choice << '=' << first.text << " and "
           << second.choice << '=' << second.text << '\n';
  if (shown < summary.exclusions.size())
    stream << prefix << "    and " << summary.exclusions.size() - shown
           << " more, which --json lists\n";
}
