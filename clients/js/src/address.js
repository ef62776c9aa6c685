const LOGS_PATH = "/api/v1/logs";

/**
 * Returns the address that entries are posted to: the full one, or a base URL that gets the path appended.
 *
 * @param {string | undefined} text
 * @returns {URL | null} `null` when the text is no HTTP address
 */
export function logsAddress(text) {
  let url;
  try {
    url = new URL(text ?? "");
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith(LOGS_PATH) ? path : path + LOGS_PATH;
  // A password in the address would appear in reports.
  url.username = "";
  url.password = "";
  url.hash = "";
  return url;
}
