// What PurgeCSS may take out of the site's style; run in the folder of the built site.

module.exports = {
  css: ["_static/site.css"],
  output: "_static/purged",
  content: ["*.html", "chapters/*.html", "_static/*.js", "_static/scripts/{bootstrap,pydata*,sphinx*}.js"],
  keyframes: true,
  safelist: { standard: [/^(html|body)$/], greedy: [/data-theme/, /data-mode/, /aria-/, /:(is|where|not|has)/] },
};
