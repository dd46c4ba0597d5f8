//===- onnx_graphs_benchmark.cpp - Random graphs against their meaning ----===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random ONNX graphs, deployed and compared with what the files say.
//
//   onnx_graphs_benchmark [--graphs=N] [--seed=N] [--float] [--keep=DIR
//   [--all]]
//
// Quantised graphs have convolutions, dense layers, pools, sums, products,
// concatenations, factors and summands of constants (negative ones too),
// normalisations, activations and repeated quantisation, each tensor with a
// scale and a zero point of its own, some of which saturate. The generated code
// is compared with an interpreter that evaluates the file in double precision
// and rounds where the file has a QuantizeLinear, and nowhere else. Reach: no
// value more than one step off, at most 1 % of a graph's values off at all.
//
// With --float, float graphs are deployed in float32 (reach: 1e-4 of the
// greatest magnitude, at least of 1) and, calibrated, on 8-bit integers, which
// are compared with their own emitted QDQ file (reach: one step).
//
// Exits with 1 if a graph misses it. --keep writes those files, with --all
// every file.
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/Passes.h"
#include "runtime/deploy/Calibration.h"
#include "runtime/deploy/QuantizedDeployment.h"
#include "runtime/onnx/OnnxExport.h"
#include "runtime/onnx/OnnxImport.h"
#include "test/unit/onnx/OnnxTestSupport.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <random>

using namespace nasc;
using namespace nasc::test;
using onnx::TensorProto;
namespace cl = llvm::cl;

static cl::opt<unsigned> graphCount("graphs", cl::init(200),
                                    cl::desc("Number of graphs"));
static cl::opt<unsigned> firstSeed("seed", cl::init(1),
                                   cl::desc("Seed of the first graph"));
static cl::opt<bool> floatGraphs("float",
                                 cl::desc("Float graphs instead of quantised"));
static cl::opt<std::string> keep("keep", cl::desc("Folder for graphs that "
                                                  "miss the reach"));
static cl::opt<bool> keepAll("all", cl::desc("Keep all graphs"));

namespace {

/// The integer q stands for scale · (q - zeroPoint), -128 to 127.
struct Integers {
  double scale = 1;
  int64_t zeroPoint = 0;
};

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

/// Writes one random graph.
class GraphGenerator {
public:
  GraphGenerator(unsigned seed, bool isQuantized)
      : random(seed), isQuantized(isQuantized), inputShape(makeInputShape()),
        shape(inputShape), model(inputShape) {
    for (int i = 0; i < 4; ++i)
      probes.push_back(randomInput());
    generate();
  }

  const onnx::ModelProto &getModel() const { return model.model; }
  std::string bytes() const { return model.bytes(); }
  /// The operators in order, for messages.
  const std::string &describe() const { return description; }
  /// Channels-first, with a batch.
  const std::vector<int64_t> &getInputShape() const { return inputShape; }
  PlainTensor randomInput() {
    PlainTensor input{inputShape, {}};
    for (int64_t i = 0; i < count(inputShape); ++i)
      input.values.push_back(real(-1.5, 1.5));
    return input;
  }
  /// Of the input and of the output of quantised graphs.
  Integers input, output;

private:
  static int64_t count(const std::vector<int64_t> &shape) {
    int64_t product = 1;
    for (int64_t size : shape)
      product *= size;
    return product;
  }
  int64_t pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  }
  double real(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  }
  bool chance(double probability) { return real(0, 1) < probability; }
  bool isImage() const { return shape.size() == 4; }
  /// Whether only the channels are left of an image.
  bool isMean() const { return isImage() && shape[2] * shape[3] == 1; }

  std::vector<int64_t> makeInputShape() {
    if (chance(0.15))
      return {1, pick(2, 20)};
    return {1, pick(1, 5), pick(2, 8), pick(2, 8)};
  }
  /// Away from zero, of either sign.
  std::vector<float> factors(int64_t count) {
    std::vector<float> result;
    const double magnitude = std::exp(real(-1.5, 1.0));
    for (int64_t i = 0; i < count; ++i)
      result.push_back(static_cast<float>(magnitude * real(0.3, 1.5) *
                                          (chance(0.3) ? -1 : 1)));
    return result;
  }
  std::vector<float> summands(int64_t count) {
    std::vector<float> result;
    for (int64_t i = 0; i < count; ++i)
      result.push_back(static_cast<float>(real(-1, 1)));
    return result;
  }
  /// A constant beside the current tensor: a number for each channel, or one.
  std::string constant(bool isFactor) {
    const int64_t channels = chance(0.8) ? shape[1] : 1;
    std::vector<int64_t> dims(shape.size() - 1, 1);
    dims[0] = channels;
    if (chance(0.5))
      dims.insert(dims.begin(), 1);
    return model.floats(dims,
                        isFactor ? factors(channels) : summands(channels));
  }
  void add(const std::string &type, std::vector<std::string> operands) {
    model.add(type, std::move(operands));
    description += (description.empty() ? "" : " ") + type;
  }

  /// The least and the greatest number that the current tensor has on samples.
  std::pair<double, double> range() {
    double least = 0, greatest = 0;
    for (const PlainTensor &probe : probes)
      for (double value : runOnnx(model.model, probe).values) {
        least = std::min(least, value);
        greatest = std::max(greatest, value);
      }
    return {least, std::max(greatest, least + 1e-3)};
  }

  /// Stores the current tensor in integers; some saturate.
  Integers quantize(bool isInput = false) {
    isStored = true;
    mayFold = false;
    if (!isQuantized)
      return {};
    auto [least, greatest] =
        isInput ? std::pair<double, double>(-1.5, 1.5) : range();
    Integers integers;
    if (const double mode = real(0, 1); mode < 0.25 && greatest > 1e-2) {
      integers.scale = greatest / 255 * real(0.6, 1.3);
      integers.zeroPoint = -128;
    } else if (mode < 0.4) {
      integers.scale = std::max(-least, greatest) / 127 * real(0.6, 1.3);
    } else {
      integers.scale = (greatest - least) / 255 * real(0.7, 1.3);
      integers.zeroPoint = std::clamp<int64_t>(
          std::llround(-128 - least / integers.scale), -128, 127);
    }
    integers.scale = static_cast<float>(integers.scale);
    const bool isUnsigned = chance(0.3);
    model.quantize(static_cast<float>(integers.scale),
                   integers.zeroPoint + (isUnsigned ? 128 : 0),
                   isUnsigned ? TensorProto::UINT8 : TensorProto::INT8);
    description += " Q";
    return integers;
  }
  void store() {
    if (!isStored)
      quantize();
  }

  /// Weights whose first dimension is the output channels.
  std::string weights(const std::vector<int64_t> &dims) {
    const int64_t filters = dims[0];
    const double magnitude =
        std::exp(real(-0.7, 0.7)) / std::sqrt(double(count(dims) / filters));
    if (!isQuantized) {
      std::vector<float> values;
      for (int64_t i = 0; i < count(dims); ++i)
        values.push_back(static_cast<float>(magnitude * real(-1, 1)));
      return model.floats(dims, values);
    }
    // Some quantisers use -128.
    const int64_t least = chance(0.5) ? -128 : -127;
    std::vector<int64_t> values;
    for (int64_t i = 0; i < count(dims); ++i)
      values.push_back(pick(least, 127));
    const int64_t channels = chance(0.7) ? filters : 1;
    std::vector<float> scales;
    for (int64_t i = 0; i < channels; ++i)
      scales.push_back(static_cast<float>(magnitude / 127 * real(0.4, 1.5)));
    const std::vector<int64_t> scaleDims =
        channels > 1 ? std::vector<int64_t>{channels} : std::vector<int64_t>();
    const std::string integers =
        model.integers(dims, values, TensorProto::INT8);
    const std::string steps = model.floats(scaleDims, scales);
    const std::string zeros = model.integers(
        scaleDims, std::vector<int64_t>(channels, 0), TensorProto::INT8);
    const std::string result =
        model.add("DequantizeLinear", {integers, steps, zeros});
    model.set("axis", int64_t(0));
    return result;
  }

  void convolve(int64_t filters, bool keepsSize) {
    store();
    const std::string operand = model.last();
    const int64_t channels = shape[1];
    int64_t groups = 1;
    if (const double mode = real(0, 1); keepsSize || isMean()) {
      // One group.
    } else if (mode < 0.25) {
      groups = filters = channels;
    } else if (mode < 0.4 && channels % 2 == 0) {
      groups = 2;
      filters += filters % 2;
    }
    std::vector<int64_t> kernel, strides, pads(4, 0);
    for (int i = 0; i < 2; ++i) {
      const int64_t size = keepsSize
                               ? (isMean() || chance(0.5) ? 1 : 3)
                               : pick(1, std::min<int64_t>(3, shape[2 + i]));
      kernel.push_back(size);
      strides.push_back(keepsSize || isMean() ? 1 : pick(1, 2));
      pads[i] = keepsSize ? size / 2 : pick(0, size - 1);
      pads[i + 2] = keepsSize ? size / 2 : pick(0, size - 1);
    }
    std::vector<std::string> operands = {
        operand, weights({filters, channels / groups, kernel[0], kernel[1]})};
    if (chance(0.7))
      operands.push_back(model.floats({filters}, summands(filters)));
    add("Conv", operands);
    model.set("group", groups).set("kernel_shape", kernel);
    model.set("strides", strides).set("pads", pads);
    shape[1] = filters;
    for (int i = 0; i < 2; ++i)
      shape[2 + i] =
          (shape[2 + i] + pads[i] + pads[i + 2] - kernel[i]) / strides[i] + 1;
    isStored = false;
    mayFold = tellsChannels = true;
  }

  void multiplyMatrix() {
    store();
    const std::string operand = model.last();
    const int64_t units = pick(1, 8);
    std::vector<std::string> operands = {operand, weights({units, shape[1]})};
    if (chance(0.7))
      operands.push_back(model.floats({units}, summands(units)));
    add("Gemm", operands);
    model.set("transB", int64_t(1));
    shape[1] = units;
    isStored = false;
    mayFold = true;
  }

  void affine() {
    // What is not folded into weights reads integers.
    if (!mayFold)
      store();
    switch (pick(0, 4)) {
    case 0:
      add("Mul", {"", constant(true)});
      break;
    case 1:
      add("Add", {constant(false), ""});
      break;
    case 2:
      add("Sub", {"", constant(false)});
      break;
    case 3:
      add("Div", {"", constant(true)});
      break;
    default: {
      const int64_t channels = shape[1];
      std::vector<float> variance;
      for (int64_t i = 0; i < channels; ++i)
        variance.push_back(static_cast<float>(real(0.2, 3)));
      add("BatchNormalization",
          {"", model.floats({channels}, factors(channels)),
           model.floats({channels}, summands(channels)),
           model.floats({channels}, summands(channels)),
           model.floats({channels}, variance)});
      model.set("epsilon", chance(0.2) ? 0.0f : 1e-5f);
      tellsChannels = true;
    }
    }
    isStored = false;
    mayFold = true;
  }

  void bound() {
    if (chance(0.7)) {
      add("Relu", {""});
    } else {
      add("Clip", {"", model.scalar(0), model.scalar(6)});
    }
    isStored = mayFold = false;
  }

  void lookUp() {
    store();
    if (chance(0.5)) {
      add("Sigmoid", {""});
    } else {
      add("HardSigmoid", {""});
      model.set("alpha", 1.0f / 6).set("beta", 0.5f);
    }
    isStored = false;
    store();
  }

  void pool() {
    store();
    tellsChannels = true;
    if (chance(0.2)) {
      add("GlobalAveragePool", {""});
      shape[2] = shape[3] = 1;
      isStored = false;
      store();
      return;
    }
    const bool isMaximum = chance(0.5);
    add(isMaximum ? "MaxPool" : "AveragePool", {""});
    std::vector<int64_t> kernel, strides, pads(4, 0);
    for (int i = 0; i < 2; ++i) {
      const int64_t size = pick(1, std::min<int64_t>(4, shape[2 + i]));
      kernel.push_back(size);
      strides.push_back(pick(1, 2));
      if (chance(0.5)) {
        pads[i] = pick(0, size - 1);
        pads[i + 2] = pick(0, size - 1);
      }
    }
    model.set("kernel_shape", kernel);
    model.set("strides", strides).set("pads", pads);
    if (!isMaximum && chance(0.3))
      model.set("count_include_pad", int64_t(1));
    for (int i = 0; i < 2; ++i)
      shape[2 + i] =
          (shape[2 + i] + pads[i] + pads[i + 2] - kernel[i]) / strides[i] + 1;
    isStored = false;
    // Some files keep the integers of the operand.
    store();
  }

  void join() {
    store();
    const std::string first = model.last();
    const int64_t channels = shape[1];
    const double mode = real(0, 1);
    if (isImage())
      convolve(mode < 0.35 ? pick(1, 4) : channels, /*keepsSize=*/true);
    else
      affine();
    if (chance(0.3))
      bound();
    store();
    if (mode < 0.35 && isImage()) {
      add("Concat", {first, ""});
      model.set("axis", int64_t(1));
      shape[1] += channels;
    } else {
      add(mode < 0.75 ? "Add" : "Mul", {first, ""});
    }
    isStored = false;
  }

  void step() {
    const double mode = real(0, 1);
    if (mode < 0.3) {
      if (isImage())
        convolve(pick(1, 6), /*keepsSize=*/false);
      else
        multiplyMatrix();
      if (chance(0.4)) {
        if (chance(0.3))
          store();
        affine();
      }
      if (chance(0.5)) {
        if (chance(0.3))
          store();
        bound();
      }
    } else if (mode < 0.45) {
      affine();
    } else if (mode < 0.55) {
      store();
      bound();
    } else if (mode < 0.65) {
      lookUp();
    } else if (mode < 0.8 && isImage() && !isMean()) {
      pool();
    } else if (mode < 0.95) {
      join();
      if (chance(0.4))
        bound();
    } else {
      // Integers that are rounded to others.
      store();
      quantize();
    }
    if (chance(0.8))
      store();
  }

  void generate() {
    input = quantize(/*isInput=*/true);
    for (int64_t i = pick(1, 5); i > 0; --i)
      step();
    if (isImage() && !tellsChannels)
      convolve(pick(1, 4), /*keepsSize=*/false);
    if (isImage() && chance(0.5)) {
      store();
      if (chance(0.5) && !isMean()) {
        add("GlobalAveragePool", {""});
        shape = {1, shape[1], 1, 1};
        isStored = false;
        store();
      }
      add("Flatten", {""});
      shape = {1, count(shape)};
      multiplyMatrix();
    }
    // A network has a layer.
    if (description.find_first_not_of(" Q") == std::string::npos)
      affine();
    isStored = false;
    output = quantize();
  }

  std::mt19937 random;
  bool isQuantized;
  std::vector<int64_t> inputShape, shape;
  ModelBuilder model;
  std::vector<PlainTensor> probes;
  std::string description;
  /// Whether the current tensor is rounded to integers.
  bool isStored = false;
  /// Whether it is computed by weights, or a normalisation, that factors and
  /// summands can become part of.
  bool mayFold = false;
  /// Whether an operator tells which dimension the channels are.
  bool tellsChannels = false;
};

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// What came out of a comparison.
struct Difference {
  int64_t values = 0, off = 0;
  double largest = 0;
};

constexpr int samplesPerGraph = 20;

mlir::OwningOpRef<mlir::ModuleOp> importGraph(mlir::MLIRContext &context,
                                              const std::string &bytes) {
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto declaration = builder.create<nas::NetworkOp>(
      module->getLoc(), "net", "onnx", "graph.onnx", mlir::FlatSymbolRefAttr(),
      nas::InputLayout::inferred);
  if (mlir::failed(importNetworkFromBytes(declaration, bytes, "graph.onnx")))
    return nullptr;
  return module;
}

/// Channels-last integers of an input, and what they stand for.
std::pair<std::vector<uint8_t>, PlainTensor>
quantizedInput(const PlainTensor &input, const TensorQuantization &integers) {
  PlainTensor rounded = input;
  for (double &value : rounded.values)
    value = integers.dequantize(integers.quantize(value));
  std::vector<uint8_t> bytes;
  for (float value : channelsLast(rounded))
    bytes.push_back(static_cast<uint8_t>(integers.quantize(value)));
  return {bytes, rounded};
}

/// Compares an 8-bit network with a file on random samples, in steps.
llvm::Expected<Difference> compare(deploy::QuantizedModel &network,
                                   const onnx::ModelProto &file,
                                   GraphGenerator &graph) {
  const NetworkSignature &signature = network.getSignature();
  const TensorQuantization input{signature.inputQuantization->scale,
                                 signature.inputQuantization->zeroPoint};
  const ElementQuantization output = *signature.outputQuantization;
  Difference difference;
  for (int sample = 0; sample < samplesPerGraph; ++sample) {
    auto [bytes, rounded] = quantizedInput(graph.randomInput(), input);
    const std::vector<uint8_t> scores = network.run(bytes);
    // Steps of the file, channels last.
    PlainTensor wanted = runOnnx(file, rounded);
    const std::vector<float> steps = channelsLast(wanted);
    if (steps.size() != scores.size())
      return llvm::createStringError("another number of results");
    for (auto [score, number] : llvm::zip(scores, steps)) {
      const double step = number / output.scale + output.zeroPoint;
      const double distance = std::fabs(static_cast<int8_t>(score) - step);
      ++difference.values;
      difference.off += distance > 0.5;
      difference.largest = std::max(difference.largest, distance);
    }
  }
  return difference;
}

llvm::Expected<Difference> runQuantized(mlir::MLIRContext &context,
                                        GraphGenerator &graph) {
  auto module = importGraph(context, graph.bytes());
  if (!module)
    return llvm::createStringError("the import failed");
  auto network =
      deploy::QuantizedModel::create(*module, Rounding::Single, "net");
  if (!network)
    return network.takeError();
  const NetworkSignature &signature = network->getSignature();
  auto isSame = [](double a, double b) {
    return std::fabs(a - b) <= 1e-5 * std::fabs(b);
  };
  if (!signature.outputQuantization ||
      !isSame(signature.outputQuantization->scale, graph.output.scale) ||
      signature.outputQuantization->zeroPoint != graph.output.zeroPoint ||
      !isSame(signature.inputQuantization->scale, graph.input.scale) ||
      signature.inputQuantization->zeroPoint != graph.input.zeroPoint)
    return llvm::createStringError("another scale or zero point");
  return compare(*network, graph.getModel(), graph);
}

llvm::Error runFloat(mlir::MLIRContext &context, GraphGenerator &graph,
                     Difference &asFloat, Difference &asIntegers) {
  auto module = importGraph(context, graph.bytes());
  if (!module)
    return llvm::createStringError("the import failed");
  // float32.
  mlir::OwningOpRef<mlir::ModuleOp> lowered = module->clone();
  mlir::PassManager manager(&context);
  manager.addPass(createConvertNasToTosa());
  if (mlir::failed(manager.run(*lowered)))
    return llvm::createStringError("the lowering failed");
  auto pipeline = createTargetPipeline("float32", TargetDescription());
  if (!pipeline)
    return pipeline.takeError();
  auto object = compileNetwork(*lowered, **pipeline, "net");
  if (!object)
    return object.takeError();
  auto loaded = LoadedNetwork::load(*object);
  if (!loaded)
    return loaded.takeError();
  const size_t outputs = object->signature.outputElements();
  std::vector<float> raw;
  for (int sample = 0; sample < samplesPerGraph; ++sample) {
    const PlainTensor input = graph.randomInput();
    const std::vector<float> numbers = channelsLast(input);
    raw.insert(raw.end(), numbers.begin(), numbers.end());
    std::vector<float> found(outputs);
    (*loaded)->run(numbers.data(), found.data());
    // The reference reads what float32 holds.
    PlainTensor read = channelsFirst(
        std::vector<int64_t>(object->signature.inputShape), numbers);
    const std::vector<float> wanted =
        channelsLast(runOnnx(graph.getModel(), read));
    if (wanted.size() != found.size())
      return llvm::createStringError("another number of results");
    double magnitude = 1;
    for (float value : wanted)
      magnitude = std::max<double>(magnitude, std::fabs(value));
    for (auto [a, b] : llvm::zip(found, wanted)) {
      ++asFloat.values;
      const double distance = std::fabs(double(a) - b) / magnitude;
      if (!(distance <= asFloat.largest))
        asFloat.largest = distance;
    }
  }
  // Integers, against the file that says what they are.
  deploy::RawSampleSet samples;
  samples.data = reinterpret_cast<const uint8_t *>(raw.data());
  samples.element = SampleElement::Float32;
  samples.bytes = object->signature.inputBytes();
  for (int sample = 0; sample < samplesPerGraph; ++sample)
    samples.indices.push_back(sample);
  auto ranges = deploy::observeRanges(*module, samples);
  if (!ranges)
    return ranges.takeError();
  addQuantization(*module, *ranges);
  auto network =
      deploy::QuantizedModel::create(*module, Rounding::Single, "net");
  if (!network)
    return network.takeError();
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (llvm::Error error = writeOnnx(*module->getOps<nas::SpaceOp>().begin(),
                                    OnnxForm::QDQ, stream))
    return error;
  onnx::ModelProto file;
  if (!file.ParseFromString(bytes))
    return llvm::createStringError("the emitted file cannot be read");
  llvm::Expected<Difference> difference = compare(*network, file, graph);
  if (!difference)
    return difference.takeError();
  asIntegers = *difference;
  return llvm::Error::success();
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv);
  mlir::DialectRegistry registry;
  registry.insert<cost::CostDialect, nas::NasDialect>();
  registerLoweringDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  unsigned missed = 0;
  int64_t values = 0, off = 0;
  double largest = 0, largestFloat = 0;
  for (unsigned seed = firstSeed; seed < firstSeed + graphCount; ++seed) {
    GraphGenerator graph(seed, !floatGraphs);
    Difference difference, asFloat;
    std::string problem;
    if (floatGraphs) {
      if (llvm::Error error = runFloat(context, graph, asFloat, difference))
        problem = llvm::toString(std::move(error));
      else if (!(asFloat.largest <= 1e-4))
        problem = llvm::formatv("float32 is off by {0:e2}", asFloat.largest);
    } else {
      llvm::Expected<Difference> found = runQuantized(context, graph);
      if (found)
        difference = *found;
      else
        problem = llvm::toString(found.takeError());
    }
    // The numbers of the file are float32.
    if (problem.empty() && difference.largest > 1.01)
      problem = llvm::formatv("{0:f2} steps off", difference.largest);
    if (problem.empty() && !floatGraphs &&
        difference.off * 100 > difference.values)
      problem = llvm::formatv("{0} of {1} values are off", difference.off,
                              difference.values);
    values += difference.values;
    off += difference.off;
    largest = std::max(largest, difference.largest);
    largestFloat = std::max(largestFloat, asFloat.largest);
    if (!problem.empty()) {
      ++missed;
      llvm::outs() << "graph " << seed << ": " << problem << ": "
                   << graph.describe() << '\n';
    }
    if (keep.empty() || (problem.empty() && !keepAll))
      continue;
    std::error_code error;
    llvm::raw_fd_ostream file(keep + "/graph" + std::to_string(seed) + ".onnx",
                              error);
    file << graph.bytes();
  }
  llvm::outs() << llvm::formatv(
      "{0} graphs, {1} missed; {2} values on 8-bit integers, {3:P3} off, the "
      "largest difference {4:f2} steps",
      graphCount, missed, values, values ? double(off) / values : 0.0, largest);
  if (floatGraphs)
    llvm::outs() << llvm::formatv("; float32 within {0:e2}", largestFloat);
  llvm::outs() << '\n';
  return missed ? 1 : 0;
}
