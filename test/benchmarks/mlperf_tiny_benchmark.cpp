//===- mlperf_tiny_benchmark.cpp - Four networks on every target ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The four networks of MLPerf Tiny from their quantised ONNX files, on every
// target: bytes equal among targets, to the interpreter of TOSA and between
// object and C; sizes; and, where there are labelled samples, the accuracy
// beside that of the file itself, which an interpreter of the ONNX operators
// computes by their definition (ONNX Runtime is not used).
//
//   mlperf_tiny_benchmark DATA [--samples=N] [--reference=N]
//
// DATA is a folder with mlperf_tiny/models/*_q.onnx, and cifar10 and
// kws_speech_commands as the tests have them. Exits with 1 if bytes differ.
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/Passes.h"
#include "runtime/deploy/QuantizedDeployment.h"
#include "runtime/onnx/OnnxImport.h"
#include "test/reference/TosaInterpreter.h"
#include "test/unit/onnx/OnnxTestSupport.h"

#include "dialects/search/Search.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"

#include <chrono>
#include <random>

using namespace nasc;
namespace cl = llvm::cl;

static cl::opt<std::string> folder(cl::Positional, cl::Required,
                                   cl::desc("DATA"));
static cl::opt<unsigned> samples("samples", cl::init(200),
                                 cl::desc("Samples on each target"));
static cl::opt<unsigned> reference(
    "reference", cl::init(500),
    cl::desc("Labelled samples whose accuracy is compared with the file's"));

namespace {

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Labelled samples.
struct LabelledSamples {
  /// Signed bytes of this scale.
  std::vector<uint8_t> inputs;
  TensorQuantization quantization = {1.0, -128};
  std::vector<int64_t> labels;
};

/// CIFAR-10's 500 images, channels last, as signed bytes.
LabelledSamples readImages() {
  LabelledSamples result;
  auto file =
      llvm::MemoryBuffer::getFile(folder + "/cifar10/cifar10_lossless500.bin");
  if (!file)
    return result;
  llvm::StringRef bytes = (*file)->getBuffer();
  for (; bytes.size() >= 3073; bytes = bytes.drop_front(3073)) {
    result.labels.push_back(static_cast<uint8_t>(bytes[0]));
    for (int pixel = 0; pixel < 1024; ++pixel)
      for (int channel = 0; channel < 3; ++channel)
        result.inputs.push_back(
            static_cast<uint8_t>(bytes[1 + channel * 1024 + pixel]) ^ 0x80);
  }
  return result;
}

/// The clips of the words that the network knows.
LabelledSamples readClips() {
  // In the order of the network's scores.
  const llvm::StringRef words[] = {"down", "go",    "left", "no", "off",
                                   "on",   "right", "stop", "up", "yes"};
  LabelledSamples result;
  result.quantization = {0.5847029, 83};
  const std::string base = folder + "/kws_speech_commands/";
  auto features =
      llvm::MemoryBuffer::getFile(base + "sc_v001_mfcc49x10_int8.bin");
  auto index = llvm::MemoryBuffer::getFile(base + "sc_v001_index.csv");
  if (!features || !index)
    return result;
  llvm::SmallVector<llvm::StringRef> lines;
  (*index)->getBuffer().split(lines, '\n', -1, false);
  // Evenly from all clips, which are sorted by word.
  for (llvm::StringRef line : llvm::drop_begin(lines)) {
    llvm::SmallVector<llvm::StringRef> fields;
    line.split(fields, ',');
    auto word = llvm::find(words, fields[1]);
    int64_t row = 0;
    if (word == std::end(words) || fields[0].getAsInteger(10, row) ||
        row % 2 != 0)
      continue;
    result.labels.push_back(word - std::begin(words));
    llvm::StringRef clip = (*features)->getBuffer().substr(row * 490, 490);
    result.inputs.insert(result.inputs.end(), clip.begin(), clip.end());
  }
  return result;
}

template <typename Scores> int64_t bestOf(const Scores &scores) {
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

bool measure(llvm::StringRef name, llvm::StringRef file,
             const LabelledSamples &labelled) {
  const double started = now();
  mlir::DialectRegistry registry;
  registry.insert<cost::CostDialect, nas::NasDialect, search::SearchDialect>();
  registerLoweringDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto declaration = builder.create<nas::NetworkOp>(
      module->getLoc(), name, "onnx", file, mlir::FlatSymbolRefAttr(),
      nas::InputLayout::inferred);
  const std::string models = folder + "/mlperf_tiny/models";
  if (mlir::failed(importNetwork(declaration, models)))
    return false;
  auto model = deploy::QuantizedModel::create(*module, Rounding::Single, name);
  if (!model) {
    llvm::errs() << name << ": " << llvm::toString(model.takeError()) << '\n';
    return false;
  }
  const NetworkSignature &signature = model->getSignature();

  // Labelled samples where there are some, random bytes else.
  std::vector<uint8_t> inputs;
  const TensorQuantization wanted{signature.inputQuantization->scale,
                                  signature.inputQuantization->zeroPoint};
  for (uint8_t byte : labelled.inputs)
    inputs.push_back(static_cast<uint8_t>(wanted.quantize(
        labelled.quantization.dequantize(static_cast<int8_t>(byte)))));
  if (inputs.empty()) {
    std::mt19937 random(1);
    inputs.resize(samples * signature.inputBytes());
    for (uint8_t &byte : inputs)
      byte = static_cast<uint8_t>(random());
  }
  const std::vector<uint8_t> scores = model->run(inputs);
  const size_t each = signature.inputBytes(), scored = signature.outputBytes();
  const size_t count = inputs.size() / each;
  auto scoresOf = [&](size_t i) {
    return llvm::ArrayRef<int8_t>(
        reinterpret_cast<const int8_t *>(scores.data()) + i * scored, scored);
  };

  // The interpreter of TOSA.
  auto interpreter = test::TosaInterpreter::create(
      *model->getTosa().getOps<mlir::func::FuncOp>().begin());
  if (!interpreter) {
    llvm::errs() << llvm::toString(interpreter.takeError()) << '\n';
    return false;
  }
  size_t different = 0;
  for (size_t i = 0; i < count; ++i) {
    auto expected = interpreter->run(llvm::ArrayRef<int8_t>(
        reinterpret_cast<const int8_t *>(inputs.data()) + i * each, each));
    if (!expected) {
      llvm::errs() << llvm::toString(expected.takeError()) << '\n';
      return false;
    }
    different += llvm::ArrayRef<int8_t>(*expected) != scoresOf(i);
  }
  llvm::outs() << llvm::formatv(
      "{0}: {1} samples, {2} differ from the interpreter of TOSA\n", name,
      count, different);

  // Every target.
  const double targetsStarted = now();
  bool equal = different == 0;
  const size_t compared = std::min<size_t>(samples, count);
  for (const Target &target : getTargets()) {
    llvm::SmallString<128> directory;
    if (llvm::sys::fs::createUniqueDirectory("nasc-mlperf", directory))
      return false;
    auto remove = llvm::make_scope_exit(
        [&] { llvm::sys::fs::remove_directories(directory); });
    deploy::QuantizedRequest request;
    request.target = &target;
    request.emitC = true;
    request.directory = directory.str().str();
    request.inputs =
        llvm::ArrayRef<uint8_t>(inputs).take_front(compared * each);
    request.scores =
        llvm::ArrayRef<uint8_t>(scores).take_front(compared * scored);
    auto made = deploy::deployQuantized(*model, request);
    if (!made) {
      llvm::errs() << target.name << ": " << llvm::toString(made.takeError())
                   << '\n';
      return false;
    }
    equal &=
        made->differentSamples == 0 && (!made->check || made->check->passed);
    llvm::outs() << llvm::formatv(
        "  {0,-9}  arena {1,6}  code {2,5}  constants {3,6}  stack {4,4}  "
        "instructions {5,9}  {6} samples of object and C, {7} differ\n",
        target.name, made->signature.arenaBytes, made->object.code,
        made->object.constants,
        made->check && made->check->stackBytes
            ? std::to_string(*made->check->stackBytes)
            : "-",
        made->check && made->check->instructions
            ? std::to_string(*made->check->instructions)
            : "-",
        made->comparedSamples, made->differentSamples);
    for (const std::string &text : made->remarks)
      llvm::outs() << "    " << text << '\n';
    llvm::outs().flush();
  }
  llvm::outs() << llvm::formatv(
      "  from the file to all targets {0:F1} s, of which {1:F1} s building, "
      "running and comparing there\n",
      now() - started, now() - targetsStarted);

  if (labelled.labels.empty())
    return equal;
  // The accuracy of the file by the definition of its operators.
  auto bytes = llvm::MemoryBuffer::getFile(models + "/" + file);
  auto onnxModel = onnxio::readModel((*bytes)->getBuffer());
  if (!onnxModel) {
    llvm::errs() << llvm::toString(onnxModel.takeError()) << '\n';
    return false;
  }
  // A softmax at the end does not change the order of classes.
  auto &nodes = *onnxModel->mutable_graph()->mutable_node();
  if (nodes.rbegin()->op_type() == "Softmax") {
    onnxModel->mutable_graph()->mutable_output(0)->set_name(
        nodes.rbegin()->input(0));
    nodes.RemoveLast();
  }
  test::PlainTensor input;
  for (const auto &size :
       onnxModel->graph().input(0).type().tensor_type().shape().dim())
    input.shape.push_back(std::max<int64_t>(size.dim_value(), 1));
  size_t ours = 0, theirs = 0, same = 0;
  const size_t judged = std::min<size_t>(reference, labelled.labels.size());
  for (size_t k = 0; k < judged; ++k) {
    const size_t i = k * labelled.labels.size() / judged;
    input.values.clear();
    for (size_t j = 0; j < each; ++j)
      input.values.push_back(signature.inputQuantization->scale *
                             (static_cast<int8_t>(inputs[i * each + j]) -
                              signature.inputQuantization->zeroPoint));
    const int64_t a = bestOf(scoresOf(i));
    const int64_t b = bestOf(test::runOnnx(*onnxModel, input).values);
    ours += a == labelled.labels[i];
    theirs += b == labelled.labels[i];
    same += a == b;
  }
  llvm::outs() << llvm::formatv(
      "  accuracy on {0} labelled samples: {1:P2}, of the ONNX file {2:P2}; "
      "the same class on {3}\n",
      judged, static_cast<double>(ours) / judged,
      static_cast<double>(theirs) / judged, same);
  return equal;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "MLPerf Tiny on every target\n");
  bool equal = measure("resnet8", "ic01_q.onnx", readImages());
  equal &= measure("ds_cnn", "kws01_q.onnx", readClips());
  equal &= measure("mobilenet", "vww01_q.onnx", {});
  equal &= measure("autoencoder", "ad01_q.onnx", {});
  return equal ? 0 : 1;
}
