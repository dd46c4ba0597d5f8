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

mlir::OwningOpRef<mlir::ModuleOp>
nasc::compileToIR(llvm::StringRef path, SourceManager &sources,
                  DiagnosticEngine &diagnostics, mlir::MLIRContext &context,
                  const DatasetInspector &inspector) {
  std::unique_ptr<CheckedProgram> program =
      checkSpecification(path, sources, diagnostics, inspector);
  if (!program || diagnostics.hasErrors())
    return nullptr;
  return translate(*program, sources, diagnostics, context);
}
