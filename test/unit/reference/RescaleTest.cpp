//===- RescaleTest.cpp - TOSA's fixed-point scaling -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expected numbers are worked out by hand from
//   (value · multiplier + 2^(shift - 1)) >> shift
// and, for double rounding with a shift above 31, a further 2^30 that is added
// for values of at least 0 and subtracted for others.
//
//===----------------------------------------------------------------------===//

#include "test/reference/Arithmetic.h"
#include "test/unit/reference/ReferenceTestSupport.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace nasc::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr int64_t two30 = int64_t(1) << 30, two31 = int64_t(1) << 31;

/// A rescale from `from` to `to`, both as `2xi8`.
struct Rescale {
  const char *from;
  const char *to;
  std::vector<int64_t> multipliers;
  std::vector<int> shifts;
  int inputZeroPoint = 0, outputZeroPoint = 0;
  bool scale32 = true, doubleRound = false, perChannel = false;

  std::string body() const {
    auto word = [](bool value) { return value ? "true" : "false"; };
    return llvm::formatv(
        "%r = tosa.rescale %a {{input_zp = {0} : i32, output_zp = {1} : i32, "
        "multiplier = array<i32: {2}>, shift = array<i8: {3}>, scale32 = {4}, "
        "double_round = {5}, per_channel = {6}} : (tensor<{7}>) -> "
        "tensor<{8}>",
        inputZeroPoint, outputZeroPoint,
        llvm::make_range(multipliers.begin(), multipliers.end()),
        llvm::make_range(shifts.begin(), shifts.end()), word(scale32),
        word(doubleRound), word(perChannel), from, to);
  }
  std::vector<int32_t> of(std::vector<int32_t> values) const {
    return evaluate(from, to, body(), {std::move(values)});
  }
  std::string errorOf(std::vector<int32_t> values) const {
    return nasc::test::errorOf(from, to, body(), {std::move(values)});
  }
};

TEST(ApplyScale32, RoundsTiesUpForEveryShift) {
  for (int shift = minimumShift; shift <= 32; ++shift)
    for (int quotient = -5; quotient <= 5; ++quotient) {
      SCOPED_TRACE(shift);
      // A quarter of the value.
      const int32_t quarter = int32_t(1) << (shift - 2);
      const int32_t value = 4 * quotient;
      EXPECT_EQ(applyScale32(value, quarter, shift, false), quotient);
      EXPECT_EQ(applyScale32(value + 1, quarter, shift, false), quotient);
      EXPECT_EQ(applyScale32(value + 2, quarter, shift, false), quotient + 1);
      EXPECT_EQ(applyScale32(value + 3, quarter, shift, false), quotient + 1);
    }
  for (int shift = 32; shift <= maximumShift; ++shift) {
    SCOPED_TRACE(shift);
    // value / 2^(shift - 30): these are a half below 0 and the one before.
    const int64_t half = int64_t(1) << (shift - 31);
    EXPECT_EQ(applyScale32(int32_t(-half), two30, shift, false), 0);
    if (shift < maximumShift) {
      EXPECT_EQ(applyScale32(int32_t(-half - 1), two30, shift, false), -1);
      EXPECT_EQ(applyScale32(int32_t(half), two30, shift, false), 1);
    }
    EXPECT_EQ(applyScale32(int32_t(half - 1), two30, shift, false), 0);
  }
}

TEST(ApplyScale32, HasRoomForTheGreatestProducts) {
  const int32_t most = two31 - 1, least = -two31;
  // 2^62 - 2^32 + 1 + 2^61, and -2^62 + 2^31 + 2^61, divided by 2^62.
  EXPECT_EQ(applyScale32(most, most, 62, false), 1);
  EXPECT_EQ(applyScale32(least, most, 62, false), -1);
  EXPECT_EQ(applyScale32(most, most, 62, true), 1);
  EXPECT_EQ(applyScale32(least, most, 62, true), -1);
  // 2^62 - 2^30, and 2^62 + 2^30 - 1, divided by 2^62.
  EXPECT_EQ(applyScale32(two30, most, 62, false), 0);
  EXPECT_EQ(applyScale32(two30 + 1, most, 62, false), 1);
}

TEST(ReciprocalScale, IsTheSpecifications) {
  auto expect = [](uint32_t value, int32_t multiplier, int shift) {
    const Scale scale = reciprocalScale(value);
    EXPECT_EQ(scale.multiplier, multiplier) << value;
    EXPECT_EQ(scale.shift, shift) << value;
  };
  expect(1, 1073741825, 30);
  expect(2, 1073741825, 31);
  expect(3, 1431655766, 32); // 4294967300 / 3
  expect(4, 1073741825, 32);
  expect(5, 1717986920, 33);  // 8589934600 / 5
  expect(49, 1402438302, 36); // 68719476800 / 49
}

TEST(Rescale, RoundsTiesUp) {
  EXPECT_THAT(
      (Rescale{"6xi32", "6xi32", {two30}, {31}}.of({1, 3, -1, -3, 2, -2})),
      ElementsAre(1, 2, 0, -1, 1, -1));
}

TEST(Rescale, RoundsTwiceWhereAsked) {
  // A quarter. Up to a shift of 31 the second rounding does nothing.
  Rescale quarter{"7xi32", "7xi32", {two30}, {32}};
  EXPECT_THAT(quarter.of({0, 1, 2, 5, -1, -2, -3}),
              ElementsAre(0, 0, 1, 1, 0, 0, -1));
  quarter.doubleRound = true;
  EXPECT_THAT(quarter.of({0, 1, 2, 5, -1, -2, -3}),
              ElementsAre(0, 1, 1, 2, 0, -1, -1));
  Rescale early{"7xi32", "7xi32", {two30 / 2}, {31}, 0, 0, true, true};
  EXPECT_THAT(early.of({0, 1, 2, 5, -1, -2, -3}),
              ElementsAre(0, 0, 1, 1, 0, 0, -1));
}

TEST(Rescale, TakesTheLeastAndTheGreatestShift) {
  EXPECT_THAT((Rescale{"5xi32", "5xi32", {1}, {2}}.of({6, 5, -6, -7, 0})),
              ElementsAre(2, 1, -1, -2, 0));
  EXPECT_THAT((Rescale{"3xi32", "3xi32", {two31 - 1}, {62}}.of(
                  {int32_t(two31 - 1), int32_t(-two31), 5})),
              ElementsAre(1, -1, 0));
}

TEST(Rescale, SaturatesToTheResult) {
  EXPECT_THAT((Rescale{"5xi32", "5xi8", {two30}, {30}}.of(
                  {127, 128, -128, -129, 2000000000})),
              ElementsAre(127, 127, -128, -128, 127));
  EXPECT_THAT((Rescale{"4xi32", "4xi8", {two30}, {30}, 0, -10}.of(
                  {137, 138, -118, -119})),
              ElementsAre(127, 127, -128, -128));
  EXPECT_THAT(
      (Rescale{"3xi32", "3xi16", {two30}, {30}}.of({40000, -40000, 32767})),
      ElementsAre(32767, -32768, 32767));
  // Adding the zero point to the greatest value of 32 bits wraps nowhere.
  EXPECT_THAT((Rescale{"2xi32", "2xi8", {two30}, {30}, 0, 127}.of(
                  {int32_t(two31 - 1), int32_t(-two31)})),
              ElementsAre(127, -128));
}

TEST(Rescale, SubtractsAndAddsZeroPoints) {
  // (value - 3) · 2 - 5.
  EXPECT_THAT(
      (Rescale{"4xi8", "4xi16", {two30}, {29}, 3}.of({-128, 127, 3, 0})),
      ElementsAre(-262, 248, 0, -6));
  EXPECT_THAT((Rescale{"3xi8", "3xi8", {two30}, {29}, 3, -5}.of({3, 4, 2})),
              ElementsAre(-5, -3, -7));
  EXPECT_THAT((Rescale{"2xi16", "2xi32", {two30}, {29}}.of({-32768, 32767})),
              ElementsAre(-65536, 65534));
}

TEST(Rescale, ConvertsUnsignedBytes) {
  EXPECT_THAT((Rescale{"3xui8", "3xi8", {two30}, {30}, 128}.of({0, 128, 255})),
              ElementsAre(-128, 0, 127));
  EXPECT_THAT(
      (Rescale{"3xi8", "3xui8", {two30}, {30}, -128}.of({-128, 0, 127})),
      ElementsAre(0, 128, 255));
  EXPECT_THAT((Rescale{"2xi32", "2xui8", {two30}, {30}}.of({-1, 256})),
              ElementsAre(0, 255));
}

TEST(Rescale, ScalesBySixteenBits) {
  EXPECT_THAT((Rescale{"4xi32", "4xi8", {16384}, {15}, 0, 0, false}.of(
                  {3, -3, 1000, -1000})),
              ElementsAre(2, -1, 127, -128));
  EXPECT_THAT((Rescale{"2xi16", "2xi16", {32767}, {15}, 0, 0, false}.of(
                  {32767, -32768})),
              // 32766.00003 and -32767.
              ElementsAre(32766, -32767));
}

TEST(Rescale, ScalesChannels) {
  Rescale channels{"2x2xi32", "2x2xi8", {two30, two30 / 2}, {30, 31}};
  channels.perChannel = true;
  EXPECT_THAT(channels.of({4, 4, 6, 8}), ElementsAre(4, 1, 6, 2));
}

TEST(Rescale, RefusesWhatIsNotDefined) {
  EXPECT_THAT((Rescale{"1xi32", "1xi32", {two30}, {2}}.errorOf({16})),
              HasSubstr("4294967296 of 16 does not fit 32 bits (element 0)"));
  EXPECT_EQ((Rescale{"1xi32", "1xi32", {two30}, {2}}.errorOf({7})), "");
  EXPECT_THAT((Rescale{"1xi32", "1xi8", {1}, {2}, 1}.errorOf({1})),
              HasSubstr("expected zero points within"));
  EXPECT_THAT((Rescale{"1xi8", "1xi8", {1}, {2}, 0, 128}.errorOf({1})),
              HasSubstr("expected zero points within"));
  for (int shift : {1, 63})
    EXPECT_THAT((Rescale{"1xi8", "1xi8", {1}, {shift}}.errorOf({1})),
                HasSubstr("expected shifts from 2 to 62, found " +
                          std::to_string(shift)));
  EXPECT_THAT((Rescale{"1xi8", "1xi8", {-1}, {2}}.errorOf({1})),
              HasSubstr("expected multipliers from 0 to 2147483647"));
  EXPECT_THAT((Rescale{"1xi8", "1xi8", {32768}, {2}, 0, 0, false}.errorOf({1})),
              HasSubstr("expected multipliers from 0 to 32767"));
  EXPECT_THAT(
      (Rescale{"1xi8", "1xi8", {1}, {2}, 0, 0, false, true}.errorOf({1})),
      HasSubstr("double rounding needs scale32"));
  EXPECT_THAT((Rescale{"2xi8", "2xi8", {1, 1}, {2, 2}}.errorOf({1, 1})),
              HasSubstr("expected 1 multipliers and shifts, found 2 and 2"));
}

} // namespace
