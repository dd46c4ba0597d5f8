//===- Checks.h - Is a training possible? -----------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is checked before LibTorch sees anything, so that mistakes are reported
// in nasc's words and by the name of the layer or setting.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_CHECKS_H
#define NASC_RUNTIME_TRAIN_CHECKS_H

#include "runtime/train/Trainer.h"

namespace nasc::train {

/// Every setting is in its range.
Status checkSettings(const TrainingSettings &settings);

/// The data are complete, and fit the network and the settings.
Status checkData(const NetworkDescription &network, const TrainingData &data,
                 const TrainingSettings &settings);

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_CHECKS_H
