//===- QuantizedTosaToKernels.cpp - A network as calls of kernels ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/kernels/Passes.h"
#include "passes/lowering/NetworkArtifact.h"

namespace nasc {
#define GEN_PASS_DEF_CONVERTQUANTIZEDTOSATOKERNELS
#include "passes/kernels/Passes.h.inc"

using namespace mlir;

func::FuncOp emitKernels(ModuleOp module, const QuantizedNetwork &network,
                         const KernelSet &kernels, const MemoryPlan &plan,
                         int64_t alignment, bool profile, bool isUnsigned) {
  Location location = module.getLoc();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type byte = builder.getI8Type();
  const MemRefType anyBytes = MemRefType::get({ShapedType::kDynamic}, byte);
  auto bytes = [&](int64_t count) { return MemRefType::get({count}, byte); };
  const NetworkTensor &input = network.tensors[network.input],
                      &output = network.tensors[network.output];
  auto function = builder.create<func::FuncOp>(
      location, network.name,
      builder.getFunctionType({bytes(input.bytes()), bytes(output.bytes()),
                               bytes(std::max<int64_t>(plan.bytes, 1))},
                              {}));
  const StringRef names[] = {"sample", "scores", "arena"};
  for (auto [index, name] : llvm::enumerate(names))
    function.setArgAttr(index, "nasc.name", builder.getStringAttr(name));
  for (auto [index, type] : llvm::enumerate(getParameterTypes(
           isUnsigned ? SampleElement::UInt8 : SampleElement::Int8,
           SampleElement::Int8)))
    function.setArgAttr(index, "nasc.c_type", builder.getStringAttr(type));
  auto setNumber = [&](StringRef name, int64_t value) {
    function->setAttr(name, builder.getI64IntegerAttr(value));
  };
  setNumber("nasc.arena_bytes", plan.bytes);
  setNumber("nasc.arena_alignment", alignment);
  setNumber("nasc.input_offset", plan.tensors[network.input].offset);
  setNumber("nasc.output_offset", plan.tensors[network.output].offset);
  func::FuncOp hook;
  if (profile) {
    hook = builder.create<func::FuncOp>(
        location, network.name + "_profile",
        builder.getFunctionType({builder.getI32Type()}, {}));
    hook.setPrivate();
  }

  builder.setInsertionPointToStart(function.addEntryBlock());
  auto place = [&](int64_t offset, int64_t size) -> Value {
    Value first = builder.create<arith::ConstantIndexOp>(location, offset);
    Value view = builder.create<memref::ViewOp>(
        location, bytes(size), function.getArgument(2), first, ValueRange());
    return builder.create<memref::CastOp>(location, anyBytes, view);
  };
  auto bufferOf = [&](unsigned tensor) -> Value {
    // The caller's buffers are used where they are.
    if (tensor == network.input || tensor == network.output)
      return builder.create<memref::CastOp>(
          location, anyBytes,
          function.getArgument(tensor == network.input ? 0 : 1));
    return place(plan.tensors[tensor].offset, plan.tensors[tensor].size);
  };
  auto mark = [&](int64_t step) {
    if (hook)
      builder.create<func::CallOp>(
          location, hook,
          ValueRange(builder.create<arith::ConstantIntOp>(location, step, 32)));
  };
  for (auto [position, index] : llvm::enumerate(plan.order)) {
    const NetworkStep &step = network.steps[index];
    mark(position);
    StepBuffers buffers;
    for (unsigned tensor : step.inputs)
      buffers.inputs.push_back(bufferOf(tensor));
    buffers.output = bufferOf(step.output);
    buffers.overwrites = plan.overwritten[index] >= 0;
    if (plan.scratch[index].size > 0)
      buffers.scratch =
          place(plan.scratch[index].offset, plan.scratch[index].size);
    kernels.emitStep(builder, module, network, step, buffers);
  }
  mark(plan.order.size());
  builder.create<func::ReturnOp>(location);

  // Constants, then kernels, then the function that uses them.
  Operation *first = &module.getBody()->front();
  for (auto global : llvm::to_vector(module.getOps<memref::GlobalOp>()))
    if (global != first)
      global->moveBefore(first);
  function->moveAfter(&module.getBody()->back());
  return function;
}

namespace {
struct ConvertQuantizedTosaToKernelsPass
    : impl::ConvertQuantizedTosaToKernelsBase<
          ConvertQuantizedTosaToKernelsPass> {
  using Base = impl::ConvertQuantizedTosaToKernelsBase<
      ConvertQuantizedTosaToKernelsPass>;
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
    if (functions.size() != 1) {
      module.emitError("expected one function, found ")
          << functions.size() << Diag::NAS6025;
      return signalPassFailure();
    }
    if (alignment < 4 || !llvm::isPowerOf2_64(alignment)) {
      module.emitError("expected an alignment that is a power of two and at "
                       "least 4, found ")
          << alignment.getValue() << Diag::NAS6025;
      return signalPassFailure();
    }
    func::FuncOp source = functions.front();
    FailureOr<QuantizedNetwork> network = readQuantizedNetwork(source);
    if (failed(network))
      return signalPassFailure();
    PlainKernels kernels;
    MemoryPlan plan = planMemory(*network, kernels, alignment);
    SmallVector<NamedAttribute> inherited;
    if (DictionaryAttr attributes = source.getArgAttrDict(0))
      llvm::append_range(inherited, attributes);
    DictionaryAttr results = source.getResultAttrDict(0);
    source.erase();
    const bool isUnsigned =
        llvm::any_of(inherited, [](NamedAttribute attribute) {
          return attribute.getName() == "nasc.unsigned";
        });
    func::FuncOp function = emitKernels(module, *network, kernels, plan,
                                        alignment, profile, isUnsigned);
    for (NamedAttribute attribute : inherited)
      function.setArgAttr(0, attribute.getName(), attribute.getValue());
    if (results)
      for (NamedAttribute attribute : results)
        function.setArgAttr(1, attribute.getName(), attribute.getValue());
    numSteps += network->steps.size();
    numOverwriting +=
        llvm::count_if(plan.overwritten, [](int input) { return input >= 0; });
    arenaBytes += plan.bytes;
    constantBytes += network->constantBytes();
  }
};
} // namespace

} // namespace nasc
