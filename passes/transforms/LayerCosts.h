//===- LayerCosts.h - What a layer costs on a device ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_LAYERCOSTS_H
#define NASC_PASSES_TRANSFORMS_LAYERCOSTS_H

#include "dialects/nas/Nas.h"

#include "mlir/IR/BuiltinOps.h"

namespace nasc {

/// The costs of one layer on one device, as expressions.
struct LayerDeviceCosts {
  /// Thousandths of a cycle.
  mlir::Value cycles;
  /// Femtojoules.
  mlir::Value energy;
  /// Bytes of weights, biases and code.
  mlir::Value flash;
  /// Bytes of RAM beside the layer's tensors.
  mlir::Value scratch;
};

/// Reads the cost model of a device at the precision deployed there.
class DeviceCostModel {
public:
  explicit DeviceCostModel(nas::DeviceOp device);

  /// Fails, after an error, where the device has no cost model.
  llvm::LogicalResult verify();

  nas::DeviceOp getDevice() { return device; }
  int64_t elementBytes() { return model.getElementBytes(); }

  /// The costs of a layer that runs by itself. Fails, after an error, where
  /// the model says nothing of the layer's kind.
  llvm::FailureOr<LayerDeviceCosts>
  costsOf(nas::LayerOpInterface layer, cost::ExpressionBuilder &expressions,
          llvm::ArrayRef<nas::Shape> inputs, const nas::Shape &result,
          const nas::LayerQuantities &quantities);

  /// Picoseconds, rounded up, of thousandths of a cycle.
  mlir::Value picoseconds(cost::ExpressionBuilder &expressions,
                          mlir::Value cycles);
  /// Picojoules, rounded up, of femtojoules.
  mlir::Value picojoules(cost::ExpressionBuilder &expressions,
                         mlir::Value energy);

private:
  nas::LayerCostOp costOfKind(llvm::StringRef kind);
  mlir::Value lookUpLatency(nas::LayerOpInterface layer, llvm::StringRef kind,
                            cost::ExpressionBuilder &expressions,
                            llvm::ArrayRef<nas::Shape> inputs,
                            const nas::Shape &result, mlir::Value otherwise);

  nas::DeviceOp device;
  nas::CostModelOp model;
};

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_LAYERCOSTS_H
