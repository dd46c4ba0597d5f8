//===- NSGA2Test.cpp ------------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/NSGA2.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

using namespace nasc::search;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

//===----------------------------------------------------------------------===//
// The definitions, word for word
//===----------------------------------------------------------------------===//

bool plainlyDominates(ObjectiveView view, uint32_t a, uint32_t b) {
  bool better = false;
  for (unsigned j = 0; j != view.objectives(); ++j) {
    double x = std::isnan(view[a][j]) ? infinity : view[a][j];
    double y = std::isnan(view[b][j]) ? infinity : view[b][j];
    if (x > y)
      return false;
    better |= x < y;
  }
  return better;
}

std::vector<uint32_t> plainRanks(ObjectiveView view) {
  uint32_t count = view.size();
  std::vector<uint32_t> ranks(count, UINT32_MAX);
  uint32_t ranked = 0;
  for (uint32_t front = 0; ranked != count; ++front) {
    std::vector<uint32_t> members;
    for (uint32_t i = 0; i != count; ++i) {
      if (ranks[i] != UINT32_MAX)
        continue;
      bool dominated = false;
      for (uint32_t k = 0; k != count && !dominated; ++k)
        dominated = ranks[k] == UINT32_MAX && plainlyDominates(view, k, i);
      if (!dominated)
        members.push_back(i);
    }
    for (uint32_t i : members)
      ranks[i] = front;
    ranked += members.size();
  }
  return ranks;
}

/// Fronts as vectors, objective by objective, with the rules of the header.
std::vector<double> plainCrowding(ObjectiveView view,
                                  const std::vector<uint32_t> &ranks) {
  unsigned dimension = view.objectives();
  std::vector<double> distances(view.size(), 0);
  auto row = [&](uint32_t i) {
    std::vector<double> values = view[i].vec();
    for (double &value : values)
      value = std::isnan(value) ? infinity : value;
    return values;
  };
  uint32_t last = *std::max_element(ranks.begin(), ranks.end());
  for (uint32_t front = 0; front <= last; ++front) {
    std::vector<uint32_t> members;
    for (uint32_t i = 0; i != view.size(); ++i) {
      bool isNew = ranks[i] == front;
      for (uint32_t k : members)
        isNew = isNew && row(k) != row(i);
      if (isNew)
        members.push_back(i);
    }
    if (members.size() == 1) {
      distances[members[0]] = infinity;
      continue;
    }
    for (unsigned j = 0; j != dimension; ++j) {
      auto rotated = [&](uint32_t i) {
        std::vector<double> values = row(i);
        std::rotate(values.begin(), values.begin() + j, values.end());
        return values;
      };
      std::sort(members.begin(), members.end(), [&](uint32_t a, uint32_t b) {
        return rotated(a) < rotated(b);
      });
      std::vector<double> values, finite;
      for (uint32_t i : members) {
        values.push_back(row(i)[j]);
        if (std::isfinite(values.back()))
          finite.push_back(values.back());
      }
      if (values.front() == values.back())
        continue;
      distances[members.front()] = distances[members.back()] = infinity;
      if (finite.empty() || finite.front() == finite.back())
        continue;
      for (double &value : values)
        value = std::min(std::max(value, finite.front()), finite.back());
      for (size_t i = 1; i + 1 < members.size(); ++i)
        distances[members[i]] +=
            (values[i + 1] - values[i - 1]) / (finite.back() - finite.front());
    }
  }
  return distances;
}

//===----------------------------------------------------------------------===//
// Populations
//===----------------------------------------------------------------------===//

/// Random vectors; few different values (`levels`) make ties and duplicates.
std::vector<double> randomPopulation(RandomNumbers &random, uint32_t count,
                                     unsigned objectives, unsigned levels,
                                     bool withSpecials = false) {
  std::vector<double> values;
  for (size_t i = 0; i != size_t(count) * objectives; ++i) {
    double value =
        levels == 0 ? random.unit() : static_cast<double>(random.below(levels));
    if (withSpecials)
      switch (random.below(8)) {
      case 0:
        value = nan;
        break;
      case 1:
        value = infinity;
        break;
      case 2:
        value = -infinity;
        break;
      case 3:
        value = -0.0;
        break;
      default:
        break;
      }
    values.push_back(value);
  }
  return values;
}

void expectSorted(ObjectiveView view) {
  Fronts fronts = sortNonDominated(view);
  std::vector<uint32_t> expected = plainRanks(view);
  ASSERT_EQ(fronts.ranks().vec(), expected);
  uint32_t total = 0;
  for (uint32_t front = 0; front != fronts.size(); ++front) {
    ASSERT_FALSE(fronts[front].empty());
    ASSERT_TRUE(std::is_sorted(fronts[front].begin(), fronts[front].end()));
    for (uint32_t i : fronts[front])
      ASSERT_EQ(expected[i], front);
    total += fronts[front].size();
  }
  ASSERT_EQ(total, view.size());
  for (uint32_t i = 0; i != view.size(); ++i) {
    auto same = [&](uint32_t k) {
      for (unsigned j = 0; j != view.objectives(); ++j) {
        double a = view[i][j], b = view[k][j];
        if ((std::isnan(a) ? infinity : a) != (std::isnan(b) ? infinity : b))
          return false;
      }
      return true;
    };
    uint32_t first = 0;
    while (!same(first))
      ++first;
    ASSERT_EQ(fronts.representatives()[i], first);
  }
}

TEST(NonDominatedSort, AgreesWithTheDefinition) {
  RandomNumbers random(1);
  for (int round = 0; round != 6000; ++round) {
    unsigned objectives = 1 + static_cast<unsigned>(random.below(6));
    uint32_t count = static_cast<uint32_t>(random.below(40));
    unsigned levels = std::array<unsigned, 5>{0, 2, 3, 6, 20}[random.below(5)];
    std::vector<double> values = randomPopulation(random, count, objectives,
                                                  levels, random.below(4) == 0);
    SCOPED_TRACE(round);
    expectSorted({values, objectives});
    if (HasFatalFailure())
      return;
  }
}

TEST(NonDominatedSort, LargerPopulations) {
  // More than one block of the bit sets, and long fronts.
  RandomNumbers random(2);
  for (unsigned objectives : {2u, 3u, 4u, 6u})
    for (unsigned levels : {0u, 10u, 200u}) {
      std::vector<double> values =
          randomPopulation(random, 1400, objectives, levels);
      expectSorted({values, objectives});
      ASSERT_FALSE(HasFatalFailure());
    }
}

TEST(NonDominatedSort, Chains) {
  for (unsigned objectives : {1u, 2u, 3u, 4u, 5u}) {
    std::vector<double> values;
    for (int i = 0; i != 3000; ++i)
      values.insert(values.end(), objectives, (i * 1237) % 3000);
    Fronts fronts = sortNonDominated({values, objectives});
    ASSERT_EQ(fronts.size(), 3000u);
    for (int i = 0; i != 3000; ++i)
      ASSERT_EQ(fronts.ranks()[i], (i * 1237) % 3000u);
  }
}

TEST(NonDominatedSort, EmptyAndSingle) {
  std::vector<double> none, one = {1, 2, 3};
  EXPECT_EQ(sortNonDominated({none, 3}).size(), 0u);
  EXPECT_EQ(sortNonDominated({one, 3}).size(), 1u);
  EXPECT_TRUE(paretoFront({none, 2}).empty());
  EXPECT_TRUE(selectSurvivors({none, 2}, 5).candidates.empty());
  EXPECT_TRUE(selectSurvivors({one, 3}, 0).candidates.empty());
}

TEST(NonDominatedSort, DivergedCandidatesAreWorst) {
  std::vector<double> values = {nan, 1, 0.5, 1, nan, nan, 0.7, 0.5};
  Fronts fronts = sortNonDominated({values, 2});
  EXPECT_EQ(fronts.ranks().vec(), (std::vector<uint32_t>{1, 0, 2, 0}));
  EXPECT_FALSE(dominates({nan, 1}, {nan, 1}));
  EXPECT_TRUE(dominates({0.5, 1}, {nan, 1}));
  EXPECT_FALSE(dominates({nan, 1}, {0.5, 2}));
  EXPECT_FALSE(dominates({infinity}, {nan}));
}

TEST(ParetoFront, IsTheFirstFront) {
  RandomNumbers random(3);
  for (int round = 0; round != 3000; ++round) {
    unsigned objectives = 1 + static_cast<unsigned>(random.below(5));
    uint32_t count = 1 + static_cast<uint32_t>(random.below(40));
    std::vector<double> values =
        randomPopulation(random, count, objectives, random.below(2) ? 0 : 4,
                         random.below(4) == 0);
    ObjectiveView view(values, objectives);
    Fronts fronts = sortNonDominated(view);
    ASSERT_EQ(paretoFront(view), fronts[0].vec());
    std::vector<uint32_t> distinct;
    for (uint32_t i : fronts[0])
      if (fronts.representatives()[i] == i)
        distinct.push_back(i);
    ASSERT_EQ(paretoFront(view, /*distinct=*/true), distinct);
  }
}

TEST(Crowding, AgreesWithTheDefinition) {
  RandomNumbers random(4);
  for (int round = 0; round != 3000; ++round) {
    unsigned objectives = 1 + static_cast<unsigned>(random.below(5));
    uint32_t count = 1 + static_cast<uint32_t>(random.below(30));
    std::vector<double> values =
        randomPopulation(random, count, objectives, random.below(2) ? 0 : 5,
                         random.below(4) == 0);
    ObjectiveView view(values, objectives);
    Fronts fronts = sortNonDominated(view);
    std::vector<double> actual = crowdingDistances(view, fronts);
    std::vector<double> expected = plainCrowding(view, fronts.ranks().vec());
    for (uint32_t i = 0; i != count; ++i)
      if (std::isinf(expected[i]))
        ASSERT_EQ(actual[i], expected[i]) << round;
      else
        ASSERT_NEAR(actual[i], expected[i], 1e-12) << round;
  }
}

TEST(Crowding, KnownFront) {
  // One front on a line, with a duplicate of the third.
  std::vector<double> values = {0, 10, 1, 9, 4, 6, 10, 0, 4, 6};
  ObjectiveView view(values, 2);
  std::vector<double> distances =
      crowdingDistances(view, sortNonDominated(view));
  EXPECT_EQ(distances[0], infinity);
  EXPECT_DOUBLE_EQ(distances[1], 0.4 + 0.4);
  EXPECT_DOUBLE_EQ(distances[2], 0.9 + 0.9);
  EXPECT_EQ(distances[3], infinity);
  EXPECT_EQ(distances[4], 0);
}

TEST(Crowding, LargestNumbersDoNotOverflow) {
  double most = std::numeric_limits<double>::max();
  std::vector<double> values = {-most, most, 0, 0, most, -most};
  ObjectiveView view(values, 2);
  EXPECT_DOUBLE_EQ(crowdingDistances(view, sortNonDominated(view))[1], 2);
}

TEST(Crowding, DoesNotDependOnTheOrder) {
  RandomNumbers random(5);
  for (int round = 0; round != 500; ++round) {
    std::vector<double> values = randomPopulation(random, 30, 3, 6);
    std::vector<uint32_t> order(30);
    std::iota(order.begin(), order.end(), 0u);
    random.shuffle<uint32_t>(order);
    std::vector<double> shuffled;
    for (uint32_t i : order)
      shuffled.insert(shuffled.end(), values.begin() + 3 * i,
                      values.begin() + 3 * i + 3);
    ObjectiveView view(values, 3), other(shuffled, 3);
    Fronts fronts = sortNonDominated(view), others = sortNonDominated(other);
    std::vector<double> a = crowdingDistances(view, fronts);
    std::vector<double> b = crowdingDistances(other, others);
    for (uint32_t i = 0; i != 30; ++i) {
      ASSERT_EQ(others.ranks()[i], fronts.ranks()[order[i]]);
      // Bit for bit, for the one that stands for equal vectors.
      ASSERT_EQ(b[others.representatives()[i]],
                a[fronts.representatives()[order[i]]]);
    }
  }
}

TEST(Survivors, FrontsThenCrowding) {
  RandomNumbers random(6);
  for (int round = 0; round != 2000; ++round) {
    unsigned objectives = 1 + static_cast<unsigned>(random.below(4));
    uint32_t size = static_cast<uint32_t>(random.below(40));
    uint32_t count = static_cast<uint32_t>(random.below(45));
    std::vector<double> values =
        randomPopulation(random, size, objectives, random.below(2) ? 0 : 5);
    ObjectiveView view(values, objectives);
    Fronts fronts = sortNonDominated(view);
    std::vector<double> distances = crowdingDistances(view, fronts);
    std::vector<uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      if (fronts.ranks()[a] != fronts.ranks()[b])
        return fronts.ranks()[a] < fronts.ranks()[b];
      return distances[a] != distances[b] ? distances[a] > distances[b] : a < b;
    });
    order.resize(std::min(size, count));
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return fronts.ranks()[a] != fronts.ranks()[b]
                 ? fronts.ranks()[a] < fronts.ranks()[b]
                 : a < b;
    });
    Survivors survivors = selectSurvivors(view, count);
    ASSERT_EQ(survivors.candidates, order);
    for (size_t i = 0; i != order.size(); ++i) {
      ASSERT_EQ(survivors.ranks[i], fronts.ranks()[order[i]]);
      ASSERT_EQ(survivors.crowding[i], distances[order[i]]);
    }
  }
}

TEST(BinaryTournament, BetterOneWins) {
  RandomNumbers random(7);
  std::vector<uint32_t> ranks = {1, 0, 0, 2};
  std::vector<double> crowding = {infinity, 0.5, 0.7, infinity};
  std::vector<int> wins(4, 0);
  const int draws = 12000;
  for (int i = 0; i != draws; ++i)
    ++wins.at(binaryTournament(ranks, crowding, random));
  // Of the 6 pairs, the best wins 3, the next 2, the third 1, the last none.
  EXPECT_NEAR(wins[2], draws / 2, 300);
  EXPECT_NEAR(wins[1], draws / 3, 300);
  EXPECT_NEAR(wins[0], draws / 6, 300);
  EXPECT_EQ(wins[3], 0);
  EXPECT_EQ(binaryTournament({5}, {0.0}, random), 0u);
  // Equals win equally often.
  int first = 0;
  for (int i = 0; i != draws; ++i)
    first += binaryTournament({0, 0}, {0.1, 0.1}, random) == 0;
  EXPECT_NEAR(first, draws / 2, 300);
}

/// Solves a small problem with nothing but the parts above.
TEST(NSGA2, ReachesTheFrontOfAKnownProblem) {
  // Schaffer's: x² and (x - 2)² for x in [-1000, 1000]; the front is [0, 2].
  auto run = [](uint64_t seed) {
    RandomNumbers random(seed);
    std::vector<double> population(40);
    for (double &x : population)
      x = -1000 + 2000 * random.unit();
    auto evaluate = [](const std::vector<double> &points) {
      std::vector<double> values;
      for (double x : points) {
        values.push_back(x * x);
        values.push_back((x - 2) * (x - 2));
      }
      return values;
    };
    std::vector<double> values = evaluate(population);
    Survivors survivors = selectSurvivors({values, 2}, 40);
    for (int generation = 0; generation != 150; ++generation) {
      std::vector<double> together;
      for (uint32_t i : survivors.candidates)
        together.push_back(population[i]);
      for (int child = 0; child != 40; ++child) {
        double a = together[binaryTournament(survivors.ranks,
                                             survivors.crowding, random)];
        double b = together[binaryTournament(survivors.ranks,
                                             survivors.crowding, random)];
        double weight = 2 * random.unit() - 0.5;
        together.push_back(weight * a + (1 - weight) * b +
                           0.02 * (random.unit() - 0.5));
      }
      population = std::move(together);
      values = evaluate(population);
      survivors = selectSurvivors({values, 2}, 40);
    }
    std::vector<double> front;
    for (uint32_t i : survivors.candidates)
      front.push_back(population[i]);
    std::sort(front.begin(), front.end());
    return front;
  };
  std::vector<double> front = run(1);
  EXPECT_GE(front.front(), -0.05);
  EXPECT_LE(front.front(), 0.1);
  EXPECT_GE(front.back(), 1.9);
  EXPECT_LE(front.back(), 2.05);
  for (size_t i = 1; i != front.size(); ++i)
    EXPECT_LT(front[i] - front[i - 1], 0.25);
  EXPECT_EQ(run(1), front);
  EXPECT_NE(run(2), front);
}

TEST(NSGA2, LargePopulationsAreNotSlow) {
  // One front whose projection is a front again: the longest staircase, added
  // to in random places.
  RandomNumbers random(8);
  std::vector<double> values;
  for (int i = 0; i != 8000; ++i) {
    double second = random.unit();
    values.insert(values.end(), {i / 8000.0, second, 1 - second});
  }
  auto start = std::chrono::steady_clock::now();
  Survivors survivors = selectSurvivors({values, 3}, 4000);
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  EXPECT_EQ(survivors.candidates.size(), 4000u);
  // Quadratic sorting takes seconds with sanitizers.
  EXPECT_LT(elapsed.count(), 1.0);
}

} // namespace
