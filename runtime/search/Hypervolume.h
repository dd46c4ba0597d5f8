//===- Hypervolume.h - How much a set of candidates dominates ---*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_HYPERVOLUME_H
#define NASC_RUNTIME_SEARCH_HYPERVOLUME_H

#include "runtime/search/NSGA2.h"

#include "llvm/Support/Error.h"

#include <vector>

namespace nasc::search {

/// The volume of all points that some candidate dominates and that dominate the
/// reference point; all objectives are minimised. Computed by pagmo, exactly:
/// O(n log n) up to three objectives, with WFG beyond.
///
/// A candidate that is not below the reference point in every objective (NaN
/// and positive infinity are not) adds nothing. No candidates: 0. Neither the
/// order of candidates nor duplicates change the result. An error: a reference
/// point of another dimension or with a number that is not finite, a candidate
/// with negative infinity, and a volume beyond the range of double.
llvm::Expected<double> hypervolume(ObjectiveView objectives,
                                   llvm::ArrayRef<double> reference);

/// A reference point from a population: in each objective the greatest finite
/// value, plus `margin` times the range of finite values (plus `margin` itself
/// where there is no range). Volumes can be compared under one reference point
/// only: take it once, from the first population of a search. 1 for objectives
/// without a finite value.
std::vector<double> chooseReferencePoint(ObjectiveView objectives,
                                         double margin = 0.1);

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_HYPERVOLUME_H
