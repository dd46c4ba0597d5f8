//===- Limits.cpp - Limits to IR ------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every instance of `forall`, `count` and `sum` is written out, with a guard
// where its range depends on choices. An instance that names an inactive
// choice does not apply: it holds, counts nothing, and adds nothing.
//
// Numbers are exact: where a quantity or a factor is no integer, the value is
// an integer and a constant denominator, and comparisons multiply crosswise.
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/LimitInstances.h"
#include "frontend/translation/Translation.h"

#include "dialects/cost/WrittenBound.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

#include <numeric>

using namespace mlir;
using namespace nasc;
using cost::Predicate;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

namespace nasc {

class LimitTranslator {
public:
  LimitTranslator(const CheckedProgram &program, const SourceManager &sources,
                  OpBuilder &builder,
                  function_ref<Location(SourceRange)> locationOf)
      : program(program), sources(sources), builder(builder),
        locationOf(locationOf), expressions(builder, builder.getUnknownLoc()) {}

  void translate(const ast::Limit &limit);

private:
  /// `numerator / denominator`; the denominator is a positive constant.
  struct Number {
    Value numerator;
    int64_t denominator = 1;
  };
  /// The two sides of a comparison, integers, and by what both sides of the
  /// source were multiplied.
  struct Comparison {
    const ast::Binary *source = nullptr;
    Predicate predicate = Predicate::eq;
    Value left, right;
    int64_t scale = 1;
  };
  /// The conditions under which an instance applies.
  using Activities = llvm::SmallSetVector<Value, 4>;

  Value constant(int64_t value) { return expressions.constant(value); }
  Value reference(const ExpandedChoice &choice);
  Value activity(const ExpandedChoice &choice);
  Value applies(const Activities &activities);
  void limit(const ast::Expr &condition, Value guard,
             const Activities &activities, StringRef prefix);

  Value boolean(const ast::Expr &expr, Activities &activities);
  Value integer(const ast::Expr &expr, Activities &activities);
  Number number(const ast::Expr &expr, Activities &activities);
  Value compare(const ast::Binary &binary, Activities &activities);
  Value compareNumbers(const ast::Binary &binary, Number a, Number b);
  Value boundedExpression(const ast::Expr &condition,
                          cost::WrittenBound &written);
  Value compareReal(ast::BinaryOperator op, const ast::Expr &choice,
                    double constant, Activities &activities);
  Value compareOperations(const ast::Binary &binary, Activities &activities);
  Value matchCondition(const ast::MatchExpression &match,
                       const ast::MatchExpressionArm &arm,
                       Activities &activities);
  Number function(const ast::Call &call, const Symbol *function,
                  Activities &activities);
  Number choose(Value condition, Number a, Number b);
  void align(Number &a, Number &b);
  /// The value of a choice as its dialect has it: an integer, or a position.
  Value path(const ast::Expr &expr, Activities &activities);
  /// Runs `instance` with each value of a bound variable and the condition
  /// under which the value belongs to the range.
  void nameChoices(const ast::Expr &expr, Activities &activities);
  void runThrough(const ast::Binder &binder, const ast::Expr &owner,
                  Activities &activities,
                  function_ref<void(Value guard)> instance);

  const CheckedProgram &program;
  const SourceManager &sources;
  OpBuilder &builder;
  function_ref<Location(SourceRange)> locationOf;
  cost::ExpressionBuilder expressions;
  LimitBindings bindings;
  llvm::StringMap<Value> references, activityValues, metrics;
  /// The comparison of numbers that was translated last.
  Comparison last;
};

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

/// The text of a limit on one line.
static std::string oneLine(StringRef text) {
  std::string result;
  bool space = false;
  for (char c : text) {
    if (llvm::isSpace(c)) {
      space = !result.empty();
      continue;
    }
    if (space)
      result += ' ';
    space = false;
    result += c;
  }
  return result;
}

Value LimitTranslator::applies(const Activities &activities) {
  Value result = constant(1);
  for (Value activity : activities)
    result = expressions.conjunction(result, activity);
  return result;
}

void LimitTranslator::limit(const ast::Expr &condition, Value guard,
                            const Activities &outer, StringRef prefix) {
  Location loc = locationOf(condition.getRange());
  expressions.setLocation(loc);
  Activities activities = outer;
  Value holds = boolean(condition, activities);
  Value applicable = expressions.conjunction(guard, applies(activities));
  std::string text = prefix.str() + oneLine(sources.text(condition.getRange()));
  cost::WrittenBound written;
  Value comparison = boundedExpression(condition, written);
  if (comparison)
    holds = comparison;
  if (cost::constantOf(applicable) != 1) {
    Value isLeftOut = expressions.negation(applicable);
    // Not folded, for the same reason as the comparison.
    holds = comparison ? builder.create<cost::MaxOp>(loc, isLeftOut, comparison)
                       : expressions.disjunction(isLeftOut, holds);
  }
  auto limit =
      builder.create<nas::LimitOp>(loc, builder.getStringAttr(text), holds);
  if (comparison)
    limit->setAttr(cost::WrittenBound::attributeName,
                   written.toAttribute(builder.getContext()));
}

/// Where the condition, which has just been translated, is one comparison of an
/// expression with a number: the comparison, even where it is known to hold
/// always or never, so that an explanation can ask for other numbers.
Value LimitTranslator::boundedExpression(const ast::Expr &condition,
                                         cost::WrittenBound &written) {
  const auto *binary = dyn_cast<ast::Binary>(&condition);
  if (!binary || binary != last.source)
    return nullptr;
  std::optional<int64_t> left = cost::constantOf(last.left);
  std::optional<int64_t> right = cost::constantOf(last.right);
  const ast::Expr &number = right ? *binary->right : *binary->left;
  if (left.has_value() == right.has_value() || !program.info(number).constant)
    return nullptr;
  written.bound = right ? *right : *left;
  written.text = oneLine(sources.text(number.getRange()));
  written.scale = last.scale;
  if (const auto *quantity = dyn_cast<ast::Quantity>(&number)) {
    const Unit &unit = *quantity->unit;
    if (unit.denominator != 1)
      return nullptr;
    written.unit = unit.name.str();
    written.unitSize = unit.numerator;
    written.baseUnit = baseUnit(unit.dimension).str();
  } else if (Dimension dimension = program.info(number).type.dimension;
             dimension != Dimension::None) {
    // `2 * 8 KiB`: in base units.
    written.unit = written.baseUnit = baseUnit(dimension).str();
  }
  return builder.create<cost::CmpOp>(expressions.getLocation(), last.predicate,
                                     last.left, last.right);
}

void LimitTranslator::translate(const ast::Limit &top) {
  std::function<void(const ast::Limit &, Value, const Activities &,
                     const std::string &)>
      run = [&](const ast::Limit &one, Value guard, const Activities &outer,
                const std::string &prefix) {
        if (const auto *expression = dyn_cast<ast::ExpressionLimit>(&one)) {
          limit(*expression->condition, guard, outer, prefix);
          return;
        }
        const auto &conditional = cast<ast::ConditionalLimit>(one);
        Value notTaken = guard;
        Activities activities = outer;
        std::string others;
        for (const ast::LimitArm &arm : conditional.arms) {
          expressions.setLocation(locationOf(arm.condition->getRange()));
          Value condition = boolean(*arm.condition, activities);
          Value taken = expressions.conjunction(notTaken, condition);
          std::string text = oneLine(sources.text(arm.condition->getRange()));
          for (const ast::LimitPtr &inner : arm.limits)
            run(*inner, taken, activities, prefix + "if " + text + ": ");
          notTaken = expressions.conjunction(notTaken,
                                             expressions.negation(condition));
          others += (others.empty() ? "" : " or ") + text;
        }
        for (const ast::LimitPtr &inner : conditional.otherwise)
          run(*inner, notTaken, activities,
              prefix + "if not (" + others + "): ");
      };
  run(top, constant(1), {}, "");
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

Value LimitTranslator::reference(const ExpandedChoice &choice) {
  Value &value = references[choice.name];
  if (value)
    return value;
  const ChoiceDomain &domain = choice.choice->domain;
  cost::Range range = {0, static_cast<int64_t>(domain.size()) - 1};
  if (domain.kind == ChoiceDomain::Kind::Integers) {
    auto [low, high] = domain.integerBounds();
    range = {low, high};
  }
  return value = builder.create<nas::ChoiceReferenceOp>(
             expressions.getLocation(),
             cost::integerType(builder.getContext(), range),
             builder.getStringAttr(choice.name));
}

Value LimitTranslator::activity(const ExpandedChoice &choice) {
  if (choice.alwaysActive)
    return constant(1);
  Value &value = activityValues[choice.name];
  if (value)
    return value;
  return value = builder.create<nas::IsActiveOp>(
             expressions.getLocation(),
             cost::integerType(builder.getContext(), cost::Range::boolean()),
             builder.getStringAttr(choice.name));
}

Value LimitTranslator::path(const ast::Expr &expr, Activities &activities) {
  LimitPath name = *limitPath(expr);
  std::vector<LimitReference> candidates =
      limitReferences(name, program, bindings);
  if (candidates.empty())
    return constant(0);
  if (candidates.size() == 1 &&
      llvm::all_of(name.parts, [&](const LimitPath::Part &part) {
        return llvm::all_of(part.indices, [&](const ast::Expr *index) {
          return limitRange(*index, program, bindings).isConstant();
        });
      })) {
    activities.insert(activity(*candidates.front().choice));
    return reference(*candidates.front().choice);
  }
  // The indices depend on choices: one reference for each that is possible.
  SmallVector<Value> indices;
  for (const LimitPath::Part &part : name.parts)
    for (const ast::Expr *index : part.indices)
      indices.push_back(integer(*index, activities));
  Value value, active = constant(0);
  for (const LimitReference &candidate : candidates) {
    Value condition = constant(1);
    for (auto [index, round] : llvm::zip(indices, candidate.indices))
      condition = expressions.conjunction(
          condition,
          expressions.compare(Predicate::eq, index, constant(round)));
    Value one = reference(*candidate.choice);
    value = value ? expressions.select(condition, one, value) : one;
    active = expressions.disjunction(
        active,
        expressions.conjunction(condition, activity(*candidate.choice)));
  }
  activities.insert(active);
  return value;
}

/// Adds the activities of the choices that an expression names although its
/// value is known without them: `if 1 < 3 then 2 else w[3]` names `w[3]`.
void LimitTranslator::nameChoices(const ast::Expr &written,
                                  Activities &activities) {
  const ast::Expr &expr = program.meaning(written);
  const Symbol *symbol = program.info(expr).symbol;
  if (isa<ast::NameReference, ast::Index, ast::Member>(expr)) {
    if (symbol && symbol->kind == SymbolKind::Choice)
      path(expr, activities);
    return;
  }
  // Instances are not named by the whole, but each for itself.
  if (isa<ast::ForAll, ast::Aggregate>(expr))
    return;
  ast::forEachOperand(expr, [&](const ast::Expr &operand) {
    nameChoices(operand, activities);
  });
}

//===----------------------------------------------------------------------===//
// Quantifiers
//===----------------------------------------------------------------------===//

void LimitTranslator::runThrough(const ast::Binder &binder,
                                 const ast::Expr &owner, Activities &activities,
                                 function_ref<void(Value)> instance) {
  cost::Range low = limitRange(*binder.low, program, bindings);
  cost::Range high = limitRange(*binder.high, program, bindings);
  Value lower = integer(*binder.low, activities);
  Value upper = integer(*binder.high, activities);
  const Symbol *variable = program.definitions.lookup(&owner);
  for (int64_t value = low.lower; value <= high.upper; ++value) {
    Value round = constant(value);
    Value guard = expressions.conjunction(
        expressions.compare(Predicate::le, lower, round),
        expressions.compare(Predicate::le, round, upper));
    bindings[variable] = value;
    instance(guard);
  }
  bindings.erase(variable);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

void LimitTranslator::align(Number &a, Number &b) {
  if (a.denominator == b.denominator)
    return;
  int64_t common = std::lcm(a.denominator, b.denominator);
  for (Number *one : {&a, &b}) {
    one->numerator = expressions.mul(one->numerator, common / one->denominator);
    one->denominator = common;
  }
}

LimitTranslator::Number LimitTranslator::choose(Value condition, Number a,
                                                Number b) {
  align(a, b);
  return {expressions.select(condition, a.numerator, b.numerator),
          a.denominator};
}

Value LimitTranslator::integer(const ast::Expr &expr, Activities &activities) {
  return number(expr, activities).numerator;
}

LimitTranslator::Number LimitTranslator::number(const ast::Expr &written,
                                                Activities &activities) {
  const ast::Expr &expr = program.meaning(written);
  using Op = ast::BinaryOperator;
  const ExpressionInfo &info = program.info(expr);
  if (info.constant) {
    nameChoices(expr, activities);
    if (std::optional<Rational> exact = info.constant->toExact())
      return {constant(exact->numerator), exact->denominator};
    // Numbers that are no small fraction occur next to real choices only,
    // which compareReal() handles.
    return {constant(static_cast<int64_t>(info.constant->toDouble())), 1};
  }
  if (info.symbol && info.symbol->kind == SymbolKind::LoopVariable)
    return {constant(bindings.lookup(info.symbol)), 1};
  if (const auto *metric = dyn_cast<ast::MetricOnDevice>(&expr)) {
    Value &value = metrics[metric->metric.text + " on " + metric->device.text];
    if (!value)
      value = builder.create<nas::MetricOp>(
          expressions.getLocation(),
          cost::integerType(builder.getContext(), cost::Range()),
          builder.getStringAttr(metric->metric.text),
          FlatSymbolRefAttr::get(builder.getContext(), metric->device.text));
    return {value, 1};
  }
  if (const auto *name = dyn_cast<ast::NameReference>(&expr);
      name && !info.symbol) {
    Value &value = metrics[name->name.text];
    if (!value)
      value = builder.create<nas::MetricOp>(
          expressions.getLocation(),
          cost::integerType(builder.getContext(), cost::Range()),
          builder.getStringAttr(name->name.text), FlatSymbolRefAttr());
    return {value, 1};
  }
  if (isa<ast::NameReference, ast::Index, ast::Member>(expr))
    return {path(expr, activities), 1};
  if (const auto *unary = dyn_cast<ast::Unary>(&expr)) {
    Number operand = number(*unary->operand, activities);
    return {expressions.sub(constant(0), operand.numerator),
            operand.denominator};
  }
  if (const auto *binary = dyn_cast<ast::Binary>(&expr)) {
    Number a = number(*binary->left, activities);
    if (binary->op == Op::Divide) {
      // The divisor is a constant, or the analysis would not have let it pass.
      const std::optional<Constant> &by = program.info(*binary->right).constant;
      std::optional<Rational> exact =
          by ? by->toExact() : std::optional<Rational>();
      if (!exact || exact->numerator == 0)
        return a;
      int64_t sign = exact->numerator < 0 ? -1 : 1;
      return {expressions.mul(a.numerator, sign * exact->denominator),
              a.denominator * (sign * exact->numerator)};
    }
    Number b = number(*binary->right, activities);
    switch (binary->op) {
    case Op::Multiply:
      return {expressions.mul(a.numerator, b.numerator),
              a.denominator * b.denominator};
    case Op::Remainder:
      return {expressions.mod(a.numerator, expressions.max(b.numerator, 1)), 1};
    default:
      align(a, b);
      return {binary->op == Op::Add ? expressions.add(a.numerator, b.numerator)
                                    : expressions.sub(a.numerator, b.numerator),
              a.denominator};
    }
  }
  if (const auto *call = dyn_cast<ast::Call>(&expr))
    return function(*call, program.info(*call->callee).symbol, activities);
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
    Number result = number(*conditional->otherwise, activities);
    for (const ast::ConditionalArm &arm : llvm::reverse(conditional->arms)) {
      Value condition = boolean(*arm.condition, activities);
      result = choose(condition, number(*arm.value, activities), result);
    }
    return result;
  }
  if (const auto *match = dyn_cast<ast::MatchExpression>(&expr)) {
    Number result = number(*match->arms.back().value, activities);
    for (const ast::MatchExpressionArm &arm :
         llvm::drop_begin(llvm::reverse(match->arms)))
      result = choose(matchCondition(*match, arm, activities),
                      number(*arm.value, activities), result);
    return result;
  }
  const auto &aggregate = cast<ast::Aggregate>(expr);
  bool isCount = aggregate.aggregate == ast::AggregateKind::Count;
  Value total = constant(0);
  runThrough(aggregate.binder, expr, activities, [&](Value guard) {
    Activities inner;
    Value value = isCount ? boolean(*aggregate.body, inner)
                          : integer(*aggregate.body, inner);
    Value counts = expressions.conjunction(guard, applies(inner));
    Value term = isCount ? expressions.conjunction(counts, value)
                 : cost::constantOf(counts) == 1
                     ? value
                     : expressions.select(counts, value, constant(0));
    total = expressions.add(total, term);
  });
  return {total, 1};
}

LimitTranslator::Number LimitTranslator::function(const ast::Call &call,
                                                  const Symbol *function,
                                                  Activities &activities) {
  SmallVector<Number> values;
  const FunctionDescription &description =
      builtinFunctions()[function->builtin];
  std::vector<BindingProblem> problems;
  BoundArguments bound = bindArguments(description.signature, call, problems);
  for (const auto &list : bound.values)
    for (const ast::Expr *argument : list)
      values.push_back(number(*argument, activities));
  Number result = values.front();
  switch (description.function) {
  case BuiltinFunction::Min:
  case BuiltinFunction::Max:
    for (Number value : llvm::drop_begin(values)) {
      align(result, value);
      result.numerator =
          description.function == BuiltinFunction::Min
              ? expressions.min(result.numerator, value.numerator)
              : expressions.max(result.numerator, value.numerator);
    }
    return result;
  case BuiltinFunction::Abs:
    return {expressions.abs(result.numerator), result.denominator};
  case BuiltinFunction::Div:
    return {expressions.floorDiv(result.numerator,
                                 expressions.max(values[1].numerator, 1)),
            1};
  case BuiltinFunction::CeilDiv:
    return {expressions.ceilDiv(result.numerator,
                                expressions.max(values[1].numerator, 1)),
            1};
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

static ast::BinaryOperator mirrored(ast::BinaryOperator op) {
  using Op = ast::BinaryOperator;
  switch (op) {
  case Op::Less:
    return Op::Greater;
  case Op::LessOrEqual:
    return Op::GreaterOrEqual;
  case Op::Greater:
    return Op::Less;
  case Op::GreaterOrEqual:
    return Op::LessOrEqual;
  default:
    return op;
  }
}

Value LimitTranslator::compareReal(ast::BinaryOperator op,
                                   const ast::Expr &choice, double limit,
                                   Activities &activities) {
  Value position = path(choice, activities);
  const std::vector<double> &values = program.info(choice).symbol->domain.reals;
  auto holds = [&](double value) {
    switch (predicateOf(op)) {
    case Predicate::eq:
      return value == limit;
    case Predicate::ne:
      return value != limit;
    case Predicate::lt:
      return value < limit;
    case Predicate::le:
      return value <= limit;
    case Predicate::gt:
      return value > limit;
    case Predicate::ge:
      return value >= limit;
    }
    return false;
  };
  // One pair of bounds for each run of positions that hold.
  Value result = constant(0);
  for (size_t begin = 0; begin < values.size();) {
    if (!holds(values[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end + 1 < values.size() && holds(values[end + 1]))
      ++end;
    result = expressions.disjunction(
        result,
        expressions.conjunction(
            expressions.compare(Predicate::ge, position, constant(begin)),
            expressions.compare(Predicate::le, position, constant(end))));
    begin = end + 1;
  }
  return result;
}

Value LimitTranslator::compareOperations(const ast::Binary &binary,
                                         Activities &activities) {
  struct Side {
    llvm::ArrayRef<const Symbol *> candidates;
    Value position;
    const Symbol *single = nullptr;
  };
  auto side = [&](const ast::Expr &expr) {
    const ExpressionInfo &info = program.info(expr);
    Side result;
    if (info.constant) {
      result.single = info.constant->operation;
      result.candidates = result.single;
      return result;
    }
    result.candidates = info.symbol->domain.operations;
    result.position = path(expr, activities);
    return result;
  };
  Side a = side(*binary.left), b = side(*binary.right);
  if (a.single)
    a.candidates = a.single;
  if (b.single)
    b.candidates = b.single;
  auto isOne = [&](const Side &one, size_t index) -> Value {
    return one.position ? expressions.compare(Predicate::eq, one.position,
                                              constant(index))
                        : constant(1);
  };
  Value equal = constant(0);
  for (auto [i, left] : llvm::enumerate(a.candidates))
    for (auto [j, right] : llvm::enumerate(b.candidates))
      if (left == right)
        equal = expressions.disjunction(
            equal, expressions.conjunction(isOne(a, i), isOne(b, j)));
  return binary.op == ast::BinaryOperator::Equal ? equal
                                                 : expressions.negation(equal);
}

Value LimitTranslator::compare(const ast::Binary &binary,
                               Activities &activities) {
  const ExpressionInfo &left = program.info(*binary.left);
  const ExpressionInfo &right = program.info(*binary.right);
  if (left.type.isOperation())
    return compareOperations(binary, activities);
  if (left.type.isBoolean()) {
    Value a = boolean(*binary.left, activities);
    Value b = boolean(*binary.right, activities);
    return expressions.compare(predicateOf(binary.op), a, b);
  }
  if (left.type.isReal() && !left.constant)
    return compareReal(binary.op, *binary.left, right.constant->toDouble(),
                       activities);
  if (right.type.isReal() && !right.constant)
    return compareReal(mirrored(binary.op), *binary.right,
                       left.constant->toDouble(), activities);
  Number a = number(*binary.left, activities);
  Number b = number(*binary.right, activities);
  return compareNumbers(binary, a, b);
}

Value LimitTranslator::compareNumbers(const ast::Binary &binary, Number a,
                                      Number b) {
  Predicate predicate = predicateOf(binary.op);
  auto compared = [&](Value left, Value right, int64_t scale) {
    last = {&binary, predicate, left, right, scale};
    return expressions.compare(predicate, left, right);
  };
  // A constant that is no integer is rounded to where the comparison of an
  // integer changes.
  std::optional<int64_t> bound = cost::constantOf(b.numerator);
  if (a.denominator == 1 && b.denominator != 1 && bound) {
    switch (predicate) {
    case Predicate::le:
    case Predicate::gt:
      return compared(a.numerator,
                      constant(cost::floorDivide(*bound, b.denominator)), 1);
    case Predicate::lt:
    case Predicate::ge:
      return compared(a.numerator,
                      constant(cost::ceilDivide(*bound, b.denominator)), 1);
    default:
      return constant(predicate == Predicate::ne);
    }
  }
  align(a, b);
  return compared(a.numerator, b.numerator, a.denominator);
}

Value LimitTranslator::matchCondition(const ast::MatchExpression &match,
                                      const ast::MatchExpressionArm &arm,
                                      Activities &activities) {
  const ExpressionInfo &subject = program.info(*match.subject);
  Value value = subject.type.isOperation() ? path(*match.subject, activities)
                : subject.type.isBoolean()
                    ? boolean(*match.subject, activities)
                    : integer(*match.subject, activities);
  Value result = constant(0);
  for (const ast::ExprPtr &pattern : arm.patterns) {
    const Constant &one = *program.info(*pattern).constant;
    int64_t number = one.type.isBoolean() ? one.boolean : one.integer;
    if (one.operation) {
      const auto &operations = subject.symbol->domain.operations;
      number = llvm::find(operations, one.operation) - operations.begin();
    }
    result = expressions.disjunction(
        result, expressions.compare(Predicate::eq, value, constant(number)));
  }
  return result;
}

Value LimitTranslator::boolean(const ast::Expr &written,
                               Activities &activities) {
  const ast::Expr &expr = program.meaning(written);
  using Op = ast::BinaryOperator;
  const ExpressionInfo &info = program.info(expr);
  if (info.constant) {
    nameChoices(expr, activities);
    return constant(info.constant->boolean);
  }
  if (isa<ast::NameReference, ast::Index, ast::Member>(expr)) {
    Value position = path(expr, activities);
    const std::vector<bool> &values = info.symbol->domain.booleans;
    if (values.size() == 1)
      return constant(values.front());
    return values.front() ? expressions.negation(position) : position;
  }
  if (const auto *unary = dyn_cast<ast::Unary>(&expr))
    return expressions.negation(boolean(*unary->operand, activities));
  if (const auto *binary = dyn_cast<ast::Binary>(&expr)) {
    if (ast::isComparison(binary->op))
      return compare(*binary, activities);
    Value a = boolean(*binary->left, activities);
    Value b = boolean(*binary->right, activities);
    if (binary->op == Op::Implies)
      return expressions.disjunction(expressions.negation(a), b);
    return binary->op == Op::Or ? expressions.disjunction(a, b)
                                : expressions.conjunction(a, b);
  }
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
    Value result = boolean(*conditional->otherwise, activities);
    for (const ast::ConditionalArm &arm : llvm::reverse(conditional->arms)) {
      Value condition = boolean(*arm.condition, activities);
      result = expressions.select(condition, boolean(*arm.value, activities),
                                  result);
    }
    return result;
  }
  if (const auto *match = dyn_cast<ast::MatchExpression>(&expr)) {
    Value result = boolean(*match->arms.back().value, activities);
    for (const ast::MatchExpressionArm &arm :
         llvm::drop_begin(llvm::reverse(match->arms)))
      result = expressions.select(matchCondition(*match, arm, activities),
                                  boolean(*arm.value, activities), result);
    return result;
  }
  const auto &forAll = cast<ast::ForAll>(expr);
  Value all = constant(1);
  runThrough(forAll.binder, expr, activities, [&](Value guard) {
    Activities inner;
    Value holds = boolean(*forAll.condition, inner);
    Value applicable = expressions.conjunction(guard, applies(inner));
    all = expressions.conjunction(
        all, expressions.disjunction(expressions.negation(applicable), holds));
  });
  return all;
}

} // namespace nasc

void nasc::translateLimits(const CheckedProgram &program,
                           const SourceManager &sources, OpBuilder &builder,
                           function_ref<Location(SourceRange)> locationOf) {
  LimitTranslator translator(program, sources, builder, locationOf);
  for (const ast::Limits *limits : program.limits)
    for (const ast::LimitPtr &limit : limits->limits)
      translator.translate(*limit);
}
