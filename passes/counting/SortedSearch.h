//===- SortedSearch.h - Binary search without branches ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_SORTEDSEARCH_H
#define NASC_PASSES_COUNTING_SORTEDSEARCH_H

#include <cstddef>

namespace nasc::counting {

/// How many of the `size` ascending values are at most `bound`. The processor
/// cannot guess the steps of a search for a random number; here it has nothing
/// to guess.
template <typename Value>
size_t countUpTo(const Value *values, size_t size, const Value &bound) {
  const Value *begin = values;
  while (size > 1) {
    size_t half = size / 2;
    begin += begin[half - 1] <= bound ? half : 0;
    size -= half;
  }
  return begin - values + (size == 1 && *begin <= bound);
}

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_SORTEDSEARCH_H
