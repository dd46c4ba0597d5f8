//===- Prune.h - Removes what occurs in no feasible architecture *- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds, for each value of each choice, whether some feasible architecture has
// the choice active with that value. Cheap ways come first:
//
// 1. Intervals: the choice is fixed to the value, costs are bounded, and a
//    limit that cannot hold removes it. Repeated until nothing changes.
// 2. Counting (passes/counting/FeasibleSet.h): where the feasible set can be
// had
//    exactly in time, it says of every value how many architectures have it.
// 3. Witnesses: architectures drawn uniformly, and feasible ones with one
//    choice changed. A feasible one shows all its values to be feasible.
// 4. Z3 decides every value that is left (Z3Encoding.h): a model is a witness
//    (checked by the interpreter), a proof that there is none removes it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_PRUNE_H
#define NASC_PASSES_FEASIBILITY_PRUNE_H

#include "passes/cost/Architecture.h"

namespace nasc::feasibility {

struct PruneOptions {
  /// Wall-clock limit for all of it; zero for none. When it is over, what is
  /// undecided is kept: the result is sound, but weaker (and then depends on
  /// the speed of the machine).
  double seconds = 0;
  /// Of these, for counting: the feasible set is wanted exactly or not at all.
  /// Zero: nothing is counted.
  double countingSeconds = 10;
  /// Architectures drawn in search of witnesses.
  unsigned samples = 10000;
  /// Seed of the samples and of the solver.
  uint64_t seed = 1;
  /// Asks the solver whether limits exclude anything.
  bool checkLimits = true;
  /// Pairs of values that are asked for, by intervals, whether they exclude
  /// each other.
  unsigned pairs = 4000;
};

/// What became of one value of a choice.
enum class ValueFate {
  /// A feasible architecture has it.
  Feasible,
  RemovedByIntervals,
  RemovedByCounting,
  RemovedBySolver,
  /// Kept, for want of time.
  Undecided
};

struct PrunedChoice {
  std::string name;
  /// One for each value of the domain.
  std::vector<ValueFate> values;

  /// The positions that are kept. None: the choice is active in no feasible
  /// architecture.
  llvm::BitVector kept() const;
};

/// Whether an architecture (feasible otherwise or not) breaks a limit.
enum class LimitEffect { ExcludesSome, ExcludesNothing, Undecided };

enum class PruneStatus {
  /// There is a feasible architecture.
  Feasible,
  /// There is none.
  Empty,
  /// No feasible architecture was found in the time, nor that there is none.
  Undecided
};

struct PruneStatistics {
  unsigned removedByIntervals = 0;
  unsigned removedByCounting = 0;
  unsigned removedBySolver = 0;
  /// Questions to the solver, and those that it had no time to answer.
  unsigned queries = 0;
  unsigned timeouts = 0;
  /// Values that a drawn architecture showed to be feasible.
  unsigned shownBySamples = 0;
};

struct PruneResult {
  PruneStatus status = PruneStatus::Undecided;
  /// In the order of the program.
  std::vector<PrunedChoice> choices;
  std::vector<LimitEffect> limits;
  /// A feasible architecture, where there is one.
  std::optional<cost::Architecture> witness;
  /// Empty space: numbers of limits that exclude each other; minimal (without
  /// any one of them the others can be met) if `conflictIsMinimal`.
  std::vector<uint32_t> conflict;
  bool conflictIsMinimal = false;
  /// Pairs of values of which no feasible architecture has both, although
  /// their choices can be active together. Not all: those that intervals see.
  std::vector<cost::ProgramExclusion> exclusions;
  PruneStatistics statistics;

  /// What is kept, for counting and drawing.
  cost::ChoiceDomains domains() const;
};

/// Prunes the space of a program by its limits. Deterministic unless the
/// solver's time is limited.
PruneResult pruneSpace(const cost::CostProgram &program,
                       const PruneOptions &options = {});

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_PRUNE_H
