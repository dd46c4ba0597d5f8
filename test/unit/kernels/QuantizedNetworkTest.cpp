//===- QuantizedNetworkTest.cpp - Code against the interpreter of TOSA ----===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Networks on 8-bit integers: machine code for the host and the portable C,
// compared byte by byte with an independent interpreter of the TOSA operations.
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/Nas.h"
#include "mlir/Pass/PassManager.h"
#include "passes/kernels/CPrinter.h"
#include "passes/kernels/Passes.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/NetworkArtifact.h"
#include "passes/quantization/Passes.h"
#include "test/reference/TosaInterpreter.h"
#include "test/unit/lowering/SpaceFromNetwork.h"
#include "test/unit/support/ReferenceNetwork.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <random>
#include <set>

namespace nasc::test {
namespace {

using Builder = NetworkBuilder;

/// A network in int8 TOSA, with made-up scales.
mlir::OwningOpRef<mlir::ModuleOp> quantize(mlir::MLIRContext &context,
                                           const NetworkDescription &network,
                                           const std::string &rounding,
                                           const std::string &dataset = "") {
  auto module = makeSpaceModule(context, network, randomWeights(network, 7),
                                "net", dataset);
  mlir::PassManager manager(&context);
  ConvertNasToQuantizedTosaOptions options;
  options.rounding = rounding;
  options.placeholders = true;
  manager.addPass(createConvertNasToQuantizedTosa(options));
  if (!module || failed(manager.run(*module)))
    return nullptr;
  return module;
}

std::vector<int8_t> randomBytes(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<int8_t> bytes(count);
  for (int8_t &byte : bytes)
    byte = static_cast<int8_t>(generator());
  return bytes;
}

/// Runs samples through the interpreter, the object, and optionally the C.
void expectSameBytes(const NetworkDescription &network,
                     const std::string &rounding,
                     const std::string &dataset = "", bool asC = false) {
  SCOPED_TRACE(rounding);
  auto context = makeLoweringContext();
  auto module = quantize(*context, network, rounding, dataset);
  ASSERT_TRUE(module);
  auto function = *module->getOps<mlir::func::FuncOp>().begin();
  auto interpreter = TosaInterpreter::create(function);
  ASSERT_TRUE(static_cast<bool>(interpreter))
      << toString(interpreter.takeError());
  mlir::OwningOpRef<mlir::ModuleOp> forC = module->clone();
  auto pipeline = createTargetPipeline("int8", TargetDescription());
  ASSERT_TRUE(static_cast<bool>(pipeline)) << toString(pipeline.takeError());
  auto object = compileNetwork(*module, **pipeline);
  ASSERT_TRUE(static_cast<bool>(object)) << toString(object.takeError());
  auto loaded = LoadedNetwork::load(*object);
  ASSERT_TRUE(static_cast<bool>(loaded)) << toString(loaded.takeError());
  const NetworkSignature &signature = object->signature;
  EXPECT_EQ(signature.outputElement, SampleElement::Int8);

  const unsigned samples = 4;
  std::vector<int8_t> inputs, outputs;
  for (unsigned seed = 0; seed < samples; ++seed) {
    std::vector<int8_t> input = randomBytes(signature.inputElements(), seed);
    auto expected = interpreter->run(input);
    ASSERT_TRUE(static_cast<bool>(expected)) << toString(expected.takeError());
    std::vector<int8_t> actual(expected->size());
    (*loaded)->run(input.data(), actual.data());
    ASSERT_EQ(actual, *expected) << "sample " << seed;
    // Scores that are all alike would show nothing.
    inputs.insert(inputs.end(), input.begin(), input.end());
    outputs.insert(outputs.end(), expected->begin(), expected->end());
  }
  EXPECT_GT(std::set<int8_t>(outputs.begin(), outputs.end()).size(), 1u);
  if (!asC)
    return;

  // The C, through the test program.
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nasc-kernels", folder));
  auto path = [&](const std::string &name) {
    return (folder + "/" + name).str();
  };
  mlir::PassManager manager(context.get());
  (*pipeline)->buildTosaToLinalg(manager);
  ASSERT_TRUE(succeeded(manager.run(*forC)));
  auto write = [&](const std::string &name, llvm::StringRef text) {
    std::error_code problem;
    llvm::raw_fd_ostream stream(path(name), problem);
    ASSERT_FALSE(problem);
    stream << text;
  };
  std::string text;
  llvm::raw_string_ostream stream(text);
  CPrinterOptions options;
  options.header = "net.h";
  llvm::Error error = printC(*forC, stream, options);
  ASSERT_FALSE(static_cast<bool>(error)) << toString(std::move(error));
  write("net.c", text);
  write("net.h", makeNetworkHeader(signature));
  write("net_test.c", makeTestProgram(signature));
  write("samples", llvm::StringRef(reinterpret_cast<char *>(inputs.data()),
                                   inputs.size()));
  const std::string command =
      "cd " + folder.str().str() +
      " && cc -std=c99 -O1 -Wall -Wextra -Wpedantic -Wconversion -Werror "
      "-fsanitize=undefined -fno-sanitize-recover -c net.c && "
      "cc -std=c11 -fsanitize=undefined net_test.c net.o -o net_test && "
      "./net_test samples scores";
  ASSERT_EQ(std::system(command.c_str()), 0);
  auto scores = llvm::MemoryBuffer::getFile(path("scores"));
  ASSERT_TRUE(static_cast<bool>(scores));
  llvm::StringRef found = (*scores)->getBuffer();
  EXPECT_EQ(std::vector<int8_t>(found.begin(), found.end()), outputs);
  llvm::sys::fs::remove_directories(folder);
}

void expectSameBytesEachWay(const NetworkDescription &network,
                            bool asC = false) {
  for (const char *rounding : {"single", "double"})
    expectSameBytes(network, rounding, "", asC);
}

TEST(QuantizedLayers, Convolutions) {
  for (auto [kernel, stride, filters] :
       {std::tuple{3, 1, 5}, {3, 2, 4}, {1, 1, 7}, {1, 2, 3}, {5, 3, 6}}) {
    SCOPED_TRACE(kernel);
    Builder builder({9, 7, 6});
    builder.convolution(LayerKind::Conv2D, filters, kernel, stride, 1, true)
        .batchNorm()
        .elementary(LayerKind::ReLU);
    expectSameBytesEachWay(builder.network);
  }
}

TEST(QuantizedLayers, DepthwiseConvolutions) {
  for (auto [kernel, stride] : {std::pair{3, 1}, {3, 2}, {5, 1}, {2, 3}}) {
    SCOPED_TRACE(kernel);
    Builder builder({9, 7, 6});
    builder.convolution(LayerKind::DepthwiseConv2D, 6, kernel, stride)
        .batchNorm()
        .elementary(LayerKind::ReLU6);
    expectSameBytesEachWay(builder.network);
  }
  // Padding as a framework without `same` has it, wider than the kernel needs.
  Builder builder({6, 9, 4});
  builder.window(LayerKind::DepthwiseConv2D, 4, {3, 3}, {1, 1}, {2, 2, 2, 2});
  expectSameBytesEachWay(builder.network);
}

/// The steps of a network.
QuantizedNetwork stepsOf(const NetworkDescription &network,
                         const std::string &dataset = "") {
  auto context = makeLoweringContext();
  auto module = quantize(*context, network, "single", dataset);
  auto steps =
      readQuantizedNetwork(*module->getOps<mlir::func::FuncOp>().begin());
  return succeeded(steps) ? *steps : QuantizedNetwork();
}

TEST(QuantizedLayers, GroupedConvolutions) {
  Builder builder({6, 6, 8});
  builder.convolution(LayerKind::Conv2D, 12, 3, 1, 4, true)
      .elementary(LayerKind::ReLU);
  expectSameBytesEachWay(builder.network);
  // One step without tensors for the groups.
  EXPECT_EQ(stepsOf(builder.network).steps.size(), 1u);
  EXPECT_EQ(stepsOf(builder.network).tensors.size(), 2u);
  // Several filters for each channel.
  Builder multiplied({6, 6, 4});
  multiplied.convolution(LayerKind::Conv2D, 12, 3, 2, 4);
  expectSameBytesEachWay(multiplied.network);
}

TEST(QuantizedLayers, Activations) {
  for (LayerKind kind :
       {LayerKind::ReLU, LayerKind::ReLU6, LayerKind::HardSwish,
        LayerKind::HardSigmoid, LayerKind::Sigmoid}) {
    SCOPED_TRACE(layerKindName(kind));
    Builder behind({5, 5, 4});
    behind.convolution(LayerKind::Conv2D, 6, 3).elementary(kind);
    expectSameBytesEachWay(behind.network);
    Builder alone({5, 5, 4});
    alone.elementary(kind);
    expectSameBytesEachWay(alone.network);
  }
}

TEST(QuantizedLayers, Pooling) {
  for (LayerKind kind : {LayerKind::MaxPool, LayerKind::AveragePool}) {
    for (auto [kernel, stride] : {std::pair{2, 2}, {3, 1}, {3, 2}}) {
      Builder builder({7, 6, 5});
      builder.pool(kind, kernel, stride);
      expectSameBytesEachWay(builder.network);
    }
  }
  Builder counting({7, 6, 5});
  counting.pool(LayerKind::AveragePool, 3, 2, /*countPadding=*/true);
  expectSameBytesEachWay(counting.network);
  EXPECT_EQ(stepsOf(counting.network).steps.size(), 1u);
  Builder whole({7, 6, 5});
  whole.globalAveragePool();
  expectSameBytesEachWay(whole.network);
}

TEST(QuantizedLayers, Joins) {
  Builder add({6, 6, 8});
  add.convolution(LayerKind::Conv2D, 8, 3);
  const unsigned left = add.last();
  add.from(0).convolution(LayerKind::Conv2D, 8, 1);
  const unsigned right = add.last();
  add.combine(LayerKind::Add, {left, right, 0}).elementary(LayerKind::ReLU);
  expectSameBytesEachWay(add.network);
  Builder twice({4, 4, 8});
  twice.elementary(LayerKind::ReLU);
  twice.combine(LayerKind::Add, {twice.last(), twice.last()});
  expectSameBytesEachWay(twice.network);
  Builder concat({6, 6, 8});
  concat.convolution(LayerKind::Conv2D, 5, 3);
  const unsigned first = concat.last();
  concat.from(0).convolution(LayerKind::Conv2D, 16, 1);
  concat.combine(LayerKind::Concat, {concat.last(), 0, first})
      .convolution(LayerKind::Conv2D, 8, 3, 2);
  expectSameBytesEachWay(concat.network);
}

NetworkDescription makeSqueezeNetwork() {
  Builder builder({7, 7, 16});
  builder.convolution(LayerKind::DepthwiseConv2D, 16, 3)
      .elementary(LayerKind::HardSwish);
  const unsigned features = builder.last();
  builder.globalAveragePool()
      .dense(4)
      .elementary(LayerKind::ReLU)
      .dense(16)
      .elementary(LayerKind::HardSigmoid);
  builder.combine(LayerKind::Multiply, {features, builder.last()})
      .convolution(LayerKind::Conv2D, 24, 1)
      .batchNorm()
      .elementary(LayerKind::ReLU);
  // A normalisation that nothing takes in.
  builder.pool(LayerKind::MaxPool, 2, 2)
      .batchNorm()
      .elementary(LayerKind::Flatten)
      .dense(10);
  return builder.network;
}

NetworkDescription makeCell() {
  // NAS-Bench-201's: sums of zero, identity, convolutions and pooling.
  Builder builder({8, 8, 3});
  builder.convolution(LayerKind::Conv2D, 16, 3).batchNorm();
  const unsigned start = builder.last();
  builder.from(start)
      .elementary(LayerKind::ReLU)
      .convolution(LayerKind::Conv2D, 16, 3)
      .batchNorm();
  const unsigned first = builder.last();
  builder.from(start).pool(LayerKind::AveragePool, 3, 1);
  const unsigned pooled = builder.last();
  builder.from(first)
      .elementary(LayerKind::ReLU)
      .convolution(LayerKind::Conv2D, 16, 1)
      .batchNorm();
  builder.combine(LayerKind::Add, {pooled, builder.last()});
  const unsigned second = builder.last();
  builder.zero({8, 8, 16});
  builder.combine(LayerKind::Add, {builder.last(), start, second, first});
  builder.globalAveragePool().dense(10);
  return builder.network;
}

NetworkDescription makeRowNetwork() {
  Builder builder({40, 6});
  builder.window(LayerKind::Conv1D, 8, {5, 1}, {2, 1}, {1, 2, 0, 0}, 1, true)
      .elementary(LayerKind::ReLU);
  builder.elementary(LayerKind::Flatten).dense(3);
  return builder.network;
}

TEST(QuantizedNetworks, MachineCodeAndCHaveTheInterpretersBytes) {
  expectSameBytesEachWay(makeSqueezeNetwork(), /*asC=*/true);
  expectSameBytesEachWay(makeCell(), /*asC=*/true);
  expectSameBytesEachWay(makeRowNetwork(), /*asC=*/true);
}

TEST(QuantizedNetworks, RawBytesAreNormalised) {
  Builder builder({6, 6, 3});
  builder.convolution(LayerKind::Conv2D, 8, 3).elementary(LayerKind::ReLU);
  for (const char *dataset : {// Flipping the sign does it.
                              R"(nas.dataset @data kind "cifar" sources ["x"]
             {settings = {mean = [0.5], deviation = [0.25]}})",
                              // Tables for each channel.
                              R"(nas.dataset @data kind "cifar" sources ["x"]
             {settings = {mean = [0.5, 0.4, 0.3],
                          deviation = [0.25, 0.2, 0.3]}})",
                              // Zero is not among the integers: one table.
                              R"(nas.dataset @data kind "raw" sources ["x"]
             {settings = {element = "int8", mean = [3.0], scale = [0.01]}})"})
    expectSameBytes(builder.network, "single", dataset, /*asC=*/true);
}

/// Random networks of all layers, as deep as the seed says.
NetworkDescription makeRandomNetwork(unsigned seed) {
  std::mt19937 random(seed);
  auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % (high - low + 1));
  };
  Builder builder({pick(3, 12), pick(3, 12), pick(1, 5)});
  const int depth = pick(2, 9);
  for (int i = 0; i < depth; ++i) {
    const std::vector<int64_t> shape = builder.shape(builder.last());
    const unsigned before = builder.last();
    switch (pick(0, 6)) {
    case 0:
      builder.convolution(LayerKind::Conv2D, pick(1, 12), pick(1, 4),
                          pick(1, 2), 1, true);
      break;
    case 1:
      builder
          .convolution(LayerKind::DepthwiseConv2D, shape[2], pick(1, 5),
                       pick(1, 3))
          .batchNorm()
          .elementary(LayerKind::ReLU);
      break;
    case 2:
      builder.convolution(LayerKind::Conv2D, pick(1, 12), 1)
          .batchNorm()
          .elementary(pick(0, 1) ? LayerKind::ReLU6 : LayerKind::HardSwish);
      break;
    case 3:
      builder.pool(pick(0, 1) ? LayerKind::MaxPool : LayerKind::AveragePool,
                   pick(2, 3), pick(1, 2));
      break;
    case 4: {
      builder.convolution(LayerKind::Conv2D, shape[2], 3)
          .elementary(LayerKind::ReLU)
          .convolution(LayerKind::Conv2D, shape[2], 1);
      builder.combine(LayerKind::Add, {builder.last(), before});
      break;
    }
    case 5: {
      builder.convolution(LayerKind::Conv2D, pick(1, 6), 3);
      builder.combine(LayerKind::Concat, {before, builder.last()});
      break;
    }
    default:
      builder.globalAveragePool(/*keepAxes=*/true)
          .convolution(LayerKind::Conv2D, shape[2], 1)
          .elementary(LayerKind::Sigmoid);
      builder.combine(LayerKind::Multiply, {before, builder.last()});
    }
  }
  builder.globalAveragePool().dense(pick(2, 12));
  return builder.network;
}

TEST(QuantizedNetworks, RandomOnesHaveTheInterpretersBytes) {
  for (unsigned seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE(seed);
    expectSameBytes(makeRandomNetwork(seed), seed % 2 ? "single" : "double");
    if (HasFatalFailure())
      return;
  }
}

TEST(QuantizedNetworks, TheInputMayLieInTheArena) {
  auto context = makeLoweringContext();
  const NetworkDescription network = makeSqueezeNetwork();
  auto module = quantize(*context, network, "single");
  ASSERT_TRUE(module);
  auto pipeline = createTargetPipeline("int8", TargetDescription());
  ASSERT_TRUE(static_cast<bool>(pipeline)) << toString(pipeline.takeError());
  auto object = compileNetwork(*module, **pipeline);
  ASSERT_TRUE(static_cast<bool>(object)) << toString(object.takeError());
  auto loaded = LoadedNetwork::load(*object);
  ASSERT_TRUE(static_cast<bool>(loaded)) << toString(loaded.takeError());
  const NetworkSignature &signature = object->signature;
  ASSERT_TRUE(signature.inputOffset && signature.outputOffset);
  std::vector<int8_t> input = randomBytes(signature.inputElements(), 3);
  std::vector<int8_t> expected(signature.outputElements());
  (*loaded)->run(input.data(), expected.data());
  std::vector<int8_t> arena(signature.arenaBytes, 99);
  std::copy(input.begin(), input.end(), arena.begin() + *signature.inputOffset);
  (*loaded)->runInArena(arena.data());
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(),
                         arena.begin() + *signature.outputOffset));
}

TEST(QuantizedLayers, EveryLayerOfTheDialectHasALowering) {
  auto context = makeLoweringContext();
  context->loadAllAvailableDialects();
  std::set<std::string> lowered;
  for (llvm::StringRef name : getQuantizedLayerNames())
    lowered.insert(name.str());
  unsigned layers = 0;
  for (mlir::RegisteredOperationName name :
       context->getRegisteredOperations()) {
    if (!name.hasInterface<nas::LayerOpInterface>())
      continue;
    ++layers;
    EXPECT_TRUE(lowered.count(name.getStringRef().str()))
        << name.getStringRef().str();
  }
  EXPECT_EQ(layers, lowered.size());
}

} // namespace
} // namespace nasc::test
