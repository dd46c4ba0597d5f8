//===- PathCounts.cpp - Counts the paths of a diagram ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/PathCounts.h"

using namespace nasc;
using namespace nasc::counting;

llvm::APInt counting::sumOf(const llvm::APInt &a, const llvm::APInt &b) {
  unsigned width = std::max(a.getActiveBits(), b.getActiveBits()) + 1;
  return a.zextOrTrunc(width) + b.zextOrTrunc(width);
}

template <typename Natural>
PathCounts<Natural>::PathCounts(const StateDiagram &diagram)
    : diagram(diagram), paths(diagram.levels.size() + 1) {
  paths.back() = {Natural(1)};
  for (size_t index = diagram.levels.size(); index-- > 0;) {
    const DiagramLevel &level = diagram.levels[index];
    paths[index].resize(level.numNodes());
    for (uint32_t node = 0; node < level.numNodes(); ++node)
      for (uint32_t edge = level.firstEdge[node];
           edge < level.firstEdge[node + 1]; ++edge)
        paths[index][node] += paths[index + 1][level.targets[edge]];
  }
}

template <typename Natural> llvm::APInt PathCounts<Natural>::getCount() const {
  return toAPInt(diagram.isEmpty ? Natural(0) : paths[0][0]);
}

template <typename Natural>
void PathCounts<Natural>::addMarginals(Marginals &marginals) const {
  if (diagram.isEmpty)
    return;
  std::vector<Natural> reaching = {Natural(1)};
  for (auto [index, level] : llvm::enumerate(diagram.levels)) {
    std::vector<Natural> next(paths[index + 1].size());
    std::vector<Natural> counts(marginals[level.choice].size());
    for (uint32_t node = 0; node < level.numNodes(); ++node)
      for (uint32_t edge = level.firstEdge[node];
           edge < level.firstEdge[node + 1]; ++edge) {
        next[level.targets[edge]] += reaching[node];
        if (level.active[edge])
          counts[level.positions[edge]] +=
              Natural(reaching[node] * paths[index + 1][level.targets[edge]]);
      }
    for (auto [marginal, count] : llvm::zip(marginals[level.choice], counts))
      marginal = sumOf(marginal, toAPInt(count));
    reaching = std::move(next);
  }
}

template <typename Natural>
void PathCounts<Natural>::sample(
    llvm::function_ref<uint64_t()> random, size_t count,
    llvm::MutableArrayRef<uint16_t> positions) const {
  size_t width = count == 0 ? 0 : positions.size() / count;
  for (size_t number = 0; number < count; ++number) {
    llvm::MutableArrayRef<uint16_t> row =
        positions.slice(number * width, width);
    // One number says all: which of the paths it is.
    Natural rank = below(paths[0][0], random);
    uint32_t node = 0;
    for (auto [index, level] : llvm::enumerate(diagram.levels)) {
      uint32_t edge = level.firstEdge[node];
      while (!(rank < paths[index + 1][level.targets[edge]])) {
        rank -= paths[index + 1][level.targets[edge]];
        ++edge;
      }
      row[level.choice] = level.positions[edge];
      node = level.targets[edge];
    }
  }
}

template class nasc::counting::PathCounts<Natural64>;
template class nasc::counting::PathCounts<Natural128>;
template class nasc::counting::PathCounts<NaturalAny>;
