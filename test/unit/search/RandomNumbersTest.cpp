//===- RandomNumbersTest.cpp ----------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/RandomNumbers.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

using namespace nasc::search;

namespace {

TEST(RandomNumbers, PublishedSequenceOfXoshiro256StarStar) {
  RandomNumbers random(RandomNumbers::State{1, 2, 3, 4});
  for (uint64_t expected :
       {uint64_t(11520), uint64_t(0), uint64_t(1509978240),
        uint64_t(1215971899390074240), uint64_t(1216172134540287360),
        uint64_t(607988272756665600), uint64_t(16172922978634559625u),
        uint64_t(8476171486693032832), uint64_t(10595114339597558777u),
        uint64_t(2904607092377533576)})
    EXPECT_EQ(random.next(), expected);
}

TEST(RandomNumbers, SeedsAndStreamsDiffer) {
  std::set<uint64_t> firsts;
  for (uint64_t seed = 0; seed != 100; ++seed)
    for (uint64_t stream = 0; stream != 100; ++stream)
      firsts.insert(RandomNumbers(seed, stream).next());
  EXPECT_EQ(firsts.size(), 10000u);
  EXPECT_EQ(RandomNumbers(7, 3).next(), RandomNumbers(7, 3).next());
}

TEST(RandomNumbers, GoesOnFromAState) {
  RandomNumbers random(42);
  for (int i = 0; i != 10; ++i)
    random.next();
  RandomNumbers again(random.state());
  for (int i = 0; i != 10; ++i)
    EXPECT_EQ(again.next(), random.next());
}

TEST(RandomNumbers, BelowIsUniform) {
  RandomNumbers random(1);
  for (uint64_t bound : {1u, 2u, 3u, 7u, 10u, 64u}) {
    std::vector<int> counts(bound, 0);
    const int draws = 20000;
    for (int i = 0; i != draws; ++i)
      ++counts.at(random.below(bound));
    double expected = double(draws) / bound, statistic = 0;
    for (int count : counts)
      statistic += (count - expected) * (count - expected) / expected;
    // Six standard deviations of chi-square.
    EXPECT_LT(statistic, bound - 1 + 6 * std::sqrt(2.0 * bound)) << bound;
  }
  // Bounds for which a plain remainder would be visibly uneven.
  uint64_t bound = (uint64_t(1) << 63) + (uint64_t(1) << 62);
  int low = 0;
  for (int i = 0; i != 30000; ++i)
    low += random.below(bound) < bound / 3;
  EXPECT_NEAR(low, 10000, 500);
}

TEST(RandomNumbers, Between) {
  RandomNumbers random(2);
  std::set<int64_t> seen;
  for (int i = 0; i != 1000; ++i)
    seen.insert(random.between(-2, 2));
  EXPECT_EQ(seen, (std::set<int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(random.between(5, 5), 5);
  int64_t least = std::numeric_limits<int64_t>::min();
  int64_t greatest = std::numeric_limits<int64_t>::max();
  int negative = 0;
  for (int i = 0; i != 1000; ++i)
    negative += random.between(least, greatest) < 0;
  EXPECT_NEAR(negative, 500, 100);
}

TEST(RandomNumbers, UnitAndChance) {
  RandomNumbers random(3);
  double sum = 0;
  int hits = 0;
  for (int i = 0; i != 10000; ++i) {
    double value = random.unit();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    hits += random.chance(0.25);
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);
  EXPECT_NEAR(hits, 2500, 250);
}

TEST(RandomNumbers, Shuffle) {
  RandomNumbers random(4);
  std::vector<int> counts(24, 0);
  for (int i = 0; i != 24000; ++i) {
    std::vector<int> order = {0, 1, 2, 3};
    random.shuffle<int>(order);
    int number = 0;
    std::vector<int> ordered = {0, 1, 2, 3};
    while (ordered != order) {
      ++number;
      ASSERT_TRUE(std::next_permutation(ordered.begin(), ordered.end()));
    }
    ++counts[number];
  }
  for (int count : counts)
    EXPECT_NEAR(count, 1000, 200);
}

} // namespace
