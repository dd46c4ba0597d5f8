//===- TrainingView.h - A dataset as the trainer takes it -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_TRAININGVIEW_H
#define NASC_RUNTIME_DATA_TRAININGVIEW_H

#include "runtime/data/Dataset.h"
#include "runtime/train/Trainer.h"

namespace nasc::data {

/// The samples, splits and normalisation of a dataset, for a training session.
/// Copies the index lists; samples and labels stay in `dataset`, which must
/// outlive the result and all sessions that use it. The augmentation is in
/// `dataset.augmentation`; it belongs to the trainer's settings.
inline train::TrainingData trainingView(const Dataset &dataset) {
  train::TrainingData result;
  result.shape = dataset.shape;
  switch (dataset.element) {
  case ElementType::UInt8:
    result.element = train::ElementType::UInt8;
    break;
  case ElementType::Int8:
    result.element = train::ElementType::Int8;
    break;
  case ElementType::Float32:
    result.element = train::ElementType::Float32;
    break;
  }
  result.scale = dataset.scale;
  result.mean = dataset.mean;
  result.deviation = dataset.deviation;
  result.target = dataset.target == TargetKind::Input
                      ? train::TargetKind::Input
                      : train::TargetKind::Label;
  result.classes = dataset.classCount;
  auto split = [&](const std::vector<int64_t> &indices) {
    train::SampleView view;
    view.values = dataset.samples.data();
    view.labels = dataset.labels.data();
    view.count = dataset.count;
    view.indices = indices;
    return view;
  };
  result.train = split(dataset.train);
  result.validation = split(dataset.validation);
  result.test = split(dataset.test);
  return result;
}

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_TRAININGVIEW_H
