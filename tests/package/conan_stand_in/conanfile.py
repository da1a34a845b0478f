"""A package of the machine's own under conan's name, so that the recipe of srlm is tried without a server.

    conan create <this folder> --name=eigen --version=3.4.0 -o "eigen/*:include=/usr/include/eigen3"
"""

from conan import ConanFile


class StandInConan(ConanFile):
    package_type = "header-library"
    options = {"include": [None, "ANY"], "lib": [None, "ANY"]}
    default_options = {"include": None, "lib": None}

    def package_info(self):
        info = self.cpp_info.components["pcre2-8"] if self.name == "pcre2" else self.cpp_info
        info.bindirs = info.libdirs = []
        info.includedirs = [str(self.options.include)] if self.options.include else []
        info.system_libs = [str(self.options.lib)] if self.options.lib else []
