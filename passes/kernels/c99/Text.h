//===- Text.h - Lines, comments and expressions of C ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_C99_TEXT_H
#define NASC_PASSES_KERNELS_C99_TEXT_H

#include "passes/kernels/c99/Types.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"

#include <set>
#include <vector>

namespace nasc::c99 {

constexpr size_t lineWidth = 80;

/// The lines of a comment without anything that would end it, start another or
/// join lines.
llvm::SmallVector<std::string> commentLines(llvm::StringRef comment);
/// A comment of lines of its own; nothing for an empty one.
void printBlockComment(llvm::raw_ostream &out, llvm::StringRef comment);
/// The text of an attribute, empty without it.
llvm::StringRef stringAttribute(mlir::Operation *op, llvm::StringRef name);
/// The line, broken where it is too long; what follows is indented further.
void printWrapped(llvm::raw_ostream &out, llvm::StringRef line,
                  size_t indentation);

/// How tightly C's operators bind.
enum Precedence {
  Ternary = 1,
  LogicalOr,
  LogicalAnd,
  BitOr,
  BitXor,
  BitAnd,
  Equality,
  Relation,
  Shift,
  Sum,
  Product,
  Unary,
  Primary
};

/// A value in C.
struct Expression {
  std::string text;
  Precedence precedence = Primary;
  CType type = CType::I32;
  /// Set for literals, except of i1.
  std::optional<int64_t> literal;
  bool readsMemory = false;
  /// The variables in it that statements may assign.
  std::set<std::string> variables;
  /// What is to be said before the statement that has it.
  std::vector<std::string> comments;
  /// `left op right` for an assignment `left op= right`; empty otherwise.
  std::string left, op, right;

  /// A name or literal that has the same value wherever it is written.
  bool isSimple() const {
    return precedence == Primary && !readsMemory && variables.empty() &&
           text.find_first_of("([") == std::string::npos;
  }
  /// Takes over what evaluating `other` reads.
  void reads(Expression &other) {
    readsMemory |= other.readsMemory;
    variables.insert(other.variables.begin(), other.variables.end());
    comments.insert(comments.end(), other.comments.begin(),
                    other.comments.end());
    other.comments.clear();
  }
};

/// The text, in parentheses if it is to be grouped.
std::string grouped(const Expression &expression, bool group);
std::string castTo(llvm::StringRef type, const Expression &expression);

/// Functions that the text calls, in the order in which they are defined.
enum class HelperKind {
  Wrap,
  WrapAdd,
  WrapSub,
  WrapMul,
  ShiftLeft,
  ShiftRight,
  ShiftRightUnsigned,
  Min,
  Max
};
constexpr HelperKind helperKinds[] = {HelperKind::Wrap,
                                      HelperKind::WrapAdd,
                                      HelperKind::WrapSub,
                                      HelperKind::WrapMul,
                                      HelperKind::ShiftLeft,
                                      HelperKind::ShiftRight,
                                      HelperKind::ShiftRightUnsigned,
                                      HelperKind::Min,
                                      HelperKind::Max};
constexpr unsigned helperWidths[] = {8, 16, 32, 64};

std::string helperName(HelperKind kind, unsigned width);
/// The definition of a helper.
std::string helperText(HelperKind kind, unsigned width);

} // namespace nasc::c99

#endif // NASC_PASSES_KERNELS_C99_TEXT_H
