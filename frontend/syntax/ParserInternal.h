//===- ParserInternal.h - The parts of the parser ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the Parser*.cpp files share. ANTLR is seen by these files alone, and no
// exception leaves them.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_SYNTAX_PARSERINTERNAL_H
#define NASC_FRONTEND_SYNTAX_PARSERINTERNAL_H

#include "frontend/diagnostics/Diagnostic.h"
#include "frontend/syntax/AST.h"

#include "NasLexer.h"
#include "NasParser.h"

#include <optional>
#include <vector>

namespace nasc::parser {

using grammar::NasLexer;
using grammar::NasParser;

class TokenBuffer;

/// A token of 32 bytes; ANTLR's own takes five times as much.
class SourceToken final : public antlr4::Token {
public:
  SourceToken(const TokenBuffer *buffer, uint32_t type, uint32_t begin,
              uint32_t end)
      : buffer(buffer), type(type), begin(begin), end(end) {}

  std::string getText() const override;
  size_t getType() const override {
    return type == endOfFileType ? antlr4::Token::EOF : type;
  }
  size_t getLine() const override { return 1; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return DEFAULT_CHANNEL; }
  size_t getTokenIndex() const override;
  size_t getStartIndex() const override { return begin; }
  size_t getStopIndex() const override { return static_cast<size_t>(end) - 1; }
  antlr4::TokenSource *getTokenSource() const override { return nullptr; }
  antlr4::CharStream *getInputStream() const override { return nullptr; }
  std::string toString() const override { return getText(); }

  void setType(size_t newType) { type = static_cast<uint32_t>(newType); }

  static constexpr uint32_t endOfFileType = UINT32_MAX;

private:
  const TokenBuffer *buffer;
  uint32_t type;

public:
  uint32_t begin;
  uint32_t end;
};

/// The tokens of one file, the last one being the end of the file.
class TokenBuffer final : public antlr4::TokenStream {
public:
  TokenBuffer(const SourceManager &sources, FileId file)
      : sources(sources), file(file), text(sources.text(file)) {}

  antlr4::Token *LT(ssize_t k) override;
  antlr4::Token *get(size_t index) const override;
  antlr4::TokenSource *getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval &) override { return {}; }
  std::string getText() override { return text.str(); }
  std::string getText(antlr4::RuleContext *) override { return {}; }
  std::string getText(antlr4::Token *, antlr4::Token *) override { return {}; }
  void consume() override;
  size_t LA(ssize_t k) override;
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return position; }
  void seek(size_t index) override;
  size_t size() override { return tokens.size(); }
  std::string getSourceName() const override {
    return sources.name(file).str();
  }

  SourceToken &at(size_t index) { return tokens[index]; }
  llvm::StringRef textOf(const antlr4::Token &token) const {
    auto &own = static_cast<const SourceToken &>(token);
    return text.substr(own.begin, own.end - own.begin);
  }
  SourceRange rangeOf(const antlr4::Token &token) const {
    auto &own = static_cast<const SourceToken &>(token);
    return {file, own.begin, own.end};
  }
  /// Whether a line ends between the two tokens.
  bool onDifferentLines(const SourceToken &first,
                        const SourceToken &second) const {
    return text.slice(first.end, second.begin).contains('\n');
  }

  const SourceManager &sources;
  const FileId file;
  const llvm::StringRef text;
  std::vector<SourceToken> tokens;

private:
  size_t position = 0;
};

/// Thrown through generated code when parsing is given up; the reason has been
/// reported.
struct ParsingAborted {};

/// Whether a token is a name: an identifier, or a word that has a meaning in
/// some places only.
bool isNameToken(size_t type);
/// Whether an expression can end with this token.
bool endsOperand(size_t type);
/// Whether a statement of a block or space begins with this keyword.
bool beginsStatement(size_t type);
/// Whether the tokens from `index` on look like the beginning of an item that
/// cannot be inside another one.
bool looksLikeItem(TokenBuffer &tokens, size_t index);
/// Whether a type is one of the kinds of `{`.
bool isOpeningBrace(size_t type);

/// Lexes the buffer's file and gives the tokens the types that the grammar
/// asks for. False where parsing is of no use; the reason has been reported.
bool makeTokens(TokenBuffer &tokens, DiagnosticEngine &diagnostics);

/// Makes the syntax tree of a parse tree. Parts of the parse tree that have
/// errors are left out.
std::unique_ptr<ast::File> buildTree(NasParser::FileContext &context,
                                     TokenBuffer &tokens,
                                     DiagnosticEngine &diagnostics);

/// Parses the tokens and reports syntax errors; throws ParsingAborted.
NasParser::FileContext *parseTokens(NasParser &parser, TokenBuffer &tokens,
                                    DiagnosticEngine &diagnostics);

/// NasParser with a bound on the depth of its recursion.
class BoundedParser final : public NasParser {
public:
  BoundedParser(TokenBuffer &tokens, DiagnosticEngine &diagnostics)
      : NasParser(&tokens), tokens(tokens), diagnostics(diagnostics) {}

  void enterRule(antlr4::ParserRuleContext *context, size_t state,
                 size_t ruleIndex) override;

private:
  TokenBuffer &tokens;
  DiagnosticEngine &diagnostics;
  std::vector<antlr4::RuleContext *> active;
};

/// An expression and the depth of its tree; the node is null where an error was
/// reported.
struct BuiltExpression {
  ast::ExprPtr node;
  unsigned depth = 0;

  explicit operator bool() const { return node != nullptr; }
};

/// Makes syntax trees of the parts of a parse tree.
class TreeBuilder {
public:
  TreeBuilder(TokenBuffer &tokens, DiagnosticEngine &diagnostics)
      : tokens(tokens), diagnostics(diagnostics) {}

  std::unique_ptr<ast::File> file(NasParser::FileContext &context);

private:
  // Items and statements (ParserTree.cpp).
  ast::ItemPtr item(NasParser::ItemContext &context);
  ast::ItemPtr importItem(NasParser::ImportItemContext &context);
  ast::ItemPtr datasetItem(NasParser::DatasetItemContext &context);
  ast::ItemPtr networkItem(NasParser::NetworkItemContext &context);
  ast::ItemPtr deviceItem(NasParser::DeviceItemContext &context);
  std::unique_ptr<ast::Block> blockItem(NasParser::BlockItemContext &context);
  ast::ItemPtr spaceItem(NasParser::SpaceItemContext &context);
  ast::ItemPtr limitsItem(NasParser::LimitsItemContext &context);
  enum class Container { Dataset, Device, Search, Deploy, Network };
  /// A dataset or a network: `name = format("FILE") { settings }`.
  template <typename Node, typename Context>
  ast::ItemPtr itemFromFile(Context &context, Container container);
  std::vector<ast::ConfigurationPtr>
  configuration(NasParser::ConfigurationContext &context, Container container,
                unsigned level = 0);
  ast::ConfigurationPtr entry(NasParser::EntryContext &context,
                              Container container, unsigned level);
  std::vector<ast::Parameter> parameters(NasParser::ParametersContext *context);
  ast::TypePtr type(NasParser::TypeContext &context);
  ast::StatementList body(NasParser::BodyContext &context);
  std::vector<ast::StatementPtr> statements(antlr4::ParserRuleContext &context);
  ast::StatementPtr statement(NasParser::StatementContext &context);
  ast::StatementPtr choice(NasParser::StatementContext &context);
  ast::StatementPtr ifStatement(NasParser::StatementContext &context);
  ast::StatementPtr matchStatement(NasParser::StatementContext &context);
  ast::StatementPtr expressionStatement(NasParser::StatementContext &context);
  ast::StatementPtr assignment(NasParser::ExpressionContext &target,
                               NasParser::ExpressionContext &value,
                               SourceRange range);
  ast::DomainPtr domain(NasParser::DomainContext &context);
  std::vector<ast::LimitPtr> limits(NasParser::LimitBodyContext &context);
  ast::LimitPtr limit(NasParser::LimitContext &context);
  /// Reports the errors in the bodies of a construct that is left out.
  void visitBodies(antlr4::ParserRuleContext &context);
  void reportUnusedValue(antlr4::ParserRuleContext &context);
  bool checkElseArms(NasParser::MatchRestContext &context);

  // Expressions (ParserExpressions.cpp).
  ast::ExprPtr expression(NasParser::ExpressionContext *context);
  BuiltExpression expressionTree(NasParser::ExpressionContext *context);
  BuiltExpression openExpression(NasParser::OpenExpressionContext &context);
  BuiltExpression primary(NasParser::PrimaryContext &context);
  BuiltExpression number(NasParser::PrimaryContext &context);
  BuiltExpression quantityPart(NasParser::PartContext &context);
  BuiltExpression literal(const antlr4::Token &token);
  BuiltExpression quantity(const antlr4::Token &number,
                           const antlr4::Token &unit, SourceRange range);
  BuiltExpression suffix(BuiltExpression base,
                         NasParser::SuffixContext &context);
  BuiltExpression call(BuiltExpression callee,
                       NasParser::SuffixContext &context);
  BuiltExpression aggregate(BuiltExpression callee,
                            NasParser::SuffixContext &context);
  BuiltExpression matchExpression(NasParser::MatchRestContext &context,
                                  SourceRange range);
  BuiltExpression expressionList(NasParser::PrimaryContext &context);
  BuiltExpression record(NasParser::PrimaryContext &context);
  /// False where an argument has an error.
  bool arguments(NasParser::ArgumentsContext *context,
                 std::vector<ast::Argument> &result, unsigned &depth);
  std::optional<ast::Binder> binder(NasParser::BinderContext *context,
                                    unsigned *depth = nullptr);
  std::optional<Number> parseNumberToken(const antlr4::Token &token);
  std::unique_ptr<ast::StringLiteral> stringLiteral(const antlr4::Token &token);
  /// The node, if its tree is not too deep.
  BuiltExpression bounded(ast::ExprPtr node, unsigned depth);

  ast::Name name(antlr4::ParserRuleContext *context);
  SourceRange range(antlr4::ParserRuleContext &context);
  SourceRange range(antlr4::tree::TerminalNode *node) {
    return tokens.rangeOf(*node->getSymbol());
  }

  class OperatorStack;

  TokenBuffer &tokens;
  DiagnosticEngine &diagnostics;
};

} // namespace nasc::parser

#endif // NASC_FRONTEND_SYNTAX_PARSERINTERNAL_H
