//===- ChecksTest.cpp - Mistakes are found before training ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/Checks.h"
#include "test/unit/train/TrainTestSupport.h"

#include <cmath>
#include <functional>

using namespace nasc;
using namespace nasc::test;
using namespace nasc::train;

namespace {

void expectError(const Status &status, const char *part) {
  ASSERT_FALSE(bool(status)) << part;
  EXPECT_NE(errorOf(status).find(part), std::string::npos) << errorOf(status);
}

TEST(CheckNetwork, ForwardChecksItsInput) {
  auto instance = trainer().instantiate(quarterNetwork());
  ASSERT_TRUE(instance);
  errorOf((*instance)->forward(std::vector<float>(63), 1));
  errorOf((*instance)->forward({}, 0));
}

//===----------------------------------------------------------------------===//
// Settings and data
//===----------------------------------------------------------------------===//

TEST(CheckSettings, EveryRange) {
  EXPECT_TRUE(checkSettings(quarterSettings()));
  auto expectWrong = [](auto change, const char *part) {
    TrainingSettings settings = quarterSettings();
    change(settings);
    expectError(checkSettings(settings), part);
  };
  using S = TrainingSettings;
  expectWrong([](S &s) { s.optimizer.learningRate = 0; }, "learning rate");
  expectWrong([](S &s) { s.optimizer.learningRate = NAN; }, "learning rate");
  expectWrong([](S &s) { s.optimizer.momentum = 1; }, "momentum");
  expectWrong([](S &s) { s.optimizer.weightDecay = -1; }, "weight decay");
  expectWrong([](S &s) { s.optimizer.firstMomentDecay = 1; }, "moments");
  expectWrong([](S &s) { s.optimizer.epsilon = 0; }, "epsilon");
  expectWrong(
      [](S &s) {
        s.schedule.kind = ScheduleKind::Step;
        s.schedule.every = 0;
      },
      "step");
  expectWrong([](S &s) { s.batchSize = 0; }, "batch size");
  expectWrong([](S &s) { s.epochs = 0; }, "epochs");
  expectWrong([](S &s) { s.imagesPerEpoch = -1; }, "images");
  expectWrong([](S &s) { s.labelSmoothing = 1; }, "smoothing");
  expectWrong([](S &s) { s.augmentation.shift = {-1}; }, "shift");
  expectWrong([](S &s) { s.threads = 0; }, "threads");
  for (int64_t floatEpochs : {int64_t(-1), quarterSettings().epochs}) {
    auto change = [=](S &s) { s.floatEpochs = floatEpochs; };
    expectWrong(
        [=](S &s) {
          change(s);
          s.quantizationAware = true;
        },
        "NAS4021");
    TrainingSettings settings = quarterSettings();
    change(settings);
    EXPECT_TRUE(checkSettings(settings));
  }
}

TEST(CheckData, EveryMistake) {
  QuarterImages images;
  auto check = [&](auto change) {
    TrainingData data = images.data();
    TrainingSettings settings = quarterSettings();
    NetworkDescription network = quarterNetwork();
    change(data, settings);
    return checkData(network, data, settings);
  };
  using D = TrainingData;
  using S = TrainingSettings;
  EXPECT_TRUE(check([](D &, S &) {}));
  expectError(check([](D &d, S &) { d.shape = {8, 9, 1}; }),
              "the images have the shape [8, 9, 1]");
  expectError(check([](D &d, S &) { d.mean = {1, 2}; }), "2 values");
  expectError(check([](D &d, S &) { d.deviation = {0}; }), "positive");
  expectError(check([](D &d, S &) { d.classes = 10; }), "for 10 classes");
  expectError(check([](D &d, S &) { d.target = TargetKind::Input; }),
              "cross-entropy");
  expectError(check([](D &d, S &s) {
                d.target = TargetKind::Input;
                s.loss = LossKind::MeanSquaredError;
              }),
              "the network's output has [4]");
  expectError(check([](D &d, S &) { d.train.values = nullptr; }),
              "training images have no values");
  expectError(check([](D &d, S &) { d.validation.labels = nullptr; }),
              "validation images have no labels");
  expectError(check([](D &d, S &) { d.test.indices[3] = 1000; }),
              "test images include number 1000");
  expectError(check([&](D &, S &) { images.labels[5] = 4; }),
              "number 5 of the training images has the label 4");
}

TEST(CheckData, AugmentationNeedsAnImage) {
  std::vector<float> values(4);
  TrainingData data;
  data.element = ElementType::Float32;
  data.shape = {4};
  data.target = TargetKind::Input;
  data.train = {values.data(), nullptr, 1, {0}};
  NetworkBuilder builder({4});
  builder.dense(4);
  TrainingSettings settings;
  settings.loss = LossKind::MeanSquaredError;
  EXPECT_TRUE(checkData(builder.network, data, settings));
  settings.augmentation.flipHorizontal = true;
  expectError(checkData(builder.network, data, settings), "flipped");
  settings.augmentation.shift = {1};
  expectError(checkData(builder.network, data, settings), "1 shifts");
}

TEST(TrainerLibrary, MissingLibraryIsAnError) {
  auto missing = loadTrainerFrom("/nowhere/libnascTrain.so");
  ASSERT_FALSE(bool(missing));
  EXPECT_NE(llvm::toString(missing.takeError()).find("/nowhere/"),
            std::string::npos);
  // A library, but not ours.
  auto other = loadTrainerFrom("libm.so.6");
  ASSERT_FALSE(bool(other));
  EXPECT_NE(llvm::toString(other.takeError()).find("not a training library"),
            std::string::npos);
}

} // namespace
