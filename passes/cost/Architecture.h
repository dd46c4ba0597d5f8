//===- Architecture.h - One architecture of a space -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An architecture is the values of the choices that are active in it. It is
// stored as one position in a domain for each choice of the space; inactive
// choices are at position zero, so that equal architectures are equal numbers.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_ARCHITECTURE_H
#define NASC_PASSES_COST_ARCHITECTURE_H

#include "passes/cost/CostProgram.h"

namespace nasc::cost {

/// For each choice of a program, which positions of its domain are allowed.
/// An empty set says that the choice is never active.
using ChoiceDomains = std::vector<llvm::BitVector>;

/// All values of all choices.
ChoiceDomains fullDomains(const CostProgram &program);

/// One architecture in canonical form: see the head of the file.
struct Architecture {
  /// A position in the domain for each choice; zero where it is inactive.
  std::vector<uint16_t> positions;
  /// One bit for each choice.
  llvm::BitVector active;

  bool operator==(const Architecture &other) const {
    return positions == other.positions && active == other.active;
  }
  bool operator!=(const Architecture &other) const { return !(*this == other); }
  bool operator<(const Architecture &other) const;

  /// The same in every run and on every machine.
  uint64_t hash() const;
};

/// For standard containers.
struct ArchitectureHash {
  size_t operator()(const Architecture &architecture) const {
    return architecture.hash();
  }
};

/// Finds which choices are active in an assignment, and puts the others at
/// position zero. Keeps the instructions that decide it, so one object serves
/// many architectures; not for several threads at once.
class Canonicalizer {
public:
  explicit Canonicalizer(const CostProgram &program);

  /// The architecture that a full assignment of positions stands for. Every
  /// position must be in its domain. Cost: linear in the instructions that
  /// activities need.
  Architecture canonicalize(llvm::ArrayRef<uint16_t> positions);

private:
  const CostProgram &program;
  std::vector<Slot> slots;
  std::vector<int64_t> values;
};

} // namespace nasc::cost

#endif // NASC_PASSES_COST_ARCHITECTURE_H
