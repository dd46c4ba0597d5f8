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
#include "passes/transforms/ArchitectureText.h"
#include "runtime/network/NetworkDescription.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace nasc::search {

class CompiledSpace {
public:
  /// Reads the space of that name and its cost function out of a module that
  /// went through nas-expand, nas-infer-shapes, nas-derive-costs and, if the
  /// search prunes, search-prune. The module must outlive the result. Fails
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

  /// A uniformly drawn feasible architecture, by drawing until one is; none
  /// after `maximumTries`. `random` returns 64 uniform bits.
  std::optional<cost::Architecture>
  sampleFeasible(llvm::function_ref<uint64_t()> random,
                 uint64_t maximumTries = 20'000'000) const;

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
};

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_COMPILEDSPACE_H
