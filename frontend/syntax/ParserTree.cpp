//===- ParserTree.cpp - Syntax trees of items and statements --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/ParserInternal.h"

#include "llvm/ADT/STLExtras.h"

using namespace nasc;
using namespace nasc::parser;

std::unique_ptr<ast::File> parser::buildTree(NasParser::FileContext &context,
                                             TokenBuffer &tokens,
                                             DiagnosticEngine &diagnostics) {
  return TreeBuilder(tokens, diagnostics).file(context);
}

/// Whether a rule was parsed without an error in itself. (Rules below may have
/// errors that they recovered from.)
static bool isWhole(const antlr4::ParserRuleContext *context) {
  return context && !context->exception;
}

//===----------------------------------------------------------------------===//
// Small things
//===----------------------------------------------------------------------===//

SourceRange TreeBuilder::range(antlr4::ParserRuleContext &context) {
  SourceRange first = tokens.rangeOf(*context.getStart());
  antlr4::Token *stop = context.getStop();
  return stop ? first.cover(tokens.rangeOf(*stop)) : first;
}

ast::Name TreeBuilder::name(antlr4::ParserRuleContext *context) {
  const antlr4::Token &token = *context->getStart();
  return {tokens.textOf(token).str(), tokens.rangeOf(token)};
}

std::unique_ptr<ast::StringLiteral>
TreeBuilder::stringLiteral(const antlr4::Token &token) {
  SourceRange place = tokens.rangeOf(token);
  llvm::StringRef text = tokens.textOf(token).drop_front();
  // An unterminated string, which was reported, has no second quote.
  char quote = tokens.textOf(token).front();
  if (!text.empty() && text.back() == quote)
    text = text.drop_back();
  std::string value;
  value.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      value.push_back(text[i]);
      continue;
    }
    ++i;
    switch (text[i]) {
    case '\\':
    case '"':
      value.push_back(text[i]);
      break;
    case 'n':
      value.push_back('\n');
      break;
    case 't':
      value.push_back('\t');
      break;
    default: {
      auto begin = static_cast<uint32_t>(place.begin + i);
      diagnostics
          .report(Diag::NAS0013, {place.file, begin, begin + 2},
                  "a backslash stands before '\\', '\"', 'n' or 't' only")
          .help("write '\\\\' for a backslash");
      value.push_back(text[i]);
    }
    }
  }
  return std::make_unique<ast::StringLiteral>(place, std::move(value));
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

std::unique_ptr<ast::File> TreeBuilder::file(NasParser::FileContext &context) {
  auto file = std::make_unique<ast::File>();
  file->id = tokens.file;
  for (antlr4::tree::ParseTree *child : context.children) {
    auto *itemContext = dynamic_cast<NasParser::ItemContext *>(child);
    if (!itemContext)
      continue;
    if (!isWhole(itemContext)) {
      visitBodies(*itemContext);
      continue;
    }
    if (ast::ItemPtr built = item(*itemContext))
      file->items.push_back(std::move(built));
  }
  return file;
}

void TreeBuilder::visitBodies(antlr4::ParserRuleContext &context) {
  for (antlr4::tree::ParseTree *child : context.children) {
    if (auto *list = dynamic_cast<NasParser::BodyContext *>(child))
      body(*list);
    else if (auto *list = dynamic_cast<NasParser::LimitBodyContext *>(child))
      limits(*list);
    else if (auto *block = dynamic_cast<NasParser::BlockItemContext *>(child))
      visitBodies(*block);
    else if (auto *space = dynamic_cast<NasParser::SpaceItemContext *>(child))
      visitBodies(*space);
  }
}

ast::ItemPtr TreeBuilder::item(NasParser::ItemContext &context) {
  if (auto *each = context.importItem())
    return importItem(*each);
  if (auto *each = context.datasetItem())
    return datasetItem(*each);
  if (auto *each = context.deviceItem())
    return deviceItem(*each);
  if (auto *each = context.blockItem())
    return blockItem(*each);
  if (auto *each = context.spaceItem())
    return spaceItem(*each);
  if (auto *each = context.networkItem())
    return networkItem(*each);
  if (auto *each = context.limitsItem())
    return limitsItem(*each);
  if (auto *each = context.searchItem())
    return std::make_unique<ast::Search>(
        range(*each), range(each->SEARCH()),
        configuration(*each->configuration(), Container::Search));
  if (auto *each = context.deployItem())
    return std::make_unique<ast::Deploy>(
        range(*each), range(each->DEPLOY()),
        configuration(*each->configuration(), Container::Deploy));
  return nullptr;
}

ast::ItemPtr TreeBuilder::importItem(NasParser::ImportItemContext &context) {
  return std::make_unique<ast::Import>(
      range(context), stringLiteral(*context.STRING()->getSymbol()));
}

template <typename Node, typename Context>
ast::ItemPtr TreeBuilder::itemFromFile(Context &context, Container container) {
  std::vector<ast::Argument> list;
  unsigned depth = 0;
  bool isGood = arguments(context.arguments(), list, depth);
  std::vector<ast::ConfigurationPtr> entries;
  if (auto *settings = context.configuration())
    entries = configuration(*settings, container);
  if (!isGood)
    return nullptr;
  ast::Name kind = name(context.name(1));
  SourceRange callRange = kind.range.cover(range(context.RPAREN()));
  auto source = std::make_unique<ast::Call>(
      callRange, std::make_unique<ast::NameReference>(std::move(kind)),
      std::move(list), /*isPipe=*/false);
  return std::make_unique<Node>(range(context), name(context.name(0)),
                                std::move(source), std::move(entries));
}

ast::ItemPtr TreeBuilder::datasetItem(NasParser::DatasetItemContext &context) {
  return itemFromFile<ast::Dataset>(context, Container::Dataset);
}

ast::ItemPtr TreeBuilder::networkItem(NasParser::NetworkItemContext &context) {
  return itemFromFile<ast::Network>(context, Container::Network);
}

ast::ItemPtr TreeBuilder::deviceItem(NasParser::DeviceItemContext &context) {
  return std::make_unique<ast::Device>(
      range(context), name(context.name()),
      configuration(*context.configuration(), Container::Device));
}

std::unique_ptr<ast::Block>
TreeBuilder::blockItem(NasParser::BlockItemContext &context) {
  std::vector<ast::Parameter> list = parameters(context.parameters());
  return std::make_unique<ast::Block>(range(context), name(context.name()),
                                      std::move(list), body(*context.body()));
}

ast::ItemPtr TreeBuilder::spaceItem(NasParser::SpaceItemContext &context) {
  auto *parametersContext = context.parameters();
  std::vector<ast::Parameter> list = parameters(parametersContext);
  ast::TypePtr result;
  if (auto *resultContext = context.type())
    result = type(*resultContext);
  return std::make_unique<ast::Space>(
      range(context), name(context.name()), parametersContext != nullptr,
      std::move(list), std::move(result), body(*context.body()));
}

ast::ItemPtr TreeBuilder::limitsItem(NasParser::LimitsItemContext &context) {
  return std::make_unique<ast::Limits>(range(context), range(context.LIMITS()),
                                       limits(*context.limitBody()));
}

std::vector<ast::Parameter>
TreeBuilder::parameters(NasParser::ParametersContext *context) {
  std::vector<ast::Parameter> list;
  if (!isWhole(context))
    return list;
  for (auto *each : context->parameter()) {
    ast::Parameter parameter;
    parameter.name = name(each);
    parameter.range = range(*each);
    if (auto *typeContext = each->type()) {
      parameter.type = type(*typeContext);
      if (!parameter.type)
        continue;
    }
    if (auto *value = each->expression()) {
      parameter.defaultValue = expression(value);
      if (!parameter.defaultValue)
        continue;
    }
    list.push_back(std::move(parameter));
  }
  return list;
}

ast::TypePtr TreeBuilder::type(NasParser::TypeContext &context) {
  ast::Name base = name(context.name(0));
  if (context.DOT())
    return std::make_unique<ast::MemberType>(std::move(base),
                                             name(context.name(1)));
  std::vector<ast::ExprPtr> values;
  for (auto *each : context.expression()) {
    ast::ExprPtr value = expression(each);
    if (!value)
      return nullptr;
    values.push_back(std::move(value));
  }
  if (context.LBRACKET()) {
    if (base.text == "tensor")
      return std::make_unique<ast::TensorType>(range(context),
                                               /*hasShape=*/true,
                                               std::move(values));
    diagnostics
        .report(Diag::NAS0020, base.range, "only 'tensor' has a shape, not '",
                base.text, "'")
        .help("write tensor[height, width, channels]");
    return nullptr;
  }
  if (context.LPAREN()) {
    if (base.text == "classes")
      return std::make_unique<ast::ClassesType>(range(context),
                                                std::move(values.front()));
    diagnostics
        .report(Diag::NAS0020, base.range,
                "only 'classes' has a number in parentheses, not '", base.text,
                "'")
        .help("write classes(10), or tensor[10]");
    return nullptr;
  }
  if (base.text == "tensor")
    return std::make_unique<ast::TensorType>(base.range, /*hasShape=*/false,
                                             std::move(values));
  return std::make_unique<ast::NamedType>(std::move(base));
}

//===----------------------------------------------------------------------===//
// Configuration
//===----------------------------------------------------------------------===//

std::vector<ast::ConfigurationPtr>
TreeBuilder::configuration(NasParser::ConfigurationContext &context,
                           Container container, unsigned level) {
  std::vector<ast::ConfigurationPtr> entries;
  for (antlr4::tree::ParseTree *child : context.children) {
    auto *each = dynamic_cast<NasParser::EntryContext *>(child);
    if (!isWhole(each))
      continue;
    if (ast::ConfigurationPtr built = entry(*each, container, level))
      entries.push_back(std::move(built));
  }
  return entries;
}

ast::ConfigurationPtr TreeBuilder::entry(NasParser::EntryContext &context,
                                         Container container, unsigned level) {
  static constexpr llvm::StringRef containerNames[] = {
      "a dataset", "a device", "search", "deploy", "a network"};
  SourceRange place = range(context);
  auto misplaced = [&](llvm::StringRef what,
                       llvm::StringRef help) -> ast::ConfigurationPtr {
    diagnostics
        .report(Diag::NAS0036, place, what, " cannot stand in ",
                level ? "a section of " : "",
                containerNames[static_cast<unsigned>(container)])
        .help(help);
    return nullptr;
  };

  ast::Name first = name(context.name(0));
  if (context.ASSIGN()) {
    ast::ExprPtr value = expression(context.expression());
    if (!value)
      return nullptr;
    if (container == Container::Deploy && level == 0)
      return misplaced("a setting",
                       "settings stand in the section of a device: h743 { "
                       "precision = int8; }");
    return std::make_unique<ast::Setting>(place, std::move(first),
                                          std::move(value));
  }

  if (context.STRING()) {
    auto path = stringLiteral(*context.STRING()->getSymbol());
    if (first.text != "table") {
      diagnostics
          .report(Diag::NAS0036, first.range,
                  "only 'table' has a metric and a file, not '", first.text,
                  "'")
          .help("write: table latency \"file.csv\";");
      return nullptr;
    }
    if (container != Container::Device)
      return misplaced("a table", "tables stand in a device");
    return std::make_unique<ast::Table>(place, name(context.name(1)),
                                        std::move(path));
  }

  std::optional<ast::Name> label;
  if (context.name(1))
    label = name(context.name(1));
  if (label && !context.configuration()) {
    bool maximize = first.text == "maximize";
    if (!maximize && first.text != "minimize") {
      static constexpr llvm::StringRef candidates[] = {"maximize", "minimize"};
      DiagnosticBuilder builder =
          diagnostics.report(Diag::NAS0020, label->range,
                             "expected '=' or '{', found '", label->text, "'");
      if (auto nearest = nearestName(first.text, candidates))
        builder.help("did you mean '", *nearest, "'?");
      else
        builder.help("a setting is written: ", first.text, " = ", label->text,
                     ";");
      return nullptr;
    }
    if (container != Container::Search || level != 0)
      return misplaced("an objective", "objectives stand in search { … }");
    ast::ExprPtr metric;
    if (context.ON())
      metric = std::make_unique<ast::MetricOnDevice>(std::move(*label),
                                                     name(context.name(2)));
    else
      metric = std::make_unique<ast::NameReference>(std::move(*label));
    return std::make_unique<ast::Objective>(place, maximize, std::move(metric));
  }

  auto *inner = context.configuration();
  std::vector<ast::ConfigurationPtr> entries;
  if (inner)
    entries = configuration(*inner, container, level + 1);
  if (container == Container::Dataset)
    return misplaced("a section", "a dataset has settings: name = value;");
  if (container == Container::Network)
    return misplaced("a section", "a network has settings: data = NAME;");
  return std::make_unique<ast::Section>(place, std::move(first),
                                        std::move(label), inner != nullptr,
                                        std::move(entries));
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

ast::StatementList TreeBuilder::body(NasParser::BodyContext &context) {
  ast::StatementList list;
  list.range = range(context);
  list.statements = statements(context);
  return list;
}

std::vector<ast::StatementPtr>
TreeBuilder::statements(antlr4::ParserRuleContext &context) {
  std::vector<ast::StatementPtr> list;
  for (antlr4::tree::ParseTree *child : context.children) {
    auto *each = dynamic_cast<NasParser::StatementContext *>(child);
    if (!each)
      continue;
    if (!isWhole(each)) {
      visitBodies(*each);
      continue;
    }
    if (ast::StatementPtr built = statement(*each))
      list.push_back(std::move(built));
  }
  return list;
}

ast::StatementPtr TreeBuilder::statement(NasParser::StatementContext &context) {
  SourceRange place = range(context);
  if (context.CHOICE())
    return choice(context);
  if (context.LET() || context.VAR()) {
    ast::ExprPtr value = expression(context.expression(0));
    if (!value)
      return nullptr;
    return std::make_unique<ast::Let>(place, context.VAR() != nullptr,
                                      name(context.name()), std::move(value));
  }
  if (context.REPEAT()) {
    std::optional<ast::Binder> range = binder(context.binder());
    ast::StatementList list = body(*context.body(0));
    if (!range)
      return nullptr;
    return std::make_unique<ast::Repeat>(place, std::move(*range),
                                         std::move(list));
  }
  if (context.IF_STATEMENT())
    return ifStatement(context);
  if (context.MATCH_STATEMENT())
    return matchStatement(context);
  if (context.RETURN()) {
    ast::ExprPtr value = expression(context.expression(0));
    if (!value)
      return nullptr;
    return std::make_unique<ast::Return>(place, std::move(value));
  }
  if (auto *block = context.blockItem())
    return std::make_unique<ast::LocalBlock>(blockItem(*block));
  return expressionStatement(context);
}

ast::StatementPtr TreeBuilder::choice(NasParser::StatementContext &context) {
  ast::DomainPtr values = domain(*context.domain());
  ast::ExprPtr when;
  if (context.WHEN()) {
    when = expression(context.expression(0));
    if (!when)
      return nullptr;
  }
  if (!values)
    return nullptr;
  return std::make_unique<ast::Choice>(range(context), name(context.name()),
                                       std::move(values), std::move(when));
}

ast::DomainPtr TreeBuilder::domain(NasParser::DomainContext &context) {
  if (context.SET_OPEN()) {
    std::vector<ast::ExprPtr> values;
    bool isGood = true;
    for (auto *each : context.expression()) {
      values.push_back(expression(each));
      isGood &= values.back() != nullptr;
    }
    if (!isGood)
      return nullptr;
    return std::make_unique<ast::SetDomain>(range(context), std::move(values));
  }
  ast::ExprPtr low = expression(context.expression(0));
  ast::ExprPtr high = expression(context.expression(1));
  if (!low || !high)
    return nullptr;
  auto domain = std::make_unique<ast::RangeDomain>(
      range(context), std::move(low), std::move(high));
  SourceRange stepRange, pointsRange;
  auto conflict = [&](SourceRange place, SourceRange other) {
    diagnostics
        .report(Diag::NAS0035, place, "'", tokens.sources.text(place),
                "' does not go with '", tokens.sources.text(other), "'")
        .note(other, "given here");
    return nullptr;
  };
  for (auto *option : context.rangeOption()) {
    SourceRange word = tokens.rangeOf(*option->getStart());
    if (option->LINEAR() || option->LOG()) {
      if (domain->scale != ast::RangeScale::Unspecified)
        return conflict(word, domain->scaleRange);
      domain->scale =
          option->LOG() ? ast::RangeScale::Log : ast::RangeScale::Linear;
      domain->scaleRange = word;
      continue;
    }
    for (SourceRange other : {stepRange, pointsRange})
      if (other.isValid())
        return conflict(word, other);
    ast::ExprPtr value = expression(option->expression());
    if (!value)
      return nullptr;
    if (option->STEP()) {
      stepRange = word;
      domain->step = std::move(value);
    } else {
      pointsRange = word;
      domain->points = std::move(value);
    }
  }
  return domain;
}

/// The condition of a header; null where it has an error.
static NasParser::ExpressionContext *
conditionOf(NasParser::HeaderContext *context) {
  return isWhole(context) ? context->expression() : nullptr;
}

ast::StatementPtr
TreeBuilder::ifStatement(NasParser::StatementContext &context) {
  std::vector<ast::IfArm> arms;
  std::optional<ast::StatementList> otherwise;
  auto headers = context.header();
  auto bodies = context.body();
  bool isGood = true;
  for (size_t i = 0; i < bodies.size(); ++i) {
    if (i >= headers.size()) {
      otherwise = body(*bodies[i]);
      continue;
    }
    auto *conditionContext = conditionOf(headers[i]);
    ast::IfArm arm;
    if (conditionContext)
      arm.condition = expression(conditionContext);
    arm.body = body(*bodies[i]);
    isGood &= arm.condition != nullptr;
    arms.push_back(std::move(arm));
  }
  if (!isGood)
    return nullptr;
  return std::make_unique<ast::If>(range(context), std::move(arms),
                                   std::move(otherwise));
}

bool TreeBuilder::checkElseArms(NasParser::MatchRestContext &context) {
  auto arms = context.matchArm();
  if (arms.empty()) {
    diagnostics
        .report(Diag::NAS0039, range(context), "this 'match' has no arms")
        .help("an arm is written: value => result");
    return false;
  }
  bool isGood = true;
  for (auto *arm : llvm::ArrayRef(arms).drop_back()) {
    if (!isWhole(arm) || !arm->ELSE())
      continue;
    diagnostics
        .report(Diag::NAS0037, range(arm->ELSE()),
                "'else' takes all values that are left, so that the arms "
                "behind it are never taken")
        .help("move it to the end");
    isGood = false;
  }
  return isGood;
}

ast::StatementPtr
TreeBuilder::matchStatement(NasParser::StatementContext &context) {
  NasParser::MatchRestContext &rest = *context.matchRest();
  if (!isWhole(&rest))
    return nullptr;
  auto *subjectContext = conditionOf(rest.header());
  ast::ExprPtr subject = subjectContext ? expression(subjectContext) : nullptr;
  bool isGood = subject && checkElseArms(rest);
  std::vector<ast::MatchStatementArm> arms;
  for (auto *each : rest.matchArm()) {
    if (!isWhole(each) || !isWhole(each->armBody())) {
      isGood = false;
      continue;
    }
    ast::MatchStatementArm arm;
    arm.range = range(*each);
    for (auto *pattern : each->expression()) {
      arm.patterns.push_back(expression(pattern));
      isGood &= arm.patterns.back() != nullptr;
    }
    NasParser::ArmBodyContext &armBody = *each->armBody();
    arm.body.range = range(armBody);
    ast::StatementPtr single;
    if (armBody.ARM_OPEN()) {
      arm.body.statements = statements(armBody);
    } else if (armBody.RETURN()) {
      if (ast::ExprPtr value = expression(armBody.expression(0)))
        single =
            std::make_unique<ast::Return>(arm.body.range, std::move(value));
      isGood &= single != nullptr;
    } else if (armBody.ASSIGN()) {
      single = assignment(*armBody.expression(0), *armBody.expression(1),
                          arm.body.range);
      isGood &= single != nullptr;
    } else {
      diagnostics
          .report(Diag::NAS0040, arm.body.range,
                  "the value of this arm is lost: the 'match' is a statement")
          .help("write x = match …; or give the arm statements: => { … }");
      isGood = false;
    }
    if (single)
      arm.body.statements.push_back(std::move(single));
    arms.push_back(std::move(arm));
  }
  if (!isGood)
    return nullptr;
  return std::make_unique<ast::MatchStatement>(
      range(context), std::move(subject), std::move(arms));
}

ast::StatementPtr TreeBuilder::assignment(NasParser::ExpressionContext &target,
                                          NasParser::ExpressionContext &value,
                                          SourceRange place) {
  ast::ExprPtr left = expression(&target);
  ast::ExprPtr right = expression(&value);
  if (!left || !right)
    return nullptr;
  if (auto *reference = llvm::dyn_cast<ast::NameReference>(left.get()))
    return std::make_unique<ast::Assignment>(place, reference->name,
                                             std::move(right));
  DiagnosticBuilder builder =
      diagnostics.report(Diag::NAS0029, left->getRange(),
                         "only a name can be given a value with '='");
  if (llvm::isa<ast::Index>(*left))
    builder.help("choices get their values from the search; a condition on "
                 "them stands in limits { … }, with '=='");
  else
    builder.help("write var x = …; and later x = …;");
  return nullptr;
}

ast::StatementPtr
TreeBuilder::expressionStatement(NasParser::StatementContext &context) {
  if (context.ASSIGN())
    return assignment(*context.expression(0), *context.expression(1),
                      range(context));
  if (ast::ExprPtr value = expression(context.expression(0))) {
    SourceRange place = value->getRange();
    DiagnosticBuilder builder = diagnostics.report(
        Diag::NAS0028, place, "this value is computed and not used");
    // The innermost value of a pipe is what the result would be given to.
    const ast::Expr *source = value.get();
    while (auto *call = llvm::dyn_cast<ast::Call>(source)) {
      if (!call->isPipe)
        break;
      source = call->arguments.front().value.get();
    }
    auto *name = llvm::dyn_cast<ast::NameReference>(source);
    if (name && source != value.get())
      builder.help("write ", name->name.text, " = ", name->name.text,
                   " |> …; or return …;");
    else
      builder.help("write let y = …; or return …;");
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

std::vector<ast::LimitPtr>
TreeBuilder::limits(NasParser::LimitBodyContext &context) {
  std::vector<ast::LimitPtr> list;
  for (antlr4::tree::ParseTree *child : context.children) {
    auto *each = dynamic_cast<NasParser::LimitContext *>(child);
    if (!each)
      continue;
    if (!isWhole(each)) {
      visitBodies(*each);
      continue;
    }
    if (ast::LimitPtr built = limit(*each))
      list.push_back(std::move(built));
  }
  return list;
}

ast::LimitPtr TreeBuilder::limit(NasParser::LimitContext &context) {
  if (!context.IF_STATEMENT()) {
    ast::ExprPtr condition = expression(context.expression());
    if (!condition)
      return nullptr;
    return std::make_unique<ast::ExpressionLimit>(range(context),
                                                  std::move(condition));
  }
  std::vector<ast::LimitArm> arms;
  std::vector<ast::LimitPtr> otherwise;
  auto headers = context.header();
  auto bodies = context.limitBody();
  bool isGood = true;
  for (size_t i = 0; i < bodies.size(); ++i) {
    if (i >= headers.size()) {
      otherwise = limits(*bodies[i]);
      continue;
    }
    auto *conditionContext = conditionOf(headers[i]);
    ast::LimitArm arm;
    if (conditionContext)
      arm.condition = expression(conditionContext);
    arm.limits = limits(*bodies[i]);
    isGood &= arm.condition != nullptr;
    arms.push_back(std::move(arm));
  }
  if (!isGood)
    return nullptr;
  return std::make_unique<ast::ConditionalLimit>(
      range(context), std::move(arms), std::move(otherwise));
}
