//===- CostTestSupport.cpp - Cost functions for tests ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/cost/CostTestSupport.h"

#include "dialects/cost/ExpressionBuilder.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <set>

using namespace mlir;
using namespace nasc;
using namespace nasc::cost;

//===----------------------------------------------------------------------===//
// Building one function
//===----------------------------------------------------------------------===//

CostTestFunction::CostTestFunction()
    : context(MLIRContext::Threading::DISABLED), builder(&context) {
  context.loadDialect<CostDialect>();
  Location loc = builder.getUnknownLoc();
  module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  function = builder.create<FunctionOp>(loc, "test");
  builder.setInsertionPointToEnd(&function.getBody().emplaceBlock());
}

CostTestFunction::~CostTestFunction() = default;

Value CostTestFunction::choice(StringRef name, ArrayRef<int64_t> values) {
  cost::Range range = {*llvm::min_element(values), *llvm::max_element(values)};
  return builder.create<ChoiceOp>(builder.getUnknownLoc(),
                                  integerType(&context, range), name, values);
}

void CostTestFunction::table(StringRef name,
                             ArrayRef<std::vector<int64_t>> rows,
                             ArrayRef<int64_t> values) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(function);
  SmallVector<Attribute> rowAttributes;
  SmallVector<StringRef> keys;
  for (const std::vector<int64_t> &row : rows)
    rowAttributes.push_back(builder.getDenseI64ArrayAttr(row));
  static const StringRef names[] = {"a", "b", "c", "d"};
  for (size_t key = 0; key < rows.front().size(); ++key)
    keys.push_back(names[key]);
  builder.create<TableOp>(builder.getUnknownLoc(), name,
                          builder.getStrArrayAttr(keys),
                          builder.getArrayAttr(rowAttributes),
                          builder.getDenseI64ArrayAttr(values));
}

Value CostTestFunction::lookup(StringRef table, ValueRange keys,
                               Value otherwise, cost::Range range) {
  return builder.create<LookupOp>(builder.getUnknownLoc(),
                                  integerType(&context, range), table, keys,
                                  otherwise);
}

void CostTestFunction::activity(StringRef choice, Value active) {
  builder.create<ActivityOp>(builder.getUnknownLoc(), choice, active);
}

void CostTestFunction::metric(StringRef name, Value value, StringRef device) {
  builder.create<MetricOp>(
      builder.getUnknownLoc(), builder.getStringAttr(name),
      device.empty() ? StringAttr() : builder.getStringAttr(device), value);
}

void CostTestFunction::limit(StringRef text, Value holds) {
  builder.create<LimitOp>(builder.getUnknownLoc(), builder.getStringAttr(text),
                          holds, StringAttr(), StringAttr(),
                          mlir::IntegerAttr(), UnitAttr());
}

CostProgram CostTestFunction::program() {
  if (failed(verify(*module)))
    llvm::report_fatal_error("a test built a cost function that is not valid");
  FailureOr<CostProgram> result = CostProgram::fromFunction(function);
  if (failed(result))
    llvm::report_fatal_error("a test built a cost function without a program");
  return *result;
}

CostProgram cost::parseProgram(StringRef text) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<CostDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    llvm::report_fatal_error("a test's cost function does not parse");
  FailureOr<CostProgram> result =
      CostProgram::fromFunction(*module->getOps<FunctionOp>().begin());
  if (failed(result))
    llvm::report_fatal_error("a test's cost function has no program");
  return *result;
}

std::string cost::printProgram(const CostProgram &program) {
  CostTestFunction test;
  OpBuilder &b = test.getBuilder();
  Location loc = b.getUnknownLoc();
  for (const ProgramTable &table : program.tables)
    test.table(table.name, table.rows, table.values);
  std::vector<Value> choices, slots;
  for (const ProgramChoice &choice : program.choices)
    choices.push_back(test.choice(choice.name, choice.values));
  auto build = [&](const Instruction &instruction) -> Value {
    Value a, c;
    if (instruction.opcode > Opcode::Choice &&
        instruction.opcode != Opcode::Lookup) {
      a = slots[instruction.operands[0]];
      c = slots[instruction.operands[1]];
    }
    switch (instruction.opcode) {
    case Opcode::Constant:
      return b.create<ConstantOp>(loc, instruction.constant);
    case Opcode::Choice:
      return choices[instruction.index];
    case Opcode::Add:
      return b.create<AddOp>(loc, a, c);
    case Opcode::Sub:
      return b.create<SubOp>(loc, a, c);
    case Opcode::Mul:
      return b.create<MulOp>(loc, a, c);
    case Opcode::FloorDiv:
      return b.create<FloorDivOp>(loc, a, c);
    case Opcode::CeilDiv:
      return b.create<CeilDivOp>(loc, a, c);
    case Opcode::Mod:
      return b.create<ModOp>(loc, a, c);
    case Opcode::Min:
      return b.create<MinOp>(loc, a, c);
    case Opcode::Max:
      return b.create<MaxOp>(loc, a, c);
    case Opcode::Compare: {
      static const Predicate predicates[] = {Predicate::eq, Predicate::ne,
                                             Predicate::lt, Predicate::le,
                                             Predicate::gt, Predicate::ge};
      return b.create<CmpOp>(
          loc, predicates[static_cast<unsigned>(instruction.comparison)], a, c);
    }
    case Opcode::Select:
      return b.create<SelectOp>(loc, a, c, slots[instruction.operands[2]]);
    case Opcode::Lookup: {
      const ProgramLookup &lookup = program.lookups[instruction.index];
      SmallVector<Value> keys;
      for (Slot key : lookup.keys)
        keys.push_back(slots[key]);
      return test.lookup(program.tables[lookup.table].name, keys,
                         slots[lookup.otherwise], instruction.range);
    }
    }
    llvm_unreachable("an unknown opcode");
  };
  for (const Instruction &instruction : program.instructions)
    slots.push_back(build(instruction));
  for (const ProgramChoice &choice : program.choices)
    if (choice.activity)
      test.activity(choice.name, slots[*choice.activity]);
  for (const ProgramMetric &metric : program.metrics)
    test.metric(metric.name, slots[metric.value], metric.device);
  for (const ProgramLimit &limit : program.limits)
    test.limit(limit.text, slots[limit.holds]);
  std::string text;
  llvm::raw_string_ostream stream(text);
  test.getModule().print(stream);
  return text;
}

//===----------------------------------------------------------------------===//
// At random
//===----------------------------------------------------------------------===//

CostProgram cost::randomProgram(uint64_t seed,
                                const RandomProgramOptions &options) {
  std::mt19937_64 random(seed);
  auto below = [&](uint64_t bound) { return random() % bound; };
  CostTestFunction test;
  ExpressionBuilder builder(test.getBuilder(),
                            test.getBuilder().getUnknownLoc());
  std::vector<Value> values, truths;
  for (unsigned number = 0; number < options.choices; ++number) {
    std::set<int64_t> domain;
    unsigned size = 1 + below(options.maximumDomain);
    while (domain.size() < size)
      domain.insert(static_cast<int64_t>(below(24)) - (below(4) ? 0 : 8));
    std::vector<int64_t> shuffled(domain.begin(), domain.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    std::string name = "c" + std::to_string(number);
    Value choice = test.choice(name, shuffled);
    // An activity depends on earlier choices alone, which it sees as they are
    // where they are active and as -1 where they are not.
    if (options.activities && !truths.empty() && below(3) == 0) {
      Value active = truths[below(truths.size())];
      test.activity(name, active);
      choice = builder.select(active, choice, builder.constant(-1));
    }
    values.push_back(choice);
    truths.push_back(
        builder.compare(static_cast<Predicate>(below(6)), choice,
                        builder.constant(shuffled[below(shuffled.size())])));
  }
  if (options.lookups) {
    std::set<std::vector<int64_t>> rows;
    while (rows.size() < 30)
      rows.insert(
          {static_cast<int64_t>(below(12)), static_cast<int64_t>(below(12))});
    std::vector<int64_t> entries;
    for (size_t row = 0; row < rows.size(); ++row)
      entries.push_back(below(1000));
    std::vector<std::vector<int64_t>> rowList(rows.begin(), rows.end());
    test.table("measured", rowList, entries);
  }
  auto any = [&]() { return values[below(values.size())]; };
  auto anyTruth = [&]() { return truths[below(truths.size())]; };
  auto isSmall = [](Value value) {
    return rangeOf(value).upper < (int64_t(1) << 40) &&
           rangeOf(value).lower > -(int64_t(1) << 40);
  };
  for (unsigned count = 0; count < options.operations; ++count) {
    Value a = any(), b = any(), result;
    switch (below(13)) {
    case 0:
    case 1:
      result = builder.add(a, b);
      break;
    case 2:
      result = builder.sub(a, b);
      break;
    case 3:
    case 4:
      result = builder.mul(a, b);
      break;
    case 5:
      result = builder.floorDiv(a, below(2) ? builder.constant(1 + below(9))
                                            : builder.max(b, 1));
      break;
    case 6:
      result = builder.ceilDiv(a, below(2) ? builder.constant(1 + below(9))
                                           : builder.max(b, 1));
      break;
    case 7:
      result = builder.mod(a, builder.constant(1 + below(9)));
      break;
    case 8:
      result = builder.min(a, b);
      break;
    case 9:
      result = builder.max(a, b);
      break;
    case 10:
      result = builder.select(anyTruth(), a, b);
      break;
    case 11:
      truths.push_back(builder.compare(static_cast<Predicate>(below(6)), a, b));
      switch (below(4)) {
      case 0:
        truths.push_back(builder.conjunction(anyTruth(), anyTruth()));
        break;
      case 1:
        truths.push_back(builder.disjunction(anyTruth(), anyTruth()));
        break;
      case 2:
        truths.push_back(builder.negation(anyTruth()));
        break;
      default:
        break;
      }
      continue;
    case 12:
      if (!options.lookups)
        continue;
      result = test.lookup("measured", {a, b}, builder.constant(below(500)),
                           {0, 1000});
      break;
    }
    if (isSmall(result))
      values.push_back(result);
  }
  // Sums are what metrics mostly are.
  for (unsigned count = 0; count < 3; ++count) {
    Value sum = builder.constant(0);
    for (unsigned term = 0; term < 6; ++term)
      sum = builder.add(sum, any());
    test.metric("sum" + std::to_string(count), sum);
    values.push_back(sum);
  }
  test.metric("last", values[values.size() - 4], "device");
  for (unsigned count = 0; count < options.limits; ++count) {
    Value value = any();
    cost::Range range = rangeOf(value);
    int64_t bound = range.lower +
                    static_cast<int64_t>(below(range.upper - range.lower + 1));
    Value holds =
        below(4) ? builder.compare(below(2) ? Predicate::le : Predicate::ge,
                                   value, builder.constant(bound))
                 : anyTruth();
    if (below(3) == 0)
      holds = builder.disjunction(holds, anyTruth());
    test.limit("limit " + std::to_string(count), holds);
  }
  return test.program();
}

//===----------------------------------------------------------------------===//
// Like a network
//===----------------------------------------------------------------------===//

CostProgram cost::convolutionalSpace(unsigned rounds, unsigned limitPercent) {
  CostTestFunction test;
  ExpressionBuilder b(test.getBuilder(), test.getBuilder().getUnknownLoc());
  Value stem = test.choice("stem", {8, 16, 24, 32});
  std::vector<int64_t> depths;
  for (unsigned depth = 2; depth <= rounds; ++depth)
    depths.push_back(depth);
  Value depth = test.choice("depth", depths);

  Value height = b.constant(14), width = b.constant(14), channels = stem;
  Value area = b.mul(height, width);
  Value macs = b.mul(b.mul(area, stem), b.constant(9));
  Value weights = b.mul(stem, 9), flash = b.add(b.mul(stem, 17), 1400);
  Value cycles = b.add(b.mul(macs, 1030), b.constant(900000));
  Value ram = b.add(b.mul(area, stem), 784);
  Value strided = b.constant(0), previous = stem;
  auto addLayer = [&](Value on, Value out, Value layerMacs, Value layerWeights,
                      Value in, int64_t perMac, int64_t code) {
    auto whereOn = [&](Value value) {
      return b.select(on, value, b.constant(0));
    };
    macs = b.add(macs, whereOn(layerMacs));
    weights = b.add(weights, whereOn(layerWeights));
    Value bytes = b.add(b.add(layerWeights, b.mul(channels, 8)), code);
    flash = b.add(flash, whereOn(b.mul(b.ceilDiv(bytes, 16), 16)));
    Value layerCycles = b.add(b.add(b.mul(layerMacs, perMac), b.mul(out, 6000)),
                              b.constant(900000));
    cycles = b.add(cycles, whereOn(layerCycles));
    Value arena =
        b.add(b.mul(b.ceilDiv(in, 16), 16), b.mul(b.ceilDiv(out, 16), 16));
    ram = b.max(ram, whereOn(arena));
  };
  for (unsigned round = 1; round <= rounds; ++round) {
    std::string index = "[" + std::to_string(round) + "]";
    Value newWidth = test.choice("width" + index, {16, 24, 32, 48, 64, 96});
    Value kernel = test.choice("kernel" + index, {3, 5});
    Value stride = test.choice("stride" + index, {1, 2});
    Value body = test.choice("body" + index, {0, 1});
    Value on = b.compare(Predicate::ge, depth, b.constant(round));
    for (const char *name : {"width", "kernel", "stride", "body"})
      test.activity(name + index, on);
    Value newHeight = b.ceilDiv(height, stride);
    Value newSide = b.ceilDiv(width, stride);
    Value newArea = b.mul(newHeight, newSide);
    Value window = b.mul(kernel, kernel);
    Value in = b.mul(area, channels), out = b.mul(newArea, newWidth);
    Value separable =
        b.conjunction(on, b.compare(Predicate::eq, body, b.constant(0)));
    Value full =
        b.conjunction(on, b.compare(Predicate::eq, body, b.constant(1)));
    Value middle = b.mul(newArea, channels);
    addLayer(separable, middle, b.mul(middle, window), b.mul(channels, window),
             in, 2210, 900);
    addLayer(separable, out, b.mul(out, channels), b.mul(channels, newWidth),
             middle, 1000, 500);
    Value kernelInputs = b.mul(channels, window);
    addLayer(full, out, b.mul(out, kernelInputs), b.mul(kernelInputs, newWidth),
             in, 1030, 1400);
    strided = b.add(strided, b.conjunction(on, b.compare(Predicate::eq, stride,
                                                         b.constant(2))));
    if (round > 1)
      test.limit("width" + index + " >= the one before",
                 b.disjunction(b.negation(on),
                               b.compare(Predicate::ge, newWidth, previous)));
    previous = newWidth;
    height = b.select(on, newHeight, height);
    width = b.select(on, newSide, width);
    channels = b.select(on, newWidth, channels);
    area = b.mul(height, width);
  }
  Value dense = b.mul(channels, 10);
  macs = b.add(macs, dense);
  weights = b.add(weights, dense);
  flash = b.add(flash, b.add(dense, 680));
  cycles = b.add(cycles, b.add(b.mul(dense, 1060), b.constant(400000)));
  // 480 MHz; cycles are in thousandths, latency in picoseconds.
  Value latency = b.ceilDiv(b.mul(cycles, 1000), 480);
  ram = b.add(ram, 2560);
  test.metric("macs", macs);
  test.metric("weights", weights);
  test.metric("flash", flash, "h743");
  test.metric("ram", ram, "h743");
  test.metric("latency", latency, "h743");
  auto limitTo = [&](const char *name, Value value) {
    cost::Range range = rangeOf(value);
    int64_t bound =
        range.lower + (range.upper - range.lower) / 100 * limitPercent;
    test.limit(name, b.compare(Predicate::le, value, b.constant(bound)));
  };
  limitTo("flash", flash);
  limitTo("ram", ram);
  limitTo("latency", latency);
  test.limit("strides", b.compare(Predicate::le, strided, b.constant(2)));
  return test.program();
}

//===----------------------------------------------------------------------===//
// Assignments
//===----------------------------------------------------------------------===//

std::vector<uint16_t> cost::randomPositions(const CostProgram &program,
                                            std::mt19937_64 &random) {
  std::vector<uint16_t> positions;
  for (const ProgramChoice &choice : program.choices)
    positions.push_back(random() % choice.values.size());
  return positions;
}

void cost::forEachAssignment(
    const CostProgram &program,
    const std::function<void(ArrayRef<uint16_t>)> &visit) {
  std::vector<uint16_t> positions(program.choices.size(), 0);
  while (true) {
    visit(positions);
    size_t choice = 0;
    while (choice < positions.size() &&
           ++positions[choice] == program.choices[choice].values.size())
      positions[choice++] = 0;
    if (choice == positions.size())
      return;
  }
}
