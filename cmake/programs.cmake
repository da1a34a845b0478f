# What our own programs (tests, examples, benchmarks) are compiled with. Nothing of this is exported.
include(CheckCXXCompilerFlag)
include(CheckLanguage)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

add_library(srlm_program_options INTERFACE)
set(srlm_warnings -Wall -Wextra -Wconversion)
# A newer compiler's new warnings, or an old one's wrong ones under other options, must not keep anybody from building.
if(SRLM_WERROR)
  if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
     OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15))
    list(APPEND srlm_warnings -Werror)
  endif()
endif()
list(JOIN srlm_warnings , srlm_host_warnings) # nvcc's for the compiler of its host code
target_compile_options(srlm_program_options INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${srlm_warnings}>"
                                                      "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=${srlm_host_warnings}>")
if(SRLM_NATIVE)
  check_cxx_compiler_flag(-march=native srlm_compiler_knows_native)
  if(srlm_compiler_knows_native)
    target_compile_options(srlm_program_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-march=native>)
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

# Our own .cu files, where component cuda and nvcc are. CUDACXX, CMAKE_CUDA_COMPILER and CMAKE_CUDA_ARCHITECTURES are the
# user's to set; what is shipped is tested for these architectures.
set(SRLM_HAS_NVCC FALSE)
if(TARGET srlm::cuda)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
    set(CMAKE_CUDA_ARCHITECTURES 80 90 100)
  endif()
  if(NOT DEFINED ENV{CUDACXX} AND CUDAToolkit_NVCC_EXECUTABLE)
    set(ENV{CUDACXX} ${CUDAToolkit_NVCC_EXECUTABLE}) # it may be in no folder that is searched
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    set(SRLM_HAS_NVCC TRUE)
  else()
    message(STATUS "srlm: nothing is built for a GPU: no nvcc that works was found")
  endif()
endif()

# srlm_add_cuda_sources(<target> <source>...): .cu files for one of our programs, whose policy they are.
function(srlm_add_cuda_sources target)
  target_sources(${target} PRIVATE ${ARGN})
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  # CMake 3.25.1 knows no CUDA_STANDARD 20
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20>)
  set_target_properties(${target} PROPERTIES CUDA_RUNTIME_LIBRARY Shared) # the one of srlm::cuda
  target_link_libraries(${target} PRIVATE srlm::cuda)
endfunction()
