//===- Imports.h - Where imported files are found ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_SYNTAX_IMPORTS_H
#define NASC_FRONTEND_SYNTAX_IMPORTS_H

#include "frontend/syntax/Parser.h"

#include <optional>
#include <string>
#include <vector>

namespace nasc {

/// The folders of the library that ships with the compiler, in the order in
/// which they are searched: the one that the environment variable NASC_LIBRARY
/// names, alone; otherwise the one beside the executable's installation
/// (`../share/nasc/library`), and the one of the source tree.
std::vector<std::string> libraryDirectories();

/// Adds what a program uses without importing it: the device `host`, where it
/// is named and not defined. Errors are diagnostics.
void addImplicitImports(ParsedProgram &program, SourceManager &sources,
                        DiagnosticEngine &diagnostics);

/// The file of the library, as it is imported (`devices/stm32h743zi.nas`), that
/// defines a device or a block of that name; nothing where there is none.
std::optional<std::string> findInLibrary(ast::NodeKind kind,
                                         llvm::StringRef name);

} // namespace nasc

#endif // NASC_FRONTEND_SYNTAX_IMPORTS_H
