//===- ArchitectureSpaceTest.cpp - Counting, numbering, drawing -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/ArchitectureSpace.h"
#include "test/unit/cost/CostTestSupport.h"

#include "dialects/cost/ExpressionBuilder.h"
#include "gtest/gtest.h"

#include <map>
#include <set>
#include <unordered_set>

using namespace nasc::cost;

namespace {

/// All architectures, by going through all assignments.
std::set<Architecture> allArchitectures(const CostProgram &program) {
  Canonicalizer canonicalizer(program);
  std::set<Architecture> result;
  forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
    result.insert(canonicalizer.canonicalize(positions));
  });
  return result;
}

/// Stages of layers under a depth each, as in MobileNetV3's search space.
CostProgram stages(unsigned count) {
  CostTestFunction test;
  ExpressionBuilder builder(test.getBuilder(),
                            test.getBuilder().getUnknownLoc());
  for (unsigned stage = 1; stage <= count; ++stage) {
    std::string prefix = "stage[" + std::to_string(stage) + "].";
    mlir::Value depth = test.choice(prefix + "depth", {2, 3, 4});
    for (unsigned layer = 1; layer <= 4; ++layer) {
      std::string suffix = "[" + std::to_string(layer) + "]";
      mlir::Value active =
          builder.compare(Predicate::ge, depth, builder.constant(layer));
      for (const char *name : {"kernel", "expansion"}) {
        test.choice(prefix + name + suffix, {3, 5, 7});
        test.activity(prefix + name + suffix, active);
      }
    }
  }
  return test.program();
}

} // namespace

TEST(ArchitectureSpaceTest, CountsSpacesLikeMobileNetV3) {
  std::optional<llvm::APInt> count = countArchitectures(stages(5));
  ASSERT_TRUE(count);
  EXPECT_EQ(decimal(*count), "21758655492572485851");
}

TEST(ArchitectureSpaceTest, CountsHaveAnySize) {
  std::optional<llvm::APInt> count = countArchitectures(stages(25));
  ASSERT_TRUE(count);
  llvm::APInt expected(2000, 1);
  for (int factor = 0; factor < 25; ++factor)
    expected *= 7371;
  EXPECT_EQ(decimal(*count), decimal(expected));
}

TEST(ArchitectureSpaceTest, CountsSharedCells) {
  CostTestFunction test;
  for (int edge = 1; edge <= 6; ++edge)
    test.choice("op[" + std::to_string(edge) + "]", {0, 1, 2, 3, 4});
  std::optional<llvm::APInt> count = countArchitectures(test.program());
  ASSERT_TRUE(count);
  EXPECT_EQ(decimal(*count), "15625");
}

TEST(ArchitectureSpaceTest, AFixedNetworkIsOneArchitecture) {
  CostTestFunction test;
  CostProgram program = test.program();
  std::optional<ArchitectureSpace> space = ArchitectureSpace::build(program);
  ASSERT_TRUE(space);
  EXPECT_EQ(space->getCount(), 1u);
  EXPECT_TRUE(space->at(llvm::APInt(1, 0)).positions.empty());
}

TEST(ArchitectureSpaceTest, NestedConditionsUnderRoundsStaySmall) {
  // 30 rounds under a depth; in each a body, and two choices under the body.
  CostTestFunction test;
  ExpressionBuilder builder(test.getBuilder(),
                            test.getBuilder().getUnknownLoc());
  std::vector<int64_t> depths;
  for (int64_t depth = 1; depth <= 30; ++depth)
    depths.push_back(depth);
  mlir::Value depth = test.choice("depth", depths);
  for (int64_t round = 1; round <= 30; ++round) {
    std::string suffix = "[" + std::to_string(round) + "]";
    mlir::Value on =
        builder.compare(Predicate::ge, depth, builder.constant(round));
    mlir::Value body = test.choice("body" + suffix, {0, 1});
    test.activity("body" + suffix, on);
    mlir::Value inner = builder.conjunction(
        on, builder.compare(Predicate::eq, body, builder.constant(1)));
    for (const char *name : {"kernel", "groups"}) {
      test.choice(name + suffix, {1, 2, 3});
      test.activity(name + suffix, inner);
    }
  }
  std::optional<llvm::APInt> count = countArchitectures(test.program());
  ASSERT_TRUE(count);
  llvm::APInt expected(200, 0), power(200, 1);
  for (int round = 1; round <= 30; ++round) {
    power *= 10; // one body without, and one with nine ways
    expected += power;
  }
  EXPECT_EQ(decimal(*count), decimal(expected));
}

TEST(ArchitectureSpaceTest, RandomSpacesEqualEnumerationOfAssignments) {
  for (uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE(seed);
    RandomProgramOptions options;
    options.choices = 7;
    CostProgram program = randomProgram(seed, options);
    std::set<Architecture> expected = allArchitectures(program);
    std::optional<ArchitectureSpace> space = ArchitectureSpace::build(program);
    ASSERT_TRUE(space);
    ASSERT_EQ(space->getCount(), expected.size());
    // Numbers and architectures are one to one.
    std::set<Architecture> numbered;
    for (uint64_t rank = 0; rank < expected.size(); ++rank)
      numbered.insert(
          space->at(llvm::APInt(space->getCount().getBitWidth(), rank)));
    ASSERT_EQ(numbered, expected);
    Canonicalizer canonicalizer(program);
    std::set<Architecture> enumerated;
    size_t visits = 0;
    space->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
      ++visits;
      enumerated.insert(canonicalizer.canonicalize(positions));
      return true;
    });
    ASSERT_EQ(visits, expected.size());
    ASSERT_EQ(enumerated, expected);
  }
}

TEST(ArchitectureSpaceTest, RestrictedSpacesHaveTheAllowedArchitectures) {
  std::mt19937_64 random(3);
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    CostProgram program = randomProgram(seed, {});
    ChoiceDomains domains = fullDomains(program);
    for (llvm::BitVector &domain : domains)
      for (unsigned position = 0; position < domain.size(); ++position)
        if (random() % 3 == 0)
          domain.reset(position);
    size_t expected = 0;
    for (const Architecture &architecture : allArchitectures(program)) {
      bool allowed = true;
      for (unsigned choice : architecture.active.set_bits())
        allowed &= domains[choice].test(architecture.positions[choice]);
      expected += allowed;
    }
    std::optional<ArchitectureSpace> space =
        ArchitectureSpace::build(program, domains);
    ASSERT_TRUE(space);
    EXPECT_EQ(space->getCount(), expected);
  }
}

TEST(ArchitectureSpaceTest, SamplesAreUniform) {
  CostProgram program = stages(1);
  std::optional<ArchitectureSpace> space = ArchitectureSpace::build(program);
  ASSERT_TRUE(space);
  ASSERT_EQ(space->getCount(), 7371u);
  std::mt19937_64 random(5);
  std::map<Architecture, unsigned> seen;
  const unsigned samples = 7371 * 40;
  for (unsigned sample = 0; sample < samples; ++sample)
    ++seen[space->sample([&] { return random(); })];
  EXPECT_EQ(seen.size(), 7371u);
  double chiSquared = 0;
  for (const auto &[architecture, count] : seen)
    chiSquared += (count - 40.0) * (count - 40.0) / 40.0;
  // 7370 degrees of freedom: five standard deviations.
  EXPECT_NEAR(chiSquared, 7370, 5 * 121.4);
}

TEST(ArchitectureSpaceTest, SamplesFollowFromTheRandomSource) {
  CostProgram program = stages(12);
  std::optional<ArchitectureSpace> space = ArchitectureSpace::build(program);
  ASSERT_TRUE(space);
  std::mt19937_64 first(6), second(6);
  for (int sample = 0; sample < 100; ++sample)
    EXPECT_EQ(space->sample([&] { return first(); }),
              space->sample([&] { return second(); }));
}

TEST(ArchitectureSpaceTest, WorkIsBounded) {
  EXPECT_FALSE(ArchitectureSpace::build(stages(20), /*maximumNodes=*/10));
}

TEST(ArchitectureTest, HashAndOrderAgreeWithEquality) {
  CostProgram program = stages(1);
  std::set<Architecture> all = allArchitectures(program);
  std::unordered_set<Architecture, ArchitectureHash> hashed(all.begin(),
                                                            all.end());
  EXPECT_EQ(all.size(), 7371u);
  EXPECT_EQ(hashed.size(), 7371u);
}
