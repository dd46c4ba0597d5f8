//===- Why.cpp - Why a value of a choice is possible, or not --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/Why.h"

#include "passes/feasibility/Explain.h"
#include "runtime/results/CostTable.h"
#include "tools/nasc/Emission.h"

using namespace nasc;
using namespace nasc::feasibility;
namespace json = llvm::json;

namespace {

/// Answers one question.
class Answer {
public:
  Answer(Session &session, const search::CompiledSpace &space)
      : session(session), space(space), program(space.getProgram()) {}

  bool run();

private:
  DiagnosticBuilder problem(const llvm::Twine &message) {
    return session.getDiagnostics().reportAbout(Diag::NAS9009, "--why",
                                                message.str());
  }
  bool readQuestion();
  std::vector<SourceRange> rangesOfLimits() const;
  std::string textOf(const cost::Architecture &architecture) const {
    return space.textOf(architecture);
  }
  std::string answerText() const;
  json::Object answerDocument() const;
  json::Object limitDocument(const LimitExplanation &limit,
                             SourceRange range) const;

  Session &session;
  const search::CompiledSpace &space;
  const cost::CostProgram &program;
  /// As the user names them: `width[3]` and `96`.
  std::string choice, value;
  ValueOfChoice asked;
  ValueExplanation explanation;
};

} // namespace

bool Answer::readQuestion() {
  llvm::Expected<ArchitectureAssignments> read =
      parseArchitecture(session.getOptions().why);
  if (!read) {
    problem(llvm::toString(read.takeError())).help("--why 'width[3]=96'");
    return false;
  }
  if (read->size() != 1) {
    problem("expected one name=value, found " + llvm::Twine(read->size()))
        .help("--why 'width[3]=96'");
    return false;
  }
  std::tie(choice, value) = read->front();
  std::optional<uint32_t> number = program.findChoice(choice);
  if (!number) {
    std::vector<llvm::StringRef> names;
    for (size_t i = 0; i < space.numChoices(); ++i)
      names.push_back(space.choiceName(i));
    problem("the space has no choice '" + choice + "'").suggest(choice, names);
    return false;
  }
  const nas::Domain &domain = space.getDomain(*number);
  std::optional<size_t> position = domain.find(value);
  if (!position) {
    std::string values;
    for (size_t i = 0; i < domain.size(); ++i)
      values += (i ? ", " : "") + domain.text(i);
    problem("the choice '" + choice + "' has no value '" + value + "'")
        .help("its values are ", values);
    return false;
  }
  // The value as architectures show it.
  value = domain.text(*position);
  asked = {*number, static_cast<uint16_t>(*position)};
  return true;
}

/// Where the limits stand, in the order of the program.
std::vector<SourceRange> Answer::rangesOfLimits() const {
  std::vector<SourceRange> ranges;
  std::string name = space.getSpace().getSymName().str() + ".costs";
  auto function = session.getModule().lookupSymbol<cost::FunctionOp>(name);
  for (auto limit : function.getBody().getOps<cost::LimitOp>())
    ranges.push_back(
        DiagnosticHandler::rangeOf(limit.getLoc(), session.getSources()));
  return ranges;
}

static std::string countText(const counting::CountBounds &count) {
  if (count.isExact())
    return groupDigits(cost::decimal(count.lower));
  return groupDigits(cost::decimal(count.lower)) + " to " +
         groupDigits(cost::decimal(count.upper));
}

std::string Answer::answerText() const {
  const ConflictExplanation &conflict = explanation.conflict;
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << choice << '=' << value;
  if (conflict.status != ConflictStatus::Conflict) {
    bool isShown = conflict.status == ConflictStatus::Feasible;
    if (!explanation.withValue || !explanation.feasible)
      stream << (isShown ? " occurs in feasible architectures\n"
                         : ": there was no time to find out\n");
    else if (explanation.withValue->upper.isZero())
      stream << " occurs in none of " << countText(*explanation.feasible)
             << " feasible architectures\n";
    else
      stream << " occurs in " << countText(*explanation.withValue) << " of "
             << countText(*explanation.feasible) << " feasible architectures\n";
    if (isShown)
      stream << "such as " << textOf(conflict.example) << '\n';
    return text;
  }
  const char *oneWay = " (proved in one way only)";
  if (conflict.limits.empty()) {
    stream << ": the choice is active in no architecture"
           << (conflict.checkedTwice ? "" : oneWay) << '\n';
    return text;
  }
  stream << " occurs in no feasible architecture: "
         << (conflict.limits.size() == 1 ? "a limit excludes it"
                                         : "limits exclude it together")
         << (conflict.checkedTwice ? "" : oneWay) << '\n';
  if (!conflict.isMinimal)
    stream << "(some of these limits may have no part in it)\n";
  std::vector<SourceRange> ranges = rangesOfLimits();
  for (const LimitExplanation &limit : conflict.limits) {
    stream << "  ";
    if (SourceRange range = ranges[limit.limit]; range.isValid()) {
      LineColumn begin = session.getSources().begin(range);
      stream << session.getSources().name(range.file) << ':' << begin.line
             << ':' << begin.column << ": ";
    }
    stream << program.limits[limit.limit].text << "\n    "
           << remedyText(program, limit,
                         [&](const cost::Architecture &architecture) {
                           return textOf(architecture);
                         })
           << '\n';
  }
  return text;
}

static llvm::StringRef nameOf(Remedy remedy) {
  switch (remedy) {
  case Remedy::OtherBound:
    return "other_bound";
  case Remedy::LeavingOut:
    return "leaving_out";
  case Remedy::None:
    return "none";
  case Remedy::Open:
    return "open";
  }
  llvm_unreachable("unknown remedy");
}

json::Object Answer::limitDocument(const LimitExplanation &limit,
                                   SourceRange range) const {
  json::Object document{{"text", program.limits[limit.limit].text},
                        {"implied", program.limits[limit.limit].implied},
                        {"remedy", nameOf(limit.remedy)}};
  if (range.isValid()) {
    LineColumn begin = session.getSources().begin(range);
    document["file"] = session.getSources().name(range.file);
    document["line"] = begin.line;
    document["column"] = begin.column;
  }
  if (limit.remedy == Remedy::None)
    document["checked_twice"] = limit.checkedTwice;
  if (limit.remedy == Remedy::LeavingOut)
    document["architecture"] = architectureDocument(space, limit.architecture);
  if (limit.remedy != Remedy::OtherBound)
    return document;
  // A number that the user did not write says nothing to the user.
  if (!hasWrittenBound(program, limit.limit)) {
    document["remedy"] = nameOf(Remedy::LeavingOut);
    document["architecture"] =
        architectureDocument(space, limit.bounds.front().architecture);
    return document;
  }
  json::Array bounds;
  for (const NearestBound &bound : limit.bounds)
    bounds.push_back(json::Object{
        {"bound", bound.bound},
        {"text", boundText(program, limit.limit, bound)},
        {"excluded", bound.excluded},
        {"nearest", bound.isNearest},
        {"checked_twice", bound.checkedTwice},
        {"architecture", architectureDocument(space, bound.architecture)}});
  document["bounds"] = std::move(bounds);
  return document;
}

json::Object Answer::answerDocument() const {
  auto count = [](const std::optional<counting::CountBounds> &bounds) {
    return bounds && bounds->isExact()
               ? json::Value(cost::decimal(bounds->lower))
               : json::Value(nullptr);
  };
  const ConflictExplanation &conflict = explanation.conflict;
  json::Object document{
      {"choice", choice},
      {"value", choiceValue(space.getDomain(asked.choice), asked.position)}};
  switch (conflict.status) {
  case ConflictStatus::Feasible:
    document["status"] = "feasible";
    document["architecture"] = architectureDocument(space, conflict.example);
    break;
  case ConflictStatus::Open:
    document["status"] = "open";
    break;
  case ConflictStatus::Conflict: {
    document["status"] = conflict.limits.empty() ? "never_active" : "removed";
    document["minimal"] = conflict.isMinimal;
    document["checked_twice"] = conflict.checkedTwice;
    std::vector<SourceRange> ranges = rangesOfLimits();
    json::Array limits;
    for (const LimitExplanation &limit : conflict.limits)
      limits.push_back(limitDocument(limit, ranges[limit.limit]));
    document["limits"] = std::move(limits);
    return document;
  }
  }
  document["feasible"] = count(explanation.feasible);
  document["with_value"] = count(explanation.withValue);
  return document;
}

bool Answer::run() {
  if (!readQuestion())
    return false;
  // Who asks waits longer than somebody who gets an answer unasked.
  ExplainOptions options;
  options.seconds = 15;
  explanation = explainValue(program, asked, options);
  // Nothing is special about the value then.
  if (explanation.conflict.spaceIsEmpty == true && !session.prune())
    return false;
  if (session.getOptions().json)
    return writeJson(session, answerDocument());
  return writeText(session, answerText());
}

int nasc::answerWhy(Session &session) {
  std::unique_ptr<search::CompiledSpace> space;
  if (session.deriveCosts())
    space = compileSpace(session);
  bool isAnswered = space && Answer(session, *space).run();
  if (!isAnswered && session.exitCode() == ExitDone)
    session.getDiagnostics().reportAbout(Diag::NAS9001, "",
                                         "a stage failed without saying why");
  return session.exitCode();
}
