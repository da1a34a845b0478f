# llama.cpp's library as LlamaCpp::llama, for an example. It is searched by its files: a package file of its own came
# late, and not every build has it. llama_memory_seq_rm: the newest function that the example calls.
find_path(LLAMACPP_INCLUDE_DIR llama.h)
set(LlamaCpp_libraries "")
foreach(library IN ITEMS llama ggml ggml-base)
  find_library(LLAMACPP_${library}_LIBRARY ${library})
  mark_as_advanced(LLAMACPP_${library}_LIBRARY)
  list(APPEND LlamaCpp_libraries ${LLAMACPP_${library}_LIBRARY})
endforeach()
mark_as_advanced(LLAMACPP_INCLUDE_DIR)
set(LlamaCpp_is_known "")
if(LLAMACPP_INCLUDE_DIR)
  file(STRINGS ${LLAMACPP_INCLUDE_DIR}/llama.h LlamaCpp_is_known REGEX "llama_memory_seq_rm" LIMIT_COUNT 1)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LlamaCpp
  REQUIRED_VARS LLAMACPP_llama_LIBRARY LLAMACPP_ggml_LIBRARY LLAMACPP_ggml-base_LIBRARY LLAMACPP_INCLUDE_DIR
                LlamaCpp_is_known)

if(LlamaCpp_FOUND AND NOT TARGET LlamaCpp::llama)
  add_library(LlamaCpp::llama INTERFACE IMPORTED)
  # RPATH, not RUNPATH: the first of the libraries finds the others in a folder that the system does not search.
  set_target_properties(
    LlamaCpp::llama PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${LLAMACPP_INCLUDE_DIR}" INTERFACE_LINK_LIBRARIES
                                                                  "${LlamaCpp_libraries}"
                               INTERFACE_LINK_OPTIONS "-Wl,--disable-new-dtags")
endif()
unset(LlamaCpp_libraries)
unset(LlamaCpp_is_known)
