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

data::DatasetSpecification nasc::specificationOf(const DatasetSpec &dataset,
                                                 const SourceManager &sources) {
  data::DatasetSpecification specification;
  specification.kind =
      data::parseDatasetKind(dataset.kind).value_or(data::DatasetKind::Idx);
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
  specification.augmentation.shift = dataset.shift.value_or(0);
  specification.augmentation.flipHorizontal = dataset.flipHorizontal;
  specification.target =
      dataset.targetIsInput ? data::TargetKind::Input : data::TargetKind::Label;
  specification.classes = dataset.classes;
  specification.classCount = dataset.classCount;
  if (!dataset.element.empty())
    specification.element = data::parseElementType(dataset.element)
                                .value_or(data::ElementType::UInt8);
  specification.shape = dataset.shape;
  specification.indexFile = dataset.index;
  specification.labelColumn = dataset.label;
  specification.splitColumn = dataset.split;
  return specification;
}

DatasetInspector nasc::inspectDataset(const SourceManager &sources) {
  return
      [&sources](const DatasetSpec &dataset) -> llvm::Expected<DatasetShape> {
        llvm::Expected<data::DatasetDescription> description =
            data::describeDataset(specificationOf(dataset, sources));
        if (!description)
          return description.takeError();
        DatasetShape shape;
        shape.shape = description->shape;
        if (description->classCount > 0)
          shape.classes = description->classCount;
        return shape;
      };
}

search::TrainingSource nasc::trainingSourceOf(const data::Dataset &dataset) {
  search::TrainingSource source;
  source.data = data::trainingView(dataset);
  source.augmentation.shift = dataset.augmentation.shift;
  source.augmentation.flipHorizontal = dataset.augmentation.flipHorizontal;
  return source;
}
