//===- Configuration.cpp - Data, devices and search to IR -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/translation/Translation.h"

#include "llvm/Support/Path.h"

#include <cmath>

using namespace mlir;
using namespace nasc;

/// A path of a file of the specification as one that starts at the folder of
/// the root file: paths of imported files start at theirs.
static std::string relativeToRoot(StringRef path, StringRef file,
                                  StringRef root) {
  StringRef folder = llvm::sys::path::parent_path(file);
  StringRef rootFolder = llvm::sys::path::parent_path(root);
  if (path.empty() || llvm::sys::path::is_absolute(path) ||
      folder == rootFolder)
    return path.str();
  SmallString<256> joined = folder;
  llvm::sys::path::append(joined, path);
  StringRef result = joined;
  if (!rootFolder.empty() && result.consume_front(rootFolder))
    return result.ltrim('/').str();
  if (rootFolder.empty() || llvm::sys::path::is_absolute(joined))
    return joined.str().str();
  // Neither below the root's folder nor absolute: go up to where both start.
  SmallString<256> up;
  for (auto it = llvm::sys::path::begin(rootFolder),
            end = llvm::sys::path::end(rootFolder);
       it != end; ++it)
    if (*it != ".")
      llvm::sys::path::append(up, "..");
  llvm::sys::path::append(up, joined);
  return up.str().str();
}

void Translator::translateDataset(const DatasetSpec &dataset) {
  StringRef file = sources.name(dataset.symbol->range.file);
  StringRef root = sources.name(program.parsed.files.back()->id);
  auto pathList = [&](const std::vector<std::string> &paths) {
    SmallVector<Attribute> list;
    for (const std::string &path : paths)
      list.push_back(builder.getStringAttr(relativeToRoot(path, file, root)));
    return builder.getArrayAttr(list);
  };
  SmallVector<NamedAttribute> settings;
  auto set = [&](StringRef name, Attribute value) {
    settings.push_back(builder.getNamedAttr(name, value));
  };
  auto setString = [&](StringRef name, const std::string &value) {
    if (!value.empty())
      set(name, builder.getStringAttr(value));
  };
  if (dataset.validation)
    set("validation", builder.getI64IntegerAttr(*dataset.validation));
  if (!dataset.mean.empty())
    set("mean", builder.getF64ArrayAttr(dataset.mean));
  if (!dataset.deviation.empty())
    set("deviation", builder.getF64ArrayAttr(dataset.deviation));
  if (!dataset.shift.empty())
    set("shift", builder.getI64ArrayAttr(dataset.shift));
  if (dataset.flipHorizontal)
    set("flip", builder.getStringAttr("horizontal"));
  if (!dataset.shape.empty())
    set("shape", builder.getI64ArrayAttr(dataset.shape));
  if (dataset.classCount)
    set("class_count", builder.getI64IntegerAttr(*dataset.classCount));
  setString("element", dataset.element);
  if (!dataset.index.empty())
    set("index",
        builder.getStringAttr(relativeToRoot(dataset.index, file, root)));
  setString("record", dataset.recordsAreLines ? "line" : dataset.record);
  setString("label", dataset.label);
  setString("split", dataset.split);
  if (!dataset.classes.empty()) {
    SmallVector<StringRef> names(dataset.classes.begin(),
                                 dataset.classes.end());
    set("classes", builder.getStrArrayAttr(names));
  }
  if (dataset.targetIsInput)
    set("target", builder.getStringAttr("input"));
  if (!dataset.trainFiles.empty())
    set("train", pathList(dataset.trainFiles));
  if (!dataset.testFiles.empty())
    set("test", pathList(dataset.testFiles));
  builder.create<nas::DatasetOp>(locationOf(dataset.symbol->range),
                                 builder.getStringAttr(dataset.symbol->name),
                                 builder.getStringAttr(dataset.kind),
                                 pathList(dataset.sources),
                                 builder.getDictionaryAttr(settings));
}

void Translator::translateNetwork(const NetworkSpec &network) {
  StringRef file = sources.name(network.symbol->range.file);
  StringRef root = sources.name(program.parsed.files.back()->id);
  builder.create<nas::NetworkOp>(
      locationOf(network.symbol->range),
      builder.getStringAttr(network.symbol->name),
      builder.getStringAttr(network.kind),
      builder.getStringAttr(relativeToRoot(network.source, file, root)),
      network.dataset
          ? FlatSymbolRefAttr::get(builder.getContext(), network.dataset->name)
          : FlatSymbolRefAttr(),
      nas::symbolizeInputLayout(network.layout)
          .value_or(nas::InputLayout::inferred));
}

void Translator::translateDevice(const DeviceSpec &device) {
  auto integer = [&](int64_t value) {
    return builder.getI64IntegerAttr(value);
  };
  auto optional = [&](std::optional<int64_t> value) {
    return value ? integer(*value) : IntegerAttr();
  };
  std::string precision = program.precisionOf(device.symbol);
  auto op = builder.create<nas::DeviceOp>(
      locationOf(device.symbol->range),
      builder.getStringAttr(device.symbol->name),
      device.description.empty() ? StringAttr()
                                 : builder.getStringAttr(device.description),
      integer(device.clock), optional(device.ram), optional(device.flash),
      integer(device.alignment), integer(device.stack),
      integer(device.staticRam), integer(device.runtimeFlash),
      device.model(precision) ? builder.getStringAttr(precision) : StringAttr(),
      device.target.empty() ? StringAttr()
                            : builder.getStringAttr(device.target));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&op.getBody().emplaceBlock());
  // The costs of another precision than the deployed one are costs of a network
  // that nobody runs.
  if (!device.model(precision))
    return;
  for (const CostModelSpec &model : device.models) {
    SmallVector<NamedAttribute> kernelCode;
    for (const auto &[kernel, bytes] : model.kernelCode)
      kernelCode.push_back(builder.getNamedAttr(kernel, integer(bytes)));
    auto modelOp = builder.create<nas::CostModelOp>(
        locationOf(model.range), builder.getStringAttr(model.precision),
        integer(model.elementBytes), integer(model.biasBytes),
        integer(model.cyclesPerByte), integer(model.energyPerByte),
        kernelCode.empty() ? DictionaryAttr()
                           : builder.getDictionaryAttr(kernelCode));
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(&modelOp.getBody().emplaceBlock());
    for (const LayerCostSpec &layer : model.layers)
      builder.create<nas::LayerCostOp>(
          locationOf(layer.range), builder.getStringAttr(layer.kind),
          integer(layer.cyclesPerMac), integer(layer.cyclesPerOutput),
          integer(layer.overhead), integer(layer.energyPerMac),
          integer(layer.code), integer(layer.scratch));
    for (const LatencyTableSpec &table : model.tables) {
      SmallVector<Attribute> rows;
      for (const std::vector<int64_t> &row : table.rows)
        rows.push_back(builder.getDenseI64ArrayAttr(row));
      SmallVector<StringRef> keys(table.keys.begin(), table.keys.end());
      builder.create<nas::LatencyTableOp>(
          locationOf(table.range), builder.getStringAttr(table.kind),
          builder.getStrArrayAttr(keys), builder.getArrayAttr(rows),
          builder.getDenseI64ArrayAttr(table.values));
    }
  }
}

DictionaryAttr Translator::trainingAttribute(const TrainingSpec &training) {
  SmallVector<NamedAttribute> settings;
  auto set = [&](StringRef name, Attribute value) {
    settings.push_back(builder.getNamedAttr(name, value));
  };
  auto setInteger = [&](StringRef name, std::optional<int64_t> value) {
    if (value)
      set(name, builder.getI64IntegerAttr(*value));
  };
  auto setText = [&](StringRef name, const std::string &value) {
    if (!value.empty())
      set(name, builder.getStringAttr(value));
  };
  auto setNumber = [&](StringRef name, const HyperParameter &value,
                       bool isInteger = false) {
    if (value.choice)
      set(name,
          search::ChoiceAttr::get(builder.getContext(),
                                  builder.getStringAttr(value.choice->name)));
    else if (value.constant && isInteger)
      set(name, builder.getI64IntegerAttr(value.constant->integer));
    else if (value.constant)
      set(name, builder.getF64FloatAttr(value.constant->toDouble()));
  };
  set("epochs", builder.getI64IntegerAttr(training.epochs.value_or(1)));
  setInteger("images", training.imagesPerEpoch);
  setNumber("batch", training.batch, /*isInteger=*/true);
  setText("optimizer", training.optimizer);
  setNumber("learning_rate", training.learningRate);
  setNumber("momentum", training.momentum);
  setNumber("weight_decay", training.weightDecay);
  setText("schedule", training.schedule);
  setInteger("step_every", training.stepEvery);
  setNumber("step_factor", training.stepFactor);
  setNumber("label_smoothing", training.labelSmoothing);
  setText("loss", !training.loss.empty()   ? training.loss
                  : program.classification ? std::string("cross_entropy")
                                           : std::string("mean_squared_error"));
  setText("quantize", training.quantize);
  setInteger("quantize_epochs", training.quantizeEpochs);
  return builder.getDictionaryAttr(settings);
}

void Translator::translateTargets(Value networks) {
  for (const TargetSpec &target : program.targets) {
    SmallVector<StringRef> emit(target.emit.begin(), target.emit.end());
    SmallVector<NamedAttribute> settings;
    if (!target.rounding.empty())
      settings.push_back(builder.getNamedAttr(
          "rounding", builder.getStringAttr(target.rounding)));
    if (target.calibration)
      settings.push_back(builder.getNamedAttr(
          "calibration", builder.getI64IntegerAttr(*target.calibration)));
    builder.create<search::DeployOp>(
        locationOf(target.range), networks,
        builder.getStringAttr(target.device->name),
        builder.getStringAttr(target.precision), builder.getStrArrayAttr(emit),
        settings.empty() ? DictionaryAttr()
                         : builder.getDictionaryAttr(settings));
  }
}

void Translator::translateDeployment(const NetworkSpec &network) {
  if (program.targets.empty())
    return;
  // Nothing in it is random: the seed is the one of a search without a seed.
  auto pipeline = builder.create<search::PipelineOp>(
      locationOf(program.deployNodes.front()->keywordRange),
      FlatSymbolRefAttr::get(builder.getContext(), network.symbol->name),
      builder.getArrayAttr({}), builder.getI64IntegerAttr(1),
      /*threads=*/IntegerAttr(), /*time_limit=*/IntegerAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&pipeline.getBody().emplaceBlock());
  translateTargets(builder.create<search::SpaceOp>(
      pipeline.getLoc(), search::SpaceType::get(builder.getContext())));
}

void Translator::translateSearch() {
  const SearchSpec &spec = *program.search;
  MLIRContext *context = builder.getContext();
  auto integer = [&](int64_t value) {
    return builder.getI64IntegerAttr(value);
  };
  auto optional = [&](std::optional<int64_t> value) {
    return value ? integer(*value) : IntegerAttr();
  };
  SmallVector<Attribute> objectives;
  for (const ObjectiveSpec &objective : spec.objectives)
    objectives.push_back(search::ObjectiveAttr::get(
        context,
        builder.getStringAttr(objective.maximize ? "maximize" : "minimize"),
        builder.getStringAttr(objective.metric),
        builder.getStringAttr(objective.device ? objective.device->name : "")));
  std::optional<int64_t> seconds;
  if (spec.time)
    seconds = std::max<int64_t>(1, std::llround(*spec.time));
  auto pipeline = builder.create<search::PipelineOp>(
      locationOf(spec.node->keywordRange),
      FlatSymbolRefAttr::get(space.getSymNameAttr()),
      builder.getArrayAttr(objectives), integer(spec.seed.value_or(1)),
      optional(spec.threads), optional(seconds));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&pipeline.getBody().emplaceBlock());
  auto spaceType = search::SpaceType::get(context);
  auto populationType = search::PopulationType::get(context);
  Value value = builder.create<search::SpaceOp>(pipeline.getLoc(), spaceType);
  for (const StageSpec &stage : spec.stages) {
    Location loc = locationOf(stage.range);
    switch (stage.kind) {
    case StageKind::Prune: {
      IntegerAttr timeout;
      if (stage.timeout)
        timeout =
            integer(std::max<int64_t>(1, std::llround(*stage.timeout * 1000)));
      value = builder.create<search::PruneOp>(loc, spaceType, value, timeout);
      break;
    }
    case StageKind::Evolve: {
      FloatAttr mutation;
      if (stage.mutation)
        mutation = builder.getF64FloatAttr(*stage.mutation);
      value = builder.create<search::EvolveOp>(
          loc, populationType, value, builder.getStringAttr(stage.algorithm),
          integer(stage.population.value_or(1)),
          integer(stage.evaluations.value_or(1)),
          builder.getF64FloatAttr(stage.crossover.value_or(0.9)), mutation,
          trainingAttribute(stage.training));
      break;
    }
    case StageKind::Train:
      value = builder.create<search::TrainOp>(
          loc, populationType, value, integer(stage.keep.value_or(1)),
          integer(stage.training.checkpoint.value_or(1)),
          trainingAttribute(stage.training));
      break;
    }
  }
  translateTargets(value);
}
