# Installs the overlay port's core with vcpkg and lets a project use it.
# cmake -D VCPKG=... -D PORTS=... -D TRIPLET=... -D BINARY=... -D CONSUME=<consume.cmake> -D CONSUMER=...
#       -D GENERATOR=... -D COMPILER=... -P vcpkg.cmake
file(REMOVE_RECURSE ${BINARY})
file(MAKE_DIRECTORY ${BINARY})
execute_process(COMMAND ${VCPKG} install "srlm[core]:${TRIPLET}" --classic --overlay-ports=${PORTS}
                        --x-install-root=${BINARY}/installed WORKING_DIRECTORY ${BINARY} COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${CONSUMER} -D BINARY=${BINARY}/consumer -D PROGRAM=core -D COMPONENTS=core -D
          PREFIX=${BINARY}/installed/${TRIPLET} -D GENERATOR=${GENERATOR} -D COMPILER=${COMPILER} -P ${CONSUME}
          COMMAND_ERROR_IS_FATAL ANY)
