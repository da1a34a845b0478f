# Runs an example and reads what it prints:
#   cmake -D SOURCE=01_your_model.cpp -P check_output.cmake PROGRAM [ARGUMENT...]
# It must end with exit code 0, and each line "// prints: REGEX" of its source must match a whole line of its output. What
# needs a GPU has a line "// without a device prints: REGEX" too: its output is that line, and its exit code 1, where none is.
cmake_minimum_required(VERSION 3.25)

set(command "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE 5 ${last}) # behind cmake -D SOURCE -P SCRIPT
  list(APPEND command "${CMAKE_ARGV${i}}")
endforeach()

execute_process(COMMAND ${command} OUTPUT_VARIABLE output RESULT_VARIABLE result)
message("${output}")
file(STRINGS ${SOURCE} without_device REGEX "^// without a device prints: ")
string(REPLACE "// without a device prints: " "" without_device "${without_device}")
if(without_device AND result EQUAL 1 AND output MATCHES "^${without_device}\n$")
  return()
endif()
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} ended with ${result}")
endif()

file(READ ${SOURCE} rest)
set(rest "\n${rest}")
set(lines 0)
while(rest MATCHES "\n// prints: ([^\n]+)\n(.*)")
  set(rest "\n${CMAKE_MATCH_2}")
  if(NOT "\n${output}" MATCHES "\n${CMAKE_MATCH_1}\n")
    message(FATAL_ERROR "${SOURCE} printed no line that is  ${CMAKE_MATCH_1}")
  endif()
  math(EXPR lines "${lines} + 1")
endwhile()
if(lines EQUAL 0)
  message(FATAL_ERROR "${SOURCE} has no line \"// prints: REGEX\", so nothing of its output is checked")
endif()
