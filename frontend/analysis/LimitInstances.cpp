//===- LimitInstances.cpp - Names and ranges of limits --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/LimitInstances.h"

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace nasc;
using cost::Range;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

std::string LimitPath::name(llvm::ArrayRef<int64_t> indices) const {
  std::string text;
  size_t next = 0;
  for (const Part &part : parts) {
    if (!text.empty())
      text += ".";
    text += part.name;
    for (size_t i = 0; i < part.indices.size(); ++i)
      text += "[" + std::to_string(indices[next++]) + "]";
  }
  return text;
}

Range nasc::limitRange(const ast::Expr &written, const CheckedProgram &program,
                       const LimitBindings &bindings) {
  const ast::Expr &expr = program.meaning(written);
  const ExpressionInfo &info = program.info(expr);
  if (info.constant)
    return info.constant->type.isInteger()
               ? Range::constant(info.constant->integer)
               : Range();
  auto recurse = [&](const ast::Expr &inner) {
    return limitRange(inner, program, bindings);
  };
  if (info.symbol && info.symbol->kind == SymbolKind::LoopVariable) {
    auto found = bindings.find(info.symbol);
    return found == bindings.end() ? Range() : Range::constant(found->second);
  }
  if (info.symbol && info.symbol->kind == SymbolKind::Choice &&
      info.symbol->domain.kind == ChoiceDomain::Kind::Integers) {
    auto [low, high] = info.symbol->domain.integerBounds();
    return {low, high};
  }
  if (const auto *unary = dyn_cast<ast::Unary>(&expr))
    return cost::subtract(Range::constant(0), recurse(*unary->operand));
  if (const auto *binary = dyn_cast<ast::Binary>(&expr)) {
    Range a = recurse(*binary->left), b = recurse(*binary->right);
    switch (binary->op) {
    case ast::BinaryOperator::Add:
      return cost::add(a, b);
    case ast::BinaryOperator::Subtract:
      return cost::subtract(a, b);
    case ast::BinaryOperator::Multiply:
      return cost::multiply(a, b);
    case ast::BinaryOperator::Remainder:
      return b.lower >= 1 ? cost::modulo(a, b) : Range();
    default:
      return {};
    }
  }
  if (const auto *call = dyn_cast<ast::Call>(&expr)) {
    const Symbol *function = program.info(*call->callee).symbol;
    if (!function || function->kind != SymbolKind::Function)
      return {};
    llvm::SmallVector<Range> values;
    for (const ast::Argument &argument : call->arguments)
      values.push_back(recurse(*argument.value));
    if (values.empty())
      return {};
    Range result = values.front();
    switch (builtinFunctions()[function->builtin].function) {
    case BuiltinFunction::Min:
      for (Range value : values)
        result = cost::minimum(result, value);
      return result;
    case BuiltinFunction::Max:
      for (Range value : values)
        result = cost::maximum(result, value);
      return result;
    case BuiltinFunction::Abs:
      return cost::absolute(result);
    case BuiltinFunction::Div:
      return values.size() == 2 && values[1].lower >= 1
                 ? cost::floorDivide(values[0], values[1])
                 : Range();
    case BuiltinFunction::CeilDiv:
      return values.size() == 2 && values[1].lower >= 1
                 ? cost::ceilDivide(values[0], values[1])
                 : Range();
    }
  }
  return {};
}

std::vector<LimitReference>
nasc::limitReferences(const LimitPath &path, const CheckedProgram &program,
                      const LimitBindings &bindings) {
  std::vector<Range> ranges;
  for (const LimitPath::Part &part : path.parts)
    for (const ast::Expr *index : part.indices)
      ranges.push_back(limitRange(*index, program, bindings));
  std::vector<LimitReference> references;
  if (llvm::all_of(ranges, [](Range range) { return range.isConstant(); })) {
    std::vector<int64_t> indices;
    for (Range range : ranges)
      indices.push_back(range.lower);
    if (const ExpandedChoice *choice =
            program.expanded.find(path.name(indices)))
      references.push_back({std::move(indices), choice});
    return references;
  }
  auto found = program.expanded.byPattern.find(path.pattern());
  if (found == program.expanded.byPattern.end())
    return references;
  // The choices of the pattern are few; the products of the ranges may be
  // many.
  for (unsigned position : found->second) {
    const ExpandedChoice &choice = program.expanded.choices[position];
    std::vector<int64_t> indices;
    llvm::StringRef rest = choice.name;
    while (true) {
      size_t open = rest.find('[');
      if (open == llvm::StringRef::npos)
        break;
      rest = rest.drop_front(open + 1);
      int64_t number = 0;
      if (rest.take_until([](char c) { return c == ']'; })
              .getAsInteger(10, number))
        break;
      indices.push_back(number);
    }
    bool inside = indices.size() == ranges.size();
    for (size_t i = 0; inside && i < indices.size(); ++i)
      inside = ranges[i].contains(indices[i]);
    if (inside)
      references.push_back({std::move(indices), &choice});
  }
  return references;
}

/// Collects the choices that a sum or product names, by their symbols; false
/// for other expressions.
static bool collectChoices(const ast::Expr &expr, const CheckedProgram &program,
                           llvm::SmallPtrSetImpl<const Symbol *> &choices) {
  const ExpressionInfo &info = program.info(expr);
  if (info.constant)
    return true;
  if (info.symbol && info.symbol->kind == SymbolKind::Choice) {
    choices.insert(info.symbol);
    return true;
  }
  if (const auto *unary = dyn_cast<ast::Unary>(&expr))
    return collectChoices(*unary->operand, program, choices);
  const auto *binary = dyn_cast<ast::Binary>(&expr);
  return binary && collectChoices(*binary->left, program, choices) &&
         collectChoices(*binary->right, program, choices);
}

/// Whether a comparison of numbers never holds, by the ranges of its sides and
/// the values of its choice.
static bool neverHolds(const ast::Binary &comparison,
                       const CheckedProgram &program) {
  const LimitBindings none;
  const Range a = limitRange(*comparison.left, program, none);
  const Range b = limitRange(*comparison.right, program, none);
  switch (comparison.op) {
  case ast::BinaryOperator::Equal: {
    for (auto [one, other] : {std::pair(&comparison.left, &comparison.right),
                              std::pair(&comparison.right, &comparison.left)}) {
      const ExpressionInfo &choice = program.info(**one);
      const ExpressionInfo &constant = program.info(**other);
      if (choice.symbol && choice.symbol->kind == SymbolKind::Choice &&
          choice.symbol->domain.size() && constant.constant &&
          !choice.symbol->domain.contains(*constant.constant))
        return true;
    }
    return a.upper < b.lower || b.upper < a.lower;
  }
  case ast::BinaryOperator::NotEqual:
    return a.isConstant() && a == b;
  case ast::BinaryOperator::Less:
    return a.lower >= b.upper;
  case ast::BinaryOperator::LessOrEqual:
    return a.lower > b.upper;
  case ast::BinaryOperator::Greater:
    return a.upper <= b.lower;
  case ast::BinaryOperator::GreaterOrEqual:
    return a.upper < b.lower;
  default:
    return false;
  }
}

/// Whether a limit that stands under no condition excludes every architecture,
/// which then needs no solver. Limits that name a choice which some
/// architectures lack do not apply to those.
static bool excludesAll(const ast::Limit &limit,
                        const CheckedProgram &program) {
  const auto *expression = dyn_cast<ast::ExpressionLimit>(&limit);
  const auto *comparison =
      expression ? dyn_cast<ast::Binary>(expression->condition.get()) : nullptr;
  if (!comparison || program.info(*comparison).constant ||
      !neverHolds(*comparison, program))
    return false;
  llvm::SmallPtrSet<const Symbol *, 4> named;
  return collectChoices(*comparison, program, named) && !named.empty() &&
         llvm::all_of(program.expanded.choices, [&](const ExpandedChoice &one) {
           return !named.contains(one.choice) || one.alwaysActive;
         });
}

namespace {

class InstanceChecker {
public:
  InstanceChecker(const CheckedProgram &program, DiagnosticEngine &diagnostics)
      : program(program), diagnostics(diagnostics) {}

  void check(const ast::Limit &limit) {
    if (const auto *conditional = dyn_cast<ast::ConditionalLimit>(&limit)) {
      for (const ast::LimitArm &arm : conditional->arms) {
        check(*arm.condition);
        for (const ast::LimitPtr &inner : arm.limits)
          check(*inner);
      }
      for (const ast::LimitPtr &inner : conditional->otherwise)
        check(*inner);
      return;
    }
    instances = 0;
    check(*cast<ast::ExpressionLimit>(limit).condition);
  }

private:
  void check(const ast::Expr &expr);
  void checkPath(const ast::Expr &expr);
  void checkDivisor(const ast::Expr &expr);
  void runThrough(const ast::Binder &binder, const ast::Expr &owner,
                  const ast::Expr &body);

  const CheckedProgram &program;
  DiagnosticEngine &diagnostics;
  LimitBindings bindings;
  /// The bound variables, for messages.
  std::vector<const Symbol *> variables;
  int64_t instances = 0;
  bool tooMany = false;
  llvm::SmallPtrSet<const ast::Expr *, 8> reported;
};

void InstanceChecker::checkPath(const ast::Expr &expr) {
  std::optional<LimitPath> path = limitPath(expr);
  if (!path)
    return;
  for (const LimitPath::Part &part : path->parts)
    for (const ast::Expr *index : part.indices)
      check(*index);
  if (!limitReferences(*path, program, bindings).empty() ||
      !reported.insert(&expr).second)
    return;
  auto found = program.expanded.byPattern.find(path->pattern());
  if (found == program.expanded.byPattern.end())
    return;
  std::vector<int64_t> indices;
  for (const LimitPath::Part &part : path->parts)
    for (const ast::Expr *index : part.indices)
      indices.push_back(limitRange(*index, program, bindings).lower);
  DiagnosticBuilder builder =
      diagnostics.report(Diag::NAS3106, expr.getRange(), "there is no choice '",
                         path->name(indices), "' in the space");
  for (const Symbol *variable : variables)
    builder.note(variable->range, "for ", variable->name, " = ",
                 bindings.lookup(variable));
  const ExpandedChoice &first = program.expanded.choices[found->second.front()];
  const ExpandedChoice &last = program.expanded.choices[found->second.back()];
  builder.note(first.choice->range, "its names are '", first.name, "' to '",
               last.name, "'");
}

void InstanceChecker::checkDivisor(const ast::Expr &expr) {
  Range range = limitRange(expr, program, bindings);
  if (range.isBounded() && range.lower < 1 && reported.insert(&expr).second)
    diagnostics.report(Diag::NAS1017, expr.getRange(),
                       "the divisor must be positive, but can be ",
                       range.lower);
}

void InstanceChecker::check(const ast::Expr &written) {
  const ast::Expr &expr = program.meaning(written);
  if (tooMany || program.info(expr).constant)
    return;
  if (isa<ast::NameReference, ast::Index, ast::Member>(expr))
    return checkPath(expr);
  if (const auto *unary = dyn_cast<ast::Unary>(&expr))
    return check(*unary->operand);
  if (const auto *binary = dyn_cast<ast::Binary>(&expr)) {
    check(*binary->left);
    check(*binary->right);
    if (binary->op == ast::BinaryOperator::Remainder)
      checkDivisor(*binary->right);
    return;
  }
  if (const auto *call = dyn_cast<ast::Call>(&expr)) {
    for (const ast::Argument &argument : call->arguments)
      check(*argument.value);
    const Symbol *function = program.info(*call->callee).symbol;
    if (function && function->kind == SymbolKind::Function &&
        call->arguments.size() == 2 &&
        (function->name == "div" || function->name == "ceildiv"))
      checkDivisor(*call->arguments[1].value);
    return;
  }
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
    for (const ast::ConditionalArm &arm : conditional->arms) {
      check(*arm.condition);
      check(*arm.value);
    }
    return check(*conditional->otherwise);
  }
  if (const auto *match = dyn_cast<ast::MatchExpression>(&expr)) {
    check(*match->subject);
    for (const ast::MatchExpressionArm &arm : match->arms)
      check(*arm.value);
    return;
  }
  if (const auto *forAll = dyn_cast<ast::ForAll>(&expr))
    return runThrough(forAll->binder, expr, *forAll->condition);
  if (const auto *aggregate = dyn_cast<ast::Aggregate>(&expr))
    return runThrough(aggregate->binder, expr, *aggregate->body);
}

void InstanceChecker::runThrough(const ast::Binder &binder,
                                 const ast::Expr &owner,
                                 const ast::Expr &body) {
  check(*binder.low);
  check(*binder.high);
  Range low = limitRange(*binder.low, program, bindings);
  Range high = limitRange(*binder.high, program, bindings);
  if (!low.isBounded() || !high.isBounded()) {
    if (reported.insert(&owner).second)
      diagnostics.report(Diag::NAS3109, binder.range, "the range of '",
                         binder.variable.text, "' has no bound");
    return;
  }
  // In an outer quantifier an inner range may well be empty for some values.
  if (low.lower > high.upper) {
    if (variables.empty() && reported.insert(&owner).second)
      diagnostics.report(Diag::NAS3110, binder.range,
                         "this range is always empty: ", low.lower,
                         " is greater than ", high.upper);
    return;
  }
  const Symbol *variable = program.definitions.lookup(&owner);
  if (!variable)
    return;
  variables.push_back(variable);
  for (int64_t value = low.lower; value <= high.upper && !tooMany; ++value) {
    if (++instances > maxLimitInstances) {
      tooMany = true;
      diagnostics.report(Diag::NAS3109, binder.range,
                         "the limit has more than ", maxLimitInstances,
                         " instances");
      break;
    }
    bindings[variable] = value;
    check(body);
  }
  bindings.erase(variable);
  variables.pop_back();
}

} // namespace

void nasc::checkLimitInstances(const CheckedProgram &program,
                               DiagnosticEngine &diagnostics) {
  InstanceChecker checker(program, diagnostics);
  for (const ast::Limits *limits : program.limits)
    for (const ast::LimitPtr &limit : limits->limits)
      checker.check(*limit);
}

void nasc::checkLimitsCanHold(const CheckedProgram &program,
                              const SourceManager &sources,
                              DiagnosticEngine &diagnostics) {
  for (const ast::Limits *limits : program.limits)
    for (const ast::LimitPtr &limit : limits->limits)
      if (excludesAll(*limit, program)) {
        const SourceRange range =
            cast<ast::ExpressionLimit>(*limit).condition->getRange();
        diagnostics.report(Diag::NAS3001, range,
                           "no architecture meets the limit '",
                           sources.text(range), "'");
      }
}
