//===- Statements.cpp - Bodies and statements -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

Type SemanticAnalyzer::parameterType(const ast::Parameter &parameter) {
  if (!parameter.type)
    return TypeKind::Tensor;
  if (isa<ast::TensorType>(parameter.type.get())) {
    if (cast<ast::TensorType>(*parameter.type).hasShape)
      report(Diag::NAS1024, parameter.type->getRange(),
             "the tensors of a block have no fixed shape")
          .help("write '", parameter.name.text, "' or '", parameter.name.text,
                ": tensor'");
    return TypeKind::Tensor;
  }
  const auto *named = dyn_cast<ast::NamedType>(parameter.type.get());
  if (!named) {
    report(Diag::NAS1024, parameter.type->getRange(),
           "this type is for the input and the result of a space only");
    return TypeKind::Error;
  }
  TypeKind kind = llvm::StringSwitch<TypeKind>(named->name.text)
                      .Case("int", TypeKind::Integer)
                      .Case("real", TypeKind::Real)
                      .Case("bool", TypeKind::Boolean)
                      .Case("operation", TypeKind::Operation)
                      .Case("tensor", TypeKind::Tensor)
                      .Default(TypeKind::Error);
  if (kind == TypeKind::Error)
    report(Diag::NAS1024, named->getRange(), "unknown type '", named->name.text,
           "'")
        .suggest(named->name.text,
                 {"int", "real", "bool", "tensor", "operation"})
        .help("the types are int, real, bool, tensor and operation");
  return kind;
}

void SemanticAnalyzer::declareParameters(Body &body) {
  const ast::Parameter *withDefault = nullptr;
  for (const ast::Parameter &parameter : body.syntaxParameters()) {
    Symbol *symbol = makeSymbol(SymbolKind::Parameter, parameter.name, nullptr);
    symbol->body = &body;
    symbol->type =
        body.space ? Type(TypeKind::Tensor) : parameterType(parameter);
    body.parameters.push_back(symbol);
    if (!parameter.defaultValue) {
      if (withDefault)
        report(Diag::NAS1032, parameter.range, "the parameter '",
               parameter.name.text, "' needs a default, because '",
               withDefault->name.text, "' before it has one")
            .note(withDefault->range, "the first default is here");
      continue;
    }
    withDefault = &parameter;
    if (symbol->type.isTensor()) {
      report(Diag::NAS1032, parameter.defaultValue->getRange(),
             "a tensor cannot have a default");
      continue;
    }
    if (symbol->type.isError())
      continue;
    // Defaults see what is around the block, but not its other parameters.
    std::string what = "the default of '" + parameter.name.text + "'";
    std::optional<Constant> value =
        checkConstant(*parameter.defaultValue, symbol->type, what);
    if (value && value->operation)
      symbol->candidates.insert(value->operation);
  }
}

void SemanticAnalyzer::checkBody(Body &body) {
  enum { Unchecked, Checking, Checked };
  int &state = bodyStates[&body];
  // A call while the body is being checked is a cycle, which checkRecursion()
  // reports; its result is taken for an error, silently.
  if (state != Unchecked)
    return;
  state = Checking;

  // What a block sees of its surroundings is what was visible where it is
  // declared: for top-level blocks, only the items.
  llvm::SaveAndRestore<Scope *> savedScope(scope,
                                           body.parent ? scope : nullptr);
  bodyStack.push_back(&body);
  declareParameters(body);
  Scope parameterScope;
  parameterScope.parent = scope;
  parameterScope.body = &body;
  scope = &parameterScope;
  for (Symbol *parameter : body.parameters)
    defineLocal(parameter);

  checkStatements(body.statements(), /*isBodyOfBody=*/true);

  bool needsResult =
      body.block || body.space->hasParameters || body.space->result != nullptr;
  if (!body.returnStatement && needsResult) {
    report(Diag::NAS1035, body.symbol->range, "the ",
           body.block ? "block" : "space", " '", body.symbol->name,
           "' returns nothing")
        .help("end it with 'return …;'");
  } else if (body.returnStatement && !needsResult) {
    report(Diag::NAS2112, body.returnStatement->getRange(), "the space '",
           body.symbol->name, "' has no input and cannot return anything")
        .note(body.symbol->range, "it is declared without an input");
  }
  closeScope(parameterScope);
  scope = nullptr;
  bodyStack.pop_back();
  bodyStates[&body] = Checked;
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

/// The name that a statement defines, or null.
static const ast::Name *definedName(const ast::Statement &statement) {
  if (const auto *choice = dyn_cast<ast::Choice>(&statement))
    return &choice->name;
  if (const auto *let = dyn_cast<ast::Let>(&statement))
    return &let->name;
  if (const auto *local = dyn_cast<ast::LocalBlock>(&statement))
    return &local->block->name;
  return nullptr;
}

void SemanticAnalyzer::checkStatements(const ast::StatementList &list,
                                       bool isBodyOfBody) {
  for (const ast::StatementPtr &statement : list.statements)
    if (const ast::Name *name = definedName(*statement))
      scope->later.try_emplace(name->text, name->range);
  for (auto [index, statement] : llvm::enumerate(list.statements)) {
    if (const auto *result = dyn_cast<ast::Return>(statement.get())) {
      bool isLast = index + 1 == list.statements.size();
      if (!isBodyOfBody) {
        report(Diag::NAS1036, result->getRange(),
               "'return' can only be the last statement of a block or space")
            .help("bind the result to a var in each branch, and return that "
                  "at the end");
      } else if (!isLast) {
        report(Diag::NAS1036, result->getRange(),
               "statements follow this 'return'")
            .note(list.statements[index + 1]->getRange(),
                  "this is never reached");
      }
    }
    checkStatement(*statement);
  }
}

void SemanticAnalyzer::checkStatement(const ast::Statement &statement) {
  using ast::NodeKind;
  switch (statement.getKind()) {
  case NodeKind::Choice:
    return checkChoice(cast<ast::Choice>(statement));
  case NodeKind::Let:
    return checkLet(cast<ast::Let>(statement));
  case NodeKind::Assignment:
    return checkAssignment(cast<ast::Assignment>(statement));
  case NodeKind::Repeat:
    return checkRepeat(cast<ast::Repeat>(statement));
  case NodeKind::If:
    return checkIf(cast<ast::If>(statement));
  case NodeKind::MatchStatement:
    return checkMatchStatement(cast<ast::MatchStatement>(statement));
  case NodeKind::Return:
    return checkReturn(cast<ast::Return>(statement));
  case NodeKind::LocalBlock:
    return checkLocalBlock(cast<ast::LocalBlock>(statement));
  default:
    return;
  }
}

void SemanticAnalyzer::checkLet(const ast::Let &let) {
  Type type = checkExpr(*let.value);
  Symbol *symbol = makeSymbol(
      let.isVariable ? SymbolKind::Variable : SymbolKind::Let, let.name, &let);
  symbol->type = type;
  const ExpressionInfo info = program.info(*let.value);
  switch (type.kind) {
  case TypeKind::Error:
  case TypeKind::Integer:
  case TypeKind::Real:
  case TypeKind::Boolean:
  case TypeKind::Tensor:
    break;
  case TypeKind::Operation:
    if (let.isVariable) {
      report(Diag::NAS1020, let.value->getRange(),
             "a var holds a tensor or a number, not an operation")
          .help("write 'let ", let.name.text, " = …'");
      symbol->type = TypeKind::Error;
    }
    break;
  default:
    if (type.isQuantity())
      report(Diag::NAS1009, let.value->getRange(),
             "a quantity has no use in a block or space");
    else
      report(Diag::NAS1006, let.value->getRange(), describe(type),
             " cannot be bound to a name");
    symbol->type = TypeKind::Error;
  }
  // An integer literal in a var that is rebound with reals is a common slip;
  // the type of a var is that of its first value.
  if (!let.isVariable) {
    symbol->constant = info.constant;
    if (type.isOperation())
      for (const Symbol *candidate : candidatesOf(*let.value))
        symbol->candidates.insert(candidate);
  }
  program.definitions[&let] = symbol;
  defineLocal(symbol);
}

void SemanticAnalyzer::checkAssignment(const ast::Assignment &assignment) {
  Type type = checkExpr(*assignment.value);
  Symbol *symbol = lookup(assignment.name.text);
  if (!symbol) {
    // The first value of a name that is meant to be a var.
    report(Diag::NAS1002, assignment.name.range, "unknown name '",
           assignment.name.text, "'")
        .suggest(assignment.name.text, visibleNames())
        .help("'var ", assignment.name.text,
              " = …;' defines a name that can be rebound");
    Symbol *variable =
        makeSymbol(SymbolKind::Variable, assignment.name, nullptr);
    variable->type = type;
    variable->used = true;
    variable->body = scope->body;
    scope->names[variable->name] = variable;
    return;
  }
  if (symbol->kind != SymbolKind::Variable) {
    DiagnosticBuilder builder =
        report(Diag::NAS1020, assignment.name.range, "'", symbol->name,
               "' cannot be rebound: it is ", describe(symbol->kind));
    if (symbol->range.isValid())
      builder.note(symbol->range, "it is defined here");
    if (symbol->kind == SymbolKind::Let)
      builder.help("define it with 'var' instead of 'let'");
    else if (symbol->kind == SymbolKind::Parameter)
      builder.help("copy it first: 'var y = ", symbol->name, ";'");
    return;
  }
  if (symbol->body != scope->body) {
    report(Diag::NAS1020, assignment.name.range, "a block cannot rebind '",
           symbol->name, "', which is a var of what is around it")
        .note(symbol->range, "it is defined here");
    return;
  }
  program.definitions[&assignment] = symbol;
  if (type.isError() || symbol->type.isError() || type == symbol->type)
    return;
  ExpressionInfo &info = program.expressions[assignment.value.get()];
  if (symbol->type.isReal() && type.isInteger() && info.constant) {
    info.constant =
        Constant::makeReal(info.constant->toDouble(), info.constant->exact);
    info.type = TypeKind::Real;
    return;
  }
  report(Diag::NAS1006, assignment.value->getRange(), "'", symbol->name,
         "' holds ", describe(symbol->type), " and cannot be rebound to ",
         describe(type))
      .note(symbol->range, "it is defined here");
}

void SemanticAnalyzer::checkRepeat(const ast::Repeat &repeat) {
  checkExprAs(*repeat.binder.low, TypeKind::Integer,
              "the first round of a repeat");
  checkExprAs(*repeat.binder.high, TypeKind::Integer,
              "the last round of a repeat");
  const std::optional<Constant> low = program.info(*repeat.binder.low).constant;
  const std::optional<Constant> high =
      program.info(*repeat.binder.high).constant;
  if (low && high && low->type.isInteger() && high->type.isInteger() &&
      low->integer > high->integer)
    report(Diag::NAS2110, repeat.binder.range,
           "this repeat has no round: ", low->integer, " is greater than ",
           high->integer);

  Scope inner;
  inner.parent = scope;
  inner.body = scope->body;
  inner.repeat = &repeat;
  scope = &inner;
  Symbol *variable =
      makeSymbol(SymbolKind::LoopVariable, repeat.binder.variable, &repeat);
  variable->type = TypeKind::Integer;
  variable->used = true;
  program.definitions[&repeat] = variable;
  defineLocal(variable);
  checkStatements(repeat.body, /*isBodyOfBody=*/false);
  closeScope(inner);
}

void SemanticAnalyzer::checkIf(const ast::If &statement) {
  auto checkBranch = [&](const ast::StatementList &list) {
    Scope inner;
    inner.parent = scope;
    inner.body = scope->body;
    inner.conditional = true;
    scope = &inner;
    checkStatements(list, /*isBodyOfBody=*/false);
    closeScope(inner);
  };
  for (const ast::IfArm &arm : statement.arms) {
    checkCondition(*arm.condition, "the condition of 'if'");
    checkBranch(arm.body);
  }
  if (statement.otherwise)
    checkBranch(*statement.otherwise);
}

void SemanticAnalyzer::checkMatchStatement(const ast::MatchStatement &match) {
  Type type = checkExpr(*match.subject);
  if (!type.isError() && !type.isInteger() && !type.isBoolean() &&
      !type.isOperation())
    report(Diag::NAS1027, match.subject->getRange(),
           "'match' needs an integer, a truth value or an operation, not ",
           describe(type));
  std::vector<SeenPattern> seen;
  bool hasElse = false;
  for (const ast::MatchStatementArm &arm : match.arms) {
    checkPatterns(*match.subject, arm.patterns, seen);
    hasElse |= arm.isElse();
    Scope inner;
    inner.parent = scope;
    inner.body = scope->body;
    inner.conditional = true;
    scope = &inner;
    checkStatements(arm.body, /*isBodyOfBody=*/false);
    closeScope(inner);
  }
  checkExhaustive(*match.subject, match.subject->getRange(), seen, hasElse);
}

void SemanticAnalyzer::checkReturn(const ast::Return &statement) {
  Body &body = *scope->body;
  Type type = checkExpr(*statement.value);
  // Of several, the last one counts; the others have been reported.
  body.returnStatement = &statement;
  body.result = type;
  if (type.isError())
    return;
  if (body.space && !type.isTensor()) {
    report(Diag::NAS1006, statement.value->getRange(),
           "a space must return a tensor, not ", describe(type));
    body.result = TypeKind::Error;
  } else if (!type.isTensor() && !type.isNumber() && !type.isBoolean()) {
    report(Diag::NAS1006, statement.value->getRange(),
           "a block must return a tensor or a number, not ", describe(type));
    body.result = TypeKind::Error;
  }
}

void SemanticAnalyzer::checkLocalBlock(const ast::LocalBlock &local) {
  const ast::Block &block = *local.block;
  Symbol *symbol = makeSymbol(SymbolKind::Block, block.name, &block);
  symbol->type = TypeKind::Operation;
  Body *body = makeBody(symbol, scope->body);
  body->block = &block;
  symbol->body = body;
  program.definitions[&local] = symbol;
  Scope *around = scope;
  checkBody(*body);
  scope = around;
  defineLocal(symbol);
}

void SemanticAnalyzer::closeScope(Scope &closed) {
  Scope *outer = closed.parent;
  scope = outer;
  // A choice of a repeat is visible afterwards by its index.
  if (!outer || outer->body != closed.body)
    return;
  for (auto &entry : closed.indexed)
    outer->indexed.try_emplace(entry.getKey(), entry.getValue());
  for (auto &entry : closed.names)
    if (entry.getValue()->kind == SymbolKind::Choice &&
        !entry.getValue()->loops.empty())
      outer->indexed.try_emplace(entry.getKey(), entry.getValue());
}
