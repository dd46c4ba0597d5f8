//===- TargetPipeline.cpp - From a TOSA network to machine code -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/TargetPipeline.h"
#include "dialects/diagnostics/CodedError.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/TosaToArith/TosaToArith.h"
#include "mlir/Conversion/TosaToLinalg/TosaToLinalg.h"
#include "mlir/Conversion/TosaToTensor/TosaToTensor.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/Transforms/SubsetOpInterfaceImpl.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "passes/lowering/Passes.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include <mutex>

namespace nasc {
using namespace mlir;

template <typename... Arguments>
static llvm::Error makeError(Diag code, const char *format,
                             Arguments &&...arguments) {
  return codedError(
      code, llvm::formatv(format, std::forward<Arguments>(arguments)...).str());
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetDescription &description) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
  });
  const std::string hostTriple = llvm::sys::getProcessTriple();
  const std::string triple = llvm::Triple::normalize(
      description.triple.empty() ? hostTriple : description.triple);
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return makeError(Diag::NAS6006, "cannot generate code for '{0}': {1}",
                     triple, message);

  std::string cpu = description.cpu, features;
  if (cpu == "native") {
    const bool isHost =
        llvm::Triple(triple).getArch() == llvm::Triple(hostTriple).getArch();
    cpu = isHost ? llvm::sys::getHostCPUName().str() : "";
    if (isHost)
      for (const auto &[name, present] : llvm::sys::getHostCPUFeatures())
        features += (features.empty() ? "" : ",") +
                    std::string(present ? "+" : "-") + name.str();
  }
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      target->createMCSubtargetInfo(triple, "", ""));
  if (!subtarget)
    return makeError(Diag::NAS6006, "no code generator for '{0}'", triple);
  if (!cpu.empty() && !subtarget->isCPUStringValid(cpu))
    return makeError(Diag::NAS6006, "'{0}' is no processor of the target '{1}'",
                     cpu, triple);
  llvm::SmallVector<llvm::StringRef> wanted;
  llvm::StringRef(description.features).split(wanted, ',', -1, false);
  for (llvm::StringRef feature : wanted) {
    llvm::StringRef name = feature.trim();
    const bool known = (name.starts_with("+") || name.starts_with("-")) &&
                       llvm::any_of(subtarget->getAllProcessorFeatures(),
                                    [&](const llvm::SubtargetFeatureKV &entry) {
                                      return name.drop_front() == entry.Key;
                                    });
    if (!known)
      return makeError(Diag::NAS6006,
                       "'{0}' is no feature of the target '{1}'; write "
                       "'+name' or '-name'",
                       name, triple);
    features += (features.empty() ? "" : ",") + name.str();
  }
  const llvm::Triple parsed(triple);
  llvm::TargetOptions options;
  // Without it, code for RISC-V passes floating-point numbers as cores without
  // an FPU do, and does not link with a system's libraries.
  if (parsed.isRISCV64() && subtarget->checkFeatures("+d"))
    options.MCOptions.ABIName = "lp64d";
  // Firmware is linked to fixed addresses.
  const bool isFirmware = parsed.getOS() == llvm::Triple::UnknownOS;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, cpu, features, options,
      isFirmware ? llvm::Reloc::Static : llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    return makeError(Diag::NAS6006, "no code generator for '{0}'", triple);
  return machine;
}

VectorUnit getVectorUnit(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo *subtarget = machine.getMCSubtargetInfo();
  VectorUnit unit;
  const llvm::Triple &triple = machine.getTargetTriple();
  if (!triple.isX86()) {
    // 128-bit vectors with a fused multiply-add by an element.
    unit.lanes = 4;
    unit.registers = 32;
    unit.fusedMultiplyAdd = triple.isAArch64();
    unit.broadcastOperand = triple.isAArch64();
    return unit;
  }
  const bool avx512 = subtarget->checkFeatures("+avx512f") &&
                      subtarget->checkFeatures("+avx512vl");
  unit.lanes = avx512 ? 16 : subtarget->checkFeatures("+avx") ? 8 : 4;
  unit.registers = avx512 ? 32 : 16;
  unit.fusedMultiplyAdd = avx512 || subtarget->checkFeatures("+fma");
  unit.broadcastOperand = avx512;
  return unit;
}

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

static void addTosaToLinalg(OpPassManager &manager) {
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(tosa::createTosaOptionalDecompositions());
  function.addPass(createCanonicalizerPass());
  function.addPass(createTosaLayersToLinalg());
  TosaToLinalgNamedOptions named;
  named.preferConv2DKernelLayoutHWCF = true;
  function.addPass(tosa::createTosaToLinalgNamed(named));
  function.addPass(createFoldConstantTransposes());
  function.addPass(createCanonicalizerPass());
  function.addPass(tosa::createTosaToLinalg());
  function.addPass(createFoldConstantTransposes());
  function.addPass(tosa::createTosaToArith());
  function.addPass(tosa::createTosaToTensor());
  function.addPass(createCanonicalizerPass());
  function.addPass(createFuseElementwise());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
}

static void addLinalgToLLVM(OpPassManager &manager, const VectorUnit &unit) {
  {
    OpPassManager &function = manager.nest<func::FuncOp>();
    function.addPass(createNetworkInterface());
    function.addPass(createExpandPadding());
    function.addPass(createForwardDestinations());
    VectorizeLayersOptions options;
    options.vectorBits = unit.lanes * 32;
    options.vectorRegisters = unit.registers;
    options.fusedMultiplyAdd = unit.fusedMultiplyAdd;
    options.broadcastOperand = unit.broadcastOperand;
    function.addPass(createVectorizeLayers(options));
    function.addPass(createExpandArithmetic());
    function.addPass(createCanonicalizerPass());
    function.addPass(createCSEPass());
    function.addPass(bufferization::createEmptyTensorEliminationPass());
    function.addPass(bufferization::createEmptyTensorToAllocTensorPass());
  }
  bufferization::OneShotBufferizationOptions options;
  options.bufferAlignment = 64;
  options.bufferizeFunctionBoundaries = true;
  options.setFunctionBoundaryTypeConversion(
      bufferization::LayoutMapOption::IdentityLayoutMap);
  manager.addPass(bufferization::createOneShotBufferizePass(options));
  {
    OpPassManager &function = manager.nest<func::FuncOp>();
    function.addPass(createCanonicalizerPass());
    function.addPass(createCSEPass());
    function.addPass(bufferization::createBufferLoopHoistingPass());
    function.addPass(createExpandCopies());
    function.addPass(createPlanArena());
    function.addPass(createConvertLinalgToLoopsPass());
    // Transfers of whole tiles become one for each vector.
    VectorTransferToSCFOptions transfers;
    transfers.enableFullUnroll();
    function.addPass(createConvertVectorToSCFPass(transfers));
    function.addPass(createCanonicalizerPass());
    function.addPass(createCSEPass());
    function.addPass(createLoopInvariantCodeMotionPass());
    function.addPass(createConvertSCFToCFPass());
  }
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  manager.addPass(createConvertFuncToLLVMPass(functions));
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createFinishFunctions());
}

Float32Pipeline::Float32Pipeline(std::unique_ptr<llvm::TargetMachine> target)
    : machine(std::move(target)), unit(nasc::getVectorUnit(*machine)) {}

void Float32Pipeline::buildTosaToLinalg(OpPassManager &manager) const {
  addTosaToLinalg(manager);
}

void Float32Pipeline::buildLinalgToLLVM(OpPassManager &manager) const {
  addLinalgToLLVM(manager, unit);
}

LogicalResult TargetPipeline::lower(ModuleOp module, LoweringStage from,
                                    LoweringStage to) const {
  PassManager manager(module.getContext());
  if (from < LoweringStage::Linalg && to >= LoweringStage::Linalg)
    buildTosaToLinalg(manager);
  if (from < LoweringStage::LLVM && to >= LoweringStage::LLVM)
    buildLinalgToLLVM(manager);
  return manager.run(module);
}

//===----------------------------------------------------------------------===//
// Code generation
//===----------------------------------------------------------------------===//

llvm::Expected<llvm::SmallString<0>>
TargetPipeline::emit(ModuleOp module, LoweringStage stage) const {
  // Code generation changes a machine's state; each module has its own copy.
  const llvm::TargetMachine &prototype = getTargetMachine();
  std::unique_ptr<llvm::TargetMachine> machine(
      prototype.getTarget().createTargetMachine(
          prototype.getTargetTriple().str(), prototype.getTargetCPU(),
          prototype.getTargetFeatureString(), prototype.Options,
          prototype.getRelocationModel(), std::nullopt,
          llvm::CodeGenOptLevel::Aggressive));

  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated =
      translateModuleToLLVMIR(module, context);
  if (!translated)
    return makeError(Diag::NAS6008,
                     "the module cannot be translated to LLVM IR");
  translated->setTargetTriple(machine->getTargetTriple().str());
  translated->setDataLayout(machine->createDataLayout());
  if (machine->isPositionIndependent())
    translated->setPICLevel(llvm::PICLevel::SmallPIC);
  for (llvm::Function &function : *translated) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine->getTargetCPU());
    function.addFnAttr("target-features", machine->getTargetFeatureString());
    // Vectors are explicit; loops that LLVM vectorises may use the full width.
    if (machine->getTargetTriple().isX86())
      function.addFnAttr("prefer-vector-width", "512");
  }
  auto optimize =
      makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0, machine.get());
  if (llvm::Error error = optimize(translated.get()))
    return error;

  llvm::SmallString<0> output;
  llvm::raw_svector_ostream stream(output);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr,
                                   stage == LoweringStage::Assembly
                                       ? llvm::CodeGenFileType::AssemblyFile
                                       : llvm::CodeGenFileType::ObjectFile))
    return makeError(Diag::NAS6008, "the target '{0}' has no {1} output",
                     machine->getTargetTriple().str(),
                     stage == LoweringStage::Assembly ? "assembly" : "object");
  codegen.run(*translated);
  return output;
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

namespace {
struct TargetPipelineOptions : PassPipelineOptions<TargetPipelineOptions> {
  Option<std::string> triple{*this, "triple",
                             llvm::cl::desc("target triple (default: host)")};
  Option<std::string> cpu{*this, "cpu", llvm::cl::desc("processor, as -mcpu"),
                          llvm::cl::init("native")};
  Option<std::string> features{
      *this, "features",
      llvm::cl::desc("features of the processor, separated by semicolons")};
};
} // namespace

void registerLoweringPassesAndPipelines() {
  registerNascLoweringPasses();
  PassPipelineRegistration<>(
      "nas-tosa-to-linalg",
      "Lower a float32 network from TOSA to linalg on tensors",
      [](OpPassManager &manager) { addTosaToLinalg(manager); });
  // Not by PassPipelineRegistration: its builder cannot fail.
  registerPassPipeline(
      "nas-linalg-to-llvm",
      "Lower a float32 network from linalg on tensors to the LLVM dialect",
      [](OpPassManager &manager, StringRef text,
         function_ref<LogicalResult(const Twine &)> reportError) {
        TargetPipelineOptions options;
        if (failed(options.parseFromString(text)))
          return failure();
        TargetDescription description{options.triple, options.cpu,
                                      options.features};
        std::replace(description.features.begin(), description.features.end(),
                     ';', ',');
        auto machine = createTargetMachine(description);
        if (!machine)
          return reportError(llvm::toString(machine.takeError()));
        addLinalgToLLVM(manager, getVectorUnit(**machine));
        return success();
      },
      [](function_ref<void(const detail::PassOptions &)> handler) {
        handler(TargetPipelineOptions());
      });
}

void registerLoweringDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, bufferization::BufferizationDialect,
                  func::FuncDialect, linalg::LinalgDialect, LLVM::LLVMDialect,
                  memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect,
                  tosa::TosaDialect, vector::VectorDialect>();
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerSubsetOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  vector::registerBufferizableOpInterfaceExternalModels(registry);
  vector::registerSubsetOpInterfaceExternalModels(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

} // namespace nasc
