"""sgdlib.figures: the same numbers give the same bytes, everything is said in words, both themes can be read."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import ipywidgets
import numpy as np
import pytest
from palette import palette

from sgdlib import SGD, descend
from sgdlib.figures import LOOKS, MUTED, contours, curve, panel, path, play, rate_map, show
from sgdlib.surfaces import Quadratic, Saddle, Slope, valley
from sgdlib.widgets import FrictionLab
from sgdlib.widgets.page.base import site_style

ALT = "A line falls from one at the first step to a hundredth at the last."


def losses_panel(last=0.01):
    ax = panel("Loss against steps", xlabel="step", ylabel="loss")
    for method in LOOKS:
        curve(ax, [1.0, 0.1, last], method)
    ax.legend()
    return ax


def path_panel(positions=((-5.0, 2.0), (0.0, -1.0), (1.0, 0.5))):
    ax = panel("Down the valley", xlabel="x", ylabel="y", equal=True)
    contours(ax, valley(), x=(-6, 6), y=(-3, 3))
    path(ax, np.array(positions), "momentum")
    return ax


def rates_panel(nesterov=False):
    ax = panel("How fast", xlabel="ηλ", ylabel="momentum μ")
    rate_map(ax, nesterov)
    return ax


PANELS = {"losses": losses_panel, "path": path_panel, "rates": rates_panel}
every_panel = pytest.mark.parametrize("make", PANELS.values(), ids=PANELS)


def svgs(picture):
    """The drawings, parsed: SVG that is not well-formed is an error here, as in a strict reader."""
    return [ET.fromstring(svg) for svg in re.findall(r"<svg .*?</svg>", picture.html, re.S)]


def words(picture):
    return ["".join(text.itertext()) for svg in svgs(picture) for text in svg.findall(".//{*}text")]


def ids(picture):
    return re.findall(r'\bid="([^"]+)"', picture.html)


# ---------- the same bytes, or others ----------


@every_panel
def test_same_numbers_same_bytes(make):
    assert show(make(), alt=ALT).html == show(make(), alt=ALT).html


def test_matplotlib_is_imported_by_the_first_panel():
    """A page on which widgets are alive answers without it, in half of the time."""
    code = (
        "import sys\n"
        "import sgdlib.claims, sgdlib.exercises, sgdlib.experiments, sgdlib.figures, sgdlib.widgets\n"
        "from sgdlib.widgets.page.base import all_widgets, small_figures\n"
        "shown = [cls()._repr_live_html_() for cls in [*all_widgets().values(), *small_figures().values()]]\n"
        "assert len(shown) > 30 and not any('<svg' in html for html in shown)\n"
        "assert 'matplotlib' not in sys.modules\n"
        "sgdlib.figures.panel(xlabel='x', ylabel='y')\n"
        "assert sys.modules['matplotlib'].rcParams['svg.fonttype'] == 'none'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_same_bytes_in_another_process():
    code = (
        "from sgdlib.figures import *; ax = panel(xlabel='step', ylabel='loss'); rate_map(ax);"
        f"print(show(ax, alt={ALT!r}).html)"
    )
    ax = panel(xlabel="step", ylabel="loss")
    rate_map(ax)
    env = os.environ | {"PYTHONHASHSEED": "1", "PYTHONUTF8": "1"}
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=env, check=True
    )
    assert other.stdout.strip() == show(ax, alt=ALT).html


def test_rounding_noise_leaves_the_bytes_alone():
    assert show(losses_panel(0.5), alt=ALT).html == show(losses_panel(0.5 * (1 + 1e-13)), alt=ALT).html


def test_a_changed_number_changes_the_bytes():
    assert show(losses_panel(0.01), alt=ALT).html != show(losses_panel(0.02), alt=ALT).html


def test_a_changed_alt_text_changes_the_bytes():
    assert show(losses_panel(), alt=ALT).html != show(losses_panel(), alt=ALT + " So be it.").html


def test_coordinates_have_two_decimals_at_most():
    drawn = re.findall(
        r'(?:d|x|y|transform)="[^"]*"', show(*(make() for make in PANELS.values()), alt=ALT).html
    )
    assert drawn
    assert not [d for d in drawn if re.search(r"\.\d{3}", d)]


# ---------- words ----------


@pytest.mark.parametrize("alt", ["", "   ", "A line.", "x" * 39, " " * 50])
def test_alt_text_demanded(alt):
    with pytest.raises(
        ValueError, match=r"^alt must say what the picture shows, in at least 40 characters\.$"
    ):
        show(losses_panel(), alt=alt)


def test_alt_text_is_on_the_first_drawing_and_hides_the_others():
    alt = 'Two panels: "fast" & slow,\n   with a < b, one beside the other.'
    said = 'Two panels: "fast" & slow, with a < b, one beside the other.'
    picture = show(losses_panel(), path_panel(), alt=alt)
    first, second = svgs(picture)
    assert (first.get("role"), first.get("aria-label"), first.get("aria-hidden")) == ("img", said, None)
    assert (second.get("role"), second.get("aria-label"), second.get("aria-hidden")) == (None, None, "true")
    assert picture.alt == said
    assert repr(picture) == f"<Picture: {said}>"
    assert picture._repr_html_() == picture.html


def test_axes_title_and_legend_are_text():
    said = words(show(losses_panel(), alt=ALT))
    assert {"Loss against steps", "step", "loss", *LOOKS} <= set(said)


def test_numbers_in_words_are_not_rounded():
    ax = panel("rate 0.0198", xlabel="step", ylabel="loss")
    curve(ax, [0.001, 0.002, 0.004], "momentum", label="η = 0.001")
    ax.legend()
    said = words(show(ax, alt=ALT))
    assert {"rate 0.0198", "η = 0.001", "0.0025"} <= set(said)


def test_words_are_set_in_the_fonts_of_the_page():
    assert "font-family" not in show(losses_panel(), rates_panel(), alt=ALT).html


@pytest.mark.parametrize("labels", [{"xlabel": "", "ylabel": "y"}, {"xlabel": "x", "ylabel": " "}])
def test_axes_without_a_label_refused(labels):
    with pytest.raises(ValueError, match=r"^every axis needs a label: give xlabel= and ylabel=\.$"):
        panel(**labels)


# ---------- what is drawn ----------


def test_blank_panels_refused():
    with pytest.raises(ValueError, match=r"^panel 2 is blank"):
        show(losses_panel(), panel("Nothing", xlabel="x", ylabel="y"), alt=ALT)
    with pytest.raises(ValueError, match=r"^show needs at least one panel\.$"):
        show(alt=ALT)


@every_panel
def test_data_are_marked_as_data(make):
    picture = show(make(), alt=ALT)
    assert picture.html.count('class="data"') >= 3
    assert not [name for name in ids(picture) if "data" in name]


def test_ids_are_unique_on_a_page_and_references_meet_them():
    pictures = [
        show(losses_panel(), path_panel(), path_panel(), alt=ALT),
        show(losses_panel(0.02), path_panel(), alt=ALT),
        show(losses_panel(), path_panel(), path_panel(), alt=ALT + " Said differently."),
    ]
    names = [name for picture in pictures for name in ids(picture)]
    assert len(names) == len(set(names)) > 10
    for picture in pictures:
        used = set(
            re.findall(r"url\(#([^)]+)\)", picture.html) + re.findall(r'href="#([^"]+)"', picture.html)
        )
        assert used and used <= set(ids(picture))


@pytest.mark.parametrize(("log", "drawn"), [(False, [1.0, 0.0, -1.0]), (True, [1.0, np.nan, np.nan])])
def test_curve_draws_its_values_and_leaves_out_what_a_log_axis_cannot_show(log, drawn):
    ax = panel(xlabel="step", ylabel="loss", log=log)
    curve(ax, [1.0, 0.0, -1.0], "SGD", label="mine", x=[2, 4, 6])
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), drawn)
    assert line.get_xdata().tolist() == [2, 4, 6]
    assert (line.get_color(), line.get_label()) == (LOOKS["SGD"].color, "mine")


def test_diverged_runs_are_drawn_with_finite_coordinates():
    run = descend(SGD(1.1), Quadratic((1.0, 2.0)).gradient, [1.0, 1.0], 200, loss=Quadratic((1.0, 2.0)).value)
    assert run.diverged
    ax, losses = path_panel(run.positions), panel(xlabel="step", ylabel="loss", log=True)
    curve(losses, run.losses, "momentum")
    curve(losses, [1.0, np.inf, 1e300], "gradient descent")
    picture = show(ax, losses, alt=ALT)
    assert not re.search(r"\b(nan|inf)\b", picture.html)
    assert max(abs(float(n)) for n in re.findall(r"[ML] (-?[\d.]+) ", picture.html)) < 1e6
    for line in losses.lines:
        assert np.isfinite(line.get_ydata()).all()


def test_path_has_a_marker_at_every_step_while_they_are_few():
    ax = panel(xlabel="x", ylabel="y")
    path(ax, np.zeros((80, 2)), "Nesterov")
    path(ax, np.zeros((81, 2)), "Nesterov")
    assert [line.get_marker() for line in ax.lines] == [LOOKS["Nesterov"].marker, "None"]


@pytest.mark.parametrize(("surface", "crosses"), [(valley(), 1), (Saddle(), 1), (Slope((1.0, 2.0)), 0)])
def test_contours_mark_the_minimum_if_there_is_one(surface, crosses):
    ax = panel(xlabel="x", ylabel="y")
    contours(ax, surface, x=(-2, 2), y=(-2, 2), levels=5)
    assert len(ax.lines) == crosses
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2, 2), (-2, 2))


@pytest.mark.parametrize("nesterov", [False, True])
def test_rate_map_draws_the_limit_and_critical_damping(nesterov):
    ax = rates_panel(nesterov)
    limit, critical = ax.lines
    at_09 = np.interp(0.9, limit.get_ydata(), limit.get_xdata()) if not nesterov else None
    assert at_09 == (pytest.approx(3.8) if not nesterov else None)
    assert (limit.get_xdata()[0], limit.get_xdata()[-1]) == pytest.approx((2.0, 4 / 3 if nesterov else 4.0))
    assert np.interp(0.25, critical.get_xdata(), critical.get_ydata()) == pytest.approx(
        1 / 3 if nesterov else 0.25, abs=1e-3
    )
    assert critical.get_color() == LOOKS["Nesterov" if nesterov else "momentum"].color


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (
            lambda ax: curve(ax, [1.0], "Adagrad"),
            r'^method must be "gradient descent", "SGD", "momentum", "Nesterov" or "Adam", not \'Adagrad\'\.$',
        ),
        (lambda ax: path(ax, np.zeros((2, 2)), "Adagrad"), r"^method must be "),
        (
            lambda ax: path(ax, np.zeros((2, 3)), "SGD"),
            r"^a path has positions of shape \(steps \+ 1, 2\), not \(2, 3\)",
        ),
        (
            lambda ax: contours(ax, valley(), (1, 1), (0, 1)),
            r"^x and y must each be a pair \(low, high\), not ",
        ),
        (lambda ax: rate_map(ax, a=(4.0, 0.0)), r"^a must be a pair \(low, high\), not "),
    ],
)
def test_impossible_drawings_refused_in_one_sentence(draw, sentence):
    with pytest.raises(ValueError, match=sentence):
        draw(panel(xlabel="x", ylabel="y"))


# ---------- colours ----------


@pytest.fixture(scope="module")
def themes():
    """The palette of the page, by theme."""
    return {theme: palette(theme) for theme in ("light", "dark")}


METHODS = [look.name for look in LOOKS.values()]


def linear(color):
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    dark, light = sorted(linear(color) @ [0.2126, 0.7152, 0.0722] for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


def seen(color, eye):
    """The colour in OKLab, where equal distances look equally different."""
    lms = np.array([[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]])
    lab = np.array([[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]])
    return lab @ np.cbrt(lms @ np.clip(np.array(EYES[eye]) @ linear(color), 0, 1))


# Machado, Oliveira and Fernandes (2009): what dichromats see, in linear RGB
EYES = {
    "all cones": np.eye(3).tolist(),
    "no red cones": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "no green cones": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "no blue cones": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def test_the_page_and_the_pictures_have_one_palette(themes):
    assert [themes["light"][look.name] for look in LOOKS.values()] == [look.color for look in LOOKS.values()]
    assert [themes["dark"][look.name] for look in LOOKS.values()] == [look.dark for look in LOOKS.values()]


def test_the_methods_colours_are_written_once(root):
    """Whatever else draws with them is given them by sgdlib.figures; a style sheet has no copy."""
    colors = {color for look in LOOKS.values() for color in (look.color, look.dark)}
    for sheet in [
        *root.glob("chapters/**/*.css"),
        *root.glob("sgdlib/**/*.css"),
        *root.glob("sgdlib/**/*.mjs"),
    ]:
        assert not colors & set(re.findall(r"#[0-9a-f]{6}", sheet.read_text(encoding="utf-8").lower())), sheet


def test_the_icon_has_the_colours_of_the_methods(root):
    icon = (root / "chapters" / "_static" / "favicon.svg").read_text(encoding="utf-8")
    assert f'<rect width="32" height="32" rx="7" fill="{LOOKS["gradient descent"].color}"/>' in icon
    assert f'<circle cx="17" cy="25" r="3" fill="{LOOKS["momentum"].dark}"/>' in icon


def test_jupyter_has_the_palette_with_each_widget():
    """Light with no weight, so that the site's own wins; dark where JupyterLab says so."""
    css = FrictionLab._css
    light, dark = (
        css[: css.index("}")],
        css[css.index('body[data-jp-theme-light="false"] .sgd-live-widget {') :],
    )
    assert light.startswith(":where(:root, :host) {")
    for look in LOOKS.values():
        assert f"--sgd-{look.name}: {look.color};" in light
        assert f"--sgd-{look.name}: {look.dark};" in dark[: dark.index("}")]
    assert "--sgd-gd:" not in site_style()


@pytest.mark.parametrize(("theme", "background"), [("light", "#ffffff"), ("dark", "#121212")])
@pytest.mark.parametrize("color", [*METHODS, "muted", "ink"])
def test_every_colour_stands_out_from_the_page(themes, theme, background, color):
    palette = themes[theme]
    for behind in (background, palette["surface"]):
        assert contrast(palette[color], behind) >= 3
    assert contrast(MUTED, "#ffffff") >= 3


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_methods_differ_for_every_eye(themes, theme, eye):
    # 0.02 is a just noticeable difference
    shades = [seen(themes[theme][color], eye) for color in METHODS]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(shades, 2)) > 0.03


def test_methods_differ_without_any_colour():
    assert len({str(look.dash) for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.marker for look in LOOKS.values()}) == len(LOOKS)


@every_panel
def test_colours_follow_the_theme(make):
    html = show(make(), alt=ALT).html
    outside_variables = re.sub(r"var\(--sgd-[a-z]+, #[0-9a-f]{6}\)", "", html)
    assert not re.findall(r"(?:fill|stroke|color): ?(?:#|rgb|black|white)", outside_variables)
    assert "currentColor" in html


@every_panel
def test_colours_are_variables_that_the_page_has(make, themes):
    for variable in re.findall(r"var\(--sgd-([a-z]+),", show(make(), alt=ALT).html):
        assert variable in themes["light"] and variable in themes["dark"]


@every_panel
def test_background_is_the_page(make):
    first_rectangles = re.findall(r'<path [^>]*style="([^"]*)"', show(make(), alt=ALT).html)[:2]
    assert first_rectangles == ["fill: none", "fill: none"]


# ---------- play ----------


def draw_with(learning_rate):
    run = descend(SGD(learning_rate), valley().gradient, [-5.0, 2.0], 20)
    return show(
        path_panel(run.positions), alt=f"With learning rate {learning_rate} the run goes along the valley."
    )


def test_play_shows_its_first_picture_where_no_kernel_runs():
    toy = play(draw_with, learning_rate=ipywidgets.FloatSlider(0.1, min=0, max=0.4, step=0.1))
    bundle = toy._repr_mimebundle_()
    assert bundle["text/html"] == draw_with(0.1).html
    assert (
        bundle["text/plain"] == repr(toy) == "<Play: With learning rate 0.1 the run goes along the valley.>"
    )
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert [type(child) for child in toy.children] == [ipywidgets.FloatSlider, ipywidgets.Output]


@pytest.mark.parametrize("sliders", [{}, {"learning_rate": 0.1}])
def test_play_without_sliders_refused(sliders):
    with pytest.raises(ValueError, match=r"^play needs sliders by name, such as learning_rate="):
        play(draw_with, **sliders)
