//===- OnnxFile.cpp - The contents of ONNX files --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/OnnxFile.h"

#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

#include <google/protobuf/stubs/logging.h>

#include <cmath>
#include <limits>

using namespace llvm;
using namespace nasc;
using namespace nasc::onnxio;
using onnx::TensorProto;

Error onnxio::makeError(const Twine &message, Diag code) {
  return codedError(code, message);
}

std::optional<int64_t> onnxio::countElements(ArrayRef<int64_t> dims) {
  int64_t count = 1;
  for (int64_t size : dims) {
    if (size < 0 || size > maximumElements)
      return std::nullopt;
    count *= size;
    if (count > maximumElements)
      return std::nullopt;
  }
  return count;
}

std::string onnxio::describeShape(ArrayRef<int64_t> dims) {
  if (dims.empty())
    return "a single number";
  return join(
      map_range(dims, [](int64_t size) { return std::to_string(size); }), "×");
}

std::string onnxio::describeType(int32_t type) {
  if (!onnx::TensorProto_DataType_IsValid(type))
    return "type " + std::to_string(type);
  return StringRef(onnx::TensorProto_DataType_Name(
                       static_cast<onnx::TensorProto_DataType>(type)))
      .lower();
}

bool Constant::isReal() const {
  return type == TensorProto::FLOAT || type == TensorProto::DOUBLE ||
         type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16;
}

/// IEEE 754's 16-bit numbers.
static double halfToDouble(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value;
  if (exponent == 31)
    value = fraction ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    value = std::ldexp(fraction, -24);
  else
    value = std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

/// The upper half of a 32-bit number.
static double brainToDouble(uint16_t bits) {
  return bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

template <typename Stored, typename Convert>
static bool readRaw(const std::string &raw, int64_t count, Constant &result,
                    Convert convert) {
  if (raw.size() != count * sizeof(Stored))
    return false;
  result.values.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    result.values.push_back(convert(support::endian::read<Stored>(
        raw.data() + i * sizeof(Stored), endianness::little)));
  return true;
}

template <typename Field, typename Convert>
static bool readField(const Field &field, int64_t count, Constant &result,
                      Convert convert) {
  if (field.size() != count)
    return false;
  result.values.reserve(count);
  for (auto value : field)
    result.values.push_back(convert(value));
  return true;
}

Expected<Constant> onnxio::readTensor(const TensorProto &tensor) {
  const std::string name = "tensor '" + tensor.name() + "'";
  if (tensor.data_location() == TensorProto::EXTERNAL ||
      tensor.external_data_size() != 0)
    return makeError(name + ": expected its numbers in the model's file, found "
                            "a reference to another file; save the model "
                            "without external data",
                     Diag::NAS7009);
  if (tensor.has_segment())
    return makeError(name + ": expected a whole tensor, found a segment; save "
                            "the model with whole tensors",
                     Diag::NAS7009);
  Constant result;
  result.type = tensor.data_type();
  result.dims.assign(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> count = countElements(result.dims);
  if (!count)
    return makeError(
        name + ": expected sizes of at most 2^31 elements, found " +
            describeShape(result.dims) + "; the file seems to be damaged",
        Diag::NAS7009);
  const std::string &raw = tensor.raw_data();
  const bool isRaw = tensor.has_raw_data();
  auto plain = [](auto value) { return static_cast<double>(value); };
  bool complete = false;
  switch (result.type) {
  case TensorProto::FLOAT:
    complete = isRaw ? readRaw<float>(raw, *count, result, plain)
                     : readField(tensor.float_data(), *count, result, plain);
    break;
  case TensorProto::DOUBLE:
    complete = isRaw ? readRaw<double>(raw, *count, result, plain)
                     : readField(tensor.double_data(), *count, result, plain);
    break;
  case TensorProto::FLOAT16:
    complete = isRaw
                   ? readRaw<uint16_t>(raw, *count, result, halfToDouble)
                   : readField(tensor.int32_data(), *count, result,
                               [](int32_t bits) { return halfToDouble(bits); });
    break;
  case TensorProto::BFLOAT16:
    complete =
        isRaw ? readRaw<uint16_t>(raw, *count, result, brainToDouble)
              : readField(tensor.int32_data(), *count, result,
                          [](int32_t bits) { return brainToDouble(bits); });
    break;
  case TensorProto::INT8:
    complete = isRaw ? readRaw<int8_t>(raw, *count, result, plain)
                     : readField(tensor.int32_data(), *count, result,
                                 [](int32_t value) { return int8_t(value); });
    break;
  case TensorProto::UINT8:
  case TensorProto::BOOL:
    complete = isRaw ? readRaw<uint8_t>(raw, *count, result, plain)
                     : readField(tensor.int32_data(), *count, result,
                                 [](int32_t value) { return uint8_t(value); });
    break;
  case TensorProto::INT32:
    complete = isRaw ? readRaw<int32_t>(raw, *count, result, plain)
                     : readField(tensor.int32_data(), *count, result, plain);
    break;
  case TensorProto::INT64:
    complete = isRaw ? readRaw<int64_t>(raw, *count, result, plain)
                     : readField(tensor.int64_data(), *count, result, plain);
    break;
  default:
    return makeError(name +
                         ": expected elements of float, float16, bfloat16, "
                         "double, int8, uint8, int32 or int64, found " +
                         describeType(result.type) +
                         "; export the model with one of those",
                     Diag::NAS7009);
  }
  if (!complete)
    return makeError(name + ": expected " + Twine(*count) + " elements of " +
                         describeType(result.type) +
                         ", found another number; the file seems to be damaged",
                     Diag::NAS7009);
  return result;
}

Expected<onnx::ModelProto> onnxio::readModel(StringRef bytes) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    return makeError("expected a file of at most 2 GiB, found one of " +
                         Twine(bytes.size()) + " bytes",
                     Diag::NAS7002);
  onnx::ModelProto model;
  {
    // Protobuf writes to standard error what it thinks of damaged files.
    google::protobuf::LogSilencer silencer;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
      return makeError("expected an ONNX model, found bytes that are none; the "
                       "file is damaged or of another format",
                       Diag::NAS7002);
  }
  if (!model.has_graph() || model.graph().node_size() == 0)
    return makeError("expected an ONNX model with a graph, found none; the "
                     "file is damaged or of another format",
                     Diag::NAS7002);
  // The version of the format, which has not changed what is read here since 3.
  constexpr int64_t oldestFormat = 3, newestFormat = 12;
  if (model.ir_version() < oldestFormat || model.ir_version() > newestFormat)
    return makeError("expected version " + Twine(oldestFormat) + " to " +
                         Twine(newestFormat) + " of the ONNX format, found " +
                         Twine(model.ir_version()) +
                         "; export the model with another version",
                     Diag::NAS7003);
  std::optional<int64_t> opset;
  for (const onnx::OperatorSetIdProto &import : model.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx")
      opset = import.version();
  if (!opset)
    return makeError("expected the version of ONNX's operators (opset), found "
                     "none; export the model again",
                     Diag::NAS7003);
  if (*opset < oldestOpset || *opset > newestOpset)
    return makeError("expected operators of version (opset) " +
                         Twine(oldestOpset) + " to " + Twine(newestOpset) +
                         ", found " + Twine(*opset) +
                         "; export the model with opset 13 or use ONNX's "
                         "version converter",
                     Diag::NAS7003);
  return model;
}
