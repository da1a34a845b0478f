# Install rules. Each component has an export file of its own, so that find_package(srlm COMPONENTS core) looks for no
# dependency.
include(CMakePackageConfigHelpers)

set(srlm_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/srlm)
foreach(component IN LISTS SRLM_COMPONENTS)
  install(TARGETS srlm_${component} EXPORT srlm_${component}_targets)
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
              ${CMAKE_CURRENT_LIST_DIR}/FindPCRE2.cmake ${CMAKE_CURRENT_LIST_DIR}/FindCppHttplib.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindXtensorHeaders.cmake
        DESTINATION ${srlm_package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/srlm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
