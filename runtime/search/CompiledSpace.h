//===- CompiledSpace.h - A space that can be searched -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An expanded space with its cost function: architectures as text, their
// costs, their networks, and the feasible ones among them at random.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_COMPILEDSPACE_H
#define NASC_RUNTIME_SEARCH_COMPILEDSPACE_H

#include "dialects/nas/Nas.h"
#include "passes/cost/ArchitectureSpace.h"
#include "passes/cost/Interpreter.h"
#include "passes/counting/FeasibleWalk.h"
#include "passes/transforms/ArchitectureText.h"
#include "runtime/network/NetworkDescription.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <unordered_set>

namespace nasc::search {

using ArchitectureHashSet =
    std::unordered_set<cost::Architecture, cost::ArchitectureHash>;

class CompiledSpace {
public:
  /// Reads the space of that name and its cost function out of a module that
  /// went through nas-expand, nas-infer-shapes, nas-derive-costs and, if the
  /// search prunes, cost-prune. The module must outlive the result. Fails
  /// after an error.
  static llvm::FailureOr<std::unique_ptr<CompiledSpace>>
  create(mlir::ModuleOp module, llvm::StringRef name);

  nas::SpaceOp getSpace() const { return space; }
  const cost::CostProgram &getProgram() const { return program; }
  llvm::StringRef choiceName(size_t choice) const {
    return program.choices[choice].name;
  }
  const nas::Domain &getDomain(size_t choice) const { return domains[choice]; }
  size_t numChoices() const { return domains.size(); }

  /// All architectures; none where conditions are too entangled to count.
  const std::optional<cost::ArchitectureSpace> &getArchitectures() const {
    return architectures;
  }

  /// The active choices in their order: `stem=16,depth=3,width[1]=24`.
  std::string textOf(const cost::Architecture &architecture) const;
  ArchitectureAssignments
  assignmentsOf(const cost::Architecture &architecture) const;
  /// The architecture of such a text. Errors name the choice that is unknown,
  /// missing, inactive, or has no such value.
  llvm::Expected<cost::Architecture> parse(llvm::StringRef text) const;

  /// The assignment with inactive choices reset.
  cost::Architecture canonicalize(llvm::ArrayRef<uint16_t> positions) const;
  cost::Evaluation costsOf(const cost::Architecture &architecture) const;
  bool isFeasible(llvm::ArrayRef<uint16_t> positions) const;

  /// The feasible architectures: their number, and each value's share. Made by
  /// the first call: milliseconds for most spaces; after a minute, bounds.
  const counting::FeasibleSet &getFeasibleSet() const;
  /// Neighbours, repair and children in the feasible set.
  counting::FeasibleWalk &getWalk() const;

  /// A feasible architecture, drawn uniformly: from the feasible set if that is
  /// exact, elsewhere from all architectures until one is feasible. None if the
  /// set is empty, or after `maximumTries`. `random` returns 64 uniform bits.
  std::optional<cost::Architecture>
  sampleFeasible(llvm::function_ref<uint64_t()> random,
                 uint64_t maximumTries = 20'000'000) const;

  /// The same among those that are not `known`, which are feasible themselves.
  /// None if all are known; where the set is not exact, also if 4096 draws in a
  /// row were known.
  std::optional<cost::Architecture>
  sampleUnknown(llvm::function_ref<uint64_t()> random,
                const ArchitectureHashSet &known) const;

  /// Where the feasible set is not exact: a sentence that says so and how
  /// architectures are drawn then; else empty.
  std::string samplingRemark() const;

  /// A module that has the space, specialised to the architecture, alone.
  llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
  specialize(const cost::Architecture &architecture) const;
  llvm::FailureOr<NetworkDescription>
  networkOf(const cost::Architecture &architecture) const;

private:
  CompiledSpace() = default;

  mutable nas::SpaceOp space;
  cost::CostProgram program;
  std::vector<nas::Domain> domains;
  std::optional<cost::ArchitectureSpace> architectures;
  mutable std::unique_ptr<cost::Canonicalizer> canonicalizer;
  mutable std::unique_ptr<cost::Interpreter> feasibility;
  cost::ChoiceDomains allPositions;
  mutable std::unique_ptr<counting::FeasibleSet> feasibleSet;
  mutable std::unique_ptr<counting::FeasibleWalk> walk;
};

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_COMPILEDSPACE_H
