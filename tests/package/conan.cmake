# Creates the conan package, which builds and runs its test_package: the core alone, then srlm::srlm over packages of
# this machine under conan's names, because tests reach no server.
# cmake -D CONAN=... -D RECIPE=... -D STAND_IN=... -D BINARY=... -D COMPILER=... -D EIGEN=<include folder>
#       -D JSON=<include folder> -D PCRE2=<include folder> -P conan.cmake
file(REMOVE_RECURSE ${BINARY})
set(ENV{CONAN_HOME} ${BINARY}/home)
set(ENV{CXX} ${COMPILER})
function(conan)
  execute_process(COMMAND ${CONAN} ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(options -s compiler.cppstd=20 -c tools.cmake.cmake_layout:test_folder=${BINARY}/test_package -c
            tools.cmake.cmaketoolchain:user_presets=)
conan(profile detect)
conan(create ${RECIPE} --no-remote ${options} -o srlm/*:components=core)

set(stand_ins -o eigen/*:include=${EIGEN} -o nlohmann_json/*:include=${JSON} -o pcre2/*:include=${PCRE2} -o
              pcre2/*:lib=pcre2-8)
conan(create ${STAND_IN} --no-remote --name=eigen --version=3.4.0 ${stand_ins})
conan(create ${STAND_IN} --no-remote --name=nlohmann_json --version=3.11.2 ${stand_ins})
conan(create ${STAND_IN} --no-remote --name=pcre2 --version=10.42 ${stand_ins})
conan(create ${RECIPE} --no-remote ${options} ${stand_ins})
