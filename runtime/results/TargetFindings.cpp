//===- TargetFindings.cpp - What is known of a target ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/results/TargetFindings.h"

#include "runtime/results/CostTable.h"

#include "llvm/Support/FormatVariadic.h"

using namespace nasc;
using namespace nasc::report;

static double orUnknown(std::optional<int64_t> value) {
  return value ? static_cast<double>(*value) : unknown;
}

static std::string crcText(std::optional<uint32_t> crc) {
  return crc ? llvm::formatv("{0:x-8}", *crc).str() : std::string();
}

/// How good a plan of the arena is, in a sentence.
static std::string planRemark(const deploy::TargetAnalysis &analysis) {
  std::string text =
      analysis.isPlanOptimal
          ? std::string("The plan is proved best: what must be held at one "
                        "time is as much")
          : "Any plan needs at least " +
                groupDigits(std::to_string(analysis.arenaLowerBound)) +
                " bytes";
  if (analysis.numOrders == 0)
    text += " in this order of the steps; there are too many orders to look "
            "at each";
  else if (analysis.numOrders > 1)
    text +=
        llvm::formatv(", in all {0} orders of the steps", analysis.numOrders);
  return text + ".";
}

static MemoryReport memoryReportOf(const deploy::TargetAnalysis &analysis) {
  MemoryReport memory;
  memory.device = analysis.device;
  memory.arena = analysis.arenaBytes;
  for (const deploy::StepAnalysis &step : analysis.steps)
    memory.steps.push_back(step.layer);
  for (const deploy::BufferAnalysis &buffer : analysis.buffers) {
    BufferReport entry;
    entry.name = buffer.isScratch ? buffer.name + " (scratch)" : buffer.name;
    entry.kind = buffer.isScratch ? "scratch"
                 : buffer.writer
                     ? getStepName(analysis.steps[*buffer.writer].kind).str()
                     : "input";
    entry.offset = buffer.offset;
    entry.size = buffer.size;
    entry.first = buffer.first;
    entry.last = buffer.last;
    entry.overwrites = buffer.overwrites;
    memory.buffers.push_back(std::move(entry));
  }
  if (analysis.stackBytes && analysis.firmware) {
    memory.additional = *analysis.stackBytes + analysis.firmware->staticRam();
    memory.limit = analysis.ram.limit.value_or(0);
  }
  memory.remark = planRemark(analysis);
  return memory;
}

static PredictionReport
predictionReportOf(llvm::StringRef label,
                   const deploy::Comparison &comparison) {
  PredictionReport report;
  report.label = label.str();
  report.predicted = orUnknown(comparison.predicted);
  report.measured = orUnknown(comparison.measured);
  report.limit = orUnknown(comparison.limit);
  for (const deploy::ComparedPart &part : comparison.parts)
    report.parts.push_back(
        {part.name, orUnknown(part.predicted), orUnknown(part.measured)});
  return report;
}

TargetReport nasc::targetReportOf(const deploy::TargetAnalysis &analysis) {
  TargetReport report;
  report.device = analysis.device;
  report.machine = analysis.target;
  report.description = analysis.description;
  report.emulator = analysis.emulator;
  for (const deploy::StepAnalysis &step : analysis.steps) {
    StepReport entry;
    entry.layer = step.layer;
    entry.kind = getStepName(step.kind).str();
    entry.output = shapeText(step.output);
    entry.macs = step.macs;
    entry.bytesRead = step.bytesRead;
    entry.bytesWritten = step.bytesWritten;
    entry.constantBytes = step.constantBytes;
    entry.instructions = orUnknown(step.instructions);
    entry.latency = fromPico(step.latency);
    entry.energy = fromPico(step.energy);
    entry.share = step.share.value_or(unknown);
    report.steps.push_back(std::move(entry));
  }
  for (const deploy::ModelledLayer &layer : analysis.layersWithoutStep) {
    StepReport entry;
    entry.layer = layer.name;
    entry.kind = layer.kind;
    entry.latency = fromPico(layer.latency);
    entry.energy = fromPico(layer.energy);
    report.layersWithoutStep.push_back(std::move(entry));
  }
  report.instructions = orUnknown(analysis.instructions);
  report.latency = fromPico(analysis.latency);
  report.latencyLimit = fromPico(analysis.latencyLimit);
  report.energy = fromPico(analysis.energy);
  report.energyLimit = fromPico(analysis.energyLimit);
  report.cycles = analysis.modelledCycles().value_or(unknown);
  report.leastLatency = fromPico(analysis.leastLatency());
  report.memory = memoryReportOf(analysis);
  report.stack = orUnknown(analysis.stackBytes);
  auto addFlash = [&](llvm::StringRef section, int64_t network,
                      int64_t deploy::MemoryUse::*linked) {
    std::optional<int64_t> project;
    if (analysis.firmware)
      project = (*analysis.firmware).*linked - network;
    report.flash.push_back({section.str(), network, orUnknown(project)});
  };
  addFlash("code", analysis.codeBytes, &deploy::MemoryUse::code);
  addFlash("constants", analysis.constantBytes, &deploy::MemoryUse::constants);
  if (analysis.firmware)
    addFlash("initial values of data", 0, &deploy::MemoryUse::data);
  report.predictions.push_back(predictionReportOf("RAM", analysis.ram));
  report.predictions.push_back(predictionReportOf("Flash", analysis.flash));
  report.crc32 = crcText(analysis.foundCrc32);
  report.expectedCrc32 = crcText(analysis.expectedCrc32);
  report.comparedSamples = analysis.comparedSamples;
  report.differentSamples = analysis.differentSamples;
  report.accuracy = analysis.accuracy.value_or(unknown);
  report.remarks = analysis.remarks;
  return report;
}
