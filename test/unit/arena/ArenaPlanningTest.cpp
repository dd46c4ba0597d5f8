//===- ArenaPlanningTest.cpp - Plans of arenas ----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/arena/ArenaPlanning.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <random>

namespace nasc {
namespace {

TEST(ArenaPlanning, NothingToPlace) {
  const ArenaPlan plan = planArena({}, 64);
  EXPECT_EQ(plan.size, 0);
  EXPECT_EQ(llvm::toString(checkArenaPlan({}, plan, 64)), "");
}

TEST(ArenaPlanning, ReusesMemoryOfTheDead) {
  // A chain: each layer reads one buffer and writes the next.
  const std::vector<ArenaBuffer> buffers = {
      {"a", 0, 2, 1000}, {"b", 1, 3, 500}, {"c", 2, 4, 1000}, {"d", 3, 5, 10}};
  const ArenaPlan plan = planArena(buffers, 1);
  EXPECT_EQ(plan.size, 1500);
  EXPECT_EQ(plan.size, arenaLowerBound(buffers, 1));
  EXPECT_EQ(llvm::toString(checkArenaPlan(buffers, plan, 1)), "");
}

TEST(ArenaPlanning, FindsWhatOneOrderAloneMisses) {
  // Placed by size, `small` would go on top of both large ones.
  const std::vector<ArenaBuffer> buffers = {
      {"x", 0, 2, 64}, {"y", 1, 4, 96}, {"z", 3, 6, 64}, {"small", 0, 6, 32}};
  const ArenaPlan plan = planArena(buffers, 32);
  EXPECT_EQ(plan.size, arenaLowerBound(buffers, 32));
  EXPECT_EQ(llvm::toString(checkArenaPlan(buffers, plan, 32)), "");
}

TEST(ArenaPlanning, RandomPlansAreProvedAndNearTheBound) {
  std::mt19937 random(1);
  double worst = 1.0;
  for (int round = 0; round < 200; ++round) {
    std::vector<ArenaBuffer> buffers;
    const int count = 1 + random() % 40;
    for (int i = 0; i < count; ++i) {
      ArenaBuffer buffer;
      buffer.id = std::to_string(i);
      buffer.lower = random() % 50;
      buffer.upper = buffer.lower + 1 + random() % 8;
      buffer.size = random() % 5000;
      buffers.push_back(buffer);
    }
    const ArenaPlan plan = planArena(buffers, 64);
    ASSERT_EQ(llvm::toString(checkArenaPlan(buffers, plan, 64)), "");
    const int64_t bound = arenaLowerBound(buffers, 64);
    ASSERT_GE(plan.size, bound);
    if (bound > 0)
      worst = std::max(worst, double(plan.size) / double(bound));
  }
  EXPECT_LT(worst, 1.5);
}

/// The smallest arena by trying all orders, each buffer as low as it gets above
/// those before it: one of the orders is that of a best plan's offsets.
int64_t smallestByAllOrders(const std::vector<ArenaBuffer> &buffers,
                            int64_t alignment) {
  int64_t best = std::numeric_limits<int64_t>::max();
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    std::vector<int64_t> offsets(buffers.size());
    int64_t size = 0;
    for (size_t k = 0; k < order.size(); ++k) {
      const ArenaBuffer &buffer = buffers[order[k]];
      int64_t offset = 0;
      for (size_t j = 0; j < k; ++j) {
        const ArenaBuffer &below = buffers[order[j]];
        if (buffer.lower < below.upper && below.lower < buffer.upper)
          offset = std::max(offset, offsets[order[j]] + below.size);
      }
      offset = (offset + alignment - 1) / alignment * alignment;
      offsets[order[k]] = offset;
      size = std::max(size, offset + buffer.size);
    }
    best = std::min(best, size);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

std::vector<ArenaBuffer> randomBuffers(std::mt19937 &random, int count,
                                       int times, int lifetime, int sizes) {
  std::vector<ArenaBuffer> buffers;
  for (int i = 0; i < count; ++i) {
    ArenaBuffer buffer;
    buffer.id = std::to_string(i);
    buffer.lower = random() % times;
    buffer.upper = buffer.lower + 1 + random() % lifetime;
    buffer.size = random() % sizes;
    buffers.push_back(buffer);
  }
  return buffers;
}

TEST(ArenaPlanning, SmallPlansAreTheSmallest) {
  std::mt19937 random(2);
  for (int round = 0; round < 1500; ++round) {
    const int64_t alignment = std::array<int64_t, 3>{1, 4, 7}[round % 3];
    const std::vector<ArenaBuffer> buffers = randomBuffers(
        random, 1 + random() % 7, 2 + random() % 8, 1 + random() % 5, 20);
    const ArenaPlan plan = planArena(buffers, alignment);
    ASSERT_EQ(llvm::toString(checkArenaPlan(buffers, plan, alignment)), "");
    ASSERT_EQ(plan.size, smallestByAllOrders(buffers, alignment)) << round;
    EXPECT_TRUE(plan.isOptimal()) << round;
  }
}

TEST(ArenaPlanning, ProvesThatTheBoundCannotBeReached) {
  const std::vector<ArenaBuffer> buffers = {
      {"a", 6, 8, 2}, {"b", 0, 5, 2}, {"c", 7, 8, 2}, {"d", 5, 7, 1},
      {"e", 2, 3, 2}, {"f", 3, 7, 1}, {"g", 3, 6, 1}};
  EXPECT_EQ(arenaLowerBound(buffers, 1), 4);
  EXPECT_EQ(smallestByAllOrders(buffers, 1), 5);
  const ArenaPlan plan = planArena(buffers, 1);
  EXPECT_EQ(plan.size, 5);
  EXPECT_TRUE(plan.isOptimal());
  // Without steps there is no proof.
  ArenaPlanOptions options;
  options.stepLimit = 0;
  EXPECT_EQ(planArena(buffers, 1, options).lowerBound, 4);
}

TEST(ArenaPlanning, SizesAreDecidedExactly) {
  std::mt19937 random(3);
  for (int round = 0; round < 600; ++round) {
    // Few sizes and much in common, so that little is left empty.
    const std::vector<ArenaBuffer> buffers = randomBuffers(random, 7, 5, 3, 6);
    const int64_t alignment = 1 + round % 2;
    const int64_t smallest = smallestByAllOrders(buffers, alignment);
    ArenaPlanOptions options;
    options.capacity = smallest;
    ArenaPlan plan = planArena(buffers, alignment, options);
    EXPECT_LE(plan.size, smallest);
    EXPECT_LE(plan.lowerBound, smallest);
    EXPECT_EQ(llvm::toString(checkArenaPlan(buffers, plan, alignment)), "");
    if (smallest == 0)
      continue;
    options.capacity = smallest - 1;
    plan = planArena(buffers, alignment, options);
    EXPECT_GE(plan.lowerBound, smallest);
    EXPECT_EQ(llvm::toString(checkArenaPlan(buffers, plan, alignment)), "");
  }
}

TEST(ArenaPlanning, EqualLifetimesAreDecidedExactly) {
  // Most buffers live exactly as long as others: the search cuts orders among
  // those, and must leave one that fits.
  std::mt19937 random(6);
  for (int round = 0; round < 400; ++round) {
    const std::array<std::pair<int64_t, int64_t>, 4> lifetimes = {
        {{0, 2}, {1, 3}, {2, 4}, {0, 3 + round % 2}}};
    std::vector<ArenaBuffer> buffers;
    for (int i = 0; i < 7; ++i) {
      const auto [lower, upper] = lifetimes[random() % lifetimes.size()];
      buffers.push_back(
          {std::to_string(i), lower, upper, int64_t(1 + random() % 7)});
    }
    const int64_t alignment = 1 + round % 3;
    const int64_t smallest = smallestByAllOrders(buffers, alignment);
    const ArenaPlan plan = planArena(buffers, alignment);
    ASSERT_EQ(llvm::toString(checkArenaPlan(buffers, plan, alignment)), "");
    ASSERT_EQ(plan.size, smallest) << round;
    EXPECT_TRUE(plan.isOptimal()) << round;
  }
}

/// Cuts a rectangle in time only at multiples of 8, and in memory, so that many
/// buffers live exactly as long as others and nothing is left empty.
void cutInGroups(std::mt19937 &random, int64_t begin, int64_t end, int64_t size,
                 int depth, std::vector<ArenaBuffer> &buffers) {
  const int64_t spans = (end - begin) / 8;
  if (depth > 6 || size < 8) {
    buffers.push_back({std::to_string(buffers.size()), begin, end, size});
  } else if (spans > 1 && random() % 2) {
    const int64_t at = begin + 8 * int64_t(1 + random() % (spans - 1));
    cutInGroups(random, begin, at, size, depth + 1, buffers);
    cutInGroups(random, at, end, size, depth + 1, buffers);
  } else {
    const int64_t part = int64_t(1 + random() % (size - 1));
    cutInGroups(random, begin, end, part, depth + 1, buffers);
    cutInGroups(random, begin, end, size - part, depth + 1, buffers);
  }
}

TEST(ArenaPlanning, LargeArenasOfEqualLifetimesAreFilled) {
  std::mt19937 random(7);
  int filled = 0, searched = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<ArenaBuffer> buffers;
    cutInGroups(random, 0, 160, 4096, 0, buffers);
    std::shuffle(buffers.begin(), buffers.end(), random);
    ArenaPlanOptions options;
    options.stepLimit = 20'000;
    options.capacity = 4096;
    const ArenaPlan plan = planArena(buffers, 1, options);
    ASSERT_EQ(llvm::toString(checkArenaPlan(buffers, plan, 1)), "");
    EXPECT_LE(plan.lowerBound, 4096) << round;
    filled += plan.size <= 4096;
    searched += plan.size <= 4096 && plan.order == "search";
  }
  EXPECT_GE(filled, 18);
  // Not all of them by the greedy orders.
  EXPECT_GE(searched, 10);
}

TEST(ArenaPlanning, ProofsHoldForCutRectangles) {
  // A rectangle of 16 times and 64 units, cut in two again and again, fits its
  // height; a search that refutes it is wrong.
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::array<int64_t, 4>> parts = {{0, 16, 0, 64}};
    while (parts.size() < size_t(10 + round % 16)) {
      const size_t i = random() % parts.size();
      auto [begin, end, bottom, top] = parts[i];
      if (random() % 2 && end - begin > 1) {
        const int64_t at = begin + 1 + random() % (end - begin - 1);
        parts[i] = {begin, at, bottom, top};
        parts.push_back({at, end, bottom, top});
      } else if (top - bottom > 1) {
        const int64_t at = bottom + 1 + random() % (top - bottom - 1);
        parts[i] = {begin, end, bottom, at};
        parts.push_back({begin, end, at, top});
      }
    }
    std::shuffle(parts.begin(), parts.end(), random);
    std::vector<ArenaBuffer> buffers;
    for (const auto &[begin, end, bottom, top] : parts)
      if (round % 2 == 0 || random() % 8 != 0)
        buffers.push_back(
            {std::to_string(buffers.size()), begin, end, top - bottom});
    const ArenaPlan plan = planArena(buffers, 1);
    ASSERT_EQ(llvm::toString(checkArenaPlan(buffers, plan, 1)), "");
    EXPECT_LE(plan.lowerBound, 64) << round;
    EXPECT_LE(plan.size, 64) << round;
  }
}

TEST(ArenaPlanning, PlansAreTheSameEachTime) {
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    const std::vector<ArenaBuffer> buffers =
        randomBuffers(random, 60, 30, 10, 1000);
    ArenaPlanOptions options;
    options.stepLimit = 3000;
    const ArenaPlan one = planArena(buffers, 16, options);
    const ArenaPlan two = planArena(buffers, 16, options);
    EXPECT_EQ(one.offsets, two.offsets);
    EXPECT_EQ(one.size, two.size);
    EXPECT_EQ(one.lowerBound, two.lowerBound);
    EXPECT_LE(one.lowerBound, one.size);
    EXPECT_EQ(llvm::toString(checkArenaPlan(buffers, one, 16)), "");
  }
}

TEST(ArenaPlanning, TheCheckFindsWrongPlans) {
  const std::vector<ArenaBuffer> buffers = {{"a", 0, 2, 100}, {"b", 1, 3, 100}};
  auto message = [&](std::vector<int64_t> offsets, int64_t size,
                     int64_t alignment) {
    return llvm::toString(
        checkArenaPlan(buffers, {std::move(offsets), size, ""}, alignment));
  };
  EXPECT_EQ(message({0, 50}, 200, 1), "buffers a and b overlap in space and "
                                      "time");
  EXPECT_EQ(message({100, 0}, 150, 1),
            "buffer a ends at 200, outside the arena of 150 bytes");
  EXPECT_EQ(message({0, 100}, 200, 64),
            "buffer b lies at 100, not a multiple of 64");
  EXPECT_EQ(message({0}, 200, 1), "the plan has 1 offsets for 2 buffers");
  EXPECT_EQ(message({0, 100}, 200, 1), "");
}

} // namespace
} // namespace nasc
