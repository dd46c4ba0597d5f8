//===- StudyTest.cpp - What a study keeps, and who may open it ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StudyTestSupport.h"

#include <cmath>
#include <limits>
#include <thread>

using namespace nasc::study;
using namespace nasc::study::test;

namespace {

using StudyTest = StudyFolder;

TEST_F(StudyTest, keepsTheSpec) {
  {
    Study study = valueOf(Study::create(path, exampleSpec()));
  }
  Study study = valueOf(Study::open(path));
  StudySpec spec = valueOf(study.spec());
  EXPECT_EQ(spec.name, "fashion");
  ASSERT_EQ(spec.sources.size(), 2u);
  EXPECT_EQ(spec.sources[1].path, "h743.nas");
  EXPECT_EQ(spec.sources[0].text, exampleSpec().sources[0].text);
  EXPECT_EQ(spec.seed, exampleSpec().seed);
  EXPECT_EQ(spec.threads, 2u);
  EXPECT_EQ(spec.identity, exampleSpec().identity);
  EXPECT_EQ(spec.folder, exampleSpec().folder);
  EXPECT_EQ(spec.hash(), exampleSpec().hash());
}

TEST_F(StudyTest, hashesContentsNotPaths) {
  StudySpec spec = exampleSpec();
  spec.sources[0].path = "elsewhere/fashion.nas";
  EXPECT_EQ(spec.hash(), exampleSpec().hash());
  // The same bytes divided otherwise are another spec.
  spec.sources[0].text += "device";
  spec.sources[1].text = " h743 {}\n";
  EXPECT_NE(spec.hash(), exampleSpec().hash());
  EXPECT_EQ(spec.hash().size(), 64u);
}

TEST_F(StudyTest, answersFinishedEvaluations) {
  const double odd = 0.1 + 0.2;
  {
    Study study = valueOf(Study::create(path, exampleSpec()));
    EXPECT_FALSE(valueOf(study.findFinished(keyOf(24))));
    int64_t id = valueOf(study.beginEvaluation(keyOf(24), 7));
    EXPECT_FALSE(valueOf(study.findFinished(keyOf(24))));
    EXPECT_TRUE(succeeded(study.finishEvaluation(
        id, {{"accuracy", odd},
             {"latency@h743", std::numeric_limits<int64_t>::max()},
             {"whole", 3.0},
             {"minus zero", -0.0},
             {"loss", std::nan("")},
             {"worst", std::numeric_limits<double>::infinity()}})));
  }
  Study study = valueOf(Study::open(path));
  std::optional<Evaluation> found = valueOf(study.findFinished(keyOf(24)));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, EvaluationStatus::Done);
  EXPECT_EQ(found->ordinal, 7);
  EXPECT_GE(found->finished, found->started);
  ASSERT_EQ(found->metrics.size(), 6u);
  EXPECT_EQ(found->metrics[0].name, "accuracy");
  EXPECT_EQ(std::get<double>(found->metrics[0].value), odd);
  EXPECT_EQ(std::get<int64_t>(found->metric("latency@h743")->value),
            std::numeric_limits<int64_t>::max());
  // An integral double stays a double.
  EXPECT_EQ(std::get<double>(found->metric("whole")->value), 3.0);
  EXPECT_TRUE(std::signbit(found->metric("minus zero")->asDouble()));
  EXPECT_TRUE(std::isnan(found->metric("loss")->asDouble()));
  EXPECT_TRUE(std::isinf(found->metric("worst")->asDouble()));
  EXPECT_EQ(found->metric("accurac"), nullptr);
  // Another fidelity or stage is another evaluation.
  EvaluationKey longer = keyOf(24);
  longer.fidelity = "epochs=8";
  EXPECT_FALSE(valueOf(study.findFinished(longer)));
  longer = keyOf(24);
  longer.stage = "train";
  EXPECT_FALSE(valueOf(study.findFinished(longer)));
}

TEST_F(StudyTest, remembersFailedEvaluations) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  int64_t id = valueOf(study.beginEvaluation(keyOf(8), 0));
  EXPECT_TRUE(succeeded(study.saveCheckpoint(keyOf(8).text(), 1, "state")));
  EXPECT_TRUE(succeeded(study.failEvaluation(id, "the loss became NaN")));
  std::optional<Evaluation> found = valueOf(study.findFinished(keyOf(8)));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, EvaluationStatus::Failed);
  EXPECT_EQ(found->message, "the loss became NaN");
  EXPECT_FALSE(valueOf(study.loadCheckpoint(keyOf(8).text())));
}

TEST_F(StudyTest, refusesContradictions) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  int64_t id = valueOf(study.beginEvaluation(keyOf(8), 0));
  EXPECT_EQ(codeOf(study.finishEvaluation(id, {{"a", int64_t(1)}, {"a", 2.0}})),
            "NAS5013");
  // The refused commit left nothing behind.
  EXPECT_FALSE(valueOf(study.findFinished(keyOf(8))));
  EXPECT_TRUE(succeeded(study.finishEvaluation(id, {{"a", int64_t(1)}})));
  EXPECT_EQ(codeOf(study.finishEvaluation(id, {})), "NAS5013");
  EXPECT_EQ(codeOf(study.failEvaluation(id, "late")), "NAS5013");
  EXPECT_EQ(codeOf(study.finishEvaluation(99, {})), "NAS5013");
  EXPECT_EQ(codeOf(study.beginEvaluation(keyOf(8), 1)), "NAS5013");
  EXPECT_TRUE(succeeded(study.close("done")));
  EXPECT_EQ(codeOf(study.findFinished(keyOf(8))), "NAS5013");
  EXPECT_EQ(codeOf(study.close("done")), "NAS5013");
}

TEST_F(StudyTest, listsEvaluationsByStageAndOrdinal) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  // Two threads finish out of order; the list is in the order of the search.
  for (int64_t ordinal : {2, 0, 1}) {
    int64_t id = valueOf(study.beginEvaluation(keyOf(ordinal), ordinal));
    EXPECT_TRUE(succeeded(study.finishEvaluation(id, {{"n", ordinal}})));
  }
  EvaluationKey last = keyOf(1);
  last.stage = "a later stage";
  valueOf(study.beginEvaluation(last, 0));
  std::vector<Evaluation> all = valueOf(study.evaluations());
  ASSERT_EQ(all.size(), 4u);
  for (int64_t i = 0; i != 3; ++i) {
    EXPECT_EQ(all[i].ordinal, i);
    EXPECT_EQ(all[i].metric("n")->asDouble(), double(i));
  }
  EXPECT_EQ(all[3].status, EvaluationStatus::Running);
  EXPECT_EQ(all[3].finished, 0);
  EXPECT_EQ(valueOf(study.evaluations("a later stage")).size(), 1u);
  EXPECT_EQ(valueOf(study.evaluations("none")).size(), 0u);
  EXPECT_EQ(valueOf(study.architectureCount()), 3);
}

TEST_F(StudyTest, recordsManyAtOnce) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  valueOf(study.beginEvaluation(keyOf(3), 0));
  std::vector<Evaluation> batch(20000);
  for (int64_t i = 0; i != 20000; ++i) {
    batch[i].key = keyOf(i);
    batch[i].ordinal = i;
    batch[i].metrics = {{"macs", i}};
  }
  EXPECT_TRUE(succeeded(study.recordEvaluations(batch)));
  // Again, with other values: what is finished stays.
  for (Evaluation &evaluation : batch)
    evaluation.metrics = {{"macs", int64_t(-1)}};
  EXPECT_TRUE(succeeded(study.recordEvaluations(batch)));
  std::vector<Evaluation> all = valueOf(study.evaluations("evolve"));
  ASSERT_EQ(all.size(), 20000u);
  EXPECT_EQ(std::get<int64_t>(all[3].metric("macs")->value), 3);
  EXPECT_EQ(std::get<int64_t>(all[19999].metric("macs")->value), 19999);
}

TEST_F(StudyTest, replacesCheckpoints) {
  std::string key = keyOf(8).text();
  std::string large(3 << 20, 'x');
  for (size_t i = 0; i < large.size(); i += 7)
    large[i] = static_cast<char>(i * 31);
  {
    Study study = valueOf(Study::create(path, exampleSpec()));
    EXPECT_FALSE(valueOf(study.loadCheckpoint(key)));
    EXPECT_TRUE(succeeded(study.saveCheckpoint(key, 1, "first")));
    EXPECT_TRUE(succeeded(study.saveCheckpoint(key, 2, large)));
    EXPECT_TRUE(succeeded(study.saveCheckpoint("empty", 0, "")));
  }
  Study study = valueOf(Study::open(path));
  std::optional<Checkpoint> checkpoint = valueOf(study.loadCheckpoint(key));
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->epoch, 2);
  EXPECT_EQ(checkpoint->data, large);
  ASSERT_TRUE(valueOf(study.loadCheckpoint("empty")));
  EXPECT_EQ(valueOf(study.loadCheckpoint("empty"))->data, "");
  // The result, its weights and the end of the checkpoint are one commit.
  int64_t id = valueOf(study.beginEvaluation(keyOf(8), 0));
  EXPECT_TRUE(succeeded(study.finishEvaluation(
      id, {{"accuracy", 0.9}}, {{"winner1", "weights", large}}, {key})));
  EXPECT_FALSE(valueOf(study.loadCheckpoint(key)));
  EXPECT_EQ(valueOf(study.getArtifact("winner1"))->data, large);
  EXPECT_TRUE(succeeded(study.putArtifact({"winner1", "weights", "new"})));
  EXPECT_EQ(valueOf(study.getArtifact("winner1"))->data, "new");
  EXPECT_FALSE(valueOf(study.getArtifact("winner2")));
  EXPECT_EQ(valueOf(study.artifactNames()).size(), 1u);
}

TEST_F(StudyTest, eventsSurviveReplay) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  for (int replay = 0; replay != 2; ++replay)
    for (int64_t generation = 0; generation != 3; ++generation)
      EXPECT_TRUE(succeeded(study.recordEvent(
          "evolve", "generation", generation,
          llvm::json::Object{{"hypervolume", 0.5 + 0.1 * generation}})));
  EXPECT_TRUE(succeeded(study.appendEvent("", "warning", "a")));
  EXPECT_TRUE(succeeded(study.appendEvent("", "warning", "a")));
  std::vector<Event> generations = valueOf(study.events("evolve"));
  ASSERT_EQ(generations.size(), 3u);
  EXPECT_EQ(generations[2].ordinal, 2);
  EXPECT_EQ(generations[1].data.getAsObject()->getNumber("hypervolume"), 0.6);
  EXPECT_EQ(valueOf(study.events("", "warning")).size(), 2u);
  EXPECT_EQ(valueOf(study.events()).back().ordinal, -1);
}

TEST_F(StudyTest, isAStudyOfItsIdentity) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  using Names = std::vector<std::string>;
  EXPECT_EQ(valueOf(study.differences(exampleSpec())), Names());

  StudySpec other = exampleSpec();
  other.name = "renamed";
  other.seed = 3;
  other.threads = 7;
  other.version = "0.2.0";
  other.folder = "/elsewhere";
  other.sources[0].text = "space A {\n  choice c in {1, 3};\n}\n";
  other.sources.pop_back();
  EXPECT_EQ(valueOf(study.differences(other)), Names());
  EXPECT_TRUE(succeeded(study.adopt(other)));
  StudySpec adopted = valueOf(study.spec());
  EXPECT_EQ(adopted.name, "renamed");
  EXPECT_EQ(adopted.seed, 3u);
  EXPECT_EQ(adopted.threads, 7u);
  EXPECT_EQ(adopted.version, "0.2.0");
  EXPECT_EQ(adopted.folder, "/elsewhere");
  EXPECT_EQ(adopted.hash(), other.hash());
  ASSERT_EQ(adopted.sources.size(), 1u);

  other.identity = {{"data", "crc 9"}, {"device", "x"}};
  EXPECT_EQ(valueOf(study.differences(other)),
            Names({"space", "data", "device"}));
}

TEST_F(StudyTest, knowsWhetherItHasResults) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  EXPECT_FALSE(valueOf(study.hasResults()));
  int64_t id = valueOf(study.beginEvaluation(keyOf(1), 0));
  EXPECT_TRUE(valueOf(study.hasResults()));
  EXPECT_TRUE(succeeded(study.finishEvaluation(id, {{"accuracy", 0.5}})));
  EXPECT_TRUE(succeeded(study.close("done")));
  Study::remove(path);
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5006");
}

TEST_F(StudyTest, refusesToCreateTwice) {
  {
    Study study = valueOf(Study::create(path, exampleSpec()));
  }
  std::string before = contentsOf(path);
  EXPECT_EQ(codeOf(Study::create(path, exampleSpec())), "NAS5010");
  EXPECT_EQ(contentsOf(path), before);
  // A closed study is one file.
  EXPECT_FALSE(llvm::sys::fs::exists(path + "-wal"));
  EXPECT_FALSE(llvm::sys::fs::exists(path + ".lock"));
}

TEST_F(StudyTest, oneWriterAtATime) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  EXPECT_TRUE(succeeded(study.beginRun()));
  // In this process and in another.
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5009");
  EXPECT_EQ(codeOf(Study::create(path, exampleSpec())), "NAS5009");
  pid_t parent = ::getpid();
  EXPECT_EQ(inChild([&] {
              llvm::Expected<Study> second = Study::open(path);
              ASSERT_FALSE(second);
              std::string message = llvm::toString(second.takeError());
              EXPECT_NE(message.find("process " + std::to_string(parent)),
                        std::string::npos)
                  << message;
            }),
            0);
  // Readers may look at it all the same.
  EXPECT_EQ(inChild([&] {
              Study reader = valueOf(Study::open(path, Study::Mode::ReadOnly));
              EXPECT_EQ(valueOf(reader.spec()).name, "fashion");
              std::vector<nasc::study::Run> runs = valueOf(reader.runs());
              ASSERT_EQ(runs.size(), 1u);
              EXPECT_EQ(runs[0].outcome, "running");
              EXPECT_EQ(codeOf(reader.appendEvent("", "x", 1)), "NAS5001");
            }),
            0);
  EXPECT_TRUE(succeeded(study.close("done")));
  Study again = valueOf(Study::open(path));
  EXPECT_EQ(valueOf(again.runs())[0].outcome, "done");
}

TEST_F(StudyTest, threadsShareAStudy) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  std::vector<std::thread> threads;
  for (int64_t thread = 0; thread != 4; ++thread)
    threads.emplace_back([&study, thread] {
      for (int64_t i = 0; i != 25; ++i) {
        int64_t number = thread * 25 + i;
        int64_t id = valueOf(study.beginEvaluation(keyOf(number), number));
        EXPECT_TRUE(succeeded(
            study.saveCheckpoint(keyOf(number).text(), 1, "checkpoint")));
        EXPECT_TRUE(succeeded(study.finishEvaluation(
            id, {{"number", number}}, {}, {keyOf(number).text()})));
        EXPECT_TRUE(valueOf(study.findFinished(keyOf(number))));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  std::vector<Evaluation> all = valueOf(study.evaluations());
  ASSERT_EQ(all.size(), 100u);
  for (int64_t i = 0; i != 100; ++i)
    EXPECT_EQ(all[i].metric("number")->asDouble(), double(i));
}

} // namespace
