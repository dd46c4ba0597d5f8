//===- host_inference_benchmark_torch.h - LibTorch as a peer ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A network's inference by LibTorch's functions. No header of LibTorch is seen
// here: its names and LLVM's stay apart.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_BENCHMARKS_HOST_INFERENCE_BENCHMARK_TORCH_H
#define NASC_TEST_BENCHMARKS_HOST_INFERENCE_BENCHMARK_TORCH_H

#include "runtime/network/NetworkDescription.h"
#include <memory>
#include <vector>

namespace nasc::benchmark {

/// The memory formats in which LibTorch can run a network.
enum class TorchForm { Contiguous, ChannelsLast, OneDnn };

/// A network in LibTorch, batch 1, on one thread, without gradients. Batch
/// normalisation that directly follows a convolution is folded into it, as in
/// the code it is compared with.
class TorchNetwork {
public:
  TorchNetwork(const NetworkDescription &network, const NetworkWeights &weights,
               TorchForm form);
  ~TorchNetwork();
  /// Runs one sample; `input` is channels-last. Converting it is not part of
  /// run(): set it once.
  void setInput(const std::vector<float> &input);
  void run();
  /// The result of the last run, channels-last.
  std::vector<float> getOutput() const;

private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation;
};

} // namespace nasc::benchmark

#endif // NASC_TEST_BENCHMARKS_HOST_INFERENCE_BENCHMARK_TORCH_H
