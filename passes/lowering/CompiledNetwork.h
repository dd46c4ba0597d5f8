//===- CompiledNetwork.h - Running compiled networks ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles a module to an object file, and loads object files into the process
// to run them.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_COMPILEDNETWORK_H
#define NASC_PASSES_LOWERING_COMPILEDNETWORK_H

#include "passes/lowering/TargetPipeline.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nasc {

/// The element type of raw samples.
enum class SampleElement { UInt8, Int8, Float32 };

/// Bytes of an element.
int64_t getElementBytes(SampleElement element);

/// How integers stand for real numbers: real = scale * (integer - zeroPoint).
struct ElementQuantization {
  /// Positive and finite.
  double scale = 1;
  int32_t zeroPoint = 0;
};

/// How the integers of a sample are made of the real elements that a dataset
/// has: an element of channel c is factors[c] * raw + offsets[c], rounded to
/// the nearest integer that fits. Normalisation, scale and zero point are
/// within. One factor and one offset where all channels are alike.
struct SampleQuantization {
  std::vector<float> factors, offsets;

  bool empty() const { return factors.empty(); }
  /// The integer of a raw element at a place of a sample. The header of a
  /// network has the same function.
  int8_t quantize(float raw, size_t place) const;
  /// The raw element of an integer.
  float dequantize(int8_t integer, size_t place) const;
};

/// What a caller must know of a network's function. Its prototype is
/// `void NAME(const ELEMENT *sample, OUTPUT *scores, void *arena)`.
struct NetworkSignature {
  /// The function's name, which is a C identifier.
  std::string name;
  /// The type of a sample's elements.
  SampleElement element = SampleElement::Float32;
  /// The type of the scores: Int8 or Float32.
  SampleElement outputElement = SampleElement::Float32;
  /// Channels-last shapes, without a batch.
  std::vector<int64_t> inputShape, outputShape;
  int64_t arenaBytes = 0, arenaAlignment = 64;

  /// How elements stand for real numbers. Without it they are what the
  /// network's dataset has (for a sample), or real numbers (for scores).
  std::optional<ElementQuantization> inputQuantization, outputQuantization;
  /// Of samples that are integers, where those of the dataset are float32.
  SampleQuantization sampleQuantization;
  /// Where in the arena there is room for the sample and the scores, in bytes,
  /// so that they need no memory of their own. Each is a multiple of its
  /// element's size.
  std::optional<int64_t> inputOffset, outputOffset;
  /// Bytes that the function and its constants occupy in flash.
  std::optional<int64_t> codeBytes, constantBytes;
  /// Bytes of stack that a call needs.
  std::optional<int64_t> stackBytes;
  /// The CRC-32 (IEEE 802.3, as zlib has it) of the bytes of the scores for the
  /// check sample (makeCheckSample in NetworkArtifact.h).
  std::optional<uint32_t> checkCrc32;

  int64_t inputElements() const;
  int64_t outputElements() const;
  /// Bytes of one sample and of its scores.
  int64_t inputBytes() const;
  int64_t outputBytes() const;
};

/// A network as an object file, with its signature.
struct NetworkObject {
  NetworkSignature signature;
  llvm::SmallString<0> object;
};

/// `name` with every character that a C identifier cannot have replaced by an
/// underscore, and with one behind a name that C or C++ have given away.
std::string makeCIdentifier(llvm::StringRef name);

/// Lowers a TOSA module with one network function to an object file. The module
/// is consumed: it is in the LLVM dialect afterwards. The function is renamed
/// to `name` if that is given. On failure diagnostics have been emitted or the
/// error says what is wrong.
llvm::Expected<NetworkObject> compileNetwork(mlir::ModuleOp tosaModule,
                                             const TargetPipeline &pipeline,
                                             llvm::StringRef name = "");

/// A network in this process.
class LoadedNetwork {
public:
  /// Loads an object file for this process's own target. Errors: another
  /// target, or symbols that nothing defines.
  static llvm::Expected<std::unique_ptr<LoadedNetwork>>
  load(const NetworkObject &network);
  ~LoadedNetwork();

  const NetworkSignature &getSignature() const { return signature; }

  /// Runs one sample: `input` has getSignature().inputElements() elements of
  /// the signature's type, `output` room for outputElements() of its output
  /// type. Not to be called by several threads at once: the arena is the
  /// object's own.
  void run(const void *input, void *output);
  /// Runs the sample that lies at the signature's input offset of `arena`, and
  /// leaves the scores at its output offset. The signature has both.
  void runInArena(void *arena);

private:
  LoadedNetwork();
  struct Implementation;
  NetworkSignature signature;
  std::unique_ptr<Implementation> implementation;
};

} // namespace nasc

#endif // NASC_PASSES_LOWERING_COMPILEDNETWORK_H
