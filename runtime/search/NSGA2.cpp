//===- NSGA2.cpp - Ranks and selection on objective vectors ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All sorting of fronts starts from the distinct vectors in lexicographic
// order: a vector is dominated by earlier ones only, and an earlier one
// dominates it as soon as it is nowhere greater in the objectives after the
// first. As everyone in front k is dominated by somebody in front k - 1,
// "front k has somebody who dominates p" is true up to some k and false from
// there on, which is p's front.
//
//===----------------------------------------------------------------------===//

#include "runtime/search/NSGA2.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory_resource>
#include <numeric>

using namespace llvm;

namespace nasc::search {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double withoutNaN(double value) { return std::isnan(value) ? infinity : value; }

//===----------------------------------------------------------------------===//
// Distinct vectors
//===----------------------------------------------------------------------===//

/// The distinct objective vectors of a population in lexicographic order.
class DistinctVectors {
public:
  explicit DistinctVectors(ObjectiveView objectives)
      : dimension(objectives.objectives()) {
    uint32_t count = objectives.size();
    std::vector<double> clean(objectives.data().begin(),
                              objectives.data().end());
    for (double &value : clean)
      value = withoutNaN(value);
    // Mostly the first objective decides; it lies beside the number.
    struct Key {
      double first;
      uint32_t candidate;
    };
    std::vector<Key> keys(count);
    for (uint32_t i = 0; i != count; ++i)
      keys[i] = {clean[size_t(i) * dimension], i};
    auto rowOf = [&](uint32_t i) {
      return clean.data() + size_t(i) * dimension;
    };
    std::sort(keys.begin(), keys.end(), [&](const Key &a, const Key &b) {
      if (a.first != b.first)
        return a.first < b.first;
      const double *rowA = rowOf(a.candidate), *rowB = rowOf(b.candidate);
      for (unsigned j = 1; j != dimension; ++j)
        if (rowA[j] != rowB[j])
          return rowA[j] < rowB[j];
      return a.candidate < b.candidate;
    });
    positionOf.resize(count);
    values.reserve(clean.size());
    for (const Key &key : keys) {
      const double *row = rowOf(key.candidate);
      if (firsts.empty() ||
          !std::equal(row, row + dimension, values.end() - dimension)) {
        values.insert(values.end(), row, row + dimension);
        firsts.push_back(key.candidate);
      }
      positionOf[key.candidate] = static_cast<uint32_t>(firsts.size()) - 1;
    }
  }

  uint32_t size() const { return static_cast<uint32_t>(firsts.size()); }
  unsigned objectives() const { return dimension; }
  const double *row(uint32_t position) const {
    return values.data() + size_t(position) * dimension;
  }
  /// The first candidate with that vector.
  uint32_t first(uint32_t position) const { return firsts[position]; }
  /// The position of a candidate's vector.
  uint32_t position(uint32_t candidate) const { return positionOf[candidate]; }

private:
  unsigned dimension;
  std::vector<double> values;
  std::vector<uint32_t> firsts, positionOf;
};

//===----------------------------------------------------------------------===//
// Ranks of distinct vectors
//===----------------------------------------------------------------------===//

std::vector<uint32_t> rankTwoObjectives(const DistinctVectors &vectors) {
  std::vector<uint32_t> ranks(vectors.size());
  // The least second objective of each front; it grows from front to front.
  std::vector<double> least;
  for (uint32_t i = 0; i != vectors.size(); ++i) {
    double second = vectors.row(i)[1];
    auto front = std::upper_bound(least.begin(), least.end(), second);
    ranks[i] = static_cast<uint32_t>(front - least.begin());
    if (front == least.end())
      least.push_back(second);
    else
      *front = second;
  }
  return ranks;
}

/// The points of a front that nobody is below in the last two of three
/// objectives: with growing second objective, the third falls.
class Staircase {
public:
  explicit Staircase(std::pmr::memory_resource *memory) : steps(memory) {}

  /// Whether a point is nowhere greater.
  bool covers(double second, double third) const {
    auto after = steps.upper_bound(second);
    return after != steps.begin() && std::prev(after)->second <= third;
  }

  /// Adds a point that is not covered.
  void add(double second, double third) {
    auto step = steps.lower_bound(second);
    while (step != steps.end() && step->second >= third)
      step = steps.erase(step);
    steps.emplace_hint(step, second, third);
  }

private:
  std::pmr::map<double, double> steps;
};

std::vector<uint32_t> rankThreeObjectives(const DistinctVectors &vectors) {
  std::vector<uint32_t> ranks(vectors.size());
  std::pmr::unsynchronized_pool_resource memory;
  std::vector<Staircase> fronts;
  for (uint32_t i = 0; i != vectors.size(); ++i) {
    double second = vectors.row(i)[1], third = vectors.row(i)[2];
    auto front = llvm::partition_point(fronts, [&](const Staircase &staircase) {
      return staircase.covers(second, third);
    });
    ranks[i] = static_cast<uint32_t>(front - fronts.begin());
    if (front == fronts.end()) {
      fronts.emplace_back(&memory);
      front = std::prev(fronts.end());
    }
    front->add(second, third);
  }
  return ranks;
}

/// For any number of objectives: who dominates a vector is the intersection,
/// over the objectives, of those who are not greater, as sets of bits.
class BitSetRanking {
public:
  explicit BitSetRanking(const DistinctVectors &vectors)
      : vectors(vectors), ranks(vectors.size()),
        greatestRank(divideCeil(vectors.size(), 64), 0) {
    orders.resize(vectors.objectives());
    for (unsigned j = 1; j != vectors.objectives(); ++j) {
      orders[j].resize(vectors.size());
      std::iota(orders[j].begin(), orders[j].end(), 0u);
      std::sort(orders[j].begin(), orders[j].end(),
                [&](uint32_t a, uint32_t b) {
                  double valueA = vectors.row(a)[j], valueB = vectors.row(b)[j];
                  return valueA != valueB ? valueA < valueB : a < b;
                });
    }
  }

  std::vector<uint32_t> run() {
    for (uint32_t begin = 0; begin < vectors.size(); begin += blockSize) {
      uint32_t end = std::min(vectors.size(), begin + blockSize);
      findDominators(begin, end);
      for (uint32_t i = begin; i != end; ++i)
        rank(i, dominators.data() + size_t(i - begin) * words);
    }
    return std::move(ranks);
  }

private:
  /// So many vectors at a time keep the sets small for large populations.
  static constexpr uint32_t blockSize = 1024;

  void findDominators(uint32_t begin, uint32_t end) {
    words = divideCeil(end, 64);
    dominators.assign(size_t(end - begin) * words, 0);
    // Lexicographic order is the order of the first objective.
    for (uint32_t i = begin; i != end; ++i) {
      uint64_t *set = dominators.data() + size_t(i - begin) * words;
      std::fill(set, set + i / 64, ~uint64_t(0));
      if (i % 64 != 0)
        set[i / 64] = (uint64_t(1) << (i % 64)) - 1;
    }
    for (unsigned j = 1; j != vectors.objectives(); ++j)
      intersect(j, begin, end);
  }

  /// Removes those from the sets who are greater in one objective.
  void intersect(unsigned objective, uint32_t begin, uint32_t end) {
    std::vector<uint64_t> notGreater(words, 0);
    const std::vector<uint32_t> &order = orders[objective];
    auto valueAt = [&](size_t at) { return vectors.row(order[at])[objective]; };
    for (size_t at = 0; at != order.size();) {
      size_t groupEnd = at;
      do {
        uint32_t i = order[groupEnd];
        if (i < end)
          notGreater[i / 64] |= uint64_t(1) << (i % 64);
        ++groupEnd;
      } while (groupEnd != order.size() && valueAt(groupEnd) == valueAt(at));
      for (; at != groupEnd; ++at) {
        uint32_t i = order[at];
        if (i < begin || i >= end)
          continue;
        uint64_t *set = dominators.data() + size_t(i - begin) * words;
        for (uint32_t word = 0; word <= i / 64; ++word)
          set[word] &= notGreater[word];
      }
    }
  }

  /// One more than the greatest rank of those who dominate it.
  void rank(uint32_t i, const uint64_t *set) {
    uint32_t result = 0;
    // From the end, where the greater ranks are; the greatest rank of each word
    // spares most of the bits.
    for (uint32_t word = i / 64 + 1; word-- != 0;) {
      if (set[word] == 0 || greatestRank[word] < result)
        continue;
      for (uint64_t bits = set[word]; bits != 0; bits &= bits - 1)
        result = std::max(result, ranks[word * 64 + countr_zero(bits)] + 1);
    }
    ranks[i] = result;
    greatestRank[i / 64] = std::max(greatestRank[i / 64], result);
  }

  const DistinctVectors &vectors;
  std::vector<uint32_t> ranks;
  /// Over the vectors of each word that have a rank already.
  std::vector<uint32_t> greatestRank;
  /// For each objective but the first, the vectors sorted by it.
  std::vector<std::vector<uint32_t>> orders;
  /// Of the block's vectors, `words` words each.
  std::vector<uint64_t> dominators;
  uint32_t words = 0;
};

std::vector<uint32_t> rankVectors(const DistinctVectors &vectors) {
  switch (vectors.objectives()) {
  case 1: {
    std::vector<uint32_t> ranks(vectors.size());
    std::iota(ranks.begin(), ranks.end(), 0u);
    return ranks;
  }
  case 2:
    return rankTwoObjectives(vectors);
  case 3:
    return rankThreeObjectives(vectors);
  default:
    return BitSetRanking(vectors).run();
  }
}

/// Whether each distinct vector is in the first front.
std::vector<bool> findFirstFront(const DistinctVectors &vectors) {
  std::vector<bool> isFirst(vectors.size(), false);
  std::pmr::unsynchronized_pool_resource memory;
  Staircase staircase(&memory);
  double least = 0;
  switch (vectors.objectives()) {
  case 1:
    if (!isFirst.empty())
      isFirst[0] = true;
    return isFirst;
  case 2:
    for (uint32_t i = 0; i != vectors.size(); ++i)
      if (i == 0 || vectors.row(i)[1] < least) {
        isFirst[i] = true;
        least = vectors.row(i)[1];
      }
    return isFirst;
  case 3:
    for (uint32_t i = 0; i != vectors.size(); ++i) {
      double second = vectors.row(i)[1], third = vectors.row(i)[2];
      if (staircase.covers(second, third))
        continue;
      isFirst[i] = true;
      staircase.add(second, third);
    }
    return isFirst;
  default:
    std::vector<uint32_t> ranks = BitSetRanking(vectors).run();
    for (uint32_t i = 0; i != vectors.size(); ++i)
      isFirst[i] = ranks[i] == 0;
    return isFirst;
  }
}

} // namespace

//===----------------------------------------------------------------------===//
// Dominance and fronts
//===----------------------------------------------------------------------===//

bool dominates(ArrayRef<double> a, ArrayRef<double> b) {
  assert(a.size() == b.size() && "vectors of different populations");
  bool better = false;
  for (size_t j = 0; j != a.size(); ++j) {
    double valueA = withoutNaN(a[j]), valueB = withoutNaN(b[j]);
    if (valueA > valueB)
      return false;
    better |= valueA < valueB;
  }
  return better;
}

Fronts sortNonDominated(ObjectiveView objectives) {
  DistinctVectors vectors(objectives);
  std::vector<uint32_t> ranks = rankVectors(vectors);
  uint32_t count = objectives.size();
  Fronts fronts;
  fronts.frontOf.resize(count);
  fronts.firstEqual.resize(count);
  uint32_t frontCount = 0;
  for (uint32_t i = 0; i != count; ++i) {
    uint32_t position = vectors.position(i);
    fronts.frontOf[i] = ranks[position];
    fronts.firstEqual[i] = vectors.first(position);
    frontCount = std::max(frontCount, ranks[position] + 1);
  }
  fronts.begins.assign(frontCount + 1, 0);
  for (uint32_t rank : fronts.frontOf)
    ++fronts.begins[rank + 1];
  std::partial_sum(fronts.begins.begin(), fronts.begins.end(),
                   fronts.begins.begin());
  fronts.members.resize(count);
  std::vector<uint32_t> next = fronts.begins;
  for (uint32_t i = 0; i != count; ++i)
    fronts.members[next[fronts.frontOf[i]]++] = i;
  return fronts;
}

std::vector<uint32_t> paretoFront(ObjectiveView objectives, bool distinct) {
  DistinctVectors vectors(objectives);
  std::vector<bool> isFirst = findFirstFront(vectors);
  std::vector<uint32_t> front;
  for (uint32_t i = 0; i != objectives.size(); ++i) {
    uint32_t position = vectors.position(i);
    if (isFirst[position] && (!distinct || vectors.first(position) == i))
      front.push_back(i);
  }
  return front;
}

//===----------------------------------------------------------------------===//
// Crowding
//===----------------------------------------------------------------------===//

namespace {

/// Adds the part of one objective, for one front of different vectors, sorted
/// by it.
void addGaps(ArrayRef<uint32_t> sorted, ArrayRef<double> sortedValues,
             std::vector<double> &distances) {
  auto isFinite = [](double value) { return std::isfinite(value); };
  auto least = llvm::find_if(sortedValues, isFinite);
  if (sortedValues.front() == sortedValues.back())
    return;
  distances[sorted.front()] = distances[sorted.back()] = infinity;
  if (least == sortedValues.end())
    return;
  double lowest = *least;
  double highest = *llvm::find_if(llvm::reverse(sortedValues), isFinite);
  // Halves, because the difference of two numbers may exceed the largest.
  double range = highest / 2 - lowest / 2;
  if (!(range > 0))
    return;
  auto half = [&](double value) {
    return std::clamp(value, lowest, highest) / 2;
  };
  for (size_t i = 1; i + 1 < sorted.size(); ++i)
    distances[sorted[i]] +=
        (half(sortedValues[i + 1]) - half(sortedValues[i - 1])) / range;
}

} // namespace

std::vector<double> crowdingDistances(ObjectiveView objectives,
                                      const Fronts &fronts) {
  uint32_t count = objectives.size();
  unsigned dimension = objectives.objectives();
  std::vector<double> distances(count, 0.0);
  // Where the different vectors of each front go.
  std::vector<uint32_t> begins(fronts.size() + 1, 0);
  std::vector<uint32_t> distinct;
  for (uint32_t i = 0; i != count; ++i)
    if (fronts.representatives()[i] == i) {
      distinct.push_back(i);
      ++begins[fronts.ranks()[i] + 1];
    }
  std::partial_sum(begins.begin(), begins.end(), begins.begin());

  // One sort for all fronts, whose members are then dealt out in this order.
  struct Key {
    double value;
    uint32_t candidate;
  };
  std::vector<Key> keys(distinct.size());
  std::vector<uint32_t> sorted(distinct.size());
  std::vector<double> sortedValues(distinct.size());
  for (unsigned j = 0; j != dimension; ++j) {
    for (size_t i = 0; i != distinct.size(); ++i)
      keys[i] = {withoutNaN(objectives[distinct[i]][j]), distinct[i]};
    std::sort(keys.begin(), keys.end(), [&](const Key &a, const Key &b) {
      if (a.value != b.value)
        return a.value < b.value;
      ArrayRef<double> rowA = objectives[a.candidate];
      ArrayRef<double> rowB = objectives[b.candidate];
      for (unsigned k = 1; k != dimension; ++k) {
        double valueA = withoutNaN(rowA[(j + k) % dimension]);
        double valueB = withoutNaN(rowB[(j + k) % dimension]);
        if (valueA != valueB)
          return valueA < valueB;
      }
      return false;
    });
    std::vector<uint32_t> next = begins;
    for (const Key &key : keys) {
      uint32_t place = next[fronts.ranks()[key.candidate]]++;
      sorted[place] = key.candidate;
      sortedValues[place] = key.value;
    }
    for (uint32_t front = 0; front != fronts.size(); ++front) {
      uint32_t begin = begins[front], size = begins[front + 1] - begin;
      addGaps(ArrayRef<uint32_t>(sorted).slice(begin, size),
              ArrayRef<double>(sortedValues).slice(begin, size), distances);
      if (size == 1)
        distances[sorted[begin]] = infinity;
    }
  }
  return distances;
}

//===----------------------------------------------------------------------===//
// Survivors
//===----------------------------------------------------------------------===//

Survivors selectSurvivors(ObjectiveView objectives, uint32_t count) {
  Fronts fronts = sortNonDominated(objectives);
  std::vector<double> distances = crowdingDistances(objectives, fronts);
  Survivors survivors;
  for (uint32_t front = 0;
       front != fronts.size() && survivors.candidates.size() < count; ++front) {
    ArrayRef<uint32_t> members = fronts[front];
    size_t room = count - survivors.candidates.size();
    std::vector<uint32_t> taken(members.begin(), members.end());
    if (taken.size() > room) {
      std::nth_element(taken.begin(), taken.begin() + room, taken.end(),
                       [&](uint32_t a, uint32_t b) {
                         return distances[a] != distances[b]
                                    ? distances[a] > distances[b]
                                    : a < b;
                       });
      taken.resize(room);
      llvm::sort(taken);
    }
    for (uint32_t candidate : taken) {
      survivors.candidates.push_back(candidate);
      survivors.ranks.push_back(front);
      survivors.crowding.push_back(distances[candidate]);
    }
  }
  return survivors;
}

uint32_t binaryTournament(ArrayRef<uint32_t> ranks, ArrayRef<double> crowding,
                          RandomNumbers &random) {
  assert(!ranks.empty() && ranks.size() == crowding.size());
  if (ranks.size() == 1)
    return 0;
  uint32_t first = static_cast<uint32_t>(random.below(ranks.size()));
  uint32_t second = static_cast<uint32_t>(random.below(ranks.size() - 1));
  if (second >= first)
    ++second;
  if (ranks[first] != ranks[second])
    return ranks[first] < ranks[second] ? first : second;
  return crowding[second] > crowding[first] ? second : first;
}

} // namespace nasc::search
