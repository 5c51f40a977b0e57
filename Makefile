# `make` or `make help` lists the targets.
LIBC ?= musl

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r target text; do \
	  printf '  %-18s %s\n' "$$target" "$$text"; done

.PHONY: setup
setup: ## install what building needs and this machine lacks (Debian, Ubuntu)
	@toolchains/setup.sh

# The program for boards. `LIBC=gnu` links to the distribution's libraries instead of musl; it goes to .build-aarch64-gnu.
AARCH64 := $(CURDIR)/.build-aarch64$(if $(filter gnu,$(LIBC)),-gnu)

.PHONY: aarch64 aarch64-selftest aarch64-check embedded-x86
aarch64: setup ## edgeinfer for 64-bit ARM Linux, one static file (LIBC=gnu: dynamic, glibc)
	@toolchains/build.sh aarch64-$(LIBC) edgeinfer $(AARCH64)

aarch64-selftest: setup ## the kernels' checks for 64-bit ARM Linux, one static file
	@toolchains/build.sh aarch64-$(LIBC) edgeinfer-selftest $(AARCH64)

aarch64-check: aarch64-selftest ## run those checks on four emulated cores
	@toolchains/setup.sh qemu
	@toolchains/qemu.sh aarch64-$(LIBC) $(AARCH64)/edgeinfer-selftest

embedded-x86: setup ## the same static program for x86-64, to measure its memory here
	@toolchains/build.sh x86_64-musl edgeinfer $(CURDIR)/.build-embedded-x86
