//===- InterpreterTest.cpp - Whole functions ------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/reference/ReferenceTestSupport.h"

using namespace nasc::test;
using llvm::toString;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// An image of raw unsigned bytes; a convolution of one pixel with weights 2
/// and -2, halved; the mean of all pixels; two scores.
///
/// For 128 … 131: the inputs are 0 … 3; the convolution gives 1 1, 3 -1, 5 -3,
/// 7 -5; half of it, ties up, 1 1, 2 0, 3 -1, 4 -2; less 1, at least -1,
/// 0 0, 1 -1, 2 -1, 3 -1. Above the zero point -1 their sums are 10 and 1, the
/// means 3 (of 2.5) and 0, so 2 and -1. Above the zero point, 3 and 0 give
/// 3 + 100 and 30; 103 and a quarter of 30, ties up, are 103 and 8; plus 5.
const char *network = R"(
func.func @network(%image: tensor<1x2x2x1xi8> {nasc.unsigned}) -> tensor<1x2xi8> {
  %sign = "tosa.const"() {value = dense<-128> : tensor<1x1x1x1xi8>} : () -> tensor<1x1x1x1xi8>
  %input = tosa.bitwise_xor %image, %sign : (tensor<1x2x2x1xi8>, tensor<1x1x1x1xi8>) -> tensor<1x2x2x1xi8>
  %filters = "tosa.const"() {value = dense<[[[[2]]], [[[-2]]]]> : tensor<2x1x1x1xi8>} : () -> tensor<2x1x1x1xi8>
  %one = "tosa.const"() {value = dense<1> : tensor<2xi32>} : () -> tensor<2xi32>
  %sums = tosa.conv2d %input, %filters, %one {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, quantization_info = #tosa.conv_quant<input_zp = 0, weight_zp = 0>} : (tensor<1x2x2x1xi8>, tensor<2x1x1x1xi8>, tensor<2xi32>) -> tensor<1x2x2x2xi32>
  %halves = tosa.rescale %sums {input_zp = 0 : i32, output_zp = -1 : i32, multiplier = array<i32: 1073741824>, shift = array<i8: 31>, scale32 = true, double_round = false, per_channel = false} : (tensor<1x2x2x2xi32>) -> tensor<1x2x2x2xi8>
  %positive = tosa.clamp %halves {min_int = -1 : i64, max_int = 127 : i64, min_fp = 0.0 : f32, max_fp = 0.0 : f32} : (tensor<1x2x2x2xi8>) -> tensor<1x2x2x2xi8>
  %mean = tosa.avg_pool2d %positive {kernel = array<i64: 2, 2>, stride = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, acc_type = i32, quantization_info = #tosa.unary_quant<input_zp = -1, output_zp = -1>} : (tensor<1x2x2x2xi8>) -> tensor<1x1x1x2xi8>
  %flat = tosa.reshape %mean {new_shape = array<i64: 1, 2>} : (tensor<1x1x1x2xi8>) -> tensor<1x2xi8>
  %weights = "tosa.const"() {value = dense<[[1, 1], [10, -1]]> : tensor<2x2xi8>} : () -> tensor<2x2xi8>
  %bias = "tosa.const"() {value = dense<[100, 0]> : tensor<2xi32>} : () -> tensor<2xi32>
  %wide = tosa.fully_connected %flat, %weights, %bias {quantization_info = #tosa.conv_quant<input_zp = -1, weight_zp = 0>} : (tensor<1x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<1x2xi32>
  %scores = tosa.rescale %wide {input_zp = 0 : i32, output_zp = 5 : i32, multiplier = array<i32: 1073741824, 1073741824>, shift = array<i8: 30, 32>, scale32 = true, double_round = false, per_channel = true} : (tensor<1x2xi32>) -> tensor<1x2xi8>
  return %scores : tensor<1x2xi8>
}
)";

TEST(Interpreter, RunsANetwork) {
  llvm::Expected<TosaInterpreter> interpreter = parse(network);
  ASSERT_TRUE(bool(interpreter)) << toString(interpreter.takeError());
  EXPECT_EQ(interpreter->arguments()[0].str(), "1x2x2x1xi8");
  EXPECT_EQ(interpreter->results()[0].str(), "1x2xi8");
  const std::vector<int8_t> rising = {-128, -127, -126, -125};
  const std::vector<int8_t> zeros(4, -128);
  auto run = [&](const std::vector<int8_t> &input) {
    llvm::Expected<std::vector<int8_t>> scores = interpreter->run(input);
    if (scores)
      return *scores;
    ADD_FAILURE() << toString(scores.takeError());
    return std::vector<int8_t>();
  };
  EXPECT_THAT(run(rising), ElementsAre(108, 13));
  // Each pixel is 1 1, a half 1 1, less 1 0 0; above the zero point the means
  // are 1 and 1: 2 + 100, and 9 / 4.
  EXPECT_THAT(run(zeros), ElementsAre(107, 7));
  // Nothing stays from run to run.
  EXPECT_THAT(run(rising), ElementsAre(108, 13));
}

TEST(Interpreter, WritesBytesInLittleEndian) {
  llvm::Expected<TosaInterpreter> interpreter = parse(
      functionText("2xi16", "2xi32",
                   "%r = tosa.cast %a : (tensor<2xi16>) -> tensor<2xi32>"));
  ASSERT_TRUE(bool(interpreter)) << toString(interpreter.takeError());
  // 0x0102 and -2.
  llvm::Expected<std::vector<int8_t>> bytes =
      interpreter->run({0x02, 0x01, -2, -1});
  ASSERT_TRUE(bool(bytes)) << toString(bytes.takeError());
  EXPECT_THAT(*bytes, ElementsAre(2, 1, 0, 0, -2, -1, -1, -1));
}

TEST(Interpreter, RefusesInputsOfOtherSizes) {
  llvm::Expected<TosaInterpreter> interpreter = parse(network);
  ASSERT_TRUE(bool(interpreter)) << toString(interpreter.takeError());
  const std::vector<int8_t> input(3);
  EXPECT_EQ(toString(interpreter->run(input).takeError()),
            "expected 4 bytes (1x2x2x1xi8), found 3");
  Tensor tensor{interpreter->arguments()[0], {1, 2, 3, 128}};
  EXPECT_THAT(toString(interpreter->runTensors(tensor).takeError()),
              HasSubstr("found 128"));
  tensor.type.bits = 16;
  EXPECT_THAT(toString(interpreter->runTensors(tensor).takeError()),
              HasSubstr("expected a tensor 1x2x2x1xi8 for argument 0, found "
                        "1x2x2x1xi16"));
  EXPECT_EQ(toString(interpreter->runTensors({}).takeError()),
            "expected 1 tensors, found 0");
}

TEST(Interpreter, ReadsConstantsOfAllForms) {
  const std::string use =
      "%r = tosa.add %a, %c : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>";
  EXPECT_THAT(evaluate("3xi32", "3xi32",
                       "%c = \"tosa.const\"() {value = dense<-7> : "
                       "tensor<3xi32>} : () -> tensor<3xi32>\n" +
                           use,
                       {{0, 1, 2}}),
              ElementsAre(-7, -6, -5));
  EXPECT_THAT(evaluate("3xi32", "3xi32",
                       "%c = arith.constant dense<[1, -2, 2147483647]> : "
                       "tensor<3xi32>\n" +
                           use,
                       {{0, 1, -2}}),
              ElementsAre(1, -1, 2147483645));
  // Four bytes of alignment come first.
  const std::string text =
      functionText("3xi32", "3xi32",
                   "%c = \"tosa.const\"() {value = dense_resource<blob> : "
                   "tensor<3xi32>} : () -> tensor<3xi32>\n" +
                       use) +
      "{-# dialect_resources: { builtin: { blob: "
      "\"0x0400000001000000FEFFFFFF00010000\" } } #-}\n";
  llvm::Expected<TosaInterpreter> interpreter = parse(text);
  ASSERT_TRUE(bool(interpreter)) << toString(interpreter.takeError());
  llvm::Expected<std::vector<Tensor>> results =
      interpreter->runTensors(Tensor{interpreter->arguments()[0], {0, 0, 0}});
  ASSERT_TRUE(bool(results)) << toString(results.takeError());
  EXPECT_THAT(results->front().values, ElementsAre(1, -2, 256));
}

TEST(Interpreter, RunsFunctionsOfSeveralResults) {
  llvm::Expected<TosaInterpreter> interpreter = parse(R"(
func.func @f(%a: tensor<2xi8>, %b: tensor<2xi8>) -> (tensor<2xi8>, tensor<2xi8>, tensor<i8>) {
  %c = "tosa.const"() {value = dense<3> : tensor<i8>} : () -> tensor<i8>
  %0 = tosa.maximum %a, %b : (tensor<2xi8>, tensor<2xi8>) -> tensor<2xi8>
  return %0, %a, %c : tensor<2xi8>, tensor<2xi8>, tensor<i8>
})");
  ASSERT_TRUE(bool(interpreter)) << toString(interpreter.takeError());
  const TensorType type = interpreter->arguments()[0];
  llvm::Expected<std::vector<Tensor>> results =
      interpreter->runTensors({Tensor{type, {1, 4}}, Tensor{type, {2, 3}}});
  ASSERT_TRUE(bool(results)) << toString(results.takeError());
  ASSERT_EQ(results->size(), 3u);
  EXPECT_THAT((*results)[0].values, ElementsAre(2, 4));
  EXPECT_THAT((*results)[1].values, ElementsAre(1, 4));
  EXPECT_THAT((*results)[2].values, ElementsAre(3));
  EXPECT_THAT(toString(interpreter->run({1, 4}).takeError()),
              HasSubstr("expected a function of one argument and one result"));
}

TEST(Interpreter, NamesWhatItDoesNotSupport) {
  EXPECT_THAT(errorOf("2xi32", "2xi32",
                      "%r = tosa.abs %a : (tensor<2xi32>) -> tensor<2xi32>",
                      {{1, 2}}),
              AllOf(HasSubstr("test.mlir:2:6"), HasSubstr("'tosa.abs'"),
                    HasSubstr("not supported")));
  EXPECT_THAT(errorOf("2xf32", "2xf32",
                      "%r = tosa.identity %a : (tensor<2xf32>) -> "
                      "tensor<2xf32>",
                      {{1, 2}}),
              AllOf(HasSubstr("argument 0"), HasSubstr("no integers")));
  EXPECT_THAT(errorOf("?xi8", "?xi8",
                      "%r = tosa.identity %a : (tensor<?xi8>) -> tensor<?xi8>",
                      {{1}}),
              HasSubstr("its shape is dynamic"));
  EXPECT_THAT(errorOf("0x2xi8", "0x2xi8",
                      "%r = tosa.identity %a : (tensor<0x2xi8>) -> "
                      "tensor<0x2xi8>",
                      {{}}),
              HasSubstr("it has no elements"));
  EXPECT_THAT(errorOf("2xi8", "2xi64",
                      "%r = tosa.cast %a : (tensor<2xi8>) -> tensor<2xi64>",
                      {{1, 2}}),
              AllOf(HasSubstr("'tosa.cast'"), HasSubstr("another width")));
  EXPECT_THAT(
      errorOf(
          "1x2xi8 2x2xi8 2xi32", "1x2xi32",
          "%r = tosa.fully_connected %a, %b, %c {quantization_info = "
          "#tosa.conv_quant<input_zp = 0, weight_zp = 0>} : (tensor<1x2xi8>, "
          "tensor<2x2xi8>, tensor<2xi32>) -> tensor<1x2xi32>",
          {{1, 2}, {1, 2, 3, 4}, {0, 0}}),
      HasSubstr("expected constant weights and biases"));
}

} // namespace
