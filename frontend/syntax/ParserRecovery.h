//===- ParserRecovery.h - Syntax errors and how to go on --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The error strategy of the parser. What it says is in ParserMessages.cpp, how
// it goes on in ParserRecovery.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_SYNTAX_PARSERRECOVERY_H
#define NASC_FRONTEND_SYNTAX_PARSERRECOVERY_H

#include "frontend/syntax/ParserInternal.h"

#include <deque>

namespace nasc::parser {

/// A word, and the keyword that is meant by it.
struct Synonym {
  llvm::StringRef word;
  llvm::StringRef keyword;
};

inline bool isItemKeyword(size_t type) {
  return type >= NasParser::IMPORT && type <= NasParser::DEPLOY;
}

/// Whether a token is a keyword that cannot be a name.
inline bool isKeyword(size_t type) {
  return (type >= NasParser::IMPORT && type <= NasParser::FALSE) ||
         type == NasParser::ELSE_IF || type == NasParser::IF_STATEMENT ||
         type == NasParser::MATCH_STATEMENT;
}

/// Puts single quotes around a text.
inline std::string quote(llvm::StringRef text) {
  return ("'" + text + "'").str();
}

/// Says what was expected and found, and takes up parsing at the next whole
/// construct.
class RecoveryStrategy final : public antlr4::ANTLRErrorStrategy {
public:
  RecoveryStrategy(TokenBuffer &tokens, DiagnosticEngine &diagnostics,
                   const antlr4::dfa::Vocabulary &vocabulary)
      : tokens(tokens), diagnostics(diagnostics), vocabulary(vocabulary) {}

  void reset(antlr4::Parser *) override { recovering = false; }
  bool inErrorRecoveryMode(antlr4::Parser *) override { return recovering; }
  void reportMatch(antlr4::Parser *) override { recovering = false; }
  void reportError(antlr4::Parser *parser,
                   const antlr4::RecognitionException &error) override;
  antlr4::Token *recoverInline(antlr4::Parser *parser) override;
  void recover(antlr4::Parser *parser, std::exception_ptr error) override;
  void sync(antlr4::Parser *parser) override;

private:
  size_t type(ssize_t k = 1) { return tokens.LA(k); }
  SourceToken &current() { return tokens.at(tokens.index()); }
  /// The token before the current one; null at the beginning of the file.
  SourceToken *before() {
    return tokens.index() ? &tokens.at(tokens.index() - 1) : nullptr;
  }
  bool beginsLine() {
    return !before() || tokens.onDifferentLines(*before(), current());
  }
  bool endsStatementHere();

  /// Begins the report of an error; the next ones are silent until a token was
  /// parsed.
  DiagnosticBuilder begin(Diag code, SourceRange range, llvm::StringRef text) {
    recovering = true;
    return diagnostics.report(code, range, text);
  }
  /// Gives up where enough was reported. To be called after each report, not
  /// from a destructor.
  void checkLimit() {
    if (diagnostics.errorLimitReached())
      throw ParsingAborted();
  }

  void reportUnexpected(const antlr4::misc::IntervalSet &expected,
                        antlr4::ParserRuleContext *context);
  void reportUnclosed(size_t closing);
  void addHints(DiagnosticBuilder &builder,
                const antlr4::misc::IntervalSet &expected,
                antlr4::ParserRuleContext *context);
  bool reportMissingSemicolon();
  /// The innermost bracket of this kind that is open before the current token.
  SourceToken *openBracket(size_t closing);
  std::string expectedText(const antlr4::misc::IntervalSet &expected);
  std::string foundText();
  std::string spellingOf(size_t type);

  void syncFile();
  void syncBody();
  void syncLimits();
  void syncConfiguration();
  void skipJunk(Diag code, llvm::StringRef message, llvm::StringRef help);
  bool correctKeyword(llvm::ArrayRef<llvm::StringRef> keywords,
                      llvm::ArrayRef<Synonym> synonyms, Diag code,
                      llvm::StringRef what);

  /// What follows is the beginning of something whole: errors in it are errors
  /// of their own. The end of the file is a consequence of an earlier one.
  void endRecovery() { recovering = type() == antlr4::Token::EOF; }
  void skipBraces();
  /// Skips to the end of a statement. Where a `{` comes first, `atBrace` is
  /// called and decides whether the statement ends behind what it skipped.
  template <typename AtBrace> void skipStatement(size_t start, AtBrace atBrace);
  void recoverStatement(NasParser &parser);
  void recoverLimit(NasParser &parser);
  void recoverEntry(NasParser &parser);
  void recoverItem(NasParser &parser, size_t keyword);
  void recoverHeader();
  void recoverParameters();
  void recoverArm();
  /// False where the braces of the match were not reached.
  bool recoverMatch(antlr4::ParserRuleContext &context);
  /// The number of braces between a token and the current one that are open.
  unsigned openBraces(size_t fromIndex);
  template <typename Parse> void parseBodies(Parse parse);

  TokenBuffer &tokens;
  DiagnosticEngine &diagnostics;
  const antlr4::dfa::Vocabulary &vocabulary;
  /// Stand for tokens that are missing; the parse tree refers to them.
  std::deque<SourceToken> madeUp;
  bool recovering = false;
};

} // namespace nasc::parser

#endif // NASC_FRONTEND_SYNTAX_PARSERRECOVERY_H
