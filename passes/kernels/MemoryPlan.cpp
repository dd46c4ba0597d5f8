//===- MemoryPlan.cpp - The arena of a quantised network ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/MemoryPlan.h"
#include "passes/arena/ArenaPlanning.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <map>
#include <numeric>

namespace nasc {

using llvm::ArrayRef;
using llvm::SmallVector;

namespace {

/// What planning asks of a network, worked out once.
class MemoryProblem {
public:
  MemoryProblem(const QuantizedNetwork &network, const KernelSet &kernels,
                int64_t alignment)
      : network(network), alignment(alignment) {
    for (const NetworkTensor &tensor : network.tensors)
      sizes.push_back(tensor.bytes());
    readers.resize(network.tensors.size());
    for (auto [index, step] : llvm::enumerate(network.steps)) {
      scratch.push_back(kernels.getScratchBytes(network, step, false));
      overwritingScratch.push_back(
          kernels.getScratchBytes(network, step, true));
      overwritable.emplace_back();
      for (unsigned input = 0; input < step.inputs.size(); ++input)
        // A tensor that is read twice by the step is not given up.
        if (llvm::count(step.inputs, step.inputs[input]) == 1 &&
            kernels.canOverwrite(network, step, input))
          overwritable.back().push_back(input);
      for (unsigned tensor : step.inputs)
        readers[tensor].push_back(index);
    }
    writers = network.writers();
  }

  int64_t aligned(int64_t bytes) const {
    return llvm::alignTo(bytes, alignment);
  }

  /// The best order and the peak it must have at least.
  SmallVector<unsigned> findOrder(int64_t &peak, uint64_t &numOrders) const;
  /// What is held while a step of an order runs, at least.
  int64_t leastPeak(ArrayRef<unsigned> order) const;
  MemoryPlan plan(ArrayRef<unsigned> order, ArrayRef<int> overwritten) const;
  int64_t scratchBytes(unsigned step, ArrayRef<int> overwritten) const {
    return overwritten[step] >= 0 ? overwritingScratch[step] : scratch[step];
  }
  /// Whether the input of the step is dead after the step.
  bool diesAt(ArrayRef<int> positions, unsigned step, unsigned tensor) const {
    return tensor != network.output &&
           llvm::all_of(readers[tensor], [&](unsigned reader) {
             return positions[reader] <= positions[step];
           });
  }
  SmallVector<int> positionsOf(ArrayRef<unsigned> order) const {
    SmallVector<int> positions(order.size());
    for (auto [position, step] : llvm::enumerate(order))
      positions[step] = static_cast<int>(position);
    return positions;
  }

  const QuantizedNetwork &network;
  const int64_t alignment;
  /// Of tensors, and of the steps' scratch memory if they write beside their
  /// inputs or over one.
  std::vector<int64_t> sizes, scratch, overwritingScratch;
  std::vector<SmallVector<unsigned>> overwritable, readers;
  SmallVector<int> writers;

private:
  /// What begins at one offset: parts that follow each other in time.
  struct Block {
    struct Part {
      int first, last;
      int64_t size;
    };
    SmallVector<Part, 2> parts;
    int64_t offset = 0;

    int64_t size() const {
      int64_t largest = 0;
      for (const Part &part : parts)
        largest = std::max(largest, part.size);
      return largest;
    }
  };
  /// Sets the blocks' offsets; returns the bytes of the arena.
  int64_t placeBlocks(std::vector<Block> &blocks) const;
  int64_t placeInOrder(std::vector<Block> &blocks,
                       ArrayRef<unsigned> order) const;
  /// Bytes while `step` runs, given which tensors are held before and after it.
  int64_t heldAt(unsigned step, const llvm::BitVector &before,
                 const llvm::BitVector &after) const;
};

int64_t MemoryProblem::heldAt(unsigned step, const llvm::BitVector &before,
                              const llvm::BitVector &after) const {
  const NetworkStep &definition = network.steps[step];
  // The buffer that lies last need not be rounded up; it is one of these.
  int64_t held = 0, slack = 0;
  auto hold = [&](int64_t bytes) {
    held += aligned(bytes);
    slack = std::max(slack, aligned(bytes) - bytes);
  };
  hold(sizes[definition.output]);
  for (unsigned tensor : before.set_bits())
    hold(sizes[tensor]);
  auto withScratch = [&](int64_t bytes) {
    return held + aligned(bytes) - std::max(slack, aligned(bytes) - bytes);
  };
  int64_t least = withScratch(scratch[step]);
  // The result may take the place of one input that is not needed any more.
  for (unsigned input : overwritable[step]) {
    const unsigned tensor = definition.inputs[input];
    if (!after.test(tensor))
      least = std::min(least, withScratch(overwritingScratch[step]) -
                                  std::min(aligned(sizes[tensor]),
                                           aligned(sizes[definition.output])));
  }
  return least;
}

int64_t MemoryProblem::leastPeak(ArrayRef<unsigned> order) const {
  SmallVector<int> positions = positionsOf(order);
  llvm::BitVector held(sizes.size());
  held.set(network.input);
  int64_t peak = 0;
  for (unsigned step : order) {
    llvm::BitVector after = held;
    for (unsigned tensor : network.steps[step].inputs)
      if (diesAt(positions, step, tensor))
        after.reset(tensor);
    peak = std::max(peak, heldAt(step, held, after));
    held = after;
    held.set(network.steps[step].output);
  }
  return peak;
}

SmallVector<unsigned> MemoryProblem::findOrder(int64_t &peak,
                                               uint64_t &numOrders) const {
  const unsigned count = network.steps.size();
  SmallVector<unsigned> given(count);
  std::iota(given.begin(), given.end(), 0);
  peak = leastPeak(given);
  numOrders = 1;

  // Sets of finished steps, level by level. The least peak of a set does not
  // depend on the order in which its steps ran.
  struct State {
    int64_t peak;
    unsigned lastStep;
    uint64_t orders;
  };
  using Set = std::vector<uint64_t>;
  const size_t words = (count + 63) / 64;
  auto contains = [](const Set &set, unsigned step) {
    return set[step / 64] >> (step % 64) & 1;
  };
  std::vector<std::map<Set, State>> levels(count + 1);
  levels[0][Set(words, 0)] = {0, 0, 1};
  size_t sets = 0;
  for (unsigned level = 0; level < count; ++level) {
    for (const auto &[set, state] : levels[level]) {
      if (++sets > 50'000) {
        numOrders = 0;
        return given;
      }
      llvm::BitVector held(sizes.size());
      for (unsigned tensor = 0; tensor < sizes.size(); ++tensor) {
        const bool exists =
            writers[tensor] < 0 || contains(set, writers[tensor]);
        const bool needed = tensor == network.output ||
                            llvm::any_of(readers[tensor], [&](unsigned reader) {
                              return !contains(set, reader);
                            });
        if (exists && needed)
          held.set(tensor);
      }
      for (unsigned step = 0; step < count; ++step) {
        if (contains(set, step) ||
            !llvm::all_of(network.steps[step].inputs, [&](unsigned tensor) {
              return writers[tensor] < 0 || contains(set, writers[tensor]);
            }))
          continue;
        Set next = set;
        next[step / 64] |= uint64_t(1) << (step % 64);
        llvm::BitVector after = held;
        for (unsigned tensor : network.steps[step].inputs)
          if (tensor != network.output &&
              llvm::all_of(readers[tensor], [&](unsigned reader) {
                return contains(next, reader);
              }))
            after.reset(tensor);
        const int64_t here = std::max(state.peak, heldAt(step, held, after));
        auto [place, isNew] =
            levels[level + 1].try_emplace(next, State{here, step, 0});
        place->second.orders =
            llvm::SaturatingAdd(place->second.orders, state.orders);
        if (!isNew && here < place->second.peak) {
          place->second.peak = here;
          place->second.lastStep = step;
        }
      }
    }
  }
  const auto &[all, best] = *levels[count].begin();
  numOrders = best.orders;
  if (best.peak >= peak)
    return given; // As it was written, where that is as good.
  peak = best.peak;
  SmallVector<unsigned> order(count);
  Set set = all;
  for (unsigned level = count; level > 0; --level) {
    const unsigned step = levels[level].at(set).lastStep;
    order[level - 1] = step;
    set[step / 64] &= ~(uint64_t(1) << (step % 64));
  }
  return order;
}

/// Places one block after the other at the lowest offset where no part meets a
/// part of another block.
int64_t MemoryProblem::placeInOrder(std::vector<Block> &blocks,
                                    ArrayRef<unsigned> order) const {
  int64_t end = 0;
  SmallVector<unsigned> placed;
  for (unsigned index : order) {
    Block &block = blocks[index];
    block.offset = 0;
    // Each conflict lifts the block above the other one; at most as many times
    // as there are parts.
    for (bool moved = true; moved;) {
      moved = false;
      for (unsigned other : placed)
        for (const Block::Part &a : block.parts)
          for (const Block::Part &b : blocks[other].parts)
            if (a.first <= b.last && b.first <= a.last &&
                block.offset < blocks[other].offset + b.size &&
                blocks[other].offset < block.offset + a.size) {
              block.offset = aligned(blocks[other].offset + b.size);
              moved = true;
            }
    }
    placed.push_back(index);
    end = std::max(end, block.offset + block.size());
  }
  return end;
}

int64_t MemoryProblem::placeBlocks(std::vector<Block> &blocks) const {
  // What no placement can be below.
  int64_t bound = 0;
  int lastTime = 0;
  for (const Block &block : blocks)
    for (const Block::Part &part : block.parts)
      lastTime = std::max(lastTime, part.last);
  for (int time = 0; time <= lastTime; ++time) {
    int64_t held = 0, slack = 0;
    for (const Block &block : blocks)
      for (const Block::Part &part : block.parts)
        if (part.first <= time && time <= part.last) {
          held += aligned(part.size);
          slack = std::max(slack, aligned(part.size) - part.size);
        }
    bound = std::max(bound, held - slack);
  }

  SmallVector<unsigned> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<int64_t> best;
  int64_t bestSize = std::numeric_limits<int64_t>::max();
  auto keep = [&](int64_t size) {
    if (size >= bestSize)
      return;
    bestSize = size;
    best.clear();
    for (const Block &block : blocks)
      best.push_back(block.offset);
  };
  auto sorted = [&](auto key) {
    SmallVector<unsigned> result(order);
    std::stable_sort(result.begin(), result.end(), [&](unsigned a, unsigned b) {
      return key(blocks[a]) > key(blocks[b]);
    });
    return result;
  };
  auto area = [](const Block &block) {
    int64_t sum = 0;
    for (const Block::Part &part : block.parts)
      sum += part.size * (part.last - part.first + 1);
    return sum;
  };
  auto length = [](const Block &block) {
    return block.parts.back().last - block.parts.front().first;
  };
  const SmallVector<unsigned> bySize =
      sorted([](const Block &block) { return block.size(); });
  keep(placeInOrder(blocks, bySize));
  keep(placeInOrder(blocks, sorted(area)));
  keep(placeInOrder(blocks, sorted(length)));
  keep(placeInOrder(blocks, order));

  // As rectangles, by the exact planner: its plan is the best there is where
  // no part is smaller than another of its block.
  if (bestSize > bound) {
    std::vector<ArenaBuffer> buffers;
    for (const Block &block : blocks)
      buffers.push_back({"", block.parts.front().first,
                         block.parts.back().last + 1, block.size()});
    ArenaPlan arena = planArena(buffers, alignment);
    for (auto [block, offset] : llvm::zip(blocks, arena.offsets))
      block.offset = offset;
    keep(arena.size);
  }
  // Neighbours of the best order so far: blocks that move to the front.
  SmallVector<unsigned> current(bySize);
  uint32_t state = 1;
  for (unsigned attempt = 0; attempt < 400 && bestSize > bound; ++attempt) {
    SmallVector<unsigned> next(current);
    state = state * 1664525u + 1013904223u;
    const size_t from = (state >> 8) % next.size();
    state = state * 1664525u + 1013904223u;
    const size_t to = (state >> 8) % (from + 1);
    std::rotate(next.begin() + to, next.begin() + from,
                next.begin() + from + 1);
    const int64_t size = placeInOrder(blocks, next);
    if (size <= bestSize)
      current = next;
    keep(size);
  }
  for (auto [block, offset] : llvm::zip(blocks, best))
    block.offset = offset;
  return bestSize;
}

MemoryPlan MemoryProblem::plan(ArrayRef<unsigned> order,
                               ArrayRef<int> overwritten) const {
  MemoryPlan result;
  result.order.assign(order.begin(), order.end());
  result.overwritten.assign(overwritten.begin(), overwritten.end());
  SmallVector<int> positions = positionsOf(order);
  const int count = static_cast<int>(order.size());

  // A tensor and what is written over it begin at one offset; each takes its
  // own size while it is alive.
  std::vector<Block> blocks;
  SmallVector<unsigned> blockOf(sizes.size());
  auto lifetime = [&](unsigned tensor, int &first, int &last) {
    first = writers[tensor] < 0 ? 0 : positions[writers[tensor]];
    last = first;
    for (unsigned reader : readers[tensor])
      last = std::max(last, positions[reader]);
    if (tensor == network.output)
      last = std::max(count - 1, 0);
  };
  auto addTensor = [&](unsigned tensor) {
    int first, last;
    lifetime(tensor, first, last);
    const int writer = writers[tensor];
    if (writer >= 0 && overwritten[writer] >= 0) {
      blockOf[tensor] =
          blockOf[network.steps[writer].inputs[overwritten[writer]]];
    } else {
      blockOf[tensor] = blocks.size();
      blocks.emplace_back();
    }
    blocks[blockOf[tensor]].parts.push_back({first, last, sizes[tensor]});
  };
  addTensor(network.input);
  SmallVector<int> scratchOf(count, -1);
  for (unsigned step : order) {
    addTensor(network.steps[step].output);
    const int64_t extra = scratchBytes(step, overwritten);
    if (extra > 0) {
      scratchOf[step] = static_cast<int>(blocks.size());
      blocks.emplace_back();
      blocks.back().parts.push_back({positions[step], positions[step], extra});
    }
  }
  result.bytes = placeBlocks(blocks);
  result.tensors.resize(sizes.size());
  for (unsigned tensor = 0; tensor < sizes.size(); ++tensor) {
    PlacedBuffer &place = result.tensors[tensor];
    place.offset = blocks[blockOf[tensor]].offset;
    place.size = sizes[tensor];
    lifetime(tensor, place.first, place.last);
  }
  result.scratch.resize(count);
  for (int step = 0; step < count; ++step)
    if (scratchOf[step] >= 0)
      result.scratch[step] = {blocks[scratchOf[step]].offset,
                              scratchBytes(step, overwritten), positions[step],
                              positions[step]};
  return result;
}

} // namespace

MemoryPlan planMemory(const QuantizedNetwork &network, const KernelSet &kernels,
                      int64_t alignment) {
  MemoryProblem problem(network, kernels, alignment);
  int64_t bound = 0;
  uint64_t numOrders = 1;
  SmallVector<unsigned> order = problem.findOrder(bound, numOrders);
  SmallVector<int> positions = problem.positionsOf(order);

  // Of the inputs that a step can write over, the one that wastes least.
  SmallVector<int> possible(order.size(), -1);
  for (unsigned step = 0; step < order.size(); ++step) {
    const NetworkStep &definition = network.steps[step];
    const int64_t wanted = problem.sizes[definition.output];
    int64_t least = 0;
    for (unsigned input : problem.overwritable[step]) {
      const unsigned tensor = definition.inputs[input];
      const int64_t waste = std::abs(problem.sizes[tensor] - wanted);
      if (problem.diesAt(positions, step, tensor) &&
          (possible[step] < 0 || waste < least)) {
        possible[step] = static_cast<int>(input);
        least = waste;
      }
    }
  }
  MemoryPlan best = problem.plan(order, possible);
  SmallVector<int> none(order.size(), -1);
  if (MemoryPlan apart = problem.plan(order, none); apart.bytes < best.bytes)
    best = apart;
  // One at a time, while it helps.
  for (bool improved = true; improved && best.bytes > bound;) {
    improved = false;
    for (unsigned step = 0; step < order.size() && best.bytes > bound; ++step) {
      if (possible[step] < 0)
        continue;
      SmallVector<int> changed(best.overwritten);
      changed[step] = changed[step] < 0 ? possible[step] : -1;
      MemoryPlan plan = problem.plan(order, changed);
      if (plan.bytes < best.bytes) {
        best = std::move(plan);
        improved = true;
      }
    }
  }
  best.lowerBound = std::min(best.bytes, bound);
  best.numOrders = numOrders;
  if (llvm::Error error = checkMemoryPlan(network, kernels, best, alignment)) {
    llvm::report_fatal_error(std::move(error));
  }
  return best;
}

llvm::Error checkMemoryPlan(const QuantizedNetwork &network,
                            const KernelSet &kernels, const MemoryPlan &plan,
                            int64_t alignment) {
  auto fail = [](const std::string &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  // Whose bytes the arena holds: tensors by number, -1 for none.
  std::vector<int> owner(plan.bytes, -1);
  auto place = [&](const PlacedBuffer &buffer, int64_t size,
                   const std::string &name) -> llvm::Error {
    if (buffer.offset < 0 || buffer.offset % alignment != 0 ||
        buffer.offset + size > plan.bytes || buffer.size < size)
      return fail(llvm::formatv("{0} is not aligned inside the arena", name));
    return llvm::Error::success();
  };
  auto fill = [&](int64_t offset, int64_t size, int value) {
    std::fill_n(owner.begin() + offset, size, value);
  };
  const int64_t inputSize = network.tensors[network.input].bytes();
  if (llvm::Error error =
          place(plan.tensors[network.input], inputSize, "the input"))
    return error;
  fill(plan.tensors[network.input].offset, inputSize, network.input);
  SmallVector<bool> done(network.steps.size(), false);
  for (unsigned index : plan.order) {
    const NetworkStep &step = network.steps[index];
    const std::string &name = step.layer;
    for (unsigned tensor : step.inputs) {
      const PlacedBuffer &from = plan.tensors[tensor];
      for (int64_t i = 0; i < network.tensors[tensor].bytes(); ++i)
        if (owner[from.offset + i] != static_cast<int>(tensor))
          return fail(
              llvm::formatv("'{0}' reads '{1}', which is not whole any more",
                            name, network.tensors[tensor].name));
    }
    const PlacedBuffer &to = plan.tensors[step.output];
    const int64_t size = network.tensors[step.output].bytes();
    const int64_t scratch =
        kernels.getScratchBytes(network, step, plan.overwritten[index] >= 0);
    if (llvm::Error error = place(to, size, name))
      return error;
    if (scratch > 0) {
      const PlacedBuffer &used = plan.scratch[index];
      if (llvm::Error error = place(used, scratch, name + "'s scratch memory"))
        return error;
      auto overlaps = [&](const PlacedBuffer &other, int64_t bytes) {
        return used.offset < other.offset + bytes &&
               other.offset < used.offset + scratch;
      };
      if (overlaps(to, size))
        return fail(
            llvm::formatv("'{0}' has scratch memory in its result", name));
      for (unsigned tensor : step.inputs)
        if (overlaps(plan.tensors[tensor], network.tensors[tensor].bytes()))
          return fail(
              llvm::formatv("'{0}' has scratch memory in its input", name));
      fill(used.offset, scratch, -1);
    }
    for (auto [number, tensor] : llvm::enumerate(step.inputs)) {
      const PlacedBuffer &from = plan.tensors[tensor];
      const int64_t bytes = network.tensors[tensor].bytes();
      if (from.offset >= to.offset + size || to.offset >= from.offset + bytes)
        continue;
      if (static_cast<int>(number) != plan.overwritten[index] ||
          from.offset != to.offset ||
          !kernels.canOverwrite(network, step, number))
        return fail(llvm::formatv("'{0}' writes over its input '{1}'", name,
                                  network.tensors[tensor].name));
    }
    fill(to.offset, size, step.output);
    done[index] = true;
  }
  if (!llvm::all_of(done, [](bool ran) { return ran; }))
    return fail("a step is missing in the order");
  const PlacedBuffer &out = plan.tensors[network.output];
  for (int64_t i = 0; i < network.tensors[network.output].bytes(); ++i)
    if (owner[out.offset + i] != static_cast<int>(network.output))
      return fail("the output is not whole at the end");
  return llvm::Error::success();
}

} // namespace nasc
