//===- TestProgramTest.cpp - Test programs on machines with Linux ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedError.h"
#include "runtime/deploy/Firmware.h"
#include "test/unit/deploy/DeployTestSupport.h"
#include "gmock/gmock.h"

namespace nasc::test {
namespace {

using namespace nasc::deploy;
using testing::HasSubstr;

class TestProgram : public DeployTest,
                    public testing::WithParamInterface<const char *> {
protected:
  void SetUp() override {
    DeployTest::SetUp();
    target = findTarget(GetParam());
    ASSERT_NE(target, nullptr);
    if (llvm::Error error = checkTargetPrograms(*target))
      GTEST_SKIP() << nasc::describe(std::move(error));
  }

  NetworkArtifact link(const TinyNetwork &network) {
    writeNetworkFiles(network, *target);
    NetworkArtifact artifact;
    artifact.object = path(network.signature.name + ".o");
    artifact.header = path(network.signature.name + ".h");
    EXPECT_EQ(nasc::describe(deploy::linkTestProgram(network.signature, *target,
                                                     artifact, directory)),
              "");
    return artifact;
  }

  CheckRun check(const NetworkArtifact &artifact) {
    auto result = checkTestProgram(*target, artifact);
    EXPECT_TRUE(static_cast<bool>(result))
        << nasc::describe(result.takeError());
    return result ? *result : CheckRun();
  }

  const Target *target = nullptr;
};

TEST_P(TestProgram, ChecksAndVerifies) {
  const TinyNetwork network;
  const NetworkArtifact artifact = link(network);
  const CheckRun result = check(artifact);
  EXPECT_TRUE(result.passed) << result.output;
  EXPECT_EQ(result.checksum, *network.signature.checkCrc32);
  EXPECT_EQ(result.instructions, std::nullopt);
  const std::vector<uint8_t> expected = writeSamples(network, "samples", 100);
  EXPECT_EQ(nasc::describe(verifyTestProgram(*target, artifact, path("samples"),
                                             path("scores"))),
            "");
  EXPECT_EQ(read("scores"), expected);
  EXPECT_THAT(
      nasc::describe(verifyTestProgram(*target, artifact, path("missing"),
                                       path("scores"))),
      testing::AllOf(HasSubstr("No such file"), HasSubstr("[NAS6045]")));
}

TEST_P(TestProgram, AWrongChecksumFails) {
  TinyNetwork network;
  *network.signature.checkCrc32 ^= 0x80000000u;
  const CheckRun result = check(link(network));
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.checksum ^ 0x80000000u, *network.signature.checkCrc32);
}

TEST_P(TestProgram, ScoresOfFloat) {
  TinyNetwork network("real");
  network.signature.outputElement = SampleElement::Float32;
  network.signature.checkCrc32 =
      computeScoresCrc32(network.run(makeCheckSample(network.signature)));
  const CheckRun result = check(link(network));
  EXPECT_TRUE(result.passed) << result.output;
}

TEST_P(TestProgram, TheStackOfAKnownFrameIsMeasured) {
  for (int64_t frame : {1000, 60000}) {
    TinyNetwork network("deep" + std::to_string(frame));
    network.frameBytes = frame;
    const CheckRun result = check(link(network));
    EXPECT_TRUE(result.passed) << result.output;
    ASSERT_TRUE(result.stackBytes.has_value()) << result.output;
    const int64_t known = readFrame(network);
    EXPECT_GE(known, frame);
    EXPECT_NEAR(static_cast<double>(*result.stackBytes),
                static_cast<double>(known), 64);
  }
}

TEST_P(TestProgram, ACrashAndAHangAreErrors) {
  TinyNetwork crash("crash");
  crash.extra = "  *(volatile int32_t *)16 = 1;\n";
  auto crashed = checkTestProgram(*target, link(crash));
  ASSERT_FALSE(static_cast<bool>(crashed));
  EXPECT_THAT(nasc::describe(crashed.takeError()), HasSubstr("[NAS6045]"));
  TinyNetwork hang("hang");
  hang.extra = "  for (;;) __asm__ volatile(\"\");\n";
  auto hung = checkTestProgram(*target, link(hang), 1);
  ASSERT_FALSE(static_cast<bool>(hung));
  EXPECT_THAT(nasc::describe(hung.takeError()), HasSubstr("[NAS6044]"));
}

INSTANTIATE_TEST_SUITE_P(Targets, TestProgram,
                         testing::Values("host", "x86-64", "aarch64",
                                         "riscv64"),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return makeCIdentifier(info.param);
                         });

} // namespace
} // namespace nasc::test
