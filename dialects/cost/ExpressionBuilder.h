//===- ExpressionBuilder.h - Builds shared cost expressions -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds `cost` operations that are folded as they are built and shared: the
// same operation on the same operands is built once. Equal sizes of two
// tensors are therefore the same SSA value, by which shape inference sees that
// they are equal.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_COST_EXPRESSIONBUILDER_H
#define NASC_DIALECTS_COST_EXPRESSIONBUILDER_H

#include "dialects/cost/Cost.h"

#include <map>
#include <tuple>
#include <vector>

namespace nasc::cost {

/// Builds into one block; all operands must dominate the insertion point, to
/// which every new operation is appended.
class ExpressionBuilder {
public:
  ExpressionBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  void setLocation(mlir::Location location) { loc = location; }
  mlir::Location getLocation() const { return loc; }
  mlir::OpBuilder &getBuilder() { return builder; }

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value floorDiv(mlir::Value a, mlir::Value b);
  mlir::Value ceilDiv(mlir::Value a, mlir::Value b);
  mlir::Value mod(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value compare(Predicate predicate, mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);

  mlir::Value add(mlir::Value a, int64_t b) { return add(a, constant(b)); }
  mlir::Value sub(mlir::Value a, int64_t b) { return sub(a, constant(b)); }
  mlir::Value mul(mlir::Value a, int64_t b) { return mul(a, constant(b)); }
  mlir::Value ceilDiv(mlir::Value a, int64_t b) {
    return ceilDiv(a, constant(b));
  }
  mlir::Value floorDiv(mlir::Value a, int64_t b) {
    return floorDiv(a, constant(b));
  }
  mlir::Value max(mlir::Value a, int64_t b) { return max(a, constant(b)); }
  /// The absolute value, whose range is known to be that of one.
  mlir::Value abs(mlir::Value a) { return max(max(a, sub(constant(0), a)), 0); }

  /// Truth values.
  mlir::Value conjunction(mlir::Value a, mlir::Value b) { return min(a, b); }
  mlir::Value disjunction(mlir::Value a, mlir::Value b) { return max(a, b); }
  mlir::Value negation(mlir::Value a) { return sub(constant(1), a); }

  mlir::Value product(llvm::ArrayRef<mlir::Value> factors);
  mlir::Value sum(llvm::ArrayRef<mlir::Value> terms);

  /// Builds, or finds, an operation equal to `op` on other operands. `op` is a
  /// pure cost operation with one result.
  mlir::Value copy(mlir::Operation *op, mlir::ValueRange operands);

  /// Makes an operation that exists known, so that it is shared.
  void remember(mlir::Operation *op);

private:
  using Key = std::tuple<const void *, std::vector<const void *>, const void *>;

  template <typename OpTy>
  mlir::Value build(mlir::ValueRange operands, mlir::Attribute attribute = {});
  mlir::Value finish(mlir::Operation *op, Key key);
  static Key keyOf(mlir::OperationName name, mlir::ValueRange operands,
                   mlir::Attribute attribute);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  std::map<Key, mlir::Value> known;
};

} // namespace nasc::cost

#endif // NASC_DIALECTS_COST_EXPRESSIONBUILDER_H
