//===- SemanticAnalyzer.h - The parts of the analysis -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to the analysis: the class whose methods are spread over
// SemanticAnalysis*.cpp by subject.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_SEMANTICANALYZER_H
#define NASC_FRONTEND_ANALYSIS_SEMANTICANALYZER_H

#include "frontend/analysis/SemanticAnalysis.h"

#include "llvm/ADT/StringSet.h"

namespace nasc {

/// The names of one brace.
struct Scope {
  Scope *parent = nullptr;
  /// The space or block that the scope belongs to.
  Body *body = nullptr;
  llvm::StringMap<Symbol *> names;
  /// Choices of repeats that ended: visible with an index (`width[3]`).
  llvm::StringMap<Symbol *> indexed;
  /// Names that statements further down define.
  llvm::StringMap<SourceRange> later;
  /// The scope is the body of a repeat, or of an `if` or `match`.
  const ast::Repeat *repeat = nullptr;
  bool conditional = false;
};

class SemanticAnalyzer {
public:
  SemanticAnalyzer(CheckedProgram &program, SourceManager &sources,
                   DiagnosticEngine &diagnostics,
                   const DatasetInspector &inspector)
      : program(program), sources(sources), diagnostics(diagnostics),
        inspector(inspector) {}

  void run();

private:
  friend class SettingsReader;

  // Items (SemanticAnalysis.cpp).
  void collectItems();
  void define(llvm::StringMap<Symbol *> &names, Symbol *symbol);
  void addBuiltins();
  Symbol *makeSymbol(SymbolKind kind, const ast::Name &name,
                     const ast::Node *node);
  Body *makeBody(Symbol *symbol, Body *parent);
  template <typename... Parts>
  DiagnosticBuilder report(Diag code, SourceRange range,
                           const Parts &...parts) {
    return diagnostics.report(code, range, parts...);
  }
  void checkSpace(const ast::Space &space);
  void checkSpaceSignature(const ast::Space &space, Body &body);
  void warnUnused();

  // Names.
  Symbol *lookup(llvm::StringRef name) const;
  Symbol *lookupIndexed(llvm::StringRef name) const;
  std::vector<llvm::StringRef> visibleNames() const;
  void reportUnknownName(const ast::Name &name);
  /// Whether the name may be defined at all; reports where not.
  bool checkDefinable(const ast::Name &name);
  void defineLocal(Symbol *symbol);

  // Bodies and statements (SemanticAnalysisStatements.cpp).
  void checkBody(Body &body);
  void declareParameters(Body &body);
  Type parameterType(const ast::Parameter &parameter);
  void checkStatements(const ast::StatementList &list, bool isBodyOfBody);
  void checkStatement(const ast::Statement &statement);
  void checkLet(const ast::Let &let);
  void checkAssignment(const ast::Assignment &assignment);
  void checkRepeat(const ast::Repeat &repeat);
  void checkIf(const ast::If &statement);
  void checkMatchStatement(const ast::MatchStatement &match);
  void checkReturn(const ast::Return &statement);
  void checkLocalBlock(const ast::LocalBlock &local);
  void closeScope(Scope &scope);

  // Choices (SemanticAnalysisChoices.cpp).
  /// Says of conditional choices in a condition of 'when' what their absence
  /// means, unless the condition excludes it.
  void remarkAbsentChoices(const ast::Expr &expr,
                           llvm::ArrayRef<std::string> conjuncts);
  void checkChoice(const ast::Choice &choice);
  bool checkSetDomain(const ast::SetDomain &set, ChoiceDomain &domain);
  bool checkRangeDomain(const ast::RangeDomain &range, ChoiceDomain &domain);
  bool checkIntegerRange(const ast::RangeDomain &range, int64_t low,
                         int64_t high, ChoiceDomain &domain);
  bool checkRealRange(const ast::RangeDomain &range, double low, double high,
                      ChoiceDomain &domain);

  // Expressions (SemanticAnalysisExpressions.cpp, …Operators.cpp).
  Type checkExpr(const ast::Expr &expr);
  /// Checks an expression and that it has a type; an integer constant is
  /// taken for a real number. Returns whether it has.
  bool checkExprAs(const ast::Expr &expr, Type expected, llvm::StringRef what);
  /// A constant of this type, or nothing after an error.
  std::optional<Constant> checkConstant(const ast::Expr &expr, Type expected,
                                        llvm::StringRef what);
  ExpressionInfo inferExpr(const ast::Expr &expr);
  ExpressionInfo inferName(const ast::NameReference &reference);
  ExpressionInfo inferMember(const ast::Member &member);
  ExpressionInfo inferIndex(const ast::Index &index);
  ExpressionInfo inferUnary(const ast::Unary &unary);
  ExpressionInfo inferBinary(const ast::Binary &binary);
  ExpressionInfo inferArithmetic(const ast::Binary &binary,
                                 const ExpressionInfo &left,
                                 const ExpressionInfo &right);
  ExpressionInfo inferDivision(const ast::Binary &binary,
                               const ExpressionInfo &left,
                               const ExpressionInfo &right);
  /// Warns of a choice that is compared with a number that it never is.
  void warnNeverEqual(const ast::Binary &binary, const ExpressionInfo &left,
                      const ExpressionInfo &right);
  ExpressionInfo inferComparison(const ast::Binary &binary,
                                 const ExpressionInfo &left,
                                 const ExpressionInfo &right);
  ExpressionInfo inferConditional(const ast::Conditional &conditional);
  ExpressionInfo inferMatch(const ast::MatchExpression &match);
  ExpressionInfo inferQuantity(const ast::Quantity &quantity);
  void checkCondition(const ast::Expr &expr, llvm::StringRef of);
  /// Checks the patterns of one `match` against the subject's type. `seen`
  /// has the patterns of the arms before.
  struct SeenPattern {
    Constant value;
    SourceRange range;
  };
  void checkPatterns(const ast::Expr &subject,
                     const std::vector<ast::ExprPtr> &patterns,
                     std::vector<SeenPattern> &seen);
  void checkExhaustive(const ast::Expr &subject, SourceRange match,
                       const std::vector<SeenPattern> &seen, bool hasElse);
  /// The common type of two arms, or an error type after an error.
  Type unify(Type first, SourceRange firstRange, Type second,
             SourceRange secondRange, llvm::StringRef what);
  void reportOpenReal(SourceRange range);
  void reportTypeMismatch(SourceRange range, Type found, Type expected,
                          llvm::StringRef what);
  /// What an expression of operation type can stand for.
  llvm::SmallVector<const Symbol *> candidatesOf(const ast::Expr &expr) const;
  bool checkOperationValue(const Symbol *symbol, SourceRange range);

  // Calls (SemanticAnalysisCalls.cpp).
  ExpressionInfo inferCall(const ast::Call &call);
  ExpressionInfo inferFunction(const ast::Call &call, const Symbol *function,
                               const BoundArguments &bound);
  /// Checks arguments against a signature and reports what does not fit.
  /// `through` is the name by which an operation was called, or null.
  bool checkArguments(const ast::Call &call, const Symbol *callee,
                      const Symbol *through, BoundArguments &bound);
  void checkArgument(const ast::Expr &argument,
                     const SignatureParameter &parameter, const Symbol *callee,
                     const Symbol *parameterSymbol);
  void checkWindow(const ast::Expr &argument,
                   const SignatureParameter &parameter);
  void checkPadding(const ast::Expr &argument);
  void checkMinimum(const ast::Expr &argument,
                    const SignatureParameter &parameter);
  void checkIndirectCalls();
  void checkRecursion();

  // Configuration (SemanticAnalysisDevices.cpp, …Search.cpp, …Datasets.cpp,
  // …Networks.cpp).
  void checkDataset(const ast::Dataset &dataset, Symbol *symbol);
  void checkNetwork(const ast::Network &network, Symbol *symbol);
  /// The dataset that a setting names, or null after an error.
  const Symbol *findDataset(const ast::Expr &value, llvm::StringRef owner);
  void checkDevice(const ast::Device &device, Symbol *symbol);
  std::string readTarget(class SettingsReader &reader,
                         const ast::Device &device);
  void checkCostModel(const ast::Section &section, DeviceSpec &device);
  void readTable(const ast::Table &table, CostModelSpec &model,
                 const DeviceSpec &device);
  void checkSearch(const ast::Search &search);
  void checkObjective(const ast::Objective &objective, SearchSpec &spec);
  void checkStage(const ast::Section &section, SearchSpec &spec);
  void readTraining(class SettingsReader &reader, TrainingSpec &training);
  void readQuantization(class SettingsReader &reader, TrainingSpec &training);
  void readTrainingAmount(const ast::Expr &value, TrainingSpec &training);
  void checkStageSizes(const SearchSpec &spec);
  void checkStageOrder(const SearchSpec &spec);
  void checkDeploy(const ast::Deploy &deploy);
  /// Whether the device has a cost model at the precision that metrics are of;
  /// reports at `range`, where `what` is asked for, that it has none.
  bool checkHasCosts(const DeviceSpec &device, llvm::StringRef precision,
                     SourceRange range, llvm::StringRef what);
  /// The device of a name, or null after an error.
  const DeviceSpec *findDevice(const ast::Name &name);

  // Full names of choices (SemanticAnalysisExpansion.cpp).
  friend class SpaceExpander;
  void nameCalls(const Body &body);
  void expandChoices(bool sound);

  // Limits (SemanticAnalysisLimits.cpp). There, names are those of choices by
  // their full names, metrics, and bound variables.
  void checkLimits();
  void checkLimit(const ast::Limit &limit);
  Symbol *findLetOfSpace(llvm::StringRef name);
  ExpressionInfo inferLetInLimit(const ast::NameReference &reference,
                                 Symbol &let);
  ExpressionInfo inferLimitName(const ast::NameReference &reference);
  ExpressionInfo inferLimitPath(const ast::Expr &path);
  ExpressionInfo inferMetric(const ast::MetricOnDevice &metric);
  ExpressionInfo inferForAll(const ast::ForAll &forAll);
  ExpressionInfo inferAggregate(const ast::Aggregate &aggregate);
  void checkBinder(const ast::Binder &binder, const ast::Expr *owner);
  bool isLimitVariable(llvm::StringRef name) const;
  void reportUnknownChoice(const ast::Expr &path, llvm::StringRef pattern);

  CheckedProgram &program;
  SourceManager &sources;
  DiagnosticEngine &diagnostics;
  const DatasetInspector &inspector;

  llvm::StringMap<Symbol *> builtins;
  llvm::StringMap<Symbol *> globals;
  Scope *scope = nullptr;
  llvm::DenseMap<const Body *, int> bodyStates;
  /// Bodies that are being checked, for cycles of calls.
  std::vector<Body *> bodyStack;
  /// Calls by a name of operation type, checked once all candidates are known.
  struct IndirectCall {
    const ast::Call *call;
    const Symbol *through;
    Body *body;
  };
  std::vector<IndirectCall> indirectCalls;
  /// Operation arguments: what flows from an expression into a parameter.
  struct OperationFlow {
    const ast::Expr *argument;
    Symbol *parameter;
  };
  std::vector<OperationFlow> operationFlows;
  /// Who calls whom directly, for cycles through operations.
  llvm::MapVector<const Body *,
                  std::vector<std::pair<const Body *, SourceRange>>>
      callEdges;
  /// While limits are checked: the variables that `forall`, `count` and `sum`
  /// bind, innermost last.
  bool inLimits = false;
  std::vector<Symbol *> limitVariables;
};

namespace analysis {
/// What inference returns: a type alone, a constant, or nothing after an error.
inline ExpressionInfo typed(Type type) { return {type, std::nullopt, nullptr}; }
inline ExpressionInfo constantInfo(Constant constant) {
  Type type = constant.type;
  return {type, std::move(constant), nullptr};
}
inline ExpressionInfo failed() { return {}; }
} // namespace analysis

/// The signature of something that can be called.
Signature signatureOf(const Symbol *callable);

} // namespace nasc

#endif // NASC_FRONTEND_ANALYSIS_SEMANTICANALYZER_H
