//===- Dataset.h - Samples, labels and splits in memory ---------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dataset as training and tests use it: all samples one after the other in
// their stored element type, and which of them are for what.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_DATASET_H
#define NASC_RUNTIME_DATA_DATASET_H

#include "runtime/data/DataError.h"
#include "runtime/data/DatasetSpecification.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nasc::data {

/// Memory for samples. Unlike a std::vector it is not filled with zeros first,
/// and a lack of memory is a value.
class SampleBuffer {
public:
  SampleBuffer() = default;

  /// A DataError (TooLarge) when there is no memory.
  static llvm::Expected<SampleBuffer> allocate(uint64_t bytes);

  uint8_t *data() { return memory.get(); }
  const uint8_t *data() const { return memory.get(); }
  uint64_t size() const { return bytes; }

private:
  struct Free {
    void operator()(uint8_t *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<uint8_t, Free> memory;
  uint64_t bytes = 0;
};

struct Dataset {
  ElementType element = ElementType::UInt8;
  /// Channels last: [height, width, channels], [length, channels] or
  /// [channels].
  std::vector<int64_t> shape;
  /// How many samples there are.
  int64_t count = 0;
  /// `count` samples, each row-major in `shape`.
  SampleBuffer samples;
  /// One for each sample, from 0 to classCount - 1; all 0 where the data have
  /// no labels.
  std::vector<int32_t> labels;
  /// 0 where the data have no labels.
  int64_t classCount = 0;
  /// One for each class; where the data have no names, the numbers.
  std::vector<std::string> classNames;
  TargetKind target = TargetKind::Label;
  /// Samples of each split, ascending; no sample is in two.
  std::vector<int64_t> train, validation, test;
  /// A network sees (stored * scale - mean) / deviation; each has one value, or
  /// one for each channel.
  std::vector<float> scale, mean, deviation;
  /// With one shift for each axis but the channels.
  Augmentation augmentation;
  /// 32 hexadecimal digits: a hash of samples, labels, class names and splits.
  /// Equal content has equal fingerprints on every machine; normalisation and
  /// augmentation, which are settings, do not count.
  std::string fingerprint;

  /// Elements of one sample.
  int64_t sampleElements() const;
  /// Bytes of one sample.
  uint64_t sampleBytes() const;
  /// The first byte of a sample.
  const uint8_t *sample(int64_t index) const {
    return samples.data() + static_cast<uint64_t>(index) * sampleBytes();
  }
};

/// What can be said of a dataset without reading its samples.
struct DatasetDescription {
  ElementType element = ElementType::UInt8;
  std::vector<int64_t> shape;
  /// 0 where the data have no labels.
  int64_t classCount = 0;
  std::vector<std::string> classNames;
  /// Samples of each split.
  int64_t train = 0, validation = 0, test = 0;
  /// What was assumed, and what looks odd.
  std::vector<DataRemark> remarks;
};

/// Reads and checks a dataset. All errors are DataErrors.
llvm::Expected<Dataset> loadDataset(const DatasetSpecification &specification);

/// Reads headers, labels and indices alone: fast enough for every start of the
/// compiler. Problems of the samples are not seen.
llvm::Expected<DatasetDescription>
describeDataset(const DatasetSpecification &specification);

/// Moves `count` samples from `train` to `validation`, both ascending, without
/// chance: with the training samples sorted by class (and within a class by
/// position), every (train.size() / count)-th one is taken. So each class loses
/// the same share, to within one sample. Needs count < train.size().
void holdOutValidation(llvm::ArrayRef<int32_t> labels, int64_t count,
                       std::vector<int64_t> &train,
                       std::vector<int64_t> &validation);

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_DATASET_H
