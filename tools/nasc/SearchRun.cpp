//===- SearchRun.cpp - The whole way of a specification -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/SearchRun.h"

#include "runtime/network/NetworkExtraction.h"
#include "runtime/train/TrainerLibrary.h"
#include "tools/nasc/CostTable.h"
#include "tools/nasc/DatasetBridge.h"
#include "tools/nasc/RunReport.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <csignal>
#include <thread>

using namespace nasc;
using namespace nasc::search;

namespace {

volatile std::sig_atomic_t interruptions = 0;

extern "C" void noteInterruption(int) {
  // A second ctrl-C ends at once; the study stands what kill -9 does.
  if (++interruptions > 1)
    std::_Exit(ExitInterrupted);
}

/// Asks politely to stop on ctrl-C and SIGTERM while it lives.
class InterruptionGuard {
public:
  InterruptionGuard() {
    interruptions = 0;
    previousInterrupt = std::signal(SIGINT, noteInterruption);
    previousTerminate = std::signal(SIGTERM, noteInterruption);
  }
  ~InterruptionGuard() {
    std::signal(SIGINT, previousInterrupt);
    std::signal(SIGTERM, previousTerminate);
  }

private:
  void (*previousInterrupt)(int);
  void (*previousTerminate)(int);
};

/// One run, from a translated specification to files.
class Run {
public:
  Run(Session &session, std::string outputPath)
      : session(session), outputPath(std::move(outputPath)),
        progress(llvm::errs(), session.getOptions().json
                                   ? Progress::Style::Silent
                                   : Progress::detectStyle(llvm::errs())) {}

  /// Returns false after a diagnostic, or when interrupted.
  bool run(bool searches);
  bool wasInterrupted() const { return interrupted; }

private:
  /// Whether the network comes from a file instead of a search.
  bool isImported() const { return !session.getProgram().networks.empty(); }
  llvm::Error addImportedNetwork(StageValue &value);
  bool findPipeline();
  bool loadData();
  bool openStudy(bool searches);
  bool searchAndDeploy(bool searches);
  bool deployWinners(const StageValue &value, SearchContext &context,
                     RunResult &result);
  bool testBest(const StageValue &value, SearchContext &context,
                Winner &winner);
  void printWinners(const RunResult &result);
  bool fail(llvm::Error error, Diag otherwise, llvm::StringRef subject = "");

  Session &session;
  std::string outputPath;
  Progress progress;
  PipelineOp pipeline;
  uint64_t seed = 1;
  unsigned threads = 1;
  std::optional<data::Dataset> dataset;
  TrainingSource source;
  std::optional<study::OutputDirectory> output;
  std::optional<study::Study> study;
  bool interrupted = false;
  std::chrono::steady_clock::time_point started =
      std::chrono::steady_clock::now();
};

bool Run::fail(llvm::Error error, Diag otherwise, llvm::StringRef subject) {
  llvm::Error rest = llvm::handleErrors(
      std::move(error), [&](const InterruptedError &) { interrupted = true; },
      [&](const ReportedError &) {});
  if (rest)
    session.reportError(std::move(rest), otherwise, subject);
  return false;
}

bool Run::findPipeline() {
  for (auto candidate : session.getModule().getOps<PipelineOp>())
    pipeline = candidate;
  if (!pipeline) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9008, session.getOptions().input,
                     "the specification has no search block, so that there is "
                     "nothing to run")
        .help("--emit=STAGE prints what the compiler makes of it");
    return false;
  }
  seed = session.getOptions().seed.value_or(pipeline.getSeed());
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  threads = session.getOptions().threads.value_or(
      pipeline.getThreads() ? *pipeline.getThreads() : cores);
  for (auto op : pipeline.getBody().getOps<DeployOp>())
    if (llvm::Error error = deploy::checkTarget(op)) {
      SourceRange range =
          DiagnosticHandler::rangeOf(op.getLoc(), session.getSources());
      session.reportErrorAt(std::move(error), Diag::NAS6006, range);
      return false;
    }
  return true;
}

bool Run::loadData() {
  const DatasetSpec *specification = session.getDataset();
  // A quantised network can be deployed without data; others are refused when
  // they are calibrated.
  if (!specification && isImported())
    return true;
  if (!specification) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9008, session.getOptions().input,
                     "the space has no dataset, so that nothing can be trained")
        .help("give the space an input 'image: DATASET.image'");
    return false;
  }
  llvm::Expected<data::Dataset> loaded =
      data::loadDataset(specificationOf(*specification, session.getSources()));
  if (!loaded) {
    reportFinding(session.getDiagnostics(), *specification,
                  findingOf(loaded.takeError()));
    return false;
  }
  dataset = std::move(*loaded);
  source = trainingSourceOf(*dataset);
  return true;
}

bool Run::openStudy(bool searches) {
  study::StudySpec spec;
  SourceManager &sources = session.getSources();
  FileId mainFile = session.getMainFile();
  spec.name = sources.name(mainFile).str();
  spec.sources.push_back({spec.name, sources.text(mainFile).str()});
  for (unsigned id = 1; id <= sources.fileCount(); ++id)
    if (FileId file{id}; file != mainFile)
      spec.sources.push_back(
          {sources.name(file).str(), sources.text(file).str()});
  spec.seed = seed;
  spec.threads = threads;
  spec.version = versionText();
  spec.conditions.emplace_back("data", dataset ? dataset->fingerprint : "");

  auto folder = study::OutputDirectory::open(
      outputPath, {spec.name, spec.hash(), spec.version});
  if (!folder)
    return fail(folder.takeError(), Diag::NAS5001, outputPath);
  output.emplace(std::move(*folder));
  std::string path = output->pathOf("study.db");
  bool exists = llvm::sys::fs::exists(path);
  if (exists && searches && !session.getOptions().resume) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS5010, outputPath, "there is a study already")
        .help("--resume goes on with it; another -o starts a new one");
    return false;
  }
  auto opened =
      exists ? study::Study::open(path) : study::Study::create(path, spec);
  if (!opened)
    return fail(opened.takeError(), Diag::NAS5006, outputPath);
  study.emplace(std::move(*opened));
  if (exists)
    if (llvm::Error error = study->checkResume(spec))
      return fail(std::move(error), Diag::NAS5011, outputPath);
  output->removeLeftovers();
  if (llvm::Error error = study->beginRun())
    return fail(std::move(error), Diag::NAS5012, outputPath);
  return true;
}

bool Run::testBest(const StageValue &value, SearchContext &context,
                   Winner &winner) {
  // The accuracy that was trained is that of float32 code; 8-bit integers lose
  // some of it.
  for (const deploy::Verification &verification : winner.deployed.verifications)
    if (!std::isnan(verification.accuracy) && !verification.comparedSamples) {
      winner.testAccuracy = verification.accuracy;
      return true;
    }
  // No generated code has seen the test samples: the trained network does.
  if (source.data.test.indices.empty())
    return true;
  auto description = value.space->networkOf(winner.candidate.architecture);
  llvm::Expected<train::Trainer *> trainer = context.trainer();
  if (mlir::failed(description) || !trainer)
    return trainer ? false : fail(trainer.takeError(), Diag::NAS9007);
  train::TrainingSettings settings;
  settings.threads = threads;
  if (value.space->getSpace().getTask() == "regression")
    settings.loss = train::LossKind::MeanSquaredError;
  auto created = train::toExpected(
      (*trainer)->createSession(*description, source.data, settings));
  if (!created)
    return fail(created.takeError(), Diag::NAS9001);
  if (llvm::Error error =
          train::toError((*created)->setWeights(*winner.candidate.weights)))
    return fail(std::move(error), Diag::NAS9001);
  auto judged = train::toExpected((*created)->evaluate(train::Split::Test));
  if (!judged)
    return fail(judged.takeError(), Diag::NAS9001);
  if (source.data.target == train::TargetKind::Label)
    winner.testAccuracy = judged->accuracy;
  return true;
}

/// The network of a file is the one candidate, with the file's weights.
llvm::Error Run::addImportedNetwork(StageValue &value) {
  Candidate candidate;
  llvm::Expected<cost::Architecture> architecture = value.space->parse("");
  if (!architecture)
    return architecture.takeError();
  candidate.architecture = std::move(*architecture);
  // A search leaves out what breaks a limit; here it is an error.
  cost::Evaluation costs = value.space->costsOf(candidate.architecture);
  bool fits = true;
  for (auto [limit, holds] :
       llvm::zip(value.space->getProgram().limits, costs.limits)) {
    if (holds)
      continue;
    fits = false;
    auto report = session.getDiagnostics().reportAbout(
        Diag::NAS6067, session.getProgram().networks.front().source,
        "the network breaks the limit '" + limit.text + "'");
    for (auto [metric, needed] :
         llvm::zip(value.space->getProgram().metrics, costs.metrics))
      if (metric.name == limit.metric && metric.device == limit.device)
        report.help("it has " + metricText(metric.name, needed));
  }
  if (!fits)
    return llvm::make_error<ReportedError>();
  auto weights = detachWeights(session.getModule());
  if (mlir::failed(weights))
    return llvm::make_error<ReportedError>();
  candidate.weights = std::make_shared<NetworkWeights>(std::move(*weights));
  candidate.accuracy = std::numeric_limits<double>::quiet_NaN();
  candidate.loss = candidate.accuracy;
  value.population.push_back(std::move(candidate));
  return llvm::Error::success();
}

bool Run::deployWinners(const StageValue &value, SearchContext &context,
                        RunResult &result) {
  for (auto [index, candidate] : llvm::enumerate(value.population)) {
    if (!candidate.weights)
      continue;
    Winner winner;
    winner.name = isImported() ? value.space->getSpace().getSymName().str()
                               : "winner" + std::to_string(index + 1);
    winner.candidate = candidate;
    // The test samples are for the best network alone, which the validation
    // samples have chosen.
    bool best = index == 0 && !source.data.test.indices.empty();
    progress.note("deploy: " + winner.name);
    auto deployed = deploy::deployNetwork(
        value, candidate, winner.name, pipeline, context, *output,
        best ? train::Split::Test : train::Split::Validation);
    if (!deployed)
      return fail(deployed.takeError(), Diag::NAS6010);
    winner.deployed = std::move(*deployed);
    for (const std::string &remark : winner.deployed.remarks)
      progress.note("deploy: " + winner.name + ": " + remark);
    std::string table;
    llvm::raw_string_ostream stream(table);
    printCostTable(stream, *value.space, candidate.architecture);
    std::string document = llvm::formatv(
        "{0:2}\n",
        llvm::json::Value(costDocument(*value.space, candidate.architecture)));
    for (const auto &[file, text] :
         {std::pair("/cost.txt", table), std::pair("/cost.json", document)})
      if (llvm::Error error = output->writeFile(winner.name + file, text))
        return fail(std::move(error), Diag::NAS5001);
    winner.deployed.files.push_back(
        {winner.name + "/cost.txt", "costs, layer by layer"});
    winner.deployed.files.push_back(
        {winner.name + "/cost.json", "the same as JSON"});
    for (const deploy::Verification &verification :
         winner.deployed.verifications) {
      if (verification.images == 0 && verification.passed()) {
        progress.note("verify: " + winner.name +
                      ": no samples are known; the check sample gives the same "
                      "bytes on " +
                      verification.target);
        continue;
      }
      std::string line = llvm::formatv(
          "verify: {0}: {1}: largest difference {2:e2}, same "
          "class on {3}, CRC {4:x-8}",
          winner.name, verification.what, verification.maximalDifference,
          verification.sameClass, verification.checksum);
      if (verification.comparedSamples) {
        line += llvm::formatv(", {0}", verification.target);
        if (!std::isnan(verification.accuracy))
          line += llvm::formatv(" accuracy {0:P2}", verification.accuracy);
      }
      progress.note(line);
      if (!verification.passed()) {
        session.getDiagnostics().reportAbout(
            Diag::NAS6009, winner.name,
            "the generated code does not compute what was trained (",
            verification.what, ")");
        return false;
      }
    }
    if (best && !testBest(value, context, winner))
      return false;
    result.winners.push_back(std::move(winner));
  }
  return true;
}

void Run::printWinners(const RunResult &result) {
  for (const Winner &winner : result.winners) {
    std::string line = winner.name + ": ";
    if (isImported())
      line += "from " + session.getProgram().networks.front().source;
    else if (source.data.target == train::TargetKind::Label)
      line += llvm::formatv("validation accuracy {0:P2}",
                            winner.candidate.accuracy);
    else
      line += "validation loss " + Progress::number(winner.candidate.loss);
    if (winner.testAccuracy)
      line += llvm::formatv(", test accuracy {0:P2}", *winner.testAccuracy);
    cost::Evaluation costs =
        result.after->costsOf(winner.candidate.architecture);
    for (auto [metric, value] :
         llvm::zip(result.after->getProgram().metrics, costs.metrics))
      if (!metric.device.empty())
        for (const cost::ProgramLimit &limit :
             result.after->getProgram().limits)
          if (!limit.implied && limit.metric == metric.name &&
              limit.device == metric.device)
            line += ", " + metric.name + " on " + metric.device + " " +
                    metricText(metric.name, value);
    progress.note(line);
    progress.note("  " + winner.candidate.text);
  }
  progress.note("report: " + output->pathOf("report.html"));
}

bool Run::searchAndDeploy(bool searches) {
  train::Trainer *trainer = nullptr;
  SearchContext context{session.getModule(),
                        *study,
                        progress,
                        objectivesOf(pipeline),
                        seed,
                        threads,
                        std::nullopt,
                        [] { return interruptions != 0; },
                        searches,
                        nullptr,
                        nullptr};
  context.trainer = [&]() -> llvm::Expected<train::Trainer *> {
    if (!trainer) {
      llvm::Expected<train::Trainer &> found = train::loadTrainer();
      if (!found)
        return found.takeError();
      trainer = &*found;
    }
    return trainer;
  };
  context.data = [&]() -> llvm::Expected<const TrainingSource *> {
    return &source;
  };
  if (searches && pipeline.getTimeLimit())
    context.deadline = started + std::chrono::seconds(*pipeline.getTimeLimit());

  RunResult result;
  bool pruned = false;
  context.onPruned = [&](const CompiledSpace &whole,
                         const CompiledSpace &left) {
    pruned = true;
    result.pruning = summarizePruning(whole, left);
    for (const PruneSummary::Choice &choice : result.pruning.choices)
      for (const PruneSummary::Removal &removal : choice.removed)
        progress.note("  " + choice.name + "=" + removal.value +
                      " removed: " + removal.why + " (" + removal.by + ")");
  };

  auto before = CompiledSpace::create(session.getModule(), pipeline.getSpace());
  if (mlir::failed(before))
    return false;
  result.before = std::move(*before);
  if (result.before->getArchitectures())
    progress.note(
        "space: " +
        grouped(cost::decimal(result.before->getArchitectures()->getCount())) +
        " architectures");

  llvm::Expected<StageValue> value = runPipeline(pipeline, context);
  if (!value)
    return fail(value.takeError(), Diag::NAS9001);
  if (isImported())
    if (llvm::Error error = addImportedNetwork(*value))
      return fail(std::move(error), Diag::NAS9001);
  result.after = value->space;
  if (!pruned)
    result.pruning = summarizePruning(*result.before, *result.after);
  if (!deployWinners(*value, context, result))
    return false;
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started)
          .count();
  if (llvm::Error error = writeReportFiles(session, result, context, *output))
    return fail(std::move(error), Diag::NAS5001, outputPath);
  printWinners(result);
  if (session.getOptions().json) {
    auto document = llvm::MemoryBuffer::getFile(output->pathOf("pareto.json"));
    if (!document)
      return fail(llvm::errorCodeToError(document.getError()), Diag::NAS5012,
                  outputPath);
    llvm::outs() << (*document)->getBuffer();
  }
  return true;
}

bool Run::run(bool searches) {
  if (!findPipeline() || !loadData() || !openStudy(searches))
    return false;
  InterruptionGuard guard;
  bool done = searchAndDeploy(searches);
  llvm::Error closed = study->close(done          ? "done"
                                    : interrupted ? "interrupted"
                                                  : "failed");
  if (closed) {
    fail(std::move(closed), Diag::NAS5012, outputPath);
    return false;
  }
  return done;
}

} // namespace

int nasc::runSearch(Session &session) {
  if (!session.deriveCosts())
    return session.exitCode();
  Run run(session, session.getOptions().output);
  if (run.run(/*searches=*/true))
    return session.exitCode();
  if (run.wasInterrupted()) {
    llvm::errs() << "interrupted; what was finished is kept. To go on: nasc "
                 << session.getOptions().input << " -o "
                 << session.getOptions().output << " --resume\n";
    return ExitInterrupted;
  }
  return session.exitCode() ? session.exitCode() : int(ExitDiagnostics);
}

int nasc::runDeploy(const Options &options) {
  // What the study keeps of its specification, and nothing else, is compiled.
  Options inner = options;
  inner.output = options.input;
  inner.resume = true;
  Session session(inner);
  std::string path = options.input + "/study.db";
  auto opened = study::Study::open(path, study::Study::Mode::ReadOnly);
  if (!opened) {
    session.reportError(opened.takeError(), Diag::NAS5006, options.input);
    return session.exitCode();
  }
  llvm::Expected<study::StudySpec> spec = opened->spec();
  if (!spec) {
    session.reportError(spec.takeError(), Diag::NAS5007, options.input);
    return session.exitCode();
  }
  FileId mainFile;
  for (const study::SpecSource &source : spec->sources) {
    FileId file = session.getSources().addBuffer(source.path, source.text);
    if (!mainFile.isValid())
      mainFile = file;
  }
  if (llvm::Error error = opened->close("done"))
    llvm::consumeError(std::move(error));
  session.setSeedAndThreads(spec->seed, spec->threads);
  if (!session.check(mainFile) || !session.deriveCosts())
    return session.exitCode();
  Run run(session, options.input);
  if (run.run(/*searches=*/false))
    return session.exitCode();
  if (run.wasInterrupted())
    return ExitInterrupted;
  return session.exitCode() ? session.exitCode() : int(ExitDiagnostics);
}
