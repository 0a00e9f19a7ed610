# Everything from a bare checkout: Python 3.11 or newer, make and the package registries are all it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Asks nothing, waits for another apt, and gives up where no mirror answers.
APT = $$( [ "$$(id -u)" = 0 ] || echo sudo -n ) env DEBIAN_FRONTEND=noninteractive timeout 900 apt-get -o DPkg::Lock::Timeout=300 \
  -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30

.PHONY: demo test lint bench lock chromium engines clean

# make demo ARGS="--port 9000 --shop-port 9001" where the usual ports are taken
demo: $(VENV)/run.stamp
	$(BIN)/balise demo $(ARGS)

# Three processes on two processors, because tests wait for servers and browsers; a file stays whole, because its tests
# share a server; by name, because then the longest files (bench, browser, crash) come first and not last.
# Pictures of the pages in every look are left in artefacts/pages.
test: $(VENV)/dev.stamp chromium engines lint
	PAGE_PICTURES=$(CURDIR)/artefacts/pages $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench --write-readme $(ARGS)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Balise needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# The browser tests drive the system's Chromium; where apt can, it is installed here.
chromium:
	@[ -x /usr/bin/chromium ] || { \
	  echo "installing Debian's chromium for the browser tests"; \
	  $(APT) update -qq && $(APT) install -y -qq --no-install-recommends chromium >/dev/null; }

# The core of the browser tests runs in Firefox ESR and WebKitGTK too; where apt cannot install them, those tests are skipped.
engines:
	@{ command -v firefox-esr && command -v WebKitWebDriver && command -v Xvfb; } >/dev/null || { \
	  echo "installing Debian's firefox-esr, webkit2gtk-driver and xvfb for the browser tests"; \
	  $(APT) update -qq && $(APT) install -y -qq --no-install-recommends firefox-esr webkit2gtk-driver xvfb >/dev/null || \
	  echo "not installed: the tests in these two browsers are skipped"; }

# New versions of everything, with hashes and without the name of any index.
lock:
	uv pip compile -q pyproject.toml --extra qr --extra xlsx --group build --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url -o requirements.lock
	uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url -o requirements-dev.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
