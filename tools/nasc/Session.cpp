//===- Session.cpp - One specification on its way -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/Session.h"

#include "dialects/search/Search.h"
#include "frontend/Frontend.h"
#include "passes/feasibility/Passes.h"
#include "passes/lowering/Passes.h"
#include "passes/transforms/Passes.h"
#include "runtime/data/DataError.h"
#include "runtime/onnx/OnnxImport.h"
#include "runtime/study/StudyError.h"
#include "tools/nasc/DatasetBridge.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Path.h"

using namespace nasc;

/// Passes diagnostics on and remembers what decides the exit code.
class Session::CodeRecorder : public DiagnosticConsumer {
public:
  explicit CodeRecorder(bool json) {
    if (json)
      next = std::make_unique<JsonDiagnosticConsumer>(llvm::errs());
    else
      next = std::make_unique<TextDiagnosticConsumer>(
          llvm::errs(), colorsWanted(llvm::errs()));
  }
  void handle(const Diagnostic &diagnostic,
              const SourceManager &sources) override {
    infeasible |= diagnostic.code == Diag::NAS3001;
    next->handle(diagnostic, sources);
  }

  bool infeasible = false;

private:
  std::unique_ptr<DiagnosticConsumer> next;
};

Session::Session(const Options &options)
    : options(options),
      recorder(std::make_unique<CodeRecorder>(options.jsonDiagnostics)),
      diagnostics(sources, recorder.get()) {}

Session::~Session() = default;

int Session::exitCode() const {
  if (recorder->infeasible)
    return ExitInfeasible;
  return diagnostics.hasErrors() ? ExitDiagnostics : ExitDone;
}

FileId Session::getMainFile() const { return program->parsed.files.back()->id; }

bool Session::check() {
  program = checkSpecification(options.input, sources, diagnostics,
                               inspectDataset(sources));
  return program && !diagnostics.hasErrors();
}

bool Session::check(FileId mainFile) {
  program = checkSpecification(mainFile, sources, diagnostics,
                               inspectDataset(sources));
  return program && !diagnostics.hasErrors();
}

bool Session::translate() {
  if (module)
    return true;
  if (!program && !check())
    return false;
  mlir::DialectRegistry registry;
  registry.insert<cost::CostDialect, nas::NasDialect, search::SearchDialect,
                  mlir::arith::ArithDialect>();
  registerLoweringDialects(registry);
  context = std::make_unique<mlir::MLIRContext>(
      registry, mlir::MLIRContext::Threading::DISABLED);
  // Users see their source, not the IR.
  context->printOpOnDiagnostic(false);
  context->loadDialect<cost::CostDialect, nas::NasDialect,
                       search::SearchDialect, mlir::arith::ArithDialect>();
  handler = std::make_unique<DiagnosticHandler>(*context, sources, diagnostics);
  module = nasc::translate(*program, sources, diagnostics, *context);
  return module && !diagnostics.hasErrors();
}

/// Reads the network that the specification deploys from its file.
bool Session::importNetworks() {
  llvm::SmallVector<nas::NetworkOp> declared(module->getOps<nas::NetworkOp>());
  if (declared.empty())
    return true;
  const SourceRange &first = program->networks.front().symbol->range;
  if (program->space || declared.size() > 1) {
    diagnostics
        .report(Diag::NAS6065, first,
                program->space ? "the winners of the space are deployed, and "
                                 "not this network"
                               : "more than one network")
        .help("move it into a specification of its own");
    return false;
  }
  const llvm::StringRef folder =
      llvm::sys::path::parent_path(sources.name(first.file));
  return mlir::succeeded(importNetwork(declared.front(), folder)) &&
         !diagnostics.hasErrors();
}

bool Session::runPasses(llvm::function_ref<void(mlir::OpPassManager &)> build) {
  mlir::PassManager manager(context.get());
  build(manager);
  return mlir::succeeded(manager.run(*module)) && !diagnostics.hasErrors();
}

bool Session::checkShapes() {
  if (!check())
    return false;
  // A library of blocks and devices has no space.
  return !program->space ||
         (translate() && runPasses([](mlir::OpPassManager &manager) {
            manager.addPass(createNasExpand());
            manager.addPass(createNasInferShapes());
          }));
}

bool Session::deriveCosts() {
  return translate() && importNetworks() &&
         runPasses([](mlir::OpPassManager &manager) {
           manager.addPass(createNasExpand());
           manager.addPass(createNasInferShapes());
           manager.addPass(feasibility::createNasCheckShapes());
           manager.addPass(createNasDeriveCosts());
         });
}

bool Session::prune() {
  return runPasses([](mlir::OpPassManager &manager) {
    manager.addPass(feasibility::createSearchPrune());
  });
}

/// Libraries without diagnostics put the code behind the message.
static std::pair<Diag, std::string> splitCode(const std::string &message,
                                              Diag otherwise) {
  const size_t begin = message.rfind(" [NAS");
  if (begin == std::string::npos || message.back() != ']')
    return {otherwise, message};
  const DiagnosticInfo *info =
      findDiagnostic(message.substr(begin + 2, message.size() - begin - 3));
  return {info ? info->code : otherwise, message.substr(0, begin)};
}

void Session::reportErrorAt(llvm::Error error, Diag otherwise,
                            const SourceRange &range) {
  auto [code, message] = splitCode(llvm::toString(std::move(error)), otherwise);
  diagnostics.report(code, range, message);
}

void Session::reportError(llvm::Error error, Diag otherwise,
                          llvm::StringRef subject) {
  auto reportCode = [&](llvm::StringRef code, const std::string &message) {
    const DiagnosticInfo *info = findDiagnostic(code);
    diagnostics.reportAbout(info ? info->code : otherwise, subject, message);
  };
  llvm::handleAllErrors(
      std::move(error),
      [&](const data::DataError &problem) {
        reportCode(problem.code(), problem.message());
      },
      [&](const study::StudyError &problem) {
        reportCode(problem.code(), problem.message());
      },
      [&](const llvm::ErrorInfoBase &problem) {
        auto [code, message] = splitCode(problem.message(), otherwise);
        diagnostics.reportAbout(code, subject, message);
      });
}
