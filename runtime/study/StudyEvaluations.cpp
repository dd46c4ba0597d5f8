//===- StudyEvaluations.cpp - Evaluations, checkpoints, artifacts ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/Study.h"
#include "runtime/study/StudyError.h"
#include "runtime/study/StudyImplementation.h"
#include "runtime/study/StudySchema.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nasc::study;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

using Guard = std::lock_guard<std::mutex>;

//===----------------------------------------------------------------------===//
// Evaluations
//===----------------------------------------------------------------------===//

Expected<int64_t> Study::Implementation::architecture(StringRef text) {
  {
    Statement find =
        database->prepare("SELECT id FROM architectures WHERE text = ?");
    find.bind(text);
    Expected<bool> row = find.step();
    if (!row)
      return row.takeError();
    if (*row)
      return find.integer(0);
  }
  if (Error error =
          database->prepare("INSERT INTO architectures(text) VALUES(?)")
              .bind(text)
              .run())
    return error;
  return database->lastInsertId();
}

Error Study::Implementation::insertMetrics(int64_t evaluation,
                                           ArrayRef<Metric> metrics) {
  for (size_t i = 0; i != metrics.size(); ++i) {
    for (size_t j = 0; j != i; ++j)
      if (metrics[j].name == metrics[i].name)
        return studyError(StudyErrorCode::Inconsistent,
                          "the metric '" + metrics[i].name +
                              "' is given twice for one evaluation");
    Statement insert = database->prepare(
        "INSERT INTO metrics(evaluation, ordinal, name, value) "
        "VALUES(?, ?, ?, ?)");
    insert.bind(evaluation)
        .bind(static_cast<int64_t>(i))
        .bind(StringRef(metrics[i].name));
    if (const int64_t *integer = std::get_if<int64_t>(&metrics[i].value))
      insert.bind(*integer);
    else
      insert.bind(std::get<double>(metrics[i].value));
    if (Error error = insert.run())
      return error;
  }
  return Error::success();
}

Expected<int64_t> Study::beginEvaluation(const EvaluationKey &key,
                                         int64_t ordinal) {
  Guard guard(implementation->mutex);
  Expected<Database *> connection = implementation->connection();
  if (!connection)
    return connection.takeError();
  Database &db = **connection;
  int64_t id = 0;
  Error error = db.transaction([&]() -> Error {
    Expected<int64_t> architecture =
        implementation->architecture(key.architecture);
    if (!architecture)
      return architecture.takeError();
    {
      Statement find =
          db.prepare("SELECT id, status FROM evaluations WHERE stage = ? AND "
                     "fidelity = ? AND architecture = ?");
      find.bind(StringRef(key.stage))
          .bind(StringRef(key.fidelity))
          .bind(*architecture);
      Expected<bool> row = find.step();
      if (!row)
        return row.takeError();
      if (*row) {
        id = find.integer(0);
        if (find.text(1) != "running")
          return studyError(StudyErrorCode::Inconsistent,
                            "the evaluation of '" + key.architecture +
                                "' in the stage '" + key.stage +
                                "' is finished already");
      }
    }
    if (id)
      return db
          .prepare("UPDATE evaluations SET ordinal = ?, started = ? "
                   "WHERE id = ?")
          .bind(ordinal)
          .bind(secondsNow())
          .bind(id)
          .run();
    if (Error error =
            db.prepare("INSERT INTO evaluations(architecture, stage, fidelity, "
                       "ordinal, status, started) "
                       "VALUES(?, ?, ?, ?, 'running', ?)")
                .bind(*architecture)
                .bind(StringRef(key.stage))
                .bind(StringRef(key.fidelity))
                .bind(ordinal)
                .bind(secondsNow())
                .run())
      return error;
    id = db.lastInsertId();
    return Error::success();
  });
  if (error)
    return error;
  return id;
}

/// Turns a running evaluation into a finished one.
static Error markFinished(Database &db, int64_t id, StringRef status,
                          StringRef message) {
  if (Error error =
          db.prepare("UPDATE evaluations SET status = ?, finished = ?, "
                     "message = ? WHERE id = ? AND status = 'running'")
              .bind(status)
              .bind(secondsNow())
              .bind(message)
              .bind(id)
              .run())
    return error;
  Expected<int64_t> changed = db.queryInteger("SELECT changes()");
  if (!changed)
    return changed.takeError();
  if (*changed == 1)
    return Error::success();
  return studyError(StudyErrorCode::Inconsistent,
                    "the evaluation " + std::to_string(id) +
                        " is unknown or finished already");
}

Error Study::finishEvaluation(int64_t id, ArrayRef<Metric> metrics,
                              ArrayRef<Artifact> artifacts,
                              ArrayRef<std::string> checkpoints) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return (*db)->transaction([&]() -> Error {
    if (Error error = markFinished(**db, id, "done", ""))
      return error;
    if (Error error = implementation->insertMetrics(id, metrics))
      return error;
    for (const Artifact &artifact : artifacts)
      if (Error error = implementation->upsertArtifact(artifact))
        return error;
    for (const std::string &key : checkpoints)
      if (Error error = implementation->deleteCheckpoint(key))
        return error;
    return Error::success();
  });
}

Error Study::failEvaluation(int64_t id, StringRef message) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return (*db)->transaction([&]() -> Error {
    if (Error error = markFinished(**db, id, "failed", message))
      return error;
    EvaluationKey key;
    {
      Statement find = (*db)->prepare(
          "SELECT stage, fidelity, text FROM evaluations JOIN architectures "
          "ON architectures.id = architecture WHERE evaluations.id = ?");
      find.bind(id);
      Expected<bool> row = find.step();
      if (!row)
        return row.takeError();
      if (*row)
        key = {find.text(0), find.text(1), find.text(2)};
    }
    return implementation->deleteCheckpoint(key.text());
  });
}

Error Study::recordEvaluations(ArrayRef<Evaluation> evaluations) {
  Guard guard(implementation->mutex);
  Expected<Database *> connection = implementation->connection();
  if (!connection)
    return connection.takeError();
  Database &db = **connection;
  return db.transaction([&]() -> Error {
    for (const Evaluation &evaluation : evaluations) {
      if (evaluation.status == EvaluationStatus::Running)
        continue;
      Expected<int64_t> architecture =
          implementation->architecture(evaluation.key.architecture);
      if (!architecture)
        return architecture.takeError();
      // One that an earlier run has begun becomes finished; one that is
      // finished stays.
      int64_t id = 0;
      {
        Statement insert = db.prepare(
            "INSERT INTO evaluations(architecture, stage, fidelity, ordinal, "
            "status, started, finished, message) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(stage, fidelity, architecture) DO UPDATE SET "
            "ordinal = excluded.ordinal, status = excluded.status, "
            "started = excluded.started, finished = excluded.finished, "
            "message = excluded.message WHERE status = 'running' RETURNING id");
        insert.bind(*architecture)
            .bind(StringRef(evaluation.key.stage))
            .bind(StringRef(evaluation.key.fidelity))
            .bind(evaluation.ordinal)
            .bind(StringRef(evaluation.status == EvaluationStatus::Done
                                ? "done"
                                : "failed"))
            .bind(evaluation.started)
            .bind(evaluation.finished)
            .bind(StringRef(evaluation.message));
        Expected<bool> row = insert.step();
        if (!row)
          return row.takeError();
        if (!*row)
          continue;
        id = insert.integer(0);
        if (Error error = insert.run())
          return error;
      }
      if (Error error = implementation->insertMetrics(id, evaluation.metrics))
        return error;
    }
    return Error::success();
  });
}

//===----------------------------------------------------------------------===//
// Checkpoints, artifacts, events
//===----------------------------------------------------------------------===//

Error Study::saveCheckpoint(StringRef key, int64_t epoch, StringRef data) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return (*db)
      ->prepare("INSERT INTO checkpoints(key, epoch, saved, checksum, data) "
                "VALUES(?, ?, ?, ?, ?) ON CONFLICT(key) DO UPDATE SET "
                "epoch = excluded.epoch, saved = excluded.saved, "
                "checksum = excluded.checksum, data = excluded.data")
      .bind(key)
      .bind(epoch)
      .bind(secondsNow())
      .bind(checksum(data))
      .bindBlob(data)
      .run();
}

Error Study::Implementation::deleteCheckpoint(StringRef key) {
  return database->prepare("DELETE FROM checkpoints WHERE key = ?")
      .bind(key)
      .run();
}

Error Study::removeCheckpoint(StringRef key) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return implementation->deleteCheckpoint(key);
}

Error Study::Implementation::upsertArtifact(const Artifact &artifact) {
  return database
      ->prepare("INSERT INTO artifacts(name, kind, checksum, data) "
                "VALUES(?, ?, ?, ?) ON CONFLICT(name) DO UPDATE SET "
                "kind = excluded.kind, checksum = excluded.checksum, "
                "data = excluded.data")
      .bind(StringRef(artifact.name))
      .bind(StringRef(artifact.kind))
      .bind(checksum(artifact.data))
      .bindBlob(artifact.data)
      .run();
}

Error Study::putArtifact(const Artifact &artifact) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return implementation->upsertArtifact(artifact);
}

Error Study::Implementation::insertEvent(StringRef stage, StringRef kind,
                                         std::optional<int64_t> ordinal,
                                         const llvm::json::Value &data) {
  std::string text;
  llvm::raw_string_ostream(text) << data;
  Statement insert = database->prepare(
      "INSERT INTO events(time, stage, kind, ordinal, data) "
      "VALUES(?, ?, ?, ?, ?) ON CONFLICT(stage, kind, ordinal) "
      "DO UPDATE SET data = excluded.data");
  insert.bind(secondsNow()).bind(stage).bind(kind);
  if (ordinal)
    insert.bind(*ordinal);
  else
    insert.bindNull();
  return insert.bind(StringRef(text)).run();
}

Error Study::recordEvent(StringRef stage, StringRef kind, int64_t ordinal,
                         const llvm::json::Value &data) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return implementation->insertEvent(stage, kind, ordinal, data);
}

Error Study::appendEvent(StringRef stage, StringRef kind,
                         const llvm::json::Value &data) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return implementation->insertEvent(stage, kind, std::nullopt, data);
}
