//===- GraphReader.h - The layers of an ONNX graph --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds the layers of a network in the nodes of an ONNX graph: channels-last,
// without a batch, with trained weights and quantisation.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_ONNX_GRAPHREADER_H
#define NASC_RUNTIME_ONNX_GRAPHREADER_H

#include "dialects/nas/Nas.h"
#include "runtime/network/NetworkDescription.h"
#include "runtime/onnx/OnnxFile.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace nasc::onnxio {

/// The integer q of -128 to 127 stands for scale · (q - zeroPoint).
struct StoredQuantization {
  double scale = 1.0;
  int64_t zeroPoint = 0;
  bool operator==(const StoredQuantization &other) const {
    return scale == other.scale && zeroPoint == other.zeroPoint;
  }
};

/// A layer with what it was trained to.
struct ImportedLayer {
  NetworkLayer layer;
  /// Named by the tensor alone: `weight`, `bias`, ….
  std::vector<NamedTensor> weights;
  /// How the file says that the layer's result is stored, if it says.
  std::optional<StoredQuantization> quantization;
};

struct ImportedNetwork {
  /// In execution order; the first is the input, and is named `input`.
  std::vector<ImportedLayer> layers;
  unsigned output = 0;
  /// What a user should know.
  std::vector<std::string> remarks;
};

/// Reads the network of a model. The error names the node, what was expected,
/// what was found and what to do, and ends in a code.
///
/// An inferred layout follows from the first operator that tells channels from
/// other dimensions, however it reaches the input. An input that is flattened
/// before any such operator has no channels: it is read in the order of the
/// file.
llvm::Expected<ImportedNetwork> readNetwork(const onnx::ModelProto &model,
                                            nas::InputLayout layout);

} // namespace nasc::onnxio

#endif // NASC_RUNTIME_ONNX_GRAPHREADER_H
