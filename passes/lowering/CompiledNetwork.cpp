//===- CompiledNetwork.cpp - Running compiled networks --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/CompiledNetwork.h"
#include "dialects/diagnostics/CodedError.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdlib>
#include <numeric>

namespace nasc {
using namespace mlir;

int64_t getElementBytes(SampleElement element) {
  return element == SampleElement::Float32 ? 4 : 1;
}

static int64_t product(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<int64_t>());
}

int8_t SampleQuantization::quantize(float raw, size_t place) const {
  const size_t channel = place % factors.size();
  const float value = factors[channel] * raw + offsets[channel];
  if (value >= 127.0f)
    return 127;
  // Numbers that are not finite become the lowest integer.
  if (!(value > -128.0f))
    return -128;
  // A conversion cuts off: of what is positive, it rounds down.
  return static_cast<int8_t>(static_cast<int32_t>(value + 128.5f) - 128);
}

float SampleQuantization::dequantize(int8_t integer, size_t place) const {
  const size_t channel = place % factors.size();
  return (static_cast<float>(integer) - offsets[channel]) / factors[channel];
}

int64_t NetworkSignature::inputElements() const { return product(inputShape); }
int64_t NetworkSignature::outputElements() const {
  return product(outputShape);
}
int64_t NetworkSignature::inputBytes() const {
  return inputElements() * getElementBytes(element);
}
int64_t NetworkSignature::outputBytes() const {
  return outputElements() * getElementBytes(outputElement);
}

std::string makeCIdentifier(llvm::StringRef name) {
  std::string result = name.str();
  for (char &character : result)
    if (!llvm::isAlnum(character))
      character = '_';
  if (result.empty() || llvm::isDigit(result.front()))
    result.insert(0, "_");
  // Names that C, C++ or the example project have given away.
  static const llvm::StringSet<> taken = {
      "alignas",  "alignof",  "and",       "asm",      "auto",     "bool",
      "break",    "case",     "catch",     "char",     "class",    "const",
      "continue", "default",  "delete",    "do",       "double",   "else",
      "enum",     "explicit", "export",    "extern",   "false",    "float",
      "for",      "friend",   "goto",      "if",       "inline",   "int",
      "long",     "mutable",  "namespace", "new",      "not",      "operator",
      "or",       "private",  "protected", "public",   "register", "restrict",
      "return",   "short",    "signed",    "sizeof",   "static",   "struct",
      "switch",   "template", "this",      "throw",    "true",     "try",
      "typedef",  "typename", "union",     "unsigned", "using",    "virtual",
      "void",     "volatile", "while",     "xor",      "main",     "memcpy",
      "memset",   "memmove",  "memcmp",    "board",    "printf",   "exit",
      "abort",    "malloc",   "free"};
  if (taken.contains(result))
    result += "_";
  return result;
}

llvm::Expected<NetworkObject> compileNetwork(ModuleOp module,
                                             const TargetPipeline &pipeline,
                                             llvm::StringRef name) {
  SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
  if (functions.size() != 1)
    return codedError(Diag::NAS6009,
                      "expected a module with one function, found " +
                          llvm::Twine(functions.size()));
  func::FuncOp function = functions.front();
  auto tensorOf = [](ArrayRef<Type> types) {
    return types.size() == 1 ? dyn_cast<RankedTensorType>(types.front())
                             : RankedTensorType();
  };
  auto input = tensorOf(function.getArgumentTypes());
  auto output = tensorOf(function.getResultTypes());
  auto isElement = [](RankedTensorType type) {
    return type && type.hasStaticShape() &&
           (type.getElementType().isF32() ||
            type.getElementType().isInteger(8));
  };
  if (!isElement(input) || !isElement(output))
    return codedError(Diag::NAS6009,
                      "expected a function from one tensor of i8 or f32 to one "
                      "tensor of i8 or f32, with static shapes");
  NetworkObject result;
  NetworkSignature &signature = result.signature;
  signature.name = makeCIdentifier(name.empty() ? function.getName() : name);
  signature.inputShape.assign(input.getShape().begin(), input.getShape().end());
  signature.outputShape.assign(output.getShape().begin(),
                               output.getShape().end());
  signature.element = input.getElementType().isF32() ? SampleElement::Float32
                      : function.getArgAttr(0, "nasc.unsigned")
                          ? SampleElement::UInt8
                          : SampleElement::Int8;
  signature.outputElement = output.getElementType().isF32()
                                ? SampleElement::Float32
                                : SampleElement::Int8;
  auto quantization =
      [](DictionaryAttr attributes) -> std::optional<ElementQuantization> {
    auto scale =
        attributes ? attributes.getAs<FloatAttr>("nasc.scale") : FloatAttr();
    auto zeroPoint = attributes
                         ? attributes.getAs<IntegerAttr>("nasc.zero_point")
                         : IntegerAttr();
    if (!scale || !zeroPoint)
      return std::nullopt;
    return ElementQuantization{scale.getValueAsDouble(),
                               static_cast<int32_t>(zeroPoint.getInt())};
  };
  signature.inputQuantization = quantization(function.getArgAttrDict(0));
  signature.outputQuantization = quantization(function.getResultAttrDict(0));
  auto takeNumbers = [&](llvm::StringRef attribute) -> std::vector<float> {
    auto numbers = function.getArgAttrOfType<DenseF32ArrayAttr>(0, attribute);
    return numbers ? numbers.asArrayRef().vec() : std::vector<float>();
  };
  signature.sampleQuantization = {takeNumbers("nasc.factors"),
                                  takeNumbers("nasc.offsets")};
  // Attributes of ours mean nothing to LLVM.
  function.removeArgAttr(0, "nasc.factors");
  function.removeArgAttr(0, "nasc.offsets");
  function.removeArgAttr(0, "nasc.unsigned");
  function.setName(signature.name);
  function.setPublic();

  if (failed(pipeline.lower(module, LoweringStage::Tosa, LoweringStage::LLVM)))
    return codedError(Diag::NAS6009,
                      "the network '" + signature.name + "' cannot be lowered");
  auto lowered = module.lookupSymbol<LLVM::LLVMFuncOp>(signature.name);
  auto bytes = lowered ? lowered->getAttrOfType<IntegerAttr>("nasc.arena_bytes")
                       : IntegerAttr();
  auto alignment =
      lowered ? lowered->getAttrOfType<IntegerAttr>("nasc.arena_alignment")
              : IntegerAttr();
  if (!bytes || !alignment)
    return codedError(Diag::NAS6009, "the lowered function '" + signature.name +
                                         "' has no arena");
  signature.arenaBytes = bytes.getInt();
  signature.arenaAlignment = alignment.getInt();
  if (auto offset = lowered->getAttrOfType<IntegerAttr>("nasc.input_offset"))
    signature.inputOffset = offset.getInt();
  if (auto offset = lowered->getAttrOfType<IntegerAttr>("nasc.output_offset"))
    signature.outputOffset = offset.getInt();
  auto object = pipeline.emit(module, LoweringStage::Object);
  if (!object)
    return object.takeError();
  result.object = std::move(*object);
  return result;
}

struct LoadedNetwork::Implementation {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*function)(const void *, void *, void *) = nullptr;
  std::unique_ptr<void, decltype(&std::free)> arena{nullptr, &std::free};
};

LoadedNetwork::LoadedNetwork()
    : implementation(std::make_unique<Implementation>()) {}
LoadedNetwork::~LoadedNetwork() = default;

llvm::Expected<std::unique_ptr<LoadedNetwork>>
LoadedNetwork::load(const NetworkObject &network) {
  std::unique_ptr<LoadedNetwork> loaded(new LoadedNetwork());
  loaded->signature = network.signature;
  Implementation &implementation = *loaded->implementation;
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  implementation.jit = std::move(*jit);
  // memcpy and memset come from the process.
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      implementation.jit->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  implementation.jit->getMainJITDylib().addGenerator(std::move(*process));
  if (llvm::Error error = implementation.jit->addObjectFile(
          llvm::MemoryBuffer::getMemBufferCopy(network.object.str(),
                                               network.signature.name)))
    return error;
  auto symbol = implementation.jit->lookup(network.signature.name);
  if (!symbol)
    return symbol.takeError();
  implementation.function =
      symbol->toPtr<void (*)(const void *, void *, void *)>();
  const int64_t alignment = network.signature.arenaAlignment;
  const int64_t bytes = llvm::alignTo(
      std::max<int64_t>(network.signature.arenaBytes, 1), alignment);
  implementation.arena.reset(std::aligned_alloc(alignment, bytes));
  if (!implementation.arena)
    return codedError(Diag::NAS6009, "no memory for an arena of " +
                                         llvm::Twine(bytes) + " bytes");
  return loaded;
}

void LoadedNetwork::run(const void *input, void *output) {
  implementation->function(input, output, implementation->arena.get());
}

void LoadedNetwork::runInArena(void *arena) {
  assert(signature.inputOffset && signature.outputOffset && "no place for it");
  char *bytes = static_cast<char *>(arena);
  implementation->function(bytes + *signature.inputOffset,
                           bytes + *signature.outputOffset, arena);
}

} // namespace nasc
