//===- FunctionPrinter.h - Functions of C -----------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function is printed in one walk. Values become expressions: names and
// literals, which may be written anywhere and any number of times, and trees
// that wait for their one user. Before a statement changes memory or a
// variable, the waiting trees that read it become variables themselves, so that
// each is evaluated between the same two changes as in the module.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_C99_FUNCTIONPRINTER_H
#define NASC_PASSES_KERNELS_C99_FUNCTIONPRINTER_H

#include "passes/kernels/c99/ModulePrinter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

namespace nasc::c99 {

/// Prints the statements of one function.
class FunctionPrinter {
public:
  FunctionPrinter(ModulePrinter &file, mlir::func::FuncOp function)
      : file(file), names(file.names), function(function), out(body) {}

  /// Refuses what is outside the subset. To be called before the rest.
  mlir::LogicalResult check();
  /// Prints the statements, which takeText then returns.
  mlir::LogicalResult printBody(llvm::ArrayRef<std::string> parameters);
  std::string takeText() { return body; }

private:
  /// A variable's new value.
  struct Assignment {
    std::string variable;
    Expression value;
  };

  void findLive();
  bool isLive(mlir::Value value) const { return live.contains(value); }

  mlir::LogicalResult printOperation(mlir::Operation *op);
  mlir::LogicalResult printBlock(mlir::Block &block);
  mlir::LogicalResult printFor(mlir::scf::ForOp loop);
  mlir::LogicalResult printIf(mlir::scf::IfOp branch);
  mlir::LogicalResult printView(mlir::memref::ViewOp view);
  mlir::LogicalResult printCall(mlir::func::CallOp call);
  mlir::LogicalResult printConstant(mlir::arith::ConstantOp constant);
  Expression arithmetic(mlir::Operation *op);
  Expression comparison(mlir::arith::CmpIOp compare);
  Expression conversion(mlir::Operation *op);
  Expression bitwise(mlir::Operation *op);
  Expression choice(mlir::arith::SelectOp select);

  Expression literal(int64_t value);
  Expression truth(bool value);
  Expression call(HelperKind kind, unsigned width,
                  llvm::ArrayRef<Expression *> arguments);
  Expression binary(llvm::StringRef op, Precedence precedence, Expression a,
                    Expression b, unsigned width);
  void makeComparable(Expression &a, const Expression &b, unsigned width);
  std::string asUnsigned(const Expression &expression, unsigned width);
  Expression variable(llvm::StringRef name, unsigned width);

  /// The expression of an operand; a tree is handed out once.
  Expression use(mlir::Value value);
  /// Says what the result of an operation is.
  void define(mlir::Operation *op, Expression expression);
  void declare(mlir::Value value, Expression expression);
  /// Makes variables of trees that wait and that `isChanged` is true of.
  void settle(llvm::function_ref<bool(const Expression &)> isChanged);
  void settleAll() {
    settle([](const Expression &) { return true; });
  }
  bool canTakeOver(mlir::Value value, mlir::Operation *op);
  std::string resultHint(mlir::Operation *op, unsigned index,
                         mlir::Value initial);
  void assign(llvm::SmallVector<Assignment, 2> assignments);

  void printLine(const std::string &line) {
    printWrapped(out, line, 2 * indentation);
  }
  void printComments(Expression &expression) {
    for (const std::string &comment : expression.comments)
      // As long as it is: the next line would be no comment.
      out.indent(2 * indentation) << "// " << comment << '\n';
    expression.comments.clear();
  }
  void addComment(mlir::Operation *op, Expression &expression) {
    llvm::StringRef comment = stringAttribute(op, "nasc.comment");
    if (!comment.empty())
      for (std::string &line : commentLines(comment))
        expression.comments.push_back(std::move(line));
  }
  std::string typeName(mlir::Type type) {
    if (type.isInteger(1))
      file.usesBool = true;
    return signedName(widthOf(type));
  }

  ModulePrinter &file;
  NameTable &names;
  mlir::func::FuncOp function;
  std::string body;
  llvm::raw_string_ostream out;
  unsigned indentation = 1;
  llvm::DenseSet<mlir::Value> live;
  /// Loops and branches with stores or calls inside.
  llvm::DenseSet<mlir::Operation *> effectful;
  /// Names and literals.
  llvm::DenseMap<mlir::Value, Expression> values;
  /// Trees that wait for their user, in the order of their definition.
  llvm::MapVector<mlir::Value, Expression> waiting;
  /// The values that variables have which are assigned more than once.
  llvm::DenseMap<mlir::Value, std::string> variables;
  /// Their types by their names.
  llvm::StringMap<std::string> assignedTypes;
};

} // namespace nasc::c99

#endif // NASC_PASSES_KERNELS_C99_FUNCTIONPRINTER_H
