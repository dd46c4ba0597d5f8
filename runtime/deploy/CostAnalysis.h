//===- CostAnalysis.h - What a deployed network costs -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Puts together what is known of an 8-bit network on one device: its steps, its
// arena over time, its flash by section, what was measured, and what the cost
// model had said before there was any code.
//
// Units: sizes are bytes, times picoseconds, energies picojoules, as the cost
// model has them. What is not known is std::nullopt.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_COSTANALYSIS_H
#define NASC_RUNTIME_DEPLOY_COSTANALYSIS_H

#include "runtime/deploy/QuantizedDeployment.h"
#include "llvm/Support/JSON.h"

#include <array>

namespace nasc::deploy {

/// What the cost model says of a layer.
struct ModelledLayer {
  std::string name;
  /// `conv2d`, `dense`, …
  std::string kind;
  std::optional<int64_t> latency, energy;
};

/// What was said of a network on a device before it was compiled.
struct Prediction {
  /// The metrics that limits are checked with.
  std::optional<int64_t> ram, flash;
  std::optional<int64_t> latency, energy;
  /// The smallest limit on each.
  std::optional<int64_t> ramLimit, flashLimit, latencyLimit, energyLimit;
  /// What the device's description sets aside, which `ram` and `flash` include.
  int64_t stack = 0, staticRam = 0, runtimeFlash = 0;
  /// In hertz; 0 if not known.
  int64_t clock = 0;
  /// Those that cost time or energy.
  std::vector<ModelledLayer> layers;
};

/// One step of a network.
struct StepAnalysis {
  std::string layer;
  StepKind kind = StepKind::Fill;
  /// Height, width, channels.
  std::array<int64_t, 3> output = {1, 1, 1};
  int64_t macs = 0;
  /// Of the operands, each once, and of the result; constants are not counted.
  int64_t bytesRead = 0, bytesWritten = 0;
  /// Weights, tables, biases and factors.
  int64_t constantBytes = 0;
  /// Measured.
  std::optional<int64_t> instructions;
  /// Of its layer. A layer of several steps has them at the one with most MACs.
  std::optional<int64_t> latency, energy;
  /// Of the instructions of all steps, or where they are not known of the
  /// modelled latency: 0 to 1.
  std::optional<double> share;

  /// None where either is not known or 0.
  std::optional<double> instructionsPerMac() const;
};

/// A place in the arena.
struct BufferAnalysis {
  /// The tensor's name, or for scratch memory the layer's.
  std::string name;
  bool isScratch = false;
  int64_t offset = 0, size = 0;
  /// Steps, as positions in TargetAnalysis::steps.
  unsigned first = 0, last = 0;
  /// The buffer (an index in TargetAnalysis::buffers) that the first step
  /// writes it over.
  std::optional<unsigned> overwrites;
  /// The step that writes it; none for the network's input.
  std::optional<unsigned> writer;
};

/// A part of a comparison: arena, stack, ….
struct ComparedPart {
  std::string name;
  std::optional<int64_t> predicted, measured;
};

/// A promise and what became of it.
struct Comparison {
  std::optional<int64_t> predicted, measured, limit;
  /// What makes up `predicted` and `measured`.
  std::vector<ComparedPart> parts;

  bool isKnown() const { return predicted && measured; }
  /// By how many percent of what was measured the prediction is above it;
  /// negative below. Only if it is known.
  double gapPercent() const;
  /// Whether the promise was kept: no more was needed. Only if it is known.
  bool holds() const { return *predicted >= *measured; }
};

/// The most instructions that a core of any target completes in a cycle: the
/// Cortex-M7 issues two of some pairs, the other microcontrollers one.
constexpr int64_t mostInstructionsPerCycle = 2;

/// All that is known of a network on a device.
struct TargetAnalysis {
  std::string network, device;
  /// The machine's name and description, and what counted instructions; empty
  /// if there is none.
  std::string target, description, emulator;
  /// In the order in which they run.
  std::vector<StepAnalysis> steps;
  /// Layers that cost something in the model and have no step.
  std::vector<ModelledLayer> layersWithoutStep;

  std::vector<BufferAnalysis> buffers;
  int64_t arenaBytes = 0, arenaLowerBound = 0;
  /// How many orders of the steps exist; 0 if they are too many.
  uint64_t numOrders = 1;
  /// No smaller plan exists.
  bool isPlanOptimal = false;

  /// The network's own flash.
  int64_t codeBytes = 0, constantBytes = 0;
  /// All of the example project, linked.
  std::optional<MemoryUse> firmware;
  std::optional<int64_t> stackBytes;
  /// Of one inference, without a profile.
  std::optional<int64_t> instructions;

  Comparison ram, flash;
  std::optional<int64_t> latency, latencyLimit, energy, energyLimit;
  int64_t clock = 0;

  /// CRC-32 of the check sample's scores: as computed on this machine, and on
  /// the target.
  std::optional<uint32_t> expectedCrc32, foundCrc32;
  int64_t comparedSamples = 0, differentSamples = 0;
  /// Of the 8-bit network, 0 to 1, and on how many samples.
  std::optional<double> accuracy;
  int64_t accuracySamples = 0;
  std::vector<std::string> remarks;

  int64_t macs() const;
  /// Of all steps, with a profile; none if any is not known.
  std::optional<int64_t> stepInstructions() const;
  /// Of the example project alone, without the network.
  std::optional<int64_t> projectFlash() const;
  /// The modelled latency at the device's clock.
  std::optional<double> modelledCycles() const;
  /// What the counted instructions take at least, in picoseconds, whatever a
  /// model says; none where they or the clock are not known.
  std::optional<int64_t> leastLatency() const;
  /// Whether that proves that the limit on latency is broken.
  bool provesLatencyBroken() const;
};

/// What analyzeTarget puts together. All is only read.
struct AnalysisInput {
  std::string device;
  /// Null if the device names no machine.
  const Target *target = nullptr;
  const QuantizedNetwork &network;
  const QuantizedTarget &deployed;
  Prediction prediction = {};
  std::optional<double> accuracy = std::nullopt;
  int64_t accuracySamples = 0;
};

/// Puts it together. The plan must be one of the network. Counts of steps that
/// do not fit the network are left out, with a remark.
TargetAnalysis analyzeTarget(const AnalysisInput &input);

/// Writes `analysis.txt`: tables for people.
void printAnalysis(llvm::raw_ostream &stream, const TargetAnalysis &analysis);

/// The content of `analysis.json`. What is not known is null; times are
/// seconds, energies joules, CRCs eight hexadecimal digits:
///
///   {
///     "schema": 1, "network", "device", "precision": "int8",
///     "target", "emulator",
///     "steps": [{"layer", "kind", "output": [height, width, channels],
///                "macs", "bytes_read", "bytes_written", "constant_bytes",
///                "instructions", "instructions_per_mac",
///                "modelled_latency", "modelled_energy", "share"}],
///     "layers_without_step": [{"layer", "kind", "modelled_latency",
///                              "modelled_energy"}],
///     "totals": {"macs", "bytes_read", "bytes_written", "constant_bytes",
///                "instructions", "step_instructions", "instructions_per_mac",
///                "modelled_latency", "modelled_energy", "modelled_cycles",
///                "least_latency", "latency_limit"},
///     "arena": {"bytes", "lower_bound", "optimal", "orders",
///               "buffers": [{"name", "kind": "tensor" or "scratch", "offset",
///                            "size", "first", "last",
///                            "overwrites": index of a buffer or null}]},
///     "flash": {"code", "constants", "network", "project", "firmware"},
///     "ram": {"arena", "stack", "static"},
///     "predictions": {"ram": {"predicted", "measured", "limit",
///                             "gap_percent", "holds",
///                             "parts": [{"name", "predicted", "measured"}]},
///                     "flash": the same},
///     "check": {"crc32", "expected_crc32", "passed"},
///     "comparison": {"samples", "different"},
///     "accuracy": {"int8", "samples"},
///     "remarks": [text]
///   }
///
/// Steps stand in the order in which they run; "first" and "last" of a buffer
/// are their numbers, from 0 on. "orders" is null if they were not all looked
/// at.
llvm::json::Object analysisDocument(const TargetAnalysis &analysis);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_COSTANALYSIS_H
