//===- CodedDiagnostic.cpp - Codes on diagnostics of MLIR -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"

#include "dialects/diagnostics/CodedError.h"
#include "dialects/diagnostics/DiagnosticCatalog.h"

using namespace nasc;

/// The part of a text that shows a code, for each code of the catalogue. A
/// diagnostic holds a reference to the one here, by whose address, not by its
/// letters, the code is known: Diagnostic has no place for other data.
static constexpr llvm::StringLiteral shownCodes[] = {
#define DIAGNOSTIC(NAME, SEVERITY, SLUG, SUMMARY, EXPLANATION) " [" #NAME "]",
#include "dialects/diagnostics/DiagnosticCatalog.def"
#undef DIAGNOSTIC
};

mlir::InFlightDiagnostic &nasc::operator<<(mlir::InFlightDiagnostic &diagnostic,
                                           Diag code) {
  // Of the kinds of text, only a literal is not copied.
  return diagnostic << shownCodes[static_cast<unsigned>(code)].data();
}

mlir::InFlightDiagnostic &&
nasc::operator<<(mlir::InFlightDiagnostic &&diagnostic, Diag code) {
  return std::move(diagnostic << code);
}

/// The code that a part of a text is.
static std::optional<Diag> codeOf(const mlir::DiagnosticArgument &part) {
  if (part.getKind() !=
      mlir::DiagnosticArgument::DiagnosticArgumentKind::String)
    return std::nullopt;
  for (unsigned code = 0; code < std::size(shownCodes); ++code)
    if (part.getAsString().data() == shownCodes[code].data())
      return static_cast<Diag>(code);
  return std::nullopt;
}

std::optional<Diag> nasc::codeOf(const mlir::Diagnostic &diagnostic) {
  for (const mlir::DiagnosticArgument &part : diagnostic.getArguments())
    if (std::optional<Diag> code = ::codeOf(part))
      return code;
  return std::nullopt;
}

std::string nasc::textWithoutCode(const mlir::Diagnostic &diagnostic) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (const mlir::DiagnosticArgument &part : diagnostic.getArguments())
    if (!::codeOf(part))
      part.print(stream);
  return text;
}

mlir::InFlightDiagnostic nasc::emitError(mlir::Location place,
                                         llvm::Error error,
                                         const llvm::Twine &before) {
  mlir::InFlightDiagnostic diagnostic = mlir::emitError(place, before);
  llvm::handleAllErrors(
      std::move(error),
      [&](const CodedError &problem) {
        diagnostic << problem.message() << problem.getCode();
      },
      [&](const llvm::ErrorInfoBase &problem) {
        diagnostic << problem.message();
      });
  return diagnostic;
}
