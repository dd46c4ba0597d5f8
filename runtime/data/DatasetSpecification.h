//===- DatasetSpecification.h - What a spec says of its data ----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_DATASETSPECIFICATION_H
#define NASC_RUNTIME_DATA_DATASETSPECIFICATION_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasc::data {

/// The formats that can be read.
enum class DatasetKind {
  /// MNIST's: `{train,t10k}-{images-idx3,labels-idx1}-ubyte`, gzipped (`.gz`)
  /// or not, in one folder.
  Idx,
  /// CIFAR-10's binary layout: a label byte, then red, green and blue planes
  /// of 32×32 bytes.
  Cifar,
  /// Records of one size, one after the other, with labels and splits in a CSV
  /// file.
  Raw,
};

enum class ElementType { UInt8, Int8, Float32 };

/// Bytes of one element.
unsigned elementSize(ElementType type);
/// `uint8`, `int8` or `float32`.
const char *elementTypeName(ElementType type);
/// The type of that name, or nothing.
std::optional<ElementType> parseElementType(llvm::StringRef name);
/// The kind of that name (`idx`, `cifar`, `cifar10`, `raw`), or nothing.
std::optional<DatasetKind> parseDatasetKind(llvm::StringRef name);

enum class TargetKind {
  /// The class of the sample.
  Label,
  /// The sample itself (autoencoders).
  Input,
};

/// Random changes to each training sample; only checked and handed on here.
struct Augmentation {
  /// The largest shift of each axis but the channels, in elements: one number
  /// for all of them, or one for each; empty: none.
  std::vector<int64_t> shift;
  /// Mirrors half of the images left to right; rank 3 only.
  bool flipHorizontal = false;
};

/// A dataset as a spec describes it. Relative paths start at `baseDirectory`,
/// or at the working directory where that is empty.
struct DatasetSpecification {
  DatasetKind kind = DatasetKind::Idx;
  std::string baseDirectory;
  /// Where the files are now, if not where the paths say: what is found there
  /// under a path, or under its last part, is taken. Empty: nowhere else.
  std::string dataFolder;
  /// Idx: the folder. Cifar: a folder with `data_batch_1.bin` … and
  /// `test_batch.bin`, or training files. Raw: the files of records, which
  /// count as one file.
  std::vector<std::string> paths;
  /// Cifar only: the files of each part, where they are named; relative to the
  /// folder in `paths` if there is one.
  std::vector<std::string> trainFiles, testFiles;
  /// How many samples are held out of the training samples (see
  /// holdOutValidation). Not negative.
  int64_t validationCount = 0;
  /// A network sees (stored * scale - mean) / deviation; one value for all
  /// channels or one for each. When empty: 1/255 for uint8 and 1 for others,
  /// 0, and 1.
  std::vector<double> scale, mean, deviation;
  Augmentation augmentation;
  TargetKind target = TargetKind::Label;
  /// The names of the classes; class i is the i-th. Raw: samples of other
  /// classes are dropped. When empty: for text labels all that occur, sorted;
  /// for whole numbers 0 to the greatest.
  std::vector<std::string> classes;
  /// The number of classes, if the spec says it; labels must be less.
  std::optional<int64_t> classCount;

  // Raw only.

  /// Little-endian.
  ElementType element = ElementType::UInt8;
  /// The shape of a record, channels last: 1 to 3 dimensions.
  std::vector<int64_t> shape;
  /// A CSV file with a header and one line for each record; empty: none, and
  /// all records are training samples.
  std::string indexFile;
  /// The column with the record's number, counted from 0; empty: `row`, or,
  /// where the index has none, line i is record i.
  std::string recordColumn;
  /// Line i is record i, whatever the columns are.
  bool recordsAreLines = false;
  /// The index need not list all records, nor `classes` all labels.
  bool ignoresUnlisted = false;
  /// The column with the label; needed unless the target is the input.
  std::string labelColumn;
  /// The column with `train`, `validation` (or `val`) or `test`; empty: all
  /// records are training samples.
  std::string splitColumn;

  /// Samples that take more bytes than this are refused.
  uint64_t maximumBytes = uint64_t(8) << 30;
};

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_DATASETSPECIFICATION_H
