//===- EvolveStage.cpp - search.evolve: NSGA-II over feasible networks ----===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/EvolveStage.h"

#include "dialects/diagnostics/CodedError.h"
#include "runtime/search/CandidateTraining.h"
#include "runtime/search/Hypervolume.h"

#include "llvm/Support/FormatVariadic.h"

using namespace nasc;
using namespace nasc::search;
using cost::Architecture;

namespace {

/// How often a child is bred again because it is known, before a new
/// architecture is drawn instead.
constexpr unsigned breedingTries = 64;

class Evolution {
public:
  Evolution(EvolveOp op, std::shared_ptr<CompiledSpace> space,
            SearchContext &context)
      : op(op), space(std::move(space)), context(context),
        random(context.seed, /*stream=*/1),
        training(trainingSettings(op), context) {}

  llvm::Expected<StageValue> run();

private:
  static CandidateTraining::Settings trainingSettings(EvolveOp op) {
    CandidateTraining::Settings settings;
    settings.stage = "evolve";
    settings.training = op.getTraining();
    settings.width = op.getPopulation();
    settings.stopsWhenLate = true;
    return settings;
  }
  std::optional<Architecture> drawNew();
  std::optional<Architecture> breed(const std::vector<Candidate> &parents,
                                    const Survivors &selection);
  Architecture mutate(const Architecture &parent);
  llvm::Error evaluateAll(std::vector<Architecture> &architectures,
                          std::vector<Candidate> &evaluated);
  llvm::Error recordGeneration(unsigned generation);
  Survivors select(const std::vector<Candidate> &candidates, uint32_t count);
  std::vector<double>
  objectiveVectors(const std::vector<Candidate> &candidates) const;
  std::string bestText() const;

  EvolveOp op;
  std::shared_ptr<CompiledSpace> space;
  SearchContext &context;
  RandomNumbers random;
  CandidateTraining training;
  /// All candidates in the order of their evaluation.
  std::vector<Candidate> archive;
  ArchitectureHashSet known;
};

std::vector<double>
Evolution::objectiveVectors(const std::vector<Candidate> &candidates) const {
  std::vector<double> values;
  for (const Candidate &candidate : candidates)
    values.insert(values.end(), candidate.objectives.begin(),
                  candidate.objectives.end());
  return values;
}

Survivors Evolution::select(const std::vector<Candidate> &candidates,
                            uint32_t count) {
  std::vector<double> values = objectiveVectors(candidates);
  return selectSurvivors(ObjectiveView(values, context.objectives.size()),
                         std::min<uint32_t>(count, candidates.size()));
}

/// A feasible architecture that was not evaluated yet; none where they are used
/// up.
std::optional<Architecture> Evolution::drawNew() {
  std::optional<Architecture> drawn =
      space->sampleUnknown([&] { return random.next(); }, known);
  if (drawn)
    known.insert(*drawn);
  return drawn;
}

/// Draws some choices anew, each with a value that it does not have, and
/// changes as few others as it takes to stay feasible. Choices that become
/// active get random values.
Architecture Evolution::mutate(const Architecture &parent) {
  unsigned active = parent.active.count();
  double probability = op.getMutation() ? op.getMutation()->convertToDouble()
                                        : 1.0 / std::max(active, 1u);
  std::vector<uint16_t> positions = parent.positions;
  llvm::BitVector changed(space->numChoices());
  for (size_t i = 0; i < space->numChoices(); ++i) {
    size_t values = space->getDomain(i).size();
    if (!parent.active[i]) {
      positions[i] = random.below(values);
    } else if (values > 1 && random.chance(probability)) {
      uint64_t other = random.below(values - 1);
      positions[i] = other + (other >= positions[i]);
      changed.set(i);
    }
  }
  std::optional<Architecture> child = space->getWalk().repair(
      space->canonicalize(positions), [&] { return random.next(); }, &changed,
      parent);
  assert(child && "there is a feasible architecture: the parent");
  return *child;
}

std::optional<Architecture>
Evolution::breed(const std::vector<Candidate> &parents,
                 const Survivors &selection) {
  for (unsigned i = 0; i < breedingTries; ++i) {
    auto pick = [&]() -> const Architecture & {
      uint32_t winner =
          binaryTournament(selection.ranks, selection.crowding, random);
      return parents[winner].architecture;
    };
    Architecture child = pick();
    if (random.chance(op.getCrossover().convertToDouble()))
      child =
          space->getWalk().cross(child, pick(), [&] { return random.next(); });
    child = mutate(child);
    if (known.insert(child).second)
      return child;
  }
  return drawNew();
}

std::string Evolution::bestText() const {
  if (archive.empty())
    return "";
  const Objective &first = context.objectives.front();
  const Candidate *best = &archive.front();
  for (const Candidate &candidate : archive)
    if (candidate.objectives.front() < best->objectives.front())
      best = &candidate;
  double value = best->objectives.front();
  if (first.maximize)
    value = -value;
  if (first.metric == "accuracy")
    return llvm::formatv("best accuracy {0:P2}", value).str();
  return "best " + first.text() + " " + Progress::number(value);
}

/// Evaluates architectures, until the time limit passes.
llvm::Error Evolution::evaluateAll(std::vector<Architecture> &architectures,
                                   std::vector<Candidate> &evaluated) {
  std::vector<Candidate> candidates;
  for (Architecture &architecture : architectures) {
    Candidate candidate;
    candidate.text = space->textOf(architecture);
    candidate.architecture = std::move(architecture);
    candidates.push_back(std::move(candidate));
  }
  struct Archiving : TrainingObserver {
    Archiving(llvm::ArrayRef<Candidate> candidates, Evolution &evolution)
        : candidates(candidates), evolution(evolution) {}
    void finished(size_t index, bool answered) override {
      Progress &progress = evolution.context.progress;
      evolution.archive.push_back(candidates[index]);
      if (answered)
        progress.skip(1);
      progress.update(evolution.archive.size(), evolution.bestText());
    }
    llvm::ArrayRef<Candidate> candidates;
    Evolution &evolution;
  } observer(candidates, *this);
  llvm::Expected<size_t> done =
      training.evaluate(candidates, *space, archive.size(), observer);
  if (!done)
    return done.takeError();
  candidates.resize(*done);
  llvm::append_range(evaluated, candidates);
  return llvm::Error::success();
}

llvm::Error Evolution::recordGeneration(unsigned generation) {
  unsigned dimension = context.objectives.size();
  std::vector<double> values = objectiveVectors(archive);
  ObjectiveView view(values, dimension);
  std::vector<uint32_t> front = paretoFront(view, /*distinct=*/true);
  // All generations have the reference point of the first, so that they
  // compare; objectives count in units of its distance from the ideal point,
  // so that the volume is a readable number.
  uint32_t first = std::min<uint32_t>(op.getPopulation(), archive.size());
  std::vector<double> reference = chooseReferencePoint(ObjectiveView(
      llvm::ArrayRef<double>(values).take_front(first * dimension), dimension));
  std::vector<double> scaled = values;
  std::vector<double> scaledReference(dimension);
  // As the objectives are written, for those who want to compute it again.
  llvm::json::Array referencePoint, idealPoint;
  for (unsigned k = 0; k < dimension; ++k) {
    double ideal = view[0][k];
    for (uint32_t i = 0; i < first; ++i)
      ideal = std::min(ideal, view[i][k]);
    double unit = reference[k] > ideal ? reference[k] - ideal : 1.0;
    for (uint32_t i = 0; i < archive.size(); ++i)
      scaled[i * dimension + k] = (view[i][k] - ideal) / unit;
    scaledReference[k] = (reference[k] - ideal) / unit;
    const double sign = context.objectives[k].maximize ? -1 : 1;
    referencePoint.push_back(sign * reference[k]);
    idealPoint.push_back(sign * ideal);
  }
  llvm::Expected<double> volume =
      hypervolume(ObjectiveView(scaled, dimension), scaledReference);
  if (!volume)
    return volume.takeError();
  double best = values.front();
  for (size_t i = 0; i < archive.size(); ++i)
    best = std::min(best, view[i][0]);
  if (context.objectives.front().maximize)
    best = -best;
  return context.study.recordEvent(
      "evolve", "generation", generation,
      llvm::json::Object{{"evaluations", static_cast<int64_t>(archive.size())},
                         {"hypervolume", *volume},
                         {"reference", std::move(referencePoint)},
                         {"ideal", std::move(idealPoint)},
                         {"best", best},
                         {"front", static_cast<int64_t>(front.size())}});
}

llvm::Expected<StageValue> Evolution::run() {
  uint64_t budget = op.getEvaluations();
  uint32_t size = std::min<uint64_t>(op.getPopulation(), budget);
  context.progress.begin("evolve", budget, "evaluation");
  if (std::string remark = space->samplingRemark(); !remark.empty())
    context.progress.note("evolve: " + remark);

  std::vector<Architecture> batch;
  while (batch.size() < size) {
    std::optional<Architecture> drawn = drawNew();
    if (!drawn)
      break;
    batch.push_back(std::move(*drawn));
  }
  if (batch.empty())
    return noneFeasible(*space, context);
  std::vector<Candidate> population;
  if (llvm::Error error = evaluateAll(batch, population))
    return error;
  if (population.empty())
    return codedError(
        Diag::NAS4018,
        "the time limit passed before the first evaluation was finished; raise "
        "'time', or train on fewer images or epochs");
  if (llvm::Error error = recordGeneration(0))
    return error;

  for (unsigned generation = 1; archive.size() < budget && !context.isLate();
       ++generation) {
    Survivors selection = select(population, size);
    std::vector<Candidate> parents;
    for (uint32_t survivor : selection.candidates)
      parents.push_back(population[survivor]);
    std::vector<Architecture> children;
    while (children.size() < size &&
           archive.size() + children.size() < budget) {
      std::optional<Architecture> child = breed(parents, selection);
      if (!child)
        break;
      children.push_back(std::move(*child));
    }
    if (children.empty())
      break;
    std::vector<Candidate> next = parents;
    if (llvm::Error error = evaluateAll(children, next))
      return error;
    population = std::move(next);
    if (llvm::Error error = recordGeneration(generation))
      return error;
  }

  // What is passed on is the front of everything that was evaluated.
  std::vector<double> values = objectiveVectors(archive);
  std::vector<uint32_t> front =
      paretoFront(ObjectiveView(values, context.objectives.size()));
  StageValue result;
  result.space = space;
  for (uint32_t index : front)
    result.population.push_back(archive[index]);
  context.progress.finish(
      llvm::formatv("{0} evaluations{1}, {2} on the Pareto front, {3}",
                    archive.size(), takenOver("evolve", context), front.size(),
                    bestText())
          .str());
  return result;
}

} // namespace

llvm::Expected<StageValue> EvolveStage::run(StageValue input,
                                            SearchContext &context) {
  if (context.objectives.empty())
    return llvm::createStringError("the search has no objective");
  return Evolution(op, input.space, context).run();
}
