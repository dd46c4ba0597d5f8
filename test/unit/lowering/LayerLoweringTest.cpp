//===- LayerLoweringTest.cpp - Layers compiled against a reference --------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedError.h"
#include "dialects/nas/Nas.h"
#include "passes/lowering/NasToTosa.h"
#include "test/unit/lowering/SpaceFromNetwork.h"
#include "test/unit/support/ReferenceNetwork.h"
#include "gtest/gtest.h"
#include <cmath>

namespace nasc::test {
namespace {

/// Compares the compiled network with the reference on a random input.
void expectEqualToReference(const NetworkDescription &network,
                            const TargetDescription &target = {}) {
  const NetworkWeights weights = randomWeights(network, 7);
  auto object = compileForTest(network, weights, target);
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  auto loaded = LoadedNetwork::load(*object);
  ASSERT_TRUE(static_cast<bool>(loaded)) << nasc::describe(loaded.takeError());
  int64_t elements = 1;
  for (int64_t size : network.inputShape())
    elements *= size;
  // The second run finds the arena as the first one left it.
  for (uint64_t seed : {11, 12}) {
    const std::vector<float> input = randomValues(elements, seed);
    const std::vector<float> expected = runReference(network, weights, input);
    std::vector<float> actual(expected.size(), NAN);
    (*loaded)->run(input.data(), actual.data());
    float magnitude = 1.0f;
    for (float value : expected)
      magnitude = std::max(magnitude, std::abs(value));
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(actual[i], expected[i], 1e-5f * magnitude)
          << "element " << i << " of " << expected.size();
  }
}

using Builder = NetworkBuilder;

TEST(LayerTable, HasEveryLayerOfTheDialect) {
  auto context = makeLoweringContext();
  llvm::SmallVector<llvm::StringRef> lowered = getLoweredLayerNames();
  unsigned layers = 0;
  for (mlir::RegisteredOperationName name : context->getRegisteredOperations())
    if (name.hasInterface<nas::LayerOpInterface>()) {
      ++layers;
      EXPECT_TRUE(llvm::is_contained(lowered, name.getStringRef()))
          << name.getStringRef().str() << " has no lowering";
    }
  EXPECT_EQ(layers, lowered.size());
}

struct ConvolutionCase {
  int64_t height, width, channels, filters, kernel, stride, groups;
  bool bias;
};

class Convolution : public testing::TestWithParam<ConvolutionCase> {};

TEST_P(Convolution, EqualsReference) {
  const ConvolutionCase &c = GetParam();
  Builder builder({c.height, c.width, c.channels});
  builder.convolution(LayerKind::Conv2D, c.filters, c.kernel, c.stride,
                      c.groups, c.bias);
  expectEqualToReference(builder.network);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Convolution,
    testing::Values(
        ConvolutionCase{8, 8, 4, 16, 3, 1, 1, true},
        ConvolutionCase{8, 8, 4, 16, 3, 2, 1, true},
        // Odd widths, and channels that are no multiple of a vector.
        ConvolutionCase{7, 31, 3, 24, 3, 1, 1, false},
        ConvolutionCase{5, 13, 5, 7, 5, 2, 1, true},
        ConvolutionCase{1, 1, 64, 10, 1, 1, 1, true},
        ConvolutionCase{3, 3, 64, 96, 1, 1, 1, true},
        ConvolutionCase{28, 28, 1, 8, 3, 2, 1, false},
        ConvolutionCase{9, 9, 2, 1, 3, 1, 1, true},
        ConvolutionCase{4, 4, 16, 200, 1, 1, 1, false},
        // Groups of several channels, of one, and of one with two filters.
        ConvolutionCase{6, 6, 8, 12, 3, 1, 4, true},
        ConvolutionCase{6, 6, 8, 8, 3, 1, 8, true},
        ConvolutionCase{6, 6, 8, 16, 3, 2, 8, true}));

class Depthwise : public testing::TestWithParam<ConvolutionCase> {};

TEST_P(Depthwise, EqualsReference) {
  const ConvolutionCase &c = GetParam();
  Builder builder({c.height, c.width, c.channels});
  builder.convolution(LayerKind::DepthwiseConv2D, c.channels, c.kernel,
                      c.stride, 1, c.bias);
  expectEqualToReference(builder.network);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Depthwise,
    testing::Values(ConvolutionCase{8, 8, 16, 0, 3, 1, 1, true},
                    ConvolutionCase{25, 5, 64, 0, 3, 1, 1, false},
                    ConvolutionCase{9, 11, 24, 0, 5, 2, 1, true},
                    ConvolutionCase{7, 7, 5, 0, 3, 2, 1, true},
                    ConvolutionCase{12, 12, 3, 0, 11, 1, 1, false}));

TEST(LayerLowering, ExplicitAsymmetricPadding) {
  Builder builder({9, 7, 3});
  builder.window(LayerKind::Conv2D, 8, {3, 2}, {2, 1}, {0, 1, 2, 0}, 1, true);
  expectEqualToReference(builder.network);
}

TEST(LayerLowering, Conv1D) {
  for (int64_t stride : {1, 2}) {
    Builder builder({50, 6});
    builder.convolution(LayerKind::Conv1D, 20, 5, stride, 1, true);
    expectEqualToReference(builder.network);
  }
  Builder grouped({32, 8});
  grouped.convolution(LayerKind::Conv1D, 8, 3, 1, 2, true);
  expectEqualToReference(grouped.network);
}

TEST(LayerLowering, Dense) {
  for (int64_t units : {1, 3, 10, 64, 128, 200}) {
    Builder builder({37});
    builder.dense(units, units != 3);
    expectEqualToReference(builder.network);
  }
  Builder image({4, 5, 6});
  image.elementary(LayerKind::Flatten).dense(17);
  expectEqualToReference(image.network);
}

TEST(LayerLowering, BatchNormAloneAndFolded) {
  Builder alone({5, 5, 12});
  alone.batchNorm(1e-3);
  expectEqualToReference(alone.network);
  Builder folded({6, 6, 3});
  folded.convolution(LayerKind::Conv2D, 12, 3).batchNorm();
  expectEqualToReference(folded.network);
  Builder depthwise({6, 6, 20});
  depthwise.convolution(LayerKind::DepthwiseConv2D, 20, 3, 1, 1, true)
      .batchNorm()
      .elementary(LayerKind::ReLU);
  expectEqualToReference(depthwise.network);
  Builder dense({20});
  dense.dense(12).batchNorm();
  expectEqualToReference(dense.network);
}

TEST(LayerLowering, BatchNormIsNotFoldedIfTheResultHasAnotherReader) {
  Builder builder({6, 6, 4});
  builder.convolution(LayerKind::Conv2D, 8, 3, 1, 1, true);
  const unsigned convolution = builder.last();
  builder.batchNorm();
  builder.combine(LayerKind::Add, {convolution, builder.last()});
  expectEqualToReference(builder.network);
}

class Elementary : public testing::TestWithParam<LayerKind> {};

TEST_P(Elementary, EqualsReference) {
  for (std::vector<int64_t> shape : std::vector<std::vector<int64_t>>{
           {6, 5, 16}, {3, 3, 3}, {33}, {10, 5}}) {
    Builder builder(shape);
    builder.elementary(GetParam());
    expectEqualToReference(builder.network);
  }
  // In the registers of a layer.
  Builder fused({6, 6, 3});
  fused.convolution(LayerKind::Conv2D, 10, 3).elementary(GetParam());
  expectEqualToReference(fused.network);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Elementary,
                         testing::Values(LayerKind::ReLU, LayerKind::ReLU6,
                                         LayerKind::HardSwish,
                                         LayerKind::HardSigmoid,
                                         LayerKind::Sigmoid, LayerKind::Flatten,
                                         LayerKind::Identity));

TEST(LayerLowering, RequantizeBoundsNumbers) {
  Builder alone({6, 5, 4});
  alone.requantize(1.0 / 256, -100);
  expectEqualToReference(alone.network);
  Builder fused({6, 5, 4});
  fused.convolution(LayerKind::Conv2D, 6, 3).requantize(1.0 / 64, 30);
  expectEqualToReference(fused.network);
}

TEST(LayerLowering, SigmoidFarFromZero) {
  Builder builder({16});
  builder.elementary(LayerKind::Sigmoid);
  auto object = compileForTest(builder.network, {});
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  auto loaded = LoadedNetwork::load(*object);
  ASSERT_TRUE(static_cast<bool>(loaded)) << nasc::describe(loaded.takeError());
  std::vector<float> input = {-200, -100, -88, -30, -5,  -1, 0,   1,
                              5,    30,   88,  100, 200, .5, -.5, 3};
  std::vector<float> output(16);
  (*loaded)->run(input.data(), output.data());
  for (size_t i = 0; i < input.size(); ++i)
    EXPECT_NEAR(output[i], 1.0 / (1.0 + std::exp(-double(input[i]))), 1e-6)
        << "of " << input[i];
}

TEST(LayerLowering, Joins) {
  Builder add({6, 6, 8});
  add.convolution(LayerKind::Conv2D, 8, 3);
  const unsigned left = add.last();
  add.from(0).convolution(LayerKind::Conv2D, 8, 1);
  const unsigned right = add.last();
  add.combine(LayerKind::Add, {left, right, 0}).elementary(LayerKind::ReLU);
  expectEqualToReference(add.network);

  Builder concat({6, 6, 8});
  concat.convolution(LayerKind::Conv2D, 5, 3);
  const unsigned first = concat.last();
  concat.from(0).convolution(LayerKind::Conv2D, 16, 1);
  concat.combine(LayerKind::Concat, {concat.last(), 0, first})
      .convolution(LayerKind::Conv2D, 8, 3, 2);
  expectEqualToReference(concat.network);

  Builder scale({6, 6, 24});
  scale.elementary(LayerKind::HardSigmoid);
  scale.combine(LayerKind::Multiply, {0, scale.last()});
  expectEqualToReference(scale.network);
}

TEST(LayerLowering, TheSameTensorTwice) {
  Builder add({4, 4, 8});
  add.elementary(LayerKind::ReLU);
  add.combine(LayerKind::Add, {add.last(), add.last()});
  expectEqualToReference(add.network);
  Builder concat({4, 4, 8});
  concat.elementary(LayerKind::ReLU);
  concat.combine(LayerKind::Concat, {concat.last(), concat.last()});
  expectEqualToReference(concat.network);
}

TEST(LayerLowering, SqueezeAndExcite) {
  Builder builder({7, 7, 16});
  builder.convolution(LayerKind::DepthwiseConv2D, 16, 3)
      .elementary(LayerKind::HardSwish);
  const unsigned features = builder.last();
  builder.globalAveragePool()
      .dense(4)
      .elementary(LayerKind::ReLU)
      .dense(16)
      .elementary(LayerKind::HardSigmoid);
  builder.combine(LayerKind::Multiply, {features, builder.last()})
      .convolution(LayerKind::Conv2D, 24, 1);
  expectEqualToReference(builder.network);
}

TEST(LayerLowering, Pooling) {
  for (LayerKind kind : {LayerKind::MaxPool, LayerKind::AveragePool})
    for (bool countPadding : {false, true})
      for (int64_t channels : {1, 16, 20})
        for (auto [kernel, stride] : {std::pair{2, 2}, {3, 1}, {3, 2}}) {
          if (kind == LayerKind::MaxPool && countPadding)
            continue;
          Builder builder({9, 8, channels});
          builder.pool(kind, kernel, stride, countPadding);
          expectEqualToReference(builder.network);
        }
  Builder wide({12, 30, 8});
  wide.window(LayerKind::MaxPool, 8, {2, 11}, {2, 3}, {1, 0, 4, 5});
  expectEqualToReference(wide.network);
  for (std::vector<int64_t> shape :
       std::vector<std::vector<int64_t>>{{7, 7, 40}, {1, 1, 16}, {20, 12}}) {
    Builder global(shape);
    global.globalAveragePool();
    expectEqualToReference(global.network);
  }
}

TEST(LayerLowering, DropoutAndZero) {
  Builder dropout({6, 6, 8});
  dropout.dropout(0.5).convolution(LayerKind::Conv2D, 8, 3);
  expectEqualToReference(dropout.network);
  Builder zero({4, 4, 8});
  zero.zero({4, 4, 8});
  zero.combine(LayerKind::Add, {0, zero.last()})
      .convolution(LayerKind::Conv2D, 8, 3);
  expectEqualToReference(zero.network);
}

/// ResNet-8's shape: residuals over two convolutions, also with a stride.
NetworkDescription makeResidualNetwork() {
  Builder builder({16, 16, 3});
  builder.convolution(LayerKind::Conv2D, 16, 3)
      .batchNorm()
      .elementary(LayerKind::ReLU);
  for (int64_t filters : {16, 32}) {
    const unsigned input = builder.last();
    const int64_t stride = filters == 16 ? 1 : 2;
    builder.convolution(LayerKind::Conv2D, filters, 3, stride)
        .batchNorm()
        .elementary(LayerKind::ReLU)
        .convolution(LayerKind::Conv2D, filters, 3)
        .batchNorm();
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

TEST(NetworkLowering, Residual) {
  expectEqualToReference(makeResidualNetwork());
}

TEST(NetworkLowering, EveryVectorUnit) {
  // AVX-512 where the machine has it, AVX2, AVX without fused multiplication,
  // and plain SSE2.
  for (const char *cpu : {"native", "haswell", "sandybridge", "x86-64"}) {
    SCOPED_TRACE(cpu);
    expectEqualToReference(makeResidualNetwork(), {"", cpu, ""});
  }
}

TEST(NetworkLowering, ACellWithEveryKindOfEdge) {
  // NAS-Bench-201's: sums of zero, identity, convolutions and pooling.
  Builder builder({8, 8, 3});
  builder.convolution(LayerKind::Conv2D, 16, 3).batchNorm();
  const unsigned start = builder.last();
  builder.from(start)
      .elementary(LayerKind::ReLU)
      .convolution(LayerKind::Conv2D, 16, 3)
      .batchNorm();
  const unsigned first = builder.last();
  builder.from(start).pool(LayerKind::AveragePool, 3, 1);
  const unsigned pooled = builder.last();
  builder.from(first)
      .elementary(LayerKind::ReLU)
      .convolution(LayerKind::Conv2D, 16, 1)
      .batchNorm();
  builder.combine(LayerKind::Add, {pooled, builder.last()});
  const unsigned second = builder.last();
  builder.zero({8, 8, 16});
  builder.combine(LayerKind::Add, {builder.last(), start, second, first});
  builder.globalAveragePool().dense(10);
  expectEqualToReference(builder.network);
}

TEST(NetworkLowering, RawSamplesAreNormalised) {
  Builder builder({6, 6, 3});
  builder.convolution(LayerKind::Conv2D, 8, 3);
  const NetworkDescription &network = builder.network;
  const NetworkWeights weights = randomWeights(network, 3);
  const std::string settings =
      "settings <mean = [0.4, 0.5, 0.6], deviation = [0.2, 0.3, 0.25]>";
  auto object =
      compileForTest(network, weights, {},
                     "nas.dataset @data idx sources [\"x\"] " + settings);
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  EXPECT_EQ(object->signature.element, SampleElement::UInt8);
  std::vector<uint8_t> raw(6 * 6 * 3);
  std::vector<float> input;
  const double mean[] = {0.4, 0.5, 0.6}, deviation[] = {0.2, 0.3, 0.25};
  for (size_t i = 0; i < raw.size(); ++i) {
    raw[i] = static_cast<uint8_t>(i * 37 + 5);
    input.push_back(
        static_cast<float>((raw[i] / 255.0 - mean[i % 3]) / deviation[i % 3]));
  }
  auto loaded = LoadedNetwork::load(*object);
  ASSERT_TRUE(static_cast<bool>(loaded)) << nasc::describe(loaded.takeError());
  const std::vector<float> expected = runReference(network, weights, input);
  std::vector<float> actual(expected.size());
  (*loaded)->run(raw.data(), actual.data());
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i], 1e-4f) << i;
}

} // namespace
} // namespace nasc::test
