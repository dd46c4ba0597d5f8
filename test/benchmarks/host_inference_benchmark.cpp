//===- host_inference_benchmark.cpp - Generated code against LibTorch -----===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Times one sample through single layers and whole networks, as object code
// that nasc generates and by LibTorch (the best of three memory formats), one
// thread. The two alternate within one run, and the median of the ratios is
// what counts: the machine's speed changes over seconds. Both include padding
// and bias; every result is compared first.
//
//   host_inference_benchmark [SPEC.nas ARCHITECTURE]
//
// measures the network of an architecture first, such as a search's winner.
//
//===----------------------------------------------------------------------===//

#include "runtime/search/CompiledSpace.h"
#include "test/benchmarks/host_inference_benchmark_torch.h"
#include "test/unit/lowering/SpaceFromNetwork.h"
#include "test/unit/support/ReferenceNetwork.h"
#include "tools/nasc/Session.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

using namespace nasc;
using namespace nasc::test;
using nasc::benchmark::TorchForm;
using nasc::benchmark::TorchNetwork;
using Clock = std::chrono::steady_clock;

namespace {

struct Case {
  std::string name;
  NetworkDescription network;
};

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2,
                   values.end());
  return values[values.size() / 2];
}

/// Multiplications of the layers with weights.
double countMacs(const NetworkDescription &network,
                 const NetworkWeights &weights) {
  double macs = 0;
  for (const NetworkLayer &layer : network.layers)
    if (const NamedTensor *weight = weights.find(layer.name + ".weight")) {
      double positions = 1;
      for (size_t i = 0; i + 1 < layer.outputShape.size(); ++i)
        positions *= layer.outputShape[i];
      macs += positions * weight->values.size();
    }
  return macs;
}

NetworkDescription convolution(std::vector<int64_t> shape, int64_t filters,
                               int64_t kernel, int64_t stride, bool relu) {
  NetworkBuilder builder(std::move(shape));
  builder.convolution(LayerKind::Conv2D, filters, kernel, stride, 1, true);
  if (relu)
    builder.elementary(LayerKind::ReLU);
  return builder.network;
}

NetworkDescription depthwise(std::vector<int64_t> shape) {
  NetworkBuilder builder(shape);
  builder.convolution(LayerKind::DepthwiseConv2D, shape[2], 3, 1, 1, true);
  return builder.network;
}

void convolutionBlock(NetworkBuilder &builder, LayerKind kind, int64_t filters,
                      int64_t kernel, int64_t stride) {
  builder.convolution(kind, filters, kernel, stride)
      .batchNorm()
      .elementary(LayerKind::ReLU);
}

NetworkDescription resnet8() {
  NetworkBuilder builder({32, 32, 3});
  convolutionBlock(builder, LayerKind::Conv2D, 16, 3, 1);
  for (int64_t filters : {16, 32, 64}) {
    const unsigned input = builder.last();
    const int64_t stride = filters == 16 ? 1 : 2;
    convolutionBlock(builder, LayerKind::Conv2D, filters, 3, stride);
    builder.convolution(LayerKind::Conv2D, filters, 3).batchNorm();
    const unsigned main = builder.last();
    unsigned shortcut = input;
    if (stride == 2) {
      builder.from(input).convolution(LayerKind::Conv2D, filters, 1, 2);
      shortcut = builder.last();
    }
    builder.combine(LayerKind::Add, {main, shortcut})
        .elementary(LayerKind::ReLU);
  }
  builder.globalAveragePool().dense(10);
  return builder.network;
}

NetworkDescription dsCnn() {
  NetworkBuilder builder({49, 10, 1});
  builder.window(LayerKind::Conv2D, 64, {10, 4}, {2, 2}, {4, 5, 1, 1})
      .batchNorm()
      .elementary(LayerKind::ReLU);
  for (int i = 0; i < 4; ++i) {
    convolutionBlock(builder, LayerKind::DepthwiseConv2D, 64, 3, 1);
    convolutionBlock(builder, LayerKind::Conv2D, 64, 1, 1);
  }
  builder.globalAveragePool().dense(12);
  return builder.network;
}

NetworkDescription mobileNet() {
  NetworkBuilder builder({96, 96, 3});
  convolutionBlock(builder, LayerKind::Conv2D, 8, 3, 2);
  const std::pair<int64_t, int64_t> blocks[] = {
      {16, 1},  {32, 2},  {32, 1},  {64, 2},  {64, 1},  {128, 2}, {128, 1},
      {128, 1}, {128, 1}, {128, 1}, {128, 1}, {256, 2}, {256, 1}};
  for (auto [filters, stride] : blocks) {
    convolutionBlock(builder, LayerKind::DepthwiseConv2D,
                     builder.shape(builder.last())[2], 3, stride);
    convolutionBlock(builder, LayerKind::Conv2D, filters, 1, 1);
  }
  builder.globalAveragePool().dense(2);
  return builder.network;
}

NetworkDescription autoencoder() {
  NetworkBuilder builder({640});
  for (int64_t units : {128, 128, 128, 128, 8, 128, 128, 128, 128})
    builder.dense(units).elementary(LayerKind::ReLU);
  builder.dense(640);
  return builder.network;
}

NetworkDescription fashionCnn() {
  NetworkBuilder builder({28, 28, 1});
  convolutionBlock(builder, LayerKind::Conv2D, 16, 3, 2);
  convolutionBlock(builder, LayerKind::Conv2D, 24, 3, 1);
  convolutionBlock(builder, LayerKind::DepthwiseConv2D, 24, 5, 2);
  convolutionBlock(builder, LayerKind::Conv2D, 48, 1, 1);
  convolutionBlock(builder, LayerKind::DepthwiseConv2D, 48, 3, 1);
  convolutionBlock(builder, LayerKind::Conv2D, 96, 1, 1);
  builder.globalAveragePool().dense(10);
  return builder.network;
}

bool measure(const Case &test, int rounds) {
  const NetworkWeights weights = randomWeights(test.network, 1);
  const auto begin = Clock::now();
  auto object = compileForTest(test.network, weights);
  const double compileSeconds = secondsSince(begin);
  if (!object) {
    std::printf("%s: %s\n", test.name.c_str(),
                llvm::toString(object.takeError()).c_str());
    return false;
  }
  auto loaded = LoadedNetwork::load(*object);
  if (!loaded) {
    std::printf("%s: %s\n", test.name.c_str(),
                llvm::toString(loaded.takeError()).c_str());
    return false;
  }
  const std::vector<float> input =
      randomValues(object->signature.inputElements(), 2);
  std::vector<float> output(object->signature.outputElements());
  (*loaded)->run(input.data(), output.data());

  std::vector<std::unique_ptr<TorchNetwork>> peers;
  double worst = 0;
  for (TorchForm form :
       {TorchForm::Contiguous, TorchForm::ChannelsLast, TorchForm::OneDnn}) {
    // Not every operation exists in oneDNN's layout.
    try {
      auto peer = std::make_unique<TorchNetwork>(test.network, weights, form);
      peer->setInput(input);
      peer->run();
      const std::vector<float> expected = peer->getOutput();
      float magnitude = 1;
      for (float value : expected)
        magnitude = std::max(magnitude, std::abs(value));
      for (size_t i = 0; i < expected.size(); ++i)
        worst = std::max<double>(worst,
                                 std::abs(expected[i] - output[i]) / magnitude);
      peers.push_back(std::move(peer));
    } catch (const std::exception &) {
    }
  }

  auto time = [](int count, auto &&run) {
    run();
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i)
      run();
    return secondsSince(start) / count;
  };
  auto ours = [&] { (*loaded)->run(input.data(), output.data()); };
  const int oursCount =
      std::max(10, static_cast<int>(0.005 / std::max(1e-7, time(10, ours))));
  std::vector<double> times, peerTimes, ratios;
  for (int round = 0; round < rounds; ++round) {
    const double own = time(oursCount, ours);
    double best = INFINITY;
    for (auto &peer : peers) {
      auto theirs = [&] { peer->run(); };
      const int count = std::max(5, static_cast<int>(0.005 / time(2, theirs)));
      best = std::min(best, time(count, theirs));
    }
    times.push_back(own);
    peerTimes.push_back(best);
    ratios.push_back(best / own);
  }
  const double macs = countMacs(test.network, weights);
  std::printf("%-28s %9.1f %8.1f %10.1f %7.2f %9.1e %8.2f %9lld\n",
              test.name.c_str(), median(times) * 1e6,
              2 * macs / median(times) * 1e-9, median(peerTimes) * 1e6,
              median(ratios), worst, compileSeconds,
              static_cast<long long>(object->signature.arenaBytes));
  std::fflush(stdout);
  return worst < 1e-4;
}

} // namespace

/// The network of an architecture of a specification.
std::optional<NetworkDescription> networkOf(const char *path,
                                            const char *architecture) {
  Options options;
  options.input = path;
  options.action = Options::Action::Emit;
  Session session(options);
  if (!session.deriveCosts())
    return std::nullopt;
  auto spaces = session.getModule().getOps<nas::SpaceOp>();
  auto space = search::CompiledSpace::create(session.getModule(),
                                             (*spaces.begin()).getSymName());
  if (mlir::failed(space))
    return std::nullopt;
  auto parsed = (*space)->parse(architecture);
  if (!parsed) {
    std::printf("%s\n", llvm::toString(parsed.takeError()).c_str());
    return std::nullopt;
  }
  auto network = (*space)->networkOf(*parsed);
  if (mlir::failed(network))
    return std::nullopt;
  return *network;
}

int main(int argc, char **argv) {
  constexpr int rounds = 9;
  std::vector<Case> cases;
  if (argc > 2) {
    std::optional<NetworkDescription> network = networkOf(argv[1], argv[2]);
    if (!network)
      return 1;
    cases.push_back({"the given architecture", *network});
  }
  const Case known[] = {
      {"conv 3x3 32x32 16-16", convolution({32, 32, 16}, 16, 3, 1, false)},
      {"conv 3x3 32x32 16-16 + relu",
       convolution({32, 32, 16}, 16, 3, 1, true)},
      {"conv 3x3 s2 32x32 16-32", convolution({32, 32, 16}, 32, 3, 2, false)},
      {"conv 3x3 8x8 64-64", convolution({8, 8, 64}, 64, 3, 1, false)},
      {"conv 3x3 32x32 3-16", convolution({32, 32, 3}, 16, 3, 1, false)},
      {"conv 1x1 12x12 64-64", convolution({12, 12, 64}, 64, 1, 1, false)},
      {"conv 1x1 48x48 8-16", convolution({48, 48, 8}, 16, 1, 1, false)},
      {"conv 1x1 3x3 256-256", convolution({3, 3, 256}, 256, 1, 1, false)},
      {"conv 3x3 28x28 24-24", convolution({28, 28, 24}, 24, 3, 1, false)},
      {"depthwise 3x3 25x5 64", depthwise({25, 5, 64})},
      {"depthwise 3x3 24x24 32", depthwise({24, 24, 32})},
      {"dense 640-128",
       [] {
         NetworkBuilder builder({640});
         return builder.dense(128).network;
       }()},
      {"fashion CNN", fashionCnn()},
      {"ResNet-8", resnet8()},
      {"DS-CNN", dsCnn()},
      {"MobileNetV1-0.25 96x96", mobileNet()},
      {"autoencoder", autoencoder()}};
  cases.insert(cases.end(), std::begin(known), std::end(known));
  std::printf("%-28s %9s %8s %10s %7s %9s %8s %9s\n", "", "us", "GFLOP/s",
              "LibTorch", "ratio", "error", "compile", "arena");
  bool correct = true;
  for (const Case &test : cases)
    correct &= measure(test, rounds);
  if (!correct)
    std::printf("results differ\n");
  return correct ? 0 : 1;
}
