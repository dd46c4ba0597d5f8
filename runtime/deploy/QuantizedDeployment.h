//===- QuantizedDeployment.h - An 8-bit network for its targets -*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes a trained network one of 8-bit integers, and code of that for a target:
// object file, portable C, header, example project. What is made is run, in an
// emulator if need be, and compared byte by byte with what the same network
// computes on the host.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_QUANTIZEDDEPLOYMENT_H
#define NASC_RUNTIME_DEPLOY_QUANTIZEDDEPLOYMENT_H

#include "passes/kernels/MemoryPlan.h"
#include "passes/lowering/Target.h"
#include "runtime/deploy/Calibration.h"
#include "runtime/deploy/Firmware.h"

#include "mlir/IR/OwningOpRef.h"

namespace nasc::deploy {

/// A file that deployment left behind.
struct DeployedFile {
  /// Relative to the output folder.
  std::string path;
  std::string description;
};

/// A network of 8-bit integers, ready for any target.
class QuantizedModel {
public:
  /// Quantises the network of a module: one space without choices, its weights,
  /// and nas.quantization of all its tensors; the module stays as it is.
  /// `name` is the function's. Errors: the pass's diagnostics, or a network
  /// that cannot be compiled for the host.
  static llvm::Expected<QuantizedModel>
  create(mlir::ModuleOp network, Rounding rounding, llvm::StringRef name);

  /// The TOSA function; clone it to lower it.
  mlir::ModuleOp getTosa() const { return *tosa; }
  const std::string &getName() const { return name; }
  const QuantizedNetwork &getNetwork() const { return network; }
  /// As compiled for this machine.
  const NetworkSignature &getSignature() const;
  /// CRC-32 of the scores of the check sample.
  uint32_t getCheckCrc32() const { return checkCrc32; }

  /// The samples as the function takes them: the raw bytes, or for float32 the
  /// integers they are quantised to.
  std::vector<uint8_t> makeInputs(const RawSampleSet &samples,
                                  size_t limit) const;
  /// The scores of samples from makeInputs, on this machine.
  std::vector<uint8_t> run(llvm::ArrayRef<uint8_t> inputs);

private:
  mlir::OwningOpRef<mlir::ModuleOp> tosa;
  std::string name;
  QuantizedNetwork network;
  std::unique_ptr<LoadedNetwork> loaded;
  RawSamples samples;
  uint32_t checkCrc32 = 0;
};

/// What is to be made for a target.
struct QuantizedRequest {
  const Target *target = nullptr;
  /// Of tensors in the arena, in bytes.
  int64_t alignment = 16;
  bool emitObject = true, emitC = false;
  /// An existing folder, and how its files are called in reports.
  std::string directory, prefix;
  /// Samples (QuantizedModel::makeInputs) that are run on the target, and what
  /// they must give.
  llvm::ArrayRef<uint8_t> inputs, scores;
};

/// What was made and measured.
struct QuantizedTarget {
  std::vector<DeployedFile> files;
  NetworkSignature signature;
  MemoryPlan plan;
  /// Of the object file: what the function adds to flash.
  MemoryUse object;
  /// Of the example project's firmware, for targets without an operating
  /// system whose compiler is installed.
  std::optional<MemoryUse> firmware;
  /// The check sample on the target.
  std::optional<CheckRun> check;
  /// Instructions of each step, in the plan's order; empty where nothing
  /// counts them.
  std::vector<int64_t> stepInstructions;
  /// Samples whose scores were compared on the target, and how many of the
  /// objects' scores (and of the C's) were not the expected bytes.
  int64_t comparedSamples = 0, differentSamples = 0;
  /// What could not be done, with the way out: an emulator is not installed.
  std::vector<std::string> remarks;
};

/// Makes, builds, runs and compares. A program that is missing on this machine
/// is a remark; code that computes other bytes is not an error here but
/// counted. Errors: code that cannot be generated, files that cannot be
/// written, programs that fail.
llvm::Expected<QuantizedTarget>
deployQuantized(QuantizedModel &model, const QuantizedRequest &request);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_QUANTIZEDDEPLOYMENT_H
