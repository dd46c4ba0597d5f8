//===- WrittenBound.h - A limit's number as it was written ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A limit that is one comparison with a number says in the attribute
// `cost.written` how the number was written. So a message about another bound
// can name it as the user would. Where the limit does not apply to every
// architecture, its value is the greater of "does not apply" and the
// comparison, in this order.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_COST_WRITTENBOUND_H
#define NASC_DIALECTS_COST_WRITTENBOUND_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir {
class Attribute;
class DictionaryAttr;
class MLIRContext;
} // namespace mlir

namespace nasc::cost {

/// To which side a number may be rounded that cannot be shown exactly.
enum class Rounding { Down, Up, None };

struct WrittenBound {
  /// The name of the attribute; not a part of the operations' definitions, for
  /// nothing but messages depends on it.
  static constexpr llvm::StringLiteral attributeName = "cost.written";

  /// The number as the comparison of the cost function has it.
  int64_t bound = 0;
  /// The source: `16 KiB`.
  std::string text;
  /// The unit (`KiB`), how many base units it is (1024), and the name of the
  /// base unit (`B`); no names for a plain number.
  std::string unit;
  int64_t unitSize = 1;
  std::string baseUnit;
  /// The comparison is of `scale` times what the user compares: `x / 2 <= 3` is
  /// `x <= 6`.
  int64_t scale = 1;

  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  /// Nothing where the attribute is missing (null) or not of this form.
  static std::optional<WrittenBound> fromAttribute(mlir::Attribute attribute);

  /// Another number in place of `bound` as the user can write it: in the user's
  /// unit where three decimals suffice, or else in base units. What is shown in
  /// base units comes with the user's unit behind it, rounded as told:
  /// `24_001 B (23.439 KiB)`. Both texts do where the one bound does, if the
  /// rounding is to the side on which the limit is looser. Nothing where
  /// `rounding` forbids what would be needed.
  std::optional<std::string> write(int64_t other, Rounding rounding) const;
};

/// `1234567` as `1_234_567`, as the language has it.
std::string separated(int64_t number);

} // namespace nasc::cost

#endif // NASC_DIALECTS_COST_WRITTENBOUND_H
