//===- QuantizedTest.cpp - Quantised ONNX models --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/onnx/OnnxTestSupport.h"
#include "test/unit/support/ReferenceNetwork.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

using namespace nasc;
using namespace nasc::test;
using onnx::TensorProto;
using testing::HasSubstr;

namespace {

void expectQuantization(const Imported &imported, const std::string &layer,
                        float scale, int64_t zeroPoint) {
  nas::QuantizationOp op = imported.quantization(layer);
  ASSERT_TRUE(op) << layer;
  EXPECT_EQ(op.getScale().convertToDouble(), static_cast<double>(scale));
  EXPECT_EQ(static_cast<int64_t>(op.getZeroPoint()), zeroPoint);
}

/// A convolution, max pooling, flatten, and a dense layer.
ModelBuilder quantizedModel(int32_t type) {
  const int64_t shift = type == TensorProto::UINT8 ? 128 : 0;
  ModelBuilder model;
  model.quantize(0.05f, -3 + shift, type);
  std::string weights = model.integerWeights({2, 3, 3, 3}, {0.01f, 0.02f}, 0);
  const std::string bias = model.integers({2}, {100, -200}, TensorProto::INT32);
  const std::string steps = model.floats({2}, {0.0005f, 0.001f});
  const std::string before = model.last();
  model.add("DequantizeLinear", {bias, steps});
  model.set("axis", int64_t(0));
  const std::string numbers = model.last();
  model.add("Conv", {before, weights, numbers});
  model.named("conv");
  model.quantize(0.1f, -128 + shift, type);
  model.add("MaxPool", {""});
  model.set("kernel_shape", {2, 3}).named("pool");
  model.add("Flatten", {""});
  const std::string flat = model.last();
  weights = model.integerWeights({6, 4}, {0.03f}, 0);
  model.add("Gemm", {flat, weights});
  model.named("dense");
  model.quantize(0.2f, 5 + shift, type);
  return model;
}

TEST(OnnxQuantized, QuantizeDequantize) {
  for (int32_t type : {TensorProto::INT8, TensorProto::UINT8}) {
    ModelBuilder model = quantizedModel(type);
    Imported imported = importBytes(model.bytes());
    ASSERT_EQ(imported.error, "");
    // The zero point -128 was a Relu.
    EXPECT_EQ(imported.kinds(), "conv2d relu max_pool flatten dense");
    expectQuantization(imported, "conv_relu", 0.1f, -128);
    expectQuantization(imported, "input", 0.05f, -3);
    // Stored with the relu, and as its operand.
    EXPECT_FALSE(imported.quantization("conv"));
    EXPECT_FALSE(imported.quantization("pool"));
    expectQuantization(imported, "dense", 0.2f, 5);
    EXPECT_FALSE(imported.quantization("flatten"));
    // The integers, height × width × channels × filters.
    const NamedTensor &weights = *imported.weights.find("conv.weight");
    EXPECT_EQ(weights.scales, (std::vector<double>{0.01f, 0.02f}));
    const TensorProto *integers = nullptr;
    for (const TensorProto &tensor : model.graph().initializer())
      if (tensor.data_type() == TensorProto::INT8 && tensor.dims_size() == 4)
        integers = &tensor;
    ASSERT_TRUE(integers);
    for (int64_t filter = 0; filter < 2; ++filter)
      for (int64_t channel = 0; channel < 3; ++channel)
        for (int64_t tap = 0; tap < 9; ++tap)
          EXPECT_EQ(
              std::lround(weights.values[(tap * 3 + channel) * 2 + filter] /
                          weights.scales[filter]),
              integers->int32_data((filter * 3 + channel) * 9 + tap));
    const NamedTensor &bias = *imported.weights.find("conv.bias");
    EXPECT_FLOAT_EQ(bias.values[0], 0.05f);
    EXPECT_FLOAT_EQ(bias.values[1], -0.2f);
    EXPECT_EQ(imported.weights.find("dense.weight")->scales.size(), 4u);
    EXPECT_TRUE(imported.remarks.empty());
  }
}

/// The operands of an operator with scales: a tensor and its quantisation.
std::vector<std::string> operand(ModelBuilder &model, const std::string &name,
                                 float scale, int64_t zeroPoint) {
  return {name, model.scalar(scale),
          model.integers({}, {zeroPoint}, TensorProto::INT8)};
}

std::vector<std::string> joined(std::vector<std::string> a,
                                const std::vector<std::string> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(OnnxQuantized, OperatorsWithScales) {
  ModelBuilder model;
  auto quantization = [&](float scale, int64_t zero) {
    return std::vector<std::string>{
        model.scalar(scale), model.integers({}, {zero}, TensorProto::INT8)};
  };
  std::vector<std::string> input = quantization(0.05f, 3);
  model.add("QuantizeLinear", joined({""}, input));
  std::vector<int64_t> numbers(12);
  for (int i = 0; i < 12; ++i)
    numbers[i] = 10 * i - 50;
  const std::string weights =
      model.integers({4, 3, 1, 1}, numbers, TensorProto::INT8);
  const std::string steps = model.floats({4}, {0.1f, 0.2f, 0.3f, 0.4f});
  const std::string zeros =
      model.integers({4}, {0, 0, 0, 0}, TensorProto::INT8);
  const std::string bias =
      model.integers({4}, {10, 20, 30, 40}, TensorProto::INT32);
  auto conv = quantization(0.5f, 1);
  model.add("QLinearConv", {model.last(), input[0], input[1], weights, steps,
                            zeros, conv[0], conv[1], bias});
  model.named("conv");
  const std::string image = model.last();
  auto sigmoid = quantization(1.0f / 256, -128);
  model.add("QLinearSigmoid", joined(operand(model, image, 0.5f, 1), sigmoid),
            "com.microsoft");
  model.named("sigmoid");
  auto product = quantization(0.25f, 2);
  model.add("QLinearMul",
            joined(joined(operand(model, image, 0.5f, 1),
                          operand(model, model.last(), 1.0f / 256, -128)),
                   product),
            "com.microsoft");
  model.named("product");
  auto sum = quantization(0.75f, 3);
  model.add("QLinearAdd",
            joined(joined(operand(model, image, 0.5f, 1),
                          operand(model, model.last(), 0.25f, 2)),
                   sum),
            "com.microsoft");
  model.named("sum");
  auto all = quantization(0.8f, 4);
  model.add("QLinearConcat",
            joined(joined(all, operand(model, image, 0.5f, 1)),
                   operand(model, model.last(), 0.75f, 3)),
            "com.microsoft");
  model.set("axis", int64_t(1)).named("concat");
  auto average = quantization(0.6f, 5);
  model.add("QLinearAveragePool",
            joined(operand(model, model.last(), 0.8f, 4), average),
            "com.microsoft");
  model.set("kernel_shape", {2, 2}).named("average");
  auto mean = quantization(0.4f, 6);
  model.add("QLinearGlobalAveragePool",
            joined(operand(model, model.last(), 0.6f, 5), mean),
            "com.microsoft");
  model.named("mean");
  model.add("Flatten", {""});
  std::vector<int64_t> matrix(16, 7);
  auto scores = quantization(0.3f, 7);
  const std::string rows = model.integers({8, 2}, matrix, TensorProto::INT8);
  model.add("QLinearMatMul",
            joined(joined(operand(model, model.last(), 0.4f, 6),
                          operand(model, rows, 0.01f, 0)),
                   scores));
  model.named("scores");
  model.add("DequantizeLinear", joined({""}, scores));
  Imported imported = importBytes(model.bytes());
  ASSERT_EQ(imported.error, "");
  EXPECT_EQ(imported.kinds(), "conv2d sigmoid multiply add concat average_pool "
                              "global_average_pool dense");
  expectQuantization(imported, "input", 0.05f, 3);
  expectQuantization(imported, "conv", 0.5f, 1);
  expectQuantization(imported, "sigmoid", 1.0f / 256, -128);
  expectQuantization(imported, "product", 0.25f, 2);
  expectQuantization(imported, "sum", 0.75f, 3);
  expectQuantization(imported, "concat", 0.8f, 4);
  expectQuantization(imported, "average", 0.6f, 5);
  expectQuantization(imported, "mean", 0.4f, 6);
  expectQuantization(imported, "scores", 0.3f, 7);
  EXPECT_NEAR(imported.weights.find("conv.bias")->values[3], 40 * 0.05 * 0.4,
              1e-6);
}

TEST(OnnxQuantized, Refusals) {
  auto error = [](const ModelBuilder &model) {
    return importBytes(model.bytes()).error;
  };
  ModelBuilder twice;
  twice.add("Conv", {"", twice.random({3, 3, 1, 1})});
  const std::string sums = twice.last();
  const std::string first = twice.quantize(0.5f, 0);
  twice.add("QuantizeLinear", {sums, twice.scalar(0.25f)});
  twice.add("DequantizeLinear", {"", twice.scalar(0.25f)});
  twice.add("Add", {"", first});
  EXPECT_THAT(error(twice), HasSubstr("found two: (0.5"));
  EXPECT_THAT(error(twice), HasSubstr("[NAS7011]"));
  ModelBuilder integers;
  integers.add("QuantizeLinear", {"", integers.scalar(0.5f)});
  integers.add("Sigmoid", {""});
  EXPECT_THAT(error(integers), HasSubstr("DequantizeLinear"));
  ModelBuilder asymmetric({1, 2});
  const std::string weights =
      asymmetric.integers({2, 1}, {1, 2}, TensorProto::INT8);
  asymmetric.add("DequantizeLinear",
                 {weights, asymmetric.scalar(0.5f),
                  asymmetric.integers({}, {3}, TensorProto::INT8)});
  asymmetric.add("MatMul", {"x", ""});
  EXPECT_THAT(error(asymmetric), HasSubstr("symmetric"));
  ModelBuilder wide;
  wide.quantize(0.5f, 0, TensorProto::INT32);
  wide.add("Relu", {""});
  EXPECT_THAT(error(wide), HasSubstr("8-bit"));
  ModelBuilder zero;
  zero.quantize(0.0f, 0);
  zero.add("Relu", {""});
  EXPECT_THAT(error(zero), HasSubstr("above zero"));
  ModelBuilder channels;
  channels.add("QuantizeLinear", {"", channels.floats({3}, {1, 2, 3})});
  channels.add("Relu", {""});
  EXPECT_THAT(error(channels), HasSubstr("one scale"));
}

//===----------------------------------------------------------------------===//
// Real files
//===----------------------------------------------------------------------===//

struct RealFile {
  const char *name;
  const char *kinds;
  std::vector<int64_t> input, output;
};

const RealFile realFiles[] = {
    {"ad01_q.onnx",
     "dense dense dense dense dense dense dense dense dense dense",
     {640},
     {640}},
    {"ic01_q.onnx",
     "conv2d conv2d conv2d add conv2d conv2d conv2d add conv2d conv2d conv2d "
     "add average_pool flatten dense",
     {32, 32, 3},
     {10}},
    {"kws01_q.onnx",
     "conv2d depthwise_conv2d conv2d depthwise_conv2d conv2d depthwise_conv2d "
     "conv2d depthwise_conv2d conv2d average_pool flatten dense",
     {49, 10, 1},
     {12}},
    {"vww01_q.onnx", "", {96, 96, 3}, {2}},
};

std::string readFile(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(OnnxFiles, MLPerfTiny) {
  auto shared = sharedData();
  if (!shared)
    GTEST_SKIP() << "there is no shared test data (NASC_SHARED_DATA)";
  for (const RealFile &file : realFiles) {
    SCOPED_TRACE(file.name);
    Imported imported =
        importFile((*shared / "mlperf_tiny/models").string(), file.name);
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.network.inputShape(), file.input);
    EXPECT_EQ(imported.network.outputShape(), file.output);
    if (*file.kinds) {
      std::string kinds = imported.kinds();
      auto sorted = [](const std::string &text) {
        std::istringstream in(text);
        std::vector<std::string> words{std::istream_iterator<std::string>(in),
                                       {}};
        // Those that saturation stood for are put back.
        words.erase(std::remove(words.begin(), words.end(), "relu"),
                    words.end());
        std::sort(words.begin(), words.end());
        return words;
      };
      EXPECT_EQ(sorted(kinds), sorted(file.kinds));
    }
    // Every tensor that is stored has a quantisation, and every weight is an
    // integer of 8 bits.
    EXPECT_TRUE(imported.quantization("input"));
    for (const NetworkLayer &layer : imported.network.layers) {
      EXPECT_EQ(static_cast<bool>(imported.quantization(layer.name)),
                layer.storage == nas::ResultStorage::Own)
          << layer.name;
      const NamedTensor *weights =
          imported.weights.find(layer.name + ".weight");
      if (!weights)
        continue;
      const size_t channels = weights->scales.size();
      EXPECT_EQ(channels, size_t(layer.outputShape.back()));
      for (size_t i = 0; i < weights->values.size(); ++i) {
        const double number =
            weights->values[i] / weights->scales[i % channels];
        ASSERT_NEAR(number, std::round(number), 1e-4);
        ASSERT_LE(std::abs(number), 128.5);
      }
    }
    // As the file itself, by plain loops; the reference has no rounding and
    // no saturation, so a Relu that is left out must be put back for it.
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(
        readFile(*shared / "mlperf_tiny/models" / file.name)));
    while (model.graph().node(model.graph().node_size() - 1).op_type() ==
           "Softmax")
      model.mutable_graph()->mutable_node()->RemoveLast();
    model.mutable_graph()->mutable_output(0)->set_name(
        model.graph().node(model.graph().node_size() - 1).output(0));
    nas::QuantizationOp input = imported.quantization("input");
    const double scale = input.getScale().convertToDouble();
    std::vector<float> sample;
    int64_t count = 1;
    for (int64_t size : file.input)
      count *= size;
    for (float value : randomValues(count, 3))
      sample.push_back(static_cast<float>(
          scale * (std::round(value * 100) - int64_t(input.getZeroPoint()))));
    PlainTensor given;
    for (const auto &dim :
         model.graph().input(0).type().tensor_type().shape().dim())
      given.shape.push_back(dim.dim_value());
    if (given.shape.size() == 4 && given.shape[1] == 3)
      given = channelsFirst(file.input, sample);
    else
      given.values.assign(sample.begin(), sample.end());
    PlainTensor expected = runOnnx(model, given);
    // Layer by layer with the quantisation of each.
    NetworkDescription network = imported.network;
    std::vector<std::vector<float>> values(network.layers.size());
    values[0] = sample;
    for (size_t i = 1; i < network.layers.size(); ++i) {
      // One layer as a network of its own.
      NetworkDescription one;
      NetworkLayer layer = network.layers[i];
      for (unsigned &from : layer.inputs) {
        NetworkLayer source;
        source.name = "input";
        source.outputShape = network.layers[from].outputShape;
        one.layers.push_back(source);
      }
      if (layer.kind == LayerKind::Add) {
        std::vector<float> sum = values[layer.inputs[0]];
        for (size_t j = 0; j < sum.size(); ++j)
          sum[j] += values[layer.inputs[1]][j];
        values[i] = sum;
      } else {
        const std::vector<float> &from = values[layer.inputs[0]];
        layer.inputs = {0};
        one.layers.push_back(layer);
        one.output = 1;
        values[i] = runReference(one, imported.weights, from);
      }
      if (nas::QuantizationOp op = imported.quantization(layer.name)) {
        const double step = op.getScale().convertToDouble();
        const int64_t zero = op.getZeroPoint();
        for (float &value : values[i])
          value = static_cast<float>(
              step *
              (std::clamp(std::nearbyint(value / step) + zero, -128.0, 127.0) -
               zero));
      }
    }
    const std::vector<float> &ours = values[network.output];
    ASSERT_EQ(ours.size(), expected.values.size());
    const double step =
        imported.quantization(network.layers[network.output].name)
            .getScale()
            .convertToDouble();
    // Sums in another order can round to the neighbour, layer after layer.
    for (size_t i = 0; i < ours.size(); ++i)
      EXPECT_NEAR(ours[i], expected.values[i], 2.5 * step) << i;
  }
}

TEST(OnnxFiles, DamageIsReported) {
  auto shared = sharedData();
  if (!shared)
    GTEST_SKIP() << "there is no shared test data (NASC_SHARED_DATA)";
  const char *given = std::getenv("NASC_ONNX_DAMAGE");
  const int rounds = given ? std::atoi(given) : 40;
  std::mt19937 random(7);
  testing::internal::CaptureStderr();
  unsigned refused = 0;
  for (const RealFile &file : realFiles) {
    const std::string bytes =
        readFile(*shared / "mlperf_tiny/models" / file.name);
    for (int i = 0; i < rounds; ++i) {
      Imported cut = importBytes(bytes.substr(0, random() % bytes.size()));
      EXPECT_THAT(cut.error, HasSubstr("[NAS70"));
      // Where the structure is, at both ends, and anywhere.
      std::string flipped = bytes;
      const size_t first = random() % 3 == 0 ? bytes.size() : 4096;
      for (int flips = 1 + i % 4; flips > 0; --flips) {
        const size_t place = random() % first;
        flipped[i % 2 ? place : bytes.size() - 1 - place] ^=
            static_cast<char>(1 << random() % 8);
      }
      Imported other = importBytes(flipped);
      if (!other.error.empty()) {
        ++refused;
        EXPECT_THAT(other.error, HasSubstr("[NAS70"));
      }
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_GT(refused, 0u);
}

} // namespace
