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

#include "dialects/diagnostics/CodedError.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasc::data {

/// The codes of the failures, by name.
struct DataErrorCode {
  /// A file or folder does not exist, cannot be read, or is something else
  /// than a file.
  static constexpr Diag FileUnreadable = Diag::NAS4001;
  /// A file has no content.
  static constexpr Diag FileEmpty = Diag::NAS4002;
  /// A file ends before what it promises, or within a record.
  static constexpr Diag CutOff = Diag::NAS4003;
  /// A file is not in the expected format: magic number, dimensions, or shapes
  /// that differ between the parts of a dataset.
  static constexpr Diag WrongFormat = Diag::NAS4004;
  /// Numbers of samples and labels differ.
  static constexpr Diag CountMismatch = Diag::NAS4005;
  /// A label is not one of the classes.
  static constexpr Diag LabelOutOfRange = Diag::NAS4006;
  /// Bytes follow after the last record.
  static constexpr Diag TrailingBytes = Diag::NAS4007;
  /// Compressed data are damaged.
  static constexpr Diag CorruptCompression = Diag::NAS4008;
  /// An index (CSV) is not well-formed, or misses a column or value.
  static constexpr Diag BadIndex = Diag::NAS4009;
  /// A file changed while it was read.
  static constexpr Diag FileChanged = Diag::NAS4010;
  /// A dataset, as its header says or as it is, is larger than is allowed or
  /// than there is memory.
  static constexpr Diag TooLarge = Diag::NAS4011;
  /// A sample holds a NaN or an infinity.
  static constexpr Diag NotFinite = Diag::NAS4012;
  /// The settings of the dataset contradict each other or miss something.
  static constexpr Diag BadSettings = Diag::NAS4013;
  /// There are not enough samples for the splits that are asked for.
  static constexpr Diag TooFewSamples = Diag::NAS4014;
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

/// What helps to mend a failure.
struct DataAdvice {
  DataAdvice(std::string help = {}, std::string setting = {})
      : help(std::move(help)), setting(std::move(setting)) {}
  DataAdvice(const char *help) : help(help) {}

  /// What the user can do, or empty.
  std::string help;
  /// The setting of the dataset that is to blame, as a specification writes it
  /// (`index`, `label`, `validation`); empty: the files themselves.
  std::string setting;
  /// A name that the data do not have, and those that they have.
  std::string unknown;
  std::vector<std::string> known;
};

/// A failure with its diagnostic code.
class DataError : public llvm::ErrorInfo<DataError, CodedError> {
public:
  static char ID;

  DataError(Diag code, DataLocation location, std::string text,
            DataAdvice advice = {})
      : ErrorInfo(code, std::move(text), advice.help),
        place(std::move(location)), advice(std::move(advice)) {}

  const DataLocation &location() const { return place; }
  /// Place and reason, without the code and without a full stop.
  std::string message() const override;
  const DataAdvice &getAdvice() const { return advice; }
  /// Blames a setting, unless one is blamed already.
  void blame(llvm::StringRef setting) {
    if (advice.setting.empty())
      advice.setting = setting.str();
  }

private:
  DataLocation place;
  DataAdvice advice;
};

/// An llvm::Error that holds a DataError.
llvm::Error dataError(Diag code, DataLocation location, std::string text,
                      DataAdvice advice = {});

/// The same error, which blames a setting unless it does so already.
llvm::Error blame(llvm::Error error, llvm::StringRef setting);

/// What the reader of a dataset assumed, or what it found odd, where nothing is
/// wrong for sure.
struct DataRemark {
  /// Something is probably not meant; otherwise a choice is made known that was
  /// made for the user.
  bool isWarning = false;
  std::string text;
  DataAdvice advice;
};

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_DATAERROR_H
