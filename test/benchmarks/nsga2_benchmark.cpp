//===- nsga2_benchmark.cpp - Speed of NSGA-II beside pagmo's --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Usage: nsga2_benchmark [ROUNDS]
//
// Sorting and selection with a population of 4,000 and three objectives, ours
// and pagmo's in turns, so that a noisy machine disturbs both. Printed are the
// least and the median of all rounds, and the ratio of the least. The results
// of both are compared on the way: the program fails where fronts differ.
//
//===----------------------------------------------------------------------===//

#include "runtime/search/Hypervolume.h"
#include "runtime/search/NSGA2.h"

#include <pagmo/utils/hv_algos/hv_hv3d.hpp>
#include <pagmo/utils/hypervolume.hpp>
#include <pagmo/utils/multi_objective.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using namespace nasc::search;

namespace {

constexpr uint32_t populationSize = 4000;
constexpr unsigned objectiveCount = 3;

/// Objective vectors as both programs take them.
struct Population {
  std::vector<double> values;
  std::vector<std::vector<double>> rows;

  ObjectiveView view() const { return {values, objectiveCount}; }
};

Population makePopulation(uint32_t count,
                          const std::function<void(double *)> &fill) {
  Population population;
  population.values.resize(size_t(count) * objectiveCount);
  for (uint32_t i = 0; i != count; ++i) {
    double *row = population.values.data() + size_t(i) * objectiveCount;
    fill(row);
    population.rows.emplace_back(row, row + objectiveCount);
  }
  return population;
}

/// Anywhere in the unit cube: many fronts.
Population uniform(RandomNumbers &random, uint32_t count) {
  return makePopulation(count, [&](double *row) {
    for (unsigned j = 0; j != objectiveCount; ++j)
      row[j] = random.unit();
  });
}

/// On the octant of a sphere: one front, as at the end of a search.
Population sphere(RandomNumbers &random, uint32_t count) {
  return makePopulation(count, [&](double *row) {
    double length = 0;
    for (unsigned j = 0; j != objectiveCount; ++j) {
      row[j] = 0.01 + random.unit();
      length += row[j] * row[j];
    }
    for (unsigned j = 0; j != objectiveCount; ++j)
      row[j] = 1 - row[j] / std::sqrt(length);
  });
}

/// Like networks: correlated costs in whole numbers, errors in steps of one
/// image in 10,000; ties and duplicates.
Population networks(RandomNumbers &random, uint32_t count) {
  return makePopulation(count, [&](double *row) {
    double size = random.unit();
    row[0] =
        std::round(10000 * (0.1 + 0.3 / (1 + 4 * size) + 0.1 * random.unit())) /
        10000;
    row[1] = std::round(1000 * (size + 0.3 * random.unit()));
    row[2] = 16 * std::round(200 * (size + random.unit()));
  });
}

struct Measurement {
  std::vector<double> seconds;

  void time(const std::function<void()> &run) {
    auto start = std::chrono::steady_clock::now();
    run();
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start;
    seconds.push_back(elapsed.count());
  }
  double least() const {
    return *std::min_element(seconds.begin(), seconds.end());
  }
  double median() {
    std::nth_element(seconds.begin(), seconds.begin() + seconds.size() / 2,
                     seconds.end());
    return seconds[seconds.size() / 2];
  }
};

void report(const char *what, Measurement &ours, Measurement &theirs) {
  std::printf("%-34s %9.3f %9.3f %11.3f %9.3f %8.1fx\n", what,
              ours.least() * 1e3, ours.median() * 1e3, theirs.least() * 1e3,
              theirs.median() * 1e3, theirs.least() / ours.least());
}

void requireEqualFronts(const Population &population) {
  auto pagmo = std::get<3>(pagmo::fast_non_dominated_sorting(population.rows));
  Fronts fronts = sortNonDominated(population.view());
  for (uint32_t i = 0; i != population.rows.size(); ++i)
    if (fronts.ranks()[i] != pagmo[i]) {
      std::fprintf(stderr, "candidate %u is in front %u; pagmo: %u\n", i,
                   fronts.ranks()[i], static_cast<unsigned>(pagmo[i]));
      std::exit(1);
    }
}

void compare(const char *name, const Population &population,
             const Population &united, int rounds) {
  requireEqualFronts(population);
  requireEqualFronts(united);
  Measurement sortOurs, sortTheirs, selectOurs, selectTheirs;
  uint64_t sink = 0;
  for (int round = 0; round != rounds; ++round) {
    sortOurs.time([&] { sink += sortNonDominated(population.view()).size(); });
    sortTheirs.time([&] {
      sink += std::get<0>(pagmo::fast_non_dominated_sorting(population.rows))
                  .size();
    });
    selectOurs.time([&] {
      sink += selectSurvivors(united.view(), populationSize).candidates[0];
    });
    selectTheirs.time([&] {
      sink += pagmo::select_best_N_mo(united.rows, populationSize)[0];
    });
  }
  report((std::string(name) + ": sort 4,000").c_str(), sortOurs, sortTheirs);
  report((std::string(name) + ": select 4,000 of 8,000").c_str(), selectOurs,
         selectTheirs);
  if (sink == 0)
    std::puts("");
}

/// All that a generation takes besides making and evaluating candidates.
void measureEngine(RandomNumbers &random, int rounds) {
  Measurement generation;
  uint64_t sink = 0;
  for (int round = 0; round != 3 * rounds; ++round) {
    Population united = networks(random, 2 * populationSize);
    generation.time([&] {
      Survivors survivors = selectSurvivors(united.view(), populationSize);
      for (uint32_t i = 0; i != 2 * populationSize; ++i)
        sink += binaryTournament(survivors.ranks, survivors.crowding, random);
    });
  }
  std::printf("engine: %.0f evaluations a second at population 4,000 and three "
              "objectives (median; sort, crowding, survival, tournaments)\n",
              populationSize / generation.median() + (sink == 1));
}

void compareHypervolumes(RandomNumbers &random, int rounds) {
  std::vector<double> reference(objectiveCount, 1.1);
  for (uint32_t count : {200u, 1000u, 10000u}) {
    Population population = sphere(random, count);
    Measurement ours, theirs;
    double a = 0, b = 0;
    for (int round = 0; round != rounds; ++round) {
      ours.time([&] {
        a = llvm::cantFail(hypervolume(population.view(), reference));
      });
      theirs.time([&] {
        pagmo::hv3d algorithm;
        b = pagmo::hypervolume(population.rows).compute(reference, algorithm);
      });
    }
    if (std::abs(a - b) > 1e-9) {
      std::fprintf(stderr, "hypervolume %.12g; pagmo: %.12g\n", a, b);
      std::exit(1);
    }
    report(("hypervolume " + std::to_string(count) + " (hv3d behind)").c_str(),
           ours, theirs);
  }
}

} // namespace

int main(int argc, char **argv) {
  int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: nsga2_benchmark [ROUNDS]\n");
    return 2;
  }
  RandomNumbers random(1);
  std::printf("%-34s %9s %9s %11s %9s %9s\n", "three objectives", "ours ms",
              "median", "pagmo ms", "median", "ratio");
  compare("uniform", uniform(random, populationSize),
          uniform(random, 2 * populationSize), rounds);
  compare("sphere", sphere(random, populationSize),
          sphere(random, 2 * populationSize), rounds);
  compare("networks", networks(random, populationSize),
          networks(random, 2 * populationSize), rounds);
  compareHypervolumes(random, rounds);
  measureEngine(random, rounds);
  return 0;
}
