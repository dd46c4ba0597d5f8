//===- SumGrid.cpp - Counts paths by every value of one sum ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/SumGrid.h"

#include "passes/counting/Numbers.h"

#include "llvm/ADT/STLExtras.h"

using namespace nasc;
using namespace nasc::counting;

namespace {

/// Paths of one side at most: the product of two sides fits 128 bits.
constexpr double maximumSidePaths = 0x1p63;
/// A table is an array if a list would have more than this share of its places.
constexpr size_t listShare = 4;
/// Sums of the meeting level whose weights are one entry for drawing.
constexpr uint64_t drawBlock = 256;

/// `[node][entry]` or `[choice][position]`.
template <typename Number> using Table = std::vector<std::vector<Number>>;

/// How many paths have each sum: an array, or a sorted list of those that some
/// path has.
class SumTable {
public:
  static SumTable ofArray(std::vector<uint64_t> counts) {
    SumTable table;
    table.counts = std::move(counts);
    table.isArray = true;
    return table;
  }
  static SumTable ofList(std::vector<uint32_t> sums,
                         std::vector<uint64_t> counts) {
    SumTable table;
    table.sums = std::move(sums);
    table.counts = std::move(counts);
    return table;
  }

  /// Entries, zero or not.
  size_t size() const { return counts.size(); }
  size_t bytes() const { return counts.size() * 8 + sums.size() * 4; }
  /// The largest sum that a path may have; of a table that is not empty.
  uint64_t largest() const { return isArray ? counts.size() - 1 : sums.back(); }
  bool empty() const { return counts.empty(); }
  /// Whether entry i is of sum i.
  bool isDense() const { return isArray; }

  uint64_t sumAt(size_t entry) const { return isArray ? entry : sums[entry]; }
  uint64_t countAt(size_t entry) const { return counts[entry]; }

  /// The number of paths with that sum.
  uint64_t at(uint64_t sum) const {
    if (isArray)
      return sum < counts.size() ? counts[sum] : 0;
    size_t entry = firstFrom(sum);
    return entry < sums.size() && sums[entry] == sum ? counts[entry] : 0;
  }

  /// The number of the first entry with a sum that is not smaller.
  size_t firstFrom(uint64_t sum) const {
    if (isArray)
      return std::min<uint64_t>(sum, counts.size());
    return llvm::lower_bound(sums, sum) - sums.begin();
  }

  /// Adds the counts to an array, each `offset` further on; what is beyond its
  /// end is left out.
  void addTo(std::vector<uint64_t> &array, uint64_t offset) const {
    if (offset >= array.size())
      return;
    if (isArray) {
      size_t number = std::min(counts.size(), array.size() - offset);
      uint64_t *to = array.data() + offset;
      for (size_t i = 0; i < number; ++i)
        to[i] += counts[i];
      return;
    }
    for (auto [sum, count] : llvm::zip(sums, counts))
      if (sum + offset < array.size())
        array[sum + offset] += count;
  }

private:
  bool isArray = false;
  std::vector<uint32_t> sums;
  std::vector<uint64_t> counts;
};

/// The paths with sums in a range, by running totals of a table.
class RunningTotals {
public:
  explicit RunningTotals(const SumTable &table) : table(table) {
    totals.reserve(table.size() + 1);
    totals.push_back(0);
    for (size_t entry = 0; entry < table.size(); ++entry)
      totals.push_back(totals.back() + table.countAt(entry));
  }

  /// Paths with sums below `sum`.
  uint64_t below(uint64_t sum) const { return totals[table.firstFrom(sum)]; }

  /// The entry that holds the path of that number, which becomes the number
  /// among those of the entry.
  size_t find(uint64_t &rank) const {
    size_t entry = llvm::upper_bound(totals, rank) - totals.begin() - 1;
    rank -= totals[entry];
    return entry;
  }

private:
  const SumTable &table;
  std::vector<uint64_t> totals;
};

/// The levels between one end of the diagram and the level where both sides
/// meet.
class Side {
public:
  /// `source` is a node on the side of the start, `target` one on the other.
  struct Transition {
    uint32_t source, target, edge;
    uint64_t cost;
  };
  /// One level of the diagram, and the tables behind it.
  struct Stage {
    uint32_t level = 0;
    /// Ordered by `target`; of each target, its first one.
    std::vector<Transition> transitions;
    std::vector<size_t> firstTransition;
    std::vector<SumTable> tables;
  };

  Side(const StateDiagram &diagram, const SumScale &scale, bool isForward)
      : diagram(diagram), scale(scale), isForward(isForward),
        upper(scale.fields.front().upper) {
    start.push_back(SumTable::ofList({0}, {1}));
  }

  /// The tables where the side ends for now.
  const std::vector<SumTable> &tables() const {
    return stages.empty() ? start : stages.back().tables;
  }
  llvm::ArrayRef<Stage> getStages() const { return stages; }

  /// Sums that the next stage adds up; `level` is the diagram's.
  double costOf(uint32_t level) const {
    const DiagramLevel &next = diagram.levels[level];
    double events = 0;
    for (uint32_t node = 0; node < next.numNodes(); ++node)
      for (uint32_t edge = next.firstEdge[node];
           edge < next.firstEdge[node + 1]; ++edge)
        events += tables()[isForward ? node : next.targets[edge]].size();
    return events;
  }

  /// Adds a stage. False if there are too many paths or sums for the budget;
  /// `bytes` is what all tables take.
  bool extend(uint32_t level, const Budget &budget, size_t &bytes);

  /// Writes the positions of the path of that number among those with the sum
  /// at the node where the side ends.
  void place(uint32_t node, uint64_t sum, uint64_t rank,
             llvm::MutableArrayRef<uint16_t> positions) const;

  /// Adds to `marginals` what the edges of this side are part of, where
  /// `ways[node][entry]` counts the completions of a path with that sum.
  void addMarginals(Table<uint64_t> ways, Table<Natural128> &marginals) const;

private:
  template <typename Ways>
  Table<Ways> passStage(size_t number, const Table<Ways> &ways,
                        Table<Natural128> &marginals) const;
  const SumTable &sourceOf(size_t stage, uint32_t source) const {
    return stage == 0 ? start[source] : stages[stage - 1].tables[source];
  }

  const StateDiagram &diagram;
  const SumScale &scale;
  bool isForward;
  uint64_t upper;
  std::vector<SumTable> start;
  std::vector<Stage> stages;
};

} // namespace

bool Side::extend(uint32_t number, const Budget &budget, size_t &bytes) {
  const DiagramLevel &level = diagram.levels[number];
  uint32_t numBehind = number + 1 < diagram.levels.size()
                           ? diagram.levels[number + 1].numNodes()
                           : 1;
  uint32_t numTargets = isForward ? numBehind : level.numNodes();
  Stage stage;
  stage.level = number;
  for (uint32_t node = 0; node < level.numNodes(); ++node)
    for (uint32_t edge = level.firstEdge[node];
         edge < level.firstEdge[node + 1]; ++edge) {
      uint64_t cost = scale.costs[number][edge];
      if (cost == SumScale::excluded)
        continue;
      uint32_t behind = level.targets[edge];
      stage.transitions.push_back(
          {isForward ? node : behind, isForward ? behind : node, edge, cost});
    }
  llvm::stable_sort(stage.transitions,
                    [](const Transition &a, const Transition &b) {
                      return a.target < b.target;
                    });
  size_t at = 0;
  for (uint32_t target = 0; target < numTargets; ++target) {
    stage.firstTransition.push_back(at);
    double events = 0, paths = 0;
    uint64_t largest = 0;
    size_t begin = at;
    for (; at < stage.transitions.size() &&
           stage.transitions[at].target == target;
         ++at) {
      const Transition &transition = stage.transitions[at];
      const SumTable &source = tables()[transition.source];
      if (source.empty())
        continue;
      events += source.size();
      largest = std::max(largest, source.largest() + transition.cost);
    }
    auto these = llvm::ArrayRef(stage.transitions).slice(begin, at - begin);
    // Ends have to fit behind the cheapest beginning.
    uint64_t most = upper;
    if (!isForward) {
      uint64_t least = scale.reached[number][target];
      if (least == SumScale::excluded)
        events = 0;
      else
        most -= least;
    }
    most = std::min(most, largest);
    if (events == 0) {
      stage.tables.emplace_back();
      continue;
    }
    bool isArray = events * listShare > static_cast<double>(most);
    bytes += isArray ? 8 * (most + 1) : 12 * static_cast<size_t>(events);
    if (bytes > budget.memory || !budget.allows(1e-9 * events))
      return false;
    if (isArray) {
      std::vector<uint64_t> counts(most + 1, 0);
      for (const Transition &transition : these)
        tables()[transition.source].addTo(counts, transition.cost);
      for (uint64_t count : counts)
        paths += count;
      stage.tables.push_back(SumTable::ofArray(std::move(counts)));
    } else {
      std::vector<std::pair<uint32_t, uint64_t>> found;
      for (const Transition &transition : these) {
        const SumTable &source = tables()[transition.source];
        for (size_t entry = 0; entry < source.size(); ++entry)
          if (source.sumAt(entry) + transition.cost <= most)
            found.emplace_back(source.sumAt(entry) + transition.cost,
                               source.countAt(entry));
      }
      llvm::sort(found);
      std::vector<uint32_t> sums;
      std::vector<uint64_t> counts;
      for (auto [sum, count] : found) {
        paths += count;
        if (sums.empty() || sums.back() != sum) {
          sums.push_back(sum);
          counts.push_back(0);
        }
        counts.back() += count;
      }
      stage.tables.push_back(
          SumTable::ofList(std::move(sums), std::move(counts)));
    }
    if (paths >= maximumSidePaths)
      return false;
  }
  stage.firstTransition.push_back(at);
  stages.push_back(std::move(stage));
  return true;
}

void Side::place(uint32_t node, uint64_t sum, uint64_t rank,
                 llvm::MutableArrayRef<uint16_t> positions) const {
  for (size_t number = stages.size(); number-- > 0;) {
    const Stage &stage = stages[number];
    const DiagramLevel &level = diagram.levels[stage.level];
    for (size_t at = stage.firstTransition[node];; ++at) {
      assert(at < stage.firstTransition[node + 1] &&
             "a sum has fewer paths than were counted");
      const Transition &transition = stage.transitions[at];
      if (transition.cost > sum)
        continue;
      uint64_t paths =
          sourceOf(number, transition.source).at(sum - transition.cost);
      if (rank >= paths) {
        rank -= paths;
        continue;
      }
      positions[level.choice] = level.positions[transition.edge];
      sum -= transition.cost;
      node = transition.source;
      break;
    }
  }
}

/// Adds what the edges of a stage are part of. `ways` is of the targets of the
/// stage; returns that of its sources.
template <typename Ways>
Table<Ways> Side::passStage(size_t number, const Table<Ways> &ways,
                            Table<Natural128> &marginals) const {
  const Stage &stage = stages[number];
  const DiagramLevel &level = diagram.levels[stage.level];
  size_t numSources = number == 0 ? 1 : stages[number - 1].tables.size();
  Table<Ways> before(numSources);
  for (uint32_t source = 0; source < numSources; ++source)
    before[source].assign(sourceOf(number, source).size(), 0);
  for (const Transition &transition : stage.transitions) {
    const SumTable &source = sourceOf(number, transition.source);
    const SumTable &target = stage.tables[transition.target];
    if (source.empty() || target.empty())
      continue;
    const std::vector<Ways> &behind = ways[transition.target];
    std::vector<Ways> &here = before[transition.source];
    Natural128 contained = 0;
    if (source.isDense() && target.isDense()) {
      if (transition.cost < target.size()) {
        size_t end =
            std::min<size_t>(source.size(), target.size() - transition.cost);
        const Ways *completions = behind.data() + transition.cost;
        for (size_t sum = 0; sum < end; ++sum) {
          contained += Natural128(source.countAt(sum)) * completions[sum];
          here[sum] += completions[sum];
        }
      }
    } else {
      // Sums grow with entries in both tables. One that the target does not
      // have is beyond the bounds.
      size_t to = target.firstFrom(source.sumAt(0) + transition.cost);
      for (size_t entry = 0; entry < source.size(); ++entry) {
        uint64_t sum = source.sumAt(entry) + transition.cost;
        while (to < target.size() && target.sumAt(to) < sum)
          ++to;
        if (to == target.size())
          break;
        if (target.sumAt(to) != sum)
          continue;
        contained += Natural128(source.countAt(entry)) * behind[to];
        here[entry] += behind[to];
      }
    }
    if (level.active[transition.edge])
      marginals[level.choice][level.positions[transition.edge]] += contained;
  }
  return before;
}

void Side::addMarginals(Table<uint64_t> ways,
                        Table<Natural128> &marginals) const {
  size_t number = stages.size();
  // Completions grow on the way back; 64 bits hold them where the greatest
  // number, times the edges of a stage, does not reach 2^64.
  for (; number > 0; --number) {
    uint64_t most = 1;
    for (const std::vector<uint64_t> &counts : ways)
      for (uint64_t count : counts)
        most = std::max(most, count);
    if (most > ~uint64_t(0) / stages[number - 1].transitions.size())
      break;
    ways = passStage(number - 1, ways, marginals);
  }
  Table<Natural128> wide;
  for (const std::vector<uint64_t> &counts : ways)
    wide.emplace_back(counts.begin(), counts.end());
  ways.clear();
  for (; number > 0; --number)
    wide = passStage(number - 1, wide, marginals);
}

namespace {

class SumGrid : public CountedSet {
public:
  SumGrid(const StateDiagram &diagram, const SumScale &scale)
      : field(scale.fields.front()), numLevels(diagram.levels.size()),
        beginnings(diagram, scale, /*isForward=*/true),
        ends(diagram, scale, /*isForward=*/false) {}

  bool build(const Budget &budget);

  llvm::APInt getCount() const override { return toAPInt(total); }
  void addMarginals(Marginals &marginals) const override;
  void prepareSampling() const override {}
  void sample(llvm::function_ref<uint64_t()> random, size_t count,
              llvm::MutableArrayRef<uint16_t> positions) const override;

private:
  /// The paths of the other side that fit beside a sum: a range of its totals.
  std::pair<uint64_t, uint64_t> besides(const RunningTotals &others,
                                        uint64_t sum) const {
    uint64_t least = field.lower > sum ? others.below(field.lower - sum) : 0;
    return {least, others.below(field.upper - sum + 1)};
  }
  Table<uint64_t> waysBesides(const Side &side,
                              const std::vector<RunningTotals> &others) const;

  SumField field;
  size_t numLevels;
  Side beginnings, ends;
  /// Of the ends, for each node where both sides meet.
  std::vector<RunningTotals> totals;
  Natural128 total = 0;
  /// Paths within the bounds up to a block of entries of a node's table.
  struct Block {
    uint32_t node;
    uint32_t firstEntry;
    Natural128 before;
  };
  std::vector<Block> blocks;
};

} // namespace

bool SumGrid::build(const Budget &budget) {
  if (field.upper >= ~uint32_t(0))
    return false;
  size_t bytes = 0;
  for (size_t first = 0, last = numLevels; first < last;) {
    bool forward = beginnings.costOf(first) <= ends.costOf(last - 1);
    if (!(forward ? beginnings.extend(first++, budget, bytes)
                  : ends.extend(--last, budget, bytes)))
      return false;
  }
  for (const SumTable &table : ends.tables())
    totals.emplace_back(table);
  for (auto [node, table] : llvm::enumerate(beginnings.tables()))
    for (size_t entry = 0; entry < table.size(); ++entry) {
      if (entry % drawBlock == 0)
        blocks.push_back(
            {static_cast<uint32_t>(node), static_cast<uint32_t>(entry), total});
      auto [first, last] = besides(totals[node], table.sumAt(entry));
      total += Natural128(table.countAt(entry)) * (last - first);
    }
  return true;
}

void SumGrid::sample(llvm::function_ref<uint64_t()> random, size_t count,
                     llvm::MutableArrayRef<uint16_t> positions) const {
  size_t width = count == 0 ? 0 : positions.size() / count;
  for (size_t number = 0; number < count; ++number) {
    auto row = positions.slice(number * width, width);
    Natural128 rank = below(total, random);
    const Block &block = *std::prev(
        llvm::upper_bound(blocks, rank, [](Natural128 rank, const Block &b) {
          return rank < b.before;
        }));
    rank -= block.before;
    const SumTable &table = beginnings.tables()[block.node];
    for (size_t entry = block.firstEntry;; ++entry) {
      uint64_t sum = table.sumAt(entry);
      auto [first, last] = besides(totals[block.node], sum);
      Natural128 paths = Natural128(table.countAt(entry)) * (last - first);
      if (rank >= paths) {
        rank -= paths;
        continue;
      }
      uint64_t end = first + static_cast<uint64_t>(rank % (last - first));
      uint64_t beginning = static_cast<uint64_t>(rank / (last - first));
      beginnings.place(block.node, sum, beginning, row);
      size_t endEntry = totals[block.node].find(end);
      ends.place(block.node, ends.tables()[block.node].sumAt(endEntry), end,
                 row);
      break;
    }
  }
}

/// For each entry of the tables where the side ends, the paths of the other
/// side that fit beside it.
Table<uint64_t>
SumGrid::waysBesides(const Side &side,
                     const std::vector<RunningTotals> &others) const {
  Table<uint64_t> ways;
  for (auto [node, table] : llvm::enumerate(side.tables())) {
    std::vector<uint64_t> &these = ways.emplace_back();
    these.reserve(table.size());
    for (size_t entry = 0; entry < table.size(); ++entry) {
      auto [first, last] = besides(others[node], table.sumAt(entry));
      these.push_back(last - first);
    }
  }
  return ways;
}

void SumGrid::addMarginals(Marginals &marginals) const {
  Table<Natural128> sums;
  for (const auto &values : marginals)
    sums.emplace_back(values.size(), 0);
  beginnings.addMarginals(waysBesides(beginnings, totals), sums);
  std::vector<RunningTotals> beginningTotals;
  for (const SumTable &table : beginnings.tables())
    beginningTotals.emplace_back(table);
  ends.addMarginals(waysBesides(ends, beginningTotals), sums);
  addCounts(marginals, sums);
}

std::unique_ptr<CountedSet> counting::gridSums(const StateDiagram &diagram,
                                               const SumScale &scale,
                                               const Budget &budget) {
  assert(scale.fields.size() == 1 && "a grid has one sum");
  auto grid = std::make_unique<SumGrid>(diagram, scale);
  if (!grid->build(budget))
    return nullptr;
  return grid;
}
