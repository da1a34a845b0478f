# What our own programs (tests, examples, benchmarks) are compiled with. Nothing of this is exported.
include(CheckCXXCompilerFlag)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

add_library(srlm_program_options INTERFACE)
target_compile_options(srlm_program_options INTERFACE -Wall -Wextra -Wconversion)
# A newer compiler's new warnings, or an old one's wrong ones under other options, must not keep anybody from building.
if(SRLM_WERROR)
  if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
     OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15))
    target_compile_options(srlm_program_options INTERFACE -Werror)
  endif()
endif()
if(SRLM_NATIVE)
  check_cxx_compiler_flag(-march=native srlm_compiler_knows_native)
  if(srlm_compiler_knows_native)
    target_compile_options(srlm_program_options INTERFACE -march=native)
  endif()
endif()

# PROCESSORS of a test that uses every core of the machine, so that CTest runs it alone.
set(srlm_every_core 1024)

# srlm_program(<target> <source>...): one of our programs over the whole library.
function(srlm_program target)
  add_executable(${target} ${ARGN})
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE srlm_program_options srlm::srlm)
endfunction()
