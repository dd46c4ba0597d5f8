//===- Range.h - Integer intervals with saturating ends ---------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of the ranges that every `cost` value states. An end that
// does not fit into 64 bits becomes the smallest or largest 64-bit integer,
// which therefore stand for "unbounded"; no operation wraps.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_COST_RANGE_H
#define NASC_DIALECTS_COST_RANGE_H

#include <cstdint>
#include <limits>

namespace nasc::cost {

/// A closed interval of integers, `lower <= upper`.
struct Range {
  static constexpr int64_t kMinimum = std::numeric_limits<int64_t>::min();
  static constexpr int64_t kMaximum = std::numeric_limits<int64_t>::max();

  int64_t lower = kMinimum;
  int64_t upper = kMaximum;

  static Range constant(int64_t value) { return {value, value}; }
  static Range boolean() { return {0, 1}; }

  bool isConstant() const { return lower == upper; }
  /// Both ends are known to fit 64 bits.
  bool isBounded() const { return lower != kMinimum && upper != kMaximum; }
  bool isBoolean() const { return lower >= 0 && upper <= 1; }
  bool contains(int64_t value) const {
    return lower <= value && value <= upper;
  }
  bool contains(Range other) const {
    return lower <= other.lower && other.upper <= upper;
  }
  bool operator==(Range other) const {
    return lower == other.lower && upper == other.upper;
  }
  bool operator!=(Range other) const { return !(*this == other); }
};

/// The smallest range that holds both.
Range unite(Range a, Range b);
Range add(Range a, Range b);
Range subtract(Range a, Range b);
Range multiply(Range a, Range b);
/// Division rounding down and up. A divisor range that touches zero or
/// negative numbers is first cut to its positive part: division by anything
/// else is rejected where the expression is built.
Range floorDivide(Range a, Range b);
Range ceilDivide(Range a, Range b);
/// The remainder of floorDivide: `0 <= result < b`.
Range modulo(Range a, Range b);
Range minimum(Range a, Range b);
Range maximum(Range a, Range b);
Range absolute(Range a);

/// The same operations on numbers. Results that do not fit saturate.
int64_t saturatingAdd(int64_t a, int64_t b);
int64_t saturatingSubtract(int64_t a, int64_t b);
int64_t saturatingMultiply(int64_t a, int64_t b);
/// `divisor` must be positive.
int64_t floorDivide(int64_t dividend, int64_t divisor);
int64_t ceilDivide(int64_t dividend, int64_t divisor);
int64_t modulo(int64_t dividend, int64_t divisor);

} // namespace nasc::cost

#endif // NASC_DIALECTS_COST_RANGE_H
