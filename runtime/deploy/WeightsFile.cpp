//===- WeightsFile.cpp - Weights in the safetensors format ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/WeightsFile.h"

#include "llvm/Support/EndianStream.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace nasc;

void deploy::writeSafetensors(llvm::raw_ostream &stream,
                              const NetworkWeights &weights) {
  llvm::json::Object header;
  int64_t offset = 0;
  for (const NamedTensor &tensor : weights.tensors) {
    int64_t end = offset + tensor.values.size() * sizeof(float);
    header[tensor.name] =
        llvm::json::Object{{"dtype", "F32"},
                           {"shape", llvm::json::Array(tensor.shape)},
                           {"data_offsets", llvm::json::Array{offset, end}}};
    offset = end;
  }
  std::string text = llvm::formatv("{0}", llvm::json::Value(std::move(header)));
  // The values begin at a multiple of eight bytes.
  text.resize((text.size() + 7) / 8 * 8, ' ');
  llvm::support::endian::Writer writer(stream, llvm::endianness::little);
  writer.write<uint64_t>(text.size());
  stream << text;
  for (const NamedTensor &tensor : weights.tensors)
    for (float value : tensor.values)
      writer.write<float>(value);
}
