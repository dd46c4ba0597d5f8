//===- CandidateTraining.cpp - Trains candidates, once --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/CandidateTraining.h"

#include "dialects/diagnostics/CodedError.h"
#include "runtime/search/EvaluationKey.h"
#include "runtime/train/TrainerLibrary.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/BinaryStreamReader.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/xxhash.h"

#include <atomic>
#include <cmath>
#include <mutex>

using namespace nasc;
using namespace nasc::search;
using mlir::Attribute;

namespace {

/// The numbers of one training, some of which the architecture chooses.
class NumberReader {
public:
  NumberReader(const CompiledSpace &space,
               const cost::Architecture &architecture)
      : space(space), architecture(architecture) {}

  double real(llvm::StringRef name, Attribute value, double otherwise) {
    if (!value)
      return otherwise;
    if (auto number = mlir::dyn_cast<mlir::FloatAttr>(value))
      return number.getValueAsDouble();
    if (auto number = mlir::dyn_cast<mlir::IntegerAttr>(value))
      return static_cast<double>(number.getInt());
    return chosen(name, mlir::cast<ChoiceAttr>(value));
  }
  bool hasProblem() const { return !problem.empty(); }
  const std::string &getProblem() const { return problem; }

private:
  double chosen(llvm::StringRef name, ChoiceAttr choice) {
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

  const CompiledSpace &space;
  const cost::Architecture &architecture;
  std::string problem;
};

llvm::Error interrupted() { return llvm::make_error<InterruptedError>(); }

/// The name under which the study keeps the learning curve of a training.
std::string curveName(const study::EvaluationKey &key) {
  return "curve\n" + key.text();
}

double finiteLoss(double loss) {
  return std::isfinite(loss) ? loss : divergedLoss;
}

} // namespace

llvm::Expected<train::TrainingSettings>
search::trainingSettingsOf(TrainingAttr training, const CompiledSpace &space,
                           const cost::Architecture &architecture) {
  NumberReader reader(space, architecture);
  train::TrainingSettings settings;
  switch (training.getOptimizer().value_or(Optimizer::Adam)) {
  case Optimizer::SGD:
    settings.optimizer.kind = train::OptimizerKind::SGD;
    break;
  case Optimizer::Adam:
    settings.optimizer.kind = train::OptimizerKind::Adam;
    break;
  case Optimizer::AdamW:
    settings.optimizer.kind = train::OptimizerKind::AdamW;
    break;
  }
  settings.optimizer.learningRate =
      reader.real("learning_rate", training.getLearningRate(), 1e-3);
  settings.optimizer.momentum =
      reader.real("momentum", training.getMomentum(), 0);
  settings.optimizer.weightDecay =
      reader.real("weight_decay", training.getWeightDecay(), 0);
  switch (training.getSchedule().value_or(Schedule::Cosine)) {
  case Schedule::Constant:
    settings.schedule.kind = train::ScheduleKind::Constant;
    break;
  case Schedule::Cosine:
    settings.schedule.kind = train::ScheduleKind::Cosine;
    break;
  case Schedule::Step:
    settings.schedule.kind = train::ScheduleKind::Step;
    break;
  }
  settings.schedule.every = training.getStepEvery().value_or(1);
  settings.schedule.factor =
      reader.real("step_factor", training.getStepFactor(), 0.1);
  settings.batchSize =
      std::llround(reader.real("batch", training.getBatch(), 128));
  settings.epochs = training.getEpochs();
  settings.imagesPerEpoch = training.getImages().value_or(0);
  settings.labelSmoothing =
      reader.real("label_smoothing", training.getLabelSmoothing(), 0);
  settings.loss =
      training.getLoss().value_or(Loss::CrossEntropy) == Loss::MeanSquaredError
          ? train::LossKind::MeanSquaredError
          : train::LossKind::CrossEntropy;
  if (training.getQuantize()) {
    settings.quantizationAware = true;
    settings.floatEpochs = settings.epochs - *training.getQuantizeEpochs();
  }
  if (reader.hasProblem())
    return llvm::createStringError(reader.getProblem());
  return settings;
}

//===----------------------------------------------------------------------===//
// Several at once
//===----------------------------------------------------------------------===//

/// One candidate on its way.
struct CandidateTraining::Job {
  Candidate *candidate = nullptr;
  /// Among the candidates, and among the evaluations of the stage.
  size_t index = 0;
  int64_t ordinal = 0;
  NetworkDescription network;
  train::TrainingSettings settings;
  study::EvaluationKey key;
  /// The metrics of the cost function, which the study keeps with the result.
  std::vector<study::Metric> costs;

  enum class State {
    /// Not begun; stays so where the search is cut off.
    Waiting,
    /// The study had it.
    Answered,
    Trained,
  };
  State state = State::Waiting;
  double seconds = 0;
  std::optional<llvm::Error> error;
};

/// The multiply-accumulates of a batch above which a training is given more
/// than one thread. An estimate: a batch of them takes some tenths of a second,
/// so that waiting for each other, of which there is much between small layers,
/// does not count.
static constexpr double manyMacsOfBatch = 2e9;

unsigned CandidateTraining::threadsOf(const CompiledSpace &space,
                                      const cost::Evaluation &costs,
                                      int64_t batch) const {
  const unsigned spare = context.threads / jobsAtOnce();
  if (spare < 2)
    return 1;
  for (auto [metric, value] :
       llvm::zip(space.getProgram().metrics, costs.metrics))
    if (metric.name == "macs")
      return static_cast<double>(value) * batch >= manyMacsOfBatch ? spare : 1;
  return 1;
}

llvm::Error CandidateTraining::prepare(Job &job, const CompiledSpace &space) {
  Candidate &candidate = *job.candidate;
  mlir::FailureOr<NetworkDescription> network =
      space.networkOf(candidate.architecture);
  if (mlir::failed(network))
    return llvm::make_error<ReportedError>();
  job.network = std::move(*network);
  llvm::Expected<train::TrainingSettings> training =
      trainingSettingsOf(settings, space, candidate.architecture);
  if (!training)
    return training.takeError();
  job.settings = *training;
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  job.settings.augmentation = (*source)->augmentation;
  const cost::Evaluation costs = space.costsOf(candidate.architecture);
  job.settings.threads = threadsOf(space, costs, job.settings.batchSize);
  job.key = evaluationKey(stage, settings, candidate.text, job.network,
                          **source, context.seed, job.settings.threads);
  job.settings.seed = llvm::xxh3_64bits(job.key.text());
  for (auto [metric, value] :
       llvm::zip(space.getProgram().metrics, costs.metrics))
    job.costs.push_back({metric.device.empty()
                             ? metric.name
                             : metric.name + " on " + metric.device,
                         value});
  return answerFromStudy(job);
}

llvm::Error CandidateTraining::answerFromStudy(Job &job) {
  llvm::Expected<std::optional<study::Evaluation>> finished =
      context.study.findFinished(job.key);
  if (!finished)
    return finished.takeError();
  if (!*finished)
    return llvm::Error::success();
  const study::Metric *accuracy = (*finished)->metric("accuracy");
  const study::Metric *loss = (*finished)->metric("loss");
  if (!accuracy || !loss)
    return llvm::Error::success();
  Candidate &candidate = *job.candidate;
  if (keepWeights) {
    llvm::Expected<std::optional<study::Artifact>> artifact =
        context.study.getArtifact("weights\n" + job.key.text());
    if (!artifact)
      return artifact.takeError();
    if (!*artifact)
      return llvm::Error::success();
    llvm::Expected<NetworkWeights> weights =
        deserializeWeights((*artifact)->data);
    if (!weights)
      return weights.takeError();
    candidate.weights = std::make_shared<NetworkWeights>(std::move(*weights));
    llvm::Expected<LearningCurve> curve = keptCurve(job);
    if (!curve)
      return curve.takeError();
    candidate.curve = std::move(*curve);
  }
  candidate.accuracy = accuracy->asDouble();
  candidate.loss = loss->asDouble();
  job.seconds = (*finished)->finished - (*finished)->started;
  job.state = Job::State::Answered;
  return llvm::Error::success();
}

/// Notes what was found and tells the observer, of one job after the other in
/// their order, whichever is ready first.
class CandidateTraining::InOrder {
public:
  InOrder(llvm::MutableArrayRef<Job> jobs, const CompiledSpace &space,
          TrainingObserver &observer, const CandidateTraining &training)
      : jobs(jobs), space(space), observer(observer), training(training),
        isReady(jobs.size(), false) {}

  void progress(const Job &job, double share, double accuracy) {
    std::lock_guard<std::mutex> guard(mutex);
    observer.trained(job.index, share, accuracy);
  }
  void ready(const Job &job) {
    std::lock_guard<std::mutex> guard(mutex);
    isReady[job.index] = true;
    for (; next < jobs.size() && isReady[next]; ++next)
      finish(jobs[next]);
  }
  /// How many of the first jobs are done.
  size_t numDone() const { return next; }

private:
  void finish(const Job &job) {
    SearchContext &context = training.context;
    Candidate &candidate = *job.candidate;
    candidate.objectives = objectivesOf(candidate, space, context.objectives);
    const bool answered = job.state == Job::State::Answered;
    context.evaluated.push_back({training.stage, job.ordinal, candidate.text,
                                 candidate.accuracy, candidate.loss, job.costs,
                                 job.seconds, answered});
    observer.finished(job.index, answered);
  }

  llvm::MutableArrayRef<Job> jobs;
  const CompiledSpace &space;
  TrainingObserver &observer;
  const CandidateTraining &training;
  std::mutex mutex;
  std::vector<bool> isReady;
  size_t next = 0;
};

llvm::Expected<size_t>
CandidateTraining::evaluate(llvm::MutableArrayRef<Candidate> candidates,
                            const CompiledSpace &space, int64_t firstOrdinal,
                            TrainingObserver &observer) {
  // What uses the compiler's context runs on this thread.
  std::vector<Job> jobs(candidates.size());
  bool mustTrain = false;
  for (auto [index, job] : llvm::enumerate(jobs)) {
    job.index = index;
    job.ordinal = firstOrdinal + static_cast<int64_t>(index);
    job.candidate = &candidates[index];
    if (llvm::Error error = prepare(job, space))
      return error;
    mustTrain |= job.state == Job::State::Waiting;
  }
  if (mustTrain && !context.mayTrain) {
    const size_t missing = llvm::count_if(
        jobs, [](const Job &job) { return job.state == Job::State::Waiting; });
    return codedError(
        Diag::NAS5014,
        llvm::formatv("the study is not finished: {0} of {1} networks of the "
                      "stage '{2}' are not trained",
                      missing, jobs.size(), stage)
            .str());
  }
  train::Trainer *trainer = nullptr;
  if (mustTrain) {
    llvm::Expected<train::Trainer *> loaded = context.trainer();
    if (!loaded)
      return loaded.takeError();
    trainer = *loaded;
  }

  InOrder order(jobs, space, observer, *this);
  std::atomic<bool> gaveUp = false;
  auto run = [&](Job &job) {
    if (job.state == Job::State::Waiting) {
      // Once it is late or something went wrong, no further one begins: what
      // is evaluated is a prefix.
      if (gaveUp || (stopsWhenLate && context.isLate()))
        return;
      if (llvm::Error error = train(job, *trainer, order)) {
        gaveUp = true;
        job.error.emplace(std::move(error));
        return;
      }
      job.state = Job::State::Trained;
    }
    order.ready(job);
  };
  {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(
        std::min<size_t>(jobsAtOnce(), std::max<size_t>(jobs.size(), 1))));
    for (Job &job : jobs)
      pool.async([&run, &job] { run(job); });
    pool.wait();
  }

  std::optional<llvm::Error> first;
  for (Job &job : jobs) {
    if (!job.error)
      continue;
    if (first)
      llvm::consumeError(std::move(*job.error));
    else
      first.emplace(std::move(*job.error));
  }
  if (first)
    return std::move(*first);
  return order.numDone();
}

//===----------------------------------------------------------------------===//
// One
//===----------------------------------------------------------------------===//

llvm::Error CandidateTraining::train(Job &job, train::Trainer &trainer,
                                     InOrder &order) {
  if (context.isInterrupted())
    return interrupted();
  const auto begin = std::chrono::steady_clock::now();
  llvm::Expected<const TrainingSource *> source = context.data();
  if (!source)
    return source.takeError();
  llvm::Expected<int64_t> id =
      context.study.beginEvaluation(job.key, job.ordinal);
  if (!id)
    return id.takeError();
  auto created = train::toExpected(
      trainer.createSession(job.network, (*source)->data, job.settings));
  if (!created)
    return created.takeError();
  train::TrainingSession &session = **created;

  const std::string checkpointKey = job.key.text();
  if (checkpointEpochs > 0)
    if (llvm::Error error = restore(session, job))
      return error;

  train::TrainingCallbacks callbacks;
  callbacks.isCancelled = context.isInterrupted;
  callbacks.onProgress = [&](const train::BatchProgress &batch) {
    double share = batch.totalImages
                       ? static_cast<double>(batch.images) / batch.totalImages
                       : 0;
    order.progress(job,
                   (static_cast<double>(batch.epoch) + share) /
                       static_cast<double>(job.settings.epochs),
                   batch.accuracy);
  };
  train::TrainingCallbacks quietly;
  quietly.isCancelled = context.isInterrupted;
  Candidate &candidate = *job.candidate;
  // Whether accuracy and loss of the candidate are of the present weights.
  bool isJudged = false;
  auto judge = [&]() -> llvm::Error {
    auto judged =
        train::toExpected(session.evaluate(train::Split::Validation, quietly));
    if (!judged)
      return judged.takeError();
    if (judged->cancelled)
      return interrupted();
    candidate.accuracy = judged->accuracy;
    candidate.loss = finiteLoss(judged->loss);
    isJudged = true;
    return llvm::Error::success();
  };
  bool diverged = false;
  while (session.epoch() < job.settings.epochs) {
    isJudged = false;
    auto epoch = train::toExpected(session.runEpoch(callbacks));
    if (!epoch)
      return epoch.takeError();
    if (epoch->cancelled)
      return interrupted();
    if (epoch->diverged) {
      diverged = true;
      break;
    }
    bool last = session.epoch() >= job.settings.epochs;
    if (keepWeights) {
      if (llvm::Error error = judge())
        return error;
      candidate.curve.push_back({finiteLoss(epoch->loss), epoch->accuracy,
                                 candidate.loss, candidate.accuracy});
    }
    if (checkpointEpochs > 0 && !last &&
        session.epoch() % checkpointEpochs == 0) {
      // The curve is written first: a state without its curve would lose it.
      if (llvm::Error error = context.study.putArtifact(
              {curveName(job.key), "curve", serializeCurve(candidate.curve)}))
        return error;
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
  if (!isJudged)
    if (llvm::Error error = judge())
      return error;

  std::vector<study::Metric> metrics = {{"accuracy", candidate.accuracy},
                                        {"loss", candidate.loss}};
  llvm::append_range(metrics, job.costs);
  std::vector<study::Artifact> artifacts;
  if (keepWeights) {
    auto weights = train::toExpected(session.weights());
    if (!weights)
      return weights.takeError();
    if (job.settings.quantizationAware && !diverged) {
      auto ranges = train::toExpected(session.activationRanges());
      if (!ranges)
        return ranges.takeError();
      for (const train::ActivationRange &range : *ranges)
        weights->ranges.push_back({range.layer, range.minimum, range.maximum});
    }
    candidate.weights = std::make_shared<NetworkWeights>(std::move(*weights));
    artifacts.push_back({"weights\n" + job.key.text(), "weights",
                         serializeWeights(*candidate.weights)});
    artifacts.push_back(
        {curveName(job.key), "curve", serializeCurve(candidate.curve)});
  }
  job.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return context.study.finishEvaluation(*id, metrics, artifacts,
                                        {checkpointKey});
}

llvm::Error CandidateTraining::restore(train::TrainingSession &session,
                                       const Job &job) {
  auto checkpoint = context.study.loadCheckpoint(job.key.text());
  if (!checkpoint)
    return checkpoint.takeError();
  if (!*checkpoint)
    return llvm::Error::success();
  const std::string &bytes = (*checkpoint)->data;
  // A checkpoint that does not fit is only lost time: start over.
  train::Status restored =
      session.restoreState(std::vector<uint8_t>(bytes.begin(), bytes.end()));
  if (!restored) {
    context.progress.note("a checkpoint cannot be used and is ignored: " +
                          restored.error());
    return llvm::Error::success();
  }
  if (!keepWeights)
    return llvm::Error::success();
  llvm::Expected<LearningCurve> curve = keptCurve(job);
  if (!curve)
    return curve.takeError();
  // A run that was killed may have come further than its last checkpoint.
  curve->resize(std::min<size_t>(curve->size(), session.epoch()));
  job.candidate->curve = std::move(*curve);
  return llvm::Error::success();
}

/// The learning curve that the study has of a training; empty without one.
llvm::Expected<LearningCurve> CandidateTraining::keptCurve(const Job &job) {
  llvm::Expected<std::optional<study::Artifact>> artifact =
      context.study.getArtifact(curveName(job.key));
  if (!artifact)
    return artifact.takeError();
  if (!*artifact)
    return LearningCurve();
  return deserializeCurve((*artifact)->data);
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
