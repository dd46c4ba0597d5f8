//===- ParserMessages.cpp - What is said of syntax errors -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/ParserRecovery.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace nasc;
using namespace nasc::parser;

/// How a token type is written.
std::string RecoveryStrategy::spellingOf(size_t type) {
  switch (type) {
  case antlr4::Token::EOF:
    return "the end of the file";
  case NasParser::IDENTIFIER:
    return "a name";
  case NasParser::STRING:
    return "a string in double quotes";
  case NasParser::INTEGER:
  case NasParser::REAL:
    return "a number";
  case NasParser::UNIT:
    return "a unit";
  case NasParser::ELSE_IF:
    return "'else if'";
  case NasParser::IF_STATEMENT:
    return "'if'";
  case NasParser::MATCH_STATEMENT:
    return "'match'";
  case NasParser::SET_OPEN:
  case NasParser::ARM_OPEN:
  case NasParser::RECORD_OPEN:
    return "'{'";
  default: {
    std::string literal(vocabulary.getLiteralName(type));
    return literal.empty() ? std::string("something else") : literal;
  }
  }
}

std::string RecoveryStrategy::foundText() {
  SourceToken &token = current();
  llvm::StringRef text = tokens.textOf(token);
  size_t type = token.getType();
  if (type == antlr4::Token::EOF)
    return "the end of the file";
  // The comma that separates arms may be one that nobody wrote.
  if (text.empty())
    return spellingOf(type);
  if (type == NasParser::STRING)
    return text.size() <= 24 ? "the string " + text.str() : "a string";
  if (isKeyword(type))
    return "the keyword " +
           quote(type == NasParser::ELSE_IF ? "else if" : text);
  if (text.size() > 40)
    return quote(text.take_front(36).str() + "…");
  return quote(text);
}

std::string
RecoveryStrategy::expectedText(const antlr4::misc::IntervalSet &expected) {
  auto has = [&](size_t type) {
    return expected.contains(static_cast<ssize_t>(type));
  };
  llvm::SmallVector<std::string> parts;
  auto addPart = [&](std::string part) {
    if (!llvm::is_contained(parts, part))
      parts.push_back(std::move(part));
  };
  bool statements = has(NasParser::CHOICE) && has(NasParser::RETURN);
  bool expressions = has(NasParser::INTEGER) && has(NasParser::LPAREN) &&
                     has(NasParser::IDENTIFIER);
  bool names = has(NasParser::IDENTIFIER);
  bool operators = has(NasParser::PIPE) && has(NasParser::PLUS);
  if (statements)
    addPart("a statement");
  else if (expressions)
    addPart("an expression");
  else if (names)
    addPart("a name");
  if (operators)
    addPart("an operator");
  for (ssize_t signedType : expected.toList()) {
    auto type = static_cast<size_t>(signedType);
    if (type == antlr4::Token::EPSILON)
      continue;
    bool named = isNameToken(type) || type == NasParser::ARGUMENT_NAME;
    bool partOfExpression =
        named || type == NasParser::INTEGER || type == NasParser::REAL ||
        type == NasParser::STRING || type == NasParser::TRUE ||
        type == NasParser::FALSE || type == NasParser::LPAREN ||
        type == NasParser::LBRACKET || type == NasParser::RECORD_OPEN ||
        type == NasParser::MATCH || type == NasParser::IF ||
        type == NasParser::FORALL || type == NasParser::NOT ||
        type == NasParser::MINUS;
    bool partOfStatement = partOfExpression || beginsStatement(type);
    if ((statements && partOfStatement) || (expressions && partOfExpression) ||
        (names && named))
      continue;
    // The keywords that are allowed as members are not worth a list.
    if (names && !statements && isItemKeyword(type))
      continue;
    bool partOfOperators =
        (type >= NasParser::PIPE && type <= NasParser::PERCENT) ||
        type == NasParser::AND || type == NasParser::OR ||
        type == NasParser::IMPLIES || type == NasParser::TAIL_OPERATOR ||
        type == NasParser::DOT || type == NasParser::LPAREN ||
        type == NasParser::LBRACKET || type == NasParser::AGGREGATE_OPEN ||
        type == NasParser::ON;
    if (operators && partOfOperators)
      continue;
    addPart(spellingOf(type));
  }
  if (parts.empty())
    return "something else";
  if (parts.size() > 6)
    parts.resize(6);
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i)
      text += i + 1 == parts.size() ? " or " : ", ";
    text += parts[i];
  }
  return text;
}

SourceToken *RecoveryStrategy::openBracket(size_t closing) {
  auto isOpen = [&](size_t type) {
    switch (closing) {
    case NasParser::RPAREN:
      return type == NasParser::LPAREN || type == NasParser::AGGREGATE_OPEN;
    case NasParser::RBRACKET:
      return type == NasParser::LBRACKET;
    default:
      return isOpeningBrace(type);
    }
  };
  // Quadratic in the number of errors only, which is bounded.
  unsigned depth = 0;
  for (size_t i = tokens.index(); i-- > 0;) {
    size_t type = tokens.at(i).getType();
    if (type == closing)
      ++depth;
    else if (isOpen(type) && depth-- == 0)
      return &tokens.at(i);
  }
  return nullptr;
}

/// The closing bracket that is expected, and nothing else of its kind.
static std::optional<size_t>
expectedClosing(const antlr4::misc::IntervalSet &expected) {
  for (size_t type :
       {NasParser::RPAREN, NasParser::RBRACKET, NasParser::RBRACE})
    if (expected.contains(static_cast<ssize_t>(type)))
      return type;
  return std::nullopt;
}

void RecoveryStrategy::reportUnclosed(size_t closing) {
  SourceToken *opening = openBracket(closing);
  SourceRange place = tokens.rangeOf(current());
  if (before() && (beginsLine() || type() == antlr4::Token::EOF))
    place = tokens.rangeOf(*before()).atEnd();
  {
    DiagnosticBuilder builder =
        begin(Diag::NAS0026, place,
              "expected " + spellingOf(closing) + ", found " + foundText());
    if (opening)
      builder.note(tokens.rangeOf(*opening), "to close this ",
                   quote(tokens.textOf(*opening)));
  }
  checkLimit();
}

bool RecoveryStrategy::endsStatementHere() {
  size_t next = type();
  return next == antlr4::Token::EOF || next == NasParser::RBRACE ||
         beginsStatement(next) || looksLikeItem(tokens, tokens.index()) ||
         (beginsLine() && (isNameToken(next) || next == NasParser::IMPORT));
}

bool RecoveryStrategy::reportMissingSemicolon() {
  if (!before() || !endsStatementHere())
    return false;
  begin(Diag::NAS0021, tokens.rangeOf(*before()).atEnd(),
        "expected ';' behind " + quote(tokens.textOf(*before())));
  checkLimit();
  return true;
}

void RecoveryStrategy::addHints(DiagnosticBuilder &builder,
                                const antlr4::misc::IntervalSet &expected,
                                antlr4::ParserRuleContext *context) {
  auto has = [&](size_t type) {
    return expected.contains(static_cast<ssize_t>(type));
  };
  size_t rule = context ? context->getRuleIndex() : 0;
  size_t next = type();
  bool isSetting = rule == NasParser::RuleEntry && has(NasParser::ASSIGN);
  if (has(NasParser::IDENTIFIER) && !has(NasParser::INTEGER) && isKeyword(next))
    builder.help(quote(tokens.textOf(current())),
                 " is a word of the language and cannot be a name");
  else if (next == NasParser::LBRACE && has(NasParser::RECORD_OPEN) &&
           rule != NasParser::RuleHeader)
    builder.help("a record is written { name: value }, a list [a, b]");
  else if (isSetting)
    builder.help("a setting is written: name = value;");
  else if (rule == NasParser::RuleDomain && next == NasParser::SEMICOLON)
    builder.help("a set of values is written {8, 16}, a range 2..6");
  else if (rule == NasParser::RuleImportItem && has(NasParser::STRING))
    builder.help("write import \"devices/host.nas\";");
  else if (rule == NasParser::RuleOpenExpression && isOpeningBrace(next) &&
           has(NasParser::THEN))
    builder.help("inside an expression write: if c then a else b");
  else if (rule == NasParser::RuleOpenExpression && has(NasParser::ELSE))
    builder.help("an 'if' inside an expression needs a value for both cases: "
                 "if c then a else b");
  else if (next == NasParser::THEN)
    builder.help("a statement is written: if c { … } else { … }");
  else if ((next == NasParser::FORALL || next == NasParser::IF ||
            next == NasParser::IF_STATEMENT || next == NasParser::MATCH) &&
           has(NasParser::INTEGER) && !has(NasParser::IF))
    builder.help("put what begins with '", tokens.textOf(current()),
                 "' in parentheses");
  else if (next == NasParser::COLON && rule == NasParser::RuleStatement)
    builder.help("types are written for parameters only");
  else if (next == NasParser::EQUAL && has(NasParser::ASSIGN))
    builder.help("'=' gives a value, '==' compares");
  else if (has(NasParser::DOTDOT) && next == NasParser::DOT)
    builder.help("a range is written with two points: 1..6");
  else if (next == NasParser::FAT_ARROW && has(NasParser::ARROW))
    builder.help("the result of a space stands behind '->'");
  if (std::optional<size_t> closing = expectedClosing(expected))
    if (*closing != NasParser::RBRACE)
      if (SourceToken *opening = openBracket(*closing))
        builder.note(tokens.rangeOf(*opening), "to close this ",
                     quote(tokens.textOf(*opening)));
}

/// Whether the innermost rule is a list between brackets, in which a comma
/// could stand where its closing bracket is expected.
static bool separates(antlr4::ParserRuleContext *context) {
  if (!context || context->children.size() < 2)
    return false;
  auto *first =
      dynamic_cast<antlr4::tree::TerminalNode *>(context->children.front());
  size_t opening = first ? first->getSymbol()->getType() : 0;
  switch (context->getRuleIndex()) {
  case NasParser::RuleDomain:
    return opening == NasParser::SET_OPEN;
  case NasParser::RuleSuffix:
  case NasParser::RuleParameters:
    return opening == NasParser::LPAREN;
  case NasParser::RulePrimary:
    return opening == NasParser::LBRACKET || opening == NasParser::RECORD_OPEN;
  default:
    return false;
  }
}

void RecoveryStrategy::reportUnexpected(
    const antlr4::misc::IntervalSet &expected,
    antlr4::ParserRuleContext *context) {
  bool assignmentFits =
      expected.contains(static_cast<ssize_t>(NasParser::ASSIGN));
  if (type() == NasParser::ASSIGN && !assignmentFits && before() &&
      endsOperand(before()->getType())) {
    begin(Diag::NAS0022, tokens.rangeOf(current()), "'=' does not compare")
        .help("write '==' for \"is equal to\"");
    checkLimit();
    return;
  }
  if (type() == antlr4::Token::EOF)
    if (std::optional<size_t> closing = expectedClosing(expected)) {
      reportUnclosed(*closing);
      return;
    }
  bool commaFits = separates(context) && before() &&
                   endsOperand(before()->getType()) &&
                   expectedClosing(expected);
  SourceRange place = tokens.rangeOf(current());
  // At the end of the file, or on the next line, the place to look at is the
  // end of what was written.
  if (before() &&
      (type() == antlr4::Token::EOF || (beginsLine() && endsStatementHere())))
    place = tokens.rangeOf(*before()).atEnd();
  {
    DiagnosticBuilder builder =
        begin(Diag::NAS0020, place,
              std::string(commaFits ? "expected ',' or " : "expected ") +
                  expectedText(expected) + ", found " + foundText());
    addHints(builder, expected, context);
  }
  checkLimit();
}

void RecoveryStrategy::reportError(antlr4::Parser *parser,
                                   const antlr4::RecognitionException &error) {
  if (recovering)
    return;
  auto *context = parser->getRuleContext();
  reportUnexpected(error.getExpectedTokens(), context);
}
