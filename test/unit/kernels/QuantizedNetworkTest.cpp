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

#include "dialects/diagnostics/CodedError.h"
#include "dialects/nas/Nas.h"
#include "mlir/Pass/PassManager.h"
#include "passes/kernels/Passes.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/kernels/c99/CPrinter.h"
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

/// A network in int8 TOSA, with made-up scales; with weights of its own where
/// they are given.
mlir::OwningOpRef<mlir::ModuleOp>
quantize(mlir::MLIRContext &context, const NetworkDescription &network,
         const std::string &rounding, const std::string &dataset = "",
         const NetworkWeights *weights = nullptr) {
  auto module = makeSpaceModule(context, network,
                                weights ? *weights : randomWeights(network, 7),
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
                     const std::string &dataset = "", bool asC = false,
                     const NetworkWeights *weights = nullptr) {
  SCOPED_TRACE(rounding);
  auto context = makeLoweringContext();
  auto module = quantize(*context, network, rounding, dataset, weights);
  ASSERT_TRUE(module);
  auto function = *module->getOps<mlir::func::FuncOp>().begin();
  auto interpreter = TosaInterpreter::create(function);
  ASSERT_TRUE(static_cast<bool>(interpreter))
      << nasc::describe(interpreter.takeError());
  mlir::OwningOpRef<mlir::ModuleOp> forC = module->clone();
  auto pipeline = createTargetPipeline("int8", TargetDescription());
  ASSERT_TRUE(static_cast<bool>(pipeline))
      << nasc::describe(pipeline.takeError());
  auto object = compileNetwork(*module, **pipeline);
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  auto loaded = LoadedNetwork::load(*object);
  ASSERT_TRUE(static_cast<bool>(loaded)) << nasc::describe(loaded.takeError());
  const NetworkSignature &signature = object->signature;
  EXPECT_EQ(signature.outputElement, SampleElement::Int8);

  const unsigned samples = 4;
  std::vector<int8_t> inputs, outputs;
  for (unsigned seed = 0; seed < samples; ++seed) {
    std::vector<int8_t> input = randomBytes(signature.inputElements(), seed);
    auto expected = interpreter->run(input);
    ASSERT_TRUE(static_cast<bool>(expected))
        << nasc::describe(expected.takeError());
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
  ASSERT_FALSE(static_cast<bool>(error)) << nasc::describe(std::move(error));
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

void expectSameBytesEachWay(const NetworkDescription &network, bool asC = false,
                            const NetworkWeights *weights = nullptr) {
  for (const char *rounding : {"single", "double"})
    expectSameBytes(network, rounding, "", asC, weights);
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

TEST(QuantizedLayers, PoolingOfWindowsWithManyCounts) {
  // 36 is a multiple of all counts; of those of a window of 11 no number below
  // 128 is one.
  for (int64_t kernel : {3, 11}) {
    Builder builder({13, 12, 3});
    builder.pool(LayerKind::AveragePool, kernel, 1);
    expectSameBytesEachWay(builder.network, /*asC=*/true);
    EXPECT_EQ(stepsOf(builder.network).steps.size(), 1u);
    EXPECT_EQ(stepsOf(builder.network).steps[0].sumFactor,
              kernel == 3 ? 108 : 128);
  }
}

TEST(QuantizedLayers, NormalizationsByThemselves) {
  Builder builder({5, 4, 6});
  builder.batchNorm().elementary(LayerKind::ReLU);
  NetworkWeights weights = randomWeights(builder.network, 3);
  // Negative factors, and none.
  weights.tensors[0].values = {1.5f, -2.0f, 0.0f, 0.25f, -0.5f, 3.0f};
  expectSameBytesEachWay(builder.network, /*asC=*/true, &weights);
  const QuantizedNetwork steps = stepsOf(builder.network);
  ASSERT_EQ(steps.steps.size(), 1u);
  EXPECT_EQ(steps.steps[0].kind, StepKind::Affine);
}

/// Weights that are integers times scales; with one of -128 in each channel.
void setIntegers(NamedTensor &tensor, int64_t channels) {
  std::mt19937 random(5);
  tensor.scales.clear();
  for (int64_t i = 0; i < channels; ++i)
    tensor.scales.push_back(static_cast<float>(0.004 + 0.001 * i));
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    const int integer =
        static_cast<int64_t>(i) < channels ? -128 : int(random() % 255) - 127;
    tensor.values[i] =
        static_cast<float>(integer * tensor.scales[i % channels]);
  }
}

TEST(QuantizedLayers, IntegersOfAFileStayWhatTheyAre) {
  // Behind them follow factors of both signs, and biases between their steps.
  for (LayerKind kind :
       {LayerKind::Conv2D, LayerKind::DepthwiseConv2D, LayerKind::Dense}) {
    SCOPED_TRACE(layerKindName(kind));
    Builder builder({5, 4, 6});
    if (kind == LayerKind::Dense)
      builder.elementary(LayerKind::Flatten).dense(6);
    else
      builder.convolution(kind, 6, 3, 1, 1, /*bias=*/true);
    builder.batchNorm().elementary(LayerKind::ReLU6);
    NetworkWeights weights = randomWeights(builder.network, 3);
    setIntegers(weights.tensors[0], 6);
    for (NamedTensor &tensor : weights.tensors)
      if (llvm::StringRef(tensor.name).ends_with(".scale"))
        tensor.values = {1.5f, -2.0f, 0.0f, 0.25f, -0.5f, 3.0f};
    expectSameBytesEachWay(builder.network, /*asC=*/true, &weights);
    // The bytes are those of the file, negated where that is possible.
    auto context = makeLoweringContext();
    auto module = quantize(*context, builder.network, "single", "", &weights);
    auto steps =
        readQuantizedNetwork(*module->getOps<mlir::func::FuncOp>().begin());
    ASSERT_TRUE(succeeded(steps));
    ASSERT_EQ(steps->steps.size(), 1u);
    const NetworkStep &step = steps->steps[0];
    EXPECT_EQ(step.summands.size(), 6u);
    EXPECT_LT(step.channelScale.multipliers[1], 0);
    const size_t each = step.weights.size() / 6;
    for (size_t channel = 0; channel < 6; ++channel) {
      if (channel == 2)
        continue; // Its factor is zero.
      int least = 0;
      for (size_t i = 0; i < each; ++i)
        least = std::min<int>(least, step.weights[channel * each + i]);
      EXPECT_EQ(least, -128);
    }
  }
  // Groups, each stored by itself, are one step.
  Builder grouped({6, 6, 4});
  grouped.convolution(LayerKind::Conv2D, 6, 3, 1, 2, true).batchNorm();
  NetworkWeights weights = randomWeights(grouped.network, 3);
  setIntegers(weights.tensors[0], 6);
  expectSameBytesEachWay(grouped.network, /*asC=*/true, &weights);
}

TEST(QuantizedLayers, Requantize) {
  Builder builder({5, 4, 6});
  builder.requantize(0.02, -128)
      .convolution(LayerKind::Conv2D, 6, 3)
      .requantize(0.05, 3)
      .batchNorm()
      .requantize(0.07, -5)
      .elementary(LayerKind::ReLU);
  expectSameBytesEachWay(builder.network, /*asC=*/true);
  // What is stored between keeps layers apart that would run as one.
  EXPECT_EQ(stepsOf(builder.network).steps.size(), 4u);
}

TEST(QuantizedLayers, ConcatenationsRescaleWhileTheyCopy) {
  Builder concat({6, 6, 2});
  const unsigned first = concat.requantize(0.02, -7).last();
  const unsigned second = concat.from(0).requantize(0.03, 9).last();
  concat.combine(LayerKind::Concat, {first, 0, second});
  expectSameBytesEachWay(concat.network, /*asC=*/true);
  const QuantizedNetwork steps = stepsOf(concat.network);
  // The two rescaled tensors are read in the scale that they have.
  ASSERT_EQ(steps.steps.size(), 3u);
  EXPECT_EQ(steps.steps.back().inputScales.size(), 3u);
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

TEST(QuantizedNetworks, TheCFileHasTheSignatureOfTheHeader) {
  // Networks that do not write to the arena, or read the sample in place.
  Builder single({5, 5, 3});
  single.convolution(LayerKind::Conv2D, 4, 3);
  expectSameBytesEachWay(single.network, /*asC=*/true);
  Builder pointwise({5, 5, 3});
  pointwise.convolution(LayerKind::Conv2D, 4, 1)
      .elementary(LayerKind::ReLU)
      .convolution(LayerKind::Conv2D, 4, 3);
  expectSameBytesEachWay(pointwise.network, /*asC=*/true);
  for (LayerKind kind :
       {LayerKind::Sigmoid, LayerKind::MaxPool, LayerKind::GlobalAveragePool}) {
    Builder other({5, 5, 3});
    if (kind == LayerKind::MaxPool)
      other.pool(kind, 2, 2);
    else if (kind == LayerKind::GlobalAveragePool)
      other.globalAveragePool();
    else
      other.elementary(kind);
    expectSameBytesEachWay(other.network, /*asC=*/true);
  }
}

TEST(QuantizedNetworks, RawBytesAreNormalised) {
  Builder builder({6, 6, 3});
  builder.convolution(LayerKind::Conv2D, 8, 3).elementary(LayerKind::ReLU);
  for (const char *dataset : {// Flipping the sign does it.
                              R"(nas.dataset @data cifar sources ["x"]
             settings <mean = [0.5], deviation = [0.25]>)",
                              // Tables for each channel.
                              R"(nas.dataset @data cifar sources ["x"]
             settings <mean = [0.5, 0.4, 0.3],
                          deviation = [0.25, 0.2, 0.3]>)",
                              // Zero is not among the integers: one table.
                              R"(nas.dataset @data raw sources ["x"]
             settings <element = int8, mean = [3.0], scale = [0.01]>)"})
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
      builder.globalAveragePool().dense(shape[2]).elementary(
          LayerKind::Sigmoid);
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
  ASSERT_TRUE(static_cast<bool>(pipeline))
      << nasc::describe(pipeline.takeError());
  auto object = compileNetwork(*module, **pipeline);
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  auto loaded = LoadedNetwork::load(*object);
  ASSERT_TRUE(static_cast<bool>(loaded)) << nasc::describe(loaded.takeError());
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
