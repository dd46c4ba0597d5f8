//===- IdxReader.cpp - MNIST's format -------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A header of big-endian 32-bit words (a magic number, which says type and
// rank, and the dimensions), then the bytes.
//
//===----------------------------------------------------------------------===//

#include "runtime/data/ByteSource.h"
#include "runtime/data/DatasetReader.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <array>
#include <limits>

using namespace llvm;

namespace nasc::data {
namespace {

constexpr uint32_t imagesMagic = 0x00000803;
constexpr uint32_t labelsMagic = 0x00000801;
constexpr uint64_t labelsHeaderBytes = 8;

/// No image is larger; a header that says so is damaged.
constexpr uint32_t maximumExtent = 1 << 16;

/// The folder's file of that name, plain or compressed. Where both exist, the
/// plain one is read: it is faster.
Expected<std::string> findPart(StringRef folder, StringRef name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  if (sys::fs::exists(path))
    return std::string(path);
  SmallString<128> compressed(path);
  compressed += ".gz";
  if (sys::fs::exists(compressed))
    return std::string(compressed);
  return dataError(DataErrorCode::FileUnreadable, {std::string(path), {}, {}},
                   "the file does not exist, neither as it is nor with .gz");
}

std::string hexadecimal(uint32_t value) {
  return "0x" + utohexstr(value, /*LowerCase=*/true, /*Width=*/8);
}

/// Reads the magic number and `count` dimensions.
template <size_t count>
Expected<std::array<uint32_t, count>>
readHeader(ByteSource &source, uint32_t magic, StringRef content) {
  std::array<unsigned char, 4 * (count + 1)> bytes;
  if (Error error = source.read(bytes.data(), bytes.size(), "the header"))
    return error;
  uint32_t found = support::endian::read32be(bytes.data());
  if (found != magic) {
    std::string help;
    if (found >> 16 == 0x1f8b)
      help = "this is gzip data: give the file a name that ends in .gz";
    return dataError(DataErrorCode::WrongFormat, {source.path(), 0, {}},
                     "expected the magic number " + hexadecimal(magic) +
                         " of IDX " + content.str() + ", found " +
                         hexadecimal(found),
                     std::move(help));
  }
  std::array<uint32_t, count> extents;
  for (size_t i = 0; i != count; ++i)
    extents[i] = support::endian::read32be(bytes.data() + 4 * (i + 1));
  return extents;
}

/// Compares what a header promises with what can follow at most.
Error checkPromise(const ByteSource &source, uint64_t promised,
                   StringRef content) {
  uint64_t most = source.mostRemaining();
  if (promised <= most)
    return Error::success();
  return dataError(DataErrorCode::CutOff, {source.path(), source.offset(), {}},
                   "expected " + std::to_string(promised) + " bytes of " +
                       content.str() + ", as the header says, found " +
                       (source.isCompressed() ? "at most " : "") +
                       std::to_string(most));
}

/// Training or test samples, opened up to the first byte of the images.
struct Part {
  std::unique_ptr<ByteSource> images;
  std::string labelsPath;
  int64_t height = 0, width = 0;
  std::vector<int32_t> labels;

  uint64_t imageBytes() const {
    return static_cast<uint64_t>(height) * static_cast<uint64_t>(width);
  }
};

Error readLabels(StringRef path, std::vector<int32_t> &labels) {
  Expected<std::unique_ptr<ByteSource>> source = ByteSource::open(path);
  if (!source)
    return source.takeError();
  auto header = readHeader<1>(**source, labelsMagic, "labels");
  if (!header)
    return header.takeError();
  uint64_t count = (*header)[0];
  if (Error error = checkPromise(**source, count, "labels"))
    return error;
  Expected<SampleBuffer> bytes = SampleBuffer::allocate(count);
  if (!bytes)
    return bytes.takeError();
  if (Error error = (*source)->read(bytes->data(), count, "labels"))
    return error;
  if (Error error = (*source)->expectEnd())
    return error;
  labels.assign(bytes->data(), bytes->data() + count);
  return Error::success();
}

Expected<Part> openPart(StringRef folder, StringRef prefix) {
  Part part;
  Expected<std::string> imagesPath =
      findPart(folder, (prefix + "-images-idx3-ubyte").str());
  if (!imagesPath)
    return imagesPath.takeError();
  Expected<std::string> labelsPath =
      findPart(folder, (prefix + "-labels-idx1-ubyte").str());
  if (!labelsPath)
    return labelsPath.takeError();
  part.labelsPath = *labelsPath;

  Expected<std::unique_ptr<ByteSource>> images = ByteSource::open(*imagesPath);
  if (!images)
    return images.takeError();
  part.images = std::move(*images);
  auto header = readHeader<3>(*part.images, imagesMagic, "images");
  if (!header)
    return header.takeError();
  auto [count, height, width] = *header;
  if (count == 0 || height == 0 || width == 0 || height > maximumExtent ||
      width > maximumExtent)
    return dataError(DataErrorCode::WrongFormat, {*imagesPath, 4, {}},
                     "expected images of 1×1 to 65536×65536 pixels, found " +
                         std::to_string(count) + " images of " +
                         std::to_string(height) + "×" + std::to_string(width));
  part.height = height;
  part.width = width;
  uint64_t imageBytes = part.imageBytes();
  // Less than 2^32 images of at most 2^32 bytes: the product fits.
  if (Error error = checkPromise(*part.images, count * imageBytes, "images"))
    return error;

  if (Error error = readLabels(*labelsPath, part.labels))
    return error;
  if (part.labels.size() != count)
    return dataError(DataErrorCode::CountMismatch, {*labelsPath, 4, {}},
                     "expected " + std::to_string(count) +
                         " labels, one for each image of '" + *imagesPath +
                         "', found " + std::to_string(part.labels.size()));
  return part;
}

class IdxReader : public DatasetReader {
public:
  Error read(const DatasetSpecification &specification,
             Dataset &dataset) const override {
    Expected<std::array<Part, 2>> parts = openParts(specification);
    if (!parts)
      return parts.takeError();
    auto &[train, test] = *parts;
    dataset.element = ElementType::UInt8;
    dataset.shape = {train.height, train.width, 1};
    dataset.labels = train.labels;
    dataset.labels.insert(dataset.labels.end(), test.labels.begin(),
                          test.labels.end());
    if (Error error = findClasses(specification, train, test, dataset.labels,
                                  dataset.classCount, dataset.classNames))
      return error;
    if (Error error = allocateSamples(
            specification, train.images->path(),
            static_cast<int64_t>(dataset.labels.size()), dataset))
      return error;
    uint8_t *destination = dataset.samples.data();
    for (Part *part : {&train, &test}) {
      uint64_t bytes = part->labels.size() * part->imageBytes();
      if (Error error = part->images->read(destination, bytes, "images"))
        return error;
      if (Error error = part->images->expectEnd())
        return error;
      destination += bytes;
    }
    for (int64_t i = 0; i != dataset.count; ++i)
      (i < static_cast<int64_t>(train.labels.size()) ? dataset.train
                                                     : dataset.test)
          .push_back(i);
    return Error::success();
  }

  Expected<DatasetDescription>
  describe(const DatasetSpecification &specification) const override {
    Expected<std::array<Part, 2>> parts = openParts(specification);
    if (!parts)
      return parts.takeError();
    auto &[train, test] = *parts;
    DatasetDescription description;
    description.element = ElementType::UInt8;
    description.shape = {train.height, train.width, 1};
    description.train = static_cast<int64_t>(train.labels.size());
    description.test = static_cast<int64_t>(test.labels.size());
    std::vector<int32_t> labels = train.labels;
    labels.insert(labels.end(), test.labels.begin(), test.labels.end());
    if (Error error =
            findClasses(specification, train, test, labels,
                        description.classCount, description.classNames))
      return error;
    return description;
  }

private:
  static Expected<std::array<Part, 2>>
  openParts(const DatasetSpecification &specification) {
    if (specification.paths.size() != 1)
      return dataError(DataErrorCode::BadSettings, {},
                       "expected one folder of IDX files, found " +
                           std::to_string(specification.paths.size()));
    std::string folder = resolvePath(specification, specification.paths[0]);
    if (!sys::fs::is_directory(folder))
      return dataError(DataErrorCode::FileUnreadable, {folder, {}, {}},
                       sys::fs::exists(folder)
                           ? "expected a folder of IDX files, found a file"
                           : "the folder does not exist");
    Expected<Part> train = openPart(folder, "train");
    if (!train)
      return train.takeError();
    Expected<Part> test = openPart(folder, "t10k");
    if (!test)
      return test.takeError();
    if (train->height != test->height || train->width != test->width)
      return dataError(
          DataErrorCode::WrongFormat, {test->images->path(), 8, {}},
          "expected images of " + std::to_string(train->height) + "×" +
              std::to_string(train->width) + " like the training images, " +
              "found " + std::to_string(test->height) + "×" +
              std::to_string(test->width));
    return std::array<Part, 2>{std::move(*train), std::move(*test)};
  }

  static Error findClasses(const DatasetSpecification &specification,
                           const Part &train, const Part &test,
                           ArrayRef<int32_t> labels, int64_t &count,
                           std::vector<std::string> &names) {
    auto place = [&](size_t index) {
      bool isTrain = index < train.labels.size();
      uint64_t offset = isTrain ? index : index - train.labels.size();
      return DataLocation{isTrain ? train.labelsPath : test.labelsPath,
                          labelsHeaderBytes + offset,
                          {}};
    };
    return numericClasses(specification, labels, place, count, names);
  }
};

} // namespace

const DatasetReader &idxReader() {
  static const IdxReader reader;
  return reader;
}

} // namespace nasc::data
