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

    The verifier asks the layer for the shape of its result, from the types of
    its operands, and compares it with the type of the result; sizes that are
    open on either side agree with what they can be. A result without a rank is
    not compared, as shapes are not inferred yet or the layer fits in no
    architecture. Its messages begin with the label of the constraint: the name
    of the layer and one of

    | label       | constraint |
    |-------------|------------|
    | `_rank`     | the input has as many dimensions as the layer works on |
    | `_filters`, `_units` | at least 1 |
    | `_groups`   | at least 1, and a divisor of the channels and of the filters |
    | `_kernel`, `_stride` | at least 1 |
    | `_window`   | an input without padding or with explicit padding is at least as large as the kernel; of a pooling, the padding is less than the window |
    | `_inputs`   | at least two; their shapes fit together |
    | `_epsilon`, `_rate` | finite and at least 0; at least 0 and less than 1 |
    | `_result`   | the result has the shape that follows from the operands |
  }];
  let verify = [{
    return ::nasc::nas::verifyLayer(
        ::mlir::cast<::nasc::nas::LayerOpInterface>($_op));
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
      Whether 8-bit code looks each result up in a table of 256 integers.
    }], "bool", "isTable", (ins), [{}], [{
        return false;
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
