//===- SyntaxTestSupport.h - Parsing in tests --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_FRONTEND_SYNTAXTESTSUPPORT_H
#define NASC_TEST_UNIT_FRONTEND_SYNTAXTESTSUPPORT_H

#include "frontend/syntax/Parser.h"

#include "gtest/gtest.h"

#include <memory>
#include <string>
#include <vector>

namespace nasc::test {

/// A text, its tree and what was reported of it.
struct Parsed {
  explicit Parsed(llvm::StringRef text, unsigned maxErrors = 50)
      : diagnostics(sources, &found) {
    diagnostics.setMaxErrors(maxErrors);
    id = sources.addBuffer("test.nas", text);
    file = parse(sources, id, diagnostics);
  }

  /// The codes in the order of their reporting: "NAS0021 NAS0022".
  std::string codes() const {
    std::string text;
    for (const Diagnostic &each : found.diagnostics)
      text += (text.empty() ? "" : " ") + codeName(each.code).str();
    return text;
  }

  /// All diagnostics as users read them.
  std::string rendered() const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    TextDiagnosticConsumer consumer(stream, /*color=*/false);
    for (const Diagnostic &each : found.diagnostics)
      consumer.handle(each, sources);
    return text;
  }

  /// The tree as text; empty where there is none.
  std::string printed() const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (file)
      ast::print(*file, stream);
    return text;
  }

  SourceManager sources;
  CollectingDiagnosticConsumer found;
  DiagnosticEngine diagnostics;
  FileId id;
  std::unique_ptr<ast::File> file;
};

/// An expression, parsed as the value of a `let` in a space.
struct ParsedExpression : Parsed {
  explicit ParsedExpression(llvm::StringRef text)
      : Parsed(("space s { let value = " + text + "; }").str()) {}

  /// Null where there was an error.
  const ast::Expr *get() const {
    if (!file || file->items.size() != 1)
      return nullptr;
    auto &space = llvm::cast<ast::Space>(*file->items.front());
    if (space.body.statements.size() != 1)
      return nullptr;
    return llvm::cast<ast::Let>(*space.body.statements.front()).value.get();
  }
};

inline std::string repeated(llvm::StringRef text, size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i)
    result += text;
  return result;
}

} // namespace nasc::test

#endif // NASC_TEST_UNIT_FRONTEND_SYNTAXTESTSUPPORT_H
