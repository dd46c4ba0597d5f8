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
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <set>

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

namespace {

/// Writes the space as text: the same way a user's IR comes in.
class SpaceWriter {
public:
  explicit SpaceWriter(const NetworkDescription &network) : network(network) {}

  std::string write(const std::string &name, bool hasDataset) {
    llvm::raw_string_ostream out(body);
    for (size_t i = 1; i < network.layers.size(); ++i)
      writeLayer(out, i);
    out.flush();
    std::string text;
    llvm::raw_string_ostream all(text);
    all << "nas.space @" << name << "(%l0: " << tensor(network.inputShape())
        << ") -> " << tensor(network.outputShape())
        << (hasDataset ? " dataset @data" : "") << " {\n";
    for (int64_t value : constants)
      all << "  %c" << value << " = cost.constant " << value << " : !cost.int<"
          << value << ">\n";
    all << "  %rate = arith.constant 5.0e-01 : f64\n"
        << body << "  nas.return %l" << network.output << " : "
        << tensor(network.outputShape()) << "\n}\n";
    return text;
  }

private:
  static std::string tensor(const std::vector<int64_t> &shape) {
    std::string text = "!nas.tensor<";
    for (size_t i = 0; i < shape.size(); ++i)
      text += (i ? "x" : "") + std::to_string(shape[i]);
    return text + ">";
  }
  std::string number(int64_t value) {
    constants.insert(value);
    return "%c" + std::to_string(value);
  }
  static std::string type(int64_t value) {
    return "!cost.int<" + std::to_string(value) + ">";
  }
  static std::string padding(const NetworkLayer &layer) {
    std::string text = " padding <explicit ";
    for (size_t i = 0; i < 4; ++i)
      text += (i ? ", " : "") + std::to_string(layer.padding[i]);
    return text + ">";
  }

  void writeLayer(llvm::raw_ostream &out, size_t index) {
    const NetworkLayer &layer = network.layers[index];
    std::vector<std::string> names, types;
    for (unsigned input : layer.inputs) {
      names.push_back("%l" + std::to_string(input));
      types.push_back(tensor(network.layers[input].outputShape));
    }
    if (names.empty()) {
      // A zero has no input in the description; any will do.
      names.push_back("%l0");
      types.push_back(tensor(network.inputShape()));
    }
    const std::string result = tensor(layer.outputShape);
    const std::string label = " name \"" + layer.name + "\"";
    const std::string bias = layer.bias ? " bias" : "";
    const int64_t channels = layer.outputShape.back();
    auto numbers = [&](llvm::ArrayRef<int64_t> values) {
      std::string text;
      for (int64_t value : values)
        text += ", " + type(value);
      return text;
    };
    const int64_t kh = layer.kernelHeight, kw = layer.kernelWidth,
                  sh = layer.strideHeight, sw = layer.strideWidth;
    auto pair = [&](const char *word, int64_t a, int64_t b) {
      return std::string(" ") + word + "(" + number(a) + ", " + number(b) + ")";
    };
    out << "  %l" << index << " = nas." << layerKindName(layer.kind) << " ";
    switch (layer.kind) {
    case LayerKind::Input:
      break;
    case LayerKind::Conv2D:
      out << names[0] << " filters " << number(channels)
          << pair("kernel", kh, kw) << pair("stride", sh, sw) << " groups "
          << number(layer.groups) << padding(layer) << bias << label << " : ("
          << types[0] << numbers({channels, kh, kw, sh, sw, layer.groups})
          << ") -> ";
      break;
    case LayerKind::DepthwiseConv2D:
      out << names[0] << pair("kernel", kh, kw) << pair("stride", sh, sw)
          << padding(layer) << bias << label << " : (" << types[0]
          << numbers({kh, kw, sh, sw}) << ") -> ";
      break;
    case LayerKind::Conv1D:
      out << names[0] << " filters " << number(channels) << " kernel "
          << number(kh) << " stride " << number(sh) << " groups "
          << number(layer.groups) << padding(layer) << bias << label << " : ("
          << types[0] << numbers({channels, kh, sh, layer.groups}) << ") -> ";
      break;
    case LayerKind::Dense:
      out << names[0] << " units " << number(channels) << bias << label
          << " : (" << types[0] << numbers({channels}) << ") -> ";
      break;
    case LayerKind::MaxPool:
    case LayerKind::AveragePool:
      out << names[0] << pair("size", kh, kw) << pair("stride", sh, sw)
          << padding(layer) << (layer.countPadding ? " count_padding" : "")
          << label << " : (" << types[0] << numbers({kh, kw, sh, sw})
          << ") -> ";
      break;
    case LayerKind::BatchNorm:
      out << names[0] << " epsilon " << llvm::formatv("{0:E8}", layer.epsilon)
          << label << " : " << types[0] << " -> ";
      break;
    case LayerKind::Requantize:
      out << names[0] << " scale " << llvm::formatv("{0:E16}", layer.scale)
          << " zero_point " << layer.zeroPoint << label << " : " << types[0]
          << " -> ";
      break;
    case LayerKind::Dropout:
      out << names[0] << " rate %rate" << label << " : " << types[0]
          << ", f64 -> ";
      break;
    case LayerKind::Add:
    case LayerKind::Multiply:
    case LayerKind::Concat:
      out << llvm::join(names, ", ") << label << " : ("
          << llvm::join(types, ", ") << ") -> ";
      break;
    default:
      out << names[0] << label << " : " << types[0] << " -> ";
      break;
    }
    out << result << "\n";
  }

  const NetworkDescription &network;
  std::string body;
  std::set<int64_t> constants;
};

} // namespace

OwningOpRef<ModuleOp> makeSpaceModule(MLIRContext &context,
                                      const NetworkDescription &network,
                                      const NetworkWeights &weights,
                                      const std::string &name,
                                      const std::string &dataset) {
  const std::string text =
      dataset + "\n" + SpaceWriter(network).write(name, !dataset.empty());
  auto module = parseSourceString<ModuleOp>(text, &context);
  if (!module) {
    llvm::errs() << text;
    return module;
  }
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
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
