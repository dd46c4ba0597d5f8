//===- arena_planning_benchmark.cpp - Hard arenas, solved exactly ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Usage: arena_planning_benchmark [SECONDS [COUNT [GENERATOR [FOLDER]]]]
//
// Plans arenas of 1 MiB that are known to suffice, as every instance is made by
// cutting or filling a rectangle of time and memory. Kept are instances on
// which the usual planner (by decreasing size, into the lowest gap) needs at
// least 20 % more. For each of the generators (all, or the one named), COUNT
// instances (8) are planned within SECONDS (60) each; with FOLDER, they are
// written there as CSV for nas-plan. Printed are the buffers, what the usual
// planner takes too much, and the time until a plan of 1 MiB was found. What is
// open within the time is reported as such; the program fails where a plan or a
// proof is wrong.
//
// After that (or alone, with the GENERATOR "networks"), the buffers of 300
// random networks of each of several kinds are planned as the compiler does:
// printed are the largest, what the usual planner takes more than the lower
// bound at worst, the longest time, and how many plans are proved to be the
// smallest.
//
//===----------------------------------------------------------------------===//

#include "passes/arena/ArenaPlanning.h"
#include "test/benchmarks/arena_problems.h"

#include "llvm/Support/Error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace nasc;

namespace {

constexpr int64_t capacity = arenaProblemCapacity;

/// What placing by decreasing size takes, each buffer in the lowest gap.
int64_t sizeOfGreedy(const std::vector<ArenaBuffer> &buffers) {
  std::vector<size_t> order(buffers.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return buffers[a].size > buffers[b].size;
  });
  std::vector<int64_t> offsets(buffers.size());
  int64_t size = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    const ArenaBuffer &buffer = buffers[order[k]];
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (size_t j = 0; j < k; ++j) {
      const ArenaBuffer &other = buffers[order[j]];
      if (buffer.lower < other.upper && other.lower < buffer.upper)
        taken.emplace_back(offsets[order[j]], offsets[order[j]] + other.size);
    }
    std::sort(taken.begin(), taken.end());
    int64_t at = 0;
    for (const auto &[begin, end] : taken) {
      if (begin - at >= buffer.size)
        break;
      at = std::max(at, end);
    }
    offsets[order[k]] = at;
    size = std::max(size, at + buffer.size);
  }
  return size;
}

std::vector<ArenaBuffer> toBuffers(Rectangles rectangles, Random &random) {
  for (size_t i = rectangles.size(); i > 1; --i)
    std::swap(rectangles[i - 1],
              rectangles[size_t(random.in(0, int64_t(i) - 1))]);
  std::vector<ArenaBuffer> buffers;
  for (const Rectangle &r : rectangles)
    buffers.push_back(
        {std::to_string(buffers.size()), r.begin, r.end, r.height()});
  return buffers;
}

/// Plans networks as the compiler does, and says how long the worst takes.
/// False if a plan is wrong.
bool planNetworks(int count) {
  std::printf("\n%-14s %8s %9s %9s  %s\n", "networks", "buffers", "greedy",
              "seconds", "result (the worst of each column)");
  for (const NetworkGenerator &generator : networkGenerators()) {
    size_t most = 0;
    int optimal = 0;
    double worst = 0, greedy = 0, gap = 0;
    for (int seed = 1; seed <= count; ++seed) {
      Random random{uint64_t(seed)};
      const std::vector<ArenaBuffer> buffers = generator.make(random);
      const auto start = std::chrono::steady_clock::now();
      const ArenaPlan plan = planArena(buffers, 16);
      worst = std::max(worst, std::chrono::duration<double>(
                                  std::chrono::steady_clock::now() - start)
                                  .count());
      if (llvm::Error error = checkArenaPlan(buffers, plan, 16)) {
        std::printf("%s %d: wrong plan: %s\n", generator.name, seed,
                    llvm::toString(std::move(error)).c_str());
        return false;
      }
      most = std::max(most, buffers.size());
      optimal += plan.isOptimal();
      const double bound = double(plan.lowerBound);
      greedy = std::max(greedy, double(sizeOfGreedy(buffers)) / bound - 1);
      gap = std::max(gap, double(plan.size) / bound - 1);
    }
    std::printf("%-14s %8zu %8.1f%% %9.3f  %d of %d proved to be the smallest, "
                "%+.2f%%\n",
                generator.name, most, 100 * greedy, worst, optimal, count,
                100 * gap);
    std::fflush(stdout);
  }
  return true;
}

void write(const std::string &path, const std::vector<ArenaBuffer> &buffers) {
  std::ofstream file(path);
  file << "id,lower,upper,size\n";
  for (const ArenaBuffer &buffer : buffers)
    file << buffer.id << ',' << buffer.lower << ',' << buffer.upper << ','
         << buffer.size << '\n';
}

} // namespace

int main(int argc, char **argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 60;
  const int wanted = argc > 2 ? std::atoi(argv[2]) : 8;
  const std::string only = argc > 3 ? argv[3] : "";
  const std::string folder = argc > 4 ? argv[4] : "";

  std::printf("%-14s %8s %9s %9s  %s\n", "instance", "buffers", "greedy",
              "seconds", "result");
  int total = 0, solved = 0, quick = 0;
  for (const RectangleGenerator &generator : rectangleGenerators()) {
    if (!only.empty() && only != "all" && only != generator.name)
      continue;
    int kept = 0;
    for (uint64_t seed = 1; kept < wanted && seed < 5000; ++seed) {
      Random random(seed);
      const std::vector<ArenaBuffer> buffers =
          toBuffers(generator.make(random), random);
      const double over = double(sizeOfGreedy(buffers)) / double(capacity) - 1;
      if (buffers.size() < 100 || buffers.size() > 600 || over < 0.2)
        continue;
      ++kept;
      const std::string name =
          std::string(generator.name) + "-" + std::to_string(kept);
      if (!folder.empty())
        write(folder + "/" + name + ".csv", buffers);

      ArenaPlanOptions options;
      options.stepLimit = UINT64_MAX;
      options.secondsLimit = seconds;
      options.capacity = capacity;
      const auto start = std::chrono::steady_clock::now();
      const ArenaPlan plan = planArena(buffers, 1, options);
      const double time = std::chrono::duration<double>(
                              std::chrono::steady_clock::now() - start)
                              .count();
      if (llvm::Error error = checkArenaPlan(buffers, plan, 1)) {
        std::printf("%s: wrong plan: %s\n", name.c_str(),
                    llvm::toString(std::move(error)).c_str());
        return 1;
      }
      if (plan.lowerBound > capacity) {
        std::printf("%s: wrong proof: 1 MiB suffices\n", name.c_str());
        return 1;
      }
      const bool fits = plan.size <= capacity;
      ++total;
      solved += fits;
      quick += fits && time < 1;
      std::printf("%-14s %8zu %8.1f%% %9.3f  %s", name.c_str(), buffers.size(),
                  100 * over, time, fits ? "solved" : "open");
      if (!fits)
        std::printf(", best plan %+.1f%%",
                    100 * (double(plan.size) / double(capacity) - 1));
      std::printf(" (%s)\n", plan.order.c_str());
      std::fflush(stdout);
    }
  }
  std::printf("%d instances, %d solved, %d of them in less than 1 s\n", total,
              solved, quick);
  if ((only.empty() || only == "all" || only == "networks") &&
      !planNetworks(300))
    return 1;
  return 0;
}
