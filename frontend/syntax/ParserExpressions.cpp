//===- ParserExpressions.cpp - Syntax trees of expressions ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The grammar has expressions as flat lists; operators get their precedence
// here, with a stack of operators instead of recursion. Each node knows the
// depth of its tree, which is bounded.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"
#include "frontend/syntax/ParserInternal.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>

using namespace nasc;
using namespace nasc::parser;

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

namespace {

/// How tightly operators bind, loosest first.
enum class Level : unsigned {
  Pipe,
  Implies,
  Or,
  And,
  Not,
  Comparison,
  Additive,
  Multiplicative,
  Negate,
};

/// What a token means as a binary operator. The pipe has no BinaryOperator.
struct BinaryMeaning {
  Level level;
  std::optional<ast::BinaryOperator> op;
};

} // namespace

static BinaryMeaning meaningOf(llvm::StringRef text) {
  using Op = ast::BinaryOperator;
  struct Entry {
    llvm::StringRef text;
    Level level;
    Op op;
  };
  // By text, because a token before `if` has another type. The foreign
  // operators stand for what the lexer corrected.
  static constexpr Entry entries[] = {
      {"implies", Level::Implies, Op::Implies},
      {"or", Level::Or, Op::Or},
      {"||", Level::Or, Op::Or},
      {"and", Level::And, Op::And},
      {"&&", Level::And, Op::And},
      {"==", Level::Comparison, Op::Equal},
      {"===", Level::Comparison, Op::Equal},
      {"!=", Level::Comparison, Op::NotEqual},
      {"!==", Level::Comparison, Op::NotEqual},
      {"<>", Level::Comparison, Op::NotEqual},
      {"<", Level::Comparison, Op::Less},
      {"<=", Level::Comparison, Op::LessOrEqual},
      {"=<", Level::Comparison, Op::LessOrEqual},
      {">", Level::Comparison, Op::Greater},
      {">=", Level::Comparison, Op::GreaterOrEqual},
      {"+", Level::Additive, Op::Add},
      {"-", Level::Additive, Op::Subtract},
      {"*", Level::Multiplicative, Op::Multiply},
      {"**", Level::Multiplicative, Op::Multiply},
      {"/", Level::Multiplicative, Op::Divide},
      {"%", Level::Multiplicative, Op::Remainder},
  };
  for (const Entry &entry : entries)
    if (entry.text == text)
      return {entry.level, entry.op};
  return {Level::Pipe, std::nullopt};
}

BuiltExpression TreeBuilder::bounded(ast::ExprPtr node, unsigned depth) {
  if (depth <= maxExpressionDepth)
    return {std::move(node), depth};
  diagnostics
      .report(Diag::NAS0005, node->getRange().atBegin(),
              "this expression is a tree of more than ", maxExpressionDepth,
              " levels")
      .help("give names to parts of it with 'let'");
  return {};
}

/// Builds one expression from operands and operators in source order. After an
/// error, which is reported, everything is ignored.
class TreeBuilder::OperatorStack {
public:
  explicit OperatorStack(TreeBuilder &builder) : builder(builder) {}

  void pushPrefix(const antlr4::Token &token);
  void pushBinary(const antlr4::Token &token);
  void pushOperand(BuiltExpression operand) {
    if (!operand)
      failed = true;
    else
      operands.push_back(std::move(operand));
  }
  BuiltExpression finish() {
    while (!failed && !operators.empty())
      reduce();
    if (failed)
      return {};
    return std::move(operands.back());
  }

private:
  struct Pending {
    Level level;
    bool isPrefix;
    std::optional<ast::BinaryOperator> op;
    SourceRange range;
  };

  void reduce();
  void reducePrefix(const Pending &prefix);
  void reduceBinary(const Pending &binary);
  BuiltExpression pipe(BuiltExpression left, BuiltExpression right,
                       SourceRange pipeRange);

  TreeBuilder &builder;
  llvm::SmallVector<Pending, 8> operators;
  llvm::SmallVector<BuiltExpression, 8> operands;
  bool failed = false;
};

void TreeBuilder::OperatorStack::pushPrefix(const antlr4::Token &token) {
  if (failed)
    return;
  SourceRange range = builder.tokens.rangeOf(token);
  bool isNot = token.getType() == NasParser::NOT;
  if (isNot && !operators.empty() && operators.back().level > Level::Not) {
    builder.diagnostics
        .report(Diag::NAS0032, range, "'not' needs parentheses here")
        .note(operators.back().range, "this operator binds tighter");
    failed = true;
    return;
  }
  operators.push_back({isNot ? Level::Not : Level::Negate, /*isPrefix=*/true,
                       std::nullopt, range});
}

void TreeBuilder::OperatorStack::pushBinary(const antlr4::Token &token) {
  if (failed)
    return;
  SourceRange range = builder.tokens.rangeOf(token);
  BinaryMeaning meaning = meaningOf(builder.tokens.textOf(token));
  while (!failed && !operators.empty()) {
    const Pending &top = operators.back();
    if (top.level < meaning.level)
      break;
    if (top.level == meaning.level && meaning.level == Level::Implies)
      break;
    if (top.level == meaning.level && meaning.level == Level::Comparison) {
      builder.diagnostics
          .report(Diag::NAS0031, range, "comparisons cannot be chained")
          .note(top.range, "the first comparison is here")
          .help("join two comparisons with 'and': a <= b and b <= c");
      failed = true;
      return;
    }
    reduce();
  }
  operators.push_back({meaning.level, /*isPrefix=*/false, meaning.op, range});
}

void TreeBuilder::OperatorStack::reduce() {
  Pending top = operators.pop_back_val();
  if (top.isPrefix)
    reducePrefix(top);
  else
    reduceBinary(top);
}

void TreeBuilder::OperatorStack::reducePrefix(const Pending &prefix) {
  BuiltExpression operand = operands.pop_back_val();
  SourceRange range = prefix.range.cover(operand.node->getRange());
  auto op = prefix.level == Level::Not ? ast::UnaryOperator::Not
                                       : ast::UnaryOperator::Negate;
  pushOperand(
      builder.bounded(std::make_unique<ast::Unary>(range, op, prefix.range,
                                                   std::move(operand.node)),
                      operand.depth + 1));
}

void TreeBuilder::OperatorStack::reduceBinary(const Pending &binary) {
  BuiltExpression right = operands.pop_back_val();
  BuiltExpression left = operands.pop_back_val();
  if (!binary.op) {
    pushOperand(pipe(std::move(left), std::move(right), binary.range));
    return;
  }
  unsigned depth = std::max(left.depth, right.depth) + 1;
  pushOperand(builder.bounded(std::make_unique<ast::Binary>(
                                  *binary.op, binary.range,
                                  std::move(left.node), std::move(right.node)),
                              depth));
}

BuiltExpression TreeBuilder::OperatorStack::pipe(BuiltExpression left,
                                                 BuiltExpression right,
                                                 SourceRange pipeRange) {
  SourceRange range = left.node->getRange().cover(right.node->getRange());
  unsigned depth = std::max(left.depth, right.depth) + 1;
  std::vector<ast::Argument> arguments;
  arguments.push_back({std::nullopt, nullptr, left.node->getRange()});
  arguments.front().value = std::move(left.node);
  if (llvm::isa<ast::NameReference, ast::Member>(*right.node))
    return builder.bounded(
        std::make_unique<ast::Call>(range, std::move(right.node),
                                    std::move(arguments), /*isPipe=*/true),
        depth);
  auto *call = llvm::dyn_cast<ast::Call>(right.node.get());
  if (!call || call->isPipe) {
    builder.diagnostics
        .report(Diag::NAS0030, right.node->getRange(),
                "'|>' leads to a call or a name, not to this")
        .note(pipeRange, "the pipe is here")
        .help("'a |> f(b)' means f(a, b); other operators bind tighter than "
              "the pipe, so that a pipe inside of an expression needs "
              "parentheses");
    return {};
  }
  for (ast::Argument &argument : call->arguments)
    arguments.push_back(std::move(argument));
  return builder.bounded(
      std::make_unique<ast::Call>(range, std::move(call->callee),
                                  std::move(arguments), /*isPipe=*/true),
      depth);
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

ast::ExprPtr TreeBuilder::expression(NasParser::ExpressionContext *context) {
  return expressionTree(context).node;
}

BuiltExpression
TreeBuilder::expressionTree(NasParser::ExpressionContext *context) {
  OperatorStack stack(*this);
  for (antlr4::tree::ParseTree *child : context->children) {
    if (auto *operand = dynamic_cast<NasParser::OperandContext *>(child)) {
      BuiltExpression value;
      for (antlr4::tree::ParseTree *part : operand->children) {
        if (auto *prefix = dynamic_cast<antlr4::tree::TerminalNode *>(part))
          stack.pushPrefix(*prefix->getSymbol());
        else if (auto *base = dynamic_cast<NasParser::PrimaryContext *>(part))
          value = primary(*base);
        else if (value)
          value = suffix(std::move(value),
                         *static_cast<NasParser::SuffixContext *>(part));
      }
      stack.pushOperand(std::move(value));
    } else if (auto *op = dynamic_cast<antlr4::tree::TerminalNode *>(child)) {
      stack.pushBinary(*op->getSymbol());
    } else {
      stack.pushOperand(openExpression(
          *static_cast<NasParser::OpenExpressionContext *>(child)));
    }
  }
  return stack.finish();
}

BuiltExpression
TreeBuilder::openExpression(NasParser::OpenExpressionContext &context) {
  SourceRange place = range(context);
  unsigned depth = 0;
  if (context.FORALL()) {
    std::optional<ast::Binder> range = binder(context.binder(), &depth);
    BuiltExpression condition = expressionTree(context.expression(0));
    if (!range || !condition)
      return {};
    return bounded(std::make_unique<ast::ForAll>(place, std::move(*range),
                                                 std::move(condition.node)),
                   std::max(depth, condition.depth) + 1);
  }
  // Conditions and values in turn, and the value of `else`.
  auto parts = context.expression();
  std::vector<ast::ConditionalArm> arms;
  ast::ExprPtr otherwise;
  bool isGood = true;
  for (size_t i = 0; i < parts.size(); ++i) {
    BuiltExpression part = expressionTree(parts[i]);
    isGood &= part.node != nullptr;
    depth = std::max(depth, part.depth);
    if (i + 1 == parts.size())
      otherwise = std::move(part.node);
    else if (i % 2 == 0)
      arms.push_back({std::move(part.node), nullptr});
    else
      arms.back().value = std::move(part.node);
  }
  if (!isGood)
    return {};
  return bounded(std::make_unique<ast::Conditional>(place, std::move(arms),
                                                    std::move(otherwise)),
                 depth + 1);
}

BuiltExpression TreeBuilder::primary(NasParser::PrimaryContext &context) {
  const antlr4::Token &first = *context.getStart();
  SourceRange place = range(context);
  switch (first.getType()) {
  case NasParser::INTEGER:
  case NasParser::REAL:
    return number(context);
  case NasParser::STRING:
    return {stringLiteral(first), 1};
  case NasParser::TRUE:
  case NasParser::FALSE:
    return {std::make_unique<ast::BooleanLiteral>(place, first.getType() ==
                                                             NasParser::TRUE),
            1};
  case NasParser::LPAREN: {
    BuiltExpression inner = expressionTree(context.expression(0));
    if (inner)
      inner.node->addParentheses(range(context));
    return inner;
  }
  case NasParser::LBRACKET:
    return expressionList(context);
  case NasParser::RECORD_OPEN:
    return record(context);
  case NasParser::MATCH:
    return matchExpression(*context.matchRest(), place);
  default:
    return {std::make_unique<ast::NameReference>(name(&context)), 1};
  }
}

BuiltExpression
TreeBuilder::expressionList(NasParser::PrimaryContext &context) {
  std::vector<ast::ExprPtr> elements;
  unsigned depth = 0;
  bool isGood = true;
  for (auto *each : context.expression()) {
    BuiltExpression element = expressionTree(each);
    isGood &= element.node != nullptr;
    depth = std::max(depth, element.depth);
    elements.push_back(std::move(element.node));
  }
  if (!isGood)
    return {};
  return bounded(
      std::make_unique<ast::List>(range(context), std::move(elements)),
      depth + 1);
}

BuiltExpression TreeBuilder::record(NasParser::PrimaryContext &context) {
  std::vector<ast::RecordField> fields;
  llvm::StringMap<SourceRange> known;
  unsigned depth = 0;
  bool isGood = true;
  for (auto *each : context.field()) {
    ast::Name fieldName = name(each->name());
    BuiltExpression value = expressionTree(each->expression());
    isGood &= value.node != nullptr;
    depth = std::max(depth, value.depth);
    auto [first, isNew] = known.try_emplace(fieldName.text, fieldName.range);
    if (!isNew) {
      diagnostics
          .report(Diag::NAS0033, fieldName.range, "the field '", fieldName.text,
                  "' is given twice")
          .note(first->second, "the first one is here");
      isGood = false;
    }
    fields.push_back({std::move(fieldName), std::move(value.node)});
  }
  if (!isGood)
    return {};
  return bounded(
      std::make_unique<ast::Record>(range(context), std::move(fields)),
      depth + 1);
}

BuiltExpression
TreeBuilder::matchExpression(NasParser::MatchRestContext &context,
                             SourceRange place) {
  auto *header = context.header();
  if (context.exception || header->exception)
    return {};
  BuiltExpression subject = expressionTree(header->expression());
  bool isGood = subject.node && checkElseArms(context);
  unsigned depth = subject.depth;
  std::vector<ast::MatchExpressionArm> arms;
  auto build = [&](NasParser::ExpressionContext *part) {
    BuiltExpression built = expressionTree(part);
    isGood &= built.node != nullptr;
    depth = std::max(depth, built.depth);
    return std::move(built.node);
  };
  for (auto *each : context.matchArm()) {
    if (each->exception || !each->armBody() || each->armBody()->exception) {
      isGood = false;
      continue;
    }
    ast::MatchExpressionArm arm;
    arm.range = range(*each);
    for (auto *pattern : each->expression())
      arm.patterns.push_back(build(pattern));
    NasParser::ArmBodyContext &body = *each->armBody();
    if (body.ARM_OPEN() || body.RETURN() || body.ASSIGN()) {
      diagnostics
          .report(Diag::NAS0040, range(body),
                  "an arm of a 'match' in an expression is an expression")
          .help("a 'match' with statements stands alone: match x { 3 => { … } "
                "}");
      isGood = false;
      continue;
    }
    arm.value = build(body.expression(0));
    arms.push_back(std::move(arm));
  }
  if (!isGood)
    return {};
  return bounded(std::make_unique<ast::MatchExpression>(
                     place, std::move(subject.node), std::move(arms)),
                 depth + 1);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

std::optional<Number>
TreeBuilder::parseNumberToken(const antlr4::Token &token) {
  llvm::StringRef text = tokens.textOf(token);
  NumberError error;
  if (std::optional<Number> number = nasc::parseNumber(text, error))
    return number;
  SourceRange place = tokens.rangeOf(token);
  switch (error) {
  case NumberError::IntegerTooLarge:
    diagnostics.report(Diag::NAS0014, place, "the integer is beyond 64 bits")
        .help("the largest one is 9223372036854775807");
    break;
  case NumberError::RealTooLarge:
    diagnostics.report(Diag::NAS0015, place,
                       "the number is too large for double precision");
    break;
  case NumberError::RealTooSmall:
    diagnostics.report(Diag::NAS0015, place,
                       "the number is too near to 0 for double precision");
    break;
  case NumberError::Malformed:
    diagnostics.report(Diag::NAS0016, place, "'", text, "' is no number")
        .help("a '_' stands between two digits");
    break;
  }
  return std::nullopt;
}

BuiltExpression TreeBuilder::literal(const antlr4::Token &token) {
  std::optional<Number> number = parseNumberToken(token);
  if (!number)
    return {};
  SourceRange place = tokens.rangeOf(token);
  if (number->isInteger)
    return {std::make_unique<ast::IntegerLiteral>(place, std::move(*number)),
            1};
  return {std::make_unique<ast::RealLiteral>(place, std::move(*number)), 1};
}

BuiltExpression TreeBuilder::quantity(const antlr4::Token &number,
                                      const antlr4::Token &unitToken,
                                      SourceRange place) {
  std::optional<Number> value = parseNumberToken(number);
  const Unit *unit = findUnit(tokens.textOf(unitToken));
  // An unknown unit was reported when the tokens were made.
  if (!value || !unit)
    return {};
  return {std::make_unique<ast::Quantity>(
              place, std::move(*value),
              ast::Name{unit->name.str(), tokens.rangeOf(unitToken)}, unit),
          1};
}

BuiltExpression TreeBuilder::number(NasParser::PrimaryContext &context) {
  const antlr4::Token &first = *context.getStart();
  if (!context.UNIT())
    return literal(first);
  BuiltExpression result =
      quantity(first, *context.UNIT()->getSymbol(), range(context));
  if (!context.OF())
    return result;
  BuiltExpression of = quantityPart(*context.part());
  if (!result || !of)
    return {};
  llvm::cast<ast::Quantity>(*result.node).of = std::move(of.node);
  return bounded(std::move(result.node), of.depth + 1);
}

BuiltExpression TreeBuilder::quantityPart(NasParser::PartContext &context) {
  if (auto *nameContext = context.name())
    return {std::make_unique<ast::NameReference>(name(nameContext)), 1};
  if (auto *inner = context.expression())
    return expressionTree(inner);
  if (context.UNIT())
    return quantity(*context.getStart(), *context.UNIT()->getSymbol(),
                    range(context));
  return literal(*context.getStart());
}

//===----------------------------------------------------------------------===//
// Suffixes
//===----------------------------------------------------------------------===//

BuiltExpression TreeBuilder::suffix(BuiltExpression base,
                                    NasParser::SuffixContext &context) {
  SourceRange place = base.node->getRange().cover(range(context));
  if (context.AGGREGATE_OPEN())
    return aggregate(std::move(base), context);
  if (context.LPAREN())
    return call(std::move(base), context);
  if (context.LBRACKET()) {
    BuiltExpression index = expressionTree(context.expression());
    if (!index)
      return {};
    unsigned depth = std::max(base.depth, index.depth) + 1;
    return bounded(std::make_unique<ast::Index>(place, std::move(base.node),
                                                std::move(index.node)),
                   depth);
  }
  if (context.DOT())
    return bounded(std::make_unique<ast::Member>(place, std::move(base.node),
                                                 name(context.memberName())),
                   base.depth + 1);
  // METRIC on DEVICE.
  auto *metric = llvm::dyn_cast<ast::NameReference>(base.node.get());
  if (!metric) {
    diagnostics
        .report(Diag::NAS0041, base.node->getRange(),
                "what stands before 'on' is the name of a metric, not this")
        .help("write: ram on h743 + flash on h743");
    return {};
  }
  return {std::make_unique<ast::MetricOnDevice>(std::move(metric->name),
                                                name(context.name())),
          1};
}

BuiltExpression TreeBuilder::call(BuiltExpression callee,
                                  NasParser::SuffixContext &context) {
  SourceRange place = callee.node->getRange().cover(range(context));
  std::vector<ast::Argument> list;
  unsigned depth = callee.depth;
  if (!arguments(context.arguments(), list, depth))
    return {};
  if (!llvm::isa<ast::NameReference, ast::Member, ast::Index>(*callee.node)) {
    diagnostics.report(Diag::NAS0041, callee.node->getRange(),
                       "only what has a name can be called");
    return {};
  }
  return bounded(std::make_unique<ast::Call>(place, std::move(callee.node),
                                             std::move(list),
                                             /*isPipe=*/false),
                 depth + 1);
}

BuiltExpression TreeBuilder::aggregate(BuiltExpression callee,
                                       NasParser::SuffixContext &context) {
  SourceRange place = callee.node->getRange().cover(range(context));
  unsigned depth = 0;
  std::optional<ast::Binder> range = binder(context.binder(), &depth);
  BuiltExpression body = expressionTree(context.expression());
  if (!range || !body)
    return {};
  auto *reference = llvm::dyn_cast<ast::NameReference>(callee.node.get());
  llvm::StringRef text = reference ? reference->name.str() : llvm::StringRef();
  if (text != "count" && text != "sum") {
    static constexpr llvm::StringRef candidates[] = {"count", "sum"};
    DiagnosticBuilder builder = diagnostics.report(
        Diag::NAS0038, callee.node->getRange(),
        "only 'count' and 'sum' go over a range: count(i in 1..4: …)");
    if (text == "forall" || text == "all")
      builder.help("write forall i in 1..4: …");
    else
      builder.suggest(text, candidates);
    return {};
  }
  auto kind =
      text == "count" ? ast::AggregateKind::Count : ast::AggregateKind::Sum;
  return bounded(std::make_unique<ast::Aggregate>(
                     place, kind, std::move(*range), std::move(body.node)),
                 std::max(depth, body.depth) + 1);
}

bool TreeBuilder::arguments(NasParser::ArgumentsContext *context,
                            std::vector<ast::Argument> &result,
                            unsigned &depth) {
  if (!context)
    return true;
  bool isGood = true;
  llvm::StringMap<SourceRange> known;
  SourceRange firstNamed;
  for (auto *each : context->argument()) {
    ast::Argument argument;
    argument.range = range(*each);
    BuiltExpression value = expressionTree(each->expression());
    isGood &= value.node != nullptr;
    depth = std::max(depth, value.depth);
    argument.value = std::move(value.node);
    if (auto *nameNode = each->ARGUMENT_NAME()) {
      argument.name = ast::Name{tokens.textOf(*nameNode->getSymbol()).str(),
                                range(nameNode)};
      auto [first, isNew] =
          known.try_emplace(argument.name->text, argument.name->range);
      if (!isNew) {
        diagnostics
            .report(Diag::NAS0033, argument.name->range, "the argument '",
                    argument.name->text, "' is given twice")
            .note(first->second, "the first one is here");
        isGood = false;
      }
      if (!firstNamed.isValid())
        firstNamed = argument.range;
    } else if (firstNamed.isValid()) {
      diagnostics
          .report(Diag::NAS0034, argument.range,
                  "an argument without name stands behind a named one")
          .note(firstNamed, "the named one is here")
          .help("move it to the front, or name it");
      isGood = false;
    }
    result.push_back(std::move(argument));
  }
  return isGood;
}

std::optional<ast::Binder>
TreeBuilder::binder(NasParser::BinderContext *context, unsigned *depth) {
  BuiltExpression low = expressionTree(context->expression(0));
  BuiltExpression high = expressionTree(context->expression(1));
  if (!low || !high)
    return std::nullopt;
  if (depth)
    *depth = std::max(low.depth, high.depth);
  ast::Binder result;
  result.variable = name(context->name());
  result.low = std::move(low.node);
  result.high = std::move(high.node);
  result.range = range(*context);
  return result;
}
