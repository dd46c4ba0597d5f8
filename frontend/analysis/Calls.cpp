//===- Calls.cpp - Calls and their arguments ------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <functional>

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

static ParameterKind parameterKind(Type type) {
  switch (type.kind) {
  case TypeKind::Integer:
    return ParameterKind::Integer;
  case TypeKind::Real:
    return ParameterKind::Real;
  case TypeKind::Boolean:
    return ParameterKind::Boolean;
  case TypeKind::Operation:
    return ParameterKind::Operation;
  default:
    return ParameterKind::Tensor;
  }
}

Signature nasc::signatureOf(const Symbol *callable) {
  if (callable->kind == SymbolKind::Layer)
    return builtinLayers()[callable->builtin].signature;
  if (callable->kind == SymbolKind::Function)
    return builtinFunctions()[callable->builtin].signature;
  Signature signature;
  const Body *body = callable->body;
  for (auto [parameter, syntax] :
       llvm::zip(body->parameters, body->syntaxParameters()))
    signature.parameters.push_back(
        {parameter->name, parameterKind(parameter->type),
         syntax.defaultValue != nullptr, std::nullopt});
  return signature;
}

/// The type that a kind of parameter takes; an error type for the kinds that
/// take more than one.
static Type typeOfKind(ParameterKind kind) {
  switch (kind) {
  case ParameterKind::Tensor:
  case ParameterKind::Tensors:
    return TypeKind::Tensor;
  case ParameterKind::Integer:
    return TypeKind::Integer;
  case ParameterKind::Real:
    return TypeKind::Real;
  case ParameterKind::Boolean:
    return TypeKind::Boolean;
  case ParameterKind::Operation:
    return TypeKind::Operation;
  default:
    return TypeKind::Error;
  }
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

void SemanticAnalyzer::checkMinimum(const ast::Expr &argument,
                                    const SignatureParameter &parameter) {
  if (!parameter.minimum)
    return;
  const ExpressionInfo &info = program.info(argument);
  int64_t least = 0;
  if (info.constant && info.type.isInteger()) {
    least = info.constant->integer;
  } else if (info.symbol && info.symbol->kind == SymbolKind::Choice &&
             info.symbol->domain.kind == ChoiceDomain::Kind::Integers &&
             !info.symbol->domain.integers.empty()) {
    least = info.symbol->domain.integerBounds().first;
  } else {
    return;
  }
  if (least >= *parameter.minimum)
    return;
  DiagnosticBuilder builder =
      report(Diag::NAS1025, argument.getRange(), "'", parameter.name,
             "' must be at least ", *parameter.minimum, ", but ",
             info.constant ? "is " : "can be ", least);
  if (info.symbol)
    builder.note(info.symbol->range, "its values are declared here");
}

void SemanticAnalyzer::checkWindow(const ast::Expr &argument,
                                   const SignatureParameter &parameter) {
  std::string what = "'" + parameter.name + "'";
  const auto *list = dyn_cast<ast::List>(&argument);
  if (!list) {
    Type type = checkExpr(argument);
    if (type.isError())
      return;
    if (!type.isInteger())
      report(Diag::NAS1006, argument.getRange(), what,
             " must be an integer or a pair [height, width], not ",
             describe(type));
    else
      checkMinimum(argument, parameter);
    return;
  }
  program.expressions[list] = {TypeKind::List, std::nullopt, nullptr};
  if (list->elements.size() != 2)
    report(Diag::NAS1025, argument.getRange(), what,
           " takes a pair [height, width], not ", list->elements.size(),
           " values");
  for (const ast::ExprPtr &element : list->elements)
    if (checkExprAs(*element, TypeKind::Integer, what))
      checkMinimum(*element, parameter);
}

void SemanticAnalyzer::checkPadding(const ast::Expr &argument) {
  ExpressionInfo word;
  word.type = TypeKind::Word;
  if (const auto *name = dyn_cast<ast::NameReference>(&argument)) {
    if (name->name.text == "same" || name->name.text == "valid") {
      program.expressions[&argument] = word;
      return;
    }
    if (!lookup(name->name.text)) {
      report(Diag::NAS1025, argument.getRange(), "unknown padding '",
             name->name.text, "'")
          .suggest(name->name.text, {"same", "valid"})
          .help("padding is same, valid, an integer, or [top, bottom, left, "
                "right]");
      program.expressions[&argument] = {};
      return;
    }
  }
  SignatureParameter amount = {"padding", ParameterKind::Integer, false, 0};
  auto checkAmount = [&](const ast::Expr &expr) {
    if (checkConstant(expr, TypeKind::Integer, "a padding"))
      checkMinimum(expr, amount);
  };
  const auto *list = dyn_cast<ast::List>(&argument);
  if (!list) {
    checkAmount(argument);
    return;
  }
  program.expressions[list] = {TypeKind::List, std::nullopt, nullptr};
  if (list->elements.size() != 4)
    report(Diag::NAS1025, argument.getRange(),
           "padding takes four amounts [top, bottom, left, right], not ",
           list->elements.size());
  for (const ast::ExprPtr &element : list->elements)
    checkAmount(*element);
}

void SemanticAnalyzer::checkArgument(const ast::Expr &argument,
                                     const SignatureParameter &parameter,
                                     const Symbol *callee,
                                     const Symbol *parameterSymbol) {
  switch (parameter.kind) {
  case ParameterKind::Window:
    checkWindow(argument, parameter);
    return;
  case ParameterKind::Padding:
    checkPadding(argument);
    return;
  default:
    break;
  }
  std::string what = "'" + parameter.name + "' of '" + callee->name + "'";
  if (!checkExprAs(argument, typeOfKind(parameter.kind), what))
    return;
  checkMinimum(argument, parameter);
  if (parameter.kind == ParameterKind::Operation && parameterSymbol)
    operationFlows.push_back(
        {&argument, const_cast<Symbol *>(parameterSymbol)});
  // The settings of layers have to be known when code is generated.
  if (callee->kind != SymbolKind::Layer)
    return;
  const ExpressionInfo &info = program.info(argument);
  if (parameter.kind == ParameterKind::Boolean && !info.constant)
    report(Diag::NAS1019, argument.getRange(), what,
           " must be known before the search")
        .help("call the layer in both arms of an 'if'");
  if (parameter.kind != ParameterKind::Real)
    return;
  if (!info.constant) {
    if (parameter.name != "rate")
      report(Diag::NAS1019, argument.getRange(), what,
             " must be known before the search");
    return;
  }
  double value = info.constant->toDouble();
  bool ok = parameter.name == "rate" ? value >= 0 && value < 1 : value > 0;
  if (!ok)
    report(Diag::NAS1025, argument.getRange(), "'", parameter.name,
           "' must be ",
           parameter.name == "rate" ? "at least 0 and less than 1"
                                    : "greater than 0",
           ", but is ", info.constant->str());
}

bool SemanticAnalyzer::checkArguments(const ast::Call &call,
                                      const Symbol *callee,
                                      const Symbol *through,
                                      BoundArguments &bound) {
  Signature signature = signatureOf(callee);
  std::vector<BindingProblem> problems;
  bound = bindArguments(signature, call, problems);
  using Kind = BindingProblem::Kind;
  std::string subject = "'" + callee->name + "'";
  for (const BindingProblem &problem : problems) {
    SourceRange range =
        problem.argument ? problem.argument->range : call.callRange();
    Diag code = Diag::NAS1013;
    std::string message;
    switch (problem.kind) {
    case Kind::TooMany:
      message = "too many arguments for " + subject + ", which takes " +
                std::to_string(signature.parameters.size());
      break;
    case Kind::UnknownName:
      code = Diag::NAS1012;
      range = problem.argument->name->range;
      message =
          subject + " has no parameter '" + problem.argument->name->text + "'";
      break;
    case Kind::Twice:
      code = Diag::NAS1014;
      message = "'" + signature.parameters[problem.parameter].name + "' of " +
                subject + " is given twice";
      break;
    case Kind::Missing:
      code = Diag::NAS1011;
      message = "'" + signature.parameters[problem.parameter].name + "' of " +
                subject + " is missing";
      break;
    }
    DiagnosticBuilder builder = report(code, range, message);
    if (problem.kind == Kind::UnknownName) {
      std::vector<llvm::StringRef> names;
      for (const SignatureParameter &parameter : signature.parameters)
        names.push_back(parameter.name);
      builder.suggest(problem.argument->name->text, names);
    }
    if (callee->range.isValid())
      builder.note(callee->range, subject, " is defined here");
    if (through)
      builder.note(through->range, "'", through->name, "' can be ", subject);
  }
  if (callee->kind == SymbolKind::Layer && signature.isVariadic() &&
      bound.values[0].size() == 1)
    report(Diag::NAS1011, call.callRange(), subject,
           " needs at least two tensors");
  return problems.empty();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

ExpressionInfo SemanticAnalyzer::inferCall(const ast::Call &call) {
  auto checkAllArguments = [&] {
    for (const ast::Argument &argument : call.arguments) {
      const auto *name = dyn_cast<ast::NameReference>(argument.value.get());
      // Words such as `same` mean something to some layers only.
      if (name && !lookup(name->name.text) &&
          (name->name.text == "same" || name->name.text == "valid"))
        program.expressions[argument.value.get()] = {};
      else
        checkExpr(*argument.value);
    }
  };

  Symbol *direct = nullptr;
  if (const auto *name = dyn_cast<ast::NameReference>(call.callee.get()))
    if (!inLimits || !isLimitVariable(name->name.text))
      direct = lookup(name->name.text);
  if (direct && direct->isCallable()) {
    direct->used = true;
    program.expressions[call.callee.get()] = {TypeKind::Operation, std::nullopt,
                                              direct};
    if (inLimits && direct->kind != SymbolKind::Function) {
      report(Diag::NAS1004, call.callee->getRange(), "'", direct->name,
             "' cannot be called in limits: it is ", describe(direct->kind));
      checkAllArguments();
      return {};
    }
    if (direct->kind == SymbolKind::Block) {
      if (!bodyStack.empty())
        callEdges[bodyStack.back()].push_back({direct->body, call.callRange()});
      checkBody(*direct->body);
    }
    BoundArguments bound;
    bool fits = checkArguments(call, direct, nullptr, bound);
    if (direct->kind == SymbolKind::Function) {
      checkAllArguments();
      return fits ? inferFunction(call, direct, bound) : ExpressionInfo();
    }
    Signature signature = signatureOf(direct);
    llvm::SmallPtrSet<const ast::Expr *, 8> checked;
    for (auto [index, parameter] : llvm::enumerate(signature.parameters))
      for (const ast::Expr *value : bound.values[index]) {
        checkArgument(*value, parameter, direct,
                      direct->body ? direct->body->parameters[index] : nullptr);
        checked.insert(value);
      }
    // Arguments that no parameter takes may have errors of their own.
    for (const ast::Argument &argument : call.arguments)
      if (!checked.contains(argument.value.get()))
        program.expressions[argument.value.get()] = {};
    Type result = direct->kind == SymbolKind::Layer ? Type(TypeKind::Tensor)
                                                    : direct->body->result;
    return {result, std::nullopt, nullptr};
  }

  Type type = checkExpr(*call.callee);
  if (type.isError()) {
    checkAllArguments();
    return {};
  }
  const Symbol *through = program.info(*call.callee).symbol;
  if (!type.isOperation() || !through) {
    DiagnosticBuilder builder =
        report(Diag::NAS1010, call.callee->getRange(), "'",
               sources.text(call.callee->getRange()),
               "' cannot be called: it is ", describe(type));
    if (through)
      builder.note(through->range, "it is defined here");
    checkAllArguments();
    return {};
  }
  if (inLimits) {
    report(Diag::NAS1004, call.callee->getRange(),
           "operations cannot be called in limits");
    return {};
  }
  checkAllArguments();
  indirectCalls.push_back(
      {&call, through, bodyStack.empty() ? nullptr : bodyStack.back()});
  return {TypeKind::Tensor, std::nullopt, nullptr};
}

ExpressionInfo SemanticAnalyzer::inferFunction(const ast::Call &call,
                                               const Symbol *function,
                                               const BoundArguments &bound) {
  BuiltinFunction kind = builtinFunctions()[function->builtin].function;
  llvm::SmallVector<const ast::Expr *> arguments;
  for (const auto &values : bound.values)
    arguments.append(values.begin(), values.end());
  if (kind == BuiltinFunction::Abs && arguments.size() != 1) {
    report(Diag::NAS1013, call.callRange(), "'abs' takes one number, not ",
           arguments.size());
    return {};
  }
  bool integersOnly =
      kind == BuiltinFunction::Div || kind == BuiltinFunction::CeilDiv;
  bool isConstant = true;
  Type type;
  for (const ast::Expr *argument : arguments) {
    const ExpressionInfo &info = program.info(*argument);
    if (info.type.isError())
      return {};
    bool fits = integersOnly
                    ? info.type.isInteger()
                    : info.type.isNumber() || (info.type.isQuantity() &&
                                               kind != BuiltinFunction::Abs);
    if (!fits) {
      report(Diag::NAS1006, argument->getRange(), "'", function->name,
             "' needs ", integersOnly ? "integers" : "numbers", ", not ",
             describe(info.type));
      return {};
    }
    isConstant &= info.constant.has_value();
    if (type.isError()) {
      type = info.type;
    } else if (type != info.type) {
      if (!type.isNumber() || !info.type.isNumber()) {
        report(Diag::NAS1007, argument->getRange(), "'", function->name,
               "' mixes ", describe(type), " and ", describe(info.type));
        return {};
      }
      type = TypeKind::Real;
    }
  }
  if (type.isReal() && !isConstant) {
    report(Diag::NAS1034, call.callRange(), "'", function->name,
           "' needs constants or integers: real numbers that depend on "
           "choices cannot be compared");
    return {};
  }
  if (integersOnly) {
    const ExpressionInfo &divisor = program.info(*arguments[1]);
    if (divisor.constant && divisor.constant->integer <= 0) {
      report(Diag::NAS1017, arguments[1]->getRange(), "the divisor of '",
             function->name, "' must be positive, but is ",
             divisor.constant->integer);
      return {};
    }
  }
  if (!isConstant)
    return {type, std::nullopt, nullptr};

  Constant value = *program.info(*arguments.front()).constant;
  switch (kind) {
  case BuiltinFunction::Min:
  case BuiltinFunction::Max:
    for (const ast::Expr *argument : llvm::drop_begin(arguments)) {
      const Constant &other = *program.info(*argument).constant;
      bool less = type.isInteger() ? other.integer < value.integer
                                   : other.toDouble() < value.toDouble();
      bool greater = type.isInteger() ? other.integer > value.integer
                                      : other.toDouble() > value.toDouble();
      if (kind == BuiltinFunction::Min ? less : greater)
        value = other;
    }
    if (type.isReal() && value.type.isInteger())
      value = Constant::makeReal(value.toDouble(), value.toExact());
    break;
  case BuiltinFunction::Abs: {
    if (value.toDouble() >= 0)
      break;
    if (type.isInteger()) {
      std::optional<int64_t> positive = checkedSubtract(0, value.integer);
      if (!positive) {
        report(Diag::NAS1016, call.callRange(),
               "the integer does not fit 64 bits");
        return {};
      }
      value = Constant::makeInteger(*positive);
    } else {
      value = Constant::makeReal(
          -value.real,
          value.exact ? subtract(Rational{0, 1}, *value.exact) : std::nullopt);
    }
    break;
  }
  case BuiltinFunction::Div:
  case BuiltinFunction::CeilDiv: {
    int64_t x = value.integer;
    int64_t y = program.info(*arguments[1]).constant->integer;
    int64_t quotient = x / y, remainder = x % y;
    if (kind == BuiltinFunction::Div && remainder < 0)
      --quotient;
    if (kind == BuiltinFunction::CeilDiv && remainder > 0)
      ++quotient;
    value = Constant::makeInteger(quotient);
    break;
  }
  }
  return {type, value, nullptr};
}

//===----------------------------------------------------------------------===//
// Calls through operations
//===----------------------------------------------------------------------===//

void SemanticAnalyzer::checkIndirectCalls() {
  // Operations flow from arguments into parameters until nothing changes.
  bool changed = true;
  while (changed) {
    changed = false;
    for (const OperationFlow &flow : operationFlows)
      for (const Symbol *candidate : candidatesOf(*flow.argument))
        changed |= flow.parameter->candidates.insert(candidate);
  }

  for (const IndirectCall &indirect : indirectCalls) {
    for (const Symbol *candidate : indirect.through->candidates) {
      if (candidate->kind == SymbolKind::Block && indirect.body)
        callEdges[indirect.body].push_back(
            {candidate->body, indirect.call->callRange()});
      BoundArguments bound;
      unsigned before = diagnostics.errorCount();
      checkArguments(*indirect.call, candidate, indirect.through, bound);
      if (diagnostics.errorCount() != before)
        continue;
      Signature signature = signatureOf(candidate);
      for (auto [index, parameter] : llvm::enumerate(signature.parameters))
        for (const ast::Expr *value : bound.values[index]) {
          Type found = program.typeOf(*value);
          Type expected = typeOfKind(parameter.kind);
          std::string what =
              "'" + parameter.name + "' of '" + candidate->name + "'";
          bool listOrWord = parameter.kind == ParameterKind::Window ||
                            parameter.kind == ParameterKind::Padding;
          if (listOrWord) {
            if (parameter.kind == ParameterKind::Window && !found.isError() &&
                !found.isInteger() && found.kind != TypeKind::List)
              report(Diag::NAS1006, value->getRange(), what,
                     " must be an integer, not ", describe(found));
            else if (found.isInteger())
              checkMinimum(*value, parameter);
            continue;
          }
          if (expected.isReal() && found.isInteger() &&
              program.info(*value).constant)
            continue;
          if (!found.isError() && found != expected) {
            report(Diag::NAS1006, value->getRange(), what, " must be ",
                   describe(expected), ", not ", describe(found))
                .note(indirect.through->range, "'", indirect.through->name,
                      "' can be '", candidate->name, "'");
            continue;
          }
          checkMinimum(*value, parameter);
          if (parameter.kind == ParameterKind::Operation && candidate->body)
            operationFlows.push_back(
                {value, candidate->body->parameters[index]});
        }
    }
  }
}

void SemanticAnalyzer::checkRecursion() {
  // A depth-first search for a cycle of calls; each is reported once.
  enum State { Unseen, Active, Done };
  llvm::DenseMap<const Body *, State> states;
  std::vector<std::pair<const Body *, SourceRange>> path;
  bool reported = false;
  std::function<void(const Body *)> visit = [&](const Body *body) {
    states[body] = Active;
    auto edges = callEdges.find(body);
    if (edges != callEdges.end()) {
      // A copy: the map is not changed, but its entries are long-lived.
      for (const auto &[callee, range] : edges->second) {
        if (states.lookup(callee) == Active && !reported) {
          reported = true;
          DiagnosticBuilder builder = report(
              Diag::NAS1022, range, "the block '", callee->symbol->name,
              "' calls itself", callee == body ? "" : ", by way of others");
          bool inCycle = false;
          for (const auto &[step, stepRange] : path) {
            if (inCycle)
              builder.note(stepRange, "it calls '", step->symbol->name,
                           "' here");
            inCycle |= step == callee;
          }
          builder.help("use 'repeat' for what happens several times");
        } else if (states.lookup(callee) == Unseen) {
          path.push_back({callee, range});
          visit(callee);
          path.pop_back();
        }
      }
    }
    states[body] = Done;
  };
  for (const std::unique_ptr<Body> &body : program.bodies)
    if (states.lookup(body.get()) == Unseen) {
      path = {{body.get(), body->symbol->range}};
      visit(body.get());
    }
}
