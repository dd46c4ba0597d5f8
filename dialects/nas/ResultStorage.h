//===- ResultStorage.h - How a layer's result is stored ---------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_RESULTSTORAGE_H
#define NASC_DIALECTS_NAS_RESULTSTORAGE_H

namespace nasc::nas {

/// How a deployed network stores the result of a layer. Plain data: training
/// knows it too.
enum class ResultStorage {
  /// As a tensor; its integers, on 8 bits, have a scale of their own.
  Own,
  /// As a tensor whose integers stand for the same numbers as those of the
  /// layer's first input, unless the network says otherwise.
  ScaleOfInput,
  /// Not at all: the layer that reads it runs as a part of this one.
  Fused,
  /// It is the tensor of the layer's input.
  Alias,
};

} // namespace nasc::nas

#endif // NASC_DIALECTS_NAS_RESULTSTORAGE_H
