"""How the tests wait: for what is to happen, on however busy a machine, and never for a number of seconds to pass."""

from __future__ import annotations

# Milliseconds after which something has failed; whatever works is done long before, on a busy machine, too.
PATIENCE = 60_000

# In the page: until two frames have been drawn, the second after all that the first has asked for.
# A page that is never drawn again must not hold up all tests: after a minute without a frame, on without one.
DRAWN = """() => new Promise((done) => {
    setTimeout(done, 60_000);
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
})"""

# In the page: until everything is loaded, the maths in its fonts, and drawn.
SETTLED = f"""async () => {{
    if (document.readyState !== "complete")
        await new Promise((done) => addEventListener("load", done, {{ once: true }}));
    await document.fonts.ready;
    await ({DRAWN})();
}}"""

# For `add_init_script`: counts the timers of less than a second, so that NO_TIMER can wait for them.
COUNT_TIMERS = """
    const waiting = (window.waitingTimers = new Set()), set = window.setTimeout, clear = window.clearTimeout;
    window.setTimeout = (work, time = 0, ...rest) => {
        const timer = set(() => {
            waiting.delete(timer);
            if (typeof work === "function") work(...rest);
        }, time);
        if (time < 1000) waiting.add(timer);
        return timer;
    };
    window.clearTimeout = (timer) => {
        waiting.delete(timer);
        clear(timer);
    };
"""
NO_TIMER = "() => window.waitingTimers.size === 0"
