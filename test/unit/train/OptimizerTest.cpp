//===- OptimizerTest.cpp - Update rules and schedules -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/ParameterOptimizer.h"

#include "gtest/gtest.h"
#include <cmath>

using namespace nasc::train;

namespace {

/// Two updates of one parameter that starts at 1, with gradients 0.5 and -2,
/// at learning rate 0.1.
std::vector<float> twoUpdates(const OptimizerSettings &settings) {
  ParameterOptimizer optimizer(settings, {1});
  float value = 1.0f;
  std::vector<float> values;
  for (float gradient : {0.5f, -2.0f}) {
    optimizer.update(0, &value, &gradient, 1, 0.1);
    values.push_back(value);
  }
  return values;
}

TEST(Optimizer, SGD) {
  OptimizerSettings settings;
  settings.kind = OptimizerKind::SGD;
  std::vector<float> values = twoUpdates(settings);
  EXPECT_NEAR(values[0], 0.95, 1e-6);
  EXPECT_NEAR(values[1], 1.15, 1e-6);
}

TEST(Optimizer, SGDWithMomentumAndWeightDecay) {
  OptimizerSettings settings;
  settings.kind = OptimizerKind::SGD;
  settings.momentum = 0.9;
  settings.weightDecay = 0.1;
  std::vector<float> values = twoUpdates(settings);
  double velocity = 0.5 + 0.1 * 1;
  double value = 1 - 0.1 * velocity;
  EXPECT_NEAR(values[0], value, 1e-6);
  velocity = 0.9 * velocity - 2 + 0.1 * value;
  EXPECT_NEAR(values[1], value - 0.1 * velocity, 1e-6);
}

/// Adam and AdamW in double precision, step by step.
void expectAdam(OptimizerKind kind) {
  OptimizerSettings settings;
  settings.kind = kind;
  settings.weightDecay = 0.2;
  std::vector<float> values = twoUpdates(settings);
  double value = 1, first = 0, second = 0;
  for (int step = 1; step <= 2; ++step) {
    double gradient = step == 1 ? 0.5 : -2;
    if (kind == OptimizerKind::Adam)
      gradient += 0.2 * value;
    else
      value *= 1 - 0.1 * 0.2;
    first = 0.9 * first + 0.1 * gradient;
    second = 0.999 * second + 0.001 * gradient * gradient;
    double unbiasedFirst = first / (1 - std::pow(0.9, step));
    double unbiasedSecond = second / (1 - std::pow(0.999, step));
    value -= 0.1 * unbiasedFirst / (std::sqrt(unbiasedSecond) + 1e-8);
    EXPECT_NEAR(values[step - 1], value, 1e-6);
  }
}

TEST(Optimizer, Adam) { expectAdam(OptimizerKind::Adam); }
TEST(Optimizer, AdamW) { expectAdam(OptimizerKind::AdamW); }

TEST(Schedule, Constant) {
  TrainingSettings settings;
  settings.optimizer.learningRate = 0.5;
  EXPECT_EQ(scheduledLearningRate(settings, 17, 3, 10), 0.5);
}

TEST(Schedule, CosineFallsToZeroBatchByBatch) {
  TrainingSettings settings;
  settings.optimizer.learningRate = 0.5;
  settings.schedule.kind = ScheduleKind::Cosine;
  settings.epochs = 4;
  EXPECT_DOUBLE_EQ(scheduledLearningRate(settings, 0, 0, 10), 0.5);
  EXPECT_DOUBLE_EQ(scheduledLearningRate(settings, 2, 0, 10), 0.25);
  EXPECT_LT(scheduledLearningRate(settings, 3, 9, 10), 0.001);
  EXPECT_NEAR(scheduledLearningRate(settings, 4, 0, 10), 0, 1e-12);
  EXPECT_NEAR(scheduledLearningRate(settings, 9, 0, 10), 0, 1e-12);
}

TEST(Schedule, StepMultipliesEverySoManyEpochs) {
  TrainingSettings settings;
  settings.optimizer.learningRate = 0.5;
  settings.schedule.kind = ScheduleKind::Step;
  settings.schedule.every = 3;
  settings.schedule.factor = 0.1;
  EXPECT_DOUBLE_EQ(scheduledLearningRate(settings, 2, 9, 10), 0.5);
  EXPECT_DOUBLE_EQ(scheduledLearningRate(settings, 3, 0, 10), 0.05);
  EXPECT_DOUBLE_EQ(scheduledLearningRate(settings, 6, 0, 10), 0.005);
}

} // namespace
