//===- ActivationPlan.h - The arena of one network --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_ACTIVATIONPLAN_H
#define NASC_PASSES_TRANSFORMS_ACTIVATIONPLAN_H

#include "dialects/nas/Nas.h"

#include <string>
#include <vector>

namespace nasc {

/// A tensor in the arena. Tensors of which one is written over the other have
/// the same offset.
struct PlannedTensor {
  /// The layer that writes it; `input` for the network's input.
  std::string name;
  /// Bytes from the beginning of the arena.
  int64_t offset = 0;
  int64_t size = 0;
  /// The first and the last step during which it is needed.
  unsigned firstStep = 0, lastStep = 0;
};

/// The plan that the metric `ram` counts on, for one network.
struct ActivationPlan {
  /// The layers that run by themselves, in order.
  std::vector<std::string> steps;
  std::vector<PlannedTensor> tensors;
  /// Bytes of the arena.
  int64_t size = 0;
};

/// The plan for a specialised space on a device at its deployed precision.
/// Fails, after an error, where the device has no cost model or the space is
/// not specialised.
llvm::FailureOr<ActivationPlan> planActivations(nas::SpaceOp space,
                                                nas::DeviceOp device);

/// Whether no two tensors that are needed at the same step overlap, apart from
/// one that is written over another in the step in which the latter is last
/// read, and all are inside the arena. Independent of how plans are made.
bool isValid(const ActivationPlan &plan, std::string *reason = nullptr);

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_ACTIVATIONPLAN_H
