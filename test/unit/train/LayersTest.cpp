//===- LayersTest.cpp - Modules against plain loops -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/LayerTable.h"
#include "test/unit/train/TrainTestSupport.h"

#include <functional>
#include <map>

using namespace nasc;
using namespace nasc::test;
using namespace nasc::train;

namespace {

/// Networks that between them have every variant of a layer.
struct LayerCase {
  LayerKind kind;
  const char *variant;
  std::function<void(NetworkBuilder &)> build;
  std::vector<int64_t> input;
};

/// A function that appends an elementary layer.
std::function<void(NetworkBuilder &)> elementary(LayerKind kind) {
  return [=](NetworkBuilder &builder) { builder.elementary(kind); };
}

/// A function that appends a convolution or a pool with `same` padding.
std::function<void(NetworkBuilder &)> same(LayerKind kind, int64_t filters,
                                           int64_t kernel, int64_t stride,
                                           int64_t groups = 1,
                                           bool bias = false) {
  return [=](NetworkBuilder &builder) {
    builder.convolution(kind, filters, kernel, stride, groups, bias);
  };
}

std::function<void(NetworkBuilder &)> window(LayerKind kind, int64_t filters,
                                             std::array<int64_t, 2> kernel,
                                             std::array<int64_t, 2> stride,
                                             std::array<int64_t, 4> padding,
                                             bool countPadding = false) {
  return [=](NetworkBuilder &builder) {
    builder.window(kind, filters, kernel, stride, padding, 1, false,
                   countPadding);
  };
}

std::vector<LayerCase> layerCases() {
  using Kind = LayerKind;
  std::vector<LayerCase> cases = {
      {Kind::Input, "alone", [](NetworkBuilder &) {}, {3, 4, 2}},
      {Kind::Conv2D, "same3", same(Kind::Conv2D, 5, 3, 1), {7, 6, 4}},
      {Kind::Conv2D, "bias", same(Kind::Conv2D, 5, 3, 1, 1, true), {7, 6, 4}},
      // Even extents at stride 2 are padded at the end alone.
      {Kind::Conv2D, "asymmetric", same(Kind::Conv2D, 5, 3, 2), {8, 6, 4}},
      {Kind::Conv2D, "grey5", same(Kind::Conv2D, 5, 5, 2), {8, 8, 1}},
      {Kind::Conv2D, "pointwise", same(Kind::Conv2D, 6, 1, 1), {4, 5, 3}},
      {Kind::Conv2D, "pointwise2", same(Kind::Conv2D, 6, 1, 2), {5, 6, 3}},
      {Kind::Conv2D, "groups", same(Kind::Conv2D, 6, 3, 1, 2), {5, 5, 4}},
      {Kind::Conv2D,
       "oblong",
       window(Kind::Conv2D, 3, {4, 2}, {2, 1}, {1, 2, 0, 1}),
       {9, 7, 2}},
      {Kind::Conv2D,
       "valid",
       window(Kind::Conv2D, 3, {3, 3}, {1, 1}, {0, 0, 0, 0}),
       {6, 6, 2}},
      {Kind::DepthwiseConv2D,
       "same3",
       same(Kind::DepthwiseConv2D, 8, 3, 1),
       {7, 6, 8}},
      {Kind::DepthwiseConv2D,
       "asymmetric",
       same(Kind::DepthwiseConv2D, 8, 5, 2),
       {8, 8, 8}},
      {Kind::DepthwiseConv2D,
       "bias",
       same(Kind::DepthwiseConv2D, 3, 3, 2, 1, true),
       {6, 6, 3}},
      {Kind::DepthwiseConv2D,
       "grey",
       same(Kind::DepthwiseConv2D, 1, 3, 1),
       {6, 6, 1}},
      {Kind::Conv1D, "same", same(Kind::Conv1D, 5, 3, 1, 1, true), {9, 4}},
      {Kind::Conv1D, "asymmetric", same(Kind::Conv1D, 5, 4, 2), {10, 4}},
      {Kind::Conv1D, "groups", same(Kind::Conv1D, 6, 3, 2, 2), {9, 4}},
      {Kind::Dense, "bias", [](NetworkBuilder &b) { b.dense(5); }, {7}},
      {Kind::Dense, "plain", [](NetworkBuilder &b) { b.dense(5, false); }, {7}},
      {Kind::BatchNorm,
       "image",
       [](NetworkBuilder &b) { b.batchNorm(1e-3); },
       {4, 3, 6}},
      {Kind::BatchNorm,
       "sequence",
       [](NetworkBuilder &b) { b.batchNorm(); },
       {5, 6}},
      {Kind::BatchNorm,
       "vector",
       [](NetworkBuilder &b) { b.batchNorm(); },
       {6}},
      {Kind::Add,
       "three",
       [](NetworkBuilder &b) {
         unsigned first = b.elementary(LayerKind::ReLU).last();
         unsigned second = b.elementary(LayerKind::Sigmoid).last();
         b.combine(LayerKind::Add, {0, first, second});
       },
       {4, 3, 2}},
      {Kind::Multiply,
       "same",
       [](NetworkBuilder &b) {
         unsigned factor = b.elementary(LayerKind::Sigmoid).last();
         b.combine(LayerKind::Multiply, {0, factor});
       },
       {4, 3, 2}},
      {Kind::Multiply,
       "squeezeExcite",
       [](NetworkBuilder &b) {
         b.globalAveragePool(/*keepAxes=*/true)
             .convolution(LayerKind::Conv2D, 2, 1, 1, 1, true)
             .elementary(LayerKind::ReLU)
             .convolution(LayerKind::Conv2D, 6, 1, 1, 1, true);
         unsigned factor = b.elementary(LayerKind::HardSigmoid).last();
         b.combine(LayerKind::Multiply, {0, factor});
       },
       {4, 5, 6}},
      {Kind::Multiply,
       "vectorFactor",
       [](NetworkBuilder &b) {
         unsigned factor = b.globalAveragePool().dense(6).last();
         b.combine(LayerKind::Multiply, {0, factor});
       },
       {4, 5, 6}},
      {Kind::Multiply,
       "sequence",
       [](NetworkBuilder &b) {
         unsigned factor = b.globalAveragePool(/*keepAxes=*/true).last();
         b.combine(LayerKind::Multiply, {0, factor});
       },
       {5, 6}},
      {Kind::Concat,
       "channels",
       [](NetworkBuilder &b) {
         unsigned first = b.convolution(LayerKind::Conv2D, 3, 1, 1).last();
         unsigned second =
             b.from(0).convolution(LayerKind::Conv2D, 5, 3, 1).last();
         b.combine(LayerKind::Concat, {first, 0, second});
       },
       {4, 3, 2}},
      {Kind::Concat,
       "vectors",
       [](NetworkBuilder &b) {
         unsigned other = b.dense(3).last();
         b.combine(LayerKind::Concat, {other, 0});
       },
       {4}},
      {Kind::GlobalAveragePool,
       "image",
       [](NetworkBuilder &b) { b.globalAveragePool(); },
       {5, 4, 3}},
      {Kind::GlobalAveragePool,
       "keepAxes",
       [](NetworkBuilder &b) { b.globalAveragePool(true); },
       {5, 4, 3}},
      {Kind::GlobalAveragePool,
       "sequence",
       [](NetworkBuilder &b) { b.globalAveragePool(); },
       {5, 3}},
      {Kind::Flatten, "image", elementary(Kind::Flatten), {3, 4, 2}},
      {Kind::Flatten,
       "afterConvolution",
       [](NetworkBuilder &b) {
         b.convolution(LayerKind::Conv2D, 3, 3, 1)
             .elementary(LayerKind::Flatten)
             .dense(4);
       },
       {3, 4, 2}},
      {Kind::Flatten, "sequence", elementary(Kind::Flatten), {3, 2}},
      {Kind::Flatten, "vector", elementary(Kind::Flatten), {3}},
      {Kind::Dropout,
       "inference",
       [](NetworkBuilder &b) { b.dropout(0.5); },
       {3, 4, 2}},
      {Kind::Zero,
       "image",
       [](NetworkBuilder &b) { b.zero({2, 2, 2}); },
       {4, 4, 2}},
      {Kind::Zero,
       "sequence",
       [](NetworkBuilder &b) { b.zero({4, 2}); },
       {4, 2}},
      {Kind::Zero, "vector", [](NetworkBuilder &b) { b.zero({4}); }, {4}},
      {Kind::Requantize,
       "image",
       [](NetworkBuilder &b) { b.requantize(1.0 / 256, -100); },
       {3, 4, 2}},
  };
  for (Kind kind : {Kind::ReLU, Kind::ReLU6, Kind::HardSwish, Kind::HardSigmoid,
                    Kind::Sigmoid, Kind::Identity}) {
    cases.push_back({kind, "image", elementary(kind), {3, 4, 2}});
    cases.push_back({kind, "vector", elementary(kind), {5}});
  }
  for (Kind kind : {Kind::MaxPool, Kind::AveragePool}) {
    // With `same`: symmetric, and at the end alone.
    cases.push_back({kind, "same", same(kind, 3, 3, 1), {6, 5, 3}});
    cases.push_back({kind, "asymmetric", same(kind, 3, 3, 2), {6, 8, 3}});
    cases.push_back({kind, "sequence", same(kind, 3, 4, 2), {7, 3}});
    // More padding than half of the window, which LibTorch refuses.
    cases.push_back({kind,
                     "wide",
                     window(kind, 3, {3, 3}, {2, 1}, {2, 2, 2, 2}),
                     {6, 5, 3}});
    cases.push_back({kind,
                     "oblong",
                     window(kind, 3, {2, 3}, {1, 2}, {1, 0, 0, 2}),
                     {6, 5, 3}});
    cases.push_back({kind,
                     "valid",
                     window(kind, 3, {2, 2}, {2, 2}, {0, 0, 0, 0}),
                     {7, 6, 3}});
  }
  for (auto [variant, padding] : std::map<const char *, std::array<int64_t, 4>>{
           {"countSymmetric", {1, 1, 1, 1}},
           {"countAsymmetric", {0, 1, 1, 2}},
           {"countWide", {2, 2, 2, 2}}})
    cases.push_back({Kind::AveragePool,
                     variant,
                     window(Kind::AveragePool, 3, {3, 3}, {2, 2}, padding,
                            /*countPadding=*/true),
                     {6, 5, 3}});
  return cases;
}

class Layers : public testing::TestWithParam<LayerCase> {};

TEST_P(Layers, AgreeWithTheReference) {
  NetworkBuilder builder(GetParam().input);
  GetParam().build(builder);
  const NetworkDescription &network = builder.network;
  auto instance = trainer().instantiate(network);
  ASSERT_TRUE(instance) << instance.error();

  NetworkWeights weights = randomWeights(network, 5);
  Status set = (*instance)->setWeights(weights);
  ASSERT_TRUE(set) << set.error();

  // Values beyond the bends of the activations; a batch of 20, because
  // LibTorch chooses its kernels by the batch, too.
  int64_t count = 20, size = 1;
  for (int64_t extent : network.inputShape())
    size *= extent;
  std::vector<float> inputs = randomValues(count * size, 11);
  for (float &value : inputs)
    value *= 8;
  auto outputs = (*instance)->forward(inputs, count);
  ASSERT_TRUE(outputs) << outputs.error();

  size_t position = 0;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<float> input(inputs.begin() + i * size,
                             inputs.begin() + (i + 1) * size);
    for (float expected : runReference(network, weights, input)) {
      ASSERT_LT(position, outputs->size());
      ASSERT_NEAR((*outputs)[position], expected,
                  2e-5 * (1 + std::abs(expected)))
          << "element " << position;
      ++position;
    }
  }
  EXPECT_EQ(position, outputs->size());
}

std::string caseName(const testing::TestParamInfo<LayerCase> &info) {
  return std::string(layerKindName(info.param.kind)) + "_" + info.param.variant;
}

INSTANTIATE_TEST_SUITE_P(All, Layers, testing::ValuesIn(layerCases()),
                         caseName);

TEST(LayerRegistry, CoversEveryKind) {
  std::set<LayerKind> tested;
  for (const LayerCase &layerCase : layerCases())
    tested.insert(layerCase.kind);
  for (const LayerInfo &layer : layerTable()) {
    EXPECT_TRUE(tested.count(layer.kind)) << layerKindName(layer.kind);
    EXPECT_EQ(parseLayerKind(layerKindName(layer.kind)), layer.kind);
  }
  EXPECT_EQ(parseLayerKind("convolution"), std::nullopt);
}

TEST(Weights, SurviveTheWayThroughTheNetwork) {
  for (const LayerCase &layerCase : layerCases()) {
    NetworkBuilder builder(layerCase.input);
    layerCase.build(builder);
    auto instance = trainer().instantiate(builder.network);
    ASSERT_TRUE(instance) << instance.error();
    NetworkWeights weights = randomWeights(builder.network, 3);
    ASSERT_TRUE((*instance)->setWeights(weights));
    auto returned = (*instance)->weights();
    ASSERT_TRUE(returned);
    ASSERT_EQ(returned->tensors.size(), weights.tensors.size());
    for (const NamedTensor &tensor : returned->tensors) {
      const NamedTensor *original = weights.find(tensor.name);
      ASSERT_NE(original, nullptr) << tensor.name;
      EXPECT_EQ(original->shape, tensor.shape) << tensor.name;
      EXPECT_EQ(original->values, tensor.values) << tensor.name;
    }
  }
}

TEST(Weights, MistakesAreErrorsAndChangeNothing) {
  NetworkBuilder builder({4, 4, 2});
  builder.convolution(LayerKind::Conv2D, 3, 3).elementary(LayerKind::Flatten);
  builder.dense(2);
  auto instance = trainer().instantiate(builder.network);
  ASSERT_TRUE(instance);
  NetworkWeights original = *(*instance)->weights();

  NetworkWeights missing = randomWeights(builder.network, 1);
  missing.tensors.pop_back();
  EXPECT_NE(errorOf((*instance)->setWeights(missing)).find("dense_3.bias"),
            std::string::npos);
  NetworkWeights wrong = randomWeights(builder.network, 1);
  std::swap(wrong.tensors[1].shape[0], wrong.tensors[1].shape[1]);
  EXPECT_NE(errorOf((*instance)->setWeights(wrong)).find("dense_3.weight"),
            std::string::npos);
  NetworkWeights tooMany = randomWeights(builder.network, 1);
  tooMany.tensors.push_back({"other.weight", {1}, {0.0f}});
  errorOf((*instance)->setWeights(tooMany));

  NetworkWeights after = *(*instance)->weights();
  for (size_t i = 0; i < original.tensors.size(); ++i)
    EXPECT_EQ(original.tensors[i].values, after.tensors[i].values);
}

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

void expectCounts(const NetworkBuilder &builder, int64_t multiplyAccumulates,
                  int64_t weights) {
  auto instance = trainer().instantiate(builder.network);
  ASSERT_TRUE(instance) << instance.error();
  auto counted = (*instance)->multiplyAccumulates();
  ASSERT_TRUE(counted) << counted.error();
  EXPECT_EQ(*counted, multiplyAccumulates);
  EXPECT_EQ((*instance)->weightCount(), weights);
}

// The reference networks of MLPerf Tiny.

TEST(Counts, ResNet8) {
  NetworkBuilder b({32, 32, 3});
  auto unit = [&](int64_t filters, int64_t stride) {
    b.convolution(LayerKind::Conv2D, filters, 3, stride, 1, true).batchNorm();
  };
  unit(16, 1);
  b.elementary(LayerKind::ReLU);
  for (int64_t filters : {16, 32, 64}) {
    int64_t stride = filters == 16 ? 1 : 2;
    unsigned shortcut = b.last();
    unit(filters, stride);
    b.elementary(LayerKind::ReLU);
    unit(filters, 1);
    unsigned body = b.last();
    if (stride == 2)
      shortcut = b.from(shortcut)
                     .convolution(LayerKind::Conv2D, filters, 1, 2, 1, true)
                     .last();
    b.combine(LayerKind::Add, {shortcut, body}).elementary(LayerKind::ReLU);
  }
  b.globalAveragePool().dense(10);
  expectCounts(b, 12501632, 77360);
  // The projections of the shortcuts have no batch_norm.
  auto instance = trainer().instantiate(b.network);
  int64_t normalized = 16 * 3 + 32 * 2 + 64 * 2;
  int64_t biases = normalized + 32 + 64 + 10;
  EXPECT_EQ((*instance)->parameterCount(), 77360 + biases + 2 * normalized);
}

void separable(NetworkBuilder &b, int64_t filters, int64_t stride) {
  b.convolution(LayerKind::DepthwiseConv2D, b.shape(b.last()).back(), 3, stride)
      .batchNorm()
      .elementary(LayerKind::ReLU)
      .convolution(LayerKind::Conv2D, filters, 1)
      .batchNorm()
      .elementary(LayerKind::ReLU);
}

TEST(Counts, DSCNN) {
  NetworkBuilder b({49, 10, 1});
  b.window(LayerKind::Conv2D, 64, {10, 4}, {2, 2}, {4, 5, 1, 1})
      .batchNorm()
      .elementary(LayerKind::ReLU);
  for (int i = 0; i < 4; ++i)
    separable(b, 64, 1);
  b.dropout(0.4).globalAveragePool().dense(12);
  expectCounts(b, 2656768, 22016);
}

TEST(Counts, MobileNet) {
  NetworkBuilder b({96, 96, 3});
  b.convolution(LayerKind::Conv2D, 8, 3, 2).batchNorm();
  b.elementary(LayerKind::ReLU);
  for (auto [filters, stride] :
       std::vector<std::pair<int64_t, int64_t>>{{16, 1},
                                                {32, 2},
                                                {32, 1},
                                                {64, 2},
                                                {64, 1},
                                                {128, 2},
                                                {128, 1},
                                                {128, 1},
                                                {128, 1},
                                                {128, 1},
                                                {128, 1},
                                                {256, 2},
                                                {256, 1}})
    separable(b, filters, stride);
  b.globalAveragePool().dense(2);
  expectCounts(b, 7489664, 208112);
}

TEST(Counts, Autoencoder) {
  NetworkBuilder b({640});
  for (int64_t units : {128, 128, 128, 128, 8, 128, 128, 128, 128})
    b.dense(units).batchNorm().elementary(LayerKind::ReLU);
  b.dense(640);
  expectCounts(b, 264192, 264192);
}

TEST(Counts, Conv1DAndGroups) {
  NetworkBuilder b({10, 4});
  b.convolution(LayerKind::Conv1D, 6, 3, 2, 2);
  expectCounts(b, 5 * 6 * 3 * 2, 6 * 3 * 2);
}

} // namespace
