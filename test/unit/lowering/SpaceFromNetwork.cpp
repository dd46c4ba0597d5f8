//===- SpaceFromNetwork.cpp - IR of networks for tests --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/lowering/SpaceFromNetwork.h"
#include "dialects/nas/Nas.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/Passes.h"
#include "runtime/network/LayerArguments.h"
#include "llvm/Support/raw_ostream.h"

namespace nasc::test {
using namespace mlir;

std::unique_ptr<MLIRContext> makeLoweringContext() {
  DialectRegistry registry;
  registry.insert<nas::NasDialect, cost::CostDialect, func::FuncDialect,
                  arith::ArithDialect>();
  registerLoweringDialects(registry);
  auto context = std::make_unique<MLIRContext>(registry);
  context->disableMultithreading();
  context->loadAllAvailableDialects();
  return context;
}

OwningOpRef<ModuleOp> makeSpaceModule(MLIRContext &context,
                                      const NetworkDescription &network,
                                      const NetworkWeights &weights,
                                      const std::string &name,
                                      const std::string &dataset) {
  auto module = parseSourceString<ModuleOp>(dataset, &context);
  if (!module) {
    llvm::errs() << dataset;
    return module;
  }
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  const Location loc = builder.getUnknownLoc();
  auto type = [&](const std::vector<int64_t> &shape) {
    return nas::TensorType::get(&context, shape);
  };
  auto space = builder.create<nas::SpaceOp>(
      loc, builder.getStringAttr(name),
      TypeAttr::get(type(network.outputShape())),
      dataset.empty() ? FlatSymbolRefAttr()
                      : FlatSymbolRefAttr::get(&context, "data"),
      nas::Task::Classification);
  {
    OpBuilder::InsertionGuard guard(builder);
    Block &body = space.getBody().emplaceBlock();
    std::vector<Value> tensors = {
        body.addArgument(type(network.inputShape()), loc)};
    builder.setInsertionPointToStart(&body);
    cost::ExpressionBuilder scalars(builder, loc);
    for (const NetworkLayer &layer : ArrayRef(network.layers).drop_front()) {
      SmallVector<Value> inputs;
      for (unsigned input : layer.inputs)
        inputs.push_back(tensors[input]);
      // A zero has no input in the description; any will do.
      if (inputs.empty())
        inputs.push_back(tensors.front());
      tensors.push_back(buildLayer(scalars, loc, layer, inputs)->getResult(0));
    }
    builder.create<nas::ReturnOp>(loc, tensors[network.output]);
  }
  for (const NamedTensor &tensor : weights.tensors) {
    auto type = RankedTensorType::get(tensor.shape, builder.getF32Type());
    builder.create<nas::WeightsOp>(
        builder.getUnknownLoc(), tensor.name,
        DenseElementsAttr::get(type, llvm::ArrayRef(tensor.values)),
        tensor.scales.empty() ? DenseF64ArrayAttr()
                              : builder.getDenseF64ArrayAttr(tensor.scales));
  }
  return module;
}

llvm::Expected<NetworkObject> compileForTest(const NetworkDescription &network,
                                             const NetworkWeights &weights,
                                             const TargetDescription &target,
                                             const std::string &dataset) {
  auto context = makeLoweringContext();
  auto module = makeSpaceModule(*context, network, weights, "net", dataset);
  auto error = [](const char *message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  if (!module)
    return error("the space does not parse");
  PassManager manager(context.get());
  manager.addPass(createConvertNasToTosa());
  if (failed(manager.run(*module)))
    return error("the space cannot be converted to TOSA");
  auto pipeline = createTargetPipeline("float32", target);
  if (!pipeline)
    return pipeline.takeError();
  return compileNetwork(*module, **pipeline);
}

} // namespace nasc::test
