"""Compares the vcpkg port's manifest with the version and with the build's list of components.

usage: vcpkg_manifest.py ROOT      (the folder that holds CMakeLists.txt)
"""

import json
import pathlib
import re
import sys

# Package of srlm-components.cmake: vcpkg's port. Threads come with the system.
PORTS = {"nlohmann_json": "nlohmann-json", "PCRE2": "pcre2", "Eigen3": "eigen3", "XtensorHeaders": "xtensor",
         "CppHttplib": "cpp-httplib", "OneDnn": "onednn", "Highway": "highway", "CudaLibraries": "cuda", "MpiLibrary": "mpi"}


def problems(manifest, version, needs):
    """What the manifest says otherwise than the library, a line each."""
    found = []

    def expect(what, given, expected):
        if given != expected:
            found.append(f"{what} is {given}, expected {expected}")

    expect("name", manifest.get("name"), "srlm")
    expect("version", manifest.get("version"), version)
    expect("license", manifest.get("license"), "Apache-2.0")
    if not manifest.get("description"):
        found.append("no description")
    # vcpkg calls the port without features core too; the component srlm is what the default features bring.
    features = manifest.get("features", {})
    expect("features", sorted(features), sorted(set(needs) - {"core", "srlm"}))
    expect("default-features", manifest.get("default-features"), needs["srlm"])
    for name, feature in features.items():
        if not feature.get("description"):
            found.append(f"feature {name} has no description")
        below, ports = [], []
        for dependency in feature.get("dependencies", []):
            if isinstance(dependency, dict) and dependency["name"] == "srlm":
                expect(f"default-features in {name}", dependency.get("default-features"), False)
                below += dependency["features"]
            else:
                ports.append(dependency["name"] if isinstance(dependency, dict) else dependency)
        wanted = needs.get(name, [])
        expect(f"components below {name}", sorted(below), sorted(set(wanted) & set(needs) - {"core"}))
        expect(f"ports of {name}", sorted(ports), sorted(PORTS[need] for need in wanted if need in PORTS))
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    manifest = json.loads((root / "packaging/vcpkg/ports/srlm/vcpkg.json").read_text(encoding="utf-8"))
    version = re.search(r'version = "([0-9.]+)"', (root / "include/srlm/core/version.hpp").read_text(encoding="utf-8"))
    listed = (root / "cmake/srlm-components.cmake").read_text(encoding="utf-8")
    needs = {name: rest.split() for name, rest in re.findall(r"^set\(srlm_needs_(\w+) ?([^)]*)\)", listed, re.M)}
    found = problems(manifest, version.group(1), needs)
    for line in found:
        print(f"vcpkg.json: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
