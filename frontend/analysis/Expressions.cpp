//===- Expressions.cpp - Types and constants ------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;
using namespace nasc::analysis;

Type SemanticAnalyzer::checkExpr(const ast::Expr &expr) {
  ExpressionInfo info = inferExpr(expr);
  Type type = info.type;
  program.expressions[&expr] = std::move(info);
  return type;
}

ExpressionInfo SemanticAnalyzer::inferExpr(const ast::Expr &expr) {
  using ast::NodeKind;
  switch (expr.getKind()) {
  case NodeKind::IntegerLiteral:
    return constantInfo(
        Constant::makeInteger(cast<ast::IntegerLiteral>(expr).value()));
  case NodeKind::RealLiteral: {
    const Number &number = cast<ast::RealLiteral>(expr).number;
    return constantInfo(Constant::makeReal(number.real, number.exact));
  }
  case NodeKind::BooleanLiteral:
    return constantInfo(
        Constant::makeBoolean(cast<ast::BooleanLiteral>(expr).value));
  case NodeKind::StringLiteral:
    return constantInfo(
        Constant::makeString(cast<ast::StringLiteral>(expr).value));
  case NodeKind::Quantity:
    return inferQuantity(cast<ast::Quantity>(expr));
  case NodeKind::NameReference:
    return inLimits ? inferLimitName(cast<ast::NameReference>(expr))
                    : inferName(cast<ast::NameReference>(expr));
  case NodeKind::Member:
    return inLimits ? inferLimitPath(expr)
                    : inferMember(cast<ast::Member>(expr));
  case NodeKind::Index:
    return inLimits ? inferLimitPath(expr) : inferIndex(cast<ast::Index>(expr));
  case NodeKind::Call:
    return inferCall(cast<ast::Call>(expr));
  case NodeKind::Unary:
    return inferUnary(cast<ast::Unary>(expr));
  case NodeKind::Binary:
    return inferBinary(cast<ast::Binary>(expr));
  case NodeKind::Conditional:
    return inferConditional(cast<ast::Conditional>(expr));
  case NodeKind::MatchExpression:
    return inferMatch(cast<ast::MatchExpression>(expr));
  case NodeKind::List:
    for (const ast::ExprPtr &element : cast<ast::List>(expr).elements)
      checkExpr(*element);
    return typed(TypeKind::List);
  case NodeKind::Record:
    for (const ast::RecordField &field : cast<ast::Record>(expr).fields)
      checkExpr(*field.value);
    return typed(TypeKind::Record);
  case NodeKind::MetricOnDevice:
    if (inLimits)
      return inferMetric(cast<ast::MetricOnDevice>(expr));
    report(Diag::NAS1004, expr.getRange(),
           "a metric can be named in limits and objectives only");
    return failed();
  case NodeKind::ForAll:
    if (inLimits)
      return inferForAll(cast<ast::ForAll>(expr));
    report(Diag::NAS1004, expr.getRange(),
           "'forall' can be used in limits only");
    return failed();
  case NodeKind::Aggregate:
    if (inLimits)
      return inferAggregate(cast<ast::Aggregate>(expr));
    report(Diag::NAS1004, expr.getRange(),
           "'count' and 'sum' over a range can be used in limits only");
    return failed();
  default:
    return failed();
  }
}

//===----------------------------------------------------------------------===//
// Expected types
//===----------------------------------------------------------------------===//

void SemanticAnalyzer::reportTypeMismatch(SourceRange range, Type found,
                                          Type expected, llvm::StringRef what) {
  if (found.isError() || expected.isError())
    return;
  llvm::StringRef text = sources.text(range);
  if (expected.isQuantity() && found.isNumber()) {
    DiagnosticBuilder builder =
        report(Diag::NAS1008, range, what, " must be ", describe(expected),
               ", but '", text, "' has no unit");
    builder.help("write ", describe(expected), ", for example '", text, " ",
                 exampleUnit(expected.dimension), "'");
    return;
  }
  if (found.isQuantity() && expected.isQuantity()) {
    report(Diag::NAS1007, range, what, " must be ", describe(expected),
           ", not ", describe(found))
        .help("use a unit such as '", exampleUnit(expected.dimension), "'");
    return;
  }
  if (found.isQuantity() && expected.isNumber()) {
    report(Diag::NAS1009, range, what, " must be ", describe(expected),
           " without a unit, not ", describe(found));
    return;
  }
  report(Diag::NAS1006, range, what, " must be ", describe(expected), ", not ",
         describe(found));
}

bool SemanticAnalyzer::checkExprAs(const ast::Expr &expr, Type expected,
                                   llvm::StringRef what) {
  Type found = checkExpr(expr);
  if (found.isError())
    return false;
  if (found == expected)
    return true;
  ExpressionInfo &info = program.expressions[&expr];
  if (expected.isReal() && found.isInteger()) {
    if (info.constant) {
      info = constantInfo(
          Constant::makeReal(info.constant->toDouble(), info.constant->exact));
      return true;
    }
    report(Diag::NAS1033, expr.getRange(), what,
           " must be a real number, and an integer that depends on choices "
           "cannot be made one");
    return false;
  }
  reportTypeMismatch(expr.getRange(), found, expected, what);
  return false;
}

std::optional<Constant> SemanticAnalyzer::checkConstant(const ast::Expr &expr,
                                                        Type expected,
                                                        llvm::StringRef what) {
  if (!checkExprAs(expr, expected, what))
    return std::nullopt;
  const ExpressionInfo &info = program.info(expr);
  if (!info.constant)
    report(Diag::NAS1019, expr.getRange(), what,
           " must be known before the search, but '",
           sources.text(expr.getRange()), "' depends on ",
           info.symbol ? describe(info.symbol->kind)
                       : llvm::StringRef("choices or parameters"));
  return info.constant;
}

void SemanticAnalyzer::checkCondition(const ast::Expr &expr,
                                      llvm::StringRef of) {
  checkExprAs(expr, TypeKind::Boolean, of);
}

Type SemanticAnalyzer::unify(Type first, SourceRange firstRange, Type second,
                             SourceRange secondRange, llvm::StringRef what) {
  if (first.isError() || second.isError())
    return TypeKind::Error;
  if (first == second)
    return first;
  if (first.isNumber() && second.isNumber())
    return TypeKind::Real;
  report(Diag::NAS1028, secondRange, "the ", what,
         " have different types: this one is ", describe(second))
      .note(firstRange, "this one is ", describe(first));
  return TypeKind::Error;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

bool SemanticAnalyzer::checkOperationValue(const Symbol *symbol,
                                           SourceRange range) {
  if (symbol->kind == SymbolKind::Layer)
    return true;
  const Body *body = symbol->body;
  bool takesTensor =
      !body->parameters.empty() && body->parameters.front()->type.isTensor();
  if (takesTensor && (body->result.isTensor() || body->result.isError()))
    return true;
  report(Diag::NAS1010, range, "the block '", symbol->name,
         "' is no operation: an operation takes a tensor first and returns a "
         "tensor")
      .note(symbol->range, "the block is defined here");
  return false;
}

ExpressionInfo
SemanticAnalyzer::inferName(const ast::NameReference &reference) {
  Symbol *symbol = lookup(reference.name.text);
  SourceRange range = reference.getRange();
  if (!symbol) {
    if (Symbol *choice = lookupIndexed(reference.name.text)) {
      choice->used = true;
      report(Diag::NAS1026, range, "the choice '", choice->name,
             "' is drawn once for each round of a repeat, which ended")
          .note(choice->range, "it is declared here")
          .help("name one round: '", choice->name, "[1]'");
    } else {
      reportUnknownName(reference.name);
    }
    return failed();
  }
  symbol->used = true;
  switch (symbol->kind) {
  case SymbolKind::Dataset:
  case SymbolKind::Device:
  case SymbolKind::Space:
  case SymbolKind::Network:
  case SymbolKind::Function:
    report(Diag::NAS1004, range, "'", symbol->name, "' is ",
           describe(symbol->kind), " and has no value")
        .note(symbol->range, "it is defined here");
    return failed();
  case SymbolKind::Block:
    checkBody(*symbol->body);
    if (!checkOperationValue(symbol, range))
      return failed();
    [[fallthrough]];
  case SymbolKind::Layer: {
    ExpressionInfo info = constantInfo(Constant::makeOperation(symbol));
    info.symbol = symbol;
    return info;
  }
  default:
    break;
  }
  if (scope && symbol->body != scope->body &&
      symbol->kind == SymbolKind::Variable) {
    report(Diag::NAS1020, range, "a block cannot see '", symbol->name,
           "', which is a var of the ", symbol->body->space ? "space" : "block",
           " around it")
        .note(symbol->range, "it is defined here")
        .help("pass it to the block as an argument");
    return failed();
  }
  return {symbol->type, symbol->constant, symbol};
}

ExpressionInfo SemanticAnalyzer::inferMember(const ast::Member &member) {
  if (const auto *base = dyn_cast<ast::NameReference>(member.base.get())) {
    Symbol *symbol = lookup(base->name.text);
    if (!symbol) {
      reportUnknownName(base->name);
      return failed();
    }
    symbol->used = true;
    if (symbol->kind == SymbolKind::Dataset) {
      report(Diag::NAS1003, member.getRange(), "'", base->name.text, ".",
             member.member.text,
             "' can be used as the type of a space's input or result only");
      return failed();
    }
    report(Diag::NAS1003, member.member.range, "'", symbol->name,
           "' has no member '", member.member.text, "': it is ",
           describe(symbol->kind))
        .note(symbol->range, "it is defined here");
    return failed();
  }
  if (!checkExpr(*member.base).isError())
    report(Diag::NAS1003, member.member.range,
           describe(program.typeOf(*member.base)), " has no member '",
           member.member.text, "'");
  return failed();
}

ExpressionInfo SemanticAnalyzer::inferIndex(const ast::Index &index) {
  // `k[2][1]`: collect the indices, outermost first.
  llvm::SmallVector<const ast::Expr *> indices;
  const ast::Expr *base = &index;
  while (const auto *inner = dyn_cast<ast::Index>(base)) {
    indices.push_back(inner->index.get());
    base = inner->base.get();
  }
  std::reverse(indices.begin(), indices.end());
  bool ok = true;
  for (const ast::Expr *one : indices)
    ok &= checkExprAs(*one, TypeKind::Integer, "an index");

  const auto *reference = dyn_cast<ast::NameReference>(base);
  if (!reference) {
    Type type = checkExpr(*base);
    if (!type.isError())
      report(Diag::NAS1026, base->getRange(), describe(type),
             " cannot be indexed");
    return failed();
  }
  Symbol *choice = lookupIndexed(reference->name.text);
  if (!choice) {
    if (Symbol *symbol = lookup(reference->name.text)) {
      symbol->used = true;
      report(Diag::NAS1026, reference->getRange(), "'", symbol->name,
             "' cannot be indexed: it is ", describe(symbol->kind),
             symbol->kind == SymbolKind::Choice ? " that can be named directly"
                                                : "")
          .note(symbol->range, "it is defined here");
    } else {
      reportUnknownName(reference->name);
    }
    return failed();
  }
  choice->used = true;
  if (choice->loops.size() != indices.size()) {
    report(Diag::NAS1026, index.getRange(), "the choice '", choice->name,
           "' needs ", choice->loops.size(),
           " indices, one for each repeat "
           "around it, but has ",
           indices.size())
        .note(choice->range, "it is declared here");
    return failed();
  }
  if (!choice->body->space) {
    report(Diag::NAS1026, index.getRange(),
           "only the choices of a space can be named by a round, and '",
           choice->name, "' belongs to a block")
        .note(choice->range, "it is declared here");
    return failed();
  }
  if (!ok)
    return failed();
  return {choice->type, std::nullopt, choice};
}

//===----------------------------------------------------------------------===//
// Conditions and matches
//===----------------------------------------------------------------------===//

ExpressionInfo
SemanticAnalyzer::inferConditional(const ast::Conditional &conditional) {
  Type type;
  SourceRange first;
  auto merge = [&](const ast::Expr &value) {
    Type found = checkExpr(value);
    if (!first.isValid()) {
      type = found;
      first = value.getRange();
      return;
    }
    type =
        unify(type, first, found, value.getRange(), "values of a conditional");
  };
  bool decided = true;
  const ast::Expr *taken = nullptr;
  for (const ast::ConditionalArm &arm : conditional.arms) {
    checkCondition(*arm.condition, "the condition of 'if'");
    const ExpressionInfo condition = program.info(*arm.condition);
    merge(*arm.value);
    if (!condition.constant)
      decided = false;
    else if (decided && !taken && condition.constant->boolean)
      taken = arm.value.get();
  }
  merge(*conditional.otherwise);
  ExpressionInfo result = typed(type);
  if (decided && !type.isError()) {
    const ExpressionInfo &info =
        program.info(taken ? *taken : *conditional.otherwise);
    result.constant = info.constant;
  }
  return result;
}

void SemanticAnalyzer::checkPatterns(const ast::Expr &subject,
                                     const std::vector<ast::ExprPtr> &patterns,
                                     std::vector<SeenPattern> &seen) {
  const ExpressionInfo subjectInfo = program.info(subject);
  for (const ast::ExprPtr &pattern : patterns) {
    Type type = checkExpr(*pattern);
    if (type.isError() || subjectInfo.type.isError())
      continue;
    const ExpressionInfo info = program.info(*pattern);
    if (type != subjectInfo.type) {
      report(Diag::NAS1029, pattern->getRange(), "the pattern is ",
             describe(type), ", but what is matched is ",
             describe(subjectInfo.type))
          .note(subject.getRange(), "this is matched");
      continue;
    }
    if (!info.constant) {
      report(Diag::NAS1019, pattern->getRange(),
             "a pattern must be known before the search");
      continue;
    }
    auto earlier = llvm::find_if(seen, [&](const SeenPattern &other) {
      return other.value.equals(*info.constant);
    });
    if (earlier != seen.end()) {
      report(Diag::NAS1030, pattern->getRange(), "the pattern ",
             info.constant->str(), " occurs twice")
          .note(earlier->range, "it occurs here first");
      continue;
    }
    seen.push_back({*info.constant, pattern->getRange()});
    const Symbol *choice = subjectInfo.symbol;
    if (!choice || choice->kind != SymbolKind::Choice)
      continue;
    if (!choice->domain.contains(*info.constant))
      report(Diag::NAS1029, pattern->getRange(), "'", choice->name,
             "' is never ", info.constant->str())
          .note(choice->range, "its values are declared here");
  }
}

void SemanticAnalyzer::checkExhaustive(const ast::Expr &subject,
                                       SourceRange match,
                                       const std::vector<SeenPattern> &seen,
                                       bool hasElse) {
  const ExpressionInfo info = program.info(subject);
  if (hasElse || info.type.isError())
    return;
  auto covers = [&](const Constant &value) {
    return llvm::any_of(seen, [&](const SeenPattern &pattern) {
      return pattern.value.equals(value);
    });
  };
  std::vector<std::string> missing;
  const Symbol *choice = info.symbol;
  if (info.type.isBoolean()) {
    for (bool value : {false, true})
      if (!covers(Constant::makeBoolean(value)))
        missing.push_back(value ? "true" : "false");
  } else if (choice && choice->kind == SymbolKind::Choice &&
             choice->domain.kind == ChoiceDomain::Kind::Integers) {
    for (int64_t value : choice->domain.integers)
      if (!covers(Constant::makeInteger(value)))
        missing.push_back(std::to_string(value));
  } else if (choice && choice->kind == SymbolKind::Choice &&
             choice->domain.kind == ChoiceDomain::Kind::Operations) {
    for (const Symbol *value : choice->domain.operations)
      if (!covers(Constant::makeOperation(value)))
        missing.push_back(value->name);
  } else {
    report(Diag::NAS1031, match,
           "a match on a value of unknown range needs an 'else' arm");
    return;
  }
  if (missing.empty())
    return;
  if (missing.size() > 5) {
    missing.resize(5);
    missing.push_back("…");
  }
  report(Diag::NAS1031, subject.getRange(), "the match has no arm for ",
         llvm::join(missing, ", "))
      .help("add the missing arms or 'else => …'");
}

ExpressionInfo SemanticAnalyzer::inferMatch(const ast::MatchExpression &match) {
  checkExpr(*match.subject);
  std::vector<SeenPattern> seen;
  Type type;
  SourceRange first;
  bool hasElse = false;
  for (const ast::MatchExpressionArm &arm : match.arms) {
    checkPatterns(*match.subject, arm.patterns, seen);
    hasElse |= arm.isElse();
    Type found = checkExpr(*arm.value);
    if (!first.isValid()) {
      type = found;
      first = arm.value->getRange();
    } else {
      type =
          unify(type, first, found, arm.value->getRange(), "values of a match");
    }
  }
  Type subjectType = program.typeOf(*match.subject);
  if (!subjectType.isError() && !subjectType.isInteger() &&
      !subjectType.isBoolean() && !subjectType.isOperation()) {
    report(Diag::NAS1027, match.subject->getRange(),
           "'match' needs an integer, a truth value or an operation, not ",
           describe(subjectType));
    return failed();
  }
  checkExhaustive(*match.subject, match.getRange(), seen, hasElse);
  return typed(type);
}

llvm::SmallVector<const Symbol *>
SemanticAnalyzer::candidatesOf(const ast::Expr &expr) const {
  llvm::SmallVector<const Symbol *> result;
  auto addAll = [&](llvm::ArrayRef<const Symbol *> more) {
    for (const Symbol *symbol : more)
      if (!llvm::is_contained(result, symbol))
        result.push_back(symbol);
  };
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
    for (const ast::ConditionalArm &arm : conditional->arms)
      addAll(candidatesOf(*arm.value));
    addAll(candidatesOf(*conditional->otherwise));
    return result;
  }
  if (const auto *match = dyn_cast<ast::MatchExpression>(&expr)) {
    for (const ast::MatchExpressionArm &arm : match->arms)
      addAll(candidatesOf(*arm.value));
    return result;
  }
  const ExpressionInfo &info = program.info(expr);
  if (!info.symbol)
    return result;
  if (info.symbol->isCallable())
    result.push_back(info.symbol);
  else
    addAll(info.symbol->candidates.getArrayRef());
  return result;
}
