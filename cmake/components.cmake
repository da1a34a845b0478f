# The interface targets. They carry an include path, the language standard and their dependencies, nothing else: no
# warning, optimisation or architecture flag reaches the programs of others.

list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
set(SRLM_COMPONENTS "") # those that this machine can build, lowest first

# srlm_component(<name> [<target>...]): srlm::<name>, linking the targets, or a line that says which one is missing.
function(srlm_component name)
  foreach(dependency IN LISTS ARGN)
    if(NOT TARGET ${dependency})
      message(STATUS "srlm: component ${name} is left out, because ${dependency} was not found")
      return()
    endif()
  endforeach()
  add_library(srlm_${name} INTERFACE)
  add_library(srlm::${name} ALIAS srlm_${name})
  set_target_properties(srlm_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(srlm_${name} INTERFACE cxx_std_20)
  target_include_directories(
    srlm_${name} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(srlm_${name} INTERFACE ${ARGN})
  set(SRLM_COMPONENTS ${SRLM_COMPONENTS} ${name} PARENT_SCOPE)
endfunction()

find_package(nlohmann_json 3.10 QUIET)
find_package(PCRE2 QUIET)
find_package(Eigen3 3.4 QUIET NO_MODULE)
find_package(Threads QUIET)
find_package(CppHttplib QUIET)
find_package(XtensorHeaders QUIET)

srlm_component(core)
srlm_component(io srlm::core nlohmann_json::nlohmann_json)
srlm_component(text srlm::core PCRE2::8BIT)
srlm_component(model srlm::io srlm::text Eigen3::Eigen Threads::Threads)
srlm_component(srlm srlm::model)
srlm_component(remote srlm::io CppHttplib::TLS Threads::Threads)
srlm_component(xtensor srlm::io XtensorHeaders::XtensorHeaders Threads::Threads)
