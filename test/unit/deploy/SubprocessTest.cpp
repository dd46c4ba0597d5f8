//===- SubprocessTest.cpp - Running programs with a time limit ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Subprocess.h"
#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace nasc::deploy {
namespace {

using testing::HasSubstr;

llvm::Expected<SubprocessResult> shell(std::string script,
                                       unsigned timeoutSeconds = 30) {
  return runSubprocess({"/bin/sh", "-c", std::move(script)}, "",
                       timeoutSeconds);
}

std::string errorOf(llvm::Expected<SubprocessResult> result) {
  return result ? "no error" : nasc::describe(result.takeError());
}

/// Whether a process runs; one that has ended and that nobody has asked about
/// does not.
bool isRunning(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string number, name, state;
  return file >> number >> name >> state && state != "Z" && state != "X";
}

/// Waits some time for a process to be gone.
bool ends(int process) {
  for (int i = 0; i < 200 && isRunning(process); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return !isRunning(process);
}

TEST(Subprocess, OutputAndExitCode) {
  auto result = shell("echo out; echo error >&2; cat; exit 7");
  ASSERT_TRUE(static_cast<bool>(result)) << nasc::describe(result.takeError());
  EXPECT_EQ(result->exitCode, 7);
  EXPECT_EQ(result->output, "out\nerror\n");
}

TEST(Subprocess, RunsInTheFolder) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nasc-test", folder));
  auto result = runSubprocess({"/bin/sh", "-c", "pwd -P"}, folder);
  llvm::SmallString<128> real;
  EXPECT_FALSE(llvm::sys::fs::real_path(folder, real));
  llvm::sys::fs::remove(folder);
  ASSERT_TRUE(static_cast<bool>(result)) << nasc::describe(result.takeError());
  EXPECT_EQ(result->output, real.str().str() + "\n");
  EXPECT_THAT(errorOf(runSubprocess({"/bin/sh", "-c", "true"}, folder)),
              HasSubstr("cannot start '/bin/sh': No such file"));
}

TEST(Subprocess, AnotherMakesOptionsStayOut) {
  ASSERT_EQ(setenv("MAKEFLAGS", "CC=nonsense", 1), 0);
  auto result = shell("echo \"<$MAKEFLAGS>\"");
  unsetenv("MAKEFLAGS");
  ASSERT_TRUE(static_cast<bool>(result)) << nasc::describe(result.takeError());
  EXPECT_EQ(result->output, "<>\n");
}

TEST(Subprocess, Errors) {
  EXPECT_THAT(errorOf(runSubprocess({"/nowhere/program"})),
              testing::AllOf(HasSubstr("cannot start '/nowhere/program': No "),
                             HasSubstr("[NAS6047]")));
  EXPECT_THAT(errorOf(shell("echo before; kill -SEGV $$")),
              testing::AllOf(HasSubstr("was ended by signal 11"),
                             HasSubstr("before"), HasSubstr("[NAS6045]")));
  EXPECT_THAT(errorOf(shell("while :; do echo "
                            "0123456789012345678901234567890123456789; done | "
                            "tr 0 00")),
              HasSubstr("more than 64 MiB"));
}

TEST(Subprocess, ATimeoutEndsEverything) {
  const auto start = std::chrono::steady_clock::now();
  const std::string error =
      errorOf(shell("sleep 300 & echo \"child $! \"; sleep 301", 1));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_THAT(error, testing::AllOf(HasSubstr("did not end within 1 s"),
                                    HasSubstr("[NAS6044]")));
  const int child = std::atoi(error.substr(error.find("child ") + 6).c_str());
  ASSERT_GT(child, 1) << error;
  EXPECT_TRUE(ends(child));
}

TEST(Subprocess, WhatOutlivesTheProgramEndsToo) {
  auto result = shell("sleep 300 & echo $!");
  ASSERT_TRUE(static_cast<bool>(result)) << nasc::describe(result.takeError());
  const int child = std::atoi(result->output.c_str());
  ASSERT_GT(child, 1) << result->output;
  EXPECT_TRUE(ends(child));
}

TEST(Subprocess, AProgramThatClosesItsOutputIsStillWaitedFor) {
  auto result = shell("exec >&- 2>&-; sleep 0.3; exit 5");
  ASSERT_TRUE(static_cast<bool>(result)) << nasc::describe(result.takeError());
  EXPECT_EQ(result->exitCode, 5);
}

TEST(Subprocess, MissingProgramsNameTheirPackage) {
  auto program = findProgram("no-such-program", "to test", "gcc make");
  ASSERT_FALSE(static_cast<bool>(program));
  bool wasMissing = false;
  llvm::handleAllErrors(program.takeError(), [&](const MissingProgram &error) {
    wasMissing = true;
    EXPECT_EQ(error.getProgram(), "no-such-program");
    EXPECT_EQ(error.message(),
              "there is no program 'no-such-program' to test; install it (on "
              "Debian: apt-get install gcc make)");
    EXPECT_EQ(error.getCode(), Diag::NAS6041);
  });
  EXPECT_TRUE(wasMissing);
}

} // namespace
} // namespace nasc::deploy
