//===- QuantizedLayers.h - The integers of a network's layers ---*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a specialised network is on 8-bit integers: which layers are computed as
// one, what the integers of each stored tensor stand for, and the integers of
// weights and biases. The lowering to TOSA and the files that are written read
// it here, so that both have the same numbers.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_QUANTIZATION_QUANTIZEDLAYERS_H
#define NASC_PASSES_QUANTIZATION_QUANTIZEDLAYERS_H

#include "passes/lowering/LayerReading.h"
#include "passes/quantization/Quantization.h"
#include "llvm/ADT/StringMap.h"

namespace nasc {

/// Weights and biases of a layer as integers, with the normalisation folded in.
/// Result c of the layer is
///
///   sign(c) · inputScale · scales[c] · (bias[c] + Σ value · (x - zeroPoint))
///
/// where x are the input's integers, plus summands[c].
struct IntegerWeights {
  /// In the layout of nas.weights: output channels are the fastest dimension.
  std::vector<int8_t> values;
  std::vector<int32_t> bias;
  /// Of the weights, one for each channel, above zero.
  llvm::SmallVector<double> scales;
  /// Channels that a negative factor follows although a weight is -128, which
  /// has no negative in 8 bits: their sums are negated instead.
  llvm::SmallVector<bool> negated;
  /// What is added to the results as numbers instead of the bias, where the
  /// steps of the sums of a file's integers are too coarse for the biases of
  /// one of its layers; else empty.
  std::vector<double> summands;
  /// What the magnitude of each channel's sum, with its bias, is at most.
  std::vector<double> largestSums;

  double sign(size_t channel) const { return negated[channel] ? -1.0 : 1.0; }
};

/// Layers that are computed as one.
struct LayerGroup {
  /// The layer that computes, and then what runs as a part of it: the
  /// normalisation that is folded into its weights, one activation that bounds,
  /// and layers that do nothing. The result of the last one is stored.
  llvm::SmallVector<nas::LayerOpInterface> members;
  /// The normalisation among them, or null.
  nas::BatchNormOp normalization;
  /// What the activation bounds the numbers to.
  std::optional<double> minimum, maximum;
  /// The integers of the stored tensor.
  TensorQuantization quantization;
  /// Those of the weights, where the leader has some.
  std::optional<IntegerWeights> weights;

  nas::LayerOpInterface leader() const { return members.front(); }
  nas::LayerOpInterface last() const { return members.back(); }
  /// The bounds as integers.
  int64_t lowest() const {
    return minimum ? quantization.quantize(*minimum) : -128;
  }
  int64_t highest() const {
    return maximum ? quantization.quantize(*maximum) : 127;
  }
};

/// The layers of one space on 8-bit integers.
class QuantizedLayers {
public:
  /// Finds the groups, their quantisation, and the integers of their weights.
  /// Fails, after an error, where a tensor has no quantisation, where weights
  /// are missing or not finite, and where a sum could exceed 32 bits. With
  /// `placeholders`, weights and quantisation that the module does not have are
  /// made up.
  static llvm::FailureOr<QuantizedLayers>
  create(nas::SpaceOp space, const RawSamples &samples, bool placeholders);

  /// The group that the layer leads, or null if it is part of another.
  const LayerGroup *groupLedBy(mlir::Operation *op) const;
  /// The integers of a tensor: of the one that is stored, where it is computed
  /// as part of a group.
  TensorQuantization quantizationOf(mlir::Value tensor) const {
    return quantizations.lookup(tensor);
  }

  /// What a normalisation does to each channel.
  llvm::FailureOr<ChannelFactors> factorsOf(nas::BatchNormOp op) const {
    return layerWeights.factors(op);
  }

private:
  explicit QuantizedLayers(bool placeholders)
      : layerWeights(placeholders), placeholders(placeholders) {}

  /// Weights and biases as numbers.
  struct RealWeights {
    /// Multiples of `scales`, if those are not empty.
    std::vector<double> values;
    std::vector<double> bias;
    llvm::SmallVector<double> scales;
    /// What follows each channel.
    ChannelFactors following;

    double factor(size_t channel) const {
      return following.factor.empty() ? 1.0 : following.factor[channel];
    }
    /// The bias with what follows.
    double summand(size_t channel) const {
      return bias[channel] * factor(channel) +
             (following.summand.empty() ? 0.0 : following.summand[channel]);
    }
  };
  LayerGroup makeGroup(nas::LayerOpInterface leader) const;
  llvm::LogicalResult setQuantization(LayerGroup &group) const;
  nas::QuantizationOp quantizationOp(nas::LayerOpInterface layer) const {
    return quantizationOps.lookup(layer.getLayerName());
  }
  llvm::LogicalResult setWeights();
  llvm::FailureOr<RealWeights> realWeights(const LayerGroup &group) const;
  /// The steps of the weights' integers, with the factors that follow.
  std::vector<double> stepsOf(const LayerGroup &group,
                              const RealWeights &real) const;
  llvm::FailureOr<IntegerWeights> integersOf(const LayerGroup &group,
                                             const RealWeights &real,
                                             bool addsSummands) const;

  LayerWeights layerWeights;
  bool placeholders;
  llvm::StringMap<nas::QuantizationOp> quantizationOps;
  std::vector<LayerGroup> groups;
  llvm::DenseMap<mlir::Operation *, unsigned> groupOfLeader;
  llvm::DenseMap<mlir::Value, TensorQuantization> quantizations;
};

/// Whether the layer is an activation that does no more than bound numbers
/// (relu, relu6), or stores them (requantize): a saturation does it.
bool isBound(mlir::Operation *op);

} // namespace nasc

#endif // NASC_PASSES_QUANTIZATION_QUANTIZEDLAYERS_H
