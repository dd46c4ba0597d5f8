//===- Deployment.cpp - A trained network for its targets -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Deployment.h"

#include "dialects/diagnostics/CodedError.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/LayerReading.h"
#include "passes/lowering/NetworkArtifact.h"
#include "passes/lowering/Passes.h"
#include "runtime/deploy/Firmware.h"
#include "runtime/deploy/WeightsFile.h"
#include "runtime/network/NetworkExtraction.h"
#include "runtime/onnx/OnnxExport.h"
#include "runtime/train/TrainerLibrary.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <map>

using namespace nasc;
using namespace nasc::deploy;
using namespace nasc::search;

namespace {

std::string splitName(train::Split split) {
  return split == train::Split::Test ? "test" : "validation";
}

/// The name of the device's target; `host` for a device of that name.
std::string targetOf(DeployOp op) {
  auto device = mlir::SymbolTable::lookupNearestSymbolFrom<nas::DeviceOp>(
      op, op.getDeviceAttr());
  if (device && device.getTarget())
    return device.getTarget()->str();
  return op.getDevice() == "host" ? "host" : "";
}

/// The scores of generated code against those of the trained network.
Verification compareScores(llvm::ArrayRef<float> found,
                           llvm::ArrayRef<float> expected,
                           const train::SampleView &samples,
                           train::TargetKind target, size_t width) {
  Verification verification;
  const size_t images = samples.indices.size();
  verification.images = images;
  bool classes = target == train::TargetKind::Label;
  if (classes)
    verification.confusion = train::confusionOf(found, samples, width);
  for (size_t i = 0; i < images; ++i) {
    llvm::ArrayRef<float> a = found.slice(i * width, width);
    llvm::ArrayRef<float> b = expected.slice(i * width, width);
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
  }
  // NaN without classes.
  verification.accuracy = verification.confusion.accuracy();
  return verification;
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
  llvm::Error emitQuantized(DeployOp op);
  llvm::Error emitOnnx(DeployOp op);
  /// Whether what was made keeps the promises that were made of it.
  llvm::Error checkPromises(DeployOp op, nas::DeviceOp device,
                            const QuantizedTarget &made);
  /// The network with its weights.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> trainedModule();
  /// The network with its weights and the scales of its tensors, made once for
  /// each size of calibration.
  llvm::Expected<mlir::ModuleOp> calibratedModule(DeployOp op);
  /// The network on 8-bit integers, made once for each way of rounding and
  /// calibration.
  llvm::Expected<QuantizedModel *> quantizedModel(DeployOp op);
  llvm::Expected<RawSampleSet> rawSamples(const train::SampleView &samples);
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
  std::map<std::string, QuantizedModel> models;
  std::map<int64_t, mlir::OwningOpRef<mlir::ModuleOp>> calibrated;
  DeployedNetwork result;
};

/// Samples that are run on a target which an emulator stands for.
constexpr size_t emulatedSamples = 200;

llvm::Expected<DeployedNetwork> NetworkDeployment::run(PipelineOp pipeline) {
  if (llvm::Error error = writeNetworkFiles())
    return error;
  for (auto op : pipeline.getBody().getOps<DeployOp>()) {
    if (op.emits(Emission::Onnx))
      if (llvm::Error error = emitOnnx(op))
        return error;
    if (!op.emits(Emission::Object) && !op.emits(Emission::C))
      continue;
    if (llvm::Error error = op.getPrecision() == nas::Precision::Int8
                                ? emitQuantized(op)
                                : emitObject(op))
      return error;
  }
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
  auto module = trainedModule();
  if (!module)
    return module.takeError();
  mlir::PassManager manager((**module)->getContext());
  manager.addPass(createConvertNasToTosa());
  if (mlir::failed(manager.run(**module)))
    return llvm::make_error<ReportedError>();
  auto pipeline = createTargetPipeline("float32", TargetDescription());
  if (!pipeline)
    return pipeline.takeError();
  std::string function = makeCIdentifier(value.space->getSpace().getSymName());
  llvm::Expected<NetworkObject> object =
      compileNetwork(**module, **pipeline, function);
  if (!object)
    return object.takeError();

  std::string folder = (name + "/" + op.getDevice()).str();
  std::string directory = output.pathOf(folder);
  if (std::error_code problem = createFolders(directory))
    return llvm::createStringError(problem, "cannot create " + directory);
  llvm::Expected<NetworkArtifact> artifact = writeNetwork(*object, directory);
  if (!artifact)
    return artifact.takeError();
  auto relative = [&](llvm::StringRef path) {
    return folder + "/" + llvm::sys::path::filename(path).str();
  };
  addFile(relative(artifact->object), "object file");
  addFile(relative(artifact->header), "C header");
  if (llvm::Error error =
          linkTestProgram(object->signature, *artifact, directory))
    return error;
  addFile(relative(artifact->testSource), "source of the test program");
  addFile(relative(artifact->testProgram),
          "test program: raw samples in, scores out");
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  // A network from a file can come without samples.
  if (((*source)->data.test.indices.empty() || split != train::Split::Test) &&
      (*source)->data.validation.indices.empty())
    return llvm::Error::success();
  llvm::Expected<Verification> verification = verify(
      *object, *artifact,
      (op.getDevice() + ", " + nas::stringifyPrecision(op.getPrecision()))
          .str());
  if (!verification)
    return verification.takeError();
  result.verifications.push_back(std::move(*verification));
  return llvm::Error::success();
}

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
NetworkDeployment::trainedModule() {
  auto module = value.space->specialize(network.architecture);
  if (mlir::failed(module))
    return llvm::make_error<ReportedError>();
  attachWeights(**module, *network.weights);
  return std::move(*module);
}

llvm::Expected<RawSampleSet>
NetworkDeployment::rawSamples(const train::SampleView &samples) {
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  const train::TrainingData &data = (*source)->data;
  RawSampleSet set;
  set.data = static_cast<const uint8_t *>(samples.values);
  set.element =
      data.element == train::ElementType::Float32 ? SampleElement::Float32
      : data.element == train::ElementType::Int8  ? SampleElement::Int8
                                                  : SampleElement::UInt8;
  set.bytes = getElementBytes(set.element);
  for (int64_t size : data.shape)
    set.bytes *= size;
  set.indices = samples.indices;
  return set;
}

/// How many samples a deployment calibrates with.
static int64_t calibrationOf(DeployOp op) {
  return op.getCalibration().value_or(500);
}

static nasc::Rounding roundingOf(DeployOp op) {
  return op.getRounding() == search::Rounding::Double ? nasc::Rounding::Double
                                                      : nasc::Rounding::Single;
}

llvm::Expected<mlir::ModuleOp>
NetworkDeployment::calibratedModule(DeployOp op) {
  const int64_t calibration = calibrationOf(op);
  auto known = calibrated.find(calibration);
  if (known != calibrated.end())
    return *known->second;
  auto module = trainedModule();
  if (!module)
    return module.takeError();
  const bool isQuantized = !(*module)->getOps<nas::QuantizationOp>().empty();
  std::vector<ActivationRange> learnt;
  for (const StoredRange &range : network.weights->ranges)
    learnt.push_back({range.layer, range.minimum, range.maximum});
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  llvm::Expected<RawSampleSet> samples = rawSamples((*source)->data.train);
  if (!samples)
    return samples.takeError();
  // Training knows the tensors that are stored, a file those it says: what
  // else is needed, before activations that become tables, is observed.
  std::vector<ActivationRange> observed;
  if ((learnt.empty() && !isQuantized) || !samples->indices.empty()) {
    // Evenly from all training samples: files are often sorted.
    std::vector<int64_t> chosen;
    const int64_t count = samples->indices.size();
    const int64_t wanted = std::min(calibration, count);
    for (int64_t i = 0; i < wanted; ++i)
      chosen.push_back(samples->indices[i * count / wanted]);
    samples->indices = std::move(chosen);
    auto ranges = observeRanges(**module, *samples);
    if (!ranges)
      return ranges.takeError();
    observed = std::move(*ranges);
  }
  if (isQuantized) {
    addQuantization(**module, observed);
  } else {
    // `input` is not among what was observed where its integers are the raw
    // bytes; a learnt range of it gives way to that.
    const bool isFree = llvm::none_of(
        observed, [](const auto &range) { return range.layer == "input"; });
    llvm::erase_if(learnt, [&](const ActivationRange &range) {
      return isFree && range.layer == "input";
    });
    addQuantization(**module, learnt);
    addQuantization(**module, observed);
  }
  // Said in IR too where it costs nothing: files that are written need it.
  auto space = *(*module)->getOps<nas::SpaceOp>().begin();
  const bool isKnown = llvm::any_of(
      (*module)->getOps<nas::QuantizationOp>(),
      [](nas::QuantizationOp op) { return op.getLayer() == "input"; });
  auto raw = readRawSamples(space, "");
  if (!isKnown && mlir::succeeded(raw))
    if (auto free = freeQuantization(*raw)) {
      mlir::OpBuilder builder =
          mlir::OpBuilder::atBlockEnd((*module)->getBody());
      builder.create<nas::QuantizationOp>(
          (*module)->getLoc(), builder.getStringAttr("input"),
          builder.getF64FloatAttr(free->scale),
          builder.getI64IntegerAttr(free->zeroPoint));
    }
  return *calibrated.emplace(calibration, std::move(*module)).first->second;
}

llvm::Expected<QuantizedModel *>
NetworkDeployment::quantizedModel(DeployOp op) {
  const nasc::Rounding rounding = roundingOf(op);
  const std::string key = std::to_string(static_cast<int>(rounding)) + " " +
                          std::to_string(calibrationOf(op));
  auto known = models.find(key);
  if (known != models.end())
    return &known->second;
  llvm::Expected<mlir::ModuleOp> module = calibratedModule(op);
  if (!module)
    return module.takeError();
  llvm::Expected<QuantizedModel> model = QuantizedModel::create(
      *module, rounding, value.space->getSpace().getSymName());
  if (!model)
    return model.takeError();
  std::string text;
  llvm::raw_string_ostream stream(text);
  model->getTosa().print(stream);
  stream << '\n';
  const std::string folder = (name + "/" + op.getDevice()).str();
  const std::string file = folder + "/network.tosa.mlir";
  if (std::error_code problem = createFolders(output.pathOf(folder)))
    return llvm::createStringError(problem, "cannot create " + folder);
  if (llvm::Error error = output.writeFile(file, text))
    return error;
  addFile(file, "the network on 8-bit integers, as TOSA");
  return &models.emplace(key, std::move(*model)).first->second;
}

llvm::Error NetworkDeployment::emitOnnx(DeployOp op) {
  const bool isQuantized = op.getPrecision() == nas::Precision::Int8;
  mlir::OwningOpRef<mlir::ModuleOp> trained;
  mlir::ModuleOp module;
  if (isQuantized) {
    llvm::Expected<mlir::ModuleOp> found = calibratedModule(op);
    if (!found)
      return found.takeError();
    module = *found;
  } else {
    auto found = trainedModule();
    if (!found)
      return found.takeError();
    trained = std::move(*found);
    module = *trained;
  }
  auto space = *module.getOps<nas::SpaceOp>().begin();
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (llvm::Error error = writeOnnx(
          space, isQuantized ? OnnxForm::QDQ : OnnxForm::Float, stream))
    return error;
  const std::string file =
      (name + "/" + op.getDevice() + "/" +
       makeCIdentifier(value.space->getSpace().getSymName()) + ".onnx")
          .str();
  const std::string directory =
      output.pathOf((name + "/" + op.getDevice()).str());
  if (std::error_code problem = createFolders(directory))
    return llvm::createStringError(problem, "cannot create " + directory);
  if (llvm::Error error = output.writeFile(file, bytes))
    return error;
  addFile(file, isQuantized ? "ONNX with QuantizeLinear and DequantizeLinear"
                            : "ONNX, float32");
  return llvm::Error::success();
}

llvm::Error NetworkDeployment::checkPromises(DeployOp op, nas::DeviceOp device,
                                             const QuantizedTarget &made) {
  if (!device || !(*getTarget(targetOf(op)))->bareMetal)
    return llvm::Error::success();
  auto fail = [&](Diag code, llvm::StringRef memory, int64_t needed,
                  int64_t limit, llvm::StringRef what) {
    return codedError(
        code, llvm::formatv("'{0}' needs {1} bytes of {2} on '{3}', more than "
                            "the {4} bytes {5}",
                            name, needed, memory, op.getDevice(), limit, what)
                  .str());
  };
  const NetworkSignature &signature = made.signature;
  const int64_t stack = signature.stackBytes.value_or(device.getStack());
  const int64_t ram = signature.arenaBytes + stack +
                      static_cast<int64_t>(device.getStaticRam());
  const int64_t flash = *signature.codeBytes + *signature.constantBytes +
                        static_cast<int64_t>(device.getRuntimeFlash());
  if (device.getRam() && ram > static_cast<int64_t>(*device.getRam()))
    return fail(Diag::NAS6067, "RAM", ram, *device.getRam(), "that it has");
  if (device.getFlash() && flash > static_cast<int64_t>(*device.getFlash()))
    return fail(Diag::NAS6067, "flash", flash, *device.getFlash(),
                "that it has");
  cost::Evaluation costs = value.space->costsOf(network.architecture);
  for (auto [metric, checked] :
       llvm::zip(value.space->getProgram().metrics, costs.metrics)) {
    if (metric.device != op.getDevice())
      continue;
    if (metric.name == "ram" && ram > checked)
      return fail(Diag::NAS6066, "RAM", ram, checked,
                  "that its limits were checked with");
    // Double rounding has a shift for each channel.
    if (metric.name == "flash" && roundingOf(op) == nasc::Rounding::Single &&
        flash > checked)
      return fail(Diag::NAS6066, "flash", flash, checked,
                  "that its limits were checked with");
  }
  return llvm::Error::success();
}

llvm::Error NetworkDeployment::emitQuantized(DeployOp op) {
  llvm::Expected<QuantizedModel *> model = quantizedModel(op);
  if (!model)
    return model.takeError();
  auto device = mlir::SymbolTable::lookupNearestSymbolFrom<nas::DeviceOp>(
      op->getParentOp(),
      mlir::StringAttr::get(op.getContext(), op.getDevice()));
  auto target = getTarget(targetOf(op));
  if (!target)
    return target.takeError();
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  const train::TrainingData &data = (*source)->data;
  const train::SampleView &view =
      split == train::Split::Test ? data.test : data.validation;
  llvm::Expected<RawSampleSet> samples = rawSamples(view);
  if (!samples)
    return samples.takeError();

  // All samples on this machine, as many on the target as time allows.
  const bool isEmulated =
      (*target)->bareMetal || !(*target)->emulator.program.empty();
  std::vector<uint8_t> inputs =
      (*model)->makeInputs(*samples, samples->indices.size());
  std::vector<uint8_t> scores = (*model)->run(inputs);
  const NetworkSignature &signature = (*model)->getSignature();
  const size_t compared =
      std::min(samples->indices.size(),
               isEmulated ? emulatedSamples : samples->indices.size());
  QuantizedRequest request;
  request.target = *target;
  request.alignment = device ? std::max<int64_t>(4, device.getAlignment()) : 16;
  request.emitObject = op.emits(Emission::Object);
  request.emitC = op.emits(Emission::C);
  std::string folder = (name + "/" + op.getDevice()).str();
  request.directory = output.pathOf(folder);
  request.prefix = folder + "/";
  request.inputs = llvm::ArrayRef<uint8_t>(inputs).take_front(
      compared * signature.inputBytes());
  request.scores = llvm::ArrayRef<uint8_t>(scores).take_front(
      compared * signature.outputBytes());
  if (std::error_code problem = createFolders(request.directory))
    return llvm::createStringError(problem,
                                   "cannot create " + request.directory);
  llvm::Expected<QuantizedTarget> made = deployQuantized(**model, request);
  if (!made)
    return made.takeError();
  if (llvm::Error error = checkPromises(op, device, *made))
    return error;
  llvm::append_range(result.files, made->files);
  for (const std::string &text : made->remarks)
    result.remarks.push_back((op.getDevice() + ": " + text).str());

  llvm::Expected<std::vector<float>> expected = std::vector<float>();
  if (!samples->indices.empty())
    expected = trainedOutputs();
  if (!expected)
    return expected.takeError();
  std::vector<float> found;
  const ElementQuantization quantization =
      signature.outputQuantization.value_or(ElementQuantization());
  for (uint8_t score : scores)
    found.push_back(
        static_cast<float>(quantization.scale * (static_cast<int8_t>(score) -
                                                 quantization.zeroPoint)));
  if (found.size() != expected->size())
    return llvm::createStringError("the network on 8-bit integers has another "
                                   "number of scores than the trained one");
  Verification verification = compareScores(found, *expected, view, data.target,
                                            signature.outputElements());
  verification.target = (op.getDevice() + ", int8").str();
  verification.what = llvm::formatv("{0} {1} samples on 8-bit integers, {2} "
                                    "of them on {3}",
                                    samples->indices.size(), splitName(split),
                                    made->comparedSamples, (*target)->name)
                          .str();
  verification.checksum = llvm::crc32(scores);
  verification.comparedSamples = made->comparedSamples;
  verification.differentSamples = made->differentSamples;
  if (made->check && !made->check->passed)
    verification.differentSamples =
        std::max<int64_t>(verification.differentSamples, 1);
  result.verifications.push_back(std::move(verification));
  if (!result.steps)
    result.steps = std::make_shared<QuantizedNetwork>((*model)->getNetwork());
  result.quantized.push_back({op.getDevice().str(), std::move(*made)});
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
  if (value.space->getSpace().getTask() == nas::Task::Regression)
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

    Verification verification =
        compareScores(found, *expected, samples, data.target, width);
    verification.target = target.str();
    verification.what =
        llvm::formatv("{0} {1} samples through {2}", images, splitName(split),
                      llvm::sys::path::filename(artifact.testProgram))
            .str();
    verification.checksum = llvm::crc32(llvm::ArrayRef<uint8_t>(
        reinterpret_cast<const uint8_t *>((*buffer)->getBufferStart()),
        (*buffer)->getBufferSize()));
    return verification;
  };
  llvm::Expected<Verification> verification = compare();
  llvm::sys::fs::remove_directories(folder);
  return verification;
}

} // namespace

llvm::Error deploy::checkTarget(DeployOp op) {
  if (!op.emits(Emission::Object) && !op.emits(Emission::C))
    return llvm::Error::success();
  const std::string name = targetOf(op);
  if (name.empty())
    return codedError(
        Diag::NAS6064,
        "the device '" + op.getDevice().str() +
            "' names no target, so that no code can be generated for it; add "
            "target = \"cortex-m7\" or the like to the device, or emit = "
            "[cost] to "
            "analyse it");
  auto target = getTarget(name);
  if (!target)
    return target.takeError();
  if (op.getPrecision() != nas::Precision::Int8) {
    if (op.emits(Emission::C))
      return codedError(Diag::NAS6064, "portable C is made of networks with "
                                       "precision = int8");
    if (name != "host")
      return codedError(
          Diag::NAS6064,
          "code of float32 is generated for the host alone; for '" +
              op.getDevice().str() + "' write precision = int8");
  }
  auto pipeline = createTargetPipeline(
      nas::stringifyPrecision(op.getPrecision()), (*target)->code);
  return pipeline.takeError();
}

llvm::Expected<DeployedNetwork>
deploy::deployNetwork(const StageValue &value, const Candidate &network,
                      llvm::StringRef name, PipelineOp pipeline,
                      SearchContext &context, study::OutputDirectory &output,
                      train::Split split) {
  return NetworkDeployment(value, network, name, context, output, split)
      .run(pipeline);
}
