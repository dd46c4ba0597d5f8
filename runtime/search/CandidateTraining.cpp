//===- CandidateTraining.cpp - Trains candidates, once --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/CandidateTraining.h"

#include "runtime/train/TrainerLibrary.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/BinaryStreamReader.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace nasc;
using namespace nasc::search;
using mlir::Attribute;
using mlir::DictionaryAttr;

namespace {

/// Reads the settings of one training.
class SettingsReader {
public:
  SettingsReader(DictionaryAttr settings, const CompiledSpace &space,
                 const cost::Architecture &architecture)
      : settings(settings), space(space), architecture(architecture) {}

  double real(llvm::StringRef name, double otherwise) {
    Attribute value = settings.get(name);
    if (!value)
      return otherwise;
    if (auto number = mlir::dyn_cast<mlir::FloatAttr>(value))
      return number.getValueAsDouble();
    if (auto number = mlir::dyn_cast<mlir::IntegerAttr>(value))
      return static_cast<double>(number.getInt());
    return chosen(name, value);
  }
  int64_t integer(llvm::StringRef name, int64_t otherwise) {
    return std::llround(real(name, static_cast<double>(otherwise)));
  }
  llvm::StringRef text(llvm::StringRef name, llvm::StringRef otherwise) {
    auto value = settings.getAs<mlir::StringAttr>(name);
    return value ? value.getValue() : otherwise;
  }
  bool hasProblem() const { return !problem.empty(); }
  const std::string &getProblem() const { return problem; }

private:
  double chosen(llvm::StringRef name, Attribute value) {
    auto choice = mlir::dyn_cast<ChoiceAttr>(value);
    if (!choice) {
      problem = "the setting " + name.str() + " is no number";
      return 0;
    }
    std::optional<uint32_t> index =
        space.getProgram().findChoice(choice.getName().getValue());
    if (!index || !architecture.active[*index]) {
      problem = "the setting " + name.str() + " is the choice '" +
                choice.getName().str() +
                "', which the architecture does not have";
      return 0;
    }
    const nas::Domain &domain = space.getDomain(*index);
    size_t position = architecture.positions[*index];
    switch (domain.getKind()) {
    case nas::Domain::Kind::Integers:
      return static_cast<double>(domain.getInteger(position));
    case nas::Domain::Kind::Reals:
      return domain.getReal(position);
    case nas::Domain::Kind::Labels:
      break;
    }
    problem = "the setting " + name.str() + " is a choice without numbers";
    return 0;
  }

  DictionaryAttr settings;
  const CompiledSpace &space;
  const cost::Architecture &architecture;
  std::string problem;
};

/// The settings as text, for the key of an evaluation: whatever is written
/// there decides the result.
std::string fidelityOf(DictionaryAttr settings) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      settings, stream,
      [&](mlir::NamedAttribute entry) {
        stream << entry.getName().getValue() << '=';
        if (auto string = mlir::dyn_cast<mlir::StringAttr>(entry.getValue()))
          stream << string.getValue();
        else
          entry.getValue().print(stream, /*elideType=*/true);
      },
      ",");
  return text;
}

llvm::Error interrupted() { return llvm::make_error<InterruptedError>(); }

/// JSON and SQL have no NaN: a diverged training has a loss that is beyond any
/// real one.
double finiteLoss(double loss) { return std::isfinite(loss) ? loss : 1e30; }

} // namespace

llvm::Expected<train::TrainingSettings>
search::trainingSettingsOf(DictionaryAttr attributes,
                           const CompiledSpace &space,
                           const cost::Architecture &architecture) {
  SettingsReader reader(attributes, space, architecture);
  train::TrainingSettings settings;
  settings.optimizer.kind =
      llvm::StringSwitch<train::OptimizerKind>(reader.text("optimizer", "adam"))
          .Case("sgd", train::OptimizerKind::SGD)
          .Case("adamw", train::OptimizerKind::AdamW)
          .Default(train::OptimizerKind::Adam);
  settings.optimizer.learningRate = reader.real("learning_rate", 1e-3);
  settings.optimizer.momentum = reader.real("momentum", 0.0);
  settings.optimizer.weightDecay = reader.real("weight_decay", 0.0);
  settings.schedule.kind =
      llvm::StringSwitch<train::ScheduleKind>(reader.text("schedule", "cosine"))
          .Case("constant", train::ScheduleKind::Constant)
          .Case("step", train::ScheduleKind::Step)
          .Default(train::ScheduleKind::Cosine);
  settings.schedule.every = reader.integer("step_every", 1);
  settings.schedule.factor = reader.real("step_factor", 0.1);
  settings.batchSize = reader.integer("batch", 128);
  settings.epochs = reader.integer("epochs", 1);
  settings.imagesPerEpoch = reader.integer("images", 0);
  settings.labelSmoothing = reader.real("label_smoothing", 0.0);
  settings.loss = reader.text("loss", "cross_entropy") == "mean_squared_error"
                      ? train::LossKind::MeanSquaredError
                      : train::LossKind::CrossEntropy;
  if (reader.text("quantize", "") == "int8") {
    settings.quantizationAware = true;
    settings.floatEpochs =
        settings.epochs -
        reader.integer("quantize_epochs",
                       std::max<int64_t>(1, settings.epochs / 4));
  }
  if (reader.hasProblem())
    return llvm::createStringError(reader.getProblem());
  return settings;
}

llvm::Error
CandidateTraining::evaluate(Candidate &candidate, const CompiledSpace &space,
                            int64_t ordinal,
                            llvm::function_ref<void(double, double)> onEpoch) {
  study::EvaluationKey key{stage, fidelityOf(settings), candidate.text};
  llvm::Expected<bool> known = answerFromStudy(candidate, key);
  if (!known)
    return known.takeError();
  if (!*known)
    if (llvm::Error error = train(candidate, space, key, ordinal, onEpoch))
      return error;
  candidate.objectives = objectivesOf(candidate, space, context.objectives);
  return llvm::Error::success();
}

llvm::Expected<bool>
CandidateTraining::answerFromStudy(Candidate &candidate,
                                   const study::EvaluationKey &key) {
  llvm::Expected<std::optional<study::Evaluation>> finished =
      context.study.findFinished(key);
  if (!finished)
    return finished.takeError();
  if (!*finished)
    return false;
  const study::Metric *accuracy = (*finished)->metric("accuracy");
  const study::Metric *loss = (*finished)->metric("loss");
  if (!accuracy || !loss)
    return false;
  candidate.accuracy = accuracy->asDouble();
  candidate.loss = loss->asDouble();
  if (keepWeights) {
    llvm::Expected<std::optional<study::Artifact>> artifact =
        context.study.getArtifact("weights\n" + key.text());
    if (!artifact)
      return artifact.takeError();
    if (!*artifact)
      return false;
    llvm::Expected<NetworkWeights> weights =
        deserializeWeights((*artifact)->data);
    if (!weights)
      return weights.takeError();
    candidate.weights = std::make_shared<NetworkWeights>(std::move(*weights));
  }
  ++answered;
  return true;
}

llvm::Error
CandidateTraining::train(Candidate &candidate, const CompiledSpace &space,
                         const study::EvaluationKey &key, int64_t ordinal,
                         llvm::function_ref<void(double, double)> onEpoch) {
  if (context.isInterrupted())
    return interrupted();
  if (!context.mayTrain)
    return llvm::createStringError(
        "the study is not finished: it has no evaluation of " + candidate.text +
        " in stage " + stage);
  mlir::FailureOr<NetworkDescription> network =
      space.networkOf(candidate.architecture);
  if (mlir::failed(network))
    return llvm::make_error<ReportedError>();
  llvm::Expected<train::TrainingSettings> training =
      trainingSettingsOf(settings, space, candidate.architecture);
  if (!training)
    return training.takeError();
  training->threads = context.threads;
  training->seed =
      llvm::xxh3_64bits(key.text()) ^ (context.seed * 0x9e3779b97f4a7c15ull);
  llvm::Expected<train::Trainer *> trainer = context.trainer();
  if (!trainer)
    return trainer.takeError();
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  training->augmentation = (*source)->augmentation;

  llvm::Expected<int64_t> id = context.study.beginEvaluation(key, ordinal);
  if (!id)
    return id.takeError();
  auto created = train::toExpected(
      (*trainer)->createSession(*network, (*source)->data, *training));
  if (!created)
    return created.takeError();
  train::TrainingSession &session = **created;

  std::string checkpointKey = key.text();
  if (checkpointEpochs > 0) {
    auto checkpoint = context.study.loadCheckpoint(checkpointKey);
    if (!checkpoint)
      return checkpoint.takeError();
    if (*checkpoint) {
      const std::string &bytes = (*checkpoint)->data;
      // A checkpoint that does not fit is only lost time: start over.
      train::Status restored = session.restoreState(
          std::vector<uint8_t>(bytes.begin(), bytes.end()));
      if (!restored)
        context.progress.note("a checkpoint cannot be used and is ignored: " +
                              restored.error());
    }
  }

  train::TrainingCallbacks callbacks;
  callbacks.isCancelled = context.isInterrupted;
  callbacks.onProgress = [&](const train::BatchProgress &batch) {
    double share = batch.totalImages
                       ? static_cast<double>(batch.images) / batch.totalImages
                       : 0;
    onEpoch((static_cast<double>(batch.epoch) + share) /
                static_cast<double>(training->epochs),
            batch.accuracy);
  };
  bool diverged = false;
  while (session.epoch() < training->epochs) {
    auto epoch = train::toExpected(session.runEpoch(callbacks));
    if (!epoch)
      return epoch.takeError();
    if (epoch->cancelled)
      return interrupted();
    if (epoch->diverged) {
      diverged = true;
      break;
    }
    bool last = session.epoch() >= training->epochs;
    if (checkpointEpochs > 0 && !last &&
        session.epoch() % checkpointEpochs == 0) {
      auto state = train::toExpected(session.saveState());
      if (!state)
        return state.takeError();
      if (llvm::Error error = context.study.saveCheckpoint(
              checkpointKey, session.epoch(),
              llvm::StringRef(reinterpret_cast<const char *>(state->data()),
                              state->size())))
        return error;
    }
  }
  callbacks.onProgress = nullptr;
  auto judged =
      train::toExpected(session.evaluate(train::Split::Validation, callbacks));
  if (!judged)
    return judged.takeError();
  if (judged->cancelled)
    return interrupted();
  candidate.accuracy = judged->accuracy;
  candidate.loss = finiteLoss(judged->loss);

  std::vector<study::Metric> metrics = {{"accuracy", candidate.accuracy},
                                        {"loss", candidate.loss}};
  cost::Evaluation costs = space.costsOf(candidate.architecture);
  for (auto [metric, value] :
       llvm::zip(space.getProgram().metrics, costs.metrics))
    metrics.push_back({metric.device.empty()
                           ? metric.name
                           : metric.name + " on " + metric.device,
                       value});
  std::vector<study::Artifact> artifacts;
  if (keepWeights) {
    auto weights = train::toExpected(session.weights());
    if (!weights)
      return weights.takeError();
    if (training->quantizationAware && !diverged) {
      auto ranges = train::toExpected(session.activationRanges());
      if (!ranges)
        return ranges.takeError();
      for (const train::ActivationRange &range : *ranges)
        weights->ranges.push_back({range.layer, range.minimum, range.maximum});
    }
    candidate.weights = std::make_shared<NetworkWeights>(std::move(*weights));
    artifacts.push_back({"weights\n" + key.text(), "weights",
                         serializeWeights(*candidate.weights)});
  }
  return context.study.finishEvaluation(*id, metrics, artifacts,
                                        {checkpointKey});
}

//===----------------------------------------------------------------------===//
// Weights as bytes
//===----------------------------------------------------------------------===//

std::string search::serializeWeights(const NetworkWeights &weights) {
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  llvm::support::endian::Writer writer(stream, llvm::endianness::little);
  writer.write<uint64_t>(weights.tensors.size());
  for (const NamedTensor &tensor : weights.tensors) {
    writer.write<uint64_t>(tensor.name.size());
    stream << tensor.name;
    writer.write<uint64_t>(tensor.shape.size());
    for (int64_t size : tensor.shape)
      writer.write<int64_t>(size);
    writer.write<uint64_t>(tensor.values.size());
    for (float value : tensor.values)
      writer.write<float>(value);
  }
  if (weights.ranges.empty())
    return bytes;
  writer.write<uint64_t>(weights.ranges.size());
  for (const StoredRange &range : weights.ranges) {
    writer.write<uint64_t>(range.layer.size());
    stream << range.layer;
    writer.write<float>(range.minimum);
    writer.write<float>(range.maximum);
  }
  return bytes;
}

llvm::Expected<NetworkWeights>
search::deserializeWeights(llvm::StringRef bytes) {
  llvm::BinaryStreamReader reader(bytes, llvm::endianness::little);
  NetworkWeights weights;
  uint64_t tensors = 0;
  if (llvm::Error error = reader.readInteger(tensors))
    return error;
  for (uint64_t t = 0; t < tensors; ++t) {
    NamedTensor tensor;
    uint64_t length = 0, rank = 0, count = 0;
    llvm::StringRef name;
    if (llvm::Error error = reader.readInteger(length))
      return error;
    if (llvm::Error error = reader.readFixedString(name, length))
      return error;
    tensor.name = name.str();
    if (llvm::Error error = reader.readInteger(rank))
      return error;
    for (uint64_t i = 0; i < rank; ++i) {
      int64_t size = 0;
      if (llvm::Error error = reader.readInteger(size))
        return error;
      tensor.shape.push_back(size);
    }
    if (llvm::Error error = reader.readInteger(count))
      return error;
    if (count > reader.bytesRemaining() / sizeof(float))
      return llvm::createStringError("kept weights are cut off");
    tensor.values.resize(count);
    for (float &value : tensor.values) {
      uint32_t bits = 0;
      if (llvm::Error error = reader.readInteger(bits))
        return error;
      value = llvm::bit_cast<float>(bits);
    }
    weights.tensors.push_back(std::move(tensor));
  }
  // Weights that were kept without ranges end here.
  uint64_t ranges = 0;
  if (reader.bytesRemaining() > 0)
    if (llvm::Error error = reader.readInteger(ranges))
      return error;
  for (uint64_t r = 0; r < ranges; ++r) {
    uint64_t length = 0;
    llvm::StringRef layer;
    uint32_t minimum = 0, maximum = 0;
    if (llvm::Error error = reader.readInteger(length))
      return error;
    if (llvm::Error error = reader.readFixedString(layer, length))
      return error;
    if (llvm::Error error = reader.readInteger(minimum))
      return error;
    if (llvm::Error error = reader.readInteger(maximum))
      return error;
    weights.ranges.push_back({layer.str(), llvm::bit_cast<float>(minimum),
                              llvm::bit_cast<float>(maximum)});
  }
  return weights;
}
