//===- EvaluationKey.cpp - What decides an evaluation ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/EvaluationKey.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"

using namespace nasc;
using namespace nasc::search;

namespace {

/// Numbers with all of their digits: what looks the same is the same.
template <typename Number>
void writeList(llvm::raw_ostream &stream, llvm::StringRef name,
               const std::vector<Number> &values) {
  stream << ',' << name << '=';
  llvm::interleave(
      values, stream,
      [&](Number value) {
        if constexpr (std::is_integral_v<Number>)
          stream << value;
        else
          stream << llvm::formatv("{0:e9}", value);
      },
      "/");
}

std::string hexadecimal(llvm::StringRef text) {
  const llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
  return llvm::utohexstr(hash.high64, /*LowerCase=*/true, /*Width=*/16) +
         llvm::utohexstr(hash.low64, /*LowerCase=*/true, /*Width=*/16);
}

} // namespace

std::string search::textOf(const TrainingSource &source) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "data=" << source.fingerprint << ",target="
         << (source.data.target == train::TargetKind::Label ? "label"
                                                            : "input");
  writeList(stream, "scale", source.data.scale);
  writeList(stream, "mean", source.data.mean);
  writeList(stream, "deviation", source.data.deviation);
  if (!source.augmentation.isNone()) {
    writeList(stream, "shift", source.augmentation.shift);
    stream << ",flip=" << source.augmentation.flipHorizontal;
  }
  return text;
}

std::string search::fingerprintOf(const NetworkDescription &network) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (const NetworkLayer &layer : network.layers) {
    stream << layerKindName(layer.kind) << ' ' << layer.name;
    writeList(stream, "inputs", layer.inputs);
    writeList(stream, "shape", layer.outputShape);
    writeList<int64_t>(stream, "window",
                       {layer.kernelHeight, layer.kernelWidth,
                        layer.strideHeight, layer.strideWidth, layer.groups});
    writeList(stream, "padding",
              std::vector<int64_t>(layer.padding.begin(), layer.padding.end()));
    writeList<double>(stream, "numbers",
                      {layer.epsilon, layer.rate, layer.scale,
                       static_cast<double>(layer.zeroPoint)});
    // How results are stored is what training for 8 bits rounds.
    writeList<int64_t>(stream, "flags",
                       {layer.bias, layer.countPadding, layer.isFused,
                        static_cast<int64_t>(layer.storage)});
    stream << '\n';
  }
  stream << network.output;
  return hexadecimal(text);
}

study::EvaluationKey search::evaluationKey(llvm::StringRef stage,
                                           TrainingAttr settings,
                                           llvm::StringRef architecture,
                                           const NetworkDescription &network,
                                           const TrainingSource &source,
                                           uint64_t seed, unsigned threads) {
  std::string fidelity;
  llvm::raw_string_ostream stream(fidelity);
  settings.forEachSetting([&](llvm::StringRef name, const std::string &value) {
    stream << name << '=' << value << ',';
  });
  stream << "seed=" << seed;
  if (threads > 1)
    stream << ",threads=" << threads;
  stream << ",network=" << fingerprintOf(network) << ',' << textOf(source);
  return {stage.str(), std::move(fidelity), architecture.str()};
}
