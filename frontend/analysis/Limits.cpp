//===- Limits.cpp - Limits ------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Types and names of limits. The instances of `forall`, `count` and `sum` are
// made by LimitInstances.cpp, which also tells of names that some instance
// lacks.
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/LimitInstances.h"
#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::optional<LimitPath> nasc::limitPath(const ast::Expr &expr) {
  if (const auto *name = dyn_cast<ast::NameReference>(&expr))
    return LimitPath{{{name->name.text, {}}}};
  if (const auto *member = dyn_cast<ast::Member>(&expr)) {
    std::optional<LimitPath> path = limitPath(*member->base);
    if (path)
      path->parts.push_back({member->member.text, {}});
    return path;
  }
  if (const auto *index = dyn_cast<ast::Index>(&expr)) {
    std::optional<LimitPath> path = limitPath(*index->base);
    if (path)
      path->parts.back().indices.push_back(index->index.get());
    return path;
  }
  return std::nullopt;
}

std::string LimitPath::pattern() const {
  std::string text;
  for (const Part &part : parts) {
    if (!text.empty())
      text += ".";
    text += part.name;
    for (size_t i = 0; i < part.indices.size(); ++i)
      text += "[]";
  }
  return text;
}

bool SemanticAnalyzer::isLimitVariable(llvm::StringRef name) const {
  return llvm::any_of(limitVariables, [&](const Symbol *variable) {
    return variable->name == name;
  });
}

void SemanticAnalyzer::reportUnknownChoice(const ast::Expr &path,
                                           llvm::StringRef pattern) {
  // A name may be right but for its indices.
  auto withoutIndices = [](llvm::StringRef text) {
    std::string result;
    for (char c : text)
      if (c != '[' && c != ']')
        result += c;
    return result;
  };
  if (!program.space) {
    report(Diag::NAS3104, path.getRange(), "there is no choice '",
           sources.text(path.getRange()),
           "': the specification has no space, and the network of a file has "
           "no choices")
        .note(program.networks.front().symbol->range, "a network is here");
    return;
  }
  std::string bare = withoutIndices(pattern);
  std::vector<std::string> patterns;
  for (const auto &[known, positions] : program.expanded.byPattern) {
    patterns.push_back(known);
    if (withoutIndices(known) != bare)
      continue;
    const ExpandedChoice &example = program.expanded.choices[positions.front()];
    report(Diag::NAS3105, path.getRange(), "the choice '", bare,
           "' is named with ",
           known.find('[') == std::string::npos
               ? "no index"
               : "an index for each repeat and call around it",
           ", not as '", sources.text(path.getRange()), "'")
        .note(example.choice->range, "it is declared here")
        .help("write for example '", example.name, "'");
    return;
  }
  for (const std::unique_ptr<Symbol> &symbol : program.symbols)
    if (symbol->kind == SymbolKind::Choice && symbol->name == bare &&
        llvm::none_of(program.expanded.choices, [&](const auto &expanded) {
          return expanded.choice == symbol.get();
        })) {
      report(Diag::NAS3104, path.getRange(), "no architecture has the choice '",
             bare, "'")
          .note(symbol->range, "it is declared here, under a condition that "
                               "never holds or in a block that is not called");
      return;
    }
  DiagnosticBuilder builder =
      report(Diag::NAS3104, path.getRange(), "there is no choice '",
             sources.text(path.getRange()), "' in the space");
  std::vector<llvm::StringRef> names(patterns.begin(), patterns.end());
  if (std::optional<llvm::StringRef> near = nearestName(pattern, names)) {
    auto found = program.expanded.byPattern.find(near->str());
    const ExpandedChoice &example =
        program.expanded.choices[found->second.front()];
    builder.note(example.choice->range, "a choice of a similar name is here")
        .help("did you mean '", example.name, "'?");
    return;
  }
  // `kernel` instead of `stage2.kernel[1]`.
  for (const auto &[known, positions] : program.expanded.byPattern) {
    if (!llvm::StringRef(known).ends_with(("." + pattern).str()) &&
        !llvm::StringRef(known).ends_with(("." + pattern + "[]").str()))
      continue;
    const ExpandedChoice &example = program.expanded.choices[positions.front()];
    builder.note(example.choice->range, "it is a choice of a block")
        .help("name the call, too: '", example.name, "'");
    return;
  }
}

ExpressionInfo SemanticAnalyzer::inferLimitPath(const ast::Expr &expr) {
  std::optional<LimitPath> path = limitPath(expr);
  if (!path) {
    report(Diag::NAS3104, expr.getRange(), "expected the name of a choice");
    return {};
  }
  bool ok = true;
  for (const LimitPath::Part &part : path->parts)
    for (const ast::Expr *index : part.indices)
      ok &= checkExprAs(*index, TypeKind::Integer, "an index");
  std::string pattern = path->pattern();
  auto found = program.expanded.byPattern.find(pattern);
  if (found == program.expanded.byPattern.end()) {
    if (program.expanded.complete)
      reportUnknownChoice(expr, pattern);
    return {};
  }
  Type type;
  const Symbol *choice = nullptr;
  for (unsigned position : found->second) {
    choice = program.expanded.choices[position].choice;
    type = choice->type;
  }
  if (!ok)
    return {};
  return {type, std::nullopt, choice};
}

ExpressionInfo
SemanticAnalyzer::inferLimitName(const ast::NameReference &reference) {
  const std::string &name = reference.name.text;
  for (Symbol *variable : llvm::reverse(limitVariables))
    if (variable->name == name)
      return {TypeKind::Integer, std::nullopt, variable};
  if (program.expanded.byPattern.count(name))
    return inferLimitPath(reference);
  if (const MetricDescription *metric = findMetric(name)) {
    if (const Symbol *let = findLetOfSpace(name)) {
      report(Diag::NAS1005, reference.getRange(), "'", name,
             "' is a metric, and the space has a name of this spelling")
          .note(let->range, "it is defined here")
          .help("choose another name in the space: limits could not tell the "
                "two apart");
      return {};
    }
    if (metric->trained) {
      report(Diag::NAS3108, reference.getRange(), "'", name,
             "' is known only after training and cannot be limited")
          .help("make it an objective: 'maximize ", name, ";' in 'search'");
      return {};
    }
    if (metric->onDevice) {
      DiagnosticBuilder builder = report(Diag::NAS3101, reference.getRange(),
                                         "'", name, "' is of a device");
      if (program.devices.empty())
        builder.help("write '", name, " on DEVICE'");
      else
        builder.help("write '", name, " on ",
                     program.devices.front().symbol->name, "'");
      return {};
    }
    return {TypeKind::Integer, std::nullopt, nullptr};
  }
  if (Symbol *let = findLetOfSpace(name))
    return inferLetInLimit(reference, *let);
  // Alternatives of choices: blocks, wherever they are declared, and layers.
  if (Symbol *symbol = lookup(name)) {
    if (symbol->kind == SymbolKind::Block ||
        symbol->kind == SymbolKind::Layer) {
      ExpressionInfo info;
      info.constant = Constant::makeOperation(symbol);
      info.type = TypeKind::Operation;
      info.symbol = symbol;
      return info;
    }
    if (!symbol->isLocal()) {
      report(Diag::NAS1004, reference.getRange(), "'", name, "' is ",
             describe(symbol->kind), " and has no value")
          .note(symbol->range, "it is defined here");
      return {};
    }
  }
  for (const auto &choice : program.expanded.choices)
    for (const Symbol *operation : choice.choice->candidates)
      if (operation->name == name) {
        ExpressionInfo info;
        info.constant = Constant::makeOperation(operation);
        info.type = TypeKind::Operation;
        info.symbol = operation;
        return info;
      }
  if (!program.expanded.complete)
    return {};
  std::vector<llvm::StringRef> metrics;
  for (const MetricDescription &metric : builtinMetrics())
    if (!metric.trained)
      metrics.push_back(metric.name);
  bool nearChoice = false;
  std::vector<llvm::StringRef> patterns;
  for (const auto &entry : program.expanded.byPattern)
    patterns.push_back(entry.first);
  nearChoice = nearestName(name, patterns).has_value();
  if (!nearChoice && nearestName(name, metrics)) {
    report(Diag::NAS1002, reference.getRange(), "unknown name '", name, "'")
        .suggest(name, metrics);
    return {};
  }
  reportUnknownChoice(reference, name);
  return {};
}

/// The `let` of that name among the statements of the space.
Symbol *SemanticAnalyzer::findLetOfSpace(llvm::StringRef name) {
  if (!program.space)
    return nullptr;
  for (const ast::StatementPtr &statement :
       program.space->statements().statements)
    if (const auto *let = dyn_cast<ast::Let>(statement.get()))
      if (!let->isVariable && let->name.text == name)
        return program.definitions.lookup(let);
  return nullptr;
}

/// What keeps the value of a `let` from being written in a limit: the part that
/// is no choice of the space, no constant and no such name; null if there is
/// none.
static const ast::Expr *notForLimits(const ast::Expr &written,
                                     const CheckedProgram &program) {
  const ast::Expr &expr = program.meaning(written);
  const ExpressionInfo &info = program.info(expr);
  if (info.constant)
    return nullptr;
  if (isa<ast::NameReference>(expr)) {
    const bool isChoice =
        info.symbol && info.symbol->kind == SymbolKind::Choice &&
        info.symbol->body == program.space && info.symbol->loops.empty();
    return isChoice ? nullptr : &expr;
  }
  if (isa<ast::Index, ast::Member>(expr))
    return &expr;
  const ast::Expr *found = nullptr;
  ast::forEachOperand(expr, [&](const ast::Expr &operand) {
    if (!found)
      found = notForLimits(operand, program);
  });
  return found;
}

/// A name for a number or a truth value that the space computes from its
/// choices: a limit means its value.
ExpressionInfo
SemanticAnalyzer::inferLetInLimit(const ast::NameReference &reference,
                                  Symbol &let) {
  let.used = true;
  if (let.type.isError())
    return {};
  const ast::Expr &value = *cast<ast::Let>(let.node)->value;
  const ast::Expr *other = notForLimits(value, program);
  if (!let.type.isInteger() && !let.type.isBoolean())
    other = &value;
  if (!other)
    return {let.type, let.constant, &let};
  report(Diag::NAS3112, reference.getRange(), "'", let.name,
         "' cannot be used in a limit")
      .note(other->getRange(), "'", sources.text(other->getRange()),
            "' is no number that choices of the space alone decide");
  return {};
}

ExpressionInfo SemanticAnalyzer::inferMetric(const ast::MetricOnDevice &expr) {
  const MetricDescription *metric = findMetric(expr.metric.text);
  if (!metric) {
    std::vector<llvm::StringRef> names;
    for (const MetricDescription &one : builtinMetrics())
      if (one.onDevice)
        names.push_back(one.name);
    report(Diag::NAS3102, expr.metric.range, "unknown metric '",
           expr.metric.text, "'")
        .suggest(expr.metric.text, names)
        .help("the metrics of a device are flash, ram, latency and energy");
    return {};
  }
  if (metric->trained) {
    report(Diag::NAS3108, expr.getRange(), "'", metric->name,
           "' is known only after training and cannot be limited");
    return {};
  }
  if (!metric->onDevice) {
    report(Diag::NAS3101, expr.getRange(), "'", metric->name,
           "' is the same on every device")
        .help("write '", metric->name, "' without 'on'");
    return {};
  }
  const DeviceSpec *device = findDevice(expr.device);
  if (!device || !checkHasCosts(*device, program.precisionOf(device->symbol),
                                expr.getRange(), metric->name))
    return {};
  return {Type::quantity(metric->dimension), std::nullopt, device->symbol};
}

//===----------------------------------------------------------------------===//
// Quantifiers
//===----------------------------------------------------------------------===//

void SemanticAnalyzer::checkBinder(const ast::Binder &binder,
                                   const ast::Expr *owner) {
  checkExprAs(*binder.low, TypeKind::Integer, "the first value of a range");
  checkExprAs(*binder.high, TypeKind::Integer, "the last value of a range");
  Symbol *variable =
      makeSymbol(SymbolKind::LoopVariable, binder.variable, owner);
  variable->type = TypeKind::Integer;
  variable->used = true;
  if (program.expanded.byPattern.count(binder.variable.text))
    report(Diag::NAS1001, binder.variable.range, "'", binder.variable.text,
           "' is the name of a choice already");
  else if (isLimitVariable(binder.variable.text))
    report(Diag::NAS1001, binder.variable.range, "'", binder.variable.text,
           "' is bound already around this");
  program.definitions[owner] = variable;
  limitVariables.push_back(variable);
}

ExpressionInfo SemanticAnalyzer::inferForAll(const ast::ForAll &forAll) {
  checkBinder(forAll.binder, &forAll);
  bool ok = checkExprAs(*forAll.condition, TypeKind::Boolean,
                        "what 'forall' asks for");
  limitVariables.pop_back();
  if (!ok)
    return {};
  return {TypeKind::Boolean, std::nullopt, nullptr};
}

ExpressionInfo
SemanticAnalyzer::inferAggregate(const ast::Aggregate &aggregate) {
  checkBinder(aggregate.binder, &aggregate);
  bool count = aggregate.aggregate == ast::AggregateKind::Count;
  bool ok = checkExprAs(*aggregate.body,
                        count ? TypeKind::Boolean : TypeKind::Integer,
                        count ? "what 'count' counts" : "what 'sum' adds up");
  limitVariables.pop_back();
  if (!ok)
    return {};
  return {TypeKind::Integer, std::nullopt, nullptr};
}

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

/// Whether an expression depends on the architecture.
static bool namesSomething(const ast::Expr &written,
                           const CheckedProgram &program) {
  const ast::Expr &expr = program.meaning(written);
  const ExpressionInfo &info = program.info(expr);
  if (info.constant)
    return false;
  if (isa<ast::NameReference>(expr))
    return !info.symbol || info.symbol->kind == SymbolKind::Choice;
  // The bounds of a `forall` may depend on choices too. Of other expressions,
  // what is constant has been seen.
  if (!isa<ast::Unary, ast::Binary, ast::ForAll>(expr))
    return true;
  bool doesName = false;
  ast::forEachOperand(expr, [&](const ast::Expr &operand) {
    doesName |= namesSomething(operand, program);
  });
  return doesName;
}

void SemanticAnalyzer::checkLimit(const ast::Limit &limit) {
  if (const auto *conditional = dyn_cast<ast::ConditionalLimit>(&limit)) {
    for (const ast::LimitArm &arm : conditional->arms) {
      checkCondition(*arm.condition, "the condition of 'if'");
      for (const ast::LimitPtr &inner : arm.limits)
        checkLimit(*inner);
    }
    for (const ast::LimitPtr &inner : conditional->otherwise)
      checkLimit(*inner);
    return;
  }
  const ast::Expr &condition = *cast<ast::ExpressionLimit>(limit).condition;
  Type type = checkExpr(condition);
  if (type.isError())
    return;
  if (!type.isBoolean()) {
    DiagnosticBuilder builder =
        report(Diag::NAS3103, condition.getRange(),
               "a limit is a condition, but this is ", describe(type));
    if (type.isQuantity() || type.isInteger())
      builder.help(
          "compare it, as in '", sources.text(condition.getRange()), " <= ",
          type.isQuantity() ? ("10 " + exampleUnit(type.dimension)).str()
                            : std::string("10"),
          "'");
    return;
  }
  if (!namesSomething(condition, program))
    report(Diag::NAS3107, condition.getRange(),
           "this limit is about no choice and no metric");
}

void SemanticAnalyzer::checkLimits() {
  inLimits = true;
  scope = nullptr;
  unsigned before = diagnostics.errorCount();
  for (const ast::Limits *limits : program.limits)
    for (const ast::LimitPtr &limit : limits->limits)
      checkLimit(*limit);
  if (diagnostics.errorCount() == before && program.expanded.complete)
    checkLimitInstances(program, diagnostics);
  inLimits = false;
}
