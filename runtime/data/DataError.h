//===- DataError.h - What can be wrong with a dataset -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one error type of this folder. It carries a diagnostic code, so that the
// command line can print it like any other diagnostic, and says which file is
// meant and where in it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_DATAERROR_H
#define NASC_RUNTIME_DATA_DATAERROR_H

#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nasc::data {

/// The kinds of failure; the value is the number in the diagnostic code.
enum class DataErrorCode : unsigned {
  /// A file or folder does not exist, cannot be read, or is something else
  /// than a file.
  FileUnreadable = 4001,
  /// A file has no content.
  FileEmpty = 4002,
  /// A file ends before what it promises, or within a record.
  CutOff = 4003,
  /// A file is not in the expected format: magic number, dimensions, or shapes
  /// that differ between the parts of a dataset.
  WrongFormat = 4004,
  /// Numbers of samples and labels differ.
  CountMismatch = 4005,
  /// A label is not one of the classes.
  LabelOutOfRange = 4006,
  /// Bytes follow after the last record.
  TrailingBytes = 4007,
  /// Compressed data are damaged.
  CorruptCompression = 4008,
  /// An index (CSV) is not well-formed, or misses a column or value.
  BadIndex = 4009,
  /// A file changed while it was read.
  FileChanged = 4010,
  /// A dataset, as its header says or as it is, is larger than is allowed or
  /// than there is memory.
  TooLarge = 4011,
  /// A sample holds a NaN or an infinity.
  NotFinite = 4012,
  /// The settings of the dataset contradict each other or miss something.
  BadSettings = 4013,
  /// There are not enough samples for the splits that are asked for.
  TooFewSamples = 4014,
};

/// A place in a file.
struct DataLocation {
  /// Empty when no single file is to blame.
  std::string file;
  /// Counted from 0. In compressed files: of the decompressed content.
  std::optional<uint64_t> offset;
  /// Counted from 1; text files only.
  std::optional<uint64_t> line;
};

/// A failure with its diagnostic code.
class DataError : public llvm::ErrorInfo<DataError> {
public:
  static char ID;

  DataError(DataErrorCode kind, DataLocation location, std::string text,
            std::string help = {})
      : kind(kind), place(std::move(location)), text(std::move(text)),
        helpText(std::move(help)) {}

  DataErrorCode getKind() const { return kind; }
  /// The diagnostic code, `NAS4001` and so on.
  std::string code() const;
  const DataLocation &location() const { return place; }
  /// Place and reason, without the code and without a full stop.
  std::string message() const override;
  /// What the user can do, or empty.
  const std::string &help() const { return helpText; }

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

private:
  DataErrorCode kind;
  DataLocation place;
  std::string text;
  std::string helpText;
};

/// An llvm::Error that holds a DataError.
llvm::Error dataError(DataErrorCode kind, DataLocation location,
                      std::string text, std::string help = {});

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_DATAERROR_H
