//===- OnnxImport.h - Trained networks from ONNX files ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_ONNX_ONNXIMPORT_H
#define NASC_RUNTIME_ONNX_ONNXIMPORT_H

#include "dialects/nas/Nas.h"

#include "llvm/ADT/StringRef.h"

namespace nasc {

/// Reads the file that the declaration names, relative to `folder` unless its
/// path is absolute, and replaces the declaration by what is in it:
///
/// * a `nas.space` of the same name, data set and task (the attribute `task`,
///   if the declaration has one), without choices and with static shapes;
/// * `nas.weights` in float32, in the layouts of NamedTensor;
/// * where the file is quantised, `nas.quantization` for every tensor whose
///   scale the file gives, with `weight_scales` for which
///   `round(weight / scale)` are the file's 8-bit integers.
///
/// The network reads normalised, channels-last samples without a batch, in
/// whatever layout the file has its input. A file with float, float16, double
/// or bfloat16 is read as float32.
///
/// In quantised networks a Relu may be left out where saturation does the same
/// (zero point -128); it is put back, named as the layer with `_relu` behind,
/// so that the network means the same in float32. A Softmax, LogSoftmax or
/// ArgMax at the end is left out with a remark; so are Identity and Dropout,
/// without.
///
/// What the file has and layers cannot say is an error at the declaration that
/// names the node and what to do (NAS7001 to NAS7015); the module is then as it
/// was. The module must not have weights or quantisation yet.
llvm::LogicalResult importNetwork(nas::NetworkOp declaration,
                                  llvm::StringRef folder);

/// The same from the bytes of a file; `name` is for messages.
llvm::LogicalResult importNetworkFromBytes(nas::NetworkOp declaration,
                                           llvm::StringRef bytes,
                                           llvm::StringRef name);

} // namespace nasc

#endif // NASC_RUNTIME_ONNX_ONNXIMPORT_H
