import fs from "node:fs";
import { Reports } from "./reports.js";

/** The reports of all clients in this process. */
export const standardError = new Reports((line) => {
  try {
    // At once, also in a worker and while the process ends.
    fs.writeSync(2, `${line}\n`);
  } catch {
    // Nobody reads it.
  }
});
