//===- Types.cpp - Types and constants of the language --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Types.h"

#include "dialects/support/Text.h"

#include "frontend/analysis/Symbols.h"

#include <cmath>

using namespace nasc;

std::string nasc::describe(Type type) {
  switch (type.kind) {
  case TypeKind::Error:
    return "an expression with an error";
  case TypeKind::Integer:
    return "an integer";
  case TypeKind::Real:
    return "a real number";
  case TypeKind::Boolean:
    return "a truth value";
  case TypeKind::String:
    return "a string";
  case TypeKind::Quantity:
    return describe(type.dimension).str();
  case TypeKind::Tensor:
    return "a tensor";
  case TypeKind::Operation:
    return "an operation";
  case TypeKind::List:
    return "a list";
  case TypeKind::Record:
    return "a record";
  case TypeKind::Word:
    return "a name";
  }
  return "a value";
}

Constant Constant::makeInteger(int64_t value) {
  Constant constant;
  constant.type = TypeKind::Integer;
  constant.integer = value;
  constant.real = static_cast<double>(value);
  constant.exact = Rational{value, 1};
  return constant;
}

Constant Constant::makeReal(double value, std::optional<Rational> exact) {
  Constant constant;
  constant.type = TypeKind::Real;
  constant.real = value;
  constant.exact = exact;
  return constant;
}

Constant Constant::makeBoolean(bool value) {
  Constant constant;
  constant.type = TypeKind::Boolean;
  constant.boolean = value;
  return constant;
}

Constant Constant::makeString(std::string value) {
  Constant constant;
  constant.type = TypeKind::String;
  constant.string = std::move(value);
  return constant;
}

Constant Constant::makeQuantity(Rational baseUnits, Dimension dimension) {
  Constant constant;
  constant.type = Type::quantity(dimension);
  constant.exact = baseUnits;
  constant.real = baseUnits.toDouble();
  return constant;
}

Constant Constant::makeOperation(const Symbol *symbol) {
  Constant constant;
  constant.type = TypeKind::Operation;
  constant.operation = symbol;
  return constant;
}

double Constant::toDouble() const {
  return type.isInteger() ? static_cast<double>(integer) : real;
}

std::optional<Rational> Constant::toExact() const {
  if (type.isInteger())
    return Rational{integer, 1};
  return exact;
}

std::string Constant::str() const {
  switch (type.kind) {
  case TypeKind::Integer:
    return std::to_string(integer);
  case TypeKind::Real:
    return formatReal(real);
  case TypeKind::Boolean:
    return boolean ? "true" : "false";
  case TypeKind::String:
    return "\"" + string + "\"";
  case TypeKind::Quantity:
    if (exact && exact->isInteger())
      return formatQuantity(exact->numerator, type.dimension);
    return formatReal(real) + " " + baseUnit(type.dimension).str();
  case TypeKind::Operation:
    return operation ? operation->name : "?";
  default:
    return "?";
  }
}

bool Constant::equals(const Constant &other) const {
  if (type.isNumber() && other.type.isNumber()) {
    if (type.isInteger() && other.type.isInteger())
      return integer == other.integer;
    return toDouble() == other.toDouble();
  }
  if (type != other.type)
    return false;
  switch (type.kind) {
  case TypeKind::Boolean:
    return boolean == other.boolean;
  case TypeKind::String:
    return string == other.string;
  case TypeKind::Quantity:
    return exact && other.exact ? *exact == *other.exact : real == other.real;
  case TypeKind::Operation:
    return operation == other.operation;
  default:
    return false;
  }
}

std::string nasc::formatReal(double value) {
  std::string text = shortestDecimal(value);
  // `1` would read as an integer.
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text;
}

std::optional<int64_t> nasc::checkedAdd(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_add_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> nasc::checkedSubtract(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_sub_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> nasc::checkedMultiply(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result))
    return std::nullopt;
  return result;
}
