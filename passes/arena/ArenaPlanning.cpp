//===- ArenaPlanning.cpp - Offsets of buffers in one arena ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/arena/ArenaPlanning.h"
#include "passes/arena/ArenaSearch.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cassert>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

namespace nasc {
namespace {

bool aliveTogether(const ArenaBuffer &a, const ArenaBuffer &b) {
  return a.lower < b.upper && b.lower < a.upper;
}

int64_t alignUp(int64_t value, int64_t alignment) {
  return static_cast<int64_t>(llvm::alignTo(value, alignment));
}

enum class Gap { Lowest, Tightest };

/// Places the buffers in the given order, each into a gap of those already
/// placed that are alive together with it.
ArenaPlan place(const std::vector<ArenaBuffer> &buffers,
                const std::vector<size_t> &order, Gap gap, int64_t alignment) {
  ArenaPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  std::vector<size_t> placed;
  for (size_t index : order) {
    const ArenaBuffer &buffer = buffers[index];
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (size_t other : placed)
      if (buffers[other].size > 0 && aliveTogether(buffer, buffers[other]))
        taken.emplace_back(plan.offsets[other],
                           plan.offsets[other] + buffers[other].size);
    llvm::sort(taken);
    int64_t best = -1;
    int64_t bestWaste = std::numeric_limits<int64_t>::max();
    int64_t from = 0;
    for (const auto &[begin, end] : taken) {
      if (begin - from >= buffer.size && begin - from < bestWaste) {
        best = from;
        bestWaste = begin - from;
        if (gap == Gap::Lowest)
          break;
      }
      from = std::max(from, alignUp(end, alignment));
    }
    plan.offsets[index] = best >= 0 ? best : from;
    plan.size = std::max(plan.size, plan.offsets[index] + buffer.size);
    placed.push_back(index);
  }
  return plan;
}

} // namespace

int64_t arenaLowerBound(const std::vector<ArenaBuffer> &buffers,
                        int64_t alignment) {
  // At each time at which a buffer begins to live, the ones alive lie beside
  // each other; only the last of them may end without padding, at best the one
  // with the most padding.
  int64_t bound = 0;
  for (const ArenaBuffer &event : buffers) {
    int64_t sum = 0, padding = 0;
    for (const ArenaBuffer &buffer : buffers) {
      if (buffer.lower > event.lower || buffer.upper <= event.lower)
        continue;
      int64_t rounded = alignUp(buffer.size, alignment);
      sum += rounded;
      padding = std::max(padding, rounded - buffer.size);
    }
    bound = std::max(bound, sum - padding);
  }
  return bound;
}

namespace {

/// The smallest plan of all orders, or the first of at most `enough` bytes.
ArenaPlan planGreedily(const std::vector<ArenaBuffer> &buffers,
                       int64_t alignment, int64_t enough) {
  using Less = std::function<bool(const ArenaBuffer &, const ArenaBuffer &)>;
  auto lifetime = [](const ArenaBuffer &b) { return b.upper - b.lower; };
  const std::pair<const char *, Less> orders[] = {
      {"size", [](const ArenaBuffer &a,
                  const ArenaBuffer &b) { return a.size > b.size; }},
      {"size and lifetime",
       [&](const ArenaBuffer &a, const ArenaBuffer &b) {
         return std::make_pair(a.size, lifetime(a)) >
                std::make_pair(b.size, lifetime(b));
       }},
      {"area",
       [&](const ArenaBuffer &a, const ArenaBuffer &b) {
         // In floating point: an area may exceed 64 bits, an order may not
         // depend on it exactly.
         return double(a.size) * double(lifetime(a)) >
                double(b.size) * double(lifetime(b));
       }},
      {"lifetime",
       [&](const ArenaBuffer &a, const ArenaBuffer &b) {
         return std::make_pair(lifetime(a), a.size) >
                std::make_pair(lifetime(b), b.size);
       }},
      {"start",
       [](const ArenaBuffer &a, const ArenaBuffer &b) {
         return a.lower != b.lower ? a.lower < b.lower : a.size > b.size;
       }},
      {"end", [](const ArenaBuffer &a, const ArenaBuffer &b) {
         return a.upper != b.upper ? a.upper > b.upper : a.size > b.size;
       }}};

  ArenaPlan best;
  bool found = false;
  for (const auto &[name, less] : orders) {
    std::vector<size_t> order(buffers.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&, &less = less](size_t a, size_t b) {
                       return less(buffers[a], buffers[b]);
                     });
    for (Gap gap : {Gap::Lowest, Gap::Tightest}) {
      ArenaPlan plan = place(buffers, order, gap, alignment);
      if (found && plan.size >= best.size)
        continue;
      best = std::move(plan);
      best.order = std::string(name) +
                   (gap == Gap::Lowest ? ", lowest gap" : ", tightest gap");
      found = true;
      if (best.size <= enough)
        return best;
    }
  }
  return best;
}

/// The exact search in the units that matter: offsets of a plan whose buffers
/// cannot be moved down are sums of rounded sizes, so multiples of their
/// greatest common divisor.
class SizeDecision {
public:
  SizeDecision(const std::vector<ArenaBuffer> &buffers, int64_t alignment)
      : buffers(buffers), unit(0) {
    for (size_t i = 0; i < buffers.size(); ++i)
      if (buffers[i].size > 0) {
        placed.push_back(i);
        unit = std::gcd(unit, alignUp(buffers[i].size, alignment));
      }
    for (size_t i : placed)
      items.push_back({buffers[i].lower, buffers[i].upper,
                       alignUp(buffers[i].size, alignment) / unit, 0});
  }

  /// The smallest size of at least `size` bytes with which some buffer ends at
  /// the top of the arena.
  int64_t roundUp(int64_t size) const {
    int64_t best = std::numeric_limits<int64_t>::max();
    for (size_t i : placed) {
      const int64_t above = std::max<int64_t>(size - buffers[i].size, 0);
      best = std::min(best, buffers[i].size + alignUp(above, unit));
    }
    return best;
  }

  /// Seeks a plan of at most `size` bytes.
  ArenaFit decide(int64_t size, ArenaBudget &budget, ArenaPlan &plan) {
    for (size_t k = 0; k < placed.size(); ++k) {
      const int64_t room = size - buffers[placed[k]].size;
      if (room < 0)
        return ArenaFit::DoesNotFit;
      // The last buffer may end without padding.
      items[k].limit = room / unit + items[k].size;
    }
    std::vector<int64_t> offsets;
    const ArenaFit fit = fitArena(items, budget, offsets);
    if (fit != ArenaFit::Fits)
      return fit;
    plan.offsets.assign(buffers.size(), 0);
    plan.size = 0;
    plan.order = "search";
    for (size_t k = 0; k < placed.size(); ++k) {
      const int64_t offset = offsets[k] * unit;
      plan.offsets[placed[k]] = offset;
      plan.size = std::max(plan.size, offset + buffers[placed[k]].size);
    }
    return fit;
  }

private:
  const std::vector<ArenaBuffer> &buffers;
  /// The buffers that take memory.
  std::vector<size_t> placed;
  std::vector<ArenaItem> items;
  int64_t unit;
};

} // namespace

ArenaPlan planArena(const std::vector<ArenaBuffer> &buffers, int64_t alignment,
                    const ArenaPlanOptions &options) {
  assert(alignment > 0 && "an arena has an alignment");
  int64_t bound = arenaLowerBound(buffers, alignment);
  const int64_t enough = std::max(bound, options.capacity.value_or(bound));
  ArenaPlan best = planGreedily(buffers, alignment, enough);
  best.lowerBound = bound;
  if (best.size <= enough)
    return best;
  if (options.capacity && *options.capacity < bound)
    return best;

  SizeDecision decision(buffers, alignment);
  ArenaBudget budget;
  budget.stepsLeft = options.stepLimit;
  if (options.secondsLimit)
    budget.deadline =
        std::chrono::steady_clock::now() +
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(*options.secondsLimit));

  ArenaPlan plan;
  if (options.capacity) {
    const ArenaFit fit = decision.decide(enough, budget, plan);
    if (fit == ArenaFit::Fits)
      best = std::move(plan);
    else if (fit == ArenaFit::DoesNotFit)
      bound = decision.roundUp(enough + 1);
    best.lowerBound = bound;
    return best;
  }

  // The bound first: most often it can be reached. After that, sizes between
  // are halved; where the search is undecided, only larger ones are tried.
  bound = decision.roundUp(bound);
  int64_t low = bound, wanted = bound;
  while (low < best.size && !budget.exhausted()) {
    // A share of what is left, so that a hard size does not use up all of it.
    ArenaBudget share = budget;
    share.stepsLeft = budget.stepsLeft / 2 + 1;
    if (budget.deadline) {
      const auto now = std::chrono::steady_clock::now();
      share.deadline = now + (*budget.deadline - now) / 2;
    }
    const uint64_t before = share.stepsLeft;
    switch (decision.decide(wanted, share, plan)) {
    case ArenaFit::Fits:
      best = std::move(plan);
      break;
    case ArenaFit::DoesNotFit:
      low = decision.roundUp(wanted + 1);
      bound = std::max(bound, low);
      break;
    case ArenaFit::Unknown:
      low = decision.roundUp(wanted + 1);
      break;
    }
    budget.stepsLeft -= std::min(budget.stepsLeft, before - share.stepsLeft);
    wanted =
        std::min(decision.roundUp(low + (best.size - low) / 2), best.size - 1);
  }
  best.lowerBound = std::min(bound, best.size);
  return best;
}

llvm::Error checkArenaPlan(const std::vector<ArenaBuffer> &buffers,
                           const ArenaPlan &plan, int64_t alignment) {
  auto error = [](const auto &...arguments) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   llvm::formatv(arguments...).str());
  };
  if (plan.offsets.size() != buffers.size())
    return error("the plan has {0} offsets for {1} buffers",
                 plan.offsets.size(), buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    const ArenaBuffer &buffer = buffers[i];
    const int64_t offset = plan.offsets[i];
    if (buffer.size < 0 || buffer.lower >= buffer.upper)
      return error("buffer {0} has no lifetime or a negative size", buffer.id);
    if (offset < 0 || offset % alignment != 0)
      return error("buffer {0} lies at {1}, not a multiple of {2}", buffer.id,
                   offset, alignment);
    if (offset > plan.size - buffer.size)
      return error("buffer {0} ends at {1}, outside the arena of {2} bytes",
                   buffer.id, offset + buffer.size, plan.size);
  }

  // Sweep over time. The buffers alive are kept by offset and never overlap,
  // so a new one has to be compared with its two neighbours only.
  struct Event {
    int64_t time;
    bool begins;
    size_t buffer;
  };
  std::vector<Event> events;
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].size == 0)
      continue;
    events.push_back({buffers[i].lower, true, i});
    events.push_back({buffers[i].upper, false, i});
  }
  // Ends first: `upper` is exclusive.
  llvm::sort(events, [](const Event &a, const Event &b) {
    return std::make_tuple(a.time, a.begins, a.buffer) <
           std::make_tuple(b.time, b.begins, b.buffer);
  });
  std::map<int64_t, size_t> alive;
  for (const Event &event : events) {
    const int64_t offset = plan.offsets[event.buffer];
    if (!event.begins) {
      alive.erase(offset);
      continue;
    }
    auto overlap = [&](size_t other) {
      return error("buffers {0} and {1} overlap in space and time",
                   buffers[other].id, buffers[event.buffer].id);
    };
    auto next = alive.lower_bound(offset);
    if (next != alive.end() &&
        next->first < offset + buffers[event.buffer].size)
      return overlap(next->second);
    if (next != alive.begin()) {
      auto previous = std::prev(next);
      if (previous->first + buffers[previous->second].size > offset)
        return overlap(previous->second);
    }
    alive.emplace(offset, event.buffer);
  }
  return llvm::Error::success();
}

} // namespace nasc
