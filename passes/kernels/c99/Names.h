//===- Names.h - Identifiers that C does not reserve ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_C99_NAMES_H
#define NASC_PASSES_KERNELS_C99_NAMES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <string>
#include <vector>

namespace nasc::c99 {

/// Words that C99, its headers in use, and later standards take.
bool isTakenWord(llvm::StringRef name);
/// Names of the C library's functions, which compilers know without a header.
bool isLibraryFunction(llvm::StringRef name);
/// A valid identifier that C does not reserve, like `name`.
std::string sanitise(llvm::StringRef name);

/// The names of a file and of the open blocks of one function. No name hides
/// another.
class NameTable {
public:
  /// A name like `hint` that is free in the file, and takes it.
  std::string addFileName(llvm::StringRef hint);
  /// Takes the name, if it is free.
  bool takeFileName(llvm::StringRef name) { return file.insert(name).second; }

  /// A name like `hint` for use in the innermost block. An empty hint asks for
  /// t0, t1, …, each once in a function.
  std::string addLocalName(llvm::StringRef hint);

  void open() { scopes.emplace_back(); }
  void close() { scopes.pop_back(); }
  void startFunction() {
    scopes.clear();
    temporaries = 0;
    open();
  }

private:
  bool isTaken(llvm::StringRef name) const;

  llvm::StringSet<> file;
  std::vector<llvm::StringSet<>> scopes;
  unsigned temporaries = 0;
};

} // namespace nasc::c99

#endif // NASC_PASSES_KERNELS_C99_NAMES_H
