//===- LearningCurve.h - How a training went, epoch by epoch ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_LEARNINGCURVE_H
#define NASC_RUNTIME_SEARCH_LEARNINGCURVE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace nasc::search {

/// Losses and accuracies after one epoch. Those of the training samples are
/// means over the epoch, in training mode; accuracies are 0 without classes.
struct CurvePoint {
  double trainLoss = 0, trainAccuracy = 0;
  double validationLoss = 0, validationAccuracy = 0;
};

/// One point for each epoch, the first first.
using LearningCurve = std::vector<CurvePoint>;

/// The curve as JSON, as a study keeps it, and back.
std::string serializeCurve(llvm::ArrayRef<CurvePoint> curve);
llvm::Expected<LearningCurve> deserializeCurve(llvm::StringRef text);

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_LEARNINGCURVE_H
