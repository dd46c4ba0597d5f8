//===- CifarReaderTest.cpp ------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DataTestSupport.h"

using namespace nasc::data;

namespace {

std::string record(char label, char red, char green, char blue) {
  return label + std::string(1024, red) + std::string(1024, green) +
         std::string(1024, blue);
}

class CifarReaderTest : public DataTest {
protected:
  void SetUp() override {
    DataTest::SetUp();
    specification.kind = DatasetKind::Cifar;
    write("a.bin", record(3, 1, 2, 3) + record(9, 4, 5, 6));
    write("b.bin", record(0, 7, 8, 9));
    write("t.bin", record(5, 10, 11, 12));
    specification.paths = {"a.bin", "b.bin"};
    specification.testFiles = {"t.bin"};
  }
};

TEST_F(CifarReaderTest, PlanesBecomeChannels) {
  std::string first = record(3, 1, 2, 3);
  first[1 + 33] = 77;
  first[1 + 1024 + 33] = 78;
  first[1 + 2048 + 33] = 79;
  write("a.bin", first + record(9, 4, 5, 6));
  Dataset dataset = load();
  EXPECT_EQ(dataset.shape, (std::vector<int64_t>{32, 32, 3}));
  ASSERT_EQ(dataset.count, 4);
  EXPECT_EQ(dataset.labels, (std::vector<int32_t>{3, 9, 0, 5}));
  EXPECT_EQ(dataset.train, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(dataset.test, (std::vector<int64_t>{3}));
  EXPECT_EQ(dataset.classCount, 10);
  EXPECT_EQ(dataset.classNames[5], "dog");
  const uint8_t *pixel = dataset.sample(0) + 33 * 3;
  EXPECT_EQ(pixel[0], 77);
  EXPECT_EQ(pixel[1], 78);
  EXPECT_EQ(pixel[2], 79);
  EXPECT_EQ(dataset.sample(3)[0], 10);
  EXPECT_EQ(dataset.sample(3)[3071], 12);
  DatasetDescription description = describe();
  EXPECT_EQ(description.train, 3);
  EXPECT_EQ(description.test, 1);
}

TEST_F(CifarReaderTest, FolderWithTheUsualNames) {
  specification.paths = {"."};
  specification.testFiles = {};
  for (char digit = '1'; digit <= '5'; ++digit)
    write(std::string("data_batch_") + digit + ".bin", record(1, 0, 0, 0));
  write("test_batch.bin", record(2, 0, 0, 0));
  Dataset dataset = load();
  EXPECT_EQ(dataset.train.size(), 5u);
  EXPECT_EQ(dataset.test.size(), 1u);
  specification.trainFiles = {"a.bin"};
  specification.testFiles = {"t.bin"};
  EXPECT_EQ(load().count, 3);
  std::filesystem::remove(folder / "a.bin");
  expectError(DataErrorCode::FileUnreadable, {"a.bin", "No such file"});
}

TEST_F(CifarReaderTest, Errors) {
  write("b.bin", record(0, 7, 8, 9).substr(0, 3000));
  expectError(DataErrorCode::CutOff,
              {"b.bin", "byte 0", "records of 3073 bytes", "found 3000"});
  write("b.bin", record(0, 7, 8, 9) + record(10, 7, 8, 9));
  expectError(DataErrorCode::LabelOutOfRange,
              {"b.bin", "byte 3073", "from 0 to 9, found 10"});
  write("b.bin", "");
  expectError(DataErrorCode::FileEmpty, {"b.bin"});
  writeGzip("b.bin.gz", record(0, 7, 8, 9));
  specification.paths = {"b.bin.gz"};
  expectError(DataErrorCode::WrongFormat, {"uncompressed only"});
  specification.paths = {"a.bin", "t.bin"};
  expectError(DataErrorCode::BadSettings, {"t.bin", "named twice"});
  specification.paths = {"a.bin"};
  specification.trainFiles = {"a.bin"};
  expectError(DataErrorCode::BadSettings, {"needs a folder"});
  specification.trainFiles = {};
  specification.classCount = 9;
  expectError(DataErrorCode::BadSettings, {"10 classes"});
}

TEST(Cifar10, RealImages) {
  auto shared = sharedData();
  if (!shared)
    GTEST_SKIP() << "there is no shared test data (NASC_SHARED_DATA)";
  DatasetSpecification specification;
  specification.kind = DatasetKind::Cifar;
  specification.paths = {
      (*shared / "cifar10/cifar10_lossless500.bin").string()};
  specification.validationCount = 100;
  llvm::Expected<Dataset> dataset = loadDataset(specification);
  ASSERT_TRUE(bool(dataset)) << llvm::toString(dataset.takeError());
  EXPECT_EQ(dataset->train.size(), 400u);
  EXPECT_EQ(dataset->validation.size(), 100u);
  // Neighbouring pixels of real images are alike; misplaced planes are not.
  double vertical = 0;
  for (int64_t i = 0; i != dataset->count; ++i) {
    const uint8_t *image = dataset->sample(i);
    for (int at = 0; at != 31 * 96; ++at)
      vertical += std::abs(image[at] - image[at + 96]);
  }
  EXPECT_LT(vertical / (500.0 * 31 * 96), 20);
}

} // namespace
