//===- StudyError.h - What can go wrong with results on disk ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one error type of this folder. It carries a diagnostic code, so that the
// command line can print it like any other diagnostic, and a help line where
// the user can do something about it.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_STUDY_STUDYERROR_H
#define NASC_RUNTIME_STUDY_STUDYERROR_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace nasc::study {

/// The kinds of failure; the value is the number in the diagnostic code.
enum class StudyErrorCode : unsigned {
  /// A folder or file cannot be created or written: permissions, a read-only
  /// file system.
  NotWritable = 5001,
  /// The output path, or a part of it, is a file.
  NotADirectory = 5002,
  /// The output folder holds files that nasc did not write.
  ForeignOutput = 5003,
  /// The study is one of another space.
  OtherSpec = 5004,
  /// No space left on the device, a quota, or a limit on file sizes.
  DiskFull = 5005,
  /// There is no study to resume or to deploy from.
  StudyMissing = 5006,
  /// The study is not a database, is cut off, or has corrupt pages.
  StudyDamaged = 5007,
  /// The study was written by a version of nasc with another format.
  OtherFormat = 5008,
  /// Another running nasc works on the study.
  StudyLocked = 5009,
  /// A new study was asked for where one exists.
  StudyExists = 5010,
  /// The data of the study are others.
  OtherData = 5011,
  /// Any other failure of the operating system.
  InputOutput = 5012,
  /// The study is asked for something that contradicts what it records.
  Inconsistent = 5013,
};

/// A failure with its diagnostic code.
class StudyError : public llvm::ErrorInfo<StudyError> {
public:
  static char ID;

  StudyError(StudyErrorCode kind, std::string message, std::string help = {})
      : kind(kind), text(std::move(message)), helpText(std::move(help)) {}

  StudyErrorCode getKind() const { return kind; }
  /// The diagnostic code, `NAS5001` and so on.
  std::string code() const;
  /// One sentence without the code and without a full stop.
  std::string message() const override { return text; }
  /// What the user can do, or empty.
  const std::string &help() const { return helpText; }

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

private:
  StudyErrorCode kind;
  std::string text;
  std::string helpText;
};

/// An llvm::Error that holds a StudyError.
llvm::Error studyError(StudyErrorCode kind, std::string message,
                       std::string help = {});

/// The error for a system call that failed on a path. `doing` completes "cannot
/// … 'PATH'", for example "write" or "create the folder".
llvm::Error systemError(int errorNumber, llvm::StringRef doing,
                        llvm::StringRef path);

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_STUDYERROR_H
