//===- Search.cpp - Objectives and stages ---------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/SettingsReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <limits>

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

static constexpr int64_t manyEpochs = 1'000'000;
static constexpr int64_t many = 1'000'000'000;
static constexpr double unbounded = std::numeric_limits<double>::max();

//===----------------------------------------------------------------------===//
// Objectives
//===----------------------------------------------------------------------===//

void SemanticAnalyzer::checkObjective(const ast::Objective &objective,
                                      SearchSpec &spec) {
  ObjectiveSpec result;
  result.maximize = objective.maximize;
  result.range = objective.getRange();
  const ast::Name *name = nullptr;
  const auto *onDevice = dyn_cast<ast::MetricOnDevice>(objective.metric.get());
  if (onDevice)
    name = &onDevice->metric;
  else if (const auto *reference =
               dyn_cast<ast::NameReference>(objective.metric.get()))
    name = &reference->name;
  if (!name) {
    report(Diag::NAS3102, objective.metric->getRange(),
           "an objective is a metric");
    return;
  }
  const MetricDescription *metric = findMetric(name->text);
  if (!metric) {
    std::vector<llvm::StringRef> names;
    for (const MetricDescription &one : builtinMetrics())
      names.push_back(one.name);
    report(Diag::NAS3102, name->range, "unknown metric '", name->text, "'")
        .suggest(name->text, names)
        .help("the metrics are ", llvm::join(names, ", "));
    return;
  }
  if (metric->onDevice != (onDevice != nullptr)) {
    report(Diag::NAS3101, objective.metric->getRange(), "'", metric->name,
           metric->onDevice ? "' is of a device" : "' is of no device")
        .help("write '", metric->name,
              metric->onDevice ? " on DEVICE'" : "' alone");
    return;
  }
  result.metric = metric->name.str();
  if (onDevice) {
    const DeviceSpec *device = findDevice(onDevice->device);
    if (!device || !checkHasCosts(*device, program.precisionOf(device->symbol),
                                  objective.metric->getRange(), metric->name))
      return;
    result.device = device->symbol;
  }
  for (const ObjectiveSpec &other : spec.objectives)
    if (other.metric == result.metric && other.device == result.device) {
      report(Diag::NAS4109, objective.getRange(), "'", metric->name,
             "' is an objective already")
          .note(other.range, "it is one here");
      return;
    }
  bool bestIsLarge = metric->name == "accuracy";
  if (objective.maximize != bestIsLarge)
    report(Diag::NAS4110, objective.getRange(), "'",
           objective.maximize ? "maximize " : "minimize ", metric->name,
           "' prefers worse networks")
        .help("write '", bestIsLarge ? "maximize " : "minimize ", metric->name,
              "'");
  spec.objectives.push_back(result);
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

/// `train = 1 epoch of 10_000 images`.
void SemanticAnalyzer::readTrainingAmount(const ast::Expr &value,
                                          TrainingSpec &training) {
  auto count = [&](const ast::Expr &expr, Dimension noun,
                   llvm::StringRef what) -> std::optional<int64_t> {
    const auto *quantity = dyn_cast<ast::Quantity>(&expr);
    if (!quantity || quantity->dimension() != noun) {
      report(quantity ? Diag::NAS1007 : Diag::NAS1008, expr.getRange(), what,
             " must be a number of ", baseUnit(noun))
          .help("as in 'train = 1 epoch of 10_000 images'");
      return std::nullopt;
    }
    const Number &number = quantity->number;
    if (!number.isInteger || number.integer < 1) {
      report(Diag::NAS1025, expr.getRange(), what,
             " must be a whole number of at least 1, but is ", number.text);
      return std::nullopt;
    }
    return number.integer;
  };
  training.epochs = count(value, Dimension::Epochs, "the length of a training");
  if (const auto *quantity = dyn_cast<ast::Quantity>(&value))
    if (quantity->of)
      training.imagesPerEpoch =
          count(*quantity->of, Dimension::Images, "what an epoch sees");
}

void SemanticAnalyzer::readTraining(SettingsReader &reader,
                                    TrainingSpec &training) {
  training.batch = reader.hyperParameter("batch", 1, 1 << 20,
                                         /*integer=*/true);
  if (const ast::Setting *setting = reader.take("optimizer")) {
    static const llvm::StringRef optimizers[] = {"adam", "adamw", "sgd"};
    const ast::Expr *name = setting->value.get();
    const auto *call = dyn_cast<ast::Call>(name);
    if (call)
      name = call->callee.get();
    training.optimizer =
        reader.wordValue(*name, "the optimizer", optimizers).value_or("");
    std::vector<llvm::StringRef> known = {"learning_rate", "weight_decay"};
    if (training.optimizer == "sgd")
      known.push_back("momentum");
    if (call && !training.optimizer.empty())
      for (const ast::Argument &argument : call->arguments) {
        if (!argument.name) {
          report(Diag::NAS1012, argument.range,
                 "the settings of an optimizer have names")
              .help("write ", training.optimizer, "(learning_rate = 1e-3)");
          continue;
        }
        const std::string &parameter = argument.name->text;
        HyperParameter *target = nullptr;
        double least = 0, most = unbounded;
        if (parameter == "learning_rate") {
          target = &training.learningRate;
          least = aboveZero;
        } else if (parameter == "weight_decay") {
          target = &training.weightDecay;
        } else if (parameter == "momentum" && training.optimizer == "sgd") {
          target = &training.momentum;
          most = belowOne;
        }
        if (!target) {
          report(Diag::NAS1012, argument.name->range, "'", training.optimizer,
                 "' has no setting '", parameter, "'")
              .suggest(parameter, known)
              .help("its settings are ", llvm::join(known, ", "));
          continue;
        }
        if (target->range.isValid()) {
          report(Diag::NAS1014, argument.range, "'", parameter,
                 "' is given twice");
          continue;
        }
        *target = reader.hyperParameterValue(
            *argument.value, "'" + parameter + "'", least, most, false);
      }
  }
  if (const ast::Setting *setting = reader.take("schedule")) {
    static const llvm::StringRef schedules[] = {"constant", "cosine", "step"};
    const ast::Expr *name = setting->value.get();
    const auto *call = dyn_cast<ast::Call>(name);
    if (call)
      name = call->callee.get();
    training.schedule =
        reader.wordValue(*name, "the schedule", schedules).value_or("");
    if (call && training.schedule == "step") {
      for (const ast::Argument &argument : call->arguments) {
        std::string parameter = argument.name ? argument.name->text : "";
        if (parameter == "every")
          training.stepEvery = reader.integerValue(
              *argument.value, "'every'", 1, manyEpochs, Dimension::Epochs);
        else if (parameter == "factor")
          training.stepFactor = reader.hyperParameterValue(
              *argument.value, "'factor'", aboveZero, 1, false);
        else
          report(Diag::NAS1012, argument.range, "'step' has no such setting")
              .suggest(parameter, {"every", "factor"})
              .help("write step(every = 10, factor = 0.5)");
      }
    } else if (call && !training.schedule.empty() && !call->arguments.empty()) {
      report(Diag::NAS1013, call->callRange(), "the schedule '",
             training.schedule, "' has no settings");
    }
  }
  training.loss =
      reader.word("loss", {"cross_entropy", "mean_squared_error"}).value_or("");
  training.labelSmoothing =
      reader.hyperParameter("label_smoothing", 0, belowOne);
  bool regression = program.space && program.space->space->hasParameters &&
                    !program.classification;
  if (regression && training.loss == "cross_entropy")
    report(Diag::NAS4111, program.space->symbol->range,
           "cross-entropy needs classes, but the space '",
           program.space->symbol->name, "' returns a tensor")
        .help("use loss = mean_squared_error");
}

/// `quantize = int8; quantize_epochs = 2;`.
void SemanticAnalyzer::readQuantization(SettingsReader &reader,
                                        TrainingSpec &training) {
  const ast::Setting *quantize = reader.take("quantize");
  if (quantize)
    training.quantize =
        reader.wordValue(*quantize->value, "'quantize'", {"int8"}).value_or("");
  const ast::Setting *written = reader.take("quantize_epochs");
  std::optional<int64_t> count;
  if (written)
    count = reader.integerValue(*written->value, "'quantize_epochs'", 1,
                                manyEpochs, Dimension::Epochs);
  int64_t epochs = training.epochs.value_or(1);
  if (written && !quantize)
    report(Diag::NAS4105, written->name.range,
           "'quantize_epochs' is given without 'quantize'")
        .help("add 'quantize = int8;'");
  else if (count && *count > epochs)
    report(Diag::NAS4105, written->value->getRange(), "'quantize_epochs' is ",
           *count, ", but there ", epochs == 1 ? "is one epoch" : "are only ",
           epochs == 1 ? std::string() : llvm::utostr(epochs) + " epochs",
           " of training")
        .help("the quantised epochs are the last ones of 'epochs'");
  // Late enough for weights that have settled, long enough to adapt them.
  if (!training.quantize.empty())
    training.quantizeEpochs = count ? *count : std::max<int64_t>(1, epochs / 4);
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

static const llvm::StringRef stageNameList[] = {"prune", "evolve", "train"};
static const llvm::ArrayRef<llvm::StringRef> stageNames = stageNameList;

void SemanticAnalyzer::checkStage(const ast::Section &section,
                                  SearchSpec &spec) {
  StageSpec stage;
  stage.range = section.name.range;
  SettingsReader reader(*this, section.entries, "'" + section.name.text + "'");
  if (section.name.text == "prune") {
    stage.kind = StageKind::Prune;
    stage.timeout = reader.seconds("timeout");
  } else if (section.name.text == "evolve") {
    stage.kind = StageKind::Evolve;
    stage.algorithm = reader.word("algorithm", {"nsga2"}).value_or("nsga2");
    stage.population = reader.integer("population", 1, many);
    stage.evaluations =
        reader.integer("evaluations", 1, many, Dimension::Evaluations);
    stage.crossover = reader.real("crossover", 0, 1);
    stage.mutation = reader.real("mutation", 0, 1);
    if (const ast::Setting *setting = reader.take("train"))
      readTrainingAmount(*setting->value, stage.training);
    readTraining(reader, stage.training);
    for (llvm::StringRef name : {"quantize", "quantize_epochs"})
      if (const ast::Setting *setting = reader.refuse(name))
        report(Diag::NAS4101, setting->name.range, "'evolve' has no setting '",
               name, "'")
            .help("networks are compared before they are quantised: write '",
                  name, "' in 'train { … }'");
    auto require = [&](llvm::StringRef name, llvm::StringRef example) {
      bool given = llvm::any_of(section.entries, [&](const auto &entry) {
        const auto *setting = dyn_cast<ast::Setting>(entry.get());
        return setting && setting->name.text == name;
      });
      if (!given)
        report(Diag::NAS4105, section.name.range, "'evolve' needs '", name, "'")
            .help("write ", name, " = ", example, ";");
    };
    require("population", "24");
    require("evaluations", "96");
    if (stage.population && stage.evaluations &&
        *stage.evaluations < *stage.population)
      report(Diag::NAS4112, section.name.range, "a population of ",
             *stage.population, " needs at least as many evaluations, not ",
             *stage.evaluations);
  } else if (section.name.text == "train") {
    stage.kind = StageKind::Train;
    stage.keep = reader.integer("keep", 1, many);
    stage.training.epochs =
        reader.integer("epochs", 1, manyEpochs, Dimension::Epochs);
    stage.training.checkpoint =
        reader.integer("checkpoint", 1, manyEpochs, Dimension::Epochs);
    readTraining(reader, stage.training);
    readQuantization(reader, stage.training);
  } else {
    report(Diag::NAS4101, section.name.range, "unknown stage '",
           section.name.text, "'")
        .suggest(section.name.text, stageNames)
        .help("the stages are ", llvm::join(stageNames, ", "));
    return;
  }
  reader.finish();
  spec.stages.push_back(std::move(stage));
}

void SemanticAnalyzer::checkStageOrder(const SearchSpec &spec) {
  auto nameOf = [](StageKind kind) {
    return stageNames[static_cast<unsigned>(kind)];
  };
  const StageSpec *previous = nullptr;
  for (const StageSpec &stage : spec.stages) {
    if (previous && stage.kind <= previous->kind)
      report(Diag::NAS4113, stage.range, "'", nameOf(stage.kind),
             "' cannot come after '", nameOf(previous->kind), "'")
          .note(previous->range, "'", nameOf(previous->kind), "' is here")
          .help("the order is prune, evolve, train");
    previous = &stage;
  }
  if (!program.space || !program.space->space->hasParameters)
    return;
  for (const StageSpec &stage : spec.stages)
    if (stage.kind == StageKind::Evolve && spec.objectives.empty()) {
      report(Diag::NAS4114, stage.range,
             "'evolve' needs an objective to compare networks by")
          .help("add 'maximize accuracy;'");
      break;
    }
}

/// What one stage asks of another one, and of the data.
void SemanticAnalyzer::checkStageSizes(const SearchSpec &spec) {
  const StageSpec *evolve = nullptr, *trained = nullptr;
  for (const StageSpec &stage : spec.stages) {
    if (stage.kind == StageKind::Evolve)
      evolve = &stage;
    if (stage.kind != StageKind::Prune && !trained)
      trained = &stage;
    if (stage.kind == StageKind::Train && evolve && evolve->evaluations &&
        stage.keep && *stage.keep > *evolve->evaluations)
      report(Diag::NAS4112, stage.range, "'keep' is ", *stage.keep,
             ", but only ", *evolve->evaluations,
             " networks are evaluated before")
          .note(evolve->range, "they are evaluated here");
  }
  if (const DatasetSpec *dataset = program.spaceDataset;
      trained && dataset && dataset->validationSamples == 0)
    report(Diag::NAS4014, dataset->settingRange("validation"), "'",
           dataset->symbol->name, "' has no validation samples")
        .note(trained->range, "networks are compared on them here")
        .help("'validation = 1_000 images;' holds out as many of the training "
              "samples");
}

void SemanticAnalyzer::checkSearch(const ast::Search &search) {
  SearchSpec &spec = *program.search;
  SettingsReader reader(*this, search.entries, "'search'");
  spec.seed = reader.integer("seed", 0, std::numeric_limits<int64_t>::max());
  spec.threads = reader.integer("threads", 1, 4096);
  spec.time = reader.seconds("time");
  for (const ast::ConfigurationPtr &entry : search.entries) {
    if (const auto *objective = dyn_cast<ast::Objective>(entry.get()))
      checkObjective(*objective, spec);
    else if (const auto *section = dyn_cast<ast::Section>(entry.get()))
      checkStage(*section, spec);
  }
  reader.finish(stageNames);
  checkStageOrder(spec);
  checkStageSizes(spec);
}
