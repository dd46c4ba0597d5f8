//===- LayerCosts.h - What a layer costs on a device ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_LAYERCOSTS_H
#define NASC_PASSES_TRANSFORMS_LAYERCOSTS_H

#include "dialects/nas/Nas.h"
#include "passes/transforms/KernelNeeds.h"

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
  /// RAM beside the layer's tensors, and what it can write over.
  LayerMemory memory;
  /// The kernels that it may need, where layers share them.
  llvm::SmallVector<llvm::StringRef> kernels;
};

/// Reads the cost model of a device at the precision deployed there.
class DeviceCostModel {
public:
  explicit DeviceCostModel(nas::DeviceOp device);

  /// Fails, after an error, where the device has no cost model.
  llvm::LogicalResult verify();

  nas::DeviceOp getDevice() { return device; }
  int64_t elementBytes() { return model.getElementBytes(); }

  /// Whether layers share kernels, whose code counts once.
  bool sharesKernels() { return model.getKernelCode().has_value(); }
  /// Bytes of a shared kernel; 0 where the model does not know it.
  int64_t kernelCode(llvm::StringRef kernel);
  /// The flash that an activation needs although another layer takes it in, or
  /// the samples before the first layer.
  mlir::Value flashOf(const KernelNeeds &needs,
                      cost::ExpressionBuilder &expressions);

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
  int64_t callCode(llvm::StringRef kind);
  mlir::Value lookUpLatency(nas::LayerOpInterface layer, llvm::StringRef kind,
                            cost::ExpressionBuilder &expressions,
                            llvm::ArrayRef<nas::Shape> inputs,
                            const nas::Shape &result, mlir::Value otherwise);

  nas::DeviceOp device;
  nas::CostModelOp model;
};

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_LAYERCOSTS_H
