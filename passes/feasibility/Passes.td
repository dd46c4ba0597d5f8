//===- Passes.td - Passes that prove and prune -------------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_PASSES_TD
#define NASC_PASSES_FEASIBILITY_PASSES_TD

include "mlir/Pass/PassBase.td"

def CostPrune : Pass<"cost-prune", "::mlir::ModuleOp"> {
  let summary = "Remove values of choices that occur in no feasible architecture";
  let description = [{
    For every `cost.function`, finds the values of each choice that occur in no
    architecture that meets all `cost.limit`s, and removes them, and only them,
    from the `cost.choice`s and from the `nas.choice`s of the same names in the
    module's spaces. A value occurs in an architecture only where its choice is
    active. A choice that is active in no feasible architecture keeps its first
    value. Symbolic choices of a cost function keep the numbers of their values;
    in a space, selections restore the old positions for the users.

    In this order: interval bounds with the choice fixed to the value, until
    nothing changes; counting, which decides all values at once where the
    feasible set can be had exactly in ten seconds (in half of `timeout`); else
    feasible architectures among samples and their neighbours, all of whose
    values stay; and for what is then open, one question to Z3 a value, with all
    models found showing their values feasible.

    Encoding: choices are one-hot Booleans, and an inactive choice is pinned to
    its first value, so that models are architectures. What a layer costs is a
    table over the few choices and small intermediate values (resolutions) that
    it depends on, written as a decision diagram, so no variables are multiplied.
    A limit on a sum adds such tables in bit-vectors just wide enough; a limit on
    a maximum, as in `ram`, is the conjunction of limits on its operands.

    Sound because each step is an equivalence over the integers: intervals
    contain every value, models are checked by the interpreter, and "unsatisfiable"
    is a proof. Values left undecided at the end of `timeout` are kept, with a
    warning ([NAS3004]).

    Cost: at most `timeout`. Intervals are linear in the function for each
    value, counting has bounds on its time and its tables (docs/feasibility.md),
    and the solver is asked once for each value that both leave open.

    Last, pairs of values that are left are fixed together and bounded by
    intervals; those that exclude each other, although their choices can be
    active together, are recorded as `cost.exclusion`s. At most `pairs` are
    asked for.

    If no architecture is feasible, the pass fails with an error at a limit of a
    minimal set that excludes each other, the others in notes, and for each the
    nearest other bound with an architecture that attains it ([NAS3001]);
    Explain.h says how that is found and proved twice. A limit that no
    architecture of the space breaks is pointed out ([NAS3002]) unless it is `implied`; removed values are reported ([NAS3005]) if `report`.
  }];
  let options = [
    Option<"timeout", "timeout", "double", /*default=*/"0",
           "seconds for all of it; zero is no limit">,
    Option<"samples", "samples", "unsigned", /*default=*/"10000",
           "architectures drawn in search of feasible ones">,
    Option<"pairs", "pairs", "unsigned", /*default=*/"4000",
           "pairs of values that are asked for whether they exclude each other">,
    Option<"seed", "seed", "uint64_t", /*default=*/"1",
           "seed of the samples and of the solver">,
    Option<"explanation", "explanation", "double", /*default=*/"4",
           "seconds for the explanation of an empty space">,
    Option<"report", "report", "bool", /*default=*/"false",
           "a remark for each choice that loses values">,
  ];
  let statistics = [
    Statistic<"numByIntervals", "values-removed-by-intervals", "Number of values that interval bounds removed">,
    Statistic<"numByCounting", "values-removed-by-counting", "Number of values that counting removed">,
    Statistic<"numBySolver", "values-removed-by-solver", "Number of values that the solver removed">,
    Statistic<"numQueries", "queries", "Number of questions to the solver">,
    Statistic<"numTimeouts", "timeouts", "Number of questions without an answer in time">,
    Statistic<"numExclusions", "exclusions", "Number of pairs of values recorded as excluding each other">,
  ];
  let dependentDialects = ["::nasc::cost::CostDialect"];
}

def NasCheckShapes : Pass<"nas-check-shapes", "::mlir::ModuleOp"> {
  let summary = "Proves that the shapes of every architecture fit together";
  let description = [{
    Decides the conditions that `nas-infer-shapes` left as `nas.require_shape`.

    **Algorithm.** Each condition is an expression in the choices; the solver is
    asked for an architecture in which it does not hold. Where there is none,
    the condition is erased. Where there is one, the smallest set of its choices
    that alone breaks the condition (an unsatisfiable core) is reported.

    **Soundness.** A condition is erased only when the solver has proved that it
    holds in every architecture. Without an answer in time it stays, with a
    warning, and is checked again when an architecture is specialised.

    **Cost.** One query for each condition; the conditions depend on sizes
    alone, not on costs.
  }];
  let options = [
    Option<"timeout", "timeout", "double", /*default=*/"20",
           "Seconds for each condition; 0 for no limit.">
  ];
  let statistics = [
    Statistic<"conditions", "conditions", "Conditions that were asked">,
    Statistic<"proved", "proved", "Conditions that hold in every architecture">
  ];
}

#endif // NASC_PASSES_FEASIBILITY_PASSES_TD
