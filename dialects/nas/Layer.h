//===- Layer.h - What layers tell the compiler ------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_LAYER_H
#define NASC_DIALECTS_NAS_LAYER_H

#include "dialects/cost/ExpressionBuilder.h"
#include "dialects/diagnostics/CodedDiagnostic.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace nasc::nas {

/// The sizes of a tensor, outermost first, as cost expressions.
using Shape = llvm::SmallVector<mlir::Value, 3>;

/// What is said of shapes that do not fit. `{}` stands for a size, whose number
/// depends on the architecture.
struct ShapeMessage {
  std::string text;
  llvm::SmallVector<mlir::Value> sizes;
  /// Of the diagnostic.
  Diag code = Diag::NAS2004;

  ShapeMessage() = default;
  ShapeMessage(const llvm::Twine &text) : text(text.str()) {}
  ShapeMessage &operator<<(llvm::StringRef more) {
    text += more;
    return *this;
  }
  ShapeMessage &operator<<(mlir::Value size);
  /// Sizes with a cross between them.
  ShapeMessage &operator<<(const Shape &shape);
};

/// The text with its sizes, each as `sizeText` gives it by its position.
std::string
renderShapeMessage(llvm::StringRef text,
                   llvm::function_ref<std::string(size_t)> sizeText);

/// The text with the range of each size.
std::string renderShapeMessage(llvm::StringRef text, mlir::ValueRange sizes);

/// A condition under which a layer's shapes fit.
struct ShapeRequirement {
  mlir::Value holds;
  /// Which constraint of the layer it is: `groups`.
  llvm::StringRef label;
  /// What was expected, for the user.
  ShapeMessage message;
};

/// What a layer computes and stores; every field is a cost expression.
struct LayerQuantities {
  /// Multiplications with a weight, each followed by an addition. Layers
  /// without weights have none.
  mlir::Value macs;
  /// Elements of weight tensors.
  mlir::Value weights;
  /// Trainable parameters: weights, biases, scale and shift of batch
  /// normalisation.
  mlir::Value parameters;
  /// Channels of the deployed layer that have a bias (and, in integer
  /// arithmetic, requantisation constants).
  mlir::Value biasChannels;

  static LayerQuantities none(cost::ExpressionBuilder &builder) {
    mlir::Value zero = builder.constant(0);
    return {zero, zero, zero, zero};
  }
};

/// A kind in a device's cost model and when a layer is of it.
struct LayerCostKind {
  llvm::StringRef kind;
  mlir::Value condition;
};

class LayerOpInterface;

/// Checks the result of a layer against the shape that it infers from its
/// operands; see the description of the interface.
llvm::LogicalResult verifyLayer(LayerOpInterface layer);

/// What becomes of a layer in a deployed network.
enum class LayerRole {
  /// Runs by itself.
  Kernel,
  /// Runs by itself and multiplies its input by weights.
  Weighted,
  /// Runs by itself and joins its inputs element by element: a sum or product.
  Join,
  /// Is part of the layer whose result it takes if that is weighted, a join or
  /// a normalisation and nothing else takes the result; else runs by itself.
  Activation,
  /// As an activation, but only behind a layer with weights.
  Normalization,
  /// Does not exist: its result is its input.
  Alias,
};

} // namespace nasc::nas

#endif // NASC_DIALECTS_NAS_LAYER_H
