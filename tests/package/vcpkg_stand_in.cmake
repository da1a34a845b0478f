# Runs the steps of the vcpkg port with functions that stand in for vcpkg's own and do what its documentation says, as
# far as the port uses them; then a project uses the result. This shows that the port's steps fit our install tree, not
# that vcpkg runs them.
# cmake -D PORT_DIR=... -D BINARY=... -D CONSUME=<consume.cmake> -D CONSUMER=... -D GENERATOR=... -D COMPILER=...
#       -P vcpkg_stand_in.cmake
file(REMOVE_RECURSE ${BINARY})
set(PORT srlm)
set(CURRENT_PACKAGES_DIR ${BINARY}/packages)

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  execute_process(COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${arg_SOURCE_PATH} -B ${BINARY}/build ${arg_OPTIONS} -D
                          CMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR} -D CMAKE_CXX_COMPILER=${COMPILER} -D
                          CMAKE_BUILD_TYPE=Release COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_install)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY}/build --target install OUTPUT_QUIET
                          COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Moves the CMake package to share/<port> and lets its files find the prefix from there, two folders up.
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
  set(share ${CURRENT_PACKAGES_DIR}/share/${PORT})
  file(GLOB files ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*)
  file(COPY ${files} DESTINATION ${share})
  cmake_path(GET arg_CONFIG_PATH PARENT_PATH parent) # share/cmake, which vcpkg removes too
  file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/${parent})
  file(GLOB files ${share}/*.cmake)
  set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n")
  foreach(file IN LISTS files)
    file(READ ${file} text)
    string(REPLACE "${up}${up}${up}" "${up}${up}" text "${text}")
    string(REPLACE "/../../../\" ABSOLUTE" "/../../\" ABSOLUTE" text "${text}")
    file(WRITE ${file} "${text}")
  endforeach()
endfunction()

function(vcpkg_fixup_pkgconfig)
  if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/pkgconfig/srlm.pc)
    message(FATAL_ERROR "no srlm.pc")
  endif()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  file(INSTALL ${arg_FILE_LIST} DESTINATION ${CURRENT_PACKAGES_DIR}/share/${PORT} RENAME copyright)
endfunction()

include(${PORT_DIR}/portfile.cmake)

foreach(file copyright usage srlm-config.cmake)
  if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/srlm/${file})
    message(FATAL_ERROR "the port leaves no share/srlm/${file}")
  endif()
endforeach()
file(GLOB folders RELATIVE ${CURRENT_PACKAGES_DIR} ${CURRENT_PACKAGES_DIR}/* ${CURRENT_PACKAGES_DIR}/share/*)
if(NOT folders STREQUAL "include;share;share/pkgconfig;share/srlm")
  message(FATAL_ERROR "the port leaves the folders ${folders}")
endif()

execute_process(
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${CONSUMER} -D BINARY=${BINARY}/consumer -D PROGRAM=core -D COMPONENTS=core -D
          PREFIX=${CURRENT_PACKAGES_DIR} -D GENERATOR=${GENERATOR} -D COMPILER=${COMPILER} -P ${CONSUME}
          COMMAND_ERROR_IS_FATAL ANY)
