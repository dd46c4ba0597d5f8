//===- TosaInterpreter.h - Integer TOSA by plain loops ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an integer function of the dialect `tosa` computes, written from the
// pseudo-code of the TOSA specification: the measure, bit for bit, for code
// that is generated from the same function. It shares nothing with the
// lowering.
//
// Where the specification leaves a result open (an accumulator that leaves 32
// bits, a division by zero), there is nothing to compare with, so running
// ends with an error instead of a result.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_REFERENCE_TOSAINTERPRETER_H
#define NASC_TEST_REFERENCE_TOSAINTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nasc::test {

/// A static shape without extents of 0, and an integer element type of 8, 16 or
/// 32 bits. Only 8 bits may be unsigned (MLIR's ui8); everything else is two's
/// complement.
struct TensorType {
  llvm::SmallVector<int64_t> shape;
  unsigned bits = 8;
  bool isUnsigned = false;

  /// The number of elements; 1 for rank 0.
  int64_t count() const;
  /// The number of bytes of raw, densely packed values.
  int64_t bytes() const { return count() * (bits / 8); }
  /// The least and the greatest value of an element.
  int64_t minimum() const {
    return isUnsigned ? 0 : -(int64_t(1) << (bits - 1));
  }
  int64_t maximum() const { return minimum() + (int64_t(1) << bits) - 1; }
  bool holds(int64_t value) const {
    return value >= minimum() && value <= maximum();
  }
  bool operator==(const TensorType &other) const {
    return shape == other.shape && bits == other.bits &&
           isUnsigned == other.isUnsigned;
  }
  bool operator!=(const TensorType &other) const { return !(*this == other); }
  /// As MLIR writes it, without `tensor`: `1x4xi8`.
  std::string str() const;
};

/// Values in row-major order (the last dimension runs fastest), each within
/// the range of the element type.
struct Tensor {
  TensorType type;
  std::vector<int32_t> values;
};

/// Runs one function. An interpreter is made once and run for many samples; it
/// keeps its buffers from run to run, so one object serves one thread. It does
/// not refer to the function after `create`.
class TosaInterpreter {
public:
  /// Checks and prepares a function with a body of one block, whose operations
  /// are those of the list below, on tensors of static shape.
  ///
  ///   const (also arith.constant), identity, reshape, transpose, slice,
  ///   concat, pad, cast, rescale, clamp, table, add, sub, mul, int_div,
  ///   arithmetic_right_shift, logical_left_shift, bitwise_xor, maximum,
  ///   minimum, reduce_sum, reduce_max, argmax, conv2d, depthwise_conv2d,
  ///   fully_connected, max_pool2d, avg_pool2d
  ///
  /// Weights and biases must be constants or computed from constants.
  /// Anything else, and attributes or shapes that the specification rules out,
  /// is an error that names the operation and its location.
  static llvm::Expected<TosaInterpreter> create(mlir::func::FuncOp function);

  TosaInterpreter(TosaInterpreter &&) noexcept;
  TosaInterpreter &operator=(TosaInterpreter &&) noexcept;
  ~TosaInterpreter();

  /// The types of the function's arguments and results.
  llvm::ArrayRef<TensorType> arguments() const;
  llvm::ArrayRef<TensorType> results() const;

  /// Runs a function of one argument and one result on raw bytes: the elements
  /// of the tensors in row-major order, little-endian where they have several
  /// bytes. Errors: another number of arguments or results, a wrong number of
  /// bytes, or values for which the specification defines no result.
  llvm::Expected<std::vector<int8_t>> run(llvm::ArrayRef<int8_t> input);

  /// Runs any function. Errors: tensors whose number or types are not those of
  /// the arguments, values outside their element type, or values for which the
  /// specification defines no result.
  llvm::Expected<std::vector<Tensor>>
  runTensors(llvm::ArrayRef<Tensor> tensors);

private:
  struct Program;
  explicit TosaInterpreter(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program;
};

} // namespace nasc::test

#endif // NASC_TEST_REFERENCE_TOSAINTERPRETER_H
