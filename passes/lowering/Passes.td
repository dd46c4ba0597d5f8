//===- Passes.td - Passes that lower networks to machine code -*- tablegen -*-//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_PASSES_TD
#define NASC_PASSES_LOWERING_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertNasToTosa : Pass<"convert-nas-to-tosa", "::mlir::ModuleOp"> {
  let summary = "Convert a specialised nas.space with its weights to a TOSA function";
  let description = [{
    Turns the `nas.space` of the module into a function of TOSA operations of
    the same name, on float32 tensors with a leading batch dimension of one. The
    module must hold one space without choices, with static shapes and explicit
    padding, and a `nas.weights` for each tensor of each layer.

    The function takes one raw sample in the data's element type and begins with
    the data's normalisation: `(sample · scale - mean) / deviation` per channel,
    where `scale` is 1/255 for unsigned bytes and 1 otherwise. Mean, deviation
    and element type come from the `nas.dataset` that the space names, unless the
    options say otherwise. Unsigned bytes are `i8` in the IR and carry the
    argument attribute `nasc.unsigned`.

    `batch_norm` is folded into the convolution or dense layer that produces its
    input if nothing else reads that; otherwise it is a multiplication and an
    addition. Weights are permuted here, at compile time. Grouped convolutions
    become one convolution for each group; a `count_padding` average pads first.

    With `observe-ranges` the function is one for calibration: its result is,
    for the input and for each layer, the least and the greatest number of the
    layer's result, and its attribute `nasc.observed` lists the layers' names.
    `observe-first` and `observe-count` choose some of them, of which the input
    is number 0: the code for all of a large network takes long to compile.

    Sound because each layer's TOSA operations have the layer's meaning; the
    folding changes rounding only. Cost: linear in the weights.
  }];
  let options = [
    Option<"inputElement", "input-element", "std::string", /*default=*/"\"\"",
           "element type of a raw sample: uint8, int8 or float32 (default: the dataset's, else float32)">,
    Option<"placeholderWeights", "placeholder-weights", "bool", /*default=*/"false",
           "make up weights that the module does not have, to look at the code of a network that is not trained">,
    Option<"observeRanges", "observe-ranges", "bool", /*default=*/"false",
           "return the least and the greatest number of each layer's result instead of the network's result">,
    Option<"observeFirst", "observe-first", "unsigned", /*default=*/"0",
           "the first one that is observed: 0 is the input, 1 the first layer">,
    Option<"observeCount", "observe-count", "unsigned", /*default=*/"0",
           "how many are observed; 0 for all">,
  ];
  let statistics = [
    Statistic<"numLayers", "layers", "Number of layers converted">,
    Statistic<"numFolded", "batch-norms-folded", "Number of batch_norm layers folded into weights">,
  ];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::tosa::TosaDialect"];
}

def TosaLayersToLinalg : Pass<"convert-tosa-layers-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "Convert TOSA layers that need a better form than upstream's";
  let description = [{
    Runs before MLIR's own TOSA passes and converts

    * `tosa.depthwise_conv2d` with a multiplier of one to
      `linalg.depthwise_conv_2d_nhwc_hwc` that starts from the bias, instead of
      a five-dimensional result that is reshaped and then gets its bias;
    * `tosa.avg_pool2d` to a sum and a multiplication by a constant, or where
      windows reach over the edge by a constant table of reciprocals, instead of
      divisors computed from indices for every element;
    * `tosa.concat` to `tensor.insert_slice`s in the order in which the parts
      are computed, so that each part can be computed in place.

    Operations of other element types than f32 or with dynamic shapes are left to MLIR's passes.

    Sound because each form computes the sums of TOSA's definition, in its
    order; multiplying by a reciprocal may differ from a division in the last
    bit. Cost: linear.
  }];
  let statistics = [
    Statistic<"numConverted", "converted", "Number of operations converted">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def FoldConstantTransposes : Pass<"linalg-fold-constant-transposes", "::mlir::func::FuncOp"> {
  let summary = "Permute constants at compile time";
  let description = [{
    Replaces `linalg.transpose` and `tosa.transpose` of a constant by the permuted
    constant, however large it is, so that no weight is permuted at run time.
    The constant itself disappears if it has no other use.

    Sound because a permutation of a constant is a constant; no number changes.
    Cost: linear in the elements.
  }];
  let statistics = [
    Statistic<"numFolded", "folded", "Number of transposes folded">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def FuseElementwise : Pass<"linalg-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Join element-wise operations whose result has one reader";
  let description = [{
    MLIR's fusion of `linalg.generic` operations, without its moving of reshapes,
    which would split rows of width × channels into short vectors again. Scalar
    constants become part of the operations. 
    Sound because an operation that is joined has one reader: nothing is
    computed twice, and each element is computed from the same elements by the
    same operations. Cost: linear.
  }];
  let statistics = [
    Statistic<"numFused", "fused", "Number of operations that became part of another">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect"];
}

def ExpandPadding : Pass<"tensor-expand-padding", "::mlir::func::FuncOp"> {
  let summary = "Fill only the border of padded tensors";
  let description = [{
    Replaces `tensor.pad` with static amounts and a constant value by fills of
    the slices that make up the border and the insertion of the source, which
    `linalg-forward-destinations` then computes in place. The border is filled right
    before the source is computed. Other pads stay as they are.

    Sound because the slices are disjoint and cover all that the source does
    not. Cost: linear.
  }];
  let statistics = [
    Statistic<"numExpanded", "expanded", "Number of pads expanded">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ForwardDestinations : Pass<"linalg-forward-destinations", "::mlir::func::FuncOp"> {
  let summary = "Compute values directly where they are inserted";
  let description = [{
    Where the result of a linalg operation, possibly reshaped, is inserted into
    a slice of another tensor (the inside of a padded tensor, a part of a
    concatenation), the operation gets that slice as its destination
    instead of an empty tensor; bufferisation then finds that the insertion is
    no copy. Reads of the value by other operations see the slice. Only applies
    where the other tensor is already there when the operation runs.

    Sound without further analysis: the contents of the destination are not
    read, and whether buffers are shared is decided by bufferisation. Cost:
    linear.
  }];
  let statistics = [
    Statistic<"numForwarded", "forwarded", "Number of destinations forwarded">,
  ];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def NetworkInterface : Pass<"func-network-interface", "::mlir::func::FuncOp"> {
  let summary = "Give a network's function pointers to its input and its output";
  let description = [{
    Turns `(tensor, …) -> tensor` into `(memref, …, memref)`: tensor arguments
    become read-only buffers, and the results are computed into buffers that
    the caller passes behind the inputs. The caller must pass buffers that do
    not overlap. A function with tensors of dynamic shape is refused.

    Sound because an input is only read, and a result is copied into its buffer
    (or computed there by bufferisation) before the function returns; the
    contract on overlaps is stated in the header of the network. Cost: linear in
    the arguments.
  }];
  let statistics = [
    Statistic<"numBuffers", "buffers", "Number of tensors that became buffers of the caller">,
  ];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect"];
}

def VectorizeLayers : Pass<"linalg-vectorize-layers", "::mlir::func::FuncOp"> {
  let summary = "Turn layers into loops over register tiles";
  let description = [{
    Groups a convolution (`conv_2d_nhwc_hwcf`, `depthwise_conv_2d_nhwc_hwc`), a
    matrix product, a pooling (`pooling_nhwc_sum`, `pooling_nhwc_max`) with the
    bias or constant it starts from and the element-wise operations that follow,
    and emits for the group one nest of `scf.for` over tiles of the result. A
    tile's accumulators are vectors of channels that live in registers through
    the whole reduction; a result is written once. Element-wise operations
    without such a layer are vectorised alike.

    Tiles come from `chooseTiling`: sizes are static; an extent that no tile
    size divides is cut into pieces of two sizes, and channels into vectors of
    powers of two, so that nothing is masked and no remainder is scalar. A step
    of a convolution's reduction takes all columns of the kernel together where
    that saves loads: an activation then serves all outputs of a row that need it.

    An element-wise operation writes over an operand of the result's type that
    nothing else reads, unless its destination is given already.

    Sound because the tiles cover the result once and each accumulator sums the
    products of its element; in another order than in the plain loops, so
    results differ by rounding. Operations that do not fit stay, and become plain loops later.
    Cost: linear in the code emitted, at most one register file of accumulators
    for each of a few tile sizes a layer.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"512", "bits of a vector register: 128, 256 or 512">,
    Option<"vectorRegisters", "vector-registers", "unsigned", /*default=*/"32", "number of vector registers">,
    Option<"fusedMultiplyAdd", "fused-multiply-add", "bool", /*default=*/"true", "the processor has a fused multiply-add instruction">,
    Option<"broadcastOperand", "broadcast-operand", "bool", /*default=*/"true", "an instruction can broadcast an operand from memory">,
  ];
  let statistics = [
    Statistic<"numLayers", "layers", "Number of reductions vectorised">,
    Statistic<"numElementwise", "element-wise", "Number of element-wise operations vectorised alone">,
    Statistic<"numFused", "fused", "Number of element-wise operations computed in a layer's registers">,
    Statistic<"numInPlace", "in-place", "Number of results that are written over an operand">,
    Statistic<"numLeft", "left", "Number of operations left for plain loops">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}

def ExpandArithmetic : Pass<"math-expand-functions", "::mlir::func::FuncOp"> {
  let summary = "Express functions by operations that every processor has";
  let description = [{
    Replaces `math` functions by MLIR's polynomial approximations (for `exp` in
    float32 within a few units in the last place), so that the code needs no
    mathematical library, and `arith.maximumf` and `arith.minimumf` with a constant by
    a comparison and a selection, which is one instruction where the exact
    operation takes several. 
    Sound within those bounds: a NaN is still passed on; of two zeros of
    different sign either may result. Cost: linear.
  }];
  let statistics = [
    Statistic<"numExpanded", "expanded", "Number of operations expressed by others">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

def ExpandCopies : Pass<"memref-expand-copies", "::mlir::func::FuncOp"> {
  let summary = "Turn strided copies into linalg operations";
  let description = [{
    `memref.copy` between buffers of which one is not contiguous would become a
    call of MLIR's runtime library, which a deployed network does not have. It
    becomes a `linalg.generic`, and so loops. Contiguous copies stay: they
    become `memcpy`. A copy of a buffer onto itself is removed.

    Sound because the operation assigns each element of the source to the same
    element of the target, as the copy did. Cost: linear.
  }];
  let statistics = [
    Statistic<"numExpanded", "expanded", "Number of copies expanded">,
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def PlanArena : Pass<"memref-plan-arena", "::mlir::func::FuncOp"> {
  let summary = "Place all buffers of a function in one arena";
  let description = [{
    Replaces each `memref.alloc` by a view at a constant offset of one arena, a
    further argument `memref<N×i8>` of the function. A buffer lives from the
    first to the last operation of the function's block that uses it, views of it
    included; buffers that live together do not overlap. The planner
    (`planArena`) tries several orders; if none reaches the bound (what lives at
    one time), an exact search with a limit of steps tries smaller sizes. The
    plan is then proved independently (`checkArenaPlan`). `memref.dealloc`s
    disappear.

    The function gets the attributes `nasc.arena_bytes` and
    `nasc.arena_alignment`. An allocation inside a loop, of dynamic size, or one
    that leaves the function is refused.

    Sound because the proof does not trust the planner: it compares the places
    and lifetimes of each pair of buffers. Cost: a few times n² log n for n buffers, and the search's steps where the
    orders do not reach the bound.
  }];
  let options = [
    Option<"alignment", "alignment", "int64_t", /*default=*/"64", "bytes that the arena and all buffers are aligned to">,
  ];
  let statistics = [
    Statistic<"numBuffers", "buffers", "Number of buffers placed">,
    Statistic<"arenaBytes", "arena-bytes", "Size of the arena in bytes">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def FinishFunctions : Pass<"llvm-finish-functions", "::mlir::ModuleOp"> {
  let summary = "State what is known of the generated functions to LLVM";
  let description = [{
    Marks every `llvm.func` that has a body `nounwind` (else firmware does not
    link for want of an unwinder) and its pointer arguments `noalias`, and
    aligns constants to 64 bytes.

    Sound because generated code throws nothing, and the interface of a network
    asks callers for buffers that do not overlap. Cost: linear in the symbols.
  }];
  let statistics = [
    Statistic<"numFunctions", "functions", "Number of functions marked">,
    Statistic<"numAligned", "aligned", "Number of constants aligned">,
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // NASC_PASSES_LOWERING_PASSES_TD
