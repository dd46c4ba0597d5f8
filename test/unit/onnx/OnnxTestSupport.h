//===- OnnxTestSupport.h - ONNX models for tests ----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds small models, imports them, and computes what they mean: by plain
// loops over channels-first tensors, which share nothing with the import.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_ONNX_ONNXTESTSUPPORT_H
#define NASC_TEST_UNIT_ONNX_ONNXTESTSUPPORT_H

#include "dialects/nas/Nas.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "runtime/network/NetworkDescription.h"
#include "runtime/onnx/OnnxFile.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nasc::test {

/// A context with the dialects of networks.
mlir::MLIRContext &onnxContext();

/// Builds a model node by node.
class ModelBuilder {
public:
  explicit ModelBuilder(std::vector<int64_t> inputShape = {1, 3, 6, 5},
                        int64_t opset = 13,
                        int32_t inputType = onnx::TensorProto::FLOAT);

  /// Constants; the name of the tensor.
  std::string floats(std::vector<int64_t> dims, std::vector<float> values);
  /// Numbers in [-1, 1).
  std::string random(std::vector<int64_t> dims);
  std::string integers(std::vector<int64_t> dims, std::vector<int64_t> values,
                       int32_t type = onnx::TensorProto::INT64);
  std::string scalar(float value) { return floats({}, {value}); }

  /// Appends a node and makes its first result the model's output. An empty
  /// operand is the result of the node before (at first, the input).
  std::string add(const std::string &type, std::vector<std::string> operands,
                  const std::string &domain = "");
  /// Attributes of the node appended last.
  ModelBuilder &set(const std::string &name, int64_t value);
  ModelBuilder &set(const std::string &name, float value);
  ModelBuilder &set(const std::string &name, const char *value);
  ModelBuilder &set(const std::string &name, std::vector<int64_t> values);
  ModelBuilder &named(const std::string &name);
  std::string last() const { return result; }
  /// Appends QuantizeLinear and DequantizeLinear.
  std::string quantize(float scale, int64_t zeroPoint,
                       int32_t type = onnx::TensorProto::INT8);
  /// 8-bit weights behind a DequantizeLinear.
  std::string integerWeights(std::vector<int64_t> dims,
                             std::vector<float> scales, int64_t axis);

  std::string bytes() const;
  onnx::GraphProto &graph() { return *model.mutable_graph(); }

  onnx::ModelProto model;

private:
  std::string fresh(const std::string &prefix);
  std::string result = "x";
  unsigned count = 0;
};

/// What an import made.
struct Imported {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The first error, or empty.
  std::string error;
  std::vector<std::string> remarks;
  NetworkDescription network;
  NetworkWeights weights;

  nas::SpaceOp space() const;
  /// The quantisation of that name, or null.
  nas::QuantizationOp quantization(const std::string &layer) const;
  /// The kinds of the layers behind the input: `conv2d relu`.
  std::string kinds() const;
};

Imported importBytes(const std::string &bytes,
                     const std::string &attributes = "");
/// The same of a file in a folder.
Imported importFile(const std::string &folder, const std::string &file);

/// A tensor of the plain loops.
struct PlainTensor {
  std::vector<int64_t> shape;
  std::vector<double> values;
};

/// What a model computes. Operators that it does not know end the test.
PlainTensor runOnnx(const onnx::ModelProto &model, const PlainTensor &input);

/// Channels-first values as channels-last ones and back; of shapes with a
/// batch.
std::vector<float> channelsLast(const PlainTensor &tensor);
PlainTensor channelsFirst(const std::vector<int64_t> &shape,
                          const std::vector<float> &values);

/// The folder of shared test data, or nothing.
std::optional<std::filesystem::path> sharedData();

} // namespace nasc::test

#endif // NASC_TEST_UNIT_ONNX_ONNXTESTSUPPORT_H
