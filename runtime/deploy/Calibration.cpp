//===- Calibration.cpp - The ranges of activations ------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Calibration.h"

#include "dialects/diagnostics/CodedError.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/LayerReading.h"
#include "passes/lowering/Passes.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>

using namespace nasc;
using namespace nasc::deploy;

/// How many tensors the code of one observation returns the ranges of: what
/// reads many tensors of a network keeps the compiler from reusing their
/// memory, and takes it a time that grows with the cube of their number.
static constexpr unsigned observedAtOnce = 24;

/// The ranges of some tensors, from number `first` on.
static llvm::Expected<std::vector<ActivationRange>>
observeSome(mlir::ModuleOp network, const RawSampleSet &samples,
            unsigned first) {
  mlir::OwningOpRef<mlir::ModuleOp> module = network.clone();
  mlir::PassManager manager(module->getContext());
  ConvertNasToTosaOptions options;
  options.observeRanges = true;
  options.observeFirst = first;
  options.observeCount = observedAtOnce;
  manager.addPass(createConvertNasToTosa(options));
  if (mlir::failed(manager.run(*module)))
    return codedError(Diag::NAS6062, "the network cannot be calibrated");
  auto function = *module->getOps<mlir::func::FuncOp>().begin();
  std::vector<ActivationRange> ranges;
  for (llvm::StringRef name :
       function->getAttrOfType<mlir::ArrayAttr>("nasc.observed")
           .getAsValueRange<mlir::StringAttr>())
    ranges.push_back({name.str(), INFINITY, -INFINITY});
  function->removeAttr("nasc.observed");

  auto pipeline = createTargetPipeline("float32", TargetDescription());
  if (!pipeline)
    return pipeline.takeError();
  auto object = compileNetwork(*module, **pipeline, "observe");
  if (!object)
    return object.takeError();
  if (object->signature.inputBytes() != samples.bytes)
    return codedError(
        Diag::NAS6062,
        llvm::formatv("the network takes samples of {0} bytes, but those of "
                      "the data set have {1}",
                      object->signature.inputBytes(), samples.bytes)
            .str());
  auto loaded = LoadedNetwork::load(*object);
  if (!loaded)
    return loaded.takeError();
  // Generated code may read vectors; its sample is aligned.
  std::vector<float> input((samples.bytes + 3) / 4), ends(2 * ranges.size());
  for (size_t number = 0; number < samples.indices.size(); ++number) {
    std::memcpy(input.data(), samples[number], samples.bytes);
    (*loaded)->run(input.data(), ends.data());
    for (auto [index, range] : llvm::enumerate(ranges)) {
      const float low = ends[2 * index], high = ends[2 * index + 1];
      if (!std::isfinite(low) || !std::isfinite(high))
        return codedError(
            Diag::NAS6062,
            llvm::formatv("the layer '{0}' has numbers that are not finite "
                          "(from {1} to {2}) on calibration sample {3}; the "
                          "training has diverged or the data are wrong",
                          range.layer, low, high, samples.indices[number])
                .str());
      range.minimum = std::min(range.minimum, low);
      range.maximum = std::max(range.maximum, high);
    }
  }
  return ranges;
}

llvm::Expected<std::vector<ActivationRange>>
deploy::observeRanges(mlir::ModuleOp network, const RawSampleSet &samples) {
  if (samples.indices.empty())
    return codedError(Diag::NAS6060,
                      "there are no samples to calibrate with; the data set "
                      "needs training images");
  bool differ = false;
  for (size_t i = 1; i < samples.indices.size() && !differ; ++i)
    differ = std::memcmp(samples[0], samples[i], samples.bytes) != 0;
  // One sample is alike with itself, but has numbers of its own.
  const uint8_t *first = samples[0];
  const int64_t each = getElementBytes(samples.element);
  for (int64_t i = each; i < samples.bytes && !differ; i += each)
    differ =
        samples.indices.size() == 1 && std::memcmp(first, first + i, each) != 0;
  if (!differ)
    return codedError(
        Diag::NAS6061,
        llvm::formatv("the {0} samples to calibrate with are all alike, so "
                      "that the ranges of activations are not known; check the "
                      "data set or give more with 'calibration'",
                      samples.indices.size())
            .str());

  auto space = *network.getOps<nas::SpaceOp>().begin();
  auto raw = readRawSamples(space, "");
  if (mlir::failed(raw))
    return codedError(Diag::NAS6062, "the network cannot be calibrated");
  // The input, and each layer's result.
  auto layers = space.getBody().front().getOps<nas::LayerOpInterface>();
  const unsigned tensors = 1 + std::distance(layers.begin(), layers.end());
  std::vector<ActivationRange> ranges;
  for (unsigned first = 0; first < tensors; first += observedAtOnce) {
    auto some = observeSome(network, samples, first);
    if (!some)
      return some.takeError();
    llvm::append_range(ranges, *some);
  }
  if (freeQuantization(*raw))
    llvm::erase_if(ranges, [](const ActivationRange &range) {
      return range.layer == "input";
    });
  return ranges;
}
