//===- SearchRun.cpp - The whole way of a specification -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/SearchRun.h"

#include "frontend/Frontend.h"
#include "frontend/syntax/Imports.h"
#include "runtime/network/NetworkExtraction.h"
#include "runtime/results/CostTable.h"
#include "runtime/results/RunReport.h"
#include "runtime/search/EvaluationKey.h"
#include "runtime/train/TrainerLibrary.h"
#include "tools/nasc/DatasetBridge.h"
#include "tools/nasc/RunStudy.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

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
  Run(Session &session, const std::string &outputPath)
      : session(session), outputPath(outputPath),
        progress(llvm::errs(), session.getOptions().json ||
                                       session.getOptions().jsonDiagnostics
                                   ? Progress::Style::Json
                                   : Progress::detectStyle(llvm::errs())),
        study(session, outputPath) {}

  /// Searches and deploys. Returns false after a diagnostic, or when
  /// interrupted.
  bool search() { return run(/*recorded=*/nullptr, std::nullopt); }
  /// Deploys what a study has found with the specification that it records, to
  /// the targets of the session's own one, which has an addition to it.
  bool deploy(Session &recorded, const std::string &addition) {
    return run(&recorded, addition);
  }
  bool wasInterrupted() const { return interrupted; }

private:
  bool run(Session *recorded, std::optional<std::string> addition);
  /// Whether the network comes from a file instead of a search.
  bool isImported() const { return session.getImportedFrom().has_value(); }
  llvm::Error addImportedNetwork(StageValue &value);
  bool findPipeline();
  bool loadData();
  bool checkSamples(nas::DatasetOp specification);
  bool searchAndDeploy(Session *recorded);
  llvm::Expected<StageValue> replay(Session &recorded, SearchContext &context,
                                    std::shared_ptr<CompiledSpace> space);
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
  RunStudy study;
  bool interrupted = false;
  std::chrono::steady_clock::time_point started =
      std::chrono::steady_clock::now();
};

static PipelineOp findPipelineOf(Session &session) {
  PipelineOp pipeline;
  for (auto candidate : session.getModule().getOps<PipelineOp>())
    pipeline = candidate;
  return pipeline;
}

bool Run::fail(llvm::Error error, Diag otherwise, llvm::StringRef subject) {
  llvm::Error rest = llvm::handleErrors(
      std::move(error), [&](const InterruptedError &) { interrupted = true; },
      [&](const ReportedError &) {});
  if (rest)
    session.reportError(std::move(rest), otherwise, subject);
  return false;
}

bool Run::findPipeline() {
  pipeline = findPipelineOf(session);
  if (!pipeline) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9008, session.getOptions().input,
                     isImported() ? "the specification has no deploy block, so "
                                    "that nothing is made of its network"
                                  : "the specification has no search block, so "
                                    "that there is nothing to run")
        .help(isImported()
                  ? "write for example 'deploy { host { emit = object; } }'"
                  : "--emit=STAGE prints what the compiler makes of it");
    return false;
  }
  seed = session.getOptions().seed.value_or(pipeline.getSeed());
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  threads = session.getOptions().threads.value_or(
      pipeline.getThreads() ? *pipeline.getThreads() : cores);
  return session.checkTargets();
}

bool Run::loadData() {
  nas::DatasetOp specification = session.getDataset();
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
  llvm::Expected<data::Dataset> loaded = data::loadDataset(
      specificationOf(specification,
                      llvm::sys::path::parent_path(
                          session.getSources().name(session.getMainFile())),
                      session.getOptions().dataFolder));
  if (!loaded) {
    const DatasetFinding finding = findingOf(loaded.takeError());
    reportFinding(session.getDiagnostics(),
                  DiagnosticHandler::rangeOfSetting(
                      specification, finding.setting, session.getSources()),
                  finding);
    return false;
  }
  dataset = std::move(*loaded);
  source = trainingSourceOf(*dataset);
  return checkSamples(specification);
}

/// Holds what the files have against what the space takes. The analysis of a
/// specification does so before; IR, and files that change, come here.
bool Run::checkSamples(nas::DatasetOp specification) {
  nas::SpaceOp space = *session.getModule().getOps<nas::SpaceOp>().begin();
  mlir::Block &body = space.getBody().front();
  // What has no layers is not trained.
  if (body.getNumArguments() == 0)
    return true;
  auto refuse = [&](llvm::StringRef setting, const llvm::Twine &message) {
    session.getDiagnostics().report(
        Diag::NAS4004,
        DiagnosticHandler::rangeOfSetting(specification, setting,
                                          session.getSources()),
        message);
    return false;
  };
  const auto input = llvm::cast<nas::TensorType>(body.getArgument(0).getType());
  if (input.getShape() != llvm::ArrayRef(dataset->shape))
    return refuse("shape", "the samples are " + shapeText(dataset->shape) +
                               ", but the space takes " +
                               shapeText(input.getShape()));
  const auto result = llvm::cast<nas::TensorType>(*space.getResult());
  if (space.getTask() == nas::Task::Classification &&
      source.data.target == train::TargetKind::Label &&
      result.getShape().back() != source.data.classes)
    return refuse("classes", "the samples have " +
                                 llvm::Twine(source.data.classes) +
                                 " classes, but the space has a result of " +
                                 shapeText(result.getShape()));
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
  if (source.data.test.indices.empty() ||
      source.data.target != train::TargetKind::Label)
    return true;
  auto description = value.space->networkOf(winner.candidate.architecture);
  llvm::Expected<train::Trainer *> trainer = context.trainer();
  if (mlir::failed(description) || !trainer)
    return trainer ? false : fail(trainer.takeError(), Diag::NAS9007);
  train::TrainingSettings settings;
  settings.threads = threads;
  auto created = train::toExpected(
      (*trainer)->createSession(*description, source.data, settings));
  if (!created)
    return fail(created.takeError(), Diag::NAS9001);
  if (llvm::Error error =
          train::toError((*created)->setWeights(*winner.candidate.weights)))
    return fail(std::move(error), Diag::NAS9001);
  auto scores = train::toExpected((*created)->logits(train::Split::Test));
  if (!scores)
    return fail(scores.takeError(), Diag::NAS9001);
  winner.testConfusion = train::confusionOf(
      *scores, source.data.test, static_cast<size_t>(source.data.classes));
  winner.testAccuracy = winner.testConfusion.accuracy();
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
        Diag::NAS6067, *session.getImportedFrom(),
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
        value, candidate, winner.name, pipeline, context, study.getFolder(),
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
      if (llvm::Error error =
              study.getFolder().writeFile(winner.name + file, text))
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
      line += "from " + *session.getImportedFrom();
    else if (source.data.target == train::TargetKind::Label)
      line += llvm::formatv("validation accuracy {0:P2}",
                            winner.candidate.accuracy);
    else
      line += "validation loss " + Progress::number(winner.candidate.loss);
    if (winner.testAccuracy)
      line += llvm::formatv(", test accuracy {0:P2}", *winner.testAccuracy);
    cost::Evaluation costs =
        result.after->costsOf(winner.candidate.architecture);
    // What is limited or an objective.
    const cost::CostProgram &program = result.after->getProgram();
    for (auto [metric, value] : llvm::zip(program.metrics, costs.metrics)) {
      auto isMetric = [&, &metric = metric](const auto &one) {
        return one.metric == metric.name && one.device == metric.device;
      };
      const bool isLimited =
          llvm::any_of(program.limits, [&](const cost::ProgramLimit &limit) {
            return !limit.implied && isMetric(limit);
          });
      if (isLimited || llvm::any_of(objectivesOf(pipeline), isMetric))
        line += ", " + metric.name +
                (metric.device.empty() ? "" : " on " + metric.device) + " " +
                metricText(metric.name, value);
    }
    progress.note(line);
    progress.note("  " + winner.candidate.text);
  }
  progress.note("report: " + study.getFolder().pathOf("report.html"));
}

/// What a study has found. The search is gone through once more, with the
/// limits of its own targets, and answered from the study; `space` is the same
/// space with the limits of the new ones.
llvm::Expected<StageValue> Run::replay(Session &recorded,
                                       SearchContext &context,
                                       std::shared_ptr<CompiledSpace> space) {
  SearchContext inner = context;
  inner.module = recorded.getModule();
  llvm::Expected<StageValue> found =
      runPipeline(findPipelineOf(recorded), inner);
  if (!found)
    return found.takeError();
  context.evaluated = std::move(inner.evaluated);
  for (Candidate &candidate : found->population) {
    auto architecture = space->parse(candidate.text);
    if (!architecture)
      return architecture.takeError();
    candidate.architecture = std::move(*architecture);
  }
  found->space = std::move(space);
  return found;
}

bool Run::searchAndDeploy(Session *recorded) {
  const bool searches = !recorded;
  train::Trainer *trainer = nullptr;
  SearchContext context{session.getModule(),
                        study.getStudy(),
                        progress,
                        objectivesOf(pipeline),
                        seed,
                        threads,
                        std::nullopt,
                        [] { return interruptions != 0; },
                        searches,
                        nullptr,
                        nullptr,
                        {}};
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
  result.specHash = study.getSpec().hash();
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
        counted(cost::decimal(result.before->getArchitectures()->getCount()),
                "architecture"));

  llvm::Expected<StageValue> value =
      recorded && !isImported() ? replay(*recorded, context, result.before)
                                : runPipeline(pipeline, context);
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
  if (dataset && source.data.target == train::TargetKind::Label)
    result.classNames = dataset->classNames;
  const SourceManager &sources = session.getSources();
  result.spec = sources.name(session.getMainFile()).str();
  for (unsigned id = 1; id <= sources.fileCount(); ++id)
    result.sources.emplace_back(sources.name(FileId{id}).str(),
                                sources.text(FileId{id}).str());
  result.command =
      "nasc " + session.getOptions().input + " -o " + study.getFolder().path();
  result.version = versionText();
  auto broken = writeReportFiles(result, context, study.getFolder());
  if (!broken)
    return fail(broken.takeError(), Diag::NAS5001, outputPath);
  for (const BrokenLatency &one : *broken)
    session.getDiagnostics()
        .reportAbout(Diag::NAS6068, one.winner, "the code for '", one.device,
                     "' takes at least ", metricText("latency", one.least),
                     ": ", groupDigits(std::to_string(one.instructions)),
                     " instructions were counted; the limit is ",
                     metricText("latency", one.limit))
        .help("the cost model promises ", metricText("latency", one.modelled),
              ", which this code does not reach");
  printWinners(result);
  if (session.getOptions().json) {
    auto document =
        llvm::MemoryBuffer::getFile(study.getFolder().pathOf("pareto.json"));
    if (!document)
      return fail(llvm::errorCodeToError(document.getError()), Diag::NAS5012,
                  outputPath);
    llvm::outs() << (*document)->getBuffer();
  }
  return true;
}

bool Run::run(Session *recorded, std::optional<std::string> addition) {
  if (!findPipeline() || !loadData())
    return false;
  RunStudy::Conditions conditions;
  conditions.seed = seed;
  conditions.threads = threads;
  conditions.data = dataset ? textOf(source) : "";
  conditions.searches = !recorded;
  conditions.addition = std::move(addition);
  if (!study.open(conditions, progress))
    return false;
  InterruptionGuard guard;
  bool done = searchAndDeploy(recorded);
  bool closed = study.close(done          ? "done"
                            : interrupted ? "interrupted"
                                          : "failed");
  return done && closed;
}

} // namespace

int nasc::runSearch(Session &session) {
  if (!session.deriveCosts())
    return session.exitCode();
  Run run(session, session.getOptions().output);
  if (run.search())
    return session.exitCode();
  if (run.wasInterrupted()) {
    llvm::errs() << "interrupted; what was finished is kept. To go on: nasc "
                 << session.getOptions().input << " -o "
                 << session.getOptions().output << " --resume\n";
    return ExitInterrupted;
  }
  return session.exitCode() ? session.exitCode() : int(ExitDiagnostics);
}

/// What `--target` adds to the specification of a study: an entry of `deploy`,
/// and the device where the library has it.
static std::string deploymentOf(llvm::ArrayRef<std::string> targets) {
  std::string text;
  for (llvm::StringRef target : targets) {
    const llvm::StringRef device = target.split('{').first.trim();
    if (std::optional<std::string> file =
            findInLibrary(ast::NodeKind::Device, device))
      text += "import \"" + *file + "\";\n";
    text += ("deploy { " + target +
             (target.contains('{') ? "" : " { emit = object; }") + " }\n")
                .str();
  }
  return text;
}

int nasc::runDeploy(const Options &options) {
  // What the study keeps of its specification, and nothing else, is compiled.
  Options inner = options;
  for (std::string *path : {&inner.input, &inner.dataFolder})
    if (!path->empty()) {
      llvm::SmallString<256> absolute(*path);
      llvm::sys::fs::make_absolute(absolute);
      *path = absolute.str().str();
    }
  inner.output = inner.input;
  Session session(inner);
  std::string path = inner.input + "/study.db";
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
  // Relative paths start where the study was begun. That folder may be gone, as
  // where a study was copied to another machine: then at the present one.
  if (!spec->folder.empty())
    (void)llvm::sys::fs::set_current_path(spec->folder);
  if (llvm::Error error = opened->close("done"))
    llvm::consumeError(std::move(error));
  auto compile = [&](Session &one, llvm::StringRef addition) {
    FileId mainFile;
    for (const study::SpecSource &source : spec->sources) {
      const bool isMain = !mainFile.isValid();
      FileId file = one.getSources().addBuffer(
          source.path, source.text + (isMain ? addition.str() : ""));
      if (isMain)
        mainFile = file;
    }
    one.setSeedAndThreads(spec->seed, spec->threads);
    return one.check(mainFile) && one.deriveCosts();
  };
  const std::string addition = spec->addition + deploymentOf(options.targets);
  if (!addition.empty() && isIR(spec->name)) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9004, "--target",
                     "the specification of this study is IR, to which no "
                     "target can be added in words")
        .help("add a search.deploy to the file, and run it with --resume");
    return session.exitCode();
  }
  if (!compile(session, addition))
    return session.exitCode();
  // Whatever is to be said of the specification has been said.
  inner.silent = true;
  Session recorded(inner);
  if (!compile(recorded, "")) {
    session.getDiagnostics().reportAbout(
        Diag::NAS5007, options.input,
        "the specification that the study records cannot be compiled any more");
    return session.exitCode();
  }
  Run run(session, inner.output);
  if (run.deploy(recorded, addition))
    return session.exitCode();
  if (run.wasInterrupted())
    return ExitInterrupted;
  return session.exitCode() ? session.exitCode() : int(ExitDiagnostics);
}
