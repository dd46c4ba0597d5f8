//===- CompiledSpace.cpp - A space that can be searched -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/CompiledSpace.h"
#include "dialects/support/Text.h"

#include "passes/transforms/ScalarZone.h"
#include "passes/transforms/Specialize.h"
#include "runtime/network/NetworkExtraction.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace nasc;
using namespace nasc::search;
using cost::Architecture;

FailureOr<std::unique_ptr<CompiledSpace>>
CompiledSpace::create(ModuleOp module, StringRef name) {
  std::unique_ptr<CompiledSpace> result(new CompiledSpace());
  result->space = module.lookupSymbol<nas::SpaceOp>(name);
  auto function =
      module.lookupSymbol<cost::FunctionOp>((name + ".costs").str());
  if (!result->space || !function)
    return module.emitError("expected the space '")
           << name << "' and its cost function (nas-derive-costs)";
  FailureOr<cost::CostProgram> program =
      cost::CostProgram::fromFunction(function);
  if (failed(program))
    return failure();
  result->program = std::move(*program);
  llvm::StringMap<nas::ChoiceOp> choices;
  for (nas::ChoiceOp choice : choicesOf(result->space))
    choices[choice.getName()] = choice;
  for (const cost::ProgramChoice &choice : result->program.choices) {
    nas::ChoiceOp op = choices.lookup(choice.name);
    if (!op || op.getDomain().size() != choice.values.size())
      return function.emitError("expected the choice '")
             << choice.name << "' of the space with the same values";
    result->domains.push_back(op.getDomain());
  }
  result->allPositions = cost::fullDomains(result->program);
  result->architectures = cost::ArchitectureSpace::build(result->program);
  result->canonicalizer =
      std::make_unique<cost::Canonicalizer>(result->program);
  result->feasibility = std::make_unique<cost::Interpreter>(
      result->program, result->program.feasibilityOutputs());
  return result;
}

ArchitectureAssignments
CompiledSpace::assignmentsOf(const Architecture &architecture) const {
  ArchitectureAssignments assignments;
  for (size_t i = 0; i < domains.size(); ++i)
    if (architecture.active[i])
      assignments.emplace_back(program.choices[i].name,
                               domains[i].text(architecture.positions[i]));
  return assignments;
}

std::string CompiledSpace::textOf(const Architecture &architecture) const {
  return formatArchitecture(assignmentsOf(architecture));
}

llvm::Expected<Architecture> CompiledSpace::parse(StringRef text) const {
  llvm::Expected<ArchitectureAssignments> assignments = parseArchitecture(text);
  if (!assignments)
    return assignments.takeError();
  std::vector<uint16_t> positions(domains.size(), 0);
  llvm::BitVector given(domains.size());
  std::vector<llvm::StringRef> names;
  for (const cost::ProgramChoice &choice : program.choices)
    names.push_back(choice.name);
  for (const auto &[name, value] : *assignments) {
    std::optional<uint32_t> choice = program.findChoice(name);
    if (!choice) {
      std::string message = "the space has no choice '" + name + "'";
      if (std::optional<llvm::StringRef> nearest = nearestName(name, names))
        message += "; did you mean '" + nearest->str() + "'?";
      return llvm::createStringError(message);
    }
    std::optional<size_t> position = domains[*choice].find(value);
    if (!position)
      return llvm::createStringError("the choice '" + name +
                                     "' has no value '" + value + "'");
    positions[*choice] = *position;
    given.set(*choice);
  }
  Architecture architecture = canonicalize(positions);
  for (size_t i = 0; i < domains.size(); ++i) {
    if (architecture.active[i] && !given[i] && domains[i].size() > 1)
      return llvm::createStringError("no value is given for the choice '" +
                                     names[i] + "'");
    if (!architecture.active[i] && given[i])
      return llvm::createStringError("the choice '" + names[i] +
                                     "' is inactive in this architecture");
  }
  return architecture;
}

Architecture CompiledSpace::canonicalize(ArrayRef<uint16_t> positions) const {
  return canonicalizer->canonicalize(positions);
}

cost::Evaluation
CompiledSpace::costsOf(const Architecture &architecture) const {
  return cost::evaluate(program, architecture.positions);
}

bool CompiledSpace::isFeasible(ArrayRef<uint16_t> positions) const {
  feasibility->run(positions);
  return feasibility->isFeasible();
}

const counting::FeasibleSet &CompiledSpace::getFeasibleSet() const {
  if (!feasibleSet)
    feasibleSet = counting::FeasibleSet::build(program, allPositions);
  return *feasibleSet;
}

counting::FeasibleWalk &CompiledSpace::getWalk() const {
  if (!walk)
    walk = std::make_unique<counting::FeasibleWalk>(program, allPositions,
                                                    &getFeasibleSet());
  return *walk;
}

std::string CompiledSpace::samplingRemark() const {
  const counting::CountBounds &count = getFeasibleSet().getCount();
  if (count.isExact())
    return "";
  return "between " + cost::decimal(count.lower) + " and " +
         cost::decimal(count.upper) +
         " architectures are feasible; they are drawn by trying, as the limits "
         "are too entangled for an exact count";
}

std::optional<Architecture>
CompiledSpace::sampleFeasible(llvm::function_ref<uint64_t()> random,
                              uint64_t maximumTries) const {
  const counting::FeasibleSet &set = getFeasibleSet();
  if (set.isEmpty())
    return std::nullopt;
  if (set.isExact()) {
    std::vector<uint16_t> positions(numChoices());
    set.sample(random, positions);
    return canonicalize(positions);
  }
  if (!architectures || architectures->getCount().isZero())
    return std::nullopt;
  for (uint64_t i = 0; i < maximumTries; ++i) {
    Architecture candidate = architectures->sample(random);
    if (isFeasible(candidate.positions))
      return candidate;
  }
  return std::nullopt;
}

/// Draws of known architectures after which a set that is not exact is taken to
/// be used up.
static constexpr unsigned drawsOfKnown = 4096;

std::optional<Architecture>
CompiledSpace::sampleUnknown(llvm::function_ref<uint64_t()> random,
                             const ArchitectureHashSet &known) const {
  const counting::FeasibleSet &set = getFeasibleSet();
  if (set.isExact() && set.getCount().lower == known.size())
    return std::nullopt;
  // Until all are known, a set of n takes about n log n draws in all.
  for (unsigned i = 0; set.isExact() || i < drawsOfKnown; ++i) {
    std::optional<Architecture> drawn = sampleFeasible(random);
    if (!drawn || !known.count(*drawn))
      return drawn;
  }
  return std::nullopt;
}

FailureOr<OwningOpRef<ModuleOp>>
CompiledSpace::specialize(const Architecture &architecture) const {
  OwningOpRef<ModuleOp> module(ModuleOp::create(space.getLoc()));
  auto copy = space.clone();
  module->push_back(copy);
  if (copy.getDataset())
    if (auto dataset =
            SymbolTable::lookupNearestSymbolFrom(space, copy.getDatasetAttr()))
      module->push_back(dataset->clone());
  // A network from a file has its scales with it.
  for (auto quantization :
       space->getParentOfType<ModuleOp>().getOps<nas::QuantizationOp>())
    module->push_back(quantization.clone());
  if (failed(specializeSpace(copy, assignmentsOf(architecture))))
    return failure();
  return module;
}

FailureOr<NetworkDescription>
CompiledSpace::networkOf(const Architecture &architecture) const {
  FailureOr<OwningOpRef<ModuleOp>> module = specialize(architecture);
  if (failed(module))
    return failure();
  return extractNetwork(*(*module)->getOps<nas::SpaceOp>().begin());
}
