//===- DatasetBridge.cpp - From a spec's dataset to its samples -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/DatasetBridge.h"

#include "runtime/data/TrainingView.h"

#include "llvm/Support/Path.h"

using namespace nasc;

/// The reader has the words of the language and of the IR.
static data::DatasetKind kindOf(llvm::StringRef name) {
  std::optional<data::DatasetKind> kind = data::parseDatasetKind(name);
  assert(kind && "the reader knows the kinds of the language");
  return *kind;
}

static data::ElementType elementOf(llvm::StringRef name) {
  std::optional<data::ElementType> element = data::parseElementType(name);
  assert(element && "the reader knows the element types of the language");
  return *element;
}

data::DatasetSpecification nasc::specificationOf(const DatasetSpec &dataset,
                                                 const SourceManager &sources,
                                                 llvm::StringRef dataFolder) {
  data::DatasetSpecification specification;
  specification.dataFolder = dataFolder.str();
  specification.kind = kindOf(dataset.kind);
  if (dataset.symbol && dataset.symbol->range.isValid())
    specification.baseDirectory =
        llvm::sys::path::parent_path(sources.name(dataset.symbol->range.file))
            .str();
  specification.paths = dataset.sources;
  specification.trainFiles = dataset.trainFiles;
  specification.testFiles = dataset.testFiles;
  specification.validationCount = dataset.validation.value_or(0);
  specification.mean = dataset.mean;
  specification.deviation = dataset.deviation;
  specification.augmentation.shift = dataset.shift;
  specification.augmentation.flipHorizontal = dataset.flipHorizontal;
  specification.target =
      dataset.targetIsInput ? data::TargetKind::Input : data::TargetKind::Label;
  specification.classes = dataset.classes;
  specification.classCount = dataset.classCount;
  if (!dataset.element.empty())
    specification.element = elementOf(dataset.element);
  specification.shape = dataset.shape;
  specification.indexFile = dataset.index;
  specification.recordColumn = dataset.record;
  specification.recordsAreLines = dataset.recordsAreLines;
  specification.ignoresUnlisted = dataset.ignoresUnlisted;
  specification.labelColumn = dataset.label;
  specification.splitColumn = dataset.split;
  return specification;
}

data::DatasetSpecification nasc::specificationOf(nas::DatasetOp dataset,
                                                 llvm::StringRef baseDirectory,
                                                 llvm::StringRef dataFolder) {
  const nas::DatasetSettingsAttr settings = dataset.settings();
  auto text = [](mlir::StringAttr value) {
    return value ? value.str() : std::string();
  };
  auto texts = [](mlir::ArrayAttr list) {
    std::vector<std::string> result;
    if (list)
      for (auto each : list.getAsRange<mlir::StringAttr>())
        result.push_back(each.str());
    return result;
  };
  auto numbers = [](auto list) {
    return list ? list.asArrayRef().vec() : decltype(list.asArrayRef().vec())();
  };
  data::DatasetSpecification specification;
  specification.dataFolder = dataFolder.str();
  specification.baseDirectory = baseDirectory.str();
  specification.kind = kindOf(nas::stringifyDatasetKind(dataset.getKind()));
  specification.paths = texts(dataset.getSources());
  specification.trainFiles = texts(settings.getTrain());
  specification.testFiles = texts(settings.getTest());
  specification.validationCount = settings.getValidation().value_or(0);
  specification.scale = numbers(settings.getScale());
  specification.mean = numbers(settings.getMean());
  specification.deviation = numbers(settings.getDeviation());
  specification.augmentation.shift = numbers(settings.getShift());
  specification.augmentation.flipHorizontal =
      settings.getFlip() == nas::Flip::Horizontal;
  specification.target = settings.getTarget() == nas::Target::Input
                             ? data::TargetKind::Input
                             : data::TargetKind::Label;
  specification.classes = texts(settings.getClasses());
  specification.classCount = settings.getClassCount();
  specification.element =
      elementOf(nas::stringifyElementType(dataset.getElementType()));
  specification.shape = numbers(settings.getShape());
  specification.indexFile = text(settings.getIndex());
  specification.recordColumn = text(settings.getRecord());
  specification.recordsAreLines = bool(settings.getRecordsAreLines());
  specification.ignoresUnlisted =
      settings.getUnlisted() == nas::Unlisted::Ignore;
  specification.labelColumn = text(settings.getLabel());
  specification.splitColumn = text(settings.getSplit());
  return specification;
}

static DatasetFinding makeFinding(Diag code, std::string message,
                                  const data::DataAdvice &advice) {
  return {code,        advice.setting, std::move(message),
          advice.help, advice.unknown, advice.known};
}

DatasetFinding nasc::findingOf(llvm::Error error) {
  DatasetFinding finding;
  llvm::handleAllErrors(std::move(error), [&](const data::DataError &problem) {
    finding =
        makeFinding(problem.getCode(), problem.message(), problem.getAdvice());
  });
  return finding;
}

DatasetInspector nasc::inspectDataset(const SourceManager &sources,
                                      llvm::StringRef dataFolder,
                                      DataNeed need) {
  return [&sources, folder = dataFolder.str(),
          need](const DatasetSpec &dataset) -> DatasetContents {
    DatasetContents contents;
    llvm::Expected<data::DatasetDescription> description =
        data::describeDataset(specificationOf(dataset, sources, folder));
    if (!description) {
      DatasetFinding finding = findingOf(description.takeError());
      const bool isKnown = !dataset.shape.empty() &&
                           (dataset.classCount || dataset.targetIsInput);
      if (need == DataNeed::Required || !isKnown ||
          finding.code != Diag::NAS4001)
        contents.findings.push_back(std::move(finding));
      return contents;
    }
    contents.shape = description->shape;
    if (description->classCount > 0)
      contents.classes = description->classCount;
    contents.validationSamples = description->validation;
    for (const data::DataRemark &remark : description->remarks)
      contents.findings.push_back(
          makeFinding(remark.isWarning ? Diag::NAS4016 : Diag::NAS4015,
                      remark.text, remark.advice));
    return contents;
  };
}

search::TrainingSource nasc::trainingSourceOf(const data::Dataset &dataset) {
  search::TrainingSource source;
  source.data = data::trainingView(dataset);
  source.fingerprint = dataset.fingerprint;
  source.augmentation.shift = dataset.augmentation.shift;
  source.augmentation.flipHorizontal = dataset.augmentation.flipHorizontal;
  return source;
}
