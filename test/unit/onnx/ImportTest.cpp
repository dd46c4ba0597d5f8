//===- ImportTest.cpp - Layers of ONNX models -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/onnx/OnnxTestSupport.h"
#include "test/unit/support/ReferenceNetwork.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace nasc;
using namespace nasc::test;
using onnx::TensorProto;
using testing::HasSubstr;

namespace {

/// Imports the model, checks its layers, and compares what they compute with
/// what the model means.
Imported expectSame(const ModelBuilder &builder, const std::string &kinds,
                    bool isChannelsLastInput = false,
                    const std::string &attributes = "") {
  Imported imported = importBytes(builder.bytes(), attributes);
  EXPECT_EQ(imported.error, "");
  if (!imported.error.empty())
    return imported;
  EXPECT_EQ(imported.kinds(), kinds);
  const auto &dims =
      builder.model.graph().input(0).type().tensor_type().shape();
  PlainTensor input;
  int64_t count = 1;
  for (const auto &dim : dims.dim()) {
    input.shape.push_back(std::max<int64_t>(dim.dim_value(), 1));
    count *= input.shape.back();
  }
  std::vector<float> values = randomValues(count, 5);
  for (float &value : values)
    value *= 4;
  input.values.assign(values.begin(), values.end());
  std::vector<float> ours =
      runReference(imported.network, imported.weights,
                   isChannelsLastInput ? values : channelsLast(input));
  std::vector<float> expected = channelsLast(runOnnx(builder.model, input));
  EXPECT_EQ(ours.size(), expected.size());
  for (size_t i = 0; i < std::min(ours.size(), expected.size()); ++i)
    EXPECT_NEAR(ours[i], expected[i], 2e-4) << "element " << i;
  return imported;
}

void expectError(const std::string &bytes,
                 const std::vector<std::string> &parts) {
  Imported imported = importBytes(bytes);
  EXPECT_NE(imported.error, "");
  for (const std::string &part : parts)
    EXPECT_THAT(imported.error, HasSubstr(part));
}
void expectError(const ModelBuilder &builder,
                 const std::vector<std::string> &parts) {
  expectError(builder.bytes(), parts);
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

TEST(OnnxImport, Convolutions) {
  ModelBuilder plain;
  plain.add("Conv", {"", plain.random({4, 3, 3, 2}), plain.random({4})});
  plain.set("strides", {2, 1}).set("pads", {1, 0, 0, 1}).named("/stem/Conv");
  Imported imported = expectSame(plain, "conv2d");
  EXPECT_EQ(imported.network.layers[1].name, "stem.Conv");
  EXPECT_EQ(imported.network.layers[1].padding,
            (std::array<int64_t, 4>{1, 0, 0, 1}));
  EXPECT_EQ(imported.weights.tensors[0].shape,
            (std::vector<int64_t>{3, 2, 3, 4}));

  ModelBuilder grouped({1, 4, 6, 5});
  grouped.add("Conv", {"", grouped.random({6, 2, 3, 3})});
  grouped.set("group", int64_t(2));
  expectSame(grouped, "conv2d");

  ModelBuilder depthwise({1, 4, 6, 5});
  depthwise.add("Conv", {"", depthwise.random({4, 1, 3, 3})});
  depthwise.set("group", int64_t(4));
  expectSame(depthwise, "depthwise_conv2d");

  ModelBuilder multiplied({1, 4, 6, 5});
  multiplied.add("Conv", {"", multiplied.random({8, 1, 3, 3})});
  multiplied.set("group", int64_t(4));
  expectSame(multiplied, "conv2d");

  ModelBuilder series({1, 4, 9});
  series.add("Conv", {"", series.random({6, 4, 3}), series.random({6})});
  series.set("strides", std::vector<int64_t>{2}).set("pads", {1, 0});
  expectSame(series, "conv1d");
}

TEST(OnnxImport, AutomaticPadding) {
  for (const char *mode : {"SAME_UPPER", "SAME_LOWER", "VALID"}) {
    ModelBuilder model({1, 3, 7, 6});
    model.add("Conv", {"", model.random({2, 3, 3, 4})});
    model.set("auto_pad", mode).set("strides", {2, 2});
    expectSame(model, "conv2d");
  }
}

TEST(OnnxImport, PadIsMerged) {
  ModelBuilder model;
  model.add("Pad", {"", model.integers({8}, {0, 0, 1, 2, 0, 0, 0, 1})});
  model.add("Conv", {"", model.random({2, 3, 3, 3})});
  model.set("pads", {0, 1, 0, 0});
  Imported imported = expectSame(model, "conv2d");
  EXPECT_EQ(imported.network.layers[1].padding,
            (std::array<int64_t, 4>{1, 0, 3, 1}));

  ModelBuilder average;
  average.add("Pad", {"", average.integers({8}, {0, 0, 1, 1, 0, 0, 1, 1})});
  average.add("AveragePool", {""});
  average.set("kernel_shape", {2, 3});
  expectSame(average, "average_pool");

  ModelBuilder maximum;
  maximum.add("Relu", {""});
  maximum.add("Pad", {"", maximum.integers({8}, {0, 0, 1, 1, 0, 0, 1, 1})});
  maximum.add("MaxPool", {""});
  maximum.set("kernel_shape", {3, 3});
  expectSame(maximum, "relu max_pool");

  ModelBuilder negative;
  negative.add("Pad", {"", negative.integers({8}, {0, 0, 1, 1, 0, 0, 1, 1})});
  negative.add("MaxPool", {""});
  negative.set("kernel_shape", {3, 3});
  expectError(negative, {"MaxPool", "[NAS7013]"});

  ModelBuilder other;
  other.add("Pad", {"", other.integers({8}, {0, 0, 1, 1, 0, 0, 1, 1})});
  other.add("Sigmoid", {""});
  expectError(other, {"(Sigmoid)", "[NAS7013]"});
}

TEST(OnnxImport, DenseLayers) {
  ModelBuilder gemm({1, 7});
  gemm.add("Gemm", {"", gemm.random({5, 7}), gemm.random({5})});
  gemm.set("transB", int64_t(1)).set("alpha", 0.5f).set("beta", 2.0f);
  expectSame(gemm, "dense");

  ModelBuilder transposed({1, 7});
  transposed.add("Transpose", {""});
  transposed.set("perm", {1, 0});
  transposed.add("Gemm", {"", transposed.random({7, 5}), transposed.scalar(3)});
  transposed.set("transA", int64_t(1));
  expectSame(transposed, "dense");

  ModelBuilder folded({1, 7});
  folded.add("MatMul", {"", folded.random({7, 5})});
  folded.add("Add", {folded.random({5}), ""});
  expectSame(folded, "dense");
}

TEST(OnnxImport, FlattenPermutesWeights) {
  // Channels-first order of an image of more than one pixel.
  for (const char *type : {"Flatten", "Reshape", "Both"}) {
    ModelBuilder model;
    model.add("Conv", {"", model.random({4, 3, 2, 2})});
    if (type == std::string("Reshape")) {
      model.add("Reshape", {"", model.integers({2}, {0, -1})});
    } else if (type == std::string("Both")) {
      model.add("Reshape", {"", model.integers({3}, {1, 4, 20})});
      model.add("Flatten", {""});
    } else {
      model.add("Flatten", {""});
    }
    model.add("Gemm", {"", model.random({80, 3})});
    expectSame(model, "conv2d flatten dense");
  }
  // Channels-last order needs none.
  ModelBuilder ordered;
  ordered.add("Conv", {"", ordered.random({4, 3, 2, 2})});
  ordered.add("Transpose", {""});
  ordered.set("perm", {0, 2, 3, 1});
  ordered.add("Reshape", {"", ordered.integers({2}, {-1, 80})});
  const std::string weights = ordered.random({80, 3});
  ordered.add("Gemm", {"", weights});
  Imported imported = expectSame(ordered, "conv2d flatten dense");
  EXPECT_EQ(imported.weights.tensors[1].values[3],
            ordered.model.graph().initializer(2).float_data(3));
  // A normalisation and an activation between are permuted, too.
  ModelBuilder between;
  between.add("Flatten", {""});
  between.add("BatchNormalization",
              {"", between.random({90}), between.random({90}),
               between.random({90}),
               between.floats({90}, std::vector<float>(90, 2.0f))});
  between.add("Relu", {""});
  between.add("MatMul", {"", between.random({90, 2})});
  expectSame(between, "flatten batch_norm relu dense",
             /*isChannelsLastInput=*/true);
}

TEST(OnnxImport, LayoutFollowsFromOperators) {
  // What is flattened first has no channels, in whatever shape it comes.
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{1, 6, 5}, std::vector<int64_t>{1, 3, 5, 2},
        std::vector<int64_t>{1, 28}}) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    ModelBuilder flat(shape);
    flat.add("Mul", {"", flat.scalar(0.5)});
    if (shape.size() > 2)
      flat.add("Flatten", {""});
    flat.add("Gemm", {"", flat.random({count, 3})});
    Imported imported = expectSame(flat,
                                   shape.size() > 2 ? "batch_norm flatten dense"
                                                    : "batch_norm dense",
                                   /*isChannelsLastInput=*/true);
    EXPECT_EQ(imported.network.inputShape(),
              std::vector<int64_t>(shape.begin() + 1, shape.end()));
  }

  // An operator tells, though others come first.
  ModelBuilder late;
  late.add("Sub", {"", late.scalar(0.5)});
  late.add("Div", {"", late.floats({3, 1, 1}, {1, 2, 3})});
  late.add("Conv", {"", late.random({4, 3, 2, 2})});
  Imported imported = expectSame(late, "batch_norm conv2d");
  EXPECT_EQ(imported.network.inputShape(), (std::vector<int64_t>{6, 5, 3}));

  ModelBuilder pooled({1, 49, 10});
  pooled.add("Relu", {""});
  pooled.add("Reshape", {"", pooled.integers({4}, {1, 1, 49, 10})});
  pooled.add("Conv", {"", pooled.random({4, 1, 3, 3})});
  imported = expectSame(pooled, "relu conv2d", /*isChannelsLastInput=*/true);
  EXPECT_EQ(imported.network.inputShape(), (std::vector<int64_t>{49, 10, 1}));

  ModelBuilder series({1, 10, 49});
  series.add("Relu", {""});
  series.add("Conv", {"", series.random({4, 10, 3})});
  imported = expectSame(series, "relu conv1d");
  EXPECT_EQ(imported.network.inputShape(), (std::vector<int64_t>{49, 10}));

  // Channels last in the file.
  ModelBuilder last({1, 6, 5, 3});
  last.add("Relu", {""});
  last.add("Transpose", {""});
  last.set("perm", {0, 3, 1, 2});
  last.add("MaxPool", {""});
  last.set("kernel_shape", {2, 2});
  expectSame(last, "relu max_pool", /*isChannelsLastInput=*/true);

  // A vector that is reshaped to an image behind an activation.
  ModelBuilder vector({1, 30});
  vector.add("Relu", {""});
  vector.add("Reshape", {"", vector.integers({4}, {1, 1, 6, 5})});
  vector.add("Conv", {"", vector.random({4, 1, 3, 3})});
  imported = expectSame(vector, "relu conv2d", /*isChannelsLastInput=*/true);
  EXPECT_EQ(imported.network.inputShape(), (std::vector<int64_t>{6, 5, 1}));

  // Nothing tells.
  ModelBuilder open;
  open.add("Relu", {""});
  expectError(open, {"'x'", "1×3×6×5", "channels_first", "[NAS7016]"});
  imported = importBytes(open.bytes(), "layout channels_last");
  EXPECT_EQ(imported.error, "");
  EXPECT_EQ(imported.network.inputShape(), (std::vector<int64_t>{3, 6, 5}));
}

TEST(OnnxImport, FlattenedResultIsRefused) {
  ModelBuilder model;
  model.add("Conv", {"", model.random({4, 3, 2, 2})});
  model.add("Flatten", {""});
  expectError(model, {"channels-last", "[NAS7010]"});
}

TEST(OnnxImport, ChannelsLastInput) {
  ModelBuilder model({1, 6, 5, 3});
  model.add("Transpose", {""});
  model.set("perm", {0, 3, 1, 2});
  model.add("Conv", {"", model.random({4, 3, 3, 3})});
  model.add("Transpose", {""});
  model.set("perm", {0, 2, 3, 1});
  model.add("Transpose", {""});
  model.set("perm", {0, 3, 1, 2});
  model.add("Relu", {""});
  Imported imported = expectSame(model, "conv2d relu", true);
  EXPECT_EQ(imported.network.inputShape(), (std::vector<int64_t>{6, 5, 3}));

  // A vector that is an image.
  ModelBuilder vector({-1, 30});
  vector.add("Reshape", {"", vector.integers({4}, {-1, 1, 6, 5})});
  vector.add("Conv", {"", vector.random({4, 1, 3, 3})});
  imported = importBytes(vector.bytes());
  EXPECT_EQ(imported.error, "");
  EXPECT_EQ(imported.network.inputShape(), (std::vector<int64_t>{6, 5, 1}));
}

TEST(OnnxImport, ShapesThatAreComputed) {
  // What PyTorch writes for x.view(x.size(0), -1).
  ModelBuilder model({0, 3, 6, 5});
  model.add("Conv", {"", model.random({4, 3, 2, 2})});
  const std::string image = model.last();
  const std::string zero = model.integers({}, {0});
  const std::string first = model.integers({1}, {0});
  model.add("Shape", {image});
  model.add("Gather", {"", zero});
  model.add("Unsqueeze", {"", first});
  model.add("Concat", {"", model.integers({1}, {-1})});
  model.set("axis", int64_t(0));
  model.add("Reshape", {image, ""});
  model.add("Gemm", {"", model.random({80, 3})});
  Imported imported = importBytes(model.bytes());
  EXPECT_EQ(imported.error, "");
  EXPECT_EQ(imported.kinds(), "conv2d flatten dense");
}

TEST(OnnxImport, Activations) {
  ModelBuilder model({1, 3, 6, 5}, 14);
  for (const char *type : {"Relu", "HardSwish", "Sigmoid"})
    model.add(type, {""});
  model.add("HardSigmoid", {""});
  model.set("alpha", 1.0f / 6).set("beta", 0.5f);
  model.add("Clip", {"", model.scalar(0), model.scalar(6)});
  model.add("Identity", {""});
  model.add("Dropout", {""});
  expectSame(model, "relu hard_swish sigmoid hard_sigmoid relu6",
             /*isChannelsLastInput=*/false, "layout channels_first");

  ModelBuilder gated;
  gated.add("Conv", {"", gated.random({4, 3, 2, 2})});
  const std::string value = gated.last();
  gated.add("HardSigmoid", {""});
  gated.set("alpha", 1.0f / 6).set("beta", 0.5f);
  gated.add("Mul", {"", value});
  expectSame(gated, "conv2d hard_swish");

  ModelBuilder other;
  other.add("HardSigmoid", {""});
  expectError(other, {"(HardSigmoid)", "alpha 1/6", "[NAS7005]"});
  ModelBuilder clip;
  clip.add("Clip", {"", clip.scalar(0), clip.scalar(5)});
  expectError(clip, {"(Clip)", "0 to 6", "[NAS7005]"});
}

TEST(OnnxImport, Arithmetic) {
  // Folded into the layer before, where nothing else reads its result.
  ModelBuilder folded;
  folded.add("Conv", {"", folded.random({4, 3, 2, 2})});
  folded.add("Add", {"", folded.random({1, 4, 1, 1})});
  folded.add("Mul", {folded.floats({4, 1, 1}, {1, 2, 3, 4}), ""});
  folded.add("Div", {"", folded.scalar(2)});
  folded.add("Sub", {"", folded.scalar(0.25)});
  expectSame(folded, "conv2d");

  ModelBuilder kept;
  kept.add("Relu", {""});
  kept.add("Mul", {"", kept.random({1, 3, 1, 1})});
  expectSame(kept, "relu batch_norm");

  ModelBuilder shared;
  shared.add("Conv", {"", shared.random({4, 3, 2, 2})});
  const std::string image = shared.last();
  shared.add("Add", {"", shared.random({4, 1, 1})});
  shared.add("Add", {"", image});
  expectSame(shared, "conv2d batch_norm add");

  ModelBuilder normalized;
  normalized.add("BatchNormalization",
                 {"", normalized.random({3}), normalized.random({3}),
                  normalized.random({3}), normalized.floats({3}, {1, 2, 3})});
  normalized.set("epsilon", 1e-3f);
  Imported imported = expectSame(normalized, "batch_norm");
  EXPECT_EQ(imported.network.layers[1].epsilon, 1e-3);

  ModelBuilder zero;
  zero.add("Mul", {"", zero.scalar(0)});
  expectSame(zero, "zero", /*isChannelsLastInput=*/false,
             "layout channels_first");

  // A constant from which something is subtracted; factors of any sign.
  ModelBuilder reversed;
  reversed.add("Conv", {"", reversed.random({4, 3, 2, 2})});
  reversed.add("Sub", {reversed.random({4, 1, 1}), ""});
  reversed.add("Mul", {"", reversed.floats({4, 1, 1}, {-1, 0, 2, -3})});
  expectSame(reversed, "conv2d");

  ModelBuilder whole;
  whole.add("Add", {"", whole.random({1, 3, 6, 5})});
  expectError(whole, {"(Add)", "one for each channel", "[NAS7005]"});
}

TEST(OnnxImport, Joins) {
  ModelBuilder model;
  model.add("Conv", {"", model.random({4, 3, 1, 1})});
  const std::string a = model.last();
  model.add("Relu", {""});
  const std::string b = model.last();
  model.add("Add", {a, b});
  const std::string c = model.last();
  model.add("Sum", {a, b, c});
  model.add("Concat", {"", a});
  model.set("axis", int64_t(-3));
  model.add("Conv", {"", model.random({4, 8, 1, 1})});
  model.add("Mul", {"", a});
  expectSame(model, "conv2d relu add add concat conv2d multiply");

  ModelBuilder rows;
  rows.add("Conv", {"", rows.random({3, 3, 1, 1})});
  rows.add("Concat", {"", "x"});
  rows.set("axis", int64_t(2));
  expectError(rows, {"(Concat)", "channels", "[NAS7007]"});
}

TEST(OnnxImport, SqueezeAndExcite) {
  ModelBuilder model;
  model.add("Relu", {""});
  const std::string image = model.last();
  model.add("GlobalAveragePool", {""});
  model.add("Conv", {"", model.random({2, 3, 1, 1}), model.random({2})});
  model.add("Relu", {""});
  model.add("Conv", {"", model.random({3, 2, 1, 1}), model.random({3})});
  model.add("Sigmoid", {""});
  model.add("Mul", {"", image});
  expectSame(model, "relu global_average_pool dense relu dense sigmoid "
                    "multiply");
}

TEST(OnnxImport, Pooling) {
  ModelBuilder maximum({1, 3, 7, 7});
  maximum.add("MaxPool", {""});
  maximum.set("kernel_shape", {3, 2}).set("strides", {2, 2});
  maximum.set("pads", {1, 0, 0, 1});
  expectSame(maximum, "max_pool");

  ModelBuilder rounded({1, 3, 8, 8});
  rounded.add("MaxPool", {""});
  rounded.set("kernel_shape", {3, 3}).set("strides", {2, 2});
  rounded.set("ceil_mode", int64_t(1));
  expectSame(rounded, "max_pool");

  for (int64_t counts : {0, 1}) {
    ModelBuilder average({1, 3, 7, 7});
    average.add("AveragePool", {""});
    average.set("kernel_shape", {3, 3}).set("pads", {1, 1, 1, 1});
    average.set("count_include_pad", counts);
    Imported imported = expectSame(average, "average_pool");
    EXPECT_EQ(imported.network.layers[1].countPadding, counts == 1);
  }
  ModelBuilder global;
  global.add("GlobalAveragePool", {""});
  global.add("Flatten", {""});
  expectSame(global, "global_average_pool");
  for (int64_t keep : {0, 1}) {
    ModelBuilder mean;
    mean.add("ReduceMean", {""});
    mean.set("axes", {2, -1}).set("keepdims", keep);
    expectSame(mean, "global_average_pool");
  }
  ModelBuilder last({1, 6, 5, 3});
  last.add("ReduceMean", {""});
  last.set("axes", {1, 2}).set("keepdims", int64_t(0));
  expectSame(last, "global_average_pool", true);
  ModelBuilder rows;
  rows.add("Conv", {"", rows.random({3, 3, 1, 1})});
  rows.add("ReduceMean", {""});
  rows.set("axes", std::vector<int64_t>{2});
  expectError(rows, {"(ReduceMean)", "[NAS7005]"});
}

TEST(OnnxImport, WeightsAreThoseOfOneNetwork) {
  ModelBuilder model({1, 7});
  model.add("MatMul", {"", model.random({7, 5})});
  const Imported imported = importBytes(
      model.bytes(), "\nnas.weights @w = dense<0.0> : tensor<1xf32>");
  EXPECT_THAT(imported.error, HasSubstr("[NAS7015]"));
}

TEST(OnnxImport, SoftmaxAtTheEnd) {
  for (const char *type : {"Softmax", "LogSoftmax", "ArgMax"}) {
    ModelBuilder model({1, 7});
    model.add("MatMul", {"", model.random({7, 5})});
    const std::string scores = model.last();
    model.add(type, {""});
    model.set("axis", int64_t(1));
    Imported imported = importBytes(model.bytes());
    EXPECT_EQ(imported.error, "");
    EXPECT_EQ(imported.kinds(), "dense");
    ASSERT_EQ(imported.remarks.size(), 1u);
    EXPECT_THAT(imported.remarks[0], HasSubstr(type));
    EXPECT_THAT(imported.remarks[0], HasSubstr("logits"));
  }
  ModelBuilder between({1, 7});
  between.add("MatMul", {"", between.random({7, 5})});
  between.add("Softmax", {""});
  between.add("Relu", {""});
  expectError(between, {"(Relu)", "Softmax", "[NAS7014]"});
}

TEST(OnnxImport, OtherElementTypes) {
  ModelBuilder model({1, 2}, 13, TensorProto::DOUBLE);
  TensorProto &halves = *model.graph().add_initializer();
  halves.set_name("halves");
  halves.set_data_type(TensorProto::FLOAT16);
  halves.add_dims(2);
  halves.add_dims(1);
  halves.add_int32_data(0x3C00);
  halves.add_int32_data(0xC100);
  model.add("MatMul", {"", "halves"});
  TensorProto &doubles = *model.graph().add_initializer();
  doubles.set_name("doubles");
  doubles.set_data_type(TensorProto::DOUBLE);
  doubles.add_dims(1);
  doubles.add_double_data(0.375);
  model.add("Add", {"", "doubles"});
  Imported imported = importBytes(model.bytes());
  EXPECT_EQ(imported.error, "");
  EXPECT_EQ(imported.weights.tensors[0].values,
            (std::vector<float>{1.0f, -2.5f}));
  EXPECT_EQ(imported.weights.tensors[1].values, std::vector<float>{0.375f});
}

TEST(OnnxImport, Names) {
  ModelBuilder model;
  model.add("Relu", {""});
  model.named("input");
  model.add("Relu", {""});
  model.named("a;b");
  model.add("Relu", {""});
  model.named("block[2].relu");
  model.add("Relu", {""});
  model.named("block[2].relu");
  Imported imported =
      expectSame(model, "relu relu relu relu",
                 /*isChannelsLastInput=*/false, "layout channels_first");
  std::vector<std::string> names;
  for (const NetworkLayer &layer : imported.network.layers)
    names.push_back(layer.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"input", "input_1", "relu",
                                      "block[2].relu", "block[2].relu_1"}));
}

TEST(OnnxImport, UnusedNodesMayBeAnything) {
  ModelBuilder model;
  model.add("NonMaxSuppression", {""});
  model.add("Relu", {"x"});
  Imported imported = importBytes(model.bytes(), "layout channels_first");
  EXPECT_EQ(imported.error, "");
  EXPECT_EQ(imported.kinds(), "relu");
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

TEST(OnnxRefusal, Operators) {
  ModelBuilder model;
  model.add("LSTM", {""});
  model.named("cell");
  expectError(model, {"'model.onnx'", "node 'cell' (LSTM)", "[NAS7004]"});
  ModelBuilder domain;
  domain.add("FusedConv", {""}, "com.microsoft");
  expectError(domain, {"com.microsoft.FusedConv", "[NAS7004]"});
  ModelBuilder dilated;
  dilated.add("Conv", {"", dilated.random({4, 3, 2, 2})});
  dilated.set("dilations", {2, 2});
  expectError(dilated, {"(Conv)", "dilations of 1", "2×2", "[NAS7005]"});
  ModelBuilder dynamic;
  dynamic.add("ConvInteger", {"", dynamic.random({4, 3, 2, 2})});
  expectError(dynamic, {"statically", "[NAS7011]"});
  ModelBuilder attribute;
  attribute.add("Conv", {"", attribute.random({4, 3, 2, 2})});
  attribute.set("group", 1.0f);
  expectError(attribute, {"'group'", "INT", "FLOAT", "[NAS7005]"});
}

TEST(OnnxRefusal, Shapes) {
  ModelBuilder open({1, 3, -1, 5});
  open.add("Relu", {""});
  expectError(open, {"'x'", "static", "[NAS7006]"});
  ModelBuilder batch({2, 3, 4, 5});
  batch.add("Relu", {""});
  expectError(batch, {"batch of 1", "found 2", "[NAS7007]"});
  ModelBuilder volume({1, 3, 4, 5, 6});
  volume.add("Relu", {""});
  expectError(volume, {"2 to 4 dimensions", "[NAS7007]"});
  ModelBuilder rank({1, 30});
  rank.add("Conv", {"", rank.random({4, 3, 2, 2})});
  expectError(rank, {"(Conv)", "4 dimensions", "1×30", "[NAS7007]"});
  ModelBuilder channels;
  channels.add("Conv", {"", channels.random({4, 2, 2, 2})});
  expectError(channels, {"3 channels", "[NAS7007]"});
  ModelBuilder large;
  large.add("Conv", {"", large.random({4, 3, 9, 2})});
  expectError(large, {"kernel's size", "[NAS7007]"});
  ModelBuilder shuffled({1, 4, 6, 5});
  shuffled.add("Relu", {""});
  shuffled.add("Reshape", {"", shuffled.integers({5}, {1, 2, 2, 6, 5})});
  expectError(shuffled, {"(Reshape)", "[NAS7010]"});
  ModelBuilder turned;
  turned.add("Conv", {"", turned.random({3, 3, 1, 1})});
  turned.add("Transpose", {""});
  turned.set("perm", {0, 1, 3, 2});
  turned.add("Conv", {"", turned.random({3, 3, 1, 1})});
  expectError(turned, {"(Conv)", "Transpose", "[NAS7010]"});
}

TEST(OnnxRefusal, Weights) {
  ModelBuilder missing;
  missing.add("Conv", {"", "nowhere"});
  expectError(missing, {"(Conv)", "'nowhere'", "[NAS7008]"});
  ModelBuilder computed;
  computed.add("Relu", {""});
  computed.add("MatMul", {"", "x"});
  expectError(computed, {"(MatMul)", "constant", "[NAS7008]"});
  ModelBuilder external;
  const std::string weights = external.random({4, 3, 2, 2});
  external.graph().mutable_initializer(0)->set_data_location(
      TensorProto::EXTERNAL);
  external.add("Conv", {"", weights});
  expectError(external, {"external", "[NAS7009]"});
  ModelBuilder shortened;
  const std::string few = shortened.floats({4, 3, 2, 2}, {1, 2, 3});
  shortened.add("Conv", {"", few});
  expectError(shortened, {"48 elements", "[NAS7009]"});
  ModelBuilder huge;
  const std::string size =
      huge.floats({int64_t(1) << 40, int64_t(1) << 40}, {});
  huge.add("MatMul", {"", size});
  expectError(huge, {"2^31", "[NAS7009]"});
  ModelBuilder sparse;
  sparse.add("Relu", {""});
  sparse.graph().add_sparse_initializer();
  expectError(sparse, {"dense", "[NAS7009]"});
}

TEST(OnnxRefusal, Files) {
  Imported imported = importFile("/nonexistent", "missing.onnx");
  EXPECT_THAT(imported.error, HasSubstr("missing.onnx"));
  EXPECT_THAT(imported.error, HasSubstr("[NAS7001]"));
  expectError(std::string("no model at all"), {"[NAS7002]"});
  expectError(std::string(), {"[NAS7002]"});
  for (int64_t opset : {6, 23, 1000}) {
    ModelBuilder model({1, 3}, opset);
    model.add("Relu", {""});
    expectError(model, {"opset", std::to_string(opset), "[NAS7003]"});
  }
  ModelBuilder format;
  format.add("Relu", {""});
  format.model.set_ir_version(99);
  expectError(format, {"99", "[NAS7003]"});
  ModelBuilder outputs;
  outputs.add("Relu", {""});
  outputs.graph().add_output()->set_name("x");
  expectError(outputs, {"one output", "found 2", "[NAS7012]"});
  ModelBuilder inputs;
  inputs.add("Relu", {""});
  inputs.graph().add_input()->set_name("y");
  expectError(inputs, {"one input", "found 2", "[NAS7012]"});
  ModelBuilder undefined;
  undefined.add("Relu", {""});
  undefined.graph().mutable_output(0)->set_name("z");
  expectError(undefined, {"'z'", "[NAS7012]"});
}

} // namespace
