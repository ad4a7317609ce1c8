# SPDX-License-Identifier: Apache-2.0
# Thin: the build is CMake's (CMakePresets.json), this names what people type.
BUILD := build/release
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 300

all: $(BUILD)/build.ninja
	ninja -C $(BUILD) $(if $(findstring s,$(firstword -$(MAKEFLAGS))),--quiet)

$(BUILD)/build.ninja:
	cmake --preset release $(if $(findstring s,$(firstword -$(MAKEFLAGS))),--log-level=WARNING)

test check:
	./test

bench:
	./bench

fmt:
	git ls-files 'src/*.[ch]' 'src/*.cpp' 'include/*.h' 'tests/*.[ch]' 'tests/*.cpp' | xargs clang-format-14 -i

lint:
	tests/lint/run

fuzz:
	tests/fuzz/run $(FUZZ_SECONDS)

install: all
	DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX)

# CMake writes down what it installed, without DESTDIR; an install into one is removed with the same.
uninstall:
	@test -f $(BUILD)/install_manifest.txt || { echo "nothing was installed from this tree"; exit 1; }
	sed 's|^|$(DESTDIR)|' $(BUILD)/install_manifest.txt | xargs -d '\n' rm -f
	rm -f $(BUILD)/install_manifest.txt

clean:
	rm -rf build

.PHONY: all test check bench fmt lint fuzz install uninstall clean
