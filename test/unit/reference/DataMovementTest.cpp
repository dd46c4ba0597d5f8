//===- DataMovementTest.cpp - TOSA's moves and reductions -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/reference/ReferenceTestSupport.h"

using namespace nasc::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

TEST(DataMovement, Reshapes) {
  EXPECT_THAT(evaluate("2x3xi8", "3x2xi8",
                       "%r = tosa.reshape %a {new_shape = array<i64: 3, 2>} : "
                       "(tensor<2x3xi8>) -> tensor<3x2xi8>",
                       {{1, 2, 3, 4, 5, 6}}),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(evaluate("2x3xi8", "1x6xi8",
                       "%r = tosa.reshape %a {new_shape = array<i64: 1, -1>} : "
                       "(tensor<2x3xi8>) -> tensor<1x6xi8>",
                       {{1, 2, 3, 4, 5, 6}}),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(evaluate("2xi8", "2xi8",
                       "%r = tosa.identity %a : (tensor<2xi8>) -> tensor<2xi8>",
                       {{7, 8}}),
              ElementsAre(7, 8));
}

TEST(DataMovement, Transposes) {
  EXPECT_THAT(
      evaluate("2x3xi8", "3x2xi8",
               "%p = \"tosa.const\"() {value = dense<[1, 0]> : tensor<2xi32>} "
               ": () -> tensor<2xi32>\n"
               "%r = tosa.transpose %a, %p : (tensor<2x3xi8>, tensor<2xi32>) "
               "-> tensor<3x2xi8>",
               {{1, 2, 3, 4, 5, 6}}),
      ElementsAre(1, 4, 2, 5, 3, 6));
  // A permutation that is not its own inverse, of 64 bits: result[i, j, k] is
  // input[k, i, j].
  EXPECT_THAT(
      evaluate("2x3x1xi8", "3x1x2xi8",
               "%p = arith.constant dense<[1, 2, 0]> : tensor<3xi64>\n"
               "%r = tosa.transpose %a, %p : (tensor<2x3x1xi8>, tensor<3xi64>) "
               "-> tensor<3x1x2xi8>",
               {{1, 2, 3, 4, 5, 6}}),
      ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(DataMovement, Slices) {
  const std::string type = "(tensor<3x3xi8>) -> tensor<2x1xi8>";
  EXPECT_THAT(evaluate("3x3xi8", "2x1xi8",
                       "%r = tosa.slice %a {start = array<i64: 1, 2>, size = "
                       "array<i64: 2, 1>} : " +
                           type,
                       {{1, 2, 3, 4, 5, 6, 7, 8, 9}}),
              ElementsAre(6, 9));
  EXPECT_THAT(errorOf("3x3xi8", "2x1xi8",
                      "%r = tosa.slice %a {start = array<i64: 2, 2>, size = "
                      "array<i64: 2, 1>} : " +
                          type,
                      {{1, 2, 3, 4, 5, 6, 7, 8, 9}}),
              HasSubstr("expected a slice of [3, 3]"));
}

TEST(DataMovement, Concatenates) {
  EXPECT_THAT(evaluate("2x1xi8 2x2xi8", "2x3xi8",
                       "%r = tosa.concat %a, %b {axis = 1 : i32} : "
                       "(tensor<2x1xi8>, tensor<2x2xi8>) -> tensor<2x3xi8>",
                       {{1, 2}, {3, 4, 5, 6}}),
              ElementsAre(1, 3, 4, 2, 5, 6));
  EXPECT_THAT(evaluate("1x2xi8 2x2xi8", "3x2xi8",
                       "%r = tosa.concat %a, %b {axis = 0 : i32} : "
                       "(tensor<1x2xi8>, tensor<2x2xi8>) -> tensor<3x2xi8>",
                       {{1, 2}, {3, 4, 5, 6}}),
              ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(DataMovement, Pads) {
  const std::string padding =
      "%p = arith.constant dense<[[1, 0], [0, 2]]> : tensor<2x2xi32>\n";
  const std::string types = "(tensor<1x2xi8>, tensor<2x2xi32>) -> "
                            "tensor<2x4xi8>";
  EXPECT_THAT(evaluate("1x2xi8", "2x4xi8",
                       padding + "%r = tosa.pad %a, %p : " + types, {{1, 2}}),
              ElementsAre(0, 0, 0, 0, 1, 2, 0, 0));
  EXPECT_THAT(evaluate("1x2xi8", "2x4xi8",
                       padding +
                           "%r = tosa.pad %a, %p {quantization_info = "
                           "#tosa.pad_quant<input_zp = -7>} : " +
                           types,
                       {{1, 2}}),
              ElementsAre(-7, -7, -7, -7, 1, 2, -7, -7));
  EXPECT_THAT(
      evaluate("1x2xi8", "2x4xi8",
               padding +
                   "%v = \"tosa.const\"() {value = dense<9> : tensor<i8>} : () "
                   "-> tensor<i8>\n"
                   "%r = tosa.pad %a, %p, %v : (tensor<1x2xi8>, "
                   "tensor<2x2xi32>, tensor<i8>) -> tensor<2x4xi8>",
               {{1, 2}}),
      ElementsAre(9, 9, 9, 9, 1, 2, 9, 9));
}

TEST(Reduction, Sums) {
  EXPECT_THAT(evaluate("2x3xi32", "2x1xi32",
                       "%r = tosa.reduce_sum %a {axis = 1 : i32} : "
                       "(tensor<2x3xi32>) -> tensor<2x1xi32>",
                       {{1, 2, 3, 4, 5, -6}}),
              ElementsAre(6, 3));
  const std::string rows = "%r = tosa.reduce_sum %a {axis = 0 : i32} : "
                           "(tensor<2x3xi32>) -> tensor<1x3xi32>";
  EXPECT_THAT(evaluate("2x3xi32", "1x3xi32", rows, {{1, 2, 3, 4, 5, -6}}),
              ElementsAre(5, 7, -3));
  EXPECT_THAT(
      errorOf("2x3xi32", "1x3xi32", rows, {{0, 2147483647, 0, 0, 1, 0}}),
      HasSubstr("the result 2147483648 does not fit the elements (element 1)"));
}

TEST(Reduction, FindsTheGreatest) {
  EXPECT_THAT(evaluate("2x3xi8", "2x1xi8",
                       "%r = tosa.reduce_max %a {axis = 1 : i32} : "
                       "(tensor<2x3xi8>) -> tensor<2x1xi8>",
                       {{-1, -2, -3, 4, 5, -6}}),
              ElementsAre(-1, 5));
  // Of equal ones, argmax takes the first.
  EXPECT_THAT(evaluate("2x3xi8", "2xi32",
                       "%r = tosa.argmax %a {axis = 1 : i32} : "
                       "(tensor<2x3xi8>) -> tensor<2xi32>",
                       {{-3, -1, -2, 5, 4, 5}}),
              ElementsAre(1, 0));
  EXPECT_THAT(evaluate("2x3xi8", "3xi32",
                       "%r = tosa.argmax %a {axis = 0 : i32} : "
                       "(tensor<2x3xi8>) -> tensor<3xi32>",
                       {{-3, -1, -2, 5, 4, -5}}),
              ElementsAre(1, 1, 0));
}

} // namespace
