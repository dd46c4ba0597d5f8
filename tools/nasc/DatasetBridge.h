//===- DatasetBridge.h - From a spec's dataset to its samples ---*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_DATASETBRIDGE_H
#define NASC_TOOLS_NASC_DATASETBRIDGE_H

#include "dialects/nas/Nas.h"
#include "frontend/analysis/SemanticAnalysis.h"
#include "runtime/data/Dataset.h"
#include "runtime/search/Stage.h"

namespace nasc {

/// The reader's view of a dataset of the spec; relative paths are relative to
/// the file that defines the dataset.
/// `dataFolder` is where the data are now, or empty.
data::DatasetSpecification specificationOf(const DatasetSpec &dataset,
                                           const SourceManager &sources,
                                           llvm::StringRef dataFolder);

/// The same of a dataset of the IR, whose relative paths start at
/// `baseDirectory`.
data::DatasetSpecification specificationOf(nas::DatasetOp dataset,
                                           llvm::StringRef baseDirectory,
                                           llvm::StringRef dataFolder);

/// What a DataError says, for reportFinding().
DatasetFinding findingOf(llvm::Error error);

/// Whether a session works without data whose shape and classes the spec says.
enum class DataNeed { Required, ForShapes };

/// Looks into data files for shapes and classes that the spec leaves out, and
/// for what contradicts it.
DatasetInspector inspectDataset(const SourceManager &sources,
                                llvm::StringRef dataFolder, DataNeed need);

/// The trainer's view of samples; valid as long as the dataset.
search::TrainingSource trainingSourceOf(const data::Dataset &dataset);

} // namespace nasc

#endif // NASC_TOOLS_NASC_DATASETBRIDGE_H
