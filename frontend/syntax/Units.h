//===- Units.h - Dimensions, units and exact numbers ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The units of the language and the exact arithmetic that brings a quantity
// to the base unit of its dimension, without a detour over floating point: a
// limit of `0.1 ms` is 100,000,000 ps and nothing near it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_SYNTAX_UNITS_H
#define NASC_FRONTEND_SYNTAX_UNITS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nasc {

/// What a quantity measures. The counted nouns are dimensions of their own:
/// `10 images` is not `10 epochs`.
enum class Dimension {
  None,      ///< A plain number.
  Time,      ///< Base unit: picosecond.
  Size,      ///< Base unit: byte.
  Frequency, ///< Base unit: hertz.
  Energy,    ///< Base unit: picojoule.
  Power,     ///< Base unit: picowatt.
  Cycles,    ///< Base unit: one cycle of the device's clock.
  Fraction,  ///< Base unit: the whole; `%` is a hundredth of it.
  Images,    ///< Counted nouns, base unit: one of them.
  Pixels,
  Epochs,
  Evaluations,
  Macs,
};

/// A dimension as a message names it, with its article: "a time", "a size".
llvm::StringRef describe(Dimension dimension);
/// An example of a unit of this dimension, for help texts: "ms", "KiB"; empty
/// for Dimension::None.
llvm::StringRef exampleUnit(Dimension dimension);
/// The name of the base unit: "ps", "B", "Hz", "pJ", "pW", "cycles", "images".
llvm::StringRef baseUnit(Dimension dimension);

/// One unit word. `numerator / denominator` base units make one of it.
struct Unit {
  llvm::StringRef name;
  Dimension dimension;
  int64_t numerator;
  int64_t denominator;
};

/// All units, those of a dimension together.
llvm::ArrayRef<Unit> allUnits();
/// The unit of this exact name (case counts: `mJ` is not `MJ`), or null.
const Unit *findUnit(llvm::StringRef name);

/// An exact fraction in lowest terms, the denominator positive.
struct Rational {
  int64_t numerator = 0;
  int64_t denominator = 1;

  /// The reduced fraction; nothing where a part leaves int64 or the
  /// denominator is 0.
  static std::optional<Rational> make(__int128 numerator, __int128 denominator);

  bool isInteger() const { return denominator == 1; }
  double toDouble() const;
  /// The nearest integers below and above.
  int64_t floor() const;
  int64_t ceil() const;
  /// "3" or "3/4".
  std::string str() const;

  friend bool operator==(const Rational &a, const Rational &b) {
    return a.numerator == b.numerator && a.denominator == b.denominator;
  }
};

std::optional<Rational> add(Rational a, Rational b);
std::optional<Rational> subtract(Rational a, Rational b);
std::optional<Rational> multiply(Rational a, Rational b);
/// Nothing also where `b` is 0.
std::optional<Rational> divide(Rational a, Rational b);

/// A number as it was written, and what it is worth.
struct Number {
  /// The characters of the source, `_` separators included.
  std::string text;
  /// Written without `.` and exponent.
  bool isInteger = true;
  /// The value of an integer literal; 0 for a real one.
  int64_t integer = 0;
  /// The nearest double (for an integer literal too).
  double real = 0;
  /// The exact value; missing where it does not fit into a fraction of int64
  /// (1e-30, or a real of more than 18 digits).
  std::optional<Rational> exact;
};

/// Why a literal cannot be read.
enum class NumberError {
  IntegerTooLarge, ///< Beyond 9,223,372,036,854,775,807.
  RealTooLarge,    ///< Rounds to infinity.
  RealTooSmall,    ///< Is not 0, but rounds to 0.
  Malformed,       ///< Not a literal of the language.
};

/// Reads an integer (`10_000`) or real (`0.5`, `2e-3`) literal without sign.
/// On failure `error` is set.
std::optional<Number> parseNumber(llvm::StringRef text, NumberError &error);

/// The result of bringing a quantity to an integer number of base units.
enum class ConversionStatus {
  Exact,    ///< `value` is exact.
  Rounded,  ///< `value` is rounded up: the quantity is no whole number.
  Overflow, ///< Beyond int64; `value` is not meaningful.
};
struct Conversion {
  ConversionStatus status = ConversionStatus::Exact;
  int64_t value = 0;
};

/// `number` of `unit` as an exact fraction of base units; nothing where the
/// result, or the number itself, does not fit.
std::optional<Rational> toBaseExact(const Number &number, const Unit &unit);

/// `number` of `unit` as an integer number of base units (ps, bytes, Hz, pJ,
/// pW, …).
Conversion toBase(const Number &number, const Unit &unit);

/// A number of base units in the largest unit that shows it without a fraction
/// or else with at most three decimals: 32768 bytes are "32 KiB", 1500000 ps
/// are "1.5 us".
std::string formatQuantity(int64_t baseUnits, Dimension dimension);

} // namespace nasc

#endif // NASC_FRONTEND_SYNTAX_UNITS_H
