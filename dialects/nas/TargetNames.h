//===- TargetNames.h - The machines code is generated for -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The values of `nas.device`'s `target`, which a specification writes and the
// code generator looks up. This header needs no MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_TARGETNAMES_H
#define NASC_DIALECTS_NAS_TARGETNAMES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace nasc::nas {

/// The names of all targets, in the order in which messages list them. `host`
/// is the machine that the compiler runs on; the others are processors.
inline llvm::ArrayRef<llvm::StringRef> getTargetNames() {
  static constexpr llvm::StringRef names[] = {
      "host",      "x86-64",    "aarch64", "riscv64",
      "cortex-m7", "cortex-m4", "riscv32"};
  return names;
}

/// The names of the 8-bit kernels that layers share, as `kernel_code` of a cost
/// model has them.
inline llvm::ArrayRef<llvm::StringRef> getKernelNames() {
  static constexpr llvm::StringRef names[] = {"convolve",
                                              "convolve_summand",
                                              "convolve_pointwise",
                                              "convolve_pointwise_summand",
                                              "convolve_depthwise",
                                              "convolve_depthwise_summand",
                                              "multiply_matrix",
                                              "multiply_matrix_summand",
                                              "scale_channels",
                                              "add",
                                              "multiply",
                                              "max_pool",
                                              "average_pool",
                                              "average_pool_rescaled",
                                              "mean",
                                              "look_up",
                                              "rescale",
                                              "clamp",
                                              "flip_sign",
                                              "copy_channels",
                                              "copy_channels_rescaled",
                                              "fill"};
  return names;
}

/// The kinds of layers that a device's cost model speaks of, with `elementwise`
/// last: it stands in for `add` and `pool` where a model has no entry for them.
inline llvm::ArrayRef<llvm::StringRef> getCostModelKinds() {
  static constexpr llvm::StringRef names[] = {
      "conv2d",         "pointwise_conv2d",
      "grouped_conv2d", "depthwise_conv2d",
      "conv1d",         "dense",
      "pool",           "add",
      "elementwise"};
  return names;
}

/// The keys of a latency table: sizes of a layer.
inline llvm::ArrayRef<llvm::StringRef> getLatencyKeys() {
  static constexpr llvm::StringRef names[] = {
      "input_height",  "input_width",  "input_channels", "output_channels",
      "kernel_height", "kernel_width", "stride"};
  return names;
}

} // namespace nasc::nas

#endif // NASC_DIALECTS_NAS_TARGETNAMES_H
