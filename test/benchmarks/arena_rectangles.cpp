//===- arena_rectangles.cpp - Rectangles of time and memory ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/benchmarks/arena_problems.h"
#include <algorithm>
#include <functional>
#include <utility>

namespace nasc {
namespace {

constexpr int64_t capacity = arenaProblemCapacity;

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

/// An allocator at work: at each time, some buffers die and others are put into
/// the gaps, often as high as the gap. Long lives are small.
Rectangles makeAllocator(Random &random) {
  const int64_t times = random.in(60, 160);
  const int64_t unit = random.chance(50) ? 1024 : 256;
  const int fill = int(random.in(85, 100));
  Rectangles all;
  // What is alive, by the bottom.
  Rectangles alive;
  for (int64_t t = 0; t < times; ++t) {
    Rectangles next;
    for (const Rectangle &r : alive)
      if (r.end > t)
        next.push_back(r);
    Rectangles born;
    int64_t bottom = 0;
    for (size_t i = 0; i <= next.size(); ++i) {
      const int64_t ceiling = i < next.size() ? next[i].bottom : capacity;
      while (bottom < ceiling && random.chance(fill)) {
        const int kind = int(random.in(0, 9));
        const int64_t width = kind == 0   ? random.in(times / 4, times)
                              : kind <= 3 ? random.in(5, 40)
                                          : random.in(1, 8);
        const int64_t most = unit * (kind == 0 ? 24 : kind <= 3 ? 90 : 300);
        int64_t height = std::min(ceiling - bottom, most);
        if (height > 2 * unit && random.chance(60))
          height = unit * random.in(1, height / unit);
        born.push_back(
            {t, std::min(t + width, times), bottom, bottom + height});
        bottom += height;
      }
      if (i < next.size())
        bottom = next[i].top;
    }
    all.insert(all.end(), born.begin(), born.end());
    alive = next;
    alive.insert(alive.end(), born.begin(), born.end());
    std::sort(alive.begin(), alive.end(),
              [](const Rectangle &a, const Rectangle &b) {
                return a.bottom < b.bottom;
              });
  }
  return all;
}

/// Cuts in time only at few times that all share, and in memory into several
/// parts at once: many buffers live exactly as long as others.
void cutInPhases(const Rectangle &r, const std::vector<int64_t> &borders,
                 int depth, Random &random, Rectangles &out) {
  std::vector<int64_t> inside;
  for (int64_t border : borders)
    if (border > r.begin && border < r.end)
      inside.push_back(border);
  const bool inTime = !inside.empty() && random.chance(depth == 0 ? 20 : 55);
  if (inTime) {
    const int64_t at = inside[size_t(random.in(0, int64_t(inside.size()) - 1))];
    cutInPhases({r.begin, at, r.bottom, r.top}, borders, depth + 1, random,
                out);
    cutInPhases({at, r.end, r.bottom, r.top}, borders, depth + 1, random, out);
    return;
  }
  if (depth > 2 && random.chance(depth * 12)) {
    out.push_back(r);
    return;
  }
  const int parts = int(random.in(2, 5));
  int64_t bottom = r.bottom;
  for (int i = 0; i < parts && bottom < r.top; ++i) {
    const int64_t at =
        i + 1 == parts ? -1 : cutBetween(bottom, r.top, 1024, random);
    const int64_t top = at < 0 ? r.top : at;
    cutInPhases({r.begin, r.end, bottom, top}, borders, depth + 1, random, out);
    bottom = top;
  }
}

Rectangles makePhases(Random &random) {
  const int64_t times = random.in(100, 600);
  std::vector<int64_t> borders;
  for (int64_t i = random.in(20, 90); i > 0; --i)
    borders.push_back(random.in(1, times - 1));
  Rectangles all, kept;
  cutInPhases({0, times, 0, capacity}, borders, 0, random, all);
  const int missing = int(random.in(0, 10));
  for (const Rectangle &r : all)
    if (!random.chance(missing))
      kept.push_back(r);
  return kept;
}

/// Rows of memory, each cut in time; here and there, two rows are one.
Rectangles makeBands(Random &random) {
  const int64_t times = random.in(80, 400);
  std::vector<int64_t> heights = {0, capacity};
  for (int64_t i = random.in(12, 40); i > 0; --i)
    heights.push_back(512 * random.in(1, capacity / 512 - 1));
  std::sort(heights.begin(), heights.end());
  heights.erase(std::unique(heights.begin(), heights.end()), heights.end());
  Rectangles below, all;
  for (size_t row = 0; row + 1 < heights.size(); ++row) {
    Rectangles pieces;
    const int64_t longest = times / random.in(2, 12);
    for (int64_t t = 0; t < times;) {
      const int64_t end = std::min(t + random.in(2, longest + 2), times);
      pieces.push_back({t, end, heights[row], heights[row + 1]});
      t = end;
    }
    // Pieces of this row grow into those of the row below, which lose their
    // middle or an end to them.
    for (Rectangle &piece : pieces)
      for (size_t i = 0; i < below.size(); ++i) {
        const Rectangle under = below[i];
        if (under.begin > piece.begin || under.end < piece.end ||
            !random.chance(40))
          continue;
        below[i] = below.back();
        below.pop_back();
        if (under.begin < piece.begin)
          below.push_back({under.begin, piece.begin, under.bottom, under.top});
        if (piece.end < under.end)
          below.push_back({piece.end, under.end, under.bottom, under.top});
        piece.bottom = under.bottom;
        break;
      }
    all.insert(all.end(), below.begin(), below.end());
    below.clear();
    for (const Rectangle &piece : pieces)
      if (piece.bottom == heights[row])
        below.push_back(piece);
      else
        all.push_back(piece);
  }
  all.insert(all.end(), below.begin(), below.end());
  return all;
}

} // namespace

const std::vector<RectangleGenerator> &rectangleGenerators() {
  static const std::vector<RectangleGenerator> generators = {
      {"guillotine", makeGuillotine},
      {"pinwheels", makePinwheels},
      {"ragged", makeRagged},
      {"network", makeNetwork},
      {"tiles", makeTiles},
      {"grown", makeGrown},
      {"thinned", makeThinned},
      {"scales", makeScales},
      {"allocator", makeAllocator},
      {"phases", makePhases},
      {"bands", makeBands}};
  return generators;
}

} // namespace nasc
