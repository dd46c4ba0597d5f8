//===- PathCounts.h - Counts the paths of a diagram -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_PATHCOUNTS_H
#define NASC_PASSES_COUNTING_PATHCOUNTS_H

#include "passes/counting/CountedSet.h"
#include "passes/counting/Numbers.h"
#include "passes/counting/StateDiagram.h"

namespace nasc::counting {

/// All paths of a diagram without long sums. Each node knows the number of
/// paths to the leaf: the sum over its edges, one addition an edge. A path is
/// drawn from the root down, each edge in proportion to the paths behind it.
template <typename Natural> class PathCounts : public CountedSet {
public:
  /// Keeps a reference to the diagram.
  explicit PathCounts(const StateDiagram &diagram);

  llvm::APInt getCount() const override;
  void addMarginals(Marginals &marginals) const override;
  void prepareSampling() const override {}
  void sample(llvm::function_ref<uint64_t()> random, size_t count,
              llvm::MutableArrayRef<uint16_t> positions) const override;

private:
  const StateDiagram &diagram;
  /// `paths[level][node]`: the number of paths to the leaf.
  std::vector<std::vector<Natural>> paths;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_PATHCOUNTS_H
