//===- Translation.h - From TOSA operations to steps ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interpreter turns each operation into a step: a function that reads and
// writes buffers. What can be checked or computed before the values are known
// is checked and computed in the translation. Every step writes its result in
// full and sets its size.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_REFERENCE_TRANSLATION_H
#define NASC_TEST_REFERENCE_TRANSLATION_H

#include "test/reference/TosaInterpreter.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <functional>

namespace nasc::test {

/// The values of one tensor; see Tensor.
using Buffer = std::vector<int32_t>;

/// Runs one operation on the buffers of all values of the function.
using Step = std::function<llvm::Error(std::vector<Buffer> &)>;

/// The name and location of an operation, which every error begins with.
struct Place {
  std::string text;

  explicit Place(mlir::Operation *operation);
  llvm::Error error(const llvm::Twine &message) const;
};

/// An operand or result of an operation.
struct Value {
  /// The index of its buffer.
  size_t slot = 0;
  TensorType type;
  /// Its values where they are the same in all runs, else null. Only for use
  /// in translation: steps read the buffer.
  const Buffer *constant = nullptr;
};

/// One operation in translation.
struct Translation {
  mlir::Operation *operation;
  Place place;
  /// Without those that only translation reads: permutations and paddings.
  std::vector<Value> operands;
  Value result;

  llvm::Error error(const llvm::Twine &message) const {
    return place.error(message);
  }
  /// An error unless the result has this shape.
  llvm::Error expectShape(llvm::ArrayRef<int64_t> shape) const;
  /// An error unless the result has this signed element type.
  llvm::Error expectResultBits(unsigned bits) const;
  /// An error unless the operand has this signed element type.
  llvm::Error expectOperandBits(size_t index, unsigned bits) const;
  /// An error unless the operand has this rank.
  llvm::Error expectRank(size_t index, size_t rank) const;
  /// An error unless the operand, and the result, have one element type.
  llvm::Error expectSameElements() const;
  /// An error unless the axis is one of the first operand's.
  llvm::Error expectAxis(int64_t axis) const;
};

/// `[1, 2, 3]`, for messages.
std::string listOf(llvm::ArrayRef<int64_t> numbers);

/// The type of a tensor of the interpreter, or an error that says why a type
/// of MLIR is none.
llvm::Expected<TensorType> translateType(mlir::Type type);

/// The values of a constant, sign- or zero-extended; an error where elements
/// are no integers or are kept in a form that is unknown here.
llvm::Expected<std::vector<int64_t>> readConstant(mlir::ElementsAttr attribute);

/// The translations of operations, by kind. An operation that is of none of
/// the kinds gives a null step.
llvm::Expected<Step> translateDataMovement(const Translation &translation);
llvm::Expected<Step> translateElementwise(const Translation &translation);
llvm::Expected<Step> translateWindow(const Translation &translation);
llvm::Expected<Step> translateReduction(const Translation &translation);

} // namespace nasc::test

#endif // NASC_TEST_REFERENCE_TRANSLATION_H
