//===- FeasibleWalk.h - From one feasible architecture to others -*- C++
//-*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a search does with architectures without leaving the feasible set:
// neighbours, repair of what is infeasible, and children of two parents.
//
// The distance of two architectures is the number of choices that are active in
// both and have different values. Choices that only one of them has do not
// count: a depth that grows brings rounds that have no counterpart. Two
// architectures with distance zero are equal.
//
// Where the set of all feasible architectures is known exactly, everything is a
// question about a part of its diagram (NearPaths) and is answered exactly.
// Elsewhere, or where that part is too large, architectures are evaluated one
// by one, on a path between a feasible one and the one that is wanted.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_FEASIBLEWALK_H
#define NASC_PASSES_COUNTING_FEASIBLEWALK_H

#include "passes/cost/Interpreter.h"
#include "passes/counting/FeasibleSet.h"
#include "passes/counting/NearPaths.h"

namespace nasc::counting {

/// The number of choices that are active in both architectures and have
/// different values. Symmetric; zero only for equal architectures.
unsigned distance(const cost::Architecture &a, const cost::Architecture &b);

struct FeasibleWalkOptions {
  /// Edges of the diagram that one question may look at, about; some
  /// milliseconds.
  size_t maximumEdges = 400000;
  /// Seconds that listing what can follow one change may take where the set is
  /// not exact; zero for no limit.
  double completionSeconds = 2;
};

/// Moves in the feasible architectures of a program. Not for several threads at
/// once. Results depend on the arguments and the random numbers alone (64
/// uniform bits from each call of `random`).
class FeasibleWalk {
public:
  /// `set`, if there is one, is the feasible set of this program and these
  /// domains. Keeps references to all three.
  FeasibleWalk(const cost::CostProgram &program,
               const cost::ChoiceDomains &domains, const FeasibleSet *set,
               const FeasibleWalkOptions &options = {});
  ~FeasibleWalk();

  /// Whether the architecture has allowed values and meets all limits. Cost:
  /// the instructions that limits need.
  bool isFeasible(const cost::Architecture &architecture);

  /// Calls `visit` with every feasible architecture at distance one, each once,
  /// in an order that is always the same, until it returns false: one choice
  /// has another value, the choices that become inactive by that are gone, and
  /// those that become active have all values with which it is feasible. The
  /// relation is symmetric. The architecture itself may be infeasible.
  ///
  /// Returns false if some were left out: never where the set is exact, and
  /// elsewhere where too much can follow one change to be listed in time.
  ///
  /// Cost: with an exact set the part of the diagram that one change reaches,
  /// and what is visited; else one evaluation for each value of each choice,
  /// and a small feasible set for each choice that activates others.
  bool
  forEachNeighbour(const cost::Architecture &architecture,
                   llvm::function_ref<bool(const cost::Architecture &)> visit);

  /// A feasible architecture near one that need not be. A feasible one is
  /// returned as it is. Choices that become active have any values.
  ///
  /// With an exact set: the result has the least distance of all feasible
  /// architectures, and is drawn uniformly among those that have it (with long
  /// sums, almost: see NearPaths::draw). If `kept` is given and some feasible
  /// architecture has these choices (active ones of the architecture) at the
  /// same values, it is one of those, and the nearest of them. Where the part
  /// of the diagram to look at is too large, what follows holds.
  ///
  /// Without one: if a change of one choice suffices, it is one of these.
  /// Otherwise it is found on the way from a sample of the set, or from the
  /// nearest of `starts`, towards the architecture, and none of its choices
  /// alone can get the value of the architecture and leave it feasible.
  ///
  /// None only if the set is empty, or not exact and there are no `starts`,
  /// which are feasible architectures. Cost: tens of microseconds to some
  /// milliseconds.
  std::optional<cost::Architecture>
  repair(const cost::Architecture &architecture,
         llvm::function_ref<uint64_t()> random,
         const llvm::BitVector *kept = nullptr,
         llvm::ArrayRef<cost::Architecture> starts = {});

  /// A feasible child of two feasible parents: a choice that is active in one
  /// of them has its value from there, one that is active in both from either,
  /// and only choices that are active in neither (which two values of different
  /// parents can bring about) have any.
  ///
  /// With an exact set, drawn uniformly among all feasible ones of these (with
  /// long sums, almost: see NearPaths::draw), however many choices have to
  /// change together. Otherwise every choice is assigned to one of the parents
  /// at random, and one parent takes these values over one by one as long as
  /// that is feasible. Cost: as of repair().
  cost::Architecture cross(const cost::Architecture &a,
                           const cost::Architecture &b,
                           llvm::function_ref<uint64_t()> random);

private:
  NearPaths::Result restrict(const NearQuery &query, unsigned radius,
                             size_t maximumEdges);
  NearPaths::Result draw(llvm::function_ref<uint64_t()> random,
                         cost::Architecture &architecture);
  std::optional<cost::Architecture>
  repairInDiagram(const cost::Architecture &architecture,
                  llvm::function_ref<uint64_t()> random,
                  const llvm::BitVector *kept);
  std::optional<cost::Architecture>
  repairByOne(const cost::Architecture &architecture,
              llvm::function_ref<uint64_t()> random,
              const llvm::BitVector *kept);
  cost::Architecture relink(cost::Architecture from,
                            const cost::Architecture &towards,
                            llvm::function_ref<uint64_t()> random);
  bool
  completeNeighbours(const cost::Architecture &architecture, uint32_t choice,
                     const llvm::BitVector &values,
                     llvm::function_ref<bool(const cost::Architecture &)> visit,
                     bool &isStopped);

  const cost::CostProgram &program;
  const cost::ChoiceDomains &domains;
  /// Null where it is not exact.
  const FeasibleSet *set;
  FeasibleWalkOptions options;
  cost::Canonicalizer canonicalizer;
  cost::Interpreter interpreter;
  /// For each part of an exact set.
  std::vector<NearPaths> paths;
  /// The parts in which restrict() found something.
  std::vector<size_t> found;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_FEASIBLEWALK_H
