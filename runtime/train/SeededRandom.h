//===- SeededRandom.h - Random numbers that can be repeated -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_SEEDEDRANDOM_H
#define NASC_RUNTIME_TRAIN_SEEDEDRANDOM_H

#include "dialects/support/SplitMix64.h"

#include <cstdint>

namespace nasc::train {

/// What a stream of random numbers is for: streams of the same seed and epoch
/// do not repeat each other.
enum class RandomPurpose : uint64_t { Weights, Order, Augmentation, Dropout };

/// Streams of SplitMix64. Every stream starts from (seed, epoch, purpose), so
/// an epoch draws the same numbers whether or not the epochs before it ran in
/// the same process; the distributions of <random> are not used because each
/// standard library has its own.
class SeededRandom {
public:
  SeededRandom(uint64_t seed, uint64_t epoch, RandomPurpose purpose)
      : numbers(seed) {
    numbers = SplitMix64(next() ^ (epoch + 1) * 0xd1342543de82ef95u);
    numbers = SplitMix64(next() ^ (static_cast<uint64_t>(purpose) + 1) *
                                      0xaf251af3b0f025b5u);
    next();
  }

  /// 64 random bits.
  uint64_t next() { return numbers.next(); }

  /// A number in [0, bound); bound is from 1 to 2^32. No number is more likely
  /// than another by more than 2^-32.
  uint64_t below(uint64_t bound) { return ((next() >> 32) * bound) >> 32; }

private:
  SplitMix64 numbers;
};

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_SEEDEDRANDOM_H
