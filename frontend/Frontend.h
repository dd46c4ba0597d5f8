//===- Frontend.h - From a specification to IR ------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The whole front end in one call each: parse, import, check, translate.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_FRONTEND_H
#define NASC_FRONTEND_FRONTEND_H

#include "frontend/analysis/SemanticAnalysis.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace nasc {

/// Parses and checks the file at `path` with its imports. All errors go to
/// `diagnostics`; the result may be used where there is none. With an
/// `inspector`, the shapes of data are looked up in their files. Null only
/// where nothing of the file could be read.
std::unique_ptr<CheckedProgram>
checkSpecification(llvm::StringRef path, SourceManager &sources,
                   DiagnosticEngine &diagnostics,
                   const DatasetInspector &inspector = {});

/// The same for a file that is in the manager already.
std::unique_ptr<CheckedProgram>
checkSpecification(FileId file, SourceManager &sources,
                   DiagnosticEngine &diagnostics,
                   const DatasetInspector &inspector = {});

/// Translates a checked program without errors into a module of the dialects
/// nas, cost and search. A space whose shapes only the data know needs the
/// inspector in the check. Null, with a diagnostic, where the program has no
/// space, or where the result does not verify.
mlir::OwningOpRef<mlir::ModuleOp> translate(const CheckedProgram &program,
                                            const SourceManager &sources,
                                            DiagnosticEngine &diagnostics,
                                            mlir::MLIRContext &context);

/// Whether a file of this name is a specification as IR (`.mlir`).
bool isIR(llvm::StringRef path);

/// Reads the IR of a specification. Null after diagnostics (NAS9013).
mlir::OwningOpRef<mlir::ModuleOp> readIR(FileId file,
                                         const SourceManager &sources,
                                         DiagnosticEngine &diagnostics,
                                         mlir::MLIRContext &context);

} // namespace nasc

#endif // NASC_FRONTEND_FRONTEND_H
