//===- Statements.cpp - Statements to IR ----------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/translation/Translation.h"

#include "llvm/ADT/SetVector.h"

#include <functional>

using namespace mlir;
using namespace nasc;
using cost::Predicate;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

void Translator::translateStatements(const ast::StatementList &list) {
  for (const ast::StatementPtr &statement : list.statements)
    translateStatement(*statement);
}

void Translator::translateStatement(const ast::Statement &statement) {
  if (const auto *choice = dyn_cast<ast::Choice>(&statement))
    return translateChoice(*choice);
  if (const auto *repeat = dyn_cast<ast::Repeat>(&statement))
    return translateRepeat(*repeat);
  if (const auto *conditional = dyn_cast<ast::If>(&statement))
    return translateIf(*conditional, 0);
  if (const auto *match = dyn_cast<ast::MatchStatement>(&statement))
    return translateMatch(*match, 0);
  const ast::Expr *value = nullptr;
  if (const auto *let = dyn_cast<ast::Let>(&statement))
    value = let->value.get();
  else if (const auto *assignment = dyn_cast<ast::Assignment>(&statement))
    value = assignment->value.get();
  if (!value)
    return;
  const Symbol *symbol = program.definitions.lookup(&statement);
  if (symbol->constant)
    return;
  Binding binding;
  if (symbol->type.isOperation())
    binding.operation = translateOperation(*value);
  else
    binding.value = translateExpr(*value);
  current().bindings[symbol] = binding;
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

Value Translator::decodeChoice(const Symbol *choice, Value position,
                               Location loc) {
  if (choice->domain.kind != ChoiceDomain::Kind::Booleans)
    return position;
  const std::vector<bool> &values = choice->domain.booleans;
  expressions().setLocation(loc);
  if (values.size() == 1)
    return constant(values.front());
  return values.front() ? expressions().negation(position) : position;
}

void Translator::translateChoice(const ast::Choice &choice) {
  const Symbol *symbol = program.definitions.lookup(&choice);
  const ChoiceDomain &domain = symbol->domain;
  Location loc = locationOf(choice);
  Value when = choice.when ? translateExpr(*choice.when) : Value();

  DenseI64ArrayAttr integers;
  ArrayAttr labels;
  DenseF64ArrayAttr reals;
  mlir::Type type;
  int64_t first = 0;
  switch (domain.kind) {
  case ChoiceDomain::Kind::Integers: {
    integers = builder.getDenseI64ArrayAttr(domain.integers);
    auto [low, high] = domain.integerBounds();
    type = integerType({low, high});
    first = domain.integers.front();
    break;
  }
  case ChoiceDomain::Kind::Reals:
    reals = builder.getDenseF64ArrayAttr(domain.reals);
    type = builder.getF64Type();
    break;
  case ChoiceDomain::Kind::Booleans:
  case ChoiceDomain::Kind::Operations: {
    SmallVector<Attribute> names;
    for (size_t i = 0; i < domain.size(); ++i)
      names.push_back(builder.getStringAttr(domain.text(i)));
    labels = builder.getArrayAttr(names);
    type = integerType({0, static_cast<int64_t>(domain.size()) - 1});
    break;
  }
  }
  Value value = builder.create<nas::ChoiceOp>(
      loc, type, builder.getStringAttr(choice.name.text), integers, labels,
      reals, when);
  // Where a choice does not exist, its name means its first value.
  if (when && domain.kind != ChoiceDomain::Kind::Reals) {
    expressions().setLocation(loc);
    value = expressions().select(when, value, constant(first));
  }
  Binding binding;
  if (domain.kind == ChoiceDomain::Kind::Operations) {
    binding.operation.candidates.append(domain.operations.begin(),
                                        domain.operations.end());
    if (domain.size() > 1)
      binding.operation.selector = value;
  } else {
    binding.value = decodeChoice(symbol, value, loc);
  }
  current().bindings[symbol] = binding;
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

namespace {

/// Collects what statements rebind.
void collectAssignments(const ast::StatementList &list,
                        const CheckedProgram &program,
                        llvm::SmallSetVector<const Symbol *, 4> &symbols) {
  for (const ast::StatementPtr &statement : list.statements) {
    if (isa<ast::Assignment>(*statement)) {
      if (const Symbol *symbol = program.definitions.lookup(statement.get()))
        symbols.insert(symbol);
    } else if (const auto *repeat = dyn_cast<ast::Repeat>(statement.get())) {
      collectAssignments(repeat->body, program, symbols);
    } else if (const auto *branch = dyn_cast<ast::If>(statement.get())) {
      for (const ast::IfArm &arm : branch->arms)
        collectAssignments(arm.body, program, symbols);
      if (branch->otherwise)
        collectAssignments(*branch->otherwise, program, symbols);
    } else if (const auto *match =
                   dyn_cast<ast::MatchStatement>(statement.get())) {
      for (const ast::MatchStatementArm &arm : match->arms)
        collectAssignments(arm.body, program, symbols);
    }
  }
}

} // namespace

std::vector<const Symbol *>
Translator::rebound(ArrayRef<const ast::StatementList *> lists) {
  llvm::SmallSetVector<const Symbol *, 4> symbols;
  for (const ast::StatementList *list : lists)
    collectAssignments(*list, program, symbols);
  std::vector<const Symbol *> result;
  for (const Symbol *symbol : symbols)
    if (current().bindings.count(symbol))
      result.push_back(symbol);
  return result;
}

void Translator::buildBranches(Location loc, Value condition,
                               ArrayRef<const Symbol *> variables,
                               function_ref<void()> thenBranch,
                               function_ref<void()> elseBranch) {
  SmallVector<mlir::Type> types;
  for (const Symbol *variable : variables)
    types.push_back(typeOf(variable->type));
  auto op = builder.create<nas::IfOp>(loc, types, condition);
  SmallVector<SmallVector<Value>> yielded;
  for (auto [region, branch] : {std::pair(&op.getThenRegion(), thenBranch),
                                std::pair(&op.getElseRegion(), elseBranch)}) {
    Bindings before = current().bindings;
    SmallVector<Value> &values = yielded.emplace_back();
    inBlock(&region->emplaceBlock(), [&] {
      branch();
      for (const Symbol *variable : variables)
        values.push_back(current().bindings[variable].value);
      builder.create<nas::YieldOp>(loc, values);
    });
    current().bindings = std::move(before);
  }
  // Of integers, the range of both branches is known now.
  for (auto [index, variable] : llvm::enumerate(variables)) {
    Value result = op.getResult(index);
    if (isa<cost::IntegerType>(result.getType()))
      result.setType(integerType(cost::unite(
          cost::rangeOf(yielded[0][index]), cost::rangeOf(yielded[1][index]))));
    current().bindings[variable].value = result;
  }
}

void Translator::translateIf(const ast::If &statement, size_t arm) {
  if (arm == statement.arms.size()) {
    if (statement.otherwise)
      translateStatements(*statement.otherwise);
    return;
  }
  const ast::IfArm &taken = statement.arms[arm];
  Value condition = translateExpr(*taken.condition);
  if (std::optional<int64_t> known = cost::constantOf(condition)) {
    if (*known)
      translateStatements(taken.body);
    else
      translateIf(statement, arm + 1);
    return;
  }
  std::vector<const ast::StatementList *> lists;
  for (const ast::IfArm &one : llvm::drop_begin(statement.arms, arm))
    lists.push_back(&one.body);
  if (statement.otherwise)
    lists.push_back(&*statement.otherwise);
  buildBranches(
      locationOf(*taken.condition), condition, rebound(lists),
      [&] { translateStatements(taken.body); },
      [&] { translateIf(statement, arm + 1); });
}

void Translator::translateMatch(const ast::MatchStatement &match, size_t arm) {
  // The subject is evaluated for each arm; it is an expression without effect
  // but for calls, whose value is bound first.
  Value subject;
  OperationValue operation;
  if (program.typeOf(*match.subject).isOperation())
    operation = translateOperation(*match.subject);
  else
    subject = translateExpr(*match.subject);
  std::function<void(size_t)> run = [&](size_t index) {
    if (index == match.arms.size())
      return;
    const ast::MatchStatementArm &one = match.arms[index];
    // The last arm takes all that is left: the check has seen to that.
    if (one.isElse() || index + 1 == match.arms.size()) {
      translateStatements(one.body);
      return;
    }
    expressions().setLocation(locationOf(one.range));
    Value condition = matchCondition(one.patterns, subject, operation);
    if (std::optional<int64_t> known = cost::constantOf(condition)) {
      if (*known)
        translateStatements(one.body);
      else
        run(index + 1);
      return;
    }
    std::vector<const ast::StatementList *> lists;
    for (const ast::MatchStatementArm &later :
         llvm::drop_begin(match.arms, index))
      lists.push_back(&later.body);
    buildBranches(
        locationOf(one.range), condition, rebound(lists),
        [&] { translateStatements(one.body); }, [&] { run(index + 1); });
  };
  run(arm);
}

//===----------------------------------------------------------------------===//
// Repeats
//===----------------------------------------------------------------------===//

void Translator::translateRepeat(const ast::Repeat &repeat) {
  Location loc = locationOf(repeat.binder.range);
  Value low = translateExpr(*repeat.binder.low);
  Value high = translateExpr(*repeat.binder.high);
  cost::Range first = cost::rangeOf(low), last = cost::rangeOf(high);
  if (first.lower > last.upper)
    return;
  std::vector<const Symbol *> variables = rebound({&repeat.body});
  SmallVector<Value> initial;
  SmallVector<mlir::Type> types;
  for (const Symbol *variable : variables) {
    Value value = current().bindings[variable].value;
    if (isa<cost::IntegerType>(value.getType()))
      value = passThrough(value, typeOf(variable->type), loc);
    else if (isa<nas::TensorType>(value.getType()))
      value = passThrough(value, openTensor(), loc);
    initial.push_back(value);
    types.push_back(value.getType());
  }
  auto op = builder.create<nas::RepeatOp>(loc, types, low, high, initial);
  mlir::Block &body = op.getBody().emplaceBlock();
  Value index = body.addArgument(integerType({first.lower, last.upper}), loc);
  Bindings before = current().bindings;
  const Symbol *variable = program.definitions.lookup(&repeat);
  current().bindings[variable] = {index, {}};
  for (auto [symbol, type] : llvm::zip(variables, types))
    current().bindings[symbol].value = body.addArgument(type, loc);
  inBlock(&body, [&] {
    translateStatements(repeat.body);
    SmallVector<Value> values;
    for (const Symbol *symbol : variables)
      values.push_back(current().bindings[symbol].value);
    builder.create<nas::YieldOp>(loc, values);
  });
  current().bindings = std::move(before);
  for (auto [position, symbol] : llvm::enumerate(variables))
    current().bindings[symbol].value = op.getResult(position);
}
