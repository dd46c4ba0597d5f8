//===- OnnxFile.h - The contents of ONNX files ------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bytes of an ONNX file to protobuf's objects, and its tensors to numbers.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_ONNX_ONNXFILE_H
#define NASC_RUNTIME_ONNX_ONNXFILE_H

#include "dialects/diagnostics/CodedError.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

// What the generated header asks for; Debian's library is built so.
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasc::onnxio {

/// The greatest number of elements that a tensor may have.
constexpr int64_t maximumElements = int64_t(1) << 31;

/// An error whose text ends in a code: `[NAS7001]`.
llvm::Error makeError(const llvm::Twine &message, Diag code);

/// A constant tensor. All types are widened to double, which holds every
/// integer of 32 bits, and every real number of 32, exactly.
struct Constant {
  std::vector<int64_t> dims;
  std::vector<double> values;
  /// onnx::TensorProto::DataType of the file.
  int32_t type = 0;
  /// Where the numbers are dequantised integers: their scales, one for all or
  /// one for each index of `axis`. Empty elsewhere.
  std::vector<double> scales;
  int64_t axis = 0;
  /// Whether the dequantised integers had the zero point 0.
  bool isSymmetric = true;

  int64_t count() const { return static_cast<int64_t>(values.size()); }
  bool isReal() const;
};

/// The product of sizes, none of which is negative; nothing where it exceeds
/// maximumElements.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> dims);

/// A size for messages: `1×3×32×32`.
std::string describeShape(llvm::ArrayRef<int64_t> dims);

/// The name of an element type for messages: `float`, `int8`, ….
std::string describeType(int32_t type);

/// Reads a tensor. Fails where its type is none that networks use, its data is
/// in another file, or it has not as many elements as its shape says.
llvm::Expected<Constant> readTensor(const onnx::TensorProto &tensor);

/// Reads a model from the bytes of a file and checks what can be said without
/// looking at nodes: that it is complete, and of versions known here. Prints
/// nothing.
llvm::Expected<onnx::ModelProto> readModel(llvm::StringRef bytes);

/// The oldest and the newest version of the operators that is understood.
constexpr int64_t oldestOpset = 7, newestOpset = 22;

} // namespace nasc::onnxio

#endif // NASC_RUNTIME_ONNX_ONNXFILE_H
