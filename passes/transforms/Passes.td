//===- Passes.td - Passes over search spaces ---------------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_PASSES_TD
#define NASC_PASSES_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def NasExpand : Pass<"nas-expand", "::mlir::ModuleOp"> {
  let summary = "Inlines blocks, unrolls rounds and names every choice";
  let description = [{
    Brings each `nas.space` into its expanded form.

    **Algorithm.** One walk over the body. Calls are replaced by the block's
    operations, `nas.repeat` by its rounds up to the largest value of its upper
    bound, each round that not every architecture has inside a `nas.if`. Scalars
    (`cost` expressions, choices, real constants) move to the beginning of the
    space, where equal ones are shared; conditional scalars become
    `cost.select`. A choice gets its full name from its place, the path of calls
    and the numbers of rounds, and its activity: the conjunction of the
    conditions on the way to it. Layers get names in the same way.

    **Soundness.** Scalars are pure, so computing one early, or where its part
    of the network is absent, changes nothing. A `cost.select` on the condition
    of the part yields exactly what the part would.

    **Cost.** Linear in the size of the result, which is the product of nested
    rounds; `max-operations` bounds it.
  }];
  let options = [
    Option<"maxOperations", "max-operations", "unsigned", "1000000",
           "Refuse spaces that expand to more operations than this.">
  ];
  let statistics = [
    Statistic<"inlinedCalls", "inlined-calls", "Calls of blocks inlined">,
    Statistic<"unrolledRounds", "unrolled-rounds", "Rounds of repetitions unrolled">,
    Statistic<"choices", "choices", "Choices of the expanded spaces">
  ];
  let dependentDialects = ["::nasc::nas::NasDialect", "::nasc::cost::CostDialect"];
}

def NasInferShapes : Pass<"nas-infer-shapes", "::mlir::ModuleOp"> {
  let summary = "Gives every tensor of an expanded space its shape";
  let description = [{
    **Algorithm.** Visits layers in order; each builds the sizes of its result
    as expressions in its operands (`LayerOpInterface`). Sizes that are equal in
    all architectures go into the type, the others into a `nas.shape`. The
    result of a `nas.if` or `nas.switch` has the selected sizes. A condition that
    a layer needs (equal shapes of summands, a kernel that fits) is an error if
    no architecture meets it, nothing if ranges or shared expressions show that
    all do, and else becomes a `nas.require_shape`, weakened to the
    architectures that have the layer. Of a layer that fits in none of those,
    the condition is that it is absent (`unfit`), and the rest of its branch is
    left out: what joins the branches has the shapes of the others.

    **Soundness.** Sizes are exact expressions, no approximation. What is
    dropped is proved by interval arithmetic or by identity.

    **Cost.** Linear in the number of layers.
  }];
  let statistics = [
    Statistic<"openSizes", "open-sizes", "Sizes that differ among architectures">,
    Statistic<"openRequirements", "open-requirements", "Conditions left to the shape check">
  ];
  let dependentDialects = ["::nasc::nas::NasDialect", "::nasc::cost::CostDialect"];
}

def NasDeriveCosts : Pass<"nas-derive-costs", "::mlir::ModuleOp"> {
  let summary = "Derives the cost function of an expanded space with shapes";
  let description = [{
    Adds a `cost.function` of the space's name with its choices and activities,
    the metrics `macs`, `weights` and `params`, for each device `flash`, `ram`,
    `latency` and `energy`, the limits of `nas.limits`, and the contribution of
    every layer.

    **Deployed form.** Batch normalisation that directly follows a layer with
    weights, and an activation that directly follows a layer that can compute
    it, are part of that layer and cost nothing themselves. Dropout, identity
    and flatten vanish.

    **ram** is the size of an arena in which every architecture can run, plus
    stack and static data. The arena is a stack with two ends. A tensor is put
    at the end opposite to the tensor it is computed from, below what is alive at
    that end if it fits there and else above; an elementwise layer whose operand dies writes in place. Ends and
    offsets are expressions in the choices, so the plan exists for every
    architecture by construction; where it is not known at compile time which
    end a tensor is at, room is reserved for both. For a chain the result is the
    largest sum of two neighbours, which is optimal without in-place
    convolution.

    **flash** is, over all layers, the bytes of weights, of biases and of code,
    plus the runtime's.

    **latency** and **energy** follow the linear model of `nas.layer_cost`, or
    the device's table where it has the shape; they are models.

    **Soundness.** Every value states a range. A metric whose range does not fit
    64 bits is refused.

    **Cost.** Linear in the number of layers times the number of tensors alive at
    once.
  }];
  let statistics = [
    Statistic<"layers", "layers", "Layers with costs">,
    Statistic<"fusedLayers", "fused-layers", "Layers that are part of the one before">,
    Statistic<"expressions", "expressions", "Operations of the cost functions">
  ];
  let dependentDialects = ["::nasc::nas::NasDialect", "::nasc::cost::CostDialect"];
}

def NasSpecialize : Pass<"nas-specialize", "::mlir::ModuleOp"> {
  let summary = "Binds every choice of an expanded space";
  let description = [{
    Replaces each active choice by its value in `architecture`, and folds:
    conditions become constants, untaken parts vanish, sizes move into types,
    and `same` and `valid` padding become explicit. What is left is a network
    with static shapes. Limits, and pipelines that refer to the space, are
    dropped with the choices.

    The folding is the canonicalisation of the dialects, so a specialised
    network is the space itself and not a second translation of it.

    Sound because a fold replaces an operation by what it computes for these
    values, and `nas.require_shape` is checked once more where it is left. Cost:
    linear in the operations of the space.
  }];
  let options = [
    Option<"architecture", "architecture", "std::string", "",
           "The values of the active choices: name=value,name[2]=value.">
  ];
  let statistics = [
    Statistic<"boundChoices", "bound-choices", "Active choices bound">
  ];
  let dependentDialects = ["::nasc::nas::NasDialect", "::nasc::cost::CostDialect",
                           "::mlir::arith::ArithDialect"];
}

#endif // NASC_PASSES_TRANSFORMS_PASSES_TD
