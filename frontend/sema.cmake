# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Syntax tree to meaning.
set(NASC_SEMA_SOURCES
  Builtins.cpp
  DiagnosticHandler.cpp
  Frontend.cpp
  Imports.cpp
  ItemChanges.cpp
  LimitInstances.cpp
  SemanticAnalysis.cpp
  SemanticAnalysisCalls.cpp
  SemanticAnalysisChoices.cpp
  SemanticAnalysisDatasets.cpp
  SemanticAnalysisDevices.cpp
  SemanticAnalysisExpansion.cpp
  SemanticAnalysisExpressions.cpp
  SemanticAnalysisLimits.cpp
  SemanticAnalysisNetworks.cpp
  SemanticAnalysisOperators.cpp
  SemanticAnalysisSearch.cpp
  SemanticAnalysisStatements.cpp
  SettingsReader.cpp
  Types.cpp)

# Meaning to IR.
list(APPEND NASC_SEMA_SOURCES
  Translation.cpp
  TranslationCalls.cpp
  TranslationConfiguration.cpp
  TranslationExpressions.cpp
  TranslationLayers.cpp
  TranslationLimits.cpp
  TranslationStatements.cpp)

set(NASC_SEMA_LINK nascNasDialect nascSearchDialect nascCostDialect)

# Where the devices and blocks are that ship with the compiler.
set(NASC_LIBRARY_DIR ${PROJECT_SOURCE_DIR}/runtime/library CACHE PATH
    "The folder of the library that ships with nasc")
set_source_files_properties(Imports.cpp PROPERTIES
  COMPILE_DEFINITIONS "NASC_LIBRARY_DIR=\"${NASC_LIBRARY_DIR}\"")
