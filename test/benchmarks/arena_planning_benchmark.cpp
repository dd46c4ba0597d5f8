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
//===----------------------------------------------------------------------===//

#include "passes/lowering/ArenaPlanning.h"

#include "llvm/Support/Error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace nasc;

namespace {

constexpr int64_t capacity = 1 << 20;

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

/// Takes out the rectangle to cut next: a large one, most often.
Rectangle takeLarge(Rectangles &rectangles, Random &random) {
  size_t best = 0;
  double bestArea = -1;
  for (int draw = 0; draw < 3; ++draw) {
    const size_t i = size_t(random.in(0, int64_t(rectangles.size()) - 1));
    const double area =
        double(rectangles[i].width()) * double(rectangles[i].height());
    if (area > bestArea) {
      best = i;
      bestArea = area;
    }
  }
  const Rectangle taken = rectangles[best];
  rectangles[best] = rectangles.back();
  rectangles.pop_back();
  return taken;
}

/// A multiple of `unit` inside (low, high), or -1.
int64_t cutBetween(int64_t low, int64_t high, int64_t unit, Random &random) {
  const int64_t count = (high - low - 1) / unit;
  return count < 1 ? -1 : low + unit * random.in(1, count);
}

/// Cuts in two, along time or memory.
bool cutInTwo(const Rectangle &r, int64_t unit, int percentInTime,
              Random &random, Rectangles &out) {
  if (random.chance(percentInTime)) {
    const int64_t at = cutBetween(r.begin, r.end, 1, random);
    if (at < 0)
      return false;
    out.push_back({r.begin, at, r.bottom, r.top});
    out.push_back({at, r.end, r.bottom, r.top});
    return true;
  }
  const int64_t at = cutBetween(r.bottom, r.top, unit, random);
  if (at < 0)
    return false;
  out.push_back({r.begin, r.end, r.bottom, at});
  out.push_back({r.begin, r.end, at, r.top});
  return true;
}

/// Cuts into five like a pinwheel, so that no cut goes through.
bool cutPinwheel(const Rectangle &r, int64_t unit, Random &random,
                 Rectangles &out) {
  const int64_t x = cutBetween(r.begin, r.end, 1, random);
  const int64_t x2 = x < 0 ? -1 : cutBetween(x, r.end, 1, random);
  const int64_t y = cutBetween(r.bottom, r.top, unit, random);
  const int64_t y2 = y < 0 ? -1 : cutBetween(y, r.top, unit, random);
  if (x2 < 0 || y2 < 0)
    return false;
  if (random.chance(50)) {
    out.push_back({r.begin, x2, r.bottom, y});
    out.push_back({x2, r.end, r.bottom, y2});
    out.push_back({x, r.end, y2, r.top});
    out.push_back({r.begin, x, y, r.top});
  } else {
    out.push_back({x, r.end, r.bottom, y});
    out.push_back({r.begin, x, r.bottom, y2});
    out.push_back({r.begin, x2, y2, r.top});
    out.push_back({x2, r.end, y, r.top});
  }
  out.push_back({x, x2, y, y2});
  return true;
}

Rectangles cut(int count, int64_t times, int64_t unit, int percentInTime,
               int percentPinwheels, Random &random) {
  Rectangles rectangles = {{0, times, 0, capacity}};
  for (int tries = 0; int(rectangles.size()) < count && tries < 100'000;
       ++tries) {
    const Rectangle taken = takeLarge(rectangles, random);
    const bool done =
        random.chance(percentPinwheels)
            ? cutPinwheel(taken, unit, random, rectangles)
            : cutInTwo(taken, unit, percentInTime, random, rectangles);
    if (!done)
      rectangles.push_back(taken);
  }
  return rectangles;
}

/// Cuts that go through, sizes in KiB: everything is full at any time.
Rectangles makeGuillotine(Random &random) {
  return cut(int(random.in(100, 400)), random.in(60, 400), 1024,
             int(random.in(35, 65)), 0, random);
}

/// Cuts that do not go through, any sizes.
Rectangles makePinwheels(Random &random) {
  return cut(int(random.in(100, 350)), random.in(60, 600), 1,
             int(random.in(35, 65)), 40, random);
}

/// Full at first; then lifetimes shrink, some pieces are smaller or missing.
Rectangles makeRagged(Random &random) {
  Rectangles all =
      cut(int(random.in(150, 500)), random.in(100, 800),
          random.chance(50) ? 1024 : 64, int(random.in(40, 60)), 20, random);
  Rectangles kept;
  const int missing = int(random.in(0, 6)), shorter = int(random.in(10, 50)),
            smaller = int(random.in(0, 15));
  for (Rectangle r : all) {
    if (random.chance(missing))
      continue;
    if (random.chance(shorter) && r.width() > 1) {
      const int64_t by = random.in(0, std::max<int64_t>(r.width() / 4, 1));
      const int64_t front = random.in(0, by);
      r.begin += front;
      r.end -= by - front;
    }
    if (random.chance(smaller) && r.height() > 2048)
      r.top -= random.in(0, r.height() / 16 / 64) * 64;
    if (r.width() > 0)
      kept.push_back(r);
  }
  return kept;
}

/// Lays pieces with random lifetimes on each other until nothing fits; what is
/// above is cut off at the top. `draw` gives lifetime and size.
Rectangles stack(int64_t times, int count, Random &random,
                 const std::function<std::pair<int64_t, int64_t>(int)> &draw) {
  std::vector<int64_t> heights(size_t(times), 0);
  Rectangles rectangles;
  for (int i = 0, misses = 0; i < count && misses < 5000;) {
    auto [width, height] = draw(i);
    width = std::min(width, times);
    // Of some places the lowest and flattest.
    int64_t bestBegin = 0, bestBottom = capacity, bestWaste = -1;
    for (int tries = 0; tries < 12; ++tries) {
      const int64_t begin = random.in(0, times - width);
      int64_t bottom = 0, sum = 0;
      for (int64_t t = begin; t < begin + width; ++t) {
        bottom = std::max(bottom, heights[size_t(t)]);
        sum += heights[size_t(t)];
      }
      const int64_t waste = (bottom * width - sum) / width + bottom / 8;
      if (bestWaste < 0 || waste < bestWaste) {
        bestBegin = begin;
        bestBottom = bottom;
        bestWaste = waste;
      }
    }
    const int64_t top = std::min(bestBottom + height, capacity);
    if (top - bestBottom < 512) {
      ++misses;
      continue;
    }
    for (int64_t t = bestBegin; t < bestBegin + width; ++t)
      heights[size_t(t)] = top;
    rectangles.push_back({bestBegin, bestBegin + width, bestBottom, top});
    ++i;
  }
  return rectangles;
}

/// Like the networks of accelerators: a few small buffers that live long
/// (residuals, states), many large ones that live for some layers.
Rectangles makeNetwork(Random &random) {
  const int64_t times = random.in(150, 500);
  const int64_t unit = random.chance(50) ? 1024 : 256;
  return stack(times, int(random.in(200, 450)), random,
               [&](int) -> std::pair<int64_t, int64_t> {
                 const int kind = int(random.in(0, 9));
                 if (kind == 0)
                   return {random.in(times / 8, times / 2),
                           unit * random.in(1, 24)};
                 if (kind <= 3)
                   return {random.in(8, 40), unit * random.in(8, 64)};
                 return {random.in(2, 9), unit * random.in(16, 300)};
               });
}

/// Double buffering: tiles of few different sizes, in stairs.
Rectangles makeTiles(Random &random) {
  const int64_t times = random.in(80, 300);
  std::vector<int64_t> sizes;
  for (int i = 0; i < 6; ++i)
    sizes.push_back(1024 * random.in(8, 160));
  return stack(times, int(random.in(150, 400)), random,
               [&](int i) -> std::pair<int64_t, int64_t> {
                 if (i % 11 == 0)
                   return {random.in(20, 80), 1024 * random.in(4, 20)};
                 return {
                     random.in(2, 6),
                     sizes[size_t(random.in(0, int64_t(sizes.size()) - 1))]};
               });
}

/// Seeds in a grid that grow in all directions until they touch each other.
Rectangles makeGrown(Random &random) {
  const int64_t times = random.in(60, 140), rows = 128;
  const int64_t unit = capacity / rows;
  std::vector<char> taken(size_t(times * rows), 0);
  auto isFree = [&](int64_t t0, int64_t t1, int64_t r0, int64_t r1) {
    if (t0 < 0 || r0 < 0 || t1 > times || r1 > rows)
      return false;
    for (int64_t t = t0; t < t1; ++t)
      for (int64_t r = r0; r < r1; ++r)
        if (taken[size_t(t * rows + r)])
          return false;
    return true;
  };
  Rectangles rectangles;
  const int64_t widest = random.in(12, 60), highest = random.in(16, 60);
  for (int misses = 0; misses < 3000 && rectangles.size() < 420;) {
    Rectangle r;
    r.begin = random.in(0, times - 1);
    r.bottom = random.in(0, rows - 1);
    r.end = r.begin + 1;
    r.top = r.bottom + 1;
    if (!isFree(r.begin, r.end, r.bottom, r.top)) {
      ++misses;
      continue;
    }
    const int64_t width = random.in(2, widest), height = random.in(2, highest);
    for (int stuck = 0; stuck < 8;) {
      Rectangle next = r;
      switch (random.in(0, 3)) {
      case 0:
        --next.begin;
        break;
      case 1:
        ++next.end;
        break;
      case 2:
        --next.bottom;
        break;
      default:
        ++next.top;
        break;
      }
      // Its own cells are not taken yet.
      const bool good = next.width() <= width && next.height() <= height &&
                        isFree(next.begin, next.end, next.bottom, next.top);
      if (good)
        r = next;
      else
        ++stuck;
    }
    for (int64_t t = r.begin; t < r.end; ++t)
      for (int64_t row = r.bottom; row < r.top; ++row)
        taken[size_t(t * rows + row)] = 1;
    rectangles.push_back({r.begin, r.end, r.bottom * unit, r.top * unit});
  }
  return rectangles;
}

/// Pinwheels with a few pieces missing: close to full nearly everywhere.
Rectangles makeThinned(Random &random) {
  const Rectangles all = cut(int(random.in(150, 450)), random.in(80, 500), 256,
                             int(random.in(40, 65)), 30, random);
  const int missing = int(random.in(2, 10));
  Rectangles kept;
  for (const Rectangle &r : all)
    if (!random.chance(missing))
      kept.push_back(r);
  return kept;
}

/// Lifetimes and sizes over several orders of magnitude, long ones small, up to
/// the top.
Rectangles makeScales(Random &random) {
  const int64_t times = random.in(120, 400);
  return stack(times, 450, random, [&](int) -> std::pair<int64_t, int64_t> {
    const int64_t width = int64_t(1) << random.in(1, 6);
    const int64_t height = (int64_t(4096) << random.in(0, 6)) * 8 / (width + 6);
    return {width + random.in(0, width - 1),
            (height + random.in(0, height)) / 512 * 512 + 512};
  });
}

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

struct Generator {
  const char *name;
  Rectangles (*make)(Random &);
};

constexpr Generator generators[] = {
    {"guillotine", makeGuillotine}, {"pinwheels", makePinwheels},
    {"ragged", makeRagged},         {"network", makeNetwork},
    {"tiles", makeTiles},           {"grown", makeGrown},
    {"thinned", makeThinned},       {"scales", makeScales}};

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
  for (const Generator &generator : generators) {
    if (!only.empty() && only != "all" && only != generator.name)
      continue;
    int kept = 0;
    for (uint64_t seed = 1; kept < wanted && seed < 5000; ++seed) {
      Random random(seed);
      const std::vector<ArenaBuffer> buffers =
          toBuffers(generator.make(random), random);
      const double over = double(sizeOfGreedy(buffers)) / double(capacity) - 1;
      if (buffers.size() < 100 || over < 0.2)
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
  return 0;
}
