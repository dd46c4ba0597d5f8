//===- PruneTable.cpp - What pruning left of a space ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/PruneTable.h"

#include "passes/cost/IntervalEvaluator.h"
#include "passes/feasibility/CountFeasible.h"
#include "tools/nasc/CostTable.h"

#include "llvm/ADT/StringExtras.h"

using namespace nasc;
namespace json = llvm::json;

static std::vector<std::string> textsOf(const nas::Domain &domain) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < domain.size(); ++i)
    texts.push_back(domain.text(i));
  return texts;
}

namespace {

/// Says for single values which limit excludes them.
class RemovalReasons {
public:
  explicit RemovalReasons(const cost::CostProgram &program)
      : program(program), evaluator(program, rootsOf(program)),
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
    return {std::move(value), "Z3", "the limits together"};
  }

private:
  static std::vector<cost::Slot> rootsOf(const cost::CostProgram &program) {
    return program.feasibilityOutputs();
  }

  const cost::CostProgram &program;
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

PruneSummary nasc::summarizePruning(const search::CompiledSpace &before,
                                    const search::CompiledSpace &after) {
  PruneSummary summary;
  if (before.getArchitectures())
    summary.architectures =
        cost::decimal(before.getArchitectures()->getCount());
  if (after.getArchitectures())
    summary.remaining = cost::decimal(after.getArchitectures()->getCount());
  const cost::CostProgram &program = after.getProgram();
  auto feasible =
      feasibility::countFeasible(program, cost::fullDomains(program));
  if (!feasible)
    llvm::consumeError(feasible.takeError());
  else if (*feasible)
    summary.feasible = std::to_string(**feasible);
  RemovalReasons reasons(before.getProgram());
  for (size_t i = 0; i < before.numChoices(); ++i) {
    PruneSummary::Choice choice;
    choice.name = before.choiceName(i).str();
    choice.before = textsOf(before.getDomain(i));
    choice.beforeValues = valuesOf(before.getDomain(i));
    // A choice that no feasible architecture has is gone.
    if (auto left = after.getProgram().findChoice(choice.name)) {
      choice.after = textsOf(after.getDomain(*left));
      choice.afterValues = valuesOf(after.getDomain(*left));
    }
    for (size_t v = 0; v < choice.before.size(); ++v)
      if (!llvm::is_contained(choice.after, choice.before[v]))
        choice.removed.push_back(reasons.explain(i, v, choice.before[v]));
    summary.choices.push_back(std::move(choice));
  }
  return summary;
}

json::Object nasc::pruneDocument(const PruneSummary &summary) {
  auto number = [](const std::string &text) {
    return text.empty() ? json::Value(nullptr) : json::Value(text);
  };
  json::Array choices;
  for (const PruneSummary::Choice &choice : summary.choices) {
    json::Array removed;
    for (const PruneSummary::Removal &removal : choice.removed)
      removed.push_back(json::Object{
          {"value", removal.value}, {"by", removal.by}, {"why", removal.why}});
    choices.push_back(json::Object{{"name", choice.name},
                                   {"before", json::Array(choice.beforeValues)},
                                   {"after", json::Array(choice.afterValues)},
                                   {"removed", std::move(removed)}});
  }
  return json::Object{{"architectures", number(summary.architectures)},
                      {"remaining", number(summary.remaining)},
                      {"feasible", number(summary.feasible)},
                      {"choices", std::move(choices)}};
}

void nasc::printPruneTable(llvm::raw_ostream &stream,
                           const PruneSummary &summary,
                           llvm::StringRef prefix) {
  auto number = [](const std::string &text) {
    return text.empty() ? std::string("not counted") : grouped(text);
  };
  stream << prefix << "architectures:   " << number(summary.architectures)
         << '\n'
         << prefix << "after pruning:   " << number(summary.remaining) << '\n'
         << prefix << "feasible:        " << number(summary.feasible) << '\n';
  for (const PruneSummary::Choice &choice : summary.choices) {
    stream << prefix << choice.name << ": " << llvm::join(choice.before, ", ");
    if (choice.before != choice.after)
      stream << " -> "
             << (choice.after.empty() ? std::string("never active")
                                      : llvm::join(choice.after, ", "));
    stream << '\n';
    for (const PruneSummary::Removal &removal : choice.removed)
      stream << prefix << "    " << removal.value << ": " << removal.why << " ("
             << removal.by << ")\n";
  }
}
