//===- ReportData.h - All that a report shows -------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The content of report.html and pareto.json as plain data. Whoever runs the
// pipeline fills it in; a part that is left empty is left out of the report.
//
// Units: sizes are bytes, times seconds, energies joules, accuracies fractions
// of 1. Numbers of architectures are decimal strings, as they exceed 64 bits.
// NaN is a value that was not measured.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_REPORT_REPORTDATA_H
#define NASC_RUNTIME_REPORT_REPORTDATA_H

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nasc::report {

/// A value that was not measured.
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// What a number counts; decides how it is written.
enum class Unit {
  Count,    ///< 12,501,632
  Bytes,    ///< 31.2 KiB
  Seconds,  ///< 9.84 ms
  Joules,   ///< 1.23 mJ
  Fraction, ///< 89.7 %
  Number,   ///< 0.0123
};

/// What the search does with a metric.
enum class Goal { None, Minimize, Maximize };

/// A metric of the candidates.
struct MetricColumn {
  /// `accuracy`, `loss`, `macs`, `weights`, `params`, `flash`, `ram`,
  /// `latency`, `energy`.
  std::string name;
  /// The device that it is on, or empty.
  std::string device;
  Unit unit = Unit::Number;
  Goal goal = Goal::None;
  /// Computed by a cost model, not measured: shown as "modelled".
  bool modelled = false;

  /// `latency@h743`, or the name alone.
  std::string key() const {
    return device.empty() ? name : name + "@" + device;
  }
};

/// A limit of the spec.
struct LimitReport {
  /// As it stands in the spec: `ram on h743 <= 32 KiB`.
  std::string text;
  /// The metric that it bounds from above, as MetricColumn::key() gives it;
  /// empty for a limit on choices.
  std::string metric;
  /// The bound in the metric's unit.
  double bound = unknown;
  /// How many architectures it alone excludes, as a decimal number, or empty.
  std::string excluded;
  /// Something to point out, such as that it excludes nothing.
  std::string remark;
};

/// A value that pruning has removed from a choice.
struct RemovedValue {
  std::string value;
  /// What has shown it: `intervals`, `Z3`, or empty.
  std::string by;
  /// For example `ram on h743 > 32 KiB`.
  std::string why;
};

/// A choice and what pruning has left of it.
struct ChoiceReport {
  std::string name;
  std::vector<std::string> before;
  std::vector<std::string> after;
  std::vector<RemovedValue> removed;
  /// Which share of the feasible architectures has each value of `after`; empty
  /// where that is not known.
  std::vector<double> shares = {};
};

/// The space and its feasible part.
struct SpaceReport {
  /// The number of architectures, a decimal number.
  std::string architectures;
  /// The number of feasible ones: equal bounds where it is known exactly,
  /// empty where it is not known at all.
  std::string feasibleLower, feasibleUpper;
  /// Estimated number of feasible ones, where the count is not exact; 4.2e+20
  /// is fine too.
  std::string feasibleEstimate;
  /// How the number was found, a remark of one sentence, or empty.
  std::string countRemark;
  std::vector<ChoiceReport> choices;
  std::vector<LimitReport> limits;
};

/// A stage of the pipeline that has run.
struct StageReport {
  std::string name;
  /// For example `NSGA-II, 24 individuals, 1 epoch of 10,000 images`.
  std::string description;
  int64_t evaluations = 0;
  double seconds = unknown;
  /// Such as "cut short by the time limit", or empty.
  std::string remark;
};

/// How far the search had come after some evaluations.
struct ProgressPoint {
  std::string stage;
  int64_t generation = 0;
  int64_t evaluations = 0;
  double hypervolume = unknown;
  /// The best value so far of the first objective.
  double best = unknown;
  int64_t frontSize = 0;
};

/// An architecture that was evaluated.
struct CandidateReport {
  /// Canonical text: `stem=16,depth=3,width[1]=24`.
  std::string architecture;
  std::string stage;
  /// The place in the sequence of its stage.
  int64_t ordinal = 0;
  /// One for each of ReportData::metrics.
  std::vector<double> values;
  /// Whether it is on the front of all objectives, among those of its stage.
  bool front = false;
  /// Why it has no result, or empty.
  std::string failure;
};

/// The costs of a layer on one device.
struct DeviceCost {
  std::string device;
  double flash = unknown;
  double ram = unknown;
  double latency = unknown;
  double energy = unknown;
};

/// A layer of a winner with its costs.
struct LayerReport {
  std::string name;
  /// `conv2d`, `dense`, ….
  std::string kind;
  /// Shapes, such as `28×28×16`.
  std::string input, output;
  int64_t macs = 0, weights = 0, params = 0;
  std::vector<DeviceCost> devices;
};

/// A total of a winner against its limit.
struct LimitUse {
  /// `RAM on h743`.
  std::string label;
  Unit unit = Unit::Count;
  double used = unknown;
  /// NaN where there is no limit.
  double limit = unknown;
  bool modelled = false;
  /// What the generated code is proved to need at least, where that is more
  /// than `used`.
  double least = unknown;
};

/// A buffer of a memory plan.
struct BufferReport {
  /// Usually that of the layer that produces it.
  std::string name;
  std::string kind;
  /// In bytes from the start of the arena.
  int64_t offset = 0, size = 0;
  /// The first and the last step during which it lives.
  unsigned first = 0, last = 0;
  /// The buffer (an index in MemoryReport::buffers) that the first step writes
  /// it over, in whose last step that is.
  std::optional<unsigned> overwrites = std::nullopt;
};

/// The memory of a winner over time: which buffers of the arena live during
/// which step.
struct MemoryReport {
  std::string device;
  /// The steps in their order, by the names of their layers.
  std::vector<std::string> steps;
  std::vector<BufferReport> buffers;
  /// Bytes of the arena, and of what comes in addition (stack, static data).
  int64_t arena = 0, additional = 0;
  /// The limit on all of it, or 0.
  int64_t limit = 0;
  /// How good the plan is, one sentence, or empty.
  std::string remark = "";
};

/// A file that was generated.
struct FileReport {
  /// Relative to the folder of the report.
  std::string path;
  std::string description;
  int64_t size = 0;
};

/// The generated code against the trained network.
struct VerificationReport {
  /// `host, float32, object`.
  std::string target;
  /// What was done, such as `10,000 test images through host/run`.
  std::string what;
  int64_t images = 0;
  double maximalDifference = unknown, tolerance = unknown;
  int64_t sameClass = 0;
  /// Images whose two best logits are closer than the tolerance.
  int64_t ties = 0;
  /// Accuracy of the generated code, or NaN.
  double accuracy = unknown;
  /// CRC-32 of all outputs, in hexadecimal, or empty.
  std::string checksum;
  bool passed = false;
  /// Of 8-bit integers, whose difference from the trained network is a loss and
  /// no fault: how many samples were run on the target and compared byte by
  /// byte, and how many of them differ.
  std::optional<int64_t> comparedSamples = std::nullopt;
  int64_t differentSamples = 0;
};

/// A step of an 8-bit network on a target.
struct StepReport {
  std::string layer;
  /// `convolution`, `dense`, …; for a layer that costs something in the model
  /// but has no step, the kind of the layer.
  std::string kind;
  /// The shape of its result, or empty.
  std::string output;
  int64_t macs = 0, bytesRead = 0, bytesWritten = 0, constantBytes = 0;
  /// Counted.
  double instructions = unknown;
  /// Modelled, of the step's layer.
  double latency = unknown, energy = unknown;
  /// Of the instructions, or where nothing counts them of the latency.
  double share = unknown;
};

/// What was said of a network before it was compiled, and what was measured.
struct PredictionReport {
  /// `RAM`, `Flash`, or the name of a part: `arena`.
  std::string label;
  double predicted = unknown, measured = unknown;
  double limit = unknown;
  std::vector<PredictionReport> parts = {};
};

/// A section of flash: what the network has in it, and what the example project
/// adds; NaN where nothing was linked.
struct FlashReport {
  std::string section;
  int64_t network = 0;
  double project = unknown;
};

/// An 8-bit network on one target.
struct TargetReport {
  std::string device;
  /// `cortex-m7` with a description, and the emulator; or empty.
  std::string machine, description, emulator;
  std::vector<StepReport> steps, layersWithoutStep;
  /// Of one inference.
  double instructions = unknown;
  /// Modelled, with their limits; cycles at the device's clock.
  double latency = unknown, latencyLimit = unknown;
  double energy = unknown, energyLimit = unknown, cycles = unknown;
  /// What the instructions take at least.
  double leastLatency = unknown;
  MemoryReport memory;
  double stack = unknown;
  std::vector<FlashReport> flash;
  /// Of RAM and flash, in bytes.
  std::vector<PredictionReport> predictions;
  /// CRC-32 of the check sample's scores in hexadecimal: found on the target,
  /// or empty; and expected.
  std::string crc32, expectedCrc32;
  int64_t comparedSamples = 0, differentSamples = 0;
  double accuracy = unknown;
  std::vector<std::string> remarks;

  /// Of the network alone.
  int64_t networkFlash() const {
    int64_t sum = 0;
    for (const FlashReport &section : flash)
      sum += section.network;
    return sum;
  }
  /// Of all that was linked; NaN where nothing was.
  double linkedFlash() const {
    double sum = flash.empty() ? unknown : 0;
    for (const FlashReport &section : flash)
      sum += static_cast<double>(section.network) + section.project;
    return sum;
  }
};

/// What a network had learned after an epoch. The accuracies are 0 for targets
/// without classes.
struct EpochReport {
  double trainLoss = unknown, trainAccuracy = unknown;
  double validationLoss = unknown, validationAccuracy = unknown;
};

/// Which classes a network finds in samples.
struct ClassificationReport {
  /// What was classified by what: `10,000 test samples through run`.
  std::string what;
  std::vector<std::string> classes;
  /// `counts[actual * classes.size() + predicted]`.
  std::vector<int64_t> counts;
};

/// A network that the search has chosen.
struct WinnerReport {
  std::string name;
  std::string architecture;
  double trainAccuracy = unknown;
  double validationAccuracy = unknown;
  double testAccuracy = unknown;
  /// Other results, such as a mean squared error: label and value.
  std::vector<std::pair<std::string, double>> results;
  /// One sentence on the training, or empty.
  std::string training;
  std::vector<LimitUse> totals;
  std::vector<LayerReport> layers;
  std::vector<MemoryReport> memory;
  std::vector<FileReport> files;
  std::vector<VerificationReport> verification;
  std::vector<TargetReport> targets;
  std::vector<EpochReport> curve;
  std::vector<ClassificationReport> classifications;
};

/// A source file of the spec.
struct SourceReport {
  std::string path;
  std::string text;
};

/// Everything.
struct ReportData {
  std::string spec;
  std::vector<SourceReport> sources;
  std::string specHash;
  /// The command that made the report.
  std::string command;
  std::string nascVersion;
  std::string host;
  /// ISO 8601.
  std::string date;
  uint64_t seed = 0;
  unsigned threads = 1;
  double seconds = unknown;
  /// Anything else worth telling of the run, such as how often it was resumed.
  std::vector<std::string> remarks;

  SpaceReport space;
  std::vector<StageReport> stages;
  /// The objectives first, in the order of the spec.
  std::vector<MetricColumn> metrics;
  std::vector<ProgressPoint> progress;
  /// Between which points the hypervolume is measured, in the objectives'
  /// order: the worst values that count, and the best ones of the first
  /// generation, at the distance of which the volume is 1.
  std::vector<double> referencePoint, idealPoint;
  std::vector<CandidateReport> candidates;
  std::vector<WinnerReport> winners;
};

} // namespace nasc::report

#endif // NASC_RUNTIME_REPORT_REPORTDATA_H
