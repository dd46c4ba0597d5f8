//===- Range.cpp - Integer intervals with saturating ends -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Range.h"

#include <algorithm>
#include <cassert>

namespace nasc::cost {

namespace {

int64_t saturate(__int128 value) {
  if (value < Range::kMinimum)
    return Range::kMinimum;
  if (value > Range::kMaximum)
    return Range::kMaximum;
  return static_cast<int64_t>(value);
}

/// An unbounded end stays unbounded: its true value is beyond 64 bits, so
/// arithmetic with the number that stands for it would be wrong.
bool isUnbounded(int64_t end) {
  return end == Range::kMinimum || end == Range::kMaximum;
}

Range fromCorners(std::initializer_list<int64_t> corners) {
  return {std::min(corners), std::max(corners)};
}

Range positivePart(Range range) {
  return {std::max<int64_t>(range.lower, 1), std::max<int64_t>(range.upper, 1)};
}

} // namespace

int64_t saturatingAdd(int64_t a, int64_t b) {
  if (isUnbounded(a))
    return a;
  if (isUnbounded(b))
    return b;
  return saturate(static_cast<__int128>(a) + b);
}

int64_t saturatingSubtract(int64_t a, int64_t b) {
  if (isUnbounded(a))
    return a;
  if (isUnbounded(b))
    return b == Range::kMinimum ? Range::kMaximum : Range::kMinimum;
  return saturate(static_cast<__int128>(a) - b);
}

int64_t saturatingMultiply(int64_t a, int64_t b) {
  if (a == 0 || b == 0)
    return 0;
  if (isUnbounded(a) || isUnbounded(b))
    return (a < 0) == (b < 0) ? Range::kMaximum : Range::kMinimum;
  return saturate(static_cast<__int128>(a) * b);
}

int64_t floorDivide(int64_t dividend, int64_t divisor) {
  assert(divisor > 0 && "division by a number that is not positive");
  if (isUnbounded(dividend))
    return dividend;
  int64_t quotient = dividend / divisor;
  return quotient - (dividend % divisor < 0);
}

int64_t ceilDivide(int64_t dividend, int64_t divisor) {
  assert(divisor > 0 && "division by a number that is not positive");
  if (isUnbounded(dividend))
    return dividend;
  int64_t quotient = dividend / divisor;
  return quotient + (dividend % divisor > 0);
}

int64_t modulo(int64_t dividend, int64_t divisor) {
  assert(divisor > 0 && "division by a number that is not positive");
  int64_t remainder = dividend % divisor;
  return remainder < 0 ? remainder + divisor : remainder;
}

Range unite(Range a, Range b) {
  return {std::min(a.lower, b.lower), std::max(a.upper, b.upper)};
}

Range add(Range a, Range b) {
  return {saturatingAdd(a.lower, b.lower), saturatingAdd(a.upper, b.upper)};
}

Range subtract(Range a, Range b) {
  return {saturatingSubtract(a.lower, b.upper),
          saturatingSubtract(a.upper, b.lower)};
}

Range multiply(Range a, Range b) {
  return fromCorners({saturatingMultiply(a.lower, b.lower),
                      saturatingMultiply(a.lower, b.upper),
                      saturatingMultiply(a.upper, b.lower),
                      saturatingMultiply(a.upper, b.upper)});
}

Range floorDivide(Range a, Range b) {
  b = positivePart(b);
  return fromCorners(
      {floorDivide(a.lower, b.lower), floorDivide(a.lower, b.upper),
       floorDivide(a.upper, b.lower), floorDivide(a.upper, b.upper)});
}

Range ceilDivide(Range a, Range b) {
  b = positivePart(b);
  return fromCorners(
      {ceilDivide(a.lower, b.lower), ceilDivide(a.lower, b.upper),
       ceilDivide(a.upper, b.lower), ceilDivide(a.upper, b.upper)});
}

Range modulo(Range a, Range b) {
  b = positivePart(b);
  // Within one period the remainder is monotone.
  if (a.isBounded() && b.isConstant() &&
      floorDivide(a.lower, b.lower) == floorDivide(a.upper, b.lower))
    return {modulo(a.lower, b.lower), modulo(a.upper, b.lower)};
  Range result = {0, b.upper == Range::kMaximum ? b.upper : b.upper - 1};
  if (a.lower >= 0)
    result.upper = std::min(result.upper, a.upper);
  return result;
}

Range minimum(Range a, Range b) {
  return {std::min(a.lower, b.lower), std::min(a.upper, b.upper)};
}

Range maximum(Range a, Range b) {
  return {std::max(a.lower, b.lower), std::max(a.upper, b.upper)};
}

Range absolute(Range a) {
  Range result = maximum(a, subtract(Range::constant(0), a));
  result.lower = std::max<int64_t>(result.lower, 0);
  return result;
}

} // namespace nasc::cost
