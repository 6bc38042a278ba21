# make book    build the course and print the page to open; with PYODIDE=DIR, an unpacked Pyodide, the course
#              runs with no internet; with COMPRESS=1, a .gz and a .br beside every text; with
#              SITE=https://..., where the site will stand, a sitemap, previews with a picture, and notebooks
#              that take sgdlib from there; with REPO=https://github.com/owner/name, links to Colab and Binder
# make classroom make book, and print the archive for teachers: pictures, notebooks, widgets
# make pdf     the whole book as one PDF, _build/html/course.pdf, linked on the first page; builds the site if it is
#              missing or old
# make test    every kind of check: style, unit tests, doctests, notebooks, the built site in a browser
# make foreign before a release: chapters in the browser's Python, the README's recipes in a copy, and all
#              of what make test takes one of each kind of, such as every page in Firefox and WebKit
# make live    open the chapters in JupyterLab
# make execute run every notebook again and store its outputs
# make clean   remove what the other targets made

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: book pdf classroom test foreign live execute clean
.DEFAULT_GOAL := book

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The course needs Python 3.11 or later; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# From nothing: an unchanged page would not repeat its warning, and a page that is gone would stay.
BUILD = rm -rf _build && COURSE_SITE='$(SITE)' COURSE_REPO='$(REPO)' $(BIN)/jupyter-book build --warningiserror --keep-going -q . \
  && $(BIN)/python chapters/_tools/lite.py _build/html $(if $(PYODIDE),--pyodide '$(PYODIDE)') \
  && $(BIN)/python chapters/_tools/classroom.py _build/html \
  $(if $(COMPRESS),&& $(BIN)/python chapters/_tools/compress.py _build/html)

# More workers than cores: a test in a browser mostly waits. One thread each for matrices: threads that wait for a
# core that another worker has made a cell of 5 s take 100.
test foreign: export OPENBLAS_NUM_THREADS = 1
BY_FILE = -n 4 --dist loadfile --no-loadscope-reorder

book: $(STAMP)
	@$(BUILD)
	@echo "The course is built. Open this page:"
	@echo "file://$(CURDIR)/_build/html/index.html"

classroom: book
	@echo "For teachers: $(CURDIR)/_build/html/classroom.zip"

# A site is old when a file that it is made from is newer; what a build fetches or leaves beside them is not one.
SITE_PAGE = _build/html/index.html
SOURCES = $(shell find chapters sgdlib -name node_modules -prune -o -name __pycache__ -prune -o -type f -print)

$(SITE_PAGE): $(STAMP) _config.yml _toc.yml $(SOURCES)
	@$(BUILD)

pdf: $(SITE_PAGE)
	@$(BIN)/python tests/support/find_browser.py --install
	@$(BIN)/python chapters/_tools/pdf.py _build/html

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check benchmarks sgdlib tests
	$(BIN)/ruff format --check --config chapters/_tools/ruff.toml chapters
	$(BIN)/python tests/support/lint_javascript.py
	$(BUILD)
	$(BIN)/python tests/support/find_browser.py --install
	$(BIN)/python -m pytest -m "not foreign" --nbval --nbval-cell-timeout=120 $(BY_FILE)

foreign: $(STAMP)
	$(BUILD)
	$(BIN)/python tests/support/find_browser.py --install
	$(BIN)/python -m pytest -m foreign $(BY_FILE) tests

live: $(STAMP)
	$(BIN)/jupyter trust chapters/*.ipynb
	$(BIN)/jupyter lab chapters

execute: $(STAMP)
	$(BIN)/python chapters/_tools/execute.py

clean:
	rm -rf _build $(VENV) .pytest_cache .ruff_cache .hypothesis *.egg-info
	find chapters sgdlib tests -name __pycache__ -prune -exec rm -rf {} +
