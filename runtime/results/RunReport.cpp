//===- RunReport.cpp - The report of a run --------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/results/RunReport.h"

#include "passes/transforms/ActivationPlan.h"
#include "runtime/deploy/CostAnalysis.h"
#include "runtime/report/Report.h"
#include "runtime/results/CostTable.h"
#include "runtime/results/TargetFindings.h"
#include "runtime/search/NSGA2.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"

#include <ctime>
#include <unistd.h>

using namespace nasc;
using namespace nasc::report;
using search::CompiledSpace;
using search::Objective;

namespace {

report::Unit unitOf(llvm::StringRef metric) {
  return llvm::StringSwitch<report::Unit>(metric)
      .Case("accuracy", report::Unit::Fraction)
      .Case("loss", report::Unit::Number)
      .Cases("flash", "ram", report::Unit::Bytes)
      .Case("latency", report::Unit::Seconds)
      .Case("energy", report::Unit::Joules)
      .Default(report::Unit::Count);
}

bool isModelled(llvm::StringRef metric) {
  return metric == "latency" || metric == "energy";
}

/// A metric's integer in the report's unit.
double inUnit(llvm::StringRef metric, double value) {
  return isModelled(metric) ? value * 1e-12 : value;
}

std::string now() {
  std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

/// Collects a report.
class ReportAssembly {
public:
  ReportAssembly(const RunResult &result, const search::SearchContext &context,
                 study::OutputDirectory &output)
      : result(result), context(context), output(output) {}

  llvm::Expected<ReportData> assemble();
  std::vector<BrokenLatency> takeBroken() { return std::move(broken); }

private:
  void describeRun();
  void describeSpace();
  void describeLimits();
  void describeMetrics();
  llvm::Error describeCandidates();
  std::vector<double> pointOf(const llvm::json::Array *values) const;
  llvm::Error describeProgress();
  llvm::Error describeWinner(const Winner &winner);
  void describeLayers(const cost::Evaluation &costs, WinnerReport &report);
  void describeMemory(const Winner &winner, WinnerReport &report);
  llvm::Error describeTargets(const Winner &winner,
                              const cost::Evaluation &costs,
                              WinnerReport &report);
  deploy::Prediction predictionFor(llvm::StringRef device,
                                   const cost::Evaluation &costs);

  const cost::CostProgram &program() const {
    return result.after->getProgram();
  }
  mlir::ModuleOp compiled() const { return context.module; }

  const RunResult &result;
  const search::SearchContext &context;
  study::OutputDirectory &output;
  ReportData data;
  std::vector<BrokenLatency> broken;
};

void ReportAssembly::describeRun() {
  data.spec = result.spec;
  for (const auto &[name, text] : result.sources)
    data.sources.push_back({name, text});
  data.specHash = result.specHash;
  data.command = result.command;
  data.nascVersion = result.version;
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  data.host = (llvm::Twine(host) + ", " + llvm::sys::getHostCPUName()).str();
  data.date = now();
  data.seed = context.seed;
  data.threads = context.threads;
  data.seconds = result.seconds;
}

void ReportAssembly::describeSpace() {
  const PruneSummary &summary = result.pruning;
  data.space.architectures = summary.architectures;
  data.space.feasibleLower = summary.feasibleLower;
  data.space.feasibleUpper = summary.feasibleUpper;
  if (!summary.isExact() && result.after->getArchitectures()) {
    // An estimate, and said to be one: the share among uniform draws.
    search::RandomNumbers random(context.seed, /*stream=*/3);
    constexpr unsigned draws = 100'000;
    unsigned feasible = 0;
    for (unsigned i = 0; i < draws; ++i)
      feasible +=
          result.after->isFeasible(result.after->getArchitectures()
                                       ->sample([&] { return random.next(); })
                                       .positions);
    double share = static_cast<double>(feasible) / draws;
    data.space.feasibleEstimate = search::Progress::number(
        share * result.after->getArchitectures()->getCount().roundToDouble());
    data.space.countRemark =
        llvm::formatv("Estimated: {0:P1} of {1} uniformly drawn architectures "
                      "of the pruned space meet all limits.",
                      share, draws)
            .str();
  }
  for (const PruneSummary::Choice &choice : summary.choices) {
    ChoiceReport report{choice.name, choice.before, choice.after, {}};
    for (const PruneSummary::Removal &removal : choice.removed)
      report.removed.push_back({removal.value, removal.by, removal.why});
    for (const PruneSummary::Part &part : choice.parts)
      report.shares.push_back(part.share);
    data.space.choices.push_back(std::move(report));
  }
}

void ReportAssembly::describeLimits() {
  // How much each limit excludes, by drawing from the whole space.
  const cost::CostProgram &whole = result.before->getProgram();
  std::vector<cost::Slot> roots;
  for (const cost::ProgramLimit &limit : whole.limits)
    roots.push_back(limit.holds);
  for (const cost::ProgramChoice &choice : whole.choices)
    if (choice.activity)
      roots.push_back(*choice.activity);
  constexpr unsigned draws = 20'000;
  std::vector<unsigned> broken(whole.limits.size(), 0);
  if (result.before->getArchitectures()) {
    cost::Interpreter interpreter(whole, roots);
    search::RandomNumbers random(context.seed, /*stream=*/4);
    for (unsigned i = 0; i < draws; ++i) {
      interpreter.run(result.before->getArchitectures()
                          ->sample([&] { return random.next(); })
                          .positions);
      for (size_t k = 0; k < whole.limits.size(); ++k)
        broken[k] += interpreter.getValue(whole.limits[k].holds) == 0;
    }
  }
  for (auto [limit, count] : llvm::zip(whole.limits, broken)) {
    LimitReport report;
    report.text = limit.text;
    if (limit.bound && !limit.metric.empty()) {
      report.metric = MetricColumn{limit.metric, limit.device}.key();
      report.bound = inUnit(limit.metric, static_cast<double>(*limit.bound));
    }
    report.excluded =
        llvm::formatv("about {0:P1}", static_cast<double>(count) / draws).str();
    // A limit that no draw broke excludes little or nothing; the compiler's
    // remark says which.
    if (count == 0 && !limit.implied)
      report.remark =
          llvm::formatv("none of {0} drawn architectures breaks it", draws)
              .str();
    data.space.limits.push_back(std::move(report));
  }
}

void ReportAssembly::describeMetrics() {
  auto add = [&](const std::string &metric, const std::string &device,
                 Goal goal) {
    for (const MetricColumn &known : data.metrics)
      if (known.name == metric && known.device == device)
        return;
    data.metrics.push_back(
        {metric, device, unitOf(metric), goal, isModelled(metric)});
  };
  for (const Objective &objective : context.objectives)
    add(objective.metric, objective.device,
        objective.maximize ? Goal::Maximize : Goal::Minimize);
  add("accuracy", "", Goal::None);
  add("loss", "", Goal::None);
  for (const cost::ProgramMetric &metric : program().metrics)
    add(metric.name, metric.device, Goal::None);
}

llvm::Error ReportAssembly::describeCandidates() {
  // In the order of the pipeline.
  llvm::MapVector<llvm::StringRef, std::vector<size_t>> stages;
  for (const search::FinishedEvaluation &evaluation : context.evaluated) {
    CandidateReport report;
    report.architecture = evaluation.architecture;
    report.stage = evaluation.stage;
    report.ordinal = evaluation.ordinal;
    if (evaluation.loss >= search::divergedLoss)
      report.failure = "the training diverged";
    for (const MetricColumn &column : data.metrics) {
      std::string name = column.device.empty()
                             ? column.name
                             : column.name + " on " + column.device;
      double value = unknown;
      if (name == "accuracy")
        value = evaluation.accuracy;
      else if (name == "loss")
        value = evaluation.loss;
      else
        for (const study::Metric &metric : evaluation.costs)
          if (metric.name == name)
            value = metric.asDouble();
      report.values.push_back(inUnit(column.name, value));
    }
    stages[evaluation.stage].push_back(data.candidates.size());
    data.candidates.push_back(std::move(report));
  }
  // Accuracies after trainings of different length do not compare: each stage
  // has its own front.
  for (const auto &stage : stages) {
    std::vector<double> values;
    for (size_t index : stage.second)
      for (size_t k = 0; k < context.objectives.size(); ++k)
        values.push_back(context.objectives[k].maximize
                             ? -data.candidates[index].values[k]
                             : data.candidates[index].values[k]);
    if (context.objectives.empty())
      continue;
    for (uint32_t member : search::paretoFront(
             search::ObjectiveView(values, context.objectives.size())))
      data.candidates[stage.second[member]].front = true;
    double seconds = 0;
    for (const search::FinishedEvaluation &evaluation : context.evaluated)
      if (evaluation.stage == stage.first)
        seconds += evaluation.seconds;
    StageReport report;
    report.name = stage.first.str();
    report.description =
        report.name == "evolve"
            ? "NSGA-II over feasible architectures"
            : "the chosen networks, trained from the beginning";
    report.evaluations = stage.second.size();
    report.seconds = seconds;
    data.stages.push_back(std::move(report));
  }
  return llvm::Error::success();
}

/// A point of objectives, each in the unit of its metric.
std::vector<double>
ReportAssembly::pointOf(const llvm::json::Array *values) const {
  std::vector<double> point;
  if (!values || values->size() != context.objectives.size())
    return point;
  for (auto [objective, value] : llvm::zip(context.objectives, *values))
    point.push_back(
        inUnit(objective.metric, value.getAsNumber().value_or(unknown)));
  return point;
}

llvm::Error ReportAssembly::describeProgress() {
  auto events = context.study.events("", "generation");
  if (!events)
    return events.takeError();
  for (const study::Event &event : *events) {
    const llvm::json::Object *object = event.data.getAsObject();
    if (!object)
      continue;
    ProgressPoint point;
    point.stage = event.stage;
    point.generation = event.ordinal;
    point.evaluations = object->getInteger("evaluations").value_or(0);
    point.hypervolume = object->getNumber("hypervolume").value_or(unknown);
    point.best = object->getNumber("best").value_or(unknown);
    if (!context.objectives.empty())
      point.best = inUnit(context.objectives.front().metric, point.best);
    point.frontSize = object->getInteger("front").value_or(0);
    data.referencePoint = pointOf(object->getArray("reference"));
    data.idealPoint = pointOf(object->getArray("ideal"));
    data.progress.push_back(std::move(point));
  }
  auto runs = context.study.runs();
  if (!runs)
    return runs.takeError();
  if (runs->size() > 1)
    data.remarks.push_back(
        llvm::formatv("The study was made in {0} runs; times are of the last.",
                      runs->size()));
  return llvm::Error::success();
}

void ReportAssembly::describeLayers(const cost::Evaluation &costs,
                                    WinnerReport &report) {
  for (auto [layer, layerCosts] : llvm::zip(program().layers, costs.layers)) {
    if (!layerCosts.active)
      continue;
    LayerReport entry;
    entry.name = layer.name;
    entry.kind = layer.kind;
    entry.input = shapeText(layerCosts.inputShape);
    entry.output = shapeText(layerCosts.outputShape);
    for (auto [name, value] : llvm::zip(layer.metrics, layerCosts.values)) {
      auto [metric, device] = llvm::StringRef(name).split(" on ");
      if (metric == "macs")
        entry.macs = value;
      else if (metric == "weights")
        entry.weights = value;
      else if (metric == "params")
        entry.params = value;
      if (device.empty())
        continue;
      DeviceCost *target = nullptr;
      for (DeviceCost &known : entry.devices)
        if (known.device == device)
          target = &known;
      if (!target) {
        entry.devices.push_back({device.str()});
        target = &entry.devices.back();
      }
      double number = inUnit(metric, static_cast<double>(value));
      if (metric == "flash")
        target->flash = number;
      else if (metric == "ram")
        target->ram = number;
      else if (metric == "latency")
        target->latency = number;
      else if (metric == "energy")
        target->energy = number;
    }
    report.layers.push_back(std::move(entry));
  }
}

void ReportAssembly::describeMemory(const Winner &winner,
                                    WinnerReport &report) {
  auto module = result.after->specialize(winner.candidate.architecture);
  if (mlir::failed(module))
    return;
  nas::SpaceOp network = *(*module)->getOps<nas::SpaceOp>().begin();
  for (auto device : compiled().getOps<nas::DeviceOp>()) {
    if (device.getBody().getOps<nas::CostModelOp>().empty())
      continue;
    // The plan of the code itself tells more.
    if (llvm::any_of(winner.deployed.quantized, [&](const auto &deployed) {
          return deployed.first == device.getSymName();
        }))
      continue;
    mlir::FailureOr<ActivationPlan> plan = planActivations(network, device);
    if (mlir::failed(plan))
      continue;
    MemoryReport memory;
    memory.device = device.getSymName().str();
    memory.steps = plan->steps;
    memory.arena = plan->size;
    memory.additional = device.getStack() + device.getStaticRam();
    for (const PlannedTensor &tensor : plan->tensors)
      memory.buffers.push_back({tensor.name, "activation", tensor.offset,
                                tensor.size, tensor.firstStep,
                                tensor.lastStep});
    for (const cost::ProgramLimit &limit : program().limits)
      if (limit.metric == "ram" && limit.device == memory.device &&
          limit.bound && !limit.implied)
        memory.limit = *limit.bound;
    report.memory.push_back(std::move(memory));
  }
}

/// What the cost function says of a winner on a device; nothing for a device
/// without a cost model.
deploy::Prediction
ReportAssembly::predictionFor(llvm::StringRef device,
                              const cost::Evaluation &costs) {
  deploy::Prediction prediction;
  for (nas::DeviceOp op : compiled().getOps<nas::DeviceOp>())
    if (op.getSymName() == device) {
      prediction.stack = op.getStack();
      prediction.staticRam = op.getStaticRam();
      prediction.runtimeFlash = op.getRuntimeFlash();
      prediction.clock = op.getClock();
    }
  auto assign = [&](llvm::StringRef metric, int64_t value) {
    std::optional<int64_t> *place =
        llvm::StringSwitch<std::optional<int64_t> *>(metric)
            .Case("ram", &prediction.ram)
            .Case("flash", &prediction.flash)
            .Case("latency", &prediction.latency)
            .Case("energy", &prediction.energy)
            .Default(nullptr);
    if (place)
      *place = value;
  };
  for (auto [metric, value] : llvm::zip(program().metrics, costs.metrics))
    if (metric.device == device)
      assign(metric.name, value);
  for (const cost::ProgramLimit &limit : program().limits) {
    if (limit.device != device || !limit.bound)
      continue;
    std::optional<int64_t> *place =
        llvm::StringSwitch<std::optional<int64_t> *>(limit.metric)
            .Case("ram", &prediction.ramLimit)
            .Case("flash", &prediction.flashLimit)
            .Case("latency", &prediction.latencyLimit)
            .Case("energy", &prediction.energyLimit)
            .Default(nullptr);
    if (place)
      *place = std::min(place->value_or(*limit.bound), *limit.bound);
  }
  for (auto [layer, layerCosts] : llvm::zip(program().layers, costs.layers)) {
    if (!layerCosts.active)
      continue;
    deploy::ModelledLayer entry{layer.name, layer.kind, {}, {}};
    for (auto [name, value] : llvm::zip(layer.metrics, layerCosts.values)) {
      auto [metric, place] = llvm::StringRef(name).split(" on ");
      // Layers that are folded into others cost nothing.
      if (place != device || value == 0)
        continue;
      if (metric == "latency")
        entry.latency = value;
      else if (metric == "energy")
        entry.energy = value;
    }
    if (entry.latency || entry.energy)
      prediction.layers.push_back(std::move(entry));
  }
  return prediction;
}

/// Writes the analysis of each 8-bit network into the folder of its device,
/// and the same into the report.
llvm::Error ReportAssembly::describeTargets(const Winner &winner,
                                            const cost::Evaluation &costs,
                                            WinnerReport &report) {
  for (const auto &[device, deployed] : winner.deployed.quantized) {
    deploy::AnalysisInput input{device, nullptr, *winner.deployed.steps,
                                deployed, predictionFor(device, costs)};
    // A device that is not described is the machine of its name.
    std::string target = device;
    for (nas::DeviceOp op : compiled().getOps<nas::DeviceOp>())
      if (op.getSymName() == device && op.getTarget())
        target = op.getTarget()->str();
    input.target = findTarget(target);
    for (const deploy::Verification &verification :
         winner.deployed.verifications)
      if (verification.comparedSamples &&
          verification.target == device + ", int8") {
        if (!std::isnan(verification.accuracy))
          input.accuracy = verification.accuracy;
        input.accuracySamples = verification.images;
      }
    deploy::TargetAnalysis analysis = deploy::analyzeTarget(input);
    if (analysis.provesLatencyBroken())
      broken.push_back({winner.name, device,
                        static_cast<uint64_t>(*analysis.instructions),
                        *analysis.leastLatency(), *analysis.latencyLimit,
                        analysis.latency.value_or(0)});
    for (LimitUse &use : report.totals)
      if (use.label == "latency on " + device &&
          fromPico(analysis.leastLatency()) > use.used)
        use.least = fromPico(analysis.leastLatency());
    std::string folder = winner.name + "/" + device;
    std::string text;
    llvm::raw_string_ostream stream(text);
    deploy::printAnalysis(stream, analysis);
    std::string document = llvm::formatv(
        "{0:2}\n", llvm::json::Value(deploy::analysisDocument(analysis)));
    for (const auto &[name, contents, description] :
         {std::tuple("/analysis.txt", &text,
                     "costs, step by step: predicted and measured"),
          std::tuple("/analysis.json", &document, "the same as JSON")}) {
      if (llvm::Error error = output.writeFile(folder + name, *contents))
        return error;
      report.files.push_back(
          {folder + name, description, static_cast<int64_t>(contents->size())});
    }
    report.targets.push_back(targetReportOf(analysis));
  }
  return llvm::Error::success();
}

llvm::Error ReportAssembly::describeWinner(const Winner &winner) {
  WinnerReport report;
  report.name = winner.name;
  report.architecture = winner.candidate.text;
  if (result.after->getSpace().getTask() == nas::Task::Regression)
    report.results.emplace_back("validation loss", winner.candidate.loss);
  else
    report.validationAccuracy = winner.candidate.accuracy;
  if (winner.testAccuracy)
    report.testAccuracy = *winner.testAccuracy;
  cost::Evaluation costs = result.after->costsOf(winner.candidate.architecture);
  for (auto [metric, value] : llvm::zip(program().metrics, costs.metrics)) {
    LimitUse use;
    use.label = metric.device.empty() ? metric.name
                                      : metric.name + " on " + metric.device;
    use.unit = unitOf(metric.name);
    use.used = inUnit(metric.name, static_cast<double>(value));
    use.modelled = isModelled(metric.name);
    // Without a model there is nothing to say.
    if (metric.name == "energy" && value == 0)
      continue;
    for (const cost::ProgramLimit &limit : program().limits)
      if (limit.metric == metric.name && limit.device == metric.device &&
          limit.bound) {
        double bound = inUnit(metric.name, static_cast<double>(*limit.bound));
        if (std::isnan(use.limit) || bound < use.limit)
          use.limit = bound;
      }
    report.totals.push_back(std::move(use));
  }
  // What decided comes first, the machine that this ran on last.
  auto rankOf = [&](const LimitUse &use) {
    auto [metric, device] = llvm::StringRef(use.label).split(" on ");
    const bool isObjective =
        llvm::any_of(context.objectives, [&](const Objective &objective) {
          return objective.metric == metric && objective.device == device;
        });
    if (isObjective || !std::isnan(use.limit))
      return 0;
    return device == "host" ? 2 : 1;
  };
  llvm::stable_sort(report.totals, [&](const LimitUse &a, const LimitUse &b) {
    return rankOf(a) < rankOf(b);
  });
  describeLayers(costs, report);
  describeMemory(winner, report);
  for (const search::CurvePoint &point : winner.candidate.curve)
    report.curve.push_back({point.trainLoss, point.trainAccuracy,
                            point.validationLoss, point.validationAccuracy});
  auto addClassification = [&](llvm::StringRef what,
                               const train::ConfusionMatrix &confusion) {
    if (!confusion.isEmpty() && confusion.classes == result.classNames.size())
      report.classifications.push_back(
          {what.str(), result.classNames, confusion.counts});
  };
  addClassification("test samples through the trained network",
                    winner.testConfusion);
  for (const deploy::DeployedFile &file : winner.deployed.files) {
    FileReport entry{file.path, file.description, 0};
    llvm::Expected<uint64_t> size = output.fileSize(file.path);
    if (size)
      entry.size = *size;
    else
      llvm::consumeError(size.takeError());
    report.files.push_back(std::move(entry));
  }
  for (const deploy::Verification &verification :
       winner.deployed.verifications) {
    VerificationReport entry;
    entry.target = verification.target;
    entry.what = verification.what;
    entry.images = verification.images;
    entry.maximalDifference = verification.maximalDifference;
    entry.tolerance = verification.tolerance;
    entry.sameClass = verification.sameClass;
    entry.ties = verification.ties;
    entry.accuracy = verification.accuracy;
    entry.checksum = llvm::formatv("{0:x-8}", verification.checksum);
    entry.passed = verification.passed();
    entry.comparedSamples = verification.comparedSamples;
    entry.differentSamples = verification.differentSamples;
    report.verification.push_back(std::move(entry));
    addClassification(verification.what, verification.confusion);
  }
  if (llvm::Error error = describeTargets(winner, costs, report))
    return error;
  data.winners.push_back(std::move(report));
  return llvm::Error::success();
}

llvm::Expected<ReportData> ReportAssembly::assemble() {
  describeRun();
  describeSpace();
  describeLimits();
  describeMetrics();
  if (llvm::Error error = describeCandidates())
    return error;
  if (llvm::Error error = describeProgress())
    return error;
  for (const Winner &winner : result.winners)
    if (llvm::Error error = describeWinner(winner))
      return error;
  return std::move(data);
}

} // namespace

llvm::Expected<std::vector<BrokenLatency>>
nasc::writeReportFiles(const RunResult &result,
                       const search::SearchContext &context,
                       study::OutputDirectory &output) {
  ReportAssembly assembly(result, context, output);
  llvm::Expected<ReportData> data = assembly.assemble();
  if (!data)
    return data.takeError();
  auto write = [&](llvm::StringRef name, auto writer) {
    return output.writeFile(name, [&](llvm::raw_ostream &stream) {
      writer(stream, *data);
      return llvm::Error::success();
    });
  };
  if (llvm::Error error = write("report.html", writeReport))
    return error;
  if (llvm::Error error = write("pareto.json", writePareto))
    return error;
  return assembly.takeBroken();
}
