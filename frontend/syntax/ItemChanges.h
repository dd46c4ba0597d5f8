//===- ItemChanges.h - What differs between two specifications --*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A study is resumed with a specification that may have been edited since. This
// says what was: item by item, in words and with the place. Comments and white
// space do not count, nor does the order of the items.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_SYNTAX_ITEMCHANGES_H
#define NASC_FRONTEND_SYNTAX_ITEMCHANGES_H

#include "frontend/syntax/Parser.h"

namespace nasc {

/// An item that two states of a specification do not have alike.
struct ItemChange {
  enum class Kind { Changed, Added, Removed };

  Kind kind;
  ast::NodeKind node;
  /// `the space 'net'`, `the limits`, `the import of "devices/host.nas"`.
  std::string item;
  /// In the later state: the first token that differs, or the added item. In
  /// the earlier one: the removed item.
  SourceRange place;
};

/// A parsed specification and its texts.
struct SpecificationState {
  const ParsedProgram &program;
  const SourceManager &sources;
};

/// The items that differ, in the order of the later state, the removed ones
/// last. Items are the same if they are of one kind and name; those without
/// names, in the order of their kind.
std::vector<ItemChange> findItemChanges(const SpecificationState &earlier,
                                        const SpecificationState &later);

} // namespace nasc

#endif // NASC_FRONTEND_SYNTAX_ITEMCHANGES_H
