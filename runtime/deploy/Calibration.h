//===- Calibration.h - The ranges of activations ----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds which numbers the tensors of a trained network take, by running it on
// samples.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_CALIBRATION_H
#define NASC_RUNTIME_DEPLOY_CALIBRATION_H

#include "mlir/IR/BuiltinOps.h"
#include "passes/lowering/CompiledNetwork.h"
#include "passes/quantization/Quantization.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace nasc::deploy {

/// Raw samples in memory, all of one size.
struct RawSampleSet {
  const uint8_t *data = nullptr;
  SampleElement element = SampleElement::UInt8;
  /// Of one sample.
  int64_t bytes = 0;
  /// The samples of the set, by their place in `data`.
  std::vector<int64_t> indices;

  const uint8_t *operator[](size_t number) const {
    return data + indices[number] * bytes;
  }
};

/// Runs a network (a module with one space without choices and its weights,
/// which stays as it is) in float32 on the samples, and returns the least and
/// the greatest number of the input and of each layer's result over all
/// samples. `input` is left out where the raw samples have a quantisation that
/// costs nothing (freeQuantization). Takes one inference of the float32 code
/// for each sample.
///
/// Errors: no samples [NAS6060]; samples that are all alike, whose ranges say
/// nothing [NAS6061]; numbers that are not finite [NAS6062]; a network that
/// cannot be lowered.
llvm::Expected<std::vector<ActivationRange>>
observeRanges(mlir::ModuleOp network, const RawSampleSet &samples);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_CALIBRATION_H
