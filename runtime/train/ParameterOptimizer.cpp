//===- ParameterOptimizer.cpp - Update rules --------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/ParameterOptimizer.h"

#include <algorithm>
#include <cmath>

using namespace nasc::train;

ParameterOptimizer::ParameterOptimizer(const OptimizerSettings &settings,
                                       const std::vector<int64_t> &sizes)
    : settings(settings) {
  bool adaptive = settings.kind != OptimizerKind::SGD;
  for (int64_t size : sizes) {
    Moments moments;
    if (adaptive || settings.momentum > 0)
      moments.first.assign(size, 0.0f);
    if (adaptive)
      moments.second.assign(size, 0.0f);
    state.push_back(std::move(moments));
  }
}

void ParameterOptimizer::update(size_t parameter, float *values,
                                const float *gradient, int64_t size,
                                double learningRate) {
  Moments &moments = state[parameter];
  ++moments.steps;
  float *first = moments.first.empty() ? nullptr : moments.first.data();
  float *second = moments.second.data();
  float rate = static_cast<float>(learningRate);
  bool decoupled = settings.kind == OptimizerKind::AdamW;
  float decay = decoupled ? 0.0f : static_cast<float>(settings.weightDecay);

  if (settings.kind == OptimizerKind::SGD) {
    float momentum = static_cast<float>(settings.momentum);
    for (int64_t i = 0; i < size; ++i) {
      float step = gradient[i] + decay * values[i];
      if (first)
        step = first[i] = momentum * first[i] + step;
      values[i] -= rate * step;
    }
    return;
  }

  float keepFirst = static_cast<float>(settings.firstMomentDecay);
  float takeFirst = static_cast<float>(1 - settings.firstMomentDecay);
  float keepSecond = static_cast<float>(settings.secondMomentDecay);
  float takeSecond = static_cast<float>(1 - settings.secondMomentDecay);
  // The moments start at zero; these take that bias out again.
  double steps = static_cast<double>(moments.steps);
  double firstCorrection = 1 - std::pow(settings.firstMomentDecay, steps);
  double secondCorrection = 1 - std::pow(settings.secondMomentDecay, steps);
  float stepSize = static_cast<float>(learningRate / firstCorrection);
  float root = static_cast<float>(1 / std::sqrt(secondCorrection));
  float epsilon = static_cast<float>(settings.epsilon);
  float shrink =
      decoupled ? static_cast<float>(1 - learningRate * settings.weightDecay)
                : 1.0f;
  for (int64_t i = 0; i < size; ++i) {
    float slope = gradient[i] + decay * values[i];
    first[i] = keepFirst * first[i] + takeFirst * slope;
    second[i] = keepSecond * second[i] + takeSecond * slope * slope;
    float denominator = std::sqrt(second[i]) * root + epsilon;
    values[i] = values[i] * shrink - stepSize * first[i] / denominator;
  }
}

double nasc::train::scheduledLearningRate(const TrainingSettings &settings,
                                          int64_t epoch, int64_t batch,
                                          int64_t batches) {
  double rate = settings.optimizer.learningRate;
  switch (settings.schedule.kind) {
  case ScheduleKind::Constant:
    return rate;
  case ScheduleKind::Step:
    return rate *
           std::pow(settings.schedule.factor,
                    static_cast<double>(epoch / settings.schedule.every));
  case ScheduleKind::Cosine: {
    double done = (static_cast<double>(epoch) +
                   static_cast<double>(batch) / static_cast<double>(batches)) /
                  static_cast<double>(settings.epochs);
    constexpr double pi = 3.14159265358979323846;
    return rate * 0.5 * (1 + std::cos(pi * std::min(done, 1.0)));
  }
  }
  return rate;
}
