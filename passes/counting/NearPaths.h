//===- NearPaths.h - The paths of a diagram near an architecture -*- C++
//-*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The feasible architectures that differ little from wanted positions, and
// those with allowed positions alone: a part of a state diagram, found from the
// root without looking at the rest.
//
//   forward    the nodes that allowed edges reach with at most `radius` changes
//   backward   for each of them and each number of changes that is left: how
//              many paths lead to the leaf, and the least and the greatest that
//              they can add to each long sum
//
// Without long sums these numbers decide everything: a path is drawn from the
// root down, uniformly. With long sums, paths are drawn in the same way and
// those that break a bound are drawn again, which keeps the draw uniform; where
// that takes too long, a search goes through the paths and turns back where the
// least or the greatest rest of a sum shows that nothing can follow.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_NEARPATHS_H
#define NASC_PASSES_COUNTING_NEARPATHS_H

#include "passes/counting/SumScale.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace nasc::counting {

/// Which paths are meant.
struct NearQuery {
  /// Another position than the wanted one is a change, of the choices in
  /// `isWanted` where they are active. Either may be empty: nothing is wanted.
  llvm::ArrayRef<uint16_t> wanted;
  llvm::BitVector isWanted;
  /// The positions that a choice may have where it is active; empty: all.
  cost::ChoiceDomains allowed;
};

/// Looks for paths of one diagram again and again. Not for several threads at
/// once.
class NearPaths {
public:
  enum class Result {
    Found,
    /// No path within the radius, but perhaps further away.
    NotWithinRadius,
    /// No path with these allowed positions at all.
    NotAtAll,
    /// The work was given up.
    TooMuch
  };

  /// Keeps references to both. Memory: four bytes for each node.
  NearPaths(const StateDiagram &diagram, const SumScale &scale);

  /// Finds the paths with at most `radius` changes. `Found` says that there are
  /// some as far as single sums go; draw() and visit() then look at them. Cost:
  /// the edges of nodes within the radius, times the radius; given up beyond
  /// `maximumEdges`.
  Result restrict(const NearQuery &query, unsigned radius,
                  size_t maximumEdges = ~size_t(0));

  /// The number of paths that were found, before long sums exclude some.
  double numPaths() const { return levels.front().paths[radius]; }

  /// Draws one of the paths that were found, uniformly up to the rounding of
  /// floating-point numbers; if `maximumDraws` draws break a sum, the one that
  /// a search in random order finds first. Writes positions of all choices,
  /// zero for inactive ones. `NotWithinRadius` where a complete search found
  /// none.
  Result draw(llvm::function_ref<uint64_t()> random,
              llvm::MutableArrayRef<uint16_t> positions,
              unsigned maximumDraws = 16, size_t maximumSteps = 20000);

  /// Calls `visitor` with the positions of each path that was found, in an
  /// order that is always the same, until it returns false.
  void visit(llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visitor);

private:
  struct Edge {
    /// Among the nodes of the next level that were reached.
    uint32_t target;
    /// In the diagram's level.
    uint32_t edge;
    uint32_t change;
  };
  struct Level {
    /// The diagram's nodes that were reached, each with the fewest and the most
    /// changes on the way.
    std::vector<uint32_t> nodes;
    std::vector<uint32_t> fewest, most;
    std::vector<uint32_t> firstEdge;
    std::vector<Edge> edges;
    /// `paths[node * (radius + 1) + changes left]`.
    std::vector<double> paths;
    /// `[(node * (radius + 1) + changes left) * fields + field]`.
    std::vector<uint64_t> least, greatest;
    /// Of each of the diagram's nodes, where it is in `nodes` if it is there.
    std::vector<uint32_t> places;
  };

  uint32_t placeOf(Level &level, uint32_t node, uint32_t fewest, uint32_t most);
  void countBackward();
  /// Whether something can follow the edge with these sums and changes left.
  bool canFollow(size_t depth, const Edge &edge, uint32_t left,
                 llvm::ArrayRef<uint64_t> sums) const;
  double pathsBehind(size_t depth, const Edge &edge, uint32_t left) const;
  void addCosts(size_t depth, const Edge &edge,
                llvm::MutableArrayRef<uint64_t> sums) const;
  bool drawOnce(llvm::function_ref<uint64_t()> random,
                llvm::MutableArrayRef<uint16_t> positions);
  template <typename Order, typename Visitor>
  bool search(Order order, Visitor visitor, size_t &steps);

  const StateDiagram &diagram;
  const SumScale &scale;
  size_t numFields;
  unsigned radius = 0;
  /// One for each choice, and one for the leaf.
  std::vector<Level> levels;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_NEARPATHS_H
