//===- TrainTestSupport.h - What the tests of training share ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_TRAIN_TRAINTESTSUPPORT_H
#define NASC_TEST_UNIT_TRAIN_TRAINTESTSUPPORT_H

#include "runtime/train/SeededRandom.h"
#include "runtime/train/TrainerLibrary.h"
#include "test/unit/support/ReferenceNetwork.h"

#include "gtest/gtest.h"
#include <memory>
#include <numeric>

namespace nasc::test {

/// The trainer of this build; the program ends if it cannot be loaded.
inline train::Trainer &trainer() {
  static train::Trainer &loaded =
      llvm::cantFail(train::loadTrainerFrom(NASC_TRAIN_LIBRARY));
  return loaded;
}

/// Images of 8×8 grey pixels in four classes: noise with a bright quarter,
/// whose place is the class. Holds what its TrainingData refers to.
struct QuarterImages {
  std::vector<uint8_t> pixels;
  std::vector<int32_t> labels;

  /// The first `training` images are for training, the rest for validation
  /// and for the test alike.
  train::TrainingData data(int64_t training = 160, int64_t others = 64) {
    int64_t count = training + others;
    train::SeededRandom random(99, 0, train::RandomPurpose::Order);
    pixels.clear();
    labels.clear();
    for (int64_t image = 0; image < count; ++image) {
      int32_t label = int32_t(random.below(4));
      labels.push_back(label);
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x) {
          bool bright = y / 4 == label / 2 && x / 4 == label % 2;
          pixels.push_back(uint8_t(random.below(100) + (bright ? 100 : 0)));
        }
    }
    train::TrainingData data;
    data.shape = {8, 8, 1};
    data.scale = {1.0f / 255};
    data.mean = {0.3f};
    data.deviation = {0.3f};
    data.classes = 4;
    data.train = {pixels.data(), labels.data(), count, {}};
    data.train.indices.resize(training);
    std::iota(data.train.indices.begin(), data.train.indices.end(), 0);
    data.validation = {pixels.data(), labels.data(), count, {}};
    data.validation.indices.resize(others);
    std::iota(data.validation.indices.begin(), data.validation.indices.end(),
              training);
    data.test = data.validation;
    return data;
  }
};

/// A network for them with all that training draws numbers for.
inline NetworkDescription quarterNetwork() {
  NetworkBuilder builder({8, 8, 1});
  builder.convolution(LayerKind::Conv2D, 8, 3, 2)
      .batchNorm()
      .elementary(LayerKind::ReLU)
      .convolution(LayerKind::DepthwiseConv2D, 8, 3)
      .batchNorm()
      .elementary(LayerKind::ReLU)
      .elementary(LayerKind::Flatten)
      .dropout(0.1)
      .dense(4);
  return builder.network;
}

inline train::TrainingSettings quarterSettings() {
  train::TrainingSettings settings;
  settings.optimizer.learningRate = 1e-2;
  settings.schedule.kind = train::ScheduleKind::Cosine;
  settings.batchSize = 32;
  settings.epochs = 4;
  settings.augmentation.shift = {1, 1};
  settings.seed = 7;
  return settings;
}

/// The message that an operation failed with; the test fails if it did not.
/// The message of a failure, with its code in brackets.
template <typename T> std::string errorOf(const train::Result<T> &result) {
  EXPECT_FALSE(bool(result));
  return nasc::describe(train::toError(result));
}

} // namespace nasc::test

#endif // NASC_TEST_UNIT_TRAIN_TRAINTESTSUPPORT_H
