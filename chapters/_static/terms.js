"use strict";
// The meaning of a word of the glossary, in place: while its link is hovered or has the focus, or after a first tap;
// the second follows the link. Escape puts it away, and it stays while the mouse is on it.
{
  const PAUSE = 250; // ms: a mouse on its way to somewhere else asks for nothing, and may leave on its way to the box
  const box = document.createElement("div");
  box.className = "sgd-meaning";
  box.id = "sgd-meaning";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  (document.querySelector("main") ?? document.body).append(box);

  let shown = null; // the link whose meaning is in the box
  let finger = null; // the link that a finger has just come down on, whose meaning was not shown
  let touched = false;
  let later = 0;

  const term = ({ target }) => target.closest?.("a.sgd-term[data-meaning]");
  const soon = (work) => {
    clearTimeout(later);
    later = setTimeout(work, PAUSE);
  };

  function hide() {
    clearTimeout(later);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  }

  /** Below the words, or above where there is no room, and not beyond the edge of the screen. */
  function place(link) {
    const edge = 8;
    const rects = [...link.getClientRects()];
    const size = box.getBoundingClientRect();
    const below = rects.at(-1).bottom + 2;
    const above = rects[0].top - size.height - 2;
    const left = Math.min(rects[0].left, document.documentElement.clientWidth - size.width - edge);
    const top = below + size.height > innerHeight && above > 0 ? above : below;
    const origin = box.offsetParent?.getBoundingClientRect() ?? { left: -scrollX, top: -scrollY };
    box.style.left = `${Math.max(edge, left) - origin.left}px`;
    box.style.top = `${top - origin.top}px`;
  }

  function show(link) {
    clearTimeout(later);
    if (shown === link) return;
    hide();
    shown = link;
    box.textContent = link.dataset.meaning;
    box.style.left = box.style.top = "0";
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    place(link);
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = term(event);
    if (link) soon(() => show(link));
    else if (box.contains(event.target)) clearTimeout(later);
    else if (shown !== document.activeElement) soon(hide);
    else clearTimeout(later);
  });
  document.addEventListener("focusin", (event) => {
    const link = term(event);
    if (link) show(link);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("pointerdown", (event) => {
    const link = term(event);
    touched = event.pointerType === "touch";
    finger = touched && link !== shown ? link : null;
    if (!link && !box.contains(event.target)) hide();
  });
  document.addEventListener("click", (event) => {
    if (touched && box.contains(event.target)) hide(); // it may lie on what is read next
    const link = term(event);
    if (!link || link !== finger) return;
    finger = null;
    event.preventDefault();
    show(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
