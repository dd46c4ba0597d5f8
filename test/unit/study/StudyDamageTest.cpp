//===- StudyDamageTest.cpp - Kills, full disks, damaged files -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StudyTestSupport.h"

#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/time.h>

using namespace nasc::study;
using namespace nasc::study::test;

namespace {

class StudyDamageTest : public StudyFolder {
protected:
  /// A study with some hundred evaluations, closed.
  void makeStudy() {
    Study study = valueOf(Study::create(path, exampleSpec()));
    std::vector<Evaluation> batch(400);
    for (int64_t i = 0; i != 400; ++i) {
      batch[i].key = keyOf(i);
      batch[i].ordinal = i;
      batch[i].metrics = {{"number", i}, {"accuracy", 0.5}};
    }
    EXPECT_TRUE(succeeded(study.recordEvaluations(batch)));
    EXPECT_TRUE(
        succeeded(study.saveCheckpoint("key", 3, std::string(50000, 'c'))));
    EXPECT_TRUE(succeeded(study.close("done")));
  }

  /// Works on the study for ever, as a search would: each evaluation is begun,
  /// checkpointed and finished; every finished one is announced on `announce`.
  static void work(Study &study, int announce) {
    std::string state(200'000, 's');
    for (int64_t i = 0;; ++i) {
      if (valueOf(study.findFinished(keyOf(i))))
        continue;
      int64_t id = valueOf(study.beginEvaluation(keyOf(i), i));
      for (int64_t epoch = 1; epoch != 3; ++epoch)
        EXPECT_TRUE(
            succeeded(study.saveCheckpoint(keyOf(i).text(), epoch, state)));
      EXPECT_TRUE(succeeded(study.finishEvaluation(
          id, {{"number", i}}, {{keyOf(i).text(), "weights", "w"}},
          {keyOf(i).text()})));
      EXPECT_EQ(::write(announce, &i, sizeof(i)), ssize_t(sizeof(i)));
    }
  }
};

TEST_F(StudyDamageTest, nothingCommittedIsLostByAKill) {
  int64_t committed = -1;
  for (int round = 0; round != 12; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    pid_t child = start([&] {
      ::close(ends[0]);
      Study study = valueOf(round == 0 ? Study::create(path, exampleSpec())
                                       : Study::open(path));
      EXPECT_TRUE(succeeded(study.beginRun()));
      work(study, ends[1]);
    });
    ::close(ends[1]);
    // Let some evaluations pass, then strike at an arbitrary moment.
    int64_t number;
    for (int i = 0; i != 3; ++i)
      ASSERT_EQ(::read(ends[0], &number, sizeof(number)),
                ssize_t(sizeof(number)));
    ::usleep(round * 1700);
    ::kill(child, SIGKILL);
    int status;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (::read(ends[0], &number, sizeof(number)) == sizeof(number))
      ;
    ::close(ends[0]);
    committed = std::max(committed, number);

    Study study = valueOf(Study::open(path));
    for (int64_t i = 0; i <= committed; ++i) {
      std::optional<Evaluation> found = valueOf(study.findFinished(keyOf(i)));
      ASSERT_TRUE(found) << i;
      EXPECT_EQ(found->metric("number")->asDouble(), double(i));
      EXPECT_TRUE(valueOf(study.getArtifact(keyOf(i).text()))) << i;
      EXPECT_FALSE(valueOf(study.loadCheckpoint(keyOf(i).text()))) << i;
    }
    std::vector<nasc::study::Run> runs = valueOf(study.runs());
    ASSERT_EQ(runs.size(), size_t(round + 1));
    EXPECT_EQ(runs.back().outcome, "killed");
    EXPECT_GE(runs.back().ended, runs.back().started);
  }
}

TEST_F(StudyDamageTest, aKillWhileCreatingLeavesAStudyOrNone) {
  for (int round = 0; round != 12; ++round) {
    pid_t child = start([&] {
      while (true) {
        {
          Study study = valueOf(Study::create(path, exampleSpec()));
        }
        ::unlink(path.c_str());
      }
    });
    ::usleep(4000 + round * 2300);
    ::kill(child, SIGKILL);
    int status;
    ::waitpid(child, &status, 0);
    std::string code = codeOf(Study::open(path));
    EXPECT_TRUE(code.empty() || code == "NAS5006") << code;
    ::unlink(path.c_str());
    Study study = valueOf(Study::create(path, exampleSpec()));
    EXPECT_TRUE(succeeded(study.close("done")));
    ::unlink(path.c_str());
  }
}

TEST_F(StudyDamageTest, aStaleLogDoesNotReachANewStudy) {
  pid_t child = start([&] {
    Study study = valueOf(Study::create(path, exampleSpec()));
    valueOf(study.beginEvaluation(keyOf(1), 0));
    ::raise(SIGKILL);
  });
  int status;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(llvm::sys::fs::exists(path + "-wal"));
  ::unlink(path.c_str());
  Study study = valueOf(Study::create(path, exampleSpec()));
  EXPECT_EQ(valueOf(study.architectureCount()), 0);
}

TEST_F(StudyDamageTest, signalsDoNotDisturb) {
  Study study = valueOf(Study::create(path, exampleSpec()));
  struct sigaction ignore = {}, before;
  ignore.sa_handler = [](int) {}; // no SA_RESTART: calls fail with EINTR
  ::sigaction(SIGALRM, &ignore, &before);
  itimerval often = {{0, 200}, {0, 200}}, never = {};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  for (int64_t i = 0; i != 30; ++i) {
    int64_t id = valueOf(study.beginEvaluation(keyOf(i), i));
    EXPECT_TRUE(succeeded(
        study.saveCheckpoint(keyOf(i).text(), 1, std::string(100000, 'x'))));
    EXPECT_TRUE(succeeded(study.finishEvaluation(id, {{"n", i}})));
  }
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(valueOf(study.evaluations()).size(), 30u);
}

TEST_F(StudyDamageTest, namesWhatIsNoStudy) {
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5006");
  EXPECT_EQ(codeOf(Study::open(folder + "/a/b")), "NAS5006");
  EXPECT_EQ(codeOf(Study::open(folder)), "NAS5007");
  setContents(path, "");
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5007");
  EXPECT_EQ(codeOf(Study::open(path + "/x")), "NAS5002");
  setContents(path, "SQLite");
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5007");
  setContents(path, std::string(5000, '\x7f'));
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5007");
  setContents(path,
              std::string("SQLite format 3\0", 16) + std::string(9000, '\x01'));
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5007");
  EXPECT_EQ(codeOf(Study::open(path, Study::Mode::ReadOnly)), "NAS5007");
}

TEST_F(StudyDamageTest, noticesACutOffFile) {
  makeStudy();
  std::string whole = contentsOf(path);
  for (size_t size : {100ul, 4096ul, 4097ul, whole.size() / 2,
                      whole.size() - 4096, whole.size() - 1}) {
    setContents(path, llvm::StringRef(whole).take_front(size));
    EXPECT_EQ(codeOf(Study::open(path)), "NAS5007") << size;
    EXPECT_EQ(codeOf(Study::open(path, Study::Mode::ReadOnly)), "NAS5007");
    // It has not been touched.
    EXPECT_EQ(contentsOf(path).size(), size);
  }
  setContents(path, whole);
  EXPECT_EQ(codeOf(Study::open(path)), "");
}

TEST_F(StudyDamageTest, damagedPagesNeverCrash) {
  makeStudy();
  const std::string whole = contentsOf(path);
  unsigned noticed = 0, pages = whole.size() / 4096;
  for (unsigned page = 0; page != pages; ++page)
    for (size_t offset : {0u, 3u, 40u, 2000u}) {
      std::string damaged = whole;
      for (size_t i = 0; i != 24; ++i)
        damaged[page * 4096 + offset + i] ^= static_cast<char>(0x5a + i);
      setContents(path, damaged);
      llvm::Expected<Study> study = Study::open(path);
      if (!study) {
        ++noticed;
        std::string code = codeOf(study.takeError());
        // A damaged header may hold any format number.
        EXPECT_TRUE(code == "NAS5007" || (page == 0 && code == "NAS5008"))
            << code;
        EXPECT_EQ(contentsOf(path), damaged);
        continue;
      }
      // Damage within a value shows at the checksum or not at all.
      llvm::consumeError(study->evaluations().takeError());
      llvm::consumeError(study->events().takeError());
      std::optional<Checkpoint> checkpoint =
          valueOf(study->loadCheckpoint("key"));
      if (checkpoint) {
        EXPECT_EQ(checkpoint->data, std::string(50000, 'c'));
      }
    }
  // The first bytes of every tree page are structure.
  EXPECT_GT(noticed, pages);
}

TEST_F(StudyDamageTest, dropsADamagedCheckpoint) {
  makeStudy();
  std::string contents = contentsOf(path);
  size_t place = contents.find(std::string(2000, 'c'));
  ASSERT_NE(place, std::string::npos);
  contents[place + 1000] = 'd';
  setContents(path, contents);
  {
    Study reader = valueOf(Study::open(path, Study::Mode::ReadOnly));
    EXPECT_FALSE(valueOf(reader.loadCheckpoint("key")));
  }
  Study study = valueOf(Study::open(path));
  EXPECT_FALSE(valueOf(study.loadCheckpoint("key")));
  EXPECT_EQ(valueOf(study.events("", "checkpoint-discarded")).size(), 1u);
}

TEST_F(StudyDamageTest, noticesADamagedArtifact) {
  {
    Study study = valueOf(Study::create(path, exampleSpec()));
    EXPECT_TRUE(
        succeeded(study.putArtifact({"w", "weights", std::string(9000, 'c')})));
  }
  std::string contents = contentsOf(path);
  contents[contents.find(std::string(2000, 'c')) + 5] = 'd';
  setContents(path, contents);
  Study study = valueOf(Study::open(path));
  EXPECT_EQ(codeOf(study.getArtifact("w")), "NAS5007");
}

TEST_F(StudyDamageTest, refusesOtherFormats) {
  makeStudy();
  std::string whole = contentsOf(path);
  // The header holds user_version at 60 and application_id at 68.
  std::string newer = whole;
  newer[63] = 9;
  setContents(path, newer);
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5008");
  EXPECT_EQ(contentsOf(path), newer);
  std::string foreign = whole;
  foreign[68] = 'x';
  setContents(path, foreign);
  EXPECT_EQ(codeOf(Study::open(path)), "NAS5007");
}

TEST_F(StudyDamageTest, readOnlyFolders) {
  makeStudy();
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder.c_str(), 0555), 0);
  EXPECT_EQ(inChild([&] {
              // Permissions do not hold for root.
              if (::getuid() == 0) {
                ASSERT_EQ(::setuid(65534), 0);
              }
              EXPECT_EQ(codeOf(Study::open(path)), "NAS5001");
              EXPECT_EQ(
                  codeOf(Study::create(folder + "/new.db", exampleSpec())),
                  "NAS5001");
              Study reader = valueOf(Study::open(path, Study::Mode::ReadOnly));
              EXPECT_EQ(valueOf(reader.evaluations()).size(), 400u);
            }),
            0);
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
}

/// Fills the disk under the study (as the caller has arranged) and checks that
/// the failure is a DiskFull and that all before it is there.
void fillUp(Study &study, const std::string &path) {
  int64_t done = 0;
  std::string code;
  while (code.empty() && done != 2000) {
    std::string name = "artifact" + std::to_string(done);
    code =
        codeOf(study.putArtifact({name, "weights", std::string(20000, 'w')}));
    if (code.empty())
      ++done;
  }
  EXPECT_EQ(code, "NAS5005");
  EXPECT_GT(done, 0);
  EXPECT_EQ(valueOf(study.artifactNames()).size(), size_t(done));
  // Closing may fail as well, and loses nothing by it.
  llvm::consumeError(study.close("failed"));
  Study reader = valueOf(Study::open(path, Study::Mode::ReadOnly));
  EXPECT_EQ(valueOf(reader.artifactNames()).size(), size_t(done));
}

TEST_F(StudyDamageTest, aLimitOnFileSizes) {
  EXPECT_EQ(inChild([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              Study study = valueOf(Study::create(path, exampleSpec()));
              rlimit limit = {300'000, 300'000};
              ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
              fillUp(study, path);
            }),
            0);
  // With room again the study goes on.
  Study study = valueOf(Study::open(path));
  EXPECT_TRUE(succeeded(study.putArtifact({"w", "weights", "more"})));
}

TEST_F(StudyDamageTest, aFullDisk) {
  std::string disk = folder + "/disk";
  ASSERT_EQ(::mkdir(disk.c_str(), 0755), 0);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "no right to mount a small disk";
  {
    std::string study = disk + "/study.db";
    Study full = valueOf(Study::create(study, exampleSpec()));
    fillUp(full, study);
    EXPECT_EQ(codeOf(Study::create(disk + "/second.db", exampleSpec())),
              "NAS5005");
  }
  ::umount(disk.c_str());
}

} // namespace
