# An overlay port over the sources that it lies in:
#   vcpkg install srlm --overlay-ports=<sources>/packaging/vcpkg/ports
# The headers and the CMake package are the same for all features; a feature brings what its component needs.
set(VCPKG_BUILD_TYPE release) # headers only
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DSRLM_COMPONENTS=core -DSRLM_INSTALL=ON -DSRLM_BUILD_TESTS=OFF -DSRLM_BUILD_EXAMPLES=OFF
          -DSRLM_BUILD_BENCHMARKS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/srlm)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
