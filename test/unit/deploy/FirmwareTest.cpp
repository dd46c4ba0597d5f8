//===- FirmwareTest.cpp - Example projects on emulated boards -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Firmware.h"
#include "dialects/diagnostics/CodedError.h"
#include "runtime/deploy/ExampleProject.h"
#include "test/unit/deploy/DeployTestSupport.h"
#include "llvm/Support/FileSystem.h"
#include "gmock/gmock.h"

namespace nasc::test {
namespace {

using namespace nasc::deploy;
using testing::HasSubstr;

class Firmware : public DeployTest,
                 public testing::WithParamInterface<const char *> {
protected:
  void SetUp() override {
    DeployTest::SetUp();
    target = findTarget(GetParam());
    ASSERT_NE(target, nullptr);
    if (llvm::Error error = checkTargetPrograms(*target))
      GTEST_SKIP() << nasc::describe(std::move(error));
  }

  /// Writes a network and its project, and builds it.
  std::string build(const TinyNetwork &network, FirmwareVariant variant = {}) {
    writeNetworkFiles(network, *target, variant.profile);
    auto files = writeExampleProject(network.signature, *target, directory);
    EXPECT_TRUE(static_cast<bool>(files)) << nasc::describe(files.takeError());
    auto elf =
        buildFirmware(*target, network.signature.name, directory, variant);
    EXPECT_TRUE(static_cast<bool>(elf)) << nasc::describe(elf.takeError());
    return elf ? *elf : "";
  }

  CheckRun run(llvm::StringRef elf) {
    auto result = runFirmware(*target, elf);
    EXPECT_TRUE(static_cast<bool>(result))
        << nasc::describe(result.takeError());
    return result ? *result : CheckRun();
  }

  const Target *target = nullptr;
};

TEST_P(Firmware, RunsTheCheckSample) {
  const TinyNetwork network;
  const std::string elf = build(network);
  const CheckRun result = run(elf);
  EXPECT_TRUE(result.passed) << result.output;
  EXPECT_EQ(result.checksum, *network.signature.checkCrc32);
  EXPECT_EQ(result.expectedChecksum, network.signature.checkCrc32);
  ASSERT_TRUE(result.instructions.has_value());
  // 320 products, each some instructions.
  EXPECT_GT(*result.instructions, 320 * 3);
  EXPECT_LT(*result.instructions, 320 * 30);
  ASSERT_TRUE(result.stackBytes.has_value());
  EXPECT_LT(*result.stackBytes, 128);
  EXPECT_TRUE(result.stepInstructions.empty());
  // The emulator is deterministic.
  EXPECT_EQ(run(elf).output, result.output);

  // The Makefile does the same, and is quiet about warnings: there are none.
  auto [code, output] = command({"make", "run"});
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("check passed"));
  EXPECT_EQ(command({"make", "clean"}).first, 0);
  auto [again, log] = command({"make", "all", "size"});
  EXPECT_EQ(again, 0) << log;
  EXPECT_THAT(log, testing::Not(HasSubstr("warning:")));
  EXPECT_THAT(log, HasSubstr(".arena"));
}

TEST_P(Firmware, AWrongChecksumFails) {
  TinyNetwork network;
  *network.signature.checkCrc32 ^= 1;
  const CheckRun result = run(build(network));
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.checksum, *network.signature.checkCrc32 ^ 1);
  auto [code, output] = command({"make", "run"});
  EXPECT_NE(code, 0);
  EXPECT_THAT(output, HasSubstr("check failed"));
}

TEST_P(Firmware, WithoutAnExpectedChecksumNothingIsCompared) {
  TinyNetwork network;
  network.signature.checkCrc32.reset();
  // And with buffers of its own, instead of in the arena.
  network.signature.inputOffset.reset();
  network.signature.outputOffset.reset();
  const std::string elf = build(network);
  const CheckRun result = run(elf);
  EXPECT_TRUE(result.passed) << result.output;
  EXPECT_EQ(result.expectedChecksum, std::nullopt);
  EXPECT_EQ(result.checksum, *TinyNetwork().signature.checkCrc32);
}

TEST_P(Firmware, VerifyGivesTheBytesOfTheHost) {
  const TinyNetwork network;
  const std::string elf = build(network);
  const std::vector<uint8_t> expected =
      writeSamples(network, "some, samples", 300);
  EXPECT_EQ(nasc::describe(verifyFirmware(*target, elf, path("some, samples"),
                                          path("the scores"))),
            "");
  EXPECT_EQ(read("the scores"), expected);

  // By the Makefile.
  auto [code, output] = command(
      {"make", "verify", "SAMPLES=some, samples", "SCORES=other scores"});
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(read("other scores"), expected);
  EXPECT_NE(command({"make", "verify"}).first, 0);

  // The same C on this machine.
  const Target &host = *findTarget("host");
  NetworkArtifact artifact;
  artifact.object = path("tiny.c");
  ASSERT_EQ(nasc::describe(
                linkTestProgram(network.signature, host, artifact, directory)),
            "");
  ASSERT_EQ(nasc::describe(verifyTestProgram(
                host, artifact, path("some, samples"), path("host scores"))),
            "");
  EXPECT_EQ(read("host scores"), expected);

  // A sample that is cut off, and no file at all.
  write("cut", std::string(100, 'x'));
  EXPECT_THAT(
      nasc::describe(verifyFirmware(*target, elf, path("cut"), path("none"))),
      testing::AllOf(HasSubstr("the last sample is cut off"),
                     HasSubstr("[NAS6045]")));
  EXPECT_THAT(nasc::describe(
                  verifyFirmware(*target, elf, path("missing"), path("none"))),
              HasSubstr("there is no file"));
  EXPECT_FALSE(llvm::sys::fs::exists(path("none")));
}

TEST_P(Firmware, ScoresOfFloat) {
  TinyNetwork network("real");
  network.signature.outputElement = SampleElement::Float32;
  network.signature.checkCrc32 =
      computeScoresCrc32(network.run(makeCheckSample(network.signature)));
  const std::string elf = build(network);
  const CheckRun result = run(elf);
  EXPECT_TRUE(result.passed) << result.output;
  const std::vector<uint8_t> expected = writeSamples(network, "samples", 20);
  EXPECT_EQ(nasc::describe(
                verifyFirmware(*target, elf, path("samples"), path("scores"))),
            "");
  EXPECT_EQ(read("scores"), expected);
}

TEST_P(Firmware, TheStackOfAKnownFrameIsMeasured) {
  for (int64_t frame : {1000, 5000}) {
    TinyNetwork network("deep" + std::to_string(frame));
    network.frameBytes = frame;
    const CheckRun result = run(build(network));
    EXPECT_TRUE(result.passed) << result.output;
    ASSERT_TRUE(result.stackBytes.has_value());
    // The compiler says what the frame is.
    const int64_t known = readFrame(network);
    EXPECT_GE(known, frame);
    EXPECT_NEAR(static_cast<double>(*result.stackBytes),
                static_cast<double>(known), 64);
  }
}

TEST_P(Firmware, AStackThatIsTooSmallIsSeen) {
  TinyNetwork network;
  network.signature.stackBytes = 64;
  network.frameBytes = 3000;
  auto result = runFirmware(*target, build(network));
  // Below the stack is nothing (a fault) or memory that can be written.
  if (result) {
    EXPECT_FALSE(result->passed);
    EXPECT_THAT(result->output, HasSubstr("the stack is too small"));
  } else {
    EXPECT_THAT(nasc::describe(result.takeError()), HasSubstr("fault"));
  }
}

TEST_P(Firmware, AProfileHasEachStep) {
  const TinyNetwork network;
  const CheckRun result =
      run(build(network, {/*profile=*/true, /*portableSource=*/false}));
  EXPECT_TRUE(result.passed) << result.output;
  ASSERT_EQ(result.stepInstructions.size(), 2u) << result.output;
  // Four rows against one.
  EXPECT_GT(result.stepInstructions[1], 3 * result.stepInstructions[0]);
  EXPECT_LT(result.stepInstructions[1], 5 * result.stepInstructions[0]);
  ASSERT_TRUE(result.instructions.has_value());
  EXPECT_EQ(*result.instructions,
            result.stepInstructions[0] + result.stepInstructions[1]);
  EXPECT_EQ(result.stackBytes, std::nullopt);
  // Beside it, the firmware without a profile.
  auto elf = buildFirmware(*target, "tiny", directory);
  ASSERT_TRUE(static_cast<bool>(elf)) << nasc::describe(elf.takeError());
  const CheckRun plain = run(*elf);
  EXPECT_TRUE(plain.passed) << plain.output;
  EXPECT_TRUE(plain.stepInstructions.empty());
  EXPECT_NEAR(static_cast<double>(*plain.instructions),
              static_cast<double>(*result.instructions),
              0.3 * static_cast<double>(*plain.instructions));
}

TEST_P(Firmware, PortableSourceBuilds) {
  const TinyNetwork network;
  writeNetworkFiles(network, *target);
  llvm::sys::fs::remove(path("tiny.o"));
  auto files = writeExampleProject(network.signature, *target, directory);
  ASSERT_TRUE(static_cast<bool>(files)) << nasc::describe(files.takeError());
  // Without the object the other variant says what it misses.
  auto object = buildFirmware(*target, "tiny", directory);
  ASSERT_FALSE(static_cast<bool>(object));
  EXPECT_THAT(nasc::describe(object.takeError()),
              testing::AllOf(HasSubstr("tiny.o"), HasSubstr("[NAS6043]")));
  auto elf = buildFirmware(*target, "tiny", directory, {false, true});
  ASSERT_TRUE(static_cast<bool>(elf)) << nasc::describe(elf.takeError());
  EXPECT_TRUE(run(*elf).passed);
}

TEST_P(Firmware, LongRunsAreCounted) {
  // More than the 24 bits of SysTick hold: 2^24 ticks of 40 instructions. The
  // loop's length is known but for the instructions of one turn.
  auto count = [&](uint32_t turns) -> int64_t {
    TinyNetwork network;
    network.firstStep = "  { uint32_t n; for (n = 0; n < " +
                        std::to_string(turns) +
                        "u; ++n)\n    __asm__ volatile(\"\" : \"+r\"(n)); }\n";
    const CheckRun result = run(build(network, {/*profile=*/true, false}));
    EXPECT_TRUE(result.passed) << result.output;
    return result.stepInstructions.empty() ? 0 : result.stepInstructions[0];
  };
  constexpr int64_t few = 100000, many = 350000000;
  const int64_t difference = count(many) - count(few);
  const int64_t turn = difference / (many - few);
  EXPECT_GE(turn, 2);
  EXPECT_GT(difference, int64_t(40) << 24);
  // To two ticks, and what an interrupt for each wrap takes.
  EXPECT_NEAR(static_cast<double>(difference),
              static_cast<double>(turn * (many - few)), 200.0);
}

TEST_P(Firmware, SizesAreThoseOfTheLinkedFile) {
  const TinyNetwork network;
  const std::string elf = build(network);
  auto use = readMemoryUse(elf);
  ASSERT_TRUE(static_cast<bool>(use)) << nasc::describe(use.takeError());
  EXPECT_EQ(use->arena, 256);
  EXPECT_EQ(use->stack, 16384);
  EXPECT_LE(use->staticRam(), 16);
  EXPECT_GT(use->code, 500);
  EXPECT_LT(use->code, 8000);
  EXPECT_GE(use->constants, 320);

  auto object = readMemoryUse(path("tiny.o"));
  ASSERT_TRUE(static_cast<bool>(object)) << nasc::describe(object.takeError());
  EXPECT_GE(object->constants, 320);
  EXPECT_LT(object->constants, 320 + 64);
  EXPECT_GT(object->code, 60);
  EXPECT_LT(object->code, 1000);
  EXPECT_EQ(object->staticRam(), 0);
  EXPECT_LE(object->flash(), use->flash());
}

TEST_P(Firmware, AHungProgramIsStopped) {
  TinyNetwork network;
  network.extra = "  for (;;) __asm__ volatile(\"\");\n";
  auto result = runFirmware(*target, build(network), 2);
  ASSERT_FALSE(static_cast<bool>(result));
  EXPECT_THAT(nasc::describe(result.takeError()), HasSubstr("[NAS6044]"));
}

TEST_P(Firmware, AFaultIsAnError) {
  TinyNetwork network;
  network.extra = "  __builtin_trap();\n";
  auto result = runFirmware(*target, build(network), 20);
  ASSERT_FALSE(static_cast<bool>(result));
  EXPECT_THAT(nasc::describe(result.takeError()),
              testing::AllOf(HasSubstr("fault: the processor stopped"),
                             HasSubstr("[NAS6045]")));
}

TEST_P(Firmware, WhatTheCompilerSaysIsShown) {
  TinyNetwork network;
  build(network);
  write("main.c", "#error nothing works\n");
  auto elf = buildFirmware(*target, "tiny", directory);
  ASSERT_FALSE(static_cast<bool>(elf));
  EXPECT_THAT(nasc::describe(elf.takeError()),
              testing::AllOf(HasSubstr("nothing works"),
                             HasSubstr(target->compiler.packages),
                             HasSubstr("[NAS6043]")));
}

INSTANTIATE_TEST_SUITE_P(Targets, Firmware,
                         testing::Values("cortex-m7", "cortex-m4", "riscv32"),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return makeCIdentifier(info.param);
                         });

class Project : public DeployTest {};

TEST(ExampleProject, NeedsAFolder) {
  llvm::SmallString<128> file;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("nasc-project", "", file));
  auto target = getTarget("cortex-m7");
  ASSERT_TRUE(static_cast<bool>(target));
  auto files = writeExampleProject(TinyNetwork().signature, **target,
                                   (file + "/project").str());
  EXPECT_THAT(nasc::describe(files.takeError()), HasSubstr("[NAS6042]"));
  llvm::sys::fs::remove(file);
}

TEST_F(Project, IsWrittenWithoutAnyCompiler) {
  Target target = *findTarget("cortex-m7");
  target.compiler.program = "no-such-gcc";
  const TinyNetwork network;
  auto files = writeExampleProject(network.signature, target, directory);
  ASSERT_TRUE(static_cast<bool>(files)) << nasc::describe(files.takeError());
  for (const ProjectFile &file : *files)
    EXPECT_TRUE(llvm::sys::fs::exists(path(file.name))) << file.name;
  auto elf = buildFirmware(target, "tiny", directory);
  ASSERT_FALSE(static_cast<bool>(elf));
  bool wasMissing = false;
  llvm::handleAllErrors(elf.takeError(), [&](const MissingProgram &error) {
    wasMissing = true;
    // make may be missing here too, and is named first.
    EXPECT_THAT(
        error.message(),
        testing::AnyOf(HasSubstr("there is no program 'no-such-gcc' to compile "
                                 "for the target 'cortex-m7'; install it (on "
                                 "Debian: apt-get install gcc-arm-none-eabi)"),
                       HasSubstr("apt-get install make")));
  });
  EXPECT_TRUE(wasMissing);
}

TEST_F(Project, NoPlaceholderIsLeft) {
  for (const Target &target : getTargets()) {
    if (!target.bareMetal)
      continue;
    for (const ProjectFile &file :
         makeExampleProject(TinyNetwork().signature, target)) {
      EXPECT_THAT(file.text, testing::Not(testing::ContainsRegex("@[A-Z]")))
          << file.name;
      EXPECT_FALSE(file.description.empty());
    }
  }
}

TEST_F(Project, WhatIsNoElfFileIsRefused) {
  write("text", "this is no object");
  auto use = readMemoryUse(path("text"));
  ASSERT_FALSE(static_cast<bool>(use));
  EXPECT_THAT(
      nasc::describe(use.takeError()),
      testing::AllOf(HasSubstr("is no ELF file"), HasSubstr("[NAS6046]")));
  auto missing = readMemoryUse(path("missing"));
  ASSERT_FALSE(static_cast<bool>(missing));
  EXPECT_THAT(nasc::describe(missing.takeError()), HasSubstr("cannot read"));
}

TEST_F(Project, AnObjectWithStateIsRefused) {
  write("state.c", "int state = 3; int empty; const int constant[9] = {1};\n"
                   "int f(void) { return ++state + ++empty; }\n");
  ASSERT_EQ(command({"cc", "-O1", "-c", "state.c", "-o", "state.o"}).first, 0);
  NetworkObject network;
  network.signature.name = "state";
  const std::vector<uint8_t> bytes = read("state.o");
  network.object.assign(bytes.begin(), bytes.end());
  EXPECT_THAT(nasc::describe(measureObject(network)),
              HasSubstr("'state.o' has 8 bytes of it"));
  write("state.c", "const int constant[9] = {1}; int f(int a) { return a; }\n");
  ASSERT_EQ(command({"cc", "-O1", "-c", "state.c", "-o", "state.o"}).first, 0);
  const std::vector<uint8_t> pure = read("state.o");
  network.object.assign(pure.begin(), pure.end());
  ASSERT_EQ(nasc::describe(measureObject(network)), "");
  EXPECT_EQ(network.signature.constantBytes, 36);
  EXPECT_GT(network.signature.codeBytes.value_or(0), 0);
}

} // namespace
} // namespace nasc::test
