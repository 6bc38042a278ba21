// Pictures as short as they can be without a change to the eye: reads a JSON list of SVGs, writes the same list.

import { optimize } from "svgo";

const overrides = {
  cleanupIds: false, // a name is the whole page's, not the picture's own
  removeHiddenElems: false, // what is hidden now may be shown by a control
  removeUnknownsAndDefaults: { keepRoleAttr: true },
};
const plugins = [{ name: "preset-default", params: { overrides } }];

let text = "";
for await (const piece of process.stdin) text += piece;
const short = JSON.parse(text).map((svg) => optimize(svg, { floatPrecision: 2, plugins }).data);
process.stdout.write(JSON.stringify(short));
