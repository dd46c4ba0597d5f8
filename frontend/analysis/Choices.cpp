//===- Choices.cpp - Choices and their domains ----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

/// The most values that a domain may have.
static constexpr int64_t maxDomainSize = 1'000'000;
/// The points of a real range that does not say how many.
static constexpr int64_t defaultPoints = 100;

/// The parts of a condition that all have to hold, as they are written.
static void collectConjuncts(const ast::Expr &condition,
                             std::vector<std::string> &conjuncts) {
  const auto *binary = dyn_cast<ast::Binary>(&condition);
  if (binary && binary->op == ast::BinaryOperator::And) {
    collectConjuncts(*binary->left, conjuncts);
    collectConjuncts(*binary->right, conjuncts);
    return;
  }
  conjuncts.push_back(ast::toString(condition));
}

void SemanticAnalyzer::remarkAbsentChoices(
    const ast::Expr &expr, llvm::ArrayRef<std::string> conjuncts) {
  if (const auto *unary = dyn_cast<ast::Unary>(&expr))
    return remarkAbsentChoices(*unary->operand, conjuncts);
  if (const auto *binary = dyn_cast<ast::Binary>(&expr)) {
    remarkAbsentChoices(*binary->left, conjuncts);
    remarkAbsentChoices(*binary->right, conjuncts);
    return;
  }
  const Symbol *symbol = program.info(expr).symbol;
  if (!isa<ast::NameReference>(expr) || !symbol ||
      symbol->kind != SymbolKind::Choice || symbol->domain.size() == 0)
    return;
  const auto *named = llvm::dyn_cast_or_null<ast::Choice>(symbol->node);
  if (!named || !named->when ||
      llvm::is_contained(conjuncts, ast::toString(*named->when)))
    return;
  const std::string condition = ast::toString(*named->when);
  report(Diag::NAS2115, expr.getRange(), "where '", condition,
         "' does not hold there is no '", symbol->name,
         "', and this reads its first value, ", symbol->domain.text(0))
      .note(symbol->range, "it is declared here")
      .help("say what is meant: '", condition, " and …'");
}

void SemanticAnalyzer::checkChoice(const ast::Choice &choice) {
  if (choice.when) {
    checkCondition(*choice.when, "the condition of 'when'");
    std::vector<std::string> conjuncts;
    collectConjuncts(*choice.when, conjuncts);
    remarkAbsentChoices(*choice.when, conjuncts);
  }
  Symbol *symbol = makeSymbol(SymbolKind::Choice, choice.name, &choice);
  for (Scope *around = scope; around && around->body == scope->body;
       around = around->parent)
    if (around->repeat)
      symbol->loops.push_back(around->repeat);
  std::reverse(symbol->loops.begin(), symbol->loops.end());

  bool ok;
  if (const auto *set = dyn_cast<ast::SetDomain>(choice.domain.get()))
    ok = checkSetDomain(*set, symbol->domain);
  else
    ok = checkRangeDomain(cast<ast::RangeDomain>(*choice.domain),
                          symbol->domain);
  symbol->type = ok ? symbol->domain.type() : Type(TypeKind::Error);
  if (ok && symbol->domain.kind == ChoiceDomain::Kind::Operations)
    symbol->candidates.insert(symbol->domain.operations.begin(),
                              symbol->domain.operations.end());
  if (ok && findMetric(choice.name.text)) {
    report(Diag::NAS1005, choice.name.range, "a choice cannot be called '",
           choice.name.text, "', which is a metric")
        .help("choose another name: limits could not tell the two apart");
  }
  program.definitions[&choice] = symbol;
  defineLocal(symbol);
}

//===----------------------------------------------------------------------===//
// Sets
//===----------------------------------------------------------------------===//

bool SemanticAnalyzer::checkSetDomain(const ast::SetDomain &set,
                                      ChoiceDomain &domain) {
  if (set.values.empty()) {
    report(Diag::NAS2101, set.getRange(), "a choice needs at least one value");
    return false;
  }
  bool ok = true;
  struct Value {
    Constant constant;
    SourceRange range;
  };
  std::vector<Value> values;
  for (const ast::ExprPtr &value : set.values) {
    Type type = checkExpr(*value);
    if (type.isError()) {
      ok = false;
      continue;
    }
    bool allowed = type.isNumber() || type.isBoolean() || type.isOperation();
    if (!allowed) {
      report(Diag::NAS2107, value->getRange(), describe(type),
             " cannot be a value of a choice")
          .help("values are numbers, truth values, and names of blocks or "
                "layers");
      ok = false;
      continue;
    }
    const ExpressionInfo info = program.info(*value);
    if (!info.constant) {
      DiagnosticBuilder builder =
          report(Diag::NAS1019, value->getRange(),
                 "the values of a choice must be known before the search");
      if (info.symbol)
        builder.note(info.symbol->range, "'", info.symbol->name,
                     "' is not constant");
      ok = false;
      continue;
    }
    values.push_back({*info.constant, value->getRange()});
  }
  if (values.empty())
    return false;

  // One kind for all values; integers among reals are reals.
  Type type = values.front().constant.type;
  for (const Value &value : values) {
    Type other = value.constant.type;
    if (other == type)
      continue;
    if (other.isNumber() && type.isNumber()) {
      type = TypeKind::Real;
      continue;
    }
    report(Diag::NAS2103, value.range, "the values of a choice must be of one ",
           "kind: this one is ", describe(other))
        .note(values.front().range, "the first one is ", describe(type));
    ok = false;
  }
  for (size_t i = 0; i < values.size() && values.size() <= 4096; ++i)
    for (size_t j = 0; j < i; ++j)
      if (values[i].constant.equals(values[j].constant)) {
        report(Diag::NAS2102, values[i].range, "the value ",
               values[i].constant.str(), " occurs twice")
            .note(values[j].range, "it occurs here first");
        ok = false;
        break;
      }
  if (!ok)
    return false;

  for (const Value &value : values) {
    if (type.isInteger())
      domain.integers.push_back(value.constant.integer);
    else if (type.isReal())
      domain.reals.push_back(value.constant.toDouble());
    else if (type.isBoolean())
      domain.booleans.push_back(value.constant.boolean);
    else
      domain.operations.push_back(value.constant.operation);
  }
  domain.kind = type.isInteger()   ? ChoiceDomain::Kind::Integers
                : type.isReal()    ? ChoiceDomain::Kind::Reals
                : type.isBoolean() ? ChoiceDomain::Kind::Booleans
                                   : ChoiceDomain::Kind::Operations;
  return true;
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

bool SemanticAnalyzer::checkRangeDomain(const ast::RangeDomain &range,
                                        ChoiceDomain &domain) {
  Type lowType = checkExpr(*range.low), highType = checkExpr(*range.high);
  bool ok = true;
  for (const ast::Expr *end : {range.low.get(), range.high.get()}) {
    const ExpressionInfo &info = program.info(*end);
    if (info.type.isError()) {
      ok = false;
    } else if (!info.type.isNumber()) {
      report(Diag::NAS2107, end->getRange(),
             "the ends of a range must be numbers, not ", describe(info.type));
      ok = false;
    } else if (!info.constant) {
      DiagnosticBuilder builder =
          report(Diag::NAS1019, end->getRange(),
                 "the values of a choice must be known before the search");
      if (info.symbol)
        builder.note(info.symbol->range, "'", info.symbol->name,
                     "' is not constant");
      builder.help("give the choice its full range, and restrict it in "
                   "'limits'");
      ok = false;
    }
  }
  if (!ok) {
    if (range.step)
      checkExpr(*range.step);
    if (range.points)
      checkExpr(*range.points);
    return false;
  }
  const Constant low = *program.info(*range.low).constant;
  const Constant high = *program.info(*range.high).constant;
  if (low.toDouble() > high.toDouble()) {
    report(Diag::NAS2104, range.getRange(), "the range is empty: ", low.str(),
           " is greater than ", high.str())
        .help("write ", high.str(), "..", low.str());
    ok = false;
  }
  // The scale or a number of points makes integers a range of reals.
  bool integers = lowType.isInteger() && highType.isInteger();
  if (integers && !range.points && range.scale == ast::RangeScale::Unspecified)
    return checkIntegerRange(range, low.integer, high.integer, domain) && ok;
  if (integers) {
    report(Diag::NAS2106, range.getRange(),
           "'points', 'linear' and 'log' are for ranges of real numbers")
        .help("write ", low.integer, ".0..", high.integer,
              ".0 for real numbers, or use 'step' for integers");
    if (range.points)
      checkExpr(*range.points);
    if (range.step)
      checkExpr(*range.step);
    return false;
  }
  return checkRealRange(range, low.toDouble(), high.toDouble(), domain) && ok;
}

bool SemanticAnalyzer::checkIntegerRange(const ast::RangeDomain &range,
                                         int64_t low, int64_t high,
                                         ChoiceDomain &domain) {
  int64_t step = 1;
  if (range.step) {
    std::optional<Constant> value =
        checkConstant(*range.step, TypeKind::Integer, "a step");
    if (!value)
      return false;
    step = value->integer;
    if (step < 1) {
      report(Diag::NAS2105, range.step->getRange(),
             "a step must be at least 1, but is ", step);
      return false;
    }
  }
  if (low > high)
    return false;
  __int128 count = (static_cast<__int128>(high) - low) / step + 1;
  if (count > maxDomainSize) {
    report(Diag::NAS2108, range.getRange(), "the range has more than ",
           maxDomainSize, " values")
        .help("use a larger step");
    return false;
  }
  domain.kind = ChoiceDomain::Kind::Integers;
  for (int64_t i = 0; i < static_cast<int64_t>(count); ++i)
    domain.integers.push_back(low + i * step);
  if (domain.integers.back() != high)
    report(Diag::NAS2109, range.getRange(), "the range ends at ",
           domain.integers.back(), ": steps of ", step, " from ", low,
           " do not reach ", high);
  return true;
}

/// The decimal that a point of a grid means, which calculation with binary
/// fractions misses by some last places: 0.3 for 0.30000000000000004. A number
/// that is no short decimal stays.
static double nearestDecimal(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.14e", value);
  llvm::StringRef digits = llvm::StringRef(text).split('e').first;
  // Of fifteen digits, the last three are zeros.
  if (!digits.ends_with("000"))
    return value;
  double decimal = value;
  return llvm::to_float(text, decimal) ? decimal : value;
}

bool SemanticAnalyzer::checkRealRange(const ast::RangeDomain &range, double low,
                                      double high, ChoiceDomain &domain) {
  bool ok = true;
  if (range.step) {
    checkExpr(*range.step);
    report(Diag::NAS2105, range.step->getRange(),
           "'step' is for ranges of integers")
        .help("say how many points the range has: '", formatReal(low), "..",
              formatReal(high), " points 25'");
    ok = false;
  }
  int64_t points = defaultPoints;
  if (range.points) {
    std::optional<Constant> value =
        checkConstant(*range.points, TypeKind::Integer, "the number of points");
    if (!value)
      return false;
    points = value->integer;
    if (points < 1) {
      report(Diag::NAS2106, range.points->getRange(),
             "a range needs at least one point, not ", points);
      return false;
    }
    if (points > maxDomainSize) {
      report(Diag::NAS2108, range.points->getRange(), "a range can have at ",
             "most ", maxDomainSize, " points");
      return false;
    }
  }
  bool log = range.scale == ast::RangeScale::Log;
  if (log && low <= 0) {
    report(Diag::NAS2106, range.low->getRange(),
           "a logarithmic range must begin above 0, but begins at ",
           formatReal(low));
    return false;
  }
  if (!ok || low > high)
    return false;
  if (low == high)
    points = 1;
  if (points == 1 && low != high) {
    report(Diag::NAS2106, range.points->getRange(), "a range from ",
           formatReal(low), " to ", formatReal(high),
           " needs at least two points");
    return false;
  }
  domain.kind = ChoiceDomain::Kind::Reals;
  for (int64_t i = 0; i < points; ++i) {
    double value;
    if (i == 0)
      value = low;
    else if (i == points - 1)
      value = high;
    else if (log)
      value = low * std::pow(high / low, static_cast<double>(i) /
                                             static_cast<double>(points - 1));
    else
      value = (low * static_cast<double>(points - 1 - i) +
               high * static_cast<double>(i)) /
              static_cast<double>(points - 1);
    value = nearestDecimal(value);
    // Neighbouring points of a very fine grid may be one number.
    if (domain.reals.empty() || value > domain.reals.back())
      domain.reals.push_back(value);
  }
  return true;
}
