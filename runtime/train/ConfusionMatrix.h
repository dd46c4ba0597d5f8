//===- ConfusionMatrix.h - Which classes are taken for which ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_CONFUSIONMATRIX_H
#define NASC_RUNTIME_TRAIN_CONFUSIONMATRIX_H

#include "runtime/train/Trainer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nasc::train {

/// How often samples of a class were taken for each class. Header only, and
/// without LibTorch.
struct ConfusionMatrix {
  size_t classes = 0;
  /// `counts[actual * classes + predicted]`.
  std::vector<int64_t> counts;

  ConfusionMatrix() = default;
  explicit ConfusionMatrix(size_t classes)
      : classes(classes), counts(classes * classes, 0) {}

  bool isEmpty() const { return counts.empty(); }
  /// The share of samples that are taken for their class; NaN without samples.
  double accuracy() const {
    int64_t correct = 0, all = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      all += counts[i];
      if (i / classes == i % classes)
        correct += counts[i];
    }
    return static_cast<double>(correct) / static_cast<double>(all);
  }
  void add(size_t actual, size_t predicted) {
    ++counts[actual * classes + predicted];
  }
};

/// The class of each sample against that of its greatest score. `scores` has a
/// row of `classes` numbers for each of the samples' indices.
inline ConfusionMatrix confusionOf(const std::vector<float> &scores,
                                   const SampleView &samples, size_t classes) {
  ConfusionMatrix matrix(classes);
  for (size_t i = 0; i < samples.indices.size(); ++i) {
    auto row = scores.begin() + i * classes;
    matrix.add(samples.labels[samples.indices[i]],
               std::max_element(row, row + classes) - row);
  }
  return matrix;
}

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_CONFUSIONMATRIX_H
