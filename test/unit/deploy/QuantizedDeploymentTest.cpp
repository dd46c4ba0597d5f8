//===- QuantizedDeploymentTest.cpp - 8-bit networks on their targets ------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A small network, calibrated, for targets of each kind: what the emulated
// target computes against the host, and the host against plain loops.
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/QuantizedDeployment.h"
#include "dialects/diagnostics/CodedError.h"
#include "test/unit/deploy/DeployTestSupport.h"
#include "test/unit/lowering/SpaceFromNetwork.h"
#include "test/unit/support/ReferenceNetwork.h"

#include "llvm/Support/FileSystem.h"
#include "gmock/gmock.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>

namespace nasc::test {
namespace {

using namespace nasc::deploy;
using testing::HasSubstr;

constexpr int64_t inputElements = 7 * 6 * 2;
constexpr size_t numSamples = 20;

NetworkDescription smallNetwork() {
  NetworkBuilder builder({7, 6, 2});
  builder.convolution(LayerKind::Conv2D, 6, 3, 2).batchNorm();
  builder.elementary(LayerKind::ReLU);
  const unsigned trunk = builder.last();
  builder.convolution(LayerKind::DepthwiseConv2D, 6, 3);
  builder.elementary(LayerKind::HardSwish);
  builder.combine(LayerKind::Add, {trunk, builder.last()});
  builder.globalAveragePool().dense(4);
  return builder.network;
}

class QuantizedDeployment : public DeployTest {
protected:
  /// Samples of one type, and the network calibrated with them.
  void prepare(SampleElement element, Rounding rounding) {
    // What lives in the context goes before it.
    model.reset();
    module = nullptr;
    bytes.clear();
    set = {};
    std::mt19937 generator(11);
    const bool isFloat = element == SampleElement::Float32;
    for (int64_t i = 0; i < static_cast<int64_t>(numSamples); ++i)
      for (int64_t j = 0; j < inputElements; ++j) {
        if (!isFloat) {
          bytes.push_back(static_cast<uint8_t>(generator()));
          continue;
        }
        const float number =
            static_cast<float>(generator() % 4001) / 1000.0f - 1.0f;
        numbers.push_back(number);
        uint8_t pattern[4];
        std::memcpy(pattern, &number, 4);
        bytes.insert(bytes.end(), pattern, pattern + 4);
      }
    set.data = bytes.data();
    set.element = element;
    set.bytes = inputElements * (isFloat ? 4 : 1);
    for (size_t i = 0; i < numSamples; ++i)
      set.indices.push_back(i);

    context = makeLoweringContext();
    network = smallNetwork();
    weights = randomWeights(network, 5);
    module = makeSpaceModule(
        *context, network, weights, "small",
        isFloat ? "nas.dataset @data raw sources [\"x\"] settings "
                  "<element = float32, mean = [0.5, 1.0], "
                  "deviation = [1.0, 2.0]>"
                : "nas.dataset @data idx sources [\"x\"] settings "
                  "<mean = [0.5], deviation = [0.25]>");
    ASSERT_TRUE(module);
    auto ranges = observeRanges(*module, set);
    ASSERT_TRUE(static_cast<bool>(ranges))
        << nasc::describe(ranges.takeError());
    addQuantization(*module, *ranges);
    auto made = QuantizedModel::create(*module, rounding, "small");
    ASSERT_TRUE(static_cast<bool>(made)) << nasc::describe(made.takeError());
    model.emplace(std::move(*made));
    inputs = model->makeInputs(set, numSamples);
    scores = model->run(inputs);
  }

  /// Deploys to a target of that name; skips where its programs are missing.
  void deploy(llvm::StringRef name, bool emitObject = true, bool emitC = true) {
    const Target *target = findTarget(name);
    ASSERT_NE(target, nullptr);
    if (llvm::Error missing = checkTargetPrograms(*target))
      GTEST_SKIP() << nasc::describe(std::move(missing));
    request = makeRequest(*target);
    request.emitObject = emitObject;
    request.emitC = emitC;
    auto made = deployQuantized(*model, request);
    ASSERT_TRUE(static_cast<bool>(made)) << nasc::describe(made.takeError());
    result.emplace(std::move(*made));
  }

  QuantizedRequest makeRequest(const Target &target) {
    QuantizedRequest made;
    made.target = &target;
    made.directory = directory.str().str();
    made.prefix = "out/";
    made.inputs = inputs;
    made.scores = scores;
    return made;
  }

  std::string textOf(llvm::StringRef file) {
    const std::vector<uint8_t> found = read(file);
    return std::string(found.begin(), found.end());
  }

  std::vector<uint8_t> bytes;
  std::vector<float> numbers;
  RawSampleSet set;
  std::unique_ptr<mlir::MLIRContext> context;
  NetworkDescription network;
  NetworkWeights weights;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<QuantizedModel> model;
  std::vector<uint8_t> inputs, scores;
  QuantizedRequest request;
  std::optional<QuantizedTarget> result;
};

/// The scores on the host stand for those of the float network.
TEST_F(QuantizedDeployment, ScoresAreThoseOfPlainLoops) {
  for (Rounding rounding : {Rounding::Single, Rounding::Double}) {
    prepare(SampleElement::UInt8, rounding);
    ASSERT_FALSE(HasFatalFailure());
    const NetworkSignature &signature = model->getSignature();
    EXPECT_EQ(signature.inputQuantization, std::nullopt);
    ASSERT_TRUE(signature.outputQuantization.has_value());
    ASSERT_EQ(inputs, bytes);
    ASSERT_EQ(scores.size(), 4 * numSamples);
    EXPECT_GT(std::set<uint8_t>(scores.begin(), scores.end()).size(), 5u);
    for (size_t i = 0; i < numSamples; ++i) {
      std::vector<float> input;
      for (int64_t j = 0; j < inputElements; ++j)
        input.push_back((set[i][j] / 255.0f - 0.5f) / 0.25f);
      const std::vector<float> expected = runReference(network, weights, input);
      for (size_t j = 0; j < expected.size(); ++j)
        EXPECT_NEAR(signature.outputQuantization->scale *
                        (static_cast<int8_t>(scores[4 * i + j]) -
                         signature.outputQuantization->zeroPoint),
                    expected[j], 6 * signature.outputQuantization->scale);
    }
  }
}

/// A sample of float32 becomes integers before the network, by the scale that
/// the signature says.
TEST_F(QuantizedDeployment, SamplesOfFloatAreQuantised) {
  prepare(SampleElement::Float32, Rounding::Single);
  ASSERT_FALSE(HasFatalFailure());
  const NetworkSignature &signature = model->getSignature();
  EXPECT_EQ(signature.element, SampleElement::Int8);
  ASSERT_TRUE(signature.inputQuantization.has_value());
  const double scale = signature.inputQuantization->scale;
  const int64_t zeroPoint = signature.inputQuantization->zeroPoint;
  ASSERT_EQ(inputs.size(), numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double normal =
        i % 2 == 0 ? numbers[i] - 0.5 : (numbers[i] - 1.0) / 2.0;
    // All samples were calibrated with, so that none saturates.
    ASSERT_NEAR(scale * (static_cast<int8_t>(inputs[i]) - zeroPoint), normal,
                0.5001 * scale)
        << i;
  }
  // As many as are asked for.
  EXPECT_EQ(
      model->makeInputs(set, 3),
      std::vector<uint8_t>(inputs.begin(), inputs.begin() + 3 * inputElements));
  deploy("host");
  if (IsSkipped() || HasFatalFailure())
    return;
  EXPECT_EQ(result->comparedSamples, static_cast<int64_t>(numSamples));
  EXPECT_EQ(result->differentSamples, 0);
}

class QuantizedTargets
    : public QuantizedDeployment,
      public testing::WithParamInterface<std::tuple<const char *, Rounding>> {};

TEST_P(QuantizedTargets, ComputeTheSameBytes) {
  const auto [name, rounding] = GetParam();
  prepare(SampleElement::UInt8, rounding);
  if (!HasFatalFailure())
    deploy(name);
  if (IsSkipped() || HasFatalFailure())
    return;
  EXPECT_TRUE(result->remarks.empty())
      << testing::PrintToString(result->remarks);
  EXPECT_EQ(result->comparedSamples, static_cast<int64_t>(numSamples));
  EXPECT_EQ(result->differentSamples, 0);
  ASSERT_TRUE(result->check.has_value());
  EXPECT_TRUE(result->check->passed) << result->check->output;
  EXPECT_EQ(result->check->checksum, model->getCheckCrc32());
  // The header says what was planned and measured.
  ASSERT_TRUE(result->check->stackBytes.has_value());
  EXPECT_GT(*result->check->stackBytes, 0);
  EXPECT_EQ(result->signature.stackBytes, result->check->stackBytes);
  EXPECT_EQ(result->signature.arenaBytes, result->plan.bytes);
  EXPECT_EQ(textOf("small.h"), makeNetworkHeader(result->signature));
  EXPECT_THAT(textOf("small.h"),
              HasSubstr(std::to_string(*result->check->stackBytes)));
  // Weights and tables are constants (which LLVM can make a part of the code
  // where it optimises for speed), and nothing is static.
  if (request.target->bareMetal) {
    EXPECT_GE(result->object.constants, model->getNetwork().constantBytes());
  }
  EXPECT_GE(result->object.flash(), model->getNetwork().constantBytes());
  EXPECT_EQ(result->object.staticRam(), 0);
  // What is reported lies there.
  for (const DeployedFile &file : result->files) {
    ASSERT_TRUE(llvm::StringRef(file.path).starts_with("out/")) << file.path;
    EXPECT_TRUE(llvm::sys::fs::exists(path(file.path.substr(4)))) << file.path;
  }
  if (request.target->bareMetal) {
    ASSERT_TRUE(result->firmware.has_value());
    EXPECT_GT(result->firmware->flash(), result->object.flash());
    EXPECT_EQ(result->stepInstructions.size(),
              model->getNetwork().steps.size());
    EXPECT_THAT(result->stepInstructions, testing::Each(testing::Ge(0)));
    EXPECT_TRUE(result->check->instructions.has_value());
  }
}

/// Scores that are expected to be others are counted, in the object's run and
/// in the C's.
TEST_P(QuantizedTargets, OtherBytesAreCounted) {
  const auto [name, rounding] = GetParam();
  prepare(SampleElement::UInt8, rounding);
  ASSERT_FALSE(HasFatalFailure());
  scores[0] ^= 1;
  scores[4 * 7 + 3] ^= 0x80;
  deploy(name);
  if (IsSkipped() || HasFatalFailure())
    return;
  EXPECT_EQ(result->comparedSamples, static_cast<int64_t>(numSamples));
  EXPECT_EQ(result->differentSamples, 4);
}

INSTANTIATE_TEST_SUITE_P(
    Targets, QuantizedTargets,
    testing::Combine(testing::Values("host", "cortex-m7", "riscv32", "aarch64"),
                     testing::Values(Rounding::Single, Rounding::Double)),
    [](const testing::TestParamInfo<std::tuple<const char *, Rounding>> &info) {
      return makeCIdentifier(std::get<0>(info.param)) +
             (std::get<1>(info.param) == Rounding::Double ? "Double"
                                                          : "Single");
    });

TEST_F(QuantizedDeployment, OnlyWhatIsAskedForIsWritten) {
  prepare(SampleElement::UInt8, Rounding::Single);
  if (!HasFatalFailure())
    deploy("host", /*emitObject=*/false, /*emitC=*/true);
  if (IsSkipped() || HasFatalFailure())
    return;
  EXPECT_EQ(result->differentSamples, 0);
  EXPECT_EQ(result->comparedSamples, static_cast<int64_t>(numSamples));
  EXPECT_TRUE(llvm::sys::fs::exists(path("small.c")));
  EXPECT_FALSE(llvm::sys::fs::exists(path("small.o")));
}

/// Sets a variable of the environment for as long as it lives.
class Environment {
public:
  Environment(const char *name, const char *value) : name(name) {
    if (const char *now = std::getenv(name))
      before = now;
    setenv(name, value, 1);
  }
  ~Environment() {
    if (before)
      setenv(name, before->c_str(), 1);
    else
      unsetenv(name);
  }

private:
  const char *name;
  std::optional<std::string> before;
};

/// Without compilers and emulators the files are there, and remarks say what to
/// install.
TEST_F(QuantizedDeployment, MissingProgramsAreRemarks) {
  prepare(SampleElement::UInt8, Rounding::Single);
  ASSERT_FALSE(HasFatalFailure());
  for (const char *name : {"host", "cortex-m7", "riscv32", "aarch64"}) {
    SCOPED_TRACE(name);
    const Target *target = findTarget(name);
    ASSERT_NE(target, nullptr);
    QuantizedRequest request = makeRequest(*target);
    request.emitC = true;
    Environment path("PATH", directory.c_str());
    Environment compiler("CC", "");
    auto made = deployQuantized(*model, request);
    ASSERT_TRUE(static_cast<bool>(made)) << nasc::describe(made.takeError());
    EXPECT_THAT(made->remarks, testing::ElementsAre(HasSubstr("[NAS6041]")));
    EXPECT_EQ(made->check, std::nullopt);
    EXPECT_EQ(made->firmware, std::nullopt);
    EXPECT_EQ(made->comparedSamples, 0);
    EXPECT_EQ(made->signature.stackBytes, std::nullopt);
    for (const char *file : {"small.h", "small.o", "small.c"})
      EXPECT_FALSE(read(file).empty()) << file;
    EXPECT_THAT(textOf("small.h"), Not(HasSubstr("STACK_BYTES")));
  }
}

TEST_F(QuantizedDeployment, AFolderThatIsMissingIsAnError) {
  prepare(SampleElement::UInt8, Rounding::Single);
  ASSERT_FALSE(HasFatalFailure());
  QuantizedRequest request = makeRequest(*findTarget("host"));
  request.directory = path("missing");
  auto made = deployQuantized(*model, request);
  ASSERT_FALSE(static_cast<bool>(made));
  EXPECT_THAT(nasc::describe(made.takeError()),
              testing::AllOf(HasSubstr("missing"), HasSubstr("[NAS6010]")));
}

/// A network that was not calibrated is refused, after the pass's diagnostic.
TEST_F(QuantizedDeployment, UncalibratedNetworksAreRefused) {
  context = makeLoweringContext();
  network = smallNetwork();
  module = makeSpaceModule(*context, network, randomWeights(network, 5));
  ASSERT_TRUE(module);
  std::string diagnostic;
  mlir::ScopedDiagnosticHandler handler(context.get(),
                                        [&](mlir::Diagnostic &found) {
                                          diagnostic += found.str();
                                          return mlir::success();
                                        });
  auto made = QuantizedModel::create(*module, Rounding::Single, "small");
  ASSERT_FALSE(static_cast<bool>(made));
  EXPECT_THAT(nasc::describe(made.takeError()), HasSubstr("[NAS6063]"));
  EXPECT_THAT(diagnostic,
              HasSubstr("calibrate the network with samples [NAS6020]"));
}

} // namespace
} // namespace nasc::test
