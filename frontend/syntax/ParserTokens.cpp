//===- ParserTokens.cpp - From text to the tokens of the grammar ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lexes a file, reports what is no token of the language, and gives tokens the
// types that the grammar asks for (its beginning lists them). Everything here
// is a linear scan without recursion, so that the depth of nesting is checked
// before the recursive parser sees the text.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"
#include "frontend/syntax/ParserInternal.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace nasc;
using namespace nasc::parser;

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

namespace {

/// The bytes of a file. The lexer sees every byte beyond ASCII as 0x7F: it
/// keeps tables for ASCII alone, and such bytes are told apart nowhere in the
/// grammar.
class ByteStream final : public antlr4::CharStream {
public:
  explicit ByteStream(llvm::StringRef text) : text(text) {}

  void consume() override { ++position; }
  size_t LA(ssize_t offset) override {
    size_t at = offset > 0 ? position + offset - 1 : position + offset;
    if (at >= text.size())
      return EOF;
    auto byte = static_cast<unsigned char>(text[at]);
    return byte < 0x80 ? byte : 0x7F;
  }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return position; }
  void seek(size_t index) override { position = index; }
  size_t size() override { return text.size(); }
  std::string getSourceName() const override { return UNKNOWN_SOURCE_NAME; }
  std::string getText(const antlr4::misc::Interval &) override { return {}; }
  std::string toString() const override { return {}; }

private:
  llvm::StringRef text;
  size_t position = 0;
};

} // namespace

std::string SourceToken::getText() const { return buffer->textOf(*this).str(); }

size_t SourceToken::getTokenIndex() const {
  const std::vector<SourceToken> &all = buffer->tokens;
  // A token that recovery made up stands outside the buffer.
  if (this < all.data() || this >= all.data() + all.size())
    return INVALID_INDEX;
  return static_cast<size_t>(this - all.data());
}

antlr4::Token *TokenBuffer::LT(ssize_t k) {
  if (k < 0)
    return position + k < tokens.size() ? &tokens[position + k] : nullptr;
  return &tokens[std::min(position + k - 1, tokens.size() - 1)];
}

antlr4::Token *TokenBuffer::get(size_t index) const {
  return const_cast<SourceToken *>(&tokens[index]);
}

void TokenBuffer::consume() {
  if (position + 1 < tokens.size())
    ++position;
}

size_t TokenBuffer::LA(ssize_t k) {
  antlr4::Token *token = LT(k);
  return token ? token->getType() : antlr4::Token::INVALID_TYPE;
}

void TokenBuffer::seek(size_t index) {
  position = std::min(index, tokens.size() - 1);
}

//===----------------------------------------------------------------------===//
// Kinds of tokens
//===----------------------------------------------------------------------===//

bool parser::isNameToken(size_t type) {
  switch (type) {
  case NasParser::IDENTIFIER:
  case NasParser::ON:
  case NasParser::OF:
  case NasParser::STEP:
  case NasParser::POINTS:
  case NasParser::LOG:
  case NasParser::LINEAR:
    return true;
  default:
    return false;
  }
}

bool parser::endsOperand(size_t type) {
  switch (type) {
  case NasParser::INTEGER:
  case NasParser::REAL:
  case NasParser::UNIT:
  case NasParser::STRING:
  case NasParser::TRUE:
  case NasParser::FALSE:
  case NasParser::RPAREN:
  case NasParser::RBRACKET:
  case NasParser::RBRACE:
    return true;
  default:
    return isNameToken(type);
  }
}

bool parser::beginsStatement(size_t type) {
  switch (type) {
  case NasParser::CHOICE:
  case NasParser::LET:
  case NasParser::VAR:
  case NasParser::REPEAT:
  case NasParser::IF_STATEMENT:
  case NasParser::MATCH_STATEMENT:
  case NasParser::RETURN:
  case NasParser::BLOCK:
    return true;
  default:
    return false;
  }
}

bool parser::isOpeningBrace(size_t type) {
  return type == NasParser::LBRACE || type == NasParser::SET_OPEN ||
         type == NasParser::ARM_OPEN || type == NasParser::RECORD_OPEN;
}

static bool isOpening(size_t type) {
  return isOpeningBrace(type) || type == NasParser::LPAREN ||
         type == NasParser::AGGREGATE_OPEN || type == NasParser::LBRACKET;
}

static bool isClosing(size_t type) {
  return type == NasParser::RPAREN || type == NasParser::RBRACKET ||
         type == NasParser::RBRACE;
}

static bool isNumber(size_t type) {
  return type == NasParser::INTEGER || type == NasParser::REAL;
}

static bool isBinaryOperator(size_t type) {
  switch (type) {
  case NasParser::PIPE:
  case NasParser::IMPLIES:
  case NasParser::OR:
  case NasParser::AND:
  case NasParser::EQUAL:
  case NasParser::NOT_EQUAL:
  case NasParser::LESS:
  case NasParser::LESS_OR_EQUAL:
  case NasParser::GREATER:
  case NasParser::GREATER_OR_EQUAL:
  case NasParser::PLUS:
  case NasParser::MINUS:
  case NasParser::STAR:
  case NasParser::SLASH:
  case NasParser::PERCENT:
    return true;
  default:
    return false;
  }
}

/// Whether an operand can begin with this token, so that a `%` before it is an
/// operator and no unit.
static bool beginsOperand(size_t type) {
  switch (type) {
  case NasParser::INTEGER:
  case NasParser::REAL:
  case NasParser::STRING:
  case NasParser::TRUE:
  case NasParser::FALSE:
  case NasParser::IDENTIFIER:
  case NasParser::LPAREN:
  case NasParser::LBRACKET:
  case NasParser::MINUS:
    return true;
  default:
    return false;
  }
}

bool parser::looksLikeItem(TokenBuffer &tokens, size_t index) {
  auto typeAt = [&](size_t at) {
    return tokens.at(std::min(at, tokens.size() - 1)).getType();
  };
  size_t second = typeAt(index + 1), third = typeAt(index + 2);
  switch (typeAt(index)) {
  case NasParser::IMPORT:
    return second == NasParser::STRING;
  case NasParser::DATASET:
  case NasParser::NETWORK:
    return isNameToken(second) && third == NasParser::ASSIGN;
  case NasParser::DEVICE:
    return isNameToken(second) && third == NasParser::LBRACE;
  case NasParser::SPACE:
    return isNameToken(second);
  case NasParser::LIMITS:
  case NasParser::SEARCH:
  case NasParser::DEPLOY:
    return second == NasParser::LBRACE;
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// Lexing
//===----------------------------------------------------------------------===//

namespace {

/// What a character of another language or a word processor stands for here.
struct Lookalike {
  llvm::StringRef character;
  llvm::StringRef meaning;
};

constexpr Lookalike lookalikes[] = {
    {"≤", "<="}, {"≥", ">="},  {"≠", "!="}, {"→", "->"},  {"⇒", "=>"},
    {"×", "*"},  {"·", "*"},   {"÷", "/"},  {"−", "-"},   {"–", "-"},
    {"—", "-"},  {"“", "\""},  {"”", "\""}, {"„", "\""},  {"‘", "\""},
    {"’", "\""}, {"∧", "and"}, {"∨", "or"}, {"¬", "not"}, {"∀", "forall"},
    {"；", ";"}, {"，", ","},  {"：", ":"}, {"（", "("},  {"）", ")"},
    {"µ", "u"},  {"μ", "u"},
};

/// Turns the lexer's tokens into those of the language.
class Cleaner {
public:
  Cleaner(TokenBuffer &buffer, DiagnosticEngine &diagnostics)
      : buffer(buffer), diagnostics(diagnostics) {}

  /// False where there are too many tokens.
  bool run();

private:
  void add(size_t type, uint32_t begin, uint32_t end);
  void addUnterminatedString(uint32_t begin, uint32_t end);
  void addForeignOperator(uint32_t begin, uint32_t end);
  void addStray(uint32_t begin, uint32_t end);
  /// Follows the braces of `rules { … }`, whose text is no text of nasc.
  bool skipRules(size_t type);

  llvm::StringRef textOf(uint32_t begin, uint32_t end) const {
    return buffer.text.slice(begin, end);
  }
  SourceRange rangeOf(uint32_t begin, uint32_t end) const {
    return {buffer.file, begin, end};
  }
  void push(size_t type, uint32_t begin, uint32_t end) {
    buffer.tokens.emplace_back(&buffer, static_cast<uint32_t>(type), begin,
                               end);
  }

  TokenBuffer &buffer;
  DiagnosticEngine &diagnostics;
  size_t braceDepth = 0;
  /// The depth of braces inside `rules { … }`; 0 outside.
  size_t rulesDepth = 0;
  /// The end of what was meant as a comment.
  size_t ignoredUntil = 0;
};

} // namespace

bool Cleaner::run() {
  ByteStream stream(buffer.text);
  NasLexer lexer(&stream);
  lexer.removeErrorListeners();
  // Most tokens have some three characters and a space behind them.
  buffer.tokens.reserve(buffer.text.size() / 4 + 16);
  while (!diagnostics.errorLimitReached()) {
    if (buffer.tokens.size() > maxTokens) {
      diagnostics
          .reportAbout(Diag::NAS0008, buffer.sources.name(buffer.file),
                       "the file has more than ", maxTokens / 1'000'000,
                       " million words and symbols")
          .help("tables and the like belong into data files");
      return false;
    }
    std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    if (token->getType() == antlr4::Token::EOF)
      break;
    auto begin = static_cast<uint32_t>(token->getStartIndex());
    auto end = static_cast<uint32_t>(
        std::min(token->getStopIndex() + 1, buffer.text.size()));
    if (begin >= ignoredUntil && !skipRules(token->getType()))
      add(token->getType(), begin, end);
  }
  auto size = static_cast<uint32_t>(buffer.text.size());
  push(SourceToken::endOfFileType, size, size);
  return true;
}

bool Cleaner::skipRules(size_t type) {
  std::vector<SourceToken> &tokens = buffer.tokens;
  if (rulesDepth == 0) {
    bool begins = type == NasLexer::LBRACE && braceDepth == 0 &&
                  !tokens.empty() && tokens.back().getType() == NasLexer::RULES;
    if (!begins)
      return false;
    diagnostics
        .report(Diag::NAS0025, buffer.rangeOf(tokens.back()),
                "'rules' is reserved for a later version of the language")
        .help("remove the section; the rest of the file does not need it");
    tokens.pop_back();
    rulesDepth = 1;
    return true;
  }
  if (type == NasLexer::LBRACE)
    ++rulesDepth;
  else if (type == NasLexer::RBRACE)
    --rulesDepth;
  return true;
}

void Cleaner::add(size_t type, uint32_t begin, uint32_t end) {
  switch (type) {
  case NasLexer::LBRACE:
    ++braceDepth;
    break;
  case NasLexer::RBRACE:
    braceDepth -= braceDepth != 0;
    break;
  case NasLexer::UNTERMINATED_STRING:
    diagnostics
        .report(Diag::NAS0011, rangeOf(begin, end),
                "the string does not end on its line")
        .help("write '\"' at its end; a string cannot contain the end of a "
              "line");
    addUnterminatedString(begin, end);
    return;
  case NasLexer::QUOTED:
    diagnostics
        .report(Diag::NAS0010, rangeOf(begin, end),
                "strings stand in double quotes")
        .help("write \"", textOf(begin + 1, end - 1), "\"");
    type = NasLexer::STRING;
    break;
  case NasLexer::UNTERMINATED_COMMENT:
    diagnostics
        .report(Diag::NAS0012, rangeOf(begin, begin + 2),
                "the comment that begins here does not end")
        .help("write '*/' where it is to end; comments do not nest");
    return;
  case NasLexer::FOREIGN_OPERATOR:
    addForeignOperator(begin, end);
    return;
  case NasLexer::STRAY:
    addStray(begin, end);
    return;
  default:
    break;
  }
  push(type, begin, end);
}

void Cleaner::addUnterminatedString(uint32_t begin, uint32_t end) {
  // What closes the statement around was hardly meant as text.
  uint32_t stringEnd = end;
  while (stringEnd > begin + 1 &&
         llvm::StringRef(";)]} ").contains(buffer.text[stringEnd - 1]))
    --stringEnd;
  push(NasLexer::STRING, begin, stringEnd);
  for (uint32_t i = stringEnd; i < end; ++i) {
    switch (buffer.text[i]) {
    case ';':
      push(NasLexer::SEMICOLON, i, i + 1);
      break;
    case ')':
      push(NasLexer::RPAREN, i, i + 1);
      break;
    case ']':
      push(NasLexer::RBRACKET, i, i + 1);
      break;
    case '}':
      push(NasLexer::RBRACE, i, i + 1);
      break;
    default:
      break;
    }
  }
}

void Cleaner::addForeignOperator(uint32_t begin, uint32_t end) {
  struct Replacement {
    llvm::StringRef foreign;
    llvm::StringRef own;
    size_t type;
  };
  static constexpr Replacement replacements[] = {
      {"&&", "and", NasLexer::AND},          {"||", "or", NasLexer::OR},
      {"!", "not", NasLexer::NOT},           {"===", "==", NasLexer::EQUAL},
      {"!==", "!=", NasLexer::NOT_EQUAL},    {"<>", "!=", NasLexer::NOT_EQUAL},
      {"=<", "<=", NasLexer::LESS_OR_EQUAL}, {":=", "=", NasLexer::ASSIGN},
  };
  llvm::StringRef text = textOf(begin, end);
  for (const Replacement &replacement : replacements) {
    if (replacement.foreign != text)
      continue;
    diagnostics
        .report(Diag::NAS0010, rangeOf(begin, end), "'", text,
                "' is no operator of the language")
        .help("write '", replacement.own, "'");
    push(replacement.type, begin, end);
    return;
  }
  DiagnosticBuilder builder =
      diagnostics.report(Diag::NAS0010, rangeOf(begin, end), "'", text,
                         "' is no operator of the language");
  if (text == "**")
    builder.help("there is no power; multiply");
  else if (text == "::")
    builder.help("a member is written with '.'");
  else
    builder.help("write the new value out: x = x ", text.take_front(1), " …");
  push(text == "::"   ? NasLexer::DOT
       : text == "**" ? NasLexer::STAR
                      : NasLexer::ASSIGN,
       begin, end);
}

void Cleaner::addStray(uint32_t begin, uint32_t end) {
  llvm::StringRef text = textOf(begin, end);
  // A byte order mark at the beginning is what some editors leave.
  if (begin == 0 && text.consume_front("\xEF\xBB\xBF")) {
    begin += 3;
    if (text.empty())
      return;
  }
  DiagnosticBuilder builder =
      llvm::isPrint(text.front()) || static_cast<unsigned char>(text[0]) >= 0x80
          ? diagnostics.report(Diag::NAS0010, rangeOf(begin, end), "'", text,
                               "' is no character of the language")
          : diagnostics.report(
                Diag::NAS0010, rangeOf(begin, end), "the control character 0x",
                llvm::utohexstr(static_cast<unsigned char>(text[0]), false, 2),
                " is no character of the language");
  for (const Lookalike &lookalike : lookalikes) {
    if (lookalike.character != text)
      continue;
    builder.help("write '", lookalike.meaning, "'");
    return;
  }
  if (text == "\xC2\xA0")
    builder.help("this is a space that does not break a line; write a space");
  else if (text == "#") {
    builder.help("a comment begins with '//'");
    ignoredUntil = buffer.text.find('\n', begin);
  } else if (text == "&" || text == "|" || text == "^" || text == "~")
    builder.help("conditions are joined with 'and' and 'or'");
  else if (text == "'" || text == "`")
    builder.help("strings stand in double quotes");
  else if (static_cast<unsigned char>(text[0]) >= 0x80)
    builder.help("names consist of the letters A to Z, digits and '_'; other "
                 "characters stand in strings and comments only");
}

//===----------------------------------------------------------------------===//
// Classification
//===----------------------------------------------------------------------===//

namespace {

/// Gives tokens the types that depend on their neighbours.
class Classifier {
public:
  Classifier(TokenBuffer &buffer, DiagnosticEngine &diagnostics)
      : buffer(buffer), diagnostics(diagnostics), tokens(buffer.tokens) {}

  /// False where brackets are nested too deep.
  bool run();

private:
  size_t previous() const {
    return result.empty() ? antlr4::Token::INVALID_TYPE
                          : result.back().getType();
  }
  size_t ahead(size_t distance) const {
    return tokens[std::min(read + distance, tokens.size() - 1)].getType();
  }
  bool inside(size_t bracket) const {
    return !open.empty() && open.back() == bracket;
  }
  /// Makes a unit of the token behind a number, where it is one.
  /// Makes `network` a name where it does not begin an item.
  void findNetworks();
  bool classifyUnit(SourceToken &token);
  void reportUnknownUnit(SourceToken &token);
  void classifyOpening(SourceToken &token);
  void classifyWord(SourceToken &token);
  /// The choice of `choice x = {…}`, as if it were right.
  void repairChoice(SourceToken &token);
  /// Whether an `if` or `match` stands in limits and is no statement there: of
  /// an `if`, `then` comes before the first brace.
  bool isExpressionOfLimits(size_t type) const;
  /// Adds the comma behind the statements of an arm of `match`.
  void separateArms(const SourceToken &closing);

  TokenBuffer &buffer;
  DiagnosticEngine &diagnostics;
  std::vector<SourceToken> &tokens;
  std::vector<SourceToken> result;
  /// Types of the brackets that are open.
  std::vector<size_t> open;
  /// How many brackets are open within limits, at least; 0 outside.
  size_t limitsDepth = 0;
  size_t read = 0;
};

} // namespace

void Classifier::findNetworks() {
  unsigned depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    size_t type = tokens[i].getType();
    if (isOpening(type))
      ++depth;
    else if (isClosing(type) && depth)
      --depth;
    if (type != NasParser::NETWORK)
      continue;
    auto typeAt = [&](size_t at) {
      return tokens[std::min(at, tokens.size() - 1)].getType();
    };
    // The name of the network may be this word, too.
    size_t second = typeAt(i + 1);
    bool isWhole = (isNameToken(second) || second == NasParser::NETWORK) &&
                   typeAt(i + 2) == NasParser::ASSIGN;
    // Where only items stand, a wrong one is meant as one.
    size_t before = i ? typeAt(i - 1) : size_t(NasParser::SEMICOLON);
    bool standsAlone = depth == 0 && (before == NasParser::SEMICOLON ||
                                      before == NasParser::RBRACE);
    if (!isWhole && !standsAlone)
      tokens[i].setType(NasParser::IDENTIFIER);
  }
}

bool Classifier::run() {
  findNetworks();
  result.reserve(tokens.size());
  for (read = 0; read < tokens.size(); ++read) {
    SourceToken token = tokens[read];
    if (isNumber(previous()) && classifyUnit(token)) {
      result.push_back(token);
      continue;
    }
    size_t type = token.getType();
    if (isOpening(type)) {
      classifyOpening(token);
      open.push_back(token.getType());
      if (open.size() > maxNesting) {
        diagnostics
            .report(Diag::NAS0005, buffer.rangeOf(token),
                    "brackets are nested more than ", maxNesting, " deep here")
            .help("give names to parts with 'let' or 'block'");
        return false;
      }
      result.push_back(token);
      continue;
    }
    if (isClosing(type)) {
      size_t opening = open.empty() ? antlr4::Token::INVALID_TYPE : open.back();
      if (!open.empty())
        open.pop_back();
      result.push_back(token);
      if (opening == NasParser::ARM_OPEN)
        separateArms(token);
      continue;
    }
    if (type == NasParser::COMMA && isClosing(ahead(1)) &&
        !isOpening(previous()) && previous() != NasParser::COMMA)
      continue;
    if (type == NasParser::ASSIGN || type == NasParser::COLON)
      repairChoice(token);
    else if (isBinaryOperator(type) && endsOperand(previous()) &&
             (ahead(1) == NasParser::IF || ahead(1) == NasParser::FORALL))
      token.setType(NasParser::TAIL_OPERATOR);
    else
      classifyWord(token);
    result.push_back(token);
  }
  tokens = std::move(result);
  return true;
}

bool Classifier::classifyUnit(SourceToken &token) {
  size_t type = token.getType();
  if (type == NasParser::PERCENT) {
    if (beginsOperand(ahead(1)))
      return false;
    token.setType(NasParser::UNIT);
    return true;
  }
  // A word on the next line is the beginning of something else.
  if (type != NasParser::IDENTIFIER ||
      buffer.onDifferentLines(result.back(), token))
    return false;
  token.setType(NasParser::UNIT);
  if (!findUnit(buffer.textOf(token)))
    reportUnknownUnit(token);
  return true;
}

void Classifier::reportUnknownUnit(SourceToken &token) {
  struct Word {
    llvm::StringRef text;
    size_t type;
  };
  // Words that may stand behind a number and are no units.
  static constexpr Word words[] = {
      {"step", NasParser::STEP}, {"points", NasParser::POINTS},
      {"log", NasParser::LOG},   {"linear", NasParser::LINEAR},
      {"when", NasParser::WHEN}, {"then", NasParser::THEN},
      {"else", NasParser::ELSE}, {"implies", NasParser::IMPLIES},
  };
  // Units that are written otherwise elsewhere.
  struct Spelling {
    llvm::StringRef foreign;
    llvm::StringRef own;
  };
  static constexpr Spelling spellings[] = {
      {"msec", "ms"},         {"usec", "us"},       {"nsec", "ns"},
      {"sec", "s"},           {"secs", "s"},        {"second", "s"},
      {"seconds", "s"},       {"minute", "min"},    {"minutes", "min"},
      {"mins", "min"},        {"hour", "h"},        {"hours", "h"},
      {"milliseconds", "ms"}, {"percent", "%"},     {"evals", "evaluations"},
      {"joule", "J"},         {"watt", "W"},        {"px", "pixels"},
      {"samples", "images"},  {"sample", "images"},
  };
  llvm::StringRef text = buffer.textOf(token);
  llvm::SmallVector<llvm::StringRef> candidates;
  for (const Unit &unit : allUnits())
    candidates.push_back(unit.name);
  for (const Word &word : words)
    candidates.push_back(word.text);
  std::optional<llvm::StringRef> nearest = nearestName(text, candidates);
  for (const Spelling &spelling : spellings)
    if (spelling.foreign == text)
      nearest = spelling.own;
  const SourceToken &number = result.back();
  SourceRange range = buffer.rangeOf(number).cover(buffer.rangeOf(token));

  // `0x10`, `1e`, `12abc`: what stands against the number and is no unit.
  bool touches = number.end == token.begin;
  if (touches &&
      (!nearest || text.size() == 1 || text.contains_insensitive('x'))) {
    DiagnosticBuilder builder =
        diagnostics.report(Diag::NAS0016, range, "'",
                           buffer.sources.text(range), "' is no number");
    if (buffer.textOf(number) == "0" && text.starts_with_insensitive("x"))
      builder.help("numbers are decimal");
    else if (text.starts_with_insensitive("e"))
      builder.help("write the exponent: 1e-3");
    else
      builder.help("a name cannot begin with a digit; a unit may stand behind "
                   "the number");
    return;
  }
  DiagnosticBuilder builder = diagnostics.report(
      Diag::NAS0017, buffer.rangeOf(token), "unknown unit '", text, "'");
  for (const Word &word : words)
    if (nearest && *nearest == word.text)
      token.setType(word.type);
  if (nearest)
    builder.help("did you mean '", *nearest, "'?");
  else
    builder.help("units are ps ns us ms s min h, B KiB MiB GiB kB MB, Hz kHz "
                 "MHz GHz, pJ nJ uJ mJ J, uW mW W, cycles, %, images, pixels, "
                 "epochs, evaluations, macs");
}

void Classifier::classifyOpening(SourceToken &token) {
  size_t type = token.getType();
  if (type == NasParser::LPAREN && isNameToken(ahead(1)) &&
      ahead(2) == NasParser::IN)
    token.setType(NasParser::AGGREGATE_OPEN);
  if (type != NasParser::LBRACE)
    return;
  if (previous() == NasParser::IN)
    token.setType(NasParser::SET_OPEN);
  else if (isNameToken(ahead(1)) && ahead(2) == NasParser::COLON)
    token.setType(NasParser::RECORD_OPEN);
  else if (previous() == NasParser::FAT_ARROW)
    token.setType(NasParser::ARM_OPEN);
}

bool Classifier::isExpressionOfLimits(size_t type) const {
  if (limitsDepth == 0 || open.size() < limitsDepth)
    return false;
  if (type == NasParser::MATCH)
    return true;
  for (size_t distance = 1;; ++distance) {
    switch (ahead(distance)) {
    case NasParser::THEN:
      return true;
    case NasParser::LBRACE:
    case NasParser::SEMICOLON:
    case antlr4::Token::EOF:
      return false;
    default:
      break;
    }
  }
}

void Classifier::classifyWord(SourceToken &token) {
  size_t type = token.getType();
  if (isNameToken(type)) {
    bool beginsArgument =
        inside(NasParser::LPAREN) &&
        (previous() == NasParser::LPAREN || previous() == NasParser::COMMA);
    if (beginsArgument && ahead(1) == NasParser::ASSIGN)
      token.setType(NasParser::ARGUMENT_NAME);
    return;
  }
  switch (type) {
  case NasParser::ELSE:
    if (ahead(1) != NasParser::IF)
      return;
    token.setType(NasParser::ELSE_IF);
    ++read;
    token.end = tokens[read].end;
    return;
  case NasParser::IF:
  case NasParser::MATCH: {
    // Behind an operand no expression can begin, so that it is a statement
    // behind a forgotten semicolon.
    size_t before = previous();
    if (isExpressionOfLimits(type))
      return;
    bool beginsStatement = before == NasParser::SEMICOLON ||
                           before == NasParser::LBRACE ||
                           before == NasParser::ARM_OPEN || endsOperand(before);
    if (beginsStatement)
      token.setType(type == NasParser::IF ? NasParser::IF_STATEMENT
                                          : NasParser::MATCH_STATEMENT);
    return;
  }
  case NasParser::LIMITS:
    limitsDepth = ahead(1) == NasParser::LBRACE ? open.size() + 1 : 0;
    return;
  case NasParser::SPACE:
  case NasParser::BLOCK:
  case NasParser::SEARCH:
  case NasParser::DEPLOY:
    limitsDepth = 0;
    return;
  case NasParser::RULES:
    diagnostics
        .report(Diag::NAS0025, buffer.rangeOf(token),
                "'rules' is reserved for a later version of the language")
        .help("choose another name");
    token.setType(NasParser::IDENTIFIER);
    return;
  default:
    return;
  }
}

void Classifier::repairChoice(SourceToken &token) {
  size_t count = result.size();
  if (count < 2 || !isNameToken(result[count - 1].getType()) ||
      result[count - 2].getType() != NasParser::CHOICE)
    return;
  llvm::StringRef name = buffer.textOf(result[count - 1]);
  diagnostics
      .report(Diag::NAS0020, buffer.rangeOf(token), "expected 'in', found '",
              buffer.textOf(token), "'")
      .help("the values of a choice stand behind 'in': choice ", name,
            " in {8, 16}; or: choice ", name, " in 2..6;");
  token.setType(NasParser::IN);
}

void Classifier::separateArms(const SourceToken &closing) {
  size_t next = ahead(1);
  if (next == NasParser::COMMA || isClosing(next) || next == antlr4::Token::EOF)
    return;
  result.emplace_back(&buffer, static_cast<uint32_t>(NasParser::COMMA),
                      closing.end, closing.end);
}

bool parser::makeTokens(TokenBuffer &buffer, DiagnosticEngine &diagnostics) {
  if (!Cleaner(buffer, diagnostics).run() || diagnostics.errorLimitReached())
    return false;
  return Classifier(buffer, diagnostics).run();
}
