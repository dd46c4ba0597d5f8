//===- ItemChanges.cpp - What differs between two specifications ----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/ItemChanges.h"

#include "frontend/syntax/ParserInternal.h"

#include "llvm/ADT/StringMap.h"

using namespace nasc;
using llvm::cast;

namespace {

/// An item with what it is called, and a key that no other item has.
struct NamedItem {
  const ast::Item *item;
  std::string name, key;
};

std::vector<NamedItem> collectItems(const SpecificationState &state) {
  std::vector<NamedItem> result;
  llvm::StringMap<unsigned> unnamed;
  for (const std::unique_ptr<ast::File> &file : state.program.files)
    for (const ast::ItemPtr &item : file->items) {
      std::string name;
      bool isNamed = true;
      auto call = [&](llvm::StringRef kind, const ast::Name &own) {
        name = (kind + " '" + own.text + "'").str();
      };
      switch (item->getKind()) {
      case ast::NodeKind::Import:
        name = "the import of \"" + cast<ast::Import>(*item).path->value + "\"";
        break;
      case ast::NodeKind::Dataset:
        call("the dataset", cast<ast::Dataset>(*item).name);
        break;
      case ast::NodeKind::Device:
        call("the device", cast<ast::Device>(*item).name);
        break;
      case ast::NodeKind::Block:
        call("the block", cast<ast::Block>(*item).name);
        break;
      case ast::NodeKind::Space:
        call("the space", cast<ast::Space>(*item).name);
        break;
      case ast::NodeKind::Network:
        call("the network", cast<ast::Network>(*item).name);
        break;
      case ast::NodeKind::Limits:
        name = "the limits";
        isNamed = false;
        break;
      case ast::NodeKind::Search:
        name = "the search";
        isNamed = false;
        break;
      case ast::NodeKind::Deploy:
        name = "the deployment";
        isNamed = false;
        break;
      default:
        llvm_unreachable("not an item");
      }
      std::string key = name;
      if (!isNamed)
        key += std::to_string(unnamed[name]++);
      result.push_back({item.get(), name, std::move(key)});
    }
  return result;
}

/// The tokens of a range.
class ItemTokens {
public:
  ItemTokens(const SourceManager &sources, SourceRange range)
      : buffer(sources, range.file) {
    // The file has been parsed without errors.
    DiagnosticEngine silent(sources);
    if (!parser::makeTokens(buffer, silent))
      return;
    for (const parser::SourceToken &token : buffer.tokens)
      if (token.begin >= range.begin && token.end <= range.end &&
          token.begin < token.end)
        tokens.push_back(&token);
  }

  size_t size() const { return tokens.size(); }
  llvm::StringRef text(size_t index) const {
    return buffer.textOf(*tokens[index]);
  }
  SourceRange range(size_t index) const {
    return buffer.rangeOf(*tokens[index]);
  }

private:
  parser::TokenBuffer buffer;
  std::vector<const parser::SourceToken *> tokens;
};

/// The first token of the later item that the earlier one does not have there;
/// nothing where they are alike.
std::optional<SourceRange> firstDifference(const SpecificationState &earlier,
                                           const ast::Item &then,
                                           const SpecificationState &later,
                                           const ast::Item &now) {
  // Most items are the same, byte by byte.
  if (earlier.sources.text(then.getRange()) ==
      later.sources.text(now.getRange()))
    return std::nullopt;
  ItemTokens before(earlier.sources, then.getRange());
  ItemTokens after(later.sources, now.getRange());
  const size_t common = std::min(before.size(), after.size());
  for (size_t i = 0; i < common; ++i)
    if (before.text(i) != after.text(i))
      return after.range(i);
  if (before.size() == after.size())
    return std::nullopt;
  return after.size() > common ? after.range(common) : now.getRange().atEnd();
}

} // namespace

std::vector<ItemChange> nasc::findItemChanges(const SpecificationState &earlier,
                                              const SpecificationState &later) {
  using Kind = ItemChange::Kind;
  const std::vector<NamedItem> before = collectItems(earlier);
  const std::vector<NamedItem> after = collectItems(later);
  llvm::StringMap<const NamedItem *> known, kept;
  for (const NamedItem &then : before)
    known.try_emplace(then.key, &then);
  std::vector<ItemChange> changes;
  for (const NamedItem &now : after) {
    kept.try_emplace(now.key, &now);
    const NamedItem *then = known.lookup(now.key);
    if (!then)
      changes.push_back(
          {Kind::Added, now.item->getKind(), now.name, now.item->getRange()});
    else if (std::optional<SourceRange> place =
                 firstDifference(earlier, *then->item, later, *now.item))
      changes.push_back({Kind::Changed, now.item->getKind(), now.name, *place});
  }
  for (const NamedItem &then : before)
    if (!kept.contains(then.key))
      changes.push_back({Kind::Removed, then.item->getKind(), then.name,
                         then.item->getRange()});
  return changes;
}
