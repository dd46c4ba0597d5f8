//===- StudyError.cpp -----------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/StudyError.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <cerrno>
#include <system_error>

using namespace nasc;
using namespace nasc::study;

char StudyError::ID = 0;

llvm::Error nasc::study::studyError(Diag code, std::string message,
                                    std::string help) {
  return llvm::make_error<StudyError>(code, std::move(message),
                                      std::move(help));
}

llvm::Error nasc::study::systemError(int errorNumber, llvm::StringRef doing,
                                     llvm::StringRef path) {
  std::string reason = std::generic_category().message(errorNumber);
  if (!reason.empty())
    reason[0] = llvm::toLower(reason[0]);
  std::string message =
      ("cannot " + doing + " '" + path + "': " + reason).str();
  switch (errorNumber) {
  case EACCES:
  case EPERM:
  case EROFS:
    return studyError(StudyErrorCode::NotWritable, std::move(message),
                      "choose a folder that you may write to with -o");
  case ENOTDIR:
    return studyError(StudyErrorCode::NotADirectory, std::move(message),
                      "a part of the path is a file; choose another with -o");
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    return studyError(StudyErrorCode::DiskFull, std::move(message),
                      "earlier results are intact; make room, then go on with "
                      "--resume");
  default:
    return studyError(StudyErrorCode::InputOutput, std::move(message));
  }
}
