//===- Expressions.cpp - Expressions to IR --------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/translation/Translation.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace nasc;
using cost::Predicate;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

Translator::Binding Translator::capture(const Symbol *symbol, Location loc) {
  Context &context = current();
  // What the name stands for in the body that it belongs to.
  Binding outer;
  for (Context *one : llvm::reverse(contexts))
    if (one != &context) {
      auto found = one->bindings.find(symbol);
      if (found != one->bindings.end()) {
        outer = found->second;
        break;
      }
    }
  Binding inner;
  mlir::Type type;
  if (symbol->type.isOperation()) {
    inner.operation.candidates = outer.operation.candidates;
    if (outer.operation.candidates.size() < 2)
      return inner;
    type = integerType(
        {0, static_cast<int64_t>(outer.operation.candidates.size()) - 1});
  } else if (symbol->kind == SymbolKind::Choice &&
             symbol->domain.kind == ChoiceDomain::Kind::Integers) {
    auto [low, high] = symbol->domain.integerBounds();
    type = integerType({low, high});
  } else {
    type = typeOf(symbol->type);
  }
  Value argument = context.entry->addArgument(type, loc);
  context.instance->captures.push_back(symbol);
  if (symbol->type.isOperation())
    inner.operation.selector = argument;
  else
    inner.value = argument;
  return inner;
}

Translator::Binding Translator::lookup(const Symbol *symbol, Location loc) {
  Context &context = current();
  auto found = context.bindings.find(symbol);
  if (found != context.bindings.end())
    return found->second;
  Binding binding = capture(symbol, loc);
  context.bindings[symbol] = binding;
  return binding;
}

//===----------------------------------------------------------------------===//
// Operations as values
//===----------------------------------------------------------------------===//

Translator::OperationValue
Translator::chooseOperation(Value condition, const OperationValue &a,
                            const OperationValue &b) {
  OperationValue result;
  // The position of each candidate of one side among all.
  auto embed = [&](const OperationValue &side) -> Value {
    SmallVector<int64_t> positions;
    for (const Symbol *candidate : side.candidates) {
      auto *found = llvm::find(result.candidates, candidate);
      positions.push_back(found - result.candidates.begin());
      if (found == result.candidates.end())
        result.candidates.push_back(candidate);
    }
    Value value = constant(positions.back());
    for (size_t i = positions.size() - 1; i-- > 0;)
      value = expressions().select(
          expressions().compare(Predicate::eq, side.selector, constant(i)),
          constant(positions[i]), value);
    return value;
  };
  Value left = embed(a), right = embed(b);
  if (result.candidates.size() > 1)
    result.selector = expressions().select(condition, left, right);
  return result;
}

Translator::OperationValue
Translator::translateOperation(const ast::Expr &expr) {
  Location loc = locationOf(expr);
  expressions().setLocation(loc);
  const ExpressionInfo &info = program.info(expr);
  if (info.constant && info.constant->operation)
    return {{info.constant->operation}, {}};
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
    OperationValue result = translateOperation(*conditional->otherwise);
    for (const ast::ConditionalArm &arm : llvm::reverse(conditional->arms)) {
      OperationValue value = translateOperation(*arm.value);
      Value condition = translateExpr(*arm.condition);
      result = chooseOperation(condition, value, result);
    }
    return result;
  }
  if (const auto *match = dyn_cast<ast::MatchExpression>(&expr)) {
    OperationValue operation;
    Value subject;
    if (program.typeOf(*match->subject).isOperation())
      operation = translateOperation(*match->subject);
    else
      subject = translateExpr(*match->subject);
    OperationValue result = translateOperation(*match->arms.back().value);
    for (const ast::MatchExpressionArm &arm :
         llvm::drop_begin(llvm::reverse(match->arms))) {
      OperationValue value = translateOperation(*arm.value);
      result = chooseOperation(matchCondition(arm.patterns, subject, operation),
                               value, result);
    }
    return result;
  }
  if (const auto *index = dyn_cast<ast::Index>(&expr)) {
    OperationValue result;
    result.candidates.append(info.symbol->domain.operations.begin(),
                             info.symbol->domain.operations.end());
    if (result.candidates.size() > 1)
      result.selector = translateIndex(*index, /*decode=*/false);
    return result;
  }
  return lookup(info.symbol, loc).operation;
}

//===----------------------------------------------------------------------===//
// Choices of rounds
//===----------------------------------------------------------------------===//

Value Translator::translateIndex(const ast::Index &index, bool decode) {
  const Symbol *choice = program.info(index).symbol;
  Location loc = locationOf(index);
  SmallVector<Value> indices;
  for (const ast::Expr *one = &index;
       const auto *inner = dyn_cast<ast::Index>(one); one = inner->base.get())
    indices.push_back(translateExpr(*inner->index));
  std::reverse(indices.begin(), indices.end());
  std::string pattern = choice->name;
  for (size_t i = 0; i < indices.size(); ++i)
    pattern += "[]";

  mlir::Type type;
  if (choice->domain.kind == ChoiceDomain::Kind::Reals) {
    type = builder.getF64Type();
  } else if (choice->domain.kind == ChoiceDomain::Kind::Integers) {
    auto [low, high] = choice->domain.integerBounds();
    type = integerType({low, high});
  } else {
    type = integerType({0, static_cast<int64_t>(choice->domain.size()) - 1});
  }
  // One reference for each round that the indices can name, chosen by them.
  Value result;
  auto found = program.expanded.byPattern.find(pattern);
  if (found != program.expanded.byPattern.end()) {
    for (unsigned position : found->second) {
      StringRef name = program.expanded.choices[position].name;
      StringRef rest = name;
      Value condition = constant(1);
      bool possible = true;
      for (Value one : indices) {
        rest = rest.drop_front(rest.find('[') + 1);
        int64_t number = 0;
        rest.take_until([](char c) { return c == ']'; })
            .getAsInteger(10, number);
        possible &= cost::rangeOf(one).contains(number);
        if (possible)
          condition = expressions().conjunction(
              condition,
              expressions().compare(Predicate::eq, one, constant(number)));
      }
      if (!possible)
        continue;
      Value reference = builder.create<nas::ChoiceReferenceOp>(
          loc, type, builder.getStringAttr(name));
      if (result && isa<FloatType>(type)) {
        diagnostics.report(Diag::NAS1034, index.getRange(),
                           "a real choice can be named by a constant round "
                           "only");
        break;
      }
      expressions().setLocation(loc);
      result = result ? expressions().select(condition, reference, result)
                      : reference;
    }
  }
  if (!result)
    result = isa<FloatType>(type) ? realConstant(0, loc) : constant(0);
  return decode ? decodeChoice(choice, result, loc) : result;
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

Value Translator::translateExpr(const ast::Expr &expr) {
  Location loc = locationOf(expr);
  const ExpressionInfo &info = program.info(expr);
  expressions().setLocation(loc);
  if (info.constant)
    return materialize(*info.constant, loc);
  if (isa<ast::NameReference>(expr))
    return lookup(info.symbol, loc).value;
  if (const auto *index = dyn_cast<ast::Index>(&expr))
    return translateIndex(*index, /*decode=*/true);
  if (const auto *call = dyn_cast<ast::Call>(&expr))
    return translateCall(*call);
  if (const auto *binary = dyn_cast<ast::Binary>(&expr))
    return translateBinary(*binary);
  if (const auto *unary = dyn_cast<ast::Unary>(&expr)) {
    Value operand = translateExpr(*unary->operand);
    expressions().setLocation(loc);
    if (unary->op == ast::UnaryOperator::Not)
      return expressions().negation(operand);
    return expressions().sub(constant(0), operand);
  }
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr))
    return translateConditional(*conditional, 0);
  const auto &match = cast<ast::MatchExpression>(expr);
  OperationValue operation;
  Value subject;
  if (program.typeOf(*match.subject).isOperation())
    operation = translateOperation(*match.subject);
  else
    subject = translateExpr(*match.subject);
  return translateMatch(match, subject, operation, 0);
}

Predicate nasc::predicateOf(ast::BinaryOperator op) {
  switch (op) {
  case ast::BinaryOperator::Equal:
    return Predicate::eq;
  case ast::BinaryOperator::NotEqual:
    return Predicate::ne;
  case ast::BinaryOperator::Less:
    return Predicate::lt;
  case ast::BinaryOperator::LessOrEqual:
    return Predicate::le;
  case ast::BinaryOperator::Greater:
    return Predicate::gt;
  default:
    return Predicate::ge;
  }
}

/// A divisor that the verifier accepts. The analysis has shown that it is
/// positive in every architecture; ranges inside a block may not show it.
static Value positiveDivisor(cost::ExpressionBuilder &expressions,
                             Value divisor) {
  cost::Range range = cost::rangeOf(divisor);
  if (range.lower >= 1 || range == cost::Range())
    return divisor;
  return expressions.max(divisor, 1);
}

Value Translator::translateBinary(const ast::Binary &binary) {
  using Op = ast::BinaryOperator;
  Location loc = locationOf(binary);
  if (ast::isComparison(binary.op) &&
      program.typeOf(*binary.left).isOperation()) {
    OperationValue a = translateOperation(*binary.left);
    OperationValue b = translateOperation(*binary.right);
    expressions().setLocation(loc);
    // Equal where both are the same one of the common candidates.
    auto isOne = [&](const OperationValue &value, size_t index) -> Value {
      if (value.candidates.size() == 1)
        return constant(1);
      return expressions().compare(Predicate::eq, value.selector,
                                   constant(index));
    };
    Value equal = constant(0);
    for (auto [i, candidate] : llvm::enumerate(a.candidates))
      for (auto [j, other] : llvm::enumerate(b.candidates))
        if (candidate == other)
          equal = expressions().disjunction(
              equal, expressions().conjunction(isOne(a, i), isOne(b, j)));
    return binary.op == Op::Equal ? equal : expressions().negation(equal);
  }
  Value a = translateExpr(*binary.left), b = translateExpr(*binary.right);
  expressions().setLocation(loc);
  if (ast::isComparison(binary.op))
    return expressions().compare(predicateOf(binary.op), a, b);
  switch (binary.op) {
  case Op::Implies:
    return expressions().disjunction(expressions().negation(a), b);
  case Op::Or:
    return expressions().disjunction(a, b);
  case Op::And:
    return expressions().conjunction(a, b);
  case Op::Add:
    return expressions().add(a, b);
  case Op::Subtract:
    return expressions().sub(a, b);
  case Op::Multiply:
    return expressions().mul(a, b);
  default:
    return expressions().mod(a, positiveDivisor(expressions(), b));
  }
}

Value Translator::translateFunction(const ast::Call &call,
                                    const Symbol *function) {
  SmallVector<Value> values;
  std::vector<BindingProblem> problems;
  const FunctionDescription &description =
      builtinFunctions()[function->builtin];
  BoundArguments bound = bindArguments(description.signature, call, problems);
  for (const auto &list : bound.values)
    for (const ast::Expr *argument : list)
      values.push_back(translateExpr(*argument));
  expressions().setLocation(locationOf(call));
  Value result = values.front();
  switch (description.function) {
  case BuiltinFunction::Min:
    for (Value value : llvm::drop_begin(values))
      result = expressions().min(result, value);
    return result;
  case BuiltinFunction::Max:
    for (Value value : llvm::drop_begin(values))
      result = expressions().max(result, value);
    return result;
  case BuiltinFunction::Abs:
    return expressions().abs(result);
  case BuiltinFunction::Div:
    return expressions().floorDiv(result,
                                  positiveDivisor(expressions(), values[1]));
  case BuiltinFunction::CeilDiv:
    return expressions().ceilDiv(result,
                                 positiveDivisor(expressions(), values[1]));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Conditionals
//===----------------------------------------------------------------------===//

/// Whether an expression builds nothing but cost expressions: no block is
/// called, whose choices would exist on one side only.
static bool isPure(const ast::Expr &expr, const CheckedProgram &program) {
  auto recurse = [&](const ast::ExprPtr &inner) {
    return isPure(*inner, program);
  };
  if (program.info(expr).constant)
    return true;
  if (const auto *call = dyn_cast<ast::Call>(&expr)) {
    const Symbol *callee = program.info(*call->callee).symbol;
    return callee && callee->kind == SymbolKind::Function &&
           llvm::all_of(call->arguments, [&](const ast::Argument &argument) {
             return recurse(argument.value);
           });
  }
  if (const auto *unary = dyn_cast<ast::Unary>(&expr))
    return recurse(unary->operand);
  if (const auto *binary = dyn_cast<ast::Binary>(&expr))
    return recurse(binary->left) && recurse(binary->right);
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr))
    return recurse(conditional->otherwise) &&
           llvm::all_of(conditional->arms, [&](const auto &arm) {
             return recurse(arm.condition) && recurse(arm.value);
           });
  if (const auto *match = dyn_cast<ast::MatchExpression>(&expr))
    return recurse(match->subject) &&
           llvm::all_of(match->arms,
                        [&](const auto &arm) { return recurse(arm.value); });
  return true;
}

Value Translator::chooseValue(Location loc, Value condition, nasc::Type type,
                              bool isPure, function_ref<Value()> thenValue,
                              function_ref<Value()> elseValue) {
  if (std::optional<int64_t> known = cost::constantOf(condition))
    return *known ? thenValue() : elseValue();
  bool isScalar = type.isInteger() || type.isBoolean();
  if (isScalar && isPure) {
    Value a = thenValue(), b = elseValue();
    expressions().setLocation(loc);
    return expressions().select(condition, a, b);
  }
  auto op = builder.create<nas::IfOp>(loc, TypeRange(typeOf(type)), condition);
  SmallVector<Value> yielded;
  for (auto [region, value] : {std::pair(&op.getThenRegion(), thenValue),
                               std::pair(&op.getElseRegion(), elseValue)}) {
    Bindings before = current().bindings;
    inBlock(&region->emplaceBlock(), [&] {
      yielded.push_back(value());
      builder.create<nas::YieldOp>(loc, ValueRange(yielded.back()));
    });
    current().bindings = std::move(before);
  }
  Value result = op.getResult(0);
  if (isScalar)
    result.setType(integerType(
        cost::unite(cost::rangeOf(yielded[0]), cost::rangeOf(yielded[1]))));
  return result;
}

Value Translator::translateConditional(const ast::Conditional &conditional,
                                       size_t arm) {
  if (arm == conditional.arms.size())
    return translateExpr(*conditional.otherwise);
  Value condition = translateExpr(*conditional.arms[arm].condition);
  return chooseValue(
      locationOf(conditional), condition, program.typeOf(conditional),
      isPure(conditional, program),
      [&] { return translateExpr(*conditional.arms[arm].value); },
      [&] { return translateConditional(conditional, arm + 1); });
}

Value Translator::matchCondition(const std::vector<ast::ExprPtr> &patterns,
                                 Value subject,
                                 const OperationValue &operation) {
  Value result = constant(0);
  for (const ast::ExprPtr &pattern : patterns) {
    const Constant &value = *program.info(*pattern).constant;
    Value one;
    if (value.operation) {
      auto *found = llvm::find(operation.candidates, value.operation);
      if (found == operation.candidates.end())
        continue;
      one = operation.selector
                ? expressions().compare(
                      Predicate::eq, operation.selector,
                      constant(found - operation.candidates.begin()))
                : constant(1);
    } else {
      int64_t number = value.type.isBoolean() ? value.boolean : value.integer;
      one = expressions().compare(Predicate::eq, subject, constant(number));
    }
    result = expressions().disjunction(result, one);
  }
  return result;
}

Value Translator::translateMatch(const ast::MatchExpression &match,
                                 Value subject, const OperationValue &operation,
                                 size_t arm) {
  const ast::MatchExpressionArm &one = match.arms[arm];
  // The last arm takes all that is left: the check has seen to that.
  if (one.isElse() || arm + 1 == match.arms.size())
    return translateExpr(*one.value);
  expressions().setLocation(locationOf(one.range));
  Value condition = matchCondition(one.patterns, subject, operation);
  return chooseValue(
      locationOf(one.range), condition, program.typeOf(match),
      isPure(match, program), [&] { return translateExpr(*one.value); },
      [&] { return translateMatch(match, subject, operation, arm + 1); });
}
