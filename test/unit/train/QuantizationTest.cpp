//===- QuantizationTest.cpp - Training for 8-bit integers -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/Quantization.h"
#include "runtime/train/BatchAssembler.h"
#include "test/unit/train/TrainTestSupport.h"

#include "gmock/gmock.h"
#include <cmath>
#include <limits>

using namespace nasc;
using namespace nasc::test;
using namespace nasc::train;
using testing::ElementsAre;
using testing::FloatEq;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

void expectEncoding(float minimum, float maximum, double scale,
                    int32_t zeroPoint) {
  ActivationEncoding encoding = encodingOf(minimum, maximum);
  // The nearest float.
  EXPECT_EQ(encoding.scale, static_cast<float>(scale));
  EXPECT_EQ(encoding.zeroPoint, zeroPoint);
}

TEST(Encoding, ZeroPointIsAnInteger) {
  // -128 + 1 / (4 / 255) = -64.25; then steps of 1, and -127.5, -27.5, 127.4.
  expectEncoding(-1, 3, 4.0 / 255, -64);
  expectEncoding(-0.5f, 254.5f, 1, -128);
  expectEncoding(-100.5f, 154.5f, 1, -28);
  expectEncoding(-254.5f, 0.5f, 1, 127);
  expectEncoding(-128, 127, 1, 0);
}

TEST(Encoding, RangesAreWidenedToZero) {
  expectEncoding(2, 10.2f, double(10.2f) / 255, -128);
  expectEncoding(-10, -2, 10.0 / 255, 127);
  expectEncoding(5, 5, 5.0 / 255, -128);
  expectEncoding(-5, -5, 5.0 / 255, 127);
}

TEST(Encoding, ARangeWithoutWidth) {
  expectEncoding(0, 0, 1, 0);
  expectEncoding(-1e-40f, 1e-40f, 1, 0);
  // Wider than the greatest float.
  expectEncoding(-3e38f, 3e38f, 2 * double(3e38f) / 255, 0);
}

/// The integers -128 … 127 are -65.5 … 62 in steps of 0.5.
constexpr ActivationEncoding halves = {0.5, 3};

TEST(FakeQuantize, NumbersByHand) {
  std::vector<float> values = {-70,   -65.76f, -65.5f, -65.3f,   -0.2f,
                               0.24f, 0.26f,   0.25f,  0.75f,    -0.75f,
                               61.8f, 62.2f,   62.3f,  infinity, -infinity};
  std::vector<float> rounded(values.size());
  fakeQuantize(values.data(), rounded.data(), values.size(), halves);
  EXPECT_EQ(rounded,
            (std::vector<float>{-65.5f, -65.5f, -65.5f, -65.5f, 0, 0, 0.5f, 0,
                                1, -1, 62, 62, 62, 62, -65.5f}));
  fakeQuantize(&notANumber, rounded.data(), 1, halves);
  EXPECT_TRUE(std::isnan(rounded[0]));
}

/// Rounding changes nothing any more, and is off by half a step at most.
TEST(FakeQuantize, EveryNumberIsOneOf256) {
  std::vector<float> values = randomValues(1000, 3);
  ActivationEncoding encoding = encodingOf(-0.3f, 1.0f);
  std::vector<float> once(1000), twice(1000);
  fakeQuantize(values.data(), once.data(), 1000, encoding);
  fakeQuantize(once.data(), twice.data(), 1000, encoding);
  EXPECT_EQ(once, twice);
  for (size_t i = 0; i < values.size(); ++i) {
    double integer = once[i] / encoding.scale + encoding.zeroPoint;
    EXPECT_NEAR(integer, std::round(integer), 1e-3);
    EXPECT_GE(std::round(integer), -128);
    EXPECT_LE(std::round(integer), 127);
    EXPECT_NEAR(std::max(values[i], -0.3f), once[i], encoding.scale * 0.51);
  }
}

TEST(FakeQuantize, AConstantKeepsItsValue) {
  for (float value : {5.0f, -0.3f, 0.0f}) {
    float rounded;
    fakeQuantize(&value, &rounded, 1, encodingOf(value, value));
    EXPECT_FLOAT_EQ(rounded, value);
  }
}

TEST(FakeQuantize, GradientsPassInsideTheRangeAlone) {
  std::vector<float> values = {-66,   -65.8f, -65.7f,   -65.5f,
                               0,     30,     61.99f,   62.2f,
                               62.3f, 100,    infinity, -infinity};
  std::vector<float> gradient(values.size());
  std::iota(gradient.begin(), gradient.end(), 1.0f);
  std::vector<float> result(values.size());
  fakeQuantizeGradient(values.data(), gradient.data(), result.data(),
                       values.size(), halves);
  EXPECT_EQ(result, (std::vector<float>{0, 0, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0}));
}

TEST(FakeQuantize, WeightsAreSymmetric) {
  // Steps of 0.01.
  std::vector<float> weights = {-1.27f, 0.634f, 0.636f, 0.004f, -0.006f, 0};
  std::vector<float> rounded(weights.size());
  fakeQuantizeWeights(weights.data(), rounded.data(), weights.size());
  EXPECT_THAT(rounded, ElementsAre(FloatEq(-1.27f), FloatEq(0.63f),
                                   FloatEq(0.64f), 0, FloatEq(-0.01f), 0));
}

TEST(FakeQuantize, WeightsOfZeroAndOfNoNumber) {
  std::vector<float> weights(3, 0.0f), rounded(3, 1.0f);
  fakeQuantizeWeights(weights.data(), rounded.data(), 3);
  EXPECT_EQ(rounded, weights);
  for (float broken : {notANumber, infinity, -infinity}) {
    weights = {1, broken, 0};
    fakeQuantizeWeights(weights.data(), rounded.data(), 3);
    for (float value : rounded)
      EXPECT_TRUE(std::isnan(value));
  }
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

TEST(Ranges, AreAMeanThatForgets) {
  NetworkBuilder builder({4});
  builder.dense(3);
  RangeTracker tracker(builder.network);
  EXPECT_FALSE(tracker.hasRanges());
  double minimum = 0, maximum = 0;
  for (int batch = 0; batch < 300; ++batch) {
    float least = float(-(batch % 7) + 1), greatest = float(batch % 5 + 1);
    tracker.observe(1, least, greatest);
    tracker.endBatch();
    double share = batch < 99 ? 1.0 / (batch + 1) : 0.01;
    minimum += (std::min(least, 0.0f) - minimum) * share;
    maximum += (greatest - maximum) * share;
    EXPECT_NEAR(tracker.range(1).first, minimum, 1e-4);
    EXPECT_NEAR(tracker.range(1).second, maximum, 1e-4);
  }
  EXPECT_TRUE(tracker.hasRanges());
  std::vector<ActivationRange> ranges = tracker.ranges();
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].layer, "input");
  EXPECT_EQ(ranges[0].maximum, 0);
  EXPECT_EQ(ranges[1].layer, "dense_1");
  EXPECT_EQ(ranges[1].maximum, tracker.range(1).second);

  auto before = tracker.range(1);
  EXPECT_TRUE(tracker.isFinite());
  tracker.observe(1, -1, infinity);
  tracker.observe(1, notANumber, 1);
  EXPECT_FALSE(tracker.isFinite());
  EXPECT_EQ(tracker.range(1), before);
}

//===----------------------------------------------------------------------===//
// Stored tensors
//===----------------------------------------------------------------------===//

/// Residual, depthwise, squeeze-and-excitation, concat, a batch_norm on its
/// own, and a convolution with two readers.
NetworkDescription manyLayers() {
  NetworkBuilder b({8, 8, 1});
  unsigned stem = b.convolution(LayerKind::Conv2D, 4, 3)
                      .batchNorm()
                      .elementary(LayerKind::ReLU)
                      .last();
  unsigned branch = b.convolution(LayerKind::DepthwiseConv2D, 4, 3)
                        .batchNorm()
                        .elementary(LayerKind::HardSwish)
                        .convolution(LayerKind::Conv2D, 4, 1)
                        .batchNorm()
                        .last();
  unsigned sum = b.combine(LayerKind::Add, {stem, branch})
                     .elementary(LayerKind::ReLU6)
                     .last();
  unsigned gate = b.globalAveragePool(/*keepAxes=*/true)
                      .convolution(LayerKind::Conv2D, 2, 1, 1, 1, true)
                      .elementary(LayerKind::ReLU)
                      .convolution(LayerKind::Conv2D, 4, 1, 1, 1, true)
                      .elementary(LayerKind::HardSigmoid)
                      .last();
  unsigned scaled = b.combine(LayerKind::Multiply, {sum, gate}).last();
  b.combine(LayerKind::Concat, {scaled, stem})
      .batchNorm()
      .elementary(LayerKind::ReLU)
      .pool(LayerKind::MaxPool, 2, 2)
      .elementary(LayerKind::HardSwish)
      .dropout(0.1);
  unsigned shared = b.convolution(LayerKind::Conv2D, 4, 3).last();
  unsigned left = b.elementary(LayerKind::ReLU).last();
  unsigned right = b.from(shared).elementary(LayerKind::Sigmoid).last();
  b.combine(LayerKind::Add, {left, right})
      .elementary(LayerKind::Identity)
      .elementary(LayerKind::ReLU)
      .pool(LayerKind::AveragePool, 2, 2)
      .elementary(LayerKind::Flatten)
      .dense(4);
  setStorage(b.network);
  return b.network;
}

/// Worked out by hand from the rule of fusion.
const std::vector<std::string> storedOfManyLayers = {
    "input",
    "relu_3",       // conv2d_1, batch_norm_2
    "hard_swish_6", // depthwise_conv2d_4, batch_norm_5
    "batch_norm_8", // conv2d_7; the sum is no activation
    "relu6_10",     // add_9
    "global_average_pool_11",
    "relu_13",         // conv2d_12
    "hard_sigmoid_15", // conv2d_14
    "multiply_16",
    "concat_17",
    "relu_19",       // batch_norm_18, which is not behind weights
    "hard_swish_21", // on its own: behind a pool, which has relu_19's scale
    "conv2d_23",     // two readers
    "relu_24",
    "sigmoid_25",
    "relu_28", // add_26, identity_27
    "average_pool_29",
    "dense_31",
};

std::vector<std::string> namesOf(const std::vector<ActivationRange> &ranges) {
  std::vector<std::string> names;
  for (const ActivationRange &range : ranges)
    names.push_back(range.layer);
  return names;
}

TEST(StoredTensors, FollowTheRuleOfFusion) {
  EXPECT_EQ(namesOf(RangeTracker(manyLayers()).ranges()), storedOfManyLayers);
}

TEST(StoredTensors, TheOutputHasAReader) {
  // The network's result is the convolution's; relu_2 is not reached.
  NetworkBuilder builder({8, 8, 1});
  unsigned convolution = builder.convolution(LayerKind::Conv2D, 4, 3).last();
  builder.elementary(LayerKind::ReLU);
  builder.network.output = convolution;
  setStorage(builder.network);
  EXPECT_EQ(namesOf(RangeTracker(builder.network).ranges()),
            (std::vector<std::string>{"input", "conv2d_1"}));
}

TEST(StoredTensors, ActivationsAndNormalizationsInARow) {
  NetworkBuilder builder({8, 8, 1});
  builder.elementary(LayerKind::ReLU)
      .convolution(LayerKind::Conv2D, 4, 3)
      .batchNorm()
      .batchNorm()
      .elementary(LayerKind::ReLU)
      .elementary(LayerKind::Sigmoid)
      .batchNorm();
  setStorage(builder.network);
  EXPECT_EQ(namesOf(RangeTracker(builder.network).ranges()),
            (std::vector<std::string>{"input", "relu_1", "batch_norm_3",
                                      "relu_5", "sigmoid_6", "batch_norm_7"}));
}

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

class QuantizedTraining : public testing::Test {
protected:
  QuarterImages images;
  TrainingData data = images.data();

  static TrainingSettings quantized(int64_t floatEpochs = 0) {
    TrainingSettings settings = quarterSettings();
    settings.quantizationAware = true;
    settings.floatEpochs = floatEpochs;
    return settings;
  }

  std::unique_ptr<TrainingSession>
  start(const TrainingSettings &settings,
        const NetworkDescription &network = quarterNetwork()) {
    auto session = trainer().createSession(network, data, settings);
    EXPECT_TRUE(session) << session.error();
    return std::move(*session);
  }

  static std::vector<uint8_t> stateAfter(TrainingSession &session, int epochs) {
    for (int i = 0; i < epochs; ++i) {
      auto result = session.runEpoch();
      EXPECT_TRUE(result) << result.error();
      EXPECT_FALSE(result->diverged);
    }
    auto state = session.saveState();
    EXPECT_TRUE(state) << state.error();
    return *state;
  }
};

TEST_F(QuantizedTraining, RangesAreThoseOfStoredTensors) {
  std::unique_ptr<TrainingSession> session =
      start(quantized(/*floatEpochs=*/1), manyLayers());
  stateAfter(*session, 2);
  auto ranges = session->activationRanges();
  ASSERT_TRUE(ranges) << ranges.error();
  EXPECT_EQ(namesOf(*ranges), storedOfManyLayers);
  for (const ActivationRange &range : *ranges) {
    SCOPED_TRACE(range.layer);
    EXPECT_LE(range.minimum, 0);
    EXPECT_GE(range.maximum, 0);
    EXPECT_LT(range.minimum, range.maximum);
    bool isSigmoid = range.layer.find("sigmoid") != std::string::npos;
    if (isSigmoid || range.layer.rfind("relu", 0) == 0) {
      EXPECT_EQ(range.minimum, 0);
    }
    if (isSigmoid) {
      EXPECT_LE(range.maximum, 1);
    }
    if (range.layer == "hard_swish_6") {
      EXPECT_GE(range.minimum, -0.376f);
    }
  }
}

TEST_F(QuantizedTraining, Learns) {
  TrainingSettings settings = quantized(/*floatEpochs=*/5);
  settings.epochs = 10;
  std::unique_ptr<TrainingSession> session = start(settings);
  stateAfter(*session, 10);
  auto after = session->evaluate(Split::Validation);
  ASSERT_TRUE(after);
  EXPECT_GT(after->accuracy, 0.9);
}

TEST_F(QuantizedTraining, LearnsWithEveryKindOfLayer) {
  TrainingSettings settings = quantized(/*floatEpochs=*/2);
  settings.epochs = 8;
  settings.batchSize = 16;
  std::unique_ptr<TrainingSession> session = start(settings, manyLayers());
  stateAfter(*session, 2);
  // The statistics of a batch_norm that is in no weights are fixed too.
  NetworkWeights before = *session->weights();
  stateAfter(*session, 1);
  NetworkWeights after = *session->weights();
  for (const char *fixed : {"batch_norm_18.mean", "batch_norm_18.variance"})
    EXPECT_EQ(after.find(fixed)->values, before.find(fixed)->values);
  EXPECT_NE(after.find("batch_norm_18.scale")->values,
            before.find("batch_norm_18.scale")->values);

  double first = session->evaluate(Split::Train)->loss;
  stateAfter(*session, 5);
  EXPECT_LT(session->evaluate(Split::Train)->loss, 0.5 * first);
}

TEST_F(QuantizedTraining, FloatEpochsAreThoseOfAFloatTraining) {
  std::unique_ptr<TrainingSession> plain = start(quarterSettings());
  std::unique_ptr<TrainingSession> session = start(quantized(2));
  stateAfter(*plain, 2);
  stateAfter(*session, 2);
  NetworkWeights expected = *plain->weights(), weights = *session->weights();
  for (size_t i = 0; i < weights.tensors.size(); ++i)
    EXPECT_EQ(weights.tensors[i].values, expected.tensors[i].values);
  // Nothing to round by yet.
  EXPECT_EQ(*session->logits(Split::Test), *plain->logits(Split::Test));
  std::string error = errorOf(session->activationRanges());
  EXPECT_NE(error.find("2 epochs done, of which 2 in floats; train for 1 more"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("[NAS4019]"), std::string::npos);
  EXPECT_NE(errorOf(plain->activationRanges()).find("[NAS4020]"),
            std::string::npos);

  // From then on they differ, and statistics of batch_norm are fixed.
  stateAfter(*plain, 1);
  stateAfter(*session, 1);
  EXPECT_TRUE(session->activationRanges());
  EXPECT_NE(*session->logits(Split::Test), *plain->logits(Split::Test));
  NetworkWeights later = *session->weights();
  for (const char *fixed : {"batch_norm_2.mean", "batch_norm_5.variance"})
    EXPECT_EQ(later.find(fixed)->values, weights.find(fixed)->values);
  for (const char *trained :
       {"conv2d_1.weight", "batch_norm_2.scale", "batch_norm_5.shift",
        "depthwise_conv2d_4.weight", "dense_9.weight", "dense_9.bias"})
    EXPECT_NE(later.find(trained)->values, weights.find(trained)->values)
        << trained;
}

TEST_F(QuantizedTraining, SameSeedSameResultBitForBit) {
  for (unsigned threads : {2, 1}) {
    TrainingSettings settings = quantized();
    settings.threads = threads;
    EXPECT_EQ(stateAfter(*start(settings, manyLayers()), 2),
              stateAfter(*start(settings, manyLayers()), 2));
  }
}

TEST_F(QuantizedTraining, ResumedTrainingIsBitExact) {
  std::vector<uint8_t> whole = stateAfter(*start(quantized(1)), 4);
  for (int epochs : {1, 2, 3}) {
    std::vector<uint8_t> part = stateAfter(*start(quantized(1)), epochs);
    std::unique_ptr<TrainingSession> resumed = start(quantized(1));
    ASSERT_TRUE(resumed->restoreState(part));
    EXPECT_EQ(*resumed->saveState(), part);
    EXPECT_EQ(stateAfter(*resumed, 4 - epochs), whole);
  }
}

TEST_F(QuantizedTraining, RestoredSessionsRoundInTheSavedRanges) {
  std::unique_ptr<TrainingSession> session = start(quantized());
  std::vector<uint8_t> state = stateAfter(*session, 2);
  std::unique_ptr<TrainingSession> restored = start(quantized());
  ASSERT_TRUE(restored->restoreState(state));
  EXPECT_EQ(*restored->logits(Split::Test), *session->logits(Split::Test));
  auto expected = session->activationRanges();
  auto ranges = restored->activationRanges();
  ASSERT_TRUE(expected);
  ASSERT_TRUE(ranges);
  ASSERT_EQ(ranges->size(), expected->size());
  for (size_t i = 0; i < ranges->size(); ++i) {
    EXPECT_EQ((*ranges)[i].layer, (*expected)[i].layer);
    EXPECT_EQ((*ranges)[i].minimum, (*expected)[i].minimum);
    EXPECT_EQ((*ranges)[i].maximum, (*expected)[i].maximum);
  }
}

TEST_F(QuantizedTraining, StatesOfFloatTrainingsAreOthers) {
  std::unique_ptr<TrainingSession> plain = start(quarterSettings());
  std::unique_ptr<TrainingSession> session = start(quantized());
  std::vector<uint8_t> plainState = stateAfter(*plain, 1);
  std::vector<uint8_t> state = stateAfter(*session, 1);
  EXPECT_NE(errorOf(plain->restoreState(state))
                .find("a training that is quantisation-aware"),
            std::string::npos);
  EXPECT_NE(errorOf(session->restoreState(plainState))
                .find("a training that is not quantisation-aware"),
            std::string::npos);
  EXPECT_EQ(*session->saveState(), state);
}

TEST_F(QuantizedTraining, CancelledEpochLeavesTheSessionAsItWas) {
  std::unique_ptr<TrainingSession> session = start(quantized());
  for (int done : {0, 1}) {
    std::vector<uint8_t> before = *session->saveState();
    int polls = 0;
    TrainingCallbacks callbacks;
    callbacks.isCancelled = [&] { return ++polls == 3; };
    auto result = session->runEpoch(callbacks);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->cancelled);
    EXPECT_EQ(*session->saveState(), before);
    EXPECT_EQ(bool(session->activationRanges()), done > 0);
    stateAfter(*session, 1);
  }
  EXPECT_EQ(*session->saveState(), stateAfter(*start(quantized()), 2));
}

/// The values beyond the floats are in front of a relu6, so the loss does not
/// show them.
TEST_F(QuantizedTraining, DivergenceIsAResult) {
  NetworkBuilder builder({8, 8, 1});
  builder.convolution(LayerKind::Conv2D, 4, 3)
      .elementary(LayerKind::Sigmoid)
      .elementary(LayerKind::Flatten)
      .dense(4);
  unsigned scores = builder.last();
  unsigned huge = builder.from(0)
                      .convolution(LayerKind::Conv2D, 4, 3)
                      .pool(LayerKind::MaxPool, 2, 2)
                      .elementary(LayerKind::Sigmoid)
                      .elementary(LayerKind::Flatten)
                      .dense(4)
                      .last();
  builder.combine(LayerKind::Add, {scores, huge});
  std::unique_ptr<TrainingSession> session =
      start(quantized(), builder.network);
  std::vector<uint8_t> sound = *session->saveState();
  NetworkWeights weights = *session->weights(), broken = weights;
  for (NamedTensor &tensor : broken.tensors)
    if (tensor.name == "conv2d_5.weight")
      std::fill(tensor.values.begin(), tensor.values.end(), 3e38f);
  ASSERT_TRUE(session->setWeights(broken));
  for (int64_t epoch = 1; epoch <= 2; ++epoch) {
    auto result = session->runEpoch();
    ASSERT_TRUE(result) << result.error();
    EXPECT_TRUE(result->diverged);
    EXPECT_EQ(result->accuracy, 0.25);
  }
  EXPECT_TRUE(session->evaluate(Split::Validation));
  // A state from before it is as good as ever.
  ASSERT_TRUE(session->restoreState(sound));
  stateAfter(*session, 1);
}

/// One input, two outputs, one image in a batch: small enough to follow every
/// step of the training by hand.
TEST_F(QuantizedTraining, GradientsPassStraightThrough) {
  TrainingSettings settings = quantized();
  settings.optimizer.kind = OptimizerKind::SGD;
  settings.optimizer.learningRate = 0.05;
  settings.schedule.kind = ScheduleKind::Constant;
  settings.batchSize = 1;
  settings.loss = LossKind::MeanSquaredError;
  settings.augmentation = {};
  std::vector<int64_t> order = drawEpoch({0, 1}, 0, settings.seed, 0);
  // The first image is 1 and its class 1, the second 3 and its class 0.
  std::vector<float> values(2);
  std::vector<int32_t> labels(2);
  values[order[0]] = 1;
  labels[order[0]] = 1;
  values[order[1]] = 3;
  labels[order[1]] = 0;
  data = TrainingData();
  data.shape = {1};
  data.element = ElementType::Float32;
  data.classes = 2;
  data.train = {values.data(), labels.data(), 2, {0, 1}};
  NetworkBuilder builder({1});
  builder.dense(2, /*bias=*/false);
  std::unique_ptr<TrainingSession> session = start(settings, builder.network);
  NetworkWeights weights;
  weights.tensors = {{"dense_1.weight", {1, 2}, {0.75f, 0.25f}}};
  ASSERT_TRUE(session->setWeights(weights));
  stateAfter(*session, 1);

  auto roundTo = [](double value, double maximum) {
    double step = maximum / 255;
    return std::min(std::round(value / step), 255.0) * step;
  };
  // The first batch sets the ranges: input 0 … 1, outputs 0 … 0.75. A channel
  // of one weight rounds to itself. The gradient of the mean of the squares of
  // two differences is the difference.
  double first = 0.75, second = 0.25;
  double firstOutput = roundTo(first, 0.75),
         secondOutput = roundTo(second, 0.75);
  double maximum = first;
  first -= 0.05 * (firstOutput - 0) * 1;
  second -= 0.05 * (secondOutput - 1) * 1;
  // The second: the input's range is the mean of 0 … 1 and 0 … 3, so the
  // input becomes 2; the outputs' is the mean of 0 … 0.75 and 0 … 2 first.
  // The first output is beyond that: no gradient. The second passes it on.
  maximum = (maximum + 2 * first) / 2;
  ASSERT_GT(2 * first, maximum * 1.1);
  second -= 0.05 * (roundTo(2 * second, maximum) - 0) * 2;
  const std::vector<float> trained =
      session->weights()->find("dense_1.weight")->values;
  EXPECT_NEAR(trained[0], first, 1e-6);
  EXPECT_NEAR(trained[1], second, 1e-6);
  auto ranges = session->activationRanges();
  ASSERT_TRUE(ranges);
  EXPECT_NEAR((*ranges)[0].maximum, 2, 1e-6);
  EXPECT_NEAR((*ranges)[1].maximum, maximum, 1e-6);
}

//===----------------------------------------------------------------------===//
// Against a forward pass by plain loops
//===----------------------------------------------------------------------===//

/// What 8-bit integers in [minimum, maximum] make of a value; written without
/// the functions under test.
double roundInto(double value, const ActivationRange &range) {
  double step = (double(range.maximum) - range.minimum) / 255;
  double zero = std::round(-128 - range.minimum / step);
  double integer = std::round(value / step) + zero;
  return (std::max(-128.0, std::min(127.0, integer)) - zero) * step;
}

/// conv2d (3×3, same) with bias, batch_norm and relu of a 6×6×3 image, as one
/// layer of 8-bit integers; before the rounding of the result.
std::vector<double> convolutionByHand(const NetworkWeights &weights,
                                      const std::vector<float> &image,
                                      const ActivationRange &input) {
  auto values = [&](const char *name) { return weights.find(name)->values; };
  std::vector<float> kernel = values("conv2d_1.weight");
  std::vector<double> result;
  std::vector<double> folded(kernel.size()), bias(3);
  for (int filter = 0; filter < 3; ++filter) {
    double factor = values("batch_norm_2.scale")[filter] /
                    std::sqrt(values("batch_norm_2.variance")[filter] + 1e-5);
    bias[filter] = (values("conv2d_1.bias")[filter] -
                    values("batch_norm_2.mean")[filter]) *
                       factor +
                   values("batch_norm_2.shift")[filter];
    double greatest = 0;
    for (int i = 0; i < 27; ++i)
      greatest = std::max(greatest, std::abs(kernel[i * 3 + filter] * factor));
    for (int i = 0; i < 27; ++i)
      folded[i * 3 + filter] =
          std::round(kernel[i * 3 + filter] * factor / (greatest / 127)) *
          (greatest / 127);
  }
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 6; ++x)
      for (int filter = 0; filter < 3; ++filter) {
        double sum = bias[filter];
        for (int i = 0; i < 3; ++i)
          for (int j = 0; j < 3; ++j)
            for (int channel = 0; channel < 3; ++channel) {
              int row = y + i - 1, column = x + j - 1;
              if (row < 0 || row > 5 || column < 0 || column > 5)
                continue;
              sum += folded[((i * 3 + j) * 3 + channel) * 3 + filter] *
                     roundInto(image[(row * 6 + column) * 3 + channel], input);
            }
        result.push_back(std::max(sum, 0.0));
      }
  return result;
}

TEST_F(QuantizedTraining, OneLayerIsWhatPlainLoopsCompute) {
  std::vector<float> values = randomValues(64 * 108, 5);
  data = TrainingData();
  data.shape = {6, 6, 3};
  data.element = ElementType::Float32;
  data.target = TargetKind::Input;
  data.train = {values.data(), nullptr, 64, {}};
  for (int64_t i = 0; i < 64; ++i)
    data.train.indices.push_back(i);
  NetworkBuilder builder({6, 6, 3});
  builder.convolution(LayerKind::Conv2D, 3, 3, 1, 1, /*bias=*/true)
      .batchNorm()
      .elementary(LayerKind::ReLU);
  setStorage(builder.network);
  TrainingSettings settings = quantized();
  settings.loss = LossKind::MeanSquaredError;
  settings.augmentation = {};
  settings.batchSize = 64;
  std::unique_ptr<TrainingSession> session = start(settings, builder.network);
  NetworkWeights weights = randomWeights(builder.network, 3);
  ASSERT_TRUE(session->setWeights(weights));

  // The only batch of the first epoch sets the ranges, by the weights as they
  // were.
  stateAfter(*session, 1);
  std::vector<ActivationRange> ranges = *session->activationRanges();
  ASSERT_EQ(namesOf(ranges), (std::vector<std::string>{"input", "relu_3"}));
  EXPECT_EQ(ranges[0].minimum, *std::min_element(values.begin(), values.end()));
  EXPECT_EQ(ranges[0].maximum, *std::max_element(values.begin(), values.end()));
  double greatest = 0;
  for (int64_t image = 0; image < 64; ++image) {
    std::vector<float> pixels(&values[image * 108], &values[image * 108] + 108);
    for (double value : convolutionByHand(weights, pixels, ranges[0]))
      greatest = std::max(greatest, value);
  }
  EXPECT_NEAR(ranges[1].maximum, greatest, 1e-3 * greatest);
  EXPECT_EQ(ranges[1].minimum, 0);

  // And later epochs, with other weights.
  stateAfter(*session, 3);
  ranges = *session->activationRanges();
  weights = *session->weights();
  double step = (double(ranges[1].maximum) - ranges[1].minimum) / 255;
  auto output = session->forward(values, 64);
  ASSERT_TRUE(output) << output.error();
  int different = 0;
  for (int64_t image = 0; image < 64; ++image) {
    std::vector<float> pixels(&values[image * 108], &values[image * 108] + 108);
    std::vector<double> expected =
        convolutionByHand(weights, pixels, ranges[0]);
    for (int i = 0; i < 108; ++i) {
      double rounded = roundInto(expected[i], ranges[1]);
      double difference = std::abs((*output)[image * 108 + i] - rounded);
      // Where single precision falls on the other side of a half.
      ASSERT_LT(difference, 1.01 * step);
      different += difference > 0.01 * step;
    }
  }
  EXPECT_LT(different, 64 * 108 / 200);
}

} // namespace
