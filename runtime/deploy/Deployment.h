//===- Deployment.h - A trained network for its targets ---------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_DEPLOYMENT_H
#define NASC_RUNTIME_DEPLOY_DEPLOYMENT_H

#include "dialects/search/Search.h"
#include "runtime/deploy/QuantizedDeployment.h"
#include "runtime/search/Stage.h"
#include "runtime/study/OutputDirectory.h"
#include "runtime/train/ConfusionMatrix.h"

namespace nasc::deploy {

/// The outputs of generated code against those of the trained network.
struct Verification {
  std::string target;
  /// `10,000 test images`.
  std::string what;
  int64_t images = 0;
  double maximalDifference = 0;
  /// What the difference may be.
  double tolerance = 1e-3;
  int64_t sameClass = 0;
  /// Images whose two best scores are closer than the tolerance.
  int64_t ties = 0;
  /// Of the generated code; NaN where there are no classes.
  double accuracy = 0;
  /// Which classes the generated code found; empty where there are none.
  train::ConfusionMatrix confusion;
  /// CRC-32 of all outputs.
  uint32_t checksum = 0;
  /// Of 8-bit integers, whose difference from the trained network is no fault
  /// but a loss: how many samples were run on the target, and on how many it
  /// computed other bytes than this machine.
  std::optional<int64_t> comparedSamples;
  int64_t differentSamples = 0;

  bool passed() const {
    if (comparedSamples)
      return differentSamples == 0;
    return maximalDifference <= tolerance && sameClass + ties >= images;
  }
};

/// What became of one network.
struct DeployedNetwork {
  std::vector<DeployedFile> files;
  std::vector<Verification> verifications;
  /// What was made of 8-bit integers, by device.
  std::vector<std::pair<std::string, QuantizedTarget>> quantized;
  /// The steps of those.
  std::shared_ptr<const QuantizedNetwork> steps;
  /// For the user: what could not be done, with the way out.
  std::vector<std::string> remarks;
};

/// Whether code can be generated for the target; an error says why not. Asked
/// before anything is searched.
llvm::Error checkTarget(search::DeployOp op);

/// Writes the network as IR, its weights, and what each target asks for into
/// the folder `name` of the output. Generated code is run on all samples of
/// `split` and compared with the trained network.
llvm::Expected<DeployedNetwork>
deployNetwork(const search::StageValue &value, const search::Candidate &network,
              llvm::StringRef name, search::PipelineOp pipeline,
              search::SearchContext &context, study::OutputDirectory &output,
              train::Split split);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_DEPLOYMENT_H
