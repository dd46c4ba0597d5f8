//===- Emission.cpp - Prints a stage of the compiler ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/Emission.h"

#include "passes/feasibility/Pipelines.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/Passes.h"
#include "passes/lowering/TargetPipeline.h"
#include "passes/transforms/Passes.h"
#include "runtime/results/CostTable.h"
#include "runtime/results/PruneTable.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace nasc;
namespace json = llvm::json;

bool nasc::writeStream(Session &session,
                       llvm::function_ref<void(llvm::raw_ostream &)> write) {
  const std::string &path = session.getOptions().output;
  if (path.empty() || path == "-") {
    write(llvm::outs());
    llvm::outs().flush();
    return true;
  }
  std::error_code problem;
  llvm::raw_fd_ostream stream(path, problem);
  if (!problem) {
    write(stream);
    stream.close();
    problem = stream.error();
    stream.clear_error();
  }
  if (problem)
    session.getDiagnostics().reportAbout(Diag::NAS5001, path,
                                         "cannot write: ", problem.message());
  return !problem;
}

bool nasc::writeText(Session &session, llvm::StringRef text) {
  return writeStream(session,
                     [&](llvm::raw_ostream &stream) { stream << text; });
}

bool nasc::writeJson(Session &session, json::Object document) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << llvm::formatv("{0:2}", json::Value(std::move(document))) << '\n';
  return writeText(session, text);
}

static nas::SpaceOp spaceOf(Session &session) {
  auto spaces = session.getModule().getOps<nas::SpaceOp>();
  if (spaces.empty()) {
    session.getDiagnostics().reportAbout(Diag::NAS9008,
                                         session.getOptions().input,
                                         "the specification has no space");
    return nullptr;
  }
  return *spaces.begin();
}

std::unique_ptr<search::CompiledSpace> nasc::compileSpace(Session &session) {
  nas::SpaceOp space = spaceOf(session);
  if (!space)
    return nullptr;
  auto compiled =
      search::CompiledSpace::create(session.getModule(), space.getSymName());
  if (mlir::failed(compiled))
    return nullptr;
  return std::move(*compiled);
}

namespace {

bool writeModule(Session &session) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  session.getModule().print(stream);
  stream << '\n';
  return writeText(session, text);
}

bool hasChoices(Session &session) {
  nas::SpaceOp space = spaceOf(session);
  return space && !space.getBody().getOps<nas::ChoiceOp>().empty();
}

bool emitCost(Session &session) {
  const Options &options = session.getOptions();
  if (!spaceOf(session))
    return false;
  bool fixed = options.architecture || !hasChoices(session);
  if (!fixed && options.json) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9004, "--json",
                     "the costs of a space are IR; a document needs an "
                     "architecture")
        .help("--arch 'name=value,...' fixes one");
    return false;
  }
  if (!fixed) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9012, "--emit=cost",
                     "what is printed is the cost function of the whole space")
        .help("with --arch 'name=value,...' it is a table of what one "
              "architecture costs; --sample 1 prints one");
    return writeModule(session);
  }
  std::unique_ptr<search::CompiledSpace> space = compileSpace(session);
  if (!space)
    return false;
  llvm::Expected<cost::Architecture> architecture =
      space->parse(options.architecture.value_or(""));
  if (!architecture) {
    session.reportError(architecture.takeError(), Diag::NAS2018, "--arch");
    return false;
  }
  if (options.json)
    return writeJson(session, costDocument(*space, *architecture));
  std::string text;
  llvm::raw_string_ostream stream(text);
  printCostTable(stream, *space, *architecture);
  return writeText(session, text);
}

bool emitPruned(Session &session) {
  std::unique_ptr<search::CompiledSpace> before = compileSpace(session);
  if (!before)
    return false;
  if (!session.prune()) {
    // Nothing is left; why not is a diagnostic.
    if (session.getOptions().json && session.exitCode() == ExitInfeasible)
      writeJson(session, infeasibleDocument(*before));
    return false;
  }
  std::unique_ptr<search::CompiledSpace> after = compileSpace(session);
  if (!after)
    return false;
  PruneSummary summary = summarizePruning(*before, *after);
  if (session.getOptions().json)
    return writeJson(session, pruneDocument(summary));
  std::string text;
  llvm::raw_string_ostream stream(text);
  printPruneTable(stream, summary, "// ");
  session.getModule().print(stream);
  stream << '\n';
  return writeText(session, text);
}

/// Specialises the module to the one architecture that is asked for.
bool specialize(Session &session) {
  const Options &options = session.getOptions();
  if (!options.architecture && hasChoices(session)) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9004, "--emit",
                     "the stages of a network need an architecture")
        .help("--arch 'name=value,...' fixes one");
    return false;
  }
  return session.runPasses([&](mlir::OpPassManager &manager) {
    NasSpecializeOptions specialization;
    specialization.architecture = options.architecture.value_or("");
    manager.addPass(createNasSpecialize(specialization));
  });
}

bool emitLowered(Session &session) {
  bool converted = session.runPasses([](mlir::OpPassManager &manager) {
    ConvertNasToTosaOptions conversion;
    conversion.placeholderWeights = true;
    manager.addPass(createConvertNasToTosa(conversion));
  });
  if (!converted)
    return false;
  EmitStage stage = session.getOptions().emit;
  if (stage == EmitStage::Tosa)
    return writeModule(session);
  auto pipeline = createTargetPipeline("float32", TargetDescription());
  if (!pipeline) {
    session.reportError(pipeline.takeError(), Diag::NAS6006);
    return false;
  }
  LoweringStage target =
      stage == EmitStage::Linalg ? LoweringStage::Linalg : LoweringStage::LLVM;
  if (mlir::failed(
          (*pipeline)->lower(session.getModule(), LoweringStage::Tosa, target)))
    return false;
  if (stage == EmitStage::Linalg || stage == EmitStage::Llvm)
    return writeModule(session);
  auto code =
      (*pipeline)->emit(session.getModule(), stage == EmitStage::Assembly
                                                 ? LoweringStage::Assembly
                                                 : LoweringStage::Object);
  if (!code) {
    session.reportError(code.takeError(), Diag::NAS6001);
    return false;
  }
  return writeText(session, *code);
}

bool runStage(Session &session) {
  EmitStage stage = session.getOptions().emit;
  if (session.getOptions().json && stage != EmitStage::Cost &&
      stage != EmitStage::Pruned) {
    session.getDiagnostics().reportAbout(
        Diag::NAS9004, "--json",
        "only the stages cost and pruned are also JSON documents");
    return false;
  }
  if (stage == EmitStage::Nas)
    return session.translate() && writeModule(session);
  if (stage == EmitStage::Expanded)
    return session.translate() && session.importNetworks() &&
           session.runPasses(buildExpandedPipeline) && writeModule(session);
  if (!session.deriveCosts())
    return false;
  if (stage == EmitStage::Cost)
    return emitCost(session);
  if (stage == EmitStage::Pruned)
    return emitPruned(session);
  if (!spaceOf(session) || !specialize(session))
    return false;
  if (stage == EmitStage::Network)
    return writeModule(session);
  return emitLowered(session);
}

} // namespace

int nasc::emitStage(Session &session) {
  if (!runStage(session) && session.exitCode() == ExitDone)
    session.getDiagnostics().reportAbout(Diag::NAS9001, "",
                                         "a stage failed without saying why");
  return session.exitCode();
}
