# Configures, builds, runs and installs one consumer as a stranger would.
# cmake -D SOURCE=... -D BINARY=... -D PROGRAM=... -D COMPONENTS=... -D WITHOUT=... -D PREFIX=... -D LIBRARY_SOURCE=...
#       -D GENERATOR=... -D COMPILER=... -P consume.cmake
# WITHOUT: packages that cannot be found, as on a machine that lacks them.
file(REMOVE_RECURSE ${BINARY})
string(REPLACE ";" "\\;" components "${COMPONENTS}")
set(options -D "COMPONENTS=${components}" -D PROGRAM=${PROGRAM} -D CMAKE_PREFIX_PATH=${PREFIX} -D
            LIBRARY_SOURCE=${LIBRARY_SOURCE} -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=Debug)
foreach(package IN LISTS WITHOUT)
  list(APPEND options -D CMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()
execute_process(COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE} -B ${BINARY} ${options}
                        COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BINARY}/consumer COMMAND_ERROR_IS_FATAL ANY)

# The consumer installs nothing, so nothing may arrive.
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BINARY} --prefix ${BINARY}/installed COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE installed ${BINARY}/installed/*)
if(installed)
  message(FATAL_ERROR "the library installs itself with its parent: ${installed}")
endif()
