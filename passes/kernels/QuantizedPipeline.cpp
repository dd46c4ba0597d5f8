//===- QuantizedPipeline.cpp - 8-bit networks to machine code -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/QuantizedPipeline.h"
#include "dialects/diagnostics/CodedError.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Transforms/Passes.h"
#include "passes/kernels/Passes.h"

namespace nasc {
using namespace mlir;

QuantizedPipeline::QuantizedPipeline(
    std::unique_ptr<llvm::TargetMachine> machine, int64_t alignment,
    bool profile)
    : machine(std::move(machine)), alignment(alignment), profile(profile) {}

void QuantizedPipeline::buildTosaToLinalg(OpPassManager &manager) const {
  ConvertQuantizedTosaToKernelsOptions options;
  options.alignment = alignment;
  options.profile = profile;
  manager.addPass(createConvertQuantizedTosaToKernels(options));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void QuantizedPipeline::buildLinalgToLLVM(OpPassManager &manager) const {
  const llvm::Triple &triple = machine->getTargetTriple();
  manager.addPass(createConvertSCFToCFPass());
  ConvertKernelsToLLVMOptions options;
  options.indexWidth = triple.isArch64Bit() ? 64 : 32;
  options.optimizeForSize = triple.getOS() == llvm::Triple::UnknownOS;
  manager.addPass(createConvertKernelsToLLVM(options));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

llvm::Expected<std::unique_ptr<TargetPipeline>>
createTargetPipeline(StringRef precision,
                     const TargetDescription &description) {
  if (precision != "float32" && precision != "int8")
    return codedError(Diag::NAS6007,
                      "no code can be generated for the precision '" +
                          precision + "', only for float32 and int8");
  auto machine = createTargetMachine(description);
  if (!machine)
    return machine.takeError();
  if (precision == "float32")
    return std::make_unique<Float32Pipeline>(std::move(*machine));
  return std::make_unique<QuantizedPipeline>(std::move(*machine));
}

} // namespace nasc
