//===- HypervolumeTest.cpp ------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/Hypervolume.h"

#include "gtest/gtest.h"

#include <pagmo/utils/hv_algos/hv_hvwfg.hpp>
#include <pagmo/utils/hypervolume.hpp>

#include <cmath>
#include <limits>
#include <numeric>

using namespace nasc::search;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double volume(const std::vector<double> &values,
              const std::vector<double> &reference) {
  llvm::Expected<double> result =
      hypervolume({values, static_cast<unsigned>(reference.size())}, reference);
  if (result)
    return *result;
  ADD_FAILURE() << llvm::toString(result.takeError());
  return nan;
}

std::string failure(const std::vector<double> &values, unsigned objectives,
                    const std::vector<double> &reference) {
  llvm::Expected<double> result = hypervolume({values, objectives}, reference);
  if (result)
    return "no error";
  return llvm::toString(result.takeError());
}

/// Points on the octant of a sphere, as other programs were measured on.
std::vector<double> spherePoints(unsigned objectives, unsigned count) {
  std::vector<double> points;
  uint32_t state = 1;
  for (unsigned i = 0; i != count; ++i) {
    std::vector<double> row;
    double length = 0;
    for (unsigned j = 0; j != objectives; ++j) {
      state = state * 1664525u + 1013904223u;
      row.push_back(0.01 + (state >> 8) / 16777216.0);
      length += row.back() * row.back();
    }
    for (double value : row)
      points.push_back(1 - value / std::sqrt(length));
  }
  return points;
}

TEST(Hypervolume, GoldenValues) {
  EXPECT_NEAR(volume(spherePoints(3, 200), {1.1, 1.1, 1.1}), 0.729983714,
              5e-10);
  EXPECT_NEAR(volume(spherePoints(3, 500), {1.1, 1.1, 1.1}), 0.754506177,
              5e-10);
  EXPECT_NEAR(volume(spherePoints(3, 1000), {1.1, 1.1, 1.1}), 0.765230938,
              5e-10);
  EXPECT_NEAR(volume(spherePoints(4, 200), std::vector<double>(4, 1.1)),
              0.422698583, 5e-10);
  EXPECT_NEAR(volume(spherePoints(5, 200), std::vector<double>(5, 1.1)),
              0.207170729, 5e-10);
}

TEST(Hypervolume, AgreesWithPagmosOtherAlgorithm) {
  std::vector<double> values = spherePoints(3, 150);
  std::vector<std::vector<double>> rows;
  for (size_t i = 0; i != values.size(); i += 3)
    rows.push_back({values[i], values[i + 1], values[i + 2]});
  pagmo::hvwfg wfg;
  std::vector<double> reference = {1.1, 1.2, 1.3};
  EXPECT_NEAR(volume(values, reference),
              pagmo::hypervolume(rows).compute(reference, wfg), 1e-12);
}

/// Counts the unit cubes that are dominated.
double countCubes(const std::vector<double> &values, unsigned objectives,
                  int extent) {
  size_t cubes = std::lround(std::pow(extent, objectives)), dominated = 0;
  for (size_t cube = 0; cube != cubes; ++cube) {
    bool covered = false;
    for (size_t at = 0; at != values.size() && !covered; at += objectives) {
      covered = true;
      size_t rest = cube;
      for (unsigned j = 0; j != objectives; ++j, rest /= extent)
        covered &= values[at + j] <= static_cast<double>(rest % extent);
    }
    dominated += covered;
  }
  return static_cast<double>(dominated);
}

TEST(Hypervolume, AgreesWithCounting) {
  RandomNumbers random(1);
  for (int round = 0; round != 400; ++round) {
    unsigned objectives = 1 + static_cast<unsigned>(random.below(5));
    const int extent = 5;
    std::vector<double> values;
    for (uint64_t i = random.below(12) * objectives; i != 0; --i)
      values.push_back(static_cast<double>(random.below(extent + 2)));
    EXPECT_EQ(volume(values, std::vector<double>(objectives, extent)),
              countCubes(values, objectives, extent))
        << objectives << " objectives, round " << round;
  }
}

TEST(Hypervolume, OrderAndDuplicatesDoNotMatter) {
  RandomNumbers random(2);
  std::vector<double> values = spherePoints(3, 100);
  double expected = volume(values, {1.1, 1.1, 1.1});
  std::vector<uint32_t> order(100);
  std::iota(order.begin(), order.end(), 0u);
  for (int round = 0; round != 20; ++round) {
    random.shuffle<uint32_t>(order);
    std::vector<double> shuffled;
    for (uint32_t i : order)
      for (int copy = 0; copy != 2; ++copy)
        shuffled.insert(shuffled.end(), values.begin() + 3 * i,
                        values.begin() + 3 * i + 3);
    // Bit for bit.
    EXPECT_EQ(volume(shuffled, {1.1, 1.1, 1.1}), expected);
  }
}

TEST(Hypervolume, CandidatesOutsideAddNothing) {
  EXPECT_EQ(volume({}, {1, 1}), 0);
  EXPECT_EQ(volume({1, 0}, {1, 1}), 0);
  EXPECT_EQ(volume({2, 0, nan, 0, 0, infinity}, {1, 1}), 0);
  EXPECT_EQ(volume({0.5, 0.5, 2, -5, nan, 0}, {1, 1}), 0.25);
  EXPECT_EQ(volume({-3}, {1}), 4);
}

TEST(Hypervolume, Errors) {
  EXPECT_EQ(failure({1, 2}, 2, {1}),
            "the reference point has 1 objectives, the candidates have 2");
  EXPECT_EQ(failure({1, 2}, 2, {1, nan}), "the reference point is not finite");
  EXPECT_EQ(failure({1, 2, 1, -infinity}, 2, {3, 3}),
            "objective 1 of candidate 1 is negative infinity");
  EXPECT_EQ(failure({-1e308, -1e308}, 2, {1e308, 1e308}),
            "the hypervolume is not finite");
}

TEST(ReferencePoint, IsBeyondAllFiniteValues) {
  std::vector<double> values = {1, 5, 3, 5, 2, nan, infinity, 5};
  EXPECT_EQ(chooseReferencePoint({values, 2}, 0.5),
            (std::vector<double>{4, 5.5}));
  std::vector<double> none = {nan};
  EXPECT_EQ(chooseReferencePoint({none, 1}), std::vector<double>{1});
}

} // namespace
