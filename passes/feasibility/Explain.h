//===- Explain.h - Why nothing fits, and what would ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Explains an empty space, or why a value of a choice occurs in no feasible
// architecture: a minimal set of limits that exclude each other, and for each
// of them what changing it alone would do.
//
// Questions. All is found by questions of one form: is there an architecture
// that meets these limits (and has this value of an expression)? There are two
// ways to answer, which share nothing but the cost program: counting such
// architectures (FeasibleSet.h, without Z3), and Z3 (Z3Encoding.h). Counting is
// asked first, and Z3 where counting has no answer in its part of the time.
//
// The conflict. Limits are left out one after the other, those that nobody
// wrote (a device's memory) first; what can be left out stays out.
//
// The nearest bound. A limit that compares an expression `e` with a number is
// replaced by "e is at most b" (or at least) while all other limits, not just
// those of the conflict, stay. What is sought is the least value that `e` takes
// in an architecture that meets the others. Known at the beginning: values up
// to the bound are impossible, and so is what intervals exclude. An answer
// "yes" comes with an architecture, whose value is possible; it is improved by
// changing one and two choices, as long as that helps; then the question is
// for one step better. "No" ends the search. Without an answer in a part of the
// time, the interval between is halved. So at any time two bounds are proved,
// and both are told where they do not meet.
//
// What cannot be said is not said: of a limit that compares nothing with a
// number (`forall`, `or`, `implies`, two expressions), only whether the space
// would be feasible without it.
//
// Twice. Every architecture that is named is run through the interpreter: it
// meets the limits that it is said to meet. Every statement that there is no
// architecture is proved in both ways; one for whose second proof the time did
// not suffice is marked.
//
// Sound: see above; the time limits weaken what is said, and never make it
// wrong. Cost: one question for each limit, one to some tens for each limit of
// the conflict, mostly of some milliseconds, and for each statement one of Z3.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_EXPLAIN_H
#define NASC_PASSES_FEASIBILITY_EXPLAIN_H

#include "passes/cost/Architecture.h"
#include "passes/counting/FeasibleSet.h"

namespace nasc::feasibility {

/// A limit as the comparison of a value with a number.
struct LimitComparison {
  cost::Slot subject = 0;
  cost::Comparison comparison = cost::Comparison::LessOrEqual;
  int64_t bound = 0;
  /// Where this is not zero, the limit does not apply.
  std::optional<cost::Slot> leftOut = std::nullopt;
};

/// The comparison that a limit is where it applies; none where it is something
/// else.
std::optional<LimitComparison> comparisonOf(const cost::CostProgram &program,
                                            uint32_t limit);

/// The program with another bound in such a limit.
cost::CostProgram withBound(const cost::CostProgram &program, uint32_t limit,
                            const LimitComparison &comparison, int64_t bound);

/// That a choice is active and at a position of its domain.
struct ValueOfChoice {
  uint32_t choice = 0;
  uint16_t position = 0;
};

struct ExplainOptions {
  /// Wall-clock limit. Half of it is for finding the explanation, what that
  /// leaves for the second proofs.
  double seconds = 4;
  /// Of explainValue: for each count of architectures.
  double countSeconds = 20;
  uint64_t seed = 1;
  /// Whether nearest bounds are sought.
  bool findBounds = true;
};

/// Another bound that makes feasible what is not.
struct NearestBound {
  /// Suffices: `architecture` meets the limit with it, and all other limits.
  int64_t bound = 0;
  cost::Architecture architecture;
  /// Every bound from the limit's own to this one, which is on the way to
  /// `bound`, does not suffice: proved. The neighbour of `bound` where the
  /// nearest is known.
  int64_t excluded = 0;
  bool isNearest = false;
  /// That those up to `excluded` do not suffice was proved twice.
  bool checkedTwice = false;
};

/// What changing one limit alone does; all other limits stay.
enum class Remedy {
  /// `bounds` do. One, or for `==` and `!=` one to each side, where there is.
  OtherBound,
  /// Without the limit something is feasible. It compares nothing with a
  /// number, or no other number does.
  LeavingOut,
  /// The other limits exclude everything without it.
  None,
  /// No time.
  Open
};

struct LimitExplanation {
  uint32_t limit = 0;
  Remedy remedy = Remedy::Open;
  /// OtherBound: ascending.
  std::vector<NearestBound> bounds;
  /// LeavingOut: feasible but for the limit.
  cost::Architecture architecture;
  /// None: that was proved twice.
  bool checkedTwice = false;
};

enum class ConflictStatus {
  /// The limits exclude everything (with the value that is asked for).
  Conflict,
  /// An architecture meets all limits.
  Feasible,
  /// No time.
  Open
};

struct ConflictExplanation {
  ConflictStatus status = ConflictStatus::Open;
  /// Feasible: it is.
  cost::Architecture example;
  /// Conflict: the limits of the set, ascending. Empty: the choice is active in
  /// no architecture, whatever the limits.
  std::vector<LimitExplanation> limits;
  /// Without any one limit of the set there is an architecture that meets the
  /// others: one that the interpreter checked for each.
  bool isMinimal = false;
  /// That the limits of the set exclude each other was proved twice.
  bool checkedTwice = false;
  /// Of a value: the limits exclude every architecture, not only those with it;
  /// none without an answer.
  std::optional<bool> spaceIsEmpty;
};

/// Explains why no architecture meets all limits, or none with `value`.
/// `domains` restricts the choices, inactive ones aside. Deterministic unless
/// the time is over.
ConflictExplanation explainConflict(const cost::CostProgram &program,
                                    const cost::ChoiceDomains &domains,
                                    std::optional<ValueOfChoice> value,
                                    const ExplainOptions &options = {});

/// For each value, which limits together exclude it: a minimal set, empty where
/// it is not known in the time (or no limit is needed).
std::vector<std::vector<uint32_t>>
explainRemovals(const cost::CostProgram &program,
                llvm::ArrayRef<ValueOfChoice> values, double seconds,
                uint64_t seed = 1);

struct ValueExplanation {
  ConflictExplanation conflict;
  /// The feasible architectures, and those of them with the value; none if
  /// nothing could be said.
  std::optional<counting::CountBounds> feasible, withValue;
};

/// Why a value of a choice was removed, or in how many feasible architectures
/// it occurs.
ValueExplanation explainValue(const cost::CostProgram &program,
                              ValueOfChoice value,
                              const ExplainOptions &options = {});

/// What changing a limit does, as a clause that follows the limit's text: "at
/// least 23.5 KiB would be needed (stem=8,depth=2)". `textOf` names
/// architectures.
std::string
remedyText(const cost::CostProgram &program,
           const LimitExplanation &explanation,
           llvm::function_ref<std::string(const cost::Architecture &)> textOf);

/// Whether the number of a comparison is one that the user wrote (or a device's
/// memory): of others, texts do not speak.
bool hasWrittenBound(const cost::CostProgram &program, uint32_t limit);

/// A bound as the user would write it, rounded to the looser side of the limit
/// where it has to be rounded: the text suffices where the bound does.
std::string boundText(const cost::CostProgram &program, uint32_t limit,
                      const NearestBound &bound);

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_EXPLAIN_H
