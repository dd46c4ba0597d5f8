//===- RawReaderTest.cpp --------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DataTestSupport.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace nasc;
using namespace nasc::data;

namespace {

/// 6 records of 4 bytes: record i starts with 10 i.
class RawReaderTest : public DataTest {
protected:
  void SetUp() override {
    DataTest::SetUp();
    specification.kind = DatasetKind::Raw;
    specification.paths = {"data.bin"};
    specification.element = ElementType::Int8;
    specification.shape = {2, 2};
    specification.indexFile = "index.csv";
    specification.labelColumn = "word";
    specification.splitColumn = "split";
    std::string data;
    for (unsigned i = 0; i != 6; ++i)
      data += counting(4, 10 * i);
    write("data.bin", data);
    write("index.csv", "row,word,split\n0,up,train\n1,down,val\n2,go,test\n"
                       "3,down,train\n4,go,train\n5,up,validation\n");
  }

  std::string floats(const std::vector<float> &values) {
    return {reinterpret_cast<const char *>(values.data()),
            values.size() * sizeof(float)};
  }
};

TEST_F(RawReaderTest, LabelsSplitsAndNames) {
  Dataset dataset = load();
  EXPECT_EQ(dataset.element, ElementType::Int8);
  EXPECT_EQ(dataset.shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(dataset.classNames, (std::vector<std::string>{"down", "go", "up"}));
  EXPECT_EQ(dataset.labels, (std::vector<int32_t>{2, 0, 1, 0, 1, 2}));
  EXPECT_EQ(dataset.train, (std::vector<int64_t>{0, 3, 4}));
  EXPECT_EQ(dataset.validation, (std::vector<int64_t>{1, 5}));
  EXPECT_EQ(dataset.test, (std::vector<int64_t>{2}));
  EXPECT_EQ(dataset.scale, std::vector<float>{1});
  EXPECT_EQ(dataset.sample(5)[3], 53);
  DatasetDescription description = describe();
  EXPECT_EQ(description.classNames, dataset.classNames);
  EXPECT_EQ(description.train, 3);
  EXPECT_EQ(description.validation, 2);
  EXPECT_EQ(description.test, 1);
}

TEST_F(RawReaderTest, ClassesSelectAndOrder) {
  specification.classes = {"up", "go"};
  Dataset dataset = load();
  EXPECT_EQ(dataset.count, 4);
  EXPECT_EQ(dataset.labels, (std::vector<int32_t>{0, 1, 1, 0}));
  EXPECT_EQ(dataset.classNames, specification.classes);
  EXPECT_EQ(dataset.sample(0)[0], 0);
  EXPECT_EQ(dataset.sample(1)[0], 20);
  EXPECT_EQ(dataset.sample(2)[0], 40);
  EXPECT_EQ(dataset.sample(3)[0], 50);
  specification.classes = {"up", "dwon"};
  llvm::Expected<Dataset> wrong = loadDataset(specification);
  ASSERT_FALSE(bool(wrong));
  llvm::handleAllErrors(wrong.takeError(), [](const DataError &error) {
    EXPECT_EQ(error.getCode(), DataErrorCode::BadSettings);
    EXPECT_EQ(error.getAdvice().unknown, "dwon");
    EXPECT_EQ(error.getAdvice().known,
              (std::vector<std::string>{"down", "go"}));
  });
}

TEST_F(RawReaderTest, TheIndexMayBeInAnyOrderAndPartial) {
  std::string expected = load().fingerprint;
  write("index.csv", "word,split,row\nup,validation,5\ndown,val,1\n"
                     "go,test,2\nup,train,0\ndown,train,3\ngo,train,4\n");
  EXPECT_EQ(load().fingerprint, expected);
  write("index.csv", "word,split,row\nup,train,4\ndown,train,1\n");
  expectError(DataErrorCode::CountMismatch, {"2 of the 6 records"});
  specification.ignoresUnlisted = true;
  Dataset dataset = load();
  EXPECT_EQ(dataset.count, 2);
  EXPECT_EQ(dataset.sample(0)[0], 10);
  EXPECT_EQ(dataset.sample(1)[0], 40);
  EXPECT_EQ(dataset.labels, (std::vector<int32_t>{0, 1}));
}

TEST_F(RawReaderTest, SeveralFilesCountAsOne) {
  std::string expected = load().fingerprint, data = read("data.bin");
  write("a.bin", data.substr(0, 8));
  write("b.bin", data.substr(8, 4));
  write("c.bin", data.substr(12));
  specification.paths = {"a.bin", "b.bin", "c.bin"};
  EXPECT_EQ(load().fingerprint, expected);
  write("index.csv", "word,split,row\nup,train,5\ndown,train,0\n");
  specification.ignoresUnlisted = true;
  Dataset dataset = load();
  EXPECT_EQ(dataset.sample(0)[0], 0);
  EXPECT_EQ(dataset.sample(1)[0], 50);
}

/// What an error or the first remark says beside its text.
struct Advice {
  std::string text, help, setting;
};

Advice adviceOf(const DatasetSpecification &specification) {
  llvm::Expected<DatasetDescription> description =
      describeDataset(specification);
  if (description) {
    if (description->remarks.empty())
      return {};
    const DataRemark &remark = description->remarks.front();
    return {remark.text, remark.advice.help, remark.advice.setting};
  }
  Advice result;
  llvm::handleAllErrors(description.takeError(), [&](const DataError &error) {
    result = {error.message(), error.getAdvice().help,
              error.getAdvice().setting};
  });
  return result;
}

#define EXPECT_SAYS(text, part)                                                \
  EXPECT_NE(std::string(text).find(part), std::string::npos) << text

TEST_F(RawReaderTest, TheColumnOfRecordsHasAnotherName) {
  std::string expected = load().fingerprint;
  write("index.csv", "word,split,clip\nup,validation,5\ndown,val,1\n"
                     "go,test,2\nup,train,0\ndown,train,3\ngo,train,4\n");
  Advice advice = adviceOf(specification);
  EXPECT_SAYS(advice.text, "no column 'row'");
  EXPECT_SAYS(advice.text, "'clip' numbers the lines in another order");
  EXPECT_SAYS(advice.help, "record = \"clip\"");
  EXPECT_SAYS(advice.help, "record = line");
  EXPECT_EQ(advice.setting, "index");
  specification.recordColumn = "clip";
  EXPECT_EQ(load().fingerprint, expected);
  specification.recordColumn = "";
  specification.recordsAreLines = true;
  EXPECT_EQ(load().labels, (std::vector<int32_t>{2, 0, 1, 2, 0, 1}));
  specification.recordsAreLines = false;
  specification.recordColumn = "word";
  EXPECT_SAYS(adviceOf(specification).text, "found 'up'");
  specification.recordColumn = "clop";
  advice = adviceOf(specification);
  EXPECT_SAYS(advice.text, "expected a column 'clop'");
  EXPECT_EQ(advice.setting, "record");

  // Numbers in the order of the lines contradict nothing; from 1 on they are
  // no numbers of records.
  specification.recordColumn = "";
  write("index.csv", "id,word,split\n1,up,train\n2,down,val\n3,go,test\n"
                     "4,down,train\n5,go,train\n6,up,validation\n");
  EXPECT_EQ(load().fingerprint, expected);
  write("index.csv", "id,word,split\n2,up,train\n1,down,val\n3,go,test\n"
                     "4,down,train\n5,go,train\n6,up,validation\n");
  EXPECT_SAYS(adviceOf(specification).help, "those of 'id' at 1");
  // Neither are labels.
  specification.labelColumn = "id";
  write("index.csv", "id,split\n2,train\n1,val\n0,test\n3,train\n5,train\n"
                     "4,validation\n");
  EXPECT_EQ(load().labels, (std::vector<int32_t>{2, 1, 0, 3, 5, 4}));
}

TEST_F(RawReaderTest, SizesThatDoNotAgree) {
  // float32 data that are read as int8 have four records for each.
  specification.shape = {2};
  write("data.bin", floats({0, 1, 2, 3, 4, 5, 6, 7}));
  write("index.csv", "word\nup\ndown\nup\ndown\n");
  specification.splitColumn = "";
  Advice advice = adviceOf(specification);
  EXPECT_SAYS(advice.text, "expected 16 lines");
  EXPECT_SAYS(advice.help, "element = float32");
  write("index.csv", "row,word\n0,up\n1,down\n2,up\n3,down\n");
  advice = adviceOf(specification);
  EXPECT_SAYS(advice.text, "lists 4 of the 16 records");
  EXPECT_SAYS(advice.help, "element = float32");
  specification.element = ElementType::Float32;
  EXPECT_EQ(load().count, 4);
  specification.shape = {1};
  advice = adviceOf(specification);
  EXPECT_SAYS(advice.help, "2 times as many records");
  write("index.csv", "id,word\n0,up\n7,down\n2,up\n");
  EXPECT_SAYS(adviceOf(specification).help, "record = \"id\"");
  write("index.csv", "row,word\n0,up\n7,down\n2,up\n");
  EXPECT_SAYS(adviceOf(specification).help, "unlisted = ignore");
  specification.ignoresUnlisted = true;
  EXPECT_EQ(load().count, 3);
}

TEST_F(RawReaderTest, RemarksOnWhatWasAssumed) {
  EXPECT_TRUE(describe().remarks.empty());
  specification.classes = {"up", "go"};
  Advice advice = adviceOf(specification);
  EXPECT_SAYS(advice.text, "2 of 6 records are left out");
  EXPECT_EQ(advice.setting, "classes");
  specification.classes = {};
  specification.splitColumn = "";
  advice = adviceOf(specification);
  EXPECT_SAYS(advice.text, "the column 'split' of the index says");
  EXPECT_EQ(advice.help, "write split = \"split\"");
  specification.splitColumn = "split";
  specification.shape = {2, 2, 1};
  specification.augmentation.shift = {1};
  advice = adviceOf(specification);
  EXPECT_SAYS(advice.text, "along both axes of 2 and 2 places");
  EXPECT_EQ(advice.setting, "augment");
  specification.augmentation.shift = {1, 0};
  EXPECT_TRUE(describe().remarks.empty());
}

TEST_F(RawReaderTest, ElementsOfAnotherType) {
  specification.indexFile = specification.labelColumn =
      specification.splitColumn = "";
  specification.target = TargetKind::Input;
  specification.validationCount = 1;
  specification.shape = {16};
  std::vector<float> measured, whole;
  std::string images, grey;
  for (int i = 0; i != 400; ++i) {
    measured.push_back(std::sin(0.7f * i) * 3.1f);
    whole.push_back(static_cast<float>(i % 7 - 3));
    images += static_cast<char>((i * i * 31 + 7 * i) % 251);
    grey += static_cast<char>(i % 3 ? 63 : 62);
  }
  for (ElementType element : {ElementType::Int8, ElementType::UInt8}) {
    specification.element = element;
    for (const std::vector<float> &values : {measured, whole}) {
      write("data.bin", floats(values));
      Advice advice = adviceOf(specification);
      EXPECT_SAYS(advice.text, "but like float32");
      EXPECT_EQ(advice.setting, "element");
    }
    for (const std::string &bytes :
         {images, grey, std::string(400, '\0'), std::string(400, '\77')}) {
      write("data.bin", bytes);
      EXPECT_TRUE(describe().remarks.empty());
    }
  }
  specification.element = ElementType::Float32;
  specification.shape = {4};
  write("data.bin", images);
  EXPECT_SAYS(adviceOf(specification).text, "like elements of one byte");
  for (const std::vector<float> &values : {measured, whole}) {
    write("data.bin", floats(values));
    EXPECT_TRUE(describe().remarks.empty());
  }
}

TEST_F(RawReaderTest, QuotedFieldsAndLineEnds) {
  write("index.csv", "\xef\xbb\xbfrow,\"word\",split\r\n0,\"a,b\",train\r\n\r\n"
                     "1,\"say \"\"x\"\"\",train\r\n2,\"two\nlines\",train\r\n"
                     "3,\"\",train\r\n4,plain,train");
  specification.ignoresUnlisted = true;
  specification.classes = {"a,b", "say \"x\"", "two\nlines", "plain"};
  EXPECT_EQ(load().labels, (std::vector<int32_t>{0, 1, 2, 3}));
}

TEST_F(RawReaderTest, NumericLabels) {
  specification.splitColumn = "";
  write("index.csv", "word\n0\n1\n2\n1\n0\n10\n");
  expectError(DataErrorCode::LabelOutOfRange,
              {"index.csv", "line 7", "found label 10", "has label 3"});
  specification.classCount = 11;
  Dataset dataset = load();
  EXPECT_EQ(dataset.labels, (std::vector<int32_t>{0, 1, 2, 1, 0, 10}));
  EXPECT_EQ(dataset.classNames[10], "10");
  EXPECT_EQ(dataset.train.size(), 6u);
  write("index.csv", "word\n0\n1\n2\n1\n0\n99999999999\n");
  expectError(DataErrorCode::LabelOutOfRange, {"line 7", "99999999999"});
  specification.classCount = {};
  write("index.csv", "word\n0\n1\n2\n1\n0\n2147483647\n");
  expectError(DataErrorCode::LabelOutOfRange, {"line 7", "2147483647"});
}

TEST_F(RawReaderTest, Autoencoder) {
  specification = {};
  specification.baseDirectory = folder.string();
  specification.kind = DatasetKind::Raw;
  specification.paths = {"data.bin"};
  specification.element = ElementType::Float32;
  specification.shape = {2};
  specification.target = TargetKind::Input;
  specification.validationCount = 2;
  write("data.bin", floats({0, 1, 2, 3, 4, 5, 6, 7}));
  Dataset dataset = load();
  EXPECT_EQ(dataset.target, TargetKind::Input);
  EXPECT_EQ(dataset.classCount, 0);
  EXPECT_EQ(dataset.train, (std::vector<int64_t>{0, 2}));
  EXPECT_EQ(dataset.validation, (std::vector<int64_t>{1, 3}));
  float value;
  std::memcpy(&value, dataset.sample(3) + 4, 4);
  EXPECT_EQ(value, 7);
}

TEST_F(RawReaderTest, NotFiniteNumbers) {
  specification.element = ElementType::Float32;
  specification.shape = {1};
  float nan = std::numeric_limits<float>::quiet_NaN();
  float infinity = std::numeric_limits<float>::infinity();
  write("data.bin", floats({0, 1, 2, 3, nan, 5}));
  expectError(DataErrorCode::NotFinite, {"byte 16", "found NaN"});
  write("data.bin", floats({0, -infinity, 2, 3, 4, 5}));
  expectError(DataErrorCode::NotFinite, {"byte 4", "an infinity"});
  // Records that are not used do not matter.
  write("data.bin", floats({0, 1, nan, 3, 4, 5}));
  write("index.csv", "row,word,split\n0,up,train\n1,down,train\n");
  specification.ignoresUnlisted = true;
  load();
}

TEST_F(RawReaderTest, DamagedData) {
  write("data.bin", read("data.bin").substr(0, 22));
  expectError(DataErrorCode::CutOff,
              {"data.bin", "byte 20", "records of 4 bytes", "found 2 bytes"});
  write("data.bin", read("data.bin").substr(0, 20));
  expectError(DataErrorCode::CountMismatch,
              {"index.csv", "line 7", "from 0 to 4", "found 5"});
  write("data.bin", "");
  expectError(DataErrorCode::FileEmpty, {"data.bin"});
  std::filesystem::remove(folder / "data.bin");
  expectError(DataErrorCode::FileUnreadable, {"data.bin", "No such file"});
  writeGzip("data.gz", "0123");
  specification.paths = {"data.gz"};
  expectError(DataErrorCode::WrongFormat, {"uncompressed only"});
}

TEST_F(RawReaderTest, DamagedIndex) {
  struct Case {
    std::string text;
    Diag code;
    std::vector<std::string> parts;
  };
  const Diag bad = DataErrorCode::BadIndex;
  specification.ignoresUnlisted = true;
  for (const Case &c : std::vector<Case>{
           {"", DataErrorCode::FileEmpty, {"index.csv"}},
           {"\n\n", DataErrorCode::FileEmpty, {"expected a header line"}},
           {"row,word,split\n", DataErrorCode::FileEmpty, {"after the header"}},
           {"row,name,split\n0,a,train\n",
            bad,
            {"line 1", "expected a column 'word'", "found row, name, split"}},
           {"row,word\n0,a\n", bad, {"expected a column 'split'"}},
           {"row,word,split,word\n0,a,train,b\n",
            bad,
            {"expected one column 'word', found 2"}},
           {"row,word,split\nx,a,train\n",
            bad,
            {"line 2 (byte 15)", "expected the number of a record",
             "found 'x'"}},
           {"row,word,split\n,a,train\n", bad, {"found ''"}},
           {"row,word,split\n-1,a,train\n", bad, {"found '-1'"}},
           {"row,word,split\n1.0,a,train\n", bad, {"found '1.0'"}},
           {"row,word,split\n99999999999999999999,a,train\n", bad, {"9999"}},
           {"row,word,split\n1,a,train\n1,b,train\n",
            bad,
            {"line 3", "record 1 is listed twice"}},
           {"row,word,split\n0,a,training set\n",
            bad,
            {"line 2", "expected train, validation or test",
             "found 'training set'"}},
           {"row,word,split\n0,a\n",
            bad,
            {"line 2", "expected 3 fields", "found 2"}},
           {"row,word,split\n0,a,train,\n", bad, {"found 4"}},
           {"row,word,split\n0,,train\n", bad, {"expected a label"}},
           {"row,word,split\n0,\"a,train\n1,b,train\n",
            bad,
            {"line 2 (byte 17)", "expected a quote at the end"}},
           {"row,word,split\n0,\"a\"b,train\n",
            bad,
            {"line 2", "after a quoted field, found 'b'"}},
           {"row,word,split\n0,a\"b,train\n", bad, {"found '\"'"}},
           {std::string("row,word,split\n0,a\0b,train\n", 26),
            bad,
            {"found the byte 0x00"}},
           {"word,split\na,train\n",
            DataErrorCode::CountMismatch,
            {"expected 6 lines, one for each record, found 1"}},
           {"row,word,split\n0,a,test\n",
            DataErrorCode::TooFewSamples,
            {"no training samples"}},
       }) {
    SCOPED_TRACE(c.text);
    write("index.csv", c.text);
    llvm::Expected<Dataset> dataset = loadDataset(specification);
    ASSERT_FALSE(bool(dataset));
    llvm::handleAllErrors(dataset.takeError(), [&](const DataError &error) {
      EXPECT_EQ(error.getCode(), c.code) << error.message();
      for (const std::string &part : c.parts)
        EXPECT_NE(error.message().find(part), std::string::npos)
            << "expected '" << part << "' in: " << error.message();
    });
  }
  std::filesystem::remove(folder / "index.csv");
  expectError(DataErrorCode::FileUnreadable, {"index.csv", "No such file"});
}

TEST_F(RawReaderTest, ContradictorySettings) {
  DatasetSpecification good = specification;
  auto expectBad = [&](const std::string &part) {
    expectError(DataErrorCode::BadSettings, {part});
    specification = good;
  };
  specification.shape = {};
  expectBad("1 to 3 dimensions, found 0");
  specification.shape = {1, 1, 1, 1};
  expectBad("found 4");
  specification.shape = {2, 0};
  expectBad("extents from 1");
  specification.labelColumn = "";
  expectBad("column with the labels is not named");
  specification.indexFile = "";
  expectBad("need an index");
  specification.indexFile = specification.labelColumn =
      specification.splitColumn = "";
  expectBad("have no labels");
  specification.validationCount = 1;
  expectBad("name 2 validation samples");
  specification.classCount = 0;
  expectBad("number of classes from 1");
  specification.augmentation.flipHorizontal = true;
  expectBad("only images (rank 3)");
  specification.augmentation.shift = {-1};
  expectBad("negative");
  specification.shape = {1 << 24, 1 << 24, 1 << 24};
  expectError(DataErrorCode::TooLarge, {"more than the 8589934592 bytes"});
}

TEST(SpeechCommands, RealClips) {
  auto shared = sharedData();
  if (!shared)
    GTEST_SKIP() << "there is no shared test data (NASC_SHARED_DATA)";
  DatasetSpecification specification;
  specification.kind = DatasetKind::Raw;
  specification.baseDirectory = (*shared / "kws_speech_commands").string();
  specification.paths = {"sc_v001_mfcc49x10_int8.bin"};
  specification.element = ElementType::Int8;
  specification.shape = {49, 10, 1};
  specification.indexFile = "sc_v001_index.csv";
  specification.labelColumn = "word";
  specification.splitColumn = "split";
  llvm::Expected<Dataset> all = loadDataset(specification);
  ASSERT_TRUE(bool(all)) << llvm::toString(all.takeError());
  EXPECT_EQ(all->count, 5285);
  EXPECT_EQ(all->classCount, 30);
  EXPECT_EQ(all->train.size(), 3641u);
  EXPECT_EQ(all->validation.size(), 505u);
  EXPECT_EQ(all->test.size(), 1139u);

  specification.classes = {"down", "go", "zero"};
  llvm::Expected<Dataset> some = loadDataset(specification);
  ASSERT_TRUE(bool(some)) << llvm::toString(some.takeError());
  EXPECT_EQ(some->train.size(), 392u + 383 + 385);
  EXPECT_EQ(some->validation.size(), 54u + 51 + 54);
  EXPECT_EQ(some->test.size(), 113u + 123 + 120);
}

TEST(ToyAdmos, RealSample) {
  auto shared = sharedData();
  if (!shared)
    GTEST_SKIP() << "there is no shared test data (NASC_SHARED_DATA)";
  DatasetSpecification specification;
  specification.kind = DatasetKind::Raw;
  specification.paths = {
      (*shared / "mlperf_tiny/ad01_one_sample_f32_mel128.bin").string()};
  specification.element = ElementType::Float32;
  specification.shape = {640};
  specification.target = TargetKind::Input;
  specification.validationCount = 8;
  llvm::Expected<Dataset> dataset = loadDataset(specification);
  ASSERT_TRUE(bool(dataset)) << llvm::toString(dataset.takeError());
  EXPECT_EQ(dataset->count, 40);
  EXPECT_EQ(dataset->validation.size(), 8u);
  specification.shape = {641};
  llvm::Expected<Dataset> wrong = loadDataset(specification);
  ASSERT_FALSE(bool(wrong));
  llvm::consumeError(wrong.takeError());
}

} // namespace
