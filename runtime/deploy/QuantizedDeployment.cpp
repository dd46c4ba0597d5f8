//===- QuantizedDeployment.cpp - An 8-bit network for its targets ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/QuantizedDeployment.h"

#include "dialects/diagnostics/CodedError.h"
#include "passes/kernels/Passes.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/kernels/c99/CPrinter.h"
#include "passes/lowering/LayerReading.h"
#include "passes/quantization/Passes.h"
#include "runtime/deploy/ExampleProject.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cstring>

using namespace nasc;
using namespace nasc::deploy;

//===----------------------------------------------------------------------===//
// The network
//===----------------------------------------------------------------------===//

llvm::Expected<QuantizedModel> QuantizedModel::create(mlir::ModuleOp network,
                                                      Rounding rounding,
                                                      llvm::StringRef name) {
  QuantizedModel model;
  model.name = makeCIdentifier(name);
  model.tosa = network.clone();
  auto space = *model.tosa->getOps<nas::SpaceOp>().begin();
  auto samples = readRawSamples(space, "");
  if (mlir::failed(samples))
    return codedError(Diag::NAS6063, "the network cannot be quantised");
  model.samples = std::move(*samples);
  mlir::PassManager manager(model.tosa->getContext());
  ConvertNasToQuantizedTosaOptions options;
  options.rounding = rounding == Rounding::Double ? "double" : "single";
  manager.addPass(createConvertNasToQuantizedTosa(options));
  if (mlir::failed(manager.run(*model.tosa)))
    return codedError(Diag::NAS6063, "the network cannot be quantised");
  auto function = *model.tosa->getOps<mlir::func::FuncOp>().begin();
  function.setName(model.name);
  auto steps = readQuantizedNetwork(function);
  if (mlir::failed(steps))
    return codedError(Diag::NAS6063, "the network has no kernels");
  model.network = std::move(*steps);

  mlir::OwningOpRef<mlir::ModuleOp> forHost = model.tosa->clone();
  auto pipeline = createTargetPipeline("int8", TargetDescription());
  if (!pipeline)
    return pipeline.takeError();
  auto object = compileNetwork(*forHost, **pipeline);
  if (!object)
    return object.takeError();
  auto loaded = LoadedNetwork::load(*object);
  if (!loaded)
    return loaded.takeError();
  model.loaded = std::move(*loaded);
  model.checkCrc32 =
      computeScoresCrc32(model.run(makeCheckSample(model.getSignature())));
  return model;
}

const NetworkSignature &QuantizedModel::getSignature() const {
  return loaded->getSignature();
}

std::vector<uint8_t> QuantizedModel::makeInputs(const RawSampleSet &set,
                                                size_t limit) const {
  std::vector<uint8_t> inputs;
  const size_t count = std::min(limit, set.indices.size());
  const SampleQuantization &quantization = getSignature().sampleQuantization;
  if (quantization.empty() || set.element != SampleElement::Float32) {
    for (size_t i = 0; i < count; ++i)
      inputs.insert(inputs.end(), set[i], set[i] + set.bytes);
    return inputs;
  }
  std::vector<float> numbers(set.bytes / sizeof(float));
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(numbers.data(), set[i], set.bytes);
    for (auto [place, number] : llvm::enumerate(numbers))
      inputs.push_back(
          static_cast<uint8_t>(quantization.quantize(number, place)));
  }
  return inputs;
}

std::vector<uint8_t> QuantizedModel::run(llvm::ArrayRef<uint8_t> inputs) {
  const NetworkSignature &signature = getSignature();
  const size_t inputBytes = signature.inputBytes(),
               outputBytes = signature.outputBytes();
  assert(inputs.size() % inputBytes == 0 && "a sample is cut off");
  std::vector<uint8_t> scores(inputs.size() / inputBytes * outputBytes);
  for (size_t i = 0; i * inputBytes < inputs.size(); ++i)
    loaded->run(inputs.data() + i * inputBytes,
                scores.data() + i * outputBytes);
  return scores;
}

//===----------------------------------------------------------------------===//
// A target
//===----------------------------------------------------------------------===//

namespace {

/// Makes and measures the code of one network for one target.
class TargetDeployment {
public:
  TargetDeployment(QuantizedModel &model, const QuantizedRequest &request)
      : model(model), request(request), target(*request.target) {}

  llvm::Expected<QuantizedTarget> run();

private:
  llvm::Expected<NetworkObject> compile(bool profile);
  llvm::Error writeSource();
  llvm::Error runFirmwareProject();
  llvm::Error runTestPrograms();
  llvm::Error writeText(llvm::StringRef file, llvm::StringRef text,
                        llvm::StringRef description);
  /// Compares the scores that `verify` leaves in a file.
  llvm::Error compare(
      llvm::function_ref<llvm::Error(llvm::StringRef, llvm::StringRef)> verify);
  /// Turns a missing program into a remark.
  llvm::Error remark(llvm::Error error);
  std::string pathOf(const llvm::Twine &file) const {
    llvm::SmallString<256> path(request.directory);
    llvm::sys::path::append(path, file);
    return path.str().str();
  }
  void addFile(const llvm::Twine &file, llvm::StringRef description) {
    const std::string path = request.prefix + file.str();
    for (const DeployedFile &known : result.files)
      if (known.path == path)
        return;
    result.files.push_back({path, description.str()});
  }

  QuantizedModel &model;
  const QuantizedRequest &request;
  const Target &target;
  QuantizedTarget result;
};

llvm::Expected<NetworkObject> TargetDeployment::compile(bool profile) {
  auto machine = createTargetMachine(target.code);
  if (!machine)
    return machine.takeError();
  QuantizedPipeline pipeline(std::move(*machine), request.alignment, profile);
  mlir::OwningOpRef<mlir::ModuleOp> module = model.getTosa().clone();
  return compileNetwork(*module, pipeline);
}

llvm::Error TargetDeployment::writeText(llvm::StringRef file,
                                        llvm::StringRef text,
                                        llvm::StringRef description) {
  const std::string path = pathOf(file);
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &out) {
    out << text;
    return llvm::Error::success();
  });
  if (error)
    return codedError(Diag::NAS6010, "cannot write '" + path + "': " +
                                         llvm::toString(std::move(error)));
  addFile(file, description);
  return llvm::Error::success();
}

llvm::Error TargetDeployment::writeSource() {
  auto machine = createTargetMachine(target.code);
  if (!machine)
    return machine.takeError();
  QuantizedPipeline pipeline(std::move(*machine), request.alignment);
  mlir::OwningOpRef<mlir::ModuleOp> module = model.getTosa().clone();
  if (mlir::failed(
          pipeline.lower(*module, LoweringStage::Tosa, LoweringStage::Linalg)))
    return codedError(Diag::NAS6009, "the network cannot be lowered");
  CPrinterOptions options;
  options.header = model.getName() + ".h";
  options.comment = model.getName() +
                    ".c - A neural network on 8-bit integers. Written by "
                    "nasc.\n\nPortable C99: no heap, no library, no state.";
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (llvm::Error error = printC(*module, stream, options))
    return error;
  return writeText(model.getName() + ".c", text, "portable C99");
}

llvm::Error TargetDeployment::remark(llvm::Error error) {
  return llvm::handleErrors(
      std::move(error), [&](std::unique_ptr<MissingProgram> missing) {
        result.remarks.push_back(describe(llvm::Error(std::move(missing))));
      });
}

llvm::Error TargetDeployment::compare(
    llvm::function_ref<llvm::Error(llvm::StringRef, llvm::StringRef)> verify) {
  if (request.inputs.empty())
    return llvm::Error::success();
  llvm::SmallString<128> folder;
  if (std::error_code problem =
          llvm::sys::fs::createUniqueDirectory("nasc-verify", folder))
    return codedError(Diag::NAS6010,
                      "cannot create a folder for the comparison of scores: " +
                          problem.message());
  auto remove =
      llvm::make_scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  const std::string samples = (folder + "/samples").str(),
                    scores = (folder + "/scores").str();
  {
    std::error_code problem;
    llvm::raw_fd_ostream stream(samples, problem);
    if (!problem) {
      stream.write(reinterpret_cast<const char *>(request.inputs.data()),
                   request.inputs.size());
      stream.close();
      problem = stream.error();
      stream.clear_error();
    }
    if (problem)
      return codedError(Diag::NAS6010,
                        "cannot write samples: " + problem.message());
  }
  if (llvm::Error error = verify(samples, scores))
    return error;
  auto found = llvm::MemoryBuffer::getFile(scores);
  if (!found)
    return codedError(Diag::NAS6045, "the program left no scores");
  llvm::StringRef bytes = (*found)->getBuffer();
  const size_t each = result.signature.outputBytes();
  if (bytes.size() != request.scores.size())
    return codedError(Diag::NAS6045,
                      llvm::formatv("the program left {0} bytes of scores, not "
                                    "{1}",
                                    bytes.size(), request.scores.size())
                          .str());
  const int64_t count = request.scores.size() / each;
  result.comparedSamples = std::max(result.comparedSamples, count);
  for (int64_t i = 0; i < count; ++i)
    if (std::memcmp(bytes.data() + i * each, request.scores.data() + i * each,
                    each) != 0)
      ++result.differentSamples;
  return llvm::Error::success();
}

llvm::Error TargetDeployment::runFirmwareProject() {
  auto files = writeExampleProject(result.signature, target, request.directory);
  if (!files)
    return files.takeError();
  for (const ProjectFile &file : *files)
    addFile(file.name, file.description);
  if (llvm::Error missing = checkTargetPrograms(target))
    return remark(std::move(missing));

  // Whoever builds the project has a build folder of their own.
  auto remove = llvm::make_scope_exit(
      [&] { llvm::sys::fs::remove_directories(pathOf("build")); });
  auto elf = buildFirmware(target, model.getName(), request.directory);
  if (!elf)
    return remark(elf.takeError());
  auto memory = readMemoryUse(llvm::StringRef(*elf));
  if (!memory)
    return memory.takeError();
  result.firmware = *memory;
  auto check = runFirmware(target, *elf);
  if (!check)
    return remark(check.takeError());
  result.check = std::move(*check);
  if (llvm::Error error =
          compare([&](llvm::StringRef samples, llvm::StringRef scores) {
            return verifyFirmware(target, *elf, samples, scores);
          }))
    return error;
  if (request.emitC) {
    auto fromSource = buildFirmware(target, model.getName(), request.directory,
                                    {/*profile=*/false,
                                     /*portableSource=*/true});
    if (!fromSource)
      return remark(fromSource.takeError());
    if (llvm::Error error =
            compare([&](llvm::StringRef samples, llvm::StringRef scores) {
              return verifyFirmware(target, *fromSource, samples, scores);
            }))
      return error;
  }
  auto profile = buildFirmware(target, model.getName(), request.directory,
                               {/*profile=*/true, /*portableSource=*/false});
  if (!profile)
    return remark(profile.takeError());
  auto steps = runFirmware(target, *profile);
  if (!steps)
    return remark(steps.takeError());
  result.stepInstructions = steps->stepInstructions;
  return llvm::Error::success();
}

llvm::Error TargetDeployment::runTestPrograms() {
  if (llvm::Error missing = checkTargetPrograms(target))
    return remark(std::move(missing));
  for (bool fromSource : {false, true}) {
    if (fromSource ? !request.emitC : !request.emitObject)
      continue;
    NetworkArtifact artifact;
    artifact.header = pathOf(model.getName() + ".h");
    artifact.object = pathOf(model.getName() + (fromSource ? ".c" : ".o"));
    if (llvm::Error error = nasc::deploy::linkTestProgram(
            result.signature, target, artifact, request.directory))
      return remark(std::move(error));
    addFile(model.getName() + "_test.c", "source of the test program");
    addFile(model.getName() + "_test", "test program: raw samples in, scores "
                                       "out");
    auto check = checkTestProgram(target, artifact);
    if (!check)
      return remark(check.takeError());
    if (!result.check)
      result.check = std::move(*check);
    if (llvm::Error error =
            compare([&](llvm::StringRef samples, llvm::StringRef scores) {
              return verifyTestProgram(target, artifact, samples, scores);
            }))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<QuantizedTarget> TargetDeployment::run() {
  auto object = compile(/*profile=*/false);
  if (!object)
    return object.takeError();
  object->signature.checkCrc32 = model.getCheckCrc32();
  if (llvm::Error error = measureObject(*object))
    return error;
  auto memory = readMemoryUse(
      llvm::MemoryBufferRef(object->object.str(), model.getName()));
  if (!memory)
    return memory.takeError();
  result.object = *memory;
  result.signature = object->signature;
  result.plan =
      planMemory(model.getNetwork(), PlainKernels(), request.alignment);

  auto writeHeader = [&] {
    return writeText(model.getName() + ".h",
                     makeNetworkHeader(result.signature), "C header");
  };
  if (llvm::Error error = writeHeader())
    return error;
  if (request.emitObject || target.bareMetal)
    if (llvm::Error error =
            writeText(model.getName() + ".o", object->object, "object file"))
      return error;
  if (request.emitC)
    if (llvm::Error error = writeSource())
      return error;
  if (target.bareMetal) {
    auto profiled = compile(/*profile=*/true);
    if (!profiled)
      return profiled.takeError();
    if (llvm::Error error =
            writeText(model.getName() + "_profile.o", profiled->object,
                      "object file that reports its steps"))
      return error;
  }
  if (llvm::Error error =
          target.bareMetal ? runFirmwareProject() : runTestPrograms())
    return error;
  // What was measured belongs into the header.
  if (result.check && result.check->stackBytes) {
    result.signature.stackBytes = *result.check->stackBytes;
    if (llvm::Error error = writeHeader())
      return error;
  }
  return std::move(result);
}

} // namespace

llvm::Expected<QuantizedTarget>
deploy::deployQuantized(QuantizedModel &model,
                        const QuantizedRequest &request) {
  return TargetDeployment(model, request).run();
}
