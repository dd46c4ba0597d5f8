//===- WindowTest.cpp - TOSA's convolutions and pooling -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/reference/ReferenceTestSupport.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <array>
#include <random>

using namespace nasc::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::string listOf(const std::vector<int32_t> &values) {
  std::string list;
  for (int32_t value : values)
    list += (list.empty() ? "" : ", ") + std::to_string(value);
  return list;
}

/// conv2d, depthwise_conv2d or fully_connected with constants, whose values
/// are given in row-major order.
struct Weighted {
  std::string name, input, weightType, biasType, result;
  std::vector<int32_t> weights, biases;
  int inputZeroPoint = 0, weightZeroPoint = 0;
  std::array<int, 4> pad = {0, 0, 0, 0};
  std::array<int, 2> stride = {1, 1}, dilation = {1, 1};

  std::string body() const {
    std::string dimensions = weightType;
    std::replace(dimensions.begin(), dimensions.end(), 'x', ',');
    std::string window;
    if (name != "fully_connected")
      window = llvm::formatv("pad = array<i64: {0}, {1}, {2}, {3}>, stride = "
                             "array<i64: {4}, {5}>, dilation = array<i64: {6}, "
                             "{7}>, ",
                             pad[0], pad[1], pad[2], pad[3], stride[0],
                             stride[1], dilation[0], dilation[1]);
    return llvm::formatv(
        "%w0 = arith.constant dense<[{0}]> : tensor<{1}xi8>\n"
        "%w = tosa.reshape %w0 {{new_shape = array<i64: {2}>} : "
        "(tensor<{1}xi8>) -> tensor<{3}xi8>\n"
        "%bias = arith.constant dense<[{4}]> : tensor<{5}>\n"
        "%r = tosa.{6} %a, %w, %bias {{{7}quantization_info = "
        "#tosa.conv_quant<input_zp = {8}, weight_zp = {9}>} : (tensor<{10}>, "
        "tensor<{3}xi8>, tensor<{5}>) -> tensor<{11}>",
        listOf(weights), weights.size(), dimensions, weightType, listOf(biases),
        biasType, name, window, inputZeroPoint, weightZeroPoint, input, result);
  }
  std::vector<int32_t> of(std::vector<int32_t> values) const {
    return evaluate(input, result, body(), {std::move(values)});
  }
  std::string errorOf(std::vector<int32_t> values) const {
    return nasc::test::errorOf(input, result, body(), {std::move(values)});
  }
};

TEST(Conv2D, SumsProducts) {
  EXPECT_THAT((Weighted{"conv2d",
                        "1x2x2x1xi8",
                        "1x2x2x1",
                        "1xi32",
                        "1x1x1x1xi32",
                        {1, 2, 3, 4},
                        {10}}
                   .of({1, 2, 3, 4})),
              ElementsAre(40));
  // Two channels in, two out: 3 - 8; -9 - 16 + 1.
  EXPECT_THAT((Weighted{"conv2d",
                        "1x1x1x2xi8",
                        "2x1x1x2",
                        "2xi32",
                        "1x1x1x2xi32",
                        {1, 2, -3, 4},
                        {0, 1}}
                   .of({3, -4})),
              ElementsAre(-5, -24));
  // One bias for all; two images.
  EXPECT_THAT((Weighted{"conv2d",
                        "2x1x1x1xi8",
                        "2x1x1x1",
                        "1xi32",
                        "2x1x1x2xi32",
                        {1, 2},
                        {100}}
                   .of({5, 7})),
              ElementsAre(105, 110, 107, 114));
}

TEST(Conv2D, PadsUnevenlyWithZeroPoints) {
  // Less the zero points, 0 0 0 / 0 1 0 / 2 3 0 by 0 1 / 2 3.
  Weighted conv{"conv2d",     "1x2x2x1xi8", "1x2x2x1", "1xi32", "1x2x2x1xi32",
                {1, 2, 3, 4}, {100},        1,         1,       {1, 0, 0, 1}};
  EXPECT_THAT(conv.of({1, 2, 3, 4}), ElementsAre(103, 102, 114, 106));
  // 0 1 / 2 3 / 0 0, a column of zeros at the left.
  conv.pad = {0, 1, 1, 0};
  EXPECT_THAT(conv.of({1, 2, 3, 4}), ElementsAre(106, 114, 102, 103));
}

TEST(Conv2D, StridesAndDilates) {
  EXPECT_THAT((Weighted{"conv2d",
                        "1x1x5x1xi8",
                        "1x1x2x1",
                        "1xi32",
                        "1x1x2x1xi32",
                        {10, 1},
                        {0},
                        0,
                        0,
                        {0, 0, 0, 0},
                        {1, 2},
                        {1, 2}}
                   .of({1, 2, 3, 4, 5})),
              ElementsAre(13, 35));
  EXPECT_THAT((Weighted{"conv2d",
                        "1x3x2x1xi8",
                        "1x1x1x1",
                        "1xi32",
                        "1x2x2x1xi32",
                        {1},
                        {0},
                        0,
                        0,
                        {0, 0, 0, 0},
                        {2, 1}}
                   .of({1, 2, 3, 4, 5, 6})),
              ElementsAre(1, 2, 5, 6));
  EXPECT_THAT((Weighted{"conv2d",
                        "1x3x2x1xi8",
                        "1x2x1x1",
                        "1xi32",
                        "1x1x2x1xi32",
                        {10, 1},
                        {0},
                        0,
                        0,
                        {0, 0, 0, 0},
                        {1, 1},
                        {2, 1}}
                   .of({1, 2, 3, 4, 5, 6})),
              ElementsAre(15, 26));
}

TEST(Conv2D, TakesTheGreatestMagnitudes) {
  // (-128 - 127) · (-128 - 127).
  EXPECT_THAT((Weighted{"conv2d",
                        "1x1x1x1xi8",
                        "1x1x1x1",
                        "1xi32",
                        "1x1x1x1xi32",
                        {-128},
                        {0},
                        127,
                        127}
                   .of({-128})),
              ElementsAre(65025));
}

TEST(Conv2D, ReportsOverflow) {
  const Weighted conv{"conv2d",      "1x1x1x1xi8", "2x1x1x1",      "2xi32",
                      "1x1x1x2xi32", {1, 1},       {0, 2147483647}};
  EXPECT_THAT(conv.of({0}), ElementsAre(0, 2147483647));
  EXPECT_THAT(conv.of({-128}), ElementsAre(-128, 2147483647 - 128));
  EXPECT_THAT(conv.errorOf({1}),
              HasSubstr("the accumulator of output channel 1 leaves 32 bits"));
}

TEST(FullyConnected, SumsProducts) {
  Weighted dense{"fully_connected",   "2x3xi8", "2x3", "2xi32", "2x2xi32",
                 {1, 0, -1, 2, 2, 2}, {10, 20}};
  EXPECT_THAT(dense.of({1, 2, 3, 4, 5, 6}), ElementsAre(8, 32, 8, 50));
  // Inputs 0 1 2 / 3 4 5; weights 0 -1 -2 / 1 1 1.
  dense.inputZeroPoint = dense.weightZeroPoint = 1;
  EXPECT_THAT(dense.of({1, 2, 3, 4, 5, 6}), ElementsAre(5, 23, -4, 32));
}

TEST(FullyConnected, ReportsOverflowOnTheWay) {
  // 33,100 products of 65,025 leave 32 bits, though the bias brings them back.
  Weighted dense{
      "fully_connected", "1x33100xi8", "1x33100",
      "1xi32",           "1x1xi32",    std::vector<int32_t>(33100, -128),
      {-10000000},       127,          127};
  std::vector<int32_t> values(33100, -128);
  EXPECT_THAT(dense.errorOf(values), HasSubstr("leaves 32 bits"));
  // One product less each for 100 inputs: 33,000 · 65,025 - 10,000,000.
  std::fill(values.begin(), values.begin() + 100, 127);
  EXPECT_THAT(dense.of(values), ElementsAre(2135825000));
}

TEST(DepthwiseConv2D, KeepsChannelsApart) {
  EXPECT_THAT((Weighted{"depthwise_conv2d",
                        "1x2x2x2xi8",
                        "2x2x2x1",
                        "2xi32",
                        "1x1x1x2xi32",
                        {1, 1, 1, 0, 1, 0, 1, -1},
                        {5, 6}}
                   .of({1, 10, 2, 20, 3, 30, 4, 40})),
              ElementsAre(15, -24));
  EXPECT_THAT((Weighted{"depthwise_conv2d",
                        "1x1x1x2xi8",
                        "1x1x2x2",
                        "4xi32",
                        "1x1x1x4xi32",
                        {1, 2, 3, 4},
                        {0, 0, 0, 100}}
                   .of({3, 5})),
              ElementsAre(3, 6, 15, 120));
}

TEST(DepthwiseConv2D, PadsUnevenlyWithZeroPoints) {
  // 0 0 3 0 by 0 1 2.
  EXPECT_THAT((Weighted{"depthwise_conv2d",
                        "1x1x1x1xi8",
                        "1x3x1x1",
                        "1xi32",
                        "1x1x2x1xi32",
                        {1, 2, 3},
                        {0},
                        2,
                        1,
                        {0, 0, 2, 1}}
                   .of({5})),
              ElementsAre(6, 3));
}

TEST(DepthwiseConv2D, ReportsOverflow) {
  const Weighted conv{
      "depthwise_conv2d", "1x1x1x2xi8", "1x1x2x1",       "2xi32",
      "1x1x1x2xi32",      {2, 3},       {-2147483647, 0}};
  EXPECT_THAT(conv.of({0, -1}), ElementsAre(-2147483647, -3));
  EXPECT_THAT(conv.errorOf({-1, 0}), HasSubstr("output channel 0 leaves"));
}

//===----------------------------------------------------------------------===//
// Random convolutions against the loops of the specification
//===----------------------------------------------------------------------===//

std::string typeOf(std::initializer_list<int64_t> shape) {
  std::string type;
  for (int64_t extent : shape)
    type += (type.empty() ? "" : "x") + std::to_string(extent);
  return type;
}

void compareRandomConvolution(std::mt19937 &random, bool depthwise) {
  auto pick = [&](int least, int most) {
    return least + int(random() % unsigned(most - least + 1));
  };
  auto bytes = [&](int64_t count) {
    std::vector<int32_t> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(pick(-128, 127));
    return values;
  };
  const int64_t n = pick(1, 2), ih = pick(3, 7), iw = pick(3, 7),
                ic = pick(1, 9), kh = pick(1, 3), kw = pick(1, 3),
                m = pick(1, 3), oc = depthwise ? ic * m : pick(1, 5);
  Weighted conv;
  conv.pad = {pick(0, 2), pick(0, 2), pick(0, 2), pick(0, 2)};
  conv.stride = {pick(1, 3), pick(1, 3)};
  conv.dilation = {kh == 1 ? 1 : pick(1, int(ih - 1) / int(kh - 1)),
                   kw == 1 ? 1 : pick(1, int(iw - 1) / int(kw - 1))};
  conv.inputZeroPoint = pick(-128, 127);
  conv.weightZeroPoint = pick(-128, 127);
  const int64_t oh =
      (ih - 1 + conv.pad[0] + conv.pad[1] - (kh - 1) * conv.dilation[0]) /
          conv.stride[0] +
      1;
  const int64_t ow =
      (iw - 1 + conv.pad[2] + conv.pad[3] - (kw - 1) * conv.dilation[1]) /
          conv.stride[1] +
      1;
  conv.name = depthwise ? "depthwise_conv2d" : "conv2d";
  conv.input = typeOf({n, ih, iw, ic}) + "xi8";
  conv.weightType =
      depthwise ? typeOf({kh, kw, ic, m}) : typeOf({oc, kh, kw, ic});
  conv.biasType = std::to_string(oc) + "xi32";
  conv.result = typeOf({n, oh, ow, oc}) + "xi32";
  conv.weights = bytes(depthwise ? kh * kw * oc : oc * kh * kw * ic);
  for (int64_t i = 0; i < oc; ++i)
    conv.biases.push_back(pick(-100000, 100000));
  const std::vector<int32_t> input = bytes(n * ih * iw * ic);

  std::vector<int32_t> expected;
  for (int64_t in = 0; in < n; ++in)
    for (int64_t oy = 0; oy < oh; ++oy)
      for (int64_t ox = 0; ox < ow; ++ox)
        for (int64_t o = 0; o < oc; ++o) {
          int32_t sum = 0;
          for (int64_t ky = 0; ky < kh; ++ky)
            for (int64_t kx = 0; kx < kw; ++kx) {
              const int64_t y =
                  oy * conv.stride[0] - conv.pad[0] + ky * conv.dilation[0];
              const int64_t x =
                  ox * conv.stride[1] - conv.pad[2] + kx * conv.dilation[1];
              if (y < 0 || y >= ih || x < 0 || x >= iw)
                continue;
              for (int64_t c = 0; c < ic; ++c) {
                if (depthwise && c != o / m)
                  continue;
                const int64_t weight = depthwise
                                           ? (ky * kw + kx) * oc + o
                                           : ((o * kh + ky) * kw + kx) * ic + c;
                sum += (input[((in * ih + y) * iw + x) * ic + c] -
                        conv.inputZeroPoint) *
                       (conv.weights[weight] - conv.weightZeroPoint);
              }
            }
          expected.push_back(sum + conv.biases[o]);
        }
  EXPECT_EQ(conv.of(input), expected) << conv.body();
}

TEST(Conv2D, EqualsTheSpecificationsLoops) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round)
    compareRandomConvolution(random, /*depthwise=*/false);
}

TEST(DepthwiseConv2D, EqualsTheSpecificationsLoops) {
  std::mt19937 random(2);
  for (int round = 0; round < 60; ++round)
    compareRandomConvolution(random, /*depthwise=*/true);
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

struct Pool {
  std::string name, input, result;
  std::array<int, 2> kernel;
  std::array<int, 4> pad = {0, 0, 0, 0};
  int inputZeroPoint = 0, outputZeroPoint = 0;
  std::array<int, 2> stride = {1, 1};

  std::string body() const {
    std::string average;
    if (name == "avg_pool2d")
      average = llvm::formatv(
          ", acc_type = i32, quantization_info = #tosa.unary_quant<input_zp = "
          "{0}, output_zp = {1}>",
          inputZeroPoint, outputZeroPoint);
    return llvm::formatv(
        "%r = tosa.{0} %a {{kernel = array<i64: {1}, {2}>, stride = "
        "array<i64: {3}, {4}>, pad = array<i64: {5}, {6}, {7}, {8}>{9}} : "
        "(tensor<{10}>) -> tensor<{11}>",
        name, kernel[0], kernel[1], stride[0], stride[1], pad[0], pad[1],
        pad[2], pad[3], average, input, result);
  }
  std::vector<int32_t> of(std::vector<int32_t> values) const {
    return evaluate(input, result, body(), {std::move(values)});
  }
};

TEST(MaxPool, TakesTheGreatestInside) {
  Pool pool{"max_pool2d", "1x2x3x1xi8", "1x1x2x1xi8", {2, 2}};
  EXPECT_THAT(pool.of({1, -5, 3, -7, -8, -9}), ElementsAre(1, 3));
  pool.result = "1x2x3x1xi8";
  pool.pad = {1, 0, 0, 1};
  EXPECT_THAT(pool.of({1, -5, 3, -7, -8, -9}), ElementsAre(1, 3, 3, 1, 3, 3));
  // Padding is no 0.
  EXPECT_THAT(
      (Pool{"max_pool2d", "1x1x1x2xi8", "1x1x1x2xi8", {2, 2}, {1, 0, 1, 0}}.of(
          {-5, -128})),
      ElementsAre(-5, -128));
  EXPECT_THAT((Pool{"max_pool2d",
                    "1x1x4x1xi8",
                    "1x1x2x1xi8",
                    {1, 2},
                    {0, 0, 0, 0},
                    0,
                    0,
                    {1, 2}}
                   .of({1, 2, 4, 3})),
              ElementsAre(2, 4));
}

TEST(AveragePool, RoundsTiesAwayFromZero) {
  // The reciprocal of 4 is (2^30 + 1) / 2^32, so ±10 / 4 is beyond ±2.5.
  const Pool pool{"avg_pool2d", "1x2x2x1xi8", "1x1x1x1xi8", {2, 2}};
  EXPECT_THAT(pool.of({1, 2, 3, 5}), ElementsAre(3));
  EXPECT_THAT(pool.of({1, 2, 3, 4}), ElementsAre(3));
  EXPECT_THAT(pool.of({-1, -2, -3, -4}), ElementsAre(-3));
  EXPECT_THAT(pool.of({-1, -2, -3, -3}), ElementsAre(-2));
  EXPECT_THAT(pool.of({1, 2, 3, 3}), ElementsAre(2));
  EXPECT_THAT(pool.of({127, 127, 127, 127}), ElementsAre(127));
  EXPECT_THAT(pool.of({-128, -128, -128, -128}), ElementsAre(-128));
}

TEST(AveragePool, CountsWhatIsInside) {
  EXPECT_THAT(
      (Pool{"avg_pool2d", "1x1x3x1xi8", "1x1x3x1xi8", {1, 3}, {0, 0, 1, 1}}.of(
          {1, 2, 6})),
      // 3 / 2, 9 / 3, 8 / 2.
      ElementsAre(2, 3, 4));
  EXPECT_THAT((Pool{"avg_pool2d",
                    "1x3x1x2xi16",
                    "1x2x1x2xi16",
                    {3, 1},
                    {1, 1, 0, 0},
                    0,
                    0,
                    {2, 1}}
                   .of({1000, 1, 2000, 2, -6000, 7})),
              // Both windows have two rows inside.
              ElementsAre(1500, 2, -2000, 5));
}

TEST(AveragePool, AppliesZeroPointsAndSaturates) {
  const Pool pool{
      "avg_pool2d", "1x1x2x1xi8", "1x1x1x1xi8", {1, 2}, {0, 0, 0, 0}, -128, 10};
  EXPECT_THAT(pool.of({-128, -126}), ElementsAre(11));
  EXPECT_THAT(pool.of({127, 127}), ElementsAre(127));
}

TEST(Window, RefusesWrongShapes) {
  EXPECT_THAT(
      errorOf("1x2x2x1xi8", "1x2x2x1xi8",
              Pool{"max_pool2d", "1x2x2x1xi8", "1x2x2x1xi8", {2, 2}}.body(),
              {{1, 2, 3, 4}}),
      HasSubstr("expected a result of shape [1, 1, 1, 1], found "
                "[1, 2, 2, 1]"));
  EXPECT_THAT(
      errorOf(
          "1x1x1x1xi8", "1x2x1x1xi8",
          Pool{"max_pool2d", "1x1x1x1xi8", "1x2x1x1xi8", {1, 1}, {1, 0, 0, 0}}
              .body(),
          {{1}}),
      HasSubstr("smaller than the kernel"));
}

} // namespace
