# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What `cmake --install` and CPack put where:
#   bin/                 nasc, nas-opt, nas-plan
#   lib/                 the training library, beside which nasc looks for it;
#                        the dialects and passes as static libraries
#   lib/cmake/nasc       find_package(nasc)
#   include/nasc         their headers and ODS files
#   share/nasc/library   devices and blocks in the language
#   share/doc/nasc       the pages and examples
# `lib` is the same on every system: nasc finds it from where it lies itself.
include(CMakePackageConfigHelpers)

# Programs, and what they need to run.
install(TARGETS nasc nas-opt nas-plan DESTINATION bin COMPONENT nasc)
if(TARGET nascTrain)
  install(TARGETS nascTrain LIBRARY DESTINATION lib COMPONENT nasc)
endif()
install(DIRECTORY runtime/library DESTINATION share/nasc COMPONENT nasc
        FILES_MATCHING PATTERN "*.nas" PATTERN "*.csv")
install(DIRECTORY docs/ DESTINATION share/doc/nasc COMPONENT nasc
        PATTERN data EXCLUDE)
install(FILES README.md LICENSE DESTINATION share/doc/nasc COMPONENT nasc)

# For other projects: the dialects, and the passes over them.
install(TARGETS nascSupport nascDiagnosticCatalog nascCodedDiagnostic nascCostRange nascCostDialect nascLayerTable nascNasDialect nascSearchDialect
                nascTransforms nascCostPasses nascCounting nascFeasibility
                nascArena nascLowering nascQuantization nascKernels
        EXPORT nascTargets ARCHIVE DESTINATION lib COMPONENT development)
install(EXPORT nascTargets DESTINATION lib/cmake/nasc COMPONENT development)
foreach(folder dialects passes)
  install(DIRECTORY ${folder} DESTINATION include/nasc COMPONENT development
          FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.def")
  install(DIRECTORY ${PROJECT_BINARY_DIR}/${folder} DESTINATION include/nasc
          COMPONENT development FILES_MATCHING PATTERN "*.inc"
          PATTERN CMakeFiles EXCLUDE)
endforeach()
set(INCLUDE_INSTALL_DIR include/nasc)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/nascConfig.cmake.in
  ${PROJECT_BINARY_DIR}/nascConfig.cmake
  INSTALL_DESTINATION lib/cmake/nasc
  PATH_VARS INCLUDE_INSTALL_DIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/nascConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/nascConfig.cmake
              ${PROJECT_BINARY_DIR}/nascConfigVersion.cmake
        DESTINATION lib/cmake/nasc COMPONENT development)

# `cpack` makes nasc_VERSION_amd64.deb and nasc-development_….deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nasc)
set(CPACK_PACKAGE_VENDOR "The nasc authors")
set(CPACK_PACKAGE_CONTACT "The nasc authors <nasc@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
    "compiler for hardware-aware neural-architecture search")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_COMPONENTS_ALL nasc development)
set(CPACK_DEBIAN_NASC_PACKAGE_NAME nasc)
set(CPACK_DEBIAN_NASC_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# A C compiler links the test programs of generated code; the reference BLAS
# that LibTorch would get otherwise is slow. Firmware is built and run where its
# compilers and emulators are.
set(CPACK_DEBIAN_NASC_PACKAGE_DEPENDS "gcc, libc6-dev, libopenblas0-openmp")
set(CPACK_DEBIAN_NASC_PACKAGE_RECOMMENDS "make, gcc-arm-none-eabi, qemu-system-arm")
set(CPACK_DEBIAN_NASC_PACKAGE_SUGGESTS "dataset-fashion-mnist, gcc-riscv64-unknown-elf, qemu-system-misc, qemu-user")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME nasc-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libmlir-19-dev, llvm-19-dev, libz3-dev, libboost-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
include(CPack)
