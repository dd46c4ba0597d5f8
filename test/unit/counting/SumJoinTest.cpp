//===- SumJoinTest.cpp - Bounds of counts with rounded sums ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/SumJoin.h"
#include "passes/cost/ArchitectureSpace.h"
#include "passes/counting/FeasiblePart.h"
#include "passes/counting/FeasibleSet.h"
#include "passes/counting/PlaneIndex.h"
#include "test/unit/cost/CostTestSupport.h"

#include "llvm/ADT/STLExtras.h"

#include "gtest/gtest.h"

#include <map>

using namespace nasc::cost;
using namespace nasc::counting;

namespace {

/// Calls `visit` with spaces whose feasible sets have long sums.
void forEachJoin(
    unsigned wanted,
    llvm::function_ref<void(uint64_t, const CostProgram &, const FeasibleSet &)>
        visit) {
  unsigned found = 0;
  for (uint64_t seed = 0; found < wanted; ++seed) {
    ASSERT_LT(seed, 3000u) << "the generator makes no long sums";
    CostProgram program = randomSpace(seed, RandomSpaceOptions{3000});
    auto set = FeasibleSet::build(program, fullDomains(program));
    ASSERT_TRUE(set->isExact()) << seed;
    if (set->getNumParts() != 1 || set->getPart(0).getScale().fields.empty())
      continue;
    ++found;
    visit(seed, program, *set);
  }
}

TEST(SumJoinTest, RoundedCountsBoundTheExactOne) {
  unsigned tight = 0;
  forEachJoin(
      150, [&](uint64_t seed, const CostProgram &, const FeasibleSet &set) {
        for (uint64_t resolution : {2, 8, 64, 1 << 20}) {
          auto lower = boundPaths(set.getPart(0).getDiagram(),
                                  set.getPart(0).getScale(), resolution,
                                  /*lower=*/true, 64, Budget());
          auto upper = boundPaths(set.getPart(0).getDiagram(),
                                  set.getPart(0).getScale(), resolution,
                                  /*lower=*/false, 64, Budget());
          ASSERT_TRUE(lower && upper) << seed;
          ASSERT_LE(lower->getZExtValue(), set.getCount().lower.getZExtValue())
              << seed << " at " << resolution;
          ASSERT_GE(upper->getZExtValue(), set.getCount().lower.getZExtValue())
              << seed << " at " << resolution;
          tight += *lower == *upper;
        }
      });
  // Fine units are nearly exact.
  EXPECT_GT(tight, 150u);
}

/// With short lists the middle is long, and starts are drawn in boxes.
TEST(SumJoinTest, ShortListsGiveTheSameSet) {
  forEachJoin(150, [&](uint64_t seed, const CostProgram &program,
                       const FeasibleSet &set) {
    for (size_t entries : {1, 20, 300}) {
      FeasibleSetOptions options;
      options.listEntries = entries;
      auto other = FeasibleSet::build(program, fullDomains(program), options);
      ASSERT_TRUE(other->isExact()) << seed;
      ASSERT_EQ(other->getCount().lower.getZExtValue(),
                set.getCount().lower.getZExtValue())
          << seed;
      for (auto [mine, theirs] : llvm::zip(other->marginals(), set.marginals()))
        for (auto [a, b] : llvm::zip(mine, theirs))
          ASSERT_EQ(a.getZExtValue(), b.getZExtValue()) << seed;
      uint64_t size = set.getCount().lower.getZExtValue();
      if (size > 200)
        continue;
      std::map<std::vector<uint16_t>, unsigned> drawn;
      set.enumerate([&](llvm::ArrayRef<uint16_t> positions) {
        drawn[positions.vec()] = 0;
        return true;
      });
      ASSERT_EQ(drawn.size(), size);
      std::mt19937_64 random(seed);
      std::vector<uint16_t> positions(program.choices.size());
      for (unsigned draw = 0; draw < 100 * size; ++draw) {
        other->sample([&] { return random(); }, positions);
        auto found = drawn.find(positions);
        ASSERT_NE(found, drawn.end()) << seed;
        ++found->second;
      }
      // Seven standard deviations from the mean of 100.
      for (auto &[architecture, count] : drawn)
        ASSERT_NEAR(count, 100, 70) << seed;
    }
  });
}

TEST(SumJoinTest, BoundsOfALargeSpaceCloseInOnIt) {
  CostProgram program = convolutionalSpace(6);
  auto set = FeasibleSet::build(program, fullDomains(program));
  ASSERT_TRUE(set->isExact());
  if (set->getPart(0).getScale().fields.empty())
    GTEST_SKIP() << "no long sum";
  double exact = set->getCount().lower.roundToDouble();
  double last = 0;
  for (uint64_t resolution : {64, 1024, 16384}) {
    auto lower = boundPaths(set->getPart(0).getDiagram(),
                            set->getPart(0).getScale(), resolution,
                            /*lower=*/true, 64, Budget());
    auto upper = boundPaths(set->getPart(0).getDiagram(),
                            set->getPart(0).getScale(), resolution,
                            /*lower=*/false, 64, Budget());
    ASSERT_TRUE(lower && upper);
    EXPECT_LE(lower->roundToDouble(), exact);
    EXPECT_GE(upper->roundToDouble(), exact);
    EXPECT_GE(lower->roundToDouble(), last);
    last = lower->roundToDouble();
  }
  EXPECT_GT(last, 0.95 * exact);
}

TEST(PlaneIndexTest, EqualsGoingThroughAllPoints) {
  std::mt19937_64 random(1);
  for (unsigned size : {1u, 2u, 31u, 32u, 33u, 1000u, 20000u}) {
    unsigned range = 1 + random() % 500;
    std::vector<PlaneIndex::Point> points(size);
    for (auto &point : points)
      point = {static_cast<int32_t>(random() % range),
               static_cast<int32_t>(random() % range),
               static_cast<uint32_t>(1 + random() % 5)};
    std::sort(points.begin(), points.end(),
              [](auto &a, auto &b) { return a.x < b.x; });
    PlaneIndex index(points);
    for (unsigned question = 0; question < 40; ++question) {
      int32_t x = random() % (range + 2), y = random() % (range + 2);
      int32_t innerX = static_cast<int32_t>(random() % (x + 2)) - 1;
      int32_t innerY = static_cast<int32_t>(random() % (y + 2)) - 1;
      if (innerX < 0 || innerY < 0)
        innerX = innerY = -1;
      uint32_t weight = 0, between = 0;
      std::vector<uint32_t> seen(size), seenBetween(size);
      for (const auto &point : points)
        if (point.x <= x && point.y <= y) {
          weight += point.weight;
          if (point.x > innerX || point.y > innerY)
            between += point.weight;
        }
      ASSERT_EQ(index.weightBelow(x, y), weight);
      uint32_t step = 1 + weight / 300;
      for (uint32_t rank = 0; rank < weight; rank += step) {
        uint32_t unit = rank;
        uint32_t found = index.selectBelow(x, y, unit);
        ASSERT_TRUE(points[found].x <= x && points[found].y <= y);
        ASSERT_LT(unit, points[found].weight);
        ++seen[found];
      }
      for (uint32_t rank = 0; rank < between; rank += step) {
        uint32_t unit = rank;
        uint32_t found = index.selectBetween(innerX, innerY, x, y, unit);
        ASSERT_TRUE(points[found].x <= x && points[found].y <= y);
        ASSERT_TRUE(points[found].x > innerX || points[found].y > innerY);
        ASSERT_LT(unit, points[found].weight);
        ++seenBetween[found];
      }
      if (step > 1)
        continue;
      // Every point as often as it weighs.
      for (uint32_t point = 0; point < size; ++point) {
        bool below = points[point].x <= x && points[point].y <= y;
        bool isBetween =
            below && (points[point].x > innerX || points[point].y > innerY);
        ASSERT_EQ(seen[point], below ? points[point].weight : 0);
        ASSERT_EQ(seenBetween[point], isBetween ? points[point].weight : 0);
      }
    }
  }
}

} // namespace
