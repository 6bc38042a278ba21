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
# make mutants before a release: a sample of changes to sgdlib and to the widgets' maths, which unit tests must notice
# make live    open the chapters in JupyterLab
# make execute run every notebook again and store its outputs
# make clean   remove what the other targets made

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: book pdf classroom test foreign mutants live execute clean
.DEFAULT_GOAL := book

# An environment is of the folder it was made in.
ifneq ($(shell cat '$(STAMP)' 2>/dev/null),$(CURDIR))
$(STAMP): ANEW
endif
.PHONY: ANEW

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The course needs Python 3.11 or later; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) chapters/_tools/set_up.py '$(VENV)'

BUILD = COURSE_SITE='$(SITE)' COURSE_REPO='$(REPO)' $(BIN)/python chapters/_tools/make_site.py \
  $(if $(PYODIDE),--pyodide '$(PYODIDE)') $(if $(COMPRESS),--compress)
ADDRESS = $(BIN)/python -c 'import pathlib; print(pathlib.Path("_build/html/index.html").resolve().as_uri())'

# More workers than cores: a test in a browser mostly waits. One thread each for matrices: threads that wait for a
# core that another worker has made a cell of 5 s take 100.
PYTEST  = OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
BY_FILE = -n 4 --dist loadfile --no-loadscope-reorder

book: $(STAMP)
	@$(BUILD)
	@echo "The course is built. Open this page:"
	@$(ADDRESS)

classroom: book
	@echo "For teachers: $(CURDIR)/_build/html/classroom.zip"

pdf: $(STAMP)
	@$(BUILD) --if-old
	@$(BIN)/python tests/support/find_browser.py --install
	@$(BIN)/python chapters/_tools/pdf.py _build/html

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check benchmarks sgdlib tests
	$(BIN)/ruff format --check --config chapters/_tools/ruff.toml chapters
	$(BIN)/python tests/support/lint_javascript.py
	@$(BUILD)
	$(BIN)/python tests/support/find_browser.py --install
	$(PYTEST) -m "not foreign" --nbval --nbval-cell-timeout=120 $(BY_FILE)

foreign: $(STAMP)
	@$(BUILD)
	$(BIN)/python tests/support/find_browser.py --install
	$(PYTEST) -m foreign $(BY_FILE) tests

mutants: $(STAMP)
	$(BIN)/python tests/support/mutants.py
	$(BIN)/python tests/support/mutants.py --javascript

live: $(STAMP)
	$(BIN)/python -m jupyter trust chapters/*.ipynb
	$(BIN)/python -m jupyter lab chapters

execute: $(STAMP)
	$(BIN)/python chapters/_tools/execute.py

clean:
	rm -rf _build .build '$(VENV)' .pytest_cache .ruff_cache .hypothesis *.egg-info
	find chapters sgdlib tests -name __pycache__ -prune -exec rm -rf {} +
