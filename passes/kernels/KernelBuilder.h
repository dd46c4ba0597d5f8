//===- KernelBuilder.h - Writing kernels in C++ -----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds functions of `scf` loops, `arith` and `memref` operations from C++
// expressions, so that a kernel reads like the loops it is.
//
// Integers of kernels never overflow unless it is said: operations carry
// `nsw`, which readQuantizedNetwork and the sizes of tensors justify.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_KERNELBUILDER_H
#define NASC_PASSES_KERNELS_KERNELBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace nasc {

class KernelBuilder;

/// An integer of type i32, i64 or index in a kernel. Operands of one operation
/// have one type; C++ integers take it.
class Number {
public:
  Number() = default;
  Number(KernelBuilder &builder, mlir::Value value)
      : builder(&builder), value(value) {}

  mlir::Value get() const { return value; }
  KernelBuilder &getBuilder() const { return *builder; }

  /// Of the given width, sign-extended or cut off.
  Number i32() const;
  Number i64() const;
  Number index() const;
  /// Gives the value a name for printed code.
  Number named(llvm::StringRef name) const;

private:
  KernelBuilder *builder = nullptr;
  mlir::Value value;
};

Number operator+(Number a, Number b);
Number operator-(Number a, Number b);
Number operator*(Number a, Number b);
Number operator+(Number a, int64_t b);
Number operator-(Number a, int64_t b);
Number operator*(Number a, int64_t b);
/// To the left and, with the sign, to the right.
Number shiftLeft(Number a, Number b);
Number shiftRight(Number a, Number b);
Number minimum(Number a, Number b);
Number maximum(Number a, Number b);
/// Conditions are numbers of type i1.
Number lessThan(Number a, Number b);
Number equals(Number a, int64_t b);
Number both(Number a, Number b);
Number select(Number condition, Number a, Number b);
/// 0 <= a < b, as one comparison without sign.
Number isBelow(Number a, Number b);

/// A buffer of 8-bit or 32-bit integers.
class Buffer {
public:
  Buffer() = default;
  Buffer(KernelBuilder &builder, mlir::Value value)
      : builder(&builder), value(value) {}
  mlir::Value get() const { return value; }
  /// The element, as an i32.
  Number load(Number index) const;
  /// Stores the lower bits of an i32.
  void store(Number number, Number index) const;

private:
  KernelBuilder *builder = nullptr;
  mlir::Value value;
};

/// Builds one function.
class KernelBuilder {
public:
  /// What an argument is.
  enum class Argument { Bytes, Words, Index, Integer };

  /// Begins a private function at the end of the module. Its arguments are
  /// taken by nextBuffer and nextNumber in their order.
  KernelBuilder(mlir::ModuleOp module, llvm::StringRef name,
                llvm::StringRef comment,
                llvm::ArrayRef<std::pair<llvm::StringRef, Argument>> arguments);
  /// Ends the function.
  ~KernelBuilder();

  Buffer buffer(llvm::StringRef argument);
  Number number(llvm::StringRef argument);
  Number index(int64_t value);
  Number i32(int64_t value);
  Number i64(int64_t value);

  /// for (name = begin; name < end; ++name)
  void loop(llvm::StringRef name, Number begin, Number end,
            llvm::function_ref<void(Number)> body);
  /// The same with a number that each round makes anew.
  Number reduce(llvm::StringRef name, Number begin, Number end, Number first,
                llvm::StringRef resultName,
                llvm::function_ref<Number(Number, Number)> body);
  /// The number that the branch that is taken makes.
  Number branch(Number condition, llvm::function_ref<Number()> then,
                llvm::function_ref<Number()> otherwise);
  void when(Number condition, llvm::function_ref<void()> then);

  mlir::OpBuilder &b() { return builder; }
  mlir::Location location() { return function.getLoc(); }

private:
  mlir::Value argument(llvm::StringRef name);

  mlir::func::FuncOp function;
  mlir::OpBuilder builder;
};

} // namespace nasc

#endif // NASC_PASSES_KERNELS_KERNELBUILDER_H
