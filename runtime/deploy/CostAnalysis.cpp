//===- CostAnalysis.cpp - What a deployed network costs -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/CostAnalysis.h"

#include "dialects/support/Text.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace nasc;
using namespace nasc::deploy;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Derived numbers
//===----------------------------------------------------------------------===//

std::optional<double> StepAnalysis::instructionsPerMac() const {
  if (!instructions || macs == 0)
    return std::nullopt;
  return static_cast<double>(*instructions) / static_cast<double>(macs);
}

double Comparison::gapPercent() const {
  assert(isKnown() && "there is nothing to compare");
  // Nothing needed and nothing promised is no gap.
  if (*measured == 0)
    return *predicted == 0 ? 0 : std::numeric_limits<double>::infinity();
  return 100.0 * static_cast<double>(*predicted - *measured) /
         static_cast<double>(*measured);
}

int64_t TargetAnalysis::macs() const {
  int64_t sum = 0;
  for (const StepAnalysis &step : steps)
    sum += step.macs;
  return sum;
}

std::optional<int64_t> TargetAnalysis::stepInstructions() const {
  if (steps.empty())
    return std::nullopt;
  int64_t sum = 0;
  for (const StepAnalysis &step : steps) {
    if (!step.instructions)
      return std::nullopt;
    sum += *step.instructions;
  }
  return sum;
}

std::optional<int64_t> TargetAnalysis::projectFlash() const {
  if (!firmware)
    return std::nullopt;
  return firmware->flash() - codeBytes - constantBytes;
}

std::optional<double> TargetAnalysis::modelledCycles() const {
  if (!latency || clock <= 0)
    return std::nullopt;
  return static_cast<double>(*latency) * 1e-12 * static_cast<double>(clock);
}

std::optional<int64_t> TargetAnalysis::leastLatency() const {
  if (!instructions || clock <= 0)
    return std::nullopt;
  const double cycles =
      static_cast<double>(*instructions) / mostInstructionsPerCycle;
  return std::llround(cycles * 1e12 / static_cast<double>(clock));
}

bool TargetAnalysis::provesLatencyBroken() const {
  std::optional<int64_t> least = leastLatency();
  return least && latencyLimit && *least > *latencyLimit;
}

//===----------------------------------------------------------------------===//
// Putting it together
//===----------------------------------------------------------------------===//

static void analyzeSteps(const AnalysisInput &input, TargetAnalysis &analysis) {
  const QuantizedNetwork &network = input.network;
  for (unsigned index : input.deployed.plan.order) {
    const NetworkStep &step = network.steps[index];
    const NetworkTensor &output = network.tensors[step.output];
    StepAnalysis entry;
    entry.layer = step.layer;
    entry.kind = step.kind;
    entry.output = {output.height, output.width, output.channels};
    entry.macs = step.macs;
    // A slice reads no more than the channels that it copies.
    if (step.kind == StepKind::Slice)
      entry.bytesRead = output.bytes();
    else
      for (unsigned tensor : step.inputs)
        entry.bytesRead += network.tensors[tensor].bytes();
    entry.bytesWritten = output.bytes();
    entry.constantBytes = constantBytesOf(step);
    analysis.steps.push_back(std::move(entry));
  }
  llvm::ArrayRef<int64_t> counts = input.deployed.stepInstructions;
  if (counts.empty())
    return;
  if (counts.size() != analysis.steps.size()) {
    analysis.remarks.push_back(
        llvm::formatv("the profile counted {0} steps where the network has "
                      "{1}; its counts are left out",
                      counts.size(), analysis.steps.size())
            .str());
    return;
  }
  for (auto [step, count] : llvm::zip(analysis.steps, counts))
    step.instructions = count;
}

/// Gives the steps what the model says of their layers, and their shares.
static void attributeModel(const Prediction &prediction,
                           TargetAnalysis &analysis) {
  llvm::StringMap<StepAnalysis *> mainSteps;
  for (StepAnalysis &step : analysis.steps) {
    StepAnalysis *&known = mainSteps[step.layer];
    if (!known || step.macs >= known->macs)
      known = &step;
  }
  for (const ModelledLayer &layer : prediction.layers) {
    auto place = mainSteps.find(layer.name);
    if (place == mainSteps.end()) {
      analysis.layersWithoutStep.push_back(layer);
      continue;
    }
    place->second->latency = layer.latency;
    place->second->energy = layer.energy;
  }
  auto setShares = [&](std::optional<int64_t> StepAnalysis::*member) {
    double sum = 0;
    for (const StepAnalysis &step : analysis.steps)
      sum += static_cast<double>((step.*member).value_or(0));
    if (sum <= 0)
      return;
    for (StepAnalysis &step : analysis.steps)
      if (step.*member)
        step.share = static_cast<double>(*(step.*member)) / sum;
  };
  setShares(analysis.stepInstructions() ? &StepAnalysis::instructions
                                        : &StepAnalysis::latency);
}

static void analyzeArena(const AnalysisInput &input, TargetAnalysis &analysis) {
  const QuantizedNetwork &network = input.network;
  const MemoryPlan &plan = input.deployed.plan;
  analysis.arenaBytes = plan.bytes;
  analysis.arenaLowerBound = plan.lowerBound;
  analysis.numOrders = plan.numOrders;
  analysis.isPlanOptimal = plan.isOptimal();

  std::vector<std::optional<unsigned>> writers(network.tensors.size());
  for (auto [position, index] : llvm::enumerate(plan.order))
    writers[network.steps[index].output] = position;
  // Tensors first, so that their numbers are those of their buffers.
  for (auto [number, tensor] : llvm::enumerate(network.tensors)) {
    const PlacedBuffer &place = plan.tensors[number];
    BufferAnalysis buffer;
    buffer.name = tensor.name;
    buffer.offset = place.offset;
    buffer.size = place.size;
    buffer.first = place.first;
    buffer.last = place.last;
    buffer.writer = writers[number];
    // The first step, too, has the name of the input.
    if (!buffer.writer && buffer.name == "input")
      buffer.name = "sample";
    if (buffer.writer) {
      const unsigned index = plan.order[*buffer.writer];
      if (plan.overwritten[index] >= 0)
        buffer.overwrites =
            network.steps[index].inputs[plan.overwritten[index]];
    }
    analysis.buffers.push_back(std::move(buffer));
  }
  for (auto [position, index] : llvm::enumerate(plan.order)) {
    const PlacedBuffer &place = plan.scratch[index];
    if (place.size == 0)
      continue;
    BufferAnalysis buffer;
    buffer.name = network.steps[index].layer;
    buffer.isScratch = true;
    buffer.offset = place.offset;
    buffer.size = place.size;
    buffer.first = place.first;
    buffer.last = place.last;
    buffer.writer = position;
    analysis.buffers.push_back(std::move(buffer));
  }
}

static void comparePredictions(const AnalysisInput &input,
                               TargetAnalysis &analysis) {
  const Prediction &prediction = input.prediction;
  const int64_t arena = input.deployed.signature.arenaBytes;
  std::optional<int64_t> staticRam;
  if (analysis.firmware)
    staticRam = analysis.firmware->staticRam();

  Comparison &ram = analysis.ram;
  ram.predicted = prediction.ram;
  ram.limit = prediction.ramLimit;
  if (analysis.stackBytes && staticRam)
    ram.measured = arena + *analysis.stackBytes + *staticRam;
  // Without a prediction of the whole its parts are no prediction either.
  auto part = [](std::optional<int64_t> whole,
                 int64_t bytes) -> std::optional<int64_t> {
    if (!whole)
      return std::nullopt;
    return bytes;
  };
  ram.parts = {
      {"arena",
       part(ram.predicted, ram.predicted.value_or(0) - prediction.stack -
                               prediction.staticRam),
       arena},
      {"stack", part(ram.predicted, prediction.stack), analysis.stackBytes},
      {"static data", part(ram.predicted, prediction.staticRam), staticRam}};

  Comparison &flash = analysis.flash;
  flash.predicted = prediction.flash;
  flash.limit = prediction.flashLimit;
  if (analysis.firmware)
    flash.measured = analysis.firmware->flash();
  flash.parts = {{"network",
                  part(flash.predicted,
                       flash.predicted.value_or(0) - prediction.runtimeFlash),
                  analysis.codeBytes + analysis.constantBytes},
                 {"project", part(flash.predicted, prediction.runtimeFlash),
                  analysis.projectFlash()}};

  analysis.latency = prediction.latency;
  analysis.latencyLimit = prediction.latencyLimit;
  analysis.energy = prediction.energy;
  analysis.energyLimit = prediction.energyLimit;
  analysis.clock = prediction.clock;
}

TargetAnalysis deploy::analyzeTarget(const AnalysisInput &input) {
  assert(input.deployed.plan.order.size() == input.network.steps.size() &&
         input.deployed.plan.tensors.size() == input.network.tensors.size() &&
         "the plan is one of another network");
  const QuantizedTarget &deployed = input.deployed;
  TargetAnalysis analysis;
  analysis.network = deployed.signature.name;
  analysis.device = input.device;
  if (input.target) {
    analysis.target = input.target->name.str();
    analysis.description = input.target->description.str();
    analysis.emulator = input.target->emulator.program;
  }
  analysis.remarks = deployed.remarks;
  analyzeSteps(input, analysis);
  attributeModel(input.prediction, analysis);
  analyzeArena(input, analysis);

  analysis.codeBytes = deployed.object.code;
  analysis.constantBytes = deployed.object.constants;
  analysis.firmware = deployed.firmware;
  analysis.expectedCrc32 = deployed.signature.checkCrc32;
  if (deployed.check) {
    analysis.stackBytes = deployed.check->stackBytes;
    analysis.instructions = deployed.check->instructions;
    analysis.foundCrc32 = deployed.check->checksum;
  }
  analysis.comparedSamples = deployed.comparedSamples;
  analysis.differentSamples = deployed.differentSamples;
  analysis.accuracy = input.accuracy;
  analysis.accuracySamples = input.accuracySamples;
  comparePredictions(input, analysis);
  return analysis;
}

//===----------------------------------------------------------------------===//
// For people
//===----------------------------------------------------------------------===//

namespace {

/// Columns of text, padded so that they line up.
class Columns {
public:
  /// The first `left` columns are aligned to the left, the others to the right.
  explicit Columns(size_t left) : left(left) {}
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  void print(llvm::raw_ostream &stream) const {
    std::vector<size_t> widths;
    for (const auto &row : rows) {
      widths.resize(std::max(widths.size(), row.size()), 0);
      for (auto [width, cell] : llvm::zip(widths, row))
        width = std::max(width, length(cell));
    }
    for (const auto &row : rows) {
      std::string line = " ";
      for (auto [place, cell] : llvm::enumerate(row)) {
        std::string blanks(widths[place] - length(cell), ' ');
        line += " " + (place < left ? cell + blanks : blanks + cell) + " ";
      }
      stream << llvm::StringRef(line).rtrim() << '\n';
    }
  }

private:
  /// Characters, not bytes of UTF-8.
  static size_t length(llvm::StringRef text) {
    return llvm::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
  }
  size_t left;
  std::vector<std::vector<std::string>> rows;
};

} // namespace

static const char notKnown[] = "-";

/// `12,501,632`.
static std::string grouped(int64_t number) {
  return groupDigits(std::to_string(number));
}

static std::string grouped(std::optional<int64_t> number) {
  return number ? grouped(*number) : notKnown;
}

/// Picoseconds or picojoules with three digits, in the largest of the units.
static std::string scaled(std::optional<int64_t> number,
                          llvm::ArrayRef<const char *> units) {
  if (!number)
    return notKnown;
  double value = static_cast<double>(*number);
  while (std::fabs(value) >= 999.5 && units.size() > 1) {
    value /= 1000;
    units = units.drop_front();
  }
  const char *format = value < 9.995   ? "{0:F2} {1}"
                       : value < 99.95 ? "{0:F1} {1}"
                                       : "{0:F0} {1}";
  return llvm::formatv(format, value, units.front()).str();
}

static std::string timeText(std::optional<int64_t> picoseconds) {
  return scaled(picoseconds, {"ps", "ns", "µs", "ms", "s"});
}

static std::string energyText(std::optional<int64_t> picojoules) {
  return scaled(picojoules, {"pJ", "nJ", "µJ", "mJ", "J"});
}

static std::string fixed(std::optional<double> number, const char *format) {
  return number ? llvm::formatv(format, *number).str() : notKnown;
}

static std::string crcText(std::optional<uint32_t> crc) {
  return crc ? llvm::formatv("{0:x-8}", *crc).str() : "none";
}

static std::string shapeText(const std::array<int64_t, 3> &shape) {
  return llvm::formatv("{0}×{1}×{2}", shape[0], shape[1], shape[2]).str();
}

static bool hasModel(const TargetAnalysis &analysis) {
  return analysis.latency || analysis.energy;
}

static void printSteps(llvm::raw_ostream &stream,
                       const TargetAnalysis &analysis) {
  const bool counted = analysis.stepInstructions().has_value();
  const bool modelled = hasModel(analysis);
  stream << "steps, in the order in which they run";
  // What the columns are that not every target has.
  std::vector<std::string> notes;
  if (counted)
    notes.push_back("instructions: counted by " + (analysis.emulator.empty()
                                                       ? "the machine"
                                                       : analysis.emulator));
  if (modelled)
    notes.push_back("time and energy: modelled, of the whole layer");
  if (counted || modelled)
    notes.push_back(std::string("share: of the ") +
                    (counted ? "instructions" : "modelled time"));
  if (!notes.empty())
    stream << " (" << llvm::join(notes, "; ") << ")";
  stream << '\n';
  Columns table(/*left=*/4);
  std::vector<std::string> header = {"#",    "layer", "kind",    "output",
                                     "MACs", "read",  "written", "constants"};
  auto addOptional = [&](std::vector<std::string> &row,
                         const StepAnalysis &step) {
    if (counted) {
      row.push_back(grouped(step.instructions));
      row.push_back(fixed(step.instructionsPerMac(), "{0:F2}"));
    }
    if (modelled) {
      row.push_back(timeText(step.latency));
      row.push_back(energyText(step.energy));
    }
    if (counted || modelled)
      row.push_back(step.share
                        ? llvm::formatv("{0:F1} %", 100 * *step.share).str()
                        : std::string(notKnown));
  };
  if (counted)
    header.insert(header.end(), {"instructions", "per MAC"});
  if (modelled)
    header.insert(header.end(), {"time", "energy"});
  if (counted || modelled)
    header.push_back("share");
  table.add(std::move(header));
  StepAnalysis sum;
  for (auto [number, step] : llvm::enumerate(analysis.steps)) {
    std::vector<std::string> row = {
        std::to_string(number),
        step.layer,
        getStepName(step.kind).str(),
        shapeText(step.output),
        step.macs ? grouped(step.macs) : notKnown,
        grouped(step.bytesRead),
        grouped(step.bytesWritten),
        step.constantBytes ? grouped(step.constantBytes) : notKnown};
    addOptional(row, step);
    table.add(std::move(row));
    sum.macs += step.macs;
    sum.bytesRead += step.bytesRead;
    sum.bytesWritten += step.bytesWritten;
    sum.constantBytes += step.constantBytes;
  }
  for (const ModelledLayer &layer : analysis.layersWithoutStep) {
    std::vector<std::string> row = {
        notKnown, layer.name, layer.kind + " (no step)",
        notKnown, notKnown,   notKnown,
        notKnown, notKnown};
    StepAnalysis step;
    step.latency = layer.latency;
    step.energy = layer.energy;
    addOptional(row, step);
    table.add(std::move(row));
  }
  sum.instructions = analysis.stepInstructions();
  sum.latency = analysis.latency;
  sum.energy = analysis.energy;
  if (counted || modelled)
    sum.share = 1;
  std::vector<std::string> row = {"",
                                  "sum",
                                  "",
                                  "",
                                  grouped(sum.macs),
                                  grouped(sum.bytesRead),
                                  grouped(sum.bytesWritten),
                                  grouped(sum.constantBytes)};
  addOptional(row, sum);
  table.add(std::move(row));
  table.print(stream);
  if (analysis.instructions) {
    stream << "  One inference takes " << grouped(*analysis.instructions)
           << " instructions";
    if (std::optional<int64_t> ofSteps = analysis.stepInstructions())
      stream << "; the steps' counts include what it takes to count them";
    stream << ".\n";
  } else {
    stream << "  Nothing counts instructions on this target.\n";
  }
}

static void printArena(llvm::raw_ostream &stream,
                       const TargetAnalysis &analysis) {
  stream << "\narena over time: " << grouped(analysis.arenaBytes) << " bytes, ";
  if (analysis.isPlanOptimal)
    stream << "proved best: what must be held at one time is as much";
  else
    stream << "at least " << grouped(analysis.arenaLowerBound)
           << " in any plan";
  if (analysis.numOrders == 0)
    stream << " of this order (there are too many orders to look at each)";
  else if (analysis.numOrders > 1)
    stream << ", in all " << analysis.numOrders << " orders of the steps";
  stream << '\n';
  Columns table(/*left=*/2);
  table.add({"buffer", "kind", "offset", "size", "first step", "last step"});
  for (const BufferAnalysis &buffer : analysis.buffers)
    table.add({buffer.name, buffer.isScratch ? "scratch" : "tensor",
               grouped(buffer.offset), grouped(buffer.size),
               std::to_string(buffer.first), std::to_string(buffer.last)});
  table.print(stream);
  for (const BufferAnalysis &buffer : analysis.buffers)
    if (buffer.overwrites)
      stream << "  Step " << buffer.first << " writes '" << buffer.name
             << "' over '" << analysis.buffers[*buffer.overwrites].name
             << "'.\n";
}

static void printFlash(llvm::raw_ostream &stream,
                       const TargetAnalysis &analysis) {
  stream << "\nflash\n";
  std::vector<std::string> code = {"code", grouped(analysis.codeBytes)},
                           constants = {"constants",
                                        grouped(analysis.constantBytes)},
                           data = {"initial values", "0"},
                           sum = {"sum", grouped(analysis.codeBytes +
                                                 analysis.constantBytes)};
  Columns table(/*left=*/1);
  if (const std::optional<MemoryUse> &firmware = analysis.firmware) {
    table.add({"section", "network", "example project adds", "linked"});
    auto extend = [](std::vector<std::string> &row, int64_t own,
                     int64_t linked) {
      row.push_back(grouped(linked - own));
      row.push_back(grouped(linked));
    };
    extend(code, analysis.codeBytes, firmware->code);
    extend(constants, analysis.constantBytes, firmware->constants);
    extend(data, 0, firmware->data);
    extend(sum, analysis.codeBytes + analysis.constantBytes, firmware->flash());
  } else {
    table.add({"section", "network"});
  }
  table.add(std::move(code));
  table.add(std::move(constants));
  if (analysis.firmware)
    table.add(std::move(data));
  table.add(std::move(sum));
  table.print(stream);
  int64_t ofSteps = 0;
  for (const StepAnalysis &step : analysis.steps)
    ofSteps += step.constantBytes;
  stream << "  Of the constants, " << grouped(ofSteps)
         << " bytes are the steps' weights, tables, biases and factors.\n";
}

static void printComparison(llvm::raw_ostream &stream, llvm::StringRef name,
                            const Comparison &comparison) {
  Columns table(/*left=*/1);
  table.add({name.str(), "predicted", "measured", "gap"});
  auto addRow = [&](const std::string &label, std::optional<int64_t> predicted,
                    std::optional<int64_t> measured) {
    Comparison pair;
    pair.predicted = predicted;
    pair.measured = measured;
    std::string gap = notKnown;
    if (pair.isKnown() && std::isfinite(pair.gapPercent()))
      gap = llvm::formatv("{0:F1} %", pair.gapPercent()).str();
    table.add({label, grouped(predicted), grouped(measured), gap});
  };
  for (const ComparedPart &part : comparison.parts)
    addRow("  " + part.name, part.predicted, part.measured);
  addRow("sum", comparison.predicted, comparison.measured);
  table.print(stream);
  stream << "  ";
  if (!comparison.predicted)
    stream << "Nothing was predicted: the device has no cost model";
  else if (!comparison.measured)
    stream << "Not all of it was measured";
  else if (comparison.holds())
    stream << "The prediction is above what was measured";
  else
    stream << "THE PREDICTION IS BELOW WHAT WAS MEASURED";
  if (comparison.limit)
    stream << "; the limit is " << grouped(*comparison.limit) << " bytes";
  stream << ".\n";
}

static void printPredictions(llvm::raw_ostream &stream,
                             const TargetAnalysis &analysis) {
  stream << "\npredicted (what limits are checked with) and measured\n";
  printComparison(stream, "ram, bytes", analysis.ram);
  printComparison(stream, "flash, bytes", analysis.flash);
  if (!analysis.latency)
    return;
  stream << "  Modelled latency: " << timeText(analysis.latency);
  if (std::optional<double> cycles = analysis.modelledCycles())
    stream << ", " << grouped(std::llround(*cycles)) << " cycles at "
           << llvm::formatv("{0:F0} MHz", analysis.clock / 1e6);
  stream << "; ";
  if (!analysis.instructions) {
    stream << "no instructions were counted.\n";
    return;
  }
  stream << "counted: " << grouped(*analysis.instructions)
         << " instructions. Instructions are no cycles, and an emulator has "
            "no clock: the latency is a model, not a measurement.\n";
  if (std::optional<int64_t> least = analysis.leastLatency())
    stream << "  At " << mostInstructionsPerCycle
           << " instructions a cycle they take at least " << timeText(*least)
           << (analysis.provesLatencyBroken() ? ", which breaks the limit of "
               : analysis.latencyLimit        ? "; the limit is "
                                              : "")
           << (analysis.latencyLimit ? timeText(*analysis.latencyLimit) : "")
           << ".\n";
}

static void printCheck(llvm::raw_ostream &stream,
                       const TargetAnalysis &analysis) {
  stream << "\ncheck sample\n  CRC-32 of its scores: "
         << crcText(analysis.foundCrc32) << " on the target, "
         << crcText(analysis.expectedCrc32) << " expected";
  if (analysis.foundCrc32 && analysis.expectedCrc32)
    stream << (analysis.foundCrc32 == analysis.expectedCrc32 ? ": the same"
                                                             : ": DIFFERENT");
  stream << ".\n  Samples compared byte by byte on the target: "
         << grouped(analysis.comparedSamples) << ", of which differ "
         << grouped(analysis.differentSamples) << ".\n";
  if (analysis.accuracy)
    stream << llvm::formatv("  Accuracy on int8: {0:P2} of {1} samples.\n",
                            *analysis.accuracy,
                            grouped(analysis.accuracySamples));
}

void deploy::printAnalysis(llvm::raw_ostream &stream,
                           const TargetAnalysis &analysis) {
  stream << analysis.network << " on " << analysis.device;
  if (!analysis.target.empty())
    stream << " (" << analysis.target << ": " << analysis.description << ")";
  stream << ", int8\n\n";
  printSteps(stream, analysis);
  printArena(stream, analysis);
  printFlash(stream, analysis);
  if (analysis.stackBytes)
    stream << "\nstack, measured: " << grouped(*analysis.stackBytes)
           << " bytes\n";
  printPredictions(stream, analysis);
  printCheck(stream, analysis);
  for (const std::string &remark : analysis.remarks)
    stream << "\nremark: " << remark << '\n';
}

//===----------------------------------------------------------------------===//
// For programs
//===----------------------------------------------------------------------===//

template <typename T> static json::Value valueOf(std::optional<T> number) {
  if (!number)
    return nullptr;
  return *number;
}

/// Picoseconds or picojoules in seconds or joules.
static json::Value inUnit(std::optional<int64_t> number) {
  if (!number)
    return nullptr;
  // Division rounds once; a factor of 1e-12 is rounded itself.
  return static_cast<double>(*number) / 1e12;
}

static json::Value textOrNull(llvm::StringRef text) {
  if (text.empty())
    return nullptr;
  return json::fixUTF8(text);
}

static json::Value crcOf(std::optional<uint32_t> crc) {
  if (!crc)
    return nullptr;
  return crcText(crc);
}

static json::Object documentOf(const Comparison &comparison) {
  json::Array parts;
  for (const ComparedPart &part : comparison.parts)
    parts.push_back(json::Object{{"name", part.name},
                                 {"predicted", valueOf(part.predicted)},
                                 {"measured", valueOf(part.measured)}});
  json::Value gap = nullptr, holds = nullptr;
  if (comparison.isKnown()) {
    if (std::isfinite(comparison.gapPercent()))
      gap = comparison.gapPercent();
    holds = comparison.holds();
  }
  return json::Object{{"predicted", valueOf(comparison.predicted)},
                      {"measured", valueOf(comparison.measured)},
                      {"limit", valueOf(comparison.limit)},
                      {"gap_percent", std::move(gap)},
                      {"holds", std::move(holds)},
                      {"parts", std::move(parts)}};
}

static json::Object arenaDocument(const TargetAnalysis &analysis) {
  json::Array buffers;
  for (const BufferAnalysis &buffer : analysis.buffers)
    buffers.push_back(
        json::Object{{"name", json::fixUTF8(buffer.name)},
                     {"kind", buffer.isScratch ? "scratch" : "tensor"},
                     {"offset", buffer.offset},
                     {"size", buffer.size},
                     {"first", buffer.first},
                     {"last", buffer.last},
                     {"overwrites", valueOf(buffer.overwrites)}});
  json::Value orders = nullptr;
  if (analysis.numOrders)
    orders = analysis.numOrders;
  return json::Object{{"bytes", analysis.arenaBytes},
                      {"lower_bound", analysis.arenaLowerBound},
                      {"optimal", analysis.isPlanOptimal},
                      {"orders", std::move(orders)},
                      {"buffers", std::move(buffers)}};
}

json::Object deploy::analysisDocument(const TargetAnalysis &analysis) {
  json::Array steps, layersWithoutStep, remarks;
  int64_t bytesRead = 0, bytesWritten = 0, constantBytes = 0;
  for (const StepAnalysis &step : analysis.steps) {
    bytesRead += step.bytesRead;
    bytesWritten += step.bytesWritten;
    constantBytes += step.constantBytes;
    steps.push_back(json::Object{
        {"layer", json::fixUTF8(step.layer)},
        {"kind", getStepName(step.kind)},
        {"output", json::Array{step.output[0], step.output[1], step.output[2]}},
        {"macs", step.macs},
        {"bytes_read", step.bytesRead},
        {"bytes_written", step.bytesWritten},
        {"constant_bytes", step.constantBytes},
        {"instructions", valueOf(step.instructions)},
        {"instructions_per_mac", valueOf(step.instructionsPerMac())},
        {"modelled_latency", inUnit(step.latency)},
        {"modelled_energy", inUnit(step.energy)},
        {"share", valueOf(step.share)}});
  }
  for (const ModelledLayer &layer : analysis.layersWithoutStep)
    layersWithoutStep.push_back(
        json::Object{{"layer", json::fixUTF8(layer.name)},
                     {"kind", json::fixUTF8(layer.kind)},
                     {"modelled_latency", inUnit(layer.latency)},
                     {"modelled_energy", inUnit(layer.energy)}});
  for (const std::string &remark : analysis.remarks)
    remarks.push_back(json::fixUTF8(remark));

  StepAnalysis whole;
  whole.macs = analysis.macs();
  whole.instructions = analysis.instructions;
  std::optional<int64_t> staticRam, linkedFlash;
  if (analysis.firmware) {
    staticRam = analysis.firmware->staticRam();
    linkedFlash = analysis.firmware->flash();
  }
  json::Value passed = nullptr;
  if (analysis.foundCrc32 && analysis.expectedCrc32)
    passed = analysis.foundCrc32 == analysis.expectedCrc32;
  return json::Object{
      {"schema", 1},
      {"network", json::fixUTF8(analysis.network)},
      {"device", json::fixUTF8(analysis.device)},
      {"precision", "int8"},
      {"target", textOrNull(analysis.target)},
      {"emulator", textOrNull(analysis.emulator)},
      {"steps", std::move(steps)},
      {"layers_without_step", std::move(layersWithoutStep)},
      {"totals",
       json::Object{
           {"macs", whole.macs},
           {"bytes_read", bytesRead},
           {"bytes_written", bytesWritten},
           {"constant_bytes", constantBytes},
           {"instructions", valueOf(analysis.instructions)},
           {"step_instructions", valueOf(analysis.stepInstructions())},
           {"instructions_per_mac", valueOf(whole.instructionsPerMac())},
           {"modelled_latency", inUnit(analysis.latency)},
           {"modelled_energy", inUnit(analysis.energy)},
           {"modelled_cycles", valueOf(analysis.modelledCycles())},
           {"least_latency", inUnit(analysis.leastLatency())},
           {"latency_limit", inUnit(analysis.latencyLimit)}}},
      {"arena", arenaDocument(analysis)},
      {"flash",
       json::Object{{"code", analysis.codeBytes},
                    {"constants", analysis.constantBytes},
                    {"network", analysis.codeBytes + analysis.constantBytes},
                    {"project", valueOf(analysis.projectFlash())},
                    {"firmware", valueOf(linkedFlash)}}},
      {"ram", json::Object{{"arena", analysis.arenaBytes},
                           {"stack", valueOf(analysis.stackBytes)},
                           {"static", valueOf(staticRam)}}},
      {"predictions", json::Object{{"ram", documentOf(analysis.ram)},
                                   {"flash", documentOf(analysis.flash)}}},
      {"check", json::Object{{"crc32", crcOf(analysis.foundCrc32)},
                             {"expected_crc32", crcOf(analysis.expectedCrc32)},
                             {"passed", std::move(passed)}}},
      {"comparison", json::Object{{"samples", analysis.comparedSamples},
                                  {"different", analysis.differentSamples}}},
      {"accuracy", json::Object{{"int8", valueOf(analysis.accuracy)},
                                {"samples", analysis.accuracySamples}}},
      {"remarks", std::move(remarks)}};
}
