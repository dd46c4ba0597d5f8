//===- Names.cpp - Identifiers that C does not reserve --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/c99/Names.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/TargetParser/Triple.h"

namespace nasc::c99 {

bool isTakenWord(llvm::StringRef name) {
  static const llvm::StringSet<> words = {
      "auto",         "break",    "case",          "char",
      "const",        "continue", "default",       "do",
      "double",       "else",     "enum",          "extern",
      "float",        "for",      "goto",          "if",
      "inline",       "int",      "long",          "register",
      "restrict",     "return",   "short",         "signed",
      "sizeof",       "static",   "struct",        "switch",
      "typedef",      "union",    "unsigned",      "void",
      "volatile",     "while",    "bool",          "true",
      "false",        "alignas",  "alignof",       "constexpr",
      "nullptr",      "typeof",   "typeof_unqual", "static_assert",
      "thread_local", "asm",      "main",          "linux",
      "unix",         "i386",     "NULL",          "NASC_ALIGNED"};
  if (words.contains(name))
    return true;
  // Future directions of <stdint.h>.
  auto startsAsInteger = [&](llvm::StringRef lower) {
    return name.starts_with(lower) || name.starts_with(("u" + lower).str());
  };
  if (startsAsInteger("int") && name.ends_with("_t"))
    return true;
  for (llvm::StringRef prefix :
       {"INT", "UINT", "PTRDIFF", "SIZE", "WCHAR", "WINT", "SIG_ATOMIC"})
    if (name.starts_with(prefix) &&
        (name.ends_with("_MAX") || name.ends_with("_MIN") ||
         name.ends_with("_C")))
      return true;
  return false;
}

bool isLibraryFunction(llvm::StringRef name) {
  static const llvm::TargetLibraryInfoImpl library{llvm::Triple()};
  llvm::LibFunc function;
  if (library.getLibFunc(name, function))
    return true;
  static const llvm::StringSet<> others = {
      "abort",      "assert", "atexit", "clock",   "cabs",   "cacos",
      "casin",      "catan",  "ccos",   "cexp",    "cimag",  "clog",
      "conj",       "cpow",   "creal",  "csin",    "csqrt",  "ctan",
      "difftime",   "div",    "erf",    "erfc",    "fdim",   "fma",
      "hypot",      "ilogb",  "ldiv",   "lgamma",  "llrint", "llround",
      "localeconv", "lrint",  "lround", "longjmp", "mktime", "nan",
      "nextafter",  "raise",  "rand",   "remquo",  "scalbn", "setjmp",
      "signal",     "srand",  "system", "tgamma",  "time",   "vsnprintf",
      "vsprintf"};
  if (others.contains(name))
    return true;
  // Future directions of <ctype.h>, <stdlib.h>, <string.h> and <wchar.h>.
  for (llvm::StringRef prefix : {"is", "to", "str", "mem", "wcs"})
    if (name.starts_with(prefix) && name.size() > prefix.size() &&
        llvm::isLower(name[prefix.size()]))
      return true;
  return false;
}

std::string sanitise(llvm::StringRef name) {
  std::string text;
  for (char c : name)
    text += llvm::isAlnum(c) ? c : '_';
  text.erase(0, text.find_first_not_of('_'));
  if (text.empty())
    return "value";
  if (llvm::isDigit(text.front()))
    text.insert(0, "n");
  return text;
}

std::string NameTable::addFileName(llvm::StringRef hint) {
  std::string base = sanitise(hint);
  // A number would not do for the names that C reserves by how they start.
  if (isLibraryFunction(base))
    base = "nas_" + base;
  std::string name = base;
  for (unsigned n = 1;
       isTakenWord(name) || isLibraryFunction(name) || file.contains(name); ++n)
    name = base + "_" + std::to_string(n);
  file.insert(name);
  return name;
}

std::string NameTable::addLocalName(llvm::StringRef hint) {
  std::string base = hint.empty() ? "" : sanitise(hint);
  std::string name = base;
  for (unsigned n = 1; name.empty() || isTaken(name); ++n)
    name = base.empty() ? "t" + std::to_string(temporaries++)
                        : base + "_" + std::to_string(n);
  scopes.back().insert(name);
  return name;
}

bool NameTable::isTaken(llvm::StringRef name) const {
  return isTakenWord(name) || file.contains(name) ||
         llvm::any_of(scopes, [&](const llvm::StringSet<> &scope) {
           return scope.contains(name);
         });
}

} // namespace nasc::c99
