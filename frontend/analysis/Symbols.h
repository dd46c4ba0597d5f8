//===- Symbols.h - What names stand for -------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Symbols, the bodies (spaces and blocks) that own them, and the signatures of
// what can be called.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_SYMBOLS_H
#define NASC_FRONTEND_ANALYSIS_SYMBOLS_H

#include "frontend/analysis/Types.h"
#include "frontend/syntax/AST.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace nasc {

struct Body;

enum class SymbolKind {
  Dataset,
  Device,
  Block,
  Space,
  Network,  ///< A trained network of a file.
  Layer,    ///< A built-in layer: `conv2d`.
  Function, ///< A built-in function on numbers: `div`.
  Parameter,
  Choice,
  Let,
  Variable,
  LoopVariable,
};

/// A kind as messages name it, with its article: "a device", "a choice".
llvm::StringRef describe(SymbolKind kind);

/// The values of a choice, in the order in which they are written.
struct ChoiceDomain {
  enum class Kind { Integers, Reals, Booleans, Operations };
  Kind kind = Kind::Integers;
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<bool> booleans;
  std::vector<const Symbol *> operations;

  size_t size() const;
  /// The type of the choice's value.
  Type type() const;
  /// A value as `--arch` writes it.
  std::string text(size_t index) const;
  /// Whether the choice can have the value of this constant.
  bool contains(const Constant &value) const;
  /// The smallest and largest integer; only of integers.
  std::pair<int64_t, int64_t> integerBounds() const;
};

/// What a name stands for.
struct Symbol {
  SymbolKind kind;
  std::string name;
  /// The name where it is defined; no place for what is built in.
  SourceRange range;
  Type type;
  /// The defining node: the item, the choice, the `let`, the `repeat`; null
  /// for parameters and what is built in.
  const ast::Node *node = nullptr;
  /// The body that a local name belongs to; for blocks and spaces, their own
  /// body.
  Body *body = nullptr;
  /// The repeats around the definition, inside `body`, outermost first.
  std::vector<const ast::Repeat *> loops;
  /// Of lets (and parameters never): the value, where it is constant.
  std::optional<Constant> constant;
  /// Of choices.
  ChoiceDomain domain;
  /// Of names of operation type: what they can stand for.
  llvm::SmallSetVector<const Symbol *, 4> candidates;
  /// Of layers and functions: an index into the tables of Builtins.h.
  unsigned builtin = 0;
  bool used = false;

  bool isCallable() const {
    return kind == SymbolKind::Block || kind == SymbolKind::Layer ||
           kind == SymbolKind::Function;
  }
  bool isLocal() const {
    return kind == SymbolKind::Parameter || kind == SymbolKind::Choice ||
           kind == SymbolKind::Let || kind == SymbolKind::Variable ||
           kind == SymbolKind::LoopVariable;
  }
};

/// A space or a block.
struct Body {
  Symbol *symbol = nullptr;
  /// One of the two is set.
  const ast::Block *block = nullptr;
  const ast::Space *space = nullptr;
  /// The body around a local block.
  Body *parent = nullptr;
  std::vector<Symbol *> parameters;
  /// The type of what is returned; an error type before it is known, and for a
  /// space of parameters.
  Type result;
  const ast::Return *returnStatement = nullptr;

  const ast::StatementList &statements() const {
    return block ? block->body : space->body;
  }
  const std::vector<ast::Parameter> &syntaxParameters() const {
    return block ? block->parameters : space->parameters;
  }
};

/// What an argument may be.
enum class ParameterKind {
  Tensor,
  Tensors, ///< Two or more tensors; the first parameter of `add`, `concat`.
  Integer,
  Real,
  Boolean,
  Operation,
  Window,  ///< An integer or `[height, width]`.
  Padding, ///< `same`, `valid`, an integer or `[top, bottom, left, right]`.
  Numbers, ///< One or more numbers: `min`.
};

/// A parameter as a caller sees it.
struct SignatureParameter {
  std::string name;
  ParameterKind kind;
  bool hasDefault = false;
  /// The least value of an integer (also of each element of a window).
  std::optional<int64_t> minimum;
};

/// What a caller has to know.
struct Signature {
  std::vector<SignatureParameter> parameters;

  bool isVariadic() const {
    return !parameters.empty() &&
           (parameters.front().kind == ParameterKind::Tensors ||
            parameters.front().kind == ParameterKind::Numbers);
  }
};

/// The arguments of a call in the order of the parameters. For a variadic
/// first parameter there may be several.
struct BoundArguments {
  /// For each parameter its arguments: none where the default is taken.
  std::vector<llvm::SmallVector<const ast::Expr *, 2>> values;

  const ast::Expr *single(unsigned parameter) const {
    return values[parameter].empty() ? nullptr : values[parameter].front();
  }
};

/// Why arguments do not fit parameters.
struct BindingProblem {
  enum class Kind { TooMany, UnknownName, Twice, Missing };
  Kind kind;
  /// The argument, where there is one.
  const ast::Argument *argument = nullptr;
  /// The parameter, where there is one.
  unsigned parameter = 0;
};

/// Assigns arguments to parameters; problems are appended.
BoundArguments bindArguments(const Signature &signature, const ast::Call &call,
                             std::vector<BindingProblem> &problems);

} // namespace nasc

#endif // NASC_FRONTEND_ANALYSIS_SYMBOLS_H
