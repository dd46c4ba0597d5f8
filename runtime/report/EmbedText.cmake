# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Writes a C++ file that holds the text file INPUT as the constant
# nasc::report::SYMBOL. To be run with cmake -P.
file(READ "${INPUT}" content)
string(FIND "${content}" ")NASC\"" clash)
if(NOT clash EQUAL -1)
  message(FATAL_ERROR "${INPUT} contains the delimiter of its literal")
endif()
file(WRITE "${OUTPUT}"
"// Generated from ${INPUT}; do not edit.
namespace nasc::report {
extern const char ${SYMBOL}[];
const char ${SYMBOL}[] = R\"NASC(${content})NASC\";
} // namespace nasc::report
")
