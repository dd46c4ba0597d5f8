//===- FileLock.h - One process at a time -----------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A lock file held with flock(2). The kernel drops the lock when its process
// dies, however it dies, so a killed run never leaves a study locked. SQLite's
// own locks are not used for this: they would shut out readers, such as a
// shell that looks at a running study.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_STUDY_FILELOCK_H
#define NASC_RUNTIME_STUDY_FILELOCK_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace nasc::study {

/// A held lock; released by the destructor, which also removes the file.
class FileLock {
public:
  /// Takes the lock on the file `path`, which is created where it is missing.
  /// Errors: StudyLocked, naming the process that holds it, when another open
  /// lock (of this process too) has it; NotWritable, DiskFull, InputOutput.
  static llvm::Expected<FileLock> acquire(llvm::StringRef path);

  FileLock(FileLock &&other);
  FileLock &operator=(FileLock &&other);
  ~FileLock() { release(); }

  /// Gives the lock back early. Harmless when repeated.
  void release();

private:
  FileLock(int descriptor, std::string path)
      : descriptor(descriptor), path(std::move(path)) {}

  int descriptor = -1;
  std::string path;
};

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_FILELOCK_H
