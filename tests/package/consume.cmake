# Configures, builds and runs one consumer as a stranger would.
# cmake -D SOURCE=... -D BINARY=... -D COMPONENT=... -D PREFIX=... -D LIBRARY_SOURCE=... -D GENERATOR=... -D COMPILER=...
#       -P consume.cmake
file(REMOVE_RECURSE ${BINARY})
set(options -D COMPONENT=${COMPONENT} -D CMAKE_PREFIX_PATH=${PREFIX} -D LIBRARY_SOURCE=${LIBRARY_SOURCE} -D
            CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=Debug)
if(COMPONENT STREQUAL "core")
  # As on a machine that has none of them.
  foreach(package Eigen3 nlohmann_json PCRE2 Threads CppHttplib OpenSSL XtensorHeaders xtensor PkgConfig CLI11 Catch2 benchmark)
    list(APPEND options -D CMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
  endforeach()
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE} -B ${BINARY} ${options}
                        COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BINARY}/consumer COMMAND_ERROR_IS_FATAL ANY)
