# `make` or `make help` lists the targets.
LIBC ?= musl
COMMA := ,
DEFAULT_MODEL := models/retrain/resnet-pruned.edge

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r target text; do \
	  printf '  %-18s %s\n' "$$target" "$$text"; done

.PHONY: setup
setup: ## install what building needs and this machine lacks (Debian, Ubuntu)
	@toolchains/setup.sh

.PHONY: demo
PICTURES ?= models/pictures
demo: setup ## build, and label the sample pictures, or those in PICTURES, with the default model
	@swift build -c release --product edgeinfer
	@cp $(DEFAULT_MODEL) "$$(swift build -c release --show-bin-path)/default.edge"
	"$$(swift build -c release --show-bin-path)/edgeinfer" classify -k 1 $(PICTURES)

# Tests. With EDGEINFER_TEST_DATA naming a folder of real models and pictures, those are tested too.
.PHONY: test test-hostile test-every-corruption test-every-variant test-consumer lint embedded-gate
test: ## run all tests
	@toolchains/setup.sh tests
	@Tests/Tools/litert-venv.sh || echo "setup: no LiteRT here; the tests that ask it will skip" >&2
	@Tests/Tools/onnxruntime-venv.sh || echo "setup: no onnxruntime here; the tests that ask it will skip" >&2
	swift test

test-hostile: setup ## damaged models and pictures, under the address sanitizer
	swift test --disable-xctest --sanitize=address --scratch-path .build-asan --filter 'EdgeModelTests|EdgeImageTests|Hostile'

test-every-corruption: setup ## every single-byte corruption of a small model file, under the address sanitizer; minutes
	EDGEINFER_EVERY_CORRUPTION=1 swift test -c release -Xswiftc -enable-testing --disable-xctest --sanitize=address \
	  --scratch-path .build-asan-release --filter DamageTests.singleBytes

test-every-variant: aarch64 ## every kernel variant, fused and unfused, 1 to 4 threads, here and on an emulated CPU; minutes
	@toolchains/setup.sh qemu
	swift build -c release --product edgeinfer
	EDGEINFER_UNDER_TEST="$$(swift build -c release --show-bin-path)/edgeinfer" \
	  EDGEINFER_VARIANTS="$(if $(filter aarch64,$(shell uname -m)),none neon neon$(COMMA)dotprod,none avx2 avx2$(COMMA)fma avx2$(COMMA)fma$(COMMA)avxvnni avx2$(COMMA)fma$(COMMA)avx512vnni)" \
	  swift test --filter ProgramVariantTests
	EDGEINFER_UNDER_TEST="/usr/bin/qemu-aarch64-static -cpu max $(AARCH64)/edgeinfer" \
	  EDGEINFER_VARIANTS="none neon neon,dotprod" swift test --filter ProgramVariantTests

test-consumer: setup ## build the README's example in a package that depends on a tagged copy of this one
	@toolchains/check-consumer.sh

lint: ## check the format of all Swift sources
	swift format lint --strict --recursive Package.swift Sources Tests

embedded-gate: setup ## compile the device modules as Embedded Swift for this machine: seconds, no sysroot
	swift build -c release -Xswiftc -enable-experimental-feature -Xswiftc Embedded -Xswiftc -wmo -Xcc -DEDGE_EMBEDDED_SWIFT \
	  -Xlinker "$$(dirname "$$(command -v swift)")/../lib/swift/embedded/$$(uname -m)-unknown-linux-gnu/libswiftUnicodeDataTables.a" \
	  --product edgeinfer --scratch-path .build-embedded

# The program for boards. `LIBC=gnu` links to the distribution's libraries instead of musl; it goes to .build-aarch64-gnu.
AARCH64 := $(CURDIR)/.build-aarch64$(if $(filter gnu,$(LIBC)),-gnu)

# Its camera commands on a fake camera, which stands in front of three functions of the C library. The program for boards contains none of it.
.PHONY: aarch64-camera soak
aarch64-camera: setup ## the tests of cameras, on an emulated CPU with a fake camera linked in
	@toolchains/setup.sh qemu
	@EDGE_SCRATCH=$(AARCH64)/scratch toolchains/build.sh aarch64-$(LIBC) edgeinfer $(AARCH64)-camera \
	  $$(Tests/Tools/fake-camera/link-options.sh aarch64-$(LIBC) $(AARCH64)-camera/fake_camera.o)
	EDGEINFER_FAKE_CAMERA=linked EDGEINFER_UNDER_TEST="qemu-aarch64-static -cpu cortex-a53 $(AARCH64)-camera/edgeinfer" \
	  swift test --disable-xctest --filter FakeCameraTests

SOAK ?= 600
# What else runs on this machine is not what it measures, so it goes first where the system allows that.
soak: setup ## a camera at 30 frames a second against a slow model, for SOAK seconds (600): age, drops, memory
	swift build --build-tests
	EDGEINFER_SOAK_SECONDS=$(SOAK) $$(chrt -r 5 echo chrt -r 5 2> /dev/null) \
	  swift test --skip-build --disable-xctest --filter FakeCameraTests.soak

.PHONY: aarch64 aarch64-selftest aarch64-check aarch64-commands embedded-x86
aarch64: setup ## edgeinfer for 64-bit ARM Linux, one static file (LIBC=gnu: dynamic, glibc)
	@toolchains/build.sh aarch64-$(LIBC) edgeinfer $(AARCH64)
	@[ $$(stat -c %s $(AARCH64)/edgeinfer) -lt 870000 ] || { echo "the program for boards is promised to be below 870,000 bytes" >&2; exit 1; }
	@sum=$$(cat $(AARCH64)/edgeinfer $(DEFAULT_MODEL) | wc -c); echo "with $(DEFAULT_MODEL): $$sum bytes"; [ $$sum -lt 1000000 ] || \
	  { echo "program and default model are promised to be below 1 MB together" >&2; exit 1; }

aarch64-selftest: setup ## the kernels' checks for 64-bit ARM Linux, one static file
	@toolchains/build.sh aarch64-$(LIBC) edgeinfer-selftest $(AARCH64)

aarch64-check: aarch64-selftest ## run those checks on four emulated cores
	@toolchains/setup.sh qemu
	@toolchains/qemu.sh aarch64-$(LIBC) $(AARCH64)/edgeinfer-selftest

aarch64-commands: aarch64 ## the tests of the command line, on the program for boards
	@toolchains/setup.sh qemu
	for cpu in cortex-a53 max; do \
	  EDGEINFER_UNDER_TEST="qemu-aarch64-static -cpu $$cpu $(AARCH64)/edgeinfer" swift test --filter EdgeinferTests || exit 1; \
	done

embedded-x86: setup ## the same static program for x86-64, to measure its memory here
	@toolchains/build.sh x86_64-musl edgeinfer $(CURDIR)/.build-embedded-x86

# The order of the functions in a static program. Needs gdb, and EDGEINFER_TEST_DATA, which names the folder of models.
.PHONY: text-order
text-order: setup ## bring toolchains/edgeinfer.order up to date, which keeps the program's memory small
	@toolchains/setup.sh qemu
	swift build -c release --product edgequant
	@toolchains/build.sh x86_64-musl edgeinfer $(CURDIR)/.build-embedded-x86 -Xlinker --strip-debug
	@toolchains/build.sh aarch64-musl edgeinfer $(AARCH64) -Xlinker --strip-debug
	@toolchains/text-order.py "$$(dirname "$$(command -v swift)")/llvm-nm" "$$(swift build -c release --show-bin-path)/edgequant" \
	  .build-embedded-x86/edgeinfer $(AARCH64)/edgeinfer $(foreach model,tf2_mobilenet_v2_1.0_224_ptq mobilenet_v2_1.0_224_quant \
	    pretrainedResnet_quant kws_ref_model ad01_int8,"$(EDGEINFER_TEST_DATA)/models/$(model).tflite") > .build-embedded-x86/order
	@cp .build-embedded-x86/order toolchains/edgeinfer.order

# Measurements, see Benchmarks/README.md. EDGEINFER_TEST_DATA names the folder of models; BENCH_ARGS is passed on.
.PHONY: bench bench-memory bench-kernels bench-arm bench-pictures check-dct-scale
bench: embedded-x86 ## latency, memory and size beside other engines, which it installs into .build-venv
	swift build -c release --product edgequant
	@Benchmarks/peers/run.py $(BENCH_ARGS)

bench-memory: embedded-x86 ## memory and start-up of one inference against what is promised
	swift build -c release --product edgequant
	@Benchmarks/memory.py

bench-pictures: embedded-x86 ## pictures per second of a large folder beside Python with LiteRT and Pillow, and the same bytes
	swift build -c release --product edgequant
	@Benchmarks/pictures.py $(BENCH_ARGS)

check-dct-scale: embedded-x86 ## best classes at reduced DCT scale against full decoding, on photographs and their enlargements
	swift build -c release --product edgequant
	@Benchmarks/pictures.py --check-scale

# EDGEINFER_TEST_DATA or the network for CIFAR-10 and MNIST. MODELS names some of the networks.
.PHONY: models-table
models-table: embedded-x86 .build-models/venv/installed ## quantize, prune and measure the networks of models/, and draw the tables of its README (MODELS=digits)
	@toolchains/setup.sh measuring
	swift build -c release --product edgequant
	@toolchains/build.sh aarch64-musl edgeinfer $(CURDIR)/.build-aarch64-bench -Xlinker --strip-debug
	@.build-models/venv/bin/python models/table.py $(MODELS) $(MODELS_ARGS)

.build-models/venv/installed: models/requirements.txt
	@toolchains/setup.sh measuring
	python3 -m venv $(@D)
	$(@D)/bin/pip install -q -r $<
	@touch $@

bench-kernels: ## GMAC/s or GB/s of every kernel on real layers, and the share of the CPU's peak or of a copy
	swift build -c release --product edgeinfer-selftest
	@"$$(swift build -c release --show-bin-path)/edgeinfer-selftest" --bench

# A program of its own, with the symbols that the one for boards leaves out.
bench-arm: ## instructions per inference on emulated ARM cores beside LiteRT's, and model cycles of the inner loops
	@toolchains/setup.sh measuring
	swift build -c release --product edgequant
	@toolchains/build.sh aarch64-musl edgeinfer $(CURDIR)/.build-aarch64-bench -Xlinker --strip-debug
	@Benchmarks/arm/run.sh "$$(swift build -c release --show-bin-path)/edgequant" .build-aarch64-bench $(BENCH_ARM_ARGS)
