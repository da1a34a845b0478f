# The components of srlm and what each stands on. This is the only list: the build reads it, and so does the installed
# package, where it lies beside srlm-config.cmake; pkg-config's files and the recipes in packaging/ are made from it or
# compared with it.

# Lowest first. What a component needs are components before it and packages of the list below.
set(srlm_components core io text model eigen onednn xtensor remote cuda mpi srlm)
set(srlm_needs_core)
set(srlm_needs_io core nlohmann_json)
set(srlm_needs_text core PCRE2)
set(srlm_needs_model io text Threads)
set(srlm_needs_eigen core Eigen3 Threads)
set(srlm_needs_onednn OneDnn Highway eigen)
set(srlm_needs_xtensor io XtensorHeaders Threads)
set(srlm_needs_remote io CppHttplib Threads)
set(srlm_needs_cuda core CudaLibraries)
set(srlm_needs_mpi core MpiLibrary)
set(srlm_needs_srlm model eigen)

# For each package: its targets; what find_package is asked, one try after the other; its name in a sentence; Debian's and
# Ubuntu's package; what pkg-config calls it, or the flags for a linker where it has no such name.
set(srlm_package_nlohmann_json
    nlohmann_json::nlohmann_json "nlohmann_json 3.10" "nlohmann-json 3.10 or newer" nlohmann-json3-dev
    "nlohmann_json >= 3.10")
set(srlm_package_PCRE2 PCRE2::8BIT "PCRE2" "PCRE2 (8 bit)" libpcre2-dev "libpcre2-8")
set(srlm_package_Eigen3 Eigen3::Eigen "Eigen3 3.4 NO_MODULE|Eigen3 5 NO_MODULE" "Eigen 3.4 or 5" libeigen3-dev
                        "eigen3 >= 3.4")
set(srlm_package_Threads Threads::Threads "Threads" "the system's threads" libc6-dev "-pthread")
set(srlm_package_OneDnn OneDnn::OneDnn "OneDnn 2" "oneDNN 2 or 3" libdnnl-dev "-ldnnl")
set(srlm_package_Highway hwy::hwy "hwy 1.0.3" "Highway 1.0.3 or newer" libhwy-dev "libhwy >= 1.0.3")
set(srlm_package_XtensorHeaders XtensorHeaders::XtensorHeaders "XtensorHeaders" "xtensor 0.24 or newer" libxtensor-dev
                                "xtensor >= 0.24")
set(srlm_package_CppHttplib CppHttplib::TLS "CppHttplib" "cpp-httplib 0.11 to 0.30 with OpenSSL"
                            "libcpp-httplib-dev libssl-dev" "cpp-httplib >= 0.11, cpp-httplib < 0.31, openssl")
# NVIDIA's packages name their pkg-config files by version; nvcc knows where its libraries are.
set(srlm_package_CudaLibraries "CUDA::cublasLt|CUDA::cudart" "CUDAToolkit 12" "the CUDA Toolkit 12 or newer with cuBLASLt"
                               "cuda-toolkit, from NVIDIA's repository" "-lcublasLt -lcudart")

# Any MPI of version 3; its pkg-config file is Open MPI's.
set(srlm_package_MpiLibrary MPI::MPI_CXX "MPI 3 COMPONENTS CXX" "an MPI of version 3 or newer" libopenmpi-dev "ompi-c")

# srlm_find_package(<package> <reason variable>): finds it, or sets the variable to a sentence about what is missing.
function(srlm_find_package package reason_variable)
  list(POP_FRONT srlm_package_${package} targets requests title debian_package pkg_config)
  string(REGEX REPLACE "[|].*" "" target "${targets}") # the others come with it
  list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_FUNCTION_LIST_DIR}) # FindPCRE2 and its like, beside this file
  string(REPLACE "|" ";" requests "${requests}")
  foreach(request IN LISTS requests)
    separate_arguments(request)
    if(NOT TARGET ${target})
      find_package(${request} QUIET)
    endif()
  endforeach()
  set(${reason_variable} "" PARENT_SCOPE)
  if(NOT TARGET ${target})
    set(${reason_variable}
        "it needs ${title}, which was not found (on Debian and Ubuntu: apt install ${debian_package})"
        PARENT_SCOPE)
  endif()
endfunction()

# srlm_find_component(<component> <reason variable>): makes srlm::<component> and all below it with the function
# srlm_make_target(<component>) of whoever includes this file, or sets the variable to a sentence.
function(srlm_find_component component reason_variable)
  set(${reason_variable} "" PARENT_SCOPE)
  if(TARGET srlm::${component})
    return()
  endif()
  set(reason "")
  if(NOT component IN_LIST srlm_components)
    list(JOIN srlm_components ", " known)
    set(reason "no such component; there are ${known}")
  endif()
  foreach(need IN LISTS srlm_needs_${component})
    if(reason)
      break()
    elseif(need IN_LIST srlm_components)
      srlm_find_component(${need} reason)
    else()
      srlm_find_package(${need} reason)
    endif()
  endforeach()
  if(NOT reason)
    srlm_make_target(${component})
  endif()
  set(${reason_variable} "${reason}" PARENT_SCOPE)
endfunction()

# srlm_targets_of(<component> <variable>): the targets that it links.
function(srlm_targets_of component variable)
  set(targets "")
  foreach(need IN LISTS srlm_needs_${component})
    if(need IN_LIST srlm_components)
      list(APPEND targets srlm::${need})
    else()
      list(GET srlm_package_${need} 0 needed)
      string(REPLACE "|" ";" needed "${needed}")
      list(APPEND targets ${needed})
    endif()
  endforeach()
  set(${variable} ${targets} PARENT_SCOPE)
endfunction()
