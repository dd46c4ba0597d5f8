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
#include <string>
#include <vector>

namespace nasc {

/// The element type of raw samples.
enum class SampleElement { UInt8, Int8, Float32 };

/// Bytes of an element.
int64_t getElementBytes(SampleElement element);

/// What a caller must know of a network's function.
struct NetworkSignature {
  /// The function's name, which is a C identifier.
  std::string name;
  SampleElement element = SampleElement::Float32;
  /// Channels-last shapes, without a batch.
  std::vector<int64_t> inputShape, outputShape;
  int64_t arenaBytes = 0, arenaAlignment = 64;

  int64_t inputElements() const;
  int64_t outputElements() const;
};

/// A network as an object file, with its signature.
struct NetworkObject {
  NetworkSignature signature;
  llvm::SmallString<0> object;
};

/// `name` with every character that a C identifier cannot have replaced by an
/// underscore.
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
  /// the signature's type, `output` room for outputElements(). Not to be called
  /// by several threads at once: the arena is the object's own.
  void run(const void *input, float *output);

private:
  LoadedNetwork();
  struct Implementation;
  NetworkSignature signature;
  std::unique_ptr<Implementation> implementation;
};

} // namespace nasc

#endif // NASC_PASSES_LOWERING_COMPILEDNETWORK_H
