//===- FeasibleWalkTest.cpp - Moves in the feasible set equal brute force -===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random spaces, small enough to list: what is near an architecture, and what
// two parents can have as children, is found by looking at all of them. Longer
// runs: NASC_WALK_SEED=1000 NASC_WALK_PROGRAMS=10000 nascCountingTests
//
//===----------------------------------------------------------------------===//

#include "passes/counting/FeasibleWalk.h"
#include "test/unit/cost/CostTestSupport.h"

#include "llvm/ADT/STLExtras.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <map>
#include <set>

using namespace nasc::cost;
using namespace nasc::counting;

namespace {

uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// A space with all its architectures.
struct ListedSpace {
  CostProgram program;
  ChoiceDomains domains;
  std::set<Architecture> all, feasible;
  std::unique_ptr<FeasibleSet> set;

  explicit ListedSpace(CostProgram made)
      : program(std::move(made)), domains(fullDomains(program)) {
    Interpreter interpreter(program, program.feasibilityOutputs());
    Canonicalizer canonicalizer(program);
    forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
      Architecture architecture = canonicalizer.canonicalize(positions);
      if (!all.insert(architecture).second)
        return;
      interpreter.run(architecture.positions);
      if (interpreter.isFeasible())
        feasible.insert(architecture);
    });
    FeasibleSetOptions options;
    options.seconds = 0;
    set = FeasibleSet::build(program, domains, options);
  }

  /// Up to `count` of them, spread.
  static std::vector<Architecture> some(const std::set<Architecture> &from,
                                        size_t count) {
    std::vector<Architecture> result;
    size_t step = std::max<size_t>(1, from.size() / count), number = 0;
    for (const Architecture &architecture : from)
      if (number++ % step == 0)
        result.push_back(architecture);
    return result;
  }
};

std::set<Architecture> neighboursOf(const ListedSpace &space,
                                    const Architecture &architecture) {
  std::set<Architecture> result;
  for (const Architecture &other : space.feasible)
    if (distance(architecture, other) == 1)
      result.insert(other);
  return result;
}

void expectNeighbours(const ListedSpace &space, FeasibleWalk &walk) {
  for (const Architecture &architecture : ListedSpace::some(space.all, 25)) {
    std::set<Architecture> expected = neighboursOf(space, architecture), found;
    bool isComplete =
        walk.forEachNeighbour(architecture, [&](const Architecture &other) {
          EXPECT_TRUE(found.insert(other).second) << "visited twice";
          return true;
        });
    ASSERT_TRUE(isComplete);
    ASSERT_EQ(found, expected);
    size_t visited = 0;
    walk.forEachNeighbour(architecture,
                          [&](const Architecture &) { return ++visited < 2; });
    ASSERT_EQ(visited, std::min<size_t>(2, expected.size()));
  }
}

/// Whether it has the values of the other one at those of these choices that it
/// has.
bool agrees(const Architecture &architecture, const Architecture &with,
            const llvm::BitVector &choices) {
  return llvm::all_of(choices.set_bits(), [&](unsigned choice) {
    return !architecture.active.test(choice) ||
           architecture.positions[choice] == with.positions[choice];
  });
}

/// `isExact`: the nearest ones are expected.
void expectRepairs(const ListedSpace &space, FeasibleWalk &walk, bool isExact,
                   bool hasSet, std::mt19937_64 &random) {
  for (const Architecture &architecture : ListedSpace::some(space.all, 25)) {
    llvm::BitVector kept(space.program.choices.size());
    if (architecture.active.any() && random() % 2)
      for (unsigned choice : architecture.active.set_bits())
        if (random() % 4 == 0)
          kept.set(choice);
    std::vector<Architecture> starts;
    if (!hasSet && !space.feasible.empty())
      starts = ListedSpace::some(space.feasible, 3);
    std::optional<Architecture> repaired =
        walk.repair(architecture, random, &kept, starts);
    ASSERT_EQ(repaired.has_value(), !space.feasible.empty());
    if (!repaired)
      continue;
    ASSERT_TRUE(space.feasible.count(*repaired));
    if (space.feasible.count(architecture)) {
      ASSERT_EQ(*repaired, architecture);
      continue;
    }
    unsigned nearest = ~0u, nearestKeeping = ~0u;
    for (const Architecture &other : space.feasible) {
      unsigned its = distance(architecture, other);
      nearest = std::min(nearest, its);
      if (agrees(other, architecture, kept))
        nearestKeeping = std::min(nearestKeeping, its);
    }
    unsigned found = distance(architecture, *repaired);
    if (isExact) {
      ASSERT_EQ(found, nearestKeeping == ~0u ? nearest : nearestKeeping);
      if (nearestKeeping != ~0u) {
        ASSERT_TRUE(agrees(*repaired, architecture, kept));
      }
      continue;
    }
    // No choice alone can get the value that is wanted, unless it activates
    // others: those may have to have other values.
    if (found > 1)
      for (const Architecture &other : neighboursOf(space, *repaired)) {
        llvm::BitVector added = other.active;
        if (added.reset(repaired->active).any())
          continue;
        for (unsigned choice : other.active.set_bits())
          ASSERT_FALSE(architecture.active.test(choice) &&
                       other.positions[choice] != repaired->positions[choice] &&
                       other.positions[choice] ==
                           architecture.positions[choice]);
      }
  }
}

bool isChild(const Architecture &child, const Architecture &a,
             const Architecture &b) {
  for (unsigned choice : child.active.set_bits()) {
    bool inA = a.active.test(choice), inB = b.active.test(choice);
    bool isOfA = inA && child.positions[choice] == a.positions[choice];
    bool isOfB = inB && child.positions[choice] == b.positions[choice];
    if ((inA || inB) && !isOfA && !isOfB)
      return false;
  }
  return true;
}

void expectChildren(const ListedSpace &space, FeasibleWalk &walk, bool isExact,
                    std::mt19937_64 &random) {
  if (space.feasible.empty())
    return;
  std::vector<Architecture> parents = ListedSpace::some(space.feasible, 6);
  for (const Architecture &a : parents)
    for (const Architecture &b : parents) {
      std::set<Architecture> possible;
      for (const Architecture &other : space.feasible)
        if (isChild(other, a, b))
          possible.insert(other);
      // Every one is drawn where they are few; the probability that one is
      // missed is 1e-17.
      bool isComplete = isExact && possible.size() <= 6 && random() % 8 == 0;
      std::set<Architecture> found;
      for (unsigned draw = 0; draw < (isComplete ? 6 * 42 : 4); ++draw) {
        found.insert(walk.cross(a, b, random));
        ASSERT_TRUE(llvm::all_of(found, [&](const Architecture &child) {
          return possible.count(child);
        }));
      }
      if (isComplete) {
        ASSERT_EQ(found, possible);
      }
    }
}

void expectWalks(CostProgram program, uint64_t seed) {
  ListedSpace space(std::move(program));
  ASSERT_TRUE(space.set->isExact());
  std::mt19937_64 random(seed);
  struct Way {
    const char *name;
    const FeasibleSet *set;
    size_t maximumEdges;
  };
  for (const Way &way :
       {Way{"diagram", space.set.get(), size_t(1) << 40},
        Way{"samples", space.set.get(), 0}, Way{"no set", nullptr, 0}}) {
    SCOPED_TRACE(way.name);
    FeasibleWalkOptions options;
    options.maximumEdges = way.maximumEdges;
    options.completionSeconds = 0;
    FeasibleWalk walk(space.program, space.domains, way.set, options);
    for (const Architecture &architecture : ListedSpace::some(space.all, 40))
      ASSERT_EQ(walk.isFeasible(architecture),
                space.feasible.count(architecture) > 0);
    expectNeighbours(space, walk);
    if (testing::Test::HasFatalFailure())
      return;
    expectRepairs(space, walk, way.maximumEdges > 0, way.set, random);
    if (testing::Test::HasFatalFailure())
      return;
    expectChildren(space, walk, way.maximumEdges > 0, random);
    if (testing::Test::HasFatalFailure())
      return;
  }
}

} // namespace

TEST(FeasibleWalkTest, EqualsBruteForceOnRandomSpaces) {
  uint64_t first = fromEnvironment("NASC_WALK_SEED", 0);
  uint64_t count = fromEnvironment("NASC_WALK_PROGRAMS", 150);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE(seed);
    RandomSpaceOptions options;
    options.assignments = 600;
    expectWalks(randomSpace(seed, options), seed);
    if (HasFatalFailure())
      return;
  }
}

TEST(FeasibleWalkTest, EqualsBruteForceOnRegressions) {
  // 1056: a node that is reached with different numbers of changes hides that
  // there are paths with more than the radius.
  for (uint64_t seed : {1056}) {
    SCOPED_TRACE(seed);
    RandomSpaceOptions options;
    options.assignments = 600;
    expectWalks(randomSpace(seed, options), seed);
  }
}

TEST(FeasibleWalkTest, EqualsBruteForceOnFunctionsOfAnyOperations) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    RandomProgramOptions options;
    options.limits = 1 + seed % 5;
    options.choices = 5;
    options.operations = 20 + seed % 40;
    expectWalks(randomProgram(seed, options), seed);
    if (HasFatalFailure())
      return;
  }
}

TEST(FeasibleWalkTest, EqualsBruteForceOnASpaceOfConvolutions) {
  for (unsigned percent : {3u, 10u, 30u}) {
    SCOPED_TRACE(percent);
    expectWalks(convolutionalSpace(2, percent), percent);
    if (HasFatalFailure())
      return;
  }
}

/// Choices whose values have the sum of the first two.
static CostProgram equation() {
  return parseProgram(R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [0, 1, 2, 3] : !cost.int<0 to 3>
      %b = cost.choice "b" in [0, 1, 2, 3] : !cost.int<0 to 3>
      %c = cost.choice "c" in [0, 1, 2, 3, 4, 5, 6] : !cost.int<0 to 6>
      %s = cost.add %a, %b : !cost.int<0 to 3>, !cost.int<0 to 3> -> !cost.int<0 to 6>
      %l = cost.cmp eq %s, %c : !cost.int<0 to 6>, !cost.int<0 to 6> -> !cost.int<0 to 1>
      cost.limit "a + b == c" %l : !cost.int<0 to 1>
    })mlir");
}

TEST(FeasibleWalkTest, ChildrenCrossWhereNoSingleChangeIsFeasible) {
  ListedSpace space(equation());
  FeasibleWalk walk(space.program, space.domains, space.set.get());
  std::mt19937_64 random(1);
  std::map<std::vector<uint16_t>, unsigned> found;
  Architecture a{{0, 1, 1}, llvm::BitVector(3, true)};
  Architecture b{{1, 0, 1}, llvm::BitVector(3, true)};
  for (unsigned draw = 0; draw < 1000; ++draw)
    ++found[walk.cross(a, b, random).positions];
  // Nothing else has values of the parents and meets the equation; both are
  // equally likely, within six standard deviations.
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NEAR(found[a.positions], 500, 95);
}

TEST(FeasibleWalkTest, RepairDrawsUniformlyAmongTheNearest) {
  ListedSpace space(equation());
  FeasibleWalk walk(space.program, space.domains, space.set.get());
  std::mt19937_64 random(1);
  std::map<std::vector<uint16_t>, unsigned> found;
  Architecture wrong{{1, 1, 3}, llvm::BitVector(3, true)};
  for (unsigned draw = 0; draw < 3000; ++draw)
    ++found[walk.repair(wrong, random)->positions];
  // One change: a = 2, b = 2, or c = 2.
  ASSERT_EQ(found.size(), 3u);
  for (const auto &[positions, count] : found)
    EXPECT_NEAR(count, 1000, 155);
}

TEST(FeasibleWalkTest, NothingIsNearAnEmptySet) {
  CostTestFunction test;
  (void)test.choice("a", {1, 2});
  test.limit("never", test.getBuilder().create<ConstantOp>(
                          test.getBuilder().getUnknownLoc(), int64_t(0)));
  ListedSpace space(test.program());
  FeasibleWalk walk(space.program, space.domains, space.set.get());
  std::mt19937_64 random(1);
  Architecture architecture{{0}, llvm::BitVector(1, true)};
  EXPECT_FALSE(walk.repair(architecture, random));
  EXPECT_TRUE(walk.forEachNeighbour(architecture, [](const Architecture &) {
    ADD_FAILURE();
    return true;
  }));
}
