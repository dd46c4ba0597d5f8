//===- Parser.h - From source text to the syntax tree -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parses files of the language (grammars/Nas.g4), and finds what they import.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_SYNTAX_PARSER_H
#define NASC_FRONTEND_SYNTAX_PARSER_H

#include "frontend/diagnostics/Diagnostic.h"
#include "frontend/syntax/AST.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <string>
#include <vector>

namespace nasc {

/// The deepest nesting of brackets, and the deepest tree of one expression,
/// that the parser accepts. Deeper input is a diagnostic.
constexpr unsigned maxNesting = 256;
constexpr unsigned maxExpressionDepth = 1000;

/// The most tokens of one file. The parse tree takes some 250 bytes for each,
/// so that no file can exhaust the memory of an ordinary machine.
constexpr unsigned maxTokens = 8'000'000;

/// Parses one file and reports every syntax error in it (until the engine's
/// limit). Statements with errors are left out of the tree, so that a file
/// with errors may still be looked at, but gives misleading semantic errors;
/// compare `errorCount()` before and after. Null only where nothing of the
/// file is usable (not text, nested too deep, empty).
std::unique_ptr<ast::File> parse(const SourceManager &sources, FileId file,
                                 DiagnosticEngine &diagnostics);

/// A file with everything that it imports, in an order in which each file
/// comes after the files that it imports; the root is the last one.
struct ParsedProgram {
  std::vector<std::unique_ptr<ast::File>> files;
  /// False where a file could not be read or has errors.
  bool complete = true;

  /// The file of this id, or null.
  const ast::File *find(FileId file) const;
};

/// Parses `rootPath` and, transitively, its imports. An import is looked for
/// beside the importing file first, then in `libraryDirectories` in order. A
/// file is parsed once, however often it is imported. Missing, unreadable and
/// cyclic imports are diagnostics.
ParsedProgram parseProgram(SourceManager &sources, llvm::StringRef rootPath,
                           llvm::ArrayRef<std::string> libraryDirectories,
                           DiagnosticEngine &diagnostics);

/// The same for a file that is in the manager already (standard input, a
/// buffer of a test).
ParsedProgram parseProgram(SourceManager &sources, FileId root,
                           llvm::ArrayRef<std::string> libraryDirectories,
                           DiagnosticEngine &diagnostics);

/// Parses one more file of the library (`devices/host.nas`) with its imports
/// into `program`, before the files that are there. Nothing happens where the
/// program has it already. False where it cannot be found.
bool addLibraryFile(ParsedProgram &program, SourceManager &sources,
                    llvm::StringRef path,
                    llvm::ArrayRef<std::string> libraryDirectories,
                    DiagnosticEngine &diagnostics);

} // namespace nasc

#endif // NASC_FRONTEND_SYNTAX_PARSER_H
