# What after_embedding.cmake compares with.
get_cmake_property(cache_before CACHE_VARIABLES)
set(settings CMAKE_BUILD_TYPE CMAKE_CXX_FLAGS CMAKE_CXX_STANDARD CMAKE_MODULE_PATH CMAKE_PREFIX_PATH BUILD_TESTING)
foreach(name IN LISTS settings)
  set(before_${name} "${${name}}")
endforeach()
get_directory_property(options_before COMPILE_OPTIONS)
