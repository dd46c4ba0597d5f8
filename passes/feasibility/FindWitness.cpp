//===- FindWitness.cpp - Which choices break a condition ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/FindWitness.h"

#include "passes/feasibility/Solver.h"
#include "passes/feasibility/Z3Encoding.h"

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::feasibility;

static void search(const CostProgram &program, Slot slot, double seconds,
                   WitnessResult &result) {
  LimitedSolver solver(/*seed=*/1, seconds);
  Z3Encoding encoding(program, slot, fullDomains(program), solver.get());
  z3::expr holds = encoding.name(encoding.truth(slot), "condition");
  z3::check_result answer = solver.check({!holds});
  if (answer != z3::sat) {
    if (answer == z3::unsat)
      result.status = WitnessStatus::None;
    return;
  }
  result.status = WitnessStatus::Found;
  result.architecture = encoding.architectureOf(solver.get().get_model());
  // The active choices force the condition not to hold; find out which do.
  std::vector<std::pair<uint32_t, uint16_t>> assumed;
  std::vector<z3::expr> assumptions = {holds};
  for (unsigned choice : result.architecture.active.set_bits()) {
    assumed.push_back({choice, result.architecture.positions[choice]});
    assumptions.push_back(encoding.isAt(choice, assumed.back().second));
  }
  if (solver.check(assumptions) != z3::unsat) {
    result.cause = assumed;
    return;
  }
  for (uint32_t number : solver.explain(assumptions, result.causeIsMinimal))
    if (number > 0)
      result.cause.push_back(assumed[number - 1]);
}

WitnessResult feasibility::findWitness(const CostProgram &program, Slot slot,
                                       double seconds) {
  WitnessResult result;
  try {
    search(program, slot, seconds, result);
  } catch (const z3::exception &) {
    // What was found until then stands.
  }
  return result;
}
