//===- CalibrationTest.cpp - Ranges against plain loops -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Calibration.h"
#include "dialects/diagnostics/CodedError.h"
#include "test/unit/lowering/SpaceFromNetwork.h"
#include "test/unit/support/ReferenceNetwork.h"

#include "gmock/gmock.h"

#include <cmath>
#include <cstring>
#include <map>
#include <random>

namespace nasc::test {
namespace {

using namespace nasc::deploy;
using testing::AllOf;
using testing::HasSubstr;

/// Samples of one type that own their bytes.
struct OwnedSamples {
  std::vector<uint8_t> bytes;
  RawSampleSet set;
};

/// All samples of `count` with random bytes, or with random numbers of the
/// given size where the type is float32.
OwnedSamples makeSamples(SampleElement element, int64_t elements, int64_t count,
                         float size = 1.0f) {
  OwnedSamples result;
  std::mt19937 generator(5);
  result.set.element = element;
  result.set.bytes =
      element == SampleElement::Float32 ? 4 * elements : elements;
  for (int64_t i = 0; i < count; ++i) {
    result.set.indices.push_back(i);
    for (int64_t j = 0; j < elements; ++j) {
      if (element != SampleElement::Float32) {
        result.bytes.push_back(static_cast<uint8_t>(generator()));
        continue;
      }
      const float number =
          size * (static_cast<float>(generator() % 2001) / 1000.0f - 1.0f);
      uint8_t pattern[4];
      std::memcpy(pattern, &number, 4);
      result.bytes.insert(result.bytes.end(), pattern, pattern + 4);
    }
  }
  result.set.data = result.bytes.data();
  return result;
}

/// The normalised numbers of a sample.
std::vector<float> normalize(const RawSampleSet &set, size_t number,
                             const std::vector<double> &mean,
                             const std::vector<double> &deviation) {
  std::vector<float> result;
  const uint8_t *sample = set[number];
  const size_t elements =
      set.bytes / (set.element == SampleElement::Float32 ? 4 : 1);
  for (size_t i = 0; i < elements; ++i) {
    double raw = 0.0;
    if (set.element == SampleElement::Float32) {
      float value;
      std::memcpy(&value, sample + 4 * i, 4);
      raw = value;
    } else {
      raw = set.element == SampleElement::UInt8
                ? sample[i] / 255.0
                : static_cast<int8_t>(sample[i]);
    }
    const size_t channel = i % mean.size();
    result.push_back(
        static_cast<float>((raw - mean[channel]) / deviation[channel]));
  }
  return result;
}

/// Convolutions, of which one has a normalisation that is folded, a branch,
/// and an activation whose range is not its input's.
NetworkDescription smallNetwork(std::vector<int64_t> shape = {5, 4, 2}) {
  NetworkBuilder builder(std::move(shape));
  builder.convolution(LayerKind::Conv2D, 4, 3).batchNorm();
  builder.elementary(LayerKind::ReLU);
  const unsigned trunk = builder.last();
  builder.convolution(LayerKind::Conv2D, 4, 1, 1, 1, true);
  builder.elementary(LayerKind::HardSwish);
  builder.combine(LayerKind::Add, {trunk, builder.last()});
  builder.globalAveragePool().dense(3);
  return builder.network;
}

/// The ranges by plain loops, by the layers' names.
std::map<std::string, std::pair<float, float>>
referenceRanges(const NetworkDescription &network,
                const NetworkWeights &weights, const RawSampleSet &set,
                const std::vector<double> &mean,
                const std::vector<double> &deviation) {
  std::map<std::string, std::pair<float, float>> ranges;
  for (size_t number = 0; number < set.indices.size(); ++number) {
    auto layers = runReferenceLayers(network, weights,
                                     normalize(set, number, mean, deviation));
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      const std::string name =
          layer == 0 ? "input" : network.layers[layer].name;
      auto [known, isNew] =
          ranges.try_emplace(name, layers[layer][0], layers[layer][0]);
      for (float value : layers[layer]) {
        known->second.first = std::min(known->second.first, value);
        known->second.second = std::max(known->second.second, value);
      }
    }
  }
  return ranges;
}

struct Dataset {
  SampleElement element;
  std::string text;
  std::vector<double> mean, deviation;
  /// Whether the raw bytes are the quantised input.
  bool isFree;
};

class Ranges : public testing::TestWithParam<Dataset> {};

TEST_P(Ranges, AreThoseOfPlainLoops) {
  const NetworkDescription network = smallNetwork();
  const NetworkWeights weights = randomWeights(network, 3);
  auto context = makeLoweringContext();
  auto module =
      makeSpaceModule(*context, network, weights, "net", GetParam().text);
  ASSERT_TRUE(module);
  const OwnedSamples samples = makeSamples(GetParam().element, 40, 6);
  auto ranges = observeRanges(*module, samples.set);
  ASSERT_TRUE(static_cast<bool>(ranges)) << nasc::describe(ranges.takeError());
  auto expected = referenceRanges(network, weights, samples.set,
                                  GetParam().mean, GetParam().deviation);
  // What is folded has the numbers of the layer it becomes.
  for (size_t i = 1; i < network.layers.size(); ++i)
    if (network.layers[i].kind == LayerKind::BatchNorm)
      expected[network.layers[network.layers[i].inputs[0]].name] =
          expected[network.layers[i].name];
  if (GetParam().isFree)
    expected.erase("input");
  EXPECT_EQ(ranges->size(), expected.size());
  for (const ActivationRange &range : *ranges) {
    SCOPED_TRACE(range.layer);
    ASSERT_TRUE(expected.count(range.layer));
    const auto [minimum, maximum] = expected[range.layer];
    EXPECT_LT(minimum, maximum);
    EXPECT_NEAR(range.minimum, minimum, 1e-4f * (1 + std::fabs(minimum)));
    EXPECT_NEAR(range.maximum, maximum, 1e-4f * (1 + std::fabs(maximum)));
  }
  // The module is as it was.
  EXPECT_EQ(llvm::range_size(module->getOps<nas::SpaceOp>()), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Calibration, Ranges,
    testing::Values(Dataset{SampleElement::UInt8,
                            "nas.dataset @data idx sources [\"x\"] settings "
                            "<mean = [0.25], deviation = [0.5]>",
                            {0.25, 0.25},
                            {0.5, 0.5},
                            true},
                    Dataset{SampleElement::UInt8,
                            "nas.dataset @data idx sources [\"x\"] settings "
                            "<mean = [0.25, 0.5], deviation = [0.5, 2.0]>",
                            {0.25, 0.5},
                            {0.5, 2.0},
                            false},
                    Dataset{SampleElement::Int8,
                            "nas.dataset @data raw sources [\"x\"] settings "
                            "<element = int8, deviation = [64.0]>",
                            {0.0, 0.0},
                            {64.0, 64.0},
                            true},
                    Dataset{SampleElement::Float32,
                            "nas.dataset @data raw sources [\"x\"] settings "
                            "<element = float32, mean = [0.5, -0.25]>",
                            {0.5, -0.25},
                            {1.0, 1.0},
                            false}));

/// What calibration says of a network of float32 samples.
std::string calibrate(const NetworkDescription &network,
                      const NetworkWeights &weights, const RawSampleSet &set) {
  auto context = makeLoweringContext();
  auto module = makeSpaceModule(*context, network, weights);
  EXPECT_TRUE(module);
  auto ranges = observeRanges(*module, set);
  return ranges ? "" : nasc::describe(ranges.takeError());
}

TEST(Calibration, NeedsSamplesThatDiffer) {
  const NetworkDescription network = smallNetwork();
  const NetworkWeights weights = randomWeights(network, 3);
  OwnedSamples samples = makeSamples(SampleElement::Float32, 40, 3);
  EXPECT_EQ(calibrate(network, weights, samples.set), "");
  samples.set.indices = {};
  EXPECT_THAT(calibrate(network, weights, samples.set),
              AllOf(HasSubstr("no samples"), HasSubstr("[NAS6060]")));
  samples.set.indices = {1, 1, 1};
  EXPECT_THAT(calibrate(network, weights, samples.set),
              AllOf(HasSubstr("3 samples"), HasSubstr("[NAS6061]")));
  // One sample is alike with itself; its numbers differ.
  samples.set.indices = {1};
  EXPECT_EQ(calibrate(network, weights, samples.set), "");
  std::fill(samples.bytes.begin(), samples.bytes.end(), 0);
  EXPECT_THAT(calibrate(network, weights, samples.set), HasSubstr("[NAS6061]"));
}

// A float whose bytes differ is still one number.
TEST(Calibration, OneSampleOfOneNumberIsNotEnough) {
  const NetworkDescription network = smallNetwork();
  const NetworkWeights weights = randomWeights(network, 3);
  OwnedSamples samples = makeSamples(SampleElement::Float32, 40, 1);
  std::vector<float> numbers(40, 1.5f);
  std::memcpy(samples.bytes.data(), numbers.data(), samples.bytes.size());
  EXPECT_THAT(calibrate(network, weights, samples.set), HasSubstr("[NAS6061]"));
  numbers.back() = 1.25f;
  std::memcpy(samples.bytes.data(), numbers.data(), samples.bytes.size());
  EXPECT_EQ(calibrate(network, weights, samples.set), "");
}

TEST(Calibration, NumbersAreFinite) {
  const NetworkDescription network = smallNetwork();
  const NetworkWeights weights = randomWeights(network, 3);
  for (float value : {NAN, INFINITY, -INFINITY}) {
    SCOPED_TRACE(value);
    OwnedSamples samples = makeSamples(SampleElement::Float32, 40, 6);
    // In the middle of the second of the samples that are taken.
    samples.set.indices = {0, 4, 2};
    std::memcpy(samples.bytes.data() + 4 * (4 * 40 + 17), &value, 4);
    EXPECT_THAT(calibrate(network, weights, samples.set),
                AllOf(HasSubstr("'input'"), HasSubstr("sample 4"),
                      HasSubstr("[NAS6062]")));
  }
  // Weights of a training that diverged.
  for (float value : {NAN, 1e38f}) {
    SCOPED_TRACE(value);
    NetworkWeights diverged = weights;
    for (NamedTensor &tensor : diverged.tensors)
      if (tensor.name == network.layers.back().name + ".weight")
        std::fill(tensor.values.begin(), tensor.values.end(), value);
    const OwnedSamples samples =
        makeSamples(SampleElement::Float32, 40, 3, 100.0f);
    EXPECT_THAT(calibrate(network, diverged, samples.set),
                AllOf(HasSubstr("'" + network.layers.back().name + "'"),
                      HasSubstr("[NAS6062]")));
  }
}

TEST(Calibration, SamplesHaveTheSizeOfTheInput) {
  const NetworkDescription network = smallNetwork();
  const NetworkWeights weights = randomWeights(network, 3);
  const OwnedSamples samples = makeSamples(SampleElement::Float32, 39, 3);
  EXPECT_THAT(
      calibrate(network, weights, samples.set),
      AllOf(HasSubstr("160 bytes"), HasSubstr("156"), HasSubstr("[NAS6062]")));
}

} // namespace
} // namespace nasc::test
