//===- ElementwiseTest.cpp - TOSA's operations on elements ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/reference/ReferenceTestSupport.h"

#include "llvm/Support/FormatVariadic.h"

#include <limits>

using namespace nasc::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr int32_t most = std::numeric_limits<int32_t>::max();
constexpr int32_t least = std::numeric_limits<int32_t>::min();

/// An operation on two tensors of these types.
struct Binary {
  std::string name, a, b, result;
  std::string attributes = "";

  std::string body() const {
    return llvm::formatv("%r = tosa.{0} %a, %b {{{1}} : (tensor<{2}>, "
                         "tensor<{3}>) -> tensor<{4}>",
                         name, attributes, a, b, result);
  }
  std::vector<int32_t> of(std::vector<int32_t> left,
                          std::vector<int32_t> right) const {
    return evaluate(a + " " + b, result, body(), {left, right});
  }
  std::string errorOf(std::vector<int32_t> left,
                      std::vector<int32_t> right) const {
    return nasc::test::errorOf(a + " " + b, result, body(), {left, right});
  }
};

Binary same(const std::string &name, const std::string &type,
            const std::string &attributes = "") {
  return {name, type, type, type, attributes};
}

TEST(Elementwise, AddsAndSubtracts) {
  EXPECT_THAT(same("add", "3xi32").of({1, -2, most}, {2, -3, 0}),
              ElementsAre(3, -5, most));
  EXPECT_THAT(same("sub", "3xi32").of({1, -2, least}, {2, -3, 0}),
              ElementsAre(-1, 1, least));
  EXPECT_THAT(same("add", "1xi32").errorOf({most}, {1}),
              HasSubstr("'tosa.add': the result 2147483648 of 2147483647 and 1 "
                        "does not fit the elements (element 0)"));
  EXPECT_THAT(same("sub", "1xi32").errorOf({least}, {1}),
              HasSubstr("-2147483649"));
  EXPECT_THAT(same("add", "1xi8").errorOf({127}, {1}), HasSubstr("128"));
}

TEST(Elementwise, Broadcasts) {
  EXPECT_THAT((Binary{"add", "2x3xi32", "1x3xi32", "2x3xi32"}.of(
                  {1, 2, 3, 4, 5, 6}, {10, 20, 30})),
              ElementsAre(11, 22, 33, 14, 25, 36));
  EXPECT_THAT(
      (Binary{"sub", "1x3xi32", "2x1xi32", "2x3xi32"}.of({1, 2, 3}, {10, 20})),
      ElementsAre(-9, -8, -7, -19, -18, -17));
  EXPECT_THAT((Binary{"add", "1x2x1xi32", "2x1x2xi32", "2x2x2xi32"}.of(
                  {100, 200}, {1, 2, 3, 4})),
              ElementsAre(101, 102, 201, 202, 103, 104, 203, 204));
}

TEST(Elementwise, Multiplies) {
  EXPECT_THAT(same("mul", "2xi32", "shift = 0 : i8").of({3, -7}, {-4, -5}),
              ElementsAre(-12, 35));
  // Halves, ties up.
  EXPECT_THAT(
      same("mul", "4xi32", "shift = 1 : i8").of({3, -3, 1, -1}, {1, 1, 1, 1}),
      ElementsAre(2, -1, 1, 0));
  EXPECT_THAT(same("mul", "2xi32", "shift = 31 : i8")
                  .of({1 << 30, least}, {1 << 30, most}),
              // 2^29; -2^31 + 1.
              ElementsAre(1 << 29, least + 1));
  EXPECT_THAT(same("mul", "3xi32", "shift = 63 : i8")
                  .of({least, most, least}, {least, most, most}),
              // 2^62 is a half; the others are nearer to 0.
              ElementsAre(1, 0, 0));
  EXPECT_THAT((Binary{"mul", "2xi8", "2xi8", "2xi32", "shift = 0 : i8"}.of(
                  {-128, 127}, {-128, -128})),
              ElementsAre(16384, -16256));
  EXPECT_THAT((Binary{"mul", "1xi16", "1xi16", "1xi32", "shift = 0 : i8"}.of(
                  {-32768}, {-32768})),
              ElementsAre(1 << 30));
  EXPECT_THAT(same("mul", "1xi32", "shift = 0 : i8").errorOf({65536}, {65536}),
              HasSubstr("4294967296"));
  EXPECT_THAT((Binary{"mul", "1xi8", "1xi8", "1xi32", "shift = 1 : i8"}.errorOf(
                  {1}, {1})),
              HasSubstr("expected a shift of 0"));
}

TEST(Elementwise, Divides) {
  EXPECT_THAT(
      same("int_div", "5xi32").of({7, -7, 7, -7, least}, {2, 2, -2, -2, 1}),
      ElementsAre(3, -3, -3, 3, least));
  EXPECT_THAT(same("int_div", "1xi32").errorOf({1}, {0}),
              HasSubstr("no result is defined for 1 and 0 (element 0)"));
  EXPECT_THAT(same("int_div", "1xi32").errorOf({least}, {-1}),
              HasSubstr("does not fit"));
}

TEST(Elementwise, Shifts) {
  EXPECT_THAT(same("arithmetic_right_shift", "6xi32", "round = false")
                  .of({-5, 5, 6, -1, least, 9}, {1, 1, 2, 31, 31, 0}),
              ElementsAre(-3, 2, 1, -1, -1, 9));
  EXPECT_THAT(same("arithmetic_right_shift", "6xi32", "round = true")
                  .of({-5, 5, 6, 4, -1, 9}, {1, 1, 2, 2, 31, 0}),
              ElementsAre(-2, 3, 2, 1, 0, 9));
  EXPECT_THAT(
      same("arithmetic_right_shift", "1xi8", "round = true").of({127}, {1}),
      ElementsAre(64));
  EXPECT_THAT(same("arithmetic_right_shift", "1xi8", "round = true")
                  .errorOf({127}, {8}),
              HasSubstr("no result is defined for 127 and 8"));
  EXPECT_THAT(
      same("logical_left_shift", "4xi8").of({1, 3, -1, 64}, {7, 7, 1, 0}),
      ElementsAre(-128, -128, -2, 64));
  EXPECT_THAT(
      same("logical_left_shift", "3xi32").of({1, -1, most}, {31, 31, 1}),
      ElementsAre(least, least, -2));
  EXPECT_THAT(same("logical_left_shift", "1xi32").errorOf({1}, {32}),
              HasSubstr("no result is defined"));
}

TEST(Elementwise, ComparesAndFlips) {
  EXPECT_THAT(same("maximum", "3xi32").of({1, -5, 7}, {2, -6, 7}),
              ElementsAre(2, -5, 7));
  EXPECT_THAT(same("minimum", "3xi8").of({1, -5, 7}, {2, -6, 7}),
              ElementsAre(1, -6, 7));
  // -128 turns samples without sign into samples with one.
  EXPECT_THAT(same("bitwise_xor", "4xi8")
                  .of({0, 127, -128, -1}, {-128, -128, -128, -128}),
              ElementsAre(-128, -1, 0, 127));
}

TEST(Elementwise, Clamps) {
  auto clamp = [](int64_t low, int64_t high) {
    return llvm::formatv("%r = tosa.clamp %a {{min_int = {0} : i64, max_int = "
                         "{1} : i64, min_fp = 0.0 : f32, max_fp = 0.0 : f32} : "
                         "(tensor<4xi8>) -> tensor<4xi8>",
                         low, high)
        .str();
  };
  EXPECT_THAT(evaluate("4xi8", "4xi8", clamp(-3, 5), {{-128, -3, 5, 127}}),
              ElementsAre(-3, -3, 5, 5));
  EXPECT_THAT(
      evaluate("4xi8", "4xi8", clamp(0, 2147483647), {{-128, -3, 5, 127}}),
      ElementsAre(0, 0, 5, 127));
  EXPECT_THAT(errorOf("4xi8", "4xi8", clamp(5, 4), {{0, 0, 0, 0}}),
              HasSubstr("expected bounds that some element meets"));
}

TEST(Elementwise, Casts) {
  auto cast = [](const std::string &from, const std::string &to,
                 std::vector<int32_t> values) {
    return evaluate(from, to,
                    "%r = tosa.cast %a : (tensor<" + from + ">) -> tensor<" +
                        to + ">",
                    {std::move(values)});
  };
  EXPECT_THAT(cast("4xi32", "4xi8", {300, 128, -129, -1}),
              ElementsAre(44, -128, 127, -1));
  EXPECT_THAT(cast("2xi32", "2xi16", {32768, 65535}), ElementsAre(-32768, -1));
  EXPECT_THAT(cast("2xi8", "2xi32", {-128, 127}), ElementsAre(-128, 127));
  EXPECT_THAT(cast("1xi16", "1xi8", {-32767}), ElementsAre(1));
}

/// A body that looks %a up in a table of this element type.
std::string tableBody(const std::string &from, const std::string &to,
                      const std::string &element,
                      const std::vector<int32_t> &entries) {
  std::string list;
  for (int32_t entry : entries)
    list += (list.empty() ? "" : ", ") + std::to_string(entry);
  const std::string type =
      "tensor<" + std::to_string(entries.size()) + "x" + element + ">";
  return "%t = \"tosa.const\"() {value = dense<[" + list + "]> : " + type +
         "} : () -> " + type + "\n%r = tosa.table %a, %t : (tensor<" + from +
         ">, " + type + ") -> tensor<" + to + ">";
}

TEST(Table, LooksBytesUp) {
  std::vector<int32_t> entries;
  for (int32_t i = 0; i < 256; ++i)
    entries.push_back((i * 7 + 3) % 256 - 128);
  // Entries 0, 128, 255: 3, 899 and 1788, less multiples of 256 and 128.
  EXPECT_THAT(evaluate("3xi8", "3xi8", tableBody("3xi8", "3xi8", "i8", entries),
                       {{-128, 0, 127}}),
              ElementsAre(-125, 3, 124));
  entries.pop_back();
  EXPECT_THAT(errorOf("3xi8", "3xi8", tableBody("3xi8", "3xi8", "i8", entries),
                      {{-128, 0, 127}}),
              HasSubstr("expected a table of 256 entries, found shape [255]"));
}

TEST(Table, InterpolatesWords) {
  std::vector<int32_t> entries;
  for (int32_t i = 0; i <= 512; ++i)
    entries.push_back(i * 100 - 25600);
  const std::string body = tableBody("6xi16", "6xi32", "i16", entries);
  EXPECT_THAT(
      evaluate("6xi16", "6xi32", body, {{-32768, -1, 0, 1, 127, 32767}}),
      // -25600 · 128; -100 · 128 + 127 · 100; …;
      // 25500 · 128 + 127 · 100.
      ElementsAre(-3276800, -100, 0, 100, 12700, 3276700));
}

TEST(Table, InterpolatesFallingWords) {
  std::vector<int32_t> entries(513, 0);
  entries[256] = 10;
  entries[257] = -5;
  entries[300] = -32768;
  entries[301] = 32767;
  const std::string body = tableBody("2xi16", "2xi32", "i16", entries);
  // 10 · 128 - 15 · 64; -5 · 128 + 5 · 1.
  EXPECT_THAT(evaluate("2xi16", "2xi32", body, {{64, 129}}),
              ElementsAre(320, -635));
  EXPECT_THAT(errorOf("2xi16", "2xi32", body, {{0, (300 - 256) * 128}}),
              HasSubstr("entries 300 and 301"));
}

} // namespace
