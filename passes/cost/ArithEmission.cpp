//===- ArithEmission.cpp - Emits a cost program as arith ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cost/ArithEmission.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace nasc;
using namespace nasc::cost;

size_t cost::countOutputs(const CostProgram &program, EmittedOutputs outputs) {
  if (outputs == EmittedOutputs::Feasibility)
    return 1;
  return program.metrics.size() + program.limits.size() + 1;
}

unsigned cost::positionBits(const CostProgram &program) {
  for (const ProgramChoice &choice : program.choices)
    if (choice.values.size() > 256)
      return 16;
  return 8;
}

namespace {

/// Integers up to this size are exact in a double, and so are the quotients
/// that division through doubles computes.
constexpr int64_t kExactInDouble = int64_t(1) << 52;

arith::CmpIPredicate predicateOf(Comparison comparison) {
  switch (comparison) {
  case Comparison::Equal:
    return arith::CmpIPredicate::eq;
  case Comparison::NotEqual:
    return arith::CmpIPredicate::ne;
  case Comparison::Less:
    return arith::CmpIPredicate::slt;
  case Comparison::LessOrEqual:
    return arith::CmpIPredicate::sle;
  case Comparison::Greater:
    return arith::CmpIPredicate::sgt;
  case Comparison::GreaterOrEqual:
    return arith::CmpIPredicate::sge;
  }
  llvm_unreachable("unknown comparison");
}

/// Emits the body for one group of lanes.
class Emitter {
public:
  Emitter(OpBuilder &builder, Location loc, const CostProgram &program,
          unsigned lanes)
      : builder(builder), loc(loc), program(program), lanes(lanes),
        numbers(program.instructions.size()),
        truths(program.instructions.size()) {}

  /// `positions(c)` gives the positions of choice `c` as numbers.
  void emit(ArrayRef<Slot> slots,
            llvm::function_ref<Value(uint32_t)> positions) {
    for (Slot slot : slots)
      emitSlot(slot, positions);
  }

  /// The value of a slot as 64-bit integers.
  Value number(Slot slot) {
    if (!numbers[slot])
      numbers[slot] =
          builder.create<arith::ExtUIOp>(loc, numberType(), truths[slot]);
    return numbers[slot];
  }

  /// The value of a slot in 0 to 1 as bits.
  Value truth(Slot slot) {
    if (!truths[slot])
      truths[slot] = builder.create<arith::CmpIOp>(
          loc, arith::CmpIPredicate::ne, numbers[slot], constant(0));
    return truths[slot];
  }

  Value trueBits() {
    return builder.create<arith::ConstantOp>(
        loc, attribute(builder.getI1Type(), builder.getBoolAttr(true)));
  }

  Value asNumbers(Value bits) {
    return builder.create<arith::ExtUIOp>(loc, numberType(), bits);
  }

  Type shaped(Type element) const {
    return lanes == 1 ? element : VectorType::get({int64_t(lanes)}, element);
  }
  Type numberType() const { return shaped(builder.getI64Type()); }

private:
  TypedAttr attribute(Type element, TypedAttr value) const {
    if (lanes == 1)
      return value;
    return DenseElementsAttr::get(cast<ShapedType>(shaped(element)),
                                  ArrayRef<Attribute>(value));
  }

  Value constant(int64_t value) {
    Value &known = constants[value];
    if (!known)
      known = builder.create<arith::ConstantOp>(
          loc,
          attribute(builder.getI64Type(), builder.getI64IntegerAttr(value)));
    return known;
  }

  Value realConstant(double value) {
    return builder.create<arith::ConstantOp>(
        loc, attribute(builder.getF64Type(), builder.getF64FloatAttr(value)));
  }

  cost::Range rangeOf(Slot slot) const {
    return program.instructions[slot].range;
  }

  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return builder.create<arith::CmpIOp>(loc, predicate, a, b);
  }

  /// The value of a domain at a position.
  Value emitDomain(ArrayRef<int64_t> values, Value position) {
    if (values.size() == 1)
      return constant(values[0]);
    bool isProgression = true;
    __int128 step = static_cast<__int128>(values[1]) - values[0];
    for (size_t index = 1; index < values.size(); ++index)
      isProgression &=
          static_cast<__int128>(values[index]) - values[index - 1] == step;
    if (isProgression && step >= cost::Range::kMinimum &&
        step <= cost::Range::kMaximum) {
      Value scaled = step == 1 ? position
                               : builder.create<arith::MulIOp>(
                                     loc, position, constant(int64_t(step)));
      if (values[0] == 0)
        return scaled;
      return builder.create<arith::AddIOp>(loc, scaled, constant(values[0]));
    }
    if (values.size() > 16)
      return emitGather(values, position);
    Value result = constant(values[0]);
    for (size_t index = 1; index < values.size(); ++index) {
      Value here = compare(arith::CmpIPredicate::eq, position, constant(index));
      result = builder.create<arith::SelectOp>(loc, here,
                                               constant(values[index]), result);
    }
    return result;
  }

  /// `values[index]`, from a constant array.
  Value emitGather(ArrayRef<int64_t> values, Value index) {
    auto type = MemRefType::get({int64_t(values.size())}, builder.getI64Type());
    // The array is in the module, under a name that follows from its function.
    auto function = builder.getInsertionBlock()
                        ->getParentOp()
                        ->getParentOfType<func::FuncOp>();
    std::string name;
    Operation *symbols = function->getParentOp();
    do
      name = (function.getSymName() + "_table" + Twine(numGlobals++)).str();
    while (symbols && symbols->hasTrait<OpTrait::SymbolTable>() &&
           SymbolTable::lookupSymbolIn(symbols, name));
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(function);
      auto tensor =
          RankedTensorType::get(type.getShape(), type.getElementType());
      builder.create<memref::GlobalOp>(
          loc, name, builder.getStringAttr("private"), type,
          DenseIntElementsAttr::get(tensor, values), /*constant=*/true,
          IntegerAttr());
    }
    Value array = builder.create<memref::GetGlobalOp>(loc, type, name);
    Value zero = builder.create<arith::ConstantIndexOp>(loc, 0);
    if (lanes == 1) {
      Value offset = builder.create<arith::IndexCastOp>(
          loc, builder.getIndexType(), index);
      return builder.create<memref::LoadOp>(loc, array, offset);
    }
    return builder.create<vector::GatherOp>(loc, cast<VectorType>(numberType()),
                                            array, ValueRange{zero}, index,
                                            trueBits(), constant(0));
  }

  /// Floor or ceiling of a quotient of a dividend `a` that is not negative.
  Value emitDivision(Slot a, Slot b, bool up) {
    cost::Range dividend = rangeOf(a), divisor = rangeOf(b);
    Value numerator = number(a), denominator = number(b);
    bool isPower = divisor.isConstant() &&
                   llvm::isPowerOf2_64(static_cast<uint64_t>(divisor.lower));
    if (dividend.lower >= 0 &&
        cost::saturatingAdd(dividend.upper, divisor.upper) <
            cost::Range::kMaximum) {
      if (up)
        numerator = builder.create<arith::AddIOp>(
            loc, numerator,
            divisor.isConstant() ? constant(divisor.lower - 1)
                                 : Value(builder.create<arith::SubIOp>(
                                       loc, denominator, constant(1))));
      if (isPower)
        return builder.create<arith::ShRUIOp>(
            loc, numerator, constant(llvm::Log2_64(divisor.lower)));
      int64_t largest = cost::saturatingAdd(
          dividend.upper, cost::saturatingMultiply(2, divisor.upper));
      if (lanes > 1 && largest < kExactInDouble)
        return emitExactDivision(numerator, denominator);
      return builder.create<arith::DivUIOp>(loc, numerator, denominator);
    }
    // The machine truncates: correct by one where the sign says so.
    Value quotient =
        builder.create<arith::DivSIOp>(loc, numerator, denominator);
    Value remainder = builder.create<arith::SubIOp>(
        loc, numerator,
        builder.create<arith::MulIOp>(loc, quotient, denominator));
    Value corrects =
        compare(up ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt,
                remainder, constant(0));
    Value one = asNumbers(corrects);
    if (up)
      return builder.create<arith::AddIOp>(loc, quotient, one);
    return builder.create<arith::SubIOp>(loc, quotient, one);
  }

  /// Vectors have no integer division. Doubles have, and the quotient rounded
  /// down is exact where dividend plus divisor is below 2^53: then a quotient
  /// below an integer is below it by more than the rounding. Conversions go
  /// through the mantissa, which every vector unit can do.
  Value emitExactDivision(Value numerator, Value denominator) {
    Type realType = shaped(builder.getF64Type());
    Value magicBits = constant(0x4330000000000000); // 2^52 as a double
    Value magic = realConstant(4503599627370496.0);
    auto toReal = [&](Value value) {
      Value bits = builder.create<arith::OrIOp>(loc, value, magicBits);
      Value shifted = builder.create<arith::BitcastOp>(loc, realType, bits);
      return Value(builder.create<arith::SubFOp>(loc, shifted, magic));
    };
    Value quotient = builder.create<arith::DivFOp>(loc, toReal(numerator),
                                                   toReal(denominator));
    Value floor = builder.create<math::FloorOp>(loc, quotient);
    Value shifted = builder.create<arith::AddFOp>(loc, floor, magic);
    Value bits = builder.create<arith::BitcastOp>(loc, numberType(), shifted);
    return builder.create<arith::XOrIOp>(loc, bits, magicBits);
  }

  /// A lookup by the positions of the keys among the keys that rows have.
  Value emitLookup(const ProgramLookup &lookup) {
    const ProgramTable &table = program.tables[lookup.table];
    // Rows that the keys can reach, and the values of each key in them.
    std::vector<size_t> reachable;
    std::vector<std::vector<int64_t>> keys(lookup.keys.size());
    for (size_t row = 0; row < table.rows.size(); ++row) {
      bool reaches = true;
      for (size_t key = 0; key < keys.size(); ++key)
        reaches &= rangeOf(lookup.keys[key]).contains(table.rows[row][key]);
      if (!reaches)
        continue;
      reachable.push_back(row);
      for (size_t key = 0; key < keys.size(); ++key)
        keys[key].push_back(table.rows[row][key]);
    }
    if (reachable.empty())
      return number(lookup.otherwise);
    size_t size = 1;
    for (std::vector<int64_t> &key : keys) {
      llvm::sort(key);
      key.erase(std::unique(key.begin(), key.end()), key.end());
      size *= key.size() + 1;
      if (size > (size_t(1) << 20))
        return emitRows(lookup, table, reachable);
    }
    // Position zero is "none of them"; its entries, and those of missing rows,
    // are marked in a second array.
    std::vector<int64_t> values(size, 0), present(size, 0);
    for (size_t row : reachable) {
      size_t entry = 0;
      for (size_t key = 0; key < keys.size(); ++key)
        entry = entry * (keys[key].size() + 1) + 1 +
                (llvm::lower_bound(keys[key], table.rows[row][key]) -
                 keys[key].begin());
      values[entry] = table.values[row];
      present[entry] = 1;
    }
    Value entry = constant(0);
    for (size_t key = 0; key < keys.size(); ++key) {
      entry = builder.create<arith::MulIOp>(loc, entry,
                                            constant(keys[key].size() + 1));
      entry = builder.create<arith::AddIOp>(
          loc, entry, emitPosition(keys[key], number(lookup.keys[key])));
    }
    Value found = compare(arith::CmpIPredicate::ne, emitGather(present, entry),
                          constant(0));
    return builder.create<arith::SelectOp>(
        loc, found, emitGather(values, entry), number(lookup.otherwise));
  }

  /// One plus the position of `value` in the sorted `keys`, zero if it is not
  /// there.
  Value emitPosition(ArrayRef<int64_t> keys, Value value) {
    Value result = constant(0);
    for (auto [index, key] : llvm::enumerate(keys)) {
      Value here = compare(arith::CmpIPredicate::eq, value, constant(key));
      result = builder.create<arith::SelectOp>(
          loc, here, constant(int64_t(index) + 1), result);
    }
    return result;
  }

  /// A lookup row by row, for tables whose keys have too many combinations.
  Value emitRows(const ProgramLookup &lookup, const ProgramTable &table,
                 ArrayRef<size_t> rows) {
    Value result = number(lookup.otherwise);
    for (size_t row : rows) {
      Value here;
      for (size_t key = 0; key < lookup.keys.size(); ++key) {
        Value equal =
            compare(arith::CmpIPredicate::eq, number(lookup.keys[key]),
                    constant(table.rows[row][key]));
        here = here ? Value(builder.create<arith::AndIOp>(loc, here, equal))
                    : equal;
      }
      result = builder.create<arith::SelectOp>(
          loc, here, constant(table.values[row]), result);
    }
    return result;
  }

  void emitSlot(Slot slot, llvm::function_ref<Value(uint32_t)> positions) {
    const Instruction &instruction = program.instructions[slot];
    // A value of one number is that number, whatever it is computed from.
    if (instruction.range.isConstant()) {
      numbers[slot] = constant(instruction.range.lower);
      return;
    }
    auto operand = [&](unsigned index) {
      return number(instruction.operands[index]);
    };
    auto areTruths = [&]() {
      return rangeOf(instruction.operands[0]).isBoolean() &&
             rangeOf(instruction.operands[1]).isBoolean() &&
             (truths[instruction.operands[0]] ||
              truths[instruction.operands[1]]);
    };
    Value &result = numbers[slot];
    switch (instruction.opcode) {
    case Opcode::Constant:
      result = constant(instruction.constant);
      return;
    case Opcode::Choice:
      result = emitDomain(program.choices[instruction.index].values,
                          positions(instruction.index));
      return;
    case Opcode::Add:
      result = builder.create<arith::AddIOp>(loc, operand(0), operand(1));
      return;
    case Opcode::Sub:
      if (truths[instruction.operands[1]] &&
          rangeOf(instruction.operands[0]) == cost::Range::constant(1)) {
        truths[slot] = builder.create<arith::XOrIOp>(
            loc, truths[instruction.operands[1]], trueBits());
        return;
      }
      result = builder.create<arith::SubIOp>(loc, operand(0), operand(1));
      return;
    case Opcode::Mul:
      result = builder.create<arith::MulIOp>(loc, operand(0), operand(1));
      return;
    case Opcode::FloorDiv:
      result = emitDivision(instruction.operands[0], instruction.operands[1],
                            /*up=*/false);
      return;
    case Opcode::CeilDiv:
      result = emitDivision(instruction.operands[0], instruction.operands[1],
                            /*up=*/true);
      return;
    case Opcode::Mod: {
      Value quotient = emitDivision(instruction.operands[0],
                                    instruction.operands[1], /*up=*/false);
      result = builder.create<arith::SubIOp>(
          loc, operand(0),
          builder.create<arith::MulIOp>(loc, quotient, operand(1)));
      return;
    }
    case Opcode::Min:
      if (areTruths())
        truths[slot] =
            builder.create<arith::AndIOp>(loc, truth(instruction.operands[0]),
                                          truth(instruction.operands[1]));
      else
        result = builder.create<arith::MinSIOp>(loc, operand(0), operand(1));
      return;
    case Opcode::Max:
      if (areTruths())
        truths[slot] =
            builder.create<arith::OrIOp>(loc, truth(instruction.operands[0]),
                                         truth(instruction.operands[1]));
      else
        result = builder.create<arith::MaxSIOp>(loc, operand(0), operand(1));
      return;
    case Opcode::Compare:
      truths[slot] =
          compare(predicateOf(instruction.comparison), operand(0), operand(1));
      return;
    case Opcode::Select:
      result = builder.create<arith::SelectOp>(
          loc, truth(instruction.operands[0]), operand(1), operand(2));
      return;
    case Opcode::Lookup:
      result = emitLookup(program.lookups[instruction.index]);
      return;
    }
  }

  OpBuilder &builder;
  Location loc;
  const CostProgram &program;
  unsigned lanes;
  std::vector<Value> numbers;
  std::vector<Value> truths;
  llvm::DenseMap<int64_t, Value> constants;
  unsigned numGlobals = 0;
};

} // namespace

func::FuncOp cost::emitArith(OpBuilder &builder, Location loc, StringRef name,
                             const CostProgram &program,
                             const ArithEmissionOptions &options) {
  OpBuilder::InsertionGuard guard(builder);
  unsigned lanes = options.lanes;
  Type positionType = builder.getIntegerType(positionBits(program));
  int64_t numOutputs = countOutputs(program, options.outputs);
  auto choicesType = MemRefType::get(
      {int64_t(program.choices.size()), ShapedType::kDynamic}, positionType);
  auto outputsType =
      MemRefType::get({numOutputs, ShapedType::kDynamic}, builder.getI64Type());
  auto function = builder.create<func::FuncOp>(
      loc, name, builder.getFunctionType({choicesType, outputsType}, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Value choices = entry->getArgument(0), outputs = entry->getArgument(1);
  auto indexConstant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  };
  Value count = builder.create<memref::DimOp>(loc, outputs, indexConstant(1));
  auto loop = builder.create<scf::ForOp>(loc, indexConstant(0), count,
                                         indexConstant(lanes));
  builder.create<func::ReturnOp>(loc);
  builder.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();

  Emitter emitter(builder, loc, program, lanes);
  auto loadPositions = [&](uint32_t choice) -> Value {
    SmallVector<Value> where = {indexConstant(choice), first};
    Value positions;
    if (lanes == 1)
      positions = builder.create<memref::LoadOp>(loc, choices, where);
    else
      positions = builder.create<vector::LoadOp>(
          loc, cast<VectorType>(emitter.shaped(positionType)), choices, where);
    return builder.create<arith::ExtUIOp>(loc, emitter.numberType(), positions);
  };
  auto store = [&](int64_t row, Value value) {
    SmallVector<Value> where = {indexConstant(row), first};
    if (lanes == 1)
      builder.create<memref::StoreOp>(loc, value, outputs, where);
    else
      builder.create<vector::StoreOp>(loc, value, outputs, where);
  };

  std::vector<Slot> roots;
  if (options.outputs == EmittedOutputs::All)
    for (const ProgramMetric &metric : program.metrics)
      roots.push_back(metric.value);
  for (const ProgramLimit &limit : program.limits)
    roots.push_back(limit.holds);
  emitter.emit(program.neededBy(roots), loadPositions);

  int64_t row = 0;
  if (options.outputs == EmittedOutputs::All)
    for (Slot root : roots)
      store(row++, emitter.number(root));
  Value feasible;
  for (const ProgramLimit &limit : program.limits) {
    Value holds = emitter.truth(limit.holds);
    feasible = feasible
                   ? Value(builder.create<arith::AndIOp>(loc, feasible, holds))
                   : holds;
  }
  if (!feasible)
    feasible = emitter.trueBits();
  store(row, emitter.asNumbers(feasible));
  return function;
}
