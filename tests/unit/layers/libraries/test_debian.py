import pytest

from sparkferry.layers.libraries.debian import described, package_names


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libpq.so.5", "libpq5"),
        ("libgomp.so.1", "libgomp1"),
        ("libGL.so.1", "libgl1"),
        ("libX11.so.6", "libx11-6"),
        ("libgcc_s.so.1", "libgcc-s1"),
        ("libstdc++.so.6", "libstdc++6"),
        ("libbz2.so.1.0", "libbz2-1.0"),
        ("libgtk-3.so.0", "libgtk-3-0"),
        ("libnspr4.so", "libnspr4"),
        ("libz.so.1", "zlib1g"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
    ],
)
def test_packages_are_called_after_their_library(library, package):
    assert package_names(library)[0] == package
    assert f"`{package}`" in described(library)


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libasound.so.2", "libasound2t64"),
        ("libglib-2.0.so.0", "libglib2.0-0t64"),
        ("libgeos_c.so.1", "libgeos-c1v5"),
        ("libgomp.so.1.0.0", "libgomp1"),
    ],
)
def test_names_of_other_releases_and_of_whole_file_names_are_tried(library, package):
    assert package in package_names(library)


@pytest.mark.parametrize("library", ["nothing", "$ORIGIN/liba.so.1", "lib$?.so.1", ""])
def test_what_is_no_library_has_no_package(library):
    assert package_names(library) == ()
    assert "apt-file" in described(library)
