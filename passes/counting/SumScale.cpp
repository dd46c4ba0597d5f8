//===- SumScale.cpp - Long sums as small packed numbers -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/SumScale.h"

#include "passes/counting/Numbers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace nasc;
using namespace nasc::counting;

namespace {

using Wide = __int128;

/// One sum over a diagram: its potentials, and what they make of the costs.
class OneSum {
public:
  /// `sign` is 1, or -1 for the sum with all its terms negated.
  OneSum(const StateDiagram &diagram, unsigned sum, int sign)
      : diagram(&diagram), sum(sum), sign(sign),
        least(diagram.levels.size() + 1), most(diagram.levels.size() + 1) {
    least.back() = most.back() = {0};
    for (size_t index = diagram.levels.size(); index-- > 0;) {
      const DiagramLevel &level = diagram.levels[index];
      least[index].resize(level.numNodes());
      most[index].resize(level.numNodes());
      for (uint32_t node = 0; node < level.numNodes(); ++node)
        for (uint32_t edge = level.firstEdge[node];
             edge < level.firstEdge[node + 1]; ++edge) {
          uint32_t target = level.targets[edge];
          Wide low = costOf(level, edge) + least[index + 1][target];
          Wide high = costOf(level, edge) + most[index + 1][target];
          bool isFirst = edge == level.firstEdge[node];
          if (isFirst || low < least[index][node])
            least[index][node] = low;
          if (isFirst || high > most[index][node])
            most[index][node] = high;
        }
    }
    for (auto [index, level] : llvm::enumerate(diagram.levels))
      for (uint32_t node = 0; node < level.numNodes(); ++node)
        for (uint32_t edge = level.firstEdge[node];
             edge < level.firstEdge[node + 1]; ++edge)
          step = commonDivisor(step, reduced(index, node, edge));
    Wide total = least[0][0];
    cost::Range bounds = diagram.sumBounds[sum];
    Wide range = most[0][0] - total;
    bool isBoundedAbove = bounds.upper != cost::Range::kMaximum;
    bool isBoundedBelow = bounds.lower != cost::Range::kMinimum;
    Wide atMost = bounds.upper, atLeast = bounds.lower;
    if (sign < 0) {
      std::swap(isBoundedAbove, isBoundedBelow);
      std::swap(atMost, atLeast);
      atMost = -atMost;
      atLeast = -atLeast;
    }
    upper = isBoundedAbove ? std::min(atMost - total, range) : range;
    lower = isBoundedBelow ? std::max<Wide>(atLeast - total, 0) : 0;
    isBelowOnly = lower > 0 && upper == range;
    isOpen = upper < range || lower > 0;
    isEmpty = upper < 0 || lower > range || lower > upper;
    if (step > 0 && !isEmpty) {
      upper /= step;
      lower = (lower + step - 1) / step;
      isEmpty = lower > upper;
    }
  }

  /// What the edge costs beyond the least that follows its node.
  Wide reduced(size_t index, uint32_t node, uint32_t edge) const {
    const DiagramLevel &level = diagram->levels[index];
    return costOf(level, edge) + least[index + 1][level.targets[edge]] -
           least[index][node];
  }

  Wide step = 0, lower = 0, upper = 0;
  /// Some path is out of the bounds.
  bool isOpen = false;
  bool isEmpty = false;
  /// Only the lower bound excludes paths.
  bool isBelowOnly = false;

private:
  Wide costOf(const DiagramLevel &level, uint32_t edge) const {
    return sign * Wide(level.costs[edge * diagram->numSums + sum]);
  }

  const StateDiagram *diagram;
  unsigned sum;
  int sign;
  std::vector<std::vector<Wide>> least, most;
};

} // namespace

SumScale::SumScale(const StateDiagram &diagram)
    : costs(diagram.levels.size()), reached(diagram.levels.size() + 1) {
  if (diagram.isEmpty) {
    isEmpty = true;
    return;
  }
  std::vector<OneSum> sums;
  for (unsigned sum = 0; sum < diagram.numSums; ++sum) {
    OneSum one(diagram, sum, 1);
    // An upper bound excludes beginnings early, and is one sweep and not two.
    if (one.isBelowOnly)
      one = OneSum(diagram, sum, -1);
    isEmpty |= one.isEmpty;
    if (one.isOpen)
      sums.push_back(std::move(one));
  }
  if (isEmpty)
    return;
  llvm::sort(
      sums, [](const OneSum &a, const OneSum &b) { return a.upper < b.upper; });
  unsigned shift = 0;
  for (const OneSum &one : sums) {
    SumField field;
    field.shift = shift;
    field.lower = one.lower;
    field.upper = one.upper;
    field.bits = std::max(1u, llvm::Log2_64(field.upper | 1) + 1);
    shift += field.bits + 1;
    fields.push_back(field);
  }
  size_t width = fields.size();
  for (auto [index, level] : llvm::enumerate(diagram.levels)) {
    costs[index].resize(level.numEdges() * width);
    for (uint32_t node = 0; node < level.numNodes(); ++node)
      for (uint32_t edge = level.firstEdge[node];
           edge < level.firstEdge[node + 1]; ++edge)
        for (auto [number, one] : llvm::enumerate(sums)) {
          Wide cost = one.reduced(index, node, edge);
          if (one.step > 0)
            cost /= one.step;
          costs[index][edge * width + number] =
              cost > one.upper ? excluded : static_cast<uint64_t>(cost);
        }
  }
  // Forward: what has been spent at least where a node is reached.
  reached[0].assign(width, 0);
  for (auto [index, level] : llvm::enumerate(diagram.levels)) {
    size_t nodes = index + 1 < diagram.levels.size()
                       ? diagram.levels[index + 1].numNodes()
                       : 1;
    reached[index + 1].assign(nodes * width, excluded);
    for (uint32_t node = 0; node < level.numNodes(); ++node)
      for (uint32_t edge = level.firstEdge[node];
           edge < level.firstEdge[node + 1]; ++edge)
        for (size_t field = 0; field < width; ++field) {
          uint64_t before = reached[index][node * width + field];
          uint64_t cost = costs[index][edge * width + field];
          if (before == excluded || cost == excluded ||
              before + cost > fields[field].upper)
            continue;
          uint64_t &least =
              reached[index + 1][level.targets[edge] * width + field];
          least = std::min(least, before + cost);
        }
  }
}

unsigned SumScale::numBits() const {
  return fields.empty() ? 0 : fields.back().shift + fields.back().bits + 1;
}
