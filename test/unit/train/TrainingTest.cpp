//===- TrainingTest.cpp - Sessions ------------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/train/TrainTestSupport.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <cmath>
#include <fstream>
#include <thread>

using namespace nasc;
using namespace nasc::test;
using namespace nasc::train;

namespace {

class Training : public testing::Test {
protected:
  QuarterImages images;
  TrainingData data = images.data();

  std::unique_ptr<TrainingSession>
  start(const TrainingSettings &settings = quarterSettings(),
        const NetworkDescription &network = quarterNetwork()) {
    auto session = trainer().createSession(network, data, settings);
    EXPECT_TRUE(session) << session.error();
    return std::move(*session);
  }
};

void run(TrainingSession &session, int epochs) {
  for (int i = 0; i < epochs; ++i) {
    auto result = session.runEpoch();
    ASSERT_TRUE(result) << result.error();
    EXPECT_FALSE(result->diverged);
  }
}

std::vector<uint8_t> stateAfter(TrainingSession &session, int epochs) {
  run(session, epochs);
  auto state = session.saveState();
  EXPECT_TRUE(state) << state.error();
  return *state;
}

TEST_F(Training, Learns) {
  TrainingSettings settings = quarterSettings();
  settings.epochs = 10;
  std::unique_ptr<TrainingSession> session = start(settings);
  auto before = session->evaluate(Split::Validation);
  ASSERT_TRUE(before);
  run(*session, 10);
  auto after = session->evaluate(Split::Validation);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->images, 64);
  EXPECT_LT(after->loss, before->loss / 2);
  EXPECT_GT(after->accuracy, 0.9);
  EXPECT_EQ(session->epoch(), 10);
}

TEST_F(Training, EveryOptimizerLearns) {
  for (OptimizerKind kind :
       {OptimizerKind::SGD, OptimizerKind::Adam, OptimizerKind::AdamW}) {
    TrainingSettings settings = quarterSettings();
    settings.optimizer.kind = kind;
    settings.optimizer.weightDecay = 1e-4;
    if (kind == OptimizerKind::SGD) {
      settings.optimizer.learningRate = 0.05;
      settings.optimizer.momentum = 0.9;
    }
    settings.labelSmoothing = 0.05;
    std::unique_ptr<TrainingSession> session = start(settings);
    double before = session->evaluate(Split::Train)->loss;
    run(*session, 4);
    EXPECT_LT(session->evaluate(Split::Train)->loss, 0.8 * before);
  }
}

TEST_F(Training, SameSeedSameResultBitForBit) {
  TrainingSettings settings = quarterSettings();
  for (unsigned threads : {2, 1}) {
    settings.threads = threads;
    EXPECT_EQ(stateAfter(*start(settings), 2), stateAfter(*start(settings), 2));
  }
  std::vector<uint8_t> first = stateAfter(*start(settings), 2);
  TrainingSettings other = settings;
  other.seed = 8;
  EXPECT_NE(first, stateAfter(*start(other), 2));
}

TEST_F(Training, SessionsInSeveralThreadsDoNotDisturbEachOther) {
  std::vector<std::vector<uint8_t>> states(3);
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < states.size(); ++i)
    threads.emplace_back([&, i] {
      TrainingSettings settings = quarterSettings();
      settings.seed = i;
      states[i] = stateAfter(*start(settings), 2);
    });
  for (std::thread &thread : threads)
    thread.join();
  for (uint64_t i = 0; i < states.size(); ++i) {
    TrainingSettings settings = quarterSettings();
    settings.seed = i;
    EXPECT_EQ(states[i], stateAfter(*start(settings), 2));
  }
}

TEST_F(Training, InitialWeightsComeFromTheSeed) {
  NetworkWeights first = *start()->weights();
  NetworkWeights again = *start()->weights();
  for (size_t i = 0; i < first.tensors.size(); ++i)
    EXPECT_EQ(first.tensors[i].values, again.tensors[i].values);
  // PyTorch's bounds: the inverse root of the fan-in, here 3 × 3 × 1.
  float greatest = 0;
  for (float value : first.find("conv2d_1.weight")->values)
    greatest = std::max(greatest, std::abs(value));
  EXPECT_LE(greatest, 1.0f / 3);
  EXPECT_GT(greatest, 0.25f);
}

//===----------------------------------------------------------------------===//
// Going on from a saved state
//===----------------------------------------------------------------------===//

TEST_F(Training, ResumedTrainingIsBitExact) {
  for (OptimizerKind kind : {OptimizerKind::SGD, OptimizerKind::Adam}) {
    TrainingSettings settings = quarterSettings();
    settings.optimizer.kind = kind;
    settings.optimizer.momentum = 0.5;
    settings.imagesPerEpoch = 100;
    std::vector<uint8_t> whole = stateAfter(*start(settings), 4);
    std::vector<uint8_t> half = stateAfter(*start(settings), 2);
    EXPECT_NE(half, whole);
    std::unique_ptr<TrainingSession> resumed = start(settings);
    Status status = resumed->restoreState(half);
    ASSERT_TRUE(status) << status.error();
    EXPECT_EQ(resumed->epoch(), 2);
    EXPECT_EQ(stateAfter(*resumed, 2), whole);
  }
}

constexpr const char *stateFileVariable = "NASC_TEST_TRAINING_STATE";

std::vector<uint8_t> readBytes(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return {};
  llvm::StringRef text = (*buffer)->getBuffer();
  return std::vector<uint8_t>(text.bytes_begin(), text.bytes_end());
}

void writeBytes(const std::string &path, const std::vector<uint8_t> &bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()),
             std::streamsize(bytes.size()));
}

TEST_F(Training, ResumedInAnotherProcessIsBitExact) {
  if (const char *path = std::getenv(stateFileVariable)) {
    // This is the other process.
    std::unique_ptr<TrainingSession> resumed = start();
    ASSERT_TRUE(resumed->restoreState(readBytes(path)));
    writeBytes(path, stateAfter(*resumed, 2));
    return;
  }
  std::vector<uint8_t> whole = stateAfter(*start(), 4);
  llvm::SmallString<128> path;
  ASSERT_FALSE(
      llvm::sys::fs::createTemporaryFile("nasc-training", "state", path));
  writeBytes(std::string(path), stateAfter(*start(), 2));

  setenv(stateFileVariable, path.c_str(), 1);
  std::string program = llvm::sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&readBytes));
  std::string message;
  int code = llvm::sys::ExecuteAndWait(
      program,
      {program, "--gtest_filter=Training.ResumedInAnotherProcessIsBitExact"},
      std::nullopt, {std::nullopt, llvm::StringRef(""), std::nullopt}, 0, 0,
      &message);
  unsetenv(stateFileVariable);
  EXPECT_EQ(code, 0) << message;
  EXPECT_EQ(readBytes(std::string(path)), whole);
  llvm::sys::fs::remove(path);
}

TEST_F(Training, DamagedStatesAreRefused) {
  std::unique_ptr<TrainingSession> session = start();
  std::vector<uint8_t> state = stateAfter(*session, 1);
  std::vector<uint8_t> cut(state.begin(), state.end() - 1);
  errorOf(session->restoreState(cut));
  errorOf(session->restoreState({}));
  std::vector<uint8_t> flipped = state;
  flipped[state.size() / 2] ^= 4;
  errorOf(session->restoreState(flipped));
  EXPECT_EQ(*session->saveState(), state);
}

TEST_F(Training, StatesOfOtherNetworksAreRefused) {
  std::vector<uint8_t> state = stateAfter(*start(), 1);
  NetworkBuilder builder({8, 8, 1});
  builder.elementary(LayerKind::Flatten).dense(4);
  errorOf(start(quarterSettings(), builder.network)->restoreState(state));
  TrainingSettings other = quarterSettings();
  other.optimizer.kind = OptimizerKind::SGD;
  errorOf(start(other)->restoreState(state));
}

//===----------------------------------------------------------------------===//
// Interruption, divergence
//===----------------------------------------------------------------------===//

TEST_F(Training, CancelledEpochLeavesTheSessionAsItWas) {
  std::unique_ptr<TrainingSession> session = start();
  std::vector<uint8_t> before = stateAfter(*session, 1);
  int polls = 0;
  TrainingCallbacks callbacks;
  callbacks.isCancelled = [&] { return ++polls == 4; };
  auto result = session->runEpoch(callbacks);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->cancelled);
  EXPECT_EQ(result->images, 3 * 32);
  EXPECT_EQ(*session->saveState(), before);
  EXPECT_EQ(stateAfter(*session, 1), stateAfter(*start(), 2));

  polls = 3;
  auto evaluation = session->evaluate(Split::Validation, callbacks);
  ASSERT_TRUE(evaluation);
  EXPECT_TRUE(evaluation->cancelled);
}

TEST_F(Training, ProgressIsReportedForEachBatch) {
  TrainingSettings settings = quarterSettings();
  settings.imagesPerEpoch = 70;
  std::vector<int64_t> seen;
  TrainingCallbacks callbacks;
  callbacks.onProgress = [&](const BatchProgress &progress) {
    seen.push_back(progress.images);
    EXPECT_EQ(progress.totalImages, 70);
    EXPECT_EQ(progress.epoch, 0);
    EXPECT_GT(progress.loss, 0);
  };
  auto result = start(settings)->runEpoch(callbacks);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->images, 70);
  EXPECT_EQ(seen, (std::vector<int64_t>{32, 64, 70}));
}

TEST_F(Training, DivergenceIsAResult) {
  TrainingSettings settings = quarterSettings();
  settings.optimizer.kind = OptimizerKind::SGD;
  settings.optimizer.learningRate = 1e30;
  std::unique_ptr<TrainingSession> session = start(settings);
  for (int64_t epoch = 1; epoch <= 2; ++epoch) {
    auto result = session->runEpoch();
    ASSERT_TRUE(result) << result.error();
    EXPECT_TRUE(result->diverged);
    EXPECT_TRUE(std::isnan(result->loss));
    EXPECT_EQ(result->accuracy, 0.25);
    EXPECT_EQ(session->epoch(), epoch);
  }
  auto evaluation = session->evaluate(Split::Validation);
  ASSERT_TRUE(evaluation) << evaluation.error();
  EXPECT_TRUE(std::isnan(evaluation->loss));
  EXPECT_EQ(evaluation->accuracy, 0.25);
}

//===----------------------------------------------------------------------===//
// Kinds of training
//===----------------------------------------------------------------------===//

TEST_F(Training, AutoencoderReproducesItsInput) {
  data.target = TargetKind::Input;
  data.classes = 0;
  for (SampleView *view : {&data.train, &data.validation, &data.test})
    view->labels = nullptr;
  NetworkBuilder builder({8, 8, 1});
  builder.convolution(LayerKind::Conv2D, 4, 3).elementary(LayerKind::ReLU);
  builder.convolution(LayerKind::Conv2D, 1, 3, 1, 1, true);
  TrainingSettings settings = quarterSettings();
  settings.loss = LossKind::MeanSquaredError;
  std::unique_ptr<TrainingSession> session = start(settings, builder.network);
  double before = session->evaluate(Split::Validation)->loss;
  run(*session, 4);
  auto after = session->evaluate(Split::Validation);
  ASSERT_TRUE(after) << after.error();
  EXPECT_LT(after->loss, 0.7 * before);
  EXPECT_EQ(after->accuracy, 0);
}

TEST_F(Training, MeanSquaredErrorOfClasses) {
  TrainingSettings settings = quarterSettings();
  settings.loss = LossKind::MeanSquaredError;
  std::unique_ptr<TrainingSession> session = start(settings);
  run(*session, 4);
  EXPECT_GT(session->evaluate(Split::Validation)->accuracy, 0.5);
}

TEST_F(Training, LayersBehindAZeroStayAsTheyAre) {
  NetworkBuilder builder({8, 8, 1});
  unsigned zero =
      builder.convolution(LayerKind::Conv2D, 4, 3).zero({8, 8, 4}).last();
  unsigned other = builder.from(0).convolution(LayerKind::Conv2D, 4, 3).last();
  builder.combine(LayerKind::Add, {zero, other}).globalAveragePool().dense(4);
  std::unique_ptr<TrainingSession> session =
      start(quarterSettings(), builder.network);
  NetworkWeights before = *session->weights();
  run(*session, 1);
  NetworkWeights after = *session->weights();
  EXPECT_EQ(before.find("conv2d_1.weight")->values,
            after.find("conv2d_1.weight")->values);
  EXPECT_NE(before.find("conv2d_3.weight")->values,
            after.find("conv2d_3.weight")->values);
}

TEST_F(Training, NetworkWithoutParametersIsNoError) {
  NetworkBuilder builder({8, 8, 1});
  builder.pool(LayerKind::AveragePool, 4, 4).elementary(LayerKind::Flatten);
  run(*start(quarterSettings(), builder.network), 1);
}

/// The last batch has one image, whose features are a single pixel: no
/// variance, but no NaN either.
TEST_F(Training, LastBatchOfOneImage) {
  NetworkBuilder builder({8, 8, 1});
  builder.window(LayerKind::Conv2D, 4, {8, 8}, {1, 1}, {0, 0, 0, 0})
      .batchNorm()
      .elementary(LayerKind::Flatten)
      .dense(4);
  TrainingSettings settings = quarterSettings();
  settings.imagesPerEpoch = 65;
  std::unique_ptr<TrainingSession> session = start(settings, builder.network);
  run(*session, 1);
  NetworkWeights weights = *session->weights();
  for (float variance : weights.find("batch_norm_2.variance")->values)
    EXPECT_TRUE(std::isfinite(variance));
  EXPECT_TRUE(std::isfinite(session->evaluate(Split::Validation)->loss));
}

TEST_F(Training, EmptySplitsAreErrors) {
  data.train.indices.clear();
  data.test.indices.clear();
  std::unique_ptr<TrainingSession> session = start();
  errorOf(session->runEpoch());
  errorOf(session->evaluate(Split::Test));
  EXPECT_TRUE(session->evaluate(Split::Validation));
}

//===----------------------------------------------------------------------===//
// Logits
//===----------------------------------------------------------------------===//

TEST_F(Training, LogitsAreThoseOfTheReference) {
  // More than one batch of the evaluation.
  data = images.data(32, 300);
  std::unique_ptr<TrainingSession> session = start();
  run(*session, 2);
  auto logits = session->logits(Split::Validation);
  ASSERT_TRUE(logits) << logits.error();
  ASSERT_EQ(logits->size(), 300u * 4);
  NetworkWeights weights = *session->weights();
  NetworkDescription network = quarterNetwork();
  int64_t correct = 0;
  for (int64_t i = 0; i < 300; ++i) {
    std::vector<float> input;
    for (int64_t pixel = 0; pixel < 64; ++pixel)
      input.push_back((images.pixels[(32 + i) * 64 + pixel] / 255.0f - 0.3f) /
                      0.3f);
    std::vector<float> expected = runReference(network, weights, input);
    int64_t best = 0;
    for (int64_t j = 0; j < 4; ++j) {
      ASSERT_NEAR((*logits)[i * 4 + j], expected[j], 1e-4);
      if (expected[j] > expected[best])
        best = j;
    }
    correct += best == images.labels[32 + i];
  }
  EXPECT_NEAR(session->evaluate(Split::Validation)->accuracy, correct / 300.0,
              1e-9);

  auto some = session->logits(Split::Validation, {299, 0});
  ASSERT_TRUE(some);
  ASSERT_EQ(some->size(), 8u);
  EXPECT_NEAR((*some)[0], (*logits)[299 * 4], 1e-5);
  EXPECT_NEAR((*some)[4], (*logits)[0], 1e-5);
  errorOf(session->logits(Split::Validation, {300}));
}

TEST_F(Training, WeightsCanBeHandedToAnotherSession) {
  std::unique_ptr<TrainingSession> first = start();
  run(*first, 2);
  std::unique_ptr<TrainingSession> second = start();
  ASSERT_TRUE(second->setWeights(*first->weights()));
  EXPECT_EQ(*first->logits(Split::Test), *second->logits(Split::Test));
}

TEST(Trainer, DescribesItself) {
  EXPECT_EQ(trainer().description().rfind("LibTorch 1.", 0), 0u);
}

} // namespace
