//===- Arithmetic.h - TOSA's fixed-point arithmetic -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The helper functions that the TOSA specification defines its integer
// operations by. Results are 64 bits wide so that the caller can see whether
// they fit what the specification requires. Right shifts of negative numbers
// are arithmetic, as all compilers have it that this code is built by.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_REFERENCE_ARITHMETIC_H
#define NASC_TEST_REFERENCE_ARITHMETIC_H

#include <cassert>
#include <cstdint>

namespace nasc::test {

/// The range of the shifts of both scalings.
constexpr int minimumShift = 2, maximumShift = 62;

/// value · multiplier / 2^shift, rounded to nearest, ties towards +∞. With
/// `doubleRound` and a shift above 31, it is rounded as if after a first
/// rounding at bit 31, whose ties go away from zero. The multiplier is not
/// negative. The specification requires that the result fits 32 bits.
inline int64_t applyScale32(int32_t value, int32_t multiplier, int shift,
                            bool doubleRound) {
  assert(multiplier >= 0 && shift >= minimumShift && shift <= maximumShift);
  int64_t round = int64_t(1) << (shift - 1);
  if (doubleRound && shift > 31)
    round += value >= 0 ? int64_t(1) << 30 : -(int64_t(1) << 30);
  // |product| < 2^62 and round < 2^61 + 2^31, so nothing wraps.
  return (int64_t(value) * multiplier + round) >> shift;
}

/// The same for a multiplier of 16 bits, without double rounding.
inline int64_t applyScale16(int64_t value, int32_t multiplier, int shift) {
  assert(multiplier >= 0 && multiplier < (1 << 15) && shift >= minimumShift &&
         shift <= maximumShift);
  return (value * multiplier + (int64_t(1) << (shift - 1))) >> shift;
}

struct Scale {
  int32_t multiplier;
  int shift;
};

/// The scale for a division by `value` > 0: a multiplier in [2^30, 2^31).
inline Scale reciprocalScale(uint32_t value) {
  assert(value > 0 && "no reciprocal of 0");
  // The least k with value <= 2^k.
  int k = 0;
  while ((uint64_t(1) << k) < value)
    ++k;
  const uint64_t numerator = ((uint64_t(1) << 30) + 1) << k;
  return {int32_t(numerator / value), 30 + k};
}

/// The value between `base` and `next` for the low seven bits of an input of
/// 16 bits, with seven bits of fraction. The specification requires that
/// next - base fits 16 bits.
inline int32_t interpolate(int32_t input, int32_t base, int32_t next) {
  return base * 128 + (next - base) * (input & 0x7f);
}

} // namespace nasc::test

#endif // NASC_TEST_REFERENCE_ARITHMETIC_H
