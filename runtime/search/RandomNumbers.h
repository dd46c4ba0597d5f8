//===- RandomNumbers.h - Random numbers, the same everywhere ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The generator of all searches. A seed gives the same numbers on every
// platform; the distributions of <random> do not, so they are not used.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_RANDOMNUMBERS_H
#define NASC_RUNTIME_SEARCH_RANDOMNUMBERS_H

#include "dialects/support/SplitMix64.h"

#include "llvm/ADT/ArrayRef.h"

#include <array>
#include <cassert>
#include <cstdint>
#include <tuple>
#include <utility>

namespace nasc::search {

/// xoshiro256** by Blackman and Vigna, started with SplitMix64.
class RandomNumbers {
public:
  using State = std::array<uint64_t, 4>;

  /// Streams of one seed are independent of each other: one for each stage,
  /// generation or candidate keeps what one of them draws from changing what
  /// the others get.
  explicit RandomNumbers(uint64_t seed, uint64_t stream = 0) {
    SplitMix64 mixer(SplitMix64(seed).next() ^ (stream * 0xd1342543de82ef95u));
    for (uint64_t &word : words)
      word = mixer.next();
  }

  /// Goes on from a state that state() returned. All zeros is no state.
  explicit RandomNumbers(const State &state) : words(state) {
    assert(state != State{} && "not a state of this generator");
  }
  const State &state() const { return words; }

  /// 64 random bits.
  uint64_t next() {
    uint64_t result = rotate(words[1] * 5, 7) * 9;
    uint64_t shifted = words[1] << 17;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = rotate(words[3], 45);
    return result;
  }

  /// A whole number in [0, bound), each as likely as the others; bound > 0.
  uint64_t below(uint64_t bound) {
    assert(bound != 0 && "there is no number below 0");
    // Lemire: the high half of a product with the bound. The first
    // 2^64 mod bound low halves are drawn again, as they would be one too many.
    auto [high, low] = multiply(next(), bound);
    if (low < bound) {
      uint64_t surplus = (0 - bound) % bound;
      while (low < surplus)
        std::tie(high, low) = multiply(next(), bound);
    }
    return high;
  }

  /// A whole number in [lowest, highest].
  int64_t between(int64_t lowest, int64_t highest) {
    assert(lowest <= highest && "an empty range");
    uint64_t width =
        static_cast<uint64_t>(highest) - static_cast<uint64_t>(lowest);
    uint64_t offset = width + 1 == 0 ? next() : below(width + 1);
    return static_cast<int64_t>(static_cast<uint64_t>(lowest) + offset);
  }

  /// A number in [0, 1), a multiple of 2^-53.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// True with that probability; never at 0 or below, always at 1 and above.
  bool chance(double probability) { return unit() < probability; }

  /// Brings the elements into any order, each as likely as the others.
  template <typename T> void shuffle(llvm::MutableArrayRef<T> elements) {
    for (size_t i = elements.size(); i > 1; --i)
      std::swap(elements[i - 1], elements[below(i)]);
  }

private:
  static uint64_t rotate(uint64_t value, int by) {
    return (value << by) | (value >> (64 - by));
  }

  /// High and low half of the product.
  static std::pair<uint64_t, uint64_t> multiply(uint64_t a, uint64_t b) {
    uint64_t aLow = a & 0xffffffffu, aHigh = a >> 32;
    uint64_t bLow = b & 0xffffffffu, bHigh = b >> 32;
    uint64_t low = aLow * bLow;
    uint64_t middle = aHigh * bLow + (low >> 32);
    uint64_t middle2 = aLow * bHigh + (middle & 0xffffffffu);
    return {aHigh * bHigh + (middle >> 32) + (middle2 >> 32), a * b};
  }

  State words;
};

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_RANDOMNUMBERS_H
