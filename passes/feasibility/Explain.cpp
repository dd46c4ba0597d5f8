//===- Explain.cpp - Why nothing fits, and what would ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Explain.h"

#include "passes/cost/Interpreter.h"
#include "passes/feasibility/Solver.h"
#include "passes/feasibility/Z3Encoding.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>

using namespace nasc;
using namespace nasc::cost;
using namespace nasc::feasibility;

//===----------------------------------------------------------------------===//
// Limits as comparisons, and programs with other limits
//===----------------------------------------------------------------------===//

std::optional<LimitComparison>
feasibility::comparisonOf(const CostProgram &program, uint32_t limit) {
  const ProgramLimit &described = program.limits[limit];
  const Instruction *holds = &program.instructions[described.holds];
  std::optional<Slot> leftOut;
  if (holds->opcode == Opcode::Max && described.written) {
    leftOut = holds->operands[0];
    holds = &program.instructions[holds->operands[1]];
  }
  if (holds->opcode == Opcode::Compare) {
    const Instruction &left = program.instructions[holds->operands[0]];
    const Instruction &right = program.instructions[holds->operands[1]];
    if (right.opcode == Opcode::Constant)
      return LimitComparison{holds->operands[0], holds->comparison,
                             right.constant, leftOut};
    if (left.opcode == Opcode::Constant)
      return LimitComparison{holds->operands[1], exchanged(holds->comparison),
                             left.constant, leftOut};
    return std::nullopt;
  }
  // A limit that its ranges decide may have been folded.
  if (described.bound)
    if (std::optional<uint32_t> metric =
            program.findMetric(described.metric, described.device))
      return LimitComparison{program.metrics[*metric].value,
                             Comparison::LessOrEqual, *described.bound};
  return std::nullopt;
}

static Slot appendComparison(CostProgram &program, Slot subject,
                             Comparison comparison, int64_t bound) {
  Instruction number;
  number.constant = bound;
  Instruction compare;
  compare.opcode = Opcode::Compare;
  compare.comparison = comparison;
  compare.operands[0] = subject;
  compare.operands[1] = program.append(number);
  return program.append(compare);
}

CostProgram feasibility::withBound(const CostProgram &program, uint32_t limit,
                                   const LimitComparison &comparison,
                                   int64_t bound) {
  CostProgram result = program;
  ProgramLimit &changed = result.limits[limit];
  changed.holds = appendComparison(result, comparison.subject,
                                   comparison.comparison, bound);
  if (comparison.leftOut) {
    Instruction either;
    either.opcode = Opcode::Max;
    either.operands[0] = *comparison.leftOut;
    either.operands[1] = changed.holds;
    changed.holds = result.append(either);
  }
  if (changed.bound)
    changed.bound = bound;
  changed.written.reset();
  return result;
}

/// How the user wrote the number of a limit, where the limit still is what was
/// written.
static const WrittenBound *writtenBound(const CostProgram &program,
                                        uint32_t limit) {
  const ProgramLimit &described = program.limits[limit];
  std::optional<LimitComparison> comparison = comparisonOf(program, limit);
  if (!described.written || !comparison ||
      described.written->bound != comparison->bound)
    return nullptr;
  return &*described.written;
}

//===----------------------------------------------------------------------===//
// Values on their way to a bound
//===----------------------------------------------------------------------===//

namespace {

/// The values of a limit's expression, seen so that smaller is nearer to the
/// limit's own bound: a maximum is sought as a minimum of negated values.
struct Direction {
  bool isNegated = false;

  __int128 from(int64_t value) const {
    return isNegated ? -static_cast<__int128>(value) : value;
  }
  int64_t back(__int128 distance) const {
    return static_cast<int64_t>(isNegated ? -distance : distance);
  }
};

/// The bound with which a comparison holds for `value`, and for as little else
/// as possible.
int64_t boundFor(Comparison comparison, int64_t value) {
  switch (comparison) {
  case Comparison::Less:
    return saturatingAdd(value, 1);
  case Comparison::Greater:
    return saturatingSubtract(value, 1);
  default:
    return value;
  }
}

class Deadline {
public:
  explicit Deadline(double seconds)
      : end(std::chrono::steady_clock::now() +
            std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                std::chrono::duration<double>(std::min(seconds, 1e9)))) {}
  double secondsLeft() const {
    return std::chrono::duration<double>(end - std::chrono::steady_clock::now())
        .count();
  }

private:
  std::chrono::steady_clock::time_point end;
};

//===----------------------------------------------------------------------===//
// Architectures, by the interpreter alone
//===----------------------------------------------------------------------===//

std::vector<Slot> slotsToWatch(const CostProgram &program) {
  std::vector<Slot> slots = program.feasibilityOutputs();
  for (uint32_t limit = 0; limit < program.limits.size(); ++limit)
    if (std::optional<LimitComparison> comparison =
            comparisonOf(program, limit))
      slots.push_back(comparison->subject);
  return slots;
}

/// Runs assignments of the choices through the interpreter.
class Examiner {
public:
  Examiner(const CostProgram &program, const ChoiceDomains &domains,
           std::optional<ValueOfChoice> value)
      : program(program), domains(domains), value(value),
        interpreter(program, slotsToWatch(program)), canonicalizer(program) {}

  /// Whether the assignment is an architecture of the domains and has the value
  /// that is asked for. Nothing else may be asked before.
  bool run(llvm::ArrayRef<uint16_t> positions) {
    interpreter.run(positions);
    if (value && (!isActive(value->choice) ||
                  positions[value->choice] != value->position))
      return false;
    for (uint32_t choice = 0; choice < positions.size(); ++choice)
      if (isActive(choice) && !domains[choice].test(positions[choice]))
        return false;
    return true;
  }
  bool isActive(uint32_t choice) const {
    std::optional<Slot> activity = program.choices[choice].activity;
    return !activity || interpreter.getValue(*activity) != 0;
  }
  bool meets(uint32_t limit) const {
    return interpreter.getValue(program.limits[limit].holds) != 0;
  }
  bool meetsAllBut(std::optional<uint32_t> left) const {
    for (uint32_t limit = 0; limit < program.limits.size(); ++limit)
      if (limit != left && !meets(limit))
        return false;
    return true;
  }
  int64_t getValue(Slot slot) const { return interpreter.getValue(slot); }
  Architecture canonicalize(llvm::ArrayRef<uint16_t> positions) {
    return canonicalizer.canonicalize(positions);
  }

private:
  const CostProgram &program;
  const ChoiceDomains &domains;
  std::optional<ValueOfChoice> value;
  Interpreter interpreter;
  Canonicalizer canonicalizer;
};

/// Interpretations in search of a better value, for each model.
constexpr unsigned kImprovementBudget = 5000;

/// What is sought for one limit in one direction.
struct Target {
  uint32_t limit = 0;
  Slot subject = 0;
  Direction direction;
  /// Values nearer than this do not count: there is none, or they are on the
  /// other side of the bound.
  __int128 nearest = 0;
};

/// Changes one choice, and two, as long as the architecture meets the other
/// limits and comes nearer. `positions` is such an architecture and stays one.
/// Returns its distance.
__int128 improve(const CostProgram &program, Examiner &examiner,
                 const Target &target, std::vector<uint16_t> &positions) {
  auto distance = [&]() -> std::optional<__int128> {
    if (!examiner.run(positions) || !examiner.meetsAllBut(target.limit))
      return std::nullopt;
    __int128 result = target.direction.from(examiner.getValue(target.subject));
    return result < target.nearest ? std::nullopt : std::optional(result);
  };
  std::optional<__int128> start = distance();
  assert(start && "improvement starts at an architecture that counts");
  __int128 best = *start;
  unsigned budget = kImprovementBudget;
  auto tryPosition = [&](uint32_t choice, uint16_t position,
                         llvm::function_ref<bool()> next) {
    uint16_t present = positions[choice];
    if (position == present || budget == 0)
      return false;
    positions[choice] = position;
    if (next())
      return true;
    positions[choice] = present;
    return false;
  };
  auto isBetter = [&] {
    if (budget > 0)
      --budget;
    std::optional<__int128> found = distance();
    if (!found || *found >= best)
      return false;
    best = *found;
    return true;
  };
  auto forEachChange = [&](uint32_t first, llvm::function_ref<bool()> next) {
    for (uint32_t choice = first; choice < positions.size(); ++choice)
      for (uint16_t position = 0;
           position < program.choices[choice].values.size(); ++position)
        if (tryPosition(choice, position, next))
          return true;
    return false;
  };
  auto changeOne = [&] { return forEachChange(0, isBetter); };
  auto changeTwo = [&] {
    for (uint32_t choice = 0; choice < positions.size(); ++choice)
      for (uint16_t position = 0;
           position < program.choices[choice].values.size(); ++position)
        if (tryPosition(choice, position,
                        [&] { return forEachChange(choice + 1, isBetter); }))
          return true;
    return false;
  };
  while (budget > 0 && best > target.nearest && (changeOne() || changeTwo()))
    ;
  return best;
}

//===----------------------------------------------------------------------===//
// Two ways to decide one question
//===----------------------------------------------------------------------===//

/// Is there an architecture of the domains that meets these limits?
struct Question {
  Question() = default;
  explicit Question(std::vector<uint32_t> limits) : limits(std::move(limits)) {}

  std::vector<uint32_t> limits;
  /// And has the value that is asked for.
  bool withValue = true;
  /// And has the value of this slot in this range; ends that a range has by
  /// default do not count.
  std::optional<Slot> subject;
  Range range;
};

enum class Answer { Yes, No, Unknown };

struct Decision {
  Answer answer = Answer::Unknown;
  /// Yes: one such.
  std::vector<uint16_t> positions;
};

/// Domains in which the value's choice has no other.
ChoiceDomains withValue(ChoiceDomains domains,
                        std::optional<ValueOfChoice> value) {
  if (!value)
    return domains;
  llvm::BitVector &domain = domains[value->choice];
  bool isAllowed = domain.test(value->position);
  domain.reset();
  if (isAllowed)
    domain.set(value->position);
  return domains;
}

/// By counting the architectures that are asked for.
class CountingWay {
public:
  CountingWay(const CostProgram &program, const ChoiceDomains &domains,
              std::optional<ValueOfChoice> value)
      : program(program), domains(domains), value(value) {}

  Decision decide(const Question &question, double seconds) {
    CostProgram asked = program;
    asked.limits.clear();
    for (uint32_t limit : question.limits)
      asked.limits.push_back(program.limits[limit]);
    auto addLimit = [&](Slot holds) {
      asked.limits.emplace_back().holds = holds;
    };
    if (question.subject && question.range.lower != Range::kMinimum)
      addLimit(appendComparison(asked, *question.subject,
                                Comparison::GreaterOrEqual,
                                question.range.lower));
    if (question.subject && question.range.upper != Range::kMaximum)
      addLimit(appendComparison(asked, *question.subject,
                                Comparison::LessOrEqual, question.range.upper));
    bool isFixed = question.withValue && value;
    if (isFixed)
      if (std::optional<Slot> activity =
              program.choices[value->choice].activity)
        addLimit(*activity);
    counting::FeasibleSetOptions options;
    options.seconds = seconds;
    options.memory = kMemory;
    std::unique_ptr<counting::FeasibleSet> set = counting::FeasibleSet::build(
        asked, isFixed ? withValue(domains, value) : domains, options);
    Decision result;
    if (set->isEmpty()) {
      result.answer = Answer::No;
    } else if (set->isExact()) {
      result.answer = Answer::Yes;
      set->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
        result.positions = positions.vec();
        return false;
      });
    }
    return result;
  }

private:
  /// Of one question: they are to be cheap.
  static constexpr size_t kMemory = size_t(1) << 30;

  const CostProgram &program;
  const ChoiceDomains &domains;
  std::optional<ValueOfChoice> value;
};

/// By Z3. What a question needs is encoded when it is asked first. All
/// questions are with the value, where there is one: fixed, it makes the
/// formula smaller.
class SolverWay {
public:
  SolverWay(const CostProgram &program, const ChoiceDomains &domains,
            std::optional<ValueOfChoice> value, uint64_t seed)
      : program(program), domains(withValue(domains, value)), value(value),
        seed(seed), limits(program.limits.size()) {}

  Decision decide(const Question &question, double seconds) {
    assert((question.withValue || !value) && "the value is fixed");
    if (isBroken || seconds <= 0)
      return Decision();
    try {
      return ask(question, seconds);
    } catch (const z3::exception &) {
      // Z3 gave up (out of memory, for instance); it is not asked again.
      isBroken = true;
      return Decision();
    }
  }

private:
  Decision ask(const Question &question, double seconds) {
    if (!solver) {
      solver.emplace(seed, 0);
      encoding.emplace(program, slotsToWatch(program), domains, solver->get());
    }
    std::vector<z3::expr> assumptions;
    for (uint32_t limit : question.limits) {
      if (!limits[limit])
        limits[limit] = encoding->name(
            encoding->truth(program.limits[limit].holds), "limit");
      assumptions.push_back(*limits[limit]);
    }
    if (value) {
      assumptions.push_back(encoding->isActive(value->choice));
      assumptions.push_back(encoding->isAt(value->choice, value->position));
    }
    if (question.subject && question.range.lower != Range::kMinimum)
      assumptions.push_back(encoding->name(
          !encoding->isAtMost(*question.subject,
                              static_cast<__int128>(question.range.lower) - 1),
          "bound"));
    if (question.subject && question.range.upper != Range::kMaximum)
      assumptions.push_back(encoding->name(
          encoding->isAtMost(*question.subject, question.range.upper),
          "bound"));
    Decision result;
    z3::check_result answer = solver->check(assumptions, seconds);
    if (answer == z3::unsat)
      result.answer = Answer::No;
    if (answer == z3::sat) {
      result.answer = Answer::Yes;
      result.positions =
          encoding->architectureOf(solver->get().get_model()).positions;
    }
    return result;
  }

  const CostProgram &program;
  ChoiceDomains domains;
  std::optional<ValueOfChoice> value;
  uint64_t seed;
  std::optional<LimitedSolver> solver;
  // What belongs to the solver's context has to go before it.
  std::optional<Z3Encoding> encoding;
  std::vector<std::optional<z3::expr>> limits;
  bool isBroken = false;
};

/// Which ways answered "no" to a question.
struct Proof {
  bool byCounting = false;
  bool bySolver = false;
  bool isTwice() const { return byCounting && bySolver; }
};

//===----------------------------------------------------------------------===//
// Explaining
//===----------------------------------------------------------------------===//

/// Explains one conflict.
class Explainer {
public:
  Explainer(const CostProgram &program, const ChoiceDomains &domains,
            std::optional<ValueOfChoice> value, const ExplainOptions &options)
      : program(program), domains(domains), options(options), value(value),
        examiner(program, domains, value), counting(program, domains, value),
        solver(program, domains, value, options.seed),
        deadline(options.seconds / 2), end(options.seconds),
        ranges(IntervalEvaluator(program, slotsToWatch(program))
                   .evaluate(fullDomains(program))) {}

  ConflictExplanation run() {
    Question everything(limitsBut(std::nullopt));
    Proof proof;
    Decision decision = decide(everything, share(2), &proof);
    if (decision.answer == Answer::Yes) {
      result.status = ConflictStatus::Feasible;
      result.example = examiner.canonicalize(decision.positions);
    }
    if (decision.answer != Answer::No)
      return std::move(result);
    result.status = ConflictStatus::Conflict;
    std::vector<uint32_t> conflict = findConflict(proof);
    if (value) {
      everything.withValue = false;
      Answer answer = decide(everything, share(4)).answer;
      if (answer != Answer::Unknown)
        result.spaceIsEmpty = answer == Answer::No;
    }
    for (uint32_t limit : conflict) {
      result.limits.emplace_back();
      result.limits.back().limit = limit;
    }
    if (options.findBounds)
      for (auto [index, limit] : llvm::enumerate(result.limits))
        findRemedy(limit, share(conflict.size() - index));
    claims.insert(claims.begin(),
                  {Question(conflict), proof, &result.checkedTwice});
    proveAgain();
    return std::move(result);
  }

private:
  /// Something that there is no architecture for, as one way has found; the
  /// other is to agree.
  struct Claim {
    Question question;
    Proof proof;
    bool *isTwice;
  };

  std::vector<uint32_t> limitsBut(std::optional<uint32_t> left) const {
    std::vector<uint32_t> others;
    for (uint32_t limit = 0; limit < program.limits.size(); ++limit)
      if (limit != left)
        others.push_back(limit);
    return others;
  }

  /// An equal part of the time that is left.
  double share(size_t parts) const {
    return std::max(0.0, deadline.secondsLeft()) / parts;
  }

  /// Asks one way, and the other where the first has no answer. Counting is
  /// first: for what is empty, or nearly, it is mostly the faster one. `proof`
  /// receives which way answered "no".
  Decision decide(const Question &question, double seconds,
                  Proof *proof = nullptr) {
    Decision decision;
    if (seconds <= 0)
      return decision;
    decision = counting.decide(question, seconds / 2);
    if (decision.answer == Answer::No && proof)
      *proof = {true, false};
    if (decision.answer == Answer::Unknown) {
      SolverWay whole(program, domains, std::nullopt, options.seed);
      decision = question.withValue ? solver.decide(question, seconds / 2)
                                    : whole.decide(question, seconds / 2);
      if (decision.answer == Answer::No && proof)
        *proof = {false, true};
    }
    if (decision.answer == Answer::Yes && !isRight(question, decision)) {
      assert(false && "an architecture has not the properties that were asked");
      decision.answer = Answer::Unknown;
    }
    return decision;
  }

  /// Whether the interpreter agrees.
  bool isRight(const Question &question, const Decision &decision) {
    bool hasValue = examiner.run(decision.positions);
    if (question.withValue && !hasValue)
      return false;
    if (question.subject &&
        !question.range.contains(examiner.getValue(*question.subject)))
      return false;
    return llvm::all_of(question.limits,
                        [&](uint32_t limit) { return examiner.meets(limit); });
  }

  /// Leaves out one limit after the other; what can be left out stays out.
  /// `proof` is, before, of all limits, and becomes that of the conflict.
  std::vector<uint32_t> findConflict(Proof &proof) {
    std::vector<uint32_t> order = limitsBut(std::nullopt);
    // Users can change what they wrote: prefer to name that.
    std::stable_partition(order.begin(), order.end(), [&](uint32_t limit) {
      return program.limits[limit].implied;
    });
    result.isMinimal = true;
    std::vector<uint32_t> conflict = limitsBut(std::nullopt);
    for (auto [index, limit] : llvm::enumerate(order)) {
      Question question;
      for (uint32_t other : conflict)
        if (other != limit)
          question.limits.push_back(other);
      Answer answer =
          decide(question, share(2 + order.size() - index), &proof).answer;
      if (answer == Answer::No)
        conflict = question.limits;
      else if (answer == Answer::Unknown)
        result.isMinimal = false;
    }
    return conflict;
  }

  void findRemedy(LimitExplanation &explanation, double seconds) {
    Deadline slice(seconds);
    uint32_t limit = explanation.limit;
    Question others(limitsBut(limit));
    Proof proof;
    Decision decision = decide(others, seconds, &proof);
    if (decision.answer == Answer::Unknown)
      return;
    if (decision.answer == Answer::No) {
      explanation.remedy = Remedy::None;
      claims.push_back({others, proof, &explanation.checkedTwice});
      return;
    }
    explanation.remedy = Remedy::LeavingOut;
    explanation.architecture = examiner.canonicalize(decision.positions);
    std::optional<LimitComparison> comparison = comparisonOf(program, limit);
    if (!comparison)
      return;
    // Pointers to them are kept for the second proofs.
    explanation.bounds.reserve(2);
    const std::vector<uint16_t> &start = decision.positions;
    switch (comparison->comparison) {
    case Comparison::LessOrEqual:
    case Comparison::Less:
      search(explanation, *comparison, {false}, &start, slice);
      break;
    case Comparison::GreaterOrEqual:
    case Comparison::Greater:
      search(explanation, *comparison, {true}, &start, slice);
      break;
    case Comparison::Equal:
      search(explanation, *comparison, {true}, nullptr, slice);
      search(explanation, *comparison, {false}, nullptr, slice);
      break;
    case Comparison::NotEqual:
      // Without the limit the value is its number, always.
      for (int64_t bound : {saturatingSubtract(comparison->bound, 1),
                            saturatingAdd(comparison->bound, 1)}) {
        if (bound == comparison->bound)
          continue;
        explanation.bounds.push_back(
            {bound, explanation.architecture, comparison->bound, true, false});
        claims.push_back({Question(limitsBut(std::nullopt)), Proof(),
                          &explanation.bounds.back().checkedTwice});
      }
      break;
    }
    if (!explanation.bounds.empty())
      explanation.remedy = Remedy::OtherBound;
  }

  /// Looks for the nearest value, in a direction, beyond the limit's own bound
  /// that the other limits allow, and adds its bound to the explanation.
  /// `start` is an architecture with some such value, if one is known.
  void search(LimitExplanation &explanation, const LimitComparison &comparison,
              Direction direction, const std::vector<uint16_t> *start,
              const Deadline &slice) {
    Slot subject = comparison.subject;
    Range range = ranges.slots[subject];
    __int128 first =
        direction.from(direction.isNegated ? range.upper : range.lower);
    __int128 last =
        direction.from(direction.isNegated ? range.lower : range.upper);
    bool isOneSided = comparison.comparison != Comparison::Equal;
    bool isStrict = comparison.comparison == Comparison::Less ||
                    comparison.comparison == Comparison::Greater;
    __int128 own = direction.from(comparison.bound);
    Target target{explanation.limit, subject, direction,
                  std::max(own + !isStrict, first)};
    if (target.nearest > last)
      return;
    // Values between two distances; what is nearer than the limit's own bound
    // is asked for only where it lies on the other side.
    auto between = [&](__int128 from, __int128 to) {
      Question question(limitsBut(explanation.limit));
      question.subject = subject;
      int64_t a = isOneSided || from < first ? 0 : direction.back(from);
      int64_t b = to >= last ? 0 : direction.back(to);
      bool hasA = !isOneSided && from >= first, hasB = to < last;
      if (direction.isNegated) {
        if (hasA)
          question.range.upper = a;
        if (hasB)
          question.range.lower = b;
      } else {
        if (hasA)
          question.range.lower = a;
        if (hasB)
          question.range.upper = b;
      }
      return question;
    };
    auto seconds = [&](double part) {
      return std::max(0.0, slice.secondsLeft() * part);
    };
    std::vector<uint16_t> positions;
    if (start) {
      positions = *start;
    } else {
      Decision decision = decide(between(own + 1, last), seconds(0.3));
      if (decision.answer != Answer::Yes)
        return;
      positions = decision.positions;
    }
    __int128 excluded = target.nearest - 1;
    __int128 best = improve(program, examiner, target, positions);
    Proof proof;
    // One step better, which is the proof where the best is at hand; halving
    // after a "yes", so that there are not too many steps, and after no answer.
    bool isHalving = false, hasTimedOut = false;
    while (excluded + 1 < best && slice.secondsLeft() > 0) {
      __int128 farthest =
          isHalving ? excluded + 1 + (best - 1 - (excluded + 1)) / 2 : best - 1;
      Decision decision = decide(between(own + !isOneSided, farthest),
                                 seconds(hasTimedOut ? 0.3 : 0.5), &proof);
      if (decision.answer == Answer::Yes) {
        positions = decision.positions;
        best = improve(program, examiner, target, positions);
        isHalving = !isHalving || hasTimedOut;
      } else if (decision.answer == Answer::No) {
        excluded = farthest;
        isHalving = hasTimedOut;
      } else if (isHalving && hasTimedOut) {
        break;
      } else {
        isHalving = hasTimedOut = true;
      }
    }
    NearestBound bound;
    bound.bound = boundFor(comparison.comparison, direction.back(best));
    bound.architecture = examiner.canonicalize(positions);
    bound.excluded = boundFor(comparison.comparison, direction.back(excluded));
    bound.isNearest = excluded + 1 == best;
    explanation.bounds.push_back(bound);
    // Nothing beyond the limit's own bound was excluded, or by intervals: then
    // both ways are still to be asked.
    if (isOneSided || excluded > own)
      claims.push_back({between(own + 1, excluded), proof,
                        &explanation.bounds.back().checkedTwice});
    else
      claims.push_back({Question(limitsBut(std::nullopt)), Proof(),
                        &explanation.bounds.back().checkedTwice});
  }

  /// Asks, for each claim, the way that has not proved it.
  void proveAgain() {
    for (auto [index, claim] : llvm::enumerate(claims)) {
      auto slice = [&, index = index] {
        return std::max(0.0, end.secondsLeft()) / (claims.size() - index);
      };
      auto prove = [&](auto &way) {
        double seconds = slice();
        Answer answer = seconds > 0 ? way.decide(claim.question, seconds).answer
                                    : Answer::Unknown;
        assert(answer != Answer::Yes && "the two ways disagree");
        return answer == Answer::No;
      };
      if (!claim.proof.byCounting)
        claim.proof.byCounting = prove(counting);
      if (claim.proof.byCounting && !claim.proof.bySolver)
        claim.proof.bySolver = prove(solver);
      *claim.isTwice = claim.proof.isTwice();
    }
  }

  const CostProgram &program;
  const ChoiceDomains &domains;
  const ExplainOptions &options;
  std::optional<ValueOfChoice> value;
  Examiner examiner;
  CountingWay counting;
  SolverWay solver;
  Deadline deadline, end;
  Bounds ranges;
  std::vector<Claim> claims;
  ConflictExplanation result;
};

} // namespace

ConflictExplanation feasibility::explainConflict(
    const CostProgram &program, const ChoiceDomains &domains,
    std::optional<ValueOfChoice> value, const ExplainOptions &options) {
  return Explainer(program, domains, value, options).run();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static void explainRemovalsWith(LimitedSolver &solver, Z3Encoding &encoding,
                                const std::vector<z3::expr> &limits,
                                llvm::ArrayRef<ValueOfChoice> values,
                                std::vector<std::vector<uint32_t>> &result) {
  for (auto [value, conflict] : llvm::zip(values, result)) {
    std::vector<z3::expr> assumptions = {
        encoding.isActive(value.choice),
        encoding.isAt(value.choice, value.position)};
    llvm::append_range(assumptions, limits);
    if (solver.check(assumptions) != z3::unsat)
      continue;
    bool isMinimal = false;
    std::vector<uint32_t> core = solver.explain(assumptions, isMinimal, 2);
    if (isMinimal)
      for (uint32_t number : core)
        conflict.push_back(number - 2);
  }
}

std::vector<std::vector<uint32_t>>
feasibility::explainRemovals(const CostProgram &program,
                             llvm::ArrayRef<ValueOfChoice> values,
                             double seconds, uint64_t seed) {
  std::vector<std::vector<uint32_t>> result(values.size());
  if (values.empty())
    return result;
  try {
    LimitedSolver solver(seed, seconds);
    std::vector<Slot> roots;
    for (const ProgramLimit &limit : program.limits)
      roots.push_back(limit.holds);
    Z3Encoding encoding(program, roots, fullDomains(program), solver.get());
    std::vector<z3::expr> limits;
    for (Slot root : roots)
      limits.push_back(encoding.name(encoding.truth(root), "limit"));
    explainRemovalsWith(solver, encoding, limits, values, result);
  } catch (const z3::exception &) {
    // What was found stands.
  }
  return result;
}

ValueExplanation feasibility::explainValue(const CostProgram &program,
                                           ValueOfChoice value,
                                           const ExplainOptions &options) {
  ValueExplanation result;
  ChoiceDomains domains = fullDomains(program);
  result.conflict = explainConflict(program, domains, value, options);
  if (result.conflict.status == ConflictStatus::Conflict)
    return result;
  counting::FeasibleSetOptions counting;
  counting.seconds = options.countSeconds;
  std::unique_ptr<counting::FeasibleSet> all =
      counting::FeasibleSet::build(program, domains, counting);
  result.feasible = all->getCount();
  if (all->isExact()) {
    llvm::APInt count = all->marginals()[value.choice][value.position];
    result.withValue = counting::CountBounds{count, count};
    return result;
  }
  // Beyond what can be counted exactly: those with the value alone.
  CostProgram asked = program;
  if (std::optional<Slot> activity = program.choices[value.choice].activity)
    asked.limits.emplace_back().holds = *activity;
  domains[value.choice].reset();
  domains[value.choice].set(value.position);
  result.withValue =
      counting::FeasibleSet::build(asked, domains, counting)->getCount();
  return result;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Whether the comparison sets an upper bound, or a lower one.
static bool isUpper(Comparison comparison) {
  return comparison == Comparison::Less ||
         comparison == Comparison::LessOrEqual;
}
static bool isLower(Comparison comparison) {
  return isUpper(exchanged(comparison));
}

/// A bound of a limit as the user would write it.
static std::string boundText(const CostProgram &program, uint32_t limit,
                             int64_t bound, Rounding rounding) {
  const WrittenBound *written = writtenBound(program, limit);
  if (!written)
    return separated(bound);
  if (std::optional<std::string> text = written->write(bound, rounding))
    return *text;
  return separated(bound) + "/" + separated(written->scale);
}

std::string feasibility::boundText(const CostProgram &program, uint32_t limit,
                                   const NearestBound &bound) {
  Comparison comparison = comparisonOf(program, limit)->comparison;
  // What is shown has to suffice.
  Rounding rounding = isUpper(comparison)   ? Rounding::Up
                      : isLower(comparison) ? Rounding::Down
                                            : Rounding::None;
  return ::boundText(program, limit, bound.bound, rounding);
}

bool feasibility::hasWrittenBound(const CostProgram &program, uint32_t limit) {
  return writtenBound(program, limit) || program.limits[limit].bound;
}

/// `at least 23.5 KiB would be needed`.
static std::string boundClause(const CostProgram &program, uint32_t limit,
                               const NearestBound &bound) {
  std::string text = feasibility::boundText(program, limit, bound);
  Comparison comparison = comparisonOf(program, limit)->comparison;
  if (isUpper(comparison)) {
    if (bound.isNearest)
      return "at least " + text + " would be needed";
    // What does not suffice is not shown larger than it is.
    return text + " would suffice, and more than " +
           ::boundText(program, limit, bound.excluded, Rounding::Down) +
           " would be needed";
  }
  if (isLower(comparison)) {
    if (bound.isNearest)
      return "at most " + text + " would be possible";
    return text + " would be possible, and less than " +
           ::boundText(program, limit, bound.excluded, Rounding::Up) +
           " would be needed";
  }
  return text + " would be possible" +
         (bound.isNearest ? "" : ", perhaps a nearer one too");
}

std::string feasibility::remedyText(
    const CostProgram &program, const LimitExplanation &explanation,
    llvm::function_ref<std::string(const Architecture &)> textOf) {
  std::string text;
  const std::string withoutIt =
      "without it something would be feasible, such as ";
  switch (explanation.remedy) {
  case Remedy::OtherBound:
    // A number that the user did not write says nothing to the user.
    if (!hasWrittenBound(program, explanation.limit))
      return withoutIt + textOf(explanation.bounds.front().architecture);
    for (const NearestBound &bound : explanation.bounds) {
      text += (text.empty() ? "" : "; ") +
              boundClause(program, explanation.limit, bound) +
              ", attained by " + textOf(bound.architecture);
      if (!bound.checkedTwice)
        text += " (proved in one way only)";
    }
    return text;
  case Remedy::LeavingOut:
    return withoutIt + textOf(explanation.architecture);
  case Remedy::None:
    text = "no change of it alone would do";
    if (!explanation.checkedTwice)
      text += " (proved in one way only)";
    return text;
  case Remedy::Open:
    return "whether a change of it alone would do is not known in the time";
  }
  return text;
}
