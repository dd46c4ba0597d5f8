//===- Study.h - What a search has found, on disk ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The study of a search: one SQLite file that holds the spec, every evaluation
// with its metrics, the checkpoints of unfinished trainings, events, and the
// data of results (weights).
//
// Resuming is a deterministic replay. The pipeline runs again from its start
// with the same seed, and each evaluation that the study knows as finished is
// answered from it; an unfinished long training goes on from its newest
// checkpoint. Nothing else of the pipeline's state is saved, so there is
// nothing that could fall out of step: a run killed at any moment loses the
// work since the last commit, no more. The pattern of use is
//
//   if (auto known = study.findFinished(key)) …answer from it…
//   id = study.beginEvaluation(key, ordinal);
//   …train, with study.saveCheckpoint(key.text(), epoch, state) on the way…
//   study.finishEvaluation(id, metrics, {weights}, {key.text()});
//
// Durability: write-ahead log, synchronous = FULL. NORMAL would survive a
// killed process as well, but not a power cut, and a commit follows seconds of
// training: its flush costs milliseconds. Who records many cheap evaluations
// records them in one call, which is one transaction.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_STUDY_STUDY_H
#define NASC_RUNTIME_STUDY_STUDY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nasc::study {

/// A source file of a spec.
struct SpecSource {
  /// As the user or an `import` names it.
  std::string path;
  std::string text;
};

/// What a study was last run with. Most of it may change from run to run, for
/// an evaluation is known by all that decides it; `identity` may not.
struct StudySpec {
  /// The name under which it is shown.
  std::string name;
  /// The main file first, then the imported ones; `nasc deploy` compiles from
  /// these, so that it needs no file but the study.
  std::vector<SpecSource> sources;
  /// The folder that relative paths of the sources start at.
  std::string folder;
  /// What `nasc deploy` has added to the text of the main file: targets, which
  /// the search knows nothing of.
  std::string addition;
  uint64_t seed = 0;
  unsigned threads = 1;
  /// The version of nasc.
  std::string version;
  /// What makes a study another one, such as the checksum of its data, as name
  /// and value.
  std::vector<std::pair<std::string, std::string>> identity;

  /// SHA-256 of the sources, in hexadecimal. Paths do not count: a spec that
  /// has been moved is still the same.
  std::string hash() const;
};

/// What an evaluation is an evaluation of. Two evaluations with the same key
/// have the same result.
struct EvaluationKey {
  /// The stage of the pipeline, unique in the spec: `evolve`, `train`, ….
  std::string stage;
  /// Everything besides the architecture that decides the outcome, as text:
  /// `epochs=1,images=10000`.
  std::string fidelity;
  /// The canonical text of the architecture: `stem=16,depth=3,width[1]=24`.
  std::string architecture;

  /// The key as one text, for checkpoints and artifacts.
  std::string text() const {
    return stage + '\n' + fidelity + '\n' + architecture;
  }
};

/// A measured or computed number. Integers and doubles come back bit for bit.
struct Metric {
  std::string name;
  std::variant<int64_t, double> value;

  double asDouble() const {
    if (const int64_t *integer = std::get_if<int64_t>(&value))
      return static_cast<double>(*integer);
    return std::get<double>(value);
  }
};

enum class EvaluationStatus {
  /// Begun, perhaps by a run that was killed.
  Running,
  Done,
  /// Finished without a result, for a reason that would come again (the loss
  /// became NaN); counts as finished.
  Failed,
};

/// An evaluation as the study holds it.
struct Evaluation {
  int64_t id = 0;
  EvaluationKey key;
  /// The place in the sequence of its stage, from 0.
  int64_t ordinal = 0;
  EvaluationStatus status = EvaluationStatus::Done;
  /// Seconds since 1970; `finished` is 0 while it runs.
  double started = 0, finished = 0;
  /// In the order in which they were given.
  std::vector<Metric> metrics;
  /// Why it failed.
  std::string message;

  /// The metric of that name, or null.
  const Metric *metric(llvm::StringRef name) const;
};

/// A piece of data worth keeping, such as the weights of a trained network.
struct Artifact {
  /// Unique in the study.
  std::string name;
  /// What it is: `weights`.
  std::string kind;
  std::string data;
};

/// The state of an unfinished training.
struct Checkpoint {
  std::string key;
  int64_t epoch = 0;
  /// Seconds since 1970.
  double saved = 0;
  std::string data;
};

/// Something that happened.
struct Event {
  /// Seconds since 1970.
  double time = 0;
  std::string stage;
  std::string kind;
  /// The place among the events of this stage and kind; -1 for events outside
  /// any sequence.
  int64_t ordinal = -1;
  llvm::json::Value data = nullptr;
};

/// One run of nasc on the study.
struct Run {
  int64_t id = 0;
  std::string host;
  int64_t process = 0;
  /// Seconds since 1970; `ended` is the last commit where the run was killed.
  double started = 0, ended = 0;
  /// `done`, `interrupted`, `failed`; `running` for the present run, and
  /// `killed` where the run did not come to say.
  std::string outcome;
};

/// An open study. All members may be called from several threads.
class Study {
public:
  enum class Mode { ReadWrite, ReadOnly };

  /// Creates the file. It appears at once with the spec in it, or not at all.
  /// Errors: StudyExists, StudyLocked, NotWritable, DiskFull, ….
  static llvm::Expected<Study> create(llvm::StringRef path,
                                      const StudySpec &spec);

  /// Opens a study after a full check of its structure. ReadWrite shuts out
  /// other runs until the study is closed; ReadOnly also reads the study of a
  /// run under way, of another process. Errors: StudyMissing, StudyDamaged,
  /// OtherFormat, StudyLocked, NotWritable. A study that cannot be opened is
  /// not changed.
  static llvm::Expected<Study> open(llvm::StringRef path,
                                    Mode mode = Mode::ReadWrite);

  Study(Study &&other);
  Study &operator=(Study &&other);
  /// Closes. A run that has not said its outcome counts as failed.
  ~Study();

  /// The spec as it was recorded.
  llvm::Expected<StudySpec> spec();

  /// The names of the parts of the identity that this spec has otherwise.
  llvm::Expected<std::vector<std::string>> differences(const StudySpec &spec);
  /// Records the spec in place of the former one.
  llvm::Error adopt(const StudySpec &spec);
  /// Records the addition alone.
  llvm::Error adoptAddition(llvm::StringRef addition);
  /// Whether anything was evaluated or kept.
  llvm::Expected<bool> hasResults();
  /// Removes the files of a closed study.
  static void remove(llvm::StringRef path);

  /// Notes the begin of a run of nasc.
  llvm::Error beginRun();
  /// Notes how the run ended (`done`, `interrupted`, `failed`) and closes the
  /// study. An error loses nothing that was committed before.
  llvm::Error close(llvm::StringRef outcome);
  llvm::Expected<std::vector<Run>> runs();

  //===--------------------------------------------------------------------===//
  // Evaluations
  //===--------------------------------------------------------------------===//

  /// The finished evaluation (done or failed) of that key, if there is one.
  llvm::Expected<std::optional<Evaluation>>
  findFinished(const EvaluationKey &key);

  /// Notes that an evaluation begins, and gives its id. One left unfinished by
  /// an earlier run is begun again. Errors: Inconsistent, when it is finished.
  llvm::Expected<int64_t> beginEvaluation(const EvaluationKey &key,
                                          int64_t ordinal);

  /// Notes the result, keeps the artifacts and drops the checkpoints of these
  /// keys: all in one commit. Errors: Inconsistent, when the evaluation is
  /// unknown or finished, or a metric comes twice.
  llvm::Error finishEvaluation(int64_t id, llvm::ArrayRef<Metric> metrics,
                               llvm::ArrayRef<Artifact> artifacts = {},
                               llvm::ArrayRef<std::string> checkpoints = {});

  /// Notes that an evaluation failed for good; its checkpoint is dropped.
  llvm::Error failEvaluation(int64_t id, llvm::StringRef message);

  /// Records finished evaluations in one commit; their ids and `Running` ones
  /// are not looked at. Those whose key is finished already are left as they
  /// are. For evaluations that take no time worth resuming.
  llvm::Error recordEvaluations(llvm::ArrayRef<Evaluation> evaluations);

  /// All evaluations of a stage (of all stages when empty), by stage in the
  /// order of their beginning, then by ordinal.
  llvm::Expected<std::vector<Evaluation>>
  evaluations(llvm::StringRef stage = {});

  /// The number of different architectures that the study knows.
  llvm::Expected<int64_t> architectureCount();

  //===--------------------------------------------------------------------===//
  // Checkpoints
  //===--------------------------------------------------------------------===//

  /// Replaces the checkpoint of that key: the former one stays until the new
  /// one is safely on disk.
  llvm::Error saveCheckpoint(llvm::StringRef key, int64_t epoch,
                             llvm::StringRef data);

  /// The newest checkpoint of that key. One whose bytes do not have their
  /// checksum is dropped, with an event, and counts as missing: the training
  /// then starts over, and ends the same.
  llvm::Expected<std::optional<Checkpoint>> loadCheckpoint(llvm::StringRef key);

  llvm::Error removeCheckpoint(llvm::StringRef key);

  //===--------------------------------------------------------------------===//
  // Artifacts and events
  //===--------------------------------------------------------------------===//

  /// Keeps the artifact, in place of an earlier one of that name.
  llvm::Error putArtifact(const Artifact &artifact);
  /// Errors: StudyDamaged, when the bytes do not have their checksum.
  llvm::Expected<std::optional<Artifact>> getArtifact(llvm::StringRef name);
  /// Name and kind of each artifact, in the order of their first keeping.
  llvm::Expected<std::vector<std::pair<std::string, std::string>>>
  artifactNames();

  /// Records an event of a sequence, such as the end of a generation. A replay
  /// that comes to the same place again replaces the data, which are the same
  /// then; the event keeps its place and its first time.
  llvm::Error recordEvent(llvm::StringRef stage, llvm::StringRef kind,
                          int64_t ordinal, const llvm::json::Value &data);
  /// Records an event outside any sequence, such as a warning.
  llvm::Error appendEvent(llvm::StringRef stage, llvm::StringRef kind,
                          const llvm::json::Value &data);
  /// The events of a stage and kind (of all, when empty), in the order in which
  /// they were first recorded.
  llvm::Expected<std::vector<Event>> events(llvm::StringRef stage = {},
                                            llvm::StringRef kind = {});

private:
  struct Implementation;
  explicit Study(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_STUDY_H
