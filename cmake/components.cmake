# The interface targets. They carry an include path, the language standard and their dependencies, nothing else: no
# warning, optimisation or architecture flag reaches the programs of others.
include(${CMAKE_CURRENT_LIST_DIR}/srlm-components.cmake)

set(SRLM_COMPONENTS "" CACHE STRING "Components to make, each of which must be possible; empty: all that are possible")

# srlm_<name> is what an installation exports, whatever this machine has. It is usable, as srlm::<name>, where its
# dependencies are found.
foreach(component IN LISTS srlm_components)
  add_library(srlm_${component} INTERFACE)
  set_target_properties(srlm_${component} PROPERTIES EXPORT_NAME ${component})
  target_compile_features(srlm_${component} INTERFACE cxx_std_20)
  target_include_directories(srlm_${component} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  srlm_targets_of(${component} targets)
  target_link_libraries(srlm_${component} INTERFACE ${targets})
endforeach()

function(srlm_make_target component)
  add_library(srlm::${component} ALIAS srlm_${component})
endfunction()

if(SRLM_COMPONENTS)
  foreach(component IN LISTS SRLM_COMPONENTS)
    srlm_find_component(${component} reason)
    if(reason)
      message(FATAL_ERROR "srlm component ${component}: ${reason}")
    endif()
  endforeach()
else()
  foreach(component IN LISTS srlm_components)
    srlm_find_component(${component} reason)
    if(reason)
      message(STATUS "srlm: component ${component} is left out: ${reason}")
    endif()
  endforeach()
endif()
