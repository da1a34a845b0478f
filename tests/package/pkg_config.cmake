# Compiles and runs a program with what pkg-config says.
# cmake -D NAME=... -D PROGRAM=... -D PREFIX=... -D VERSION=... -D BINARY=... -D COMPILER=... -D PKG_CONFIG=...
#       -P pkg_config.cmake
file(MAKE_DIRECTORY ${BINARY})
set(ENV{PKG_CONFIG_PATH} "${PREFIX}/share/pkgconfig:$ENV{PKG_CONFIG_PATH}")
execute_process(COMMAND ${PKG_CONFIG} --modversion ${NAME} OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE
                        COMMAND_ERROR_IS_FATAL ANY)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR "${NAME}.pc has version ${version}, the library ${VERSION}")
endif()
execute_process(
  COMMAND sh -c "${COMPILER} -std=c++20 ${PROGRAM} $(${PKG_CONFIG} --cflags --libs ${NAME}) -o ${BINARY}/consumer"
          COMMAND_ERROR_IS_FATAL ANY COMMAND_ECHO STDOUT)
execute_process(COMMAND ${BINARY}/consumer COMMAND_ERROR_IS_FATAL ANY)
