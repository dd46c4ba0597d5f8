//===- Operators.cpp - Operators ------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Types and constants of operators and quantities. Integers are exact, and
// fractions stay fractions as long as they fit.
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace nasc;
using llvm::cast;
using llvm::isa;
using namespace nasc::analysis;

ExpressionInfo SemanticAnalyzer::inferQuantity(const ast::Quantity &quantity) {
  if (quantity.of) {
    checkExpr(*quantity.of);
    report(Diag::NAS1009, quantity.getRange(),
           "'of' can be used for an amount of training only")
        .help("as in 'train = 1 epoch of 10_000 images'");
    return failed();
  }
  std::optional<Rational> value = toBaseExact(quantity.number, *quantity.unit);
  if (!value) {
    report(Diag::NAS1016, quantity.getRange(), "'",
           sources.text(quantity.getRange()), "' is too large or too fine a ",
           "number of ", baseUnit(quantity.dimension()));
    return failed();
  }
  // A share is a number: `50 %` is 0.5.
  if (quantity.dimension() == Dimension::Fraction)
    return constantInfo(Constant::makeReal(value->toDouble(), value));
  return constantInfo(Constant::makeQuantity(*value, quantity.dimension()));
}

ExpressionInfo SemanticAnalyzer::inferUnary(const ast::Unary &unary) {
  Type type = checkExpr(*unary.operand);
  if (type.isError())
    return failed();
  const std::optional<Constant> &constant =
      program.info(*unary.operand).constant;
  if (unary.op == ast::UnaryOperator::Not) {
    if (!type.isBoolean()) {
      report(Diag::NAS1027, unary.operand->getRange(),
             "'not' needs a truth value, not ", describe(type));
      return failed();
    }
    if (constant)
      return constantInfo(Constant::makeBoolean(!constant->boolean));
    return typed(type);
  }
  if (!type.isNumber() && !type.isQuantity()) {
    report(Diag::NAS1027, unary.operand->getRange(), "'-' needs a number, not ",
           describe(type));
    return failed();
  }
  if (!constant) {
    if (!type.isReal())
      return typed(type);
    reportOpenReal(unary.getRange());
    return failed();
  }
  if (type.isInteger()) {
    std::optional<int64_t> value = checkedSubtract(0, constant->integer);
    if (!value) {
      report(Diag::NAS1016, unary.getRange(),
             "the integer does not fit 64 bits");
      return failed();
    }
    return constantInfo(Constant::makeInteger(*value));
  }
  Constant negative = *constant;
  negative.real = -negative.real;
  if (negative.exact)
    negative.exact = subtract(Rational{0, 1}, *negative.exact);
  return constantInfo(negative);
}

ExpressionInfo SemanticAnalyzer::inferBinary(const ast::Binary &binary) {
  using Op = ast::BinaryOperator;
  checkExpr(*binary.left);
  checkExpr(*binary.right);
  // Copies: later insertions move the map's entries.
  ExpressionInfo left = program.info(*binary.left);
  ExpressionInfo right = program.info(*binary.right);
  if (left.type.isError() || right.type.isError())
    return failed();
  if (ast::isComparison(binary.op))
    return inferComparison(binary, left, right);
  switch (binary.op) {
  case Op::Implies:
  case Op::Or:
  case Op::And: {
    bool ok = true;
    for (const ast::Expr *side : {binary.left.get(), binary.right.get()})
      if (Type type = program.typeOf(*side); !type.isBoolean()) {
        report(Diag::NAS1027, side->getRange(), "'", spelling(binary.op),
               "' needs truth values, not ", describe(type));
        ok = false;
      }
    if (!ok)
      return failed();
    if (!left.constant || !right.constant)
      return typed(TypeKind::Boolean);
    bool a = left.constant->boolean, b = right.constant->boolean;
    return constantInfo(Constant::makeBoolean(
        binary.op == Op::Implies ? !a || b
                                 : (binary.op == Op::Or ? a || b : a && b)));
  }
  case Op::Divide:
    return inferDivision(binary, left, right);
  default:
    return inferArithmetic(binary, left, right);
  }
}

/// Reports operands that an operator does not take.
static void describeOperands(DiagnosticBuilder builder,
                             const ast::Binary &binary, Type left, Type right) {
  builder.note(binary.left->getRange(), "this is ", describe(left))
      .note(binary.right->getRange(), "this is ", describe(right));
}

ExpressionInfo SemanticAnalyzer::inferArithmetic(const ast::Binary &binary,
                                                 const ExpressionInfo &left,
                                                 const ExpressionInfo &right) {
  using Op = ast::BinaryOperator;
  Type a = left.type, b = right.type;
  auto wrongOperands = [&](llvm::StringRef needs) {
    describeOperands(report(Diag::NAS1027, binary.operatorRange, "'",
                            spelling(binary.op), "' needs ", needs),
                     binary, a, b);
    return failed();
  };
  if (a.isQuantity() || b.isQuantity()) {
    bool sameUnits =
        a == b && (binary.op == Op::Add || binary.op == Op::Subtract);
    bool scaled = binary.op == Op::Multiply && (a.isNumber() || b.isNumber());
    if (!sameUnits && !scaled) {
      if (a.isQuantity() && b.isQuantity() && a != b) {
        describeOperands(report(Diag::NAS1007, binary.operatorRange, "'",
                                spelling(binary.op), "' mixes different units"),
                         binary, a, b);
        return failed();
      }
      return wrongOperands(binary.op == Op::Multiply
                               ? "a quantity and a number"
                               : "two quantities of the same kind");
    }
    Type type = a.isQuantity() ? a : b;
    if (!left.constant || !right.constant)
      return typed(type);
    std::optional<Rational> x = left.constant->toExact();
    std::optional<Rational> y = right.constant->toExact();
    std::optional<Rational> value;
    if (x && y)
      value = binary.op == Op::Add
                  ? add(*x, *y)
                  : (binary.op == Op::Subtract ? subtract(*x, *y)
                                               : multiply(*x, *y));
    if (!value) {
      report(Diag::NAS1016, binary.getRange(),
             "the quantity does not fit 64 bits");
      return failed();
    }
    return constantInfo(Constant::makeQuantity(*value, type.dimension));
  }
  if (!a.isNumber() || !b.isNumber())
    return wrongOperands("numbers");

  if (a.isInteger() && b.isInteger()) {
    if (binary.op == Op::Remainder && right.constant &&
        right.constant->integer <= 0) {
      report(Diag::NAS1017, binary.right->getRange(),
             "the divisor of '%' must be positive, but is ",
             right.constant->integer);
      return failed();
    }
    if (!left.constant || !right.constant)
      return typed(TypeKind::Integer);
    int64_t x = left.constant->integer, y = right.constant->integer;
    std::optional<int64_t> value;
    switch (binary.op) {
    case Op::Add:
      value = checkedAdd(x, y);
      break;
    case Op::Subtract:
      value = checkedSubtract(x, y);
      break;
    case Op::Multiply:
      value = checkedMultiply(x, y);
      break;
    default:
      value = ((x % y) + y) % y;
      break;
    }
    if (!value) {
      report(Diag::NAS1016, binary.getRange(), "the integer ", x, " ",
             spelling(binary.op), " ", y, " does not fit 64 bits");
      return failed();
    }
    return constantInfo(Constant::makeInteger(*value));
  }

  if (binary.op == Op::Remainder)
    return wrongOperands("integers");
  for (auto [info, side] :
       {std::pair(&left, &binary.left), std::pair(&right, &binary.right)})
    if (info->type.isInteger() && !info->constant) {
      report(Diag::NAS1033, (*side)->getRange(),
             "an integer that depends on choices cannot be combined with a "
             "real number")
          .help("use integers and div(a, b) or ceildiv(a, b)");
      return failed();
    }
  if (!left.constant || !right.constant) {
    reportOpenReal(binary.getRange());
    return failed();
  }
  double x = left.constant->toDouble(), y = right.constant->toDouble();
  std::optional<Rational> ex = left.constant->toExact(),
                          ey = right.constant->toExact();
  std::optional<Rational> exact;
  double value = 0;
  switch (binary.op) {
  case Op::Add:
    value = x + y;
    if (ex && ey)
      exact = add(*ex, *ey);
    break;
  case Op::Subtract:
    value = x - y;
    if (ex && ey)
      exact = subtract(*ex, *ey);
    break;
  default:
    value = x * y;
    if (ex && ey)
      exact = multiply(*ex, *ey);
    break;
  }
  if (!std::isfinite(value)) {
    report(Diag::NAS1016, binary.getRange(), "the real number is too large");
    return failed();
  }
  return constantInfo(
      Constant::makeReal(exact ? exact->toDouble() : value, exact));
}

ExpressionInfo SemanticAnalyzer::inferDivision(const ast::Binary &binary,
                                               const ExpressionInfo &left,
                                               const ExpressionInfo &right) {
  Type a = left.type, b = right.type;
  bool numbers = a.isNumber() && b.isNumber();
  bool quantities = a.isQuantity() && (b.isNumber() || a == b);
  if (!numbers && !quantities) {
    describeOperands(
        report(a.isQuantity() && b.isQuantity() ? Diag::NAS1007 : Diag::NAS1027,
               binary.operatorRange, "'/' cannot divide these"),
        binary, a, b);
    return failed();
  }
  if (right.constant && right.constant->toDouble() == 0) {
    report(Diag::NAS1017, binary.right->getRange(), "division by zero");
    return failed();
  }
  if (a.isInteger() && b.isInteger()) {
    if (left.constant && right.constant) {
      int64_t x = left.constant->integer, y = right.constant->integer;
      // The one quotient that overflows is that of the least integer and -1.
      if (y == -1)
        if (std::optional<int64_t> negative = checkedSubtract(0, x))
          return constantInfo(Constant::makeInteger(*negative));
      if (y != -1 && x % y == 0)
        return constantInfo(Constant::makeInteger(x / y));
    }
    std::string x = ast::toString(*binary.left),
                y = ast::toString(*binary.right);
    report(Diag::NAS1018, binary.getRange(),
           "'/' divides integers only where they are constants and divide "
           "exactly")
        .help("to round down write div(", x, ", ", y, "), to round up ceildiv(",
              x, ", ", y, ")");
    return failed();
  }
  Type type = a.isQuantity() && b.isNumber() ? a : Type(TypeKind::Real);
  for (auto [info, side] :
       {std::pair(&left, &binary.left), std::pair(&right, &binary.right)})
    if (info->type.isInteger() && !info->constant) {
      report(Diag::NAS1033, (*side)->getRange(),
             "an integer that depends on choices cannot be combined with a "
             "real number");
      return failed();
    }
  if (!left.constant || !right.constant) {
    if (type.isQuantity())
      return typed(type);
    reportOpenReal(binary.getRange());
    return failed();
  }
  std::optional<Rational> x = left.constant->toExact(),
                          y = right.constant->toExact(), exact;
  if (x && y)
    exact = divide(*x, *y);
  double value = left.constant->toDouble() / right.constant->toDouble();
  if (type.isQuantity()) {
    if (!exact) {
      report(Diag::NAS1016, binary.getRange(),
             "the quantity does not fit 64 bits");
      return failed();
    }
    return constantInfo(Constant::makeQuantity(*exact, type.dimension));
  }
  if (!std::isfinite(value)) {
    report(Diag::NAS1016, binary.getRange(), "the real number is too large");
    return failed();
  }
  return constantInfo(
      Constant::makeReal(exact ? exact->toDouble() : value, exact));
}

void SemanticAnalyzer::reportOpenReal(SourceRange range) {
  report(Diag::NAS1034, range,
         "real numbers that depend on choices cannot be calculated with")
      .help("choose the result itself: give the choice the values that are "
            "needed");
}

static bool evaluateComparison(ast::BinaryOperator op, int order) {
  switch (op) {
  case ast::BinaryOperator::Equal:
    return order == 0;
  case ast::BinaryOperator::NotEqual:
    return order != 0;
  case ast::BinaryOperator::Less:
    return order < 0;
  case ast::BinaryOperator::LessOrEqual:
    return order <= 0;
  case ast::BinaryOperator::Greater:
    return order > 0;
  default:
    return order >= 0;
  }
}

ExpressionInfo SemanticAnalyzer::inferComparison(const ast::Binary &binary,
                                                 const ExpressionInfo &left,
                                                 const ExpressionInfo &right) {
  Type a = left.type, b = right.type;
  bool equality = binary.op == ast::BinaryOperator::Equal ||
                  binary.op == ast::BinaryOperator::NotEqual;
  if (a.isQuantity() != b.isQuantity() || (a.isQuantity() && a != b)) {
    // The side that names a metric says what the other one has to be.
    bool leftIsReference =
        a.isQuantity() && (!left.constant || !b.isQuantity() || right.constant);
    const ast::Expr &wrong = leftIsReference ? *binary.right : *binary.left;
    const ast::Expr &reference = leftIsReference ? *binary.left : *binary.right;
    std::string what =
        "what '" + ast::toString(reference) + "' is compared with";
    if (isa<ast::MetricOnDevice>(reference))
      what = "a limit on " + cast<ast::MetricOnDevice>(reference).metric.text;
    reportTypeMismatch(wrong.getRange(), leftIsReference ? b : a,
                       leftIsReference ? a : b, what);
    return failed();
  }
  bool comparable = (a.isNumber() && b.isNumber()) || a.isQuantity() ||
                    (equality && a == b && (a.isBoolean() || a.isOperation()));
  if (!comparable) {
    DiagnosticBuilder builder =
        report(Diag::NAS1027, binary.operatorRange, "'", spelling(binary.op),
               "' cannot compare these");
    builder.note(binary.left->getRange(), "this is ", describe(a))
        .note(binary.right->getRange(), "this is ", describe(b));
    return failed();
  }
  if (a.isOperation()) {
    // Equality with an operation that the other side cannot be is an error in
    // most cases: a misspelt alternative.
    for (auto [one, other] : {std::pair(&left, binary.right.get()),
                              std::pair(&right, binary.left.get())}) {
      if (!one->constant)
        continue;
      const ExpressionInfo &otherInfo = program.info(*other);
      if (!otherInfo.symbol || otherInfo.symbol->kind != SymbolKind::Choice)
        continue;
      if (!llvm::is_contained(otherInfo.symbol->candidates,
                              one->constant->operation)) {
        std::vector<llvm::StringRef> names;
        for (const Symbol *candidate : otherInfo.symbol->candidates)
          names.push_back(candidate->name);
        report(Diag::NAS1029, binary.getRange(), "'", otherInfo.symbol->name,
               "' is never '", one->constant->str(), "'")
            .note(otherInfo.symbol->range, "the alternatives are ",
                  llvm::join(names, ", "));
        return failed();
      }
    }
    if (left.constant && right.constant)
      return constantInfo(Constant::makeBoolean(evaluateComparison(
          binary.op, left.constant->operation != right.constant->operation)));
    return typed(TypeKind::Boolean);
  }
  if (left.constant && right.constant) {
    int order;
    if (a.isBoolean()) {
      order = left.constant->boolean - right.constant->boolean;
    } else if (a.isInteger() && b.isInteger()) {
      order = left.constant->integer < right.constant->integer
                  ? -1
                  : left.constant->integer > right.constant->integer;
    } else {
      double x = left.constant->toDouble(), y = right.constant->toDouble();
      order = x < y ? -1 : x > y;
    }
    return constantInfo(
        Constant::makeBoolean(evaluateComparison(binary.op, order)));
  }
  if (a.isReal() || b.isReal()) {
    // A real choice is a position in its grid, which decides a comparison
    // with a constant; nothing else is decidable over integers.
    bool leftChoice = left.symbol && left.symbol->kind == SymbolKind::Choice &&
                      a.isReal() && right.constant;
    bool rightChoice = right.symbol &&
                       right.symbol->kind == SymbolKind::Choice && b.isReal() &&
                       left.constant;
    if (!inLimits || (!leftChoice && !rightChoice)) {
      report(Diag::NAS1034, binary.getRange(),
             inLimits ? "a real choice can be compared with a constant only"
                      : "real numbers that depend on choices cannot be "
                        "compared in a space")
          .help("use an integer choice for what decides the structure");
      return failed();
    }
  }
  if (equality)
    warnNeverEqual(binary, left, right);
  return typed(TypeKind::Boolean);
}

void SemanticAnalyzer::warnNeverEqual(const ast::Binary &binary,
                                      const ExpressionInfo &left,
                                      const ExpressionInfo &right) {
  for (auto [choice, constant] :
       {std::pair(&left, &right), std::pair(&right, &left)}) {
    const Symbol *symbol = choice->symbol;
    if (!constant->constant || !symbol || symbol->kind != SymbolKind::Choice ||
        symbol->domain.size() == 0 ||
        symbol->domain.contains(*constant->constant))
      continue;
    std::vector<std::string> values;
    for (size_t i = 0; i < symbol->domain.size(); ++i)
      values.push_back(symbol->domain.text(i));
    DiagnosticBuilder warning =
        report(Diag::NAS1037, binary.getRange(), "'", symbol->name,
               "' is never ", constant->constant->str());
    if (values.size() > 8)
      warning.note(symbol->range, "it has ", values.size(), " values, from ",
                   values.front(), " to ", values.back());
    else
      warning.note(symbol->range, "its values are ", llvm::join(values, ", "));
    return;
  }
}
