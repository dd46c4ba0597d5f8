//===- OnnxTestSupport.cpp - ONNX models for tests ------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/onnx/OnnxTestSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "runtime/network/NetworkExtraction.h"
#include "runtime/onnx/OnnxImport.h"
#include "test/unit/support/ReferenceNetwork.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

using namespace nasc;
using namespace nasc::test;
using onnx::AttributeProto;
using onnx::TensorProto;

mlir::MLIRContext &nasc::test::onnxContext() {
  static mlir::MLIRContext *context = [] {
    auto *made = new mlir::MLIRContext(mlir::MLIRContext::Threading::DISABLED);
    made->loadDialect<nas::NasDialect, cost::CostDialect,
                      mlir::arith::ArithDialect>();
    return made;
  }();
  return *context;
}

static int64_t elements(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<>());
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

static void declare(onnx::ValueInfoProto &info, const std::string &name,
                    const std::vector<int64_t> &shape, int32_t type) {
  info.set_name(name);
  auto &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (int64_t size : shape) {
    auto &dim = *tensor.mutable_shape()->add_dim();
    if (size > 0)
      dim.set_dim_value(size);
    else
      dim.set_dim_param("N");
  }
}

ModelBuilder::ModelBuilder(std::vector<int64_t> inputShape, int64_t opset,
                           int32_t inputType) {
  model.set_ir_version(7);
  auto &import = *model.add_opset_import();
  import.set_domain("");
  import.set_version(opset);
  graph().set_name("test");
  declare(*graph().add_input(), "x", inputShape, inputType);
  declare(*graph().add_output(), "x", {1}, TensorProto::FLOAT);
}

std::string ModelBuilder::fresh(const std::string &prefix) {
  return prefix + std::to_string(count++);
}

std::string ModelBuilder::floats(std::vector<int64_t> dims,
                                 std::vector<float> values) {
  TensorProto &tensor = *graph().add_initializer();
  tensor.set_name(fresh("c"));
  tensor.set_data_type(TensorProto::FLOAT);
  for (int64_t size : dims)
    tensor.add_dims(size);
  for (float value : values)
    tensor.add_float_data(value);
  return tensor.name();
}

std::string ModelBuilder::random(std::vector<int64_t> dims) {
  return floats(dims, randomValues(elements(dims), 17 + count));
}

std::string ModelBuilder::integers(std::vector<int64_t> dims,
                                   std::vector<int64_t> values, int32_t type) {
  TensorProto &tensor = *graph().add_initializer();
  tensor.set_name(fresh("c"));
  tensor.set_data_type(type);
  for (int64_t size : dims)
    tensor.add_dims(size);
  for (int64_t value : values)
    if (type == TensorProto::INT64)
      tensor.add_int64_data(value);
    else
      tensor.add_int32_data(static_cast<int32_t>(value));
  return tensor.name();
}

std::string ModelBuilder::add(const std::string &type,
                              std::vector<std::string> operands,
                              const std::string &domain) {
  onnx::NodeProto &node = *graph().add_node();
  node.set_op_type(type);
  node.set_domain(domain);
  for (const std::string &operand : operands)
    node.add_input(operand.empty() ? result : operand == "-" ? "" : operand);
  result = fresh("t");
  node.add_output(result);
  graph().mutable_output(0)->set_name(result);
  return result;
}

static AttributeProto &append(onnx::GraphProto &graph, const std::string &name,
                              AttributeProto::AttributeType type) {
  AttributeProto &attribute =
      *graph.mutable_node(graph.node_size() - 1)->add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

ModelBuilder &ModelBuilder::set(const std::string &name, int64_t value) {
  append(graph(), name, AttributeProto::INT).set_i(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name, float value) {
  append(graph(), name, AttributeProto::FLOAT).set_f(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name, const char *value) {
  append(graph(), name, AttributeProto::STRING).set_s(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name,
                                std::vector<int64_t> values) {
  AttributeProto &attribute = append(graph(), name, AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
  return *this;
}
ModelBuilder &ModelBuilder::named(const std::string &name) {
  graph().mutable_node(graph().node_size() - 1)->set_name(name);
  return *this;
}

std::string ModelBuilder::quantize(float scale, int64_t zeroPoint,
                                   int32_t type) {
  const std::string step = scalar(scale),
                    zero = integers({}, {zeroPoint}, type);
  add("QuantizeLinear", {"", step, zero});
  return add("DequantizeLinear", {"", step, zero});
}

std::string ModelBuilder::integerWeights(std::vector<int64_t> dims,
                                         std::vector<float> scales,
                                         int64_t axis) {
  std::vector<int64_t> values;
  for (float value : randomValues(elements(dims), 31 + count))
    values.push_back(std::lround(value * 127));
  const std::string before = result;
  const int64_t channels = scales.size();
  std::vector<int64_t> shape;
  if (channels > 1)
    shape = {channels};
  const std::string weights = integers(dims, values, TensorProto::INT8),
                    step = floats(shape, scales),
                    zero = integers(shape, std::vector<int64_t>(channels, 0),
                                    TensorProto::INT8);
  add("DequantizeLinear", {weights, step, zero});
  set("axis", axis);
  // What follows reads the activation, not the weights.
  std::string made = result;
  result = before;
  return made;
}

std::string ModelBuilder::bytes() const { return model.SerializeAsString(); }

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

nas::SpaceOp Imported::space() const {
  auto spaces = (*module).getOps<nas::SpaceOp>();
  return spaces.empty() ? nas::SpaceOp() : *spaces.begin();
}

nas::QuantizationOp Imported::quantization(const std::string &layer) const {
  for (auto op : (*module).getOps<nas::QuantizationOp>())
    if (op.getLayer() == layer)
      return op;
  return {};
}

std::string Imported::kinds() const {
  std::string text;
  for (const NetworkLayer &layer : network.layers)
    if (layer.kind != LayerKind::Input)
      text +=
          (text.empty() ? "" : " ") + std::string(layerKindName(layer.kind));
  return text;
}

template <typename Import>
static Imported runImport(const std::string &source, const std::string &extra,
                          Import import) {
  Imported result;
  mlir::MLIRContext &context = onnxContext();
  result.module = mlir::parseSourceString<mlir::ModuleOp>(
      "nas.network @net kind \"onnx\" source \"" + source + "\" " + extra,
      &context);
  if (!result.module)
    std::abort();
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error) {
          if (result.error.empty())
            result.error = diagnostic.str();
        } else {
          result.remarks.push_back(diagnostic.str());
        }
        return mlir::success();
      });
  auto declaration = *result.module->getOps<nas::NetworkOp>().begin();
  if (failed(import(declaration))) {
    if (result.error.empty())
      result.error = "failed without a diagnostic";
    // The module stays as it was.
    if (!std::distance(result.module->getOps<nas::NetworkOp>().begin(),
                       result.module->getOps<nas::NetworkOp>().end()) ||
        failed(mlir::verify(*result.module)))
      result.error += " and a broken module";
    return result;
  }
  if (failed(mlir::verify(*result.module))) {
    result.error = "the module is not valid: " + result.error;
    return result;
  }
  auto network = extractNetwork(result.space());
  auto weights = detachWeights(*result.module);
  if (failed(network) || failed(weights)) {
    result.error = "the space cannot be read: " + result.error;
    return result;
  }
  result.network = std::move(*network);
  result.weights = std::move(*weights);
  return result;
}

Imported nasc::test::importBytes(const std::string &bytes,
                                 const std::string &attributes) {
  return runImport("model.onnx", attributes, [&](nas::NetworkOp declaration) {
    return importNetworkFromBytes(declaration, bytes, "model.onnx");
  });
}

Imported nasc::test::importFile(const std::string &folder,
                                const std::string &file) {
  return runImport(file, "", [&](nas::NetworkOp declaration) {
    return importNetwork(declaration, folder);
  });
}

//===----------------------------------------------------------------------===//
// Plain loops
//===----------------------------------------------------------------------===//

namespace {

/// Runs the nodes of a graph.
struct Interpreter {
  std::map<std::string, PlainTensor> tensors;
  const onnx::NodeProto *node = nullptr;

  [[noreturn]] void unknown() const {
    std::fprintf(stderr, "the test cannot run %s\n", node->op_type().c_str());
    std::abort();
  }
  const PlainTensor &in(int i) const { return tensors.at(node->input(i)); }
  bool has(int i) const {
    return i < node->input_size() && !node->input(i).empty();
  }
  const AttributeProto *find(const char *name) const {
    for (const AttributeProto &attribute : node->attribute())
      if (attribute.name() == name)
        return &attribute;
    return nullptr;
  }
  int64_t integer(const char *name, int64_t preset) const {
    auto *found = find(name);
    return found ? found->i() : preset;
  }
  double real(const char *name, double preset) const {
    auto *found = find(name);
    return found ? found->f() : preset;
  }
  std::vector<int64_t> list(const char *name,
                            std::vector<int64_t> preset) const {
    auto *found = find(name);
    return found ? std::vector<int64_t>(found->ints().begin(),
                                        found->ints().end())
                 : preset;
  }

  template <typename Function> PlainTensor map(Function function) const {
    PlainTensor result = in(0);
    for (double &value : result.values)
      value = function(value);
    return result;
  }

  /// Element by element, aligned at the last dimension.
  template <typename Function>
  static PlainTensor broadcast(const PlainTensor &a, const PlainTensor &b,
                               Function function) {
    const size_t rank = std::max(a.shape.size(), b.shape.size());
    auto padded = [&](const PlainTensor &t) {
      std::vector<int64_t> shape(rank - t.shape.size(), 1);
      shape.insert(shape.end(), t.shape.begin(), t.shape.end());
      return shape;
    };
    const auto shapeA = padded(a), shapeB = padded(b);
    PlainTensor result;
    for (size_t i = 0; i < rank; ++i)
      result.shape.push_back(std::max(shapeA[i], shapeB[i]));
    result.values.resize(elements(result.shape));
    for (size_t i = 0; i < result.values.size(); ++i) {
      int64_t rest = i, atA = 0, atB = 0, strideA = 1, strideB = 1;
      for (size_t d = rank; d-- > 0;) {
        const int64_t place = rest % result.shape[d];
        rest /= result.shape[d];
        atA += (shapeA[d] == 1 ? 0 : place) * strideA;
        atB += (shapeB[d] == 1 ? 0 : place) * strideB;
        strideA *= shapeA[d];
        strideB *= shapeB[d];
      }
      result.values[i] = function(a.values[atA], b.values[atB]);
    }
    return result;
  }

  /// Visits the taps of each output of a window over one or two dimensions:
  /// start(output), tap(channel image offset or -1, tap), end.
  struct Frame {
    int64_t channels, height, width, kernel[2], stride[2], pad[4], output[2];
    bool isSeries;
  };
  Frame frame(const PlainTensor &x, std::vector<int64_t> kernel) const {
    Frame f;
    f.isSeries = x.shape.size() == 3;
    f.channels = x.shape[1];
    f.height = x.shape[2];
    f.width = f.isSeries ? 1 : x.shape[3];
    const size_t n = f.isSeries ? 1 : 2;
    auto stride = list("strides", std::vector<int64_t>(n, 1));
    auto pads = list("pads", std::vector<int64_t>(2 * n, 0));
    std::string mode = find("auto_pad") ? find("auto_pad")->s() : "NOTSET";
    const int64_t size[2] = {f.height, f.width};
    for (size_t i = 0; i < 2; ++i) {
      f.kernel[i] = i < n ? kernel[i] : 1;
      f.stride[i] = i < n ? stride[i] : 1;
      f.pad[i] = i < n ? pads[i] : 0;
      f.pad[i + 2] = i < n ? pads[i + n] : 0;
      if (mode.substr(0, 4) == "SAME") {
        const int64_t out = (size[i] + f.stride[i] - 1) / f.stride[i];
        const int64_t total = std::max<int64_t>(0, (out - 1) * f.stride[i] +
                                                       f.kernel[i] - size[i]);
        f.pad[i] = mode == "SAME_UPPER" ? total / 2 : (total + 1) / 2;
        f.pad[i + 2] = total - f.pad[i];
      }
      const int64_t room = size[i] + f.pad[i] + f.pad[i + 2] - f.kernel[i];
      f.output[i] =
          (integer("ceil_mode", 0) ? (room + f.stride[i] - 1) / f.stride[i]
                                   : room / f.stride[i]) +
          1;
    }
    return f;
  }
  static PlainTensor windowResult(const Frame &f, int64_t channels) {
    PlainTensor result;
    result.shape = {1, channels, f.output[0]};
    if (!f.isSeries)
      result.shape.push_back(f.output[1]);
    result.values.resize(elements(result.shape));
    return result;
  }
  template <typename Visit>
  static void taps(const Frame &f, int64_t y, int64_t x, Visit visit) {
    for (int64_t i = 0; i < f.kernel[0]; ++i)
      for (int64_t j = 0; j < f.kernel[1]; ++j) {
        const int64_t row = y * f.stride[0] - f.pad[0] + i;
        const int64_t column = x * f.stride[1] - f.pad[1] + j;
        const bool inside =
            row >= 0 && row < f.height && column >= 0 && column < f.width;
        visit(inside, row * f.width + column, i * f.kernel[1] + j);
      }
  }

  PlainTensor convolution() const {
    const PlainTensor &x = in(0), &w = in(1);
    Frame f =
        frame(x, std::vector<int64_t>(w.shape.begin() + 2, w.shape.end()));
    const int64_t groups = integer("group", 1), filters = w.shape[0];
    const int64_t inputs = w.shape[1], area = f.height * f.width;
    const int64_t window = f.kernel[0] * f.kernel[1];
    PlainTensor result = windowResult(f, filters);
    for (int64_t filter = 0; filter < filters; ++filter)
      for (int64_t y = 0; y < f.output[0]; ++y)
        for (int64_t xx = 0; xx < f.output[1]; ++xx) {
          double sum = has(2) ? in(2).values[filter] : 0;
          for (int64_t c = 0; c < inputs; ++c) {
            const int64_t channel = filter / (filters / groups) * inputs + c;
            taps(f, y, xx, [&](bool inside, int64_t at, int64_t tap) {
              if (inside)
                sum += x.values[channel * area + at] *
                       w.values[(filter * inputs + c) * window + tap];
            });
          }
          result.values[(filter * f.output[0] + y) * f.output[1] + xx] = sum;
        }
    return result;
  }

  PlainTensor pool(bool isMaximum) const {
    const PlainTensor &x = in(0);
    Frame f = frame(x, list("kernel_shape", {}));
    PlainTensor result = windowResult(f, f.channels);
    for (int64_t c = 0; c < f.channels; ++c)
      for (int64_t y = 0; y < f.output[0]; ++y)
        for (int64_t xx = 0; xx < f.output[1]; ++xx) {
          double sum = 0, greatest = -HUGE_VAL;
          int64_t count = 0;
          taps(f, y, xx, [&](bool inside, int64_t at, int64_t) {
            if (!inside)
              return;
            const double value = x.values[c * f.height * f.width + at];
            sum += value;
            greatest = std::max(greatest, value);
            ++count;
          });
          if (integer("count_include_pad", 0))
            count = f.kernel[0] * f.kernel[1];
          result.values[(c * f.output[0] + y) * f.output[1] + xx] =
              isMaximum ? greatest : sum / count;
        }
    return result;
  }

  static PlainTensor transpose(const PlainTensor &x,
                               const std::vector<int64_t> &perm) {
    PlainTensor result;
    const size_t rank = x.shape.size();
    std::vector<int64_t> strides(rank, 1);
    for (size_t i = rank; i-- > 1;)
      strides[i - 1] = strides[i] * x.shape[i];
    for (int64_t axis : perm)
      result.shape.push_back(x.shape[axis]);
    result.values.resize(x.values.size());
    for (size_t i = 0; i < result.values.size(); ++i) {
      int64_t rest = i, from = 0;
      for (size_t d = rank; d-- > 0;) {
        from += rest % result.shape[d] * strides[perm[d]];
        rest /= result.shape[d];
      }
      result.values[i] = x.values[from];
    }
    return result;
  }

  PlainTensor gemm() const {
    PlainTensor a = in(0), b = in(1);
    if (integer("transA", 0))
      a = transpose(a, {1, 0});
    if (integer("transB", 0))
      b = transpose(b, {1, 0});
    const int64_t inner = a.shape.back(), columns = b.shape[1];
    PlainTensor result{a.shape, {}};
    result.shape.back() = columns;
    for (int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < inner; ++k)
        sum += a.values[k] * b.values[k * columns + j];
      result.values.push_back(sum * real("alpha", 1));
    }
    if (node->op_type() == "Gemm" && has(2)) {
      const double beta = real("beta", 1);
      result = broadcast(result, in(2),
                         [&](double x, double y) { return x + beta * y; });
    }
    return result;
  }

  PlainTensor mean(std::vector<int64_t> axes, bool keep) const {
    const PlainTensor &x = in(0);
    std::vector<int64_t> perm, kept, reduced;
    for (size_t i = 0; i < x.shape.size(); ++i) {
      const bool isReduced =
          std::any_of(axes.begin(), axes.end(), [&](int64_t axis) {
            return axis == int64_t(i) ||
                   axis + int64_t(x.shape.size()) == int64_t(i);
          });
      (isReduced ? reduced : kept).push_back(i);
    }
    perm = kept;
    perm.insert(perm.end(), reduced.begin(), reduced.end());
    PlainTensor moved = transpose(x, perm);
    int64_t each = 1;
    for (int64_t axis : reduced)
      each *= x.shape[axis];
    PlainTensor result;
    for (size_t i = 0; i < x.shape.size(); ++i)
      if (std::count(kept.begin(), kept.end(), int64_t(i)))
        result.shape.push_back(x.shape[i]);
      else if (keep)
        result.shape.push_back(1);
    for (size_t i = 0; i < moved.values.size(); i += each)
      result.values.push_back(std::accumulate(moved.values.begin() + i,
                                              moved.values.begin() + i + each,
                                              0.0) /
                              each);
    return result;
  }

  PlainTensor concat() const {
    int64_t axis = integer("axis", 1);
    if (axis < 0)
      axis += in(0).shape.size();
    PlainTensor result{in(0).shape, {}};
    result.shape[axis] = 0;
    int64_t outer = 1;
    for (int64_t i = 0; i < axis; ++i)
      outer *= result.shape[i];
    for (int i = 0; i < node->input_size(); ++i)
      result.shape[axis] += in(i).shape[axis];
    for (int64_t o = 0; o < outer; ++o)
      for (int i = 0; i < node->input_size(); ++i) {
        const int64_t each = in(i).values.size() / outer;
        result.values.insert(result.values.end(),
                             in(i).values.begin() + o * each,
                             in(i).values.begin() + (o + 1) * each);
      }
    return result;
  }

  PlainTensor pad() const {
    const PlainTensor &x = in(0);
    const size_t rank = x.shape.size();
    PlainTensor result = x;
    for (size_t i = 0; i < rank; ++i)
      result.shape[i] += in(1).values[i] + in(1).values[i + rank];
    result.values.assign(elements(result.shape), 0.0);
    for (size_t i = 0; i < x.values.size(); ++i) {
      int64_t rest = i, to = 0, stride = 1;
      for (size_t d = rank; d-- > 0;) {
        to += (rest % x.shape[d] + int64_t(in(1).values[d])) * stride;
        rest /= x.shape[d];
        stride *= result.shape[d];
      }
      result.values[to] = x.values[i];
    }
    return result;
  }

  /// Quantises or dequantises.
  PlainTensor linear(bool quantizes) const {
    PlainTensor result = in(0);
    const size_t channels = in(1).values.size();
    int64_t inner = 1;
    if (channels > 1)
      for (size_t i = integer("axis", 1) + 1; i < result.shape.size(); ++i)
        inner *= result.shape[i];
    for (size_t i = 0; i < result.values.size(); ++i) {
      const size_t channel = i / inner % channels;
      const double scale = in(1).values[channel];
      const double zero = has(2) ? in(2).values[channel] : 0;
      double &value = result.values[i];
      // Both signed and unsigned integers here, by the zero point's range.
      const double low = isUnsigned.count(node->input(2)) ? 0 : -128;
      value = quantizes ? std::clamp(std::nearbyint(value / scale) + zero, low,
                                     low + 255)
                        : (value - zero) * scale;
    }
    return result;
  }
  std::map<std::string, bool> isUnsigned;

  PlainTensor run() const {
    const std::string &type = node->op_type();
    if (type == "Conv")
      return convolution();
    if (type == "Gemm" || type == "MatMul")
      return gemm();
    if (type == "Relu")
      return map([](double x) { return std::max(x, 0.0); });
    if (type == "Clip")
      return map([&](double x) {
        if (has(1))
          x = std::max(x, in(1).values[0]);
        return has(2) ? std::min(x, in(2).values[0]) : x;
      });
    if (type == "Sigmoid")
      return map([](double x) { return 1 / (1 + std::exp(-x)); });
    if (type == "HardSigmoid" || type == "HardSwish") {
      const bool isSwish = type == "HardSwish";
      const double alpha = isSwish ? 1.0 / 6 : real("alpha", 0.2),
                   beta = real("beta", 0.5);
      return map([&](double x) {
        const double gate = std::clamp(alpha * x + beta, 0.0, 1.0);
        return isSwish ? x * gate : gate;
      });
    }
    if (type == "Add" || type == "Sum") {
      PlainTensor sum = in(0);
      for (int i = 1; i < node->input_size(); ++i)
        sum = broadcast(sum, in(i), std::plus<>());
      return sum;
    }
    if (type == "Sub")
      return broadcast(in(0), in(1), std::minus<>());
    if (type == "Mul")
      return broadcast(in(0), in(1), std::multiplies<>());
    if (type == "Div")
      return broadcast(in(0), in(1), std::divides<>());
    if (type == "BatchNormalization") {
      PlainTensor result = in(0);
      const int64_t channels = result.shape[1];
      const int64_t inner = result.values.size() / channels;
      for (size_t i = 0; i < result.values.size(); ++i) {
        const int64_t c = i / inner;
        result.values[i] =
            (result.values[i] - in(3).values[c]) /
                std::sqrt(in(4).values[c] + real("epsilon", 1e-5)) *
                in(1).values[c] +
            in(2).values[c];
      }
      return result;
    }
    if (type == "MaxPool" || type == "AveragePool")
      return pool(type == "MaxPool");
    if (type == "GlobalAveragePool")
      return mean(in(0).shape.size() == 4 ? std::vector<int64_t>{2, 3}
                                          : std::vector<int64_t>{2},
                  true);
    if (type == "ReduceMean")
      return mean(list("axes", {}), integer("keepdims", 1));
    if (type == "Concat")
      return concat();
    if (type == "Pad")
      return pad();
    if (type == "Transpose")
      return transpose(in(0), list("perm", {}));
    if (type == "Identity" || type == "Dropout")
      return in(0);
    if (type == "Flatten") {
      PlainTensor result = in(0);
      result.shape = {1, static_cast<int64_t>(result.values.size())};
      return result;
    }
    if (type == "Reshape") {
      PlainTensor result = in(0);
      const std::vector<int64_t> before = result.shape;
      result.shape.clear();
      int64_t known = 1;
      for (size_t i = 0; i < in(1).values.size(); ++i) {
        int64_t size = in(1).values[i];
        result.shape.push_back(size == 0 ? before[i] : size);
        if (size != -1)
          known *= result.shape.back();
      }
      for (int64_t &size : result.shape)
        if (size == -1)
          size = result.values.size() / known;
      return result;
    }
    if (type == "QuantizeLinear" || type == "DequantizeLinear")
      return linear(type == "QuantizeLinear");
    unknown();
  }
};

} // namespace

PlainTensor nasc::test::runOnnx(const onnx::ModelProto &model,
                                const PlainTensor &input) {
  Interpreter interpreter;
  for (const TensorProto &proto : model.graph().initializer()) {
    llvm::Expected<onnxio::Constant> tensor = onnxio::readTensor(proto);
    if (!tensor)
      std::abort();
    interpreter.tensors[proto.name()] = {tensor->dims, tensor->values};
    if (proto.data_type() == TensorProto::UINT8)
      interpreter.isUnsigned[proto.name()] = true;
  }
  interpreter.tensors[model.graph().input(0).name()] = input;
  for (const onnx::NodeProto &node : model.graph().node()) {
    interpreter.node = &node;
    interpreter.tensors[node.output(0)] = interpreter.run();
  }
  return interpreter.tensors.at(model.graph().output(0).name());
}

std::vector<float> nasc::test::channelsLast(const PlainTensor &tensor) {
  std::vector<float> result(tensor.values.size());
  const int64_t channels = tensor.shape.size() > 1 ? tensor.shape[1] : 1;
  const int64_t inner = tensor.values.size() / channels;
  for (size_t i = 0; i < result.size(); ++i)
    result[i % inner * channels + i / inner] =
        static_cast<float>(tensor.values[i]);
  return result;
}

PlainTensor nasc::test::channelsFirst(const std::vector<int64_t> &shape,
                                      const std::vector<float> &values) {
  PlainTensor result;
  const int64_t channels = shape.back();
  const int64_t inner = values.size() / channels;
  result.shape = {1, channels};
  result.shape.insert(result.shape.end(), shape.begin(), shape.end() - 1);
  result.values.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    result.values[i % channels * inner + i / channels] = values[i];
  return result;
}

std::optional<std::filesystem::path> nasc::test::sharedData() {
  std::filesystem::path path;
  if (const char *given = std::getenv("NASC_SHARED_DATA"))
    path = given;
  else
    path = std::filesystem::path(__FILE__).parent_path() /
           "../../../../shared/data";
  if (std::filesystem::is_directory(path))
    return std::filesystem::canonical(path);
  return std::nullopt;
}
