//===- SumJoin.cpp - Counts paths within the bounds of long sums ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/SumJoin.h"

#include "passes/counting/JoinSampler.h"

#include <mutex>
#include <thread>

using namespace nasc;
using namespace nasc::counting;

namespace {

template <typename Key, typename Natural> class SumJoin : public CountedSet {
public:
  SumJoin(const StateDiagram &diagram, const SumScale &scale,
          const Coarseness &coarseness = {})
      : lists(diagram, scale, coarseness) {}

  /// False if the budget does not suffice.
  bool build(const Budget &budget) {
    if (!lists.build(budget))
      return false;
    if (lists.isEmpty())
      return true;
    const auto &beginnings = lists.getBeginnings().back();
    return lists.sweep(
        lists.getFirstHalf(), lists.getSecondHalf(), budget, /*forward=*/true,
        [&](uint32_t edge, uint32_t element, const Natural &ways) {
          total += ways * beginnings.counts[element] *
                   lists.getFirstHalf().edges[edge].numPaths;
        });
  }

  llvm::APInt getCount() const override { return toAPInt(total); }

  void addMarginals(Marginals &marginals) const override;

  void prepareSampling() const override {
    std::call_once(isPrepared, [&] {
      if constexpr (!std::is_same_v<Natural, Natural64>) {
        if (fitsNarrowly()) {
          narrowLists = std::make_unique<SumLists<Key, Natural64>>(lists);
          narrowSampler =
              std::make_unique<JoinSampler<Key, Natural64>>(*narrowLists);
          return;
        }
      }
      sampler = std::make_unique<JoinSampler<Key, Natural>>(lists);
    });
  }

  void sample(llvm::function_ref<uint64_t()> random, size_t count,
              llvm::MutableArrayRef<uint16_t> positions) const override {
    prepareSampling();
    if (narrowSampler)
      narrowSampler->sample(static_cast<Natural64>(total), random, count,
                            positions);
    else
      sampler->sample(total, random, count, positions);
  }

private:
  using Block = Relation<Key>;
  using List = SumList<Key, Natural>;
  using Counts = std::vector<std::vector<Natural>>;

  /// Whether 64 bits hold the number of feasible paths and all counts: there
  /// are fewer of them than paths, and drawing is faster with small numbers.
  bool fitsNarrowly() const {
    Natural bound = Natural(1) << 63;
    auto fits = [&](const List &list) {
      return llvm::all_of(list.counts,
                          [&](const Natural &count) { return count < bound; });
    };
    return total < bound && llvm::all_of(lists.getBeginnings(), fits) &&
           llvm::all_of(lists.getEnds(), fits);
  }
  void addPaths(const Block &block, llvm::ArrayRef<Natural> counts,
                Counts &sums) const;
  void addListMarginals(const std::vector<List> &side,
                        std::vector<Natural> ways, Counts &sums) const;

  SumLists<Key, Natural> lists;
  Natural total = 0;
  mutable std::once_flag isPrepared;
  mutable std::unique_ptr<JoinSampler<Key, Natural>> sampler;
  mutable std::unique_ptr<SumLists<Key, Natural64>> narrowLists;
  mutable std::unique_ptr<JoinSampler<Key, Natural64>> narrowSampler;
};

/// `counts[edge]` feasible paths contain each of the paths of an edge.
template <typename Key, typename Natural>
void SumJoin<Key, Natural>::addPaths(const Block &block,
                                     llvm::ArrayRef<Natural> counts,
                                     Counts &sums) const {
  for (auto [edge, count] : llvm::zip(block.edges, counts))
    for (uint32_t path = 0; path < edge.numPaths; ++path)
      for (auto [offset, step] :
           llvm::enumerate(block.path(edge.firstPath + path))) {
        const DiagramLevel &level =
            lists.getDiagram().levels[block.firstLevel + offset];
        if (level.active[step])
          sums[level.choice][level.positions[step]] += count;
      }
}

/// `ways` are the ways to complete each entry of the last list.
template <typename Key, typename Natural>
void SumJoin<Key, Natural>::addListMarginals(const std::vector<List> &side,
                                             std::vector<Natural> ways,
                                             Counts &sums) const {
  for (size_t index = side.size(); index-- > 1;) {
    const List &list = side[index];
    const List &before = side[index - 1];
    std::vector<Natural> waysBefore(before.keys.size(), Natural(0));
    std::vector<Natural> edgeWays(list.relation->edges.size(), Natural(0));
    for (size_t element = 0; element < list.keys.size(); ++element)
      for (uint32_t number = list.firstOrigin[element];
           number < list.firstOrigin[element + 1]; ++number) {
        auto origin = list.origins[number];
        waysBefore[origin.element] +=
            ways[element] * list.relation->edges[origin.edge].numPaths;
        edgeWays[origin.edge] += ways[element] * before.counts[origin.element];
      }
    addPaths(*list.relation, edgeWays, sums);
    ways = std::move(waysBefore);
  }
}

template <typename Key, typename Natural>
void SumJoin<Key, Natural>::addMarginals(Marginals &marginals) const {
  auto zeros = [&] {
    Counts sums;
    for (const auto &values : marginals)
      sums.emplace_back(values.size(), Natural(0));
    return sums;
  };
  auto addSide = [&](bool forward, Counts &sums) {
    const auto &side = forward ? lists.getBeginnings() : lists.getEnds();
    const Block &half = forward ? lists.getFirstHalf() : lists.getSecondHalf();
    std::vector<Natural> ways(side.back().keys.size(), Natural(0));
    std::vector<Natural> edgeWays(half.edges.size(), Natural(0));
    lists.sweep(lists.getFirstHalf(), lists.getSecondHalf(), Budget(), forward,
                [&](uint32_t edge, uint32_t element, const Natural &count) {
                  ways[element] += count * half.edges[edge].numPaths;
                  edgeWays[edge] += count * side.back().counts[element];
                });
    addPaths(half, edgeWays, sums);
    addListMarginals(side, std::move(ways), sums);
  };
  // The sides have nothing in common.
  Counts ofBeginnings = zeros(), ofEnds = zeros();
  std::thread other([&] { addSide(/*forward=*/false, ofEnds); });
  addSide(/*forward=*/true, ofBeginnings);
  other.join();
  addCounts(marginals, ofBeginnings);
  addCounts(marginals, ofEnds);
}

/// Calls `visit` with a key and a count type that are wide enough, as values
/// whose types matter; false if there is no key.
template <typename Visitor>
bool withTypes(unsigned keyBits, unsigned naturalBits, Visitor visit) {
  auto withKey = [&](auto key) {
    if (naturalBits <= 64)
      visit(key, Natural64());
    else if (naturalBits <= 128)
      visit(key, Natural128());
    else
      visit(key, NaturalAny());
  };
  if (keyBits <= 64)
    withKey(uint64_t());
  else if (keyBits <= 128)
    withKey(static_cast<unsigned __int128>(0));
  return keyBits <= 128;
}

} // namespace

std::unique_ptr<CountedSet> counting::joinSums(const StateDiagram &diagram,
                                               const SumScale &scale,
                                               unsigned naturalBits,
                                               const Budget &budget) {
  std::unique_ptr<CountedSet> result;
  withTypes(scale.numBits(), naturalBits, [&](auto key, auto natural) {
    auto join = std::make_unique<SumJoin<decltype(key), decltype(natural)>>(
        diagram, scale);
    if (join->build(budget))
      result = std::move(join);
  });
  return result;
}

std::optional<llvm::APInt> counting::boundPaths(const StateDiagram &diagram,
                                                const SumScale &scale,
                                                uint64_t resolution, bool lower,
                                                unsigned naturalBits,
                                                const Budget &budget) {
  Coarseness coarseness;
  coarseness.up = lower;
  for (const SumField &field : scale.fields)
    coarseness.units.push_back(field.upper / resolution + 1);
  std::optional<llvm::APInt> result;
  withTypes(scale.numBits(), naturalBits, [&](auto key, auto natural) {
    SumJoin<decltype(key), decltype(natural)> join(diagram, scale, coarseness);
    if (join.build(budget))
      result = join.getCount();
  });
  return result;
}
