"""What a page looks like, measured in the page: what is too wide, what is cut off, how words in pictures stand out."""

from __future__ import annotations

# Every box open, and what is far from the screen laid out, too: it keeps its old places when the window becomes narrow.
OPEN = """() => {
    document.querySelectorAll("details").forEach((box) => (box.open = true));
    document.querySelectorAll(".toggle-hidden").forEach((box) => box.classList.remove("toggle-hidden"));
    const style = document.createElement("style");
    style.textContent = "article * { content-visibility: visible !important }";
    document.head.append(style);
}"""

# What reaches beyond the window and cannot be scrolled to in a box of its own.
TOO_WIDE = """() => {
    const wide = document.documentElement.clientWidth + 1;
    const page = document.scrollingElement.scrollWidth > wide ? ["the page scrolls sideways"] : [];
    return page.concat([...document.querySelectorAll("article *")].filter((element) => {
        // A formula's words for screen readers, which nobody sees; the bar of a root, which is cut to length.
        if (element.getBoundingClientRect().right <= wide || element.closest(".katex-mathml, .katex svg")) return false;
        if (element.closest("svg [clip-path]")) return false; // a curve ends where its plot does
        for (let up = element; up !== document.documentElement; up = up.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return false;
        return element.checkVisibility() && getComputedStyle(element).position !== "absolute";
    }).map((element) => element.outerHTML.slice(0, 150)));
}"""

# Boxes that cut off words: what stands in them is larger, and they do not scroll.
CUT_OFF = """() => [...document.querySelectorAll("article *")].filter((box) => {
    const style = getComputedStyle(box);
    if (box.closest("svg, .katex-html, .katex-mathml") || !box.checkVisibility()) return false;
    if (!box.innerText?.trim()) return false;
    // a pixel wide: words for screen readers
    if (box.clientWidth < 4 || box.clientHeight < 4) return false;
    const cuts = (way) => ["hidden", "clip"].includes(way);
    return (cuts(style.overflowX) && box.scrollWidth > box.clientWidth + 2)
        || (cuts(style.overflowY) && box.scrollHeight > box.clientHeight + 2);
}).map((box) => box.outerHTML.slice(0, 150))"""

# Of every root: how far its sign is from the first word under it, left, top, bottom; its bar from the end of all words.
ROOTS = """() => [...document.querySelectorAll("article .katex .sqrt")].map((root) => {
    const sign = root.querySelector(".hide-tail").getBoundingClientRect();
    const words = document.createRange(), under = root.querySelector(".svg-align > .mord");
    words.selectNodeContents(document.createTreeWalker(under, NodeFilter.SHOW_TEXT).nextNode());
    const at = words.getBoundingClientRect();
    const end = under.getBoundingClientRect().right;
    return [sign.left - at.left, sign.top - at.top, sign.bottom - at.bottom, sign.right - end];
})"""

# The words in pictures whose contrast with what they lie on is below what WCAG wants (1.4.3).
FAINT = """() => {
    const rgba = (colour) => {
        const parts = colour.match(/[\\d.e-]+/g).map(Number);
        if (colour.startsWith("color(srgb")) return [...parts.slice(0, 3).map((part) => part * 255), parts[3] ?? 1];
        return [...parts.slice(0, 3), parts[3] ?? 1];
    };
    const over = ([r, g, b, a], ground) => [r, g, b].map((part, k) => a * part + (1 - a) * ground[k]);
    const luminance = (colour) => {
        const [r, g, b] = colour.map((part) => part / 255)
            .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
        const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    // the page's ground below an element
    const grounds = new Map();
    const groundOf = (element) => {
        if (!element) return [255, 255, 255];
        if (!grounds.has(element)) {
            const colour = rgba(getComputedStyle(element).backgroundColor);
            grounds.set(element, colour[3] === 1 ? colour.slice(0, 3) : over(colour, groundOf(element.parentElement)));
        }
        return grounds.get(element);
    };
    const opacity = (element) => {
        let all = 1;
        for (let up = element; up.tagName !== "svg"; up = up.parentElement) all *= getComputedStyle(up).opacity;
        return all;
    };
    const drawn = (colour, element, share) => {
        const [r, g, b, a] = rgba(colour);
        return [r, g, b, a * share * opacity(element)];
    };
    const holds = (shape, at) => shape.isPointInFill(at.matrixTransform(shape.getScreenCTM().inverse()));
    const found = [];
    for (const svg of document.querySelectorAll("article svg:has(text)")) {
        if (!svg.checkVisibility()) continue;
        const shapes = [...svg.querySelectorAll("path, rect, circle, ellipse, polygon")]
            .filter((shape) => !shape.closest("defs, clipPath") && getComputedStyle(shape).fill !== "none")
            .map((shape) => ({ shape, style: getComputedStyle(shape), box: shape.getBoundingClientRect() }));
        for (const text of svg.querySelectorAll("text")) {
            const style = getComputedStyle(text), box = text.getBoundingClientRect();
            // a mark, such as the cross on a minimum, is no word
            if (!/[\\p{L}\\p{N}]/u.test(text.textContent)) continue;
            if (!text.checkVisibility({ visibilityProperty: true }) || !box.width) continue;
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            let ground = groundOf(svg);
            for (const { shape, style, box } of shapes) {
                // what is drawn later lies on top
                if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
                if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
                if (style.fill.startsWith("url")) throw new Error("no colour: " + shape.outerHTML.slice(0, 200));
                if (!holds(shape, new DOMPoint(x, y))) continue;
                ground = over(drawn(style.fill, shape, style.fillOpacity), ground);
            }
            const halo = style.paintOrder.startsWith("stroke") && style.stroke !== "none";
            if (halo) ground = over(drawn(style.stroke, text, style.strokeOpacity), ground);
            const size = parseFloat(style.fontSize) * text.getScreenCTM().a;
            const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
            const ratio = contrast(over(drawn(style.fill, text, style.fillOpacity), ground), ground);
            const seen = `${ratio.toFixed(2)}, ${style.fill} on ${ground.map(Math.round)}`;
            if (ratio < (large ? 3 : 4.5)) found.push(`${text.textContent.trim()}: ${seen}`);
        }
    }
    return [...new Set(found)];
}"""
