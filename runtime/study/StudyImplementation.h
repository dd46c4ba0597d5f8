//===- StudyImplementation.h - The state of an open study -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the writing (Study.cpp) and the reading (StudyReader.cpp) half of
// the study. Private to this folder.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_STUDY_STUDYIMPLEMENTATION_H
#define NASC_RUNTIME_STUDY_STUDYIMPLEMENTATION_H

#include "runtime/study/Database.h"
#include "runtime/study/FileLock.h"
#include "runtime/study/Study.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"

#include <mutex>

namespace nasc::study {

struct Study::Implementation {
  std::string path;
  Mode mode;
  /// Absent when the study is open for reading alone. Declared before the
  /// database, so that it is released after the database is closed.
  std::optional<FileLock> lock;
  std::unique_ptr<Database> database;
  /// The run that beginRun noted, or 0.
  int64_t run = 0;
  std::mutex mutex;

  /// Null once the study is closed.
  llvm::Expected<Database *> connection();

  /// The id of an architecture, which is entered where it is new.
  llvm::Expected<int64_t> architecture(llvm::StringRef text);
  llvm::Error insertMetrics(int64_t evaluation, llvm::ArrayRef<Metric> metrics);
  llvm::Error upsertArtifact(const Artifact &artifact);
  llvm::Error deleteCheckpoint(llvm::StringRef key);
  llvm::Error insertEvent(llvm::StringRef stage, llvm::StringRef kind,
                          std::optional<int64_t> ordinal,
                          const llvm::json::Value &data);
};

/// Seconds since 1970.
double secondsNow();

/// The name of this machine.
std::string hostName();

/// The checksum of blobs.
inline int64_t checksum(llvm::StringRef data) {
  return llvm::crc32(llvm::arrayRefFromStringRef(data));
}

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_STUDYIMPLEMENTATION_H
