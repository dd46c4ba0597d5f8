//===- IdxReaderTest.cpp --------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DataTestSupport.h"

#include <algorithm>
#include <chrono>
#include <cmath>

using namespace nasc::data;

namespace {

constexpr const char *trainImages = "train-images-idx3-ubyte";
constexpr const char *trainLabels = "train-labels-idx1-ubyte";
constexpr const char *testImages = "t10k-images-idx3-ubyte";
constexpr const char *testLabels = "t10k-labels-idx1-ubyte";

std::string imageFile(uint32_t count, uint32_t height, uint32_t width,
                      unsigned start = 0) {
  return word(0x803) + word(count) + word(height) + word(width) +
         counting(count * height * width, start);
}

std::string labelFile(const std::string &labels) {
  return word(0x801) + word(labels.size()) + labels;
}

/// 6 training and 2 test images of 2×3 pixels in 3 classes.
class IdxReaderTest : public DataTest {
protected:
  void SetUp() override {
    DataTest::SetUp();
    specification.kind = DatasetKind::Idx;
    specification.paths = {"."};
    write(trainImages, imageFile(6, 2, 3));
    write(trainLabels, labelFile(std::string("\0\1\2\0\1\2", 6)));
    write(testImages, imageFile(2, 2, 3, 100));
    write(testLabels, labelFile("\2\1"));
  }
};

TEST_F(IdxReaderTest, ReadsPlainFiles) {
  Dataset dataset = load();
  EXPECT_EQ(dataset.element, ElementType::UInt8);
  EXPECT_EQ(dataset.shape, (std::vector<int64_t>{2, 3, 1}));
  ASSERT_EQ(dataset.count, 8);
  EXPECT_EQ(dataset.labels, (std::vector<int32_t>{0, 1, 2, 0, 1, 2, 2, 1}));
  EXPECT_EQ(dataset.classCount, 3);
  EXPECT_EQ(dataset.classNames, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(dataset.train, (std::vector<int64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(dataset.test, (std::vector<int64_t>{6, 7}));
  EXPECT_TRUE(dataset.validation.empty());
  EXPECT_EQ(dataset.sampleBytes(), 6u);
  EXPECT_EQ(dataset.sample(5)[5], 35);
  EXPECT_EQ(dataset.sample(6)[0], 100);
  EXPECT_EQ(dataset.scale, std::vector<float>{1.0f / 255});
  EXPECT_EQ(dataset.mean, std::vector<float>{0});
  EXPECT_EQ(dataset.deviation, std::vector<float>{1});
}

TEST_F(IdxReaderTest, CompressedFilesAreTheSame) {
  std::string plain = load().fingerprint;
  for (const char *name : {trainImages, trainLabels, testImages, testLabels}) {
    writeGzip(name + std::string(".gz"), read(name));
    std::filesystem::remove(folder / name);
  }
  EXPECT_EQ(load().fingerprint, plain);
}

TEST_F(IdxReaderTest, SeveralGzipMembers) {
  std::string plain = load().fingerprint;
  std::string content = read(trainImages);
  std::filesystem::remove(folder / trainImages);
  writeGzip("a", content.substr(0, 21));
  writeGzip("b", content.substr(21));
  write(trainImages + std::string(".gz"), read("a") + read("b"));
  EXPECT_EQ(load().fingerprint, plain);
}

TEST_F(IdxReaderTest, Describes) {
  specification.validationCount = 2;
  DatasetDescription description = describe();
  EXPECT_EQ(description.shape, (std::vector<int64_t>{2, 3, 1}));
  EXPECT_EQ(description.classCount, 3);
  EXPECT_EQ(description.train, 4);
  EXPECT_EQ(description.validation, 2);
  EXPECT_EQ(description.test, 2);
}

TEST_F(IdxReaderTest, ValidationTakesTheSameShareOfEachClass) {
  specification.validationCount = 3;
  Dataset dataset = load();
  EXPECT_EQ(dataset.validation, (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(dataset.train, (std::vector<int64_t>{0, 1, 2}));
}

TEST_F(IdxReaderTest, FingerprintSeesEveryPart) {
  std::string before = load().fingerprint;
  EXPECT_EQ(before.size(), 32u);
  EXPECT_EQ(load().fingerprint, before);
  std::string labels = read(trainLabels);
  write(trainLabels, labelFile(std::string("\1\0\2\0\1\2", 6)));
  EXPECT_NE(load().fingerprint, before);
  write(trainLabels, labels);
  EXPECT_EQ(load().fingerprint, before);
  std::string images = read(testImages);
  images.back() ^= 1;
  write(testImages, images);
  EXPECT_NE(load().fingerprint, before);
  images.back() ^= 1;
  write(testImages, images);
  specification.validationCount = 1;
  EXPECT_NE(load().fingerprint, before);
  specification.validationCount = 0;
  specification.mean = {0.5};
  EXPECT_EQ(load().fingerprint, before);
}

TEST_F(IdxReaderTest, NormalisationAndAugmentation) {
  specification.mean = {0.286};
  specification.deviation = {0.353};
  specification.augmentation = {{1}, true};
  Dataset dataset = load();
  EXPECT_EQ(dataset.mean, std::vector<float>{0.286f});
  EXPECT_EQ(dataset.deviation, std::vector<float>{0.353f});
  EXPECT_EQ(dataset.augmentation.shift, (std::vector<int64_t>{1, 1}));
  specification.mean = {0.1, 0.2};
  expectError(DataErrorCode::BadSettings, {"'mean' has 2 values", "1 channel"});
  specification.mean = {NAN};
  expectError(DataErrorCode::BadSettings, {"'mean' must be a finite number"});
  specification.mean = {};
  specification.deviation = {0};
  expectError(DataErrorCode::BadSettings, {"'deviation' must be positive"});
  specification.deviation = {};
  specification.augmentation.shift = {2};
  expectError(DataErrorCode::BadSettings, {"a shift of 2 pixels"});
  specification.augmentation.shift = {1, 0};
  EXPECT_EQ(load().augmentation.shift, (std::vector<int64_t>{1, 0}));
  specification.augmentation.shift = {1, 0, 0};
  expectError(DataErrorCode::BadSettings,
              {"the shift has 3 numbers", "2 axes beside the channels"});
}

TEST_F(IdxReaderTest, MissingFiles) {
  std::filesystem::remove(folder / testLabels);
  expectError(DataErrorCode::FileUnreadable,
              {testLabels, "does not exist, neither as it is nor with .gz"});
  specification.paths = {"nowhere"};
  expectError(DataErrorCode::FileUnreadable, {"nowhere", "does not exist"});
  specification.paths = {trainImages};
  expectError(DataErrorCode::FileUnreadable, {"expected a folder"});
  specification.paths = {};
  expectError(DataErrorCode::BadSettings, {"names no file"});
}

TEST_F(IdxReaderTest, FolderInsteadOfFile) {
  std::filesystem::remove(folder / testLabels);
  std::filesystem::create_directory(folder / testLabels);
  expectError(DataErrorCode::FileUnreadable, {"found a folder"});
}

TEST_F(IdxReaderTest, PipeInsteadOfFileDoesNotHang) {
  std::filesystem::remove(folder / testLabels);
  ASSERT_EQ(system(("mkfifo " + (folder / testLabels).string()).c_str()), 0);
  expectError(DataErrorCode::FileUnreadable, {"found something else"});
}

TEST_F(IdxReaderTest, EmptyFile) {
  write(trainImages, "");
  expectError(DataErrorCode::FileEmpty, {trainImages});
}

TEST_F(IdxReaderTest, CutOff) {
  std::string images = read(trainImages);
  write(trainImages, images.substr(0, 7));
  expectError(DataErrorCode::CutOff,
              {"byte 0", "expected 16 bytes of the header, found 7"});
  write(trainImages, images.substr(0, images.size() - 1));
  expectError(DataErrorCode::CutOff,
              {"byte 16", "expected 36 bytes of images", "found 35"});
  write(trainImages, images);
  std::string labels = read(trainLabels);
  labels.pop_back();
  write(trainLabels, labels);
  expectError(DataErrorCode::CutOff, {trainLabels, "expected 6", "found 5"});
}

TEST_F(IdxReaderTest, WrongMagic) {
  std::string images = read(trainImages);
  images[3] = 4;
  write(trainImages, images);
  expectError(
      DataErrorCode::WrongFormat,
      {"byte 0", "expected the magic number 0x00000803", "found 0x00000804"});
  writeGzip(trainImages, read(testImages));
  expectError(DataErrorCode::WrongFormat, {"found 0x1f8b"});
}

TEST_F(IdxReaderTest, HugeNumbersInHeadersAskForNoMemory) {
  write(trainImages, word(0x803) + word(0xffffffff) + word(28) + word(28) +
                         std::string(100, 'x'));
  expectError(DataErrorCode::CutOff, {"3367254359280 bytes", "found 100"});
  write(trainImages,
        word(0x803) + word(6) + word(0xffffffff) + word(0xffffffff));
  expectError(DataErrorCode::WrongFormat, {"6 images of 4294967295×"});
  write(trainImages, word(0x803) + word(0) + word(28) + word(28));
  expectError(DataErrorCode::WrongFormat, {"0 images"});
  std::filesystem::remove(folder / trainImages);
  writeGzip(trainImages + std::string(".gz"),
            word(0x803) + word(0xffffffff) + word(28) + word(28));
  expectError(DataErrorCode::CutOff, {"3367254359280 bytes", "at most"});
  std::filesystem::remove(folder / trainLabels);
  writeGzip(trainImages + std::string(".gz"), imageFile(6, 2, 3));
  writeGzip(trainLabels + std::string(".gz"), word(0x801) + word(0xffffffff));
  expectError(DataErrorCode::CutOff, {trainLabels, "4294967295 bytes"});
}

TEST_F(IdxReaderTest, LimitOfMemory) {
  specification.maximumBytes = 47;
  expectError(DataErrorCode::TooLarge, {"8 samples of 6 bytes", "47"});
  specification.maximumBytes = 48;
  load();
}

TEST_F(IdxReaderTest, DecompressesNoMoreThanTheHeaderSays) {
  // A hundred megabytes of zeros after the six images.
  std::filesystem::remove(folder / trainImages);
  std::string bomb = imageFile(6, 2, 3) + std::string(100 << 20, '\0');
  writeGzip(trainImages + std::string(".gz"), bomb);
  expectError(DataErrorCode::TrailingBytes,
              {"byte 52", "expected the end of the decompressed content"});
}

TEST_F(IdxReaderTest, CountMismatch) {
  write(trainLabels, labelFile(std::string("\0\1\2\0\1", 5)));
  expectError(DataErrorCode::CountMismatch,
              {trainLabels, "expected 6 labels", "found 5"});
}

TEST_F(IdxReaderTest, ShapesDiffer) {
  write(testImages, imageFile(2, 3, 2));
  expectError(DataErrorCode::WrongFormat,
              {testImages, "expected images of 2×3", "found 3×2"});
}

TEST_F(IdxReaderTest, LabelsOutOfRange) {
  std::string labels = read(trainLabels);
  labels[8 + 4] = 9;
  write(trainLabels, labels);
  expectError(DataErrorCode::LabelOutOfRange,
              {trainLabels, "byte 12", "found label 9", "no sample has label"});
  specification.classCount = 3;
  expectError(DataErrorCode::LabelOutOfRange,
              {"byte 12", "expected a label from 0 to 2, found 9"});
  specification.classCount = 10;
  EXPECT_EQ(load().classCount, 10);
  specification.classes = {"a", "b"};
  expectError(DataErrorCode::BadSettings, {"2 classes are named"});
  specification.classCount = {};
  specification.classes = {"a", "a"};
  expectError(DataErrorCode::BadSettings, {"'a' is named twice"});
}

TEST_F(IdxReaderTest, LabelsOfTheTestImagesAreLocated) {
  write(testLabels, labelFile("\2\7"));
  expectError(DataErrorCode::LabelOutOfRange, {testLabels, "byte 9"});
}

TEST_F(IdxReaderTest, TrailingBytes) {
  write(trainImages, read(trainImages) + "xyz");
  expectError(DataErrorCode::TrailingBytes, {"byte 52", "found 3 more bytes"});
}

TEST_F(IdxReaderTest, DamagedGzip) {
  std::string name = trainImages + std::string(".gz");
  writeGzip(name, read(trainImages));
  std::filesystem::remove(folder / trainImages);
  std::string good = read(name);
  // The checksum.
  std::string bad = good;
  bad[bad.size() - 8] ^= 1;
  write(name, bad);
  expectError(DataErrorCode::CorruptCompression, {"incorrect data check"});
  bad = good;
  bad[0] = 'x';
  write(name, bad);
  expectError(DataErrorCode::CorruptCompression, {"incorrect header check"});
  write(name, good.substr(0, good.size() - 3));
  expectError(DataErrorCode::CorruptCompression,
              {"expected more data, found the end of the file"});
  write(name, good + "garbage");
  expectError(DataErrorCode::TrailingBytes, {"found 7 more bytes"});
  // Any single damaged byte is an error or without effect, never a crash.
  write(name, good);
  std::string fingerprint = load().fingerprint;
  for (size_t at = 0; at != good.size(); ++at)
    for (int bit : {0, 3, 7}) {
      bad = good;
      bad[at] ^= 1 << bit;
      write(name, bad);
      llvm::Expected<Dataset> dataset = loadDataset(specification);
      if (dataset)
        EXPECT_EQ(dataset->fingerprint, fingerprint);
      else
        llvm::consumeError(dataset.takeError());
    }
}

TEST_F(IdxReaderTest, TooManyValidationImages) {
  specification.validationCount = 6;
  expectError(DataErrorCode::TooFewSamples,
              {"6 validation samples cannot be held out of 6"});
  specification.validationCount = -1;
  expectError(DataErrorCode::BadSettings, {"is -1"});
}

TEST(HoldOutValidation, ExactCountAndBalance) {
  for (int64_t size : {2, 7, 100, 1001}) {
    std::vector<int32_t> labels(size);
    std::vector<int64_t> all(size), ofClass(5, 0);
    for (int64_t i = 0; i != size; ++i) {
      labels[i] = static_cast<int32_t>(i * i % 5);
      all[i] = i;
      ++ofClass[labels[i]];
    }
    for (int64_t count = 1; count < size; count += 1 + size / 10) {
      std::vector<int64_t> train = all, validation;
      holdOutValidation(labels, count, train, validation);
      ASSERT_EQ(static_cast<int64_t>(validation.size()), count);
      ASSERT_EQ(static_cast<int64_t>(train.size()), size - count);
      std::vector<int64_t> together = train;
      together.insert(together.end(), validation.begin(), validation.end());
      EXPECT_TRUE(std::is_sorted(train.begin(), train.end()));
      EXPECT_TRUE(std::is_sorted(validation.begin(), validation.end()));
      std::sort(together.begin(), together.end());
      EXPECT_EQ(together, all);
      std::vector<int64_t> held(5, 0);
      for (int64_t index : validation)
        ++held[labels[index]];
      for (int c = 0; c != 5; ++c)
        EXPECT_LT(std::abs(held[c] - double(ofClass[c]) * count / size), 1.0);
    }
  }
}

TEST(FashionMnist, LoadsInWellUnderASecond) {
  const char *folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  DatasetSpecification specification;
  specification.kind = DatasetKind::Idx;
  specification.paths = {folder};
  specification.validationCount = 10000;
  using Clock = std::chrono::steady_clock;
  auto elapsed = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };

  Clock::time_point start = Clock::now();
  llvm::Expected<DatasetDescription> description =
      describeDataset(specification);
  double describing = elapsed(start);
  ASSERT_TRUE(bool(description)) << llvm::toString(description.takeError());
  EXPECT_EQ(description->shape, (std::vector<int64_t>{28, 28, 1}));
  EXPECT_EQ(description->classCount, 10);
  EXPECT_EQ(description->train, 50000);

  start = Clock::now();
  llvm::Expected<Dataset> dataset = loadDataset(specification);
  double loading = elapsed(start);
  ASSERT_TRUE(bool(dataset)) << llvm::toString(dataset.takeError());
  EXPECT_EQ(dataset->count, 70000);
  EXPECT_EQ(dataset->train.size(), 50000u);
  EXPECT_EQ(dataset->validation.size(), 10000u);
  EXPECT_EQ(dataset->test.size(), 10000u);
  std::vector<int> held(10, 0);
  for (int64_t index : dataset->validation)
    ++held[dataset->labels[index]];
  EXPECT_EQ(held, std::vector<int>(10, 1000));
  // The published mean and deviation of the training images.
  double sum = 0, squares = 0;
  uint64_t elements = 60000 * dataset->sampleBytes();
  for (uint64_t i = 0; i != elements; ++i) {
    double pixel = dataset->samples.data()[i] / 255.0;
    sum += pixel;
    squares += pixel * pixel;
  }
  double mean = sum / elements;
  EXPECT_NEAR(mean, 0.2860, 5e-5);
  EXPECT_NEAR(std::sqrt(squares / elements - mean * mean), 0.3530, 5e-5);
  RecordProperty("describe_milliseconds", static_cast<int>(describing * 1e3));
  RecordProperty("load_milliseconds", static_cast<int>(loading * 1e3));
  std::cout << "describe: " << describing * 1e3
            << " ms, load: " << loading * 1e3 << " ms\n";
  // Generous, because tests run beside each other, and under sanitizers.
  EXPECT_LT(loading, 5.0);
}

} // namespace
