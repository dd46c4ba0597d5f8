//===- CostCompiler.cpp - Cost programs as machine code -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/CostCompiler.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <cassert>
#include <cstring>
#include <mutex>

using namespace mlir;
using namespace nasc;
using namespace nasc::cost;

//===----------------------------------------------------------------------===//
// Batches
//===----------------------------------------------------------------------===//

/// Rows are padded so that whole vectors may be read and written, for any
/// number of lanes up to this.
static constexpr size_t kPadding = 64;

ArchitectureBatch::ArchitectureBatch(const CostProgram &program,
                                     size_t capacity)
    : numChoices(program.choices.size()), capacity(capacity),
      stride((capacity + kPadding - 1) / kPadding * kPadding),
      bytes(positionBits(program) / 8), storage(numChoices * stride * bytes) {}

void ArchitectureBatch::resize(size_t newSize) {
  assert(newSize <= capacity && "a batch has a fixed capacity");
  count = newSize;
}

void ArchitectureBatch::set(size_t index, llvm::ArrayRef<uint16_t> positions) {
  assert(index < count && positions.size() == numChoices);
  if (bytes == 1) {
    uint8_t *target = storage.data() + index;
    for (uint16_t position : positions) {
      *target = static_cast<uint8_t>(position);
      target += stride;
    }
    return;
  }
  uint8_t *target = storage.data() + 2 * index;
  for (uint16_t position : positions) {
    std::memcpy(target, &position, 2);
    target += 2 * stride;
  }
}

uint16_t ArchitectureBatch::get(size_t index, uint32_t choice) const {
  const uint8_t *source = storage.data() + (choice * stride + index) * bytes;
  if (bytes == 1)
    return *source;
  uint16_t position;
  std::memcpy(&position, source, 2);
  return position;
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

namespace {

/// A function over two memrefs of rank two, as MLIR passes them: allocated and
/// aligned pointer, offset, sizes, strides.
using Function = void (*)(const void *, const void *, int64_t, int64_t, int64_t,
                          int64_t, int64_t, int64_t *, int64_t *, int64_t,
                          int64_t, int64_t, int64_t, int64_t);

constexpr llvm::StringLiteral kFunctionName = "costs";

llvm::Error failureTo(llvm::StringRef what) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 "cannot compile the cost function: " + what);
}

void initializeTarget() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

/// Lowers everything that ArithEmission emits, in one conversion after the
/// loop has become a branch.
LogicalResult lowerToLLVM(ModuleOp module) {
  MLIRContext *context = module.getContext();
  {
    RewritePatternSet patterns(context);
    populateSCFToControlFlowConversionPatterns(patterns);
    ConversionTarget target(*context);
    target.addIllegalOp<scf::ForOp>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      return failure();
  }
  LLVMTypeConverter converter(context);
  RewritePatternSet patterns(context);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp>();
  if (failed(applyFullConversion(module, target, std::move(patterns))))
    return failure();
  PassManager casts(context);
  casts.addPass(createReconcileUnrealizedCastsPass());
  return casts.run(module);
}

} // namespace

struct CompiledCosts::Implementation {
  std::unique_ptr<ExecutionEngine> engine;
  Function function = nullptr;
  size_t numMetrics = 0;
  size_t numOutputs = 0;
  size_t lanes = 1;
};

CompiledCosts::CompiledCosts(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
CompiledCosts::CompiledCosts(CompiledCosts &&) = default;
CompiledCosts &CompiledCosts::operator=(CompiledCosts &&) = default;
CompiledCosts::~CompiledCosts() = default;

llvm::Expected<CompiledCosts>
CompiledCosts::compile(const CostProgram &program,
                       const CostCompilerOptions &options) {
  if (options.emission.lanes == 0 || kPadding % options.emission.lanes != 0)
    return failureTo("the number of lanes must divide 64");
  initializeTarget();

  // A context of its own: the caller's may be in use by a pass, which must not
  // load dialects.
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<arith::ArithDialect, cf::ControlFlowDialect,
                      func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                      memref::MemRefDialect, scf::SCFDialect,
                      vector::VectorDialect>();
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(module->getBodyRegion());
  emitArith(builder, loc, kFunctionName, program, options.emission);
  if (failed(lowerToLLVM(*module)))
    return failureTo("its lowering failed");

  auto machineBuilder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!machineBuilder)
    return machineBuilder.takeError();
  auto level = options.optimize ? llvm::CodeGenOptLevel::Default
                                : llvm::CodeGenOptLevel::None;
  machineBuilder->setCodeGenOptLevel(level);
  auto machine = machineBuilder->createTargetMachine();
  if (!machine)
    return machine.takeError();
  ExecutionEngineOptions engineOptions;
  engineOptions.jitCodeGenOptLevel = level;
  engineOptions.enableObjectDump = false;
  engineOptions.enableGDBNotificationListener = false;
  engineOptions.enablePerfNotificationListener = false;
  // The options refer to the function, so it has to outlive them.
  std::function<llvm::Error(llvm::Module *)> optimizer;
  if (options.optimize) {
    optimizer = makeOptimizingTransformer(/*optLevel=*/2, /*sizeLevel=*/0,
                                          machine->get());
    engineOptions.transformer = optimizer;
  }
  auto engine =
      ExecutionEngine::create(*module, engineOptions, std::move(*machine));
  if (!engine)
    return engine.takeError();
  auto address = (*engine)->lookup(kFunctionName);
  if (!address)
    return address.takeError();

  auto implementation = std::make_unique<Implementation>();
  implementation->engine = std::move(*engine);
  implementation->function = reinterpret_cast<Function>(*address);
  implementation->numOutputs = countOutputs(program, options.emission.outputs);
  implementation->numMetrics = options.emission.outputs == EmittedOutputs::All
                                   ? program.metrics.size()
                                   : 0;
  implementation->lanes = options.emission.lanes;
  return CompiledCosts(std::move(implementation));
}

void CompiledCosts::evaluate(const ArchitectureBatch &batch,
                             CostBatch &costs) const {
  size_t lanes = implementation->lanes;
  size_t padded = (batch.count + lanes - 1) / lanes * lanes;
  costs.numMetrics = implementation->numMetrics;
  costs.numOutputs = implementation->numOutputs;
  costs.stride = padded;
  costs.rows.resize(costs.numOutputs * padded);
  implementation->function(batch.storage.data(), batch.storage.data(), 0,
                           batch.numChoices, batch.stride, batch.stride, 1,
                           costs.rows.data(), costs.rows.data(), 0,
                           costs.numOutputs, padded, padded, 1);
}
