# `cmake --build <build> --target format` rewrites every source with clang-format; `format_check` only reports.
find_program(SRLM_CLANG_FORMAT clang-format)
mark_as_advanced(SRLM_CLANG_FORMAT)
if(SRLM_CLANG_FORMAT)
  file(GLOB_RECURSE srlm_format_sources CONFIGURE_DEPENDS include/*.hpp include/*.cuh tests/*.hpp tests/*.cpp
       examples/*.hpp examples/*.cpp benchmarks/*.hpp benchmarks/*.cpp)
  add_custom_target(format COMMAND ${SRLM_CLANG_FORMAT} -i ${srlm_format_sources}
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  add_custom_target(format_check COMMAND ${SRLM_CLANG_FORMAT} --dry-run --Werror ${srlm_format_sources}
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endif()
