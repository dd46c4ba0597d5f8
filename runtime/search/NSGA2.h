//===- NSGA2.h - Ranks and selection on objective vectors -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parts of NSGA-II (Deb, Pratap, Agarwal, Meyarivan 2002) that know nothing
// of architectures. All objectives are minimised. A NaN (a training that
// diverged) counts as positive infinity, the worst. Results depend on the
// arguments alone, on every platform.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_NSGA2_H
#define NASC_RUNTIME_SEARCH_NSGA2_H

#include "runtime/search/RandomNumbers.h"

#include "llvm/ADT/ArrayRef.h"

#include <cassert>
#include <cstdint>
#include <vector>

namespace nasc::search {

/// Objective vectors one after the other. Does not own them.
class ObjectiveView {
public:
  /// `values` has `objectives` numbers, at least one, for each candidate.
  ObjectiveView(llvm::ArrayRef<double> values, unsigned objectives)
      : values(values), dimension(objectives) {
    assert(objectives != 0 && values.size() % objectives == 0 &&
           "not a whole number of objective vectors");
  }

  /// How many candidates there are.
  uint32_t size() const {
    return static_cast<uint32_t>(values.size() / dimension);
  }
  unsigned objectives() const { return dimension; }
  llvm::ArrayRef<double> operator[](uint32_t candidate) const {
    return values.slice(size_t(candidate) * dimension, dimension);
  }
  llvm::ArrayRef<double> data() const { return values; }

private:
  llvm::ArrayRef<double> values;
  unsigned dimension;
};

/// Whether `a` is nowhere worse than `b`, and better somewhere.
bool dominates(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b);

/// A population in fronts: front 0 is dominated by nobody, front k by somebody
/// of front k - 1 and by nobody of front k or later. Candidates with equal
/// vectors are in the same front.
class Fronts {
public:
  uint32_t size() const { return static_cast<uint32_t>(begins.size()) - 1; }
  /// The candidates of a front, ascending.
  llvm::ArrayRef<uint32_t> operator[](uint32_t front) const {
    return llvm::ArrayRef<uint32_t>(members).slice(
        begins[front], begins[front + 1] - begins[front]);
  }
  /// The front of each candidate.
  llvm::ArrayRef<uint32_t> ranks() const { return frontOf; }
  /// For each candidate the first with an equal vector, often itself.
  llvm::ArrayRef<uint32_t> representatives() const { return firstEqual; }

private:
  friend Fronts sortNonDominated(ObjectiveView objectives);

  std::vector<uint32_t> frontOf, firstEqual, members;
  /// Where each front starts in `members`, and the end.
  std::vector<uint32_t> begins = {0};
};

/// Sorts a population of n candidates into fronts. Two objectives:
/// O(n log n); three: O(n log² n); m ≥ 4: O(m n log n + m n² / 64).
Fronts sortNonDominated(ObjectiveView objectives);

/// How far each candidate is from its neighbours in its front; greater is
/// better.
///
/// Of candidates with equal vectors only the first takes part, the others get
/// 0: they add nothing to the front. Those with the least and the greatest
/// value of an objective get infinity, as do those alone in their front;
/// where several different vectors share that value, the one that is
/// lexicographically first (or last) in the following objectives, taken
/// cyclically, so that the order of candidates does not matter. The others get
/// the sum over the objectives of the gap between their neighbours, relative to
/// the range of the objective in the front. An objective that is the same in
/// the whole front has no part. An infinite value counts as the greatest (or
/// least) finite one.
std::vector<double> crowdingDistances(ObjectiveView objectives,
                                      const Fronts &fronts);

/// Candidates that go on, and by what they are compared.
struct Survivors {
  /// Ascending in front, and then in number.
  std::vector<uint32_t> candidates;
  /// Of these candidates, in the same order: front, and crowding distance in
  /// the front before the selection.
  std::vector<uint32_t> ranks;
  std::vector<double> crowding;
};

/// NSGA-II's survival of `count` of the candidates (all, if there are not
/// more): whole fronts while they fit, and of the next one those with the
/// greatest crowding distance; of equal distances the candidate with the least
/// number.
Survivors selectSurvivors(ObjectiveView objectives, uint32_t count);

/// Draws two different members of the population and returns the position of
/// the better: of lower rank, or else of greater crowding distance, or else the
/// first drawn. A population of one is returned without drawing.
uint32_t binaryTournament(llvm::ArrayRef<uint32_t> ranks,
                          llvm::ArrayRef<double> crowding,
                          RandomNumbers &random);

/// The candidates that nobody dominates, ascending. With `distinct`, only the
/// first of those with equal vectors. Up to three objectives: O(n log n).
std::vector<uint32_t> paretoFront(ObjectiveView objectives,
                                  bool distinct = false);

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_NSGA2_H
