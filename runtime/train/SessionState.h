//===- SessionState.h - What a training continues from ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_SESSIONSTATE_H
#define NASC_RUNTIME_TRAIN_SESSIONSTATE_H

#include "runtime/train/ParameterOptimizer.h"

namespace nasc::train {

/// Everything that the epochs to come depend on, besides what the session was
/// created from.
struct SessionState {
  /// Names the network; states of others are refused.
  std::string description;
  int64_t epoch = 0;
  bool diverged = false;
  std::vector<std::vector<float>> weights;
  std::vector<ParameterOptimizer::Moments> moments;
  /// Quantisation-aware training only (else 0 and empty): what a RangeTracker
  /// has seen.
  int64_t observedBatches = 0;
  std::vector<float> minima, maxima;
};

/// The state as bytes: a magic number, the fields, a checksum.
std::vector<uint8_t> serializeState(const SessionState &state);

/// Reads bytes of serializeState() into `state`, which holds a state of the
/// same network, optimiser and kind of training and so tells what to expect.
/// Returns false and leaves `state` in an unspecified condition when the bytes
/// are damaged or of something else.
bool parseState(const std::vector<uint8_t> &bytes, SessionState &state);

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_SESSIONSTATE_H
