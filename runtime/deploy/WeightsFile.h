//===- WeightsFile.h - Weights in the safetensors format --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_WEIGHTSFILE_H
#define NASC_RUNTIME_DEPLOY_WEIGHTSFILE_H

#include "runtime/network/NetworkDescription.h"

#include "llvm/Support/raw_ostream.h"

namespace nasc::deploy {

/// Writes the weights as a safetensors file: the length of a JSON header in 8
/// bytes, the header with names, shapes and offsets, the float32 values.
/// https://github.com/huggingface/safetensors describes the format.
void writeSafetensors(llvm::raw_ostream &stream, const NetworkWeights &weights);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_WEIGHTSFILE_H
