// The packages, which are installed beside what is built.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The folder with the packages and the pictures. */
export const folder = process.env.BROWSER_FOLDER;

const require = createRequire(join(folder, "package.json"));

export const { chromium } = require("playwright-core");

/** The library of Standard Webhooks, by which receivers verify messages. */
export const { Webhook } = require("standardwebhooks");

/** The program that finds what keeps people from using a page. */
export const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
