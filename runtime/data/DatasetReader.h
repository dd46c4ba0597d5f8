//===- DatasetReader.h - The interface behind all formats -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A new format is a value of DatasetKind and a reader that datasetReader()
// returns for it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_DATASETREADER_H
#define NASC_RUNTIME_DATA_DATASETREADER_H

#include "runtime/data/DataError.h"
#include "runtime/data/Dataset.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace nasc::data {

/// One format. Readers have no state.
class DatasetReader {
public:
  virtual ~DatasetReader() = default;

  /// Fills element, shape, count, samples, labels, classes and the splits that
  /// the files themselves name; loadDataset() does the rest.
  virtual llvm::Error read(const DatasetSpecification &specification,
                           Dataset &dataset) const = 0;

  /// The same without the samples; the splits are those of the files.
  virtual llvm::Expected<DatasetDescription>
  describe(const DatasetSpecification &specification) const = 0;
};

/// The readers of the formats.
const DatasetReader &idxReader();
const DatasetReader &cifarReader();
const DatasetReader &rawReader();
const DatasetReader &datasetReader(DatasetKind kind);

//===----------------------------------------------------------------------===//
// What the readers share
//===----------------------------------------------------------------------===//

/// A path of the specification, with its base directory.
std::string resolvePath(const DatasetSpecification &specification,
                        llvm::StringRef path);

/// Asks for memory for `count` samples; `file` is named when that is too much.
llvm::Error allocateSamples(const DatasetSpecification &specification,
                            llvm::StringRef file, int64_t count,
                            Dataset &dataset);

/// The classes of labels that are numbers: `count` and `names` are filled from
/// the specification, or else from the labels, where every class below the
/// greatest has to occur. `place` locates the label of an index for errors.
llvm::Error numericClasses(const DatasetSpecification &specification,
                           llvm::ArrayRef<int32_t> labels,
                           llvm::function_ref<DataLocation(size_t)> place,
                           int64_t &count, std::vector<std::string> &names);

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_DATASETREADER_H
