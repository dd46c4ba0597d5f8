//===- LayerTableGenerator.cpp - The table of layers from ODS -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the layers of the nas dialect and writes what those need of them who
// see no MLIR, or who treat all layers alike: their kinds, the arguments of
// their operations, and their parameters in the language. The output is
// included by dialects/nas/LayerKind.h and LayerTable.cpp.
//
//===----------------------------------------------------------------------===//

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TableGen/Error.h"
#include "llvm/TableGen/Main.h"
#include "llvm/TableGen/Record.h"

using namespace llvm;

/// The name of the class without `Op`: `Conv2D` of `Nas_Conv2DOp`.
static StringRef kindOf(const Record &layer) {
  StringRef name = layer.getName();
  name.consume_front("Nas_");
  name.consume_back("Op");
  return name;
}

/// The kind of an argument in the table, from its constraint; empty for what
/// is not part of the description of a layer.
static StringRef argumentKindOf(const Record &constraint) {
  return StringSwitch<StringRef>(constraint.getName())
      .Case("Nas_Tensor", "Tensor")
      .Case("Cost_Integer", "Integer")
      .Case("F64", "Real")
      .Case("Nas_Padding", "Padding")
      .Case("UnitAttr", "Flag")
      .Case("F64Attr", "RealAttribute")
      .Case("I64Attr", "IntegerAttribute")
      .Default("");
}

namespace {

/// Writes the entry of one layer.
class LayerWriter {
public:
  LayerWriter(const Record &layer, raw_ostream &out)
      : layer(layer), out(out), kind(kindOf(layer)) {}

  void writeArguments();
  void writeParameters();
  void writeEntry();

private:
  const Record &layer;
  raw_ostream &out;
  StringRef kind;
};

} // namespace

void LayerWriter::writeArguments() {
  // What the operation and the description of the network call by two names.
  StringMap<StringRef> fields;
  for (const Record *field : layer.getValueAsListOfDefs("fields"))
    fields[field->getValueAsString("argument")] =
        field->getValueAsString("member");
  const DagInit *arguments = layer.getValueAsDag("arguments");
  out << "static constexpr LayerArgument arguments" << kind << "[] = {\n";
  for (unsigned index = 0; index < arguments->getNumArgs(); ++index) {
    const StringRef name = arguments->getArgNameStr(index);
    const auto *init = dyn_cast<DefInit>(arguments->getArg(index));
    if (!init || name == "name")
      continue;
    const Record *constraint = init->getDef();
    StringRef argumentKind = argumentKindOf(*constraint);
    if (constraint->isSubClassOf("Variadic"))
      argumentKind = "Tensors";
    else if (constraint->isSubClassOf("DefaultValuedAttr"))
      argumentKind = argumentKindOf(*constraint->getValueAsDef("baseAttr"));
    if (argumentKind.empty())
      PrintFatalError(layer.getLoc(), "argument '" + name + "' is of a kind (" +
                                          constraint->getName() +
                                          ") that the table of layers lacks");
    std::string field =
        fields.contains(name)
            ? fields[name].str()
            : convertToCamelFromSnakeCase(name, /*capitalizeFirst=*/true);
    field[0] = toUpper(field[0]);
    if (argumentKind.starts_with("Tensor"))
      field = "None";
    out << "    {\"" << name << "\", LayerArgument::Kind::" << argumentKind
        << ", LayerField::" << field << "},\n";
  }
  out << "};\n";
}

void LayerWriter::writeParameters() {
  std::vector<Record *> parameters = layer.getValueAsListOfDefs("parameters");
  for (const Record *parameter : parameters) {
    out << "static constexpr llvm::StringLiteral parameter" << kind << "_"
        << parameter->getValueAsString("name") << "[] = {";
    for (StringRef argument : parameter->getValueAsListOfStrings("arguments"))
      out << '"' << argument << "\", ";
    out << "};\n";
  }
  if (parameters.empty())
    return;
  out << "static constexpr LayerParameter parameters" << kind << "[] = {\n";
  for (const Record *parameter : parameters) {
    const StringRef name = parameter->getValueAsString("name");
    out << "    {\"" << name
        << "\", LayerParameter::Kind::" << parameter->getValueAsString("kind")
        << ", parameter" << kind << "_" << name << ", \""
        << parameter->getValueAsString("preset") << "\", "
        << parameter->getValueAsInt("least") << "},\n";
  }
  out << "};\n";
}

void LayerWriter::writeEntry() {
  const bool isInLanguage = !layer.getValueAsListOfDefs("parameters").empty();
  out << "    {LayerKind::" << kind << ", \""
      << layer.getValueAsString("opName") << "\", arguments" << kind << ", ";
  if (isInLanguage)
    out << "parameters" << kind;
  else
    out << "{}";
  out << "},\n";
}

static bool writeLayers(raw_ostream &out, RecordKeeper &records) {
  out << "// Generated from the layers of NasLayers.td. Do not edit.\n\n";
  std::vector<Record *> layers = records.getAllDerivedDefinitions("Nas_Layer");
  // In the order of the definitions: that of the page, not of the alphabet.
  llvm::sort(layers, [](const Record *a, const Record *b) {
    return a->getID() < b->getID();
  });
  out << "#ifdef NAS_LAYER\n";
  for (const Record *layer : layers)
    out << "NAS_LAYER(" << kindOf(*layer) << ", \""
        << layer->getValueAsString("opName") << "\")\n";
  out << "#undef NAS_LAYER\n#endif\n\n#ifdef GET_LAYER_TABLE\n";
  for (const Record *layer : layers) {
    LayerWriter writer(*layer, out);
    writer.writeArguments();
    writer.writeParameters();
  }
  out << "static constexpr LayerInfo layers[] = {\n";
  for (const Record *layer : layers)
    LayerWriter(*layer, out).writeEntry();
  out << "};\n#undef GET_LAYER_TABLE\n#endif\n";
  return false;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "The table of layers from ODS\n");
  return TableGenMain(argv[0], &writeLayers);
}
