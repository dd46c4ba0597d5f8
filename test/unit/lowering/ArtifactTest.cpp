//===- ArtifactTest.cpp - Targets, files and the test program -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedError.h"
#include "mlir/Parser/Parser.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/NetworkArtifact.h"
#include "test/unit/lowering/SpaceFromNetwork.h"
#include "test/unit/support/ReferenceNetwork.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <cmath>

namespace nasc::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

NetworkDescription makeNetwork() {
  NetworkBuilder builder({10, 10, 2});
  builder.convolution(LayerKind::Conv2D, 12, 3, 2)
      .batchNorm()
      .elementary(LayerKind::ReLU)
      .globalAveragePool()
      .dense(5);
  return builder.network;
}

class Artifact : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nasc-test", directory));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(directory); }

  std::string path(llvm::StringRef name) {
    llvm::SmallString<128> result(directory);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }

  llvm::SmallString<128> directory;
};

TEST_F(Artifact, TheTestProgramComputesTheNetwork) {
  const NetworkDescription network = makeNetwork();
  const NetworkWeights weights = randomWeights(network, 5);
  auto object = compileForTest(network, weights);
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  auto artifact = writeNetwork(*object, path("deeper/still"));
  ASSERT_TRUE(static_cast<bool>(artifact))
      << nasc::describe(artifact.takeError());
  ASSERT_EQ(nasc::describe(linkTestProgram(object->signature, *artifact,
                                           path("deeper/still"))),
            "");

  const std::vector<float> samples = randomValues(3 * 200, 9);
  {
    std::error_code code;
    llvm::raw_fd_ostream out(path("samples"), code);
    out.write(reinterpret_cast<const char *>(samples.data()),
              samples.size() * sizeof(float));
  }
  ASSERT_EQ(nasc::describe(
                runTestProgram(*artifact, path("samples"), path("scores"))),
            "");
  auto scores = llvm::MemoryBuffer::getFile(path("scores"));
  ASSERT_TRUE(static_cast<bool>(scores));
  ASSERT_EQ((*scores)->getBufferSize(), 3 * 5 * sizeof(float));
  const float *actual =
      reinterpret_cast<const float *>((*scores)->getBufferStart());
  for (int sample = 0; sample < 3; ++sample) {
    const std::vector<float> expected =
        runReference(network, weights,
                     std::vector<float>(samples.begin() + sample * 200,
                                        samples.begin() + (sample + 1) * 200));
    for (int i = 0; i < 5; ++i)
      EXPECT_NEAR(actual[sample * 5 + i], expected[i], 1e-4);
  }

  // A file that ends inside a sample.
  std::error_code code;
  {
    llvm::raw_fd_ostream out(path("cut"), code);
    out.write(reinterpret_cast<const char *>(samples.data()), 1001);
  }
  EXPECT_THAT(
      nasc::describe(runTestProgram(*artifact, path("cut"), path("scores"))),
      HasSubstr("the last sample is cut off"));
  EXPECT_THAT(nasc::describe(
                  runTestProgram(*artifact, path("missing"), path("scores"))),
              HasSubstr("No such file"));
}

TEST_F(Artifact, TheHeaderSaysWhatACallerMustKnow) {
  NetworkSignature signature;
  signature.name = "tiny";
  signature.element = SampleElement::UInt8;
  signature.inputShape = {28, 28, 1};
  signature.outputShape = {10};
  signature.arenaBytes = 1234;
  const std::string header = makeNetworkHeader(signature);
  EXPECT_THAT(header, HasSubstr("#define TINY_INPUT_ELEMENTS 784\n"));
  EXPECT_THAT(header, HasSubstr("#define TINY_OUTPUT_ELEMENTS 10\n"));
  EXPECT_THAT(header, HasSubstr("#define TINY_ARENA_BYTES 1234\n"));
  EXPECT_THAT(header, HasSubstr("#define TINY_ARENA_ALIGNMENT 64\n"));
  EXPECT_THAT(header, HasSubstr("void tiny(const uint8_t *sample, float "
                                "*scores, void *arena);"));
  EXPECT_EQ(makeCIdentifier("a-b.c[3]"), "a_b_c_3_");
  EXPECT_EQ(makeCIdentifier("3d"), "_3d");
}

TEST_F(Artifact, ClearErrors) {
  const NetworkDescription network = makeNetwork();
  auto object = compileForTest(network, randomWeights(network, 5));
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  auto artifact = writeNetwork(*object, directory);
  ASSERT_TRUE(static_cast<bool>(artifact))
      << nasc::describe(artifact.takeError());
  EXPECT_THAT(nasc::describe(linkTestProgram(object->signature, *artifact,
                                             directory, "no-such-compiler")),
              AllOf(HasSubstr("no C compiler 'no-such-compiler'"),
                    HasSubstr("[NAS6011]")));
  EXPECT_THAT(
      nasc::describe(writeNetwork(*object, path("net.o/inside")).takeError()),
      HasSubstr("cannot create"));
}

TEST_F(Artifact, TheObjectNeedsNothingButMemoryFunctions) {
  const NetworkDescription network = makeNetwork();
  auto compiled = compileForTest(network, randomWeights(network, 5));
  ASSERT_TRUE(static_cast<bool>(compiled))
      << nasc::describe(compiled.takeError());
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(compiled->object.str(), "net"));
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  for (const llvm::object::SymbolRef &symbol : (*object)->symbols()) {
    auto flags = symbol.getFlags();
    ASSERT_TRUE(static_cast<bool>(flags)) << nasc::describe(flags.takeError());
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined))
      continue;
    auto name = symbol.getName();
    ASSERT_TRUE(static_cast<bool>(name)) << nasc::describe(name.takeError());
    EXPECT_TRUE(name->empty() || *name == "memcpy" || *name == "memset" ||
                *name == "memmove" || *name == "_GLOBAL_OFFSET_TABLE_")
        << name->str();
  }
}

TEST(Targets, UnknownOnesAreRefused) {
  auto message = [](llvm::StringRef precision, TargetDescription target) {
    auto pipeline = createTargetPipeline(precision, target);
    return pipeline ? std::string() : nasc::describe(pipeline.takeError());
  };
  EXPECT_EQ(message("float32", {}), "");
  EXPECT_THAT(message("int4", {}),
              AllOf(HasSubstr("precision 'int4'"), HasSubstr("[NAS6007]")));
  EXPECT_THAT(message("float32", {"nonsense", "native", ""}),
              HasSubstr("cannot generate code for"));
  EXPECT_THAT(
      message("float32", {"", "pentium99", ""}),
      AllOf(HasSubstr("'pentium99' is no processor"), HasSubstr("[NAS6006]")));
  EXPECT_THAT(message("float32", {"", "native", "+nonsense"}),
              HasSubstr("'+nonsense' is no feature"));
  EXPECT_THAT(message("float32", {"", "native", "avx2"}),
              HasSubstr("write '+name' or '-name'"));
}

TEST(Targets, WhatIsNoNetworkIsNotEmitted) {
  auto context = makeLoweringContext();
  auto pipeline = createTargetPipeline("float32", TargetDescription());
  ASSERT_TRUE(static_cast<bool>(pipeline))
      << nasc::describe(pipeline.takeError());
  mlir::ScopedDiagnosticHandler silent(
      &*context, [](mlir::Diagnostic &) { return mlir::success(); });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "func.func @f() { return }", &*context);
  EXPECT_THAT(
      nasc::describe(
          (*pipeline)->emit(*module, LoweringStage::Assembly).takeError()),
      HasSubstr("[NAS6008]"));
  mlir::OwningOpRef<mlir::ModuleOp> empty =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&*context));
  EXPECT_THAT(nasc::describe(compileNetwork(*empty, **pipeline).takeError()),
              AllOf(HasSubstr("found 0"), HasSubstr("[NAS6009]")));
}

TEST(Targets, VectorUnitsComeFromTheFeatures) {
  auto unit = [](const char *cpu, const char *features = "") {
    auto machine = createTargetMachine({"x86_64-linux-gnu", cpu, features});
    EXPECT_TRUE(static_cast<bool>(machine));
    return getVectorUnit(**machine);
  };
  EXPECT_EQ(unit("cascadelake").lanes, 16);
  EXPECT_EQ(unit("cascadelake").registers, 32);
  EXPECT_EQ(unit("haswell").lanes, 8);
  EXPECT_TRUE(unit("haswell").fusedMultiplyAdd);
  EXPECT_EQ(unit("sandybridge").lanes, 8);
  EXPECT_FALSE(unit("sandybridge").fusedMultiplyAdd);
  EXPECT_EQ(unit("x86-64").lanes, 4);
  EXPECT_EQ(unit("cascadelake", "-avx512f").lanes, 8);
}

} // namespace
} // namespace nasc::test
