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

#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace nasc::study {

/// The codes of the failures, by name.
struct StudyErrorCode {
  /// A folder or file cannot be created or written: permissions, a read-only
  /// file system.
  static constexpr Diag NotWritable = Diag::NAS5001;
  /// The output path, or a part of it, is a file.
  static constexpr Diag NotADirectory = Diag::NAS5002;
  /// The output folder holds files that nasc did not write.
  static constexpr Diag ForeignOutput = Diag::NAS5003;
  /// The study is one of another space.
  static constexpr Diag OtherSpec = Diag::NAS5004;
  /// No space left on the device, a quota, or a limit on file sizes.
  static constexpr Diag DiskFull = Diag::NAS5005;
  /// There is no study to resume or to deploy from.
  static constexpr Diag StudyMissing = Diag::NAS5006;
  /// The study is not a database, is cut off, or has corrupt pages.
  static constexpr Diag StudyDamaged = Diag::NAS5007;
  /// The study was written by a version of nasc with another format.
  static constexpr Diag OtherFormat = Diag::NAS5008;
  /// Another running nasc works on the study.
  static constexpr Diag StudyLocked = Diag::NAS5009;
  /// A new study was asked for where one exists.
  static constexpr Diag StudyExists = Diag::NAS5010;
  /// The data of the study are others.
  static constexpr Diag OtherData = Diag::NAS5011;
  /// Any other failure of the operating system.
  static constexpr Diag InputOutput = Diag::NAS5012;
  /// The study is asked for something that contradicts what it records.
  static constexpr Diag Inconsistent = Diag::NAS5013;
};

/// A failure of a study or of its folder. Its help says what the user can do.
class StudyError : public llvm::ErrorInfo<StudyError, CodedError> {
public:
  static char ID;
  using ErrorInfo::ErrorInfo;
};

/// An llvm::Error that holds a StudyError.
llvm::Error studyError(Diag code, std::string message, std::string help = {});

/// The error for a system call that failed on a path. `doing` completes "cannot
/// … 'PATH'", for example "write" or "create the folder".
llvm::Error systemError(int errorNumber, llvm::StringRef doing,
                        llvm::StringRef path);

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_STUDYERROR_H
