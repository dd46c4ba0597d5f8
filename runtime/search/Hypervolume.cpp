//===- Hypervolume.cpp - How much a set of candidates dominates -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only file that sees pagmo.
//
//===----------------------------------------------------------------------===//

#include "runtime/search/Hypervolume.h"

#include <pagmo/utils/hv_algos/hv_hv2d.hpp>
#include <pagmo/utils/hv_algos/hv_hv3d.hpp>
#include <pagmo/utils/hv_algos/hv_hvwfg.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;

namespace nasc::search {
namespace {

using Points = std::vector<std::vector<double>>;

/// `points` are different from each other and sorted by the last objective.
double compute(Points &points, const std::vector<double> &reference) {
  switch (reference.size()) {
  case 1:
    return reference[0] - points[0][0];
  case 2:
    return pagmo::hv2d(/*initial_sorting=*/false).compute(points, reference);
  case 3:
    return pagmo::hv3d(/*initial_sorting=*/false).compute(points, reference);
  default:
    return pagmo::hvwfg().compute(points, reference);
  }
}

/// The different vectors that are below the reference point, in the order of
/// the last objective, then the one before it, and so on. As sums of doubles
/// depend on the order, this makes the result independent of the order of
/// candidates.
Points sortedPoints(ObjectiveView objectives, ArrayRef<double> reference) {
  struct Key {
    double last;
    uint32_t candidate;
  };
  std::vector<Key> keys;
  for (uint32_t i = 0; i != objectives.size(); ++i) {
    ArrayRef<double> row = objectives[i];
    bool isInside = true;
    for (size_t j = 0; j != row.size(); ++j)
      isInside &= row[j] < reference[j];
    if (isInside)
      keys.push_back({row.back(), i});
  }
  std::sort(keys.begin(), keys.end(), [&](const Key &a, const Key &b) {
    if (a.last != b.last)
      return a.last < b.last;
    ArrayRef<double> rowA = objectives[a.candidate];
    ArrayRef<double> rowB = objectives[b.candidate];
    for (size_t j = rowA.size() - 1; j-- != 0;)
      if (rowA[j] != rowB[j])
        return rowA[j] < rowB[j];
    return false;
  });
  Points points;
  points.reserve(keys.size());
  for (const Key &key : keys) {
    ArrayRef<double> row = objectives[key.candidate];
    if (points.empty() || ArrayRef<double>(points.back()) != row)
      points.emplace_back(row.begin(), row.end());
  }
  return points;
}

} // namespace

Expected<double> hypervolume(ObjectiveView objectives,
                             ArrayRef<double> reference) {
  if (reference.size() != objectives.objectives())
    return createStringError("the reference point has %zu objectives, the "
                             "candidates have %u",
                             reference.size(), objectives.objectives());
  for (double value : reference)
    if (!std::isfinite(value))
      return createStringError("the reference point is not finite");

  for (uint32_t i = 0; i != objectives.size(); ++i)
    for (size_t j = 0; j != reference.size(); ++j)
      if (objectives[i][j] == -std::numeric_limits<double>::infinity())
        return createStringError("objective %zu of candidate %u is negative "
                                 "infinity",
                                 j, i);

  // WFG slows down with every dominated candidate; the others do not.
  std::vector<double> front;
  if (reference.size() > 3) {
    for (uint32_t i : paretoFront(objectives, /*distinct=*/true)) {
      ArrayRef<double> row = objectives[i];
      front.insert(front.end(), row.begin(), row.end());
    }
    objectives = ObjectiveView(front, objectives.objectives());
  }

  Points points = sortedPoints(objectives, reference);
  if (points.empty())
    return 0.0;
  try {
    double volume = compute(points, reference.vec());
    if (!std::isfinite(volume))
      return createStringError("the hypervolume is not finite");
    return volume;
  } catch (const std::exception &exception) {
    return createStringError("pagmo: %s", exception.what());
  }
}

std::vector<double> chooseReferencePoint(ObjectiveView objectives,
                                         double margin) {
  std::vector<double> reference;
  for (unsigned j = 0; j != objectives.objectives(); ++j) {
    double least = 0, greatest = 0;
    bool found = false;
    for (uint32_t i = 0; i != objectives.size(); ++i) {
      double value = objectives[i][j];
      if (!std::isfinite(value))
        continue;
      least = found ? std::min(least, value) : value;
      greatest = found ? std::max(greatest, value) : value;
      found = true;
    }
    double range = greatest - least;
    reference.push_back(!found      ? 1.0
                        : range > 0 ? greatest + margin * range
                                    : greatest + margin);
  }
  return reference;
}

} // namespace nasc::search
