//===- Types.h - Integers in C and their ranges -----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_C99_TYPES_H
#define NASC_PASSES_KERNELS_C99_TYPES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nasc::c99 {

/// The type that an expression has in C. It may be narrower than the value's in
/// the module, never with another value: C widens where it is used. Int is a
/// value that every `int` holds, of type `int`.
enum class CType { Bool, Int, I8, I16, I32, I64, U8, U16, U32, Pointer };

/// The bits of an integer in C; `index` has 32.
unsigned widthOf(mlir::Type type);
/// Whether C has the type: integers of 1, 8, 16, 32 or 64 bits, and `index`.
bool isSupportedInteger(mlir::Type type);
/// Whether C has it as a pointer: one dimension of such integers, without a
/// layout or a memory space.
bool isSupportedArray(mlir::Type type);

/// `int8_t` and `uint8_t` of 8 bits; `bool` of one.
std::string signedName(unsigned width);
std::string unsignedName(unsigned width);
CType signedType(unsigned width);
/// Whether every value of the type is one of every `int`.
bool fitsInt(CType type);

/// All values that a value may have, as signed numbers of its width.
struct Range {
  int64_t low, high;
  bool isWithin(unsigned width) const {
    return low >= llvm::minIntN(width) && high <= llvm::maxIntN(width);
  }
};

Range fullRange(unsigned width);
/// The number of a constant of at most 64 bits.
std::optional<int64_t> constantOf(mlir::Value value);
/// The range that follows from the operations that compute a value; what is
/// deeper than some operations is not looked at.
Range rangeOf(mlir::Value value, unsigned depth = 0);
/// The exact range of a sum, difference or product before it is brought into
/// its type; none if it leaves 64 bits.
std::optional<Range> exactRange(mlir::Operation *op, unsigned depth = 0);
/// Whether the operation says that it never wraps as a signed one.
bool hasNoSignedWrap(mlir::Operation *op);

/// What a comparison asks, whatever the sign.
enum Order { Less, LessEqual, Greater, GreaterEqual, Equal, Different };

Order orderOf(mlir::arith::CmpIOp compare);
/// Whether the operands must be seen as unsigned: two numbers that are not
/// negative compare the same either way.
bool comparesUnsigned(mlir::arith::CmpIOp compare);
/// The result of a comparison that the operands' ranges decide; in C it would
/// be a warning.
std::optional<bool> decide(mlir::arith::CmpIOp compare);

} // namespace nasc::c99

#endif // NASC_PASSES_KERNELS_C99_TYPES_H
