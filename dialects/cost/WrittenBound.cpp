//===- WrittenBound.cpp - A limit's number as it was written --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/WrittenBound.h"

#include "dialects/support/Text.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <cassert>

using namespace nasc::cost;

mlir::DictionaryAttr
WrittenBound::toAttribute(mlir::MLIRContext *context) const {
  mlir::Builder builder(context);
  llvm::SmallVector<mlir::NamedAttribute> entries = {
      builder.getNamedAttr("bound", builder.getI64IntegerAttr(bound)),
      builder.getNamedAttr("text", builder.getStringAttr(text))};
  if (!unit.empty()) {
    entries.push_back(
        builder.getNamedAttr("unit", builder.getStringAttr(unit)));
    entries.push_back(
        builder.getNamedAttr("unit_size", builder.getI64IntegerAttr(unitSize)));
    entries.push_back(
        builder.getNamedAttr("base_unit", builder.getStringAttr(baseUnit)));
  }
  if (scale != 1)
    entries.push_back(
        builder.getNamedAttr("scale", builder.getI64IntegerAttr(scale)));
  return builder.getDictionaryAttr(entries);
}

std::optional<WrittenBound>
WrittenBound::fromAttribute(mlir::Attribute attribute) {
  auto dictionary = llvm::dyn_cast_or_null<mlir::DictionaryAttr>(attribute);
  if (!dictionary)
    return std::nullopt;
  auto bound = dictionary.getAs<mlir::IntegerAttr>("bound");
  auto text = dictionary.getAs<mlir::StringAttr>("text");
  if (!bound || !text)
    return std::nullopt;
  WrittenBound result;
  result.bound = bound.getInt();
  result.text = text.str();
  if (auto unit = dictionary.getAs<mlir::StringAttr>("unit"))
    result.unit = unit.str();
  if (auto size = dictionary.getAs<mlir::IntegerAttr>("unit_size"))
    result.unitSize = size.getInt();
  if (auto base = dictionary.getAs<mlir::StringAttr>("base_unit"))
    result.baseUnit = base.str();
  if (auto scale = dictionary.getAs<mlir::IntegerAttr>("scale"))
    result.scale = scale.getInt();
  if (result.unitSize <= 0 || result.scale <= 0)
    return std::nullopt;
  return result;
}

std::string nasc::cost::separated(int64_t number) {
  std::string digits = std::to_string(number);
  size_t sign = number < 0;
  // Short numbers are read without help.
  if (digits.size() - sign < 5)
    return digits;
  return groupDigits(digits, '_');
}

/// `numerator / denominator` with three decimals at most. Rounded where they do
/// not suffice, which `isExact` says.
static std::string decimals(int64_t numerator, __int128 denominator,
                            Rounding rounding, bool &isExact) {
  __int128 thousands = static_cast<__int128>(numerator) * 1000;
  __int128 quotient = thousands / denominator;
  __int128 rest = thousands % denominator;
  isExact = rest == 0;
  if (rest > 0 && rounding == Rounding::Up)
    ++quotient;
  if (rest < 0 && rounding != Rounding::Up)
    --quotient;
  bool isNegative = quotient < 0;
  if (isNegative)
    quotient = -quotient;
  std::string text = isNegative ? "-" : "";
  text += separated(static_cast<int64_t>(quotient / 1000));
  int part = static_cast<int>(quotient % 1000);
  if (part == 0)
    return text;
  std::string digits = std::to_string(1000 + part).substr(1);
  while (digits.back() == '0')
    digits.pop_back();
  return text + "." + digits;
}

std::optional<std::string> WrittenBound::write(int64_t other,
                                               Rounding rounding) const {
  assert(scale > 0 && unitSize > 0 && "checked where the attribute is read");
  bool isExact = false;
  std::string rounded = decimals(other, static_cast<__int128>(scale) * unitSize,
                                 rounding, isExact);
  if (!unit.empty())
    rounded += (unit == "%" ? "" : " ") + unit;
  if (isExact)
    return rounded;
  bool isWhole = other % scale == 0;
  if (!isWhole && rounding == Rounding::None)
    return std::nullopt;
  if (!isWhole || unit.empty())
    return rounded;
  std::string text = separated(other / scale) + " " + baseUnit;
  // Three decimals of a large unit can be too coarse to help.
  __int128 size = other < 0 ? -static_cast<__int128>(other) : other;
  if (rounding == Rounding::None ||
      size < static_cast<__int128>(scale) * unitSize / 10)
    return text;
  return text + " (" + rounded + ")";
}
