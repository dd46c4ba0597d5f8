//===- arena_problems.h - Random arenas to plan -----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What arena_planning_benchmark plans: rectangles of time and memory that lie
// in one of 1 MiB without overlaps, and the buffers of networks.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_BENCHMARKS_ARENA_PROBLEMS_H
#define NASC_TEST_BENCHMARKS_ARENA_PROBLEMS_H

#include "passes/arena/ArenaPlanning.h"
#include <cstdint>
#include <random>
#include <vector>

namespace nasc {

/// The bytes that suffice for the rectangles of every generator.
constexpr int64_t arenaProblemCapacity = 1 << 20;

/// Numbers that are the same with every standard library.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}
  /// In [low, high].
  int64_t in(int64_t low, int64_t high) {
    return low + int64_t(engine() % uint64_t(high - low + 1));
  }
  bool chance(int percent) { return in(1, 100) <= percent; }

private:
  std::mt19937_64 engine;
};

/// A piece of the rectangle of time and memory.
struct Rectangle {
  int64_t begin, end;
  int64_t bottom, top;
  int64_t width() const { return end - begin; }
  int64_t height() const { return top - bottom; }
};

using Rectangles = std::vector<Rectangle>;

/// Makes rectangles that do not overlap, inside the capacity.
struct RectangleGenerator {
  const char *name;
  Rectangles (*make)(Random &);
};
const std::vector<RectangleGenerator> &rectangleGenerators();

/// Makes the buffers of a network: each layer is one time, its result lives
/// until the last layer that reads it.
struct NetworkGenerator {
  const char *name;
  std::vector<ArenaBuffer> (*make)(Random &);
};
const std::vector<NetworkGenerator> &networkGenerators();

} // namespace nasc

#endif // NASC_TEST_BENCHMARKS_ARENA_PROBLEMS_H
