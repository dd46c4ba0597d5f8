//===- feasible_set_benchmark.cpp - Counting and listing what is feasible -===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures the set of feasible architectures of specifications.
//
// Of a space without metrics (docs/examples/auto_tuning): all solutions written
// into an array, by the set, by a pass over all combinations, by nested loops
// (of which compilers hoist the conditions), and by Z3, which finds one after
// the other and is stopped after --solver-seconds.
//
// Of a space of networks (docs/examples/mobilenet_v3_like.nas): the exact
// count, the shares of all values, and samples, under limits on macs, params
// and ram that this program chooses so that given shares of all architectures
// meet them; the specification's own limits are left out. Where the cost is a
// sum over layers, a dynamic programme over all its values counts as well.
//
// Every measurement runs in a process of its own, so that its memory is its
// own. The exit code is 1 where two methods disagree.
//
//   feasible_set_benchmark [--solver-seconds=N] [--seconds=N] [--samples=N]
//                          SPEC.nas...
//
// With --prune, of any space: how long it takes to prune.
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Cost.h"
#include "passes/cost/ArchitectureSpace.h"
#include "passes/cost/CostCompiler.h"
#include "passes/cost/Interpreter.h"
#include "passes/counting/FeasibleSet.h"
#include "passes/feasibility/Prune.h"
#include "tools/nasc/Session.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <z3++.h>

using namespace nasc::cost;
using llvm::APInt;
using nasc::counting::CountBounds;
using nasc::counting::FeasibleSet;
using nasc::counting::FeasibleSetOptions;
namespace cl = llvm::cl;

static cl::list<std::string> specs(cl::Positional, cl::OneOrMore,
                                   cl::desc("SPEC.nas..."));
static cl::opt<double> solverSeconds("solver-seconds", cl::init(20),
                                     cl::desc("How long Z3 may look"));
static cl::opt<double>
    buildSeconds("seconds", cl::init(600),
                 cl::desc("How long a set may take to be built"));
static cl::opt<bool> prune("prune", cl::desc("Measure pruning alone"));
static cl::opt<unsigned>
    drawn("samples", cl::init(1'000'000),
          cl::desc("Architectures that limits are chosen by"));

namespace {

unsigned failures = 0;

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

//===----------------------------------------------------------------------===//
// Measurements in processes of their own
//===----------------------------------------------------------------------===//

/// What a process sends back; plain, so that it can be sent as it is.
struct Measurement {
  double seconds[4] = {};
  /// Decimal digits.
  char count[2][64] = {};
  bool isExact = true;
  bool isWrong = false;
  /// Of the largest memory, what was not there at the beginning.
  double megabytes = 0;

  const char *digits(unsigned number) const { return count[number]; }
};

void store(char (&text)[64], const APInt &number) {
  std::string digits = llvm::toString(number, 10, /*Signed=*/false);
  digits.resize(std::min(digits.size(), sizeof(text) - 1));
  std::copy(digits.begin(), digits.end(), text);
}

double residentMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024.0;
}

/// Runs `work` in a child process; none where that dies.
std::optional<Measurement>
measure(llvm::function_ref<void(Measurement &)> work) {
  int ends[2];
  if (pipe(ends))
    return std::nullopt;
  llvm::outs().flush();
  pid_t child = fork();
  if (child == 0) {
    Measurement measurement;
    double before = residentMegabytes();
    work(measurement);
    measurement.megabytes = residentMegabytes() - before;
    bool written = write(ends[1], &measurement, sizeof(measurement)) ==
                   ssize_t(sizeof(measurement));
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  Measurement measurement;
  bool isComplete =
      child > 0 && read(ends[0], &measurement, sizeof(measurement)) ==
                       ssize_t(sizeof(measurement));
  close(ends[0]);
  if (child > 0)
    waitpid(child, nullptr, 0);
  if (isComplete)
    return measurement;
  ++failures;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// All solutions: loops over the product
//===----------------------------------------------------------------------===//

using Positions = std::vector<uint16_t>;

/// As one would write it; the compiler tests each condition as soon as its
/// parameters are known. Positions of all choices, one solution after the
/// other.
Positions loopsOfKernelParameters() {
  Positions found;
  for (uint16_t a = 0; a < 8; ++a)
    for (uint16_t b = 0; b < 8; ++b)
      for (uint16_t c = 0; c < 8; ++c)
        for (uint16_t d = 0; d < 8; ++d)
          for (uint16_t e = 0; e < 8; ++e)
            for (uint16_t f = 0; f < 8; ++f)
              for (uint16_t g = 0; g < 8; ++g)
                for (uint16_t h = 0; h < 8; ++h) {
                  int x0 = 8 * (a + 1), x1 = 8 * (b + 1), x2 = 8 * (c + 1),
                      x3 = 8 * (d + 1), x4 = e + 1, x5 = f + 1, x6 = g + 1,
                      x7 = h + 1;
                  if (x0 * x1 * x4 * x4 <= 8192 && x2 * x3 * x5 * x5 <= 8192 &&
                      x0 + x1 + x2 + x3 <= 160 && x6 * x7 <= 16)
                    found.insert(found.end(), {a, b, c, d, e, f, g, h});
                }
  return found;
}

/// One combination after the other, each tested by itself. Eight values each:
/// three bits of the number of the combination.
template <typename Condition> Positions onePassOver(Condition holds) {
  Positions found;
  for (uint32_t number = 0; number < 1u << 24; ++number) {
    auto digit = [&](unsigned place) -> uint16_t {
      return number >> (21 - 3 * place) & 7;
    };
    int x0 = 8 * (digit(0) + 1), x1 = 8 * (digit(1) + 1),
        x2 = 8 * (digit(2) + 1), x3 = 8 * (digit(3) + 1), x4 = digit(4) + 1,
        x5 = digit(5) + 1, x6 = digit(6) + 1, x7 = digit(7) + 1;
    if (holds(x0, x1, x2, x3, x4, x5, x6, x7))
      for (unsigned place = 0; place < 8; ++place)
        found.push_back(digit(place));
  }
  return found;
}

Positions onePassOfKernelParameters() {
  return onePassOver(
      [](int x0, int x1, int x2, int x3, int x4, int x5, int x6, int x7) {
        return x0 * x1 * x4 * x4 <= 8192 && x2 * x3 * x5 * x5 <= 8192 &&
               x0 + x1 + x2 + x3 <= 160 && x6 * x7 <= 16;
      });
}

Positions onePassOfEquation() {
  return onePassOver(
      [](int x0, int x1, int x2, int x3, int x4, int x5, int x6, int x7) {
        return x0 * x4 + x2 * x5 == 128 && x0 * x1 * x4 <= 2048 &&
               x1 % x6 == 0 && x2 * x3 * x5 + x7 * x6 * 16 <= 1024;
      });
}

Positions loopsOfEquation() {
  Positions found;
  for (uint16_t a = 0; a < 8; ++a)
    for (uint16_t b = 0; b < 8; ++b)
      for (uint16_t c = 0; c < 8; ++c)
        for (uint16_t d = 0; d < 8; ++d)
          for (uint16_t e = 0; e < 8; ++e)
            for (uint16_t f = 0; f < 8; ++f)
              for (uint16_t g = 0; g < 8; ++g)
                for (uint16_t h = 0; h < 8; ++h) {
                  int x0 = 8 * (a + 1), x1 = 8 * (b + 1), x2 = 8 * (c + 1),
                      x3 = 8 * (d + 1), x4 = e + 1, x5 = f + 1, x6 = g + 1,
                      x7 = h + 1;
                  if (x0 * x4 + x2 * x5 == 128 && x0 * x1 * x4 <= 2048 &&
                      x1 % x6 == 0 && x2 * x3 * x5 + x7 * x6 * 16 <= 1024)
                    found.insert(found.end(), {a, b, c, d, e, f, g, h});
                }
  return found;
}

Positions loopsOfGemm() {
  Positions found;
  for (uint16_t mwg = 0; mwg < 4; ++mwg)
    for (uint16_t nwg = 0; nwg < 4; ++nwg)
      for (uint16_t kwg = 0; kwg < 2; ++kwg)
        for (uint16_t mdimc = 0; mdimc < 3; ++mdimc)
          for (uint16_t ndimc = 0; ndimc < 3; ++ndimc)
            for (uint16_t mdima = 0; mdima < 3; ++mdima)
              for (uint16_t ndimb = 0; ndimb < 3; ++ndimb)
                for (uint16_t kwi = 0; kwi < 2; ++kwi)
                  for (uint16_t vwm = 0; vwm < 4; ++vwm)
                    for (uint16_t vwn = 0; vwn < 4; ++vwn)
                      for (uint16_t bits = 0; bits < 16; ++bits) {
                        int MWG = 16 << mwg, NWG = 16 << nwg, KWG = 16 << kwg,
                            MDIMC = 8 << mdimc, NDIMC = 8 << ndimc,
                            MDIMA = 8 << mdima, NDIMB = 8 << ndimb,
                            KWI = kwi ? 8 : 2, VWM = 1 << vwm, VWN = 1 << vwn;
                        if (KWG % KWI == 0 && MWG % (MDIMC * VWM) == 0 &&
                            NWG % (NDIMC * VWN) == 0 &&
                            MWG % (MDIMA * VWM) == 0 &&
                            NWG % (NDIMB * VWN) == 0 &&
                            KWG % (MDIMC * NDIMC / MDIMA) == 0 &&
                            KWG % (MDIMC * NDIMC / NDIMB) == 0)
                          found.insert(
                              found.end(),
                              {mwg, nwg, kwg, mdimc, ndimc, mdima, ndimb, kwi,
                               vwm, vwn, uint16_t(bits >> 3),
                               uint16_t(bits >> 2 & 1), uint16_t(bits >> 1 & 1),
                               uint16_t(bits & 1)});
                      }
  return found;
}

//===----------------------------------------------------------------------===//
// All solutions: Z3
//===----------------------------------------------------------------------===//

/// A program without activities and tables, as Z3's integers: what somebody
/// would write who has Z3 and nothing else.
class IntegerTerms {
public:
  IntegerTerms(const CostProgram &program, z3::context &context,
               z3::solver &solver)
      : context(context) {
    for (const ProgramChoice &choice : program.choices) {
      choices.push_back(context.int_const(choice.name.c_str()));
      z3::expr_vector values(context);
      for (int64_t value : choice.values)
        values.push_back(choices.back() == context.int_val(value));
      solver.add(z3::mk_or(values));
    }
    for (const Instruction &instruction : program.instructions)
      slots.push_back(translate(instruction));
    for (const ProgramLimit &limit : program.limits)
      solver.add(slots[limit.holds] != 0);
  }

  const std::vector<z3::expr> &getChoices() const { return choices; }

private:
  z3::expr translate(const Instruction &instruction) {
    auto a = [&] { return slots[instruction.operands[0]]; };
    auto b = [&] { return slots[instruction.operands[1]]; };
    auto truth = [&](const z3::expr &holds) {
      return z3::ite(holds, context.int_val(1), context.int_val(0));
    };
    switch (instruction.opcode) {
    case Opcode::Constant:
      return context.int_val(instruction.constant);
    case Opcode::Choice:
      return choices[instruction.index];
    case Opcode::Add:
      return a() + b();
    case Opcode::Sub:
      return a() - b();
    case Opcode::Mul:
      return a() * b();
    case Opcode::FloorDiv:
      return a() / b();
    case Opcode::CeilDiv:
      return (a() + b() - 1) / b();
    case Opcode::Mod:
      return z3::mod(a(), b());
    case Opcode::Min:
      return z3::ite(a() <= b(), a(), b());
    case Opcode::Max:
      return z3::ite(a() >= b(), a(), b());
    case Opcode::Compare:
      switch (instruction.comparison) {
      case Comparison::Equal:
        return truth(a() == b());
      case Comparison::NotEqual:
        return truth(a() != b());
      case Comparison::Less:
        return truth(a() < b());
      case Comparison::LessOrEqual:
        return truth(a() <= b());
      case Comparison::Greater:
        return truth(a() > b());
      case Comparison::GreaterOrEqual:
        return truth(a() >= b());
      }
      break;
    case Opcode::Select:
      return z3::ite(a() != 0, b(), slots[instruction.operands[2]]);
    case Opcode::Lookup:
      break;
    }
    llvm::report_fatal_error("no translation of this space for Z3");
  }

  z3::context &context;
  std::vector<z3::expr> choices, slots;
};

void solveOneAfterTheOther(const CostProgram &program,
                           Measurement &measurement) {
  auto start = std::chrono::steady_clock::now();
  z3::context context;
  z3::solver solver(context);
  IntegerTerms terms(program, context, solver);
  uint64_t found = 0;
  while (secondsSince(start) < solverSeconds) {
    z3::params parameters(context);
    double left = solverSeconds - secondsSince(start);
    parameters.set("timeout", std::max(1u, unsigned(1000 * left)));
    solver.set(parameters);
    z3::check_result result = solver.check();
    if (result == z3::unsat)
      measurement.isExact = true;
    else
      measurement.isExact = false;
    if (result != z3::sat)
      break;
    ++found;
    z3::model model = solver.get_model();
    z3::expr_vector differs(context);
    for (const z3::expr &choice : terms.getChoices())
      differs.push_back(choice != model.eval(choice, true));
    solver.add(z3::mk_or(differs));
  }
  measurement.seconds[0] = secondsSince(start);
  store(measurement.count[0], APInt(64, found));
}

//===----------------------------------------------------------------------===//
// All solutions
//===----------------------------------------------------------------------===//

FeasibleSetOptions setOptions() {
  FeasibleSetOptions options;
  options.seconds = buildSeconds;
  return options;
}

void printSolutions(const char *method,
                    const std::optional<Measurement> &measurement,
                    llvm::StringRef remark) {
  if (!measurement) {
    llvm::outs() << llvm::format("  %-22s failed\n", method);
    return;
  }
  double seconds = measurement->seconds[0];
  llvm::outs() << llvm::format("  %-22s %10.4f s %10s solutions %14.0f /s "
                               "%8.1f MiB  ",
                               method, seconds, measurement->digits(0),
                               std::atof(measurement->digits(0)) / seconds,
                               measurement->megabytes)
               << remark << '\n';
}

void listSolutions(const CostProgram &program, llvm::StringRef path) {
  uint64_t product = 1;
  for (const ProgramChoice &choice : program.choices)
    product *= choice.values.size();
  llvm::outs() << path << ": " << program.choices.size() << " choices, "
               << product << " combinations\n";
  Positions (*loops)() = nullptr, (*onePass)() = nullptr;
  if (program.name == "kernel_parameters.costs") {
    loops = loopsOfKernelParameters;
    onePass = onePassOfKernelParameters;
  } else if (program.name == "equation.costs") {
    loops = loopsOfEquation;
    onePass = onePassOfEquation;
  } else if (program.name == "gemm.costs") {
    loops = loopsOfGemm;
  }

  // The best of some, as others use the machine too.
  const unsigned repetitions = 5;
  std::optional<Measurement> set = measure([&](Measurement &measurement) {
    Positions all;
    for (unsigned repetition = 0; repetition < repetitions; ++repetition) {
      auto start = std::chrono::steady_clock::now();
      std::unique_ptr<FeasibleSet> set =
          FeasibleSet::build(program, fullDomains(program), setOptions());
      double built = secondsSince(start);
      measurement.isExact = set->isExact();
      if (!set->isExact())
        return;
      all.clear();
      all.reserve(set->getCount().lower.getZExtValue() *
                  program.choices.size());
      set->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
        all.insert(all.end(), positions.begin(), positions.end());
        return true;
      });
      double total = secondsSince(start);
      if (repetition && measurement.seconds[0] < total)
        continue;
      measurement.seconds[0] = total;
      measurement.seconds[1] = built;
    }
    size_t width = program.choices.size();
    store(measurement.count[0], APInt(64, all.size() / width));
    if (!loops)
      return;
    // The same ones: compared, as their order is another.
    auto sorted = [&](const Positions &flat) {
      std::vector<Positions> result;
      for (size_t index = 0; index < flat.size(); index += width)
        result.emplace_back(flat.begin() + index, flat.begin() + index + width);
      llvm::sort(result);
      return result;
    };
    measurement.isWrong = sorted(all) != sorted(loops());
  });
  // Comparing needs memory, too; so it is measured once more without.
  std::optional<Measurement> memory = measure([&](Measurement &measurement) {
    std::unique_ptr<FeasibleSet> set =
        FeasibleSet::build(program, fullDomains(program), setOptions());
    Positions all;
    if (set->isExact())
      set->enumerate([&](llvm::ArrayRef<uint16_t> positions) {
        all.insert(all.end(), positions.begin(), positions.end());
        return true;
      });
  });
  if (set && memory)
    set->megabytes = memory->megabytes;
  std::string remark;
  if (set) {
    llvm::raw_string_ostream(remark)
        << llvm::format("built in %.4f s", set->seconds[1]);
    if (!set->isExact)
      remark = "not exact";
    if (set->isWrong || !set->isExact) {
      remark += ", WRONG";
      ++failures;
    }
  }
  printSolutions("feasible set", set, remark);

  auto measureLoops = [&](const char *name, Positions (*list)()) {
    if (!list)
      return;
    std::optional<Measurement> brute = measure([&](Measurement &measurement) {
      for (unsigned repetition = 0; repetition < repetitions; ++repetition) {
        auto start = std::chrono::steady_clock::now();
        Positions all = list();
        double seconds = secondsSince(start);
        if (repetition == 0 || seconds < measurement.seconds[0])
          measurement.seconds[0] = seconds;
        store(measurement.count[0],
              APInt(64, all.size() / program.choices.size()));
      }
    });
    printSolutions(name, brute, "");
  };
  measureLoops("one pass over all", onePass);
  measureLoops("nested loops", loops);

  std::optional<Measurement> solver = measure([&](Measurement &measurement) {
    solveOneAfterTheOther(program, measurement);
  });
  remark.clear();
  double found = solver ? std::atof(solver->digits(0)) : 0;
  if (set && solver && !solver->isExact && found > 0)
    llvm::raw_string_ostream(remark)
        << llvm::format("stopped; all would take more than %.0f s",
                        solver->seconds[0] * std::atof(set->digits(0)) / found);
  printSolutions("Z3, blocking clauses", solver, remark);
}

//===----------------------------------------------------------------------===//
// Networks: limits
//===----------------------------------------------------------------------===//

/// A metric and its largest allowed value.
struct Limit {
  uint32_t metric;
  int64_t bound;
};

CostProgram withLimits(CostProgram program, llvm::ArrayRef<Limit> limits) {
  program.limits.clear();
  for (const Limit &limit : limits) {
    Instruction bound;
    bound.constant = limit.bound;
    Instruction comparison;
    comparison.opcode = Opcode::Compare;
    comparison.comparison = Comparison::LessOrEqual;
    comparison.operands[0] = program.metrics[limit.metric].value;
    comparison.operands[1] = program.append(bound);
    ProgramLimit added;
    added.text = program.metrics[limit.metric].name +
                 " <= " + std::to_string(limit.bound);
    added.holds = program.append(comparison);
    program.limits.push_back(added);
  }
  return program;
}

/// The metrics of random architectures: `values[metric][sample]`.
std::vector<std::vector<int64_t>> sampleMetrics(const CostProgram &program,
                                                const ArchitectureSpace &space,
                                                const CompiledCosts &compiled,
                                                unsigned count) {
  std::vector<std::vector<int64_t>> values(program.metrics.size());
  std::mt19937_64 random(1);
  ArchitectureBatch batch(program, 4096);
  CostBatch costs;
  for (unsigned done = 0; done < count; done += batch.size()) {
    batch.resize(0);
    while (batch.size() < batch.getCapacity())
      batch.append(space.sample(random).positions);
    compiled.evaluate(batch, costs);
    for (size_t index = 0; index < batch.size(); ++index)
      for (uint32_t metric = 0; metric < values.size(); ++metric)
        values[metric].push_back(costs.metric(metric, index));
  }
  return values;
}

/// Bounds at one quantile of each metric, so that about `share` of the samples
/// meet all of them.
std::vector<Limit>
limitsOfShare(const std::vector<std::vector<int64_t>> &values,
              llvm::ArrayRef<uint32_t> metrics, double share) {
  size_t count = values.front().size();
  std::vector<std::vector<int64_t>> sorted;
  std::vector<size_t> worst(count);
  for (uint32_t metric : metrics) {
    sorted.push_back(values[metric]);
    llvm::sort(sorted.back());
    for (size_t sample = 0; sample < count; ++sample)
      worst[sample] = std::max<size_t>(
          worst[sample],
          llvm::lower_bound(sorted.back(), values[metric][sample]) -
              sorted.back().begin());
  }
  llvm::sort(worst);
  size_t quantile =
      worst[std::min(count - 1, size_t(std::max(0.0, share * count - 1)))];
  std::vector<Limit> limits;
  for (auto [index, metric] : llvm::enumerate(metrics))
    limits.push_back({metric, sorted[index][quantile]});
  return limits;
}

//===----------------------------------------------------------------------===//
// Networks: a dynamic programme
//===----------------------------------------------------------------------===//

/// A metric as a sum over stages of layers that have a kernel and an expansion,
/// a stage having as many as its depth says.
class LayeredSum {
public:
  /// Fails where the choices are others, or the metric is no such sum.
  static std::optional<LayeredSum> of(const CostProgram &program,
                                      uint32_t metric,
                                      const ArchitectureSpace &space) {
    LayeredSum sum;
    Interpreter interpreter(program, program.metrics[metric].value);
    Positions positions(program.choices.size());
    auto cost = [&] {
      interpreter.run(positions);
      return interpreter.getValue(program.metrics[metric].value);
    };
    auto find = [&](const std::string &name) -> std::optional<uint32_t> {
      return program.findChoice(name);
    };
    // At first all depths are the least, all others the first values.
    sum.base = cost();
    size_t known = 0;
    for (unsigned stage = 1;; ++stage) {
      std::string prefix = "stage" + std::to_string(stage) + ".";
      std::optional<uint32_t> depth = find(prefix + "depth");
      if (!depth)
        break;
      Stage its;
      its.depth = *depth;
      its.depths = program.choices[*depth].values;
      if (!llvm::is_sorted(its.depths))
        return std::nullopt;
      ++known;
      for (int64_t round = 1; round <= its.depths.back(); ++round) {
        std::string suffix = "[" + std::to_string(round) + "]";
        std::optional<uint32_t> kernel = find(prefix + "kernel" + suffix);
        std::optional<uint32_t> expansion = find(prefix + "expansion" + suffix);
        if (!kernel || !expansion)
          return std::nullopt;
        known += 2;
        // What the layer adds to the metric of the stage without it.
        positions[*depth] =
            std::max<int64_t>(round, its.depths.front()) - its.depths.front();
        int64_t without = sum.base;
        if (round > its.depths.front()) {
          --positions[*depth];
          without = cost();
          ++positions[*depth];
        }
        Layer layer = {*kernel, *expansion, {}};
        for (uint16_t k = 0; k < program.choices[*kernel].values.size(); ++k) {
          layer.costs.emplace_back();
          for (uint16_t e = 0; e < program.choices[*expansion].values.size();
               ++e) {
            positions[*kernel] = k;
            positions[*expansion] = e;
            layer.costs.back().push_back(cost() - without);
            if (layer.costs.back().back() < 0)
              return std::nullopt;
          }
        }
        positions[*kernel] = positions[*expansion] = 0;
        its.layers.push_back(layer);
      }
      positions[*depth] = 0;
      sum.stages.push_back(its);
    }
    if (known != program.choices.size())
      return std::nullopt;
    std::mt19937_64 random(2);
    for (unsigned sample = 0; sample < 1000; ++sample) {
      positions = space.sample(random).positions;
      if (sum.at(positions) != cost())
        return std::nullopt;
    }
    return sum;
  }

  /// How many architectures cost at most `bound`: the distribution of the sum,
  /// one layer after the other, in an array over all its values.
  APInt count(int64_t bound) const {
    int64_t unit = 0;
    for (const Stage &stage : stages)
      for (const Layer &layer : stage.layers)
        for (const std::vector<int64_t> &costs : layer.costs)
          for (int64_t cost : costs)
            unit = std::gcd(unit, cost);
    unit = std::max<int64_t>(unit, 1);
    if (bound < base)
      return APInt(128, 0);
    using Number = unsigned __int128;
    size_t size = (bound - base) / unit + 1;
    std::vector<Number> sums(size);
    sums[0] = 1;
    for (const Stage &stage : stages) {
      std::vector<Number> after(size), current = std::move(sums);
      for (size_t round = 1; round <= stage.layers.size(); ++round) {
        std::vector<Number> next(size);
        for (const std::vector<int64_t> &costs : stage.layers[round - 1].costs)
          for (int64_t cost : costs) {
            size_t offset = cost / unit;
            for (size_t sum = 0; sum + offset < size; ++sum)
              next[sum + offset] += current[sum];
          }
        current = std::move(next);
        if (int64_t(round) >= stage.depths.front())
          for (size_t sum = 0; sum < size; ++sum)
            after[sum] += current[sum];
      }
      sums = std::move(after);
    }
    Number total = 0;
    for (Number count : sums)
      total += count;
    return APInt(128, {uint64_t(total), uint64_t(total >> 64)});
  }

private:
  struct Layer {
    uint32_t kernel, expansion;
    std::vector<std::vector<int64_t>> costs;
  };
  struct Stage {
    uint32_t depth;
    std::vector<int64_t> depths;
    std::vector<Layer> layers;
  };

  int64_t at(llvm::ArrayRef<uint16_t> positions) const {
    int64_t sum = base;
    for (const Stage &stage : stages)
      for (int64_t round = 0; round < stage.depths[positions[stage.depth]];
           ++round) {
        const Layer &layer = stage.layers[round];
        sum += layer.costs[positions[layer.kernel]][positions[layer.expansion]];
      }
    return sum;
  }

  int64_t base = 0;
  std::vector<Stage> stages;
};

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

/// Builds, counts, draws; checks what is drawn.
void measureSet(const CostProgram &program, Measurement &measurement) {
  auto start = std::chrono::steady_clock::now();
  std::unique_ptr<FeasibleSet> set =
      FeasibleSet::build(program, fullDomains(program), setOptions());
  measurement.seconds[0] = secondsSince(start);
  measurement.isExact = set->isExact();
  store(measurement.count[0], set->getCount().lower);
  store(measurement.count[1], set->getCount().upper);
  if (!set->isExact() || set->isEmpty())
    return;

  start = std::chrono::steady_clock::now();
  set->prepareSampling();
  measurement.seconds[1] = secondsSince(start);
  std::mt19937_64 random(3);
  constexpr size_t batchSize = 1024;
  Positions positions(batchSize * program.choices.size());
  start = std::chrono::steady_clock::now();
  uint64_t count = 0;
  double seconds = 0;
  for (; seconds < 2; seconds = secondsSince(start)) {
    set->sampleMany(random, batchSize, positions);
    count += batchSize;
  }
  measurement.seconds[2] = count / seconds;

  start = std::chrono::steady_clock::now();
  const std::vector<std::vector<APInt>> &marginals = set->marginals();
  measurement.seconds[3] = secondsSince(start);
  // A choice that is always active divides the set.
  APInt sum(512, 0);
  for (uint32_t choice = 0; choice < program.choices.size(); ++choice)
    if (!program.choices[choice].activity) {
      for (const APInt &part : marginals[choice])
        sum += part.zextOrTrunc(512);
      break;
    }
  measurement.isWrong =
      !sum.isZero() && sum != set->getCount().lower.zextOrTrunc(512);

  Interpreter interpreter(program, program.feasibilityOutputs());
  for (unsigned sample = 0; sample < 1000; ++sample) {
    set->sample(random, positions);
    interpreter.run(positions);
    measurement.isWrong |= !interpreter.isFeasible();
  }
}

std::string describe(const CostProgram &program, llvm::ArrayRef<Limit> limits) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (const Limit &limit : limits)
    stream << (text.empty() ? "" : ", ") << program.metrics[limit.metric].name
           << " <= " << limit.bound;
  return text;
}

double toDouble(const char *digits) { return std::atof(digits); }

void countNetworks(const CostProgram &program, llvm::StringRef path) {
  std::optional<ArchitectureSpace> space = ArchitectureSpace::build(program);
  llvm::Expected<CompiledCosts> compiled = CompiledCosts::compile(program);
  if (!space || !compiled) {
    llvm::consumeError(compiled.takeError());
    ++failures;
    return;
  }
  std::string all = llvm::toString(space->getCount(), 10, /*Signed=*/false);
  llvm::outs() << path << ": " << program.choices.size() << " choices, "
               << program.instructions.size() << " instructions, " << all
               << " architectures\n";
  std::vector<std::vector<int64_t>> values =
      sampleMetrics(program, *space, *compiled, drawn);

  auto row = [&](llvm::ArrayRef<Limit> limits, const APInt *reference) {
    CostProgram limited = withLimits(program, limits);
    std::optional<Measurement> result = measure(
        [&](Measurement &measurement) { measureSet(limited, measurement); });
    llvm::outs() << "  " << describe(program, limits) << '\n';
    if (!result) {
      llvm::outs() << "    failed\n";
      return;
    }
    if (!result->isExact) {
      llvm::outs() << llvm::format(
          "    feasible set: between %s and %s, %.2f s, %.0f MiB\n",
          result->digits(0), result->digits(1), result->seconds[0],
          result->megabytes);
      return;
    }
    double share = toDouble(result->digits(0)) / toDouble(all.c_str());
    llvm::outs() << llvm::format(
        "    feasible set: %s, %.4g %%; %.3f s, %.0f MiB; values %.3f s; "
        "samples after %.3f s, %.0f /s\n",
        result->digits(0), 100 * share, result->seconds[0], result->megabytes,
        result->seconds[3], result->seconds[1], result->seconds[2]);
    // What the samples of the whole space say; six standard deviations.
    size_t met = 0, count = values.front().size();
    for (size_t sample = 0; sample < count; ++sample)
      met += llvm::all_of(limits, [&](const Limit &limit) {
        return values[limit.metric][sample] <= limit.bound;
      });
    double expected = share * count;
    bool isUnlikely = std::abs(met - expected) > 6 * std::sqrt(expected + 1);
    std::string reason;
    if (isUnlikely)
      reason = "the share of random architectures is another";
    if (result->isWrong)
      reason = "a sample breaks a limit, or values do not add up";
    if (reference &&
        llvm::toString(*reference, 10, /*Signed=*/false) != result->digits(0))
      reason = "the dynamic programme counts " +
               llvm::toString(*reference, 10, /*Signed=*/false);
    if (reason.empty())
      return;
    ++failures;
    llvm::outs() << "    WRONG: " << reason << '\n';
  };

  std::optional<uint32_t> macs = program.findMetric("macs"),
                          params = program.findMetric("params"), ram;
  for (uint32_t metric = 0; metric < program.metrics.size(); ++metric)
    if (program.metrics[metric].name == "ram")
      ram = metric;
  if (!macs || !params)
    return;

  llvm::outs() << "one sum:\n";
  std::optional<LayeredSum> layered = LayeredSum::of(program, *macs, *space);
  for (double share : {0.01, 0.5}) {
    std::vector<Limit> limits = limitsOfShare(values, *macs, share);
    std::optional<APInt> reference;
    std::optional<Measurement> dynamic;
    if (layered) {
      dynamic = measure([&](Measurement &measurement) {
        auto start = std::chrono::steady_clock::now();
        APInt count = layered->count(limits.front().bound);
        measurement.seconds[0] = secondsSince(start);
        store(measurement.count[0], count);
      });
      if (dynamic)
        reference = APInt(256, dynamic->digits(0), 10);
    }
    row(limits, reference ? &*reference : nullptr);
    if (dynamic)
      llvm::outs() << llvm::format(
          "    dynamic programme: %s; %.3f s, %.0f MiB\n", dynamic->digits(0),
          dynamic->seconds[0], dynamic->megabytes);
  }
  llvm::outs() << "two sums:\n";
  for (double share : {1e-5, 1e-3, 1e-2, 0.1, 0.5})
    row(limitsOfShare(values, {*macs, *params}, share), nullptr);
  if (ram) {
    llvm::outs() << "two sums and a maximum:\n";
    row(limitsOfShare(values, {*macs, *params, *ram}, 1e-2), nullptr);
  }
}

/// How long pruning takes under the specification's own limits.
void measurePruning(const CostProgram &program, llvm::StringRef path) {
  std::optional<Measurement> found = measure([&](Measurement &measurement) {
    auto start = std::chrono::steady_clock::now();
    nasc::feasibility::PruneResult result =
        nasc::feasibility::pruneSpace(program);
    measurement.seconds[0] = secondsSince(start);
    measurement.seconds[1] = result.statistics.queries;
    store(measurement.count[0],
          APInt(64, result.statistics.removedByIntervals));
    store(measurement.count[1], APInt(64, result.statistics.removedBySolver));
    measurement.isExact = result.statistics.timeouts == 0;
  });
  if (!found)
    return;
  llvm::outs() << llvm::format(
      "%s: pruned in %.3f s, %s values removed by intervals, %s by Z3 "
      "(%.0f questions)%s\n",
      path.str().c_str(), found->seconds[0], found->digits(0), found->digits(1),
      found->seconds[1], found->isExact ? "" : ", not all decided");
}

bool measureSpecification(const std::string &path) {
  nasc::Options options;
  options.input = path;
  options.action = nasc::Options::Action::Emit;
  nasc::Session session(options);
  if (!session.deriveCosts())
    return false;
  for (auto function : session.getModule().getOps<FunctionOp>()) {
    mlir::FailureOr<CostProgram> program = CostProgram::fromFunction(function);
    if (mlir::failed(program))
      return false;
    if (prune)
      measurePruning(*program, path);
    else if (program->findMetric("macs"))
      countNetworks(*program, path);
    else
      listSolutions(*program, path);
  }
  return true;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM initialization(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "Measures feasible sets\n");
  for (const std::string &path : specs)
    if (!measureSpecification(path))
      return 1;
  if (failures)
    llvm::outs() << failures << " failures\n";
  return failures ? 1 : 0;
}
