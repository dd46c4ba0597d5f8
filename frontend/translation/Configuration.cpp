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
  auto text = [&](const std::string &value) {
    return value.empty() ? StringAttr() : builder.getStringAttr(value);
  };
  auto numbers = [&](const std::vector<double> &values) {
    return values.empty() ? DenseF64ArrayAttr()
                          : builder.getDenseF64ArrayAttr(values);
  };
  auto integers = [&](const std::vector<int64_t> &values) {
    return values.empty() ? DenseI64ArrayAttr()
                          : builder.getDenseI64ArrayAttr(values);
  };
  auto files = [&](const std::vector<std::string> &paths) {
    return paths.empty() ? ArrayAttr() : pathList(paths);
  };
  ArrayAttr classes;
  if (!dataset.classes.empty())
    classes = builder.getStrArrayAttr(
        SmallVector<StringRef>(dataset.classes.begin(), dataset.classes.end()));
  auto given = [](bool isGiven, auto value) {
    return isGiven ? std::optional(value) : std::nullopt;
  };
  auto settings = nas::DatasetSettingsAttr::get(
      builder.getContext(), dataset.validation, /*scale=*/nullptr,
      numbers(dataset.mean), numbers(dataset.deviation),
      integers(dataset.shift),
      given(dataset.flipHorizontal, nas::Flip::Horizontal),
      given(dataset.targetIsInput, nas::Target::Input), integers(dataset.shape),
      dataset.classCount, classes, nas::symbolizeElementType(dataset.element),
      files(dataset.trainFiles), files(dataset.testFiles),
      text(relativeToRoot(dataset.index, file, root)), text(dataset.record),
      dataset.recordsAreLines ? builder.getUnitAttr() : UnitAttr(),
      given(dataset.ignoresUnlisted, nas::Unlisted::Ignore),
      text(dataset.label), text(dataset.split));
  // Each setting is reported where it is written.
  SmallVector<Location> places = {
      locationOf(dataset.symbol->range),
      NameLoc::get(builder.getStringAttr("sources"),
                   locationOf(dataset.node->source->getRange()))};
  for (const ast::ConfigurationPtr &entry : dataset.node->entries)
    if (const auto *setting = dyn_cast<ast::Setting>(entry.get()))
      places.push_back(NameLoc::get(builder.getStringAttr(setting->name.text),
                                    locationOf(setting->value->getRange())));
  builder.create<nas::DatasetOp>(
      FusedLoc::get(builder.getContext(), places),
      builder.getStringAttr(dataset.symbol->name),
      nas::symbolizeDatasetKind(dataset.kind).value_or(nas::DatasetKind::Idx),
      pathList(dataset.sources), settings);
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

nas::PrecisionAttr Translator::precisionAttribute(StringRef name) {
  std::optional<nas::Precision> precision = nas::symbolizePrecision(name);
  assert(precision && "the analysis knows the precisions of the IR");
  return nas::PrecisionAttr::get(builder.getContext(), *precision);
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
      device.model(precision) ? precisionAttribute(precision)
                              : nas::PrecisionAttr(),
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
        locationOf(model.range), precisionAttribute(model.precision),
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

search::TrainingAttr
Translator::trainingAttribute(const TrainingSpec &training) {
  auto number = [&](const HyperParameter &value,
                    bool isInteger = false) -> Attribute {
    if (value.choice)
      return search::ChoiceAttr::get(builder.getContext(),
                                     builder.getStringAttr(value.choice->name));
    if (!value.constant)
      return {};
    if (isInteger)
      return builder.getI64IntegerAttr(value.constant->integer);
    return builder.getF64FloatAttr(value.constant->toDouble());
  };
  search::Loss loss = program.classification ? search::Loss::CrossEntropy
                                             : search::Loss::MeanSquaredError;
  return search::TrainingAttr::get(
      builder.getContext(), training.epochs.value_or(1),
      training.imagesPerEpoch, number(training.batch, /*isInteger=*/true),
      search::symbolizeOptimizer(training.optimizer),
      number(training.learningRate), number(training.momentum),
      number(training.weightDecay),
      search::symbolizeSchedule(training.schedule), training.stepEvery,
      number(training.stepFactor),
      search::symbolizeLoss(training.loss).value_or(loss),
      number(training.labelSmoothing),
      nas::symbolizePrecision(training.quantize), training.quantizeEpochs);
}

void Translator::translateTargets(Value networks) {
  for (const TargetSpec &target : program.targets) {
    SmallVector<Attribute> emissions;
    for (const std::string &emission : target.emit)
      if (auto known = search::symbolizeEmission(emission))
        emissions.push_back(
            search::EmissionAttr::get(builder.getContext(), *known));
    search::RoundingAttr rounding;
    if (auto known = search::symbolizeRounding(target.rounding))
      rounding = search::RoundingAttr::get(builder.getContext(), *known);
    builder.create<search::DeployOp>(
        locationOf(target.range), networks,
        FlatSymbolRefAttr::get(builder.getContext(), target.device->name),
        precisionAttribute(target.precision), builder.getArrayAttr(emissions),
        rounding,
        target.calibration ? builder.getI64IntegerAttr(*target.calibration)
                           : IntegerAttr());
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
        objective.maximize ? search::Direction::Maximize
                           : search::Direction::Minimize,
        builder.getStringAttr(objective.metric),
        objective.device
            ? FlatSymbolRefAttr::get(context, objective.device->name)
            : FlatSymbolRefAttr()));
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
          loc, populationType, value,
          search::AlgorithmAttr::get(context,
                                     search::symbolizeAlgorithm(stage.algorithm)
                                         .value_or(search::Algorithm::NSGA2)),
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
