//===- Passes.td - Passes over cost functions --------------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_PASSES_TD
#define NASC_PASSES_COST_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertCostToArith : Pass<"convert-cost-to-arith", "::mlir::ModuleOp"> {
  let summary = "Convert cost functions to functions over arrays of architectures";
  let description = [{
    Replaces every `cost.function` by a `func.func` of the same name that
    computes the metrics and limits of many architectures:

    ```mlir
    func.func @tiny(%choices: memref<2x?xi8>, %outputs: memref<4x?xi64>)
    ```

    `choices[c, a]` is the position of architecture `a` in the domain of the
    `c`-th `cost.choice` (i8, or i16 if a domain has more than 256 values); an
    inactive choice may be at any position. `outputs[o, a]` receives the metrics,
    then the limits (zero or one), in the order of the function, then whether
    all limits hold. The number of architectures must be a multiple of `lanes`.
    Tables that no function looks up any more are erased; layers and activities
    have no output here.

    Arithmetic is on `vector<8xi64>` (or another number of lanes), so that the
    result is fast without LLVM's optimiser. A division is a shift where the
    divisor is a power of two, and else, where dividend and divisor are below
    2^52, a division of doubles, which is exact there.

    Sound because no value leaves 64 bits: the ranges that follow from the
    domains of the choices are computed again, and an operation whose range does
    not fit is refused ([NAS2010]). Divisors are positive by their verifier.
    Cost: linear in the operations.
  }];
  let options = [
    Option<"lanes", "lanes", "unsigned", /*default=*/"8",
           "architectures computed at once; one emits scalar code">,
  ];
  let statistics = [
    Statistic<"numFunctions", "functions", "Number of functions converted">,
    Statistic<"numInstructions", "instructions", "Number of instructions in them">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
  ];
}

#endif // NASC_PASSES_COST_PASSES_TD
