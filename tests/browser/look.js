// How a page looks and whether everybody can use it: in light, in dark, in a narrow window, and in colours that the system
// forces upon it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { axe, folder } from "./packages.js";

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 640 };
const LOOKS = [
  { name: "light", size: WIDE, colorScheme: "light" },
  { name: "dark", size: WIDE, colorScheme: "dark" },
  { name: "narrow", size: NARROW, colorScheme: "light" },
  { name: "forced", size: WIDE, colorScheme: "dark", forcedColors: "active" },
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Looks at the page that is open, and keeps pictures of it under this name. */
export async function look(page, name) {
  await load(page);
  assert.deepEqual(await repeatedIds(page), [], `${name} has ids twice: labels belong to the wrong fields`);
  for (const { name: how, size, colorScheme, forcedColors = "none" } of LOOKS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, forcedColors, reducedMotion: "reduce" });
    await page.screenshot({ path: join(folder, "pictures", `${name}-${how}.png`), fullPage: true });
    assert.deepEqual(await violations(page), [], `${name}, ${how}`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= size.width, `${name} is ${width} pixels wide in a window of ${size.width}`);
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none", reducedMotion: "reduce" });
}

/** Loads axe as a debugger does, past the content security policy. */
async function load(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  await session.detach();
}

function repeatedIds(page) {
  return page.$$eval("[id]", (elements) => {
    const ids = elements.map((element) => element.id);
    return ids.filter((id, place) => ids.indexOf(id) !== place);
  });
}

async function violations(page) {
  const found = await page.evaluate(async (rules) => {
    const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.html.slice(0, 200), node.failureSummary]));
  }, RULES);
  return found.map((parts) => parts.join("\n"));
}
