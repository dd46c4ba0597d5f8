//===- Session.h - One specification on its way -----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_SESSION_H
#define NASC_TOOLS_NASC_SESSION_H

#include "dialects/nas/Nas.h"
#include "frontend/analysis/SemanticAnalysis.h"
#include "frontend/diagnostics/Diagnostic.h"
#include "frontend/translation/DiagnosticHandler.h"
#include "tools/nasc/DatasetBridge.h"
#include "tools/nasc/Options.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

#include <memory>

namespace nasc {

/// The sources, diagnostics and IR of one run of nasc.
class Session {
public:
  explicit Session(const Options &options);
  ~Session();

  const Options &getOptions() const { return options; }
  /// Takes over what a study was made with.
  void setSeedAndThreads(uint64_t seed, unsigned threads) {
    options.seed = seed;
    options.threads = threads;
  }
  SourceManager &getSources() { return sources; }
  DiagnosticEngine &getDiagnostics() { return diagnostics; }
  /// The file of the specification itself; after check().
  FileId getMainFile() const { return mainFile; }
  /// The syntax tree; null for a specification that is given as IR. What runs
  /// is the IR, wherever it comes from.
  const ParsedProgram *getTree() const {
    return program ? &program->parsed : nullptr;
  }
  /// The data that the space is trained with, or that the network of a file is
  /// calibrated with; null without. After translate().
  nas::DatasetOp getDataset();
  /// The file that has the trained network of the specification; nothing where
  /// the networks come from a search. After importNetworks().
  const std::optional<std::string> &getImportedFrom() const {
    return importedFrom;
  }
  mlir::ModuleOp getModule() { return *module; }
  mlir::MLIRContext &getContext() { return *context; }

  /// Parses and checks the specification; IR is parsed and verified.
  bool check();
  /// The same for a text that is no file: the sources that a study keeps.
  bool check(FileId mainFile);
  /// Checks and translates into IR.
  bool translate();
  /// Reads the network that the specification deploys from its file, after
  /// translate(), unless the IR has it already.
  bool importNetworks();
  /// Checks, infers the shapes of the space, and proves that those of every
  /// architecture fit.
  bool checkShapes();
  /// Whether code can be generated for all targets; after translate().
  bool checkTargets();
  /// Translates if need be, and runs the compiler's passes up to the cost
  /// functions.
  bool deriveCosts();
  /// Narrows the space to what can be feasible; after deriveCosts().
  bool prune();

  /// Runs passes over the module; false after diagnostics.
  bool runPasses(llvm::function_ref<void(mlir::OpPassManager &)> build);

  /// Reports an error of a library with its code.
  void reportError(llvm::Error error, Diag otherwise,
                   llvm::StringRef subject = "");

  /// The same at a place of the specification.
  void reportErrorAt(llvm::Error error, Diag otherwise,
                     const SourceRange &range);

  /// What the session ends with, given what was reported.
  int exitCode() const;

private:
  class CodeRecorder;

  DataNeed dataNeed() const;
  bool checkNetworkData(mlir::Location network);
  void createContext();

  Options options;
  SourceManager sources;
  std::unique_ptr<CodeRecorder> recorder;
  DiagnosticEngine diagnostics;
  FileId mainFile;
  std::unique_ptr<CheckedProgram> program;
  std::optional<std::string> importedFrom;
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<DiagnosticHandler> handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace nasc

#endif // NASC_TOOLS_NASC_SESSION_H
