//===- OnnxExport.h - Trained networks as ONNX files ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_ONNX_ONNXEXPORT_H
#define NASC_RUNTIME_ONNX_ONNXEXPORT_H

#include "dialects/nas/Nas.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace nasc {

/// What the numbers of an exported network are.
enum class OnnxForm {
  /// float32, with BatchNormalization as it was trained: who reads the file
  /// can fold it, or train on.
  Float,
  /// 8-bit integers by QuantizeLinear and DequantizeLinear: around every tensor
  /// that the deployed network stores, and behind weights (int8, one scale for
  /// each output channel) and biases (int32). Normalisations are folded into
  /// the weights that they follow.
  QDQ
};

/// Writes a specialised network (operators of version 13) with the weights and,
/// for QDQ, the quantisation in its module.
///
/// The input is one sample, channels-first: 1 × channels × height × width,
/// 1 × channels × length, or 1 × numbers, in float32 and normalised. That is
/// how PyTorch exports, what ONNX Runtime computes fastest, and what converters
/// to TFLite take for granted; a Transpose at the beginning would make them
/// insert another. The normalisation of raw samples is not in the file, which
/// says in its documentation and in `metadata_props` what it is: `nasc.layout`,
/// and `nasc.scale`, `nasc.mean`, `nasc.deviation` and `nasc.element` where the
/// space's data set states them. The result is what the network's last layer
/// has: scores, without a softmax.
///
/// Dropout and identity are left out. Integers are those that are deployed
/// (passes/quantization/QuantizedLayers.h).
///
/// Errors (NAS7020 to NAS7024): the space is not specialised; a weight is
/// missing or has another shape; a tensor has no quantisation; the file would
/// not be valid or is larger than 2 GiB.
llvm::Error writeOnnx(nas::SpaceOp space, OnnxForm form,
                      llvm::raw_ostream &out);

} // namespace nasc

#endif // NASC_RUNTIME_ONNX_ONNXEXPORT_H
