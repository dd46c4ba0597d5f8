//===- StateDiagram.h - Decisions, and what must be remembered --*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A layered decision diagram of the architectures that meet all conditions and
// all short sums. Level i decides the i-th choice of an order; a node is what
// the rest of the program can still tell apart: the values that later
// instructions read, and the short sums so far. Paths from the root to the
// leaf are exactly these architectures, each once: an inactive choice has one
// edge, to its position zero.
//
// Long sums are not part of the nodes. Each edge says how much it adds to each
// of them, so an architecture's sum is the sum over its path.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_STATEDIAGRAM_H
#define NASC_PASSES_COUNTING_STATEDIAGRAM_H

#include "passes/counting/Budget.h"
#include "passes/counting/ChoiceOrder.h"

#include <optional>

namespace nasc::counting {

/// The edges that decide one choice, ordered by the node that they leave.
struct DiagramLevel {
  uint32_t choice = 0;
  /// Of each node, its first edge; one more for the end.
  std::vector<uint32_t> firstEdge;
  /// Nodes of the next level.
  std::vector<uint32_t> targets;
  std::vector<uint16_t> positions;
  /// Whether the choice is active on the edge.
  std::vector<uint8_t> active;
  /// What the edge adds to each long sum: `costs[edge * numSums + sum]`.
  std::vector<int64_t> costs;

  uint32_t numNodes() const { return firstEdge.size() - 1; }
  uint32_t numEdges() const { return targets.size(); }
};

struct StateDiagram {
  /// Level 0 has one node, the root, or none if nothing is feasible; the last
  /// level's edges all lead to node 0, the leaf.
  std::vector<DiagramLevel> levels;
  unsigned numSums = 0;
  /// Bounds of the long sums.
  std::vector<cost::Range> sumBounds;

  /// There is no path. (Without choices there are no levels, and one path.)
  bool isEmpty = false;

  /// Builds the diagram level by level, merges nodes with the same future, and
  /// removes those without one. None if the budget does not suffice. Cost: the
  /// instructions that a choice completes, for each state and value.
  static std::optional<StateDiagram> build(const FeasibilityProblem &problem,
                                           const ValueSets &values,
                                           llvm::ArrayRef<uint32_t> order,
                                           const Budget &budget);

private:
  void reduce();
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_STATEDIAGRAM_H
