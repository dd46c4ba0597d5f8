//===- Expansion.cpp - The full names of choices --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs through a space with intervals for numbers: every round that some
// architecture has is run once, and of conditional parts everything that some
// architecture takes. What comes out are the full names of all choices, which
// limits refer to, and errors that depend on values: divisors that can be
// zero, repeats without an end.
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Range.h"
#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

#include <functional>

using namespace nasc;
using cost::Range;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

namespace {

/// Visits the calls of a body in the order in which they are evaluated.
class CallWalker {
public:
  explicit CallWalker(std::function<void(const ast::Call &)> visit)
      : visit(std::move(visit)) {}

  void walk(const ast::StatementList &list) {
    for (const ast::StatementPtr &statement : list.statements)
      walk(*statement);
  }

private:
  void walk(const ast::Statement &statement) {
    if (const auto *let = dyn_cast<ast::Let>(&statement)) {
      walk(*let->value);
    } else if (const auto *assign = dyn_cast<ast::Assignment>(&statement)) {
      walk(*assign->value);
    } else if (const auto *result = dyn_cast<ast::Return>(&statement)) {
      walk(*result->value);
    } else if (const auto *choice = dyn_cast<ast::Choice>(&statement)) {
      if (choice->when)
        walk(*choice->when);
    } else if (const auto *repeat = dyn_cast<ast::Repeat>(&statement)) {
      walk(*repeat->binder.low);
      walk(*repeat->binder.high);
      walk(repeat->body);
    } else if (const auto *branch = dyn_cast<ast::If>(&statement)) {
      for (const ast::IfArm &arm : branch->arms) {
        walk(*arm.condition);
        walk(arm.body);
      }
      if (branch->otherwise)
        walk(*branch->otherwise);
    } else if (const auto *match = dyn_cast<ast::MatchStatement>(&statement)) {
      walk(*match->subject);
      for (const ast::MatchStatementArm &arm : match->arms)
        walk(arm.body);
    }
  }

  void walk(const ast::Expr &expr) {
    if (const auto *call = dyn_cast<ast::Call>(&expr)) {
      for (const ast::Argument &argument : call->arguments)
        walk(*argument.value);
      visit(*call);
    } else if (const auto *binary = dyn_cast<ast::Binary>(&expr)) {
      walk(*binary->left);
      walk(*binary->right);
    } else if (const auto *unary = dyn_cast<ast::Unary>(&expr)) {
      walk(*unary->operand);
    } else if (const auto *index = dyn_cast<ast::Index>(&expr)) {
      walk(*index->index);
    } else if (const auto *list = dyn_cast<ast::List>(&expr)) {
      for (const ast::ExprPtr &element : list->elements)
        walk(*element);
    } else if (const auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
      for (const ast::ConditionalArm &arm : conditional->arms) {
        walk(*arm.condition);
        walk(*arm.value);
      }
      walk(*conditional->otherwise);
    } else if (const auto *match = dyn_cast<ast::MatchExpression>(&expr)) {
      walk(*match->subject);
      for (const ast::MatchExpressionArm &arm : match->arms)
        walk(*arm.value);
    }
  }

  std::function<void(const ast::Call &)> visit;
};

} // namespace

void SemanticAnalyzer::nameCalls(const Body &body) {
  struct Site {
    const ast::Call *call;
    const Symbol *block;
    unsigned ordinal;
  };
  std::vector<Site> sites;
  llvm::StringMap<unsigned> counts;
  CallWalker walker([&](const ast::Call &call) {
    const Symbol *callee = program.info(*call.callee).symbol;
    if (!callee)
      return;
    llvm::SmallVector<const Symbol *> blocks;
    if (callee->kind == SymbolKind::Block)
      blocks.push_back(callee);
    else
      for (const Symbol *candidate : callee->candidates)
        if (candidate->kind == SymbolKind::Block)
          blocks.push_back(candidate);
    for (const Symbol *block : blocks)
      sites.push_back(Site{&call, block, ++counts[block->name]});
  });
  walker.walk(body.statements());
  for (const Site &site : sites) {
    std::string &place = program.places[{site.call, site.block}];
    place = site.block->name;
    if (counts[site.block->name] > 1)
      place += std::to_string(site.ordinal);
  }
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

namespace nasc {

class SpaceExpander {
public:
  explicit SpaceExpander(SemanticAnalyzer &analyzer)
      : analyzer(analyzer), program(analyzer.program),
        expanded(analyzer.program.expanded) {}

  void run() {
    frames.push_back(Frame{program.space, Values(), "", {}});
    execute(program.space->statements());
    if (const ast::Return *result = program.space->returnStatement)
      evaluate(*result->value);
    frames.pop_back();
  }

private:
  /// What is known of a value: the interval of an integer (0 to 1 of a truth
  /// value), the alternatives of an operation, nothing of the others.
  struct Value {
    Range range;
    llvm::SmallVector<const Symbol *, 2> operations;
  };
  struct Frame {
    const Body *body;
    llvm::DenseMap<const Symbol *, Value> values;
    std::string prefix;
    llvm::SmallVector<int64_t> rounds;
  };
  using Values = llvm::DenseMap<const Symbol *, Value>;

  static constexpr unsigned maxDepth = 64;
  static constexpr int64_t maxRounds = 4096;
  static constexpr unsigned maxChoices = 100'000;
  static constexpr unsigned maxSteps = 2'000'000;

  Frame &frame() { return frames.back(); }

  static Value ofRange(Range range) { return {range, {}}; }
  static Value unite(const Value &a, const Value &b) {
    Value result = {cost::unite(a.range, b.range), a.operations};
    for (const Symbol *operation : b.operations)
      if (!llvm::is_contained(result.operations, operation))
        result.operations.push_back(operation);
    return result;
  }
  static Values unite(const Values &a, const Values &b) {
    Values result = a;
    for (const auto &[symbol, value] : b) {
      auto found = result.find(symbol);
      if (found == result.end())
        result[symbol] = value;
      else
        found->second = unite(found->second, value);
    }
    return result;
  }

  std::string suffix(llvm::ArrayRef<int64_t> rounds) {
    std::string text;
    for (int64_t round : rounds)
      text += "[" + std::to_string(round) + "]";
    return text;
  }

  bool stopped() {
    if (tooLarge)
      return true;
    if (++steps <= maxSteps)
      return false;
    stop(program.space->symbol->range, "the space is too large to be unrolled");
    return true;
  }
  void stop(SourceRange range, llvm::StringRef message,
            Diag code = Diag::NAS2012) {
    if (!tooLarge)
      analyzer.report(code, range, message);
    tooLarge = true;
    expanded.complete = false;
  }

  Value valueOf(const Symbol *symbol) {
    if (symbol->constant)
      return ofConstant(*symbol->constant);
    for (Frame &one : llvm::reverse(frames)) {
      auto found = one.values.find(symbol);
      if (found != one.values.end())
        return found->second;
    }
    return domainOf(symbol);
  }
  Value ofConstant(const Constant &constant) {
    if (constant.type.isInteger())
      return ofRange(Range::constant(constant.integer));
    if (constant.type.isBoolean())
      return ofRange(Range::constant(constant.boolean));
    Value value;
    if (constant.operation)
      value.operations.push_back(constant.operation);
    return value;
  }
  /// The widest value of a symbol.
  Value domainOf(const Symbol *symbol) {
    Value value;
    if (symbol->type.isBoolean())
      value.range = Range::boolean();
    value.operations.append(symbol->candidates.begin(),
                            symbol->candidates.end());
    if (symbol->kind != SymbolKind::Choice)
      return value;
    if (symbol->domain.kind == ChoiceDomain::Kind::Integers &&
        !symbol->domain.integers.empty()) {
      auto [low, high] = symbol->domain.integerBounds();
      value.range = {low, high};
    }
    if (symbol->domain.kind == ChoiceDomain::Kind::Booleans &&
        symbol->domain.booleans.size() == 1)
      value.range = Range::constant(symbol->domain.booleans.front());
    return value;
  }

  void execute(const ast::StatementList &list) {
    for (const ast::StatementPtr &statement : list.statements)
      if (!stopped())
        execute(*statement);
  }
  void execute(const ast::Statement &statement);
  void declare(const ast::Choice &choice);
  void repeat(const ast::Repeat &repeat);
  void branch(const ast::If &statement);
  void branch(const ast::MatchStatement &match);

  Value evaluate(const ast::Expr &expr);
  Value evaluateCall(const ast::Call &call);
  using Arguments = llvm::DenseMap<const ast::Expr *, Value>;
  Value callBody(const ast::Call &call, const Symbol *block,
                 const Arguments &arguments);
  Value evaluateIndex(const ast::Index &index);
  Value evaluateBinary(const ast::Binary &binary);
  Value evaluateFunction(const ast::Call &call, const Symbol *function);
  Range divisor(const ast::Expr &expr, Range range);
  /// Whether a pattern can match a subject, and whether it must.
  std::pair<bool, bool> matches(const Value &subject, const ast::Expr &pattern);

  SemanticAnalyzer &analyzer;
  CheckedProgram &program;
  ExpandedSpace &expanded;
  std::vector<Frame> frames;
  unsigned steps = 0;
  bool tooLarge = false;
  /// Whether control is here in every architecture.
  bool certain = true;
};

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void SpaceExpander::execute(const ast::Statement &statement) {
  if (const auto *choice = dyn_cast<ast::Choice>(&statement)) {
    declare(*choice);
  } else if (const auto *let = dyn_cast<ast::Let>(&statement)) {
    Value value = evaluate(*let->value);
    if (const Symbol *symbol = program.definitions.lookup(let))
      frame().values[symbol] = value;
  } else if (const auto *assign = dyn_cast<ast::Assignment>(&statement)) {
    Value value = evaluate(*assign->value);
    if (const Symbol *symbol = program.definitions.lookup(assign))
      frame().values[symbol] = value;
  } else if (const auto *loop = dyn_cast<ast::Repeat>(&statement)) {
    repeat(*loop);
  } else if (const auto *conditional = dyn_cast<ast::If>(&statement)) {
    branch(*conditional);
  } else if (const auto *match = dyn_cast<ast::MatchStatement>(&statement)) {
    branch(*match);
  }
}

void SpaceExpander::declare(const ast::Choice &choice) {
  const Symbol *symbol = program.definitions.lookup(&choice);
  if (!symbol)
    return;
  Range when = choice.when ? evaluate(*choice.when).range : Range::constant(1);
  if (when == Range::constant(0)) {
    frame().values[symbol] = domainOf(symbol);
    return;
  }
  llvm::SaveAndRestore<bool> savedCertain(
      certain, certain && when == Range::constant(1));
  std::string name = frame().prefix + choice.name.text + suffix(frame().rounds);
  frame().values[symbol] = domainOf(symbol);
  if (symbol->type.isError())
    return;
  unsigned index = expanded.choices.size();
  auto [entry, inserted] = expanded.byName.try_emplace(name, index);
  if (!inserted) {
    const Symbol *first = expanded.choices[entry->second].choice;
    DiagnosticBuilder builder =
        analyzer.report(Diag::NAS2002, choice.name.range,
                        "two choices have the name '", name, "'");
    if (first != symbol)
      builder.note(first->range, "the other one is declared here")
          .help("choices in different branches need different names");
    return;
  }
  if (index >= maxChoices) {
    stop(choice.name.range, "the space has too many choices");
    return;
  }
  std::string pattern;
  bool inBrackets = false;
  for (char c : name) {
    if (c == ']')
      inBrackets = false;
    if (!inBrackets)
      pattern += c;
    if (c == '[')
      inBrackets = true;
  }
  expanded.byPattern[pattern].push_back(index);
  expanded.choices.push_back({std::move(name), symbol, certain});
}

void SpaceExpander::repeat(const ast::Repeat &repeat) {
  Range low = evaluate(*repeat.binder.low).range;
  Range high = evaluate(*repeat.binder.high).range;
  if (!low.isBounded() || !high.isBounded()) {
    stop(repeat.binder.range, "the number of rounds has no bound",
         Diag::NAS2015);
    return;
  }
  if (high.upper >= low.lower &&
      static_cast<__int128>(high.upper) - low.lower >= maxRounds) {
    stop(repeat.binder.range, "a repeat can have at most 4096 rounds");
    return;
  }
  const Symbol *variable = program.definitions.lookup(&repeat);
  Values initial = frame().values;
  Values result;
  bool canLeave = low.upper > high.lower;
  if (canLeave || low.lower > high.upper)
    result = initial;
  for (int64_t round = low.lower; round <= high.upper && !tooLarge; ++round) {
    if (round > low.lower && round <= low.upper)
      frame().values = unite(frame().values, initial);
    if (variable)
      frame().values[variable] = ofRange(Range::constant(round));
    llvm::SaveAndRestore<bool> savedCertain(
        certain, certain && round >= low.upper && round <= high.lower);
    frame().rounds.push_back(round);
    execute(repeat.body);
    frame().rounds.pop_back();
    if (round >= high.lower)
      result = result.empty() ? frame().values : unite(result, frame().values);
  }
  frame().values = std::move(result);
}

void SpaceExpander::branch(const ast::If &statement) {
  Values before = frame().values, result;
  bool hasResult = false, mustTake = false;
  auto leave = [&] {
    result = hasResult ? unite(result, frame().values) : frame().values;
    hasResult = true;
    frame().values = before;
  };
  for (const ast::IfArm &arm : statement.arms) {
    Range condition = evaluate(*arm.condition).range;
    before = frame().values;
    if (condition == Range::constant(0))
      continue;
    bool always = condition == Range::constant(1);
    llvm::SaveAndRestore<bool> savedCertain(certain,
                                            certain && always && !hasResult);
    execute(arm.body);
    leave();
    if (always) {
      mustTake = true;
      break;
    }
  }
  if (!mustTake) {
    llvm::SaveAndRestore<bool> savedCertain(certain, certain && !hasResult);
    if (statement.otherwise)
      execute(*statement.otherwise);
    leave();
  }
  frame().values = std::move(result);
}

std::pair<bool, bool> SpaceExpander::matches(const Value &subject,
                                             const ast::Expr &pattern) {
  const std::optional<Constant> &constant = program.info(pattern).constant;
  if (!constant)
    return {true, false};
  if (constant->operation) {
    bool possible = llvm::is_contained(subject.operations, constant->operation);
    return {possible, possible && subject.operations.size() == 1};
  }
  int64_t value =
      constant->type.isBoolean() ? constant->boolean : constant->integer;
  return {subject.range.contains(value),
          subject.range == Range::constant(value)};
}

void SpaceExpander::branch(const ast::MatchStatement &match) {
  Value subject = evaluate(*match.subject);
  Values before = frame().values, result;
  bool hasResult = false, mustTake = false;
  auto leave = [&] {
    result = hasResult ? unite(result, frame().values) : frame().values;
    hasResult = true;
    frame().values = before;
  };
  for (const ast::MatchStatementArm &arm : match.arms) {
    bool possible = arm.isElse(), always = false;
    for (const ast::ExprPtr &pattern : arm.patterns) {
      auto [can, must] = matches(subject, *pattern);
      possible |= can;
      always |= must;
    }
    if (!possible || mustTake)
      continue;
    mustTake |= always;
    llvm::SaveAndRestore<bool> savedCertain(certain,
                                            certain && always && !hasResult);
    execute(arm.body);
    leave();
  }
  if (hasResult)
    frame().values = std::move(result);
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

SpaceExpander::Value SpaceExpander::evaluate(const ast::Expr &expr) {
  const ExpressionInfo &info = program.info(expr);
  if (info.constant)
    return ofConstant(*info.constant);
  if (stopped())
    return {};
  if (isa<ast::NameReference>(expr))
    return info.symbol ? valueOf(info.symbol) : Value();
  if (const auto *call = dyn_cast<ast::Call>(&expr))
    return evaluateCall(*call);
  if (const auto *index = dyn_cast<ast::Index>(&expr))
    return evaluateIndex(*index);
  if (const auto *binary = dyn_cast<ast::Binary>(&expr))
    return evaluateBinary(*binary);
  if (const auto *unary = dyn_cast<ast::Unary>(&expr)) {
    Range operand = evaluate(*unary->operand).range;
    bool negate = unary->op == ast::UnaryOperator::Negate;
    return ofRange(cost::subtract(Range::constant(negate ? 0 : 1), operand));
  }
  if (const auto *list = dyn_cast<ast::List>(&expr)) {
    for (const ast::ExprPtr &element : list->elements)
      evaluate(*element);
    return {};
  }
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
    std::optional<Value> result;
    auto add = [&](const ast::Expr &value) {
      Value one = evaluate(value);
      result = result ? unite(*result, one) : one;
    };
    for (const ast::ConditionalArm &arm : conditional->arms) {
      Range condition = evaluate(*arm.condition).range;
      if (condition == Range::constant(0))
        continue;
      bool always = condition == Range::constant(1);
      llvm::SaveAndRestore<bool> savedCertain(certain,
                                              certain && always && !result);
      add(*arm.value);
      if (always)
        return *result;
    }
    llvm::SaveAndRestore<bool> savedCertain(certain, certain && !result);
    add(*conditional->otherwise);
    return *result;
  }
  if (const auto *match = dyn_cast<ast::MatchExpression>(&expr)) {
    Value subject = evaluate(*match->subject);
    std::optional<Value> result;
    for (const ast::MatchExpressionArm &arm : match->arms) {
      bool possible = arm.isElse(), always = false;
      for (const ast::ExprPtr &pattern : arm.patterns) {
        auto [can, must] = matches(subject, *pattern);
        possible |= can;
        always |= must;
      }
      if (!possible)
        continue;
      llvm::SaveAndRestore<bool> savedCertain(certain,
                                              certain && always && !result);
      Value one = evaluate(*arm.value);
      result = result ? unite(*result, one) : one;
      if (always)
        break;
    }
    return result.value_or(Value());
  }
  return {};
}

SpaceExpander::Value SpaceExpander::evaluateIndex(const ast::Index &index) {
  const Symbol *choice = program.info(index).symbol;
  llvm::SmallVector<const ast::Expr *> indices;
  for (const ast::Expr *one = &index;
       const auto *inner = dyn_cast<ast::Index>(one); one = inner->base.get())
    indices.push_back(inner->index.get());
  std::string name = choice ? choice->name : "";
  bool isConstant = true;
  for (const ast::Expr *one : llvm::reverse(indices)) {
    Range range = evaluate(*one).range;
    isConstant &= range.isConstant();
    name += "[" + std::to_string(range.lower) + "]";
  }
  if (!choice)
    return {};
  if (isConstant && expanded.complete && !expanded.find(name)) {
    analyzer
        .report(Diag::NAS1026, index.getRange(), "there is no choice '", name,
                "': the repeat does not have this round")
        .note(choice->range, "'", choice->name, "' is declared here");
  }
  return domainOf(choice);
}

Range SpaceExpander::divisor(const ast::Expr &expr, Range range) {
  if (range.lower >= 1)
    return range;
  // Of a number of which nothing is known, an error was reported elsewhere.
  if (range.isBounded())
    analyzer.report(Diag::NAS1017, expr.getRange(),
                    "the divisor must be positive, but can be ", range.lower);
  return {1, std::max<int64_t>(range.upper, 1)};
}

static Range compare(ast::BinaryOperator op, Range a, Range b) {
  using Op = ast::BinaryOperator;
  auto decide = [](bool always, bool never) {
    return always ? Range::constant(1)
                  : (never ? Range::constant(0) : Range::boolean());
  };
  switch (op) {
  case Op::Less:
    return decide(a.upper < b.lower, a.lower >= b.upper);
  case Op::LessOrEqual:
    return decide(a.upper <= b.lower, a.lower > b.upper);
  case Op::Greater:
    return decide(a.lower > b.upper, a.upper <= b.lower);
  case Op::GreaterOrEqual:
    return decide(a.lower >= b.upper, a.upper < b.lower);
  default:
    break;
  }
  bool same = a.isConstant() && b.isConstant() && a.lower == b.lower;
  bool apart = a.upper < b.lower || b.upper < a.lower;
  return op == Op::Equal ? decide(same, apart) : decide(apart, same);
}

SpaceExpander::Value SpaceExpander::evaluateBinary(const ast::Binary &binary) {
  using Op = ast::BinaryOperator;
  Value left = evaluate(*binary.left), right = evaluate(*binary.right);
  if (ast::isComparison(binary.op)) {
    if (!left.operations.empty() && !right.operations.empty()) {
      bool same = left.operations.size() == 1 && right.operations.size() == 1 &&
                  left.operations == right.operations;
      bool apart = llvm::none_of(left.operations, [&](const Symbol *one) {
        return llvm::is_contained(right.operations, one);
      });
      bool equal = binary.op == Op::Equal;
      if (same || apart)
        return ofRange(Range::constant(same == equal));
      return ofRange(Range::boolean());
    }
    return ofRange(compare(binary.op, left.range, right.range));
  }
  Range a = left.range, b = right.range;
  switch (binary.op) {
  case Op::Implies:
    return ofRange(cost::maximum(cost::subtract(Range::constant(1), a), b));
  case Op::Or:
    return ofRange(cost::maximum(a, b));
  case Op::And:
    return ofRange(cost::minimum(a, b));
  case Op::Add:
    return ofRange(cost::add(a, b));
  case Op::Subtract:
    return ofRange(cost::subtract(a, b));
  case Op::Multiply:
    return ofRange(cost::multiply(a, b));
  case Op::Remainder:
    return ofRange(cost::modulo(a, divisor(*binary.right, b)));
  default:
    return {};
  }
}

SpaceExpander::Value SpaceExpander::evaluateFunction(const ast::Call &call,
                                                     const Symbol *function) {
  llvm::SmallVector<Range> values;
  std::vector<BindingProblem> problems;
  BoundArguments bound = bindArguments(signatureOf(function), call, problems);
  llvm::SmallVector<const ast::Expr *> arguments;
  for (const auto &list : bound.values)
    arguments.append(list.begin(), list.end());
  for (const ast::Expr *argument : arguments)
    values.push_back(evaluate(*argument).range);
  if (values.empty())
    return {};
  Range result = values.front();
  switch (builtinFunctions()[function->builtin].function) {
  case BuiltinFunction::Min:
    for (Range value : llvm::drop_begin(values))
      result = cost::minimum(result, value);
    break;
  case BuiltinFunction::Max:
    for (Range value : llvm::drop_begin(values))
      result = cost::maximum(result, value);
    break;
  case BuiltinFunction::Abs:
    result = cost::absolute(result);
    break;
  case BuiltinFunction::Div:
  case BuiltinFunction::CeilDiv: {
    if (values.size() != 2)
      return {};
    Range by = divisor(*arguments[1], values[1]);
    result =
        builtinFunctions()[function->builtin].function == BuiltinFunction::Div
            ? cost::floorDivide(result, by)
            : cost::ceilDivide(result, by);
    break;
  }
  }
  return ofRange(result);
}

SpaceExpander::Value SpaceExpander::evaluateCall(const ast::Call &call) {
  const Symbol *callee = program.info(*call.callee).symbol;
  if (!callee)
    return {};
  if (callee->kind == SymbolKind::Function)
    return evaluateFunction(call, callee);
  // Arguments are evaluated once, however many blocks the operation can be.
  Arguments arguments;
  for (const ast::Argument &argument : call.arguments)
    arguments[argument.value.get()] = evaluate(*argument.value);
  if (callee->kind == SymbolKind::Block)
    return callBody(call, callee, arguments);
  if (callee->kind == SymbolKind::Layer)
    return {};
  // Of an operation, everything that it can be in this instance.
  Value operation = evaluate(*call.callee);
  llvm::SaveAndRestore<bool> savedCertain(
      certain, certain && operation.operations.size() == 1);
  for (const Symbol *candidate : operation.operations)
    if (candidate->kind == SymbolKind::Block)
      callBody(call, candidate, arguments);
  return {};
}

SpaceExpander::Value SpaceExpander::callBody(const ast::Call &call,
                                             const Symbol *block,
                                             const Arguments &arguments) {
  const Body &body = *block->body;
  std::vector<BindingProblem> problems;
  BoundArguments bound = bindArguments(signatureOf(block), call, problems);
  Values values;
  for (auto [index, parameter] : llvm::enumerate(body.parameters)) {
    if (const ast::Expr *value = bound.single(index))
      values[parameter] = arguments.lookup(value);
    else if (const ast::Expr *value =
                 body.syntaxParameters()[index].defaultValue.get())
      values[parameter] = evaluate(*value);
  }
  // Recursion is an error that has been reported.
  if (frames.size() >= maxDepth)
    return {};
  std::string prefix = frame().prefix + program.places.lookup({&call, block}) +
                       suffix(frame().rounds) + ".";
  frames.push_back(Frame{&body, std::move(values), std::move(prefix), {}});
  execute(body.statements());
  Value result;
  if (body.returnStatement)
    result = evaluate(*body.returnStatement->value);
  frames.pop_back();
  return result;
}

} // namespace nasc

void SemanticAnalyzer::expandChoices(bool sound) {
  program.expanded.complete = sound;
  for (const std::unique_ptr<Body> &body : program.bodies)
    nameCalls(*body);
  SpaceExpander(*this).run();
}
