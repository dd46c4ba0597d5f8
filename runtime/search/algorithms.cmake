# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# The algorithms of nascSearch that know objective vectors alone. Sets
# NASC_SEARCH_ALGORITHMS to their sources and NASC_SEARCH_PAGMO to what the
# hypervolume links. pagmo's own CMake file would ask for Boost and Eigen, which
# the hypervolume needs the headers of at most.
set(NASC_SEARCH_ALGORITHMS
  Hypervolume.cpp
  NSGA2.cpp)
find_library(NASC_PAGMO_LIBRARY pagmo REQUIRED)
find_path(NASC_PAGMO_INCLUDE_DIR pagmo/utils/hypervolume.hpp REQUIRED)
set(NASC_SEARCH_PAGMO ${NASC_PAGMO_LIBRARY})
set_source_files_properties(Hypervolume.cpp PROPERTIES
  INCLUDE_DIRECTORIES ${NASC_PAGMO_INCLUDE_DIR})
