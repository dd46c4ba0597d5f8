//===- UnitsTest.cpp - Units and exact numbers -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Units.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace nasc;

static Number number(llvm::StringRef text) {
  NumberError error;
  std::optional<Number> result = parseNumber(text, error);
  EXPECT_TRUE(result) << text.str();
  return result.value_or(Number());
}

static NumberError errorOf(llvm::StringRef text) {
  NumberError error = NumberError::Malformed;
  EXPECT_FALSE(parseNumber(text, error)) << text.str();
  return error;
}

static Conversion convert(llvm::StringRef text, llvm::StringRef unit) {
  return toBase(number(text), *findUnit(unit));
}

TEST(UnitsTest, ConversionsAreExact) {
  struct Case {
    const char *text, *unit;
    int64_t value;
  };
  for (const Case &each :
       std::initializer_list<Case>{{"1", "ps", 1},
                                   {"0.1", "ms", 100'000'000},
                                   {"20", "ms", 20'000'000'000},
                                   {"2.5", "us", 2'500'000},
                                   {"15", "min", 900'000'000'000'000},
                                   {"1", "h", 3'600'000'000'000'000},
                                   {"32", "KiB", 32768},
                                   {"0.5", "MiB", 524288},
                                   {"2", "GiB", 2147483648},
                                   {"1.5", "kB", 1500},
                                   {"1", "MB", 1000000},
                                   {"3", "bytes", 3},
                                   {"480", "MHz", 480'000'000},
                                   {"1.2", "GHz", 1'200'000'000},
                                   {"150", "pJ", 150},
                                   {"3", "mJ", 3'000'000'000},
                                   {"0.25", "W", 250'000'000'000},
                                   {"900", "cycles", 900},
                                   {"10_000", "images", 10000},
                                   {"1", "epoch", 1},
                                   {"100", "%", 1},
                                   {"9223372036854775807", "B", INT64_MAX}}) {
    Conversion result = convert(each.text, each.unit);
    EXPECT_EQ(result.status, ConversionStatus::Exact) << each.text << each.unit;
    EXPECT_EQ(result.value, each.value) << each.text << each.unit;
  }
}

TEST(UnitsTest, WhatIsNotWholeIsRoundedUp) {
  Conversion result = convert("0.3", "KiB");
  EXPECT_EQ(result.status, ConversionStatus::Rounded);
  EXPECT_EQ(result.value, 308);
  EXPECT_EQ(*toBaseExact(number("0.3"), *findUnit("KiB")), (Rational{1536, 5}));
  EXPECT_EQ(convert("0.5", "ps").value, 1);
  EXPECT_EQ(convert("50", "%").status, ConversionStatus::Rounded);
  EXPECT_EQ(*toBaseExact(number("50"), *findUnit("%")), (Rational{1, 2}));
  // More digits than a fraction holds.
  EXPECT_EQ(convert("0.12345678901234567890123", "KiB").status,
            ConversionStatus::Rounded);
}

TEST(UnitsTest, OverflowIsFound) {
  EXPECT_EQ(convert("9223372036854775807", "KiB").status,
            ConversionStatus::Overflow);
  EXPECT_EQ(convert("1e300", "s").status, ConversionStatus::Overflow);
  EXPECT_EQ(convert("10_000_000", "s").status, ConversionStatus::Overflow);
  EXPECT_EQ(convert("9_000_000", "s").status, ConversionStatus::Exact);
  EXPECT_FALSE(toBaseExact(number("1e300"), *findUnit("s")));
}

TEST(UnitsTest, Literals) {
  EXPECT_EQ(number("1_000_000").integer, 1000000);
  EXPECT_TRUE(number("007").isInteger);
  EXPECT_EQ(number("007").integer, 7);
  EXPECT_FALSE(number("1e3").isInteger);
  EXPECT_EQ(number("1e3").real, 1000);
  EXPECT_EQ(*number("1e3").exact, (Rational{1000, 1}));
  EXPECT_EQ(*number("0.000").exact, (Rational{0, 1}));
  EXPECT_EQ(number("0e999999999999").real, 0);
  EXPECT_EQ(number("1.5E+2").real, 150);
  EXPECT_EQ(number("4.9e-324").real, std::nextafter(0.0, 1.0));
  EXPECT_FALSE(number("1e-30").exact);
  EXPECT_EQ(errorOf("9223372036854775808"), NumberError::IntegerTooLarge);
  EXPECT_EQ(errorOf(std::string(1000, '9')), NumberError::IntegerTooLarge);
  EXPECT_EQ(errorOf("1e309"), NumberError::RealTooLarge);
  EXPECT_EQ(errorOf("1e99999999999999999999"), NumberError::RealTooLarge);
  EXPECT_EQ(errorOf("1e-400"), NumberError::RealTooSmall);
  for (const char *text : {"", "_1", "1_", "1__0", "1.", ".5", "1e", "1e+",
                           "1._5", "1.5_", "0x10", "1 ", "-1", "1e5.0"})
    EXPECT_EQ(errorOf(text), NumberError::Malformed) << text;
}

TEST(UnitsTest, Rationals) {
  EXPECT_EQ(*Rational::make(6, -4), (Rational{-3, 2}));
  EXPECT_FALSE(Rational::make(1, 0));
  EXPECT_FALSE(Rational::make(static_cast<__int128>(INT64_MAX) + 1, 1));
  EXPECT_EQ(*add({1, 2}, {1, 3}), (Rational{5, 6}));
  EXPECT_EQ(*subtract({1, 2}, {1, 2}), (Rational{0, 1}));
  EXPECT_EQ(*multiply({2, 3}, {3, 4}), (Rational{1, 2}));
  EXPECT_EQ(*divide({1, 2}, {-1, 4}), (Rational{-2, 1}));
  EXPECT_FALSE(divide({1, 2}, {0, 1}));
  EXPECT_FALSE(multiply({INT64_MAX, 1}, {2, 1}));
  EXPECT_FALSE(add({INT64_MAX, 1}, {1, 1}));
  EXPECT_EQ((Rational{-3, 2}).floor(), -2);
  EXPECT_EQ((Rational{-3, 2}).ceil(), -1);
  EXPECT_EQ((Rational{3, 2}).floor(), 1);
  EXPECT_EQ((Rational{3, 2}).ceil(), 2);
  EXPECT_EQ((Rational{3, 2}).str(), "3/2");
}

TEST(UnitsTest, EveryUnitIsFoundAndDescribed) {
  for (const Unit &unit : allUnits()) {
    EXPECT_EQ(findUnit(unit.name), &unit);
    EXPECT_FALSE(describe(unit.dimension).empty());
    ASSERT_FALSE(exampleUnit(unit.dimension).empty());
    EXPECT_EQ(findUnit(exampleUnit(unit.dimension))->dimension, unit.dimension);
  }
  EXPECT_EQ(findUnit("MS"), nullptr);
  EXPECT_EQ(findUnit(""), nullptr);
}

TEST(UnitsTest, Formatting) {
  EXPECT_EQ(formatQuantity(32768, Dimension::Size), "32 KiB");
  EXPECT_EQ(formatQuantity(1000, Dimension::Size), "1000 B");
  EXPECT_EQ(formatQuantity(0, Dimension::Size), "0 B");
  EXPECT_EQ(formatQuantity(1'500'000, Dimension::Time), "1.5 us");
  EXPECT_EQ(formatQuantity(20'000'000'000, Dimension::Time), "20 ms");
  EXPECT_EQ(formatQuantity(480'000'000, Dimension::Frequency), "480 MHz");
  EXPECT_EQ(formatQuantity(3'000'000'000, Dimension::Energy), "3 mJ");
  EXPECT_EQ(formatQuantity(12, Dimension::Images), "12 images");
  EXPECT_EQ(formatQuantity(7, Dimension::None), "7");
}
