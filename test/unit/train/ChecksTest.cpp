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
  EXPECT_NE(status.error().find(part), std::string::npos) << status.error();
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

/// A network with one mistake, and a part of the error.
struct BrokenNetwork {
  const char *name;
  const char *error;
  std::function<void(NetworkBuilder &)> build;
  std::vector<int64_t> input = {8, 8, 4};
};

std::vector<BrokenNetwork> brokenNetworks() {
  auto change = [](auto function) {
    return [=](NetworkBuilder &b) {
      b.convolution(LayerKind::Conv2D, 6, 3);
      function(b.network.layers.back());
    };
  };
  using Layer = NetworkLayer;
  return {
      {"noLayers", "has no layers",
       [](NetworkBuilder &b) { b.network.layers.clear(); }},
      {"noInput", "is not its input",
       [](NetworkBuilder &b) { b.network.layers[0].kind = LayerKind::ReLU; }},
      {"secondInput", "not the first layer", change([](Layer &l) {
         l.kind = LayerKind::Input;
         l.inputs.clear();
       })},
      {"output", "output is not one of its layers",
       [](NetworkBuilder &b) { b.network.output = 7; }},
      {"sameName", "the name of another layer",
       change([](Layer &l) { l.name = "input"; })},
      {"shape",
       "conv2d 'conv2d_1' has the shape [8, 7, 6] where its inputs "
       "give [8, 8, 6]",
       change([](Layer &l) { l.outputShape[1] = 7; })},
      {"emptyShape", "is empty",
       change([](Layer &l) { l.outputShape[1] = 0; })},
      {"hugeShape", "too large",
       change([](Layer &l) { l.outputShape = {1 << 20, 1 << 20, 4}; })},
      {"forward", "is not before it", change([](Layer &l) { l.inputs = {1}; })},
      {"noInputs", "has 0 inputs", change([](Layer &l) { l.inputs.clear(); })},
      {"twoInputs", "has 2 inputs",
       change([](Layer &l) { l.inputs = {0, 0}; })},
      {"stride", "a window or stride of 0",
       change([](Layer &l) { l.strideHeight = 0; })},
      {"padding", "a padding of -1",
       change([](Layer &l) { l.padding[0] = -1; })},
      {"window", "larger than its padded input",
       change([](Layer &l) { l.kernelHeight = 11; })},
      {"groups", "3 groups, which do not divide 4 input",
       change([](Layer &l) { l.groups = 3; })},
      {"noGroups", "0 groups", change([](Layer &l) { l.groups = 0; })},
      {"depthwise", "has 6 channels, its input 4",
       change([](Layer &l) { l.kind = LayerKind::DepthwiseConv2D; })},
      {"conv1dRank", "an input of rank 2",
       change([](Layer &l) { l.kind = LayerKind::Conv1D; })},
      {"conv1dWidth",
       "with a width",
       change([](Layer &l) {
         l.kind = LayerKind::Conv1D;
         l.kernelWidth = 3;
       }),
       {8, 4}},
      {"denseRank", "an input of rank 1",
       [](NetworkBuilder &b) { b.dense(4); }},
      {"epsilon", "epsilon", [](NetworkBuilder &b) { b.batchNorm(-1e-5); }},
      {"rate", "rate", [](NetworkBuilder &b) { b.dropout(1); }},
      {"notANumber", "rate", [](NetworkBuilder &b) { b.dropout(NAN); }},
      {"add", "cannot add [8, 8, 4] and [8, 8, 6]",
       [](NetworkBuilder &b) {
         b.convolution(LayerKind::Conv2D, 6, 3);
         b.combine(LayerKind::Add, {0, 1});
       }},
      {"multiply", "cannot multiply",
       [](NetworkBuilder &b) {
         b.globalAveragePool().dense(3);
         b.combine(LayerKind::Multiply, {0, 2});
       }},
      {"concat", "cannot join",
       [](NetworkBuilder &b) {
         b.convolution(LayerKind::Conv2D, 6, 3, 2);
         b.combine(LayerKind::Concat, {0, 1});
       }},
      {"poolRank",
       "rank 2 or 3",
       [](NetworkBuilder &b) { b.elementary(LayerKind::MaxPool); },
       {4}},
      {"poolPadding", "not smaller than its window",
       [](NetworkBuilder &b) {
         b.window(LayerKind::MaxPool, 4, {2, 2}, {1, 1}, {2, 0, 0, 0});
       }},
      {"globalRank",
       "rank 2 or 3",
       [](NetworkBuilder &b) { b.elementary(LayerKind::GlobalAveragePool); },
       {4}},
      {"flatten", "where its inputs give [256]",
       [](NetworkBuilder &b) {
         b.elementary(LayerKind::Flatten);
         b.network.layers.back().outputShape = {255};
       }},
      {"zeroRank", "where its inputs give",
       [](NetworkBuilder &b) { b.zero({4}); }},
  };
}

TEST(CheckNetwork, NamesTheMistake) {
  for (const BrokenNetwork &broken : brokenNetworks()) {
    SCOPED_TRACE(broken.name);
    NetworkBuilder builder(broken.input);
    broken.build(builder);
    expectError(checkNetwork(builder.network), broken.error);
  }
}

TEST(CheckNetwork, MistakesReachTheCallerOfTheTrainer) {
  NetworkBuilder builder({8, 8, 4});
  builder.dense(3);
  EXPECT_NE(errorOf(trainer().instantiate(builder.network)).find("rank 1"),
            std::string::npos);
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
