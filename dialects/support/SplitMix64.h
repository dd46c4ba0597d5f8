//===- SplitMix64.h - A generator of random numbers -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_SUPPORT_SPLITMIX64_H
#define NASC_DIALECTS_SUPPORT_SPLITMIX64_H

#include <cstdint>

namespace nasc {

/// SplitMix64 by Steele, Lea and Flood: 64 uniform bits a call, the same on
/// every machine (the distributions of <random> are not). Header only, without
/// LLVM.
class SplitMix64 {
public:
  explicit SplitMix64(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t mixed = state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
  }
  /// In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
  uint64_t state;
};

} // namespace nasc

#endif // NASC_DIALECTS_SUPPORT_SPLITMIX64_H
