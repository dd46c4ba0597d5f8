//===- Numbers.h - Counts of any size ---------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counting is written for any unsigned integer type: 64 and 128 bits where
// they suffice for all architectures of the space, Boost's unlimited integers
// elsewhere.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_NUMBERS_H
#define NASC_PASSES_COUNTING_NUMBERS_H

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <boost/multiprecision/cpp_int.hpp>

#include <utility>

namespace nasc::counting {

using Natural64 = uint64_t;
using Natural128 = unsigned __int128;
using NaturalAny = boost::multiprecision::cpp_int;

inline llvm::APInt toAPInt(Natural64 value) { return llvm::APInt(64, value); }
inline llvm::APInt toAPInt(Natural128 value) {
  return llvm::APInt(
      128, {static_cast<uint64_t>(value), static_cast<uint64_t>(value >> 64)});
}
inline llvm::APInt toAPInt(const NaturalAny &value) {
  std::vector<uint64_t> words;
  if (value != 0)
    export_bits(value, std::back_inserter(words), 64, /*msv_first=*/false);
  words.push_back(0);
  return llvm::APInt(64 * words.size(), words);
}

inline NaturalAny naturalOf(const llvm::APInt &value) {
  NaturalAny result;
  import_bits(result, value.getRawData(),
              value.getRawData() + value.getNumWords(), 64,
              /*msv_first=*/false);
  return result;
}

/// The greatest common divisor of two numbers that are not negative.
inline __int128 commonDivisor(__int128 a, __int128 b) {
  while (b != 0)
    a = std::exchange(b, a % b);
  return a;
}

/// Two counts in the wider of their widths.
llvm::APInt sumOf(const llvm::APInt &a, const llvm::APInt &b);

/// Adds counts of one type, `[choice][position]`, to those of any size.
template <typename Natural>
void addCounts(std::vector<std::vector<llvm::APInt>> &sums,
               const std::vector<std::vector<Natural>> &counts) {
  for (size_t choice = 0; choice < sums.size(); ++choice)
    for (size_t position = 0; position < sums[choice].size(); ++position)
      sums[choice][position] =
          sumOf(sums[choice][position], toAPInt(counts[choice][position]));
}

/// A number in [0, 1) from 64 uniform bits.
inline double unit(llvm::function_ref<uint64_t()> random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

/// Uniform in `0 … bound - 1`, from 64 uniform bits a call.
inline Natural64 below(Natural64 bound, llvm::function_ref<uint64_t()> random) {
  // Lemire's method: the high half of a product, without the few low halves
  // that would make some results more likely.
  unsigned __int128 product = static_cast<unsigned __int128>(random()) * bound;
  if (static_cast<uint64_t>(product) < bound) {
    uint64_t threshold = -bound % bound;
    while (static_cast<uint64_t>(product) < threshold)
      product = static_cast<unsigned __int128>(random()) * bound;
  }
  return product >> 64;
}
inline Natural128 below(Natural128 bound,
                        llvm::function_ref<uint64_t()> random) {
  if (bound >> 64 == 0)
    return below(static_cast<Natural64>(bound), random);
  unsigned shift =
      __builtin_clzll(static_cast<uint64_t>((bound - 1) >> 64) | 1);
  while (true) {
    Natural128 drawn =
        static_cast<Natural128>(random() >> shift) << 64 | random();
    if (drawn < bound)
      return drawn;
  }
}
inline NaturalAny below(const NaturalAny &bound,
                        llvm::function_ref<uint64_t()> random) {
  NaturalAny largest = bound;
  unsigned bits = --largest == 0 ? 1 : msb(largest) + 1;
  uint64_t mask = ~uint64_t(0) >> (63 - (bits - 1) % 64);
  std::vector<uint64_t> words((bits + 63) / 64);
  NaturalAny drawn;
  do {
    for (uint64_t &word : words)
      word = random();
    words.front() &= mask;
    import_bits(drawn, words.begin(), words.end(), 64);
  } while (drawn >= bound);
  return drawn;
}

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_NUMBERS_H
