//===- DamageTest.cpp - Files that change or are damaged ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DataTestSupport.h"

#include "runtime/data/ByteSource.h"
#include "runtime/data/TrainingView.h"

#include <limits>
#include <random>

using namespace nasc;
using namespace nasc::data;

namespace {

class DamageTest : public DataTest {
protected:
  void expectChanged(llvm::Error error, const std::string &part) {
    bool seen = false;
    llvm::handleAllErrors(std::move(error), [&](const DataError &found) {
      seen = true;
      EXPECT_EQ(found.getCode(), Diag::NAS4010);
      EXPECT_NE(found.message().find(part), std::string::npos)
          << found.message();
    });
    EXPECT_TRUE(seen);
  }

  /// Loads damaged versions of a file; whatever comes of it, it is no crash.
  void damage(const std::string &name, std::initializer_list<char> favourites) {
    std::mt19937 random(1);
    const std::string good = read(name);
    for (int round = 0; round != 1500; ++round) {
      std::string bad = good;
      for (unsigned edits = 1 + random() % 3; edits != 0 && !bad.empty();
           --edits) {
        size_t at = random() % bad.size();
        char byte = random() % 2
                        ? std::data(favourites)[random() % favourites.size()]
                        : static_cast<char>(random());
        switch (random() % 4) {
        case 0:
          bad.resize(at);
          break;
        case 1:
          bad.insert(bad.begin() + at, byte);
          break;
        case 2:
          bad.erase(at, 1 + random() % 3);
          break;
        default:
          bad[at] = byte;
          break;
        }
      }
      write(name, bad);
      llvm::Expected<DatasetDescription> description =
          describeDataset(specification);
      if (!description)
        llvm::consumeError(description.takeError());
      llvm::Expected<Dataset> dataset = loadDataset(specification);
      if (dataset) {
        for (int32_t label : dataset->labels) {
          ASSERT_GE(label, 0);
          ASSERT_LT(label, dataset->classCount);
        }
        continue;
      }
      llvm::Error error = dataset.takeError();
      EXPECT_TRUE(error.isA<DataError>());
      llvm::consumeError(std::move(error));
    }
    write(name, good);
  }
};

TEST_F(DamageTest, FilesThatChangeWhileTheyAreRead) {
  write("file", std::string(100, 'x'));
  char buffer[100];
  auto source = llvm::cantFail(ByteSource::open((folder / "file").string()));
  std::filesystem::resize_file(folder / "file", 60);
  llvm::cantFail(source->read(buffer, 50, "data"));
  expectChanged(source->read(buffer, 50, "data"),
                "expected 100 bytes, found 60");

  write("file", std::string(100, 'x'));
  source = llvm::cantFail(ByteSource::open((folder / "file").string()));
  llvm::cantFail(source->read(buffer, 100, "data"));
  std::filesystem::resize_file(folder / "file", 101);
  expectChanged(source->expectEnd(), "expected 100 bytes, found 101");
}

TEST_F(DamageTest, RawRecordsAndIndex) {
  specification.kind = DatasetKind::Raw;
  specification.paths = {"data.bin"};
  specification.element = ElementType::Float32;
  specification.shape = {2};
  specification.indexFile = "index.csv";
  specification.labelColumn = "word";
  specification.splitColumn = "split";
  write("data.bin", std::string(6 * 8, '\0'));
  write("index.csv", "row,word,split\n0,up,train\n1,\"down\",val\n2,up,test\n"
                     "3,down,train\r\n4,\"u\"\"p\",train\n5,7,validation\n");
  load();
  damage("index.csv", {',', '"', '\n', '\r', '\0', '9', '-', ' '});
  damage("data.bin", {'\x7f', '\xff', '\xc0', '\0'});
}

TEST_F(DamageTest, IdxHeaders) {
  specification.kind = DatasetKind::Idx;
  specification.paths = {"."};
  for (const char *prefix : {"train", "t10k"}) {
    write(prefix + std::string("-images-idx3-ubyte"),
          word(0x803) + word(3) + word(2) + word(2) + counting(12));
    write(prefix + std::string("-labels-idx1-ubyte"),
          word(0x801) + word(3) + std::string("\0\1\2", 3));
  }
  load();
  damage("train-images-idx3-ubyte", {'\0', '\1', '\2', '\xff'});
  damage("t10k-labels-idx1-ubyte", {'\0', '\1', '\2', '\xff'});
}

TEST_F(DamageTest, TrainingView) {
  specification.kind = DatasetKind::Raw;
  specification.paths = {"data.bin"};
  specification.element = ElementType::Int8;
  specification.shape = {2, 1};
  specification.target = TargetKind::Input;
  specification.validationCount = 1;
  write("data.bin", counting(6));
  Dataset dataset = load();
  nasc::train::TrainingData view = trainingView(dataset);
  EXPECT_EQ(view.element, nasc::train::ElementType::Int8);
  EXPECT_EQ(view.target, nasc::train::TargetKind::Input);
  EXPECT_EQ(view.shape, dataset.shape);
  EXPECT_EQ(view.train.values, dataset.samples.data());
  EXPECT_EQ(view.train.indices, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(view.validation.indices, (std::vector<int64_t>{2}));
  EXPECT_EQ(view.test.count, 3);
}

#ifndef __SANITIZE_ADDRESS__
TEST(SampleBuffer, LackOfMemoryIsAnError) {
  llvm::Expected<SampleBuffer> buffer =
      SampleBuffer::allocate(std::numeric_limits<uint64_t>::max() / 4);
  ASSERT_FALSE(bool(buffer));
  llvm::handleAllErrors(buffer.takeError(), [](const DataError &error) {
    EXPECT_EQ(error.getCode(), DataErrorCode::TooLarge);
  });
}
#endif

} // namespace
