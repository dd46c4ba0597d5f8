//===- RunStudy.h - The study and the folder of a run -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A study belongs to a space and its data. What else a specification says may
// change from run to run: what was evaluated still applies where its own
// conditions are the same (runtime/search/EvaluationKey.h). A run that is
// refused changes nothing, and one that finds nothing leaves nothing behind.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_RUNSTUDY_H
#define NASC_TOOLS_NASC_RUNSTUDY_H

#include "frontend/syntax/ItemChanges.h"
#include "runtime/search/Progress.h"
#include "runtime/study/OutputDirectory.h"
#include "runtime/study/Study.h"
#include "tools/nasc/Session.h"

namespace nasc {

class RunStudy {
public:
  RunStudy(Session &session, std::string outputPath)
      : session(session), outputPath(std::move(outputPath)) {}

  /// What makes the study of a run another one; after Session::deriveCosts().
  /// `data` is the text of what is trained on, empty without data.
  struct Conditions {
    uint64_t seed = 1;
    unsigned threads = 1;
    std::string data;
    /// Whether this is a search, which has to be told to go on, and not a
    /// deployment.
    bool searches = true;
    /// What a deployment has added to the specification.
    std::optional<std::string> addition;
  };
  /// Opens the study and its folder, or makes them. False after a diagnostic.
  bool open(const Conditions &conditions, search::Progress &progress);

  /// Closes the study; false after a diagnostic. A failed run that has found
  /// nothing takes away what it has made.
  bool close(llvm::StringRef outcome);

  /// What the study is run with.
  const study::StudySpec &getSpec() const { return spec; }
  study::Study &getStudy() { return *study; }
  study::OutputDirectory &getFolder() { return *folder; }

private:
  study::StudySpec describe(const Conditions &conditions) const;
  /// What the specification says otherwise than when the study was last run.
  std::vector<ItemChange> changesSince(const study::StudySpec &recorded) const;
  bool checkIdentity(llvm::ArrayRef<ItemChange> changes);
  void noteChanges(llvm::ArrayRef<ItemChange> changes,
                   search::Progress &progress) const;
  bool fail(llvm::Error error, Diag otherwise);

  Session &session;
  std::string outputPath;
  std::optional<study::Study> study;
  std::optional<study::OutputDirectory> folder;
  study::StudySpec spec;
  std::optional<std::string> addition;
  /// Whether this run has made the study.
  bool isNew = false;
};

} // namespace nasc

#endif // NASC_TOOLS_NASC_RUNSTUDY_H
