//===- Types.h - Types and constants of the language ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The types that expressions have, and the values that are known while the
// specification is checked.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_TYPES_H
#define NASC_FRONTEND_ANALYSIS_TYPES_H

#include "frontend/syntax/Units.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nasc {

struct Symbol;

enum class TypeKind {
  Error,     ///< Of an expression with an error; fits everywhere, silently.
  Integer,   ///< Whole numbers.
  Real,      ///< Numbers with a fraction.
  Boolean,   ///< true and false.
  String,    ///< Text.
  Quantity,  ///< A number with a unit.
  Tensor,    ///< An activation of the network.
  Operation, ///< A block or layer as a value.
  List,      ///< `[a, b]`; occurs as an argument or setting only.
  Record,    ///< `{ a: 1 }`; occurs as a setting only.
  Word,      ///< A name that is its own value: `same`, `nsga2`.
};

/// A type. Quantities of different dimensions are different types.
struct Type {
  TypeKind kind = TypeKind::Error;
  Dimension dimension = Dimension::None;

  Type() = default;
  Type(TypeKind kind) : kind(kind) {}
  static Type quantity(Dimension dimension) {
    Type type(TypeKind::Quantity);
    type.dimension = dimension;
    return type;
  }

  bool isError() const { return kind == TypeKind::Error; }
  bool isInteger() const { return kind == TypeKind::Integer; }
  bool isReal() const { return kind == TypeKind::Real; }
  bool isBoolean() const { return kind == TypeKind::Boolean; }
  bool isTensor() const { return kind == TypeKind::Tensor; }
  bool isOperation() const { return kind == TypeKind::Operation; }
  bool isQuantity() const { return kind == TypeKind::Quantity; }
  /// An integer or a real number.
  bool isNumber() const { return isInteger() || isReal(); }

  friend bool operator==(Type a, Type b) {
    return a.kind == b.kind && a.dimension == b.dimension;
  }
  friend bool operator!=(Type a, Type b) { return !(a == b); }
};

/// A type as messages name it, with its article: "an integer", "a time".
std::string describe(Type type);

/// A value that is known while checking.
///
/// Numbers carry their exact value as a fraction where it fits, so that
/// `1.03` cycles are 1030 thousandths of a cycle and nothing near it.
/// Quantities are in base units (Units.h).
struct Constant {
  Type type;
  int64_t integer = 0;
  double real = 0;
  std::optional<Rational> exact;
  bool boolean = false;
  std::string string;
  /// Of an operation: the block or layer.
  const Symbol *operation = nullptr;

  static Constant makeInteger(int64_t value);
  static Constant makeReal(double value,
                           std::optional<Rational> exact = std::nullopt);
  static Constant makeBoolean(bool value);
  static Constant makeString(std::string value);
  static Constant makeQuantity(Rational baseUnits, Dimension dimension);
  static Constant makeOperation(const Symbol *symbol);

  /// The value of an integer or real number or of a quantity.
  double toDouble() const;
  /// The exact value of a number or quantity, where there is one.
  std::optional<Rational> toExact() const;
  /// As messages show it: "24", "0.05", "20 ms", "separable".
  std::string str() const;

  /// Same type and same value; an integer equals a real of the same value.
  bool equals(const Constant &other) const;
};

/// A real number in the shortest form that reads back as the same number.
std::string formatReal(double value);

/// Arithmetic on int64 that tells overflow.
std::optional<int64_t> checkedAdd(int64_t a, int64_t b);
std::optional<int64_t> checkedSubtract(int64_t a, int64_t b);
std::optional<int64_t> checkedMultiply(int64_t a, int64_t b);

} // namespace nasc

#endif // NASC_FRONTEND_ANALYSIS_TYPES_H
