//===- CostAnalysisTest.cpp - What a deployed network costs ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/CostAnalysis.h"
#include "gtest/gtest.h"

namespace nasc::deploy {
namespace {

/// A network of four steps, its plan, and made-up measurements: a convolution,
/// a depthwise one of the same layer kind, a mean and a dense layer.
class CostAnalysis : public testing::Test {
protected:
  void SetUp() override {
    network.name = "net";
    network.tensors.push_back({"input", 8, 8, 1});
    unsigned last = add(StepKind::Convolution, "conv", 0, 8, 8, 4, 36, 4);
    network.steps.back().macs = 2304;
    last =
        add(StepKind::DepthwiseConvolution, "depthwise", last, 8, 8, 4, 36, 4);
    network.steps.back().macs = 2304;
    last = add(StepKind::Mean, "pool", last, 1, 1, 4, 0, 0);
    add(StepKind::Dense, "dense", last, 1, 1, 3, 12, 3);
    network.steps.back().macs = 12;

    deployed.plan = planMemory(network, PlainKernels(), 16);
    deployed.signature.name = "net";
    deployed.signature.arenaBytes = deployed.plan.bytes;
    deployed.signature.checkCrc32 = 0x00c0ffee;
    deployed.object.code = 1000;
    deployed.object.constants = 300;
    MemoryUse firmware;
    firmware.code = 2500;
    firmware.constants = 400;
    firmware.data = 8;
    firmware.zeroed = 24;
    deployed.firmware = firmware;
    CheckRun check;
    check.passed = true;
    check.checksum = 0x00c0ffee;
    check.instructions = 99960;
    check.stackBytes = 200;
    deployed.check = check;
    deployed.stepInstructions = {60000, 30000, 8000, 2000};
    deployed.comparedSamples = 50;

    prediction.stack = 256;
    prediction.staticRam = 48;
    prediction.runtimeFlash = 2000;
    prediction.ram = deployed.plan.bytes + 16 + 256 + 48;
    prediction.flash = 3400;
    prediction.ramLimit = 4096;
    prediction.clock = 100'000'000;
    prediction.latency = 400'000'000;
    prediction.energy = 9'000'000;
    prediction.layers = {
        {"conv", "conv2d", 200'000'000, 5'000'000},
        {"depthwise", "depthwise_conv2d", 100'000'000, 3'000'000},
        {"relu", "relu", 100'000'000, 1'000'000}};
  }

  unsigned add(StepKind kind, const std::string &layer, unsigned input,
               int64_t height, int64_t width, int64_t channels, int64_t weights,
               int64_t biases) {
    NetworkStep step;
    step.kind = kind;
    step.layer = layer;
    step.inputs = {input};
    step.output = network.tensors.size();
    if (kind == StepKind::Convolution ||
        kind == StepKind::DepthwiseConvolution) {
      step.kernelHeight = step.kernelWidth = 3;
      step.padTop = step.padLeft = 1;
    }
    step.weights.resize(weights);
    step.bias.resize(biases);
    step.result.multipliers.resize(biases);
    step.result.shifts.resize(biases);
    network.tensors.push_back({layer, height, width, channels});
    network.output = step.output;
    network.steps.push_back(step);
    return network.output;
  }

  TargetAnalysis analyze(const char *target = "cortex-m7") {
    AnalysisInput input{"board", findTarget(target), network, deployed,
                        prediction};
    input.accuracy = 0.5;
    input.accuracySamples = 40;
    return analyzeTarget(input);
  }

  std::string textOf(const TargetAnalysis &analysis) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    printAnalysis(stream, analysis);
    return text;
  }

  QuantizedNetwork network;
  QuantizedTarget deployed;
  Prediction prediction;
};

TEST_F(CostAnalysis, CountsWhatStepsMoveAndCompute) {
  TargetAnalysis analysis = analyze();
  ASSERT_EQ(analysis.steps.size(), 4u);
  const StepAnalysis &conv = analysis.steps[0];
  EXPECT_EQ(conv.layer, "conv");
  EXPECT_EQ(conv.output, (std::array<int64_t, 3>{8, 8, 4}));
  EXPECT_EQ(conv.bytesRead, 64);
  EXPECT_EQ(conv.bytesWritten, 256);
  // Weights; bias and multiplier of 32 bits for each channel.
  EXPECT_EQ(conv.constantBytes, 36 + 4 * 8);
  EXPECT_EQ(conv.instructions, 60000);
  EXPECT_NEAR(*conv.instructionsPerMac(), 60000. / 2304, 1e-9);
  EXPECT_NEAR(*conv.share, 0.6, 1e-12);
  // Without a MAC there is no ratio.
  EXPECT_FALSE(analysis.steps[2].instructionsPerMac());
  EXPECT_EQ(analysis.macs(), 4620);
  EXPECT_EQ(analysis.stepInstructions(), 100000);
  EXPECT_EQ(analysis.instructions, 99960);
  int64_t constants = 0;
  for (const StepAnalysis &step : analysis.steps)
    constants += step.constantBytes;
  EXPECT_EQ(constants, network.constantBytes());
}

TEST_F(CostAnalysis, ASliceReadsWhatItCopies) {
  add(StepKind::Slice, "slice", network.output, 1, 1, 2, 0, 0);
  deployed.plan = planMemory(network, PlainKernels(), 16);
  deployed.stepInstructions.clear();
  TargetAnalysis analysis = analyze();
  EXPECT_EQ(analysis.steps.back().bytesRead, 2);
  EXPECT_EQ(analysis.steps[3].bytesRead, 4);
}

TEST_F(CostAnalysis, StepsStandInTheOrderOfThePlan) {
  // Two branches; the plan may run the second first.
  QuantizedNetwork &graph = network;
  graph.tensors.resize(1);
  graph.steps.clear();
  unsigned wide = add(StepKind::Convolution, "wide", 0, 8, 8, 32, 288, 32);
  unsigned thin = add(StepKind::Convolution, "thin", 0, 8, 8, 1, 9, 1);
  graph.steps.back().macs = 576;
  add(StepKind::Concat, "both", wide, 8, 8, 33, 0, 0);
  graph.steps.back().inputs = {wide, thin};
  deployed.plan = planMemory(network, PlainKernels(), 16);
  // As if it did, whatever the planner thinks best.
  deployed.plan.order = {1, 0, 2};
  for (PlacedBuffer *place :
       {&deployed.plan.tensors[wide], &deployed.plan.tensors[thin]})
    place->first = place == &deployed.plan.tensors[wide] ? 1 : 0;
  deployed.stepInstructions = {10, 20, 30};
  TargetAnalysis analysis = analyze();
  EXPECT_EQ(analysis.steps[0].layer, "thin");
  EXPECT_EQ(analysis.steps[0].instructions, 10);
  EXPECT_EQ(analysis.steps[0].macs, 576);
  EXPECT_EQ(analysis.steps[1].layer, "wide");
  EXPECT_EQ(analysis.steps[2].bytesRead, 64 * 33);
  EXPECT_EQ(analysis.buffers[wide].writer, 1u);
  EXPECT_EQ(analysis.buffers[thin].writer, 0u);
  EXPECT_FALSE(analysis.buffers[0].writer);
}

TEST_F(CostAnalysis, TheModelIsSpreadOverTheSteps) {
  // The layer `conv` takes a second step: its time is told once.
  add(StepKind::Clamp, "conv", network.output, 1, 1, 3, 0, 0);
  deployed.plan = planMemory(network, PlainKernels(), 16);
  deployed.stepInstructions.clear();
  TargetAnalysis analysis = analyze();
  EXPECT_EQ(analysis.steps[0].latency, 200'000'000);
  EXPECT_EQ(analysis.steps[0].energy, 5'000'000);
  EXPECT_FALSE(analysis.steps[4].latency);
  ASSERT_EQ(analysis.layersWithoutStep.size(), 1u);
  EXPECT_EQ(analysis.layersWithoutStep[0].name, "relu");
  // Nothing was counted: shares are of the modelled time of steps.
  EXPECT_NEAR(*analysis.steps[0].share, 2. / 3, 1e-12);
  EXPECT_FALSE(analysis.steps[2].share);
  // 400 us at 100 MHz.
  EXPECT_NEAR(*analysis.modelledCycles(), 40000, 1e-6);
  EXPECT_NE(textOf(analysis).find("relu (no step)"), std::string::npos);
}

TEST_F(CostAnalysis, CountsThatDoNotFitAreLeftOut) {
  deployed.stepInstructions = {1, 2, 3};
  TargetAnalysis analysis = analyze();
  EXPECT_FALSE(analysis.stepInstructions());
  ASSERT_EQ(analysis.remarks.size(), 1u);
  EXPECT_NE(analysis.remarks[0].find("3 steps"), std::string::npos);
  EXPECT_NE(textOf(analysis).find("remark: the profile counted 3 steps where "
                                  "the network has 4"),
            std::string::npos);
}

TEST_F(CostAnalysis, TheArenaOverTime) {
  TargetAnalysis analysis = analyze();
  EXPECT_EQ(analysis.arenaBytes, deployed.plan.bytes);
  EXPECT_TRUE(analysis.isPlanOptimal);
  // Tensors by their numbers; the depthwise convolution writes over its input
  // and needs scratch memory for that.
  ASSERT_EQ(deployed.plan.overwritten[1], 0);
  EXPECT_EQ(analysis.buffers[2].overwrites, 1u);
  EXPECT_EQ(analysis.buffers[2].offset, analysis.buffers[1].offset);
  EXPECT_EQ(analysis.buffers[2].first, analysis.buffers[1].last);
  auto scratch = llvm::find_if(
      analysis.buffers, [](const auto &buffer) { return buffer.isScratch; });
  ASSERT_NE(scratch, analysis.buffers.end());
  EXPECT_EQ(scratch->name, "depthwise");
  EXPECT_EQ(scratch->size, deployed.plan.scratch[1].size);
  EXPECT_EQ(scratch->first, 1u);
  for (const BufferAnalysis &buffer : analysis.buffers)
    EXPECT_LE(buffer.offset + buffer.size, analysis.arenaBytes) << buffer.name;
  EXPECT_NE(textOf(analysis).find("proved best"), std::string::npos);
  EXPECT_NE(textOf(analysis).find("writes 'depthwise' over 'conv'"),
            std::string::npos);
  deployed.plan.lowerBound = deployed.plan.bytes - 7;
  std::string text = textOf(analyze());
  EXPECT_EQ(text.find("proved best"), std::string::npos);
  EXPECT_NE(text.find("at least"), std::string::npos);
}

TEST_F(CostAnalysis, PredictionsAreComparedWithMeasurements) {
  TargetAnalysis analysis = analyze();
  const int64_t arena = deployed.plan.bytes;
  ASSERT_TRUE(analysis.ram.isKnown());
  EXPECT_EQ(analysis.ram.measured, arena + 200 + 32);
  EXPECT_EQ(analysis.ram.limit, 4096);
  EXPECT_TRUE(analysis.ram.holds());
  EXPECT_NEAR(analysis.ram.gapPercent(), 100. * 88 / (arena + 232), 1e-9);
  int64_t predicted = 0, measured = 0;
  for (const ComparedPart &part : analysis.ram.parts) {
    predicted += *part.predicted;
    measured += *part.measured;
  }
  EXPECT_EQ(predicted, analysis.ram.predicted);
  EXPECT_EQ(measured, analysis.ram.measured);

  EXPECT_EQ(analysis.flash.measured, 2908);
  EXPECT_EQ(analysis.projectFlash(), 2908 - 1300);
  EXPECT_TRUE(analysis.flash.holds());
  EXPECT_EQ(textOf(analysis).find("BELOW"), std::string::npos);

  prediction.flash = 2907;
  analysis = analyze();
  EXPECT_FALSE(analysis.flash.holds());
  EXPECT_LT(analysis.flash.gapPercent(), 0);
  EXPECT_TRUE(analysis.ram.holds());
  EXPECT_NE(textOf(analysis).find("BELOW"), std::string::npos);
  prediction.flash = 2908;
  EXPECT_TRUE(analyze().flash.holds());
  EXPECT_EQ(analyze().flash.gapPercent(), 0);
}

TEST_F(CostAnalysis, WithoutFirmwareNothingIsCompared) {
  deployed.firmware.reset();
  deployed.check.reset();
  deployed.stepInstructions.clear();
  deployed.remarks = {"'qemu-aarch64' is missing"};
  TargetAnalysis analysis = analyze("aarch64");
  EXPECT_FALSE(analysis.ram.isKnown());
  EXPECT_FALSE(analysis.flash.isKnown());
  EXPECT_FALSE(analysis.projectFlash());
  std::string text = textOf(analysis);
  EXPECT_NE(text.find("Not all of it was measured"), std::string::npos);
  EXPECT_NE(text.find("Nothing counts instructions"), std::string::npos);
  EXPECT_NE(text.find("'qemu-aarch64' is missing"), std::string::npos);
  EXPECT_NE(text.find("none on the target, 00c0ffee expected"),
            std::string::npos);
  prediction = {};
  EXPECT_NE(textOf(analyze("host")).find("Nothing was predicted"),
            std::string::npos);
}

TEST_F(CostAnalysis, TheDocumentHasTheSameNumbers) {
  TargetAnalysis analysis = analyze();
  // Through text, as a reader gets it.
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::json::Value(analysisDocument(analysis));
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  ASSERT_TRUE(static_cast<bool>(parsed));
  const llvm::json::Object &document = *parsed->getAsObject();
  EXPECT_EQ(document.getInteger("schema"), 1);
  EXPECT_EQ(document.getString("target"), llvm::StringRef("cortex-m7"));
  const llvm::json::Array &steps = *document.getArray("steps");
  ASSERT_EQ(steps.size(), 4u);
  const llvm::json::Object &conv = *steps[0].getAsObject();
  EXPECT_EQ(conv.getString("kind"), llvm::StringRef("convolution"));
  EXPECT_EQ(conv.getInteger("instructions"), 60000);
  EXPECT_EQ(conv.getNumber("modelled_latency"), 200e-6);
  EXPECT_EQ(*steps[2].getAsObject()->get("instructions_per_mac"),
            llvm::json::Value(nullptr));
  const llvm::json::Object &totals = *document.getObject("totals");
  EXPECT_EQ(totals.getInteger("instructions"), 99960);
  EXPECT_EQ(totals.getInteger("step_instructions"), 100000);
  EXPECT_EQ(totals.getInteger("constant_bytes"), network.constantBytes());
  EXPECT_EQ(totals.getNumber("modelled_cycles"), analysis.modelledCycles());
  EXPECT_EQ(document.getObject("arena")->getArray("buffers")->size(),
            analysis.buffers.size());
  const llvm::json::Object &flash = *document.getObject("flash");
  EXPECT_EQ(flash.getInteger("network"), 1300);
  EXPECT_EQ(flash.getInteger("firmware"), 2908);
  const llvm::json::Object &ram =
      *document.getObject("predictions")->getObject("ram");
  EXPECT_EQ(ram.getBoolean("holds"), true);
  EXPECT_EQ(ram.getInteger("measured"), analysis.ram.measured);
  const llvm::json::Object &check = *document.getObject("check");
  EXPECT_EQ(check.getString("crc32"), llvm::StringRef("00c0ffee"));
  EXPECT_EQ(check.getBoolean("passed"), true);
  EXPECT_EQ(document.getObject("comparison")->getInteger("samples"), 50);
  EXPECT_EQ(document.getObject("accuracy")->getNumber("int8"), 0.5);

  deployed.check->checksum = 1;
  llvm::json::Object failed = analysisDocument(analyze());
  EXPECT_EQ(failed.getObject("check")->getBoolean("passed"), false);
  EXPECT_NE(textOf(analyze()).find("DIFFERENT"), std::string::npos);
}

TEST_F(CostAnalysis, ColumnsLineUp) {
  // Units have characters of several bytes: every row of the table of steps
  // is as wide as its header, counted in characters.
  std::string text = textOf(analyze());
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).split(lines, '\n');
  auto width = [](llvm::StringRef line) {
    return llvm::count_if(line, [](char c) { return (c & 0xc0) != 0x80; });
  };
  ASSERT_TRUE(lines[3].ltrim().starts_with("#"));
  for (size_t i = 4; i < 10; ++i)
    EXPECT_EQ(width(lines[i]), width(lines[3])) << lines[i].str();
}

} // namespace
} // namespace nasc::deploy
