# Install rules: headers, the CMake package and pkg-config's files. What is installed does not depend on the machine: a
# component's dependencies are searched where it is used. Each component has an export file of its own, so that
# find_package(srlm COMPONENTS core) looks for no dependency.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Headers depend on no architecture, so the package lies in share/.
set(srlm_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/srlm)
foreach(component IN LISTS srlm_components)
  install(TARGETS srlm_${component} EXPORT srlm_${component}_targets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(
    EXPORT srlm_${component}_targets
    FILE srlm-${component}-targets.cmake
    NAMESPACE srlm::
    DESTINATION ${srlm_package_dir})
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/srlm-config.cmake.in ${PROJECT_BINARY_DIR}/srlm-config.cmake
                              INSTALL_DESTINATION ${srlm_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/srlm-config-version.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/srlm-config.cmake ${PROJECT_BINARY_DIR}/srlm-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/srlm-components.cmake ${CMAKE_CURRENT_LIST_DIR}/FindPCRE2.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindOneDnn.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindCppHttplib.cmake ${CMAKE_CURRENT_LIST_DIR}/FindXtensorHeaders.cmake
        DESTINATION ${srlm_package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/srlm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# srlm.pc for the component srlm, srlm-<component>.pc for the others. The standard, C++20 or newer, is the user's flag.
file(RELATIVE_PATH path_to_include ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
foreach(component IN LISTS srlm_components)
  set(requires "")
  set(cflags "")
  set(libs "")
  foreach(need IN LISTS srlm_needs_${component})
    if(need IN_LIST srlm_components)
      list(APPEND requires srlm-${need})
    else()
      list(GET srlm_package_${need} -1 package)
      if(package MATCHES "^-") # flags, not a package
        string(APPEND libs " ${package}")
        if(package STREQUAL "-pthread") # for the compiler too
          string(APPEND cflags " ${package}")
        endif()
      else()
        list(APPEND requires ${package})
      endif()
    endif()
  endforeach()
  list(JOIN requires ", " requires)
  string(REGEX REPLACE "^srlm-srlm$" "srlm" name srlm-${component})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/srlm.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
endforeach()
