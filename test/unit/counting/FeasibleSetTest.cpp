//===- FeasibleSetTest.cpp - The feasible set equals brute force ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random spaces, each compared with what the interpreter says of every
// assignment. Longer runs:
//
//   NASC_COUNTING_SEED=1000 NASC_COUNTING_PROGRAMS=100000 nascCountingTests
//
// `NASC_COUNTING_ASSIGNMENTS` is how large the spaces may be. A failure prints
// its seed and, after it was made smaller, the space as text: put that into
// `regressions` below.
//
//===----------------------------------------------------------------------===//

#include "passes/counting/FeasibleSet.h"
#include "passes/cost/Interpreter.h"
#include "test/unit/cost/CostTestSupport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <thread>

using namespace nasc::cost;
using llvm::APInt;
using nasc::counting::FeasibleSet;
using nasc::counting::FeasibleSetOptions;

namespace {

using Positions = std::vector<uint16_t>;

uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

//===----------------------------------------------------------------------===//
// What is expected
//===----------------------------------------------------------------------===//

/// What going through all assignments finds.
struct BruteForce {
  /// Sorted.
  std::vector<Positions> feasible;
  /// For each choice, of each position; then where it is inactive.
  std::vector<std::vector<uint64_t>> marginals;

  BruteForce(const CostProgram &program, const ChoiceDomains &domains) {
    for (const ProgramChoice &choice : program.choices)
      marginals.emplace_back(choice.values.size() + 1);
    Interpreter interpreter(program, program.feasibilityOutputs());
    forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
      interpreter.run(positions);
      if (!interpreter.isFeasible())
        return;
      for (uint32_t choice = 0; choice < positions.size(); ++choice)
        // Others with the same active choices are the same architecture.
        if (isActive(program, interpreter, choice)
                ? !domains[choice].test(positions[choice])
                : positions[choice] != 0)
          return;
      feasible.push_back(positions.vec());
      for (uint32_t choice = 0; choice < positions.size(); ++choice)
        ++marginals[choice][isActive(program, interpreter, choice)
                                ? positions[choice]
                                : program.choices[choice].values.size()];
    });
    llvm::sort(feasible);
  }

  static bool isActive(const CostProgram &program,
                       const Interpreter &interpreter, uint32_t choice) {
    std::optional<Slot> activity = program.choices[choice].activity;
    return !activity || interpreter.getValue(*activity) != 0;
  }
};

/// Random values are removed; in some spaces all of some choices.
ChoiceDomains randomDomains(const CostProgram &program, std::mt19937_64 &random,
                            bool mayBeEmpty) {
  ChoiceDomains domains = fullDomains(program);
  for (llvm::BitVector &domain : domains) {
    if (random() % 2)
      continue;
    for (unsigned position = 0; position < domain.size(); ++position)
      if (random() % 3 == 0 && (mayBeEmpty || domain.count() > 1))
        domain.reset(position);
    if (mayBeEmpty && random() % 8 == 0)
      domain.reset();
  }
  return domains;
}

//===----------------------------------------------------------------------===//
// The comparison
//===----------------------------------------------------------------------===//

/// Whether counts are too uneven for draws with these probabilities; by the
/// approximation of Wilson and Hilferty. Even ones are called uneven once in
/// 10^11 times.
bool isUneven(llvm::ArrayRef<uint64_t> found,
              llvm::ArrayRef<double> probabilities, uint64_t draws) {
  double statistic = 0, freedom = -1;
  // Cells that are rarely hit are joined.
  double expectedRest = 0, foundRest = 0;
  auto add = [&](double seen, double expected) {
    statistic += (seen - expected) * (seen - expected) / expected;
    ++freedom;
  };
  for (auto [seen, probability] : llvm::zip(found, probabilities)) {
    double expected = probability * draws;
    if (expected == 0 && seen)
      return true;
    if (expected >= 8) {
      add(seen, expected);
      continue;
    }
    expectedRest += expected;
    foundRest += seen;
    if (expectedRest >= 8) {
      add(foundRest, expectedRest);
      expectedRest = foundRest = 0;
    }
  }
  if (expectedRest > 2)
    add(foundRest, expectedRest);
  if (freedom < 1)
    return false;
  double spread = 2 / (9 * freedom);
  return (std::cbrt(statistic / freedom) - (1 - spread)) / std::sqrt(spread) >
         6.7;
}

/// What is wrong with samples, or nothing.
std::string checkSamples(const CostProgram &program, const FeasibleSet &set,
                         const BruteForce &expected, uint64_t seed) {
  std::mt19937_64 random(seed), again(seed);
  size_t size = expected.feasible.size();
  // Many draws see little, so it is enough that some sets have them.
  uint64_t draws =
      seed % 4 ? 300 : std::clamp<uint64_t>(20 * size, 10000, 20000);
  std::vector<uint64_t> drawn(size);
  std::vector<std::vector<uint64_t>> valuesDrawn;
  for (const std::vector<uint64_t> &marginal : expected.marginals)
    valuesDrawn.emplace_back(marginal.size());
  Interpreter activities(program, program.feasibilityOutputs());
  for (uint64_t draw = 0; draw < draws; ++draw) {
    Positions positions(program.choices.size(), 77), other = positions;
    set.sample(random, positions);
    set.sample(again, other);
    if (positions != other)
      return "samples depend on more than the random numbers";
    auto found = llvm::lower_bound(expected.feasible, positions);
    if (found == expected.feasible.end() || *found != positions)
      return "a sample is not feasible, or not canonical";
    ++drawn[found - expected.feasible.begin()];
    activities.run(positions);
    for (uint32_t choice = 0; choice < positions.size(); ++choice)
      ++valuesDrawn[choice][BruteForce::isActive(program, activities, choice)
                                ? positions[choice]
                                : program.choices[choice].values.size()];
  }
  if (isUneven(drawn, std::vector<double>(size, 1.0 / size), draws))
    return "samples are not uniform";
  for (uint32_t choice = 0; choice < valuesDrawn.size(); ++choice) {
    std::vector<double> probabilities;
    for (uint64_t count : expected.marginals[choice])
      probabilities.push_back(double(count) / size);
    if (isUneven(valuesDrawn[choice], probabilities, draws))
      return "samples have another share of the values of " +
             program.choices[choice].name + " than the set";
  }
  return "";
}

/// What is wrong with the set of a space, or nothing.
std::string findFault(const CostProgram &program, const ChoiceDomains &domains,
                      const BruteForce &expected, uint64_t seed) {
  std::unique_ptr<FeasibleSet> set = FeasibleSet::build(program, domains);
  size_t size = expected.feasible.size();
  if (!set->isExact())
    return "the set is not exact";
  const APInt &count = set->getCount().lower;
  if (count.getActiveBits() > 64 || count.getZExtValue() != size)
    return "counts " + llvm::toString(count, 10, /*Signed=*/false) + " of " +
           std::to_string(size);
  if (set->isEmpty() != (size == 0))
    return "isEmpty() is wrong";

  const std::vector<std::vector<APInt>> &marginals = set->marginals();
  if (marginals.size() != program.choices.size())
    return "marginals of another number of choices";
  for (uint32_t choice = 0; choice < marginals.size(); ++choice) {
    const ProgramChoice &its = program.choices[choice];
    if (marginals[choice].size() != its.values.size())
      return "marginals of another number of values of " + its.name;
    for (size_t position = 0; position < its.values.size(); ++position) {
      const APInt &found = marginals[choice][position];
      uint64_t wanted = expected.marginals[choice][position];
      if (found.getActiveBits() > 64 || found.getZExtValue() != wanted)
        return "counts " + llvm::toString(found, 10, /*Signed=*/false) +
               " of " + std::to_string(wanted) + " with " + its.name + " = " +
               std::to_string(its.values[position]);
    }
  }

  std::vector<Positions> listed;
  set->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
    listed.push_back(positions.vec());
    return listed.size() <= size;
  });
  std::vector<Positions> order = listed;
  llvm::sort(listed);
  if (listed != expected.feasible)
    return "lists " + std::to_string(listed.size()) + " architectures of " +
           std::to_string(size) + ", or others";
  // What stops early is the beginning of what does not.
  size_t visited = 0, wanted = (size + 1) / 2;
  bool isBeginning = true;
  set->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
    isBeginning &= visited < size && order[visited] == positions.vec();
    return ++visited < wanted;
  });
  if (visited != wanted || !isBeginning)
    return "enumerate() does not stop where it is told to";
  if (size == 0)
    return "";
  return checkSamples(program, *set, expected, seed);
}

std::string findFault(const CostProgram &program, const ChoiceDomains &domains,
                      uint64_t seed) {
  return findFault(program, domains, BruteForce(program, domains), seed);
}

//===----------------------------------------------------------------------===//
// Smaller failures
//===----------------------------------------------------------------------===//

/// The program with instructions that others replace: `replacement[slot]` is
/// the slot itself or an earlier one. What nothing needs is left out, and
/// ranges are inferred anew. None where the result is no cost function.
std::optional<CostProgram> rebuild(const CostProgram &program,
                                   llvm::ArrayRef<Slot> replacement) {
  CostProgram result = program;
  result.metrics.clear();
  result.layers.clear();
  result.instructions.clear();
  result.lookups.clear();
  // Replacements come first, so what they replace is not needed.
  CostProgram renamed = program;
  for (Instruction &instruction : renamed.instructions)
    for (Slot &operand : instruction.operands)
      operand = replacement[operand];
  for (ProgramLookup &lookup : renamed.lookups) {
    for (Slot &key : lookup.keys)
      key = replacement[key];
    lookup.otherwise = replacement[lookup.otherwise];
  }
  for (ProgramChoice &choice : renamed.choices)
    if (choice.activity)
      choice.activity = replacement[*choice.activity];
  for (ProgramLimit &limit : renamed.limits)
    limit.holds = replacement[limit.holds];

  std::vector<Slot> place(program.instructions.size());
  auto rangeOf = [&](Slot slot) {
    return result.instructions[place[slot]].range;
  };
  std::map<int64_t, Slot> constants;
  for (Slot slot : renamed.neededBy(renamed.feasibilityOutputs())) {
    Instruction instruction = renamed.instructions[slot];
    switch (instruction.opcode) {
    case Opcode::Constant: {
      auto [entry, inserted] = constants.try_emplace(
          instruction.constant, result.instructions.size());
      place[slot] = entry->second;
      if (!inserted)
        continue;
      break;
    }
    case Opcode::FloorDiv:
    case Opcode::CeilDiv:
    case Opcode::Mod:
      if (rangeOf(instruction.operands[1]).lower < 1)
        return std::nullopt;
      break;
    case Opcode::Select:
      if (!rangeOf(instruction.operands[0]).isBoolean())
        return std::nullopt;
      break;
    case Opcode::Lookup: {
      ProgramLookup lookup = renamed.lookups[instruction.index];
      for (Slot &key : lookup.keys)
        key = place[key];
      lookup.otherwise = place[lookup.otherwise];
      instruction.index = result.lookups.size();
      result.lookups.push_back(lookup);
      break;
    }
    default:
      break;
    }
    for (Slot &operand : instruction.operands)
      operand = place[operand];
    place[slot] = result.append(instruction);
    if (!result.instructions[place[slot]].range.isBounded())
      return std::nullopt;
  }
  auto isTruth = [&](Slot slot) {
    return result.instructions[slot].range.isBoolean();
  };
  for (auto [choice, old] : llvm::zip(result.choices, renamed.choices))
    if (old.activity) {
      choice.activity = place[*old.activity];
      if (!isTruth(*choice.activity))
        return std::nullopt;
    }
  for (auto [limit, old] : llvm::zip(result.limits, renamed.limits)) {
    limit.holds = place[old.holds];
    if (!isTruth(limit.holds))
      return std::nullopt;
  }
  if (result.lookups.empty())
    result.tables.clear();
  return result;
}

std::vector<Slot> identity(const CostProgram &program) {
  std::vector<Slot> result(program.instructions.size());
  for (Slot slot = 0; slot < result.size(); ++slot)
    result[slot] = slot;
  return result;
}

/// Whether feasibility is one of the architecture: what a change of a program
/// must keep.
bool isCanonical(const CostProgram &program) {
  bool result = true;
  Interpreter interpreter(program, program.feasibilityOutputs());
  Interpreter canonical(program, program.feasibilityOutputs());
  Canonicalizer canonicalizer(program);
  forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
    interpreter.run(positions);
    Architecture architecture = canonicalizer.canonicalize(positions);
    canonical.run(architecture.positions);
    result &= interpreter.isFeasible() == canonical.isFeasible() &&
              canonicalizer.canonicalize(architecture.positions).active ==
                  architecture.active;
  });
  return result;
}

/// Takes away limits, values, activities and operations, one at a time, as long
/// as something is wrong.
void shrink(CostProgram &program, ChoiceDomains &domains, uint64_t seed) {
  auto start = std::chrono::steady_clock::now();
  bool changed = true;
  /// Takes a smaller space over if something is wrong with it as well.
  auto attempt = [&](const std::optional<CostProgram> &smaller,
                     const ChoiceDomains &itsDomains) {
    bool isOver =
        std::chrono::steady_clock::now() - start > std::chrono::seconds(20);
    if (isOver || !smaller || !isCanonical(*smaller) ||
        findFault(*smaller, itsDomains, seed).empty())
      return false;
    program = *smaller;
    domains = itsDomains;
    return changed = true;
  };
  attempt(rebuild(program, identity(program)), domains);
  while (changed) {
    changed = false;
    for (size_t limit = program.limits.size(); limit-- > 0;) {
      CostProgram smaller = program;
      smaller.limits.erase(smaller.limits.begin() + limit);
      attempt(rebuild(smaller, identity(smaller)), domains);
    }
    for (size_t choice = 0; choice < domains.size(); ++choice) {
      ChoiceDomains full = domains;
      full[choice].set();
      if (full != domains)
        attempt(program, full);
      CostProgram smaller = program;
      smaller.choices[choice].activity.reset();
      if (program.choices[choice].activity)
        attempt(rebuild(smaller, identity(smaller)), domains);
      for (size_t position = domains[choice].size(); position-- > 0;) {
        if (domains[choice].size() == 1)
          break;
        smaller = program;
        std::vector<int64_t> &values = smaller.choices[choice].values;
        values.erase(values.begin() + position);
        ChoiceDomains without = domains;
        without[choice].resize(values.size());
        for (size_t other = position; other < values.size(); ++other)
          without[choice][other] = domains[choice][other + 1];
        attempt(rebuild(smaller, identity(smaller)), without);
      }
    }
    // Every operation as one of its operands, or as a constant that it can be.
    for (Slot slot = program.instructions.size(); slot-- > 0;) {
      if (slot >= program.instructions.size())
        continue;
      const Instruction original = program.instructions[slot];
      if (original.opcode == Opcode::Constant)
        continue;
      bool isDone = false;
      for (int64_t value : {original.range.lower, original.range.upper}) {
        CostProgram smaller = program;
        smaller.instructions[slot] = Instruction();
        smaller.instructions[slot].constant = value;
        isDone =
            isDone || attempt(rebuild(smaller, identity(smaller)), domains);
      }
      for (Slot operand : program.operandsOf(slot)) {
        if (isDone)
          break;
        std::vector<Slot> replacement = identity(program);
        replacement[slot] = operand;
        isDone = attempt(rebuild(program, replacement), domains);
      }
    }
  }
}

std::string describe(const ChoiceDomains &domains) {
  std::string result;
  for (const llvm::BitVector &domain : domains) {
    result += result.empty() ? "" : " ";
    for (unsigned position = 0; position < domain.size(); ++position)
      result += domain.test(position) ? '1' : '0';
  }
  return result;
}

ChoiceDomains parseDomains(const CostProgram &program, llvm::StringRef text) {
  ChoiceDomains domains = fullDomains(program);
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  for (auto [domain, word] : llvm::zip(domains, words))
    for (unsigned position = 0; position < domain.size(); ++position)
      if (word[position] == '0')
        domain.reset(position);
  return domains;
}

void expectEqual(CostProgram program, ChoiceDomains domains,
                 const std::string &name, uint64_t seed) {
  std::string fault = findFault(program, domains, seed);
  if (fault.empty())
    return;
  shrink(program, domains, seed);
  FAIL() << name << ": " << fault
         << "\nmade smaller: " << findFault(program, domains, seed)
         << "\ndomains: " << describe(domains) << '\n'
         << printProgram(program);
}

void expectEqualOnRandomSpace(uint64_t seed, uint64_t assignments) {
  RandomSpaceOptions options;
  options.assignments = assignments;
  CostProgram program = randomSpace(seed, options);
  // Some as they come from IR: what is equal is computed once, and what is
  // constant not at all.
  if (seed % 8 == 7)
    program = parseProgram(printProgram(program));
  std::mt19937_64 random(seed);
  ChoiceDomains domains = fullDomains(program);
  if (random() % 3 == 0)
    domains = randomDomains(program, random, /*mayBeEmpty=*/random() % 2);
  expectEqual(program, domains, "seed " + std::to_string(seed), seed);
}

/// Where there are too many architectures to go through them: each choice
/// divides the set into the parts where it has one value or is inactive. They
/// are counted alone, as the marginals say, and add up to the whole.
void expectPartsAddUp(const CostProgram &program, uint64_t seed) {
  ChoiceDomains domains = fullDomains(program);
  FeasibleSetOptions options;
  options.seconds = 10;
  auto countOf = [&](const ChoiceDomains &itsDomains) {
    return FeasibleSet::build(program, itsDomains, options)->getCount();
  };
  std::unique_ptr<FeasibleSet> set =
      FeasibleSet::build(program, domains, options);
  if (!set->isExact()) {
    EXPECT_TRUE(set->getCount().lower.ult(set->getCount().upper));
    return;
  }
  std::mt19937_64 random(seed);
  unsigned width = 256;
  APInt whole = set->getCount().lower.zext(width);
  for (unsigned repetition = 0; repetition < 3; ++repetition) {
    uint32_t choice = random() % program.choices.size();
    APInt sum(width, 0);
    ChoiceDomains part = domains;
    part[choice].reset();
    nasc::counting::CountBounds inactive = countOf(part);
    ASSERT_TRUE(inactive.isExact());
    sum += inactive.lower.zext(width);
    for (unsigned position = 0; position < domains[choice].size(); ++position) {
      part[choice].reset();
      part[choice].set(position);
      // Of these, the choice is inactive in those counted above.
      nasc::counting::CountBounds count = countOf(part);
      ASSERT_TRUE(count.isExact());
      APInt its = count.lower.zext(width) - inactive.lower.zext(width);
      ASSERT_EQ(its, set->marginals()[choice][position].zext(width));
      sum += its;
    }
    ASSERT_EQ(sum, whole);
  }
  Interpreter interpreter(program, program.feasibilityOutputs());
  Canonicalizer canonicalizer(program);
  for (unsigned sample = 0; sample < 500 && !set->isEmpty(); ++sample) {
    Positions positions(program.choices.size());
    set->sample(random, positions);
    interpreter.run(positions);
    ASSERT_TRUE(interpreter.isFeasible());
    ASSERT_EQ(canonicalizer.canonicalize(positions).positions, positions);
  }
}

//===----------------------------------------------------------------------===//
// Cases to keep
//===----------------------------------------------------------------------===//

struct Regression {
  const char *name;
  /// As printed; missing ones are full.
  const char *domains;
  const char *program;
};

const Regression regressions[] = {
    {"two sums that meet in single points", "", R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [1, 1000000000000] : !cost.int<1 to 1000000000000>
      %b = cost.choice "b" in [2, 999999999999] : !cost.int<2 to 999999999999>
      %c = cost.choice "c" in [-3, 3] : !cost.int<-3 to 3>
      %s = cost.add %a, %b : !cost.int<1 to 1000000000000>, !cost.int<2 to 999999999999> -> !cost.int<3 to 1999999999999>
      %t = cost.add %s, %c : !cost.int<3 to 1999999999999>, !cost.int<-3 to 3> -> !cost.int<0 to 2000000000002>
      %u = cost.sub %s, %c : !cost.int<3 to 1999999999999>, !cost.int<-3 to 3> -> !cost.int<0 to 2000000000002>
      %bound = cost.constant 1000000000005 : !cost.int<1000000000005>
      %l = cost.cmp le %t, %bound : !cost.int<0 to 2000000000002>, !cost.int<1000000000005> -> !cost.int<0 to 1>
      %m = cost.cmp le %u, %bound : !cost.int<0 to 2000000000002>, !cost.int<1000000000005> -> !cost.int<0 to 1>
      cost.limit "t" %l : !cost.int<0 to 1>
      cost.limit "u" %m : !cost.int<0 to 1>
    })mlir"},
    {"an active choice without values", "11 00", R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [1, 2] : !cost.int<1 to 2>
      %b = cost.choice "b" in [1, 2] : !cost.int<1 to 2>
      %two = cost.constant 2 : !cost.int<2>
      %on = cost.cmp eq %a, %two : !cost.int<1 to 2>, !cost.int<2> -> !cost.int<0 to 1>
      cost.activity "b" = %on : !cost.int<0 to 1>
    })mlir"},
    {"an inactive choice whose first value was removed", "11 01", R"mlir(
    cost.function @f {
      %a = cost.choice "a" in [1, 2] : !cost.int<1 to 2>
      %b = cost.choice "b" in [5, 9] : !cost.int<5 to 9>
      %two = cost.constant 2 : !cost.int<2>
      %on = cost.cmp eq %a, %two : !cost.int<1 to 2>, !cost.int<2> -> !cost.int<0 to 1>
      cost.activity "b" = %on : !cost.int<0 to 1>
    })mlir"},
};

} // namespace

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

TEST(FeasibleSetTest, EqualsBruteForceOnRegressions) {
  for (const Regression &regression : regressions) {
    CostProgram program = parseProgram(regression.program);
    expectEqual(program, parseDomains(program, regression.domains),
                regression.name, 1);
  }
}

TEST(FeasibleSetTest, EqualsBruteForceOnSmallSpaces) {
  uint64_t first = fromEnvironment("NASC_COUNTING_SEED", 0);
  uint64_t count = fromEnvironment("NASC_COUNTING_PROGRAMS", 600);
  uint64_t assignments = fromEnvironment("NASC_COUNTING_ASSIGNMENTS", 1500);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    expectEqualOnRandomSpace(seed, assignments);
    if (HasFatalFailure())
      return;
  }
}

TEST(FeasibleSetTest, EqualsBruteForceOnLargeSpaces) {
  for (uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    expectEqualOnRandomSpace(1000000 + seed, seed == 1 ? 1000000 : 60000);
    if (HasFatalFailure())
      return;
  }
}

TEST(FeasibleSetTest, EqualsBruteForceOnFunctionsOfAnyOperations) {
  // Without the shape of a space: the same numbers in all kinds of operations.
  for (uint64_t seed = 0; seed < 100; ++seed) {
    RandomProgramOptions options;
    options.limits = 1 + seed % 5;
    options.choices = 5;
    options.operations = 20 + seed % 40;
    CostProgram program = randomProgram(seed, options);
    expectEqual(program, fullDomains(program), "seed " + std::to_string(seed),
                seed);
    if (HasFatalFailure())
      return;
  }
}

TEST(FeasibleSetTest, EqualsBruteForceOnASpaceOfConvolutions) {
  for (unsigned percent : {0u, 1u, 3u, 10u, 30u, 100u}) {
    CostProgram program = convolutionalSpace(2, percent);
    expectEqual(program, fullDomains(program),
                std::to_string(percent) + " per cent", percent);
    if (HasFatalFailure())
      return;
  }
}

TEST(FeasibleSetTest, PartsAddUpInSpacesTooLargeToList) {
  uint64_t first = fromEnvironment("NASC_COUNTING_SEED", 0);
  for (uint64_t seed = first; seed < first + 25; ++seed) {
    SCOPED_TRACE(seed);
    RandomSpaceOptions options;
    options.assignments = uint64_t(1) << (22 + seed % 20);
    expectPartsAddUp(randomSpace(2000000 + seed, options), seed);
    if (HasFatalFailure())
      return;
  }
  expectPartsAddUp(convolutionalSpace(5, 10), 0);
}

TEST(FeasibleSetTest, ASpaceWithoutChoicesIsFeasibleOrNot) {
  for (bool fits : {true, false}) {
    CostTestFunction test;
    mlir::Value value = test.getBuilder().create<ConstantOp>(
        test.getBuilder().getUnknownLoc(), int64_t(fits));
    test.limit("fits", value);
    CostProgram program = test.program();
    std::unique_ptr<FeasibleSet> set = FeasibleSet::build(program, {});
    EXPECT_TRUE(set->isExact());
    EXPECT_EQ(set->isEmpty(), !fits);
    EXPECT_EQ(set->getCount().lower.getZExtValue(), fits ? 1u : 0u);
    size_t visited = 0;
    set->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
      EXPECT_TRUE(positions.empty());
      ++visited;
      return true;
    });
    EXPECT_EQ(visited, fits ? 1u : 0u);
  }
}

TEST(FeasibleSetTest, BoundsHoldWhereMemoryIsShort) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    RandomSpaceOptions options;
    options.assignments = 3000;
    CostProgram program = randomSpace(seed, options);
    ChoiceDomains domains = fullDomains(program);
    size_t size = BruteForce(program, domains).feasible.size();
    for (size_t memory : {size_t(0), size_t(1) << 10, size_t(1) << 14}) {
      FeasibleSetOptions setOptions;
      setOptions.memory = memory;
      std::unique_ptr<FeasibleSet> set =
          FeasibleSet::build(program, domains, setOptions);
      ASSERT_LE(set->getCount().lower.getLimitedValue(), size);
      ASSERT_GE(set->getCount().upper.getLimitedValue(), size);
    }
  }
}

TEST(FeasibleSetTest, BoundsHoldWhereTimeIsShort) {
  CostProgram program = convolutionalSpace(2, 20);
  ChoiceDomains domains = fullDomains(program);
  size_t size = BruteForce(program, domains).feasible.size();
  FeasibleSetOptions options;
  options.seconds = 1e-9;
  std::unique_ptr<FeasibleSet> set =
      FeasibleSet::build(program, domains, options);
  EXPECT_LE(set->getCount().lower.getLimitedValue(), size);
  EXPECT_GE(set->getCount().upper.getLimitedValue(), size);
}

TEST(FeasibleSetTest, ResultsRepeat) {
  CostProgram program = convolutionalSpace(2, 20);
  ChoiceDomains domains = fullDomains(program);
  std::vector<std::vector<Positions>> lists(2), samples(2);
  for (unsigned run = 0; run < 2; ++run) {
    std::unique_ptr<FeasibleSet> set = FeasibleSet::build(program, domains);
    ASSERT_TRUE(set->isExact());
    // Drawing without preparation, and listing before and after drawing.
    if (run == 0)
      set->prepareSampling();
    else
      set->enumerate([](llvm::ArrayRef<uint16_t>) { return true; });
    std::mt19937_64 random(1);
    for (unsigned sample = 0; sample < 50; ++sample) {
      samples[run].emplace_back(program.choices.size());
      set->sample(random, samples[run].back());
    }
    set->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
      lists[run].push_back(positions.vec());
      return true;
    });
  }
  EXPECT_EQ(lists[0], lists[1]);
  EXPECT_EQ(samples[0], samples[1]);
}

TEST(FeasibleSetTest, SeveralThreadsReadOneSet) {
  CostProgram program = convolutionalSpace(2, 20);
  std::unique_ptr<FeasibleSet> set =
      FeasibleSet::build(program, fullDomains(program));
  ASSERT_TRUE(set->isExact());
  std::vector<std::vector<Positions>> samples(4);
  std::vector<std::thread> threads;
  for (std::vector<Positions> &its : samples)
    threads.emplace_back([&set, &its, &program] {
      // The first of them prepare what all use.
      (void)set->marginals();
      std::mt19937_64 random(5);
      for (unsigned sample = 0; sample < 200; ++sample) {
        its.emplace_back(program.choices.size());
        set->sample(random, its.back());
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::vector<Positions> &its : samples)
    EXPECT_EQ(its, samples.front());
}

TEST(FeasibleSetTest, RandomSpacesSurviveBeingPrinted) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    RandomSpaceOptions options;
    options.assignments = 500;
    CostProgram program = randomSpace(seed, options);
    CostProgram parsed = parseProgram(printProgram(program));
    ChoiceDomains domains = fullDomains(program);
    EXPECT_EQ(BruteForce(program, domains).feasible,
              BruteForce(parsed, domains).feasible);
  }
}

TEST(FeasibleSetTest, InactiveChoicesDoNotTouchRandomSpaces) {
  // What the other tests rest upon: feasibility is one of the architecture.
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    RandomSpaceOptions options;
    options.assignments = 1000;
    CostProgram program = randomSpace(seed, options);
    Interpreter interpreter(program), canonical(program);
    Canonicalizer canonicalizer(program);
    forEachAssignment(program, [&](llvm::ArrayRef<uint16_t> positions) {
      interpreter.run(positions);
      canonical.run(canonicalizer.canonicalize(positions).positions);
      for (const ProgramMetric &metric : program.metrics)
        ASSERT_EQ(interpreter.getValue(metric.value),
                  canonical.getValue(metric.value));
      ASSERT_EQ(interpreter.isFeasible(), canonical.isFeasible());
    });
    if (HasFatalFailure())
      return;
  }
}
