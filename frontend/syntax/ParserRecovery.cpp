//===- ParserRecovery.cpp - Syntax errors and how to go on ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Says what was expected and found, and takes up parsing at the next statement.
// An error leaves the rules in which it was found by an exception, until a rule
// is reached that stands for something whole (a statement, an item, a setting,
// …): that one skips to its end. Bodies on the way are parsed all the same, so
// that one run reports the errors in them, too.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/ParserRecovery.h"
#include "frontend/syntax/Parser.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace nasc;
using namespace nasc::parser;

void BoundedParser::enterRule(antlr4::ParserRuleContext *context, size_t state,
                              size_t ruleIndex) {
  // There is no hook at the end of a rule: the rules that have ended are the
  // ones that the new one was not called from.
  while (!active.empty() && active.back() != context->parent)
    active.pop_back();
  active.push_back(context);
  // Brackets are bounded before; this bounds what needs none, such as
  // `if a then if b then …`. Seven rules or so stand for one bracket.
  constexpr size_t maxActiveRules = 9 * maxNesting;
  if (active.size() > maxActiveRules) {
    diagnostics
        .report(Diag::NAS0005, tokens.rangeOf(*tokens.LT(1)),
                "expressions are nested too deep here")
        .help("give names to parts with 'let' or 'block'");
    throw ParsingAborted();
  }
  NasParser::enterRule(context, state, ruleIndex);
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

namespace {

constexpr llvm::StringRef itemWords[] = {"import", "dataset", "device",
                                         "block",  "space",   "network",
                                         "limits", "search",  "deploy"};
constexpr Synonym itemSynonyms[] = {
    {"include", "import"},    {"use", "import"},
    {"data", "dataset"},      {"target", "device"},
    {"board", "device"},      {"function", "block"},
    {"def", "block"},         {"fn", "block"},
    {"module", "block"},      {"constraints", "limits"},
    {"constraint", "limits"}, {"searchspace", "space"},
    {"model", "network"},     {"net", "network"},
};
constexpr llvm::StringRef statementWords[] = {
    "choice", "let", "var", "repeat", "if", "match", "return", "block"};
constexpr Synonym statementSynonyms[] = {
    {"for", "repeat"},    {"while", "repeat"},   {"loop", "repeat"},
    {"const", "let"},     {"auto", "let"},       {"mut", "var"},
    {"switch", "match"},  {"case", "match"},     {"def", "block"},
    {"fn", "block"},      {"function", "block"}, {"select", "choice"},
    {"choose", "choice"}, {"param", "choice"},   {"yield", "return"},
};

} // namespace

/// The token type of a keyword.
static size_t keywordType(llvm::StringRef keyword) {
  struct Keyword {
    llvm::StringRef text;
    size_t type;
  };
  static constexpr Keyword keywords[] = {
      {"import", NasParser::IMPORT},
      {"dataset", NasParser::DATASET},
      {"device", NasParser::DEVICE},
      {"block", NasParser::BLOCK},
      {"space", NasParser::SPACE},
      {"network", NasParser::NETWORK},
      {"limits", NasParser::LIMITS},
      {"search", NasParser::SEARCH},
      {"deploy", NasParser::DEPLOY},
      {"choice", NasParser::CHOICE},
      {"let", NasParser::LET},
      {"var", NasParser::VAR},
      {"repeat", NasParser::REPEAT},
      {"if", NasParser::IF_STATEMENT},
      {"match", NasParser::MATCH_STATEMENT},
      {"return", NasParser::RETURN},
  };
  for (const Keyword &each : keywords)
    if (each.text == keyword)
      return each.type;
  return antlr4::Token::INVALID_TYPE;
}

/// The keyword that is meant by a word, if there is a likely one.
static std::optional<llvm::StringRef>
meantKeyword(llvm::StringRef word, llvm::ArrayRef<llvm::StringRef> keywords,
             llvm::ArrayRef<Synonym> synonyms) {
  for (const Synonym &synonym : synonyms)
    if (synonym.word == word)
      return synonym.keyword;
  return nearestName(word, keywords);
}

//===----------------------------------------------------------------------===//
// Missing tokens
//===----------------------------------------------------------------------===//

antlr4::Token *RecoveryStrategy::recoverInline(antlr4::Parser *parser) {
  antlr4::misc::IntervalSet expected = parser->getExpectedTokens();
  auto has = [&](size_t type) {
    return expected.contains(static_cast<ssize_t>(type));
  };
  auto makeUp = [&](size_t type) -> antlr4::Token * {
    uint32_t place = before() ? before()->end : 0;
    madeUp.emplace_back(&tokens, static_cast<uint32_t>(type), place, place);
    return &madeUp.back();
  };
  size_t next = type();
  if (!recovering && has(NasParser::SEMICOLON) && reportMissingSemicolon())
    return makeUp(NasParser::SEMICOLON);
  bool endsGroup = next == NasParser::SEMICOLON || next == NasParser::RBRACE ||
                   isOpeningBrace(next);
  for (size_t closing : {NasParser::RPAREN, NasParser::RBRACKET}) {
    if (recovering || !has(closing) || !endsGroup)
      continue;
    reportUnclosed(closing);
    return makeUp(closing);
  }
  // Another item inside of this one, or the end of the file: what is missing is
  // the brace. The items around are closed in the same way, silently.
  if (has(NasParser::RBRACE) &&
      (looksLikeItem(tokens, tokens.index()) || next == antlr4::Token::EOF)) {
    if (!recovering)
      reportUnclosed(NasParser::RBRACE);
    return makeUp(NasParser::RBRACE);
  }
  if (!recovering && has(NasParser::ASSIGN) && next == NasParser::EQUAL) {
    begin(Diag::NAS0022, tokens.rangeOf(current()), "expected '=', found '=='")
        .help("'=' gives a value, '==' compares");
    checkLimit();
    return parser->consume();
  }
  throw antlr4::InputMismatchException(parser);
}

//===----------------------------------------------------------------------===//
// Going on
//===----------------------------------------------------------------------===//

void RecoveryStrategy::skipBraces() {
  unsigned depth = 0;
  while (type() != antlr4::Token::EOF) {
    if (isOpeningBrace(type()))
      ++depth;
    else if (type() == NasParser::RBRACE)
      --depth;
    tokens.consume();
    if (depth == 0)
      return;
  }
}

unsigned RecoveryStrategy::openBraces(size_t fromIndex) {
  unsigned depth = 0;
  for (size_t i = fromIndex; i < tokens.index(); ++i) {
    size_t type = tokens.at(i).getType();
    if (isOpeningBrace(type))
      ++depth;
    else if (type == NasParser::RBRACE && depth > 0)
      --depth;
  }
  return depth;
}

template <typename AtBrace>
void RecoveryStrategy::skipStatement(size_t start, AtBrace atBrace) {
  size_t first = tokens.index();
  // The error may be inside a set or record of the statement.
  unsigned depth = openBraces(start);
  while (true) {
    size_t next = type();
    if (next == antlr4::Token::EOF || looksLikeItem(tokens, tokens.index()))
      return;
    if (next == NasParser::RBRACE) {
      if (depth == 0)
        return;
      --depth;
      tokens.consume();
      continue;
    }
    bool isFirst = tokens.index() == first;
    if (!isFirst && beginsStatement(next))
      return;
    // `x = …` at the beginning of a line.
    if (!isFirst && beginsLine() && isNameToken(next) &&
        type(2) == NasParser::ASSIGN)
      return;
    if (isOpeningBrace(next)) {
      if (atBrace())
        return;
      // Behind braces a statement may end without a semicolon.
      if (type() != NasParser::SEMICOLON && beginsLine())
        return;
      continue;
    }
    tokens.consume();
    if (next == NasParser::SEMICOLON)
      return;
  }
}

/// Parses the bodies of a statement whose header is wrong.
template <typename Parse> void RecoveryStrategy::parseBodies(Parse parse) {
  recovering = false;
  parse();
  while (type() == NasParser::ELSE || type() == NasParser::ELSE_IF) {
    while (!isOpeningBrace(type()) && type() != NasParser::SEMICOLON &&
           type() != NasParser::RBRACE && type() != antlr4::Token::EOF)
      tokens.consume();
    if (type() != NasParser::LBRACE)
      return;
    parse();
  }
}

void RecoveryStrategy::recoverStatement(NasParser &parser) {
  auto *first = parser.getRuleContext()->getStart();
  size_t start = first->getTokenIndex();
  size_t keyword = first->getType();
  bool hasBody = keyword == NasParser::REPEAT ||
                 keyword == NasParser::IF_STATEMENT ||
                 keyword == NasParser::BLOCK;
  skipStatement(start, [&] {
    if (!hasBody || type() != NasParser::LBRACE) {
      skipBraces();
      return false;
    }
    parseBodies([&] { parser.body(); });
    return true;
  });
}

void RecoveryStrategy::recoverLimit(NasParser &parser) {
  auto *first = parser.getRuleContext()->getStart();
  size_t start = first->getTokenIndex();
  bool hasBody = first->getType() == NasParser::IF_STATEMENT;
  skipStatement(start, [&] {
    if (!hasBody || type() != NasParser::LBRACE) {
      skipBraces();
      return false;
    }
    parseBodies([&] { parser.limitBody(); });
    return true;
  });
}

void RecoveryStrategy::recoverEntry(NasParser &parser) {
  // `name … {` is a section; behind `=` braces are a record.
  bool isSetting = false;
  size_t start = parser.getRuleContext()->getStart()->getTokenIndex();
  for (size_t i = start; i < tokens.index() && i < start + 3; ++i)
    isSetting |= tokens.at(i).getType() == NasParser::ASSIGN;
  skipStatement(start, [&] {
    if (isSetting || type() != NasParser::LBRACE) {
      skipBraces();
      return false;
    }
    recovering = false;
    parser.configuration();
    return true;
  });
}

void RecoveryStrategy::recoverItem(NasParser &parser, size_t keyword) {
  size_t first = tokens.index();
  while (type() != antlr4::Token::EOF) {
    bool isFirst = tokens.index() == first;
    if (!isFirst && (looksLikeItem(tokens, tokens.index()) ||
                     (beginsLine() && isItemKeyword(type()))))
      return;
    if (type() == NasParser::SEMICOLON) {
      tokens.consume();
      return;
    }
    if (!isOpeningBrace(type())) {
      tokens.consume();
      continue;
    }
    if (type() != NasParser::LBRACE) {
      skipBraces();
      return;
    }
    recovering = false;
    if (keyword == NasParser::BLOCK || keyword == NasParser::SPACE)
      parser.body();
    else if (keyword == NasParser::LIMITS)
      parser.limitBody();
    else
      parser.configuration();
    return;
  }
}

void RecoveryStrategy::recoverHeader() {
  while (type() != antlr4::Token::EOF && type() != NasParser::LBRACE &&
         type() != NasParser::SEMICOLON && type() != NasParser::RBRACE &&
         !beginsStatement(type()))
    tokens.consume();
}

void RecoveryStrategy::recoverParameters() {
  while (type() != antlr4::Token::EOF && !isOpeningBrace(type()) &&
         type() != NasParser::SEMICOLON && type() != NasParser::RBRACE &&
         type() != NasParser::ARROW) {
    bool closes = type() == NasParser::RPAREN;
    tokens.consume();
    if (closes)
      return;
  }
}

void RecoveryStrategy::recoverArm() {
  while (type() != antlr4::Token::EOF && type() != NasParser::COMMA &&
         type() != NasParser::RBRACE) {
    if (isOpeningBrace(type()))
      skipBraces();
    else
      tokens.consume();
  }
}

bool RecoveryStrategy::recoverMatch(antlr4::ParserRuleContext &context) {
  bool entered = llvm::any_of(context.children, [](antlr4::tree::ParseTree *c) {
    auto *terminal = dynamic_cast<antlr4::tree::TerminalNode *>(c);
    return terminal && terminal->getSymbol()->getType() == NasParser::LBRACE;
  });
  if (!entered)
    return false;
  while (type() != antlr4::Token::EOF && type() != NasParser::SEMICOLON) {
    if (isOpeningBrace(type())) {
      skipBraces();
      continue;
    }
    bool closes = type() == NasParser::RBRACE;
    tokens.consume();
    if (closes)
      break;
  }
  return true;
}

void RecoveryStrategy::recover(antlr4::Parser *base, std::exception_ptr error) {
  auto &parser = static_cast<NasParser &>(*base);
  switch (parser.getRuleContext()->getRuleIndex()) {
  case NasParser::RuleStatement:
    recoverStatement(parser);
    endRecovery();
    return;
  case NasParser::RuleLimit:
    recoverLimit(parser);
    endRecovery();
    return;
  case NasParser::RuleEntry:
    recoverEntry(parser);
    endRecovery();
    return;
  case NasParser::RuleItem:
    recoverItem(parser, parser.getRuleContext()->getStart()->getType());
    endRecovery();
    return;
  case NasParser::RuleHeader:
    recoverHeader();
    return;
  case NasParser::RuleParameters:
    recoverParameters();
    return;
  case NasParser::RuleMatchArm:
    recoverArm();
    return;
  case NasParser::RuleMatchRest:
    if (recoverMatch(*parser.getRuleContext()))
      return;
    break;
  case NasParser::RuleFile:
    return;
  default:
    break;
  }
  std::rethrow_exception(error);
}

//===----------------------------------------------------------------------===//
// What stands where a statement, setting or item should begin
//===----------------------------------------------------------------------===//

/// Whether a statement that is an expression or assignment can begin so.
static bool beginsExpression(size_t type) {
  switch (type) {
  case NasParser::INTEGER:
  case NasParser::REAL:
  case NasParser::STRING:
  case NasParser::TRUE:
  case NasParser::FALSE:
  case NasParser::LPAREN:
  case NasParser::LBRACKET:
  case NasParser::RECORD_OPEN:
  case NasParser::NOT:
  case NasParser::MINUS:
  case NasParser::FORALL:
  case NasParser::IF:
  case NasParser::MATCH:
    return true;
  default:
    return isNameToken(type);
  }
}

bool RecoveryStrategy::correctKeyword(llvm::ArrayRef<llvm::StringRef> keywords,
                                      llvm::ArrayRef<Synonym> synonyms,
                                      Diag code, llvm::StringRef what) {
  llvm::StringRef word = tokens.textOf(current());
  std::optional<llvm::StringRef> meant = meantKeyword(word, keywords, synonyms);
  if (!meant)
    return false;
  begin(code, tokens.rangeOf(current()),
        ("unknown " + what + " '" + word + "'").str())
      .help("did you mean '", *meant, "'?");
  checkLimit();
  current().setType(keywordType(*meant));
  recovering = false;
  return true;
}

void RecoveryStrategy::skipJunk(Diag code, llvm::StringRef message,
                                llvm::StringRef help) {
  if (!recovering) {
    {
      DiagnosticBuilder builder =
          begin(code, tokens.rangeOf(current()), message);
      if (!help.empty())
        builder.help(help);
    }
    checkLimit();
  }
  // A closing bracket alone is not worth the rest of the statement.
  if (type() == NasParser::RPAREN || type() == NasParser::RBRACKET ||
      type() == NasParser::SEMICOLON) {
    tokens.consume();
    endRecovery();
    return;
  }
  size_t first = tokens.index();
  skipStatement(first, [&] {
    skipBraces();
    return false;
  });
  if (tokens.index() == first)
    tokens.consume();
  endRecovery();
}

void RecoveryStrategy::syncFile() {
  while (type() != antlr4::Token::EOF) {
    size_t next = type();
    if (isItemKeyword(next) && next != NasParser::RULES)
      return;
    if (next == NasParser::RBRACE) {
      if (!recovering)
        begin(Diag::NAS0027, tokens.rangeOf(current()), "'}' closes nothing");
      checkLimit();
      tokens.consume();
      continue;
    }
    if (next == NasParser::IDENTIFIER && !recovering &&
        correctKeyword(itemWords, itemSynonyms, Diag::NAS0023, "item"))
      return;
    std::string message = beginsStatement(next)
                              ? quote(tokens.textOf(current())) +
                                    " cannot stand outside a space or block"
                              : "expected an item, found " + foundText();
    skipJunk(Diag::NAS0023, message,
             "a file consists of import, dataset, device, block, space, "
             "network, limits, search and deploy");
  }
}

void RecoveryStrategy::syncBody() {
  while (type() != antlr4::Token::EOF) {
    size_t next = type();
    if (next == NasParser::RBRACE || beginsStatement(next) ||
        looksLikeItem(tokens, tokens.index()))
      return;
    // Two names side by side, or `for (`: the first one is meant as a keyword.
    if (next == NasParser::IDENTIFIER && !recovering) {
      size_t second = type(2);
      bool wordLike = isNameToken(second) || second == NasParser::INTEGER ||
                      second == NasParser::REAL;
      if (wordLike && correctKeyword(statementWords, statementSynonyms,
                                     Diag::NAS0024, "statement"))
        return;
    }
    if (beginsExpression(next))
      return;
    if (next == NasParser::SEMICOLON && recovering) {
      tokens.consume();
      continue;
    }
    skipJunk(next == NasParser::RPAREN || next == NasParser::RBRACKET
                 ? Diag::NAS0027
                 : Diag::NAS0020,
             next == NasParser::RPAREN || next == NasParser::RBRACKET
                 ? foundText() + " closes nothing"
                 : "expected a statement or '}', found " + foundText(),
             "");
  }
}

void RecoveryStrategy::syncLimits() {
  while (type() != antlr4::Token::EOF) {
    size_t next = type();
    if (next == NasParser::RBRACE || next == NasParser::IF_STATEMENT ||
        beginsExpression(next) || looksLikeItem(tokens, tokens.index()))
      return;
    skipJunk(Diag::NAS0020, "expected a limit or '}', found " + foundText(),
             "a limit is a condition with ';' behind it: ram on h743 <= 32 "
             "KiB;");
  }
}

void RecoveryStrategy::syncConfiguration() {
  while (type() != antlr4::Token::EOF) {
    size_t next = type();
    if (next == NasParser::RBRACE || isNameToken(next) ||
        looksLikeItem(tokens, tokens.index()))
      return;
    bool keyword = isKeyword(next);
    skipJunk(Diag::NAS0020, "expected a setting or '}', found " + foundText(),
             keyword ? "this is a word of the language and cannot be a name"
                     : "a setting is written: name = value;");
  }
}

void RecoveryStrategy::sync(antlr4::Parser *parser) {
  antlr4::ParserRuleContext *context = parser->getRuleContext();
  size_t rule = context->getRuleIndex();
  // The loops of the bodies begin behind their brace.
  switch (rule) {
  case NasParser::RuleFile:
    syncFile();
    return;
  case NasParser::RuleBody:
  case NasParser::RuleArmBody:
  case NasParser::RuleLimitBody:
  case NasParser::RuleConfiguration:
    if (context->getStart() == &current())
      return;
    break;
  default:
    return;
  }
  if (rule == NasParser::RuleBody)
    syncBody();
  else if (rule == NasParser::RuleLimitBody)
    syncLimits();
  else if (rule == NasParser::RuleConfiguration)
    syncConfiguration();
  else if (context->getStart()->getType() == NasParser::ARM_OPEN)
    syncBody();
}

NasParser::FileContext *parser::parseTokens(NasParser &parser,
                                            TokenBuffer &tokens,
                                            DiagnosticEngine &diagnostics) {
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<RecoveryStrategy>(
      tokens, diagnostics, parser.getVocabulary()));
  return parser.file();
}
