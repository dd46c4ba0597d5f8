//===- ExportTest.cpp - Networks to ONNX and back -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedError.h"
#include "mlir/Parser/Parser.h"
#include "runtime/onnx/OnnxExport.h"
#include "test/unit/lowering/SpaceFromNetwork.h"
#include "test/unit/onnx/OnnxTestSupport.h"
#include "test/unit/support/ReferenceNetwork.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace nasc;
using namespace nasc::test;
using testing::HasSubstr;

namespace {

struct NamedNetwork {
  std::string name;
  NetworkDescription network;
};

/// Networks that have every kind of layer, in the shapes of MLPerf Tiny's.
std::vector<NamedNetwork> networks() {
  std::vector<NamedNetwork> all;
  {
    NetworkBuilder b({16, 16, 3});
    b.convolution(LayerKind::Conv2D, 8, 3)
        .batchNorm()
        .elementary(LayerKind::ReLU);
    const unsigned stem = b.last();
    b.convolution(LayerKind::Conv2D, 8, 3)
        .batchNorm()
        .elementary(LayerKind::ReLU);
    b.convolution(LayerKind::Conv2D, 8, 3).batchNorm();
    b.combine(LayerKind::Add, {b.last(), stem}).elementary(LayerKind::ReLU);
    const unsigned block = b.last();
    b.convolution(LayerKind::Conv2D, 16, 3, 2).batchNorm();
    const unsigned main = b.last();
    b.from(block).convolution(LayerKind::Conv2D, 16, 1, 2).batchNorm();
    b.combine(LayerKind::Add, {main, b.last()}).elementary(LayerKind::ReLU);
    b.globalAveragePool().dense(10);
    all.push_back({"residual", b.network});
  }
  {
    NetworkBuilder b({49, 10, 1});
    b.window(LayerKind::Conv2D, 8, {10, 4}, {2, 2}, {4, 5, 1, 1})
        .batchNorm()
        .elementary(LayerKind::ReLU);
    b.convolution(LayerKind::DepthwiseConv2D, 8, 3, 1, 1, true)
        .elementary(LayerKind::ReLU6);
    b.convolution(LayerKind::Conv2D, 8, 1, 1, 2)
        .elementary(LayerKind::HardSwish);
    b.pool(LayerKind::AveragePool, 5, 5)
        .elementary(LayerKind::Flatten)
        .dropout(0.5)
        .dense(12);
    all.push_back({"separable", b.network});
  }
  {
    NetworkBuilder b({20, 6});
    b.convolution(LayerKind::Conv1D, 8, 5, 2, 2, true)
        .elementary(LayerKind::Sigmoid);
    b.convolution(LayerKind::Conv1D, 4, 3).batchNorm(1e-3);
    b.elementary(LayerKind::Flatten).elementary(LayerKind::HardSigmoid);
    b.dense(7).batchNorm().elementary(LayerKind::ReLU).dense(5, false);
    all.push_back({"series", b.network});
  }
  {
    NetworkBuilder b({9, 8, 4});
    b.elementary(LayerKind::Identity)
        .convolution(LayerKind::Conv2D, 6, 3, 1, 1, true)
        .elementary(LayerKind::ReLU);
    const unsigned image = b.last();
    b.pool(LayerKind::MaxPool, 3, 1);
    const unsigned maximum = b.last();
    b.from(image).pool(LayerKind::AveragePool, 3, 1, true);
    const unsigned average = b.last();
    b.from(image).elementary(LayerKind::Zero);
    const unsigned zero = b.last();
    b.combine(LayerKind::Add, {maximum, average, zero});
    const unsigned sum = b.last();
    b.globalAveragePool().dense(3).elementary(LayerKind::ReLU).dense(6);
    b.elementary(LayerKind::HardSigmoid);
    b.combine(LayerKind::Multiply, {sum, b.last()});
    b.combine(LayerKind::Concat, {b.last(), average});
    b.batchNorm().elementary(LayerKind::ReLU);
    const unsigned joined = b.last();
    b.combine(LayerKind::Multiply, {joined, joined});
    // An image of several pixels, in front of a dense layer.
    b.pool(LayerKind::MaxPool, 2, 3).elementary(LayerKind::Flatten).dense(4);
    all.push_back({"branches", b.network});
  }
  {
    NetworkBuilder b({640});
    b.dense(16, false).batchNorm().elementary(LayerKind::ReLU);
    b.dense(8).batchNorm().elementary(LayerKind::ReLU).dense(640);
    all.push_back({"autoencoder", b.network});
  }
  for (NamedNetwork &each : all)
    for (size_t i = 1; i < each.network.layers.size(); ++i)
      each.network.layers[i].name = "stage[" + std::to_string(i) + "]." +
                                    layerKindName(each.network.layers[i].kind);
  return all;
}

std::string exported(const NetworkDescription &network, mlir::ModuleOp module,
                     OnnxForm form, std::string *error = nullptr) {
  std::string bytes;
  llvm::raw_string_ostream out(bytes);
  llvm::Error failure =
      writeOnnx(*module.getOps<nas::SpaceOp>().begin(), form, out);
  if (error)
    *error = nasc::describe(std::move(failure));
  else
    EXPECT_EQ(nasc::describe(std::move(failure)), "");
  return bytes;
}

/// Without what deployment leaves out, by which layers are renumbered.
NetworkDescription withoutAliases(const NetworkDescription &network) {
  NetworkDescription result;
  result.name = network.name;
  std::vector<unsigned> places;
  for (const NetworkLayer &layer : network.layers) {
    if (layer.kind == LayerKind::Identity || layer.kind == LayerKind::Dropout) {
      places.push_back(places[layer.inputs[0]]);
      continue;
    }
    places.push_back(result.layers.size());
    NetworkLayer copy = layer;
    for (unsigned &input : copy.inputs)
      input = places[input];
    result.layers.push_back(copy);
  }
  result.output = places[network.output];
  return result;
}

void expectEqual(const NetworkDescription &a, const NetworkDescription &b) {
  ASSERT_EQ(a.layers.size(), b.layers.size());
  EXPECT_EQ(a.output, b.output);
  for (size_t i = 0; i < a.layers.size(); ++i) {
    const NetworkLayer &x = a.layers[i], &y = b.layers[i];
    SCOPED_TRACE(x.name);
    EXPECT_EQ(x.name, y.name);
    EXPECT_STREQ(layerKindName(x.kind), layerKindName(y.kind));
    // A zero reads anything of its shape.
    if (x.kind != LayerKind::Zero) {
      EXPECT_EQ(x.inputs, y.inputs);
    }
    EXPECT_EQ(x.outputShape, y.outputShape);
    EXPECT_EQ(x.kernelHeight, y.kernelHeight);
    EXPECT_EQ(x.kernelWidth, y.kernelWidth);
    EXPECT_EQ(x.strideHeight, y.strideHeight);
    EXPECT_EQ(x.strideWidth, y.strideWidth);
    EXPECT_EQ(x.padding, y.padding);
    EXPECT_EQ(x.groups, y.groups);
    EXPECT_EQ(x.bias, y.bias);
    EXPECT_EQ(x.countPadding, y.countPadding);
    EXPECT_EQ(x.epsilon, y.epsilon);
  }
}

void expectEqual(const NetworkWeights &a, const NetworkWeights &b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const NamedTensor &tensor : a.tensors) {
    const NamedTensor *other = b.find(tensor.name);
    ASSERT_TRUE(other) << tensor.name;
    EXPECT_EQ(tensor.shape, other->shape) << tensor.name;
    EXPECT_EQ(tensor.values, other->values) << tensor.name;
  }
}

TEST(OnnxExport, FloatRoundTrip) {
  for (const NamedNetwork &each : networks()) {
    SCOPED_TRACE(each.name);
    NetworkWeights weights = randomWeights(each.network, 11);
    auto module = makeSpaceModule(onnxContext(), each.network, weights);
    ASSERT_TRUE(module);
    const std::string bytes = exported(each.network, *module, OnnxForm::Float);
    // What the file means, by plain loops.
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(bytes));
    const auto &shape = each.network.inputShape();
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    std::vector<float> sample = randomValues(count, 5);
    PlainTensor result = runOnnx(model, channelsFirst(shape, sample));
    std::vector<float> expected = runReference(each.network, weights, sample);
    std::vector<float> found = channelsLast(result);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 1e-3 * (1 + std::abs(expected[i])));
    // And back.
    Imported imported = importBytes(bytes);
    ASSERT_EQ(imported.error, "");
    EXPECT_TRUE(imported.remarks.empty());
    expectEqual(withoutAliases(each.network), imported.network);
    expectEqual(weights, imported.weights);
  }
}

/// Quantises every layer, so that each stored tensor has a scale.
void quantizeAll(mlir::ModuleOp module, const NetworkDescription &network) {
  auto builder = mlir::OpBuilder::atBlockEnd(module.getBody());
  int64_t i = 0;
  for (const NetworkLayer &layer : network.layers) {
    const bool isPositive =
        layer.kind == LayerKind::ReLU || layer.kind == LayerKind::ReLU6;
    const bool keeps = layer.kind == LayerKind::MaxPool;
    if (!keeps)
      builder.create<nas::QuantizationOp>(
          builder.getUnknownLoc(), builder.getStringAttr(layer.name),
          builder.getF64FloatAttr(0.0625f * (1 + i % 3)),
          builder.getI64IntegerAttr(isPositive ? -128 : i % 7 - 3));
    ++i;
  }
}

TEST(OnnxExport, QuantizedRoundTrip) {
  for (const NamedNetwork &each : networks()) {
    SCOPED_TRACE(each.name);
    NetworkWeights weights = randomWeights(each.network, 11);
    auto module = makeSpaceModule(onnxContext(), each.network, weights);
    ASSERT_TRUE(module);
    quantizeAll(*module, each.network);
    const std::string bytes = exported(each.network, *module, OnnxForm::QDQ);
    Imported first = importBytes(bytes);
    ASSERT_EQ(first.error, "");
    EXPECT_TRUE(first.remarks.empty()) << first.remarks[0];
    // What comes back is exact from here on: layers, weights, quantisation.
    const std::string again =
        exported(first.network, *first.module, OnnxForm::QDQ);
    Imported second = importBytes(again);
    ASSERT_EQ(second.error, "");
    expectEqual(first.network, second.network);
    expectEqual(first.weights, second.weights);
    unsigned seen = 0;
    for (auto op : (*first.module).getOps<nas::QuantizationOp>()) {
      nas::QuantizationOp other = second.quantization(op.getLayer().str());
      ASSERT_TRUE(other) << op.getLayer().str();
      EXPECT_EQ(op.getScale().convertToDouble(),
                other.getScale().convertToDouble());
      EXPECT_EQ(op.getZeroPoint(), other.getZeroPoint());
      ++seen;
    }
    EXPECT_GE(seen, 3u);
    // The quantisation is that of the network, and weights are near theirs.
    for (const NetworkLayer &layer : first.network.layers) {
      const NamedTensor *found = first.weights.find(layer.name + ".weight");
      const NamedTensor *given = weights.find(layer.name + ".weight");
      bool isNormalized = false;
      for (size_t i = 1; i < each.network.layers.size(); ++i)
        if (each.network.layers[i].kind == LayerKind::BatchNorm)
          isNormalized |=
              each.network.layers[each.network.layers[i].inputs[0]].name ==
              layer.name;
      if (!found || isNormalized)
        continue;
      ASSERT_TRUE(given);
      const std::vector<double> &scales = found->scales;
      ASSERT_FALSE(scales.empty());
      for (size_t i = 0; i < found->values.size(); ++i)
        EXPECT_NEAR(found->values[i], given->values[i],
                    0.501 * scales[i % scales.size()]);
    }
  }
}

TEST(OnnxExport, Errors) {
  NetworkBuilder b({8, 8, 3});
  b.convolution(LayerKind::Conv2D, 4, 3).elementary(LayerKind::ReLU);
  NetworkWeights weights = randomWeights(b.network, 1);
  std::string error;
  auto bare = makeSpaceModule(onnxContext(), b.network, {});
  exported(b.network, *bare, OnnxForm::Float, &error);
  EXPECT_THAT(error, HasSubstr(".weight'"));
  EXPECT_THAT(error, HasSubstr("[NAS7021]"));
  auto plain = makeSpaceModule(onnxContext(), b.network, weights);
  exported(b.network, *plain, OnnxForm::QDQ, &error);
  EXPECT_THAT(error, HasSubstr("'input'"));
  EXPECT_THAT(error, HasSubstr("[NAS7022]"));
  NetworkBuilder empty({8, 8, 3});
  auto nothing = makeSpaceModule(onnxContext(), empty.network, {});
  exported(empty.network, *nothing, OnnxForm::Float, &error);
  EXPECT_THAT(error, HasSubstr("[NAS7020]"));
}

TEST(OnnxExport, SaysHowSamplesAreNormalised) {
  NetworkBuilder b({8, 8, 3});
  b.convolution(LayerKind::Conv2D, 4, 3);
  auto module = makeSpaceModule(
      onnxContext(), b.network, randomWeights(b.network, 1), "net",
      "nas.dataset @data cifar sources [\"x\"] settings <mean = "
      "[0.5, 0.25, 0.125], deviation = [0.5], element = uint8>");
  ASSERT_TRUE(module);
  onnx::ModelProto model;
  ASSERT_TRUE(
      model.ParseFromString(exported(b.network, *module, OnnxForm::Float)));
  std::map<std::string, std::string> properties;
  for (const auto &entry : model.metadata_props())
    properties[entry.key()] = entry.value();
  EXPECT_EQ(properties["nasc.layout"], "NCHW");
  EXPECT_EQ(properties["nasc.mean"], "0.5,0.25,0.125");
  EXPECT_EQ(properties["nasc.deviation"], "0.5");
  EXPECT_EQ(properties["nasc.element"], "uint8");
  EXPECT_THAT(model.doc_string(), HasSubstr("normalised"));
}

} // namespace
