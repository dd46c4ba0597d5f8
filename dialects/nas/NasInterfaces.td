//===- NasInterfaces.td - What every layer can say ---------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_NASINTERFACES_TD
#define NASC_DIALECTS_NAS_NASINTERFACES_TD

include "mlir/IR/OpBase.td"

def Nas_LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::nasc::nas";
  let description = [{
    A layer: an operation with one tensor result whose shape and whose costs
    are expressions in its scalar operands and in the shapes of its tensor
    operands. What a layer says here is all that the compiler knows of its
    costs.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the shape of the result. Conditions that an architecture must meet
      for the layer to exist are added to `requirements`. Fails where the layer
      never fits where it stands; the last requirement then says why.
    }], "::llvm::LogicalResult", "inferShape",
      (ins "::nasc::cost::ExpressionBuilder &":$builder,
           "::llvm::ArrayRef<::nasc::nas::Shape>":$inputs,
           "::nasc::nas::Shape &":$result,
           "::llvm::SmallVectorImpl<::nasc::nas::ShapeRequirement> &":$requirements)>,
    InterfaceMethod<[{
      Builds what the layer computes and stores, from the shapes of its inputs
      and of its result.
    }], "::nasc::nas::LayerQuantities", "computeQuantities",
      (ins "::nasc::cost::ExpressionBuilder &":$builder,
           "::llvm::ArrayRef<::nasc::nas::Shape>":$inputs,
           "const ::nasc::nas::Shape &":$result), [{}], [{
        return ::nasc::nas::LayerQuantities::none(builder);
      }]>,
    InterfaceMethod<[{
      The kinds of the layer in a device's cost model, each with the condition
      under which the layer is of that kind; the first whose condition holds
      counts, and the last always holds.
    }], "::llvm::SmallVector<::nasc::nas::LayerCostKind>", "costKinds",
      (ins "::nasc::cost::ExpressionBuilder &":$builder), [{}], [{
        return {{"elementwise", builder.constant(1)}};
      }]>,
    InterfaceMethod<[{
      What becomes of the layer when the network is deployed.
    }], "::nasc::nas::LayerRole", "getRole", (ins), [{}], [{
        return ::nasc::nas::LayerRole::Kernel;
      }]>,
    InterfaceMethod<[{
      Whether the integers of the result, on 8 bits, stand for the same numbers
      as those of the first operand, unless the network says otherwise: the
      layer moves or selects numbers.
    }], "bool", "keepsScale", (ins), [{}], [{
        return $_op.getRole() == ::nasc::nas::LayerRole::Alias;
      }]>,
    InterfaceMethod<[{
      The tensor operands in order.
    }], "::mlir::ValueRange", "getTensorInputs", (ins), [{}], [{
        return ::mlir::ValueRange($_op->getOperands().take_front(1));
      }]>,
    InterfaceMethod<[{
      The name of the layer, stable for its place; empty before expansion.
    }], "::llvm::StringRef", "getLayerName", (ins), [{}], [{
        auto name = $_op->template getAttrOfType<::mlir::StringAttr>("name");
        return name ? name.getValue() : ::llvm::StringRef();
      }]>
  ];
}

#endif // NASC_DIALECTS_NAS_NASINTERFACES_TD
