//===- Session.cpp - One specification on its way -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/Session.h"

#include "dialects/diagnostics/CodedError.h"
#include "dialects/search/Search.h"
#include "frontend/Frontend.h"
#include "frontend/analysis/LimitInstances.h"
#include "passes/feasibility/Passes.h"
#include "passes/feasibility/Pipelines.h"
#include "passes/lowering/Passes.h"
#include "runtime/deploy/Deployment.h"
#include "runtime/onnx/OnnxImport.h"
#include "runtime/results/CostTable.h"
#include "runtime/search/PruneStage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Path.h"

#include <numeric>

using namespace nasc;

/// Passes diagnostics on and remembers what decides the exit code.
class Session::CodeRecorder : public DiagnosticConsumer {
public:
  explicit CodeRecorder(const Options &options) {
    if (!options.silent)
      next = makeDiagnosticConsumer(options.jsonDiagnostics, llvm::errs());
  }
  void handle(const Diagnostic &diagnostic,
              const SourceManager &sources) override {
    infeasible |= diagnostic.code == Diag::NAS3001;
    if (next)
      next->handle(diagnostic, sources);
  }

  bool infeasible = false;

private:
  std::unique_ptr<DiagnosticConsumer> next;
};

Session::Session(const Options &options)
    : options(options), recorder(std::make_unique<CodeRecorder>(options)),
      diagnostics(sources, recorder.get()) {}

Session::~Session() = default;

int Session::exitCode() const {
  if (recorder->infeasible)
    return ExitInfeasible;
  return diagnostics.hasErrors() ? ExitDiagnostics : ExitDone;
}

/// Costs are known without data; what is trained is not.
DataNeed Session::dataNeed() const {
  switch (options.action) {
  case Options::Action::Run:
  case Options::Action::Check:
  case Options::Action::Deploy:
    return DataNeed::Required;
  case Options::Action::Emit:
  case Options::Action::Sample:
  case Options::Action::Why:
  case Options::Action::Explain:
    return DataNeed::ForShapes;
  }
  llvm_unreachable("unknown action");
}

bool Session::check() {
  if (program || module)
    return !diagnostics.hasErrors();
  if (isIR(options.input)) {
    llvm::Expected<FileId> file = sources.addFile(options.input);
    if (!file) {
      diagnostics.reportAbout(Diag::NAS0001, options.input,
                              llvm::toString(file.takeError()));
      return false;
    }
    return check(*file);
  }
  program = checkSpecification(
      options.input, sources, diagnostics,
      inspectDataset(sources, options.dataFolder, dataNeed()));
  if (program)
    mainFile = program->parsed.files.back()->id;
  return program && !diagnostics.hasErrors();
}

bool Session::check(FileId file) {
  mainFile = file;
  if (isIR(sources.name(file))) {
    createContext();
    module = readIR(file, sources, diagnostics, *context);
    return module && !diagnostics.hasErrors();
  }
  program = checkSpecification(
      file, sources, diagnostics,
      inspectDataset(sources, options.dataFolder, dataNeed()));
  return program && !diagnostics.hasErrors();
}

void Session::createContext() {
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
}

bool Session::translate() {
  if (!check())
    return false;
  if (module)
    return true;
  createContext();
  module = nasc::translate(*program, sources, diagnostics, *context);
  return module && !diagnostics.hasErrors();
}

bool Session::importNetworks() {
  llvm::SmallVector<nas::NetworkOp> declared(module->getOps<nas::NetworkOp>());
  if (declared.empty()) {
    if (!module->getOps<nas::WeightsOp>().empty())
      importedFrom = sources.name(mainFile).str();
    return true;
  }
  const bool hasSpace = !module->getOps<nas::SpaceOp>().empty();
  if (hasSpace || declared.size() > 1) {
    diagnostics
        .report(Diag::NAS6065,
                DiagnosticHandler::rangeOf(declared.front().getLoc(), sources),
                hasSpace ? "the winners of the space are deployed, and "
                           "not this network"
                         : "more than one network")
        .help("move it into a specification of its own");
    return false;
  }
  importedFrom = declared.front().getSource().str();
  const mlir::Location place = declared.front().getLoc();
  return mlir::succeeded(importNetwork(
             declared.front(),
             llvm::sys::path::parent_path(sources.name(mainFile)))) &&
         !diagnostics.hasErrors() && checkNetworkData(place);
}

nas::DatasetOp Session::getDataset() {
  auto spaces = module->getOps<nas::SpaceOp>();
  if (spaces.empty())
    return nullptr;
  nas::SpaceOp space = *spaces.begin();
  return nas::DatasetOp::find(space, space.getDatasetAttr());
}

/// Holds the shapes of the network of a file against those of its data.
bool Session::checkNetworkData(mlir::Location network) {
  nas::DatasetOp dataset = getDataset();
  if (!dataset || !dataset.settings().getShape())
    return true;
  nas::DatasetSettingsAttr settings = dataset.settings();
  const llvm::ArrayRef<int64_t> samples = settings.getShape().asArrayRef();
  nas::SpaceOp space = *module->getOps<nas::SpaceOp>().begin();
  mlir::Block &body = space.getBody().front();
  llvm::ArrayRef<int64_t> input =
      llvm::cast<nas::TensorType>(body.getArgument(0).getType()).getShape();
  llvm::ArrayRef<int64_t> output =
      llvm::cast<nas::TensorType>(body.getTerminator()->getOperand(0).getType())
          .getShape();
  const SourceRange place = DiagnosticHandler::rangeOf(network, sources);
  auto settingRange = [&](llvm::StringRef name) {
    return DiagnosticHandler::rangeOfSetting(dataset, name, sources);
  };
  if (input != samples) {
    auto elements = [](llvm::ArrayRef<int64_t> sizes) {
      return std::accumulate(sizes.begin(), sizes.end(), int64_t(1),
                             std::multiplies<int64_t>());
    };
    DiagnosticBuilder report = diagnostics.report(
        Diag::NAS7017, place, "the network takes samples of ", shapeText(input),
        ", but those of '", dataset.getSymName(), "' are ", shapeText(samples));
    report.note(settingRange("shape"), "the data are given here");
    if (elements(input) == elements(samples))
      report.help("samples are channels-last; layout = channels_first or "
                  "layout = channels_last says where the file's input has its "
                  "channels");
    return false;
  }
  const std::optional<int64_t> classes = settings.getClassCount();
  if (settings.getTarget() != nas::Target::Input && classes &&
      (output.empty() || output.back() != *classes)) {
    diagnostics
        .report(Diag::NAS7017, place, "the network has a result of ",
                shapeText(output), ", but '", dataset.getSymName(), "' has ",
                *classes, " classes")
        .note(settingRange(settings.getClasses() ? "classes" : "label"),
              "the classes are given here")
        .help("'classes' lists them in the order of the network's outputs; "
              "target = input is for samples without classes");
    return false;
  }
  return true;
}

bool Session::runPasses(llvm::function_ref<void(mlir::OpPassManager &)> build) {
  mlir::PassManager manager(context.get());
  build(manager);
  return mlir::succeeded(manager.run(*module)) && !diagnostics.hasErrors();
}

bool Session::checkShapes() {
  if (!check())
    return false;
  if (program && program->networks.empty()) {
    checkLimitsCanHold(*program, sources, diagnostics);
    // A library of blocks and devices has no space.
    if (!program->space)
      return !diagnostics.hasErrors();
  }
  if (!translate() || !importNetworks())
    return false;
  return (importedFrom || runPasses([](mlir::OpPassManager &manager) {
            // A check is to be quick; what it leaves open, a run decides.
            buildCheckedPipeline(manager, /*seconds=*/2);
          })) &&
         checkTargets();
}

bool Session::checkTargets() {
  module->walk([&](search::DeployOp target) {
    if (llvm::Error error = deploy::checkTarget(target))
      reportErrorAt(std::move(error), Diag::NAS6006,
                    DiagnosticHandler::rangeOf(target.getLoc(), sources));
  });
  return !diagnostics.hasErrors();
}

/// Costs are derived from the space, never taken from a file: what a file has
/// of them may be of another space.
static void discardDerivedCosts(mlir::ModuleOp module) {
  for (mlir::Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (llvm::isa<cost::FunctionOp, cost::TableOp>(op))
      op.erase();
}

bool Session::deriveCosts() {
  if (!translate())
    return false;
  discardDerivedCosts(*module);
  return importNetworks() && runPasses(buildCostPipeline);
}

bool Session::prune() {
  // As a run would do it.
  feasibility::CostPruneOptions options;
  module->walk([&](search::PruneOp stage) {
    options = search::PruneStage::optionsOf(stage);
  });
  return runPasses([&](mlir::OpPassManager &manager) {
    manager.addPass(feasibility::createCostPrune(options));
  });
}

static void report(
    llvm::Error error, Diag otherwise,
    llvm::function_ref<DiagnosticBuilder(Diag code, const std::string &message)>
        begin) {
  llvm::handleAllErrors(
      std::move(error),
      [&](const CodedError &problem) {
        DiagnosticBuilder builder = begin(problem.getCode(), problem.message());
        if (!problem.getHelp().empty())
          builder.help(problem.getHelp());
      },
      [&](const llvm::ErrorInfoBase &problem) {
        begin(otherwise, problem.message());
      });
}

void Session::reportErrorAt(llvm::Error error, Diag otherwise,
                            const SourceRange &range) {
  report(std::move(error), otherwise,
         [&](Diag code, const std::string &message) {
           return diagnostics.report(code, range, message);
         });
}

void Session::reportError(llvm::Error error, Diag otherwise,
                          llvm::StringRef subject) {
  report(std::move(error), otherwise,
         [&](Diag code, const std::string &message) {
           return diagnostics.reportAbout(code, subject, message);
         });
}
