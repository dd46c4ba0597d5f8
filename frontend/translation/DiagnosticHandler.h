//===- DiagnosticHandler.h - Diagnostics of MLIR as our own -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_TRANSLATION_DIAGNOSTICHANDLER_H
#define NASC_FRONTEND_TRANSLATION_DIAGNOSTICHANDLER_H

#include "dialects/nas/Nas.h"
#include "frontend/diagnostics/Diagnostic.h"

#include "mlir/IR/Diagnostics.h"

namespace nasc {

/// While it lives, diagnostics of an MLIR context go to a DiagnosticEngine.
///
/// Diagnostics that users can cause have a code (CodedDiagnostic.h). An error
/// without a code is a mistake of nasc and reported as NAS9001 with the request
/// to report it, or, while IR of the user is read, has the code `otherwise`.
/// Locations that the translation made (locationOf() in Translation.h) become
/// ranges.
class DiagnosticHandler {
public:
  DiagnosticHandler(mlir::MLIRContext &context, const SourceManager &sources,
                    DiagnosticEngine &diagnostics,
                    Diag otherwise = Diag::NAS9001);

  /// The range of a location; no place where it is of no file of the manager.
  static SourceRange rangeOf(mlir::Location location,
                             const SourceManager &sources);
  /// The range of a setting of a dataset, or of its sources for a setting that
  /// is not written.
  static SourceRange rangeOfSetting(nas::DatasetOp dataset,
                                    llvm::StringRef setting,
                                    const SourceManager &sources);

private:
  mlir::LogicalResult handle(mlir::Diagnostic &diagnostic);

  const SourceManager &sources;
  DiagnosticEngine &diagnostics;
  Diag otherwise;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace nasc

#endif // NASC_FRONTEND_TRANSLATION_DIAGNOSTICHANDLER_H
