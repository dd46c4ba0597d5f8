//===- RecordIndex.h - What an index says of raw records --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The index of raw records is a CSV file. It says which record of the data a
// line is about, what the record is for and which class it has.
//
// Nothing is guessed without a word: a line is the record of the column `row`
// (or of the one that the specification names), or else of the line's own
// number, which is an error where another column numbers the lines in another
// order; and every record of the data is listed unless the specification says
// that it need not be.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_RECORDINDEX_H
#define NASC_RUNTIME_DATA_RECORDINDEX_H

#include "runtime/data/DataError.h"
#include "runtime/data/DatasetSpecification.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nasc::data {

/// What a sample is for.
enum class Split { Train, Validation, Test };

/// A record that is used.
struct IndexedRecord {
  /// Its number in the data, counted from 0.
  uint64_t record = 0;
  Split split = Split::Train;
  /// From 0; 0 where there are no labels.
  int32_t label = 0;
};

/// The records that are used, ascending, and their classes.
struct RecordIndex {
  std::vector<IndexedRecord> records;
  /// 0 where the records have no labels.
  int64_t classCount = 0;
  std::vector<std::string> classNames;
  std::vector<DataRemark> remarks;
};

/// Reads the index of a specification, whose data hold `recordCount` records.
/// Without an index all are training samples without labels. All errors are
/// DataErrors.
llvm::Expected<RecordIndex>
readRecordIndex(const DatasetSpecification &specification,
                uint64_t recordCount);

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_RECORDINDEX_H
