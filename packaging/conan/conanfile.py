"""The conan recipe of srlm, for the sources that it lies in:

    conan create packaging/conan                                     the whole of srlm::srlm
    conan create packaging/conan -o "srlm/*:components=core"         the core alone, without any dependency

Option components: the highest components wanted, separated by commas; what they stand on comes along. The list of
components and of what each needs is the build's own, cmake/srlm-components.cmake.
"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"

# Package of srlm-components.cmake: conan's reference, and what we link of it. Threads come with
# the system, CUDA's libraries with its toolkit.
REFERENCES = {
    "nlohmann_json": ("nlohmann_json/[>=3.10 <4]", "nlohmann_json::nlohmann_json"),
    "PCRE2": ("pcre2/[>=10.40 <11]", "pcre2::pcre2-8"),
    "Eigen3": ("eigen/[>=3.4 <6]", "eigen::eigen"),
    "OneDnn": ("onednn/[>=2 <4]", "onednn::onednn"),
    "Highway": ("highway/[>=1.0.3 <2]", "highway::highway"),
    "XtensorHeaders": ("xtensor/[>=0.24 <1]", "xtensor::xtensor"),
    "MpiLibrary": ("openmpi/[>=4 <6]", "openmpi::openmpi"),
    "CppHttplib": ("cpp-httplib/[>=0.11 <0.31]", "cpp-httplib::cpp-httplib"),
}


class SrlmConan(ConanFile):
    name = "srlm"
    description = "Self-Rewarding Language Models in C++20"
    license = "Apache-2.0"
    package_type = "header-library"
    topics = ("language-model", "dpo", "header-only")
    settings = "os", "arch", "compiler", "build_type"
    options = {"components": ["ANY"]}
    default_options = {"components": "srlm", "cpp-httplib/*:with_openssl": True}
    no_copy_source = True

    @property
    def _root(self):
        """Where include/ and cmake/ lie: in the sources, or beside the exported recipe."""
        beside = os.path.join(self.recipe_folder, "cmake")
        return self.recipe_folder if os.path.isdir(beside) else os.path.join(self.recipe_folder, "..", "..")

    def _needs(self):
        """What each component needs, as the build's list has it."""
        text = load(self, os.path.join(self._root, "cmake", "srlm-components.cmake"))
        return {name: needs.split() for name, needs in re.findall(r"^set\(srlm_needs_(\w+) ?([^)]*)\)", text, re.M)}

    def _chosen(self):
        """The components that are asked for and all below them, lowest first."""
        needs = self._needs()
        chosen = set()

        def take(name):
            if name not in needs:
                raise ConanInvalidConfiguration(f"srlm has no component {name}; there are {', '.join(needs)}")
            chosen.add(name)
            for below in needs[name]:
                if below in needs:
                    take(below)

        for name in str(self.options.components).split(","):
            take(name.strip())
        return [name for name in needs if name in chosen]

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "..", "..", "include", "srlm", "core", "version.hpp"))
        self.version = re.search(r'version = "([0-9.]+)"', text).group(1)

    def export(self):
        copy(self, "srlm-components.cmake", os.path.join(self.recipe_folder, "..", "..", "cmake"),
             os.path.join(self.export_folder, "cmake"))

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        copy(self, "LICENSE", root, self.export_sources_folder)
        for headers in ("*.hpp", "*.cuh", "*.inl"):
            copy(self, headers, os.path.join(root, "include"), os.path.join(self.export_sources_folder, "include"))

    def layout(self):
        basic_layout(self)

    def requirements(self):
        needs = self._needs()
        packages = {need for name in self._chosen() for need in needs[name] if need in REFERENCES}
        for package in sorted(packages):
            self.requires(REFERENCES[package][0], transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        for headers in ("*.hpp", "*.cuh", "*.inl"):
            copy(self, headers, os.path.join(self.source_folder, "include"),
                 os.path.join(self.package_folder, "include"))

    def package_id(self):
        self.info.settings.clear() # headers; the option stays, because it chooses the dependencies

    def package_info(self):
        needs = self._needs()
        self.cpp_info.set_property("cmake_file_name", "srlm")
        self.cpp_info.set_property("cmake_target_name", "srlm::chosen") # all of them; srlm::srlm is a component
        for name in self._chosen():
            component = self.cpp_info.components[name]
            component.set_property("cmake_target_name", f"srlm::{name}")
            component.set_property("pkg_config_name", "srlm" if name == "srlm" else f"srlm-{name}")
            component.bindirs = []
            component.libdirs = []
            for need in needs[name]:
                if need in needs:
                    component.requires.append(need)
                elif need in REFERENCES:
                    component.requires.append(REFERENCES[need][1])
                elif need == "CudaLibraries": # no package of conan's: the toolkit's own, which nvcc finds
                    component.system_libs += ["cublasLt", "cudart"]
                elif self.settings.os in ("Linux", "FreeBSD"):
                    component.system_libs.append("pthread")
