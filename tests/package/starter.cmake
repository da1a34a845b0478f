# Copies the starter project out of the repository, builds it and reads what it prints.
# cmake -D STARTER=... -D COPY=... -D WAY=installed|sources -D PREFIX=... -D LIBRARY_SOURCE=... -D COMPILER=...
#       -P starter.cmake
file(REMOVE_RECURSE ${COPY})
file(COPY ${STARTER}/ DESTINATION ${COPY})
if(WAY STREQUAL "installed")
  set(srlm -D CMAKE_PREFIX_PATH=${PREFIX})
else()
  set(srlm -D SRLM_SOURCE_DIR=${LIBRARY_SOURCE})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -S ${COPY} -B ${COPY}/build ${srlm} -D CMAKE_CXX_COMPILER=${COMPILER} -D
                        "CMAKE_CXX_FLAGS=-Wall -Wextra -Wconversion" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${COPY}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${COPY}/build/starter OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
message("${printed}")

string(REGEX MATCHALL "mean score [0-9.]+" scores "${printed}")
list(TRANSFORM scores REPLACE "mean score " "")
list(LENGTH scores count)
list(GET scores 0 first)
list(GET scores -1 last)
if(NOT count EQUAL 4 OR NOT last GREATER first)
  message(FATAL_ERROR "expected four scores, the last above the first")
endif()
