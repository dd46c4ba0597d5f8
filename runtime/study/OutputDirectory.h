//===- OutputDirectory.h - The folder of results ----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The folder given with -o. A marker file says that it holds results of nasc,
// and of which spec, so that they are never mixed with other files; what the
// results belong to is told by the study in it. Each file appears complete
// under its name or not at all, and an earlier one of that name stays until
// then.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_STUDY_OUTPUTDIRECTORY_H
#define NASC_RUNTIME_STUDY_OUTPUTDIRECTORY_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace nasc::study {

/// The spec that a folder was last written for, as its marker says.
struct OutputOwner {
  /// The name under which the spec is shown.
  std::string spec;
  /// StudySpec::hash() of the spec.
  std::string hash;
  /// The version of nasc that made the folder.
  std::string version;
};

/// An output folder that may be written to.
class OutputDirectory {
public:
  /// Creates the folder, with its parents, or takes an existing one: an empty
  /// one, or one that nasc has made. Errors: NotADirectory; ForeignOutput;
  /// NotWritable; DiskFull; InputOutput. Nothing in the folder has changed
  /// then.
  static llvm::Expected<OutputDirectory> open(llvm::StringRef path,
                                              const OutputOwner &owner);

  const std::string &path() const { return folder; }

  /// The path of a file in the folder.
  std::string pathOf(llvm::StringRef name) const;

  /// Writes the file `name`, a relative path such as `winner1/network.mlir`;
  /// folders are made as needed. On disk (flushed) when it returns. Errors:
  /// DiskFull, NotWritable, NotADirectory, InputOutput; Inconsistent for a
  /// name that leads out of the folder.
  llvm::Error writeFile(llvm::StringRef name, llvm::StringRef contents);
  /// The same with contents that are produced in pieces.
  llvm::Error
  writeFile(llvm::StringRef name,
            llvm::function_ref<llvm::Error(llvm::raw_ostream &)> producer);

  /// For a file that another program writes (a linker): `producer` is given a
  /// temporary path in the folder and writes it; the file is then renamed.
  llvm::Error produceFile(
      llvm::StringRef name,
      llvm::function_ref<llvm::Error(llvm::StringRef temporaryPath)> producer);

  /// The size of a file in bytes. Errors: InputOutput when there is none.
  llvm::Expected<uint64_t> fileSize(llvm::StringRef name) const;

  /// Removes the folder where nothing but the marker is in it: for a run that
  /// has found nothing.
  void abandon();

  /// Removes the temporary files that a killed run has left behind. To be
  /// called while the study is open for writing, which keeps other runs away.
  void removeLeftovers();

private:
  explicit OutputDirectory(std::string folder) : folder(std::move(folder)) {}

  std::string folder;
};

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_OUTPUTDIRECTORY_H
