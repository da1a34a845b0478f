# Configures a project and reads what CMake prints.
# cmake -D SOURCE=... -D BINARY=... -D RESULT=accepted|refused -D SENTENCES=... -D NEVER=... -D OPTIONS=...
#       -P says.cmake
# SENTENCES: all of them must be printed, however the lines are broken. NEVER: what must not be printed.
file(REMOVE_RECURSE ${BINARY})
list(TRANSFORM OPTIONS REPLACE "," "\\\\;") # OPTIONS is a list, whose values write their own lists with commas
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY} ${OPTIONS} RESULT_VARIABLE status
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
message("${output}")
if((status EQUAL 0 AND NOT RESULT STREQUAL "accepted") OR (NOT status EQUAL 0 AND NOT RESULT STREQUAL "refused"))
  message(FATAL_ERROR "expected to be ${RESULT}; CMake ended with ${status}")
endif()
string(REGEX REPLACE "[ \n]+" " " output "${output}")
foreach(sentence IN LISTS SENTENCES)
  string(FIND "${output}" "${sentence}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "not said: ${sentence}")
  endif()
endforeach()
foreach(sentence IN LISTS NEVER)
  string(FIND "${output}" "${sentence}" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "said: ${sentence}")
  endif()
endforeach()
