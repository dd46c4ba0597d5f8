//===- CodedDiagnostic.h - Codes on diagnostics of MLIR ---------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pass ends the text of an error that users can cause with its code:
//
//   op.emitError("expected a bound, found ") << type << Diag::NAS2015;
//
// nas-opt shows the code in brackets behind the text. The compiler's command
// takes the code as data and the text without it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_DIAGNOSTICS_CODEDDIAGNOSTIC_H
#define NASC_DIALECTS_DIAGNOSTICS_CODEDDIAGNOSTIC_H

#include "dialects/diagnostics/Code.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace nasc {

/// Gives a diagnostic its code, once.
mlir::InFlightDiagnostic &operator<<(mlir::InFlightDiagnostic &diagnostic,
                                     Diag code);
mlir::InFlightDiagnostic &&operator<<(mlir::InFlightDiagnostic &&diagnostic,
                                      Diag code);

/// The code that a diagnostic was given; nothing without.
std::optional<Diag> codeOf(const mlir::Diagnostic &diagnostic);

/// The text of a diagnostic without its code.
std::string textWithoutCode(const mlir::Diagnostic &diagnostic);

/// Emits an error of a library at a place, with its code if it has one.
/// `before` goes before its message.
mlir::InFlightDiagnostic emitError(mlir::Location place, llvm::Error error,
                                   const llvm::Twine &before = "");

} // namespace nasc

#endif // NASC_DIALECTS_DIAGNOSTICS_CODEDDIAGNOSTIC_H
