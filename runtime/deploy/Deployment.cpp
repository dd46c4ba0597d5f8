//===- Deployment.cpp - A trained network for its targets -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Deployment.h"

#include "passes/lowering/NetworkArtifact.h"
#include "passes/lowering/Passes.h"
#include "runtime/deploy/WeightsFile.h"
#include "runtime/network/NetworkExtraction.h"
#include "runtime/train/TrainerLibrary.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace nasc;
using namespace nasc::deploy;
using namespace nasc::search;

namespace {

bool emits(DeployOp op, llvm::StringRef what) {
  return llvm::any_of(op.getEmit().getAsValueRange<mlir::StringAttr>(),
                      [&](llvm::StringRef text) { return text == what; });
}

std::string splitName(train::Split split) {
  return split == train::Split::Test ? "test" : "validation";
}

/// Deploys one network to the targets of a pipeline.
class NetworkDeployment {
public:
  NetworkDeployment(const StageValue &value, const Candidate &network,
                    llvm::StringRef name, SearchContext &context,
                    study::OutputDirectory &output, train::Split split)
      : value(value), network(network), name(name.str()), context(context),
        output(output), split(split) {}

  llvm::Expected<DeployedNetwork> run(PipelineOp pipeline);

private:
  llvm::Error writeNetworkFiles();
  llvm::Error emitObject(DeployOp op);
  llvm::Expected<Verification> verify(const NetworkObject &object,
                                      const NetworkArtifact &artifact,
                                      llvm::StringRef target);
  llvm::Error writeSamples(llvm::StringRef path,
                           const train::SampleView &samples);
  llvm::Expected<std::vector<float>> trainedOutputs();

  void addFile(const llvm::Twine &path, llvm::StringRef description) {
    result.files.push_back({path.str(), description.str()});
  }

  const StageValue &value;
  const Candidate &network;
  std::string name;
  SearchContext &context;
  study::OutputDirectory &output;
  train::Split split;
  DeployedNetwork result;
};

llvm::Expected<DeployedNetwork> NetworkDeployment::run(PipelineOp pipeline) {
  if (llvm::Error error = writeNetworkFiles())
    return error;
  for (auto op : pipeline.getBody().getOps<DeployOp>())
    if (emits(op, "object"))
      if (llvm::Error error = emitObject(op))
        return error;
  return std::move(result);
}

llvm::Error NetworkDeployment::writeNetworkFiles() {
  auto module = value.space->specialize(network.architecture);
  if (mlir::failed(module))
    return llvm::make_error<ReportedError>();
  std::string text;
  llvm::raw_string_ostream stream(text);
  (*module)->print(stream);
  stream << '\n';
  if (llvm::Error error = output.writeFile(name + "/network.mlir", text))
    return error;
  addFile(name + "/network.mlir", "the network as IR");
  std::string bytes;
  llvm::raw_string_ostream byteStream(bytes);
  writeSafetensors(byteStream, *network.weights);
  if (llvm::Error error =
          output.writeFile(name + "/weights.safetensors", bytes))
    return error;
  addFile(name + "/weights.safetensors", "its weights, float32");
  return llvm::Error::success();
}

llvm::Error NetworkDeployment::emitObject(DeployOp op) {
  auto module = value.space->specialize(network.architecture);
  if (mlir::failed(module))
    return llvm::make_error<ReportedError>();
  attachWeights(**module, *network.weights);
  mlir::PassManager manager((*module)->getContext());
  manager.addPass(createConvertNasToTosa());
  if (mlir::failed(manager.run(**module)))
    return llvm::make_error<ReportedError>();
  auto pipeline = createTargetPipeline(op.getPrecision(), TargetDescription());
  if (!pipeline)
    return pipeline.takeError();
  std::string function = makeCIdentifier(value.space->getSpace().getSymName());
  llvm::Expected<NetworkObject> object =
      compileNetwork(**module, **pipeline, function);
  if (!object)
    return object.takeError();

  std::string folder = (name + "/" + op.getDevice()).str();
  std::string directory = output.pathOf(folder);
  if (std::error_code problem = llvm::sys::fs::create_directories(directory))
    return llvm::createStringError(problem, "cannot create " + directory);
  llvm::Expected<NetworkArtifact> artifact = writeNetwork(*object, directory);
  if (!artifact)
    return artifact.takeError();
  auto relative = [&](llvm::StringRef path) {
    return folder + "/" + llvm::sys::path::filename(path).str();
  };
  addFile(relative(artifact->object), "object file");
  addFile(relative(artifact->header), "C header");
  addFile(relative(artifact->testSource), "source of the test program");
  if (llvm::Error error =
          linkTestProgram(object->signature, *artifact, directory))
    return error;
  addFile(relative(artifact->testProgram),
          "test program: raw samples in, scores out");
  llvm::Expected<Verification> verification = verify(
      *object, *artifact, (op.getDevice() + ", " + op.getPrecision()).str());
  if (!verification)
    return verification.takeError();
  result.verifications.push_back(std::move(*verification));
  return llvm::Error::success();
}

llvm::Error NetworkDeployment::writeSamples(llvm::StringRef path,
                                            const train::SampleView &samples) {
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  const train::TrainingData &data = (*source)->data;
  uint64_t bytes = data.element == train::ElementType::Float32 ? 4 : 1;
  for (int64_t size : data.shape)
    bytes *= size;
  std::error_code problem;
  llvm::raw_fd_ostream stream(path, problem);
  if (!problem) {
    for (int64_t index : samples.indices)
      stream.write(static_cast<const char *>(samples.values) + index * bytes,
                   bytes);
    stream.close();
    problem = stream.error();
    stream.clear_error();
  }
  if (problem)
    return llvm::createStringError(problem, "cannot write samples: " +
                                                problem.message());
  return llvm::Error::success();
}

/// What LibTorch computes with the weights that were kept.
llvm::Expected<std::vector<float>> NetworkDeployment::trainedOutputs() {
  llvm::Expected<train::Trainer *> trainer = context.trainer();
  if (!trainer)
    return trainer.takeError();
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  auto description = value.space->networkOf(network.architecture);
  if (mlir::failed(description))
    return llvm::make_error<ReportedError>();
  train::TrainingSettings settings;
  settings.threads = context.threads;
  if (value.space->getSpace().getTask() == "regression")
    settings.loss = train::LossKind::MeanSquaredError;
  auto session = train::toExpected(
      (*trainer)->createSession(*description, (*source)->data, settings));
  if (!session)
    return session.takeError();
  if (llvm::Error error =
          train::toError((*session)->setWeights(*network.weights)))
    return error;
  return train::toExpected((*session)->logits(split));
}

llvm::Expected<Verification>
NetworkDeployment::verify(const NetworkObject &object,
                          const NetworkArtifact &artifact,
                          llvm::StringRef target) {
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  const train::TrainingData &data = (*source)->data;
  const train::SampleView &samples =
      split == train::Split::Test ? data.test : data.validation;

  llvm::SmallString<128> folder;
  if (std::error_code problem =
          llvm::sys::fs::createUniqueDirectory("nasc-verify", folder))
    return llvm::createStringError(problem, "cannot create a folder for the "
                                            "comparison of outputs");
  std::string input = (folder + "/samples").str();
  std::string scores = (folder + "/scores").str();
  auto compare = [&]() -> llvm::Expected<Verification> {
    if (llvm::Error error = writeSamples(input, samples))
      return error;
    if (llvm::Error error = runTestProgram(artifact, input, scores))
      return error;
    auto buffer = llvm::MemoryBuffer::getFile(scores);
    if (!buffer)
      return llvm::createStringError(buffer.getError(),
                                     "the test program left no scores");
    llvm::Expected<std::vector<float>> expected = trainedOutputs();
    if (!expected)
      return expected.takeError();
    size_t width = object.signature.outputElements();
    size_t images = samples.indices.size();
    if ((*buffer)->getBufferSize() != images * width * sizeof(float) ||
        expected->size() != images * width)
      return llvm::createStringError(
          "the test program left another number of scores than expected");
    std::vector<float> found(images * width);
    std::memcpy(found.data(), (*buffer)->getBufferStart(),
                found.size() * sizeof(float));

    Verification verification;
    verification.target = target.str();
    verification.images = images;
    verification.what =
        llvm::formatv("{0} {1} samples through {2}", images, splitName(split),
                      llvm::sys::path::filename(artifact.testProgram))
            .str();
    verification.checksum = llvm::crc32(llvm::ArrayRef<uint8_t>(
        reinterpret_cast<const uint8_t *>((*buffer)->getBufferStart()),
        (*buffer)->getBufferSize()));
    int64_t correct = 0;
    bool classes = data.target == train::TargetKind::Label;
    for (size_t i = 0; i < images; ++i) {
      llvm::ArrayRef<float> a(found.data() + i * width, width);
      llvm::ArrayRef<float> b(expected->data() + i * width, width);
      for (auto [x, y] : llvm::zip(a, b)) {
        double difference = std::fabs(static_cast<double>(x) - y);
        // NaN must not look like agreement.
        if (!(difference <= verification.maximalDifference))
          verification.maximalDifference = difference;
      }
      if (!classes) {
        ++verification.sameClass;
        continue;
      }
      size_t ours = llvm::max_element(a) - a.begin();
      size_t theirs = llvm::max_element(b) - b.begin();
      if (ours == theirs)
        ++verification.sameClass;
      else if (std::fabs(b[ours] - b[theirs]) <= verification.tolerance)
        ++verification.ties;
      correct +=
          static_cast<int64_t>(ours) == samples.labels[samples.indices[i]];
    }
    verification.accuracy = classes && images
                                ? static_cast<double>(correct) / images
                                : std::numeric_limits<double>::quiet_NaN();
    return verification;
  };
  llvm::Expected<Verification> verification = compare();
  llvm::sys::fs::remove_directories(folder);
  return verification;
}

} // namespace

llvm::Error deploy::checkTarget(DeployOp op) {
  for (llvm::StringRef what :
       op.getEmit().getAsValueRange<mlir::StringAttr>()) {
    if (what == "cost")
      continue;
    if (what != "object")
      return llvm::createStringError("'" + what.str() +
                                     "' cannot be emitted for a target");
    if (op.getDevice() != "host")
      return llvm::createStringError(
          "code for the device '" + op.getDevice().str() +
          "' cannot be generated; emit = [cost] analyses it");
    auto pipeline =
        createTargetPipeline(op.getPrecision(), TargetDescription());
    if (!pipeline)
      return pipeline.takeError();
  }
  return llvm::Error::success();
}

llvm::Expected<DeployedNetwork>
deploy::deployNetwork(const StageValue &value, const Candidate &network,
                      llvm::StringRef name, PipelineOp pipeline,
                      SearchContext &context, study::OutputDirectory &output,
                      train::Split split) {
  return NetworkDeployment(value, network, name, context, output, split)
      .run(pipeline);
}
