//===- ArchitectureSpace.h - Counts, draws, lists architectures -*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All architectures of a space (limits aside), as a diagram: a choice that
// decides whether others are active is a branch, choices that do not touch
// each other are factors of a product. The diagram counts exactly, numbers the
// architectures, and so draws from them uniformly.
//
// Which choices are active is decided by branching on the choices that
// activities mention and bounding the activities; what is left falls into
// components without a choice in common, which are counted alone. Five stages,
// each with a depth and layers that exist up to it, are five small problems.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_ARCHITECTURESPACE_H
#define NASC_PASSES_COST_ARCHITECTURESPACE_H

#include "passes/cost/Architecture.h"

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace nasc::cost {

/// The architectures whose active choices are at allowed positions. Does not
/// keep the program. Const functions may be called by several threads.
class ArchitectureSpace {
public:
  /// Builds the diagram. None if it would have more than `maximumNodes` nodes
  /// (activities that are entangled beyond what the recursion can separate).
  static std::optional<ArchitectureSpace> build(const CostProgram &program,
                                                size_t maximumNodes = 1000000);

  /// The same, with each choice restricted to `domains`. A choice with an empty
  /// domain is in no architecture active.
  static std::optional<ArchitectureSpace> build(const CostProgram &program,
                                                const ChoiceDomains &domains,
                                                size_t maximumNodes = 1000000);

  /// The exact number of architectures, of any size; never overflows.
  const llvm::APInt &getCount() const { return nodes[root].count; }

  /// The architecture of that number, `rank < getCount()`.
  Architecture at(const llvm::APInt &rank) const;

  /// Draws uniformly. `random` returns 64 uniform bits; the result depends on
  /// nothing else. The space must not be empty.
  Architecture sample(llvm::function_ref<uint64_t()> random) const;

  /// Calls `visit` with the positions of every architecture (inactive choices
  /// at zero), in an order that is always the same, until it returns false.
  void
  enumerate(llvm::function_ref<bool(llvm::ArrayRef<uint16_t>)> visit) const;

private:
  friend class ArchitectureSpaceBuilder;

  /// A product of free choices and of children, or a branch.
  struct Node {
    /// Branch: the choice whose positions lead to `children`.
    std::optional<uint32_t> branch;
    /// Branch: the positions, one for each child.
    std::vector<uint16_t> positions;
    /// Product: active choices that nothing depends on.
    std::vector<uint32_t> freeChoices;
    std::vector<uint32_t> children;
    llvm::APInt count;
  };

  void place(uint32_t node, llvm::APInt rank, Architecture &result) const;

  size_t numChoices = 0;
  /// For each choice, its allowed positions.
  std::vector<std::vector<uint16_t>> allowed;
  std::vector<Node> nodes;
  uint32_t root = 0;
};

/// The number of architectures of a program, limits aside; none if the work
/// would be too much (see ArchitectureSpace::build).
std::optional<llvm::APInt> countArchitectures(const CostProgram &program);

/// A count as decimal digits.
std::string decimal(const llvm::APInt &count);

} // namespace nasc::cost

#endif // NASC_PASSES_COST_ARCHITECTURESPACE_H
