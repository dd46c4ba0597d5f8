//===- Prune.cpp - Removes what occurs in no feasible architecture --------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Prune.h"

#include "passes/cost/ArchitectureSpace.h"
#include "passes/cost/Interpreter.h"
#include "passes/cost/IntervalEvaluator.h"
#include "passes/counting/FeasibleSet.h"
#include "passes/feasibility/Solver.h"
#include "passes/feasibility/Z3Encoding.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <cassert>
#include <chrono>
#include <random>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::feasibility;

llvm::BitVector PrunedChoice::kept() const {
  llvm::BitVector result(values.size());
  for (auto [position, fate] : llvm::enumerate(values))
    if (fate == ValueFate::Feasible || fate == ValueFate::Undecided)
      result.set(position);
  return result;
}

ChoiceDomains PruneResult::domains() const {
  ChoiceDomains result;
  for (const PrunedChoice &choice : choices)
    result.push_back(choice.kept());
  return result;
}

namespace {

/// Prunes one space.
class Pruner {
public:
  Pruner(const CostProgram &program, const PruneOptions &options)
      : program(program), options(options),
        interpreter(program, program.feasibilityOutputs()),
        canonicalizer(program), random(options.seed) {
    for (const ProgramChoice &choice : program.choices)
      result.choices.push_back(
          {choice.name,
           std::vector<ValueFate>(choice.values.size(), ValueFate::Undecided)});
    result.limits.assign(program.limits.size(), LimitEffect::Undecided);
  }

  PruneResult run() {
    pruneByIntervals();
    if (result.status != PruneStatus::Empty) {
      drawSamples();
      if (!decideByCounting())
        changeWitnesses();
      decideLimitsByCounting();
    }
    try {
      decideBySolver();
    } catch (const z3::exception &) {
      // Z3 gave up (out of memory, for instance): what is undecided stays.
      ++result.statistics.timeouts;
    }
    finish();
    if (result.status == PruneStatus::Feasible)
      findExclusions();
    return std::move(result);
  }

private:
  bool isUndecided(uint32_t choice, uint32_t position) const {
    return result.choices[choice].values[position] == ValueFate::Undecided;
  }

  template <typename Visitor> void forEachUndecided(Visitor visit) {
    for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
      for (uint32_t position = 0;
           position < program.choices[choice].values.size(); ++position)
        if (isUndecided(choice, position))
          visit(choice, position);
  }

  /// Whether the bounds leave a limit that cannot hold.
  bool isExcluded(const Bounds &bounds) const {
    return llvm::any_of(program.limits, [&](const ProgramLimit &limit) {
      return !bounds.canHold(limit.holds);
    });
  }

  void pruneByIntervals() {
    IntervalEvaluator evaluator(program, program.feasibilityOutputs());
    Bounds bounds = evaluator.evaluate(fullDomains(program));
    for (auto [index, limit] : llvm::enumerate(program.limits)) {
      if (!bounds.canFail(limit.holds))
        result.limits[index] = LimitEffect::ExcludesNothing;
      if (!bounds.canHold(limit.holds)) {
        // This limit alone excludes everything.
        result.status = PruneStatus::Empty;
        result.limits[index] = LimitEffect::ExcludesSome;
        result.conflict = {static_cast<uint32_t>(index)};
        result.conflictIsMinimal = true;
        removeAllByIntervals();
        return;
      }
    }
    bool changed = true;
    while (changed) {
      changed = false;
      bounds = evaluator.evaluate(result.domains());
      forEachUndecided([&](uint32_t choice, uint32_t position) {
        if (isOver())
          return;
        llvm::BitVector only(program.choices[choice].values.size());
        only.set(position);
        Bounds fixed = evaluator.restrict(bounds, choice, only);
        std::optional<Slot> activity = program.choices[choice].activity;
        if (!isExcluded(fixed) && (!activity || fixed.canHold(*activity)))
          return;
        remove(choice, position, ValueFate::RemovedByIntervals);
        changed = true;
      });
      if (isWithoutValues()) {
        result.status = PruneStatus::Empty;
        removeAllByIntervals();
        return;
      }
    }
  }

  /// A choice that is always active has no value left.
  bool isWithoutValues() const {
    return llvm::any_of(
        llvm::zip(program.choices, result.choices), [](auto pair) {
          return !std::get<0>(pair).activity && std::get<1>(pair).kept().none();
        });
  }

  void remove(uint32_t choice, uint32_t position, ValueFate fate) {
    result.choices[choice].values[position] = fate;
  }

  void removeAllByIntervals() {
    forEachUndecided([&](uint32_t choice, uint32_t position) {
      remove(choice, position, ValueFate::RemovedByIntervals);
    });
  }

  /// Checks an assignment; a feasible architecture shows its values feasible.
  bool tryWitness(llvm::ArrayRef<uint16_t> positions) {
    interpreter.run(positions);
    for (auto [limit, effect] : llvm::zip(program.limits, result.limits))
      if (interpreter.getValue(limit.holds) == 0)
        effect = LimitEffect::ExcludesSome;
    if (!interpreter.isFeasible())
      return false;
    Architecture architecture = canonicalizer.canonicalize(positions);
    bool isNews = !result.witness;
    for (unsigned choice : architecture.active.set_bits()) {
      ValueFate &fate =
          result.choices[choice].values[architecture.positions[choice]];
      assert((fate == ValueFate::Feasible || fate == ValueFate::Undecided) &&
             "a value that was removed is feasible");
      if (fate != ValueFate::Feasible) {
        fate = ValueFate::Feasible;
        isNews = true;
      }
    }
    result.status = PruneStatus::Feasible;
    if (!result.witness)
      result.witness = architecture;
    // Neighbours are looked for around architectures that showed something.
    if (isNews || feasible.size() < 64)
      feasible.push_back(std::move(architecture));
    return true;
  }

  /// The seconds that are left; nothing without a limit.
  std::optional<double> secondsLeft() const {
    if (options.seconds <= 0)
      return std::nullopt;
    return options.seconds - std::chrono::duration<double>(
                                 std::chrono::steady_clock::now() - started)
                                 .count();
  }
  bool isOver() const {
    std::optional<double> left = secondsLeft();
    return left && *left <= 0;
  }

  /// Decides all values, if the feasible set can be had exactly in time.
  bool decideByCounting() {
    if (countUndecided() == 0 && result.status == PruneStatus::Feasible)
      return true;
    counting::FeasibleSetOptions counting;
    // Half of a limited time is for the solver.
    counting.seconds =
        std::min(options.countingSeconds, secondsLeft().value_or(1e9) / 2);
    counting.bounds = false;
    if (counting.seconds <= 0)
      return false;
    auto set =
        counting::FeasibleSet::build(program, result.domains(), counting);
    if (!set->isExact())
      return false;
    if (set->isEmpty()) {
      result.status = PruneStatus::Empty;
      forEachUndecided([&](uint32_t choice, uint32_t position) {
        remove(choice, position, ValueFate::RemovedByCounting);
      });
      return true;
    }
    std::vector<uint16_t> positions(program.choices.size());
    set->sample([&] { return random(); }, positions);
    bool isFeasible = tryWitness(positions);
    assert(isFeasible && "counting and the interpreter disagree");
    (void)isFeasible;
    const std::vector<std::vector<llvm::APInt>> &marginals = set->marginals();
    forEachUndecided([&](uint32_t choice, uint32_t position) {
      if (marginals[choice][position].isZero())
        remove(choice, position, ValueFate::RemovedByCounting);
      else
        result.choices[choice].values[position] = ValueFate::Feasible;
    });
    return true;
  }

  bool isOpen(uint32_t limit) const {
    return !program.limits[limit].implied &&
           result.limits[limit] == LimitEffect::Undecided;
  }

  /// Whether limits exclude something, by counting what each alone leaves.
  void decideLimitsByCounting() {
    if (options.countingSeconds <= 0)
      return;
    std::optional<llvm::APInt> all;
    for (uint32_t limit = 0; limit < program.limits.size(); ++limit) {
      if (!options.checkLimits || !isOpen(limit) || isOver())
        continue;
      if (!all) {
        auto space = ArchitectureSpace::build(program, fullDomains(program));
        if (!space)
          return;
        all = space->getCount();
      }
      CostProgram asked = program;
      asked.limits = {program.limits[limit]};
      counting::FeasibleSetOptions counting;
      counting.seconds =
          std::min(secondsForLimit, secondsLeft().value_or(1e9) / 2);
      counting.bounds = false;
      auto set =
          counting::FeasibleSet::build(asked, fullDomains(program), counting);
      if (!set->isExact())
        continue;
      const llvm::APInt &left = set->getCount().lower;
      const unsigned width = std::max(left.getBitWidth(), all->getBitWidth());
      result.limits[limit] = left.zext(width) == all->zext(width)
                                 ? LimitEffect::ExcludesNothing
                                 : LimitEffect::ExcludesSome;
    }
  }

  void drawSamples() {
    unsigned before = countUndecided();
    std::optional<ArchitectureSpace> space =
        ArchitectureSpace::build(program, result.domains());
    if (space && !space->getCount().isZero()) {
      auto next = [&] { return random(); };
      for (unsigned sample = 0; sample < options.samples && !isOver(); ++sample)
        tryWitness(space->sample(next).positions);
    }
    result.statistics.shownBySamples += before - countUndecided();
  }

  void changeWitnesses() {
    unsigned before = countUndecided();
    // Feasible architectures with one choice changed, as long as that helps.
    for (size_t index = 0; index < feasible.size() && index < 512; ++index) {
      if (isOver())
        break;
      std::vector<uint16_t> positions = feasible[index].positions;
      forEachUndecided([&](uint32_t choice, uint32_t position) {
        uint16_t present = positions[choice];
        positions[choice] = position;
        tryWitness(positions);
        positions[choice] = present;
      });
    }
    if (!isOver())
      changeTwo();
    result.statistics.shownBySamples += before - countUndecided();
  }

  /// Feasible architectures with one choice at an undecided value and one other
  /// choice changed. That is far cheaper than a question to the solver.
  void changeTwo() {
    unsigned budget = 10 * options.samples;
    forEachUndecided([&](uint32_t choice, uint32_t position) {
      // At most as many as there are now: the list grows below.
      for (size_t index = std::min<size_t>(feasible.size(), 256);
           index-- > 0 && isUndecided(choice, position) && budget > 0;) {
        std::vector<uint16_t> positions = feasible[index].positions;
        positions[choice] = position;
        for (uint32_t other = 0; other < positions.size(); ++other) {
          uint16_t present = positions[other];
          size_t size = program.choices[other].values.size();
          for (uint16_t changed = 0;
               changed < size && other != choice &&
               isUndecided(choice, position) && budget > 0;
               ++changed) {
            positions[other] = changed;
            tryWitness(positions);
            --budget;
          }
          positions[other] = present;
        }
      }
    });
  }

  unsigned countUndecided() {
    unsigned count = 0;
    forEachUndecided([&](uint32_t, uint32_t) { ++count; });
    return count;
  }

  void decideBySolver() {
    bool isEmpty = result.status == PruneStatus::Empty;
    bool limitsOpen =
        options.checkLimits &&
        llvm::any_of(llvm::seq<uint32_t>(0, program.limits.size()),
                     [&](uint32_t limit) { return isOpen(limit); });
    bool explains = isEmpty && result.conflict.empty();
    if (!explains && !limitsOpen &&
        (isEmpty ||
         (countUndecided() == 0 && result.status == PruneStatus::Feasible)))
      return;

    if (isOver()) {
      ++result.statistics.timeouts;
      return;
    }
    // Which limits contradict each other is explained again, by counting too,
    // where it is reported: here it is worth little time.
    std::optional<double> left = secondsLeft();
    if (isEmpty)
      left = std::min(left.value_or(secondsForConflict), secondsForConflict);
    LimitedSolver solver(options.seed, left.value_or(0));
    std::vector<Slot> roots;
    for (const ProgramLimit &limit : program.limits)
      roots.push_back(limit.holds);
    // Over the whole space: also what the intervals removed is needed to say
    // which limits exclude what.
    Z3Encoding encoding(program, roots, fullDomains(program), solver.get());
    std::vector<z3::expr> limits;
    for (Slot root : roots)
      limits.push_back(encoding.name(encoding.truth(root), "limit"));
    // What is known to be removed follows from the limits, so it holds only
    // where all of them are assumed.
    std::vector<z3::expr> everything = limits;
    z3::expr pruned = solver.getContext().bool_const("pruned");
    everything.push_back(pruned);
    auto forbid = [&](uint32_t choice, uint32_t position) {
      solver.get().add(!pruned || !encoding.isActive(choice) ||
                       !encoding.isAt(choice, position));
    };
    for (auto [choice, pruning] : llvm::enumerate(result.choices))
      for (auto [position, fate] : llvm::enumerate(pruning.values))
        if (fate == ValueFate::RemovedByIntervals ||
            fate == ValueFate::RemovedByCounting)
          forbid(choice, position);

    auto finishStatistics = [&] {
      result.statistics.queries = solver.getQueries();
      result.statistics.timeouts = solver.getTimeouts();
    };
    if (result.status == PruneStatus::Undecided) {
      z3::check_result answer = solver.check(everything);
      if (answer == z3::sat)
        believe(solver, encoding);
      else if (answer == z3::unsat) {
        isEmpty = true;
        result.status = PruneStatus::Empty;
      }
    }
    if (isEmpty && result.conflict.empty())
      explain(solver, limits);
    if (!isEmpty)
      forEachUndecided([&](uint32_t choice, uint32_t position) {
        std::vector<z3::expr> assumptions = everything;
        assumptions.push_back(encoding.isActive(choice));
        assumptions.push_back(encoding.isAt(choice, position));
        z3::check_result answer = solver.check(assumptions);
        if (answer == z3::sat)
          believe(solver, encoding);
        else if (answer == z3::unsat) {
          remove(choice, position, ValueFate::RemovedBySolver);
          forbid(choice, position);
        }
      });
    if (options.checkLimits)
      for (uint32_t index = 0; index < program.limits.size(); ++index) {
        if (!isOpen(index))
          continue;
        z3::check_result answer =
            solver.check({!limits[index]}, secondsForLimit);
        if (answer != z3::unknown)
          result.limits[index] = answer == z3::sat
                                     ? LimitEffect::ExcludesSome
                                     : LimitEffect::ExcludesNothing;
      }
    finishStatistics();
  }

  /// Checks a model of all limits by the interpreter.
  void believe(LimitedSolver &solver, const Z3Encoding &encoding) {
    Architecture architecture =
        encoding.architectureOf(solver.get().get_model());
    bool isFeasible = tryWitness(architecture.positions);
    assert(isFeasible && "the solver and the interpreter disagree");
    (void)isFeasible;
  }

  void explain(LimitedSolver &solver, const std::vector<z3::expr> &limits) {
    if (solver.check(limits) != z3::unsat) {
      // No time: all limits together are certainly in conflict.
      for (uint32_t limit = 0; limit < limits.size(); ++limit)
        result.conflict.push_back(limit);
      return;
    }
    result.conflict = solver.explain(limits, result.conflictIsMinimal);
  }

  void finish() {
    if (result.status == PruneStatus::Empty)
      forEachUndecided([&](uint32_t choice, uint32_t position) {
        remove(choice, position, ValueFate::RemovedBySolver);
      });
    for (const PrunedChoice &choice : result.choices)
      for (ValueFate fate : choice.values) {
        result.statistics.removedByIntervals +=
            fate == ValueFate::RemovedByIntervals;
        result.statistics.removedByCounting +=
            fate == ValueFate::RemovedByCounting;
        result.statistics.removedBySolver += fate == ValueFate::RemovedBySolver;
      }
  }

  /// Fixes two values at a time and bounds the limits.
  void findExclusions() {
    IntervalEvaluator evaluator(program, program.feasibilityOutputs());
    ChoiceDomains domains = result.domains();
    Bounds bounds = evaluator.evaluate(domains);
    unsigned left = options.pairs;
    auto fixed = [&](const Bounds &known, uint32_t choice, unsigned position) {
      llvm::BitVector only(domains[choice].size());
      only.set(position);
      return evaluator.restrict(known, choice, only);
    };
    auto canBeActive = [&](const Bounds &known, uint32_t choice) {
      std::optional<Slot> activity = program.choices[choice].activity;
      return !activity || known.canHold(*activity);
    };
    for (uint32_t first = 0; first < domains.size(); ++first)
      for (unsigned position : domains[first].set_bits()) {
        if (domains[first].count() < 2)
          break;
        Bounds one = fixed(bounds, first, position);
        bool canFail =
            llvm::any_of(program.limits, [&](const ProgramLimit &limit) {
              return one.canFail(limit.holds);
            });
        if (!canFail)
          continue;
        for (uint32_t second = first + 1; second < domains.size(); ++second)
          for (unsigned other : domains[second].set_bits()) {
            if (domains[second].count() < 2 || !canBeActive(one, second))
              break;
            if (left-- == 0)
              return;
            Bounds both = fixed(one, second, other);
            if (isExcluded(both) && canBeActive(both, first) &&
                canBeActive(both, second))
              result.exclusions.push_back({first, position, second, other});
          }
      }
  }

  /// To find out whether one limit excludes anything, which is a remark only.
  static constexpr double secondsForLimit = 2;

  /// To find limits that contradict each other in a space that is empty.
  static constexpr double secondsForConflict = 4;

  std::chrono::steady_clock::time_point started =
      std::chrono::steady_clock::now();
  const CostProgram &program;
  const PruneOptions &options;
  PruneResult result;
  Interpreter interpreter;
  Canonicalizer canonicalizer;
  std::mt19937_64 random;
  std::vector<Architecture> feasible;
};

} // namespace

PruneResult feasibility::pruneSpace(const CostProgram &program,
                                    const PruneOptions &options) {
  return Pruner(program, options).run();
}
