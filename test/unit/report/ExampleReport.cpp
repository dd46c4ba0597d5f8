//===- ExampleReport.cpp --------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExampleReport.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace nasc::report;

static const char specText[] = R"(// Fashion-MNIST on a Cortex-M7 board.
import "devices/stm32h743zi.nas";

dataset fashion = idx("/usr/share/datasets/fashion-mnist") {
  validation = 10_000 images;
  normalize = { mean: 0.286, deviation: 0.353 };
}

space FashionNet(image: fashion.image) -> fashion.label {
  choice stem in {8, 16, 24};
  choice depth in 2..6;
  var x = image |> conv2d(filters = stem, kernel = 3, bias = false);
  repeat i in 1..depth {
    choice width in 8..64 step 8;
    choice stride in {1, 2};
    x = x |> conv2d(filters = width, kernel = 3, stride = stride) |> relu;
  }
  return x |> global_average_pool |> dense(units = 10);
}

limits {
  ram     on h743 <= 32 KiB;
  flash   on h743 <= 64 KiB;
  latency on h743 <= 10 ms;
}
)";

static SpaceReport exampleSpace() {
  SpaceReport space;
  space.architectures = "1285607423";
  space.feasibleLower = "42011935";
  space.feasibleUpper = "42011935";
  space.countRemark = "Counted exactly by interval bounds.";
  space.limits = {
      {"ram on h743 <= 32 KiB", "ram@h743", 32768, "903455221", ""},
      {"flash on h743 <= 64 KiB", "flash@h743", 65536, "712004", ""},
      {"latency on h743 <= 10 ms", "latency@h743", 10e-3, "1198220410", ""},
      {"forall i in 2..depth: width[i] >= width[i - 1]", "", unknown,
       "1101443998", ""},
      {"stem <= 32", "", unknown, "0",
       "excludes nothing: the largest value of stem is 24"}};
  space.choices = {
      {"stem",
       {"8", "16", "24"},
       {"8", "16"},
       {{"24", "intervals", "ram on h743 is at least 37.8 KiB"}},
       {0.125, 0.875}},
      {"depth",
       {"2", "3", "4", "5", "6"},
       {"2", "3", "4", "5"},
       {{"6", "Z3", "latency on h743 > 10 ms with every width"}}},
      {"width[1]",
       {"8", "16", "24", "32", "40", "48", "56", "64"},
       {"8", "16", "24", "32"},
       {{"40", "Z3", "latency on h743 > 10 ms"},
        {"48", "intervals", "latency on h743 is at least 10.7 ms"},
        {"56", "intervals", "latency on h743 is at least 12.1 ms"},
        {"64", "intervals", "latency on h743 is at least 13.9 ms"}}},
      {"stride[1]", {"1", "2"}, {"1", "2"}, {}},
      {"body[1]", {"conv", "separable"}, {"conv", "separable"}, {}}};
  ChoiceReport fine;
  fine.name = "channels";
  for (int i = 1; i <= 64; ++i) {
    fine.before.push_back(std::to_string(i));
    if (i <= 40)
      fine.after.push_back(std::to_string(i));
    else
      fine.removed.push_back({std::to_string(i), "intervals",
                              "flash on h743 is at least 64.2 KiB"});
  }
  space.choices.push_back(fine);
  return space;
}

static std::vector<LayerReport> exampleLayers() {
  std::vector<LayerReport> layers;
  int64_t size = 28, channels = 1;
  auto add = [&](const std::string &name, const std::string &kind,
                 int64_t outputSize, int64_t outputChannels, int64_t macs,
                 int64_t weights) {
    LayerReport layer;
    layer.name = name;
    layer.kind = kind;
    auto shape = [](int64_t size, int64_t channels) {
      return std::to_string(size) + "×" + std::to_string(size) + "×" +
             std::to_string(channels);
    };
    layer.input = shape(size, channels);
    layer.output = shape(outputSize, outputChannels);
    layer.macs = macs;
    layer.weights = weights;
    layer.params = weights ? weights + outputChannels : 0;
    double elements = double(outputSize * outputSize * outputChannels);
    layer.devices = {{"h743",
                      weights ? weights + 4. * outputChannels + 120 : 64,
                      elements + double(size * size * channels),
                      (1.03 * macs + 6 * elements + 900) / 480e6,
                      150e-12 * macs + 20e-12 * elements}};
    layers.push_back(layer);
    size = outputSize;
    channels = outputChannels;
  };
  add("conv1", "conv2d", 28, 16, 28 * 28 * 9 * 16, 144);
  add("relu1", "relu", 28, 16, 0, 0);
  add("depthwise1", "depthwise_conv2d", 14, 16, 14 * 14 * 9 * 16, 144);
  add("pointwise1", "pointwise_conv2d", 14, 24, 14 * 14 * 16 * 24, 384);
  add("relu2", "relu", 14, 24, 0, 0);
  add("conv2", "conv2d", 7, 40, 7 * 7 * 9 * 24 * 40, 8640);
  add("relu3", "relu", 7, 40, 0, 0);
  add("conv3", "conv2d", 7, 40, 7 * 7 * 9 * 40 * 40, 14400);
  add("add1", "add", 7, 40, 0, 0);
  add("relu4", "relu", 7, 40, 0, 0);
  add("pool", "global_average_pool", 1, 40, 0, 0);
  add("dense", "dense", 1, 10, 400, 400);
  return layers;
}

static MemoryReport exampleMemory() {
  MemoryReport memory;
  memory.device = "h743";
  memory.steps = {"conv1", "relu1", "depthwise1", "pointwise1",
                  "relu2", "conv2", "relu3",      "conv3",
                  "add1",  "relu4", "pool",       "dense"};
  memory.buffers = {{"image", "input", 12544, 784, 0, 0},
                    {"conv1", "conv2d", 0, 12544, 0, 2},
                    {"depthwise1", "depthwise_conv2d", 12544, 3136, 2, 3},
                    {"pointwise1", "pointwise_conv2d", 0, 4704, 3, 5},
                    {"conv2", "conv2d", 4704, 1960, 5, 8},
                    {"conv3", "conv2d", 0, 1960, 7, 10},
                    {"pool", "global_average_pool", 1968, 40, 10, 11},
                    {"dense", "dense", 2016, 10, 11, 11}};
  memory.arena = 15680;
  memory.additional = 2560;
  memory.limit = 20480;
  return memory;
}

/// The same network on 8-bit integers; `measured` as on a board that an
/// emulator stands for, else as a target whose emulator is missing.
static TargetReport exampleTarget(const std::string &device, bool measured) {
  TargetReport target;
  target.device = device;
  target.machine = measured ? "cortex-m7" : "riscv64";
  target.description = measured ? "Arm Cortex-M7" : "Linux on 64-bit RISC-V";
  target.emulator = measured ? "qemu-system-arm" : "qemu-riscv64";
  target.steps = {{"conv1", "convolution", "28×28×16", 112896, 784, 12544, 272},
                  {"depthwise1", "depthwise convolution", "14×14×16", 28224,
                   12544, 3136, 272},
                  {"pool", "mean", "1×1×16", 0, 3136, 16, 0},
                  {"dense", "dense", "1×1×10", 160, 16, 10, 240}};
  target.memory.device = device;
  target.memory.steps = {"conv1", "depthwise1", "pool", "dense"};
  target.memory.buffers = {
      {"image", "input", 12544, 784, 0, 0},
      {"conv1", "convolution", 0, 12544, 0, 1},
      {"depthwise1", "depthwise convolution", 0, 3136, 1, 2, 1},
      {"pool", "mean", 3136, 16, 2, 3},
      {"dense", "dense", 0, 10, 3, 3},
      {"depthwise1 (scratch)", "scratch", 12544, 160, 1, 1}};
  target.memory.arena = 13328;
  target.memory.remark = "The plan is proved best.";
  target.expectedCrc32 = "0badcafe";
  target.accuracy = 0.8921;
  target.flash = {{"code", 2082}, {"constants", 784}};
  if (!measured) {
    target.predictions = {{"RAM", unknown, unknown, unknown}};
    target.remarks = {"'qemu-riscv64' is missing: install qemu-user"};
    return target;
  }
  const double counts[] = {3.4e6, 5.1e5, 1.9e4, 1100};
  double sum = 0;
  for (double count : counts)
    sum += count;
  for (size_t i = 0; i != target.steps.size(); ++i) {
    target.steps[i].instructions = counts[i];
    target.steps[i].share = counts[i] / sum;
    target.steps[i].latency = counts[i] * 1.2e-9;
  }
  target.layersWithoutStep = {{"relu1", "relu", ""}};
  target.layersWithoutStep[0].latency = 3e-6;
  target.instructions = sum - 80;
  target.latency = sum * 1.2e-9 + 3e-6;
  target.latencyLimit = 10e-3;
  target.cycles = target.latency * 480e6;
  target.stack = 268;
  target.memory.additional = 280;
  target.memory.limit = 20480;
  target.flash = {{"code", 2082, 1780}, {"constants", 784, 428}};
  target.predictions = {
      {"RAM", 15000, 13608, 20480, {{"arena", 13328, 13328}}},
      {"Flash", 5000, 5074, 65536, {{"network", 3000, 2866}}}};
  target.crc32 = "0badcafe";
  target.comparedSamples = 200;
  return target;
}

static WinnerReport exampleWinner(unsigned number,
                                  const CandidateReport &candidate) {
  WinnerReport winner;
  winner.name = "Winner " + std::to_string(number);
  winner.architecture = candidate.architecture;
  winner.trainAccuracy = 0.9312 - 0.004 * number;
  winner.validationAccuracy = 0.9051 - 0.003 * number;
  winner.testAccuracy = 0.8994 - 0.0031 * number;
  winner.training = "Trained for 8 epochs of 50,000 images with Adam.";
  winner.totals = {
      {"RAM on h743", Unit::Bytes, 18240. + 5000 * number, 32768, false},
      {"Flash on h743", Unit::Bytes, 26112. + 900 * number, 65536, false},
      {"Latency on h743", Unit::Seconds, 9.81e-3 - 1e-3 * number, 10e-3, true},
      {"Energy on h743", Unit::Joules, 1.23e-3, unknown, true}};
  winner.layers = exampleLayers();
  winner.memory = {exampleMemory()};
  std::string folder = "winner" + std::to_string(number);
  winner.files = {
      {folder + "/network.mlir", "the network as IR", 8123},
      {folder + "/weights.npz", "trained weights, float32", 99120},
      {folder + "/host/network.o", "object file for x86-64", 143872},
      {folder + "/host/network.h", "its header", 1204},
      {folder + "/host/run", "program that runs it on images", 181208}};
  winner.verification = {
      {"host, float32, object", "10,000 test images through winner/host/run",
       10000, 3.1e-6, 1e-3, 10000, 0, winner.testAccuracy, "5f3c09aa", true},
      {"h743, int8", "10000 test samples on 8-bit integers", 10000, 1.24, 1e-3,
       9663, 0, 0.8921, "0483f2ac", true, 200, 0}};
  winner.targets = {exampleTarget("h743", true),
                    exampleTarget("board64", false)};
  winner.curve = {{1.31, 0.52, 0.88, 0.68},
                  {0.74, 0.73, 0.69, 0.75},
                  {0.55, 0.80, 0.58, 0.79}};
  winner.classifications = {{"100 test samples through run",
                             {"coat", "shirt", "shoe"},
                             {30, 5, 0, 9, 26, 0, 0, 0, 30}},
                            {"100 test samples on 8-bit integers",
                             {"coat", "shirt", "shoe"},
                             {28, 7, 0, 9, 26, 0, 0, 1, 29}}};
  return winner;
}

ReportData nasc::report::test::exampleReport(unsigned candidates) {
  ReportData data;
  data.spec = "fashion_mnist";
  data.sources = {{"fashion_mnist.nas", specText},
                  {"devices/stm32h743zi.nas", "device h743 {\n}\n"}};
  data.specHash = "9f2b6a0c4b1d";
  data.command = "nasc fashion_mnist.nas -o out/fashion_mnist";
  data.nascVersion = "0.1.0";
  data.host = "buildhost, x86-64";
  data.date = "2025-11-21T08:10:00Z";
  data.seed = 1;
  data.threads = 2;
  data.seconds = 751;
  data.space = exampleSpace();
  data.stages = {
      {"prune", "intervals and Z3", 0, 1.82, ""},
      {"evolve", "NSGA-II, 24 individuals, 1 epoch of 10,000 images",
       candidates, 431, ""},
      {"train", "3 networks, 8 epochs", 3, 312, "cut short by the time limit"}};
  data.metrics = {{"accuracy", "", Unit::Fraction, Goal::Maximize, false},
                  {"latency", "h743", Unit::Seconds, Goal::Minimize, true},
                  {"ram", "h743", Unit::Bytes, Goal::None, false},
                  {"flash", "h743", Unit::Bytes, Goal::None, false},
                  {"energy", "h743", Unit::Joules, Goal::None, true},
                  {"macs", "", Unit::Count, Goal::None, false},
                  {"params", "", Unit::Count, Goal::None, false}};

  std::mt19937 random(7);
  auto uniform = [&] { return double(random() - random.min()) / 4294967296.; };
  for (unsigned i = 0; i != candidates; ++i) {
    CandidateReport candidate;
    unsigned depth = 2 + random() % 4;
    candidate.architecture = "stem=" + std::to_string(8 * (1 + random() % 2)) +
                             ",depth=" + std::to_string(depth);
    for (unsigned round = 1; round <= depth; ++round) {
      std::string place = "[" + std::to_string(round) + "]=";
      candidate.architecture +=
          ",width" + place + std::to_string(8 * (1 + random() % 6)) +
          ",kernel" + place + (random() % 2 ? "3" : "5") + ",stride" + place +
          (random() % 3 ? "1" : "2") + ",body" + place +
          (random() % 2 ? "conv" : "separable");
    }
    candidate.stage = "evolve";
    candidate.ordinal = i;
    double latency = 1e-3 + 8.9e-3 * uniform();
    double ram = std::round(9000 + 23000 * uniform());
    double macs = std::round(latency * 3.1e8);
    double accuracy = 0.9 - 0.35 * std::exp(-latency / 2e-3) -
                      0.06 * uniform() - 0.03 * std::pow(uniform(), 4);
    candidate.values = {accuracy,
                        latency,
                        ram,
                        std::round(8000 + 50000 * uniform()),
                        latency * 0.13,
                        macs,
                        std::round(macs / 80)};
    data.candidates.push_back(candidate);
  }
  for (CandidateReport &candidate : data.candidates)
    candidate.front =
        std::none_of(data.candidates.begin(), data.candidates.end(),
                     [&](const CandidateReport &other) {
                       return other.values[0] > candidate.values[0] &&
                              other.values[1] < candidate.values[1];
                     });
  if (candidates > 20) {
    data.candidates[11].failure = "the loss became NaN";
    data.candidates[11].values[0] = unknown;
    data.candidates[11].front = false;
  }

  data.referencePoint = {0.1, 12.5e-3};
  data.idealPoint = {0.85, 1.5e-3};
  double volume = 0.31, best = 0.71;
  for (unsigned generation = 0; generation * 24 <= candidates; ++generation) {
    data.progress.push_back({"evolve", generation, generation * 24 + 24, volume,
                             best, 4 + generation});
    volume += (0.82 - volume) * 0.28 * uniform();
    best += (0.9 - best) * 0.4 * uniform();
  }
  std::vector<CandidateReport> trained;
  for (const CandidateReport &candidate : data.candidates)
    if (candidate.front && trained.size() < 3 && candidate.values[0] > 0.8)
      trained.push_back(candidate);
  for (CandidateReport &candidate : trained) {
    candidate.stage = "train";
    candidate.ordinal = data.winners.size();
    candidate.values[0] += 0.02;
    data.winners.push_back(exampleWinner(data.winners.size() + 1, candidate));
  }
  data.candidates.insert(data.candidates.end(), trained.begin(), trained.end());
  return data;
}
