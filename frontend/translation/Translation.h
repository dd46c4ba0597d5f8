//===- Translation.h - From the checked program to IR -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to the front end: builds the module of the dialects nas, cost and
// search. Use translate() of Frontend.h.
//
// A block with parameters of operation type becomes one `nas.block` for each
// list of operations that its calls give it: a single operation is built in,
// of several a number selects one. What a local block sees of its
// surroundings becomes further parameters.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_TRANSLATION_TRANSLATION_H
#define NASC_FRONTEND_TRANSLATION_TRANSLATION_H

#include "dialects/cost/ExpressionBuilder.h"
#include "dialects/nas/Nas.h"
#include "dialects/search/Search.h"
#include "frontend/analysis/SemanticAnalysis.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/MapVector.h"

#include <map>

namespace nasc {

/// The comparison that a comparing operator stands for.
cost::Predicate predicateOf(ast::BinaryOperator op);

class Translator {
public:
  Translator(const CheckedProgram &program, const SourceManager &sources,
             DiagnosticEngine &diagnostics, mlir::MLIRContext &context);

  /// Null after an error, which has been reported.
  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  friend class LimitTranslator;

  /// Something of operation type: one of several blocks and layers.
  struct OperationValue {
    llvm::SmallVector<const Symbol *, 4> candidates;
    /// The position of the operation; null where there is one candidate.
    mlir::Value selector;
  };
  /// What a name stands for at one point of a body.
  struct Binding {
    mlir::Value value;
    OperationValue operation;
  };
  using Bindings = llvm::MapVector<const Symbol *, Binding>;

  /// A block for certain operations.
  struct Instance {
    const Body *body = nullptr;
    Instance *parent = nullptr;
    nas::BlockOp op;
    /// Surrounding names, in the order of the parameters they became.
    std::vector<const Symbol *> captures;
    llvm::SmallVector<mlir::Type, 1> results;
  };
  using InstanceKey = std::tuple<const Body *, const Instance *,
                                 std::vector<std::vector<const Symbol *>>>;

  /// A body that is being translated.
  struct Context {
    const Body *body;
    Instance *instance;
    mlir::Block *entry;
    Bindings bindings;
  };

  /// An evaluated argument: a value, an operation, or a pair of values.
  struct ArgumentValue {
    llvm::SmallVector<mlir::Value, 2> values;
    OperationValue operation;
  };
  using Arguments = llvm::DenseMap<const ast::Expr *, ArgumentValue>;

  // Locations and small values (Translation.cpp).
  mlir::Location locationOf(SourceRange range);
  mlir::Location locationOf(const ast::Node &node) {
    return locationOf(node.getRange());
  }
  mlir::Type typeOf(Type type);
  mlir::Type integerType(cost::Range range);
  mlir::Type openTensor();
  cost::ExpressionBuilder &expressions() { return *expressionStack.back(); }
  mlir::Value constant(int64_t value) { return expressions().constant(value); }
  mlir::Value realConstant(double value, mlir::Location loc);
  mlir::Value materialize(const Constant &constant, mlir::Location loc);
  /// The same value with another type, of which less is known.
  mlir::Value passThrough(mlir::Value value, mlir::Type type,
                          mlir::Location loc);
  Context &current() { return *contexts.back(); }
  std::string uniqueName(llvm::StringRef name);
  bool translateSpace();
  /// All limits, of the space or network of this name.
  void translateLimitsOf(mlir::FlatSymbolRefAttr owner);

  /// Runs `build` at the end of a block with expressions of its own.
  template <typename Build> auto inBlock(mlir::Block *block, Build build) {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(block);
    expressionStack.push_back(std::make_unique<cost::ExpressionBuilder>(
        builder, builder.getUnknownLoc()));
    struct Pop {
      Translator &translator;
      ~Pop() { translator.expressionStack.pop_back(); }
    } pop{*this};
    return build();
  }

  // Statements (Statements.cpp).
  void translateStatements(const ast::StatementList &list);
  void translateStatement(const ast::Statement &statement);
  void translateChoice(const ast::Choice &choice);
  void translateRepeat(const ast::Repeat &repeat);
  void translateIf(const ast::If &statement, size_t arm);
  void translateMatch(const ast::MatchStatement &match, size_t arm);
  /// The variables of the current body that statements rebind and that exist
  /// before them.
  std::vector<const Symbol *>
  rebound(llvm::ArrayRef<const ast::StatementList *> lists);
  void buildBranches(mlir::Location loc, mlir::Value condition,
                     llvm::ArrayRef<const Symbol *> variables,
                     llvm::function_ref<void()> thenBranch,
                     llvm::function_ref<void()> elseBranch);
  mlir::Value decodeChoice(const Symbol *choice, mlir::Value position,
                           mlir::Location loc);

  // Expressions (Expressions.cpp).
  mlir::Value translateExpr(const ast::Expr &expr);
  mlir::Value translateBinary(const ast::Binary &binary);
  mlir::Value translateConditional(const ast::Conditional &conditional,
                                   size_t arm);
  mlir::Value translateMatch(const ast::MatchExpression &match,
                             mlir::Value subject,
                             const OperationValue &operation, size_t arm);
  /// A value that a condition chooses: by selection where both sides are
  /// numbers without calls, else by `nas.if`.
  mlir::Value chooseValue(mlir::Location loc, mlir::Value condition, Type type,
                          bool isPure,
                          llvm::function_ref<mlir::Value()> thenValue,
                          llvm::function_ref<mlir::Value()> elseValue);
  mlir::Value matchCondition(const std::vector<ast::ExprPtr> &patterns,
                             mlir::Value subject,
                             const OperationValue &operation);
  mlir::Value translateIndex(const ast::Index &index, bool decode);
  mlir::Value translateFunction(const ast::Call &call, const Symbol *function);
  OperationValue translateOperation(const ast::Expr &expr);
  OperationValue chooseOperation(mlir::Value condition, const OperationValue &a,
                                 const OperationValue &b);
  Binding lookup(const Symbol *symbol, mlir::Location loc);
  Binding capture(const Symbol *symbol, mlir::Location loc);

  // Calls (Calls.cpp).
  mlir::Value translateCall(const ast::Call &call);
  Arguments evaluateArguments(const ast::Call &call);
  mlir::Value callOne(const ast::Call &call, const Symbol *callee,
                      const Arguments &arguments);
  mlir::Value callBlock(const ast::Call &call, const Symbol *block,
                        const Arguments &arguments);
  Instance &instantiate(const Body &body,
                        std::vector<std::vector<const Symbol *>> operations,
                        mlir::Location loc);

  // Layers (Layers.cpp).
  mlir::Value buildLayer(const ast::Call &call, const Symbol *layer,
                         const BoundArguments &bound,
                         const Arguments &arguments);
  nas::PaddingAttr buildPadding(const ast::Expr *expr,
                                nas::PaddingMode otherwise);

  // Configuration (Configuration.cpp).
  void translateDataset(const DatasetSpec &dataset);
  void translateNetwork(const NetworkSpec &network);
  void translateDevice(const DeviceSpec &device);
  void translateSearch();
  /// Networks of files, which need no search, are deployed as they are.
  void translateDeployment(const NetworkSpec &network);
  void translateTargets(mlir::Value networks);
  search::TrainingAttr trainingAttribute(const TrainingSpec &training);
  nas::PrecisionAttr precisionAttribute(llvm::StringRef name);

  const CheckedProgram &program;
  const SourceManager &sources;
  DiagnosticEngine &diagnostics;
  mlir::OpBuilder builder;
  mlir::ModuleOp module;
  nas::SpaceOp space;
  std::vector<std::unique_ptr<cost::ExpressionBuilder>> expressionStack;
  std::vector<Context *> contexts;
  std::map<InstanceKey, std::unique_ptr<Instance>> instances;
  llvm::StringMap<unsigned> usedNames;
};

/// Translates all limits into one `nas.limits` (Limits.cpp).
void translateLimits(
    const CheckedProgram &program, const SourceManager &sources,
    mlir::OpBuilder &builder,
    llvm::function_ref<mlir::Location(SourceRange)> locationOf);

} // namespace nasc

#endif // NASC_FRONTEND_TRANSLATION_TRANSLATION_H
