//===- StudyReader.cpp - What a study answers -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/Study.h"
#include "runtime/study/StudyError.h"
#include "runtime/study/StudyImplementation.h"

#include <map>
#include <signal.h>
#include <unistd.h>

using namespace nasc::study;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

using Guard = std::lock_guard<std::mutex>;

/// Calls `row` for each row of the statement.
static Error forEachRow(Statement &statement, llvm::function_ref<Error()> row) {
  while (true) {
    Expected<bool> more = statement.step();
    if (!more)
      return more.takeError();
    if (!*more)
      return Error::success();
    if (Error error = row())
      return error;
  }
}

Expected<StudySpec> Study::spec() {
  Guard guard(implementation->mutex);
  Expected<Database *> connection = implementation->connection();
  if (!connection)
    return connection.takeError();
  Database &db = **connection;
  StudySpec spec;
  Statement header = db.prepare(
      "SELECT name, folder, addition, seed, threads, version FROM specs");
  if (Error error = forEachRow(header, [&]() -> Error {
        spec.name = header.text(0);
        spec.folder = header.text(1);
        spec.addition = header.text(2);
        spec.seed = static_cast<uint64_t>(header.integer(3));
        spec.threads = static_cast<unsigned>(header.integer(4));
        spec.version = header.text(5);
        return Error::success();
      }))
    return error;
  Statement sources =
      db.prepare("SELECT path, text FROM spec_sources ORDER BY ordinal");
  if (Error error = forEachRow(sources, [&]() -> Error {
        spec.sources.push_back({sources.text(0), sources.text(1)});
        return Error::success();
      }))
    return error;
  Statement identity =
      db.prepare("SELECT name, value FROM spec_identity ORDER BY ordinal");
  if (Error error = forEachRow(identity, [&]() -> Error {
        spec.identity.emplace_back(identity.text(0), identity.text(1));
        return Error::success();
      }))
    return error;
  return spec;
}

Expected<std::vector<Run>> Study::runs() {
  Guard guard(implementation->mutex);
  Expected<Database *> connection = implementation->connection();
  if (!connection)
    return connection.takeError();
  Database &db = **connection;
  std::vector<Run> runs;
  Statement rows =
      db.prepare("SELECT id, host, process, started, coalesce(ended, 0.0), "
                 "coalesce(outcome, '') FROM runs ORDER BY id");
  if (Error error = forEachRow(rows, [&]() -> Error {
        Run run;
        run.id = rows.integer(0);
        run.host = rows.text(1);
        run.process = rows.integer(2);
        run.started = rows.real(3);
        run.ended = rows.real(4);
        run.outcome = rows.text(5);
        runs.push_back(std::move(run));
        return Error::success();
      }))
    return error;

  for (size_t i = 0; i != runs.size(); ++i) {
    Run &run = runs[i];
    if (!run.outcome.empty())
      continue;
    bool isLast = i + 1 == runs.size();
    // A reader may look at a run under way; who writes holds the lock, so
    // that every other run without an outcome has been killed.
    bool lives = implementation->mode == Mode::ReadOnly &&
                 run.host == hostName() &&
                 ::kill(static_cast<pid_t>(run.process), 0) == 0;
    run.outcome = isLast && (run.id == implementation->run || lives) ? "running"
                                                                     : "killed";
    Statement last = db.prepare(
        "SELECT max(time) FROM (SELECT finished AS time FROM evaluations "
        "UNION ALL SELECT time FROM events "
        "UNION ALL SELECT saved AS time FROM checkpoints) "
        "WHERE time >= ?1 AND time < ?2");
    last.bind(run.started).bind(isLast ? 1e18 : runs[i + 1].started);
    if (Error error = forEachRow(last, [&]() -> Error {
          run.ended = last.isNull(0) ? run.started : last.real(0);
          return Error::success();
        }))
      return error;
  }
  return runs;
}

//===----------------------------------------------------------------------===//
// Evaluations
//===----------------------------------------------------------------------===//

static const char finishedQuery[] =
    "SELECT evaluations.id, stage, fidelity, text, ordinal, status, started, "
    "coalesce(finished, 0.0), message FROM evaluations "
    "JOIN architectures ON architectures.id = architecture "
    "WHERE stage = ? AND fidelity = ? AND text = ? AND status <> 'running'";

static const char allQuery[] =
    "SELECT evaluations.id, stage, fidelity, text, ordinal, status, started, "
    "coalesce(finished, 0.0), message FROM evaluations "
    "JOIN architectures ON architectures.id = architecture "
    "JOIN (SELECT stage AS named, min(id) AS first FROM evaluations "
    "GROUP BY stage) ON named = stage "
    "WHERE ?1 = '' OR stage = ?1 ORDER BY first, ordinal, evaluations.id";

/// The evaluation of a row of either query, without its metrics.
static Evaluation readEvaluation(Statement &row) {
  Evaluation evaluation;
  evaluation.id = row.integer(0);
  evaluation.key = {row.text(1), row.text(2), row.text(3)};
  evaluation.ordinal = row.integer(4);
  std::string status = row.text(5);
  evaluation.status = status == "done"     ? EvaluationStatus::Done
                      : status == "failed" ? EvaluationStatus::Failed
                                           : EvaluationStatus::Running;
  evaluation.started = row.real(6);
  evaluation.finished = row.real(7);
  evaluation.message = row.text(8);
  return evaluation;
}

/// The metric of a row, from two columns on.
static Metric readMetric(Statement &row, int column) {
  Metric metric{row.text(column), row.real(column + 1)};
  if (row.isInteger(column + 1))
    metric.value = row.integer(column + 1);
  return metric;
}

Expected<std::optional<Evaluation>>
Study::findFinished(const EvaluationKey &key) {
  Guard guard(implementation->mutex);
  Expected<Database *> connection = implementation->connection();
  if (!connection)
    return connection.takeError();
  Database &db = **connection;
  std::optional<Evaluation> found;
  Statement find = db.prepare(finishedQuery);
  find.bind(StringRef(key.stage))
      .bind(StringRef(key.fidelity))
      .bind(StringRef(key.architecture));
  if (Error error = forEachRow(find, [&]() -> Error {
        found = readEvaluation(find);
        return Error::success();
      }))
    return error;
  if (!found)
    return found;
  Statement metrics = db.prepare(
      "SELECT name, value FROM metrics WHERE evaluation = ? ORDER BY ordinal");
  metrics.bind(found->id);
  if (Error error = forEachRow(metrics, [&]() -> Error {
        found->metrics.push_back(readMetric(metrics, 0));
        return Error::success();
      }))
    return error;
  return found;
}

Expected<std::vector<Evaluation>> Study::evaluations(StringRef stage) {
  Guard guard(implementation->mutex);
  Expected<Database *> connection = implementation->connection();
  if (!connection)
    return connection.takeError();
  Database &db = **connection;
  std::vector<Evaluation> all;
  std::map<int64_t, size_t> places;
  Statement rows = db.prepare(allQuery);
  rows.bind(stage);
  if (Error error = forEachRow(rows, [&]() -> Error {
        all.push_back(readEvaluation(rows));
        places[all.back().id] = all.size() - 1;
        return Error::success();
      }))
    return error;
  Statement metrics = db.prepare("SELECT evaluation, name, value FROM metrics "
                                 "ORDER BY evaluation, ordinal");
  if (Error error = forEachRow(metrics, [&]() -> Error {
        auto place = places.find(metrics.integer(0));
        if (place != places.end())
          all[place->second].metrics.push_back(readMetric(metrics, 1));
        return Error::success();
      }))
    return error;
  return all;
}

Expected<int64_t> Study::architectureCount() {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return (*db)->queryInteger("SELECT count(*) FROM architectures");
}

//===----------------------------------------------------------------------===//
// Checkpoints, artifacts, events
//===----------------------------------------------------------------------===//

Expected<std::optional<Checkpoint>> Study::loadCheckpoint(StringRef key) {
  Guard guard(implementation->mutex);
  Expected<Database *> connection = implementation->connection();
  if (!connection)
    return connection.takeError();
  Database &db = **connection;
  Checkpoint checkpoint;
  {
    Statement find = db.prepare("SELECT epoch, saved, checksum, data FROM "
                                "checkpoints WHERE key = ?");
    find.bind(key);
    Expected<bool> row = find.step();
    if (!row)
      return row.takeError();
    if (!*row)
      return std::nullopt;
    checkpoint.key = key.str();
    checkpoint.epoch = find.integer(0);
    checkpoint.saved = find.real(1);
    checkpoint.data = find.blob(3);
    if (checksum(checkpoint.data) == find.integer(2))
      return checkpoint;
  }
  if (implementation->mode == Mode::ReadOnly)
    return std::nullopt;
  if (Error error = db.transaction([&]() -> Error {
        if (Error error = implementation->deleteCheckpoint(key))
          return error;
        return implementation->insertEvent(
            StringRef(key).split('\n').first, "checkpoint-discarded",
            std::nullopt,
            llvm::json::Object{{"key", llvm::json::fixUTF8(key)},
                               {"epoch", checkpoint.epoch},
                               {"reason", "wrong checksum"}});
      }))
    return error;
  return std::nullopt;
}

Expected<std::optional<Artifact>> Study::getArtifact(StringRef name) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  Statement find = (*db)->prepare(
      "SELECT kind, checksum, data FROM artifacts WHERE name = ?");
  find.bind(name);
  Expected<bool> row = find.step();
  if (!row)
    return row.takeError();
  if (!*row)
    return std::nullopt;
  Artifact artifact{name.str(), find.text(0), find.blob(2)};
  if (checksum(artifact.data) != find.integer(1))
    return studyError(StudyErrorCode::StudyDamaged,
                      "the study '" + implementation->path +
                          "' is damaged: the data of '" + artifact.name +
                          "' do not have their checksum",
                      "restore the study from a copy, or begin anew in "
                      "another folder with -o");
  return artifact;
}

Expected<std::vector<std::pair<std::string, std::string>>>
Study::artifactNames() {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  std::vector<std::pair<std::string, std::string>> names;
  Statement rows =
      (*db)->prepare("SELECT name, kind FROM artifacts ORDER BY id");
  if (Error error = forEachRow(rows, [&]() -> Error {
        names.emplace_back(rows.text(0), rows.text(1));
        return Error::success();
      }))
    return error;
  return names;
}

Expected<std::vector<Event>> Study::events(StringRef stage, StringRef kind) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  std::vector<Event> events;
  Statement rows = (*db)->prepare(
      "SELECT time, stage, kind, coalesce(ordinal, -1), data FROM events "
      "WHERE (?1 = '' OR stage = ?1) AND (?2 = '' OR kind = ?2) "
      "ORDER BY id");
  rows.bind(stage).bind(kind);
  if (Error error = forEachRow(rows, [&]() -> Error {
        Event event;
        event.time = rows.real(0);
        event.stage = rows.text(1);
        event.kind = rows.text(2);
        event.ordinal = rows.integer(3);
        Expected<llvm::json::Value> data = llvm::json::parse(rows.text(4));
        if (!data)
          return studyError(StudyErrorCode::StudyDamaged,
                            "the study '" + implementation->path +
                                "' is damaged: an event is not JSON: " +
                                llvm::toString(data.takeError()));
        event.data = std::move(*data);
        events.push_back(std::move(event));
        return Error::success();
      }))
    return error;
  return events;
}
