//===- TargetTest.cpp - The table of targets ------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/Target.h"
#include "dialects/diagnostics/CodedError.h"
#include "dialects/nas/TargetNames.h"
#include "llvm/ADT/StringSet.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace nasc::test {
namespace {

TEST(Target, TheNamesAreThere) {
  std::vector<std::string> names;
  for (const Target &target : getTargets()) {
    names.push_back(target.name.str());
    EXPECT_EQ(findTarget(target.name), &target);
    EXPECT_FALSE(target.description.empty());
    EXPECT_FALSE(target.compiler.program.empty());
    EXPECT_FALSE(target.compiler.packages.empty());
    EXPECT_EQ(target.emulator.program.empty(),
              target.emulator.packages.empty());
  }
  EXPECT_THAT(names,
              testing::ElementsAre("host", "x86-64", "aarch64", "riscv64",
                                   "cortex-m7", "cortex-m4", "riscv32"));
  // What a specification may write is what there is.
  EXPECT_EQ(std::vector<std::string>(nas::getTargetNames().begin(),
                                     nas::getTargetNames().end()),
            names);
}

TEST(Target, UnknownOnesAreRefusedWithTheList) {
  EXPECT_EQ(findTarget("cortex-m99"), nullptr);
  auto target = getTarget("cortex-m99");
  ASSERT_FALSE(static_cast<bool>(target));
  EXPECT_EQ(nasc::describe(target.takeError()),
            "there is no target 'cortex-m99'; available: host, x86-64, "
            "aarch64, riscv64, cortex-m7, cortex-m4, riscv32 [NAS6040]");
  auto found = getTarget("riscv32");
  ASSERT_TRUE(static_cast<bool>(found));
  EXPECT_TRUE((*found)->bareMetal);
}

TEST(Target, CodeCanBeGeneratedForAll) {
  for (const Target &target : getTargets()) {
    auto machine = createTargetMachine(target.code);
    ASSERT_TRUE(static_cast<bool>(machine))
        << target.name.str() << ": " << nasc::describe(machine.takeError());
    EXPECT_EQ((*machine)->getTargetTriple().isArch32Bit(), target.bareMetal);
  }
}

} // namespace
} // namespace nasc::test
