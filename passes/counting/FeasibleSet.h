//===- FeasibleSet.h - The feasible architectures of a space ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All architectures that meet every limit, as a diagram: it counts them
// exactly, overall and for each value of each choice, draws from them uniformly
// and lists them, without ever trying an architecture that is not feasible.
//
// The way from a cost program to the set:
//   LimitCases     limits as disjoint cases, for what is no conjunction
//   LimitForm      each case as a conjunction of sums and of conditions
//   ChoiceOrder    in which order choices are decided
//   StateDiagram   a decision diagram for everything but the long sums
//   SumJoin        long sums (macs and params together, say): the costs of the
//                  beginnings and of the ends of architectures, joined
//   SumGrid        one long sum of so many values that lists would be too long
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_FEASIBLESET_H
#define NASC_PASSES_COUNTING_FEASIBLESET_H

#include "passes/cost/Architecture.h"

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>

namespace nasc::counting {

class FeasiblePart;

struct FeasibleSetOptions {
  /// Wall-clock seconds for an exact set; zero for no limit. When they are
  /// over, up to three quarters as many again go into bounds.
  double seconds = 60;
  /// Whether an exact set that cannot be had in time is worth bounds.
  bool bounds = true;
  /// Bytes that building may take, about; when they do not suffice, the set is
  /// described by bounds. Parts (LimitCases.h) share them.
  size_t memory = size_t(3) << 30;
  /// Entries of the lists of sums that a join keeps (SumJoin.h). Fewer take
  /// less memory and more time.
  size_t listEntries = size_t(1) << 24;
};

/// Proven bounds of a number of architectures, of any size.
struct CountBounds {
  llvm::APInt lower;
  llvm::APInt upper;
  bool isExact() const { return lower == upper; }
};

/// The feasible architectures of a program. Does not keep the program. Const
/// functions may be called by several threads.
class FeasibleSet {
public:
  /// The architectures whose active choices are at positions in `domains` and
  /// that meet every limit of the program, the implied ones included.
  /// Deterministic, unless the time is over.
  static std::unique_ptr<FeasibleSet>
  build(const cost::CostProgram &program, const cost::ChoiceDomains &domains,
        const FeasibleSetOptions &options = {});
  ~FeasibleSet();

  const CountBounds &getCount() const { return count; }
  bool isExact() const { return exact; }
  bool isEmpty() const { return count.upper.isZero(); }

  /// `marginals()[choice][position]`: in how many feasible architectures the
  /// choice is active and at that position of its domain. Exact sets only.
  /// Computed by the first call.
  const std::vector<std::vector<llvm::APInt>> &marginals() const;

  /// Prepares drawing: done by the first `sample` where it was not called.
  void prepareSampling() const;
  /// Draws uniformly over the feasible architectures and writes the positions
  /// of all choices, those of inactive ones zero. `random` returns 64 uniform
  /// bits; the result depends on nothing else. Exact sets that are not empty
  /// only. Nothing is drawn to be thrown away.
  void sample(llvm::function_ref<uint64_t()> random,
              llvm::MutableArrayRef<uint16_t> positions) const;

  /// Draws `count` architectures, a row of `positions` for each: the same as
  /// `count` calls of `sample`, and faster, best in hundreds.
  void sampleMany(llvm::function_ref<uint64_t()> random, size_t count,
                  llvm::MutableArrayRef<uint16_t> positions) const;

  /// Calls `visit` with the positions of every feasible architecture, in an
  /// order that is always the same, until it returns false. Exact sets only.
  void
  enumerate(llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visit) const;

  /// The disjoint parts of an exact set, none of them empty.
  size_t getNumParts() const;
  const FeasiblePart &getPart(size_t number) const;

private:
  struct Implementation;
  FeasibleSet();
  CountBounds count;
  bool exact = true;
  std::unique_ptr<Implementation> implementation;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_FEASIBLESET_H
