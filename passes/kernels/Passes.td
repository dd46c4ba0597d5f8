//===- Passes.td - Passes that make kernels of networks -------*- tablegen -*-//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_PASSES_TD
#define NASC_PASSES_KERNELS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertQuantizedTosaToKernels
    : Pass<"convert-quantized-tosa-to-kernels", "::mlir::ModuleOp"> {
  let summary = "Convert a TOSA function on 8-bit integers to calls of kernels in one arena";
  let description = [{
    Takes the function that `convert-nas-to-quantized-tosa` makes and replaces
    it by one of the same name that calls a kernel for each step: a convolution
    with its requantisation and bounds is one step, a sum with the rescaling of
    its operands another. Its arguments are the raw sample, the scores and the
    arena. Kernels are private functions of `scf` loops and `arith` and
    `memref` operations; their shapes are arguments, so that layers share them.
    Weights are packed into `memref.global` constants, each channel's bias and
    factor together; what the input's zero point adds to a sum is folded into
    the bias.

    Before, the memory is planned: the order of the steps with the least peak,
    then which steps write over their input (element by element, depthwise and
    pointwise convolutions, pooling without padding, means), then the offsets,
    by branch and bound with a proof where the plan is not the best
    (passes/kernels/MemoryPlan.h states the algorithm and its cost). The plan is
    checked by running it on labels instead of numbers.

    The function gets `nasc.arena_bytes`, `nasc.arena_alignment`,
    `nasc.input_offset` and `nasc.output_offset`. The sample may lie at the
    input's offset and the scores at the output's, since the arena has room for
    both there.

    Sound because each kernel computes what TOSA defines for its operations;
    tests compare them bit by bit with an interpreter of TOSA. Cost: linear in
    the weights, and planning.
  }];
  let options = [
    Option<"alignment", "alignment", "int64_t", /*default=*/"16",
           "bytes that every tensor's address is a multiple of">,
    Option<"profile", "profile", "bool", /*default=*/"false",
           "call NAME_profile(i) before step i, and with the number of steps at the end">,
  ];
  let statistics = [
    Statistic<"numSteps", "steps", "Number of steps">,
    Statistic<"numOverwriting", "overwriting", "Number of steps that write over their input">,
    Statistic<"arenaBytes", "arena-bytes", "Bytes of the arena">,
    Statistic<"constantBytes", "constant-bytes", "Bytes of weights, tables, biases and factors">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ConvertKernelsToLLVM : Pass<"convert-kernels-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert kernels to the LLVM dialect, buffers being plain pointers";
  let description = [{
    Converts `func`, `cf`, `arith` and `memref` operations of kernels (after
    `convert-scf-to-cf`) in one step: a one-dimensional memref is a pointer,
    without sizes and strides, `memref.view` and `memref.cast` are address
    computations, and `index` has the width of the target's addresses.

    Functions do not unwind, private ones stay out of line, so that their code
    is counted once. With `optimize-for-size` their names begin with the public
    function's, and they are hidden symbols, which LLVM does not specialise for
    the calls of one network: the size of a kernel is the same in all networks.
    Sound for memrefs with an identity layout, and refuses
    others. Cost: linear.
  }];
  let options = [
    Option<"indexWidth", "index-width", "unsigned", /*default=*/"64",
           "bits of an address: 32 or 64">,
    Option<"optimizeForSize", "optimize-for-size", "bool", /*default=*/"false",
           "prefer small code to fast code">,
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of private functions converted">,
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // NASC_PASSES_KERNELS_PASSES_TD
