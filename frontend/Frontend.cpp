//===- Frontend.cpp - From a specification to IR --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"

#include "frontend/syntax/Imports.h"
#include "frontend/translation/DiagnosticHandler.h"
#include "frontend/translation/Translation.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace nasc;

static std::unique_ptr<CheckedProgram>
checkParsed(ParsedProgram parsed, SourceManager &sources,
            DiagnosticEngine &diagnostics, const DatasetInspector &inspector) {
  if (parsed.files.empty())
    return nullptr;
  // Statements with syntax errors are missing from the tree: what follows from
  // that would only confuse.
  if (!parsed.complete || diagnostics.hasErrors()) {
    auto program = std::make_unique<CheckedProgram>();
    program->parsed = std::move(parsed);
    return program;
  }
  addImplicitImports(parsed, sources, diagnostics);
  return analyze(std::move(parsed), sources, diagnostics, inspector);
}

std::unique_ptr<CheckedProgram>
nasc::checkSpecification(llvm::StringRef path, SourceManager &sources,
                         DiagnosticEngine &diagnostics,
                         const DatasetInspector &inspector) {
  return checkParsed(
      parseProgram(sources, path, libraryDirectories(), diagnostics), sources,
      diagnostics, inspector);
}

std::unique_ptr<CheckedProgram>
nasc::checkSpecification(FileId file, SourceManager &sources,
                         DiagnosticEngine &diagnostics,
                         const DatasetInspector &inspector) {
  return checkParsed(
      parseProgram(sources, file, libraryDirectories(), diagnostics), sources,
      diagnostics, inspector);
}

mlir::OwningOpRef<mlir::ModuleOp> nasc::translate(const CheckedProgram &program,
                                                  const SourceManager &sources,
                                                  DiagnosticEngine &diagnostics,
                                                  mlir::MLIRContext &context) {
  DiagnosticHandler handler(context, sources, diagnostics);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      Translator(program, sources, diagnostics, context).run();
  if (!module || mlir::failed(mlir::verify(*module)))
    return nullptr;
  return module;
}

bool nasc::isIR(llvm::StringRef path) { return path.ends_with(".mlir"); }

mlir::OwningOpRef<mlir::ModuleOp> nasc::readIR(FileId file,
                                               const SourceManager &sources,
                                               DiagnosticEngine &diagnostics,
                                               mlir::MLIRContext &context) {
  DiagnosticHandler handler(context, sources, diagnostics, Diag::NAS9013);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceString<mlir::ModuleOp>(sources.text(file), &context,
                                              sources.name(file));
  if (!module && !diagnostics.hasErrors())
    diagnostics.report(Diag::NAS9013, SourceRange{file, 0, 0},
                       "the file is not a module");
  return module;
}
