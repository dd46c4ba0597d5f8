//===- Passes.td - Passes that quantise networks --------------*- tablegen -*-//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_QUANTIZATION_PASSES_TD
#define NASC_PASSES_QUANTIZATION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertNasToQuantizedTosa
    : Pass<"convert-nas-to-quantized-tosa", "::mlir::ModuleOp"> {
  let summary = "Convert a specialised nas.space with its weights to a TOSA function on 8-bit integers";
  let description = [{
    Turns the `nas.space` of the module into a function of TOSA operations of
    the same name, on `i8` tensors with a leading batch dimension of one. The
    module must hold one space without choices, with static shapes, a
    `nas.weights` for each tensor of each layer, and a `nas.quantization` for
    each tensor that is stored (and for what goes into an activation that is
    not piecewise linear).

    The scheme is TFLite's: weights are symmetric with a scale for each output
    channel (max |w| / 127 of the weights with `batch_norm` folded in),
    activations asymmetric with one scale and zero point, sums and biases in 32
    bits. Weights with `scales` keep the integers of their file: the scales take
    in the `batch_norm`, and a negative factor negates the integers, or the sums
    where a weight is -128. Biases that lie between the steps of such sums are
    added to the rescaled sums, which have bits behind the point then. A convolution is
    `tosa.conv2d` with zero points and `tosa.rescale`; `relu` and `relu6` behind
    it are the saturation of the rescale, followed by a `tosa.clamp` where the
    bounds of the type do not do it; other activations are a `tosa.table`. A
    tensor between for which there is a `nas.quantization` keeps its rounding
    and its saturation: the layers before and behind it are separate steps. Sums
    and products rescale their operands to 32 bits, a `batch_norm` by itself is a
    rescale of each channel and a sum with constants, a mean over the whole image
    is a 32-bit `tosa.reduce_sum` with one rescale, means of windows are
    `tosa.avg_pool2d` on 16 bits of elements times a multiple of all counts,
    which rounds nothing, a concatenation rescales parts that have another
    scale.

    With `rounding=single` the rescales have no double rounding and all channels
    of a layer one shift, the multipliers carrying the differences; channels
    whose weights are much smaller than the largest get a coarser scale, so that
    their multiplier keeps its bits and their bias fits in 32. With
    `rounding=double` rescales are TFLite's, bit for bit.

    Raw samples of unsigned bytes whose normalisation is alike for all channels
    are quantised for free: flipping the top bit is the quantisation, and
    normalisation is its scale and zero point. Other 8-bit samples go through
    a table for each channel. Samples of float32 are not part of the function:
    it takes their integers (`nasc.scale`, `nasc.zero_point` of the argument;
    `nasc.factors` and `nasc.offsets` make them of raw elements, normalisation
    included).

    Sound because no 32-bit sum can overflow: the pass adds up, for each
    channel, the largest products that the weights allow, and refuses the layer
    otherwise. Cost: linear in the weights.
  }];
  let options = [
    Option<"inputElement", "input-element", "std::string", /*default=*/"\"\"",
           "element type of a raw sample: uint8, int8 or float32 (default: the dataset's, else float32)">,
    Option<"rounding", "rounding", "std::string", /*default=*/"\"single\"",
           "rounding of scaled products: single (TOSA's, one shift a layer) or double (TFLite's)">,
    Option<"placeholders", "placeholders", "bool", /*default=*/"false",
           "make up weights and quantisation that the module does not have, to look at the code of a network that is not trained">,
  ];
  let statistics = [
    Statistic<"numLayers", "layers", "Number of layers converted">,
    Statistic<"numFused", "fused", "Number of normalisations and activations that became part of another layer">,
    Statistic<"numTables", "tables", "Number of activations that became tables">,
  ];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::tosa::TosaDialect"];
}

#endif // NASC_PASSES_QUANTIZATION_PASSES_TD
