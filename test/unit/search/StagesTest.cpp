//===- StagesTest.cpp - Stages with a trainer that only pretends ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The accuracy of a network is a function of its number of elements, so that
// what a search has to find is known, and a training takes no time.
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedError.h"
#include "dialects/search/Search.h"
#include "passes/feasibility/Pipelines.h"
#include "runtime/search/Stage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>

using namespace nasc;
using namespace nasc::search;

namespace {

/// 32 architectures, of which those of at most 300 macs are feasible.
constexpr const char *program = R"(
nas.space @net(%x: !nas.tensor<6>) -> !nas.tensor<3> {
  %wide = nas.choice "wide" integers [4, 8, 12, 16] : !cost.int<4 to 16>
  %then = nas.choice "then" integers [4, 6, 8, 10, 12, 14, 16, 18] : !cost.int<4 to 18>
  %three = cost.constant 3 : <3>
  %0 = nas.dense %x units %wide bias : (!nas.tensor<6>, !cost.int<4 to 16>) -> !nas.tensor<*>
  %1 = nas.relu %0 : <*> -> <*>
  %2 = nas.dense %1 units %then bias : (!nas.tensor<*>, !cost.int<4 to 18>) -> !nas.tensor<*>
  %3 = nas.dense %2 units %three bias : (!nas.tensor<*>, !cost.int<3>) -> !nas.tensor<*>
  nas.return %3 : !nas.tensor<*>
}
nas.limits @net {
  %macs = nas.metric "macs" : !cost.int
  %most = cost.constant 300 : <300>
  %holds = cost.cmp le %macs, %most : !cost.int, <300> -> <0 to 1>
  nas.limit "macs <= 300" %holds : <0 to 1>
}
search.pipeline @net objectives [#search.objective<maximize "accuracy">, #search.objective<minimize "macs">] seed 3 {
  %0 = search.space
  %1 = search.prune %0
  %2 = search.evolve %1 population 6 evaluations EVALUATIONS training <epochs = 2>
  %3 = search.train %2 keep 2 training <epochs = 3> : !search.population
}
)";

double elementsOf(const NetworkDescription &network) {
  double elements = 0;
  for (const NetworkLayer &layer : network.layers)
    for (int64_t size : layer.outputShape)
      elements += static_cast<double>(size);
  return elements;
}

/// A training: accuracy grows with the epochs and the elements.
class FakeSession : public train::TrainingSession {
public:
  FakeSession(const NetworkDescription &network, std::atomic<int> &epochs,
              std::function<void()> onEpoch)
      : elements(elementsOf(network)), epochs(epochs),
        onEpoch(std::move(onEpoch)) {}

  train::Result<std::vector<float>> forward(const std::vector<float> &,
                                            int64_t) override {
    return std::vector<float>();
  }
  train::Result<NetworkWeights> weights() override {
    NetworkWeights weights;
    weights.tensors.push_back(
        {"done", {1}, {static_cast<float>(done) + 100 * float(elements)}});
    return weights;
  }
  train::Status setWeights(const NetworkWeights &) override {
    return train::Success();
  }
  int64_t parameterCount() override { return 0; }
  int64_t weightCount() override { return 0; }
  train::Result<int64_t> multiplyAccumulates() override { return int64_t(0); }

  train::Result<train::EpochResult>
  runEpoch(const train::TrainingCallbacks &callbacks) override {
    train::EpochResult result;
    if (callbacks.isCancelled && callbacks.isCancelled()) {
      result.cancelled = true;
      return result;
    }
    ++done;
    ++epochs;
    onEpoch();
    return result;
  }
  train::Result<train::EvaluationResult>
  evaluate(train::Split, const train::TrainingCallbacks &) override {
    train::EvaluationResult result;
    result.accuracy = elements / 100 + static_cast<double>(done) / 1000;
    result.loss = 1 - result.accuracy;
    return result;
  }
  train::Result<std::vector<float>> logits(train::Split) override {
    return std::vector<float>();
  }
  train::Result<std::vector<float>>
  logits(train::Split, const std::vector<int64_t> &) override {
    return std::vector<float>();
  }
  int64_t epoch() const override { return done; }
  train::Result<std::vector<train::ActivationRange>>
  activationRanges() const override {
    return std::vector<train::ActivationRange>();
  }
  train::Result<std::vector<uint8_t>> saveState() override {
    return std::vector<uint8_t>{static_cast<uint8_t>(done)};
  }
  train::Status restoreState(const std::vector<uint8_t> &state) override {
    done = state.front();
    return train::Success();
  }

private:
  double elements;
  int64_t done = 0;
  std::atomic<int> &epochs;
  std::function<void()> onEpoch;
};

class FakeTrainer : public train::Trainer {
public:
  std::string description() const override { return "fake"; }
  train::Result<std::unique_ptr<train::NetworkInstance>>
  instantiate(const NetworkDescription &, uint64_t) override {
    return train::Result<std::unique_ptr<train::NetworkInstance>>::failure(
        "no instances");
  }
  train::Result<std::unique_ptr<train::TrainingSession>>
  createSession(const NetworkDescription &network, const train::TrainingData &,
                const train::TrainingSettings &settings) override {
    ++sessions;
    {
      std::lock_guard<std::mutex> guard(mutex);
      seeds.insert(settings.seed);
    }
    return std::unique_ptr<train::TrainingSession>(
        std::make_unique<FakeSession>(network, epochs, onEpoch));
  }

  std::atomic<int> sessions = 0, epochs = 0;
  std::function<void()> onEpoch = [] {};
  std::mutex mutex;
  std::set<uint64_t> seeds;
};

class Stages : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nasc-stages", folder));
    path = folder;
    llvm::sys::path::append(path, "study.db");
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  /// A run of the pipeline with the study in `path`, new or not.
  llvm::Expected<StageValue> run(unsigned evaluations, unsigned threads = 1,
                                 bool mayTrain = true) {
    mlir::DialectRegistry registry;
    registry.insert<cost::CostDialect, nas::NasDialect, SearchDialect,
                    mlir::arith::ArithDialect>();
    module = nullptr;
    context = std::make_unique<mlir::MLIRContext>(
        registry, mlir::MLIRContext::Threading::DISABLED);
    context->loadAllAvailableDialects();
    std::string text = program;
    text.replace(text.find("EVALUATIONS"), 11, std::to_string(evaluations));
    module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
    mlir::PassManager manager(context.get());
    buildCostPipeline(manager);
    if (!module || failed(manager.run(*module)))
      return llvm::createStringError("the program does not compile");
    study::StudySpec spec;
    spec.name = "stages";
    auto study = llvm::sys::fs::exists(path) ? study::Study::open(path)
                                             : study::Study::create(path, spec);
    if (!study)
      return study.takeError();
    if (llvm::Error error = study->beginRun())
      return error;
    Progress progress(llvm::nulls(), Progress::Style::Silent);
    TrainingSource source;
    PipelineOp pipeline = *module->getOps<PipelineOp>().begin();
    SearchContext shared{*module,
                         *study,
                         progress,
                         objectivesOf(pipeline),
                         pipeline.getSeed(),
                         threads,
                         deadline,
                         [&] { return interrupted.load(); },
                         mayTrain,
                         [&] { return &trainer; },
                         [&] { return &source; },
                         {}};
    llvm::Expected<StageValue> value = runPipeline(pipeline, shared);
    evaluated = std::move(shared.evaluated);
    if (llvm::Error error = study->close(value ? "done" : "failed"))
      return error;
    return value;
  }

  std::vector<std::string> evaluatedBy(llvm::StringRef stage) const {
    std::vector<std::string> texts;
    for (const FinishedEvaluation &one : evaluated)
      if (one.stage == stage)
        texts.push_back(one.architecture);
    return texts;
  }

  llvm::SmallString<128> folder, path;
  FakeTrainer trainer;
  std::atomic<bool> interrupted = false;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::vector<FinishedEvaluation> evaluated;

private:
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(Stages, EvaluatesFeasibleArchitecturesOnce) {
  llvm::Expected<StageValue> value = run(14);
  ASSERT_TRUE(static_cast<bool>(value)) << llvm::toString(value.takeError());
  const std::vector<std::string> evolved = evaluatedBy("evolve");
  EXPECT_EQ(evolved.size(), 14u);
  EXPECT_EQ(std::set<std::string>(evolved.begin(), evolved.end()).size(), 14u);
  for (const FinishedEvaluation &one : evaluated)
    for (const study::Metric &cost : one.costs)
      if (cost.name == "macs") {
        EXPECT_LE(cost.asDouble(), 300);
      }
  EXPECT_EQ(trainer.sessions, 14 + 2);
  EXPECT_EQ(trainer.epochs, 14 * 2 + 2 * 3);
  // Each training has random numbers of its own.
  EXPECT_EQ(trainer.seeds.size(), 16u);
}

TEST_F(Stages, AllOfASmallSpaceAreEvaluatedAndTheBestIsKept) {
  llvm::Expected<StageValue> value = run(1000);
  ASSERT_TRUE(static_cast<bool>(value)) << llvm::toString(value.takeError());
  // Counted by hand; the accuracy follows from the elements of all layers.
  size_t feasible = 0;
  double best = 0;
  for (int wide : {4, 8, 12, 16})
    for (int then : {4, 6, 8, 10, 12, 14, 16, 18})
      if (wide * 6 + wide * then + then * 3 <= 300) {
        ++feasible;
        best = std::max(best, 6.0 + 2 * wide + then + 3);
      }
  EXPECT_EQ(evaluatedBy("evolve").size(), feasible);
  ASSERT_EQ(value->population.size(), 2u);
  EXPECT_NEAR(value->population.front().accuracy, best / 100 + 0.003, 1e-9);
  ASSERT_TRUE(value->population.front().weights);
  EXPECT_EQ(value->population.front().curve.size(), 3u);
}

TEST_F(Stages, ThreadsDoNotChangeWhatIsFound) {
  llvm::Expected<StageValue> one = run(14, /*threads=*/1);
  ASSERT_TRUE(static_cast<bool>(one)) << llvm::toString(one.takeError());
  const std::vector<std::string> evolved = evaluatedBy("evolve");
  llvm::sys::fs::remove(path);
  llvm::Expected<StageValue> four = run(14, /*threads=*/4);
  ASSERT_TRUE(static_cast<bool>(four)) << llvm::toString(four.takeError());
  EXPECT_EQ(evaluatedBy("evolve"), evolved);
  ASSERT_EQ(one->population.size(), four->population.size());
  for (size_t i = 0; i < one->population.size(); ++i)
    EXPECT_EQ(one->population[i].text, four->population[i].text);
}

TEST_F(Stages, TheStudyAnswersWhatItKnows) {
  ASSERT_TRUE(static_cast<bool>(run(14)));
  const std::vector<std::string> evolved = evaluatedBy("evolve");
  trainer.sessions = 0;
  llvm::Expected<StageValue> again = run(14, 1, /*mayTrain=*/false);
  ASSERT_TRUE(static_cast<bool>(again)) << llvm::toString(again.takeError());
  EXPECT_EQ(trainer.sessions, 0);
  EXPECT_EQ(evaluatedBy("evolve"), evolved);
  ASSERT_TRUE(again->population.front().weights);
  // More evaluations are those and further ones; they may not be trained here.
  std::string error =
      llvm::toString(run(16, 1, /*mayTrain=*/false).takeError());
  EXPECT_THAT(error, testing::HasSubstr("2 of"));
}

TEST_F(Stages, WithoutTimeNothingIsTrained) {
  deadline = std::chrono::steady_clock::now();
  llvm::Expected<StageValue> value = run(14);
  ASSERT_FALSE(static_cast<bool>(value));
  EXPECT_THAT(describe(value.takeError()), testing::HasSubstr("[NAS4018]"));
  EXPECT_EQ(trainer.sessions, 0);
}

TEST_F(Stages, AnInterruptedRunGoesOnWhereItStopped) {
  llvm::Expected<StageValue> whole = run(14);
  ASSERT_TRUE(static_cast<bool>(whole)) << llvm::toString(whole.takeError());
  const int all = trainer.epochs;
  const std::vector<std::string> evolved = evaluatedBy("evolve");
  llvm::sys::fs::remove(path);

  trainer.epochs = 0;
  trainer.onEpoch = [&] { interrupted = trainer.epochs >= 9; };
  llvm::Expected<StageValue> cut = run(14);
  ASSERT_FALSE(static_cast<bool>(cut));
  EXPECT_TRUE(cut.errorIsA<InterruptedError>());
  llvm::consumeError(cut.takeError());
  EXPECT_LT(evaluatedBy("evolve").size(), 14u);

  trainer.onEpoch = [] {};
  interrupted = false;
  llvm::Expected<StageValue> rest = run(14);
  ASSERT_TRUE(static_cast<bool>(rest)) << llvm::toString(rest.takeError());
  EXPECT_EQ(evaluatedBy("evolve"), evolved);
  // The candidate that was cut off begins again: at most its epochs are lost.
  EXPECT_LE(trainer.epochs, all + 2);
  ASSERT_EQ(rest->population.size(), whole->population.size());
  EXPECT_EQ(rest->population.front().text, whole->population.front().text);
  EXPECT_EQ(rest->population.front().weights->tensors.front().values,
            whole->population.front().weights->tensors.front().values);
}

} // namespace
