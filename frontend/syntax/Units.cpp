//===- Units.cpp - Dimensions, units and exact numbers --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Units.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

using namespace nasc;

llvm::StringRef nasc::describe(Dimension dimension) {
  switch (dimension) {
  case Dimension::None:
    return "a plain number";
  case Dimension::Time:
    return "a time";
  case Dimension::Size:
    return "a size";
  case Dimension::Frequency:
    return "a frequency";
  case Dimension::Energy:
    return "an energy";
  case Dimension::Power:
    return "a power";
  case Dimension::Cycles:
    return "a number of cycles";
  case Dimension::Fraction:
    return "a percentage";
  case Dimension::Images:
    return "a number of images";
  case Dimension::Pixels:
    return "a number of pixels";
  case Dimension::Epochs:
    return "a number of epochs";
  case Dimension::Evaluations:
    return "a number of evaluations";
  case Dimension::Macs:
    return "a number of multiply-accumulates";
  }
  llvm_unreachable("unknown dimension");
}

llvm::StringRef nasc::exampleUnit(Dimension dimension) {
  switch (dimension) {
  case Dimension::None:
    return "";
  case Dimension::Time:
    return "ms";
  case Dimension::Size:
    return "KiB";
  case Dimension::Frequency:
    return "MHz";
  case Dimension::Energy:
    return "mJ";
  case Dimension::Power:
    return "mW";
  case Dimension::Cycles:
    return "cycles";
  case Dimension::Fraction:
    return "%";
  default:
    return baseUnit(dimension);
  }
}

llvm::StringRef nasc::baseUnit(Dimension dimension) {
  switch (dimension) {
  case Dimension::None:
  case Dimension::Fraction:
    return "";
  case Dimension::Time:
    return "ps";
  case Dimension::Size:
    return "B";
  case Dimension::Frequency:
    return "Hz";
  case Dimension::Energy:
    return "pJ";
  case Dimension::Power:
    return "pW";
  case Dimension::Cycles:
    return "cycles";
  case Dimension::Images:
    return "images";
  case Dimension::Pixels:
    return "pixels";
  case Dimension::Epochs:
    return "epochs";
  case Dimension::Evaluations:
    return "evaluations";
  case Dimension::Macs:
    return "macs";
  }
  llvm_unreachable("unknown dimension");
}

static constexpr int64_t thousand = 1'000;
static constexpr int64_t million = 1'000'000;
static constexpr int64_t billion = 1'000'000'000;
static constexpr int64_t trillion = 1'000'000'000'000;

static constexpr Unit units[] = {
    {"ps", Dimension::Time, 1, 1},
    {"ns", Dimension::Time, thousand, 1},
    {"us", Dimension::Time, million, 1},
    {"ms", Dimension::Time, billion, 1},
    {"s", Dimension::Time, trillion, 1},
    {"min", Dimension::Time, 60 * trillion, 1},
    {"h", Dimension::Time, 3600 * trillion, 1},
    {"B", Dimension::Size, 1, 1},
    {"KiB", Dimension::Size, 1 << 10, 1},
    {"MiB", Dimension::Size, 1 << 20, 1},
    {"GiB", Dimension::Size, 1 << 30, 1},
    {"kB", Dimension::Size, thousand, 1},
    {"MB", Dimension::Size, million, 1},
    {"byte", Dimension::Size, 1, 1},
    {"bytes", Dimension::Size, 1, 1},
    {"Hz", Dimension::Frequency, 1, 1},
    {"kHz", Dimension::Frequency, thousand, 1},
    {"MHz", Dimension::Frequency, million, 1},
    {"GHz", Dimension::Frequency, billion, 1},
    {"pJ", Dimension::Energy, 1, 1},
    {"nJ", Dimension::Energy, thousand, 1},
    {"uJ", Dimension::Energy, million, 1},
    {"mJ", Dimension::Energy, billion, 1},
    {"J", Dimension::Energy, trillion, 1},
    {"uW", Dimension::Power, million, 1},
    {"mW", Dimension::Power, billion, 1},
    {"W", Dimension::Power, trillion, 1},
    {"cycles", Dimension::Cycles, 1, 1},
    {"cycle", Dimension::Cycles, 1, 1},
    {"%", Dimension::Fraction, 1, 100},
    {"images", Dimension::Images, 1, 1},
    {"image", Dimension::Images, 1, 1},
    {"pixels", Dimension::Pixels, 1, 1},
    {"pixel", Dimension::Pixels, 1, 1},
    {"epochs", Dimension::Epochs, 1, 1},
    {"epoch", Dimension::Epochs, 1, 1},
    {"evaluations", Dimension::Evaluations, 1, 1},
    {"evaluation", Dimension::Evaluations, 1, 1},
    {"macs", Dimension::Macs, 1, 1},
    {"mac", Dimension::Macs, 1, 1},
};

llvm::ArrayRef<Unit> nasc::allUnits() { return units; }

const Unit *nasc::findUnit(llvm::StringRef name) {
  for (const Unit &unit : units)
    if (unit.name == name)
      return &unit;
  return nullptr;
}

static __int128 greatestCommonDivisor(__int128 a, __int128 b) {
  if (a < 0)
    a = -a;
  if (b < 0)
    b = -b;
  while (b != 0) {
    __int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static bool fitsInt64(__int128 value) {
  return value >= std::numeric_limits<int64_t>::min() &&
         value <= std::numeric_limits<int64_t>::max();
}

std::optional<Rational> Rational::make(__int128 numerator,
                                       __int128 denominator) {
  if (denominator == 0)
    return std::nullopt;
  __int128 divisor = greatestCommonDivisor(numerator, denominator);
  if (denominator < 0)
    divisor = -divisor;
  numerator /= divisor;
  denominator /= divisor;
  if (!fitsInt64(numerator) || !fitsInt64(denominator))
    return std::nullopt;
  return Rational{static_cast<int64_t>(numerator),
                  static_cast<int64_t>(denominator)};
}

double Rational::toDouble() const {
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

int64_t Rational::floor() const {
  int64_t quotient = numerator / denominator;
  return numerator % denominator < 0 ? quotient - 1 : quotient;
}

int64_t Rational::ceil() const {
  int64_t quotient = numerator / denominator;
  return numerator % denominator > 0 ? quotient + 1 : quotient;
}

std::string Rational::str() const {
  std::string text = std::to_string(numerator);
  if (denominator != 1)
    text += "/" + std::to_string(denominator);
  return text;
}

// The products below are of two int64 numbers, and the sums of two such
// products: 2^127 is never reached except by the squares of the least int64,
// which make() never lets into a denominator.
std::optional<Rational> nasc::add(Rational a, Rational b) {
  return Rational::make(static_cast<__int128>(a.numerator) * b.denominator +
                            static_cast<__int128>(b.numerator) * a.denominator,
                        static_cast<__int128>(a.denominator) * b.denominator);
}

std::optional<Rational> nasc::subtract(Rational a, Rational b) {
  return Rational::make(static_cast<__int128>(a.numerator) * b.denominator -
                            static_cast<__int128>(b.numerator) * a.denominator,
                        static_cast<__int128>(a.denominator) * b.denominator);
}

std::optional<Rational> nasc::multiply(Rational a, Rational b) {
  return Rational::make(static_cast<__int128>(a.numerator) * b.numerator,
                        static_cast<__int128>(a.denominator) * b.denominator);
}

std::optional<Rational> nasc::divide(Rational a, Rational b) {
  return Rational::make(static_cast<__int128>(a.numerator) * b.denominator,
                        static_cast<__int128>(a.denominator) * b.numerator);
}

namespace {
/// The parts of a literal, without separators.
struct LiteralParts {
  llvm::SmallString<32> digits; ///< Before and behind the point.
  int64_t exponent = 0;         ///< Of ten, for the digits as an integer.
  bool isInteger = true;
};
} // namespace

/// Reads digits with single separators between them; false where there are
/// none, or a separator is somewhere else.
static bool readDigits(llvm::StringRef &text,
                       llvm::SmallVectorImpl<char> &out) {
  size_t length = text.find_if_not(
      [](char c) { return (c >= '0' && c <= '9') || c == '_'; });
  llvm::StringRef digits = text.take_front(length);
  text = text.drop_front(digits.size());
  if (digits.empty() || digits.front() == '_' || digits.back() == '_' ||
      digits.contains("__"))
    return false;
  for (char c : digits)
    if (c != '_')
      out.push_back(c);
  return true;
}

static std::optional<LiteralParts> splitLiteral(llvm::StringRef text) {
  LiteralParts parts;
  if (!readDigits(text, parts.digits))
    return std::nullopt;
  if (text.consume_front(".")) {
    parts.isInteger = false;
    size_t before = parts.digits.size();
    if (!readDigits(text, parts.digits))
      return std::nullopt;
    parts.exponent = -static_cast<int64_t>(parts.digits.size() - before);
  }
  if (text.consume_front("e") || text.consume_front("E")) {
    parts.isInteger = false;
    bool isNegative = text.consume_front("-");
    if (!isNegative)
      text.consume_front("+");
    llvm::SmallString<8> exponentDigits;
    if (!readDigits(text, exponentDigits))
      return std::nullopt;
    // Beyond a million every value is infinite or 0 anyway.
    int64_t exponent = 1'000'000;
    llvm::StringRef significant = exponentDigits.str().ltrim('0');
    if (significant.empty())
      exponent = 0;
    else if (significant.size() <= 6)
      significant.getAsInteger(10, exponent);
    parts.exponent += isNegative ? -exponent : exponent;
  }
  if (!text.empty())
    return std::nullopt;
  return parts;
}

/// The digits as an integer times a power of ten, where both fit.
static std::optional<Rational> exactValue(const LiteralParts &parts) {
  llvm::StringRef digits = parts.digits.str().ltrim('0');
  int64_t exponent = parts.exponent;
  while (digits.ends_with("0")) {
    digits = digits.drop_back();
    ++exponent;
  }
  if (digits.empty())
    return Rational{0, 1};
  if (digits.size() > 19 || exponent > 18 || exponent < -18)
    return std::nullopt;
  __int128 numerator = 0, denominator = 1;
  for (char c : digits)
    numerator = numerator * 10 + (c - '0');
  for (; exponent > 0; --exponent)
    numerator *= 10;
  for (; exponent < 0; ++exponent)
    denominator *= 10;
  return Rational::make(numerator, denominator);
}

std::optional<Number> nasc::parseNumber(llvm::StringRef text,
                                        NumberError &error) {
  std::optional<LiteralParts> parts = splitLiteral(text);
  if (!parts) {
    error = NumberError::Malformed;
    return std::nullopt;
  }
  Number number;
  number.text = text.str();
  number.isInteger = parts->isInteger;
  number.exact = exactValue(*parts);
  if (number.isInteger) {
    if (!number.exact) {
      error = NumberError::IntegerTooLarge;
      return std::nullopt;
    }
    number.integer = number.exact->numerator;
    number.real = static_cast<double>(number.integer);
    return number;
  }
  std::string plain =
      parts->digits.str().str() + "e" + std::to_string(parts->exponent);
  number.real = std::strtod(plain.c_str(), nullptr);
  if (std::isinf(number.real)) {
    error = NumberError::RealTooLarge;
    return std::nullopt;
  }
  bool isZero =
      parts->digits.str().find_first_not_of('0') == llvm::StringRef::npos;
  if (number.real == 0 && !isZero) {
    error = NumberError::RealTooSmall;
    return std::nullopt;
  }
  return number;
}

std::optional<Rational> nasc::toBaseExact(const Number &number,
                                          const Unit &unit) {
  if (!number.exact)
    return std::nullopt;
  return multiply(*number.exact, {unit.numerator, unit.denominator});
}

Conversion nasc::toBase(const Number &number, const Unit &unit) {
  if (std::optional<Rational> exact = toBaseExact(number, unit)) {
    if (exact->isInteger())
      return {ConversionStatus::Exact, exact->numerator};
    return {ConversionStatus::Rounded, exact->ceil()};
  }
  // Too many digits for a fraction: the nearest double decides, rounded up.
  double value = std::ceil(number.real * static_cast<double>(unit.numerator) /
                           static_cast<double>(unit.denominator));
  if (!(value < 9223372036854775808.0))
    return {ConversionStatus::Overflow, 0};
  return {ConversionStatus::Rounded, static_cast<int64_t>(value)};
}

/// Whether `value` units are written exactly with at most three decimals.
static bool isExactAtThreeDecimals(int64_t baseUnits, const Unit &unit) {
  __int128 thousandths = static_cast<__int128>(baseUnits) * 1000;
  return thousandths % unit.numerator == 0;
}

std::string nasc::formatQuantity(int64_t baseUnits, Dimension dimension) {
  if (dimension == Dimension::None)
    return std::to_string(baseUnits);
  if (dimension == Dimension::Fraction)
    return std::to_string(static_cast<__int128>(baseUnits) * 100 > INT64_MAX
                              ? INT64_MAX
                              : baseUnits * 100) +
           " %";
  const Unit *best = nullptr;
  bool bestIsExact = false;
  double magnitude = std::fabs(static_cast<double>(baseUnits));
  for (const Unit &unit : units) {
    // People read KiB for memory, and no minutes in a table of latencies.
    if (unit.dimension != dimension || unit.name == "kB" || unit.name == "MB" ||
        unit.name == "min" || unit.name == "h")
      continue;
    if (best && (magnitude < static_cast<double>(unit.numerator) ||
                 unit.numerator <= best->numerator))
      continue;
    bool isExact = isExactAtThreeDecimals(baseUnits, unit);
    bool bestIsLong =
        best && magnitude / static_cast<double>(best->numerator) >= 10'000;
    if (!best || isExact || !bestIsExact || bestIsLong) {
      best = &unit;
      bestIsExact = isExact;
    }
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << llvm::format("%.3f", static_cast<double>(baseUnits) /
                                     static_cast<double>(best->numerator));
  text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty() && text.back() == '.')
    text.pop_back();
  return text + " " + best->name.str();
}
