//===- DeployTestSupport.h - A small network in C ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A network that is written by hand in C and stands in for generated code, with
// the same function in C++ to compare with.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_DEPLOY_DEPLOYTESTSUPPORT_H
#define NASC_TEST_UNIT_DEPLOY_DEPLOYTESTSUPPORT_H

#include "passes/lowering/NetworkArtifact.h"
#include "passes/lowering/Target.h"
#include "llvm/ADT/SmallString.h"
#include "gtest/gtest.h"
#include <string>
#include <vector>

namespace nasc::test {

/// From 64 int8 to 5 scores: the dot products with a table, then a clamp. The
/// sample is negated where it lies if that is in the arena.
struct TinyNetwork {
  NetworkSignature signature;
  /// Bytes of stack that the function writes to besides saved registers.
  int64_t frameBytes = 0;
  /// Statements at the function's start, and in its first step.
  std::string extra, firstStep;

  explicit TinyNetwork(llvm::StringRef name = "tiny");

  /// The C file of the network; with a profile it has two steps, of which the
  /// second does four times the work of the first.
  std::string makeSource(bool profile = false) const;
  /// What the C file computes, as bytes.
  std::vector<uint8_t> run(llvm::ArrayRef<uint8_t> sample) const;
};

/// A temporary folder, and what tests do in it.
class DeployTest : public testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  std::string path(const llvm::Twine &name) const;
  void write(const llvm::Twine &name, llvm::StringRef text) const;
  std::vector<uint8_t> read(const llvm::Twine &name) const;

  /// Writes NAME.h and NAME.c, and NAME.o by the target's compiler. With a
  /// profile also NAME_profile.c and NAME_profile.o.
  void writeNetworkFiles(const TinyNetwork &network, const Target &target,
                         bool profile = false);
  /// Writes `count` random samples to a file and returns their scores by the
  /// C++ function.
  std::vector<uint8_t> writeSamples(const TinyNetwork &network,
                                    const llvm::Twine &name, int count);
  /// The bytes of the frame that the compiler gave the network's function, of
  /// the files that writeNetworkFiles wrote.
  int64_t readFrame(const TinyNetwork &network);
  /// Runs a program of the path in the temporary folder; its exit code and
  /// output.
  std::pair<int, std::string> command(llvm::ArrayRef<std::string> words);

  /// Its name has what Makefiles and emulators like least.
  llvm::SmallString<128> directory;
};

} // namespace nasc::test

#endif // NASC_TEST_UNIT_DEPLOY_DEPLOYTESTSUPPORT_H
